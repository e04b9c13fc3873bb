/// What was written that a constraint is asked about later: at the end of a statement, or of a transaction.
///
/// Of rows only the values of the constraint's columns are kept. Whether there are still rows with them is looked up when it is asked.
/// What was noted stays, so that a savepoint need only know how much it was.
struct DeferredCheck {
    struct Entry {
        let values: Row
        /// Whether rows with them are gone from the table that is referred to.
        let isRemoved: Bool

        fileprivate var key: GroupKey { GroupKey(values + [.bool(isRemoved)]) }
        fileprivate var byteCount: Int { 64 + Run.byteCount(of: values) }
    }

    /// What it was at a savepoint.
    struct Mark {
        fileprivate let start: Int
        fileprivate let end: Int
        fileprivate let isWhole: Bool
    }

    let name: String
    private var noted: [Entry] = []
    /// Those before it were asked about.
    private var start = 0
    /// Whether all rows of the table are looked at instead.
    private(set) var isWhole = false
    /// What the entries from the start on are of.
    private var known: Set<GroupKey> = []
    private var byteCount = 0

    /// Beyond it takes less to go through the table.
    private static let mostBytes = 1 << 20

    init(_ name: String) { self.name = name }

    var entries: ArraySlice<Entry> { noted[start...] }
    var isEmpty: Bool { !isWhole && start == noted.count }
    /// Whether it has, or had before a savepoint, what it is asked about.
    var isKept: Bool { isWhole || !noted.isEmpty }

    mutating func add(_ values: Row, isRemoved: Bool = false) {
        let entry = Entry(values: values, isRemoved: isRemoved)
        guard !isWhole, known.insert(entry.key).inserted else { return }
        noted.append(entry)
        byteCount += entry.byteCount
        if byteCount > Self.mostBytes { lookAtAll() }
    }

    mutating func add(_ other: DeferredCheck) {
        if other.isWhole { lookAtAll() }
        for entry in other.entries { add(entry.values, isRemoved: entry.isRemoved) }
    }

    mutating func lookAtAll() { isWhole = true }

    /// It has been asked, and has nothing left: but after going back to a savepoint it may have again.
    mutating func settle() {
        (start, isWhole, known) = (noted.count, false, [])
    }

    var mark: Mark { Mark(start: start, end: noted.count, isWhole: isWhole) }

    mutating func goBack(to mark: Mark) {
        for entry in noted[mark.end...] {
            known.remove(entry.key)
            byteCount -= entry.byteCount
        }
        noted.removeSubrange(mark.end...)
        if start != mark.start { known = Set(noted[mark.start...].map(\.key)) }
        (start, isWhole) = (mark.start, mark.isWhole)
    }
}
