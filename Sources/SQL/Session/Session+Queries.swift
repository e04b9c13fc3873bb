/// Queries that functions are given as texts.
extension Session {
    func read(
        _ query: String, columns: ([SQLType]) throws(SQLError) -> Void, _ found: ([SQLValue]) throws(SQLError) -> Void
    ) throws(SQLError) {
        let script = try Script(query, isOfClient: true)
        guard script.statements.count == 1, case .query(let tree)? = script.statements.first?.statement else {
            throw SQLError(SQLState(rawValue: "42P11"), "cannot open \"\(query.prefix(100))\" as a cursor: it is no query")
        }
        // It reads what the statement reads that asks for it, and is stopped with it.
        let outer = runs.last
        let state: ReadState
        if let outer { state = outer.state } else { state = try transaction.readState() }
        let definitions = Definitions(self, state)
        let binder = Binder(self, definitions, script.source, ParameterTypes([]))
        let bound = try binder.bind(tree, Scope(parent: nil, rules: .select), resolvesUnknown: true)
        guard binder.writes.isEmpty else {
            throw SQLError(.featureNotSupported, "a query that a function is given as a text cannot write")
        }
        guard binder.locking == nil else {
            throw SQLError(.featureNotSupported, "a query that a function is given as a text cannot lock rows")
        }
        try columns(bound.columns.map(\.type))
        let run = Run(self, state, parameters: [], slotCount: binder.slotCount, outer?.cancellation ?? canceller.begin())
        defer {
            run.end()
            runs.removeAll { $0 === run }
        }
        let source = try bound.plan.open(run)
        while let batch = try source() {
            try run.check()
            for row in batch { try found(row) }
        }
    }
}
