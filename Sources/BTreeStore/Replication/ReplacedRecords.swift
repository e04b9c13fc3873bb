/// What a file that is replaced asks the other one for: what was born there behind a position, and what it has within ranges. Outside of these
/// the file has what the other one had at the position, or less.
package struct DeltaRequest: Sendable {
    /// Of the other file; or of this one, where the other one left it.
    package let since: StatePosition
    package let ranges: KeyRanges
    /// Where the file has nothing, and may lack something: by the counts of what the other one tells it is found out where to ask again.
    package let empty: KeyRanges

    package init(since: StatePosition, ranges: KeyRanges, empty: KeyRanges = KeyRanges()) {
        self.since = since
        self.ranges = ranges
        self.empty = empty
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
    /// Of those behind a position these are the gaps between what is older, as far as anything stands there. In a subtree that is as old there is
    /// what there was at the position.
    package private(set) var ranges: KeyRanges
    /// The gaps in which nothing stands. Most of them have always been empty, but a leaf may have been there that is gone with all its records, of
    /// which nothing tells but the branch. There are as many as a branch has children, so they are not asked for together with the others.
    package private(set) var empty = KeyRanges()
    private let isOfRanges: Bool
    /// Nil: there is nothing newer than the position.
    private var walk: DeltaWalk?

    // The gap that the walk is in.
    private var lower: [UInt8] = []
    private var hasRecords = false
    /// Records since the last gap with any, and since the last empty one.
    private var distances: (UInt64, UInt64) = (0, 0)

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
                distances = (distances.0 + count, distances.1 + count)
            }
        }
        if walk != nil, !isOfRanges { endGap(nil) }
        walk = nil
        return nil
    }

    private func endGap(_ upper: [UInt8]?) {
        if hasRecords {
            ranges.append(lower, upper, behind: distances.0)
            distances.0 = 0
        } else {
            empty.append(lower, upper, behind: distances.1)
            distances.1 = 0
        }
        hasRecords = false
    }
}
