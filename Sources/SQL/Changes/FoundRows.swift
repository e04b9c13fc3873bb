import Catalog

/// The rows that UPDATE, DELETE and MERGE change.
///
/// They may be found, and what becomes of them computed, before the statement has the writer's turn. Others go on writing then: a row that is
/// another one when the turn has come is looked at again, as READ COMMITTED has it. If the condition holds for it as it is now, its values are
/// computed anew, beside the same rows of other tables; rows that are gone, or have got another key, are left alone, and those that came are
/// not seen.
final class FoundRows {
    struct Found {
        /// What is stored, if it is wanted, and at which key; nil: there is no row of the table, which only MERGE wants to know.
        let stored: (key: Datum, document: Datum)?
        /// Of the level: the table's columns, and those of the tables beside it.
        let row: Row
        /// What was computed already; nil: it has to be done now.
        let values: Row?
    }

    /// What is computed of a row; nil if nothing is to be done with it.
    typealias Computing = (Row, Run) throws(SQLError) -> Row?

    /// What a change reads.
    let plan: Plan
    private let finding: Plan
    private let gathered: GatheredPlan?
    private let table: TableRelation
    private let entry: RangeEntry
    private let documentPosition: Int
    private let condition: Scalar?
    private let isAlone: Bool
    private let givesMissing: Bool
    private let wanted: Wanted

    /// What is wanted of a row that is as it was found, and of which everything was computed.
    enum Wanted {
        case key, document, row
    }

    /// - Parameter finding: gives rows of the level of the table's entry, with the document at a position.
    /// - Parameter nodes: the table, and what stands beside it.
    /// - Parameter condition: what is true for the rows.
    /// - Parameter wanted: of less than all of a row, the rest is not filled in.
    /// - Parameter givesMissing: whether rows beside the table that have no row of it are given, too.
    init(
        _ finding: Plan, _ target: ChangeTarget, document: Int, _ nodes: [FromNode], _ condition: Scalar?, givesMissing: Bool = false,
        wanted: Wanted = .row, _ computing: @escaping Computing
    ) {
        self.wanted = wanted
        (table, entry) = (target.table, target.entry)
        (self.finding, documentPosition, self.condition, self.givesMissing) = (finding, document, condition, givesMissing)
        isAlone = nodes.count == 1 && !givesMissing
        let isLateral = nodes.contains { $0.entries.contains(where: \.isLateral) }
        if table.hasCells || table.isTemporary || entry.cells != nil || entry.scoreColumn != nil || isLateral {
            gathered = nil
        } else {
            gathered = GatheredPlan(
                FoundValuesPlan(
                    finding, table, entry, document: document, isAlone: isAlone, givesMissing: givesMissing, computing))
        }
        plan = gathered ?? finding
    }

    /// Does something with each row, in the state that is written to.
    func forEach(_ run: Run, _ body: (Found) throws(SQLError) -> Void) throws(SQLError) {
        guard let gathered, gathered.isGathered(run) else {
            return try finding.forEach(run) { row throws(SQLError) in
                if case .json(let stored) = row[documentPosition], let key = stored[field: table.config.primaryKey] {
                    try body(Found(stored: (key.owned, stored), row: row, values: nil))
                } else if givesMissing {
                    try body(Found(stored: nil, row: row, values: nil))
                }
            }
        }
        let isUnchanged: Bool
        do throws(CatalogError) { isUnchanged = try run.catalog.snapshot().transaction == run.state.snapshot.transaction } catch {
            throw SQLError(error)
        }
        let columns = entry.usedColumns.map { ScanColumn($0, $1, table, entry, run.session.types) }
        let empty = entry.level.emptyRow
        let keyPlace = isAlone ? 0 : empty.count
        let source = try gathered.open(run)
        while let batch = try source() {
            var start = 0
            while start < batch.count {
                let part = batch[start..<min(start + Self.fetchedCount, batch.count)]
                let seen = isUnchanged && wanted == .key ? nil : try documents(of: part, keyPlace, run)
                for index in part.indices {
                    let document = seen.flatMap { $0[index - start] }
                    if let item = try newest(batch[index], keyPlace, document, columns, empty, isUnchanged: isUnchanged, run) {
                        try body(item)
                    }
                }
                start = part.endIndex
            }
            try run.check()
        }
    }

    /// So many documents are fetched together.
    private static let fetchedCount = 32

