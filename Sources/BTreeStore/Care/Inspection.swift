internal import Synchronization

// Looking at a store without changing it: for `pando inspect` and `pando status`.

extension Store {
    /// Numbers about the store. Of free and pinned pages a read-only one tells what the newest flush knew.
    public func statistics() throws(StoreError) -> StoreStatistics {
        try statistics(waits: false)
    }

    /// - Parameter waits: until the writer can be asked.
    func statistics(waits: Bool) throws(StoreError) -> StoreStatistics {
        for _ in 0..<1000 {
            if let statistics = try newestStatistics(waits: waits) { return statistics }
        }
        throw .busy(path: core.file.path, processID: readProcessNote(core.file))
    }

    /// - Returns: nil if another process has flushed twice meanwhile.
    private func newestStatistics(waits: Bool) throws(StoreError) -> StoreStatistics? {
        var statistics = StoreStatistics()
        let (view, transaction) = try core.beginSnapshot()
        defer { core.endSnapshot(transaction) }
        statistics.pageSize = pageSize
        statistics.formatVersion = Int(MetaPage.currentVersion)
        statistics.transaction = TransactionID(rawValue: transaction)
        statistics.fileBytes = try core.file.byteCount()
        statistics.pages = view.reader.pageLimit
        statistics.records = view.root.records
        statistics.depth = view.root.depth
        let entries = core.published.entries()
        // This call's own isn't worth telling of.
        statistics.liveSnapshots = entries.reduce(0) { $0 + $1.snapshots } - 1
        if isReadOnly {
            guard let summary = try core.summary(of: transaction, flush: view.flush(transaction), entries) else { return nil }
            statistics.add(summary)
        } else {
            try addSpace(to: &statistics, entries, waits: waits)
        }
        return statistics
    }

    /// What only the writer knows. While it is at work, what it knew when somebody last asked.
    private func addSpace(
        to statistics: inout StoreStatistics, _ entries: [SnapshotRegistry.Entry], waits: Bool
    ) throws(StoreError) {
        if waits { core.gate.enter() }
        if waits || core.gate.tryEnter() {
            defer { core.gate.leave() }
            let summary = try core.writer.summary(core, entries)
            core.state.withLock { $0.lastSummary = summary }
        }
        if let summary = core.state.withLock({ $0.lastSummary }) { statistics.add(summary) }
    }

    /// The tree by levels, the root's first: pages, entries and how full they are. Reads every page.
    public func treeLevels() throws(StoreError) -> [TreeLevelReport] {
        let (view, transaction) = try core.beginSnapshot()
        defer { core.endSnapshot(transaction) }
        var levels = (0..<view.root.depth).reversed().map { TreeLevelReport(level: $0) }
        if view.root.isEmpty { return levels }
        var stack = [(view.root.reference, view.root.level)]
        var pages: UInt64 = 0
        while let (reference, level) = stack.popLast() {
            let page = try view.reader.page(reference, level: level)
            let index = view.root.level - level
            levels[index].pages += 1
            if !reference.isInMemory { pages += 1 }
            guard pages <= view.reader.pageLimit else {
                throw .damaged(page: PageNumber(rawValue: reference.page), reason: "more than one page refers to it")
            }
            levels[index].entries += UInt64(page.count)
            levels[index].usedBytes += UInt64(page.usedBytes)
            let keys = level == 0 ? page.count : page.count - 1
            levels[index].savedByPrefixBytes += UInt64(page.prefixLength * max(0, keys - 1))
            if level > 0 { for child in 0..<page.count { stack.append((page.child(child), level - 1)) } }
        }
        return levels
    }

    /// One page taken apart, as it is in the file.
    ///
    /// - Throws: `damaged` if there is no such page. A page that is not what it should be is taken apart as far as it goes.
    public func page(_ number: PageNumber) throws(StoreError) -> PageReport {
        if number.rawValue < 2 { return try metaReport(number) }
        let byteCount = try core.file.byteCount()
        guard number.rawValue < byteCount / UInt64(pageSize) else {
            throw .damaged(page: number, reason: "the file has only \(byteCount / UInt64(pageSize)) pages")
        }
        let report = try PageCopy(core.file, number.rawValue, pageSize: pageSize).report(number, file: core.file, pageSize: pageSize)
        let state: [(name: String, value: String)]
        do throws(StoreError) {
            guard let free = try freePage(number.rawValue) else { return report }
            state = free.fields
        } catch {
            // Whether it is free can't be said then, but what it looks like.
            return report
        }
        var free = PageReport(number: number, kind: .free)
        free.fields = state
        if report.kind != .overflow {
            free.fields.append(("was", report.kind.rawValue))
            free.fields += report.fields.filter { ["level", "entries", "birth"].contains($0.name) }
        }
        return free
    }

