import Catalog
import Ground

/// The rows that a statement writes, which may be computed before it has the writer's turn: then nobody waits for that.
final class GatheredPlan: Plan {
    init(_ child: Plan) {
        super.init([child])
    }

    /// Computes the rows, or as many of them as there is room for; they are given when the plan is opened.
    func gather(_ run: Run) throws(SQLError) -> GatheredRows {
        let rows = try GatheredRows(children[0].open(run), run)
        run.gathered[ObjectIdentifier(self)] = rows
        return rows
    }

    /// Whether rows were computed that have not been given yet.
    func isGathered(_ run: Run) -> Bool { run.gathered[ObjectIdentifier(self)] != nil }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        guard let rows = run.gathered.removeValue(forKey: ObjectIdentifier(self)) else { return try children[0].open(run) }
        return rows.source()
    }

    override func documentOfKey(_ run: Run) throws(SQLError) -> (key: Datum, table: TableConfig)? {
        try children[0].documentOfKey(run)
    }

    override var isShown: Bool { false }
}

/// Rows that were computed before they are read: in memory as long as they may be there, and beyond in a temporary file. Those for which
/// there is no room are computed when they are read.
final class GatheredRows {
    private var rows: [Row] = []
    private var list: RowList?
    /// What gives the rows behind; nil if there are none.
    private var rest: RowSource?
    private let held: HeldBytes
    private var width = 0
    private var count = 0
    /// Of those in memory.
    private var byteCount = 0

    /// What they may take in memory: what is written needs some as well.
    private static func mostInMemory(_ run: Run) -> Int { max(run.operatorShare / 4, Run.leastShare) }
    /// What they may take in a file: the operators that give them may need files, too.
    private static func mostInFiles(_ run: Run) -> Int { run.spillLimit / 2 }

    fileprivate init(_ source: @escaping RowSource, _ run: Run) throws(SQLError) {
        held = HeldBytes(run)
        while let batch = try source() {
            count += batch.count
            width = batch[0].count
            if let list {
                for row in batch { try list.append(row, key: .empty) }
                if run.spilledBytes > Self.mostInFiles(run) { rest = source }
            } else {
                rows += batch
                byteCount += Run.byteCount(of: batch, width: width)
                let hasRoom = (try? held.set(byteCount)) == true
                if byteCount > Self.mostInMemory(run) {
                    if run.spilledBytes + byteCount <= Self.mostInFiles(run) { try putIntoFile(run) } else { rest = source }
                } else if !hasRoom {
                    // They are few, and there already.
                    rest = source
                }
            }
            try run.check()
            if rest != nil { break }
        }
        try list?.finish()
    }

    private func putIntoFile(_ run: Run) throws(SQLError) {
        let list = RowList(run, try SpillFile(run))
        for row in rows { try list.append(row, key: .empty) }
        rows = []
        _ = try held.set(0)
        self.list = list
    }

    /// Whether they are no more than a statement writes that nobody would wait for.
    var areFew: Bool {
        rest == nil && list == nil && count < CatalogTransaction.longCount && byteCount < CatalogTransaction.longByteCount
    }

    /// The rows from the first to the last. To be called once.
    fileprivate func source() -> RowSource {
        var position = 0
        let reader = list?.reader()
        return { () throws(SQLError) in
            if position < self.rows.count {
                let end = min(self.rows.count, position + Plan.batchCount)
                defer { position = end }
                return Array(self.rows[position..<end])
            }
            if !self.rows.isEmpty {
                (self.rows, position) = ([], 0)
                _ = try self.held.set(0)
            }
            if let reader, let batch = try self.batch(reader) { return batch }
            return try self.rest?()
        }
    }

    private func batch(_ reader: RowList.Reader) throws(SQLError) -> [Row]? {
        var batch: [Row] = []
        var byteCount = 0
        while batch.count < Plan.batchCount, byteCount < Plan.batchByteCount, try reader.next() {
            byteCount += reader.rowByteCount
            batch.append(reader.row(capacity: width))
        }
        return batch.isEmpty ? nil : batch
    }
}
