import Ground

extension Pando {
    /// Runs a query and answers how it was answered, in place of what.
    ///
    ///     print(try await pando.explain(users.filter { $0["age"] > 30 }.orderBy("name").limit(10)))
    ///
    /// All rows are read, so it takes as long as the query does, and a little more. A query that writes is tried in a transaction that is
    /// rolled back, and other writers wait meanwhile. Throws what the query throws; a feed can't be explained.
    public func explain(_ query: Query, options: QueryOptions = QueryOptions()) async throws -> QueryPlan {
        var options = options
        let cancellation = options.cancellation ?? Cancellation()
        options.cancellation = cancellation
        return try await cancellable(cancellation) { [options] () throws(ReQLError) in
            try self.explainHere(try query.tree(), options)
        }
    }

    /// ``explain(_:options:)`` on the calling thread: see ``start(_:options:)``.
    public func explain(_ tree: TermTree, options: QueryOptions = QueryOptions()) throws(ReQLError) -> QueryPlan {
        guard needsBigStack(tree) else { return try explainHere(tree, options) }
        return try pool.runAndWait { Result { () throws(ReQLError) in try self.explainHere(tree, options) } }.get()
    }

    private func explainHere(_ tree: TermTree, _ options: QueryOptions) throws(ReQLError) -> QueryPlan {
        var options = options
        let cancellation = options.cancellation ?? Cancellation()
        options.cancellation = cancellation
        try takeState(from: &options, cancellation)
        guard tree.writes && options.asOf == nil else {
            return try explainHere(tree, options, writer(options, stoppedBy: cancellation), isRolledBack: false)
        }
        let writer: TransactionWriter
        do { writer = TransactionWriter(try catalog.beginWrite(), stoppedBy: cancellation) } catch { throw ReQLError(error) }
        defer { writer.rollback() }
        return try explainHere(tree, options, writer, isRolledBack: true)
    }

    private func explainHere(_ tree: TermTree, _ options: QueryOptions, _ writer: Writer, isRolledBack: Bool) throws(ReQLError) -> QueryPlan
    {
        let recorder = PlanRecorder()
        let clock = ContinuousClock()
        let start = clock.now
        let (value, execution) = try evaluate(tree, options, writer: writer, recorder: recorder)
        try Self.readAll(value, execution, recorder)
        return recorder.plan(clock.now - start, execution, isRolledBack: isRolledBack)
    }

    private static func readAll(_ value: Value, _ execution: Execution, _ recorder: PlanRecorder) throws(ReQLError) {
        if case .rows(let rows) = value {
            guard !rows.isFeed else {
                throw ReQLError(.queryLogic, "A feed is answered in time, and can't be explained; explain the query that it follows.")
            }
            recorder.meet(rows, at: .root, execution)
            let stream = try rows.finite(at: .root).stream(execution)
            while try stream.next().row != nil {}
        } else if case .grouped(let grouped) = value {
            _ = try grouped.datum(execution, at: .root)
        } else if case .row(let row) = value {
            _ = try row.datum(at: .root)
        }
    }
}

extension TermTree {
    /// Whether running the query may change the file. O(terms).
    public var writes: Bool {
        storage.nodes.contains { $0.type.facts.traits.contains(.writes) }
    }

    /// Whether it may leave an index that is still to be built.
    package var makesIndexes: Bool { storage.nodes.contains { $0.type == .indexCreate || $0.type == .relationCreate } }

    /// Whether it waits for indexes, which it helps to build where nobody else does.
    package var waitsForIndexes: Bool { storage.nodes.contains { $0.type == .indexWait } }
}
