/// One compaction, at work. Between its transactions anything may happen to the store.
struct Compactor {
    private let core: Core
    private let progress: (CompactionProgress) -> Bool
    /// States that snapshots saw when it began, and still do. Pages that they see keep their places whatever is done, so those are
    /// left alone.
    private var held: [UInt64] = []
    /// Something was left alone in the present round.
    private var hasPassedOver = false
    /// So many pages the file may have before snapshots that have begun since are reason to stop.
    private var growthLimit: UInt64 = 0
    /// Made anew since the last flush.
    private var unflushedPages = 0
    private(set) var isCancelled = false
    private var isHindered = false

    private let stepPages: Int
    private static let stepByteCount = 1 << 20
    private static let stepsPerFlush = 4
    /// A round of more than a step has another after it only if it had half of the work of the one before: beside a writer that puts records
    /// everywhere there would be no last one.
    private static let roundLimit = 8
    private static let clearingLimit = 24

    init(_ core: Core, _ progress: @escaping (CompactionProgress) -> Bool) {
        self.core = core
        self.progress = progress
        stepPages = max(8, min(256, Self.stepByteCount / core.pageSize))
    }

    mutating func run() throws(StoreError) {
        try begin()
        defer { setPlacement(nil) }
        // Where branches have joined, leaves that the ends of branches kept apart can.
        var last = Int.max
        for _ in 0..<Self.roundLimit where last > 0 {
            let pages = try fill()
            last = pages <= max(last / 2, stepPages) ? pages : 0
        }
        if core.file.isVolatile { return }
        // The free-space log gets shorter as well, and then there is a little more to move.
        for _ in 0..<3 {
            try settle()
            let isMoved = try moveToFront()
            try giveBack()
            if !isMoved || isStopped { return }
        }
    }

    private var newest: (view: TreeView, transaction: UInt64) { core.published.newest }
    private var isStopped: Bool { isCancelled || isHindered }

    private mutating func begin() throws(StoreError) {
        try core.inSlot { () throws(StoreError) in try core.writer.loadSpace(core) }
        if !core.file.isVolatile {
            held = try snapshotStates()
            let needsFlush = try core.inSlot { () throws(StoreError) in core.writer.hasUnflushed || core.writer.needsUpkeep }
            // Whoever begins a snapshot after that holds another state than those who have one now.
            if needsFlush || !held.isEmpty { try flush() }
            if needsFlush { try core.keepUp() }
            setPlacement(FreeSpace.Compaction())
        }
        let pages = newest.view.reader.pageLimit
        growthLimit = pages + max(pages / 16, UInt64(Self.stepsPerFlush * stepPages))
    }

    // MARK: Snapshots in the way

    /// The states that are seen, here and elsewhere.
    private func snapshotStates() throws(StoreError) -> [UInt64] {
        core.published.entries().map(\.transaction) + (try core.file.readersElsewhere(below: newest.transaction + 1))
    }

    private mutating func newestHeld() throws(StoreError) -> UInt64 {
        if held.isEmpty { return 0 }
        let seen = try snapshotStates()
        held.removeAll { !seen.contains($0) }
        return held.max() ?? 0
    }

    /// Whether a round had better be done again, as a snapshot has gone that was in its way.
    private mutating func isAgain(since before: UInt64) throws(StoreError) -> Bool {
        let isLess = try newestHeld() < before
        return hasPassedOver && isLess && !isStopped
    }

    // MARK: Filling pages

    /// - Returns: about how many pages were made anew.
    private mutating func fill() throws(StoreError) -> Int {
        var pages = 0
        var level = 1
        while level <= newest.view.root.level {
            pages += try fill(level: level)
            level += 1
        }
        return pages
    }

    private mutating func fill(level: Int) throws(StoreError) -> Int {
        var pages = 0
        var before: UInt64
        repeat {
            before = try newestHeld()
            hasPassedOver = false
            var start: [UInt8]? = []
            while let key = start, try goesOn(.filling, key) {
                let held = try newestHeld()
                let found = try look { (search) throws(StoreError) in try search.fillable(level: level, from: key) }
                let limit = stepPages
                try change(found.pages) { (tree) throws(StoreError) in
                    for key in found.keys {
                        try withBytes(key) { (key) throws(StoreError) in try tree.pack(key, level: level, held: held, limit: limit) }
                    }
                    try tree.shrinkRoot()
                }
                pages += found.pages
                start = found.next
            }
        } while try isAgain(since: before)
        return pages
    }

