/// The pages that the next flush may use.
///
/// A page may be used again as soon as none of the states that have it is protected: by a snapshot here or in another process, or
/// because a crash would fall back to that state. A page that must wait is kept under the newest protected state that has it, its
/// blocker, and is examined again only when the blocker has gone.
///
/// Every change is also an entry in the free-space log, which the next flush writes.
struct FreeSpace {
    private(set) var free = PageBitmap()
    /// Pages that wait, by their blockers.
    private(set) var pinned: [TransactionID: [FreedRun]] = [:]
    private(set) var cuts: [CutSubtree] = []
    /// The first page that was never used.
    private(set) var highWater: PageNumber
    var log = SpaceLog()
    /// Set while the file is compacted.
    var compaction: Compaction?

    /// The wishes of a compaction, which always takes the free pages nearest to the front.
    struct Compaction {
        /// Pages that stay free, to become one piece.
        var cleared: Range<PageNumber>?
        /// Whether the free end of the file is given back however short it is.
        var givesBackAll = false
    }

    init(highWater: PageNumber) {
        self.highWater = highWater
    }

    var pinnedCount: PageCount { pinned.values.reduce(0) { $0 + $1.pageCount } }

    // MARK: Taking pages in

    /// Takes in pages that transactions freed.
    ///
    /// Nobody may have followed the references to them. So pages that the file doesn't have are left out.
    mutating func absorb(_ freed: [FreedRun], protected: ProtectedStates) {
        for freed in Self.joined(freed) where freed.run.start >= .first && freed.run.end <= highWater {
            log.append(.freed(freed))
            place(freed, protected)
        }
    }

    mutating func absorb(_ newCuts: [CutSubtree]) {
        for cut in newCuts where cut.reference.page < highWater {
            log.append(.cut(cut))
            cuts.append(cut)
        }
    }

    /// Examines the pages again whose blocker is no longer protected.
    mutating func release(protected: ProtectedStates) {
        for blocker in pinned.keys.sorted() where !protected.contains(blocker) {
            for freed in pinned.removeValue(forKey: blocker) ?? [] { place(freed, protected) }
        }
    }

    private mutating func place(_ freed: FreedRun, _ protected: ProtectedStates) {
        if let blocker = protected.newest(from: freed.birth, before: freed.freed) {
            pinned[blocker, default: []].append(freed)
        } else {
            free.insert(freed.run)
        }
    }

    /// Joins neighbours of the same lifetime.
    private static func joined(_ freed: [FreedRun]) -> [FreedRun] {
        var result: [FreedRun] = []
        for next in freed.sorted(by: { $0.run.start < $1.run.start }) {
            if let last = result.last, last.run.end == next.run.start, last.birth == next.birth, last.freed == next.freed {
                result[result.count - 1].run.count += next.run.count
            } else {
                result.append(next)
            }
        }
        return result
    }

    // MARK: After a rollback

    /// Takes back the older pages and subtrees that a transaction from `first` on had freed. They are all here, waiting.
    mutating func restore(freedSince first: TransactionID) {
        for (blocker, waiting) in pinned {
            let restored = waiting.filter { $0.freed >= first && $0.birth < first }
            if restored.isEmpty { continue }
            pinned[blocker] = waiting.filter { $0.freed < first || $0.birth >= first }
            for freed in restored { log.append(.take(freed.run)) }
        }
        for cut in cuts where cut.freed >= first { log.append(.walked(cut.reference.page)) }
        cuts.removeAll { $0.freed >= first }
    }

    /// Removes from a set the pages that are free, or that wait and were born from `first` on.
    func removeFree(from pages: inout PageBitmap, bornSince first: TransactionID) {
        var rest = pages
        pages.forEachRun { run in
            var start = run.start
            while let part = free.run(from: start, to: run.end) {
                rest.remove(part)
                start = part.end
            }
        }
        for freed in pinned.values.joined() where freed.birth >= first { rest.remove(freed.run) }
        pages = rest
    }

    // MARK: Giving pages out

