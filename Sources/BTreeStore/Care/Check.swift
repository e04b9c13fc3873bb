// What must hold, and the walk that looks whether it does:
//
// - Every page from 2 up to the high-water mark is exactly one of: a page of the tree, part of an overflow run, a page of the
//   free-space log, part of the journal, free, freed and waiting, or part of a subtree that was cut off.
// - A page is what the reference to it says: number, birth, level, checksum; it is no younger than its parent.
// - Keys ascend, within a page and from page to page, and lie between their parents' separators. Heads and prefixes are right.
// - A branch's entry counts the records below it, and says so if a leaf below has overflow cells.

/// Walks everything that one state of a file consists of.
struct Checker {
    private let file: any StorageFile
    private let pageSize: Int
    private let highWater: UInt64
    private var report = CheckReport()
    private var used = PageBitmap()
    /// A file that is damaged all over need not be told of page by page.
    private static let problemLimit = 1000

    init(file: any StorageFile, pageSize: Int, highWater: UInt64) {
        self.file = file
        self.pageSize = pageSize
        self.highWater = highWater
    }

    mutating func check(root: Root, space: FreeSpace, freed: [FreedRun], cuts: [CutSubtree], journal: PageRun?) -> CheckReport {
        if !root.isEmpty {
            let found = walk(root.reference, level: root.level, lower: nil, upper: nil)
            report.records = found.records
            if found.records != root.records {
                note(nil, "the root counts \(root.records) records, there are \(found.records)")
            }
        }
        for page in space.log.chain {
            claim(page.page, 1, "a page of the free-space log")
            report.spacePages += 1
        }
        if let journal { claim(journal.start, journal.count, "part of the journal") }
        space.free.forEachRun { run in claimFree(run.start, run.count) }
        for run in space.pinned.values.joined() { claimFree(run.start, run.count) }
        for run in freed { claimFree(run.start, run.count) }
        for cut in space.cuts + cuts { walkCut(cut.reference, level: cut.level) }
        noteUnclaimed()
        return report
    }

    private mutating func note(_ page: UInt64?, _ message: String) {
        if report.problems.count < Self.problemLimit {
            report.problems.append(.init(page: page.map { PageNumber(rawValue: $0) }, message: message))
        }
    }

    // MARK: Every page once

    @discardableResult
    private mutating func claim(_ start: UInt64, _ count: UInt64, _ what: String) -> Bool {
        guard start >= 2, count <= highWater, start <= highWater - count else {
            note(start, "\(what) lies beyond the file's pages")
            return false
        }
        for page in start..<start + count where used.contains(page) {
            note(page, "it is \(what), and something else too")
            return false
        }
        used.insert(start, count)
        return true
    }

    private mutating func claimFree(_ start: UInt64, _ count: UInt64) {
        if claim(start, count, "free") { report.freePages += count }
    }

    private mutating func noteUnclaimed() {
        guard highWater > 2 else { return }
        var all = PageBitmap()
        all.insert(2, highWater - 2)
        used.forEachRun { all.remove($0.start, $0.count) }
        all.forEachRun { run in
            note(run.start, run.count == 1 ? "nothing refers to it" : "nothing refers to it and the \(run.count - 1) pages after it")
        }
    }

    // MARK: The tree

    private mutating func walk(
        _ reference: PageReference, level: Int, lower: [UInt8]?, upper: [UInt8]?
    ) -> (records: UInt64, overflows: Bool) {
        if reference.isInMemory {
            let page = WritablePage(reference).page
            if page.isOverlay { claim(page.overlaid.number, 1, "the base of a leaf in memory") }
            return walk(page, reference, level: level, lower: lower, upper: upper)
        }
        guard claim(reference.page, 1, level == 0 ? "a leaf" : "a branch") else { return (0, false) }
        let copy: PageCopy
        do throws(StoreError) { copy = try PageCopy(file, reference.page, pageSize: pageSize) } catch {
            note(reference.page, "it can't be read: \(error)")
            return (0, false)
        }
        defer { withExtendedLifetime(copy) {} }
        if let fault = PageReader.fault(copy.page, reference, level: level, pageSize: pageSize) {
            note(reference.page, fault)
            return (0, false)
        }
        return walk(copy.page, reference, level: level, lower: lower, upper: upper)
    }

    private mutating func walk(
        _ page: Page, _ reference: PageReference, level: Int, lower: [UInt8]?, upper: [UInt8]?
    ) -> (records: UInt64, overflows: Bool) {
        let number = reference.isInMemory ? nil : reference.page
        if level == 0 { report.leafPages += 1 } else { report.branchPages += 1 }
        if reference.isInMemory, let fault = page.faultInMemory(pageSize: pageSize, level: level) {
            note(nil, "a page in memory: \(fault)")
            return (0, false)
        }
        let keys = (0..<page.count).map { page.key($0) }
        checkKeys(keys, page, number, lower: lower, upper: upper)

        var records: UInt64 = 0
        var overflows = false
        for index in 0..<page.count {
            if level == 0 {
                records += 1
                let cell = page.leafCell(index)
                if cell.isOverflow {
                    overflows = true
                    walkRun(cell.run, number)
                }
            } else {
                let child = page.child(index)
                let found = walk(
                    child, level: level - 1, lower: index == 0 ? lower : keys[index],
                    upper: index + 1 < page.count ? keys[index + 1] : upper)
                if found.records != child.records {
                    note(number, "child \(index) holds \(found.records) records where \(child.records) are counted")
                }
                if found.overflows && !child.mayOverflow { note(number, "child \(index) has overflow cells that it doesn't tell of") }
                records += found.records
                overflows = overflows || found.overflows
            }
        }
        if level == 0 && page.overflow != (0..<page.count).count(where: { page.leafCell($0).isOverflow }) {
            note(number, "its header counts other overflow cells than it has")
        }
        return (records, overflows)
    }

