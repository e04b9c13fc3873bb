import Catalog

/// COPY: rows of a table or query to the client, and rows from the client into a table.
///
/// Whoever speaks the protocol reads and writes the lines.
extension Session {
    func copy(_ copy: Copy, _ source: SourceText) throws(SQLError) -> StatementResult {
        switch copy.place {
        case .client: break
        case .file, .program:
            throw SQLError(
                .featureNotSupported, "COPY to or from a file is not supported",
                hint: "Use COPY FROM STDIN or COPY TO STDOUT: psql's \\copy command does.")
        }
        return copy.isFrom ? try copyFrom(copy, source) : try copyTo(copy, source)
    }

    // MARK: - To the client

    private func copyTo(_ copy: Copy, _ source: SourceText) throws(SQLError) -> StatementResult {
        let statement: Statement
        let text: SourceText
        switch copy.subject {
        case .statement(let inner):
            if case .query(let query) = inner, query.makesTable {
                throw SQLError(.featureNotSupported, "COPY (SELECT INTO) is not supported")
            }
            (statement, text) = (inner, source)
        case .relation(let name, let columns, let cells):
            let script = try Script(try selection(of: name, columns) + (cells.map { " USING " + Printer.text($0) } ?? ""))
            guard let first = script.statements.first?.statement else { throw SQLError(.syntaxError, "COPY has no rows") }
            (statement, text) = (first, script.source)
        }
        let (bound, binder) = try bind(statement, text, ParameterTypes([]))
        if statement.writes, bound.columns.isEmpty {
            throw SQLError(.featureNotSupported, "COPY query must have a RETURNING clause")
        }
        let columns = bound.columns.map { $0.resultColumn(types) }
        let options = try CopyOptionReader(copy, columns.map(\.name), isListed: true).options()
        let result = try start(bound, binder, statement, [])
        let exchange = CopyExchange(
            columns: columns, options: options,
            rows: { () throws(SQLError) in
                var batch: [[SQLValue]] = []
                while batch.count < Plan.batchCount, let row = try result.next() { batch.append(row) }
                return batch.isEmpty ? nil : batch
            })
        return StatementResult(copy: exchange, tag: { "COPY \($0)" })
    }

