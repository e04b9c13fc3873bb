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
        let options = try CopyOptionReader(copy, source, columns.map(\.name), isListed: true).options()
        if let lines = try lines(copy, binder.definitions, options) {
            let exchange = CopyExchange(columns: columns, options: options, rows: { line throws(SQLError) in try lines.next(line) })
            return StatementResult(copy: exchange, tag: { "COPY \($0)" })
        }
        let result = try start(bound, binder, statement, [])
        let exchange = CopyExchange(
            columns: columns, options: options,
            rows: { (_) throws(SQLError) in
                var batch: [[SQLValue]] = []
                while batch.count < Plan.batchCount, let row = try result.next() { batch.append(row) }
                return batch.isEmpty ? nil : batch
            })
        return StatementResult(copy: exchange, tag: { "COPY \($0)" })
    }

    /// The lines of a table that is sent as a whole; nil if its rows have to be read.
    private func lines(_ copy: Copy, _ definitions: Definitions, _ options: CopyOptions) throws(SQLError) -> TableLines? {
        guard case .relation(let name, let columns, nil) = copy.subject, case .table(let table)? = try definitions.relation(name) else {
            return nil
        }
        return try TableLines(self, definitions.state, table, try Self.copied(columns, table), options)
    }

    /// The query that reads the columns of a table which COPY sends.
    private func selection(of name: QualifiedName, _ columns: [Name]) throws(SQLError) -> String {
        let definitions = Definitions(self, try transaction.readState())
        var names: [String] = []
        switch try definitions.relation(name) {
        case nil: throw definitions.missing(name)
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
        case nil: throw definitions.missing(name)
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
        if table.isWrittenOpen { return try copyDocuments(copy, source, table, names, try choice?.only(run) ?? [], run) }
        let cell = try choice?.onlyKey(run) ?? []
        let indexes = try Self.copied(names, table)
        let columns = indexes.map { table.declaration.columns[$0] }
        let options = try CopyOptionReader(copy, source, columns.map(\.name), isListed: !names.isEmpty).options()
        if options.freezes, !transaction.isFresh(table.config.id), try !isOwn(table) {
            throw SQLError(
                SQLState(rawValue: "55000"),
                "cannot perform COPY FREEZE because the table was not created or truncated in the current subtransaction")
        }
        let filter = try copy.filter.map { filter throws(SQLError) in
            let scope = Scope(parent: nil, rules: ClauseRules(name: "COPY FROM WHERE conditions"))
            scope.items = [ScopeItem.row(of: table)]
            let scalar = try binder.condition(filter, scope, "WHERE", filter.position)
            if scalar.hasSubquery { throw SQLError(.featureNotSupported, "cannot use subquery in COPY FROM WHERE condition") }
            return scalar
        }
        // A domain's checks are those of a cast to it, and of the parts of arrays and rows.
        var casts: [Int: Scalar] = [:]
        for (place, column) in columns.enumerated() {
            guard column.type.oid >= 16384 else { continue }
            let base = TypeTable.base(of: column.type, definitions)
            let read = ColumnScalar(0, base)
            let held = try binder.elementsChecked(read, base)
            guard base.oid != column.type.oid || held !== read else { continue }
            casts[place] =
                base.oid == column.type.oid ? held : try binder.coerceIfPossible(held, to: column.type, .assignment, at: nil)
        }
        let target = try CopiedRows(self, table, definitions, run, given: indexes, casts: casts, filter: filter, cell: cell)
        let exchange = CopyExchange(
            table.name, columns: columns.map { ResultColumn(name: $0.name, type: $0.type) }, options: options, into: target)
        // Until the client has sent all rows.
        run.isHeld = true
        return StatementResult(copy: exchange, tag: { _ in "COPY \(target.count)" })
    }

    /// Into an open table: a document a line, as JSON.
    private func copyDocuments(
        _ copy: Copy, _ source: SourceText, _ table: TableRelation, _ names: [Name], _ cell: [Datum], _ run: Run
    ) throws(SQLError) -> StatementResult {
        guard names.isEmpty || (names.count == 1 && names[0].text == "_doc") else {
            throw SQLError(.featureNotSupported, "COPY into an open table takes whole documents", hint: "Say COPY \(table.name) (_doc).")
        }
        let options = try CopyOptionReader(copy, source, ["_doc"], isListed: true).options()
        let target = CopiedDocuments(self, try OpenTableWriter(table, run, cell: cell))
        let exchange = CopyExchange(
            table.name, columns: [ResultColumn(name: "_doc", type: .jsonb)], options: options, into: target)
        return StatementResult(copy: exchange, tag: { _ in "COPY \(target.count)" })
    }

    /// Whether only this session sees a table: the transaction has made it, or it is a temporary one.
    private func isOwn(_ table: TableRelation) throws(SQLError) -> Bool {
        if table.isTemporary { return true }
        do throws(CatalogError) {
            let snapshot = try catalog.snapshot()
            guard let database = try snapshot.database(self.database) else { return true }
            return try snapshot.table(table.config.name, in: database)?.id != table.config.id
        } catch { throw SQLError(error) }
    }
}
