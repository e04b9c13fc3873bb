import Catalog

/// How a scan finds its rows by entries: equalities of the first columns, and bounds of the one behind them.
struct ScanAccess {
    let entries: TableEntries
    /// What EXPLAIN calls the entries.
    let name: String
    /// The conditions that decide which entries are read.
    let used: [Scalar]
    /// No two rows have these values.
    let isOneRow: Bool
    /// How many of the first columns are the key of a cell, which is given for each cell that is read.
    private let cellCount: Int
    private let equal: [(type: SQLType, value: Scalar)]
    private let bounds: [(type: SQLType, relation: CompareScalar.Relation, value: Scalar)]

    var isEquality: Bool { !equal.isEmpty }
    var hasBounds: Bool { !bounds.isEmpty }
    /// Whether it says what to read of each cell, and not of which cells.
    var isWithinCells: Bool { cellCount > 0 }
    /// Whether other entries are read for other rows outside.
    var isDependent: Bool { used.contains { !$0.slots.isEmpty } }

    /// A table with fewer rows is read whole rather than by an index.
    private static let smallTable = 32

    /// Nil if no entries help.
    init?(_ table: TableRelation, _ entry: RangeEntry, _ conditions: [Scalar], _ types: any TypeCatalog) {
        if table.config.declaration == nil {
            guard let open = OpenAccess.best(table, entry, conditions, isSmall: table.documentCount < Self.smallTable) else { return nil }
            self.init(open)
            return
        }
        guard !table.declaration.isOpen, !conditions.isEmpty else { return nil }
        var best: ScanAccess?
        for entries in table.entries(types) {
            if case .index = entries.place, table.documentCount < Self.smallTable { continue }
            if entry.cells == nil, let access = ScanAccess(entries, 0, table, entry, conditions, types),
                best.map({ access.rank > $0.rank }) ?? true
            {
                best = access
            }
            if table.hasCells, let access = ScanAccess(entries, table.cellIndexes.count, table, entry, conditions, types),
                best.map({ access.rank > $0.rank }) ?? true
            {
                best = access
            }
        }
        guard let best else { return nil }
        self = best
    }

    private init(_ open: OpenAccess) {
        entries = open.entries
        name = open.name
        used = open.used
        isOneRow = open.isOneRow
        cellCount = 0
        equal = open.equal
        bounds = open.bounds
    }

    private var rank: Int { (isOneRow ? 1000 : 0) + equal.count * 2 + (bounds.isEmpty ? 0 : 1) }

    private init?(
        _ entries: TableEntries, _ cellCount: Int, _ table: TableRelation, _ entry: RangeEntry, _ conditions: [Scalar],
        _ types: any TypeCatalog
    ) {
        var used: [Scalar] = []
        var equal: [(SQLType, Scalar)] = []
        var bounds: [(SQLType, CompareScalar.Relation, Scalar)] = []
        for column in entries.columns.dropFirst(cellCount) {
            guard let position = entry.positionIfUsed(column) else { break }
            let type = table.rowTypes[column]
            let mine = conditions.compactMap { Self.comparison($0, position, type, types) }
            if let found = mine.first(where: { $0.relation == .equal }) {
                equal.append((type, found.value))
                used.append(found.condition)
                continue
            }
            guard TableEntries.ordersAsValues(type, types) else { break }
            for item in mine where item.relation != .notEqual {
                bounds.append((type, item.relation, item.value))
                used.append(item.condition)
            }
            break
        }
        guard !used.isEmpty else { return nil }
        self.entries = entries
        self.cellCount = cellCount
        self.used = used
        self.equal = equal
        self.bounds = bounds
        switch entries.place {
        case .key, .compoundKey:
            name = table.declaration.primaryKey?.name ?? "key"
            isOneRow = equal.count == entries.columns.count && entries.isWhole
        case .index(let index):
            name = index.name
            let isUnique = table.declaration.constraints.contains { $0.kind != .foreign && $0.kind != .check && $0.name == index.name }
            isOneRow = equal.count == entries.columns.count && isUnique
        }
    }

    /// A comparison of a column with something that is the same for all rows of the table and has the same form.
    private static func comparison(
        _ condition: Scalar, _ position: Int, _ type: SQLType, _ types: any TypeCatalog
    ) -> (condition: Scalar, relation: CompareScalar.Relation, value: Scalar)? {
        guard let comparison = condition as? CompareScalar else { return nil }
        for (own, other, relation) in [
            (comparison.operands[0], comparison.operands[1], comparison.relation),
            (comparison.operands[1], comparison.operands[0], comparison.relation.mirrored),
        ] {
            var column = own
            while column is RelabeledScalar { column = column.operands[0] }
            if (column as? ColumnScalar)?.position == position, other.positions.isEmpty, !other.isVolatile,
                TableEntries.haveOneForm(own.type, type, types), TableEntries.haveOneForm(other.type, type, types)
            {
                return (condition, relation, other)
            }
        }
        return nil
    }

    /// The entries that can match; nil if none can.
    ///
    /// - Parameter cell: the key of the cell, if it is of one.
    func bounds(_ run: Run, in cell: [Datum] = []) throws(SQLError) -> KeyBounds? {
        let types = run.session.types
        var forms = cell
        for (type, scalar) in equal {
            let value = try scalar.value([], run)
            guard !value.isNull, let form = TableEntries.form(value, type, types) else { return nil }
            forms.append(form)
        }
        var lower: (Datum, Bool)?
        var upper: (Datum, Bool)?
        for (type, relation, scalar) in bounds {
            let value = try scalar.value([], run)
            if value.isNull { return nil }
            // One that is no bound leaves it to the condition; so does the rest, where one is said twice.
            guard let form = TableEntries.bound(value, type, types) else { continue }
            switch relation {
            case .less, .lessOrEqual: upper = (form, relation == .lessOrEqual)
            case .greater, .greaterOrEqual: lower = (form, relation == .greaterOrEqual)
            case .equal, .notEqual: break
            }
        }
        guard lower != nil || upper != nil else { return forms.isEmpty ? .all : entries.bounds(forms) }
        return entries.bounds(
            forms, lower: lower.map { (value: $0.0, isInclusive: $0.1) }, upper: upper.map { (value: $0.0, isInclusive: $0.1) })
    }
}
