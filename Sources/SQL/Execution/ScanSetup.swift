import Catalog

/// A column that a scan reads, and where its values go.
struct ScanColumn {
    enum Kind {
        case field, document, key
        /// The scan itself knows it.
        case score
        case cell(Int)
    }

    let kind: Kind
    let name: String
    let type: SQLType
    let base: SQLType
    let shape: StoredShape?
    let position: Int

    init(_ index: Int, _ scalar: ColumnScalar, _ table: TableRelation, _ entry: RangeEntry, _ types: any TypeCatalog) {
        kind =
            index == entry.scoreColumn
            ? .score
            : index == table.documentIndex
                ? .document
                : index == table.keyIndex ? .key : table.cellIndexes.contains(index) ? .cell(index - table.cellIndexes.lowerBound) : .field
        name = index < table.declaration.columns.count ? table.declaration.columns[index].name : entry.columns[index].name
        type = scalar.type
        base = index < table.rowTypes.count ? table.declared.readType(index, types) : TypeTable.base(of: scalar.type, types)
        shape = .of(scalar.type, types)
        position = scalar.position
    }

    func value(_ document: Datum, _ keyField: String) -> SQLValue {
        switch kind {
        case .field: document[field: name].map { StoredForm.value($0, type, base, shape) } ?? .null
        case .document: .json(document)
        case .score: .null
        case .key: document[field: keyField].map { .json($0) } ?? .null
        case .cell(let place):
            if let key = document[field: keyField], key.kind == .array, place < key.count {
                StoredForm.value(key[place], type, base)
            } else {
                .null
            }
        }
    }

    /// As what bytes of documents they are read; nil if one of them needs more.
    static func fields(_ columns: [ScanColumn]) -> [(name: String, form: StoredColumns.Form)]? {
        var fields: [(name: String, form: StoredColumns.Form)] = []
        for column in columns {
            guard case .field = column.kind, let form = StoredForm.columnForm(column.base) else { return nil }
            fields.append((column.name, form))
        }
        return fields
    }
}

/// Where the value of a stored cell goes, and the type that it is of.
struct CellTarget {
    let position: Int
    let base: SQLType
}

/// What a scan needs whenever it is begun in one run: for rows outside it is begun many times.
final class ScanSetup {
    let condition: Scalar?
    /// What the condition reads comes first: nothing else is made of a row that it keeps out.
    let first: [ScanColumn]
    let others: [ScanColumn]
    /// The same, read where they lie; nil if documents are needed.
    let columns: StoredColumns?
    /// The fields that are wanted of a document; nil: all of it.
    let names: [String]?
    let firstCells: [CellTarget]
    let otherCells: [CellTarget]
    /// Of a scan that is begun for each row outside: what the last of them was read with.
    var lookup: LookupRows?
    /// The same, if nobody reads its rows any more.
    var idleLookup: LookupRows? { isKnownUniquelyReferenced(&lookup) ? lookup : nil }
    /// What columns tell of the condition, once they were asked.
    private var filter: ColumnFilter?
    private let fixed: [Scalar]
    private let dependent: [Scalar]
    private var knownTest: DocumentTest??
    /// What is to be asked of documents that passed the test: those of the conditions that their bytes did not tell. Known once there is a
    /// test.
    private(set) var untold: Scalar?

    /// - Parameter used: conditions that hold for all documents that are come by.
    init(_ table: TableRelation, _ entry: RangeEntry, _ condition: Scalar?, without used: [Scalar], _ run: Run) {
        self.condition = condition
        untold = condition
        let wanted = entry.usedColumns.map { ScanColumn($0, $1, table, entry, run.session.types) }
        let read = wanted.filter { if case .score = $0.kind { false } else { true } }
        let tested = condition?.positions ?? []
        first = read.filter { tested.contains($0.position) }
        others = read.filter { !tested.contains($0.position) }
        firstCells = first.map { CellTarget(position: $0.position, base: $0.base) }
        otherCells = others.map { CellTarget(position: $0.position, base: $0.base) }
        columns = entry.scoreColumn == nil ? ScanColumn.fields(first + others).map { StoredColumns($0) } : nil
        var names: Set<String>? = []
        for column in read {
            switch column.kind {
            case .document: names = nil
            case .score: break
            case .field: names?.insert(column.name)
            case .key, .cell: names?.insert(table.config.primaryKey)
            }
        }
        self.names = names.map { Array($0) }
        let conditions = (condition.map(AndScalar.conditions) ?? []).filter { one in !used.contains { $0 === one } }
        fixed = conditions.filter { $0.slots.isEmpty }
        dependent = conditions.filter { !$0.slots.isEmpty }
    }

    /// What the bytes of documents are tested for, whatever the rows outside.
    func fixedTest(_ table: TableRelation, _ entry: RangeEntry, _ run: Run) -> DocumentTest? {
        if let knownTest { return knownTest }
        let (test, told) = ScanTest.make(fixed, table, entry, run)
        knownTest = .some(test)
        if !told.isEmpty, let condition {
            untold = AndScalar.joining(AndScalar.conditions(of: condition).filter { one in !told.contains { $0 === one } })
        }
        return test
    }

