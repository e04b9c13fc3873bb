import Catalog

/// What the parts of cells have in common: how their keys stand in rows, and what is said where there is none.
enum Cells {
    /// A part of the key of a cell, from the key of one of its rows.
    static func part(_ place: Int, of key: Datum, _ type: SQLType, _ types: any TypeCatalog) -> SQLValue {
        guard key.kind == .array, place < key.count else { return .null }
        return StoredForm.value(key[place].owned, type, TypeTable.base(of: type, types))
    }

    /// The keys of all rows that are in a cell.
    static func bounds(_ cell: [Datum]) -> KeyBounds {
        KeyBounds(lower: Datum(elements: cell), upper: Datum(elements: cell + [.maxval]), upperInclusive: true)
    }

    /// The key of a document of a group's table, from the values of its key's columns.
    static func documentKey(_ cell: [Datum]) -> Datum { cell.count == 1 ? cell[0] : Datum(elements: cell) }

    /// Has a cell stay where it is until the transaction ends: rows are put into it.
    static func keep(_ cell: [Datum], of group: TableRelation, _ run: Run) throws(SQLError) {
        let config = group.config
        try run.session.transaction.writing { transaction throws(CatalogError) in
            try transaction.lock(documentKey(cell), in: config, .keyShare)
        }
    }

    /// What a row that is to be added without a cell is refused with.
    static func needed(_ table: TableRelation) -> SQLError {
        SQLError(
            SQLState(rawValue: "21000"), "a row of table \"\(table.name)\" needs its cell",
            hint: "Say INSERT INTO \(table.schema).\(table.name) USING … (…) VALUES (…): one cell of \"\(table.schema)\".")
    }

    /// What is said of a cell that still has rows.
    static func used(_ group: TableRelation, by table: TableRelation, _ what: String) -> SQLError {
        SQLError(
            SQLState(rawValue: "23503"), "\(what) of cell group \"\(group.name)\" is refused: the cell has rows in table \"\(table.name)\"",
            hint: "DROP CELL \(group.name) USING … CASCADE removes cells with their rows.")
    }
}

/// Which cells of a group a statement means: those for which the condition behind USING is true.
final class CellChoice {
    /// Cells that are read one by one; where there are more, the table is read as a whole.
    static let maximumCount = 100_000

    let group: TableRelation
    /// The group's rows that the condition is true for: the columns of the key.
    let plan: Plan
    let condition: Scalar?
    /// What it needs of rows outside.
    let outerSlots: [Int]
    private let types: [SQLType]

    init(_ group: TableRelation, _ plan: Plan, _ condition: Scalar?, outerSlots: Set<Int>) {
        self.group = group
        self.plan = plan
        self.condition = condition
        self.outerSlots = outerSlots.sorted()
        types = group.declaration.primaryKeyIndexes.map { group.rowTypes[$0] }
    }

    private func values(_ forms: [Datum], _ run: Run) -> Row {
        zip(forms, types).map { StoredForm.value($0, $1, TypeTable.base(of: $1, run.session.types)) }
    }

    /// The keys of the cells as they are stored, in their order.
    func forms(_ run: Run) throws(SQLError) -> [[Datum]] {
        let key = GroupKey(outerSlots.map { run.slots[$0] })
        if let known = run.chosenCells[ObjectIdentifier(self)]?[key] { return known }
        var forms: [[Datum]] = []
        let source = try plan.open(run)
        while let batch = try source() {
            try run.keep(batch.count, width: types.count)
            for row in batch {
                var form: [Datum] = []
                for (value, type) in zip(row, types) { form.append(try StoredForm.datum(value, type).owned) }
                forms.append(form)
            }
        }
        forms.sort { Datum(elements: $0) < Datum(elements: $1) }
        run.chosenCells[ObjectIdentifier(self), default: [:]][key] = forms
        return forms
    }

    /// The one cell that rows are put into. Throws `23503` if there is none, `21000` if there are several.
    func only(_ run: Run) throws(SQLError) -> [Datum] {
        let forms = try forms(run)
        if forms.count == 1 {
            try Cells.keep(forms[0], of: group, run)
            return forms[0]
        }
        guard forms.isEmpty else {
            throw SQLError(
                SQLState(rawValue: "21000"), "USING finds \(forms.count) cells of \"\(group.name)\", and rows are put into one")
        }
        throw SQLError(
            SQLState(rawValue: "23503"), "USING finds no cell of \"\(group.name)\"",
            hint: "A cell is a row of \"\(group.name)\": insert it first.")
    }

    /// The same as values.
    func onlyKey(_ run: Run) throws(SQLError) -> Row { values(try only(run), run) }
}

/// A property of the cell that a row is in, read from the group's table once a cell.
final class CellPropertyScalar: Scalar {
    private let group: TableRelation
    private let column: Int

    /// - Parameter key: the key of the cell, from the row.
    init(_ group: TableRelation, _ column: Int, _ key: [Scalar]) {
        self.group = group
        self.column = column
        super.init(group.rowTypes[column], key)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var key: Row = []
        for operand in operands { key.append(try operand.value(row, run)) }
        if key.contains(where: \.isNull) { return .null }
        let found = GroupKey(key)
        if let known = run.cellRows[group.config.id]?[found] { return known[column] }
        let cell = try cellRow(key, run)
        try run.keep(1, width: cell.count)
        run.cellRows[group.config.id, default: [:]][found] = cell
        return cell[column]
    }

    private func cellRow(_ key: Row, _ run: Run) throws(SQLError) -> Row {
        var forms: [Datum] = []
        for (value, operand) in zip(key, operands) { forms.append(try StoredForm.datum(value, operand.type).owned) }
        let document: Datum?
        do throws(CatalogError) { document = try run.state.snapshot.get(Cells.documentKey(forms), in: group.config) } catch {
            throw SQLError(error)
        }
        guard let document else { return Array(repeating: .null, count: group.rowTypes.count) }
        let types = run.session.types
        return group.declaration.columns.map { column in
            document[field: column.name].map { StoredForm.value($0.owned, column.type, TypeTable.base(of: column.type, types)) } ?? .null
        }
    }

    override func with(_ operands: [Scalar]) -> Scalar { CellPropertyScalar(group, column, operands) }
    override func agrees(with other: Scalar) -> Bool {
        guard let other = other as? CellPropertyScalar else { return false }
        return other.group.config.id == group.config.id && other.column == column
    }
    override var isImmutableItself: Bool { false }
}
