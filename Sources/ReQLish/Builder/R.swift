/// Where every query begins: `r.table("users")`, `r.now()`, `r.row["age"]`.
public let r = R()

/// The type of ``r``.
public struct R: Sendable {
    init() {}

    // MARK: Values

    /// A value as a query. `r.expr(5)`
    public func expr(_ value: Query) -> Query { value }

    /// A value as a query. `r.expr([1, 2])`
    public func expr(_ value: some QueryConvertible) -> Query { value.query }

    /// A Swift value as a literal, encoded by ``DatumEncoder``. `r.expr({name: "Ada"})`
    @_disfavoredOverload
    public func expr(_ value: some Encodable) -> Query { Query(encoding: value) }

    /// The parameter of the function around it. `r.row("age")`
    public var row: Query { Query(.implicitVariable) }

    /// Below every value, as a bound. `r.minval`
    public var minval: Query { Query(TermType.minval) }

    /// Above every value, as a bound. `r.maxval`
    public var maxval: Query { Query(TermType.maxval) }

    /// An array's elements as arguments. `r.args([1, 2])`
    public func args(_ array: Query) -> Query { Query(.args, [array]) }

    /// An array's elements as arguments. `r.args([1, 2])`
    public func args(_ array: [some QueryConvertible]) -> Query { Query(.args, [array.query]) }

    /// In the argument of `merge` or `update`: puts the value in place of the field instead of merging. `r.literal({a: 1})`
    public func literal(_ value: Query) -> Query { Query(.literal, [value]) }

    /// In the argument of `merge` or `update`: puts the value in place of the field instead of merging. `r.literal({a: 1})`
    public func literal(_ value: some QueryConvertible) -> Query { Query(.literal, [value.query]) }

    /// In the argument of `merge` or `update`: removes the field. `r.literal()`
    public func literal() -> Query { Query(.literal) }

    /// An object with computed keys: key, value, key, value, …. `r.object("a", 1, "b", 2)`
    public func object(_ keysAndValues: Query...) -> Query { Query(.object, keysAndValues) }

    /// An object with computed keys. `r.object(key, value)`
    @_disfavoredOverload
    public func object<each Value: QueryConvertible>(_ keysAndValues: repeat each Value) -> Query {
        Query(.object, Query.list(repeat each keysAndValues))
    }

    /// Reads a value from JSON text. `r.json("[1, 2]")`
    public func json(_ text: some QueryConvertible) -> Query { Query(.json, [text.query]) }

    /// A string's UTF-8 bytes as a binary value. `r.binary("abc")`
    public func binary(_ string: some QueryConvertible) -> Query { Query(.binary, [string.query]) }

    /// A random UUID (version 4), as a string. `r.uuid()`
    public func uuid() -> Query { Query(.uuid) }

    /// The UUID that belongs to a string, always the same (version 5). `r.uuid("ada@example.org")`
    public func uuid(_ name: some QueryConvertible) -> Query { Query(.uuid, [name.query]) }

    /// A random number from 0 up to 1. `r.random()`
    public func random() -> Query { Query(.random) }

    /// A random integer, or with `float` a number, from 0 up to a bound. `r.random(10)`
    public func random(_ bound: some QueryConvertible, float: Bool? = nil) -> Query {
        Query(.random, [bound.query], options: [("float", float.map { Query($0) })])
    }

    /// A random integer, or with `float` a number, between two bounds, the second excluded. `r.random(1, 7)`
    public func random(_ low: some QueryConvertible, _ high: some QueryConvertible, float: Bool? = nil) -> Query {
        Query(.random, [low.query, high.query], options: [("float", float.map { Query($0) })])
    }

    /// All integers from 0 on, without end. `r.range()`
    public func range() -> Query { Query(.range) }

    /// The integers from 0 up to a bound, which is excluded. `r.range(10)`
    public func range(_ end: some QueryConvertible) -> Query { Query(.range, [end.query]) }

    /// The integers from one bound up to another, which is excluded. `r.range(1, 10)`
    public func range(_ start: some QueryConvertible, _ end: some QueryConvertible) -> Query { Query(.range, [start.query, end.query]) }

    // MARK: Control

    /// The value that belongs to the first condition which is met: test, value, test, value, …, otherwise.
    /// `r.branch(x.gt(5), "big", "small")`
    public func branch(_ testsAndValues: Query...) -> Query { Query(.branch, testsAndValues) }

