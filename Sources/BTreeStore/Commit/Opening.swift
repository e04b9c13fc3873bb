// Opening a file: finding the newest state that is whole.
//
// The newest meta page may tell of pages that never reached the disk: it was written together with them and synced once.
// Unless it is `whole`, everything born after the flush before it is verified. If anything is missing, the other meta page
// holds: its sync had returned before the newer flush began, and nothing that it can reach had been used again.

extension Core {
    /// - Parameter identity: the UUID of a file that has to be made.
    static func open(_ file: any StorageFile, options: StoreOptions, identity: FileID? = nil) throws(StoreError) -> Core {
        guard MetaPage.isSupported(pageSize: options.pageSize) else { throw .unsupportedPageSize(options.pageSize) }
        if !options.readOnly { try file.lockWriter() }
        do throws(StoreError) {
            if try isBlank(file) {
                guard !options.readOnly else { throw .notPandoFile(path: file.path) }
                try create(file, pageSize: options.pageSize, identity: identity ?? .random())
            }
            var found = try OpenedState.find(file, trustsWriter: options.readOnly)
            if options.readOnly { return Core(file: file, found, options: options) }
            let records = try found.makeDurable(file)
            let core = Core(file: file, found, options: options)
            if !records.isEmpty { try core.writer.recover(core, records) }
            try file.lockReadyWriter()
            return core
        } catch {
            if !options.readOnly { file.unlockWriter() }
            throw error
        }
    }

    /// A file that nothing was written to, or that was cut off before anything was durable.
    private static func isBlank(_ file: any StorageFile) throws(StoreError) -> Bool {
        let byteCount = try file.byteCount()
        if byteCount == 0 { return true }
        guard byteCount <= 2 * 65536 else { return false }
        return try readBytes(file, at: 0, count: Int(byteCount)).allSatisfy { $0 == 0 }
    }

    private static func create(_ file: any StorageFile, pageSize: Int, identity: FileID) throws(StoreError) {
        let empty = MetaPage(
            pageSize: pageSize, uuid: identity, opening: 0, transaction: 0, previous: 0, root: Root(), isWhole: true, highWater: 2)
        var first = empty
        first.transaction = 1
        var bytes = [UInt8](repeating: 0, count: 2 * pageSize)
        bytes.replaceSubrange(0..<MetaPage.byteCount, with: first.encoded())
        bytes.replaceSubrange(pageSize..<pageSize + MetaPage.byteCount, with: empty.encoded())
        try writeBytes(bytes, file, at: 0)
        try file.sync()
    }
}

/// Both meta pages as they can be read now.
struct MetaPages {
    /// The good ones with their slots, newest first.
    var good: [(slot: Int, meta: MetaPage)] = []

    /// - Throws: `newerFormat`, `notPandoFile` or `damaged` if there is no good one.
    init(_ file: any StorageFile) throws(StoreError) {
        var readings: [MetaPage.Reading] = [MetaPage.decode(try readBytes(file, at: 0, count: MetaPage.byteCount))]
        // Where page 1 begins is for page 0 to say; if it can't, every page size is tried.
        var sizes = (9...16).map { 1 << $0 }
        if case .good(let meta) = readings[0] {
            good.append((0, meta))
            sizes = [meta.pageSize]
        }
        for size in sizes {
            let reading = MetaPage.decode(try readBytes(file, at: UInt64(size), count: MetaPage.byteCount))
            readings.append(reading)
            if case .good(let meta) = reading, meta.pageSize == size {
                good.append((1, meta))
                break
            }
        }
        // A newer release has written since: what we can read is older, and a writer of ours would write over what is newest. If
        // only the version is off in a meta page that is otherwise ours, that is damage.
        for case .newerFormat(let version, let isSound) in readings where isSound || good.isEmpty {
            throw .newerFormat(path: file.path, version: version, supported: Int(MetaPage.currentVersion))
        }
        if good.isEmpty {
            if readings.contains(.damaged) {
                throw .damaged(page: PageNumber(rawValue: 0), reason: "neither meta page is whole")
            }
            throw .notPandoFile(path: file.path)
        }
        good.sort { $0.meta.transaction > $1.meta.transaction }
    }
}

/// The state that an opening begins with.
struct OpenedState {
    var meta: MetaPage
    var slot: Int
    var mapping: Mapping
    /// The newest flush, and its opening, that any meta page tells of; its state need not be whole.
    var newest: UInt64
    var newestOpening: UInt64
    /// Whether the file tells of this opening.
    var isClaimed = false
    /// What was verified on the way, and so may be in the page cache only.
    var walked: [PageRun] = []
    private var walkedPages = PageBitmap()

