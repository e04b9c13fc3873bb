import Ground
internal import Synchronization

// Reading about a store without changing it: for `pando inspect` and `pando status`.

extension Store {
    /// Numbers about the store. In a read-only one, those of free and pinned pages are what the newest flush knew.
    public func statistics() throws(StoreError) -> StoreStatistics {
        try statistics(waits: false)
    }

    /// - Parameter waits: whether to wait until the writer can be asked.
    func statistics(waits: Bool) throws(StoreError) -> StoreStatistics {
        for _ in 0..<1000 {
            if let statistics = try newestStatistics(waits: waits) { return statistics }
        }
        throw .busy(path: core.file.path, processID: readProcessNote(core.file))
    }

    /// - Returns: nil if another process has flushed twice meanwhile.
    private func newestStatistics(waits: Bool) throws(StoreError) -> StoreStatistics? {
        var statistics = StoreStatistics()
        let state = try core.beginSnapshot()
        defer { core.endSnapshot(state.transaction) }
        let view = state.view
        statistics.pageSize = pageSize
        statistics.formatVersion = Int(try formatVersion())
        statistics.transaction = state.transaction
        statistics.fileBytes = try core.file.byteCount()
        statistics.pages = view.reader.pageLimit.rawValue
        statistics.records = view.root.records
        statistics.depth = view.root.depth
        statistics.encryption = try encryptionReport(view.reader.mapping)
        let entries = core.published.entries()
        // The snapshot of this call doesn't count.
        statistics.liveSnapshots = entries.reduce(0) { $0 + $1.snapshots } - 1
        if isReadOnly {
            guard let summary = try core.summary(of: state, entries) else { return nil }
            statistics.add(summary)
        } else {
            try addSpace(to: &statistics, entries, waits: waits)
        }
        return statistics
    }

    private func formatVersion() throws(StoreError) -> UInt32 { try MetaPages(core.file).good[0].meta.version }

    /// Adds what only the writer knows, or knew when it was last asked, if it is at work.
    private func addSpace(
        to statistics: inout StoreStatistics, _ entries: [SnapshotRegistry.Entry], waits: Bool
    ) throws(StoreError) {
        if waits { core.turn.take() }
        if waits || core.turn.tryTake() {
            defer { core.turn.end() }
            try core.pipeline.loadSpace()
            let summary = try core.writer.summary(entries)
            core.lastSpace.withLock { $0 = summary }
        }
        if let summary = core.lastSpace.withLock({ $0 }) { statistics.add(summary) }
    }

    /// The tree by levels, the root's first: pages, entries and how full they are. Reads every page.
    public func treeLevels() throws(StoreError) -> [TreeLevelReport] {
        let state = try core.beginSnapshot()
        defer { core.endSnapshot(state.transaction) }
        let view = state.view
        var levels = (0..<view.root.depth).reversed().map { TreeLevelReport(level: $0) }
        if view.root.isEmpty { return levels }
        var stack = [(view.root.reference, view.root.level)]
        var pages: PageCount = 0
        while let (reference, level) = stack.popLast() {
            let page = try view.reader.page(reference, level: level)
            let index = view.root.level - level
            levels[index].pages += 1
            if !reference.isInMemory { pages += 1 }
            guard pages <= view.reader.pageLimit.preceding else {
                throw .damaged(page: reference.page, reason: "more than one page refers to it")
            }
            levels[index].entries += UInt64(page.count)
            levels[index].usedBytes += UInt64(page.usedBytes)
            let keys = level == 0 ? page.count : page.count - 1
            levels[index].savedByPrefixBytes += UInt64(page.prefixLength * max(0, keys - 1))
            if level > 0 { for child in 0..<page.count { stack.append((page.child(child), level - 1)) } }
        }
        return levels
    }

