import Catalog

/// Reads the rows of a table: only the columns that are wanted, from as few documents as the key and the indexes allow.
final class ScanPlan: Plan {
    private let table: TableRelation
    private let entry: RangeEntry
    private let level: Level
    let condition: Scalar?
    /// Those of the conditions that depend on rows outside, and the others.
    private let dependent: [Scalar]
    private let independent: Scalar?
    /// One of the former that says what an expression of this table's columns is to be.
    private var equality: (own: Scalar, outside: Scalar)?
    private let access: ScanAccess?
    /// Reads one document only: WHERE CURRENT OF.
    var onlyKey: ((Run) throws(SQLError) -> Datum?)?

    init(_ table: TableRelation, _ entry: RangeEntry, _ level: Level, _ conditions: [Scalar], _ types: any TypeCatalog) {
        self.table = table
        self.entry = entry
        self.level = level
        condition = AndScalar.joining(conditions)
        dependent = conditions.filter { !$0.slots.isEmpty }
        independent = AndScalar.joining(conditions.filter { $0.slots.isEmpty })
        access = entry.sample == nil ? ScanAccess(table, entry, conditions, types) : nil
        super.init()
        for case let comparison as CompareScalar in dependent where comparison.relation == .equal && equality == nil {
            let (one, two) = (comparison.operands[0], comparison.operands[1])
            guard ValueOrder.hashes(one.type), one.type.oid != SQLType.bpchar.oid else { continue }
            for (own, outside) in [(one, two), (two, one)]
            where own.slots.isEmpty && !own.positions.isEmpty && outside.positions.isEmpty && !own.isVolatile && !outside.isVolatile {
                equality = (own, outside)
            }
        }
    }

    override func open(_ run: Run) throws(SQLError) -> RowSource {
        // A scan that is begun again and again, for rows outside that it depends on, keeps its rows the third time.
        guard !dependent.isEmpty, access.map({ !$0.isDependent }) ?? true, entry.sample == nil, entry.cells?.outerSlots.isEmpty ?? true
        else {
            return try scan(run, condition)
        }
        let id = ObjectIdentifier(self)
        let count = run.scanCounts[id, default: 0]
        run.scanCounts[id] = count + 1
        guard count >= 2 else { return try scan(run, condition) }
        let kept: KeptScan
        if let known = run.keptScans[id] {
            kept = known
        } else {
            kept = KeptScan()
            let source = try scan(run, independent)
            while let batch = try source() {
                try run.keep(batch.count, width: entry.usedColumns.count + 2)
                for row in batch {
                    guard let key = equality?.own else {
                        kept.rows.append(row)
                        continue
                    }
                    let value = try key.value(row, run)
                    if !value.isNull { kept.table[GroupKey([value]), default: []].append(row) }
                }
            }
            run.keptScans[id] = kept
        }
        var rows = kept.rows
        if let equality {
            let value = try equality.outside.value([], run)
            rows = value.isNull ? [] : kept.table[GroupKey([value])] ?? []
        }
        guard let condition = AndScalar.joining(dependent) else { return Plan.source(rows) }
        let source = Plan.source(rows)
        return { () throws(SQLError) in
            while let batch = try source() {
                try run.check()
                var passed: [Row] = []
                for row in batch { if try condition.isTrue(row, run) { passed.append(row) } }
                if !passed.isEmpty { return passed }
            }
            return nil
        }
    }

    private func scan(_ run: Run, _ condition: Scalar?) throws(SQLError) -> RowSource {
        guard let snapshot = try snapshot(run) else { return Plan.source([]) }
        guard let documents = try documents(snapshot, run) else { return Plan.source([]) }
        let columns = wanted(run)
        let empty = level.emptyRow
        let keyField = table.config.primaryKey
        let isTaken = try entry.sample?.choice(run)
        var place = 0
        return { () throws(SQLError) in
            while true {
                try run.check()
                var batch: [Row] = []
                var looked = 0
                while looked < Plan.batchCount {
                    let document: Datum?
                    do throws(CatalogError) { document = try documents() } catch { throw SQLError(error) }
                    guard let document else {
                        if batch.isEmpty, looked == 0 { return nil }
                        break
                    }
                    looked += 1
                    place += 1
                    if let isTaken, !isTaken(place - 1) { continue }
                    var row = empty
                    for column in columns {
                        switch column.kind {
                        case .field:
                            if let field = document[field: column.name] {
                                row[column.position] = StoredForm.value(field, column.type, column.base)
                            }
                        case .document: row[column.position] = .json(document)
                        case .key: if let key = document[field: keyField] { row[column.position] = .json(key) }
                        case .cell(let place):
                            guard let key = document[field: keyField], key.kind == .array, place < key.count else { continue }
                            row[column.position] = StoredForm.value(key[place], column.type, column.base)
                        }
                    }
                    if let condition, try !condition.isTrue(row, run) { continue }
                    batch.append(row)
                }
                if !batch.isEmpty { return batch }
            }
        }
    }

    /// The state that it reads; nil if there is no such database.
    private func snapshot(_ run: Run) throws(SQLError) -> CatalogSnapshot? {
        guard let (snapshot, _) = run.state.place(isTemporary: table.isTemporary) else { return nil }
        if table.declaration.query != nil, !table.declaration.isPopulated {
            throw SQLError(
                SQLState(rawValue: "55000"), "materialized view \"\(table.name)\" has not been populated",
                hint: "Use the REFRESH MATERIALIZED VIEW command.")
        }
        return snapshot
    }

