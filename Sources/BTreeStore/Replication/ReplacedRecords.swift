/// What a file that is replaced asks the other one for: what was born there behind a position, and what it has within ranges. Outside of these
/// the file has what the other one had at the position.
package struct DeltaRequest: Sendable {
    /// Of the other file; or of this one, where the other one left it.
    package let since: StatePosition
    package let ranges: KeyRanges
    /// Whether the file may also lack records outside of the ranges. It has no others there, so the counts tell where.
    package let mayLackEmptied: Bool

    package init(since: StatePosition, ranges: KeyRanges, mayLackEmptied: Bool) {
        self.since = since
        self.ranges = ranges
        self.mayLackEmptied = mayLackEmptied
    }
}

/// What a file has that may differ from what is going to replace it, in order of keys: all records within ranges, or those of the leaves that
/// were born behind one of its positions. The latter are more than what has changed, as a leaf has others beside those that have; of what was
/// deleted they tell nothing. Records of the file alone are left out.
package final class ReplacedRecords {
    /// The state that has them.
    package let snapshot: Snapshot
    /// The number of the opening that has written last.
    package let opening: UInt64
    /// Where the records lie: known when they have been gone through.
    ///
    /// Of those behind a position these are the gaps between what is older, if anything stands there. In a subtree that is as old there is what there was
    /// at the position, and nothing has come into a gap where nothing is. What has gone from such a gap, with all of its leaf, is missing; so
    /// outside of the ranges the file has what it had at the position, or less.
    package private(set) var ranges: KeyRanges
    private let isOfRanges: Bool
    /// Nil: there is nothing newer than the position.
    private var walk: DeltaWalk?

    // The gap that the walk is in.
    private var lower: [UInt8] = []
    private var hasRecords = false
    /// Records since the last range.
    private var distance: UInt64 = 0

    init(_ snapshot: Snapshot, since position: StatePosition, opening: UInt64) {
        self.snapshot = snapshot
        self.opening = opening
        ranges = KeyRanges()
        isOfRanges = false
        if snapshot.transaction > position.transaction { walk = DeltaWalk(snapshot.view, since: position.transaction, witness: nil) }
    }

    init(_ snapshot: Snapshot, within ranges: KeyRanges, opening: UInt64) {
        self.snapshot = snapshot
        self.opening = opening
        self.ranges = ranges
        isOfRanges = true
        // All is old, and told for the ranges alone.
        if !ranges.isEmpty {
            walk = DeltaWalk(snapshot.view, since: TransactionID(rawValue: .max), wanted: ranges, witness: nil)
        }
    }

    /// Nil at the end.
    package func next() throws(StoreError) -> (key: [UInt8], value: StoredBytes)? {
        while let step = try walk?.next() {
            switch step {
            case .record(let key, let value):
                // What is not in the file yet has no age.
                if isOfRanges, !ranges.contain(key) { continue }
                hasRecords = true
                return (key, value)
            case .unchanged(let first, let last, let count):
                if isOfRanges { continue }
                endGap(first)
                lower = last + [0]
                distance += count
            }
        }
        if walk != nil, !isOfRanges { endGap(nil) }
        walk = nil
        return nil
    }

    private func endGap(_ upper: [UInt8]?) {
        guard hasRecords else { return }
        ranges.append(lower, upper, behind: distance)
        hasRecords = false
        distance = 0
    }
}