    init(meta: MetaPage, slot: Int, mapping: Mapping, newest: MetaPage) {
        self.meta = meta
        self.slot = slot
        self.mapping = mapping
        self.newest = newest.transaction
        newestOpening = newest.opening
    }

    /// - Parameter trustsWriter: a writer that is alive has seen to it that the newest state is whole.
    static func find(_ file: any StorageFile, trustsWriter: Bool) throws(StoreError) -> OpenedState {
        var metas = try MetaPages(file)
        for _ in 0..<1000 {
            do throws(StoreError) { return try find(metas, file, trustsWriter: trustsWriter) } catch {
                // A writer may have come, and used pages again that were just being looked at. Then there is a newer state.
                let now = try MetaPages(file)
                if now.good[0].meta == metas.good[0].meta { throw error }
                metas = now
            }
        }
        throw .busy(path: file.path, processID: readProcessNote(file))
    }

    private static func find(_ metas: MetaPages, _ file: any StorageFile, trustsWriter: Bool) throws(StoreError) -> OpenedState {
        let isTrusted = trustsWriter ? try file.isWriterElsewhere() : false
        var firstError: StoreError?
        for (slot, meta) in metas.good {
            do throws(StoreError) {
                let expected = meta.highWater * UInt64(meta.pageSize)
                let byteCount = try file.byteCount()
                guard byteCount >= expected else {
                    throw .truncated(path: file.path, byteCount: byteCount, expected: expected)
                }
                let mapping = try Mapping.reserve(file, pageSize: meta.pageSize, atLeast: expected)
                var state = OpenedState(meta: meta, slot: slot, mapping: mapping, newest: metas.good[0].meta)
                if !meta.isWhole && !isTrusted { try state.walk(file) }
                return state
            } catch {
                // Only what a crash leaves is a reason to take the older state: not a disk that can't be read now, nor a file that was
                // cut after all of it had been synced.
                switch error {
                case .damaged where !meta.isWhole, .truncated where !meta.isWhole: firstError = firstError ?? error
                default: throw error
                }
            }
        }
        throw firstError ?? .notPandoFile(path: file.path)
    }

    /// Verifies everything that was born after the flush before.
    ///
    /// It reads the file and not the mapping: nothing keeps a writer that comes meanwhile, and takes an older state, from cutting off
    /// what is looked at here.
    private mutating func walk(_ file: any StorageFile) throws(StoreError) {
        if !meta.root.isEmpty { try walk(meta.root.reference, level: meta.root.level, file) }
        var log = meta.space
        while log.page != 0 && log.birth > meta.previous {
            try noteWalked(PageRun(start: log.page, count: 1))
            let page = try SpaceLog.readPage(file, log, pageSize: meta.pageSize)
            log = page.previous
        }
    }

    private mutating func walk(_ reference: PageReference, level: Int, _ file: any StorageFile) throws(StoreError) {
        guard reference.birth > meta.previous else { return }
        try noteWalked(PageRun(start: reference.page, count: 1))
        let copy = try PageCopy(file, reference.page, pageSize: meta.pageSize)
        defer { withExtendedLifetime(copy) {} }
        if let fault = PageReader.fault(copy.page, reference, level: level, pageSize: meta.pageSize) {
            throw .damaged(page: PageNumber(rawValue: reference.page), reason: fault)
        }
        for index in 0..<copy.page.count {
            if level > 0 {
                try walk(copy.page.child(index), level: level - 1, file)
            } else if copy.page.overflow > 0, copy.page.leafCell(index).isOverflow, case let run = copy.page.leafCell(index).run,
                run.birth > meta.previous
            {
                try noteWalked(PageRun(start: run.page, count: run.pageCount(pageSize: meta.pageSize)))
                guard try PageCopy.isSound(run, file, pageSize: meta.pageSize) else {
                    throw .damaged(page: PageNumber(rawValue: run.page), reason: "the checksum of the value that begins there is wrong")
                }
            }
        }
    }

    /// Every page has its place in the tree once. More than one would make the walk as long as somebody wished who made the file
    /// to do harm.
    private mutating func noteWalked(_ run: PageRun) throws(StoreError) {
        guard run.start >= 2, run.end <= meta.highWater, walkedPages.run(from: run.start, to: run.end) == nil else {
            throw .damaged(page: PageNumber(rawValue: run.start), reason: "two pages refer to it, or the file ends before it")
        }
        walkedPages.insert(run.start, run.count)
        walked.append(run)
    }

