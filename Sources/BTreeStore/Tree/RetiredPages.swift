/// Pages in memory that the newest state no longer has, but that a snapshot may still see.
struct RetiredPages {
    /// The states from `created` up to, not including, `freed` may have the page.
    private struct Entry {
        var page: WritablePage
        var created: TransactionID
        var freed: TransactionID
    }

    /// Pages that wait for the same state to go.
    private struct Waiting {
        let keeper: TransactionID
        var entries: [Entry]
    }

    /// Pages that were retired since `reclaim` was last called.
    private var entries: [Entry] = []
    /// The others, each under the newest live state that has it, in ascending order of these states. They are examined again only when that
    /// state has gone, so a snapshot that is held for long costs the commits beside it nothing.
    private var kept: [Waiting] = []
    private var keptCount = 0
    /// How often a page was looked at to find out whether a snapshot sees it, for tests.
    private(set) var examinedCount = 0
    /// With this many new pages it is worth while for a transaction that is frozen again and again to reclaim some.
    private static let worthwhileCount = 1024

    var count: Int { entries.count + keptCount }
    var isWorthReclaiming: Bool { entries.count >= Self.worthwhileCount }

    mutating func append(_ page: WritablePage, freed: TransactionID) {
        entries.append(Entry(page: page, created: page.created, freed: freed))
    }

    /// Frees the pages that none of the live states has.
    ///
    /// - Parameter live: the states that snapshots see, the one that the next snapshot would see, and while a transaction runs the one that
    ///   it would go back to.
    mutating func reclaim(_ memory: PageMemory, live: ProtectedStates) {
        var released: [Entry] = []
        kept.removeAll { waiting in
            if live.contains(waiting.keeper) { return false }
            released += waiting.entries
            return true
        }
        keptCount -= released.count
        entries += released
        for entry in entries { place(entry, memory, live) }
        entries.removeAll(keepingCapacity: entries.count <= Self.worthwhileCount)
    }

    private mutating func place(_ entry: Entry, _ memory: PageMemory, _ live: ProtectedStates) {
        examinedCount += 1
        guard let keeper = live.newest(from: entry.created, before: entry.freed) else { return memory.freeRetired(entry.page) }
        keptCount += 1
        let index = index(of: keeper)
        if index < kept.count, kept[index].keeper == keeper {
            kept[index].entries.append(entry)
        } else {
            kept.insert(Waiting(keeper: keeper, entries: [entry]), at: index)
        }
    }

    /// Where the pages of a state stand in ``kept``, or would stand.
    private func index(of keeper: TransactionID) -> Int {
        // Mostly it is the newest of these states, or a newer one.
        guard let last = kept.last, last.keeper >= keeper else { return kept.count }
        if last.keeper == keeper { return kept.count - 1 }
        var low = 0
        var high = kept.count - 1
        while low < high {
            let middle = (low + high) / 2
            if kept[middle].keeper < keeper { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Takes back the older pages that a transaction from `first` on had let go of.
    mutating func restore(_ memory: PageMemory, freedSince first: TransactionID) {
        func takeBack(_ entries: inout [Entry]) {
            entries.removeAll { entry in
                guard entry.freed >= first && entry.created < first else { return false }
                memory.restore(entry.page)
                return true
            }
        }
        takeBack(&entries)
        // The state that the transaction began with is in the lifetime of each of them, so none is under an older state.
        for index in kept.indices where kept[index].keeper >= first.preceding { takeBack(&kept[index].entries) }
        keptCount = kept.reduce(0) { $0 + $1.entries.count }
    }

    /// Frees all of them, when nobody reads any more.
    mutating func freeAll(_ memory: PageMemory) {
        for entry in entries { memory.freeRetired(entry.page) }
        for waiting in kept {
            for entry in waiting.entries { memory.freeRetired(entry.page) }
        }
        entries = []
        kept = []
        keptCount = 0
    }
}
