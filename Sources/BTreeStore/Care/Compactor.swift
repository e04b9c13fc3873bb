import Ground

/// A compaction at work. Between its transactions anything may happen to the store.
struct Compactor {
    private let core: Core
    private let progress: (CompactionProgress) -> Bool
    /// States that snapshots saw when it began, and still do. The pages that they see keep their places anyway, so those are left alone.
    private var held: [TransactionID] = []
    /// Whether something was left alone in the present round.
    private var hasPassedOver = false
    /// File size, in pages, at which snapshots that have begun since make the compaction give up: nil until it is known.
    private var growthLimit: PageCount?
    /// Pages made anew since the last flush.
    private var unflushedPages = 0
    private(set) var isCancelled = false
    private var isHindered = false

    private let stepPages: Int
    private static let stepByteCount = 1 << 20
    private static let stepsPerFlush = 4
    /// Rounds of filling, and of moving. A round of more than a step has another one after it only if it had half of the work of the one
    /// before: beside a writer that puts records everywhere there would be no last one.
    private static let roundLimit = 8
    private static let movingRoundLimit = 24

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

    private var newest: StoreState { core.published.newest }
    private var pipeline: CommitPipeline { core.pipeline }
    private var writer: Writer { core.writer }
    private var isStopped: Bool { isCancelled || isHindered }

    private mutating func begin() throws(StoreError) {
        try pipeline.inTurn(writer.loadSpace())
        if !core.file.isVolatile {
            held = try snapshotStates()
            let needsFlush = try pipeline.inTurn(writer.hasUnflushed || writer.needsUpkeep)
            // Snapshots that begin after the flush see another state than those that live now.
            if needsFlush || !held.isEmpty { try flush() }
            if needsFlush { try pipeline.keepUp() }
            setPlacement(FreeSpace.Compaction())
        }
        let pages = newest.view.reader.pageLimit.preceding
        growthLimit = pages + max(pages / 16, PageCount(Self.stepsPerFlush * stepPages))
    }

    // MARK: Snapshots in the way

    /// The states that snapshots see, here and elsewhere, and those that have names.
    private func snapshotStates() throws(StoreError) -> [TransactionID] {
        let named = try namedStates()
        return try core.published.entries().map(\.transaction) + named + core.file.readersElsewhere(below: newest.transaction.next)
    }

    private func namedStates() throws(StoreError) -> [TransactionID] {
        let state = try core.beginSnapshot()
        defer { core.endSnapshot(state.transaction) }
        return try NamedState.all(in: state.view).map(\.transaction)
    }

    private mutating func newestHeld() throws(StoreError) -> TransactionID {
        if held.isEmpty { return .none }
        let seen = try snapshotStates()
        held.removeAll { !seen.contains($0) }
        return held.max() ?? .none
    }

