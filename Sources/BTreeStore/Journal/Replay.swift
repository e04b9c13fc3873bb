/// The state of a file for those who can't or mustn't write it: the newest flush of pages, and on top of it, in memory, what the
/// journal's records say.
final class Replay: @unchecked Sendable {
    // Sendable: changed only under the core's state lock, or while nobody else has it; pages that snapshots see are never changed.
    let meta: MetaPage
    private let file: any StorageFile
    private let tree: Tree
    /// Pages of the journal that were gone through.
    private var usedPages: UInt64 = 0
    /// The records gone through, as they are in the file.
    private(set) var records: [JournalRecord] = []
    /// The state that they lead to.
    private(set) var transaction: UInt64

    /// The state without any record.
    init(_ file: any StorageFile, _ meta: MetaPage, _ mapping: Mapping) {
        self.file = file
        self.meta = meta
        let reader = PageReader(mapping: mapping, pageSize: meta.pageSize, pageLimit: meta.highWater)
        tree = Tree(
            pageSize: meta.pageSize, view: TreeView(reader: reader, root: meta.root), version: meta.transaction)
        tree.durable = meta.transaction
        transaction = meta.transaction
    }

    deinit {
        tree.freeMemory()
    }

    /// The state to read. It keeps what it needs of this.
    var view: TreeView {
        var view = tree.view
        view.replay = self
        return view
    }

    /// Takes in the records that have come since the last time, up to so many in all.
    ///
    /// - Returns: whether there were any.
    /// - Throws: `damaged` and others, after which nothing more can be taken in.
    @discardableResult
    func advance(to limit: UInt64 = .max) throws(StoreError) -> Bool {
        var hasAdvanced = false
        while UInt64(records.count) < limit, let record = try next() {
            // What snapshots see so far stays.
            tree.version += 1
            guard try record.apply(to: tree) else {
                let page = meta.journal.map { PageNumber(rawValue: $0.start + usedPages) }
                throw .damaged(page: page, reason: JournalRecord.malformed)
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

    /// Nothing is written behind a record before that one is durable. So if a later record is there, the next one was there too, and
    /// has been damaged since.
    ///
    /// - Throws: `damaged` then.
    func checkEnd() throws(StoreError) {
        guard let run = meta.journal else { return }
        for offset in usedPages..<max(usedPages, run.count) {
            guard let record = try JournalRecord(file, meta, at: offset), record.sequence > records.count else { continue }
            let page = PageNumber(rawValue: run.start + usedPages)
            throw .damaged(page: page, reason: "a record of the journal is not whole, and there are later ones")
        }
    }
}
