import Catalog

/// Reads the rows of a table: only the columns that are wanted, from as few documents as the key and the indexes allow.
final class ScanPlan: Plan {
    let table: TableRelation
    let entry: RangeEntry
    let level: Level
    let condition: Scalar?
    /// Those of the conditions that depend on rows outside, and the others.
    private let dependent: [Scalar]
    private let independent: Scalar?
    /// One of the former that says what an expression of this table's columns is to be.
    private var equality: (own: Scalar, outside: Scalar)?
    /// By what its rows may be found, the best by the look of the conditions first.
    let accesses: [ScanAccess]
    var access: ScanAccess? { accesses.first }
    /// Whether the best way reads other entries for other rows outside, and by which integers, if it is by nothing else.
    let looksUp: Bool
    let integerKey: IntegerKey?
    /// By what words of its rows they may be found.
    let texts: [TextAccess]
    let conditions: [Scalar]
    let methods: PlanMethods
    /// How many documents the first batch is of: who wants few rows has few read. Each further one is four times as large.
    private static let firstBatchCount = 64

    /// What is still to be asked of rows that were found by the entries which the best way reads.
    let foundCondition: Scalar?
    /// Set where the rows are expected to be read in an order, for EXPLAIN.
    var order: (access: ScanAccess, isReversed: Bool)?
    /// Whether somebody wants the rows in the order of their scores, for EXPLAIN.
    var isInOrderOfScores = false
    /// What its searches have looked at, where EXPLAIN ANALYZE wants to know.
    var searches: NotedSearches?
    /// Reads one document only: WHERE CURRENT OF.
    var onlyKey: ((Run) throws(SQLError) -> Datum?)?

    init(
        _ table: TableRelation, _ entry: RangeEntry, _ level: Level, _ conditions: [Scalar],
        _ definitions: Definitions
    ) {
        self.table = table
        self.entry = entry
        self.level = level
        condition = AndScalar.joining(conditions)
        dependent = conditions.filter { !$0.slots.isEmpty }
        independent = AndScalar.joining(conditions.filter { $0.slots.isEmpty })
        self.conditions = conditions
        methods = definitions.methods
        accesses = entry.sample == nil ? ScanAccess.candidates(table, entry, conditions, definitions, methods) : []
        let first = accesses.first
        looksUp = first.map { $0.isDependent && !$0.isWithinCells } ?? false
        integerKey = looksUp ? first?.integerKey : nil
        let known = table.config.declaration != nil && accesses.first?.isExact == true ? accesses[0].used : []
        foundCondition = known.isEmpty ? condition : AndScalar.joining(conditions.filter { one in !known.contains { $0 === one } })
        let isSmall = table.documentCount < ScanAccess.smallTable && !methods.prefersTextScan
        let avoidsTexts = entry.scoreColumn == nil && (isSmall || methods.avoidsTextScan)
        texts = avoidsTexts ? [] : TextAccess.candidates(table, entry, conditions, definitions)
        super.init()
        for case let comparison as CompareScalar in dependent
        where comparison.relation == .equal && equality == nil {
            let (one, two) = (comparison.operands[0], comparison.operands[1])
            guard ValueOrder.hashes(one.type) else { continue }
            for (own, outside) in [(one, two), (two, one)]
            where own.slots.isEmpty && !own.positions.isEmpty && outside.positions.isEmpty
                && !own.isVolatile && !outside.isVolatile
            {
                equality = (own, outside)
            }
        }
    }

