import Ground

extension Pando {
    /// What a floor above asks of a walk in a state that it has read.
    package struct WalkRequest {
        /// As the option `over` has it.
        package var over: Datum
        package var starts: [Datum]
        package var depth: Int?
        package var minimumDepth = 1
        package var direction: String?
        /// The database of relations and tables that name none.
        package var database: String
        /// Whose permissions hold, an account's or a role's; nil: nothing is asked.
        package var actor: String?
        package var memoryLimit: Int
        package var cancellation: Cancellation

        package init(over: Datum, starts: [Datum], database: String, actor: String?, memoryLimit: Int, cancellation: Cancellation) {
            self.over = over
            self.starts = starts
            self.database = database
            self.actor = actor
            self.memoryLimit = memoryLimit
            self.cancellation = cancellation
        }
    }

    /// Begins a walk; what it finds wrong is what `traverse` does.
    package func walk(_ request: WalkRequest, in state: CatalogSnapshot) throws(ReQLError) -> LevelNodes {
        func option(_ value: Datum?) -> Query? { value.map { Query($0) } }
        let tree = try Query(
            .traverse, [Query(Datum(elements: request.starts))],
            options: [
                ("over", Query(request.over)), ("direction", option(request.direction.map { Datum($0) })),
                ("depth", option(request.depth.map { Datum($0) })), ("min_depth", Query(Datum(request.minimumDepth))),
            ]
        ).tree()
        var options = QueryOptions()
        options.database = request.database
        options.user = request.actor
        options.mayBeRole = true
        options.memoryLimit = request.memoryLimit
        options.cancellation = request.cancellation
        let (value, _) = try evaluate(tree, options, writer: StateReader(state))
        guard case .rows(let rows as TraversedRows) = value else { throw ReQLError(.internal, "A walk answers no rows.") }
        return try rows.nodes()
    }
}
