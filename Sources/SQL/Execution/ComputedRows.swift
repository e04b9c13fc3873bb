import Catalog
/// Rows that are made of other rows, for which expressions are computed.
enum ComputedRows {
    /// Batches grow from this on, so that not many values are kept for a client who reads no more than the first ones.
    private static let firstBatchCount = 32
    /// Bytes of long values with which a batch ends: they lie there until the client has read on.
    private static let longByteCount = 1 << 16

    /// - Parameter make: makes a row of a row, which it may change for that, and adds what its values take where they are long.
    static func source(
        _ source: @escaping RowSource, _ run: Run, _ make: @escaping (inout Row, inout Int) throws(SQLError) -> Row
    ) -> RowSource {
        var batch: [Row] = []
        var position = 0
        var most = firstBatchCount
        return { () throws(SQLError) in
            if position == batch.count {
                guard let next = try source() else { return nil }
                (batch, position) = (next, 0)
            }
            try run.check()
            let end = min(position + most, batch.count)
            most = min(2 * most, Plan.batchCount)
            var rows: [Row] = []
            rows.reserveCapacity(end - position)
            var byteCount = 0
            while position < end, byteCount < longByteCount {
                rows.append(try make(&batch[position], &byteCount))
                position += 1
            }
            return rows
        }
    }
}

/// Computes columns of flat queries for the rows that are left of all that FROM joins.
final class ComputedColumnsPlan: Plan {
    /// In the order in which they are computed: one may be computed of others.
    private let columns: [(position: Int, scalar: Scalar)]

    init(_ child: Plan, _ columns: [(position: Int, scalar: Scalar)]) {
        self.columns = columns
        super.init([child])
    }

    override var expressions: [Scalar] { columns.map(\.scalar) }

    private static func fill(
        _ row: inout Row, _ columns: [(position: Int, scalar: Scalar)], _ byteCount: inout Int, _ run: Run
    ) throws(SQLError) {
        for (position, scalar) in columns {
            let value = try scalar.value(row, run)
            byteCount += value.longByteCount
            row[position] = value
        }
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let columns = columns
        return ComputedRows.source(try children[0].open(run), run) { row, byteCount throws(SQLError) in
            try Self.fill(&row, columns, &byteCount, run)
            return row
        }
    }

    override func hasRows(_ run: Run) throws(SQLError) -> Bool { try children[0].hasRows(run) }
    override var scanOfExistence: ScanPlan? { children[0].scanOfExistence }
    override var isOfKey: Bool { children[0].isOfKey }

    override func documentOfKey(_ run: Run) throws(SQLError) -> (key: Datum, table: TableConfig)? {
        try children[0].documentOfKey(run)
    }

    override func rowAtOnce(_ run: Run) throws(SQLError) -> [Row]? {
        guard var rows = try children[0].rowAtOnce(run) else { return nil }
        var byteCount = 0
        for index in rows.indices { try Self.fill(&rows[index], columns, &byteCount, run) }
        return rows
    }

    override func scan(filling position: Int) -> ScanPlan? {
        columns.contains { $0.position == position } ? nil : children[0].scan(filling: position)
    }

    override var title: String { "Result" }
    override var isOfStepBelow: Bool { true }
    override var isOfEntry: Bool { children[0].isOfEntry }
}