    /// Up to this many pages are looked for in one or two runs first: many runs make a sync slow.
    private static let smallFlush: PageCount = 64
    /// The part of the file's pages, one in `freePart`, that may be free before a flush that many wait for uses scattered ones.
    private static let freePart: UInt64 = 8

    /// Pages for a flush: free ones as long as there are any, in few runs where that is possible.
    ///
    /// - Parameter isCrowded: whether many wait for the flush. Each of them has freed a leaf somewhere, so the flush would be as
    ///   scattered as those leaves; the file grows a little instead, until an eighth of it is free.
    /// - Throws: `fileTooLarge` when page numbers run out.
    mutating func allocate(_ count: PageCount, isCrowded: Bool, path: String) throws(StoreError) -> [PageRun] {
        var runs: [PageRun] = []
        var rest = count
        free.skipEmptyWords()
        if compaction != nil {
            gather(leastRun: 1, &runs, &rest)
        } else if count <= Self.smallFlush {
            for run in oneOrTwoRuns(count) { take(run, &runs, &rest) }
        }
        if rest > 0 && isCrowded && free.count < highWater.preceding / Self.freePart {
            gather(leastRun: min(max(count / 4, 8), Self.smallFlush), &runs, &rest)
        } else if rest > 0 {
            // All free pages, however scattered, before the file grows: larger pieces first.
            gather(leastRun: 8, &runs, &rest)
            gather(leastRun: 1, &runs, &rest)
        }
        if rest > 0 { runs.append(try grow(by: rest, path: path)) }
        return runs
    }

    /// Consecutive pages, for an overflow run.
    mutating func allocateRun(_ count: PageCount, path: String) throws(StoreError) -> PageRun {
        guard let run = firstFit(count) else { return try grow(by: count, path: path) }
        take(run)
        return run
    }

    private mutating func grow(by count: PageCount, path: String) throws(StoreError) -> PageRun {
        let run = PageRun(start: highWater, count: count)
        guard run.end < .limit else { throw .fileTooLarge(path: path) }
        highWater = run.end
        return run
    }

    /// A run of `count` pages, or else the largest one and, if there is one, another for the rest. The flush after next finds all pages
    /// but the leaf that a flush of one path and a log page frees, so a file that doesn't grow mostly has two runs.
    private mutating func oneOrTwoRuns(_ count: PageCount) -> [PageRun] {
        if let run = free.run(from: .none, atLeast: count) { return [PageRun(start: run.start, count: count)] }
        guard let largest = free.run(from: .none, atLeast: free.longestRun()), largest.count < count else { return [] }
        let rest = count - largest.count
        var other = free.run(from: .none, atLeast: rest)
        if other?.start == largest.start { other = free.run(from: largest.end, atLeast: rest) }
        return other.map { [largest, PageRun(start: $0.start, count: rest)] } ?? [largest]
    }

    /// The first run of at least `count` free pages.
    mutating func firstRun(atLeast count: PageCount) -> PageRun? { free.run(from: .none, atLeast: count) }

    private mutating func firstFit(_ count: PageCount) -> PageRun? {
        guard free.count >= count, let run = nextRun(from: .none, atLeast: count) else { return nil }
        return PageRun(start: run.start, count: count)
    }

    /// The first run of `count` pages or more, at or after `start`, that a flush may use.
    private mutating func nextRun(from start: PageNumber, atLeast count: PageCount) -> PageRun? {
        guard let cleared = compaction?.cleared else { return free.run(from: start, atLeast: count) }
        return free.run(from: start, atLeast: count, to: cleared.lowerBound)
            ?? free.run(from: max(start, cleared.upperBound), atLeast: count)
    }

    private mutating func gather(leastRun: PageCount, _ runs: inout [PageRun], _ rest: inout PageCount) {
        var start = PageNumber.none
        while rest > 0, let run = nextRun(from: start, atLeast: min(leastRun, rest)) {
            start = run.end
            take(PageRun(start: run.start, count: min(run.count, rest)), &runs, &rest)
        }
    }

    private mutating func take(_ run: PageRun) {
        free.remove(run)
        log.append(.take(run))
    }