    /// Sees to it that the state is on the disk. After a kill it may be in the page cache and not on the disk, and after a failed sync
    /// the system may think it clean; nothing may be used again before this state is durable. Of a `whole` state that is the meta
    /// page alone: whoever wrote it may have been killed before its sync returned. If it was closed in peace, nothing need be done,
    /// and the file tells of this opening only once it writes.
    ///
    /// - Returns: what the journal says. If it says anything a flush of that is to follow, and the meta page stays until that one is durable,
    ///   or the journal would have been for nothing.
    mutating func makeDurable(_ file: any StorageFile) throws(StoreError) -> [JournalRecord] {
        if meta.isWhole, meta.transaction == newest, try readClosingNote(file) == newest { return [] }
        let records = try records(file)
        try writeAgain(file)
        if records.isEmpty {
            try replaceNewest(file)
            isClaimed = true
        }
        return records
    }

    /// What the journal says, in order. No number of a state that it leads to is given to another one.
    private mutating func records(_ file: any StorageFile) throws(StoreError) -> [JournalRecord] {
        let replay = Replay(file, meta, mapping)
        try replay.advance()
        try replay.checkEnd()
        newest = max(newest, replay.transaction)
        return replay.records
    }

    private func writeAgain(_ file: any StorageFile) throws(StoreError) {
        for run in walked {
            let offset = run.start * UInt64(meta.pageSize)
            try writeBytes(try readBytes(file, at: offset, count: Int(run.count) * meta.pageSize), file, at: offset)
        }
        if !walked.isEmpty { try file.sync() }
        try writeMeta(file)
    }

    /// The same state as a flush of its own, with the number of this opening. So no two openings give the same number to a
    /// transaction and have the same number themselves, even if a crash takes all that the first one did.
    ///
    /// After falling back it takes the place of the newer meta page that leads to what isn't there. Pages it leads to are free now,
    /// so nobody who reads the file meanwhile should take it for the newest state.
    private mutating func replaceNewest(_ file: any StorageFile) throws(StoreError) {
        newest += 1
        meta.previous = meta.transaction
        meta.transaction = newest
        meta.opening = newestOpening + 1
        meta.isWhole = true
        slot = 1 - slot
        try writeMeta(file)
    }

    private func writeMeta(_ file: any StorageFile) throws(StoreError) {
        try meta.write(file, slot: slot)
    }
}

extension MetaPage {
    /// Writes and syncs it.
    fileprivate func write(_ file: any StorageFile, slot: Int) throws(StoreError) {
        try writeBytes(encoded(), file, at: UInt64(slot * pageSize))
        try file.sync()
    }
}

extension Writer {
    /// Has the file tell of this opening, before its first transaction begins, and of a journal. In the writer's slot.
    func claimIfNeeded(_ core: Core) throws(StoreError) {
        if isClaimed { return }
        if core.usesJournal && journal.run == nil { return try flush(core, whole: false) }
        core.pipeline.waitUntilSynced()
        var meta = durable
        meta.previous = durable.transaction
        meta.transaction = takeVersion()
        meta.opening = core.opening
        meta.isWhole = true
        do throws(StoreError) {
            try meta.write(core.file, slot: 1 - slot)
        } catch {
            core.refuseWrites(error)
            throw error
        }
        durable = meta
        slot = 1 - slot
        journal.restart(meta)
        isClaimed = true
    }

    /// Writes the newest meta page over the other one too: of a file at rest either will do.
    func copyMeta(_ core: Core) throws(StoreError) {
        try durable.write(core.file, slot: 1 - slot)
    }
}

extension Mapping {
    /// Much more address space than the file needs now, so that it seldom has to be made anew.
    static func reserve(
        _ file: any StorageFile, pageSize: Int, atLeast byteCount: UInt64, previous: Mapping? = nil
    ) throws(StoreError) -> Mapping {
        // Of a file so large that four times it is no number, what there is must do.
        let wanted = byteCount <= 1 << 60 ? max(64 << 30, Int(byteCount).nextPowerOfTwo * 4) : Int(clamping: byteCount)
        return try Mapping(file, byteCount: wanted, pageShift: pageSize.trailingZeroBitCount, previous: previous)
    }
}

extension Int {
    fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