    /// The parts of one page, as it is in the file.
    ///
    /// - Throws: `damaged` if there is no such page. A damaged page is taken apart as far as possible.
    public func page(_ number: PageNumber) throws(StoreError) -> PageReport {
        if number < .first { return try metaReport(number) }
        let pages = PageCount(wholePagesIn: try core.file.byteCount(), pageSize: pageSize)
        guard number.preceding < pages else { throw .damaged(page: number, reason: "the file has only \(pages) pages") }
        let report = try copy(of: number).report(number, pageSize: pageSize, capacity: core.file.capacity(pageSize: pageSize))
        // If it can't be found out whether the page is free, there is still what it looks like.
        guard let state = try? freePage(number)?.fields else { return report }
        var free = PageReport(number: number, kind: .free)
        free.fields = state
        if report.kind != .overflow {
            free.fields.append(("was", report.kind.rawValue))
            free.fields += report.fields.filter { ["level", "entries", "birth"].contains($0.name) }
        }
        return free
    }

    /// A page as it is in the file, decrypted if the newest state has it.
    private func copy(of number: PageNumber) throws(StoreError) -> PageCopy {
        guard core.file.cipher != nil else { return try PageCopy(core.file, number, pageSize: pageSize) }
        let state = try core.beginSnapshot()
        defer { core.endSnapshot(state.transaction) }
        let root = state.view.root
        let reference = root.isEmpty ? nil : try state.view.reference(to: number, from: root.reference, level: root.level)
        return try PageCopy(core.file, reference ?? PageReference(page: number), pageSize: pageSize)
    }

    private func metaReport(_ number: PageNumber) throws(StoreError) -> PageReport {
        var report = PageReport(number: number, kind: .meta)
        let bytes = try readBytes(core.file, at: number.offset(pageSize: pageSize), count: MetaPage.byteCount)
        guard case .good(let meta) = MetaPage.decode(bytes, core.file.cipher) else {
            report.fields = [("state", "not readable: torn, damaged or of a newer format")]
            return report
        }
        report.fields = [
            ("format version", "\(meta.version)"), ("page size", "\(meta.pageSize)"), ("uuid", "\(meta.uuid)"),
            ("opening", "\(meta.opening)"), ("transaction", "\(meta.transaction)"), ("previous transaction", "\(meta.previous)"),
            ("root", meta.root.isEmpty ? "none" : "page \(meta.root.reference.page), born \(meta.root.reference.birth)"),
            ("records", "\(meta.root.records)"), ("depth", "\(meta.root.depth)"), ("whole", "\(meta.isWhole)"),
            ("free-space log", meta.space.page == .none ? "none" : "page \(meta.space.page), born \(meta.space.birth)"),
            ("high-water mark", "\(meta.highWater)"),
            ("journal", meta.journal.map { "pages \($0.start) to \($0.end - 1 as PageNumber)" } ?? "none"),
        ]
        if number == MetaPage.places[0] { report.fields.append(("writer's process", "\(readProcessNote(core.file))")) }
        return report
    }
}

extension TreeView {
    /// The reference to a page of the tree: nil if it hasn't the page. Reads all branches, until it is found.
    fileprivate func reference(to number: PageNumber, from reference: PageReference, level: Int) throws(StoreError) -> PageReference? {
        if reference.page == number { return reference }
        if level == 0 { return nil }
        let page = try reader.page(reference, level: level)
        for index in 0..<page.count {
            if let found = try self.reference(to: number, from: page.child(index), level: level - 1) { return found }
        }
        return nil
    }
}

extension StoreStatistics {
    fileprivate mutating func add(_ summary: SpaceSummary) {
        freePages = summary.freePages.rawValue
        pinnedPages = summary.pinnedPages.rawValue
        cutSubtrees = summary.cutSubtrees
        dirtyBytes = summary.dirtyBytes
        pins = summary.pins
    }
}

extension SpaceSummary {
    /// - Parameter elsewhere: the flushes that other openings read.
    fileprivate init(
        _ space: FreeSpace, _ entries: [SnapshotRegistry.Entry], elsewhere: [TransactionID], _ states: [NamedState]
    ) {
        self.init(
            freePages: space.free.count, pinnedPages: space.pinnedCount, cutSubtrees: space.cuts.count,
            pins: space.pinned.sorted { $0.key < $1.key }.map { blocker, waiting in
                PinReport(blocker, pages: waiting.pageCount, entries, elsewhere: elsewhere, states)
            })
    }
}