    override func begin(_ run: Run) throws(SQLError) -> RowSource {
        if let rows = try rowAtOnce(run) { return Plan.source(rows) }
        if let found = try lookup(run) { return found }
        // A scan that is begun again and again, for rows outside that it depends on, keeps its rows the third time.
        guard !dependent.isEmpty, access.map({ !$0.isDependent }) ?? true, entry.sample == nil, !texts.contains(where: \.isDependent),
            run.orderedReads[ObjectIdentifier(self)] == nil, entry.cells?.outerSlots.isEmpty ?? true
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

    /// Whether it does nothing but to look one document up by its key.
    private lazy var isKeyed: Bool = {
        guard readsOneDocument, let access, !access.isDependent, case .key = access.entries.place else { return false }
        return texts.isEmpty && entry.scoreColumn == nil
    }()
    /// What such a scan needs, as long as what it was bound to stays as it is.
    private var keyedSetup: ScanSetup?

    override var isOfKey: Bool { isKeyed }

    override func documentOfKey(_ run: Run) throws(SQLError) -> (key: Datum, table: TableConfig)? {
        guard isKeyed, let access, let range = try access.bounds(run).first, let key = range.lower, key == range.upper else { return nil }
        return (key, table.config)
    }

    override func rowAtOnce(_ run: Run) throws(SQLError) -> [Row]? {
        guard isKeyed, let access, run.orderedReads.isEmpty else { return nil }
        guard let snapshot = try snapshot(run) else { return [] }
        try run.check()
        guard let range = try access.bounds(run).first else { return [] }
        guard let key = range.lower, key == range.upper else { return nil }
        let document: Datum?
        do throws(CatalogError) { document = try snapshot.get(key, in: table.config) } catch {
            // What can't be a key is none's.
            guard Self.isNoKey(error) else { throw SQLError(error) }
            return []
        }
        guard let document else { return [] }
        let setup = keyedSetup ?? ScanSetup(table, entry, condition, without: [], run)
        keyedSetup = setup
        var rows: [Row] = []
        try setup.appendRow(document, table.config.primaryKey, level.emptyRow, to: &rows, run)
        return rows
    }

    private func scan(_ run: Run, _ condition: Scalar?) throws(SQLError) -> RowSource {
        guard let snapshot = try snapshot(run) else { return Plan.source([]) }
        let setup = setup(run, condition)
        guard let documents = try documents(snapshot, run, setup) else { return Plan.source([]) }
        let (first, others) = (setup.first, setup.others)
        let (rest, untold) = (documents.remaining(of: condition), setup.untold)
        let empty = level.emptyRow
        let keyField = table.config.primaryKey
        let isTaken = try entry.sample?.choice(run)
        if isTaken == nil, documents.readsColumns, let columns = setup.columns {
            return columnRows(documents, columns, setup, run)
        }
        var place = 0
        var count = Self.firstBatchCount
        let scorePosition = entry.scoreColumn.flatMap { entry.positionIfUsed($0) }
        return { () throws(SQLError) in
            while true {
                try run.check()
                var batch: [Row] = []
                var looked = 0
                var row = empty
                defer { count = min(count * 4, Plan.batchCount) }
                while looked < count, batch.isEmpty || !documents.isAtPause {
                    guard let document = try documents.next() else {
                        if batch.isEmpty { return nil }
                        break
                    }
                    looked += 1
                    place += 1
                    if let isTaken, !isTaken(place - 1) { continue }
                    for column in first { row[column.position] = column.value(document, keyField) }
                    if let scorePosition { row[scorePosition] = documents.score }
                    if let asked = documents.isTold ? untold : rest, try !asked.isTrue(row, run) { continue }
                    for column in others { row[column.position] = column.value(document, keyField) }
                    batch.append(row)
                    row = empty
                }
                if !batch.isEmpty { return batch }
            }
        }
    }

    override var scanOfExistence: ScanPlan? { self }
    override var isOfEntry: Bool { true }

    override func hasRows(_ run: Run) throws(SQLError) -> Bool {
        guard let setup = lookupSetup(run), case let found = try beginLookup(run, setup), found.isKnown else {
            return try open(run)() != nil
        }
        guard let rows = found.rows else { return false }
        // Where the entries tell all, no document is read.
        if foundCondition == nil { return try rows.hasAny() }
        rows.expectOne()
        var first: [Row] = []
        try rows.append(to: &first, base: level.emptyRow, setup, run)
        return !first.isEmpty
    }

    /// What the scan needs whenever it is begun in a run.
    func setup(_ run: Run, _ condition: Scalar?) -> ScanSetup {
        if let known = run.scanSetups[ObjectIdentifier(self)], known.condition === condition { return known }
        let used = access.map { $0.isDependent ? $0.used : [] } ?? []
        let made = ScanSetup(table, entry, condition, without: used, run)
        run.scanSetups[ObjectIdentifier(self)] = made
        return made
    }

    /// The same of columns that are read where they lie.
    private func columnRows(
        _ documents: DocumentReader, _ columns: StoredColumns, _ setup: ScanSetup, _ run: Run
    ) -> RowSource {
        var columns = columns
        let empty = level.emptyRow
        let keyField = table.config.primaryKey
        var count = Self.firstBatchCount
        let tests = setup.subqueryTests
        let passing = tests?.begin(run)
        var isOver = false
        return { () throws(SQLError) in
            defer { count = min(count * 4, Plan.batchCount) }
            while !isOver {
                var batch: [Row] = []
                while !isOver, batch.count < count {
                    try run.check()
                    columns.removeAll()
                    switch try documents.next(&columns, of: count) {
                    case .end: isOver = true
                    case .document(let document): try setup.appendRow(document, keyField, empty, to: &batch, run)
                    case .columns:
                        if let tests {
                            try setup.appendRowsToAsk(columns, tests, empty, to: &batch, run)
                        } else {
                            try setup.appendFilteredRows(columns, empty, to: &batch, run)
                        }
                    }
                }
                if let passing { batch = try passing(batch) }
                if !batch.isEmpty { return batch }
            }
            return nil
        }
    }

    /// The state that it reads; nil if there is no such database.
    func snapshot(_ run: Run) throws(SQLError) -> CatalogSnapshot? {
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
        if onlyKey == nil, let text = texts.first, text.used.count == conditions.count, let snapshot = try snapshot(run) {
            if case .nothing = try text.wanted(run) { return 0 }
            // The one that finds the fewest may be of another index, by which fewer conditions go.
            guard let search = try search(snapshot, run), search.isExact, search.access.used.count == conditions.count else { return nil }
            searches?.begin(search)
            return try search.documentCount()
        }
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

    // MARK: Documents

    /// The documents that can match, one after the other; nil if none can.
    private func documents(
        _ snapshot: CatalogSnapshot, _ run: Run, _ setup: ScanSetup
    ) throws(SQLError) -> DocumentReader? {
        let reading = Reading(setup: setup, run: run)
        if let onlyKey {
            guard let key = try onlyKey(run) else { return nil }
            return try read(.key, [.only(key)], snapshot, reading)
        }
        if let ordered = run.orderedReads[ObjectIdentifier(self)] {
            return try read(ordered, snapshot, reading)
        }
        if entry.cells != nil || access?.isWithinCells == true {
            guard let documents = try CellScan(table, entry.cells, access).documents(snapshot, run) else {
                return try read(.key, [.all], snapshot, reading)
            }
            return reader([.others(documents)], reading)
        }
        let way = try cheapest(snapshot, run)
        if !texts.isEmpty || entry.scoreColumn != nil, way.bounds?.isEmpty != true {
            // What no row has, none is read for.
            for text in texts { if case .nothing = try text.wanted(run) { return nil } }
            if let search = try search(snapshot, run), try isCheaper(search, way, snapshot) { return reader(search, run) }
        }
        guard let bounds = way.bounds else { return try read(.key, [.all], snapshot, reading) }
        return bounds.isEmpty
            ? nil : try read(way.access?.entries.place ?? .key, bounds, snapshot, reading)
    }

    /// What is wanted of the documents of one scan.
    private struct Reading {
        let setup: ScanSetup
        let run: Run
        var ordered: OrderedRead?
    }

    /// The documents of the ranges, one range after the other.
    private func read(
        _ place: TableEntries.Place, _ bounds: [KeyBounds], _ snapshot: CatalogSnapshot,
        _ reading: Reading, reversed: Bool = false
    ) throws(SQLError) -> DocumentReader? {
        var parts: [DocumentReader.Part] = []
        var another: (() throws(CatalogError) -> DocumentScan)?
        for range in reversed ? bounds.reversed() : bounds {
            do throws(CatalogError) {
                if case .index(let index) = place {
                    parts.append(.entries(try snapshot.entries(of: index, in: table.config, range, reversed: reversed)))
                } else if let lower = range.lower, lower == range.upper {
                    if let document = try snapshot.get(lower, in: table.config) { parts.append(.document(document)) }
                } else {
                    // Which rows a sample takes hangs on their places among all.
                    let test = entry.sample == nil ? test(reading) : nil
                    parts.append(.scan(try snapshot.scan(table.config, range, reversed: reversed, test)))
                    if bounds.count == 1, !reversed {
                        // What is read of the table was noted already.
                        let (snapshot, config) = (snapshot.unnoted, table.config)
                        another = { () throws(CatalogError) in try snapshot.scan(config, range, test) }
                    }
                }
            } catch {
                guard Self.isNoKey(error) else { throw SQLError(error) }
                guard range.lower != range.upper else { continue }
                // A value that can't be a key leaves it to the condition, and the rows in the order that they are wanted in.
                guard reading.ordered != nil else { return try read(.key, [.all], snapshot, reading) }
                var all = KeyBounds.all
                if case .index = place { all = KeyBounds(upper: .maxval, upperInclusive: true) }
                return try read(place, [all], snapshot, reading, reversed: reversed)
            }
        }
        let made = reader(parts, reading)
        made.another = another
        return made
    }

    /// What the bytes of documents are tested for: the conditions, and what joins look for.
    private func test(_ reading: Reading) -> DocumentTest? {
        let test = reading.setup.test(table, entry, reading.run)
        guard let filters = reading.run.joinFilters[ObjectIdentifier(self)], !filters.isEmpty else { return test }
        let fields = reading.setup.first + reading.setup.others
        let tests = filters.compactMap { filter in
            fields.first { $0.position == filter.position }.map { DocumentTest.among(field: $0.name, filter.numbers) }
        }
        return .all(tests + (test.map { [$0] } ?? []))
    }

    override func scan(filling position: Int) -> ScanPlan? {
        // What hangs on rows outside is kept for other ones.
        guard dependent.isEmpty, onlyKey == nil, !table.declaration.isOpen,
            let index = entry.usedColumns.first(where: { $0.value.position == position })?.key,
            index < table.declaration.columns.count, index != table.documentIndex, index != table.keyIndex
        else { return nil }
        return self
    }

    private func reader(_ parts: [DocumentReader.Part], _ reading: Reading) -> DocumentReader {
        return DocumentReader(parts, reading.setup.names, reading.ordered, reading.run)
    }

    /// A scan of the rows whose columns have values that are found in slots; nil if no entries help with that.
    ///
    /// - Parameter searches: conditions with `@@` whose queries are found in slots.
    func lookingUp(_ keys: [(own: Scalar, slot: SlotScalar)], searches: [Scalar], _ definitions: Definitions) -> ScanPlan? {
        guard entry.sample == nil, onlyKey == nil, entry.cells == nil else { return nil }
        let added: [Scalar] = keys.map { CompareScalar(.equal, $0.own, $0.slot) }
        let scan = ScanPlan(table, entry, level, conditions + added, definitions)
        if let access = scan.access, !access.isWithinCells, access.used.contains(where: { one in added.contains { $0 === one } }) {
            return scan
        }
        guard !searches.isEmpty else { return nil }
        let search = ScanPlan(table, entry, level, conditions + added + searches, definitions)
        return search.texts.contains(where: \.isDependent) ? search : nil
    }

    /// Its columns, to be read where they lie; nil if its rows have to be made.
    func columns(_ run: Run) throws(SQLError) -> (documents: DocumentReader, columns: StoredColumns, setup: ScanSetup)? {
        guard dependent.isEmpty, texts.isEmpty, entry.sample == nil, entry.cells == nil, onlyKey == nil, run.orderedReads.isEmpty,
            let snapshot = try snapshot(run), case let setup = setup(run, condition), let columns = setup.columns,
            let documents = try documents(snapshot, run, setup), documents.readsColumns
        else { return nil }
        return (documents, columns, setup)
    }

    /// The row of a document that was come by on the way, if the condition is true.
    ///
    /// - Parameter isTold: whether the document has passed the test.
    func row(_ document: Datum, isTold: Bool = false, _ setup: ScanSetup, _ run: Run) throws(SQLError) -> Row? {
        var rows: [Row] = []
        try setup.appendRow(document, isTold: isTold, table.config.primaryKey, level.emptyRow, to: &rows, run)
        return rows.first
    }

    /// A scan of the documents for which all of its conditions are told by their bytes, or which have to be looked at, and another such
    /// one; nil if rows have to be made.
    func toldScan(
        _ run: Run
    ) throws(SQLError) -> (first: DocumentScan, another: () throws(CatalogError) -> DocumentScan, setup: ScanSetup)? {
        guard dependent.isEmpty, texts.isEmpty, entry.sample == nil, entry.cells == nil, entry.scoreColumn == nil, onlyKey == nil,
            run.orderedReads.isEmpty, run.joinFilters[ObjectIdentifier(self)]?.isEmpty ?? true, let snapshot = try snapshot(run)
        else { return nil }
        let setup = setup(run, condition)
        guard let (first, another) = try documents(snapshot, run, setup)?.onlyScan, setup.untold == nil else { return nil }
        return (first, another, setup)
    }

    /// A row without values.
    var emptyRow: Row { level.emptyRow }

    /// The columns by which entries find rows.
    var lookupPositions: Set<Int> {
        guard entry.sample == nil, onlyKey == nil, entry.cells == nil, !table.declaration.isOpen, !methods.avoidsIndexScan else {
            return []
        }
        return Set(table.entries(NeutralSession.noTypes).compactMap { $0.columns.first.flatMap { entry.positionIfUsed($0) } })
    }

    /// Whether its rows are found by values of rows outside.
    var isDependent: Bool { access?.isDependent == true || texts.contains(where: \.isDependent) }

    /// Whether its rows come by their scores, the best first, if they are ordered by such a key.
    func isBest(by keys: [(position: Int, key: SortKey)]) -> Bool {
        guard keys.count == 1, keys[0].key.isDescending, let column = entry.scoreColumn else { return false }
        return entry.positionIfUsed(column) == keys[0].position
    }

    // MARK: Stored documents

    /// Whether it gives all rows of its table.
    var isWhole: Bool { condition == nil && entry.sample == nil && entry.cells == nil && onlyKey == nil && table.declaration.query == nil }

    /// Whether its table has no declared columns.
    var isOpen: Bool { table.declaration.isOpen }

    /// The field of an open table that an expression is.
    func openField(_ scalar: Scalar) -> String? {
        guard let column = scalar as? ColumnScalar, column.type == .open,
            let index = entry.usedColumns.first(where: { $0.value.position == column.position })?.key,
            index != table.documentIndex, index != table.keyIndex, !table.cellIndexes.contains(index)
        else { return nil }
        return entry.columns[index].name
    }

    /// The row of a document.
    func row(_ document: Datum, _ run: Run) -> Row {
        var row = level.emptyRow
        let setup = setup(run, condition)
        for column in setup.first + setup.others { row[column.position] = column.value(document, table.config.primaryKey) }
        return row
    }

    // MARK: Order

    /// A way to have the rows in the order of these columns without sorting them; nil if there is none.
    func ordered(by order: [(position: Int, key: SortKey)], _ definitions: Definitions) -> OrderedScan? {
        guard entry.sample == nil, onlyKey == nil, !table.declaration.isOpen, !table.hasCells, texts.isEmpty else { return nil }
        for access in ScanAccess.candidates(table, entry, conditions, definitions, methods, all: true)
        where !access.isDependent {
            guard let isReversed = access.isReversed(for: order, table, entry) else { continue }
            return OrderedScan(scan: self, access: access, isReversed: isReversed)
        }
        return nil
    }

    private func read(_ ordered: OrderedRead, _ snapshot: CatalogSnapshot, _ reading: Reading) throws(SQLError) -> DocumentReader? {
        let bounds = try ordered.scan.access.bounds(reading.run)
        if bounds.isEmpty { return nil }
        var reading = reading
        reading.ordered = ordered
        return try read(ordered.scan.access.entries.place, bounds, snapshot, reading, reversed: ordered.scan.isReversed)
    }

    /// Whether it looks at one document at most, by its key or a unique index.
    var isOfOneRow: Bool { access?.isOneRow == true }

    /// Whether it looks at nothing else either.
    var readsOneDocument: Bool {
        isOfOneRow && access?.isWithinCells == false && entry.cells == nil && entry.sample == nil && onlyKey == nil
    }

    override var expressions: [Scalar] { condition.map { [$0] } ?? [] }
    override var showsConditions: Bool { true }
    override var alias: String? { entry.name == table.name ? nil : entry.name }
    override var title: String {
        if entry.sample != nil { return "Sample Scan on \(table.name)" }
        if let order {
            return
                "Index Scan \(order.isReversed ? "Backward " : "")using \(order.access.name) on \(table.name)"
        }
        if let shownText { return "Index Scan using \(shownText.name) on \(table.name)" }
        return access.map { "Index Scan using \($0.name) on \(table.name)" }
            ?? "Seq Scan on \(table.name)"
    }

    /// The search by words that is likely to be taken.
    private var shownText: TextAccess? {
        guard let text = texts.first, entry.scoreColumn != nil || access.map({ !$0.isOneRow }) ?? true else { return nil }
        return text
    }

    override func details(_ text: ScalarText) -> [String] {
        let used = order?.access.used ?? shownText?.used ?? access?.used ?? []
        let rest = AndScalar.joining(
            condition.map(AndScalar.conditions)?.filter { item in !used.contains { $0 === item } } ?? [])
        // Whose columns they are stands above.
        let text = text.showingTables(false)
        return (AndScalar.joining(used).map { ["Index Cond: \(text.of($0))"] } ?? [])
            + (entry.cells?.condition.map { ["Cell Filter: \(text.of($0))"] } ?? [])
            + (rest.map { ["Filter: \(text.of($0))"] } ?? [])
            + (isInOrderOfScores ? ["Order By: pando.score(\(entry.name ?? table.name)) DESC"] : [])
            + (searches?.text.map { ["Text Search: \($0)"] } ?? [])
    }

    /// What the planner expects, of a sample of the rows.
    var rowEstimate: Int?
    override var estimateKind: EstimateKind? {
        if isOfOneRow { return .most }
        if isWhole { return .exact }
        return rowEstimate == nil ? nil : .sampled
    }

    override var estimate: Int {
        if let rowEstimate { return max(1, rowEstimate) }
        if shownText != nil { return max(1, entry.documentEstimate / 100) }
        guard let access else {
            return max(1, condition == nil ? entry.documentEstimate : entry.documentEstimate / 3)
        }
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