    private mutating func take(_ run: PageRun, _ runs: inout [PageRun], _ rest: inout PageCount) {
        take(run)
        runs.append(run)
        rest -= run.count
    }

    // MARK: The end of the file

    /// Whether enough pages at the end are free to shorten the file: an eighth, since after less it would soon grow again.
    var isTailFree: Bool {
        free.count(before: highWater) >= (compaction?.givesBackAll ?? false ? 1 : max(highWater.preceding / 8, 64))
    }

    /// Gives the free pages at the end back. The log must not speak of them any more, so the next flush writes its sum.
    mutating func giveTailBack() {
        let tail = PageRun(start: highWater - free.count(before: highWater), end: highWater)
        free.remove(tail)
        highWater = tail.start
        log.giveUp()
    }

    // MARK: Cut subtrees

    /// Whether there are some that none of these states has.
    func hasCuts(unseenBy states: ProtectedStates) -> Bool { cuts.contains { !$0.isSeen(states) } }

    /// The roots of the subtrees that `walkCuts` goes through next, at most `count`.
    func nextCuts(_ count: Int, protected: ProtectedStates) -> [PageNumber] {
        cuts.reversed().lazy.filter { !$0.isSeen(protected) }.prefix(count).map(\.reference.page)
    }

    /// Goes through cut subtrees until `wanted` pages are free, or none is left whose pages could be.
    ///
    /// - Parameter roots: the roots of those to go through: nil for all.
    mutating func walkCuts(
        wanted: PageCount?, among roots: Set<PageNumber>? = nil, protected: ProtectedStates, newestFlush: TransactionID, reader: PageReader
    ) {
        var waiting: [CutSubtree] = []
        var walks: PageCount = 0
        var rest = roots?.count ?? .max
        while wanted.map({ free.count < $0 }) ?? true, rest > 0, !isBeyond(&walks), let cut = cuts.popLast() {
            if cut.isSeen(protected) || !(roots?.contains(cut.reference.page) ?? true) {
                waiting.append(cut)
                continue
            }
            walk(cut, protected: protected, newestFlush: newestFlush, reader: reader)
            rest -= 1
        }
        cuts += waiting
    }

    /// Goes through the cut subtrees that were written after the state `newestFlush`: no sync has covered them, and a crash may take their
    /// pages and leave the log that tells of them.
    mutating func walkCuts(bornAfter newestFlush: TransactionID, protected: ProtectedStates, reader: PageReader) {
        var walks: PageCount = 0
        while case let unsynced = cuts.filter({ $0.reference.birth > newestFlush }), !unsynced.isEmpty {
            cuts.removeAll { $0.reference.birth > newestFlush }
            for cut in unsynced where !isBeyond(&walks) { walk(cut, protected: protected, newestFlush: newestFlush, reader: reader) }
        }
    }

    /// Counts the steps of a walk, and gives up all cuts when there are more steps than the file has pages: then several references lead
    /// to one page, in a crafted file, and the walk might have no end.
    private mutating func isBeyond(_ walks: inout PageCount) -> Bool {
        walks += 1
        if walks <= highWater.preceding { return false }
        for cut in cuts { log.append(.walked(cut.reference.page)) }
        cuts = []
        return true
    }

    /// Frees or cuts what lies under a subtree's root, and frees the root.
    private mutating func walk(_ cut: CutSubtree, protected: ProtectedStates, newestFlush: TransactionID, reader: PageReader) {
        log.append(.walked(cut.reference.page))
        // The pages of a damaged page's subtree are never used again, which is all the harm; `check` reports them.
        guard let page = try? reader.confirmedPage(cut.reference, level: cut.level) else { return }
        // The log of the newest flush leads to this page, so it must stay what it is until another one is durable.
        let root = FreedRun(run: PageRun(cut.reference.page), birth: cut.reference.birth, freed: cut.freed)
        log.append(.freed(root))
        if root.birth <= newestFlush { pinned[newestFlush, default: []].append(root) } else { place(root, protected) }
        var freed: [FreedRun] = []
        var children: [CutSubtree] = []
        for index in 0..<page.count {
            if cut.level > 0 {
                let child = page.child(index)
                if cut.level > 1 || child.mayOverflow {
                    children.append(CutSubtree(reference: child, level: cut.level - 1, freed: cut.freed))
                } else {
                    freed.append(FreedRun(run: PageRun(child.page), birth: child.birth, freed: cut.freed))
                }
            } else if page.leafCell(index).isOverflow {
                let run = page.leafCell(index).run
                freed.append(
                    FreedRun(run: run.run(pageSize: reader.pageSize, capacity: reader.capacity), birth: run.birth, freed: cut.freed))
            }
        }
        absorb(freed, protected: protected)
        absorb(children)
    }

