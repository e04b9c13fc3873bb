// Which rows, and in what order.
extension Query {
    // MARK: By key

    /// The document with this primary key, or null. `users.get("u1")`
    public func get(_ key: some QueryConvertible) -> Query { Query(.get, [self, key.query]) }

    /// The document with this primary key, or null. `events.get(["a", 1])`
    public func get(_ key: Query) -> Query { Query(.get, [self, key]) }

    /// The documents with these keys, of the primary key or an index. `users.getAll("Lima", "Oslo", {index: "city"})`
    public func getAll(_ keys: Query..., index: String? = nil) -> Query {
        Query(.getAll, [self] + keys, options: [("index", index?.query)])
    }

    /// The documents with these keys, given as Swift values. `users.getAll(city, {index: "city"})`
    @_disfavoredOverload
    public func getAll<each Key: QueryConvertible>(_ keys: repeat each Key, index: String? = nil) -> Query {
        Query(.getAll, [self] + Query.list(repeat each keys), options: [("index", index?.query)])
    }

    /// The documents with the keys in an array. `users.getAll(r.args(["Lima", "Oslo"]), {index: "city"})`
    ///
    /// Without the label, `getAll(["a", 1])`, an array is one compound key.
    public func getAll(keys: [some QueryConvertible], index: String? = nil) -> Query {
        Query(.getAll, [self, r.args(keys)], options: [("index", index?.query)])
    }

    /// The documents whose key, of the primary key or an index, is in a range. `users.between(1, 5, {leftBound: "open"})`
    ///
    /// `r.minval` and `r.maxval` are bounds without an end. Unless stated otherwise the lower bound belongs to the range and the upper
    /// doesn't.
    public func between(
        _ lower: Query, _ upper: Query, index: String? = nil, leftBound: Bound? = nil, rightBound: Bound? = nil
    ) -> Query {
        let options = [("index", index?.query)] + Self.bounds(leftBound, rightBound)
        return Query(.between, [self, lower, upper], options: options)
    }

    /// The documents whose key, of the primary key or an index, is in a range. `users.between(low, high)`
    public func between<Key: QueryConvertible>(
        _ lower: Key, _ upper: Key, index: String? = nil, leftBound: Bound? = nil, rightBound: Bound? = nil
    ) -> Query {
        between(lower.query, upper.query, index: index, leftBound: leftBound, rightBound: rightBound)
    }

    static func bounds(_ left: Bound?, _ right: Bound?) -> [(name: String, value: Query?)] {
        [("left_bound", left?.query), ("right_bound", right?.query)]
    }

    // MARK: Order

    /// Sorted by fields, `r.asc` or `r.desc` of them, functions. `users.orderBy("name", r.desc("age"))`
    public func orderBy(_ keys: Query..., index: String? = nil) -> Query {
        Query(.orderBy, [self] + keys, options: [("index", index?.query)])
    }

    /// Sorted by fields and keys given as Swift values. `users.orderBy(field, r.desc("age"))`
    @_disfavoredOverload
    public func orderBy<each Key: QueryConvertible>(_ keys: repeat each Key, index: String? = nil) -> Query {
        Query(.orderBy, [self] + Query.list(repeat each keys), options: [("index", index?.query)])
    }

    /// In the order of an index, of rows alike by further keys. `users.orderBy("name", {index: r.desc("age")})`
    public func orderBy(_ keys: Query..., index: Query) -> Query {
        Query(.orderBy, [self] + keys, options: [("index", index)])
    }

    /// Sorted by what a function makes of each element. `users.orderBy(x => x("first").add(x("last")))`
    public func orderBy(_ key: (Query) -> Query) -> Query { Query(.orderBy, [self, Self.function(key)]) }

    /// Each value once. `users.distinct({index: "city"})`
    public func distinct(index: String? = nil) -> Query { Query(.distinct, [self], options: [("index", index?.query)]) }

    // MARK: Parts of a sequence

    /// Without the first elements. `users.skip(10)`
    public func skip(_ count: some QueryConvertible) -> Query { Query(.skip, [self, count.query]) }

    /// The first elements, `count` at most. `users.limit(10)`
    public func limit(_ count: some QueryConvertible) -> Query { Query(.limit, [self, count.query]) }

    /// From a position to the end, of a sequence, string or binary value. `x.slice(2)`
    public func slice(_ start: some QueryConvertible, leftBound: Bound? = nil) -> Query {
        Query(.slice, [self, start.query], options: Self.bounds(leftBound, nil))
    }

    /// From one position up to another, of a sequence, string or binary value. `x.slice(2, 5, {rightBound: "closed"})`
    public func slice(
        _ start: some QueryConvertible, _ end: some QueryConvertible, leftBound: Bound? = nil, rightBound: Bound? = nil
    ) -> Query {
        Query(.slice, [self, start.query, end.query], options: Self.bounds(leftBound, rightBound))
    }

    /// The element at a position; a negative one counts from the end. `users.nth(0)`
    public func nth(_ position: some QueryConvertible) -> Query { Query(.nth, [self, position.query]) }

    /// So many elements at random. `users.sample(3)`
    public func sample(_ count: some QueryConvertible) -> Query { Query(.sample, [self, count.query]) }

    /// Whether there is no element. `users.isEmpty()`
    public func isEmpty() -> Query { Query(.isEmpty, [self]) }

    /// The positions of a value. `x.offsetsOf("a")`
    public func offsetsOf(_ value: some QueryConvertible) -> Query { Query(.offsetsOf, [self, value.query]) }

    /// The positions of the elements for which a function holds. `x.offsetsOf(e => e.gt(5))`
    public func offsetsOf(_ predicate: (Query) -> Query) -> Query { Query(.offsetsOf, [self, Self.function(predicate)]) }

    /// Whether each of the values is an element. `x("tags").contains("new", "red")`
    public func contains(_ values: Query...) -> Query { Query(.contains, [self] + values) }

    /// Whether each of the values is an element. `x("tags").contains(tag)`
    @_disfavoredOverload
    public func contains<each Value: QueryConvertible>(_ values: repeat each Value) -> Query {
        Query(.contains, [self] + Query.list(repeat each values))
    }

    /// Whether a function holds for an element. `x("tags").contains(t => t.match("^a"))`
    public func contains(_ predicate: (Query) -> Query) -> Query { Query(.contains, [self, Self.function(predicate)]) }

    // MARK: Changes

    /// A stream of what changes from now on. `users.changes({includeInitial: true, squash: 0.5})`
    public func changes(
        squash: Query? = nil, includeInitial: Bool? = nil, includeStates: Bool? = nil, includeOffsets: Bool? = nil,
        includeTypes: Bool? = nil, changefeedQueueSize: Int? = nil, since: CommitPoint? = nil, includeCommit: Bool? = nil
    ) -> Query {
        Query(
            .changes, [self],
            options: [
                ("squash", squash), ("include_initial", includeInitial.map { Query($0) }),
                ("include_states", includeStates.map { Query($0) }),
                ("include_offsets", includeOffsets.map { Query($0) }), ("include_types", includeTypes.map { Query($0) }),
                ("changefeed_queue_size", changefeedQueueSize?.query), ("since", since?.description.query),
                ("include_commit", includeCommit.map { Query($0) }),
            ])
    }
}
