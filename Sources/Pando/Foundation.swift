// Foundation's types in queries and in documents. They are here and not a floor below, so that programs which do without Foundation, such
// as the command, are not linked with it.

public import ReQLish

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// A TIME in UTC, rounded to a millisecond.
extension Date: DatumConvertible, QueryConvertible {
    public static var datumDescription: String { "a time" }

    public init?(datum: Datum) {
        guard let time = datum.time else { return nil }
        self.init(timeIntervalSince1970: time.epochSeconds)
    }

    public func datum() throws(DatumConversionError) -> Datum {
        guard timeIntervalSince1970.isFinite else { throw DatumConversionError("the date is not finite") }
        return .time(epochSeconds: timeIntervalSince1970, offsetMinutes: 0)
    }
}

/// A BINARY.
extension Data: DatumConvertible, QueryConvertible {
    public static var datumDescription: String { "binary data" }

    public init?(datum: Datum) {
        guard let bytes = datum.binary else { return nil }
        self.init(bytes)
    }

    public func datum() -> Datum { .binary(Array(self)) }
}

/// A string.
extension URL: DatumConvertible {
    public static var datumDescription: String { "a URL" }

    public init?(datum: Datum) {
        guard let text = datum.string else { return nil }
        self.init(string: text)
    }

    public func datum() -> Datum { Datum(absoluteString) }
}

/// A number with all its digits.
extension Decimal: DatumConvertible {
    public static var datumDescription: String { "a number" }

    public init?(datum: Datum) {
        guard datum.number != nil else { return nil }
        self.init(string: datum.description)
    }

    public func datum() throws(DatumConversionError) -> Datum {
        guard isFinite, let datum = Datum(digits: description.utf8) else { throw DatumConversionError("the number is not finite") }
        return datum
    }
}

extension UUID: QueryConvertible {
    /// A string in lower case, as `r.uuid()` makes them.
    public var query: Query { Query(Datum(uuidString.lowercased())) }
}