    private mutating func checkKeys(_ keys: [[UInt8]], _ page: Page, _ number: UInt64?, lower: [UInt8]?, upper: [UInt8]?) {
        let first = page.isLeaf ? 0 : 1
        guard first < keys.count else { return }
        for index in first..<keys.count {
            if index > first && !keys[index - 1].lexicographicallyPrecedes(keys[index]) {
                note(number, "key \(index) does not sort above the one before it")
            }
            if page.head(index) != page.suffix(index).head(at: 0) { note(number, "head \(index) is not its key's") }
        }
        if let lower, keys[first].lexicographicallyPrecedes(lower) { note(number, "its first key sorts below its parent's separator") }
        if let upper, !keys[keys.count - 1].lexicographicallyPrecedes(upper) {
            note(number, "its last key does not sort below its parent's next separator")
        }
    }

    private mutating func walkRun(_ run: PageReference, _ leaf: UInt64?) {
        if run.isInMemory { return }
        let pages = run.pageCount(pageSize: pageSize)
        guard claim(run.page, pages, "part of a large value") else { return }
        report.overflowPages += pages
        do throws(StoreError) {
            if try !PageCopy.isSound(run, file, pageSize: pageSize) {
                note(run.page, "the checksum of the value that begins there is wrong")
            }
        } catch { note(run.page, "the value that begins there can't be read: \(error)") }
    }

    // MARK: Cut subtrees

    private mutating func walkCut(_ reference: PageReference, level: Int) {
        guard claim(reference.page, 1, "part of a cut subtree") else { return }
        report.freePages += 1
        guard let copy = try? PageCopy(file, reference.page, pageSize: pageSize),
            PageReader.fault(copy.page, reference, level: level, pageSize: pageSize) == nil
        else {
            note(reference.page, "it is part of a cut subtree, and damaged")
            return
        }
        defer { withExtendedLifetime(copy) {} }
        let page = copy.page
        for index in 0..<page.count {
            if level > 1 || level == 1 && page.child(index).mayOverflow {
                walkCut(page.child(index), level: level - 1)
            } else if level == 1 {
                claimFree(page.child(index).page, 1)
            } else if page.leafCell(index).isOverflow {
                let run = page.leafCell(index).run
                claimFree(run.page, run.pageCount(pageSize: pageSize))
            }
        }
    }
}

extension Store {
    /// Walks everything that the newest state consists of, and says what is wrong with it. Reads the whole file, and keeps
    /// writers waiting meanwhile; in a read-only store it keeps nobody waiting.
    public func check() throws(StoreError) -> CheckReport {
        if isReadOnly { return try core.checkNewestFlush() }
        core.gate.enter()
        defer { core.gate.leave() }
        let writer = core.writer
        try writer.loadSpace(core)
        guard let space = writer.space else { return CheckReport() }
        var checker = Checker(file: core.file, pageSize: pageSize, highWater: space.highWater)
        return checker.check(
            root: writer.tree.root, space: space, freed: writer.tree.freed, cuts: writer.tree.cuts, journal: writer.journal.run)
    }

    /// The same for a file, read-only.
    public static func check(path: String) throws(StoreError) -> CheckReport {
        var options = StoreOptions()
        options.readOnly = true
        let store = try Store.open(path, options: options)
        return try store.check()
    }
}

extension Core {
    fileprivate func checkNewestFlush() throws(StoreError) -> CheckReport {
        for _ in 0..<1000 {
            let (view, transaction) = try beginSnapshot()
            defer { endSnapshot(transaction) }
            // Unless the writer has flushed twice since, its meta page is still there.
            let metas = try MetaPages(file).good
            guard let meta = metas.first(where: { $0.meta.transaction == view.flush(transaction) })?.meta else { continue }
            return try check(view, meta)
        }
        throw .busy(path: file.path, processID: readProcessNote(file))
    }

    /// The state's log can't be used again either while a snapshot of it is announced.
    private func check(_ view: TreeView, _ meta: MetaPage) throws(StoreError) -> CheckReport {
        guard let space = try FreeSpace.read(file, meta, protected: []) else {
            var report = CheckReport()
            report.problems = [.init(page: nil, message: FreeSpace.logFault)]
            return report
        }
        var checker = Checker(file: file, pageSize: pageSize, highWater: meta.highWater)
        // Records of the journal are verified when they are taken in.
        if let replay = view.replay { try checkJournal(replay) }
        var report = checker.check(root: meta.root, space: space, freed: [], cuts: [], journal: meta.journal)
        if report.isClean { report.records = view.root.records }
        return report
    }
}