    /// What the bytes of documents are tested for.
    func test(_ table: TableRelation, _ entry: RangeEntry, _ run: Run) -> DocumentTest? {
        let known = fixedTest(table, entry, run)
        guard let more = ScanTest.make(dependent, table, entry, run).test else { return known }
        return known.map { .all([$0, more]) } ?? more
    }

    /// Appends the rows of columns that were read, as far as the condition is true.
    func appendRows(_ columns: StoredColumns, _ empty: Row, to rows: inout [Row], _ run: Run) throws(SQLError) {
        for index in 0..<columns.count { try appendRow(index, columns, untold, empty, to: &rows, run) }
    }

    /// The same of a whole batch, whose conditions are told by columns as far as they can be.
    func appendFilteredRows(_ columns: StoredColumns, _ empty: Row, to rows: inout [Row], _ run: Run) throws(SQLError) {
        let (passed, rest) = told(columns, run)
        for index in passed { try appendRow(Int(index), columns, rest, empty, to: &rows, run) }
    }

    /// The rows of a batch for which the condition is true.
    func passing(_ columns: StoredColumns, _ empty: Row, _ run: Run) throws(SQLError) -> [Int32] {
        guard untold != nil else { return [Int32](0..<Int32(truncatingIfNeeded: columns.count)) }
        if filter == nil { filter = ColumnFilter(untold, ColumnPlaces(self), run) }
        let told = filter?.rows(columns)
        guard let rest = told == nil ? untold : filter?.rest else { return told ?? [] }
        var passed: [Int32] = []
        var row = empty
        for index in told ?? [Int32](0..<Int32(truncatingIfNeeded: columns.count)) {
            if try isTrue(rest, Int(index), columns, &row, run) { passed.append(index) }
        }
        return passed
    }

    /// Whether a condition is true of a row of columns.
    ///
    /// - Parameter row: what is there of it, whose memory is used.
    func isTrue(_ condition: Scalar, _ index: Int, _ columns: StoredColumns, _ row: inout Row, _ run: Run) throws(SQLError) -> Bool {
        for place in firstCells.indices {
            row[firstCells[place].position] = StoredForm.value(columns[index, place], firstCells[place].base)
        }
        return try condition.isTrue(row, run)
    }

    /// Those of its conditions that are asked of many rows at once, where rows are read as columns.
    private(set) lazy var subqueryTests = SubqueryTests(untold)
    private var othersFilter: ColumnFilter?

    /// The same, for somebody who asks ``subqueryTests`` after that.
    func appendRowsToAsk(
        _ columns: StoredColumns, _ tests: SubqueryTests, _ empty: Row, to rows: inout [Row], _ run: Run
    ) throws(SQLError) {
        let (passed, rest) = told(columns, tests.others, &othersFilter, run)
        for index in passed { try appendRow(Int(index), columns, rest, empty, to: &rows, run) }
    }

    /// Fewer rows are not worth it.
    private static let leastFiltered = 16

    /// The rows of columns that may pass, and what is still to be asked of them.
    func told(_ columns: StoredColumns, _ run: Run) -> (rows: [Int32], rest: Scalar?) { told(columns, untold, &filter, run) }

    private func told(
        _ columns: StoredColumns, _ condition: Scalar?, _ filter: inout ColumnFilter?, _ run: Run
    ) -> (rows: [Int32], rest: Scalar?) {
        let all = { [Int32](0..<Int32(truncatingIfNeeded: columns.count)) }
        guard columns.count >= Self.leastFiltered, condition != nil else { return (all(), condition) }
        if filter == nil { filter = ColumnFilter(condition, ColumnPlaces(self), run) }
        guard let passed = filter?.rows(columns) else { return (all(), condition) }
        return (passed, filter?.rest)
    }

    @inline(__always) func appendRow(
        _ index: Int, _ columns: StoredColumns, _ condition: Scalar?, _ empty: Row, to rows: inout [Row], _ run: Run
    ) throws(SQLError) {
        var row = empty
        for place in firstCells.indices {
            row[firstCells[place].position] = StoredForm.value(columns[index, place], firstCells[place].base)
        }
        if let condition, try !condition.isTrue(row, run) { return }
        for place in otherCells.indices {
            row[otherCells[place].position] = StoredForm.value(columns[index, firstCells.count + place], otherCells[place].base)
        }
        rows.append(row)
    }

    /// Appends the row of a document, if the condition is true.
    ///
    /// - Parameter isTold: whether the document has passed the test.
    func appendRow(
        _ document: Datum, isTold: Bool = false, _ keyField: String, _ empty: Row, to rows: inout [Row], _ run: Run
    ) throws(SQLError) {
        var row = empty
        for column in first { row[column.position] = column.value(document, keyField) }
        if let condition = isTold ? untold : condition, try !condition.isTrue(row, run) { return }
        for column in others { row[column.position] = column.value(document, keyField) }
        rows.append(row)
    }
}