    /// What was found, as it was found; nil where there is no row of the table.
    private func documents(of rows: ArraySlice<Row>, _ keyPlace: Int, _ run: Run) throws(SQLError) -> [Datum?] {
        var keys: [Datum] = []
        for row in rows { if case .json(let key) = row[keyPlace] { keys.append(key) } }
        let found: [Datum?]
        do throws(CatalogError) { found = try run.state.snapshot.get(keys, in: table.config) } catch { throw SQLError(error) }
        if found.count == rows.count { return found }
        var rest = found[...]
        return rows.map { row in if case .json = row[keyPlace] { rest.popFirst() ?? nil } else { nil } }
    }

    /// What was found, as it is now; nil if there is nothing to be done with it any more.
    ///
    /// - Parameter seen: what was found, if it is wanted and there is a row of the table.
    private func newest(
        _ found: Row, _ keyPlace: Int, _ seen: Datum?, _ columns: [ScanColumn], _ empty: Row, isUnchanged: Bool, _ run: Run
    ) throws(SQLError) -> Found? {
        var row = isAlone ? empty : Array(found[..<keyPlace])
        let values = Array(found[(keyPlace + 1)...])
        if isUnchanged, wanted == .key, case .json(let key) = found[keyPlace] {
            return Found(stored: (key, .null), row: row, values: values)
        }
        guard case .json(let key) = found[keyPlace], let seen else {
            return Found(stored: nil, row: row, values: values)
        }
        if isUnchanged, wanted == .document { return Found(stored: (key, seen), row: row, values: values) }
        var now: Datum? = seen
        var isSame = true
        if !isUnchanged, case let newest = try newestDocument(at: key, run), newest != seen { (now, isSame) = (newest?.owned, false) }
        if let now {
            for column in columns { row[column.position] = column.value(now, table.config.primaryKey) }
            if isSame { return Found(stored: (key, now), row: row, values: values) }
            if try condition?.isTrue(row, run) ?? true { return Found(stored: (key, now), row: row, values: nil) }
            for column in columns { row[column.position] = .null }
        }
        return givesMissing ? Found(stored: nil, row: row, values: nil) : nil
    }

    private func newestDocument(at key: Datum, _ run: Run) throws(SQLError) -> Datum? {
        let config = table.config
        return try run.session.transaction.writing { transaction throws(CatalogError) in try transaction.get(key, in: config) }
    }

    /// The values of expressions.
    static func values(_ scalars: [Scalar]) -> Computing {
        { (row, run) throws(SQLError) in
            var values: Row = []
            for scalar in scalars { values.append(try scalar.value(row, run)) }
            return values
        }
    }
}

/// What is kept of the rows that are changed until they are: those of tables beside them, the key, and what was computed of them.
final class FoundValuesPlan: Plan {
    private let entry: RangeEntry
    private let keyField: String
    private let documentPosition: Int
    private let isAlone: Bool
    private let givesMissing: Bool
    private let computing: FoundRows.Computing

    fileprivate init(
        _ child: Plan, _ table: TableRelation, _ entry: RangeEntry, document: Int, isAlone: Bool, givesMissing: Bool,
        _ computing: @escaping FoundRows.Computing
    ) {
        self.entry = entry
        documentPosition = document
        self.isAlone = isAlone
        self.givesMissing = givesMissing
        self.computing = computing
        keyField = table.config.primaryKey
        super.init([child])
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        let source = try children[0].open(run)
        let own = entry.positions
        let width = entry.level.width
        var batch: [Row] = []
        var place = 0
        return { () throws(SQLError) in
            while true {
                if place == batch.count {
                    guard let next = try source() else { return nil }
                    (batch, place) = (next, 0)
                }
                var made: [Row] = []
                var byteCount = 0
                while place < batch.count, byteCount < Plan.batchByteCount {
                    let row = batch[place]
                    place += 1
                    var key: Datum?
                    if case .json(let stored) = row[self.documentPosition] { key = stored[field: self.keyField]?.owned }
                    if key == nil, !self.givesMissing { continue }
                    guard let values = try self.computing(row, run) else { continue }
                    var kept: Row = []
                    if !self.isAlone {
                        kept = row
                        for position in own { kept[position] = .null }
                        while kept.count < width { kept.append(.null) }
                    }
                    kept.append(key.map { .json($0) } ?? .null)
                    kept += values
                    byteCount += Run.byteCount(of: kept)
                    made.append(kept)
                }
                if !made.isEmpty { return made }
            }
        }
    }

    override func documentOfKey(_ run: Run) throws(SQLError) -> (key: Datum, table: TableConfig)? {
        try children[0].documentOfKey(run)
    }

    override var isShown: Bool { false }
}
