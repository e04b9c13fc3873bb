import Ground

// Work that no commit should wait for: going through cut subtrees, and giving the end of the file back. The pipeline's thread does it
// some time after a flush that left such work behind.

extension CommitPipeline {
    /// Goes through the cut subtrees that nobody sees any more, and makes the file shorter if its end is free.
    func keepUp() throws(StoreError) {
        // What a range delete cut off may be known to the journal only.
        if try inTurn(writer.hasUnflushed) { try flushNow() }
        var hasWalked = false
        // A few at a time, so that no transaction waits long.
        while try inTurn(writer.walkCuts(atMost: 64)) { hasWalked = true }
        // The durable state has some of the pages that are free now, until the next state is durable.
        if hasWalked { try flushNow() }
        if try inTurn(moveTail()) { try flushNow() }
        if try inTurn(writer.releaseSpace()?.isTailFree ?? false) { try flushNow() }
        try inTurn(writer.cutTail())
    }

    /// Makes everything durable, and the pages of the state before free to use.
    func flushNow() throws(StoreError) {
        try wait(for: inTurn(rideOnWantedFlush()))
    }

    private func rideOnWantedFlush() -> UInt64 {
        writer.wantsFlush = true
        return ride()
    }

    /// Makes those pages anew that stand alone in the way of giving the end of the file back, so that the next flush writes them further
    /// to the front. After a range delete they are mostly the ones that it wrote itself.
    ///
    /// - Returns: whether there were any. If there are many, they are left where they are.
    private func moveTail() throws(StoreError) -> Bool {
        guard let space = try writer.releaseSpace(), space.free.count > space.highWater.preceding / 4 else { return false }
        let used = space.highWater.preceding - space.free.count
        let start = PageNumber.none + (used + used / 8 + 64)
        var search = TailSearch(reader: writer.tree.view.reader, start: start)
        let root = writer.tree.root
        if !root.isEmpty { try search.visit(root.reference, level: root.level) }
        if search.isTooMuch { return false }
        let hasLog = space.log.chain.contains { $0.page >= start }
        if search.keys.isEmpty && !hasLog { return false }
        if hasLog { writer.space?.log.giveUp() }
        try change { (tree) throws(StoreError) in
            for key in search.keys {
                let leaf = try withBytes(key, tree.descend).leaf
                tree.replaceLeaf(with: try tree.writable(leaf, level: 0))
            }
        }
        return true
    }
}

extension Writer {
    /// Whether there is work for `CommitPipeline.keepUp`.
    var needsUpkeep: Bool {
        guard let space else { return false }
        return !space.cuts.isEmpty || space.isTailFree || length.shrunkAt != nil
    }

    /// - Returns: whether there were any cut subtrees to go through.
    fileprivate func walkCuts(atMost steps: Int) throws(StoreError) -> Bool {
        guard space != nil else { return false }
        let protected = try protectedStates()
        return space?.walkCuts(
            wanted: nil, atMost: steps, protected: protected, durable: durable.transaction, reader: tree.view.reader) ?? 0 > 0
    }

    /// Frees the pages that wait for states that have gone.
    ///
    /// - Returns: the free space, if it has been read.
    func releaseSpace() throws(StoreError) -> FreeSpace? {
        if space == nil { return nil }
        space?.release(protected: try protectedStates())
        return space
    }

    /// Makes the file as short as its newest state says, once nobody can read an older one: a reader that follows a damaged reference
    /// beyond the end of the file gets a signal instead of an error.
    func cutTail() throws(StoreError) {
        guard let shrunkAt = length.shrunkAt, let space, !file.isVolatile else { return }
        guard try protectedStates().areNone(before: shrunkAt) else { return }
        try length.cut(file, at: space.highWater.offset(pageSize: tree.pageSize))
    }
}

/// A search for the pages of a tree that lie behind a place in the file.
private struct TailSearch {
    let reader: PageReader
    let start: PageNumber
    /// For each of these pages, a key whose path leads through it.
    private(set) var keys: [[UInt8]] = []
    /// There are more of them than should be moved, or more branches than should be read, while others wait.
    private(set) var isTooMuch = false
    private var branches = 0
    private static let keyLimit = 64
    private static let branchLimit = 4096

    init(reader: PageReader, start: PageNumber) {
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
