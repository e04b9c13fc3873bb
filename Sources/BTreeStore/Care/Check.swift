import Ground

// What must hold, and the walk that checks it:
//
// - Every page from 2 up to the high-water mark is exactly one of: a page of the tree, part of an overflow run, a page of the
//   free-space log, part of the journal, free, freed and waiting, or part of a subtree that was cut off.
// - A page is what the reference to it says: number, birth, level, checksum; it is no younger than its parent.
// - Keys ascend, within a page and from page to page, and lie between their parents' separators. Heads and prefixes are right.
// - The same holds for the pages of states that have names, none of which is free.
// - The next transaction has a number.
// - A branch's entry counts the records below it, and says so if a leaf below has overflow cells. If it has digests, so have all branches
//   below, and they are those of the records.

/// A walk over everything that one state of a file consists of.
struct Checker {
    private let file: any StorageFile
    private let pageSize: Int
    private let capacity: Int
    private let highWater: PageNumber
    private var report = CheckReport()
    private var used = PageBitmap()
    /// The branches of the newest state and of named ones that were walked, with what led to them.
    private var walkedBranches: [PageNumber: (reference: PageReference, level: Int)] = [:]
    /// The beginnings of large values of named states that were read. In a made-up file very many cells may lead to one.
    private var readRuns = PageBitmap()
    /// Problems after which the rest is passed over in silence; a file damaged everywhere would list every page.
    private static let problemLimit = 1000

    init(file: any StorageFile, pageSize: Int, highWater: PageNumber) {
        self.file = file
        self.pageSize = pageSize
        capacity = file.capacity(pageSize: pageSize)
        self.highWater = highWater
    }

    mutating func check(
        root: Root, digest: RangeDigest? = nil, space: FreeSpace, freed: [FreedRun], cuts: [CutSubtree], journal: PageRun?,
        states: [NamedState], next: TransactionID
    ) -> CheckReport {
        if next.isUsedUp { note(nil, TransactionID.usedUp) }
        if !root.isEmpty {
            let found = walk(root.reference, level: root.level, lower: nil, upper: nil)
            report.records = found.records
            if found.records != root.records {
                note(nil, "the root counts \(root.records) records, there are \(found.records)")
            }
            if let digest, let counted = found.digest, digest != counted {
                note(nil, "the meta page has the digest \(digest) where the records have \(counted)")
            }
        }
        for page in space.log.chain {
            claim(PageRun(page.page), "a page of the free-space log")
            report.spacePages += 1
        }
        if let journal { claim(journal, "part of the journal") }
        space.free.forEachRun { claimFree($0) }
        for waiting in space.pinned.values.joined() { claimFree(waiting.run) }
        for freed in freed { claimFree(freed.run) }
        for cut in space.cuts + cuts { walkCut(cut.reference, level: cut.level) }
        noteUnclaimed()
        for state in states {
            if let fault = state.fault { note(nil, fault) }
            if !state.root.isEmpty { walkState(state.root.reference, level: state.root.level, state, space.free) }
        }
        return report
    }

    private mutating func note(_ page: PageNumber?, _ message: String) {
        if report.problems.count < Self.problemLimit { report.problems.append(.init(page: page, message: message)) }
    }

    // MARK: Every page once

    @discardableResult
    private mutating func claim(_ run: PageRun, _ what: String) -> Bool {
        guard run.start >= .first, run.count <= highWater.preceding, run.start <= highWater - run.count else {
            note(run.start, "\(what) lies beyond the file's pages")
            return false
        }
        if let taken = used.run(from: run.start, to: run.end) {
            note(taken.start, "it is \(what), and something else too")
            return false
        }
        used.insert(run)
        return true
    }

    private mutating func claimFree(_ run: PageRun) {
        if claim(run, "free") { report.freePages += run.count.rawValue }
    }

    private mutating func noteUnclaimed() {
        used.complement(before: highWater).forEachRun { run in
            note(run.start, run.count == 1 ? "nothing refers to it" : "nothing refers to it and the \(run.count - 1) pages after it")
        }
    }

    // MARK: The tree

    /// What a walk has found below a reference.
    private struct Found {
        var records: UInt64 = 0
        var overflows = false
        /// Of the records: nil if something couldn't be read, or a branch has no digests.
        var digest: RangeDigest?
    }

    private mutating func walk(
        _ reference: PageReference, level: Int, lower: [UInt8]?, upper: [UInt8]?
    ) -> Found {
        if reference.isInMemory {
            let page = WritablePage(reference).page
            if page.isOverlay { claim(PageRun(page.overlaid.number), "the base of a leaf in memory") }
            return walk(page, reference, level: level, lower: lower, upper: upper)
        }
        guard claim(PageRun(reference.page), level == 0 ? "a leaf" : "a branch") else { return Found() }
        let copy: PageCopy
        do { copy = try PageCopy(file, reference, pageSize: pageSize) } catch {
            note(reference.page, "it can't be read: \(error)")
            return Found()
        }
        defer { withExtendedLifetime(copy) {} }
        if let fault = PageReader.fault(copy.page, reference, level: level, pageSize: pageSize, capacity: capacity) {
            note(reference.page, fault)
            return Found()
        }
        if level > 0 { walkedBranches[reference.page] = (reference, level) }
        return walk(copy.page, reference, level: level, lower: lower, upper: upper)
    }

