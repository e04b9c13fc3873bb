import Ground

// Work that no commit should wait for: going through cut subtrees, and giving the end of the file back. The pipeline's thread does it
// some time after a flush that left such work behind.

extension CommitPipeline {
    /// Goes through the cut subtrees that nobody sees any more, and makes the file shorter if its end is free.
    func keepUp() throws(StoreError) {
        // What a range delete cut off may be known to the journal only.
        if try inTurn(writer.hasUnflushed) { try flushNow() }
        var hasWalked = false
        // A few at a time, so that no transaction waits long. None waits for them to be read from the disk.
        var rest = try inTurn(writer.space?.highWater.preceding ?? 0)
        while rest > 0, case let cuts = try inTurn(writer.nextCuts(Self.cutsAtATime)), !cuts.isEmpty {
            for page in cuts { writer.load(page) }
            try inTurn(writer.walkCuts(Set(cuts)))
            hasWalked = true
            // More of them than the file has pages are the work of somebody who made the file, and might have no end.
            rest -= min(rest, PageCount(cuts.count))
        }
        // The durable state has some of the pages that are free now, until the next state is durable.
        if hasWalked { try flushNow() }
        let isMoved = try moveTail()
        if isMoved { try flushNow() }
        if try inTurn(writer.isTailFree(hasMoved: isMoved)) { try flushNow() }
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
    /// They are looked for in a snapshot: branches may have to be read from the disk, for which nobody should wait.
    ///
    /// - Returns: whether there were any. If there are many, they are left where they are.
    private func moveTail() throws(StoreError) -> Bool {
        guard let (start, state) = try inTurn(writer.tail()) else { return false }
        defer { published.endSnapshot(state.transaction) }
        var search = TailSearch(reader: state.view.reader, start: start)
        let root = state.view.root
        if !root.isEmpty { try search.visit(root.reference, level: root.level) }
        return try inTurn(move(search))
    }

    private func move(_ search: TailSearch) throws(StoreError) -> Bool {
        guard let space = writer.space else { return false }
        if search.isTooMuch {
            writer.keepTail()
            return false
        }
        let hasLog = space.log.chain.contains { $0.page >= search.start }
        if search.keys.isEmpty && !hasLog { return false }
        if hasLog { writer.space?.log.giveUp() }
        let zone = Zone(pages: search.start..<PageNumber.limit, held: .none)
        try change { (tree) throws(StoreError) in
            for key in search.keys { try withBytes(key) { (key) throws(StoreError) in try tree.move(key, outOf: zone) } }
        }
        return true
    }

    private static var cutsAtATime: Int { 64 }
}

extension Writer {
    /// Whether there is work for `CommitPipeline.keepUp`.
    var needsUpkeep: Bool {
        guard let space else { return false }
        // What a named state has waits for longer than it is worth while to look again and again.
        let named = ProtectedStates(named.filter { $0.dropped == nil }.map(\.state.transaction))
        return space.hasCuts(unseenBy: named) || space.isTailFree || length.shrunkAt != nil
    }

    /// Whether some of that work no longer waits for a snapshot to go.
    func mayKeepUp() throws(StoreError) -> Bool {
        guard let space = try releaseSpace() else { return false }
        if space.isTailFree { return true }
        if let shrunkAt = length.shrunkAt, try isUnseen(before: shrunkAt) { return true }
        return try !space.nextCuts(1, protected: protectedStates()).isEmpty
    }

    /// The roots of the cut subtrees that are gone through next.
    fileprivate func nextCuts(_ count: Int) throws(StoreError) -> [PageNumber] {
        guard let space, !space.cuts.isEmpty else { return [] }
        return space.nextCuts(count, protected: try protectedStates())
    }

    /// Has the disk read a page, if it can.
    fileprivate func load(_ page: PageNumber) {
        let reader = published.newest.view.reader
        if page < reader.pageLimit && !reader.mapping.isVerified(page) { try? reader.mapping.load(page, byteCount: reader.pageSize) }
    }

    /// If a large part of the file is free: the page from which on as little as possible should be in use, and the newest state, of which a
    /// snapshot is begun.
    fileprivate func tail() throws(StoreError) -> (start: PageNumber, state: StoreState)? {
        guard let space = try releaseSpace(), space.free.count > space.highWater.preceding / 4 else { return nil }
        if let fixedTail, max(fixedTail, space.highWater) - min(fixedTail, space.highWater) < fixedTail.preceding / 8 { return nil }
        fixedTail = nil
        let used = space.highWater.preceding - space.free.count
        return published.beginSnapshot().map { (PageNumber.none + (used + used / 8 + 64), $0) }
    }

    fileprivate func isTailFree(hasMoved: Bool) throws(StoreError) -> Bool {
        let isFree = try releaseSpace()?.isTailFree ?? false
        // What was moved has come to lie there again, or snapshots see its old places: to try again at once would have no end.
        if hasMoved && !isFree { keepTail() }
        return isFree
    }

    /// Has the end of the file left as it is, as long as the file is about as long.
    fileprivate func keepTail() { fixedTail = space?.highWater }

    fileprivate func walkCuts(_ roots: Set<PageNumber>) throws(StoreError) {
        let protected = try protectedStates()
        space?.walkCuts(wanted: nil, among: roots, protected: protected, newestFlush: newestFlush, reader: tree.view.reader)
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
        guard try isUnseen(before: shrunkAt) else { return }
        try length.cut(file, at: space.highWater.offset(pageSize: tree.pageSize))
    }

    /// Whether nobody reads a state before `state`. A state with a name that nobody reads has no page at the end of the file.
    private func isUnseen(before state: TransactionID) throws(StoreError) -> Bool { try seenStates().allSatisfy { $0 >= state } }
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
