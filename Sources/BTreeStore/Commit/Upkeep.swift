// What no commit should wait for: looking into cut subtrees, and giving the end of the file back. The pipeline's thread does it
// some time after a flush that left such work behind.

extension Core {
    /// Looks into the cut subtrees that nobody sees any more, and makes the file shorter if its end is free.
    func keepUp() throws(StoreError) {
        // What a range delete cut off may be known to the journal only.
        if try inSlot({ () throws(StoreError) in writer.hasUnflushed }) { try flushNow() }
        var hasLooked = false
        // A few at a time, so that no transaction waits long.
        while try inSlot({ () throws(StoreError) in try writer.lookIntoCuts(self, atMost: 64) }) { hasLooked = true }
        // Some of what is free now the state on the disk has until the next one is there.
        if hasLooked { try flushNow() }
        if try inSlot({ () throws(StoreError) in try writer.moveTail(self) }) { try flushNow() }
        if try inSlot({ () throws(StoreError) in try writer.releaseSpace(self)?.isTailFree ?? false }) { try flushNow() }
        try inSlot { () throws(StoreError) in try writer.cutTail(self) }
    }

    /// Makes everything durable, and what the state before had free to use.
    func flushNow() throws(StoreError) {
        let flush = try inSlot { () throws(StoreError) in
            writer.wantsFlush = true
            return pipeline.ride(isUnflushed: true)
        }
        try pipeline.wait(for: flush, self)
    }

    /// Does something in the writer's slot while no flush is under way.
    func inSlot<Result>(_ body: () throws(StoreError) -> Result) throws(StoreError) -> Result {
        gate.enter()
        defer { gate.leave() }
        try checkWritable()
        pipeline.waitUntilSynced()
        return try body()
    }
}

extension Writer {
    /// Whether there is work for `Core.keepUp`.
    var needsUpkeep: Bool {
        guard let space else { return false }
        return !space.cuts.isEmpty || space.isTailFree || shrunkAt != nil
    }

    /// - Returns: whether there were any to look into.
    fileprivate func lookIntoCuts(_ core: Core, atMost steps: Int) throws(StoreError) -> Bool {
        guard space != nil else { return false }
        let protected = try core.protectedStates(durable: durable.transaction, next: nextVersion)
        return space?.walkCuts(
            wanted: .max, atMost: steps, protected: protected, durable: durable.transaction, reader: tree.view.reader) ?? 0 > 0
    }

    func releaseSpace(_ core: Core) throws(StoreError) -> FreeSpace? {
        if space == nil { return nil }
        space?.release(protected: try core.protectedStates(durable: durable.transaction, next: nextVersion))
        return space
    }

    /// Has the next flush write those pages anew, further to the front, that stand alone in the way of giving the end of the file
    /// back: after a range delete mostly the ones that it wrote itself.
    ///
    /// - Returns: whether there were any. Many are left where they are.
    fileprivate func moveTail(_ core: Core) throws(StoreError) -> Bool {
        guard let space = try releaseSpace(core), space.free.count > space.highWater / 4 else { return false }
        let used = space.highWater - space.free.count
        let start = used + used / 8 + 64
        var search = TailSearch(reader: tree.view.reader, start: start)
        if !tree.root.isEmpty { try search.visit(tree.root.reference, level: tree.root.level) }
        if search.isTooMuch { return false }
        let hasLog = space.log.chain.contains { $0.page >= start }
        if search.keys.isEmpty && !hasLog { return false }
        if hasLog { self.space?.log.giveUp() }
        begin()
        do throws(StoreError) {
            for key in search.keys {
                let leaf = try withBytes(key) { (key) throws(StoreError) in try tree.descend(key).leaf }
                tree.replaceLeaf(with: try tree.writable(leaf, level: 0))
            }
            _ = try commit(core, .none)
        } catch {
            if isInTransaction { rollback(core) }
            throw error
        }
        return true
    }

    /// Makes the file as short as its newest state says, once nobody can look at an older one: a damaged page might lead a reader
    /// beyond the end, which is a signal instead of an error.
    func cutTail(_ core: Core) throws(StoreError) {
        guard let shrunkAt, let space, !core.file.isVolatile else { return }
        let protected = try core.protectedStates(durable: durable.transaction, next: nextVersion)
        guard protected.allSatisfy({ $0 >= shrunkAt }) else { return }
        let end = space.highWater * UInt64(core.pageSize)
        if try core.file.byteCount() > end { try core.file.resize(end) }
        fileByteCount = end
        self.shrunkAt = nil
    }
}

/// Looks for the pages of a tree that lie behind a place in the file.
private struct TailSearch {
    let reader: PageReader
    let start: UInt64
    /// For each of them a key whose path leads through it.
    private(set) var keys: [[UInt8]] = []
    /// More of them than should be moved, or more branches than should be looked at, while others wait.
    private(set) var isTooMuch = false
    private var branches = 0
    private static let keyLimit = 64
    private static let branchLimit = 4096

    init(reader: PageReader, start: UInt64) {
        self.reader = reader
        self.start = start
    }

    mutating func visit(_ reference: PageReference, level: Int) throws(StoreError) {
        if isTooMuch { return }
        if !reference.isInMemory && reference.page >= start { keys.append(try firstKey(reference, level: level)) }
        if level > 0 {
            branches += 1
            let page = try reader.page(reference, level: level)
            for index in 0..<page.count { try visit(page.child(index), level: level - 1) }
        }
        isTooMuch = isTooMuch || keys.count > Self.keyLimit || branches > Self.branchLimit
    }

    private func firstKey(_ reference: PageReference, level: Int) throws(StoreError) -> [UInt8] {
        var reference = reference
        for level in stride(from: level, to: 0, by: -1) { reference = try reader.page(reference, level: level).child(0) }
        return try reader.page(reference, level: 0).key(0)
    }
}
