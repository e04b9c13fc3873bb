// Writing to the file. A flush gives every changed page its place, children before parents, so that a parent can tell of its
// children's checksums, and writes them in as few runs as it can. That needs the writer's slot. Then, while others may change the
// tree, it writes the meta page that isn't the newest durable one, and syncs once. Until the meta page is there, nothing in the
// file leads to what was written.

extension Writer {
    /// From this many pages on, a flush syncs its data before it writes the meta page: opening after a crash then needs no walk.
    static let wholeFlushPages: UInt64 = 1000

    /// Makes the tree's state durable, all in the writer's slot.
    func flush(_ core: Core, whole: Bool, closes: Bool = false) throws(StoreError) {
        core.pipeline.waitUntilSynced()
        try finishFlush(core, beginFlush(core, whole: whole, closes: closes))
        isClaimed = true
    }

    /// The part that needs the writer's slot, and no flush under way: gives changed pages their places, writes them, and goes on
    /// with the tree as it is in the file.
    ///
    /// - Parameters:
    ///   - isCrowded: whether many wait for it.
    ///   - closes: whether nothing comes after it.
    /// - Returns: the meta page that makes it all count.
    func beginFlush(_ core: Core, whole: Bool, isCrowded: Bool = false, closes: Bool = false) throws(StoreError) -> MetaPage {
        self.isCrowded = isCrowded
        defer { self.isCrowded = false }
        var meta = durable
        do throws(StoreError) {
            try loadSpace(core)
            let version = takeVersion()
            let protected = try core.protectedStates(durable: durable.transaction, next: version)
            let buffer = flushBuffer(core)
            try cutTail(core)
            wantsFlush = false
            var dirty = DirtyPages(tree)
            try takeFreed(core, protected: protected, wanted: dirty.pageCount)
            space?.walkCuts(bornAfter: durable.transaction, protected: protected, reader: tree.view.reader)
            meta.journal = try placeJournal(core, buffer, version, protected, closes: closes)
            meta.root = try write(&dirty, buffer, core, version: version, logPages: 1)
            dirty.freeBases(in: &space, version: version, protected: protected)
            if !core.file.isVolatile, space?.isTailFree ?? false {
                space?.giveTailBack()
                shrunkAt = version
            }
            meta.space = try writeLog(buffer, core, version: version, protected: protected, spare: dirty.spare)
            try buffer.finish()
            meta.opening = core.opening
            meta.transaction = version
            meta.previous = durable.transaction
            meta.isWhole = whole || unsyncedPages > Self.wholeFlushPages
            meta.highWater = space?.highWater ?? durable.highWater
            try adopt(meta.root, core, dirty, version: version, publishes: true)
            tree.memory.trim()
            flushedRoot = meta.root
            journal.restart(meta)
            // No page is used again before this flush is durable, so its pages stay from now on.
            tree.durable = version
        } catch {
            buffer?.abandon()
            core.fallBack(to: durable, error)
            throw error
        }
        return meta
    }

    /// The part that waits for the disk, and leaves the tree alone.
    func finishFlush(_ core: Core, _ meta: MetaPage) throws(StoreError) {
        do throws(StoreError) {
            if meta.isWhole { try core.file.sync() }
            try writeBytes(meta.encoded(), core.file, at: UInt64(1 - slot) * UInt64(core.pageSize))
            try core.file.sync()
        } catch {
            core.fallBack(to: durable, error)
            throw error
        }
        durable = meta
        durableRecords = 0
        slot = 1 - slot
        unsyncedPages = 0
    }