    private func metaReport(_ number: PageNumber) throws(StoreError) -> PageReport {
        var report = PageReport(number: number, kind: .meta)
        let bytes = try readBytes(core.file, at: number.rawValue * UInt64(pageSize), count: MetaPage.byteCount)
        guard case .good(let meta) = MetaPage.decode(bytes) else {
            report.fields = [("state", "not readable: torn, damaged or of a newer format")]
            return report
        }
        report.fields = [
            ("format version", "\(meta.version)"), ("page size", "\(meta.pageSize)"), ("uuid", "\(meta.uuid)"),
            ("opening", "\(meta.opening)"), ("transaction", "\(meta.transaction)"), ("previous transaction", "\(meta.previous)"),
            ("root", meta.root.isEmpty ? "none" : "page \(meta.root.reference.page), born \(meta.root.reference.birth)"),
            ("records", "\(meta.root.records)"), ("depth", "\(meta.root.depth)"), ("whole", "\(meta.isWhole)"),
            ("free-space log", meta.space.page == 0 ? "none" : "page \(meta.space.page), born \(meta.space.birth)"),
            ("high-water mark", "\(meta.highWater)"),
            ("journal", meta.journal.map { "pages \($0.start) to \($0.end - 1)" } ?? "none"),
        ]
        if number.rawValue == 0 { report.fields.append(("writer's process", "\(readProcessNote(core.file))")) }
        return report
    }
}

extension StoreStatistics {
    fileprivate mutating func add(_ summary: SpaceSummary) {
        freePages = summary.freePages
        pinnedPages = summary.pinnedPages
        cutSubtrees = summary.cutSubtrees
        dirtyBytes = summary.dirtyBytes
        pins = summary.pins
    }
}

/// What the writer, or the file's log, knows about pages.
struct SpaceSummary {
    var freePages: UInt64
    var pinnedPages: UInt64
    var cutSubtrees: Int
    var dirtyBytes = 0
    var pins: [PinReport]

    /// - Parameter elsewhere: the states that other openings read.
    fileprivate init(_ space: FreeSpace, _ entries: [SnapshotRegistry.Entry], elsewhere: [UInt64]) {
        freePages = space.free.count
        pinnedPages = space.pinnedCount
        cutSubtrees = space.cuts.count
        pins = space.pinned.sorted { $0.key < $1.key }.map { blocker, runs in
            PinReport(blocker, pages: runs.reduce(0) { $0 + $1.count }, entries, elsewhere: elsewhere)
        }
    }
}

extension PinReport {
    init(_ blocker: UInt64, pages: UInt64, _ entries: [SnapshotRegistry.Entry], elsewhere: [UInt64]) {
        let snapshot = entries.first { $0.transaction == blocker }
        self.init(
            holder: snapshot != nil ? .snapshot : elsewhere.contains(blocker) ? .otherProcess : .durableState,
            transaction: TransactionID(rawValue: blocker), pages: pages,
            ageSeconds: snapshot.map { (ContinuousClock.now - $0.began) / .seconds(1) })
    }
}

extension Core {
    fileprivate func summary(
        of transaction: UInt64, flush: UInt64, _ entries: [SnapshotRegistry.Entry]
    ) throws(StoreError) -> SpaceSummary? {
        guard let (space, older, elsewhere) = try space(of: transaction, flush: flush, entries) else { return nil }
        return SpaceSummary(space, older, elsewhere: elsewhere)
    }