    /// The query that reads the columns of a table which COPY sends.
    private func selection(of name: QualifiedName, _ columns: [Name]) throws(SQLError) -> String {
        let definitions = Definitions(self, try transaction.readState())
        var names: [String] = []
        switch try definitions.relation(name) {
        case nil: throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(name.text)\" does not exist")
        case .table(let table)?:
            if table.declaration.query != nil {
                throw Self.cannotCopy("from materialized view", name, hint: "Try the COPY (SELECT ...) TO variant.")
            }
            if table.declaration.isOpen, columns.isEmpty { names = ["_doc"] }
            for column in try Self.copied(columns, table) { names.append(Quoting.identifier(table.declaration.columns[column].name)) }
            if table.declaration.isOpen { names = columns.isEmpty ? ["_doc"] : columns.map { Quoting.identifier($0.text) } }
        case .rows?: names = columns.isEmpty ? ["*"] : columns.map { Quoting.identifier($0.text) }
        case .view?: throw Self.cannotCopy("from view", name, hint: "Try the COPY (SELECT ...) TO variant.")
        case .sequence?: throw Self.cannotCopy("from sequence", name)
        case .index?: throw Self.cannotCopy("from index", name)
        }
        let relation = name.parts.map { Quoting.identifier($0.text) }.joined(separator: ".")
        return "SELECT \(names.joined(separator: ", ")) FROM \(relation)"
    }

    private static func cannotCopy(_ what: String, _ name: QualifiedName, hint: String? = nil) -> SQLError {
        SQLError(SQLState(rawValue: "42809"), "cannot copy \(what) \"\(name.last)\"", hint: hint)
    }

    /// Indexes of the columns that are copied: those listed, or all that are not generated.
    private static func copied(_ names: [Name], _ table: TableRelation) throws(SQLError) -> [Int] {
        let columns = table.declaration.columns
        guard !names.isEmpty else { return columns.indices.filter { columns[$0].generated == nil } }
        var indexes: [Int] = []
        for name in names {
            guard let index = columns.firstIndex(where: { $0.name == name.text }) else {
                if table.declaration.isOpen { continue }
                throw SQLError(
                    SQLState(rawValue: "42703"), "column \"\(name.text)\" of relation \"\(table.name)\" does not exist")
            }
            if columns[index].generated != nil {
                throw SQLError(
                    SQLState(rawValue: "42P10"), "column \"\(name.text)\" is a generated column",
                    detail: "Generated columns cannot be used in COPY.")
            }
            guard !indexes.contains(index) else {
                throw SQLError(SQLState(rawValue: "42701"), "column \"\(name.text)\" specified more than once")
            }
            indexes.append(index)
        }
        return indexes
    }

    // MARK: - From the client

    private func copyFrom(_ copy: Copy, _ source: SourceText) throws(SQLError) -> StatementResult {
        guard case .relation(let name, let names, let cells) = copy.subject else {
            throw SQLError(.syntaxError, "COPY FROM needs a table")
        }
        let state = try transaction.readState()
        let definitions = Definitions(self, state)
        self.definitions = definitions
        let binder = Binder(self, definitions, source, ParameterTypes([]))
        let table: TableRelation
        switch try definitions.relation(name) {
        case .table(let found)?:
            if found.declaration.query != nil { throw Self.cannotCopy("to materialized view", name) }
            table = found
        case nil: throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(name.text)\" does not exist")
        case .view?: throw Self.cannotCopy("to view", name)
        case .sequence?: throw Self.cannotCopy("to sequence", name)
        case .index?: throw Self.cannotCopy("to index", name)
        case .rows?: throw SQLError(SQLState(rawValue: "42501"), "permission denied for table \(name.last)")
        }
        try definitions.require(.insert, table)
        if transaction.isReadOnly, !table.isTemporary {
            throw SQLError(SQLState(rawValue: "25006"), "cannot execute COPY FROM in a read-only transaction")
        }
        let choice = try binder.bind(cells: cells, of: table, Scope(parent: nil, rules: .from))
        if table.hasCells, choice == nil { throw Cells.needed(table) }
        let run = Run(self, state, parameters: [], slotCount: binder.slotCount, canceller.begin())
        if table.isWrittenOpen { return try copyDocuments(copy, table, names, try choice?.only(run) ?? [], run) }
        let cell = try choice?.onlyKey(run) ?? []
        let indexes = try Self.copied(names, table)
        let columns = indexes.map { table.declaration.columns[$0] }
        let options = try CopyOptionReader(copy, columns.map(\.name), isListed: !names.isEmpty).options()
        let filter = try copy.filter.map { filter throws(SQLError) in
            let scope = Scope(parent: nil, rules: ClauseRules(name: "COPY FROM WHERE conditions"))
            scope.items = [TableRules.rowItem(table)]
            let scalar = try binder.condition(filter, scope, "WHERE", filter.position)
            if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in COPY FROM WHERE condition") }
            return scalar
        }
        // A domain's checks are those of a cast to it.
        var casts: [Int: Scalar] = [:]
        for (place, column) in columns.enumerated() {
            guard let type = definitions.type(column.type.oid), case .domain = type.kind else { continue }
            let base = TypeTable.base(of: column.type, definitions)
            casts[place] = try binder.coerceIfPossible(ColumnScalar(0, base), to: column.type, .assignment, at: nil)
        }
        let guardian = try run.writes.guardian(table, definitions)
        let width = table.declaration.columns.count
        var count = 0
        let exchange = CopyExchange(
            columns: columns.map { ResultColumn(name: $0.name, type: $0.type) }, options: options,
            take: { (row) throws(SQLError) in
                var values: [SQLValue?] = Array(repeating: nil, count: width)
                for (place, index) in indexes.enumerated() where place < row.count {
                    if let cast = casts[place] { values[index] = try cast.value([row[place]], run) } else { values[index] = row[place] }
                }
                if let filter {
                    var full: Row = []
                    for index in values.indices {
                        if let value = values[index] { full.append(value) } else { full.append(try guardian.defaultValue(index)) }
                    }
                    guard try filter.isTrue(full, run) else { return }
                    values = full.map { $0 }
                }
                _ = try guardian.insert(values, cell: cell)
                count += 1
                if count % 512 == 0 { try run.check() }
            },
            finish: { () throws(SQLError) in
                defer { run.end() }
                try run.writes.finish(definitions)
                return count
            },
            fail: { [weak self] in
                run.end()
                self?.transaction.fail()
            })
        // Until the client has sent all rows.
        run.isHeld = true
        return StatementResult(copy: exchange, tag: { _ in "COPY \(count)" })
    }

    /// Into an open table: a document a line, as JSON.
    private func copyDocuments(
        _ copy: Copy, _ table: TableRelation, _ names: [Name], _ cell: [Datum], _ run: Run
    ) throws(SQLError) -> StatementResult {
        guard names.isEmpty || (names.count == 1 && names[0].text == "_doc") else {
            throw SQLError(.featureNotSupported, "COPY into an open table takes whole documents", hint: "Say COPY \(table.name) (_doc).")
        }
        let options = try CopyOptionReader(copy, ["_doc"], isListed: true).options()
        let writer = OpenTableWriter(table, run, cell: cell)
        var count = 0
        let exchange = CopyExchange(
            columns: [ResultColumn(name: "_doc", type: .jsonb)], options: options,
            take: { (row) throws(SQLError) in
                guard case .json(let document)? = row.first else {
                    throw SQLError(SQLState(rawValue: "23502"), "null value in column \"_doc\" of relation \"\(table.name)\"")
                }
                _ = try writer.insert(document)
                count += 1
            }, finish: { () throws(SQLError) in count }, fail: { [weak self] in self?.transaction.fail() })
        return StatementResult(copy: exchange, tag: { _ in "COPY \(count)" })
    }
}

