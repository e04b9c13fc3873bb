/// A Swift value that can stand in a query.
///
/// Queries themselves, numbers, strings, bools, dates, data, ``Datum``, and optionals, arrays and string-keyed dictionaries of
/// these. An `Encodable` type of an application joins with `extension Status: QueryConvertible {}`.
public protocol QueryConvertible {
    /// The value as a query.
    var query: Query { get }
}

extension QueryConvertible where Self: Encodable {
    /// The value as ``DatumEncoder`` encodes it.
    public var query: Query { Query(encoding: self) }
}

extension Query {
    /// A Swift value as a literal. What `encode(to:)` throws is thrown when the query is run.
    public init(encoding value: some Encodable) {
        do {
            self.init(try DatumEncoder().encode(value))
        } catch {
            self.init(failure: ReQLError(.queryLogic, "A Swift value can't stand in the query: \(DatumEncoder.describe(error))"))
        }
    }

    /// An array of documents; see ``Datum/documents(_:)``.
    init(documents: [Datum]) {
        do throws(DatumError) {
            self.init(try Datum.documents(documents))
        } catch {
            self.init(failure: ReQLError(.queryLogic, error.message))
        }
    }

    /// Any value that can stand in a query.
    public init(_ value: some QueryConvertible) {
        self = value.query
    }
}

extension Query: QueryConvertible {
    public var query: Query { self }

    /// A list of Swift values of different types as queries.
    static func list<each Value: QueryConvertible>(_ values: repeat each Value) -> [Query] {
        var list: [Query] = []
        repeat list.append((each values).query)
        return list
    }
}

extension Datum: QueryConvertible {
    public var query: Query { Query(self) }
}

extension Bool: QueryConvertible {
    public var query: Query { Query(Datum(self)) }
}

extension String: QueryConvertible {
    public var query: Query { Query(Datum(self)) }
}

extension Substring: QueryConvertible {
    public var query: Query { Query(Datum(String(self))) }
}

extension Double: QueryConvertible {
    public var query: Query {
        isFinite ? Query(Datum(self)) : Query(failure: ReQLError(.queryLogic, "\(self) is not a number in ReQL."))
    }
}

extension Float: QueryConvertible {
    public var query: Query { Double(self).query }
}

extension QueryConvertible where Self: BinaryInteger, Self: Encodable {
    /// The integer with all its digits. ReQL calculates with the nearest double.
    public var query: Query {
        if let value = Int(exactly: self) { return Query(Datum(value)) }
        return Datum(digits: "\(self)".utf8).map { Query($0) }
            ?? Query(failure: ReQLError(.queryLogic, "The integer has more digits than a number may have."))
    }
}

extension Int: QueryConvertible {}
extension Int8: QueryConvertible {}
extension Int16: QueryConvertible {}
extension Int32: QueryConvertible {}
extension Int64: QueryConvertible {}
extension UInt: QueryConvertible {}
extension UInt8: QueryConvertible {}
extension UInt16: QueryConvertible {}
extension UInt32: QueryConvertible {}
extension UInt64: QueryConvertible {}

extension Optional: QueryConvertible where Wrapped: QueryConvertible {
    /// Null, if there is no value.
    public var query: Query { map(\.query) ?? Query(Datum.null) }
}

extension Array: QueryConvertible where Element: QueryConvertible {
    public var query: Query { Query(.makeArray, map(\.query)) }
}

extension Dictionary: QueryConvertible where Key == String, Value: QueryConvertible {
    public var query: Query { Query(.makeObject, options: map { (name: $0.key, value: $0.value.query) }) }
}

// MARK: Literals

extension Query: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(nilLiteral: ()) { self.init(Datum.null) }
    public init(booleanLiteral value: Bool) { self = value.query }
    public init(integerLiteral value: Int) { self = value.query }
    public init(floatLiteral value: Double) { self = value.query }
    public init(stringLiteral value: String) { self = value.query }
    public init(arrayLiteral elements: Query...) { self.init(.makeArray, elements) }
    public init(dictionaryLiteral elements: (String, Query)...) {
        self.init(.makeObject, options: elements.map { (name: $0.0, value: $0.1) })
    }
}
