// Writing to the file. A flush gives every changed page its place, children before parents, so that a parent can note its children's
// checksums, and writes them in as few runs as it can. That needs the writer's turn. Then, while others may change the tree, it writes
// the meta page that isn't the newest durable one, and syncs once. Until the meta page is there, nothing in the file leads to what was
// written.

/// A flush of pages, or a spill, at work.
struct Flush {
    /// Its number, and the birth of the pages that it writes.
    let number: TransactionID
    /// The states whose pages it may not use.
    let protected: ProtectedStates
    let buffer: FlushBuffer
    /// Whether many wait for it.
    let isCrowded: Bool
    var dirty: DirtyPages
}

extension Writer {
    /// From this many pages on, a flush syncs its data before it writes the meta page: opening after a crash then needs no walk.
    private static let wholeFlushPages: PageCount = 1000
    /// A small flush goes into space that was written before, with which a sync is quicker. So the file grows by steps of zeros.
    private static let smallFlushPages: PageCount = 64

    /// The part that needs the writer's turn, and no flush under way: gives changed pages their places, writes them, and goes on
    /// with the tree as it is in the file.
    ///
    /// - Parameters:
    ///   - isCrowded: whether many wait for it.
    ///   - closes: whether nothing comes after it.
    /// - Returns: the meta page, which makes it all count.
    func beginFlush(whole: Bool, isCrowded: Bool = false, closes: Bool = false) throws(StoreError) -> MetaPage {
        do {
            try loadSpace()
            try cutTail()
            wantsFlush = false
            let mayGrow = isCrowded && mayGrow(by: tree.memory.filePageCount)
            var flush = try prepareFlush(takeNumber(), DirtyPages(tree), isCrowded: mayGrow)
            var meta = nextMeta(flush.number)
            space?.walkCuts(bornAfter: newestFlush, protected: flush.protected, reader: tree.view.reader)
            meta.journal = try placeJournal(flush, closes: closes)
            try write(&flush, logPages: 1)
            meta.root = rootInFile(flush)
            meta.digest = try tree.view.hasDigests && meta.hasDigests ? tree.view.digest(Bounds(.all)) : .zero
            if !file.isVolatile, space?.isTailFree ?? false {
                space?.giveTailBack()
                length.shrunkAt = flush.number
            }
            meta.space = try writeLog(flush)
            try flush.buffer.finish()
            meta.isWhole = whole || unsyncedPages > Self.wholeFlushPages
            meta.highWater = space?.highWater ?? meta.highWater
            try adopt(meta.root, flush, publishes: true)
            tree.memory.trim()
            noteFlushed(meta)
            // No page is used again before this flush is durable, so its pages stay from now on.
            tree.durable = flush.number
            return meta
        } catch {
            abandonBuffer()
            fallBack(after: error)
            throw error
        }
    }

    /// The part that waits for the disk, and leaves the tree alone.
    func finishFlush(_ meta: MetaPage) throws(StoreError) {
        do {
            if meta.isWhole { try file.sync() }
            try meta.write(file, MetaPage.other(durable.place))
            try file.sync()
        } catch {
            fallBack(after: error)
            throw error
        }
        noteFlushDurable(meta)
    }

    /// The part of the memory for changed pages that is written at a time. Everybody waits for it.
    private static let slices = 16

    /// Writes changed pages without a meta page, to have their memory back. Needs the writer's turn, and that the free space was read.
    ///
    /// Mostly these are the leaves of a part of the key space, and the next time those of the next part: nobody waits for all of them, and
    /// leaves that change again and again are written less often. Nor does anybody wait for a flush that waits for the disk: the pages of
    /// what it would leave are kept, and of what a crash would leave before it is durable.
    ///
    /// - Throws: an error after which the caller has the store fall back.
    func spill() throws(StoreError) {
        do {
            for _ in 0..<Self.slices {
                let slice = Slice(byteCount: dirtyByteLimit / Self.slices, pageLimit: flushSlice * 2)
                guard try spillSlice(slice, isCrowded: false) else { break }
                if tree.memory.byteCount <= dirtyByteLimit { return }
            }
            // Where there are few leaves, or many branches, that may not be enough.
            try spillAll()
        } catch {
            abandonBuffer()
            throw error
        }
    }

    /// Bytes of pages that a flush writes at a time: some milliseconds of writing.
    private static let flushSliceByteCount: UInt64 = 4 << 20
    private var flushSlice: PageCount { PageCount(wholePagesIn: Self.flushSliceByteCount, pageSize: tree.pageSize) }

    /// How many whole slices so many pages are.
    func flushSlices(of pages: PageCount) -> Int { Int(pages.rawValue / flushSlice.rawValue) }

    /// How many slices there are to write before a flush, which writes the rest in one turn.
    var slicesBeforeFlush: Int { file.isVolatile ? 0 : flushSlices(of: tree.memory.filePageCount) }