    // MARK: The log

    /// The log's sum, encoded. It may have very many entries, so there is no array of them.
    func condensed() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(condensedByteCount)
        free.forEachRun { SpaceLog.Entry.free($0).encode(to: &bytes) }
        for blocker in pinned.keys.sorted() {
            for freed in pinned[blocker] ?? [] { SpaceLog.Entry.freed(freed).encode(to: &bytes) }
        }
        for cut in cuts { SpaceLog.Entry.cut(cut).encode(to: &bytes) }
        return bytes
    }

    /// Whether the log is so long that its sum should be written instead. Computing the sum's length reads everything, so that is done
    /// only if the log seems long.
    mutating func shouldCondense(capacity: Int) -> Bool {
        log.isLong(capacity: capacity) && log.shouldCondense(capacity: capacity, sumByteCount: condensedByteCount)
    }

    /// Bytes of the sum, found without making it.
    var condensedByteCount: Int {
        var runs = 0
        free.forEachRun { _ in runs += 1 }
        return runs * SpaceLog.Entry.byteCount(1) + pinned.values.reduce(0) { $0 + $1.count } * SpaceLog.Entry.byteCount(2)
            + cuts.count * SpaceLog.Entry.byteCount(4)
    }

    /// Takes the newest of those entries of the log that weren't taken yet: of several about a page the newest holds. There may be very
    /// many, so they are never all in memory.
    ///
    /// - Parameter newest: the flush that wrote the log. What was freed later would be taken for the running transaction's, and be in use again
    ///   when that is rolled back.
    /// - Returns: false if it speaks of pages that the file doesn't have, or that were freed later.
    mutating func replay(_ entry: SpaceLog.Entry, _ told: inout ToldPages, newest: TransactionID, protected: ProtectedStates) -> Bool {
        if let run = entry.run, run.start < .first || run.end > highWater || run.count == 0 { return false }
        if let freed = entry.freed, freed > newest { return false }
        switch entry {
        case .free(let run): replay(FreedRun(run: run, birth: .none, freed: .none), &told, protected)
        case .freed(let freed): replay(freed, &told, protected)
        case .take(let run): told.pages.insert(run)
        case .cut(let cut): if told.cuts.insert(cut.reference.page).inserted { cuts.append(cut) }
        case .walked(let page): told.cuts.insert(page)
        }
        return true
    }

    private mutating func replay(_ freed: FreedRun, _ told: inout ToldPages, _ protected: ProtectedStates) {
        var rest = freed.run
        while rest.count > 0 {
            let known = told.pages.run(from: rest.start, to: rest.end) ?? PageRun(start: rest.end, count: 0)
            let part = PageRun(start: rest.start, end: known.start)
            if part.count > 0 { place(FreedRun(run: part, birth: freed.birth, freed: freed.freed), protected) }
            rest = PageRun(start: known.end, end: rest.end)
        }
        told.pages.insert(freed.run)
    }
}

/// The pages and cut subtrees that newer entries of the log have told of.
struct ToldPages {
    fileprivate var pages = PageBitmap()
    fileprivate var cuts: Set<PageNumber> = []
}

extension CutSubtree {
    /// Whether a protected state has it.
    fileprivate func isSeen(_ protected: ProtectedStates) -> Bool { protected.newest(from: reference.birth, before: freed) != nil }
}
