/// What EXPLAIN was asked for.
struct ExplainOptions {
    enum Format: String {
        case text, json, yaml, xml

        /// As clients are told of it.
        var type: SQLType {
            switch self {
            case .json: .json
            case .xml: SQLType(142)
            case .text, .yaml: .text
            }
        }
    }

    var showsCosts = true
    var analyzes = false
    var format = Format.text

    init(_ options: [Option]) throws(SQLError) {
        for option in options {
            let name = option.name.text
            var isOn = true
            switch option.value {
            case .word(let word), .string(let word):
                if name == "format" {
                    guard let format = Format(rawValue: word.lowercased()) else {
                        throw SQLError(
                            .invalidParameterValue, "unrecognized value for EXPLAIN option \"format\": \"\(word)\"")
                    }
                    self.format = format
                } else {
                    guard let flag = SessionSettings.flag(word) else {
                        throw SQLError(.syntaxError, "\(name) requires a Boolean value")
                    }
                    isOn = flag
                }
            case .number(let digits): isOn = digits != "0"
            default: break
            }
            switch name {
            case "costs": showsCosts = isOn
            case "analyze": analyzes = isOn
            case "format", "verbose", "buffers", "timing", "summary", "settings", "wal": break
            default: throw SQLError(.syntaxError, "unrecognized EXPLAIN option \"\(name)\"")
            }
        }
    }
}

extension Session {
    /// EXPLAIN: the plan of a statement, which is run, too, if that was asked for.
    func explain(_ statement: Statement, _ options: [Option], _ source: SourceText) throws(SQLError) -> StatementResult {
        let options = try ExplainOptions(options)
        let (inner, innerSource, parameters) = try explained(statement, source)
        guard inner.isBound else { throw SQLError(.featureNotSupported, "EXPLAIN of this statement is not supported yet") }
        let (bound, binder) = try bind(inner, innerSource, ParameterTypes(parameters))
        if options.analyzes {
            Self.noteSearches(of: bound.plan)
            switch statement {
            case .createTableAs: _ = try define(statement, source)
            case .query(let query) where query.makesTable: _ = try define(statement, source)
            case .execute(let name, let arguments):
                let result = try executeNamed(name, arguments, source)
                while try result.next() != nil {}
            default:
                let result = try start(bound, binder, inner, commandParameters.values)
                while try result.next() != nil {}
            }
        }
        let lines = PlanText(showsCosts: options.showsCosts).lines(bound.plan, options.format)
        return StatementResult(
            columns: [ResultColumn(name: "QUERY PLAN", type: options.format.type)], tag: { _ in "EXPLAIN" },
            rows: Plan.source(lines.map { [.text($0)] }), isComplete: true)
    }

    /// Has the scans that are shown tell what their searches look at.
    private static func noteSearches(of node: Plan) {
        let plan = node.shown
        if let scan = plan as? ScanPlan, !scan.texts.isEmpty { scan.searches = NotedSearches() }
        for child in plan.children { noteSearches(of: child) }
    }

    /// The statement whose plan is shown: the query of a table or cursor, and what was prepared.
    private func explained(
        _ statement: Statement, _ source: SourceText
    ) throws(SQLError) -> (statement: Statement, source: SourceText, parameters: [SQLType?]) {
        switch statement {
        case .declareCursor(let cursor): return (.query(cursor.query), source, commandParameters.types)
        case .createTableAs(let table):
            switch table.content {
            case .query(let query): return (.query(query), source, commandParameters.types)
            case .execute(let name, _): return try prepared(name)
            }
        case .execute(let name, _): return try prepared(name)
        case .query(var query) where query.makesTable:
            guard case .select(var select) = query.body else { break }
            select.into = nil
            query.body = .select(select)
            return (.query(query), source, commandParameters.types)
        default: break
        }
        return (statement, source, commandParameters.types)
    }

    private func prepared(_ name: Name) throws(SQLError) -> (statement: Statement, source: SourceText, parameters: [SQLType?]) {
        guard let prepared = preparedStatements[name.text], let statement = prepared.statement else {
            throw SQLError(SQLState(rawValue: "26000"), "prepared statement \"\(name.text)\" does not exist")
        }
        return (statement, prepared.source, prepared.parameterTypes)
    }
}

/// Plans in the words of EXPLAIN.
struct PlanText {
    let showsCosts: Bool

