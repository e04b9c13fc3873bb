import Catalog

/// COPY: rows between a table, or a query, and whoever holds the session.
extension Session {
    func copy(_ copy: Copy, _ source: SourceText) throws(SQLError) -> StatementResult {
        guard case .client = copy.place else {
            throw SQLError(
                .featureNotSupported, "COPY of files and programs of the server is not supported",
                hint: "Use STDIN or STDOUT, or psql's \\copy.")
        }
        let exchange: CopyExchange
        switch copy.subject {
        case .statement(let statement): exchange = try copyOut(statement, source, copy.options)
        case .relation(let name, let columns, let cells):
            if cells != nil { throw SQLError(.featureNotSupported, "USING of COPY is not supported yet") }
            exchange = try copy.isFrom ? copyIn(name, columns, copy, source) : copyOut(name, columns, copy.options, source)
        }
        return StatementResult(copy: exchange, tag: { "COPY \($0)" })
    }

    // MARK: - Out

    /// COPY (query) TO.
    private func copyOut(_ statement: Statement, _ source: SourceText, _ given: [Option]) throws(SQLError) -> CopyExchange {
        guard statement.isBound else {
            throw SQLError(.featureNotSupported, "COPY of this statement is not supported")
        }
        let (bound, binder) = try bind(statement, source, ParameterTypes([]))
        if statement.writes, bound.columns.isEmpty {
            throw SQLError(.featureNotSupported, "COPY query must have a RETURNING clause")
        }
        let options = try CopyOptions(given, isFrom: false, columns: bound.columns.map(\.name))
        let result = try start(bound, binder, statement, [])
        return CopyExchange(columns: bound.columns.map(\.resultColumn), options: options, rows: Self.batches(of: result))
    }

    private static func batches(of result: StatementResult) -> () throws(SQLError) -> [[SQLValue]]? {
        { () throws(SQLError) in
            var batch: [[SQLValue]] = []
            while batch.count < 256, let row = try result.next() { batch.append(row) }
            return batch.isEmpty ? nil : batch
        }
    }