    /// What the free-space log of a state says, which a snapshot keeps in the file, and who else reads.
    /// - Parameter flush: the flush whose pages it has.
    /// - Returns: nil if that one's meta page is no longer there.
    func space(
        of transaction: UInt64, flush: UInt64, _ entries: [SnapshotRegistry.Entry]
    ) throws(StoreError) -> (space: FreeSpace, older: [SnapshotRegistry.Entry], elsewhere: [UInt64])? {
        guard let meta = try MetaPages(file).good.first(where: { $0.meta.transaction == flush })?.meta else { return nil }
        let elsewhere = try file.readersElsewhere(below: flush)
        // The newest state is the durable one, and isn't told of as a snapshot because this call has one.
        let older = entries.filter { $0.transaction != transaction }
        let protected = (elsewhere + older.map(\.transaction) + [flush]).sorted()
        guard let space = try FreeSpace.read(file, meta, protected: protected) else {
            throw .damaged(page: nil, reason: FreeSpace.logFault)
        }
        return (space, older, elsewhere)
    }
}

extension FreeSpace {
    static let logFault = "the free-space log tells of pages that the file doesn't have"

    /// The space as the log of a state in the file has it, log pages included: nil for `logFault`.
    static func read(_ file: any StorageFile, _ meta: MetaPage, protected: [UInt64]) throws(StoreError) -> FreeSpace? {
        var space = FreeSpace(highWater: meta.highWater)
        let chain = try SpaceLog.readChain(file, last: meta.space, pageSize: meta.pageSize, highWater: meta.highWater)
        guard space.replay(chain.reversed().flatMap(\.page.entries), protected: protected) else { return nil }
        space.log.chain = chain.reversed().map(\.reference)
        return space
    }
}

extension Writer {
    fileprivate func summary(_ core: Core, _ entries: [SnapshotRegistry.Entry]) throws(StoreError) -> SpaceSummary {
        try loadSpace(core)
        guard let space else { preconditionFailure("the free space was not read") }
        let elsewhere = core.file.isVolatile ? [] : try core.file.readersElsewhere(below: nextVersion)
        var summary = SpaceSummary(space, entries, elsewhere: elsewhere)
        summary.pinnedPages += tree.freed.reduce(0) { $0 + $1.count }
        summary.cutSubtrees += tree.cuts.count
        summary.dirtyBytes = tree.memory.byteCount
        return summary
    }
}

extension PageCopy {
    fileprivate func report(_ number: PageNumber, file: any StorageFile, pageSize: Int) -> PageReport {
        let kinds = [Page.leafKind: PageReport.Kind.leaf, Page.branchKind: .branch, Page.spaceKind: .space]
        // Overflow runs have no headers.
        guard let kind = kinds[page.kind], page.number == number.rawValue else {
            var report = PageReport(number: number, kind: .overflow)
            report.fields = [("state", "no header: part of a large value, or never used")]
            return report
        }
        var report = PageReport(number: number, kind: kind)
        report.fields = [
            ("level", "\(page.level)"), ("entries", "\(page.count)"), ("number", "\(page.number)"), ("birth", "\(page.birth)"),
        ]
        if kind == .space {
            report.fields.append(("bytes of entries", "\(page.heapBytes)"))
            return report
        }
        if let fault = page.structuralFault(pageSize: pageSize, level: page.level) {
            report.fields.append(("damaged", fault))
            return report
        }
        report.fields += [
            ("prefix", readable(page.prefix.copy())), ("used bytes", "\(page.usedBytes)"), ("garbage", "\(page.garbage)"),
            ("overflow", "\(page.overflow)"),
        ]
        report.cells = (0..<page.count).map { index in
            var cell = PageReport.Cell(key: page.key(index))
            let reference: PageReference?
            if page.isLeaf {
                cell.valueByteCount = page.leafCell(index).valueByteCount
                reference = page.leafCell(index).isOverflow ? page.leafCell(index).run : nil
            } else {
                reference = page.child(index)
                cell.count = page.child(index).records
            }
            cell.page = reference.map { PageNumber(rawValue: $0.page) }
            cell.birth = reference.map { TransactionID(rawValue: $0.birth) }
            cell.checksum = reference?.checksum
            return cell
        }
        return report
    }
}

/// Bytes as text: printable ASCII as it is, others as \xHH.
private func readable(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return bytes.reduce(into: "") { text, byte in
        if byte >= 0x20 && byte < 0x7F && byte != 0x5C {
            text.unicodeScalars.append(Unicode.Scalar(byte))
        } else {
            text += "\\x"
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
    }
}
