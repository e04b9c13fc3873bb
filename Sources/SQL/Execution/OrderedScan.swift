/// A scan that gives its rows in an order.
struct OrderedScan {
    let scan: ScanPlan
    let access: ScanAccess
    let isReversed: Bool

    /// Whether the rows come by the key of the documents, at no other cost than in any order.
    var isByKey: Bool { if case .index = access.entries.place { false } else { true } }
}

/// One reading of an ordered scan.
final class OrderedRead {
    let scan: OrderedScan
    /// How many documents may be looked at; nil: all.
    let budget: Int?
    /// Whether those were not enough: the rows are not all.
    var isGivenUp = false

    init(_ scan: OrderedScan, budget: Int?) {
        self.scan = scan
        self.budget = budget
    }
}