    /// How many rows there are, where nobody has to look at them: by ranks. Nil otherwise.
    func count(_ run: Run) throws(SQLError) -> Int? {
        guard condition == nil, entry.sample == nil, onlyKey == nil else { return nil }
        guard let snapshot = try snapshot(run) else { return 0 }
        do throws(CatalogError) {
            guard let choice = entry.cells else { return try snapshot.documentCount(in: table.config) }
            let cells: [[Datum]]
            do throws(SQLError) { cells = try choice.forms(run) } catch { return nil }
            var count = 0
            for cell in cells { count += try snapshot.count(in: table.config, Cells.bounds(cell)) }
            return count
        } catch {
            throw SQLError(error)
        }
    }

    /// The documents that can match, one after the other; nil if none can.
    private func documents(_ snapshot: CatalogSnapshot, _ run: Run) throws(SQLError) -> (() throws(CatalogError) -> Datum?)? {
        var found: (place: TableEntries.Place, bounds: KeyBounds) = (.key, .all)
        if let onlyKey {
            guard let key = try onlyKey(run) else { return nil }
            found.bounds = .only(key)
        } else if entry.cells != nil || access?.isWithinCells == true {
            if let documents = try CellScan(table, entry.cells, access).documents(snapshot, run) { return documents }
        } else if let access {
            guard let bounds = try access.bounds(run) else { return nil }
            found = (access.entries.place, bounds)
        }
        do throws(CatalogError) {
            if case .index(let index) = found.place, try isWorthIt(index, found.bounds, snapshot) {
                let cursor = try snapshot.entries(of: index, in: table.config, found.bounds)
                return { () throws(CatalogError) in try cursor.next()?.document() }
            }
            if case .index = found.place { found.bounds = .all }
            let cursor = try snapshot.documents(in: table.config, found.bounds)
            return { () throws(CatalogError) in try cursor.next() }
        } catch {
            guard [.keyTooLong, .invalidKey, .keyNull].contains(error.kind) else { throw SQLError(error) }
        }
        // A value that can't be a key is none's; as a bound it leaves it to the condition.
        guard access?.hasBounds == true else { return nil }
        return try all(snapshot)
    }

    /// All documents.
    private func all(_ snapshot: CatalogSnapshot) throws(SQLError) -> () throws(CatalogError) -> Datum? {
        do throws(CatalogError) {
            let cursor = try snapshot.documents(in: table.config)
            return { () throws(CatalogError) in try cursor.next() }
        } catch {
            throw SQLError(error)
        }
    }

    /// A document that is come by through its key costs as much as this many in a row.
    static let lookupCost = 16

    private func isWorthIt(_ index: IndexConfig, _ bounds: KeyBounds, _ snapshot: CatalogSnapshot) throws(CatalogError) -> Bool {
        if access?.isDependent == true { return true }
        guard let count = try snapshot.entryCount(of: index, in: table.config, bounds) else { return true }
        return try count * Self.lookupCost <= snapshot.documentCount(in: table.config)
    }

    private struct Wanted {
        enum Kind {
            case field, document, key
            case cell(Int)
        }

        var kind: Kind
        var name: String
        var type: SQLType
        var base: SQLType
        var position: Int
    }

    private func wanted(_ run: Run) -> [Wanted] {
        entry.usedColumns.map { index, scalar in
            let kind: Wanted.Kind =
                index == table.documentIndex
                ? .document
                : index == table.keyIndex
                    ? .key : table.cellIndexes.contains(index) ? .cell(index - table.cellIndexes.lowerBound) : .field
            let name = index < table.declaration.columns.count ? table.declaration.columns[index].name : entry.columns[index].name
            return Wanted(
                kind: kind, name: name, type: scalar.type, base: TypeTable.base(of: scalar.type, run.session.types),
                position: scalar.position)
        }
    }

    /// Whether it looks at one document at most, by its key or a unique index.
    var isOfOneRow: Bool { access?.isOneRow == true }

    override var title: String {
        if entry.sample != nil { return "Sample Scan on \(table.name)" }
        return access.map { "Index Scan using \($0.name) on \(table.name)" } ?? "Seq Scan on \(table.name)"
    }

    override var details: [String] {
        let used = access?.used ?? []
        let rest = AndScalar.joining(condition.map(AndScalar.conditions)?.filter { item in !used.contains { $0 === item } } ?? [])
        return (AndScalar.joining(used).map { ["Index Cond: \(ScalarText.of($0))"] } ?? [])
            + (entry.cells?.condition.map { ["Cell Filter: \(ScalarText.of($0))"] } ?? [])
            + (rest.map { ["Filter: \(ScalarText.of($0))"] } ?? [])
    }

    override var estimate: Int {
        guard let access else { return entry.documentEstimate }
        return access.isOneRow ? 1 : max(1, entry.documentEstimate / (access.isEquality ? 100 : 3))
    }
}

/// Rows of a scan that is begun many times in one run: by the value that an equality asks for, or all in a row.
final class KeptScan {
    var rows: [Row] = []
    var table: [GroupKey: [Row]] = [:]
}

extension RangeEntry {
    var documentEstimate: Int {
        guard case .table(let table) = source else { return 1000 }
        return table.documentCount
    }
}
