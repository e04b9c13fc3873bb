// Copying a file that is in use. The copy has the pages of one durable state at their own places, byte for byte, and says that all
// the others are free; so it is a file as if nothing had happened since, `diff` passes over what both have, and a file that was
// mostly free is a sparse one. Writers and readers go on: a snapshot keeps the pages as they are.
//
// It is made under another name, synced, and only then gets its own: whatever happens meanwhile, there is a whole copy under that
// name or none.

/// What a backup took.
public struct BackupReport: Sendable, Equatable {
    /// The state that was copied.
    public var transaction: TransactionID
    public var records: UInt64
    /// Pages that hold something, and bytes of the copy with those that don't.
    public var pages: UInt64
    public var fileBytes: UInt64
}

extension Store {
    /// Copies everything that is durable, and first makes durable what has been applied, to a file of its own. The copy has this
    /// file's UUID: it is to take its place some day, not to be written beside it.
    ///
    /// - Parameter replacing: whether a file at `path` may be replaced.
    /// - Throws: `alreadyExists`; `busy` if the file to be replaced is open for writing, this one included: its writer would go on with
    ///   a file without a name; `damaged` if a page isn't sound, as a copy of it would be no backup; `diskFull`, `io` and others. Then
    ///   there is no copy.
    @discardableResult
    public func backup(to path: String, replacing: Bool = false) throws(StoreError) -> BackupReport {
        if FileName.exists(path) {
            guard replacing else { throw .alreadyExists(path: path) }
            var options = StoreOptions()
            options.readOnly = true
            let old = try DiskFile(path, options: options)
            if try old.isWriterElsewhere() { throw .busy(path: path, processID: readProcessNote(old)) }
        }
        let temporary = path + ".partial"
        let file = try DiskFile(temporary, options: StoreOptions())
        // Another backup to the same place would write the same file.
        try file.lockWriter()
        do throws(StoreError) {
            let report = try backup(into: file)
            try FileName.move(temporary, to: path, replacing: replacing)
            return report
        } catch {
            FileName.remove(temporary)
            throw error
        }
    }

    /// Makes a file a copy, whatever was in it.
    package func backup(into file: any StorageFile) throws(StoreError) -> BackupReport {
        try file.resize(0)
        if core.file.isVolatile { return try copyRecords(to: file) }
        let (snapshot, meta) = try durableSnapshot()
        var copy = try BackupCopy(snapshot.view, meta, core.records(of: snapshot))
        try copy.write(to: file)
        let report = BackupReport(
            transaction: snapshot.transaction, records: snapshot.count(), pages: copy.pageCount, fileBytes: try file.byteCount())
        withExtendedLifetime(snapshot) {}
        return report
    }

    /// A store in memory has pages that no file has, so its records are put into a new one.
    private func copyRecords(to file: any StorageFile) throws(StoreError) -> BackupReport {
        let snapshot = try snapshot()
        var options = StoreOptions()
        options.pageSize = pageSize
        let copy = Store(core: try Core.open(file, options: options, identity: uuid), path: nil)
        var transaction = try copy.beginWrite()
        var cursor = try snapshot.cursor()
        while try cursor.next() {
            let value = try cursor.value
            try transaction.append(cursor.key, value.span)
        }
        try transaction.commit(.none)
        try copy.close()
        let bytes = try file.byteCount()
        return BackupReport(
            transaction: snapshot.transaction, records: snapshot.count(), pages: bytes / UInt64(pageSize), fileBytes: bytes)
    }

    /// The newest durable state, with the meta page that tells of it.
    func durableSnapshot() throws(StoreError) -> (Snapshot, MetaPage) {
        if isReadOnly {
            for _ in 0..<1000 {
                let snapshot = try snapshot()
                // Unless the writer has flushed twice since, its meta page is still there.
                let metas = try MetaPages(core.file).good
                let found = metas.first { $0.meta.transaction == snapshot.view.flush(snapshot.transaction.rawValue) }
                if let meta = found?.meta { return (snapshot, meta) }
            }
            throw .busy(path: core.file.path, processID: readProcessNote(core.file))
        }
        core.gate.enter()
        defer { core.gate.leave() }
        try core.checkWritable()
        core.pipeline.waitUntilSynced()
        if core.writer.hasUnflushed { try core.writer.flush(core, whole: false) }
        return (try snapshot(), core.writer.durable)
    }
}

