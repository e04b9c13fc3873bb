// Finding the newest state of a file that is whole.
//
// The newest meta page may tell of pages that never reached the disk: it was written together with them and synced once. Unless it is
// `whole`, everything born after the flush before it is verified. If anything is missing, the other meta page holds: its sync had
// returned before the newer flush began, and no page that it leads to had been used again.

/// The state that an opening begins with.
struct OpenedState {
    var meta: MetaPage
    /// The page that the meta page is in.
    var place: PageNumber
    var mapping: Mapping
    /// The newest flush, and its opening, that a meta page tells of; its state need not be whole.
    var newest: TransactionID
    var newestOpening: UInt64
    /// The newer meta page, whose state is not whole.
    private var lost: MetaPage?
    /// Whether the file tells of this opening.
    var isClaimed = false
    /// The salt of this opening: nil until one is chosen.
    var salt: UInt64?
    /// The pages that were verified: they may be in the page cache and not on the disk.
    private var walked: [PageRun] = []
    private var walkedPages = PageBitmap()

    init(meta: MetaPage, place: PageNumber, mapping: Mapping, newest: MetaPage) {
        self.meta = meta
        self.place = place
        self.mapping = mapping
        self.newest = newest.transaction
        newestOpening = newest.opening
        lost = newest == meta ? nil : newest
    }

    /// - Parameters:
    ///   - first: the meta page of page 0, if it was read a moment ago.
    ///   - trustsWriter: whether a writer that is alive, which has made sure that the newest state is whole, spares the walk.
    ///   - mapping: one of the same file, to go on with if it is long enough.
    static func find(
        _ file: any StorageFile, first: [UInt8]? = nil, trustsWriter: Bool, reusing mapping: Mapping? = nil
    ) throws(StoreError) -> OpenedState {
        var metas = try MetaPages(file, first: first)
        for _ in 0..<1000 {
            do throws(StoreError) { return try find(metas, file, trustsWriter: trustsWriter, mapping) } catch {
                // A writer may have come and used pages again while they were read. Then there is a newer state.
                let now = try MetaPages(file)
                if now.good[0].meta == metas.good[0].meta { throw error }
                metas = now
            }
        }
        throw .busy(path: file.path, processID: readProcessNote(file))
    }

    private static func find(
        _ metas: MetaPages, _ file: any StorageFile, trustsWriter: Bool, _ old: Mapping?
    ) throws(StoreError) -> OpenedState {
        try checkUnreadable(metas, file)
        let isTrusted = trustsWriter ? try file.isWriterElsewhere() : false
        var firstError: StoreError?
        for (place, meta) in metas.good {
            do throws(StoreError) {
                let expected = meta.fileByteCount
                let byteCount = try file.byteCount()
                guard byteCount >= expected else {
                    throw .truncated(path: file.path, byteCount: byteCount, expected: expected)
                }
                let mapping: Mapping
                if let renewed = old?.renewed(for: meta) {
                    mapping = renewed
                } else {
                    mapping = try Mapping.reserve(file, pageSize: meta.pageSize, atLeast: expected)
                }
                var state = OpenedState(meta: meta, place: place, mapping: mapping, newest: metas.good[0].meta)
                if !meta.isWhole && !isTrusted { try state.walk(file) }
                return state
            } catch {
                // Only what a crash can leave is a reason to take the older state: not a disk that can't be read now, and not a file that
                // was cut after all of it had been synced.
                switch error {
                case .damaged where !meta.isWhole, .truncated where !meta.isWhole: firstError = firstError ?? error
                default: throw error
                }
            }
        }
        throw firstError ?? .notPandoFile(path: file.path)
    }

    /// A crash may leave a torn meta page, and then the other one holds. But records of the journal are made on top of a flush only when that
    /// is durable: the first of them proves that its meta page was whole once, and has been damaged since.
    ///
    /// - Throws: `damaged` then, as what the other meta page leads to is an older state.
    private static func checkUnreadable(_ metas: MetaPages, _ file: any StorageFile) throws(StoreError) {
        guard let place = metas.unreadable else { return }
        let meta = metas.good[0].meta
        guard let record = try JournalRecord(file, meta, at: 0, ofOther: true), record.sequence == 0, record.transaction > meta.transaction
        else { return }
        throw .damaged(
            page: place,
            reason: "it is the newest meta page, as the journal has changes up to transaction \(record.transaction) on top of it")
    }

    /// Verifies everything that was born after the flush before.
    ///
    /// It reads the file and not the mapping: a writer that comes meanwhile, and takes an older state, may cut off what is read here.
    private mutating func walk(_ file: any StorageFile) throws(StoreError) {
        if !meta.root.isEmpty { try walk(meta.root.reference, level: meta.root.level, file) }
        var log = meta.space
        while log.page != .none && log.birth > meta.previous {
            try noteWalked(PageRun(log.page))
            let page = try SpaceLog.readPage(file, log, pageSize: meta.pageSize)
            log = page.previous
        }
    }

