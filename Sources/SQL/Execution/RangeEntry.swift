/// A table, query or function of FROM, and which of its columns are wanted: each gets a position in the level's rows when it is first named.
final class RangeEntry {
    enum Source {
        case table(TableRelation)
        /// Rows of its columns, in their order. With operands it depends on the rows to its left.
        case query(Plan, lateral: Subplan?, operands: [Scalar])
    }

    struct Column {
        var name: String
        var type: SQLType
        var isHidden = false
        /// A part of the key of the row's cell, which only `cell` names.
        var isOfCell = false
        var number: Int16 = 0
        var tableOID: UInt32 = 0
        var fields: [SQLRecord.Field]?
    }

    let name: String?
    let level: Level
    private(set) var columns: [Column]
    private(set) var source: Source
    /// The table or view whose rows they are.
    var relation: Relation?
    /// Indexes of the columns of the primary key.
    var primaryKey: [Int] = []
    /// Of a query: the fields of open tables that its columns are, by their indexes.
    var openSources: [Int: [OpenSource]] = [:]
    /// Of a table: only some of its rows.
    var sample: TableSample?
    /// Of a table of cells: only those that USING chooses.
    var cells: CellChoice?
    private(set) var usedColumns: [Int: ColumnScalar] = [:]
    /// Of a query whose tables are joined with those around it: how.
    let flat: FlatQuery?
    /// Of a query that is planned when it is known what is asked of its rows.
    let later: LaterQuery?

    init(name: String?, level: Level, columns: [Column], source: Source, flat: FlatQuery? = nil, later: LaterQuery? = nil) {
        self.later = later
        self.name = name
        self.level = level
        self.columns = columns
        self.source = source
        self.flat = flat
    }

    func scalar(_ index: Int) -> ColumnScalar {
        if let known = usedColumns[index] { return known }
        let column = columns[index]
        let scalar = ColumnScalar(level.allocate(), column.type, name: column.name, table: name, fields: column.fields)
        usedColumns[index] = scalar
        return scalar
    }

    /// Forgets the columns at other positions.
    func use(only positions: Set<Int>) { usedColumns = usedColumns.filter { positions.contains($0.value.position) } }

    /// Moves its columns to where `place` says.
    func move(to place: (Int) -> Int) { usedColumns = usedColumns.mapValues { $0.at(place($0.position)) } }

    /// Replaces the expressions that it is LATERAL to.
    func depend(on replaced: (Scalar) throws(SQLError) -> Scalar) throws(SQLError) {
        guard case .query(let plan, let lateral?, let operands) = source else { return }
        var others: [Scalar] = []
        for operand in operands { others.append(try replaced(operand)) }
        source = .query(plan, lateral: lateral, operands: others)
    }

    /// Notes which of the columns of its query are fields of open tables.
    func noteSources(_ columns: [OutputColumn]) {
        for (index, column) in columns.enumerated() where !column.open.isEmpty { openSources[index] = column.open }
    }

    func positionIfUsed(_ index: Int) -> Int? { usedColumns[index]?.position }

    /// A field of an open table, which becomes a column.
    func openColumn(_ name: String) -> Int {
        if let known = columns.firstIndex(where: { $0.name == name && !$0.isOfCell }) { return known }
        columns.append(Column(name: name, type: .open, isHidden: true))
        return columns.count - 1
    }

    /// What `pando.score` gives for its rows, once somebody has asked for it.
    private(set) var scoreColumn: Int?

    var score: ColumnScalar {
        let column = scoreColumn ?? columns.count
        if scoreColumn == nil {
            columns.append(Column(name: "pando.score(\(name ?? ""))", type: .float8, isHidden: true))
            scoreColumn = column
        }
        return scalar(column)
    }

    var positions: [Int] { usedColumns.values.map(\.position) }
}