    /// Writes a slice of the changed pages. The flush that comes after it has less to write in its turn.
    ///
    /// - Returns: whether there was anything.
    func writeSlice(isCrowded: Bool) throws(StoreError) -> Bool {
        // The disk has kept room for the flush; if it has none for what more this takes, the flush writes all of it.
        do throws(StoreError) { try reserve() } catch { return false }
        do {
            try loadSpace()
            return try spillSlice(Slice(byteCount: .max, pageLimit: flushSlice), isCrowded: isCrowded)
        } catch {
            abandonBuffer()
            fallBack(after: error)
            throw error
        }
    }

    @discardableResult
    private func spillSlice(_ empty: Slice, isCrowded: Bool) throws(StoreError) -> Bool {
        tree.transaction = takeNumber()
        var slice = try tree.slice(from: nextSlice, empty)
        if slice.leaves.isEmpty && nextSlice != nil { slice = try tree.slice(from: nil, empty) }
        nextSlice = slice.end
        if slice.leaves.isEmpty { return false }
        var flush = try prepareFlush(tree.transaction, slice.dirty, isCrowded: isCrowded)
        try write(&flush, logPages: 0)
        try finishSpill(flush)
        tree.noteWritten(slice, birth: flush.number)
        try goOn(flush, publishes: !isInTransaction)
        return true
    }

    private func spillAll() throws(StoreError) {
        var flush = try prepareFlush(takeNumber(), DirtyPages(tree), isCrowded: false)
        try write(&flush, logPages: 0)
        let root = rootInFile(flush)
        try finishSpill(flush)
        try adopt(root, flush, publishes: !isInTransaction)
    }

    private func finishSpill(_ flush: Flush) throws(StoreError) {
        try flush.buffer.finish()
        noteSpilled(flush.dirty.places.map { FreedRun(run: $0, birth: flush.number, freed: .none) })
    }

    /// Begins to write pages, and brings the free pages up to date.
    private func prepareFlush(_ number: TransactionID, _ dirty: DirtyPages, isCrowded: Bool) throws(StoreError) -> Flush {
        let flush = Flush(
            number: number, protected: try protectedStates(), buffer: buffer(), isCrowded: isCrowded, dirty: dirty)
        space?.release(protected: flush.protected)
        space?.absorb(tree.freed, protected: flush.protected)
        space?.absorb(tree.cuts)
        tree.freed = []
        tree.cuts = []
        // The file may grow for a crowded flush, depending on how much of it is free; so that much should be known.
        let quarter = (space?.highWater.preceding ?? 0) / 4
        let wanted = isCrowded ? max(flush.dirty.pageCount, quarter) : flush.dirty.pageCount
        space?.walkCuts(wanted: wanted + 8, protected: flush.protected, newestFlush: newestFlush, reader: tree.view.reader)
        return flush
    }

    /// Gives the changed pages their places and writes them.
    ///
    /// - Parameter logPages: places to have left for the free-space log: none for a spill.
    private func write(_ flush: inout Flush, logPages: PageCount) throws(StoreError) {
        for run in flush.dirty.runs {
            flush.dirty.places.append(try allocateRun(PageCount(run.page.byteCount / tree.pageSize)))
        }
        let places = try allocate(PageCount(flush.dirty.pages.count) + logPages, flush)
        flush.dirty.places += places
        // Nobody waits for the sync of a spill.
        if logPages > 0 { try growFile(flush, pages: flush.dirty.pageCount + logPages) }

        for (run, place) in zip(flush.dirty.runs, flush.dirty.places) {
            clearVerified(place)
            try flush.buffer.append(run: run.page, valueByteCount: run.valueByteCount, number: place.start, birth: flush.number)
        }
        // A closure, not a key path: that would be evaluated at run time, page by page.
        var numbers = places.lazy.flatMap { $0.pages }.makeIterator()
        for page in flush.dirty.pages {
            guard let number = numbers.next() else { preconditionFailure("fewer places than pages") }
            clearVerified(PageRun(number))
            try flush.buffer.append(page, number: number, birth: flush.number)
        }
        while let number = numbers.next() { flush.dirty.spare.append(number) }
        unsyncedPages += flush.dirty.pageCount
        flush.dirty.freeBases(in: &space, flush: flush.number, protected: flush.protected)
    }

    /// The root as it is in the file when all changed pages have been written.
    private func rootInFile(_ flush: Flush) -> Root {
        var root = tree.root
        if !root.isEmpty && root.reference.isInMemory { root.reference = root.reference.flushed(birth: flush.number) }
        return root
    }