    private mutating func walk(_ reference: PageReference, level: Int, _ file: any StorageFile) throws(StoreError) {
        guard reference.birth > meta.previous else { return }
        try noteWalked(PageRun(reference.page))
        let capacity = file.capacity(pageSize: meta.pageSize)
        let copy = try PageCopy(file, reference, pageSize: meta.pageSize)
        defer { withExtendedLifetime(copy) {} }
        if let fault = PageReader.fault(copy.page, reference, level: level, pageSize: meta.pageSize, capacity: capacity) {
            throw .damaged(page: reference.page, reason: fault)
        }
        for index in 0..<copy.page.count {
            if level > 0 {
                try walk(copy.page.child(index), level: level - 1, file)
            } else if copy.page.overflow > 0, copy.page.leafCell(index).isOverflow, case let run = copy.page.leafCell(index).run,
                run.birth > meta.previous
            {
                try noteWalked(run.run(pageSize: meta.pageSize, capacity: capacity))
                guard try PageCopy.isSound(run, file, pageSize: meta.pageSize) else {
                    throw .damaged(page: run.page, reason: "the checksum of the value that begins there is wrong")
                }
            }
        }
    }

    /// Notes pages as verified. A page is in the tree once; more references to it would make the walk of a crafted file as long as its
    /// author liked.
    private mutating func noteWalked(_ run: PageRun) throws(StoreError) {
        guard run.start >= .first, run.end <= meta.highWater, !walkedPages.intersects(run) else {
            throw .damaged(page: run.start, reason: "two pages refer to it, or the file ends before it")
        }
        walkedPages.insert(run)
        walked.append(run)
    }

    /// Makes sure that the state is on the disk. After a kill it may be in the page cache and not on the disk, and after a failed sync the
    /// system may take its pages for clean; no page may be used again before this state is durable. For a `whole` state only the meta
    /// page is in doubt: its writer may have been killed before the sync returned. After a clean close there is nothing to do, and the
    /// file tells of this opening only once it writes.
    ///
    /// - Returns: the records of the journal. If there are any, the caller flushes what they say; until that is durable the meta page
    ///   stays, or the journal would have been for nothing.
    mutating func makeDurable(_ file: any StorageFile) throws(StoreError) -> [JournalRecord] {
        if meta.isWhole, meta.transaction == newest, try readClosingNote(file) == newest { return [] }
        let records = try records(file)
        try writeAgain(file)
        if records.isEmpty {
            try replaceNewest(file)
            isClaimed = true
        } else if let lost {
            try lost.thatNothingMakesWhole.write(file, MetaPage.other(place))
            try file.sync()
        }
        return records
    }

    /// The records of the journal, in order. The numbers of the states that they lead to are not given out again.
    private mutating func records(_ file: any StorageFile) throws(StoreError) -> [JournalRecord] {
        let replay = Replay(file, meta, mapping)
        try replay.advance()
        try replay.checkEnd()
        newest = max(newest, replay.transaction)
        return replay.records
    }

    private func writeAgain(_ file: any StorageFile) throws(StoreError) {
        for run in walked {
            let offset = run.start.offset(pageSize: meta.pageSize)
            let byteCount = Int(run.count.byteCount(pageSize: meta.pageSize))
            try writeBytes(try readBytes(file, at: offset, count: byteCount), file, at: offset)
        }
        if !walked.isEmpty { try file.sync() }
        try writeMeta(file)
    }

    /// Writes the same state as a flush of its own, with the number of this opening. So two openings never have one number and give one
    /// number to a transaction, even if a crash takes all that the first one did.
    ///
    /// After falling back it replaces the newer meta page, which leads to pages that aren't there. Those are free now, so no reader
    /// should take that meta page for the newest state.
    private mutating func replaceNewest(_ file: any StorageFile) throws(StoreError) {
        newest = newest.next
        meta.previous = meta.transaction
        meta.transaction = newest
        meta.opening = newestOpening + 1
        meta.isWhole = true
        let salt = salt ?? MetaPage.randomSalt()
        self.salt = salt
        meta.setSalt(salt)
        place = MetaPage.other(place)
        try writeMeta(file)
    }

    private func writeMeta(_ file: any StorageFile) throws(StoreError) {
        try meta.write(file, place)
        try file.sync()
    }
}

extension MetaPage {
    /// Takes the place of this one, the newest, once an opening has found that its state is not whole. What the journal says is flushed into
    /// pages that this state has, too, often with the very bytes that it lacks. If there were a crash on the way, the next opening could
    /// find it whole, and show a commit that nobody had waited for and that was gone when somebody looked.
    ///
    /// No page is referred to twice, so whatever is in the file there is none that this leads to.
    fileprivate var thatNothingMakesWhole: MetaPage {
        var meta = self
        let twice = PageReference(page: .first, birth: transaction)
        meta.root = Root(reference: twice, depth: 1)
        meta.space = twice
        meta.previous = .none
        return meta
    }
}
