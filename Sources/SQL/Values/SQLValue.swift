package import Catalog

/// A value of an expression. Its type stands beside it, in the expression or the column; a value only says what it needs to.
///
/// `==` compares what is stored, and is not SQL's `=`: that depends on the type (see `Ordering`), and NULL equals nothing there.
package enum SQLValue: Sendable {
    case null
    case bool(Bool)
    /// int2, int4, int8, oid and the types whose values are oids.
    case int(Int64)
    /// float4, whose values are rounded to it already, and float8.
    case double(Double)
    case numeric(Numeric)
    /// text, varchar, bpchar (without its padding), name, "char", json as it was written, unknown, and the label of an enum.
    case text(String)
    case bytes([UInt8])
    /// bit and varbit.
    case bits(BitString)
    /// Days from 2000-01-01. The least and greatest numbers are −infinity and infinity; so with the timestamps.
    case date(Int32)
    /// Microseconds from midnight.
    case time(Int64)
    /// Microseconds from midnight, and seconds west of UTC.
    case timetz(Int64, west: Int32)
    /// Microseconds from 2000-01-01, as a clock on the wall shows them.
    case timestamp(Int64)
    /// Microseconds from 2000-01-01 in UTC.
    case timestamptz(Int64)
    case interval(Interval)
    case uuid(high: UInt64, low: UInt64)
    /// jsonb, and a field of an open table.
    case json(Datum)
    case inet(NetworkAddress)
    case tsvector(TSVector)
    case tsquery(TSQuery)
    case array(SQLArray)
    case record(SQLRecord)

    package var isNull: Bool {
        if case .null = self { true } else { false }
    }
}

/// A span of time: months, days and microseconds, each by itself.
package struct Interval: Hashable, Sendable {
    package var months: Int32
    package var days: Int32
    package var microseconds: Int64

    package init(months: Int32 = 0, days: Int32 = 0, microseconds: Int64 = 0) {
        self.months = months
        self.days = days
        self.microseconds = microseconds
    }
}

/// An array: elements of one type in row-major order.
package final class SQLArray: Sendable {
    package struct Dimension: Hashable, Sendable {
        package var count: Int
        package var lowerBound: Int32 = 1

        package init(count: Int, lowerBound: Int32 = 1) {
            self.count = count
            self.lowerBound = lowerBound
        }
    }

    package let elementType: SQLType
    /// Empty for an empty array.
    package let dimensions: [Dimension]
    package let elements: [SQLValue]

    /// Throws `54000` for more dimensions than can be written as a text and read again.
    static func requireDimensions(_ count: Int) throws(SQLError) {
        guard count > 6 else { return }
        throw SQLError(.programLimitExceeded, "number of array dimensions (\(count)) exceeds the maximum allowed (6)")
    }

    package init(_ elementType: SQLType, dimensions: [Dimension], elements: [SQLValue]) {
        self.elementType = elementType
        self.dimensions = dimensions
        self.elements = elements
    }

    /// One dimension from 1, or the empty array.
    package convenience init(_ elementType: SQLType, _ elements: [SQLValue]) {
        self.init(elementType, dimensions: elements.isEmpty ? [] : [Dimension(count: elements.count)], elements: elements)
    }

    /// Throws `54000` for an array whose subscripts, or the one behind the last, would be no `int4`.
    static func requireSubscripts(_ dimensions: [Dimension]) throws(SQLError) {
        for dimension in dimensions where Int(dimension.lowerBound) + dimension.count > Int(Int32.max) {
            throw SQLError(.programLimitExceeded, "array lower bound is too large: \(dimension.lowerBound)")
        }
    }
}

/// A row as a value. The names are those of its columns, `f1`, `f2`, … for ROW(…).
package final class SQLRecord: Sendable {
    package struct Field: Sendable {
        package let name: String
        package let type: SQLType

        package init(_ name: String, _ type: SQLType) {
            self.name = name
            self.type = type
        }
    }

    package let fields: [Field]
    package let values: [SQLValue]

    package init(fields: [Field], values: [SQLValue]) {
        self.fields = fields
        self.values = values
    }
}