    private mutating func walk(
        _ page: Page, _ reference: PageReference, level: Int, lower: [UInt8]?, upper: [UInt8]?
    ) -> Found {
        let number = reference.isInMemory ? nil : reference.page
        if level == 0 { report.leafPages += 1 } else { report.branchPages += 1 }
        if reference.isInMemory,
            let fault = page.faultInMemory(
                capacity: capacity, keyLimit: Page.maximumKeyLength(pageSize: pageSize), level: level)
        {
            note(nil, "a page in memory: \(fault)")
            return Found()
        }
        let keys = (0..<page.count).map { page.key($0) }
        checkKeys(keys, page, number, lower: lower, upper: upper)

        var below = Found(digest: level == 0 ? digest(leaf: page, number) : page.hasDigests ? .zero : nil)
        for index in 0..<page.count {
            if level == 0 {
                below.records += 1
                let cell = page.leafCell(index)
                if cell.isOverflow {
                    below.overflows = true
                    walkRun(cell, number)
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
                if page.hasDigests {
                    let digest = page.digest(index)
                    if let counted = found.digest {
                        if digest != counted { note(number, "child \(index) has the digest \(counted) where \(digest) is noted") }
                    } else if report.problems.isEmpty {
                        note(number, "child \(index) has no digests, and its parent has")
                    }
                    below.digest? += digest
                }
                below.records += found.records
                below.overflows = below.overflows || found.overflows
            }
        }
        if level == 0 && page.overflow != (0..<page.count).count(where: { page.leafCell($0).isOverflow }) {
            note(number, "its header counts other overflow cells than it has")
        }
        return below
    }

    private mutating func digest(leaf page: Page, _ number: PageNumber?) -> RangeDigest? {
        do throws(StoreError) {
            return try page.digest(leaf: 0..<page.count, capacity: capacity) { (run) throws(StoreError) in
                try PageCopy.bytes(of: run, file, pageSize: pageSize)?.contentHash ?? 0
            }
        } catch {
            note(number, "its digest can't be found: \(error)")
            return nil
        }
    }

    private mutating func checkKeys(_ keys: [[UInt8]], _ page: Page, _ number: PageNumber?, lower: [UInt8]?, upper: [UInt8]?) {
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

    private mutating func walkRun(_ cell: Page.LeafCell, _ leaf: PageNumber?) {
        let run = cell.run
        if run.isInMemory { return }
        let pages = run.run(pageSize: pageSize, capacity: capacity)
        guard claim(pages, "part of a large value") else { return }
        report.overflowPages += pages.count.rawValue
        do {
            if try !PageCopy.isSound(run, file, pageSize: pageSize) {
                note(run.page, "the checksum of the value that begins there is wrong")
            } else if let bytes = try bytes(of: run), bytes.contentHash != cell.asPayload.valueHash(capacity: capacity) ?? bytes.contentHash
            {
                note(leaf, "the hash of the value at page \(run.page) is wrong")
            }
        } catch { note(run.page, "the value that begins there can't be read: \(error)") }
    }

    /// The value of an encrypted file, of which a cell may have a hash beside what proves it.
    private func bytes(of run: PageReference) throws(StoreError) -> [UInt8]? {
        file.cipher == nil ? nil : try PageCopy.bytes(of: run, file, pageSize: pageSize)
    }

    // MARK: States with names

    /// Walks what a state has and the newest one, or a state that was walked before, hasn't.
    private mutating func walkState(_ reference: PageReference, level: Int, _ state: NamedState, _ free: PageBitmap) {
        if let walked = walkedBranches[reference.page], walked.level == level, walked.reference.birth == reference.birth,
            walked.reference.checksum == reference.checksum
        {
            return
        }
        guard checkHeld(PageRun(reference.page), free), let copy = try? PageCopy(file, reference, pageSize: pageSize) else {
            return note(reference.page, "it is part of the state \(state.name), and free or beyond the file's pages")
        }
        defer { withExtendedLifetime(copy) {} }
        let page = copy.page
        if let fault = PageReader.fault(page, reference, level: level, pageSize: pageSize, capacity: capacity) {
            return note(reference.page, "it is part of the state \(state.name): \(fault)")
        }
        if level > 0 { walkedBranches[reference.page] = (reference, level) }
        for index in 0..<page.count {
            if level > 0 {
                walkState(page.child(index), level: level - 1, state, free)
            } else if page.leafCell(index).isOverflow, case let run = page.leafCell(index).run {
                let isHeld = checkHeld(run.run(pageSize: pageSize, capacity: capacity), free)
                if isHeld && readRuns.contains(run.page) { continue }
                if !isHeld || (try? PageCopy.isSound(run, file, pageSize: pageSize)) != true {
                    note(run.page, "the value that begins there is part of the state \(state.name), and free or damaged")
                }
                if isHeld { readRuns.insert(PageRun(run.page)) }
            }
        }
    }

    private func checkHeld(_ run: PageRun, _ free: PageBitmap) -> Bool {
        run.start >= .first && run.count <= highWater.preceding && run.start <= highWater - run.count
            && free.run(from: run.start, to: run.end) == nil
    }

    // MARK: Cut subtrees

    private mutating func walkCut(_ reference: PageReference, level: Int) {
        guard claim(PageRun(reference.page), "part of a cut subtree") else { return }
        report.freePages += 1
        guard let copy = try? PageCopy(file, reference, pageSize: pageSize),
            PageReader.fault(copy.page, reference, level: level, pageSize: pageSize, capacity: capacity) == nil
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
                claimFree(PageRun(page.child(index).page))
            } else if page.leafCell(index).isOverflow {
                claimFree(page.leafCell(index).run.run(pageSize: pageSize, capacity: capacity))
            }
        }
    }
}