    /// Writes the changed pages without a meta page, to have their memory back.
    /// - Returns: where they went.
    func spill(_ core: Core) throws(StoreError) -> [FreedRun] {
        var runs: [FreedRun] = []
        do throws(StoreError) {
            // The pages of the durable state are the ones to keep, and which state that is, is known once a flush is over.
            core.pipeline.waitUntilSynced()
            try core.checkWritable()
            try loadSpace(core)
            let version = takeVersion()
            let protected = try core.protectedStates(durable: durable.transaction, next: version)
            let buffer = flushBuffer(core)
            var dirty = DirtyPages(tree)
            try takeFreed(core, protected: protected, wanted: dirty.pageCount)
            let root = try write(&dirty, buffer, core, version: version, logPages: 0)
            dirty.freeBases(in: &space, version: version, protected: protected)
            try buffer.finish()
            runs = dirty.places.map { FreedRun(start: $0.start, count: $0.count, birth: version, freed: 0) }
            try adopt(root, core, dirty, version: version, publishes: !isInTransaction)
        } catch {
            // Nobody knows what the disk kept, so nothing more is written, and what was applied can't become durable.
            buffer?.abandon()
            core.fallBack(to: durable, error)
            throw error
        }
        return runs
    }

    /// Brings the free pages up to date.
    private func takeFreed(_ core: Core, protected: [UInt64], wanted: UInt64) throws(StoreError) {
        space?.release(protected: protected)
        space?.absorb(tree.freed, protected: protected)
        space?.absorb(tree.cuts)
        tree.freed = []
        tree.cuts = []
        // Whether the file may grow depends on how much of it is free.
        let wanted = isCrowded ? max(wanted, (space?.highWater ?? 0) / 4) : wanted
        space?.walkCuts(wanted: wanted + 8, protected: protected, durable: durable.transaction, reader: tree.view.reader)
    }

    /// Gives the changed pages their places and writes them.
    /// - Returns: the root as it is in the file.
    private func write(
        _ dirty: inout DirtyPages, _ buffer: FlushBuffer, _ core: Core, version: UInt64, logPages: UInt64
    ) throws(StoreError) -> Root {
        let path = core.file.path
        for run in dirty.runs {
            let place = try allocateRun(run.page.byteCount / core.pageSize, path)
            dirty.places.append(place)
        }
        let singles = UInt64(dirty.pages.count) + logPages
        let places = try allocate(singles, path)
        dirty.places += places
        try growFile(core, buffer, pages: dirty.pageCount + logPages)

        for (index, run) in dirty.runs.enumerated() {
            clearVerified(dirty.places[index])
            try buffer.append(run: run.page, valueByteCount: run.valueByteCount, number: dirty.places[index].start)
        }
        var numbers = places.lazy.flatMap { $0.start..<$0.end }.makeIterator()
        for page in dirty.pages {
            guard let number = numbers.next() else { preconditionFailure("fewer places than pages") }
            clearVerified(PageRun(start: number, count: 1))
            try buffer.append(page, number: number, birth: version)
        }
        while let number = numbers.next() { dirty.spare.append(number) }
        unsyncedPages += dirty.pageCount
        var root = tree.root
        if !root.isEmpty && root.reference.isInMemory { root.reference = root.reference.flushed(birth: version) }
        return root
    }

    /// Writes the free-space log's new entries, together with what its own pages change.
    /// - Parameter spare: places for its pages that were allocated with the tree's.
    private func writeLog(
        _ buffer: FlushBuffer, _ core: Core, version: UInt64, protected: [UInt64], spare: [UInt64]
    ) throws(StoreError) -> PageReference {
        guard var space else { preconditionFailure("the free space was not read") }
        self.space = nil  // or changing it would copy it
        defer { self.space = space }
        let pageSize = core.pageSize

        var kept = space.log.chain
        let condenses = space.shouldCondense(pageSize: pageSize)
        let replaced = condenses ? kept : kept.suffix(1)
        kept.removeLast(replaced.count)
        space.absorb(
            replaced.map { FreedRun(start: $0.page, count: 1, birth: $0.birth, freed: version) }, protected: protected)

        var places = spare
        var contents: [ArraySlice<UInt8>]
        while true {
            // Allocating is an entry of its own, so this settles only when there is room for all of them.
            let bytes = condenses ? space.condensed() : space.log.tail + space.log.pending
            contents = SpaceLog.pages(of: bytes, pageSize: pageSize)
            if contents.count <= places.count { break }
            for run in try space.allocate(UInt64(contents.count - places.count), isCrowded: isCrowded, path: core.file.path) {
                places += run.start..<run.end
            }
        }
        while contents.count < places.count { contents.append([]) }
        for (number, entries) in zip(places, contents) {
            clearVerified(PageRun(start: number, count: 1))
            let count = SpaceLog.Entry.count(in: entries)
            kept.append(
                try buffer.append(
                    logPage: entries, count: count, previous: kept.last ?? PageReference(), number: number, birth: version))
        }
        unsyncedPages += UInt64(places.count)
        space.log.chain = kept
        space.log.tail = Array(contents.last ?? [])
        space.log.clearPending()
        return kept.last ?? PageReference()
    }

