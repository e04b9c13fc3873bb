import Catalog

/// How values of one type are ordered, and when they are equal. Neither is NULL.
enum ValueOrder {
    /// Below 0, 0 or above 0.
    static func compare(_ left: SQLValue, _ right: SQLValue, _ type: SQLType, _ run: Run? = nil) -> Int {
        switch (left, right) {
        case (.int(let a), .int(let b)): return Ordering.isUnsigned(type) ? Ordering.compareUnsigned(left, right) : order(a, b)
        case (.text(let a), .text(let b)):
            if let labels = run?.labels(of: type) {
                return order(labels.firstIndex(of: a) ?? labels.count, labels.firstIndex(of: b) ?? labels.count)
            }
            if type.oid == SQLType.bpchar.oid { return texts(trimmed(a), trimmed(b)) }
            return texts(a, b)
        case (.array(let a), .array(let b)): return arrays(a, b, run)
        case (.record(let a), .record(let b)):
            for index in 0..<min(a.values.count, b.values.count) {
                let found = nullable(a.values[index], b.values[index], a.fields[index].type, run)
                if found != 0 { return found }
            }
            return order(a.values.count, b.values.count)
        case (.json(let a), .json(let b)): return type.oid == SQLType.jsonb.oid ? Ordering.compare(a, b) : Datum.compare(a, b)
        case (.int(let a), .double(let b)): return order(Double(a), b)
        case (.double(let a), .int(let b)): return order(a, Double(b))
        case (.int(let a), .numeric(let b)): return Numeric.compare(Numeric(a), b)
        case (.numeric(let a), .int(let b)): return Numeric.compare(a, Numeric(b))
        default: return Ordering.compare(left, right)
        }
    }

    /// NULLs are equal, and above all else.
    static func nullable(_ left: SQLValue, _ right: SQLValue, _ type: SQLType, _ run: Run?) -> Int {
        if left.isNull || right.isNull { return order(left.isNull ? 1 : 0, right.isNull ? 1 : 0) }
        return compare(left, right, type, run)
    }

    private static func arrays(_ a: SQLArray, _ b: SQLArray, _ run: Run?) -> Int {
        for index in 0..<min(a.elements.count, b.elements.count) {
            let found = nullable(a.elements[index], b.elements[index], a.elementType, run)
            if found != 0 { return found }
        }
        if a.elements.count != b.elements.count { return order(a.elements.count, b.elements.count) }
        if a.dimensions.count != b.dimensions.count { return order(a.dimensions.count, b.dimensions.count) }
        for (one, other) in zip(a.dimensions, b.dimensions) {
            if one.count != other.count { return order(one.count, other.count) }
            if one.lowerBound != other.lowerBound { return order(one.lowerBound, other.lowerBound) }
        }
        return 0
    }

    @inline(__always) static func order<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a == b ? 0 : 1 }

    /// By the bytes of UTF-8.
    static func texts(_ a: String, _ b: String) -> Int { Ordering.compare(a, b) }

    static func trimmed(_ text: String) -> String {
        guard text.utf8.last == 0x20 else { return text }
        var bytes = Array(text.utf8)
        while bytes.last == 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether equal values of the type have equal keys: of texts whose blanks at the end don't count some have more of them.
    static func hashes(_ type: SQLType) -> Bool { type.oid != SQLType.json.oid && type.oid != SQLType.bpchar.oid }
}

/// Values by which rows are grouped or found; NULL is like NULL.
struct GroupKey: Hashable {
    let values: [SQLValue]

    init(_ values: [SQLValue]) {
        self.values = values
    }

    static func == (left: GroupKey, right: GroupKey) -> Bool {
        guard left.values.count == right.values.count else { return false }
        for index in 0..<left.values.count { guard equal(left.values[index], right.values[index]) else { return false } }
        return true
    }

    private static func equal(_ a: SQLValue, _ b: SQLValue) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.null, _), (_, .null): false
        case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
        case (.json, .json): ValueOrder.compare(a, b, .jsonb) == 0
        case (.inet(let a), .inet(let b)): a == b
        case (.tsvector(let a), .tsvector(let b)): a == b
        case (.tsquery(let a), .tsquery(let b)): TSQuery.compare(a, b) == 0
        default: a.rank == b.rank && ValueOrder.compare(a, b, .unknown) == 0
        }
    }

    func hash(into hasher: inout Hasher) { for value in values { Self.hash(value, &hasher) } }

    private static func hash(_ value: SQLValue, _ hasher: inout Hasher) {
        switch value {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .double(let value): hasher.combine(value.isNaN ? 0.5 : value)
        case .numeric(let value): hasher.combine(value)
        case .text(let value): hasher.combine(bytes(value))
        case .bytes(let value): hasher.combine(value)
        case .bits(let value): hasher.combine(value)
        case .date(let value): hasher.combine(value)
        case .time(let value), .timestamp(let value), .timestamptz(let value): hasher.combine(value)
        case .timetz(let value, let west):
            hasher.combine(value)
            hasher.combine(west)
        case .interval(let value): hasher.combine(value.span)
        case .uuid(let high, let low):
            hasher.combine(high)
            hasher.combine(low)
        case .json(let value): hasher.combine(value)
        case .inet(let value): hasher.combine(value)
        case .tsvector(let value): hasher.combine(value)
        case .tsquery(let value): hasher.combine(value)
        case .array(let array): for element in array.elements { hash(element, &hasher) }
        case .record(let record): for element in record.values { hash(element, &hasher) }
        }
    }

    /// `String` hashes by its normal form, which is slower and not what equality is here.
    private static func bytes(_ text: String) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return Int(truncatingIfNeeded: hash)
    }
}