    /// The value that belongs to the first condition which is met. `r.branch(x.gt(5), big, small)`
    @_disfavoredOverload
    public func branch<each Value: QueryConvertible>(_ testsAndValues: repeat each Value) -> Query {
        Query(.branch, Query.list(repeat each testsAndValues))
    }

    /// Fails with a message of the query's own. `r.error("no such thing")`
    public func error(_ message: some QueryConvertible) -> Query { Query(.error, [message.query]) }

    /// Inside `default`: fails as what it stands for failed. `r.error()`
    public func error() -> Query { Query(.error) }

    /// Calls a function without arguments. `r.do(() => r.now())`
    public func `do`(_ body: () -> Query) -> Query { Query(.functionCall, [Query.function(body)]) }

    /// Names a Swift value for use in a function. `r.do(5, x => x.mul(x))`
    @_disfavoredOverload
    public func `do`(_ a: some QueryConvertible, _ body: (Query) -> Query) -> Query { `do`(a.query, body) }

    /// Names a value for use in a function. `r.do(5, x => x.mul(x))`
    public func `do`(_ a: Query, _ body: (Query) -> Query) -> Query { Query(.functionCall, [Query.function(body), a]) }

    /// Names two values for use in a function. `r.do(1, 2, (x, y) => x.add(y))`
    public func `do`(_ a: Query, _ b: Query, _ body: (Query, Query) -> Query) -> Query {
        Query(.functionCall, [Query.function(body), a, b])
    }

    /// Names three values for use in a function. `r.do(1, 2, 3, (x, y, z) => x.add(y, z))`
    public func `do`(_ a: Query, _ b: Query, _ c: Query, _ body: (Query, Query, Query) -> Query) -> Query {
        Query(.functionCall, [Query.function(body), a, b, c])
    }

    /// A function where several values or functions are listed: `users.orderBy(r.function { $0["a"] + $0["b"] })`. `x => …`
    public func function(_ body: (Query) -> Query) -> Query { Query.function(body) }

    /// A function of two parameters. `(a, b) => …`
    public func function(_ body: (Query, Query) -> Query) -> Query { Query.function(body) }

    /// A function of three parameters. `(a, b, c) => …`
    public func function(_ body: (Query, Query, Query) -> Query) -> Query { Query.function(body) }

    // MARK: Sorting

    /// Sorts ascending, inside `orderBy`. `r.asc("age")`
    public func asc(_ key: some QueryConvertible) -> Query { Query(.asc, [key.query]) }

    /// Sorts ascending, inside `orderBy`. `r.asc(x => x("age"))`
    public func asc(_ key: (Query) -> Query) -> Query { Query(.asc, [Query.function(key)]) }

    /// Sorts descending, inside `orderBy`. `r.desc("age")`
    public func desc(_ key: some QueryConvertible) -> Query { Query(.desc, [key.query]) }

    /// Sorts descending, inside `orderBy`. `r.desc(x => x("age"))`
    public func desc(_ key: (Query) -> Query) -> Query { Query(.desc, [Query.function(key)]) }

    // MARK: Several sequences

    /// Maps the elements of two sequences that stand at the same place. `r.map(a, b, (x, y) => x.add(y))`
    public func map(_ a: Query, _ b: Query, _ transform: (Query, Query) -> Query) -> Query {
        Query(.map, [a, b, Query.function(transform)])
    }

    /// Maps the elements of three sequences that stand at the same place. `r.map(a, b, c, (x, y, z) => [x, y, z])`
    public func map(_ a: Query, _ b: Query, _ c: Query, _ transform: (Query, Query, Query) -> Query) -> Query {
        Query(.map, [a, b, c, Query.function(transform)])
    }

    /// All elements of several sequences. `r.union(a, b, {interleave: false})`
    public func union(_ sequences: Query..., interleave: Query.Interleave? = nil) -> Query {
        Query(.union, sequences, options: [("interleave", interleave?.query)])
    }

    /// Whether all are truthy: the first falsy value, or the last one. `r.and(a, b)`
    public func and(_ values: Query...) -> Query { Query(.and, values) }

    /// Whether one is truthy: the first truthy value, or the last one. `r.or(a, b)`
    public func or(_ values: Query...) -> Query { Query(.or, values) }

    /// The sum, concatenation or later time. `r.add(1, 2, 3)`
    public func add(_ values: Query...) -> Query { Query(.add, values) }
}
