/// Pages in memory that the newest state no longer has, but that a snapshot may still see.
struct RetiredPages {
    /// The states from `created` up to, not including, `freed` may have the page.
    private struct Entry {
        var page: WritablePage
        var created: TransactionID
        var freed: TransactionID
    }

    private var entries: [Entry] = []
    /// The first `keptCount` entries were examined when `seenEndings` snapshots had ended.
    private var keptCount = 0
    private var seenEndings: UInt64 = 0
    /// The published state, which a rollback needs, may be what kept them.
    private var keptForRollback = false
    /// With this many pages it is worth while for a transaction that is frozen again and again to reclaim some.
    private var worthwhileCount = leastWorthwhileCount
    private static let leastWorthwhileCount = 1024

    var count: Int { entries.count }
    var isWorthReclaiming: Bool { entries.count >= worthwhileCount }

    mutating func append(_ page: WritablePage, freed: TransactionID) {
        entries.append(Entry(page: page, created: page.created, freed: freed))
    }

    /// Frees the pages that none of the live states has.
    ///
    /// - Parameters:
    ///   - endings: how often the last snapshot of a state has ended so far.
    ///   - live: the states that snapshots see, and the one that the next snapshot would see.
    mutating func reclaim(_ memory: PageMemory, endings: UInt64, isInTransaction: Bool, live: ProtectedStates) {
        // What a snapshot kept last time, it keeps until it ends; what the published state kept, it keeps until a transaction is over.
        let first = endings == seenEndings && !isInTransaction && !keptForRollback ? keptCount : 0
        seenEndings = endings
        keptForRollback = isInTransaction
        if first < entries.count {
            var kept = first
            for index in first..<entries.count {
                let entry = entries[index]
                if live.newest(from: entry.created, before: entry.freed) != nil {
                    entries[kept] = entry
                    kept += 1
                } else {
                    memory.freeRetired(entry.page)
                }
            }
            entries.removeSubrange(kept...)
        }
        keptCount = entries.count
    }

    /// Sets when reclaiming is worth while again, after it was done.
    mutating func noteReclaimed() {
        worthwhileCount = max(Self.leastWorthwhileCount, 2 * entries.count)
    }

    /// Takes back the older pages that a transaction from `first` on had let go of.
    mutating func restore(_ memory: PageMemory, freedSince first: TransactionID) {
        entries.removeAll { entry in
            guard entry.freed >= first && entry.created < first else { return false }
            memory.restore(entry.page)
            return true
        }
        keptCount = 0
    }

    /// Frees all of them, when nobody reads any more.
    mutating func freeAll(_ memory: PageMemory) {
        for entry in entries { memory.freeRetired(entry.page) }
        entries = []
    }
}
