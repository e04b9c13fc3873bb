/// Rows that two parts of a statement read: those that the first has read to their end are kept for the other, if they are few.
final class SharedRowsPlan: Plan {
    /// More of what a query may hold is not taken for them.
    private static let share = 4

    /// What one run keeps of them.
    final class Kept {
        fileprivate var batches: [[Row]] = []
        fileprivate var byteCount = 0
        fileprivate var isComplete = false
    }

    init(_ child: Plan) { super.init([child]) }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let id = ObjectIdentifier(self)
        if let kept = run.sharedRows[id], kept.isComplete { return Self.source(kept) }
        let source = try children[0].open(run)
        var keeping: Kept? = Kept()
        return { () throws(SQLError) in
            guard let batch = try source() else {
                if let kept = keeping {
                    kept.isComplete = true
                    run.sharedRows[id] = kept
                    keeping = nil
                }
                return nil
            }
            guard let kept = keeping else { return batch }
            let byteCount = Run.byteCount(of: batch, width: batch[0].count)
            if kept.byteCount + byteCount <= run.operatorShare / Self.share, run.hasRoom(for: byteCount) {
                kept.byteCount += byteCount
                kept.batches.append(batch)
            } else {
                run.keepNoLonger(kept.byteCount)
                keeping = nil
            }
            return batch
        }
    }

    private static func source(_ kept: Kept) -> RowSource {
        var position = 0
        return { () throws(SQLError) in
            guard position < kept.batches.count else { return nil }
            defer { position += 1 }
            return kept.batches[position]
        }
    }

    override var isShown: Bool { false }
}
