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
///
/// Two threads use it at once: the one that has the writer's turn notes the changes of its transaction, and the one that leads takes the
/// record of those transactions that are over. So nobody who waits for the disk waits for a transaction that came later.
final class Journal: @unchecked Sendable {
    // Sendable: `pending`, its transaction, and the places and numbers of records are used under a lock of the pipeline's, or in the
    // writer's turn while no record can be taken; the rest in the turn.

    /// Its pages: nil until a flush has made room for a journal.
    private(set) var run: PageRun?
    /// The newest flush.
    private var base: MetaPage
    /// A change found no room.
    private var wasFull = false
    /// How many flushes of pages were made because it was full, since it has its length.
    private var timesFull = 0
    /// Something was applied that no record has or will have: only a flush of pages can save it.
    private var isBroken = false
    private let pageSize: Int
    private let cipher: PageCipher?
    /// Bytes behind the changes of a record.
    private var sealByteCount: Int { cipher == nil ? 0 : PageCipher.sealByteCount }

    /// The changes of the running transaction.
    private var running: [UInt8] = []
    /// The most bytes that they may have, whether or not the record before is taken meanwhile.
    private var runningLimit = 0
    /// The running transaction's changes found no room.
    private var isRunningLost = false

    /// The beginning of the next record: the changes of transactions that are over, and the state that they lead to.
    private var pending = JournalRecord.empty
    private var transaction = TransactionID.none
    /// The number that records on top of the newest flush begin with: nil until there is one.
    private var salt: UInt64?
    /// The pages that records on top of the newest flush take, and the number of these records.
    private var usedPages: PageCount = 0
    private var recordCount: UInt64 = 0
    /// Whether a flush of pages is wanted in place of the next record.
    private var needsPages = false

    /// The pages of a new journal in a small file.
    private static let leastPages: PageCount = 16
    private static let greatestByteCount: UInt64 = 8 << 20
    /// The space of a journal four times as long has to be written first, which a burst of commits that fills this one once doesn't pay back.
    private static let fillsBeforeGrowth = 2
    /// A longer change is written once, as a page, rather than twice.
    private static let greatestChange = 64 << 10

    init(_ meta: MetaPage, _ cipher: PageCipher?) {
        self.cipher = cipher
        pageSize = meta.pageSize
        base = meta
        run = meta.journal
        noteRoom()
    }

    // MARK: In the writer's turn

    /// Whether changes go into the next record.
    var isRecording: Bool { run != nil && !isBroken }

    func beginTransaction() { rollback() }

    func rollback() {
        running.removeAll(keepingCapacity: true)
        isRunningLost = false
    }

    func put(_ key: Bytes, _ value: Bytes) {
        if makesRoom(for: key.count + value.count) { JournalRecord.appendPut(key, value, to: &running) }
    }

    func delete(_ key: Bytes) {
        if makesRoom(for: key.count) { JournalRecord.appendDelete(key, to: &running) }
    }

    func delete(_ bounds: Bounds) {
        if makesRoom(for: (bounds.lower?.count ?? 0) + (bounds.upper?.count ?? 0)) { JournalRecord.appendDelete(bounds, to: &running) }
    }

    private func makesRoom(for byteCount: Int) -> Bool {
        guard isRecording && !isRunningLost else { return false }
        if byteCount <= Self.greatestChange, running.count + byteCount <= runningLimit { return true }
        if byteCount <= Self.greatestChange { wasFull = true }
        isRunningLost = true
        running = []
        return false
    }

    /// Notes how much room is left behind the next record. Taking that record changes nothing about it.
    private func noteRoom() {
        let room = Int(((run?.count ?? 0) - usedPages).byteCount(pageSize: pageSize))
        let next = hasPending ? (pending.count + sealByteCount + pageSize - 1) / pageSize * pageSize : 0
        runningLimit = room - next - JournalRecord.headerByteCount - JournalRecord.changeByteCount - sealByteCount
    }

    // MARK: Under the lock of the pipeline's next flush too

    /// Whether there are changes that no record has.
    var hasPending: Bool { pendingByteCount > 0 }
    var pendingByteCount: Int { pending.count - JournalRecord.headerByteCount }

    /// Puts the changes of the transaction that is over into the next record.
    ///
    /// - Parameter transaction: the state that it leads to.
    func finish(_ transaction: TransactionID) {
        if isRunningLost {
            isBroken = true
            pending = JournalRecord.empty
        } else if isRecording && !running.isEmpty {
            pending += running
            self.transaction = transaction
        }
        rollback()
        noteRoom()
    }

    /// Notes whether what is applied should be saved by a flush of pages rather than by a record.
    func note(needsPages: Bool) { self.needsPages = needsPages }

    /// The next record, with the changes of all transactions that are over, and the page where it belongs: nil if there are none, or if only
    /// a flush of pages can save them.
    ///
    /// - Parameter keepsChanges: whether somebody wants to know them when it is on the disk.
    func takeRecord(keepsChanges: Bool) -> TakenRecord? {
        guard !needsPages, isRecording, let run, hasPending else { return nil }
        var bytes = pending
        pending = JournalRecord.empty
        let salt = salt ?? base.journalSalt(cipher)
        self.salt = salt
        // What is sealed is sealed where it stands.
        let changes = keepsChanges ? Array(bytes.dropFirst(JournalRecord.headerByteCount)) : nil
        JournalRecord.finish(&bytes, salt: salt, sequence: recordCount, transaction: transaction, pageSize: pageSize, cipher)
        let page = run.start + usedPages
        usedPages += PageCount(bytes.count / pageSize)
        recordCount += 1
        return TakenRecord(page: page, bytes: bytes, changes: changes, transaction: transaction)
    }

    // MARK: Flushes of pages

    /// How many pages the journal should have in a file of `filePages`.
    func wantedPages(filePages: PageCount) -> PageCount {
        let greatest = max(Self.leastPages, PageCount(wholePagesIn: Self.greatestByteCount, pageSize: pageSize))
        guard let run else { return min(max(Self.leastPages, filePages / 256), greatest) }
        guard wasFull, timesFull + 1 >= Self.fillsBeforeGrowth else { return run.count }
        return min(run.count * 4, max(Self.leastPages, filePages / 16), greatest)
    }

    /// What is applied and in no record yet: nil if that was not noted.
    var unrecorded: [UInt8]? { isRecording ? Array(pending.dropFirst(JournalRecord.headerByteCount)) : nil }

    /// Begins anew on top of a flush of pages, which has everything that was applied.
    func restart(_ meta: MetaPage) {
        base = meta
        salt = nil
        timesFull = run != meta.journal ? 0 : wasFull ? timesFull + 1 : timesFull
        run = meta.journal
        usedPages = 0
        recordCount = 0
        wasFull = false
        pending = JournalRecord.empty
        isBroken = false
        needsPages = false
        rollback()
        noteRoom()
    }
}

/// A record on its way to the disk.
struct TakenRecord {
    /// The page where it belongs.
    let page: PageNumber
    let bytes: [UInt8]
    /// Its changes as they are in a plain file; nil if nobody wanted to know them.
    let changes: [UInt8]?
    /// The state that they lead to.
    let transaction: TransactionID
}
