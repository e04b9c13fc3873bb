// What the free-space log says of one page, for `pando inspect --page`.

/// Why no state that is to come has a page.
enum FreePage {
    /// Since which transaction, if the log still has it.
    case free(since: UInt64?)
    /// Freed, and kept by what `pins` it.
    case pinned(FreedRun, PinReport)
    /// Freed since the last flush.
    case justFreed(FreedRun)
    /// The root of a subtree that was cut off and hasn't been looked into.
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
        case .cut(let cut): [("state", "root of a subtree that transaction \(cut.freed) cut off, to be looked into")]
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
        case .durableState: "the state on the disk, of transaction \(transaction)"
        }
    }
}

extension Store {
    /// - Returns: nil if the page is in use.
    func freePage(_ number: UInt64) throws(StoreError) -> FreePage? {
        let entries = core.published.entries()
        if isReadOnly {
            let (view, transaction) = try core.beginSnapshot()
            defer { core.endSnapshot(transaction) }
            guard let found = try core.space(of: transaction, flush: view.flush(transaction), entries) else { return nil }
            return try found.space.freePage(number, core.file, pageSize: pageSize) {
                PinReport($0, pages: 1, found.older, elsewhere: found.elsewhere)
            }
        }
        core.gate.enter()
        defer { core.gate.leave() }
        let writer = core.writer
        try writer.loadSpace(core)
        if let run = writer.tree.freed.first(where: { $0.contains(number) }) { return .justFreed(run) }
        let elsewhere = core.file.isVolatile ? [] : try core.file.readersElsewhere(below: writer.nextVersion)
        return try writer.space?.freePage(number, core.file, pageSize: pageSize) {
            PinReport($0, pages: 1, entries, elsewhere: elsewhere)
        }
    }
}

extension FreeSpace {
    fileprivate func freePage(
        _ number: UInt64, _ file: any StorageFile, pageSize: Int, _ pin: (UInt64) -> PinReport
    ) throws(StoreError) -> FreePage? {
        if number >= highWater { return .neverUsed }
        if let cut = cuts.first(where: { $0.reference.page == number }) { return .cut(cut) }
        for (blocker, runs) in pinned {
            if let run = runs.first(where: { $0.contains(number) }) { return .pinned(run, pin(blocker)) }
        }
        guard free.contains(number) else { return nil }
        guard let last = log.chain.last else { return .free(since: nil) }
        // Of several entries about a page the newest holds; once the log has been written anew, it says no more than that it is free.
        let chain = try SpaceLog.readChain(file, last: last, pageSize: pageSize, highWater: highWater)
        for case .freed(let run) in chain.lazy.flatMap({ $0.page.entries.reversed() }) where run.contains(number) {
            return .free(since: run.freed)
        }
        return .free(since: nil)
    }
}

extension FreedRun {
    fileprivate func contains(_ page: UInt64) -> Bool { page >= start && page - start < count }
}