    /// Whether to repeat a round because a snapshot that was in its way has gone.
    private mutating func isAgain(since before: TransactionID) throws(StoreError) -> Bool {
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
        var before: TransactionID
        repeat {
            before = try newestHeld()
            hasPassedOver = false
            var start: [UInt8]? = []
            while let key = start, try goesOn(key) {
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
        var cleared: PageCount = 0
        var isMoved = false
        var last = Int.max
        for _ in 0..<Self.movingRoundLimit where !isStopped {
            let end = try contentsEnd()
            let values = try moveValues(from: end..<PageNumber.limit, ifTheyFit: true)
            let pages = try movePages(from: end..<PageNumber.limit)
            try settle()
            let moved = values.moved + pages
            isMoved = isMoved || moved > 0
            if moved > 0 {
                if moved > max(last / 2, stepPages) { break }
                last = moved
                continue
            }
            if values.waitingPages == 0 || cleared + 2 >= end.preceding || isStopped { break }
            // There is room, but not in one piece. More and more pages before the end make way, at worst all of them.
            cleared = min(max(cleared * 2, values.waitingPages), end - .first)
            let piece = end - cleared..<end
            growthLimit = growthLimit.map { $0 + cleared }
            setPlacement(FreeSpace.Compaction(cleared: piece))
            _ = try moveValues(from: piece, ifTheyFit: false)
            _ = try movePages(from: piece)
            try settle()
            setPlacement(FreeSpace.Compaction())
            last = .max
        }
        return isMoved
    }

    /// Where the file would end if nothing in it were free but what the next flushes need.
    private func contentsEnd() throws(StoreError) -> PageNumber {
        try pipeline.inTurn(contentsEndInTurn())
    }

    private func contentsEndInTurn() throws(StoreError) -> PageNumber {
        guard let space = try writer.releaseSpace() else { return .limit }
        let waiting = space.pinned[writer.durable.transaction, default: []].pageCount
        return space.highWater - space.free.count - waiting + PageCount(writer.tree.root.depth + 8)
    }

    private mutating func movePages(from places: Range<PageNumber>) throws(StoreError) -> Int {
        var moved = 0
        var before: TransactionID
        repeat {
            before = try newestHeld()
            hasPassedOver = false
            var start: [UInt8]? = []
            while let key = start, try goesOn(key) {
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
    /// - Parameter ifTheyFit: whether to move only those for which there is a place before `places`.
    /// - Returns: how many were moved, and the pages of those that there was no place for.
    private mutating func moveValues(
        from places: Range<PageNumber>, ifTheyFit: Bool
    ) throws(StoreError) -> (moved: Int, waitingPages: PageCount) {
        var moved = 0
        var waitingPages: PageCount = 0
        let writer = self.writer
        var start: [UInt8]? = []
        while let key = start, try goesOn(key) {
            let zone = Zone(pages: places, held: try newestHeld())
            let found = try look { (search) throws(StoreError) in try search.values(in: places, from: key) }
            try change(found.pages) { (tree) throws(StoreError) in
                var room = Room(writer.space?.free ?? PageBitmap(), before: places.lowerBound)
                for key in found.keys {
                    try withBytes(key) { (key) throws(StoreError) in
                        guard let run = try tree.run(of: key, in: zone) else { return }
                        let count = run.run(pageSize: tree.pageSize, capacity: tree.capacity).count
                        if ifTheyFit && !room.take(count) {
                            waitingPages += count
                            return
                        }
                        moved += 1
                        let value = try tree.view.reader.confirmedValue(in: run)
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
        private let end: PageNumber
        /// By length: the page before which there was no run of that length.
        private var starts: [PageCount: PageNumber] = [:]

        init(_ free: PageBitmap, before end: PageNumber) {
            self.free = free
            self.end = end
        }

        mutating func take(_ count: PageCount) -> Bool {
            guard let run = free.run(from: starts[count] ?? .none, atLeast: count), run.start + count <= end else { return false }
            free.remove(PageRun(start: run.start, count: count))
            starts[count] = run.start
            return true
        }
    }

    // MARK: The end of the file

    private func giveBack() throws(StoreError) {
        setPlacement(FreeSpace.Compaction(givesBackAll: true))
        defer { setPlacement(FreeSpace.Compaction()) }
        // The pages that one flush frees are out of use after the next.
        for _ in 0..<4 {
            let end = try contentsEnd()
            if try pipeline.inTurn(isGivenBack(from: end)) { break }
            try pipeline.flushNow()
        }
        try pipeline.inTurn(writer.cutTail())
    }

    /// Whether all pages from `end` on are given back. If the log is among them, has the next flush write it anew.
    private func isGivenBack(from end: PageNumber) -> Bool {
        guard let space = writer.space else { return true }
        let hasLog = space.log.chain.contains { $0.page >= end }
        if hasLog { writer.space?.log.giveUp() }
        return !hasLog && !space.isTailFree
    }

    private func setPlacement(_ placement: FreeSpace.Compaction?) {
        core.turn.take()
        writer.space?.compaction = placement
        core.turn.end()
    }

    // MARK: Steps

    /// Reports the progress, and asks whether to go on.
    private mutating func goesOn(_ key: [UInt8]) throws(StoreError) -> Bool {
        if isStopped { return false }
        let state = try core.beginSnapshot()
        defer { core.endSnapshot(state.transaction) }
        let rank = try withBytes(key, state.view.rank)
        let records = state.view.root.records
        let fraction = records == 0 ? 1 : Double(rank) / Double(records)
        let pages = state.view.reader.pageLimit.preceding.rawValue
        isCancelled = !progress(CompactionProgress(fraction: fraction, pages: pages))
        return !isCancelled
    }

    private mutating func look(
        _ body: (CompactionSearch) throws(StoreError) -> CompactionSearch.Found
    ) throws(StoreError) -> CompactionSearch.Found {
        let held = try newestHeld()
        let state = try core.beginSnapshot()
        defer { core.endSnapshot(state.transaction) }
        let found = try body(CompactionSearch(view: state.view, held: held, stepPages: stepPages))
        hasPassedOver = hasPassedOver || found.hasPassedOver
        return found
    }

    /// Runs one transaction, if there is something to do, and flushes from time to time, so that freed pages can be used.
    private mutating func change(_ pages: Int, _ body: (Tree) throws(StoreError) -> Void) throws(StoreError) {
        if pages == 0 { return }
        try pipeline.changeInTurn(body)
        unflushedPages += pages
        if unflushedPages >= Self.stepsPerFlush * stepPages { try flush() }
    }

    private mutating func flush() throws(StoreError) {
        unflushedPages = 0
        if core.file.isVolatile { return }
        try pipeline.inTurn(pipeline.claim())
        try pipeline.flushNow()
        if let growthLimit { isHindered = try pipeline.inTurn(isHindered(beyond: growthLimit)) }
    }

    /// Whether the file has become too large because of pages that snapshots keep.
    private func isHindered(beyond limit: PageCount) throws(StoreError) -> Bool {
        guard let space = try writer.releaseSpace(), space.highWater.preceding > limit else { return false }
        return space.pinned.contains { $0.key != writer.durable.transaction }
    }

    /// Flushes, so that the pages freed so far can be used.
    private mutating func settle() throws(StoreError) {
        if unflushedPages > 0 { try flush() }
    }
}
