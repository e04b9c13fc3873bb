/// Which pages the next flush may use.
///
/// A page that was born at b and freed at f belongs to the states in [b, f). It may be used again as soon as none of those is
/// protected: by a snapshot here or in another process, or because a crash would fall back to it. A page that must wait is
/// kept under the newest protected state that needs it, its blocker; it is looked at again only when that one has gone.
///
/// Every change is also an entry in the free-space log, which the next flush writes.
struct FreeSpace {
    private(set) var free = PageBitmap()
    private(set) var pinned: [UInt64: [FreedRun]] = [:]
    private(set) var cuts: [CutSubtree] = []
    /// Pages from here on were never used.
    private(set) var highWater: UInt64
    var log = SpaceLog()
    /// While the file is compacted.
    var compaction: Compaction?

    /// What a compaction asks for: the pages nearest to the front, and the end of the file given back, however short.
    struct Compaction {
        /// Pages that stay free, to become one piece.
        var cleared: Range<UInt64> = 0..<0
        var givesBackAll = false
    }

    init(highWater: UInt64) {
        self.highWater = highWater
    }

    var pinnedCount: UInt64 {
        pinned.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } }
    }

    // MARK: Taking pages in

    /// Takes in what transactions freed. `protected` are the states that must stay, in ascending order.
    ///
    /// References are followed here that nobody has followed to their pages: what the file doesn't have can't be free.
    mutating func absorb(_ runs: [FreedRun], protected: [UInt64]) {
        for run in Self.joined(runs) where run.start >= 2 && run.start + run.count <= highWater {
            log.append(.freed(run))
            place(run, protected)
        }
    }

    mutating func absorb(_ newCuts: [CutSubtree]) {
        for cut in newCuts where cut.reference.page < highWater {
            log.append(.cut(cut))
            cuts.append(cut)
        }
    }

    /// Looks again at the pages whose blocker is no longer protected.
    mutating func release(protected: [UInt64]) {
        for blocker in pinned.keys.sorted() where !protected.containsSorted(blocker) {
            for run in pinned.removeValue(forKey: blocker) ?? [] { place(run, protected) }
        }
    }

    private mutating func place(_ run: FreedRun, _ protected: [UInt64]) {
        if let blocker = protected.last(below: run.freed), blocker >= run.birth {
            pinned[blocker, default: []].append(run)
        } else {
            free.insert(run.start, run.count)
        }
    }

    /// Neighbours with the same lifetime as one.
    private static func joined(_ runs: [FreedRun]) -> [FreedRun] {
        var result: [FreedRun] = []
        for run in runs.sorted(by: { $0.start < $1.start }) {
            if let last = result.last, last.start + last.count == run.start, last.birth == run.birth, last.freed == run.freed {
                result[result.count - 1].count += run.count
            } else {
                result.append(run)
            }
        }
        return result
    }

    // MARK: After a rollback

    /// Takes older pages and subtrees back that a transaction from `first` on had freed. They are all here, waiting.
    mutating func restore(freedSince first: UInt64) {
        for (blocker, runs) in pinned {
            let restored = runs.filter { $0.freed >= first && $0.birth < first }
            if restored.isEmpty { continue }
            pinned[blocker] = runs.filter { $0.freed < first || $0.birth >= first }
            for run in restored { log.append(.take(PageRun(start: run.start, count: run.count))) }
        }
        for cut in cuts where cut.freed >= first { log.append(.walked(cut.reference.page)) }
        cuts.removeAll { $0.freed >= first }
    }

    /// Removes what is free, or waits after being born from `first` on, from a set of pages.
    func removeFree(from pages: inout PageBitmap, bornSince first: UInt64) {
        var rest = pages
        pages.forEachRun { run in
            var start = run.start
            while let part = free.run(from: start, to: run.end) {
                rest.remove(part.start, part.count)
                start = part.end
            }
        }
        for run in pinned.values.joined() where run.birth >= first { rest.remove(run.start, run.count) }
        pages = rest
    }

    // MARK: Giving pages out

    /// Up to this many pages are looked for in one or two runs first: many runs make a sync slow.
    private static let smallFlush: UInt64 = 64
    /// Of the file's pages, the part that may be free before scattered ones are used for a flush that many wait for.
    private static let freePart: UInt64 = 8

    /// Pages for a flush: free ones as long as there are any, in few runs where that can be had.
    ///
    /// - Parameter isCrowded: whether many wait for the flush. Each of them has freed a leaf somewhere, so their flush would be
    ///   as scattered; instead the file grows a little, until an eighth of it is free.
    /// - Throws: `fileTooLarge` when page numbers run out.
    mutating func allocate(_ count: UInt64, isCrowded: Bool, path: String) throws(StoreError) -> [PageRun] {
        var runs: [PageRun] = []
        var rest = count
        free.skipEmptyWords()
        if compaction != nil {
            gather(leastRun: 1, &runs, &rest)
        } else if count <= Self.smallFlush {
            for run in oneOrTwoRuns(count) { take(run, &runs, &rest) }
        }
        if rest > 0 && isCrowded && free.count < highWater / Self.freePart {
            gather(leastRun: min(max(count / 4, 8), Self.smallFlush), &runs, &rest)
        } else if rest > 0 {
            // What there is, however scattered, before the file grows: larger pieces first.
            gather(leastRun: 8, &runs, &rest)
            gather(leastRun: 1, &runs, &rest)
        }
        if rest > 0 {
            guard highWater + rest < PageReference.memoryBit else { throw .fileTooLarge(path: path) }
            runs.append(PageRun(start: highWater, count: rest))
            highWater += rest
        }
        return runs
    }

    /// Consecutive pages, for an overflow run.
    mutating func allocateRun(_ count: UInt64, path: String) throws(StoreError) -> PageRun {
        var runs: [PageRun] = []
        var rest = count
        if let run = firstFit(count) {
            take(run, &runs, &rest)
            return run
        }
        guard highWater + count < PageReference.memoryBit else { throw .fileTooLarge(path: path) }
        highWater += count
        return PageRun(start: highWater - count, count: count)
    }

    /// A run of so many pages, or the largest there is and, if that can be had, one for the rest. A flush of a path and a log page leaves all but the
    /// leaf for the flush after next, so two runs are what a file that doesn't grow mostly has.
    private func oneOrTwoRuns(_ count: UInt64) -> [PageRun] {
        var largest = PageRun(start: 0, count: 0)
        var start: UInt64 = 0
        // Far into a large and scattered file it isn't worth looking.
        for _ in 0..<4096 {
            guard let run = free.run(from: start) else { break }
            if run.count >= count { return [PageRun(start: run.start, count: count)] }
            if run.count > largest.count { largest = run }
            start = run.end
        }
        guard largest.count > 0 else { return [] }
        let rest = count - largest.count
        var other = free.run(from: 0, atLeast: rest)
        if other?.start == largest.start { other = free.run(from: largest.end, atLeast: rest) }
        return other.map { [largest, PageRun(start: $0.start, count: rest)] } ?? [largest]
    }

    private func firstFit(_ count: UInt64) -> PageRun? {
        guard free.count >= count else { return nil }
        var start: UInt64 = 0
        while let run = nextRun(from: start) {
            if run.count >= count { return PageRun(start: run.start, count: count) }
            start = run.end
        }
        return nil
    }

    /// The first run at or after `start` that a flush may use.
    private func nextRun(from start: UInt64) -> PageRun? {
        guard let cleared = compaction?.cleared, !cleared.isEmpty else { return free.run(from: start) }
        return free.run(from: start, to: cleared.lowerBound) ?? free.run(from: max(start, cleared.upperBound))
    }

    private mutating func gather(leastRun: UInt64, _ runs: inout [PageRun], _ rest: inout UInt64) {
        var start: UInt64 = 0
        while rest > 0, let run = nextRun(from: start) {
            start = run.end
            if run.count >= min(leastRun, rest) {
                take(PageRun(start: run.start, count: min(run.count, rest)), &runs, &rest)
            }
        }
    }

    private mutating func take(_ run: PageRun, _ runs: inout [PageRun], _ rest: inout UInt64) {
        free.remove(run.start, run.count)
        log.append(.take(run))
        runs.append(run)
        rest -= run.count
    }

    // MARK: The end of the file

    /// Whether so much at the end is free that the file may be shorter: a good part of it, or it would soon grow again.
    var isTailFree: Bool {
        free.count(before: highWater) >= (compaction?.givesBackAll ?? false ? 1 : max(highWater / 8, 64))
    }

    /// Gives the free pages at the end back. The log must not speak of them any more, so the next flush writes it anew.
    mutating func giveTailBack() {
        let count = free.count(before: highWater)
        free.remove(highWater - count, count)
        highWater -= count
        log.giveUp()
    }

    // MARK: Cut subtrees

    /// Looks into cut subtrees until `wanted` pages are free, or none is left whose pages could be.
    /// - Returns: into how many.
    @discardableResult
    mutating func walkCuts(
        wanted: UInt64, atMost steps: Int = .max, protected: [UInt64], durable: UInt64, reader: PageReader
    ) -> Int {
        var waiting: [CutSubtree] = []
        var walks: UInt64 = 0
        var count = 0
        while free.count < wanted, count < steps, !isBeyond(&walks), let cut = cuts.popLast() {
            if let blocker = protected.last(below: cut.freed), blocker >= cut.reference.birth {
                waiting.append(cut)
                continue
            }
            walk(cut, protected: protected, durable: durable, reader: reader)
            count += 1
        }
        cuts += waiting
        return count
    }

    /// Looks into the cut subtrees that were written after the state `durable`: no sync has covered them, and a crash may take
    /// their pages and leave the log that tells of them.
    mutating func walkCuts(bornAfter durable: UInt64, protected: [UInt64], reader: PageReader) {
        var walks: UInt64 = 0
        while case let unsynced = cuts.filter({ $0.reference.birth > durable }), !unsynced.isEmpty {
            cuts.removeAll { $0.reference.birth > durable }
            for cut in unsynced where !isBeyond(&walks) { walk(cut, protected: protected, durable: durable, reader: reader) }
        }
    }

    /// Counts what is looked into. The file has no more pages to look into than it has pages: where there seem to be more, several
    /// references lead to one, in a file that was made to do harm. Its subtrees are let go of, or there would be no end of it.
    private mutating func isBeyond(_ walks: inout UInt64) -> Bool {
        walks += 1
        if walks <= highWater { return false }
        for cut in cuts { log.append(.walked(cut.reference.page)) }
        cuts = []
        return true
    }

    /// Frees or cuts what lies under a subtree's root, and frees the root.
    private mutating func walk(_ cut: CutSubtree, protected: [UInt64], durable: UInt64, reader: PageReader) {
        log.append(.walked(cut.reference.page))
        // A damaged page's subtree is lost to reuse, not to anyone else; `check` reports its pages.
        guard let page = try? reader.page(cut.reference, level: cut.level) else { return }
        // The log of the durable state leads to this page, so it must stay what it is until there is another durable state.
        let root = FreedRun(start: cut.reference.page, count: 1, birth: cut.reference.birth, freed: cut.freed)
        log.append(.freed(root))
        if root.birth <= durable { pinned[durable, default: []].append(root) } else { place(root, protected) }
        var runs: [FreedRun] = []
        var children: [CutSubtree] = []
        for index in 0..<page.count {
            if cut.level > 0 {
                let child = page.child(index)
                if cut.level > 1 || child.mayOverflow {
                    children.append(CutSubtree(reference: child, level: cut.level - 1, freed: cut.freed))
                } else {
                    runs.append(FreedRun(start: child.page, count: 1, birth: child.birth, freed: cut.freed))
                }
            } else if page.leafCell(index).isOverflow {
                let run = page.leafCell(index).run
                runs.append(
                    FreedRun(
                        start: run.page, count: run.pageCount(pageSize: reader.pageSize), birth: run.birth, freed: cut.freed))
            }
        }
        absorb(runs, protected: protected)
        absorb(children)
    }

    // MARK: The log

    /// The fewest entries that say the same, encoded. There may be very many, so there is no array of them.
    func condensed() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(condensedByteCount)
        free.forEachRun { SpaceLog.Entry.free($0).encode(to: &bytes) }
        for blocker in pinned.keys.sorted() {
            for run in pinned[blocker] ?? [] { SpaceLog.Entry.freed(run).encode(to: &bytes) }
        }
        for cut in cuts { SpaceLog.Entry.cut(cut).encode(to: &bytes) }
        return bytes
    }

    /// Whether the log is so long that it should be written anew. Finding out takes a look at everything, so that is done seldom.
    mutating func shouldCondense(pageSize: Int) -> Bool {
        log.isLong(pageSize: pageSize) && log.shouldCondense(pageSize: pageSize, sumByteCount: condensedByteCount)
    }

    /// Bytes of those entries, found without making them.
    private var condensedByteCount: Int {
        var runs = 0
        free.forEachRun { _ in runs += 1 }
        return runs * SpaceLog.Entry.byteCount(1) + pinned.values.reduce(0) { $0 + $1.count } * SpaceLog.Entry.byteCount(2)
            + cuts.count * SpaceLog.Entry.byteCount(4)
    }

    /// Takes the state from the log's entries, oldest first.
    /// - Returns: false if they speak of pages that the file doesn't have.
    mutating func replay(_ entries: [SpaceLog.Entry], protected: [UInt64]) -> Bool {
        var present = PageBitmap()
        var runs: [FreedRun] = []
        var cutsByPage: [UInt64: CutSubtree] = [:]
        for entry in entries {
            if let run = entry.run, run.start < 2 || run.end > highWater || run.count == 0 { return false }
            switch entry {
            case .free(let run):
                present.insert(run.start, run.count)
                runs.append(FreedRun(start: run.start, count: run.count, birth: 0, freed: 0))
            case .freed(let run):
                present.insert(run.start, run.count)
                runs.append(run)
            case .take(let run): present.remove(run.start, run.count)
            case .cut(let cut): cutsByPage[cut.reference.page] = cut
            case .walked(let page): cutsByPage[page] = nil
            }
        }
        // Of several entries about a page the newest holds.
        for run in runs.reversed() {
            let end = run.start + run.count
            var start = run.start
            while let part = present.run(from: start, to: end) {
                present.remove(part.start, part.count)
                place(FreedRun(start: part.start, count: part.count, birth: run.birth, freed: run.freed), protected)
                start = part.end
            }
        }
        cuts = cutsByPage.values.sorted { $0.reference.page < $1.reference.page }
        return true
    }
}

extension [UInt64] {
    /// Of an ascending array: the greatest element below `limit`.
    func last(below limit: UInt64) -> UInt64? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < limit { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? self[low - 1] : nil
    }

    func containsSorted(_ element: UInt64) -> Bool {
        element < .max && last(below: element + 1) == element
    }
}
