// The journal's way to the disk: its place is chosen with a flush of pages, its records are written on their own.

extension Writer {
    /// From so many bytes on a record may not be worth while.
    private static let longRecord = 256 << 10

    /// What was applied since the last record or flush, as the next record: nil if the journal has no room for it, or pages had better be
    /// written.
    func takeRecord(_ core: Core) -> (page: UInt64, bytes: [UInt8])? {
        // Pages that a range delete cut off are of use only when a flush has told of it.
        if wantsFlush || !core.usesJournal || !tree.cuts.isEmpty { return nil }
        // Of many records next to each other the pages are no longer than they are, and would have to be written later.
        if journal.pendingByteCount > Self.longRecord && tree.memory.byteCount < 2 * journal.pendingByteCount { return nil }
        return journal.takeRecord(transaction: core.published.newest.transaction)
    }

    /// Writes a record and waits for the disk. As `finishFlush`, this needs no slot.
    func writeRecord(_ core: Core, _ record: (page: UInt64, bytes: [UInt8])) throws(StoreError) {
        do throws(StoreError) {
            try writeBytes(record.bytes, core.file, at: record.page * UInt64(core.pageSize))
            try core.file.sync()
        } catch {
            core.fallBack(to: durable, error)
            throw error
        }
        durableRecords += 1
    }

    /// Where the journal is from the flush `version` on: where it was, unless it should be longer, or could be further to the front in a
    /// file whose end is to be given back.
    func placeJournal(
        _ core: Core, _ buffer: FlushBuffer, _ version: UInt64, _ protected: [UInt64], closes: Bool
    ) throws(StoreError) -> PageRun? {
        guard let space, core.usesJournal, !closes || keepsJournalClosed else {
            releaseJournal(version, protected)
            return nil
        }
        let wanted = journal.wantedPages(highWater: space.highWater)
        if let run = journal.run {
            let isInTheWay =
                (space.compaction != nil || space.free.count > space.highWater / 4)
                && space.free.run(from: 0, atLeast: run.count).map { $0.start + run.count <= run.start } ?? false
            if closes || run.count >= wanted && !isInTheWay { return run }
        }
        // Among what is cut off there may be a place, before the file grows for it.
        self.space?.walkCuts(
            wanted: space.free.count + 4 * wanted, protected: protected, durable: durable.transaction, reader: tree.view.reader)
        releaseJournal(version, protected)
        let run = try self.space?.allocateRun(wanted, path: core.file.path)
        // Space that was written before takes half the time to write; see `growFile`.
        if let run {
            let current = try knownByteCount(core)
            let end = run.end * UInt64(core.pageSize)
            if end > current {
                try buffer.writeZeros(from: current, to: end)
                fileByteCount = end
            }
        }
        return run
    }

    /// Whether a file at rest has the journal still, for the next opening: if that is a small part of it.
    var keepsJournalClosed: Bool {
        guard let run = journal.run else { return false }
        return run.count <= (space?.highWater ?? durable.highWater) / 128
    }

    /// Its pages are free as soon as nobody can need them to come back to the flush before `version`.
    private func releaseJournal(_ version: UInt64, _ protected: [UInt64]) {
        guard let run = journal.run else { return }
        space?.absorb([FreedRun(start: run.start, count: run.count, birth: 0, freed: version)], protected: protected)
    }

    /// Makes the changes of records that another opening has left, and all of it durable.
    func recover(_ core: Core, _ records: [JournalRecord]) throws(StoreError) {
        begin()
        do throws(StoreError) {
            for record in records {
                guard try record.apply(to: tree) else {
                    throw .damaged(page: durable.journal.map { PageNumber(rawValue: $0.start) }, reason: JournalRecord.malformed)
                }
            }
            _ = try commit(core, .none)
        } catch {
            if isInTransaction { rollback(core) }
            throw error
        }
        try flush(core, whole: true)
    }
}
