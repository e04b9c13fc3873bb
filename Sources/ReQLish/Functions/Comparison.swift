import Catalog

// The comparisons order any two datums, of whatever types, and never fail.
extension Comparison {
    /// Whether two datums stand in this relation.
    func holds(_ a: Datum, _ b: Datum) -> Bool {
        switch self {
        case .equal: a == b
        case .notEqual: a != b
        case .less: Datum.compare(a, b) < 0
        case .lessOrEqual: Datum.compare(a, b) <= 0
        case .greater: Datum.compare(a, b) > 0
        case .greaterOrEqual: Datum.compare(a, b) >= 0
        }
    }

    /// Whether every adjacent pair stands in this relation; `notEqual` is the exact negation of `equal` over all of them.
    func holds(_ datums: [Datum]) -> Bool {
        if self == .notEqual { return !Comparison.equal.holds(datums) }
        for index in datums.indices.dropFirst() where !holds(datums[index - 1], datums[index]) { return false }
        return true
    }
}
