// One value from many elements.
extension Query {
    /// The number of elements, fields, characters or bytes. `users.count()`
    public func count() -> Query { Query(.count, [self]) }

    /// The number of elements equal to a value, or for which an expression of `r.row` holds. `x.count(5)`
    public func count(_ value: Query) -> Query { Query(.count, [self, value]) }

    /// The number of elements equal to a value. `x.count(v)`
    public func count(_ value: some QueryConvertible) -> Query { Query(.count, [self, value.query]) }

    /// The number of elements for which a function holds. `users.count(u => u("age").gt(30))`
    public func count(_ predicate: (Query) -> Query) -> Query { Query(.count, [self, Self.function(predicate)]) }

    /// The sum. `x.sum()`
    public func sum() -> Query { Query(.sum, [self]) }

    /// The sum of a field, or of an expression of `r.row`. `users.sum("age")`
    public func sum(_ key: some QueryConvertible) -> Query { Query(.sum, [self, key.query]) }

    /// The sum of what a function makes of each element. `users.sum(u => u("age").mul(2))`
    public func sum(_ key: (Query) -> Query) -> Query { Query(.sum, [self, Self.function(key)]) }

    /// The mean. `x.avg()`
    public func avg() -> Query { Query(.avg, [self]) }

    /// The mean of a field, or of an expression of `r.row`. `users.avg("age")`
    public func avg(_ key: some QueryConvertible) -> Query { Query(.avg, [self, key.query]) }

    /// The mean of what a function makes of each element. `users.avg(u => u("age").mul(2))`
    public func avg(_ key: (Query) -> Query) -> Query { Query(.avg, [self, Self.function(key)]) }

    /// The least element; with `index`, the first of that index. `users.min({index: "age"})`
    public func min(index: String? = nil) -> Query { Query(.min, [self], options: [("index", index?.query)]) }

    /// The element with the least value of a field, or of an expression of `r.row`. `users.min("age")`
    public func min(_ key: some QueryConvertible) -> Query { Query(.min, [self, key.query]) }

    /// The element for which a function is least. `users.min(u => u("age"))`
    public func min(_ key: (Query) -> Query) -> Query { Query(.min, [self, Self.function(key)]) }

    /// The greatest element; with `index`, the last of that index. `users.max({index: "age"})`
    public func max(index: String? = nil) -> Query { Query(.max, [self], options: [("index", index?.query)]) }

    /// The element with the greatest value of a field, or of an expression of `r.row`. `users.max("age")`
    public func max(_ key: some QueryConvertible) -> Query { Query(.max, [self, key.query]) }

    /// The element for which a function is greatest. `users.max(u => u("age"))`
    public func max(_ key: (Query) -> Query) -> Query { Query(.max, [self, Self.function(key)]) }

    /// Groups by fields, functions, or an index; the terms that follow work on each group. `users.group("city").count()`
    public func group(_ keys: Query..., index: String? = nil, multi: Bool? = nil) -> Query {
        Query(.group, [self] + keys, options: [("index", index?.query), ("multi", multi.map { Query($0) })])
    }

    /// Groups by fields given as Swift values. `users.group(field).count()`
    @_disfavoredOverload
    public func group<each Key: QueryConvertible>(_ keys: repeat each Key, index: String? = nil, multi: Bool? = nil) -> Query {
        Query(
            .group, [self] + Query.list(repeat each keys), options: [("index", index?.query), ("multi", multi.map { Query($0) })])
    }

    /// Groups by what a function makes of each element. `users.group(u => u("age").div(10).floor())`
    public func group(multi: Bool? = nil, _ key: (Query) -> Query) -> Query {
        Query(.group, [self, Self.function(key)], options: [("multi", multi.map { Query($0) })])
    }

    /// An array of `{group, reduction}`. `users.group("city").count().ungroup()`
    public func ungroup() -> Query { Query(.ungroup, [self]) }
}
