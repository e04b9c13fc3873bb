import Ground

// Copying a file that is in use. The copy has the pages of one durable state at their own places, byte for byte, and says that all
// others are free. So it is the file as it was at that state; `diff` passes over the pages that both have; and the copy of a file
// that was mostly free is a sparse file. Writers and readers go on: a snapshot keeps the pages as they are.
//
// The copy is made under another name, synced, and only then gets its own: whatever happens meanwhile, there is a whole copy under
// that name or none.

/// The result of a backup.
public struct BackupReport: Sendable, Equatable {
    /// The state that was copied.
    public var transaction: TransactionID
    public var records: UInt64
    /// Pages that hold something, and bytes of the copy, free pages included.
    public var pages: UInt64
    public var fileBytes: UInt64
}

extension Store {
    /// Copies everything that is durable, and first makes durable what has been applied, to a file of its own. The copy has this
    /// file's UUID: it is to take its place some day, not to be written beside it.
    ///
    /// - Parameter replacing: whether a file at `path` may be replaced.
    /// - Throws: `alreadyExists`; `busy` if the file to be replaced is open for writing, this one included, as its writer would go on
    ///   with a file without a name; `damaged` if a page isn't sound, as a copy of it would be no backup; `diskFull`, `io` and others.
    ///   Then there is no copy.
    @discardableResult
    public func backup(to path: String, replacing: Bool = false) throws(StoreError) -> BackupReport {
        if FileName.exists(path) {
            guard replacing else { throw .alreadyExists(path: path) }
            var options = StoreOptions()
            options.readOnly = true
            let old = try DiskFile(path, options: options)
            if try old.isWriterElsewhere() { throw .busy(path: path, processID: readProcessNote(old)) }
        }
        let temporary = DiskFile.unfinishedName(of: path, uuid)
        let file = try DiskFile.made(at: temporary)
        do {
            let report = try backup(into: file)
            try FileName.move(temporary, to: path, replacing: replacing)
            return report
        } catch {
            FileName.remove(temporary)
            throw error
        }
    }

    /// Makes the copy in a file, whatever was in it.
    package func backup(into file: any StorageFile) throws(StoreError) -> BackupReport {
        try file.resize(0)
        if core.file.isVolatile { return try copyRecords(to: file) }
        let file = file.sealedLike(core.file)
        let (snapshot, meta) = try durableSnapshot()
        var copy = try BackupCopy(snapshot.view, meta, core.records(of: snapshot.state), NamedState.all(in: snapshot.view))
        try copy.write(to: file)
        let report = BackupReport(
            transaction: snapshot.transaction, records: snapshot.count(), pages: copy.pageCount.rawValue, fileBytes: try file.byteCount())
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
                if let meta = try MetaPages.of(snapshot.state.flush, core.file) { return (snapshot, meta) }
            }
            throw .busy(path: core.file.path, processID: readProcessNote(core.file))
        }
        return try core.pipeline.inTurn(flushedSnapshot())
    }

    /// In the writer's turn, while no flush is under way.
    private func flushedSnapshot() throws(StoreError) -> (Snapshot, MetaPage) {
        if core.writer.hasUnflushed { try core.writer.flush(whole: false) }
        return (try snapshot(), core.writer.durable.meta)
    }
}

/// The pages of a state, and how they are written to the copy.
private struct BackupCopy {
    private let view: TreeView
    private var meta: MetaPage
    private let pageSize: Int
    private let records: [JournalRecord]
    private var used = PageBitmap()
    /// Pages that only states with names have, with the first number from which on none has them.
    private var held: [FreedRun] = []
    private(set) var pageCount: PageCount = 2

    /// Reads and verifies everything.
    init(_ view: TreeView, _ meta: MetaPage, _ records: [JournalRecord], _ states: [NamedState]) throws(StoreError) {
        self.view = view
        self.meta = meta
        pageSize = meta.pageSize
        // The journal's records are on top of this very flush, so the copy has them as they are here.
        self.records = records
        if records.isEmpty { self.meta.journal = nil }
        if let journal = self.meta.journal { try note(journal) }
        if !meta.root.isEmpty { try visit(meta.root.reference, level: meta.root.level) }
        for state in states.sorted(by: { $0.transaction > $1.transaction }) where !state.root.isEmpty {
            try visit(state.root.reference, level: state.root.level, of: state)
        }
    }

