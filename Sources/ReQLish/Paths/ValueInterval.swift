/// The values of a field that pass comparisons with constants, as two bounds.
struct ValueInterval {
    private(set) var lower: Datum?
    private(set) var lowerInclusive = true
    private(set) var upper: Datum?
    private(set) var upperInclusive = true

    /// Takes a comparison in; false if it can't be told by bounds.
    mutating func narrow(_ relation: Comparison, _ constant: Datum) -> Bool {
        // Null has no entry.
        if constant.isNull { return false }
        switch relation {
        case .equal:
            raise(to: constant, inclusive: true)
            sink(to: constant, inclusive: true)
        case .greater, .greaterOrEqual: raise(to: constant, inclusive: relation == .greaterOrEqual)
        case .less, .lessOrEqual: sink(to: constant, inclusive: relation == .lessOrEqual)
        case .notEqual: return false
        }
        return true
    }

    private mutating func raise(to bound: Datum, inclusive: Bool) {
        let order = lower.map { Datum.compare(bound, $0) } ?? 1
        if order > 0 { (lower, lowerInclusive) = (bound, inclusive) }
        if order == 0, !inclusive { lowerInclusive = false }
    }

    private mutating func sink(to bound: Datum, inclusive: Bool) {
        let order = upper.map { Datum.compare(bound, $0) } ?? -1
        if order < 0 { (upper, upperInclusive) = (bound, inclusive) }
        if order == 0, !inclusive { upperInclusive = false }
    }

    /// Whether nothing was taken in.
    var isAll: Bool { lower == nil && upper == nil }

    /// The value, if there is only one.
    var point: Datum? {
        guard let lower, let upper, lowerInclusive, upperInclusive, Datum.compare(lower, upper) == 0 else { return nil }
        return lower
    }

    /// Whether no value passes.
    var isEmpty: Bool {
        guard let lower, let upper else { return false }
        let order = Datum.compare(lower, upper)
        return order > 0 || (order == 0 && !(lowerInclusive && upperInclusive))
    }

    /// Whether all values between the bounds can stand in an index: there may be no null, no object, and no array with such in it between
    /// them.
    var isIndexable: Bool {
        guard let lower else { return false }
        // Strings are above all else.
        guard let upper else { return lower.kind == .string }
        return lower.kind == upper.kind
    }

    var bounds: KeyBounds {
        KeyBounds(lower: lower, lowerInclusive: lowerInclusive, upper: upper, upperInclusive: upperInclusive)
    }
}

/// The interval of an index's values that comparisons leave.
struct IndexInterval {
    let bounds: KeyBounds
    /// Whether every document that passes has an entry within the bounds even if not all documents have entries.
    let isIndexable: Bool
    /// How many of the comparisons the bounds stand for.
    let usedCount: Int

    /// Nil if they say nothing, or that nothing passes.
    ///
    /// - Parameter tests: comparisons that all must hold.
    init?(_ fields: IndexFields.Fields, _ tests: [DocumentTest]) {
        var prefix: [Datum] = []
        var usedCount = 0
        var last = ValueInterval()
        for (position, name) in fields.names.enumerated() {
            var interval = ValueInterval()
            for test in tests {
                // By their bytes: names of other bytes may be equal as strings.
                if case .compare(let field, let relation, let constant) = test, field.utf8.elementsEqual(name.utf8),
                    interval.narrow(relation, constant)
                {
                    usedCount += 1
                }
            }
            if interval.isEmpty { return nil }
            guard fields.isCompound else {
                if interval.isAll { return nil }
                self.init(bounds: interval.bounds, isIndexable: interval.isIndexable, usedCount: usedCount)
                return
            }
            guard let point = interval.point, position < fields.names.count - 1 else {
                last = interval
                break
            }
            prefix.append(point)
        }
        if prefix.isEmpty, last.isAll { return nil }
        let isWhole = prefix.count == fields.names.count - 1
        guard let bounds = Self.bounds(after: prefix, last, isWhole: isWhole) else { return nil }
        self.init(bounds: bounds, isIndexable: isWhole && last.isIndexable, usedCount: usedCount)
    }

    private init(bounds: KeyBounds, isIndexable: Bool, usedCount: Int) {
        self.bounds = bounds
        self.isIndexable = isIndexable
        self.usedCount = usedCount
    }

    /// Arrays that begin with `prefix` and go on with a value of `last`.
    ///
    /// - Parameter isWhole: Whether nothing comes behind that value.
    private static func bounds(after prefix: [Datum], _ last: ValueInterval, isWhole: Bool) -> KeyBounds? {
        // What goes on behind a value is above the array that ends with it, and below the same with `maxval`.
        func end(_ value: Datum, isBelowRest: Bool) -> Datum? {
            try? .array(prefix + [value] + (isWhole || isBelowRest ? [] : [.maxval]))
        }
        let lower = last.lower.flatMap { end($0, isBelowRest: last.lowerInclusive) } ?? (try? .array(prefix))
        let upper = last.upper.flatMap { end($0, isBelowRest: !last.upperInclusive) } ?? (try? .array(prefix + [.maxval]))
        guard let lower, let upper else { return nil }
        return KeyBounds(
            lower: lower, lowerInclusive: last.lower == nil || last.lowerInclusive, upper: upper,
            upperInclusive: last.upper != nil && last.upperInclusive)
    }
}

extension KeyBounds {
    /// As a plan shows them: `"Lima"`, `18 ≤ … < 30`.
    var text: String {
        let low = lower.flatMap { $0.kind == .minval ? nil : $0 }
        let high = upper.flatMap { $0.kind == .maxval ? nil : $0 }
        if let low, let high, low == high, lowerInclusive, upperInclusive { return low.shortText }
        if low == nil, high == nil { return "all" }
        return (low.map { "\($0.shortText) \(lowerInclusive ? "≤" : "<") " } ?? "") + "…"
            + (high.map { " \(upperInclusive ? "≤" : "<") \($0.shortText)" } ?? "")
    }
}
