/// What was changed since the newest flush of pages, as the changes themselves: the short way to the disk.
///
/// A commit of one record changes a leaf and all that is above it, pages that lie wherever there was room. To write them is several
/// requests to the disk; so a commit writes its changes as one record of the journal instead, which is one, and the pages are
/// written when the journal is full, once for all commits since. After a crash, and in other processes, the changes are applied
/// to the tree of the newest flush once more.
///
/// The journal is a run of pages that the meta page names. Each record begins with a page of its own, so that nothing is written
/// over that a commit has been promised to be in; the first one goes to the beginning again when a flush of pages is durable. A record
/// counts if it is whole, the next in number, and made on top of the very flush that the meta page tells of.
struct Journal {
    /// Its pages: nil until a flush has made room for them.
    private(set) var run: PageRun?
    /// The newest flush.
    private var base: MetaPage
    /// What records on top of it begin with: nil until there is one.
    private var salt: UInt64?
    /// Pages of the run that have records on top of the newest flush, and how many those are.
    private(set) var usedPages: UInt64 = 0
    private(set) var recordCount: UInt64 = 0
    /// There was more to write than had room.
    private(set) var wasFull = false
    /// The next record as far as there is one.
    private var pending = JournalRecord.empty
    /// Something was applied that no record has, nor will have: only a flush of pages can save it.
    private(set) var isBroken = false
    /// What held when the running transaction began.
    private var mark = (pending: 0, isBroken: false)
    private let pageSize: Int

    /// The pages of a journal at first, and at most.
    private static let leastPages: UInt64 = 16
    private static let greatestByteCount = 2 << 20
    /// Whoever opens a file looks at each page of the journal, so one that is longer than any version will make it was made to do harm.
    static let plausibleByteCount: UInt64 = 64 << 20
    /// A change longer than this is better written once, as a page, than twice.
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
    private var room: Int { Int((run?.count ?? 0) - usedPages) * pageSize }

    mutating func beginTransaction() { mark = (pending.count, isBroken) }

    mutating func rollback() {
        if isBroken {
            // What was pending is gone, unless nothing was.
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
    mutating func takeRecord(transaction: UInt64) -> (page: UInt64, bytes: [UInt8])? {
        guard isRecording, let run, hasPending else { return nil }
        var bytes = pending
        pending = JournalRecord.empty
        let salt = salt ?? base.journalSalt
        self.salt = salt
        JournalRecord.finish(&bytes, salt: salt, sequence: recordCount, transaction: transaction, pageSize: pageSize)
        let page = run.start + usedPages
        usedPages += UInt64(bytes.count / pageSize)
        recordCount += 1
        return (page, bytes)
    }

    // MARK: Flushes of pages

    /// How many pages the journal should have in a file of so many.
    func wantedPages(highWater: UInt64) -> UInt64 {
        let greatest = max(Self.leastPages, UInt64(Self.greatestByteCount / pageSize))
        guard let run else { return min(max(Self.leastPages, highWater / 256), greatest) }
        return wasFull ? min(4 * run.count, max(Self.leastPages, highWater / 128), greatest) : run.count
    }

    /// A flush of pages has everything that was applied; what comes now is on top of it.
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