    /// Takes what a state has and no newer one that is copied.
    private mutating func visit(_ reference: PageReference, level: Int, of state: NamedState) throws(StoreError) {
        let page = try view.reader.confirmedPage(reference, level: level)
        if try !note(PageRun(reference.page), birth: reference.birth, of: state) { return }
        for index in 0..<page.count {
            if level > 0 {
                try visit(page.child(index), level: level - 1, of: state)
            } else if page.overflow > 0, page.leafCell(index).isOverflow, case let run = page.leafCell(index).run {
                if try note(run.run(pageSize: pageSize, capacity: view.reader.capacity), birth: run.birth, of: state) {
                    _ = try view.reader.confirmedValue(in: run)
                }
            }
        }
    }

    /// - Returns: false if a newer state has these pages too.
    private mutating func note(_ run: PageRun, birth: TransactionID, of state: NamedState) throws(StoreError) -> Bool {
        if run.end <= meta.highWater && used.contains(run.start) { return false }
        try note(run)
        held.append(FreedRun(run: run, birth: birth, freed: state.transaction.next))
        return true
    }

    private mutating func visit(_ reference: PageReference, level: Int) throws(StoreError) {
        try note(PageRun(reference.page))
        let page = try view.reader.confirmedPage(reference, level: level)
        for index in 0..<page.count {
            if level > 0 {
                try visit(page.child(index), level: level - 1)
            } else if page.overflow > 0, page.leafCell(index).isOverflow, case let run = page.leafCell(index).run {
                try note(run.run(pageSize: pageSize, capacity: view.reader.capacity))
                _ = try view.reader.confirmedValue(in: run)
            }
        }
    }

    private mutating func note(_ run: PageRun) throws(StoreError) {
        guard run.start >= .first, run.end <= meta.highWater, !used.intersects(run) else {
            throw .damaged(page: run.start, reason: "two pages refer to it, or the file ends before it")
        }
        used.insert(run)
        pageCount += run.count
    }

    mutating func write(to file: any StorageFile) throws(StoreError) {
        var failure: StoreError?
        var pages = used
        if let journal = meta.journal { pages.remove(journal) }
        pages.forEachRun { run in
            if failure != nil { return }
            do throws(StoreError) { try view.reader.mapping.copy(run, to: file) } catch { failure = error }
        }
        if let failure { throw failure }
        try writeJournal(file)
        try writeLog(file)
        if try file.byteCount() != meta.fileByteCount { try file.resize(meta.fileByteCount) }
        try file.sync()
        // Both meta pages tell of the same state: there is no older one to fall back to.
        meta.isWhole = true
        meta.previous = meta.transaction
        for place in MetaPage.places {
            if file.cipher != nil { try KeyArea.copy(from: view.reader.mapping.file, to: file, place, pageSize: pageSize) }
            try meta.write(file, place)
        }
        try file.sync()
    }

    /// Writes the records as the snapshot has them: in the file, those of the next flush may be in their place by now.
    private func writeJournal(_ file: any StorageFile) throws(StoreError) {
        var page = meta.journal?.start ?? .none
        for record in records {
            try writeBytes(record.fileBytes, file, at: page.offset(pageSize: pageSize))
            page += record.pageCount
        }
    }

    /// Writes a free-space log of the copy's own, which says that all other pages are free, into some of them.
    private mutating func writeLog(_ file: any StorageFile) throws(StoreError) {
        var places: [PageNumber] = []
        var entries: [ArraySlice<UInt8>] = []
        while true {
            entries = SpaceLog.pages(of: freeEntries(), capacity: view.reader.capacity)
            if entries.count <= places.count { break }
            // Taking a page may divide a free run, which makes one more entry.
            let place = PageRun(used.complement(before: meta.highWater).run(from: .first)?.start ?? meta.highWater)
            meta.highWater = max(meta.highWater, place.end)
            used.insert(place)
            places.append(place.start)
        }
        while entries.count < places.count { entries.append([]) }
        let buffer = FlushBuffer(file, pageSize: pageSize)
        meta.space = PageReference()
        for (place, entries) in zip(places, entries) {
            meta.space = try buffer.append(
                logPage: entries, previous: meta.space, number: place, birth: meta.transaction)
        }
        try buffer.finish()
        pageCount += PageCount(places.count)
    }

    private func freeEntries() -> [UInt8] {
        var bytes: [UInt8] = []
        used.complement(before: meta.highWater).forEachRun { SpaceLog.Entry.free($0).encode(to: &bytes) }
        for run in held { SpaceLog.Entry.freed(run).encode(to: &bytes) }
        return bytes
    }
}