    // MARK: Moving pages

    /// - Returns: whether there was anything to move.
    private mutating func moveToFront() throws(StoreError) -> Bool {
        var cleared: UInt64 = 0
        var isMoved = false
        var last = Int.max
        for _ in 0..<Self.clearingLimit where !isStopped {
            let end = try contentsEnd()
            let values = try moveValues(from: end..<UInt64.max, ifTheyFit: true)
            let pages = try movePages(from: end..<UInt64.max)
            try settle()
            let moved = values.moved + pages
            isMoved = isMoved || moved > 0
            if moved > 0 {
                if moved > max(last / 2, stepPages) { break }
                last = moved
                continue
            }
            if values.waitingPages == 0 || cleared + 2 >= end || isStopped { break }
            // There is room, but not in one piece. More and more of what lies before the end makes way, at worst all of it.
            cleared = min(max(2 * cleared, values.waitingPages), end - 2)
            let piece = end - cleared..<end
            growthLimit += cleared
            setPlacement(FreeSpace.Compaction(cleared: piece))
            _ = try moveValues(from: piece, ifTheyFit: false)
            _ = try movePages(from: piece)
            try settle()
            setPlacement(FreeSpace.Compaction())
            last = .max
        }
        return isMoved
    }

    /// Where the file would end if nothing in it were free, and what the next flushes need.
    private func contentsEnd() throws(StoreError) -> UInt64 {
        try core.inSlot { () throws(StoreError) in
            let writer = core.writer
            guard let space = try writer.releaseSpace(core) else { return .max }
            let waiting = space.pinned[writer.durable.transaction, default: []].reduce(0) { $0 + $1.count }
            return space.highWater - space.free.count - waiting + UInt64(writer.tree.root.depth + 8)
        }
    }

    private mutating func movePages(from places: Range<UInt64>) throws(StoreError) -> Int {
        var moved = 0
        var before: UInt64
        repeat {
            before = try newestHeld()
            hasPassedOver = false
            var start: [UInt8]? = []
            while let key = start, try goesOn(.moving, key) {
                let zone = Zone(pages: places, held: try newestHeld())
                let found = try look { (search) throws(StoreError) in try search.pages(in: places, from: key) }
                try change(found.pages) { (tree) throws(StoreError) in
                    for key in found.keys {
                        try withBytes(key) { (key) throws(StoreError) in try tree.move(key, outOf: zone) }
                    }
                }
                moved += found.keys.count
                start = found.next
            }
        } while try isAgain(since: before)
        return moved
    }

    /// Moves large values, each of which needs its pages in a row.
    ///
    /// - Parameter ifTheyFit: only those for which there is a place before `places`.
    /// - Returns: how many, and the pages of those that there was no place for.
    private mutating func moveValues(
        from places: Range<UInt64>, ifTheyFit: Bool
    ) throws(StoreError) -> (moved: Int, waitingPages: UInt64) {
        var moved = 0
        var waitingPages: UInt64 = 0
        let core = self.core
        var start: [UInt8]? = []
        while let key = start, try goesOn(.moving, key) {
            let zone = Zone(pages: places, held: try newestHeld())
            let found = try look { (search) throws(StoreError) in try search.values(in: places, from: key) }
            try change(found.pages) { (tree) throws(StoreError) in
                var room = Room(core.writer.space?.free ?? PageBitmap(), before: places.lowerBound)
                for key in found.keys {
                    try withBytes(key) { (key) throws(StoreError) in
                        guard let run = try tree.run(of: key, in: zone) else { return }
                        let count = run.pageCount(pageSize: tree.pageSize)
                        if ifTheyFit && !room.take(count) {
                            waitingPages += count
                            return
                        }
                        moved += 1
                        let value = try tree.view.reader.value(in: run)
                        try withBytes(value.span) { (value) throws(StoreError) in _ = try tree.put(key, value) }
                    }
                }
            }
            start = found.next
        }
        return (moved, waitingPages)
    }