extension Store {
    /// Walks everything that the newest state consists of, and reports what is wrong with it. Reads the whole file, and keeps writers
    /// waiting meanwhile; in a read-only store nobody waits.
    public func check() throws(StoreError) -> CheckReport {
        var report = try isReadOnly ? core.checkNewestFlush() : checkWritten()
        report.warnings = try core.keyWarnings()
        return report
    }

    private func checkWritten() throws(StoreError) -> CheckReport {
        core.turn.take()
        defer { core.turn.end() }
        let writer = core.writer
        try core.pipeline.loadSpace()
        guard let space = writer.space else { return CheckReport() }
        var checker = Checker(file: core.file, pageSize: pageSize, highWater: space.highWater)
        return checker.check(
            root: writer.tree.root, space: space, freed: writer.tree.freed, cuts: writer.tree.cuts, journal: writer.journal.run,
            states: NamedState.allReadable(in: writer.tree.view), next: writer.nextTransaction)
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
            let state = try beginSnapshot()
            defer { endSnapshot(state.transaction) }
            // Unless the writer has flushed twice since, its meta page is still there.
            if let meta = try MetaPages.of(state.flush, file) { return try check(state, meta) }
        }
        throw .busy(path: file.path, processID: readProcessNote(file))
    }

    /// Nor are the pages of the state's log used again while a snapshot of it is announced.
    private func check(_ state: StoreState, _ meta: MetaPage) throws(StoreError) -> CheckReport {
        let states = NamedState.allReadable(in: state.view)
        guard let space = try FreeSpace.read(file, meta, protected: ProtectedStates(states.map(\.transaction))) else {
            var report = CheckReport()
            report.problems = [.init(page: nil, message: FreeSpace.logFault)]
            return report
        }
        var checker = Checker(file: file, pageSize: pageSize, highWater: meta.highWater)
        // Records of the journal are verified when they are taken in.
        if let replay = state.replay { try checkJournal(replay) }
        var report = checker.check(
            root: meta.root, digest: meta.hasDigests ? meta.digest : nil, space: space, freed: [], cuts: [], journal: meta.journal,
            states: states, next: state.transaction.next)
        if report.isClean { report.records = state.view.root.records }
        return report
    }

    /// What is to be said of the two copies of an encrypted file's keys. They are written by commands that change keys alone, one after the
    /// other, so no other crash leaves them different.
    fileprivate func keyWarnings() throws(StoreError) -> [String] {
        guard let keys = file.cipher?.keys else { return [] }
        let advice = "Opening the file for writing, as pando compact does, writes both anew."
        var warnings: [String] = []
        var areas: [KeyArea] = []
        for place in MetaPage.places {
            let copy = "the copy of the file's keys in page \(place)"
            guard let (area, code) = try EncryptedHead.keys(file, at: place.offset(pageSize: pageSize)) else {
                warnings.append(
                    "\(copy) is not readable: it is damaged, or a change of keys was cut off. The other one opens the file. \(advice)")
                continue
            }
            if try keys.prove(area, code) {
                areas.append(area)
            } else {
                warnings.append("\(copy) was changed by someone who does not have the keys. \(advice)")
            }
        }
        if areas.count == 2, areas[0] != areas[1] {
            warnings.append(
                "the two copies of the file's keys differ: a change of keys was cut off, or goes on now. The newer one counts. \(advice)")
        }
        return warnings
    }
}
