// Comparison, logic and arithmetic, as operators and as methods.
//
// Each operator takes a query or literal on both sides, or a Swift value on the right. More overloads would make the compiler
// slow on long conditions; a Swift value on the left is written r.expr(value).
extension Query {
    // MARK: Comparison

    /// `a.eq(b)`
    public static func == (a: Query, b: Query) -> Query { Query(.eq, [a, b]) }
    /// `a.eq(b)`
    @_disfavoredOverload
    public static func == (a: Query, b: some QueryConvertible) -> Query { Query(.eq, [a, b.query]) }
    /// `a.ne(b)`
    public static func != (a: Query, b: Query) -> Query { Query(.ne, [a, b]) }
    /// `a.ne(b)`
    @_disfavoredOverload
    public static func != (a: Query, b: some QueryConvertible) -> Query { Query(.ne, [a, b.query]) }
    /// `a.lt(b)`
    public static func < (a: Query, b: Query) -> Query { Query(.lt, [a, b]) }
    /// `a.lt(b)`
    @_disfavoredOverload
    public static func < (a: Query, b: some QueryConvertible) -> Query { Query(.lt, [a, b.query]) }
    /// `a.le(b)`
    public static func <= (a: Query, b: Query) -> Query { Query(.le, [a, b]) }
    /// `a.le(b)`
    @_disfavoredOverload
    public static func <= (a: Query, b: some QueryConvertible) -> Query { Query(.le, [a, b.query]) }
    /// `a.gt(b)`
    public static func > (a: Query, b: Query) -> Query { Query(.gt, [a, b]) }
    /// `a.gt(b)`
    @_disfavoredOverload
    public static func > (a: Query, b: some QueryConvertible) -> Query { Query(.gt, [a, b.query]) }
    /// `a.ge(b)`
    public static func >= (a: Query, b: Query) -> Query { Query(.ge, [a, b]) }
    /// `a.ge(b)`
    @_disfavoredOverload
    public static func >= (a: Query, b: some QueryConvertible) -> Query { Query(.ge, [a, b.query]) }

    /// Equal. `a.eq(b)`
    public func eq(_ other: some QueryConvertible) -> Query { Query(.eq, [self, other.query]) }
    /// Not equal. `a.ne(b)`
    public func ne(_ other: some QueryConvertible) -> Query { Query(.ne, [self, other.query]) }
    /// Less. `a.lt(b)`
    public func lt(_ other: some QueryConvertible) -> Query { Query(.lt, [self, other.query]) }
    /// Less or equal. `a.le(b)`
    public func le(_ other: some QueryConvertible) -> Query { Query(.le, [self, other.query]) }
    /// Greater. `a.gt(b)`
    public func gt(_ other: some QueryConvertible) -> Query { Query(.gt, [self, other.query]) }
    /// Greater or equal. `a.ge(b)`
    public func ge(_ other: some QueryConvertible) -> Query { Query(.ge, [self, other.query]) }

    // MARK: Logic

    /// `a.and(b)`
    public static func && (a: Query, b: Query) -> Query { Query(.and, [a, b]) }
    /// `a.or(b)`
    public static func || (a: Query, b: Query) -> Query { Query(.or, [a, b]) }
    /// `a.not()`
    public static prefix func ! (a: Query) -> Query { Query(.not, [a]) }

    /// The first falsy value, or the last one. `a.and(b)`
    public func and(_ others: Query...) -> Query { Query(.and, [self] + others) }
    /// The first truthy value, or the last one. `a.or(b)`
    public func or(_ others: Query...) -> Query { Query(.or, [self] + others) }
    /// Whether the value is null or false. `a.not()`
    public func not() -> Query { Query(.not, [self]) }

    // MARK: Arithmetic

    /// `a.add(b)`
    public static func + (a: Query, b: Query) -> Query { Query(.add, [a, b]) }
    /// `a.add(b)`
    @_disfavoredOverload
    public static func + (a: Query, b: some QueryConvertible) -> Query { Query(.add, [a, b.query]) }
    /// `a.sub(b)`
    public static func - (a: Query, b: Query) -> Query { Query(.sub, [a, b]) }
    /// `a.sub(b)`
    @_disfavoredOverload
    public static func - (a: Query, b: some QueryConvertible) -> Query { Query(.sub, [a, b.query]) }
    /// `a.mul(b)`
    public static func * (a: Query, b: Query) -> Query { Query(.mul, [a, b]) }
    /// `a.mul(b)`
    @_disfavoredOverload
    public static func * (a: Query, b: some QueryConvertible) -> Query { Query(.mul, [a, b.query]) }
    /// `a.div(b)`
    public static func / (a: Query, b: Query) -> Query { Query(.div, [a, b]) }
    /// `a.div(b)`
    @_disfavoredOverload
    public static func / (a: Query, b: some QueryConvertible) -> Query { Query(.div, [a, b.query]) }
    /// `a.mod(b)`
    public static func % (a: Query, b: Query) -> Query { Query(.mod, [a, b]) }
    /// `a.mod(b)`
    @_disfavoredOverload
    public static func % (a: Query, b: some QueryConvertible) -> Query { Query(.mod, [a, b.query]) }
    /// `r.expr(0).sub(a)`; of a literal number, the negative number.
    public static prefix func - (a: Query) -> Query {
        if let number = a.literal?.number { return Query(Datum(-number)) }
        return Query(.sub, [Query(0), a])
    }

    /// The sum, concatenation or later time. `a.add(b)`
    public func add(_ others: Query...) -> Query { Query(.add, [self] + others) }
    /// The difference, of numbers, times, or a time and seconds. `a.sub(b)`
    public func sub(_ others: Query...) -> Query { Query(.sub, [self] + others) }
    /// The product; of an array, its repetition. `a.mul(b)`
    public func mul(_ others: Query...) -> Query { Query(.mul, [self] + others) }
    /// The quotient. `a.div(b)`
    public func div(_ others: Query...) -> Query { Query(.div, [self] + others) }
    /// The remainder, with the dividend's sign. `a.mod(b)`
    public func mod(_ other: some QueryConvertible) -> Query { Query(.mod, [self, other.query]) }
    /// The next integer below. `a.floor()`
    public func floor() -> Query { Query(.floor, [self]) }
    /// The next integer above. `a.ceil()`
    public func ceil() -> Query { Query(.ceil, [self]) }
    /// The nearest integer, halves away from zero. `a.round()`
    public func round() -> Query { Query(.round, [self]) }

    // MARK: Bits

    /// The bits in all. `a.bitAnd(b)`
    public func bitAnd(_ others: Query...) -> Query { Query(.bitAnd, [self] + others) }
    /// The bits in any. `a.bitOr(b)`
    public func bitOr(_ others: Query...) -> Query { Query(.bitOr, [self] + others) }
    /// The bits in an odd number. `a.bitXor(b)`
    public func bitXor(_ others: Query...) -> Query { Query(.bitXor, [self] + others) }
    /// The other bits. `a.bitNot()`
    public func bitNot() -> Query { Query(.bitNot, [self]) }
    /// Shifted left. `a.bitSal(2)`
    public func bitSal(_ count: some QueryConvertible) -> Query { Query(.bitSal, [self, count.query]) }
    /// Shifted right, keeping the sign. `a.bitSar(2)`
    public func bitSar(_ count: some QueryConvertible) -> Query { Query(.bitSar, [self, count.query]) }
}
