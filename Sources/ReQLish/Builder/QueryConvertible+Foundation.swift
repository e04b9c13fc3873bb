#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension Date: QueryConvertible {
    /// A TIME in UTC, rounded to a millisecond.
    public var query: Query { Query(encoding: self) }
}

extension Data: QueryConvertible {
    /// A BINARY.
    public var query: Query { Query(encoding: self) }
}

extension UUID: QueryConvertible {
    /// A string in lower case, as `r.uuid()` makes them.
    public var query: Query { Query(Datum(uuidString.lowercased())) }
}
