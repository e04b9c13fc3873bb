/// What was written that a constraint is asked about later: at the end of a statement, or of a transaction.
///
/// Of rows only the values of the constraint's columns are kept. Whether there are still rows with them is looked up when it is asked.
struct DeferredCheck {
    struct Entry {
        let values: Row
        /// Whether rows with them are gone from the table that is referred to.
        let isRemoved: Bool
    }

    let name: String
    private(set) var entries: [Entry] = []
    /// Whether all rows of the table are looked at instead.
    private(set) var isWhole = false
    private var known: Set<GroupKey> = []
    private var byteCount = 0

    /// Beyond it takes less to go through the table.
    private static let mostBytes = 1 << 20

    init(_ name: String) { self.name = name }

    var isEmpty: Bool { !isWhole && entries.isEmpty }

    mutating func add(_ values: Row, isRemoved: Bool = false) {
        guard !isWhole, known.insert(GroupKey(values + [.bool(isRemoved)])).inserted else { return }
        entries.append(Entry(values: values, isRemoved: isRemoved))
        byteCount += 64 + Run.byteCount(of: values)
        if byteCount > Self.mostBytes { lookAtAll() }
    }

    mutating func add(_ other: DeferredCheck) {
        if other.isWhole { lookAtAll() }
        for entry in other.entries { add(entry.values, isRemoved: entry.isRemoved) }
    }

    mutating func lookAtAll() {
        isWhole = true
        entries = []
        known = []
    }
}
