import Ground

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
    /// Nil: as ANALYZE says.
    private var isTimed: Bool?
    private var isSummed: Bool?
    var format = Format.text

    var showsTimes: Bool { isTimed ?? true }
    var showsSummary: Bool { isSummed ?? analyzes }

    init() {}

    init(_ options: [Option]) throws(SQLError) {
        var needsAnalyze: String?
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
            case "timing", "wal":
                if isOn { needsAnalyze = needsAnalyze == "WAL" ? "WAL" : name.uppercased() }
                if name == "timing" { isTimed = isOn }
            case "summary": isSummed = isOn
            case "format", "verbose", "buffers", "settings": break
            default: throw SQLError(.syntaxError, "unrecognized EXPLAIN option \"\(name)\"")
            }
        }
        if let needsAnalyze, !analyzes { throw SQLError(.invalidParameterValue, "EXPLAIN option \(needsAnalyze) requires ANALYZE") }
    }
}

extension Session {
    /// EXPLAIN: the plan of a statement, which is run, too, if that was asked for.
    func explain(_ statement: Statement, _ options: [Option], _ source: SourceText) throws(SQLError) -> StatementResult {
        if let answer = try explainedAlone(statement, options) { return answer }
        let (inner, innerSource, parameters) = try explained(statement, source)
        guard inner.isBound else { throw SQLError(.featureNotSupported, "EXPLAIN of this statement is not supported yet") }
        let begun = MonotonicTime.now
        let (bound, binder) = try bind(inner, innerSource, ParameterTypes(parameters))
        let options = try ExplainOptions(options)
        var values = commandParameters.values
        if options.analyzes, case .execute(let name, let arguments) = statement {
            values = try preparedCall(name, arguments, source).values
        }
        // Whether there is such a table already shows first.
        if case .createTableAs = statement {} else { try compute(binder.constants, binder, values) }
        if options.showsCosts { Self.sampleRows(of: bound.plan, binder.definitions) }
        var text = PlanText(options)
        let planned = MonotonicTime.now
        text.planningTime = planned - begun
        if options.analyzes {
            Self.noteSearches(of: bound.plan)
            let measures = PlanMeasures()
            switch statement {
            case .createTableAs: _ = try define(statement, source)
            case .query(let query) where query.makesTable: _ = try define(statement, source)
            default:
                self.measures = measures
                defer { self.measures = nil }
                let result = try start(bound, binder, inner, values)
                while try result.next() != nil {}
            }
            text.measures = measures
            text.executionTime = MonotonicTime.now - planned
        }
        return StatementResult(
            columns: [ResultColumn(name: "QUERY PLAN", type: options.format.type)], tag: { _ in "EXPLAIN" },
            rows: Plan.source(try text.rows(bound.plan)), isComplete: true)
    }

    /// A command has no plan.
    private func explainedAlone(_ statement: Statement, _ options: [Option]) throws(SQLError) -> StatementResult? {
        guard case .refreshView = statement else { return nil }
        let format = try ExplainOptions(options).format
        let text: String
        switch format {
        case .text: text = "Utility statements have no plan structure"
        case .json: text = "[\n  \"Utility Statement\"\n]"
        case .yaml: text = "- \"Utility Statement\""
        case .xml:
            text = "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Utility-Statement />\n</explain>"
        }
        return StatementResult(
            columns: [ResultColumn(name: "QUERY PLAN", type: format.type)], tag: { _ in "EXPLAIN" }, rows: Plan.source([[.text(text)]]),
            isComplete: true)
    }

    /// Has the scans that are shown tell how many rows they may give by a sample of these.
    private static func sampleRows(of node: Plan, _ definitions: Definitions) {
        let plan = node.shown
        (plan as? ScanPlan)?.sample(definitions)
        for child in plan.children { sampleRows(of: child, definitions) }
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