extension PinReport {
    init(
        _ blocker: TransactionID, pages: PageCount, _ entries: [SnapshotRegistry.Entry], elsewhere: [TransactionID], _ states: [NamedState]
    ) {
        let snapshot = entries.first { $0.transaction == blocker }
        let state = states.first { $0.transaction == blocker }
        self.init(
            holder: state.map { .state($0.name) }
                ?? (snapshot != nil ? .snapshot : elsewhere.contains(blocker) ? .otherProcess : .durableState),
            transaction: blocker, pages: pages.rawValue,
            ageSeconds: snapshot.map { (MonotonicTime.now - $0.began) / .seconds(1) })
    }
}

extension Core {
    fileprivate func summary(of state: StoreState, _ entries: [SnapshotRegistry.Entry]) throws(StoreError) -> SpaceSummary? {
        guard let (space, older, elsewhere, states) = try space(of: state, entries) else { return nil }
        return SpaceSummary(space, older, elsewhere: elsewhere, states)
    }

    /// The contents of the free-space log of a state, which a snapshot keeps in the file, with the older snapshots here and the flushes
    /// that other openings read, and the states that have names.
    ///
    /// - Returns: nil if the meta page of the state's flush is no longer there.
    func space(
        of state: StoreState, _ entries: [SnapshotRegistry.Entry]
    ) throws(StoreError) -> (space: FreeSpace, older: [SnapshotRegistry.Entry], elsewhere: [TransactionID], states: [NamedState])? {
        guard let meta = try MetaPages.of(state.flush, file) else { return nil }
        let elsewhere = try file.readersElsewhere(below: state.flush)
        // The newest state counts as the durable one, not as one that a snapshot sees, because this call has a snapshot of it.
        let older = entries.filter { $0.transaction != state.transaction }
        let states = NamedState.allReadable(in: state.view)
        let protected = ProtectedStates(elsewhere + older.map(\.transaction) + [state.flush] + states.map(\.transaction))
        guard let space = try FreeSpace.read(file, meta, protected: protected) else {
            throw .damaged(page: meta.space.page, reason: FreeSpace.logFault)
        }
        return (space, older, elsewhere, states)
    }
}

extension Writer {
    /// The flushes that other openings read.
    func readersElsewhere() throws(StoreError) -> [TransactionID] {
        file.isVolatile ? [] : try file.readersElsewhere(below: nextTransaction)
    }

    fileprivate func summary(_ entries: [SnapshotRegistry.Entry]) throws(StoreError) -> SpaceSummary {
        guard let space else { preconditionFailure("the free space was not read") }
        var summary = SpaceSummary(space, entries, elsewhere: try readersElsewhere(), namedStates)
        summary.pinnedPages += tree.freed.pageCount
        summary.cutSubtrees += tree.cuts.count
        summary.dirtyBytes = tree.memory.byteCount
        return summary
    }
}

extension PageCopy {
    fileprivate func report(_ number: PageNumber, pageSize: Int, capacity: Int) -> PageReport {
        let kinds = [Page.leafKind: PageReport.Kind.leaf, Page.branchKind: .branch, Page.spaceKind: .space]
        // Overflow runs have no headers.
        guard let kind = kinds[page.kind], page.number == number else {
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
        if let fault = page.structuralFault(
            capacity: capacity, keyLimit: Page.maximumKeyLength(pageSize: pageSize), level: page.level)
        {
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
            cell.page = reference?.page
            cell.birth = reference?.birth
            cell.checksum = reference?.checksum
            return cell
        }
        return report
    }
}

/// Bytes as text: printable ASCII characters as they are, others as \xHH.
private func readable(_ bytes: [UInt8]) -> String {
    bytes.map { $0 >= 0x20 && $0 < 0x7F && $0 != 0x5C ? String(Unicode.Scalar($0)) : "\\x" + [$0].hexadecimal }.joined()
}