    /// The runs of free pages that the next flush will find.
    private struct Room {
        private var free: PageBitmap
        private let end: UInt64
        /// By length, where there was nothing before.
        private var starts: [UInt64: UInt64] = [:]

        init(_ free: PageBitmap, before end: UInt64) {
            self.free = free
            self.end = end
        }

        mutating func take(_ count: UInt64) -> Bool {
            guard let run = free.run(from: starts[count] ?? 0, atLeast: count), run.start + count <= end else { return false }
            free.remove(run.start, count)
            starts[count] = run.start
            return true
        }
    }

    // MARK: The end of the file

    private func giveBack() throws(StoreError) {
        setPlacement(FreeSpace.Compaction(givesBackAll: true))
        defer { setPlacement(FreeSpace.Compaction()) }
        // What a flush frees the one after the next can do without.
        for _ in 0..<4 {
            let end = try contentsEnd()
            let isDone = try core.inSlot { () throws(StoreError) in
                guard let space = core.writer.space else { return true }
                let hasLog = space.log.chain.contains { $0.page >= end }
                if hasLog { core.writer.space?.log.giveUp() }
                return !hasLog && !space.isTailFree
            }
            if isDone { break }
            try core.flushNow()
        }
        try core.inSlot { () throws(StoreError) in try core.writer.cutTail(core) }
    }

    private func setPlacement(_ placement: FreeSpace.Compaction?) {
        core.gate.enter()
        core.writer.space?.compaction = placement
        core.gate.leave()
    }

    // MARK: Steps

    /// Asks whether to go on.
    private mutating func goesOn(_ phase: CompactionProgress.Phase, _ key: [UInt8]) throws(StoreError) -> Bool {
        if isStopped { return false }
        let (view, transaction) = try core.beginSnapshot()
        defer { core.endSnapshot(transaction) }
        let rank = try withBytes(key) { (key) throws(StoreError) in try view.rank(key) }
        let fraction = view.root.records == 0 ? 1 : Double(rank) / Double(view.root.records)
        isCancelled = !progress(CompactionProgress(phase: phase, fraction: fraction, pages: view.reader.pageLimit))
        return !isCancelled
    }

    private mutating func look(
        _ body: (CompactionSearch) throws(StoreError) -> CompactionSearch.Found
    ) throws(StoreError) -> CompactionSearch.Found {
        let held = try newestHeld()
        let (view, transaction) = try core.beginSnapshot()
        defer { core.endSnapshot(transaction) }
        let found = try body(CompactionSearch(view: view, held: held, stepPages: stepPages))
        hasPassedOver = hasPassedOver || found.hasPassedOver
        return found
    }

    /// One transaction, if there is something to do; and a flush from time to time, so that what was free becomes so.
    private mutating func change(_ pages: Int, _ body: (Tree) throws(StoreError) -> Void) throws(StoreError) {
        if pages == 0 { return }
        try core.change(body)
        unflushedPages += pages
        if unflushedPages >= Self.stepsPerFlush * stepPages { try flush() }
    }

    private mutating func flush() throws(StoreError) {
        unflushedPages = 0
        if core.file.isVolatile { return }
        try core.inSlot { () throws(StoreError) in try core.writer.claimIfNeeded(core) }
        try core.flushNow()
        let limit = growthLimit
        if limit == 0 { return }
        isHindered = try core.inSlot { () throws(StoreError) in
            guard let space = try core.writer.releaseSpace(core), space.highWater > limit else { return false }
            return space.pinned.contains { $0.key != core.writer.durable.transaction }
        }
    }

    /// Has everything that was freed so far be free to use.
    private mutating func settle() throws(StoreError) {
        if unflushedPages > 0 { try flush() }
    }
}

extension Core {
    /// A transaction that changes where things are, not what they are.
    fileprivate func change(_ body: (Tree) throws(StoreError) -> Void) throws(StoreError) {
        gate.enter()
        defer { gate.leave() }
        try checkWritable()
        try writer.claimIfNeeded(self)
        writer.begin()
        do throws(StoreError) {
            try body(writer.tree)
            _ = try writer.commit(self, .none)
        } catch {
            if writer.isInTransaction { writer.rollback(self) }
            throw error
        }
    }
}
