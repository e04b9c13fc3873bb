import Ground

/// The changes since the newest flush of pages, as keys and values: the short way to the disk.
///
/// A commit of one record changes a leaf and all branches above it, pages that lie wherever there was room. Writing them takes several
/// requests to the disk. So a commit writes its changes as one record of the journal, which is one request, and the pages are written
/// when the journal is full, once for all commits since. After a crash, and in other processes, the changes are applied to the tree
/// of the newest flush again.
///
/// The journal is a run of pages that the meta page names. Each record begins with a page of its own, so that no write touches a page
/// with a record that is durable. When a flush of pages is durable, the next record goes to the beginning again. A record counts if it
/// is whole, the next in number, and made on top of the very flush that the meta page tells of.
struct Journal {
    /// Its pages: nil until a flush has made room for a journal.
    private(set) var run: PageRun?
    /// The newest flush.
    private var base: MetaPage
    /// The number that records on top of it begin with: nil until there is one.
    private var salt: UInt64?
    /// The pages that records on top of the newest flush take, and the number of these records.
    private var usedPages: PageCount = 0
    private var recordCount: UInt64 = 0
    /// A change found no room.
    private var wasFull = false
    /// The beginning of the next record.
    private var pending = JournalRecord.empty
    /// Something was applied that no record has or will have: only a flush of pages can save it.
    private var isBroken = false
    /// The length of `pending` and `isBroken` as they were when the running transaction began.
    private var mark = (pending: 0, isBroken: false)
    private let pageSize: Int

    /// The pages of a new journal in a small file.
    private static let leastPages: PageCount = 16
    private static let greatestByteCount: UInt64 = 2 << 20
    /// A longer change is written once, as a page, rather than twice.
    private static let greatestChange = 64 << 10

    init(_ meta: MetaPage) {
        pageSize = meta.pageSize
        base = meta
        run = meta.journal
    }

    // MARK: Changes

    /// Whether changes go into the next record.
    var isRecording: Bool { run != nil && !isBroken }
    /// Whether there are changes that no record has.
    var hasPending: Bool { pendingByteCount > 0 }
    var pendingByteCount: Int { pending.count - JournalRecord.headerByteCount }

    /// Bytes that the next record may have.
    private var room: Int { Int(((run?.count ?? 0) - usedPages).byteCount(pageSize: pageSize)) }

    mutating func beginTransaction() { mark = (pending.count, isBroken) }

    mutating func rollback() {
        if isBroken {
            // The changes of earlier transactions that were pending are gone, if there were any.
            isBroken = mark.isBroken || mark.pending > JournalRecord.headerByteCount
        } else {
            pending.removeSubrange(mark.pending...)
        }
    }

    mutating func put(_ key: Bytes, _ value: Bytes) {
        if makesRoom(for: key.count + value.count) { JournalRecord.appendPut(key, value, to: &pending) }
    }

    mutating func delete(_ key: Bytes) {
        if makesRoom(for: key.count) { JournalRecord.appendDelete(key, to: &pending) }
    }

    mutating func delete(_ bounds: Bounds) {
        if makesRoom(for: (bounds.lower?.count ?? 0) + (bounds.upper?.count ?? 0)) { JournalRecord.appendDelete(bounds, to: &pending) }
    }

    private mutating func makesRoom(for byteCount: Int) -> Bool {
        guard isRecording else { return false }
        if byteCount <= Self.greatestChange, pending.count + byteCount + JournalRecord.changeByteCount <= room { return true }
        if byteCount <= Self.greatestChange { wasFull = true }
        isBroken = true
        pending = JournalRecord.empty
        return false
    }

    /// The next record, with all changes so far, and the page where it belongs.
    ///
    /// - Parameter transaction: the state that it leads to.
    mutating func takeRecord(transaction: TransactionID) -> (page: PageNumber, bytes: [UInt8])? {
        guard isRecording, let run, hasPending else { return nil }
        var bytes = pending
        pending = JournalRecord.empty
        let salt = salt ?? base.journalSalt
        self.salt = salt
        JournalRecord.finish(&bytes, salt: salt, sequence: recordCount, transaction: transaction, pageSize: pageSize)
        let page = run.start + usedPages
        usedPages += PageCount(bytes.count / pageSize)
        recordCount += 1
        return (page, bytes)
    }

    // MARK: Flushes of pages

    /// How many pages the journal should have in a file of `filePages`.
    func wantedPages(filePages: PageCount) -> PageCount {
        let greatest = max(Self.leastPages, PageCount(wholePagesIn: Self.greatestByteCount, pageSize: pageSize))
        guard let run else { return min(max(Self.leastPages, filePages / 256), greatest) }
        return wasFull ? min(run.count * 4, max(Self.leastPages, filePages / 128), greatest) : run.count
    }

    /// Begins anew on top of a flush of pages, which has everything that was applied.
    mutating func restart(_ meta: MetaPage) {
        base = meta
        salt = nil
        run = meta.journal
        usedPages = 0
        recordCount = 0
        wasFull = false
        pending = JournalRecord.empty
        isBroken = false
    }
}
