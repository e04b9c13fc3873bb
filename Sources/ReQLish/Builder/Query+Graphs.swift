extension Query {
    /// What edges are: a relation that a table declares, a field with keys, or a table of edges.
    public struct Relation: Sendable, ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
        let query: Query

        private init(query: Query) { self.query = query }

        /// The relation of that name, or the one that is called so in reverse. `{over: "wrote"}`
        public init(stringLiteral name: String) { query = Query(name) }

        /// Several, which a walk goes through together. `{over: ["wrote", "knows"]}`
        public init(arrayLiteral relations: Relation...) { query = Query(.makeArray, relations.map(\.query)) }

        /// The relation of that name. `{over: "wrote"}`
        public static func named(_ name: String) -> Relation { Relation(query: Query(name)) }

        /// A field with a key, or an array of keys: `author`, `reviews[].user`. `{over: {field: "author", to: r.table("people")}}`
        ///
        /// - Parameter table: the table with the field; nil: the one whose rows the walk begins at.
        public static func field(_ field: String, of table: Query? = nil, to: Query) -> Relation {
            Relation(query: Query(.makeObject, options: [("field", Query(field)), ("table", table), ("to", to)]))
        }

        /// A table whose documents are edges. `{over: {edges: r.table("links"), from: "source", to: "target"}}`
        ///
        /// - Parameters:
        ///   - nodes: the table that both ends are keys of; nil: keys are nodes by themselves.
        ///   - weight: the field with the length of an edge.
        public static func edges(
            _ table: Query, from: String = "from", to: String = "to", nodes: Query? = nil, kind: String? = nil, weight: String? = nil
        ) -> Relation {
            Relation(
                query: Query(
                    .makeObject,
                    options: [
                        ("edges", table), ("from", Query(from)), ("to", Query(to)), ("nodes", nodes), ("kind", kind?.query),
                        ("weight", weight?.query),
                    ]))
        }
    }

    /// The direction in which edges are gone along.
    public enum Direction: String, Sendable, QueryConvertible {
        case out, `in`, both

        public var query: Query { Query(rawValue) }
    }

    /// What a walk answers.
    public enum WalkAnswer: String, Sendable, QueryConvertible {
        case documents, keys, paths, edges

        public var query: Query { Query(rawValue) }
    }

    /// What a walk meets once.
    public enum WalkUniqueness: String, Sendable, QueryConvertible {
        case node, path, none

        public var query: Query { Query(rawValue) }
    }

    // MARK: Walks

    /// The documents that edges lead to from these, each once, the nearest first. `people.get("ada").traverse({over: "knows", depth: 2})`
    ///
    /// - Parameters:
    ///   - filter: of a node, an edge and a depth: whether the node is entered.
    ///   - until: whether the walk ends at a node.
    public func traverse(
        over: Relation, direction: Direction? = nil, depth: Int? = nil, minDepth: Int? = nil,
        where filter: ((_ node: Query, _ edge: Query, _ depth: Query) -> Query)? = nil,
        until: ((_ node: Query, _ edge: Query, _ depth: Query) -> Query)? = nil, unique: WalkUniqueness? = nil,
        depthFirst: Bool? = nil, limit: Int? = nil, as answer: WalkAnswer? = nil, depthField: String? = nil
    ) -> Query {
        Query(
            .traverse, [self],
            options: [
                ("over", over.query), ("direction", direction?.query), ("depth", depth?.query), ("min_depth", minDepth?.query),
                ("where", filter.map { Self.function($0) }), ("until", until.map { Self.function($0) }), ("unique", unique?.query),
                ("order", depthFirst.map { Query($0 ? "depth" : "breadth") }), ("limit", limit?.query), ("as", answer?.query),
                ("depth_field", depthField?.query),
            ])
    }

    /// The documents that are one edge away. `people.get("ada").neighbors({over: "knows"})`
    public func neighbors(over: Relation, direction: Direction? = nil, limit: Int? = nil, as answer: WalkAnswer? = nil) -> Query {
        Query(
            .neighbors, [self],
            options: [("over", over.query), ("direction", direction?.query), ("limit", limit?.query), ("as", answer?.query)])
    }

    /// The nodes around these and all edges among them. `people.get("ada").subgraph({over: "knows", depth: 2})`
    public func subgraph(
        over: Relation, direction: Direction? = nil, depth: Int? = nil, limit: Int? = nil, label: String? = nil, documents: Bool? = nil
    ) -> Query {
        Query(
            .subgraph, [self],
            options: [
                ("over", over.query), ("direction", direction?.query), ("depth", depth?.query), ("limit", limit?.query),
                ("label", label?.query), ("documents", documents?.query),
            ])
    }

    /// How many edges a node has. `people.get("ada").degree({over: "knows"})`
    public func degree(over: Relation, direction: Direction? = nil) -> Query {
        Query(.degree, [self], options: [("over", over.query), ("direction", direction?.query)])
    }

    // MARK: Relations

    /// Declares a relation and makes the indexes that walks need.
    /// `books.relationCreate("wrote", {field: "author", to: r.table("people"), reverse: "books"})`
    public func relationCreate(_ name: some QueryConvertible, field: String, to: Query, reverse: String? = nil) -> Query {
        Query(
            .relationCreate, [self, name.query],
            options: [("field", Query(field)), ("to", to), ("reverse", reverse?.query)])
    }

    /// Declares that the table's documents are edges. `links.relationCreate("knows", {from: "a", to: "b", weight: "since"})`
    ///
    /// - Parameter nodes: the table that both ends are keys of.
    public func relationCreate(
        _ name: some QueryConvertible, from: String, to: String, nodes: Query? = nil, kind: String? = nil, weight: String? = nil,
        reverse: String? = nil
    ) -> Query {
        func end(_ field: String) -> Query {
            nodes.map { Query(.makeObject, options: [("field", Query(field)), ("table", $0)]) } ?? Query(field)
        }
        return Query(
            .relationCreate, [self, name.query],
            options: [
                ("from", end(from)), ("to", end(to)), ("kind", kind?.query), ("weight", weight?.query), ("reverse", reverse?.query),
            ])
    }

    /// Removes a relation, with the indexes that were made for it. `books.relationDrop("wrote")`
    public func relationDrop(_ name: some QueryConvertible) -> Query { Query(.relationDrop, [self, name.query]) }

    /// The names of a table's relations. `books.relationList()`
    public func relationList() -> Query { Query(.relationList, [self]) }

    /// What relations are, how many edges they have and how many lead nowhere. `books.relationStatus("wrote")`
    public func relationStatus(_ names: Query...) -> Query { Query(.relationStatus, [self] + names) }
}

