/// Plans in the words of EXPLAIN.
struct PlanText: ~Copyable {
    private let showsCosts: Bool
    private let format: ExplainOptions.Format
    /// The lines of text, a value each; other formats are one value, as what reads them is a parser.
    private var lines = MadeValues()
    private var text = MadeText()
    private var isFirst = true

    /// The rows that EXPLAIN answers with. A plan of many levels is long, as each is indented by more: its text is counted while it is made.
    static func rows(_ plan: Plan, _ options: ExplainOptions) throws(SQLError) -> [Row] {
        var text = PlanText(options)
        try text.write(plan)
        guard text.format != .text else { return text.lines.values.map { [$0] } }
        return [[.text(try text.text.finish())]]
    }

    private init(_ options: ExplainOptions) {
        showsCosts = options.showsCosts
        format = options.format
    }

    private mutating func write(_ plan: Plan) throws(SQLError) {
        switch format {
        case .text: try describe(plan, 0)
        case .json:
            try write(0, "[")
            try write(2, "{")
            try json(plan, 4, name: "\"Plan\": ", end: "}")
            try write(2, "}")
            try write(0, "]")
        case .yaml:
            try write(0, "- Plan:")
            try yaml(plan, 4, first: "    ")
        case .xml:
            try write(0, "<explain xmlns=\"http://www.postgresql.org/2009/explain\">")
            try write(2, "<Query>")
            try xml(plan, 4)
            try write(2, "</Query>")
            try write(0, "</explain>")
        }
    }

    private mutating func write(_ indent: Int, _ line: String) throws(SQLError) {
        let spaces = " ".repeated(indent)
        guard format != .text else { return try lines.append(.text(spaces + line)) }
        if !isFirst { try text.append("\n") }
        isFirst = false
        try text.append(spaces)
        try text.append(line)
    }

    private mutating func describe(_ node: Plan, _ depth: Int) throws(SQLError) {
        let plan = node.shown
        let cost = showsCosts ? "  (cost=0.00..\(plan.estimate).00 rows=\(plan.estimate) width=8)" : ""
        try write(depth == 0 ? 0 : depth * 6 - 4, (depth == 0 ? "" : "->  ") + plan.title + cost)
        for detail in plan.details { try write(depth * 6 + 2, detail) }
        for child in plan.children { try describe(child, depth + 1) }
    }

    // MARK: Other formats

    private enum Value {
        case text(String)
        case number(String)
    }

    /// What a node of a plan says of itself: `Filter: (a = 1)` is a property called Filter.
    private func properties(_ plan: Plan) -> [(name: String, value: Value)] {
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

    private mutating func json(_ node: Plan, _ indent: Int, name: String, end: String) throws(SQLError) {
        let plan = node.shown
        try write(indent, name + "{")
        let properties = properties(plan)
        for (place, property) in properties.enumerated() {
            let value =
                switch property.value {
                case .text(let text): JSONText.quoted(text)
                case .number(let digits): digits
                }
            let comma = place + 1 < properties.count || !plan.children.isEmpty ? "," : ""
            try write(indent + 2, "\(JSONText.quoted(property.name)): \(value)\(comma)")
        }
        if !plan.children.isEmpty {
            try write(indent + 2, "\"Plans\": [")
            for (place, child) in plan.children.enumerated() {
                try json(child, indent + 4, name: "", end: place + 1 < plan.children.count ? "}," : "}")
            }
            try write(indent + 2, "]")
        }
        try write(indent, end)
    }

    /// - Parameter first: what its first line begins with, which is as long as the others are indented.
    private mutating func yaml(_ node: Plan, _ indent: Int, first: String) throws(SQLError) {
        let plan = node.shown
        for (place, property) in properties(plan).enumerated() {
            let value =
                switch property.value {
                case .text(let text): JSONText.quoted(text)
                case .number(let digits): digits
                }
            let line = "\(property.name): \(value)"
            if place == 0 { try write(0, first + line) } else { try write(indent, line) }
        }
        guard !plan.children.isEmpty else { return }
        try write(indent, "Plans:")
        for child in plan.children { try yaml(child, indent + 4, first: " ".repeated(indent + 2) + "- ") }
    }

    private mutating func xml(_ node: Plan, _ indent: Int) throws(SQLError) {
        let plan = node.shown
        func escaped(_ text: String) -> String {
            text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
        }
        try write(indent, "<Plan>")
        for property in properties(plan) {
            let tag = String(property.name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" })
            let value =
                switch property.value {
                case .text(let text), .number(let text): escaped(text)
                }
            try write(indent + 2, "<\(tag)>\(value)</\(tag)>")
        }
        if !plan.children.isEmpty {
            try write(indent + 2, "<Plans>")
            for child in plan.children { try xml(child, indent + 4) }
            try write(indent + 2, "</Plans>")
        }
        try write(indent, "</Plan>")
    }
}