/// Which pages a state has, and the writing of them.
private struct BackupCopy {
    private let view: TreeView
    private var meta: MetaPage
    private let pageSize: Int
    private let records: [JournalRecord]
    private var used = PageBitmap()
    private(set) var pageCount: UInt64 = 2

    /// Reads and verifies everything.
    init(_ view: TreeView, _ meta: MetaPage, _ records: [JournalRecord]) throws(StoreError) {
        self.view = view
        self.meta = meta
        pageSize = meta.pageSize
        // What a journal says is on top of this very flush, so the copy has it as it is here.
        self.records = records
        if records.isEmpty { self.meta.journal = nil }
        if let journal = self.meta.journal { try note(journal) }
        if !meta.root.isEmpty { try visit(meta.root.reference, level: meta.root.level) }
    }

    private mutating func visit(_ reference: PageReference, level: Int) throws(StoreError) {
        try note(PageRun(start: reference.page, count: 1))
        let page = try view.reader.page(reference, level: level)
        for index in 0..<page.count {
            if level > 0 {
                try visit(page.child(index), level: level - 1)
            } else if page.overflow > 0, page.leafCell(index).isOverflow, case let run = page.leafCell(index).run {
                try note(PageRun(start: run.page, count: run.pageCount(pageSize: pageSize)))
                _ = try view.reader.value(in: run)
            }
        }
    }

    private mutating func note(_ run: PageRun) throws(StoreError) {
        guard run.start >= 2, run.end <= meta.highWater, used.run(from: run.start, to: run.end) == nil else {
            throw .damaged(page: PageNumber(rawValue: run.start), reason: "two pages refer to it, or the file ends before it")
        }
        used.insert(run.start, run.count)
        pageCount += run.count
    }

    mutating func write(to file: any StorageFile) throws(StoreError) {
        var failure: StoreError?
        var pages = used
        if let journal = meta.journal { pages.remove(journal.start, journal.count) }
        pages.forEachRun { run in
            if failure != nil { return }
            do throws(StoreError) { try view.reader.mapping.copy(run, to: file) } catch { failure = error }
        }
        if let failure { throw failure }
        try writeJournal(file)
        try writeLog(file)
        let end = meta.highWater * UInt64(pageSize)
        if try file.byteCount() != end { try file.resize(end) }
        try file.sync()
        // Both meta pages tell of the same state: there is no older one to fall back to.
        meta.isWhole = true
        meta.previous = meta.transaction
        for slot: UInt64 in [0, 1] { try writeBytes(meta.encoded(), file, at: slot * UInt64(pageSize)) }
        try file.sync()
    }

    /// The records as the snapshot has them: in the file the next flush's may stand there by now.
    private func writeJournal(_ file: any StorageFile) throws(StoreError) {
        var page = meta.journal?.start ?? 0
        for record in records {
            try writeBytes(record.bytes, file, at: page * UInt64(pageSize))
            page += record.pageCount
        }
    }

    /// Says that all other pages are free, in a log of the copy's own in some of them.
    private mutating func writeLog(_ file: any StorageFile) throws(StoreError) {
        var places: [UInt64] = []
        var entries: [ArraySlice<UInt8>] = []
        while true {
            entries = SpaceLog.pages(of: freeEntries(), pageSize: pageSize)
            if entries.count <= places.count { break }
            // Taking a page may divide a free run, which is an entry more.
            let place = free().run(from: 2)?.start ?? meta.highWater
            meta.highWater = max(meta.highWater, place + 1)
            used.insert(place, 1)
            places.append(place)
        }
        while entries.count < places.count { entries.append([]) }
        let buffer = FlushBuffer(file, pageSize: pageSize)
        meta.space = PageReference()
        for (place, entries) in zip(places, entries) {
            meta.space = try buffer.append(
                logPage: entries, count: SpaceLog.Entry.count(in: entries), previous: meta.space, number: place, birth: meta.transaction)
        }
        try buffer.finish()
        pageCount += UInt64(places.count)
    }

    private func free() -> PageBitmap {
        var free = PageBitmap()
        if meta.highWater > 2 { free.insert(2, meta.highWater - 2) }
        used.forEachRun { free.remove($0.start, $0.count) }
        return free
    }

    private func freeEntries() -> [UInt8] {
        var bytes: [UInt8] = []
        free().forEachRun { SpaceLog.Entry.free($0).encode(to: &bytes) }
        return bytes
    }
}