extension R {
    // MARK: Graphs

    /// The shortest way from one node to another, or with `weight` the cheapest: `{length, cost, nodes, edges}`, or null.
    /// `r.shortestPath("ada", "grace", {over: "knows"})`
    public func shortestPath(
        _ from: some QueryConvertible, _ to: some QueryConvertible, over: Query.Relation, direction: Query.Direction? = nil,
        weight: String? = nil, depth: Int? = nil, where filter: ((_ node: Query, _ edge: Query, _ depth: Query) -> Query)? = nil
    ) -> Query {
        Query(
            .shortestPath, [from.query, to.query],
            options: [
                ("over", over.query), ("direction", direction?.query), ("weight", weight?.query), ("depth", depth?.query),
                ("where", filter.map { Query.function($0) }),
            ])
    }

    /// Which nodes hang together: `{id, component}` of each. `r.components({over: "knows"})`
    public func components(over: Query.Relation) -> Query { Query(.components, [], options: [("over", over.query)]) }

    /// How much edges lead to each node: `{id, rank}`. `r.pageRank({over: "knows", rounds: 20})`
    public func pageRank(over: Query.Relation, rounds: Int? = nil, damping: Double? = nil) -> Query {
        Query(
            .pageRank, [], options: [("over", over.query), ("rounds", rounds?.query), ("damping", damping?.query)])
    }
}
