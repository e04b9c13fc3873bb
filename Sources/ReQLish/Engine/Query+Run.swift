public import Catalog

// The blocking form, for scripts and tools. Don't call it from a task: use `pando.run`.
extension Query {
    /// Runs the query on this thread and answers its value, or all its rows as an array. A write that failed for some of its documents throws,
    /// as in ``Pando/run(_:options:)``.
    @discardableResult
    public func run(on pando: Pando, options: QueryOptions = QueryOptions()) throws(ReQLError) -> Datum {
        let tree = try tree()
        return try pando.start(tree, options: options).collected().owned.withoutFailures(of: tree, options)
    }

    /// Runs the query on this thread and decodes what it answers.
    ///
    ///     let count: Int = try users.count().run(on: pando)
    public func run<Result: Decodable>(
        on pando: Pando, as type: Result.Type = Result.self, options: QueryOptions = QueryOptions()
    ) throws -> Result {
        try DatumDecoder().decode(type, from: try run(on: pando, options: options))
    }
}
