// What the free-space log says about one page, for `pando inspect --page`.

/// The reason why no later state has a page.
enum FreePage {
    /// Since a transaction, if the log still has it.
    case free(since: TransactionID?)
    /// Freed, and kept by what `pins` it.
    case pinned(FreedRun, PinReport)
    /// Freed since the last flush.
    case justFreed(FreedRun)
    /// The root of a subtree that was cut off and hasn't been gone through.
    case cut(CutSubtree)
    /// Behind the high-water mark.
    case neverUsed

    var fields: [(name: String, value: String)] {
        switch self {
        case .free(let since?): [("state", "free since transaction \(since)")]
        case .free(nil): [("state", "free")]
        case .pinned(let run, let pin):
            [("state", "freed by transaction \(run.freed), not free yet"), ("needed by", pin.holderText)]
        case .justFreed(let run): [("state", "freed by transaction \(run.freed), which no flush has written yet")]
        case .cut(let cut): [("state", "root of a subtree that transaction \(cut.freed) cut off, to be gone through")]
        case .neverUsed: [("state", "behind the high-water mark: kept ready")]
        }
    }
}

extension PinReport {
    fileprivate var holderText: String {
        let age = ageSeconds.map { ", begun \(Int($0)) s ago" } ?? ""
        return switch holder {
        case .snapshot: "a snapshot of transaction \(transaction)\(age)"
        case .otherProcess: "another process's snapshot of transaction \(transaction)"
        case .state(let name): "the state \(name), of transaction \(transaction)"
        case .durableState: "the state on the disk, of transaction \(transaction)"
        }
    }
}

extension Store {
    /// - Returns: nil if the page is in use.
    func freePage(_ number: PageNumber) throws(StoreError) -> FreePage? {
        let entries = core.published.entries()
        if isReadOnly {
            let state = try core.beginSnapshot()
            defer { core.endSnapshot(state.transaction) }
            guard let found = try core.space(of: state, entries) else { return nil }
            return try found.space.freePage(number, core.file, pageSize: pageSize) {
                PinReport($0, pages: 1, found.older, elsewhere: found.elsewhere, found.states)
            }
        }
        core.turn.take()
        defer { core.turn.end() }
        let writer = core.writer
        try core.pipeline.loadSpace()
        if let freed = writer.tree.freed.first(where: { $0.run.contains(number) }) { return .justFreed(freed) }
        let elsewhere = try writer.readersElsewhere()
        return try writer.space?.freePage(number, core.file, pageSize: pageSize) {
            PinReport($0, pages: 1, entries, elsewhere: elsewhere, writer.namedStates)
        }
    }
}

extension FreeSpace {
    fileprivate func freePage(
        _ number: PageNumber, _ file: any StorageFile, pageSize: Int, _ pin: (TransactionID) -> PinReport
    ) throws(StoreError) -> FreePage? {
        if number >= highWater { return .neverUsed }
        if let cut = cuts.first(where: { $0.reference.page == number }) { return .cut(cut) }
        for (blocker, waiting) in pinned {
            if let freed = waiting.first(where: { $0.run.contains(number) }) { return .pinned(freed, pin(blocker)) }
        }
        guard free.contains(number) else { return nil }
        guard let last = log.chain.last else { return .free(since: nil) }
        // If there are several entries about a page, the newest holds. A log that was written as its sum says only that the page is free.
        let chain = try SpaceLog.readChain(file, last: last, pageSize: pageSize, highWater: highWater)
        for case .freed(let freed) in chain.lazy.flatMap({ $0.page.entries.reversed() }) where freed.run.contains(number) {
            return .free(since: freed.freed)
        }
        return .free(since: nil)
    }
}
