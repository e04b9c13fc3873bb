// The journal's way to the disk: a flush of pages chooses its place, its records are written on their own.

extension Writer {
    /// A longer record, in bytes, may cost more than writing the pages.
    private static let longRecord = 256 << 10

    /// Whether what was applied since the last record or flush should go to its pages, though the journal may have room for it.
    var needsPages: Bool {
        if wantsFlush || !usesJournal { return true }
        // The pages of many records next to each other are no longer than these are, and would have to be written later.
        return journal.pendingByteCount > Self.longRecord && tree.memory.byteCount < 2 * journal.pendingByteCount
    }

    /// Writes a record and waits for the disk. Like `finishFlush`, this doesn't need the writer's turn.
    func writeRecord(_ record: TakenRecord) throws(StoreError) {
        do {
            try writeBytes(record.bytes, file, at: record.page.offset(pageSize: tree.pageSize))
            try file.sync()
        } catch {
            fallBack(after: error)
            throw error
        }
        durable.recordCount += 1
        shipping.add(record.transaction, record.changes)
    }

    /// The journal's place from a flush on: the place that it has, unless the journal should be longer, or could lie further to the front
    /// in a file whose end is to be given back.
    func placeJournal(_ flush: Flush, closes: Bool) throws(StoreError) -> PageRun? {
        guard let space, usesJournal, !closes || keepsJournalClosed else {
            releaseJournal(flush)
            return nil
        }
        let filePages = space.highWater.preceding
        let wanted = journal.wantedPages(filePages: filePages)
        if let run = journal.run {
            let mayMove = space.compaction != nil || space.free.count > filePages / 4
            let place = mayMove ? self.space?.firstRun(atLeast: run.count) : nil
            let isInTheWay = place.map { $0.start + run.count <= run.start } ?? false
            if closes || run.count >= wanted && !isInTheWay { return run }
        }
        // Nobody's commit should fail because a journal would have been longer.
        if !mayGrow(by: wanted + tree.memory.filePageCount) { return journal.run }
        // There may be a place in what was cut off. That is better than to have the file grow.
        self.space?.walkCuts(
            wanted: space.free.count + wanted * 4, protected: flush.protected, newestFlush: newestFlush, reader: tree.view.reader)
        releaseJournal(flush)
        guard let run = try self.space?.allocateRun(wanted, path: file.path) else { return nil }
        // Space that was written before takes half the time to write (`Tests/Benchmarks/README.md`).
        try length.extend(file, to: run.end.offset(pageSize: tree.pageSize), with: flush.buffer)
        return run
    }

    /// Whether a closed file keeps the journal for the next opening: if it is a small part of the file.
    var keepsJournalClosed: Bool {
        guard let run = journal.run else { return false }
        return run.count <= (space?.highWater ?? durable.meta.highWater).preceding / 128
    }

    /// Frees the journal's pages from a flush on: as soon as nobody can need them to come back to the flush before.
    private func releaseJournal(_ flush: Flush) {
        guard let run = journal.run else { return }
        space?.absorb([FreedRun(run: run, birth: .none, freed: flush.number)], protected: flush.protected)
    }
}