/// Reads what stands in the parentheses of COPY.
private struct CopyOptionReader {
    private let copy: Copy
    private let columns: [String]
    private let isListed: Bool

    init(_ copy: Copy, _ columns: [String], isListed: Bool) {
        self.copy = copy
        self.columns = columns
        self.isListed = isListed
    }

    func options() throws(SQLError) -> CopyOptions {
        var given: [String: Option.Value] = [:]
        for option in copy.options {
            let name = option.name.text
            guard Self.known.contains(name) else { throw SQLError(.syntaxError, "option \"\(name)\" not recognized") }
            guard given.updateValue(option.value, forKey: name) == nil else {
                throw SQLError(.syntaxError, "conflicting or redundant options")
            }
        }
        var options = CopyOptions()
        options.format = try format(given["format"])
        let (isCSV, isBinary) = (options.format == .csv, options.format == .binary)
        if let freeze = given["freeze"] { _ = try flag(freeze, "freeze") }
        if isCSV { (options.delimiter, options.null) = (",", "") }
        if let value = given["header"] { options.header = try header(value) }
        if isBinary, given["delimiter"] != nil { throw SQLError(.syntaxError, "cannot specify DELIMITER in BINARY mode") }
        if isBinary, given["null"] != nil { throw SQLError(.syntaxError, "cannot specify NULL in BINARY mode") }
        if let value = given["delimiter"] { options.delimiter = try text(value, "delimiter") }
        if let value = given["null"] { options.null = try text(value, "null") }
        if let value = given["quote"] { options.quote = try text(value, "quote") }
        options.escape = try given["escape"].map { value throws(SQLError) in try text(value, "escape") } ?? options.quote
        if let value = given["encoding"] { try checkEncoding(try text(value, "encoding")) }
        try check(options, given)
        if let value = given["force_quote"] {
            try require(isCSV, "COPY force quote available only in CSV mode")
            try require(!copy.isFrom, "COPY force quote only available using COPY TO")
            options.forceQuote = try places(value, "FORCE_QUOTE")
        }
        if let value = given["force_not_null"] {
            try require(isCSV, "COPY force not null available only in CSV mode")
            try require(copy.isFrom, "COPY force not null only available using COPY FROM")
            options.forceNotNull = try places(value, "FORCE_NOT_NULL")
        }
        if let value = given["force_null"] {
            try require(isCSV, "COPY force null available only in CSV mode")
            try require(copy.isFrom, "COPY force null only available using COPY FROM")
            options.forceNull = try places(value, "FORCE_NULL")
        }
        return options
    }

    private static let known: Set<String> = [
        "format", "freeze", "delimiter", "null", "header", "quote", "escape", "force_quote", "force_not_null", "force_null", "encoding",
    ]

    private func require(_ condition: Bool, _ message: String) throws(SQLError) {
        if !condition { throw SQLError(.featureNotSupported, message) }
    }

    private func invalid(_ message: String) -> SQLError { SQLError(SQLState(rawValue: "22023"), message) }