    private func allocate(_ count: UInt64, _ path: String) throws(StoreError) -> [PageRun] {
        guard space != nil else { return [] }
        return try space!.allocate(count, isCrowded: isCrowded, path: path)
    }

    private func allocateRun(_ count: Int, _ path: String) throws(StoreError) -> PageRun {
        guard space != nil else { preconditionFailure("the free space was not read") }
        return try space!.allocateRun(UInt64(count), path: path)
    }

    private func clearVerified(_ run: PageRun) {
        for page in run.start..<run.end where page < UInt64(tree.view.reader.mapping.byteCount / tree.pageSize) {
            tree.view.reader.mapping.clearVerified(page)
        }
    }

    /// Tree pages that were written here needn't be verified when they are read: the page cache has what was in memory.
    private func noteVerified(_ dirty: DirtyPages) {
        let mapping = tree.view.reader.mapping
        let limit = UInt64(mapping.byteCount / tree.pageSize)
        for run in dirty.places.prefix(dirty.runs.count) where run.end <= limit { mapping.setVerifiedRun(run.start) }
        // Behind those of the tree is what is left over for the log.
        let pages = dirty.places.dropFirst(dirty.runs.count).lazy.flatMap { $0.start..<$0.end }
        for page in pages.prefix(dirty.pages.count) where page < limit { mapping.setVerified(page) }
    }

    /// A small flush goes into space that was written before, which a sync is quicker with; so the file grows by steps of zeros.
    private func growFile(_ core: Core, _ buffer: FlushBuffer, pages: UInt64) throws(StoreError) {
        guard let space, !core.file.isVolatile, pages <= 64 else { return }
        let pageSize = UInt64(core.pageSize)
        // A few more for the pages of the log, if those can't be had elsewhere.
        let needed = (space.highWater + (space.free.count < 4 ? 4 : 0)) * pageSize
        let current = try knownByteCount(core)
        guard needed > current else { return }
        // The first steps after opening are small: one commit of few pages shall not pay for the growth of many.
        let step = min(max(current / 8, 16 * pageSize), growthPages * pageSize, 4 << 20)
        growthPages = min(2 * growthPages, 1 << 20)
        let target = (needed + step) / pageSize * pageSize
        try buffer.writeZeros(from: current, to: target)
        fileByteCount = target
    }

    /// Bytes of the file.
    func knownByteCount(_ core: Core) throws(StoreError) -> UInt64 {
        if let fileByteCount { return fileByteCount }
        let byteCount = try core.file.byteCount()
        fileByteCount = byteCount
        return byteCount
    }

    /// From here on the tree is what was written.
    private func adopt(_ root: Root, _ core: Core, _ dirty: DirtyPages, version: UInt64, publishes: Bool) throws(StoreError) {
        noteVerified(dirty)
        tree.version = version
        if !tree.root.isEmpty { tree.retireSubtree(tree.root.reference, level: tree.root.level, since: 0) }
        tree.root = root
        if let space {
            if let known = fileByteCount { fileByteCount = max(known, space.highWater * UInt64(core.pageSize)) }
            tree.view.reader.pageLimit = space.highWater
            let end = space.highWater * UInt64(core.pageSize)
            if end > UInt64(tree.view.reader.mapping.byteCount) {
                let mapping = tree.view.reader.mapping
                tree.view.reader.mapping = try Mapping.reserve(core.file, pageSize: core.pageSize, atLeast: end, previous: mapping)
            }
        }
        if publishes { try core.publish(tree.view, version) }
        reclaimMemory(core)
        tree.version = takeVersion()
    }
}
