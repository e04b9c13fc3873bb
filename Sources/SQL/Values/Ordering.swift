package import Catalog
import Ground

/// The order, equality and hash of the values of a type, as SQL has them.
///
/// Made once for a column, so that what the type needs (the labels of an enum, the fields of a row) is looked up once. Values of NULL
/// may only stand within arrays and rows: they equal each other there and come after all others.
package struct Ordering: Sendable {
    private indirect enum Rule: Sendable {
        case plain
        /// Numbers of 64 bits without a sign.
        case unsigned
        /// Trailing blanks don't count.
        case blankPadded
        /// The places of an enum's labels.
        case labels([String: Int])
        case element(Ordering)
        case record
        /// Fields of open tables: ReQL's order of all values.
        case open
    }

    private let rule: Rule
    private let types: UserTypes

    package init(_ type: SQLType, _ types: any TypeCatalog) {
        let base = TypeTable.base(of: type, types)
        self.types = UserTypes(types)
        if base.oid == SQLType.bpchar.oid {
            rule = .blankPadded
        } else if Self.isUnsigned(base) {
            rule = .unsigned
        } else if let element = TypeTable.element(of: base.oid, types) {
            rule = .element(Ordering(element, types))
        } else if base.oid >= 16384, case .enum(let labels)? = types.type(base.oid)?.kind {
            rule = .labels(Dictionary(labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first }))
        } else if base.oid == SQLType.record.oid || base.oid >= 16384 && TypeTable.isComposite(base.oid, types) {
            rule = .record
        } else if base == .open {
            rule = .open
        } else {
            rule = .plain
        }
    }

    /// A catalog that may be used from any thread, as a catalog's answers are for one statement's snapshot.
    private final class UserTypes: @unchecked Sendable {
        // Sendable because a catalog of types never changes while a statement runs.
        let catalog: any TypeCatalog
        init(_ catalog: any TypeCatalog) { self.catalog = catalog }
    }

    // MARK: Order

    /// Below zero, zero or above it.
    package func compare(_ a: SQLValue, _ b: SQLValue) -> Int {
        switch rule {
        case .plain: return Self.compare(a, b)
        case .unsigned: return Self.compareUnsigned(a, b)
        case .open:
            guard case .json(let x) = a, case .json(let y) = b else { return Self.compare(a, b) }
            return Datum.compare(x, y)
        case .blankPadded:
            guard case .text(let x) = a, case .text(let y) = b else { return Self.compare(a, b) }
            return Self.compare(LengthCoercion.withoutTrailingBlanks(x), LengthCoercion.withoutTrailingBlanks(y))
        case .labels(let places):
            guard case .text(let x) = a, case .text(let y) = b else { return Self.compare(a, b) }
            return Self.compare(Int64(places[x] ?? .max), Int64(places[y] ?? .max))
        case .element(let element):
            guard case .array(let x) = a, case .array(let y) = b else { return Self.compare(a, b) }
            return Self.compare(x, y, element)
        case .record:
            guard case .record(let x) = a, case .record(let y) = b else { return Self.compare(a, b) }
            for place in 0..<min(x.values.count, y.values.count) {
                let (left, right) = (x.values[place], y.values[place])
                if left.isNull || right.isNull {
                    if left.isNull, right.isNull { continue }
                    return left.isNull ? 1 : -1
                }
                let type = place < x.fields.count ? x.fields[place].type : .text
                let order = Ordering(type, types.catalog).compare(left, right)
                if order != 0 { return order }
            }
            return Self.compare(Int64(x.values.count), Int64(y.values.count))
        }
    }

    package func equal(_ a: SQLValue, _ b: SQLValue) -> Bool {
        if case .plain = rule, case .text(let x) = a, case .text(let y) = b { return Self.equal(x, y) }
        return compare(a, b) == 0
    }

    @inline(__always) static func compare(_ a: Int64, _ b: Int64) -> Int { a < b ? -1 : a > b ? 1 : 0 }

    /// By the bytes of UTF-8.
    package static func compare(_ a: String, _ b: String) -> Int {
        a.withBytes { x in b.withBytes { y in Bytes.compare(x, y) } }
    }

    package static func equal(_ a: String, _ b: String) -> Bool { a.utf8.count == b.utf8.count && compare(a, b) == 0 }

    /// Whether values of the type are numbers of 64 bits without a sign.
    @inline(__always) static func isUnsigned(_ type: SQLType) -> Bool {
        type.oid >= SQLType.pgLSN.oid && (type.oid == SQLType.pgLSN.oid || type.oid == SQLType.xid8.oid)
    }

    /// As numbers without a sign.
    static func compareUnsigned(_ a: SQLValue, _ b: SQLValue) -> Int {
        guard case .int(let x) = a, case .int(let y) = b else { return compare(a, b) }
        return compare(x ^ .min, y ^ .min)
    }

    static func compare(_ a: Double, _ b: Double) -> Int {
        if a < b { return -1 }
        if a > b { return 1 }
        if a == b { return 0 }
        return a.isNaN ? (b.isNaN ? 0 : 1) : -1
    }

    static func compare(_ a: [UInt8], _ b: [UInt8]) -> Int {
        for (x, y) in zip(a, b) where x != y { return x < y ? -1 : 1 }
        return compare(Int64(a.count), Int64(b.count))
    }

    /// Values of a type whose order needs nothing but them.
    package static func compare(_ a: SQLValue, _ b: SQLValue) -> Int {
        switch (a, b) {
        case (.int(let x), .int(let y)): return compare(x, y)
        case (.double(let x), .double(let y)): return compare(x, y)
        case (.text(let x), .text(let y)): return compare(x, y)
        case (.numeric(let x), .numeric(let y)): return Numeric.compare(x, y)
        case (.bool(let x), .bool(let y)): return x == y ? 0 : x ? 1 : -1
        case (.date(let x), .date(let y)): return x < y ? -1 : x > y ? 1 : 0
        case (.time(let x), .time(let y)): return compare(x, y)
        case (.timestamp(let x), .timestamp(let y)): return compare(x, y)
        case (.timestamptz(let x), .timestamptz(let y)): return compare(x, y)
        case (.timetz(let x, let west), .timetz(let y, let otherWest)):
            let order = compare(x + Int64(west) * 1_000_000, y + Int64(otherWest) * 1_000_000)
            return order != 0 ? order : compare(Int64(west), Int64(otherWest))
        case (.interval(let x), .interval(let y)):
            let (p, q) = (x.span, y.span)
            return p < q ? -1 : p > q ? 1 : 0
        case (.bytes(let x), .bytes(let y)): return compare(x, y)
        case (.bits(let x), .bits(let y)): return BitString.compare(x, y)
        case (.uuid(let h, let l), .uuid(let i, let m)): return h != i ? (h < i ? -1 : 1) : l < m ? -1 : l > m ? 1 : 0
        case (.json(let x), .json(let y)): return compare(x, y)
        case (.inet(let x), .inet(let y)): return NetworkAddress.compare(x, y)
        case (.tsvector(let x), .tsvector(let y)): return TSVector.compare(x, y)
        case (.tsquery(let x), .tsquery(let y)): return TSQuery.compare(x, y)
        case (.array(let x), .array(let y)): return compare(x, y, Ordering(x.elementType, NoTypes()))
        case (.record, .record): return Ordering(.record, NoTypes()).compare(a, b)
        case (.null, .null): return 0
        case (.null, _): return 1
        case (_, .null): return -1
        default: return compare(Int64(a.rank), Int64(b.rank))
        }
    }

    private static func compare(_ a: SQLArray, _ b: SQLArray, _ element: Ordering) -> Int {
        for (x, y) in zip(a.elements, b.elements) {
            if x.isNull || y.isNull {
                if x.isNull, y.isNull { continue }
                return x.isNull ? 1 : -1
            }
            let order = element.compare(x, y)
            if order != 0 { return order }
        }
        if a.elements.count != b.elements.count { return a.elements.count < b.elements.count ? -1 : 1 }
        if a.dimensions.count != b.dimensions.count { return a.dimensions.count < b.dimensions.count ? -1 : 1 }
        for (x, y) in zip(a.dimensions, b.dimensions) where x != y {
            if x.count != y.count { return x.count < y.count ? -1 : 1 }
            return x.lowerBound < y.lowerBound ? -1 : 1
        }
        return 0
    }

    // MARK: jsonb

    /// Objects above arrays above bools above numbers above strings above null.
    private static func rank(_ datum: Datum) -> Int {
        switch datum.kind {
        case .object: 5
        case .array: 4
        case .bool: 3
        case .number: 2
        case .string, .time, .binary: 1
        case .null, .minval, .maxval: 0
        }
    }

    package static func compare(_ a: Datum, _ b: Datum) -> Int {
        // An empty array stands below all others, by an old oversight that indexes rely on.
        if a.kind == .array, a.count == 0, b.kind != .array { return -1 }
        if b.kind == .array, b.count == 0, a.kind != .array { return 1 }
        return compareParts(a, b)
    }

    private static func compareParts(_ a: Datum, _ b: Datum) -> Int {
        let (x, y) = (rank(a), rank(b))
        if x != y { return x < y ? -1 : 1 }
        switch a.kind {
        case .bool: return a.bool == b.bool ? 0 : a.bool == true ? 1 : -1
        case .number: return Datum.compare(a, b)
        case .string, .time, .binary: return compare(JSONText.scalarText(a), JSONText.scalarText(b))
        case .array:
            if a.count != b.count { return a.count < b.count ? -1 : 1 }
            for index in 0..<a.count {
                let order = compareParts(a[index], b[index])
                if order != 0 { return order }
            }
            return 0
        case .object:
            if a.count != b.count { return a.count < b.count ? -1 : 1 }
            for (i, j) in zip(JSONText.fieldOrder(a), JSONText.fieldOrder(b)) {
                let keys = compare(a.key(at: i), b.key(at: j))
                if keys != 0 { return keys }
                let order = compareParts(a[i], b[j])
                if order != 0 { return order }
            }
            return 0
        default: return 0
        }
    }
}

extension SQLValue {
    /// Tells kinds of values apart where two of different kinds meet.
    var rank: Int {
        switch self {
        case .null: 0
        case .bool: 1
        case .int: 2
        case .double: 3
        case .numeric: 4
        case .text: 5
        case .bytes: 6
        case .date: 7
        case .time: 8
        case .timetz: 9
        case .timestamp: 10
        case .timestamptz: 11
        case .interval: 12
        case .uuid: 13
        case .json: 14
        case .inet: 15
        case .array: 16
        case .record: 17
        case .tsvector: 18
        case .tsquery: 19
        case .bits: 20
        }
    }
}

extension Interval {
    /// Its length in microseconds, a month having 30 days.
    package var span: Int128 {
        (Int128(months) * 30 + Int128(days)) * Int128(Calendar.microsecondsPerDay) + Int128(microseconds)
    }
}

/// A catalog without types of its own.
package struct NoTypes: TypeCatalog {
    package init() {}
    package func type(_ oid: UInt32) -> UserType? { nil }
    package func type(named name: String, schema: String?) -> UserType? { nil }
}