    private func check(_ options: CopyOptions, _ given: [String: Option.Value]) throws(SQLError) {
        let isCSV = options.format == .csv
        guard options.format != .binary else {
            try require(options.header == .none, "cannot specify HEADER in BINARY mode")
            try require(given["quote"] == nil, "COPY quote available only in CSV mode")
            try require(given["escape"] == nil, "COPY escape available only in CSV mode")
            return
        }
        try require(options.delimiter.utf8.count == 1, "COPY delimiter must be a single one-byte character")
        if options.delimiter.contains(where: \.isNewline) { throw invalid("COPY delimiter cannot be newline or carriage return") }
        if options.null.contains(where: \.isNewline) { throw invalid("COPY null representation cannot use newline or carriage return") }
        if !isCSV, "\\.abcdefghijklmnopqrstuvwxyz0123456789".contains(options.delimiter) {
            throw invalid("COPY delimiter cannot be \"\(options.delimiter)\"")
        }
        if !isCSV {
            try require(given["quote"] == nil, "COPY quote available only in CSV mode")
            try require(given["escape"] == nil, "COPY escape available only in CSV mode")
        } else {
            try require(options.quote.utf8.count == 1, "COPY quote must be a single one-byte character")
            if options.delimiter == options.quote { throw invalid("COPY delimiter and quote must be different") }
            try require(options.escape.utf8.count == 1, "COPY escape must be a single one-byte character")
        }
        if options.null.contains(options.delimiter) { throw invalid("COPY delimiter character must not appear in the NULL specification") }
        if isCSV, options.null.contains(options.quote) { throw invalid("CSV quote character must not appear in the NULL specification") }
        if options.header == .match { try require(copy.isFrom, "cannot use \"match\" with HEADER in COPY TO") }
    }

    private func format(_ value: Option.Value?) throws(SQLError) -> CopyOptions.Format {
        guard let value else { return .text }
        let word = try text(value, "format")
        switch word {
        case "text": return .text
        case "csv": return .csv
        case "binary": return .binary
        default: throw invalid("COPY format \"\(word)\" not recognized")
        }
    }

    private func header(_ value: Option.Value) throws(SQLError) -> CopyOptions.Header {
        if case .word("match") = value { return .match }
        if case .string("match") = value { return .match }
        do throws(SQLError) { return try flag(value, "header") ? .present : .none } catch {
            throw SQLError(.syntaxError, "header requires a Boolean value or \"match\"")
        }
    }

    private func flag(_ value: Option.Value, _ name: String) throws(SQLError) -> Bool {
        switch value {
        case .none: return true
        case .number("0"): return false
        case .number("1"): return true
        case .word(let word), .string(let word):
            if let flag = SessionSettings.flag(word) { return flag }
        default: break
        }
        throw SQLError(.syntaxError, "\(name) requires a Boolean value")
    }

    private func text(_ value: Option.Value, _ name: String) throws(SQLError) -> String {
        switch value {
        case .string(let text), .word(let text), .number(let text): return text
        case .null: return "null"
        default: throw SQLError(.syntaxError, "\(name) requires a parameter")
        }
    }

    private func checkEncoding(_ name: String) throws(SQLError) {
        let plain = name.lowercased().filter { $0 != "-" && $0 != "_" }
        if ["utf8", "unicode", "sqlascii"].contains(plain) { return }
        if plain.hasPrefix("latin") || plain.hasPrefix("win") || plain.hasPrefix("iso8859") || plain.hasPrefix("euc") {
            throw SQLError(.featureNotSupported, "encoding \"\(name)\" is not supported", hint: "Send UTF8.")
        }
        throw invalid("argument to option \"encoding\" must be a valid encoding name")
    }

    private func places(_ value: Option.Value, _ word: String) throws(SQLError) -> Set<Int> {
        guard case .list(let values) = value else {
            if case .star = value, word == "FORCE_QUOTE" { return Set(columns.indices) }
            throw SQLError(
                SQLState(rawValue: "22023"), "argument to option \"\(word.lowercased())\" must be a list of column names")
        }
        var places: Set<Int> = []
        for value in values {
            let name = try text(value, word)
            guard let place = columns.firstIndex(of: name) else {
                guard isListed else { throw SQLError(SQLState(rawValue: "42703"), "column \"\(name)\" does not exist") }
                throw SQLError(SQLState(rawValue: "42P10"), "\(word) column \"\(name)\" not referenced by COPY")
            }
            guard places.insert(place).inserted else {
                throw SQLError(SQLState(rawValue: "42701"), "column \"\(name)\" specified more than once")
            }
        }
        return places
    }
}
