import Catalog

/// Arrays taken for sets. Every result is free of duplicates, in the order of first occurrence.
enum Sets {
    static func insert(_ array: Datum, _ value: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        try TypeCheck.array(array)
        var set = OrderedDatumSet(capacity: array.count + 1)
        for element in array.elements { set.insert(element) }
        set.insert(value)
        return try Datum.building(set.elements, arrayLimit: arrayLimit)
    }

    static func union(_ a: Datum, _ b: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        try TypeCheck.array(a)
        try TypeCheck.array(b)
        var set = OrderedDatumSet(capacity: a.count + b.count)
        for element in a.elements { set.insert(element) }
        for element in b.elements { set.insert(element) }
        return try Datum.building(set.elements, arrayLimit: arrayLimit)
    }

    /// What is in both, in the order of the second array.
    static func intersection(_ a: Datum, _ b: Datum) throws(ReQLError) -> Datum {
        try TypeCheck.array(a)
        try TypeCheck.array(b)
        let first = Set(a.elements)
        var set = OrderedDatumSet(capacity: min(a.count, b.count))
        for element in b.elements where first.contains(element) { set.insert(element) }
        return try Datum.building(set.elements)
    }

    /// What is in the first and not in the second.
    static func difference(_ a: Datum, _ b: Datum) throws(ReQLError) -> Datum {
        try TypeCheck.array(a)
        try TypeCheck.array(b)
        let second = Set(b.elements)
        var set = OrderedDatumSet(capacity: a.count)
        for element in a.elements where !second.contains(element) { set.insert(element) }
        return try Datum.building(set.elements)
    }
}

/// Datums without duplicates, in the order in which they came.
struct OrderedDatumSet {
    private(set) var elements: [Datum] = []
    private var seen: Set<Datum>

    init(capacity: Int = 0) {
        seen = Set(minimumCapacity: capacity)
        elements.reserveCapacity(capacity)
    }

    /// Returns whether the value is new.
    @discardableResult
    mutating func insert(_ value: Datum) -> Bool {
        guard seen.insert(value).inserted else { return false }
        elements.append(value)
        return true
    }
}