    /// Writes the new entries of the free-space log, together with those that its own pages make, into the places that were left over
    /// and others.
    private func writeLog(_ flush: Flush) throws(StoreError) -> PageReference {
        guard var space else { preconditionFailure("the free space was not read") }
        self.space = nil  // or changing it would copy it
        defer { self.space = space }
        let capacity = tree.capacity

        var kept = space.log.chain
        let condenses = space.shouldCondense(capacity: capacity)
        let replaced = condenses ? kept : kept.suffix(1)
        kept.removeLast(replaced.count)
        space.absorb(
            replaced.map { FreedRun(run: PageRun($0.page), birth: $0.birth, freed: flush.number) }, protected: flush.protected)

        var places = flush.dirty.spare
        var contents: [ArraySlice<UInt8>]
        while true {
            // Allocating makes an entry too, so this is repeated until there is room for all of them.
            let bytes = condenses ? space.condensed() : space.log.tail + space.log.pending
            contents = SpaceLog.pages(of: bytes, capacity: capacity)
            if contents.count <= places.count { break }
            let missing = PageCount(contents.count - places.count)
            places += try space.allocate(missing, isCrowded: flush.isCrowded, path: file.path).flatMap { $0.pages }
        }
        while contents.count < places.count { contents.append([]) }
        for (number, entries) in zip(places, contents) {
            clearVerified(PageRun(number))
            kept.append(
                try flush.buffer.append(logPage: entries, previous: kept.last ?? PageReference(), number: number, birth: flush.number))
        }
        unsyncedPages += PageCount(places.count)
        space.log.chain = kept
        space.log.tail = Array(contents.last ?? [])
        space.log.clearPending()
        return kept.last ?? PageReference()
    }

    private func allocate(_ count: PageCount, _ flush: Flush) throws(StoreError) -> [PageRun] {
        try space?.allocate(count, isCrowded: flush.isCrowded, path: file.path) ?? []
    }

    private func allocateRun(_ count: PageCount) throws(StoreError) -> PageRun {
        guard let run = try space?.allocateRun(count, path: file.path) else { preconditionFailure("the free space was not read") }
        return run
    }

    private func clearVerified(_ run: PageRun) {
        let mapping = tree.view.reader.mapping
        for page in run.pages where page.preceding < mapping.pageCount { mapping.clearVerified(page) }
    }

    /// Notes that the pages just written needn't be verified when they are read: the page cache has what was in memory.
    private func noteVerified(_ dirty: DirtyPages) {
        let mapping = tree.view.reader.mapping
        // In an encrypted file the mapping is not what was written.
        if file.cipher != nil { return }
        for run in dirty.places.prefix(dirty.runs.count) where run.end.preceding <= mapping.pageCount { mapping.setVerifiedRun(run.start) }
        // The places behind those of the tree are left over for the log.
        let pages = dirty.places.dropFirst(dirty.runs.count).lazy.flatMap { $0.pages }
        for page in pages.prefix(dirty.pages.count) where page.preceding < mapping.pageCount { mapping.setVerified(page) }
    }

    private func growFile(_ flush: Flush, pages: PageCount) throws(StoreError) {
        guard let space, !file.isVolatile, pages <= Self.smallFlushPages else { return }
        // A few more for the pages of the log, if there are no free ones for them.
        let end = space.highWater + (space.free.count < 4 ? 4 : 0)
        try length.grow(file, beyond: end.offset(pageSize: tree.pageSize), pageSize: tree.pageSize, with: flush.buffer)
    }

    /// Goes on with the tree that was written.
    private func adopt(_ root: Root, _ flush: Flush, publishes: Bool) throws(StoreError) {
        tree.transaction = flush.number
        if !tree.root.isEmpty { tree.retireSubtree(tree.root.reference, level: tree.root.level, since: .none) }
        tree.root = root
        try goOn(flush, publishes: publishes)
    }

    private func goOn(_ flush: Flush, publishes: Bool) throws(StoreError) {
        noteVerified(flush.dirty)
        if let space {
            let end = space.highWater.offset(pageSize: tree.pageSize)
            length.noteWritten(upTo: end)
            tree.view.reader.pageLimit = space.highWater
            try extendMapping(to: end)
        }
        renewMapping()
        if publishes {
            try publish(flush.number)
        }
        reclaimMemory()
        tree.transaction = takeNumber()
    }

    /// Goes on with the pages of an encrypted file that are being decrypted now, if these are others. Nothing that the writer has in memory lies
    /// over those of before.
    ///
    /// - Returns: whether it did.
    @discardableResult
    func renewMapping() -> Bool {
        guard let generations else { return false }
        let end = tree.view.reader.pageLimit.offset(pageSize: tree.pageSize)
        // If that fails, there is no address space, and what was decrypted stays.
        guard let mapping = try? generations.current(atLeast: end), mapping !== tree.view.reader.mapping else { return false }
        tree.view.reader.mapping = mapping
        return true
    }
}
