/// The state of a file for an opening that doesn't write it: the newest flush of pages and on top of it, in memory, the changes of the
/// journal's records.
final class Replay: @unchecked Sendable {
    // Sendable: changed only under the core's lock, or while nobody else has it; pages that snapshots see are never changed.
    let meta: MetaPage
    private let file: any StorageFile
    private let tree: Tree
    /// Pages of the journal that were read.
    private var usedPages: PageCount = 0
    /// The records that were taken in, as they are in the file.
    private(set) var records: [JournalRecord] = []
    /// The state that they lead to.
    private(set) var transaction: TransactionID

    /// The state without any record.
    init(_ file: any StorageFile, _ meta: MetaPage, _ mapping: Mapping) {
        self.file = file
        self.meta = meta
        let reader = PageReader(mapping: mapping, pageSize: meta.pageSize, pageLimit: meta.highWater)
        tree = Tree(view: TreeView(reader: reader, root: meta.root), transaction: meta.transaction)
        tree.durable = meta.transaction
        tree.keepsDigests = meta.hasDigests
        transaction = meta.transaction
    }

    var view: TreeView { tree.view }

    /// Takes in the records that have come since the last time, up to `limit` in all.
    ///
    /// - Returns: whether there were any.
    /// - Throws: `damaged` and others, after which nothing more can be taken in.
    @discardableResult
    func advance(to limit: UInt64 = .max) throws(StoreError) -> Bool {
        var hasAdvanced = false
        while UInt64(records.count) < limit, let record = try next() {
            // From now on the pages that snapshots see are copied.
            tree.transaction = tree.transaction.next
            guard try record.apply(to: tree) else {
                throw .damaged(page: meta.journal.map { $0.start + usedPages }, reason: JournalRecord.malformed)
            }
            usedPages += record.pageCount
            transaction = record.transaction
            records.append(record)
            hasAdvanced = true
        }
        return hasAdvanced
    }

    private func next() throws(StoreError) -> JournalRecord? {
        guard let record = try JournalRecord(file, meta, at: usedPages), record.sequence == UInt64(records.count),
            record.transaction > transaction
        else { return nil }
        return record
    }

    /// Checks whether intact records follow a torn one. Nothing is written behind a record before that one is durable, so then the torn
    /// one was whole once and has been damaged since.
    ///
    /// - Throws: `damaged` then.
    func checkEnd() throws(StoreError) {
        guard let run = meta.journal else { return }
        var offset = usedPages
        while offset < run.count {
            if let record = try JournalRecord(file, meta, at: offset), record.sequence > records.count {
                throw .damaged(
                    page: run.start + usedPages, reason: "a record of the journal is not whole, and there are later ones")
            }
            offset += 1
        }
    }
}
