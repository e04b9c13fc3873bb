// What is made of each element, and of all of them.
extension Query {
    // MARK: Element by element

    /// What a function makes of each element. `users.map(u => u("name"))`
    public func map(_ transform: (Query) -> Query) -> Query { Query(.map, [self, Self.function(transform)]) }

    /// What an expression of `r.row` makes of each element. `users.map(r.row("name"))`
    public func map(_ expression: Query) -> Query { Query(.map, [self, expression]) }

    /// The elements for which a function holds. `users.filter(u => u("age").ge(18), {default: true})`
    ///
    /// - Parameter default: What to take for elements where a field is missing: `false` unless stated, `true`, or `r.error()`.
    public func filter(default: Query? = nil, _ predicate: (Query) -> Query) -> Query {
        Query(.filter, [self, Self.function(predicate)], options: [("default", `default`)])
    }

    /// The elements that have these fields with these values, or for which an expression of `r.row` holds.
    /// `users.filter({city: "Lima"})`
    public func filter(_ predicate: Query, default: Query? = nil) -> Query {
        Query(.filter, [self, predicate], options: [("default", `default`)])
    }

    /// The elements of what a function makes of each element, one after the other. `posts.concatMap(p => p("tags"))`
    public func concatMap(_ transform: (Query) -> Query) -> Query { Query(.concatMap, [self, Self.function(transform)]) }

    /// The elements of what an expression of `r.row` makes of each element. `posts.concatMap(r.row("tags"))`
    public func concatMap(_ expression: Query) -> Query { Query(.concatMap, [self, expression]) }

    /// Those that have all these fields, and only these fields of them. `users.withFields("id", "email")`
    public func withFields(_ fields: Query...) -> Query { Query(.withFields, [self] + fields) }

    /// Those that have all these fields, and only these fields of them. `users.withFields(field)`
    @_disfavoredOverload
    public func withFields<each Field: QueryConvertible>(_ fields: repeat each Field) -> Query {
        Query(.withFields, [self] + Query.list(repeat each fields))
    }

    /// Writes for each element. `users.forEach(u => log.insert(u))`
    public func forEach(_ write: (Query) -> Query) -> Query { Query(.forEach, [self, Self.function(write)]) }

    // MARK: All together

    /// One value from all, two by two, in no certain order. `users.map(u => u("age")).reduce((a, b) => a.add(b))`
    public func reduce(_ combine: (Query, Query) -> Query) -> Query { Query(.reduce, [self, Self.function(combine)]) }

    /// One value from all, first to last. `x.fold(0, (acc, e) => acc.add(e))`
    public func fold(_ base: Query, _ combine: (_ accumulator: Query, _ element: Query) -> Query) -> Query {
        Query(.fold, [self, base, Self.function(combine)])
    }

    /// One value from all, first to last, and a stream of what `emit` answers on the way.
    /// `x.fold(0, (acc, e) => acc.add(e), {emit: (acc, e, new) => [new]})`
    ///
    /// - Parameters:
    ///   - emit: Of the old accumulator, the element and the new accumulator, an array to put into the stream.
    ///   - finalEmit: Of the last accumulator, an array to put at the stream's end.
    public func fold(
        _ base: Query, _ combine: (_ accumulator: Query, _ element: Query) -> Query,
        emit: (_ old: Query, _ element: Query, _ new: Query) -> Query, finalEmit: ((Query) -> Query)? = nil
    ) -> Query {
        Query(
            .fold, [self, base, Self.function(combine)],
            options: [("emit", Self.function(emit)), ("final_emit", finalEmit.map { (f: (Query) -> Query) in Self.function(f) })])
    }

    // MARK: Several sequences

    /// The elements of this sequence and others. `a.union(b, {interleave: false})`
    public func union(_ others: Query..., interleave: Interleave? = nil) -> Query {
        Query(.union, [self] + others, options: [("interleave", interleave?.query)])
    }

    /// The elements that are not in another sequence. `a.difference(b)`
    public func difference(_ other: some QueryConvertible) -> Query { Query(.difference, [self, other.query]) }

    /// `{left, right}` for each pair for which a function holds. `a.innerJoin(b, (x, y) => x("k").eq(y("k")))`
    public func innerJoin(_ other: Query, _ predicate: (Query, Query) -> Query) -> Query {
        Query(.innerJoin, [self, other, Self.function(predicate)])
    }

    /// As `innerJoin`, and `{left}` for elements without a partner. `a.outerJoin(b, (x, y) => x("k").eq(y("k")))`
    public func outerJoin(_ other: Query, _ predicate: (Query, Query) -> Query) -> Query {
        Query(.outerJoin, [self, other, Self.function(predicate)])
    }

    /// `{left, right}` for each element and the documents with its key in a table. `posts.eqJoin("author", users, {index: "name"})`
    ///
    /// - Parameter key: A field, or an expression of `r.row`.
    public func eqJoin(_ key: some QueryConvertible, _ table: Query, index: String? = nil, ordered: Bool? = nil) -> Query {
        Query(.eqJoin, [self, key.query, table], options: [("index", index?.query), ("ordered", ordered.map { Query($0) })])
    }

    /// `{left, right}` for each element and the documents with its key in a table. `posts.eqJoin(p => p("by")("id"), users)`
    public func eqJoin(_ table: Query, index: String? = nil, ordered: Bool? = nil, _ key: (Query) -> Query) -> Query {
        eqJoin(Self.function(key), table, index: index, ordered: ordered)
    }

    /// Merges `left` and `right` of what a join made. `posts.eqJoin("author", users).zip()`
    public func zip() -> Query { Query(.zip, [self]) }

    // MARK: Calling and defaults

    /// Names the value for use in a function. `x.do(v => v.mul(v))`
    public func `do`(_ body: (Query) -> Query) -> Query { Query(.functionCall, [Self.function(body), self]) }

    /// Another value where this one is null or something in it does not exist. `u("age").default(0)`
    public func `default`(_ value: Query) -> Query { Query(.default, [self, value]) }

    /// Another value where this one is null or something in it does not exist. `u("age").default(age)`
    public func `default`(_ value: some QueryConvertible) -> Query { Query(.default, [self, value.query]) }

    /// Another value, made from the error's text. `u("age").default(e => e.upcase())`
    public func `default`(_ make: (Query) -> Query) -> Query { Query(.default, [self, Self.function(make)]) }

    /// One value if this one is truthy, otherwise another. `x.gt(5).branch("big", "small")`
    public func branch(_ then: Query, _ otherwise: Query) -> Query { Query(.branch, [self, then, otherwise]) }

    /// One value if this one is truthy, otherwise another. `x.gt(5).branch(big, small)`
    @_disfavoredOverload
    public func branch(_ then: some QueryConvertible, _ otherwise: some QueryConvertible) -> Query {
        Query(.branch, [self, then.query, otherwise.query])
    }
}