    func lines(_ plan: Plan, _ format: ExplainOptions.Format) -> [String] {
        var lines: [String] = []
        switch format {
        case .text:
            describe(plan, 0, &lines)
            return lines
        case .json:
            lines = ["[", "  {"]
            json(plan, 4, name: "\"Plan\": ", &lines)
            lines += ["  }", "]"]
        case .yaml:
            lines = ["- Plan:"]
            for line in yaml(plan) { lines.append("    " + line) }
        case .xml:
            lines = ["<explain xmlns=\"http://www.postgresql.org/2009/explain\">", "  <Query>"]
            xml(plan, 4, &lines)
            lines += ["  </Query>", "</explain>"]
        }
        // One value, as what reads it is a parser.
        return [lines.joined(separator: "\n")]
    }

    private func describe(_ node: Plan, _ depth: Int, _ lines: inout [String]) {
        let plan = node.shown
        let indent = depth == 0 ? "" : String(repeating: " ", count: depth * 6 - 4) + "->  "
        let cost = showsCosts ? "  (cost=0.00..\(plan.estimate).00 rows=\(plan.estimate) width=8)" : ""
        lines.append(indent + plan.title + cost)
        for detail in plan.details { lines.append(String(repeating: " ", count: depth * 6 + 2) + detail) }
        for child in plan.children { describe(child, depth + 1, &lines) }
    }

    // MARK: Other formats

    private enum Value {
        case text(String)
        case number(String)
    }

    /// What a node of a plan says of itself: `Filter: (a = 1)` is a property called Filter.
    private func properties(_ node: Plan) -> [(name: String, value: Value)] {
        let plan = node.shown
        var properties: [(name: String, value: Value)] = [("Node Type", .text(plan.title))]
        if showsCosts {
            properties += [
                ("Startup Cost", .number("0.00")), ("Total Cost", .number("\(plan.estimate).00")),
                ("Plan Rows", .number(String(plan.estimate))), ("Plan Width", .number("8")),
            ]
        }
        for detail in plan.details {
            guard let colon = detail.firstIndex(of: ":") else {
                properties.append(("Detail", .text(detail)))
                continue
            }
            let value = detail[detail.index(after: colon)...].drop { $0 == " " }
            properties.append((String(detail[..<colon]), .text(String(value))))
        }
        return properties
    }

    private func json(_ node: Plan, _ indent: Int, name: String, _ lines: inout [String]) {
        let plan = node.shown
        let (outer, inner) = (String(repeating: " ", count: indent), String(repeating: " ", count: indent + 2))
        lines.append(outer + name + "{")
        let properties = properties(plan)
        for (place, property) in properties.enumerated() {
            let value =
                switch property.value {
                case .text(let text): JSONText.quoted(text)
                case .number(let digits): digits
                }
            let comma = place + 1 < properties.count || !plan.children.isEmpty ? "," : ""
            lines.append("\(inner)\(JSONText.quoted(property.name)): \(value)\(comma)")
        }
        if !plan.children.isEmpty {
            lines.append(inner + "\"Plans\": [")
            for (place, child) in plan.children.enumerated() {
                json(child, indent + 4, name: "", &lines)
                if place + 1 < plan.children.count { lines[lines.count - 1] += "," }
            }
            lines.append(inner + "]")
        }
        lines.append(outer + "}")
    }

    private func yaml(_ node: Plan) -> [String] {
        let plan = node.shown
        var lines = properties(plan).map { property in
            switch property.value {
            case .text(let text): "\(property.name): \(JSONText.quoted(text))"
            case .number(let digits): "\(property.name): \(digits)"
            }
        }
        guard !plan.children.isEmpty else { return lines }
        lines.append("Plans:")
        for child in plan.children {
            for (place, line) in yaml(child).enumerated() { lines.append((place == 0 ? "  - " : "    ") + line) }
        }
        return lines
    }

    private func xml(_ node: Plan, _ indent: Int, _ lines: inout [String]) {
        let plan = node.shown
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        }
        let (outer, inner) = (String(repeating: " ", count: indent), String(repeating: " ", count: indent + 2))
        lines.append(outer + "<Plan>")
        for property in properties(plan) {
            let tag = String(property.name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
            let value =
                switch property.value {
                case .text(let text), .number(let text): escaped(text)
                }
            lines.append("\(inner)<\(tag)>\(value)</\(tag)>")
        }
        if !plan.children.isEmpty {
            lines.append(inner + "<Plans>")
            for child in plan.children { xml(child, indent + 4, &lines) }
            lines.append(inner + "</Plans>")
        }
        lines.append(outer + "</Plan>")
    }
}