    /// COPY table TO: what SELECT of the same columns gives, without those that are generated.
    private func copyOut(
        _ name: QualifiedName, _ names: [Name], _ given: [Option], _ source: SourceText
    ) throws(SQLError) -> CopyExchange {
        let definitions = Definitions(self, try transaction.readState())
        self.definitions = definitions
        var wanted = names.map(\.text)
        switch try definitions.relation(name) {
        case .table(let table)?:
            try definitions.require(.read, table)
            if !table.declaration.isOpen { wanted = try copied(names, table, source).map { table.declaration.columns[$0].name } }
        case .view(let view)?:
            throw SQLError(
                SQLState(rawValue: "42809"), "cannot copy from view \"\(view.name)\"", hint: "Try the COPY (SELECT ...) TO variant.")
        case .sequence?: throw SQLError(SQLState(rawValue: "42809"), "cannot copy from sequence \"\(name.last)\"")
        case .index?: throw SQLError(SQLState(rawValue: "42809"), "cannot copy from index \"\(name.last)\"")
        case .rows?: break
        case nil: throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(name.text)\" does not exist")
        }
        let list = wanted.isEmpty && names.isEmpty ? "*" : wanted.map(Quoting.identifier).joined(separator: ", ")
        let script = try Script("SELECT \(list) FROM \(name.parts.map { Quoting.identifier($0.text) }.joined(separator: "."))")
        guard let statement = script.statements.first?.statement else { throw SQLError(.syntaxError, "COPY of nothing") }
        return try copyOut(statement, script.source, given)
    }

    /// The columns that COPY of a table is about, as their places: those that are named, or all that are not generated.
    private func copied(_ names: [Name], _ table: TableRelation, _ source: SourceText) throws(SQLError) -> [Int] {
        let columns = table.declaration.columns
        guard !names.isEmpty else { return columns.indices.filter { columns[$0].generated == nil } }
        var places: [Int] = []
        for name in names {
            guard let place = columns.firstIndex(where: { $0.name == name.text }) else {
                throw SQLError(
                    SQLState(rawValue: "42703"), "column \"\(name.text)\" of relation \"\(table.name)\" does not exist")
            }
            if columns[place].generated != nil {
                throw SQLError(
                    SQLState(rawValue: "42P10"), "column \"\(name.text)\" is a generated column",
                    detail: "Generated columns cannot be used in COPY.")
            }
            guard !places.contains(place) else {
                throw SQLError(SQLState(rawValue: "42701"), "column \"\(name.text)\" specified more than once")
            }
            places.append(place)
        }
        return places
    }

    // MARK: - In

    private func copyIn(_ name: QualifiedName, _ names: [Name], _ copy: Copy, _ source: SourceText) throws(SQLError) -> CopyExchange {
        let definitions = Definitions(self, try transaction.readState())
        self.definitions = definitions
        let binder = Binder(self, definitions, source, ParameterTypes([]))
        let table: TableRelation
        switch try definitions.relation(name) {
        case .view(let view)?: throw SQLError(SQLState(rawValue: "42809"), "cannot copy to view \"\(view.name)\"")
        case .sequence?: throw SQLError(SQLState(rawValue: "42809"), "cannot copy to sequence \"\(name.last)\"")
        default: table = try binder.target(name, .write)
        }
        if transaction.isReadOnly {
            throw SQLError(SQLState(rawValue: "25006"), "cannot execute COPY FROM in a read-only transaction")
        }
        let places = try copied(names, table, source)
        let columns = places.map { table.declaration.columns[$0] }
        let options = try CopyOptions(copy.options, isFrom: true, columns: columns.map(\.name))
        let scope = Scope(parent: nil, rules: .whereClause)
        scope.items = [TableGuard.rowItem(table)]
        let filter = try copy.filter.map { filter throws(SQLError) in try binder.condition(filter, scope, "WHERE", filter.position) }
        var checks: [[DomainCheck]] = []
        for column in columns { checks.append(try definitions.domainChecks(column.type, binder)) }
        let run = Run(self, definitions.state, parameters: [], slotCount: binder.slotCount, canceller.begin())
        let guardian = try run.writes.guardian(table, definitions)
        let input = CopyInput(places: places, checks: checks, filter: filter, guardian: guardian, run: run, definitions: definitions)
        return CopyExchange(
            columns: columns.map { ResultColumn(name: $0.name, type: $0.type) }, options: options,
            take: { (row) throws(SQLError) in try input.take(row) }, finish: { () throws(SQLError) in try input.finish() },
            fail: { [weak self] in self?.transaction.fail() })
    }
}

/// The rows of a COPY FROM on their way into the table.
private final class CopyInput {
    /// The place in the table of each value of a row that comes.
    private let places: [Int]
    private let checks: [[DomainCheck]]
    private let filter: Scalar?
    private let guardian: TableGuard
    private let run: Run
    private let definitions: Definitions
    private var count = 0

    init(places: [Int], checks: [[DomainCheck]], filter: Scalar?, guardian: TableGuard, run: Run, definitions: Definitions) {
        self.places = places
        self.checks = checks
        self.filter = filter
        self.guardian = guardian
        self.run = run
        self.definitions = definitions
    }

    func take(_ given: [SQLValue]) throws(SQLError) {
        var values: [SQLValue?] = Array(repeating: nil, count: guardian.types.count)
        for (index, place) in places.enumerated() {
            values[place] = given[index]
            for check in checks[index] { try check.check(given[index], run) }
        }
        if let filter {
            var row: Row = []
            for place in values.indices {
                if let value = values[place] { row.append(value) } else { row.append(try guardian.defaultValue(place)) }
            }
            guard case .bool(true) = try filter.value(row, run) else { return }
            values = row.map { $0 }
        }
        _ = try guardian.insert(values)
        count += 1
        if count % 512 == 0 { try run.check() }
    }

    func finish() throws(SQLError) -> Int {
        try run.writes.finish(definitions)
        return count
    }
}
