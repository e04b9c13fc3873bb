import Catalog

/// How a scan finds its rows by entries: equalities of the first columns, and ranges of the one behind them.
struct ScanAccess {
    /// One of the ranges that a condition allows for a column.
    enum Choice {
        case value(Scalar)
        /// The elements of an array.
        case elements(Scalar)
        /// The rows of a query.
        case members(SubqueryScalar)
        case bounds([(relation: CompareScalar.Relation, value: Scalar)])
        case null
    }

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
    /// For the column behind those of the equalities; nil: all. A field of an open table has no type, but what it is compared with has.
    private let last: (type: SQLType?, choices: [Choice])?

    var isEquality: Bool { !equal.isEmpty }
    /// Whether the conditions that it uses hold for all rows that it finds: they are nothing but equalities.
    var isExact: Bool { last == nil }
    /// Whether it says what to read of each cell, and not of which cells.
    var isWithinCells: Bool { cellCount > 0 }
    /// The integers by which its entries are found, if it is by nothing else.
    var integerKey: IntegerKey? { isExact && cellCount == 0 ? IntegerKey(equal, entries) : nil }
    /// Whether other entries are read for other rows outside.
    var isDependent: Bool { used.contains { !$0.slots.isEmpty } }

    /// A table with fewer rows is read whole rather than by an index.
    static let smallTable = 32

    /// All that may help, the best first by what the conditions look like; with `all` those, too, that could only give an order.
    static func candidates(
        _ table: TableRelation, _ entry: RangeEntry, _ conditions: [Scalar], _ types: any TypeCatalog, _ methods: PlanMethods,
        all: Bool = false
    ) -> [ScanAccess] {
        if methods.avoidsIndexScan { return [] }
        let isSmall = table.documentCount < smallTable && !methods.prefersIndexScan
        if table.config.declaration == nil {
            return OpenAccess.best(table, entry, conditions, isSmall: isSmall).map { [ScanAccess($0)] } ?? []
        }
        guard !table.declaration.isOpen, all || !conditions.isEmpty else { return [] }
        var found: [ScanAccess] = []
        for entries in table.entries(types) {
            if case .index = entries.place, isSmall { continue }
            let cellCounts = (entry.cells == nil ? [0] : []) + (table.hasCells ? [table.cellIndexes.count] : [])
            for cellCount in cellCounts {
                let access = ScanAccess(entries, cellCount, table, entry, conditions, types)
                if all || !access.used.isEmpty { found.append(access) }
            }
        }
        return found.enumerated().sorted { one, other in
            one.element.rank != other.element.rank ? one.element.rank > other.element.rank : one.offset < other.offset
        }.map { $0.element }
    }

    private init(_ open: OpenAccess) {
        entries = open.entries
        name = open.name
        used = open.used
        isOneRow = open.isOneRow
        cellCount = 0
        equal = open.equal
        last = open.bounds.isEmpty ? nil : (nil, [.bounds(open.bounds)])
    }

    private var rank: Int { (isOneRow ? 1000 : 0) + equal.count * 2 + (last == nil ? 0 : 1) }

    private init(
        _ entries: TableEntries, _ cellCount: Int, _ table: TableRelation, _ entry: RangeEntry, _ conditions: [Scalar],
        _ types: any TypeCatalog
    ) {
        var used: [Scalar] = []
        var equal: [(type: SQLType, value: Scalar)] = []
        var last: (type: SQLType?, choices: [Choice])?
        for column in entries.columns.dropFirst(cellCount) {
            guard let position = entry.positionIfUsed(column) else { break }
            let type = table.rowTypes[column]
            let place = Place(position: position, type: type, ordersAsValues: TableEntries.ordersAsValues(type, types), types: types)
            let mine = conditions.compactMap { condition in
                place.choices(condition).map { ColumnCondition(condition: condition, choices: $0) }
            }
            if let found = mine.first(where: { $0.value != nil }), let value = found.value {
                equal.append((type, value))
                used.append(found.condition)
                continue
            }
            // Bounds that all have to hold are one range; of several lists the shortest is taken.
            let bounded = mine.filter { $0.bounds != nil }
            if let list = mine.filter({ $0.bounds == nil }).min(by: { $0.choices.count < $1.choices.count }) {
                last = (type, list.choices)
                used.append(list.condition)
            } else if !bounded.isEmpty {
                last = (type, [.bounds(bounded.flatMap { $0.bounds ?? [] })])
                used += bounded.map(\.condition)
            }
            break
        }
        self.entries = entries
        self.cellCount = cellCount
        self.used = used
        self.equal = equal
        self.last = last
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

    /// A column of the entries, and what conditions say of it.
    private struct Place {
        let position: Int
        let type: SQLType
        let ordersAsValues: Bool
        let types: any TypeCatalog

        private func isColumn(_ scalar: Scalar) -> Bool {
            var column = scalar
            while column is RelabeledScalar { column = column.operands[0] }
            return (column as? ColumnScalar)?.position == position
        }

        /// Whether it is the same for all rows of the table.
        private func isFixed(_ scalar: Scalar) -> Bool { scalar.positions.isEmpty && !scalar.isVolatile }

        private func hasForm(_ other: SQLType) -> Bool { TableEntries.haveOneForm(other, type, types) }

        /// The ranges of which the column has to be in one, if the condition is true; nil if it says nothing that is of use.
        func choices(_ condition: Scalar) -> [Choice]? {
            switch condition {
            case let comparison as CompareScalar:
                for (own, other, relation) in [
                    (comparison.operands[0], comparison.operands[1], comparison.relation),
                    (comparison.operands[1], comparison.operands[0], comparison.relation.mirrored),
                ] where isColumn(own) && isFixed(other) && hasForm(own.type) && hasForm(other.type) {
                    switch relation {
                    case .equal: return [.value(other)]
                    case .notEqual: return nil
                    default: return ordersAsValues ? [.bounds([(relation, other)])] : nil
                    }
                }
                return nil
            case let list as ListMatchScalar:
                let values = list.operands.dropFirst()
                guard isColumn(list.operands[0]), hasForm(list.operands[0].type), values.count <= ScanAccess.mostChoices,
                    values.allSatisfy({ isFixed($0) && hasForm($0.type) })
                else { return nil }
                return values.map { .value($0) }
            case let match as ArrayMatchScalar:
                guard !match.isAll, isColumn(match.operands[0]), isFixed(match.operands[1]),
                    let comparison = match.comparison as? CompareScalar, comparison.relation == .equal,
                    let left = comparison.operands[0] as? ColumnScalar, let right = comparison.operands[1] as? ColumnScalar,
                    left.position == 0, right.position == 1, hasForm(left.type), hasForm(right.type)
                else { return nil }
                return [.elements(match.operands[1])]
            case let subquery as SubqueryScalar:
                guard subquery.isMembership, isColumn(subquery.operands[0]), hasForm(subquery.operands[0].type),
                    hasForm(subquery.plan.columns[0])
                else { return nil }
                return [.members(subquery)]
            case let test as TestScalar:
                guard test.test == .null, isColumn(test.operands[0]) else { return nil }
                return [.null]
            case is OrScalar:
                var all: [Choice] = []
                for operand in condition.operands {
                    guard let choices = choices(operand) else { return nil }
                    all += choices
                }
                return all.count <= ScanAccess.mostChoices ? all : nil
            case is AndScalar:
                // What the others say is tested anyway.
                var bounds: [(relation: CompareScalar.Relation, value: Scalar)] = []
                for operand in condition.operands {
                    guard let choices = choices(operand), choices.count == 1 else { continue }
                    if case .bounds(let more) = choices[0] { bounds += more } else { return choices }
                }
                return bounds.isEmpty ? nil : [.bounds(bounds)]
            default: return nil
            }
        }
    }

    private static let mostChoices = 1000

    /// The entries that can match, in their order and none twice; none if nothing can.
    ///
    /// - Parameter cell: the key of the cell, if they are of one.
    func bounds(_ run: Run, in cell: [Datum] = []) throws(SQLError) -> [KeyBounds] {
        let types = run.session.types
        var forms = cell
        for (type, scalar) in equal {
            let value = try scalar.value([], run)
            guard !value.isNull, let form = TableEntries.form(value, type, types) else { return [] }
            forms.append(form)
        }
        guard let last else {
            if forms.isEmpty, entries.isSingle, case .index = entries.place { return [KeyBounds(upper: .maxval, upperInclusive: true)] }
            return [entries.bounds(forms)]
        }
        var ranges: [EntryRange] = []
        for choice in last.choices {
            switch choice {
            case .null: ranges.append(EntryRange(.maxval))
            case .value(let scalar):
                let value = try scalar.value([], run)
                if !value.isNull, let form = TableEntries.form(value, last.type ?? scalar.type, types) { ranges.append(EntryRange(form)) }
            case .elements(let scalar):
                guard case .array(let array) = try scalar.value([], run) else { continue }
                for value in array.elements where !value.isNull {
                    if let form = TableEntries.form(value, last.type ?? array.elementType, types) { ranges.append(EntryRange(form)) }
                }
            case .members(let subquery):
                let members = try subquery.members(run)
                guard members.count <= Self.mostChoices else {
                    ranges.append(EntryRange(lower: (.minval, true), upper: (.maxval, false)))
                    continue
                }
                for value in members where !value.isNull {
                    if let form = TableEntries.form(value, last.type ?? subquery.plan.columns[0], types) { ranges.append(EntryRange(form)) }
                }
            case .bounds(let bounds): if let range = try range(bounds, last.type, run) { ranges.append(range) }
            }
        }
        return EntryRange.joined(ranges).map { range in
            if range.isOneValue { return entries.bounds(forms + [range.lower.value]) }
            if range.lower.value == .minval, range.upper.value == .maxval, range.upper.isInclusive, entries.isSingle {
                return KeyBounds(upper: .maxval, upperInclusive: true)
            }
            return entries.bounds(
                forms, lower: range.lower.value == .minval ? nil : range.lower,
                upper: range.upper.value == .maxval && !range.upper.isInclusive ? nil : range.upper)
        }
    }

    /// Nil if a bound is NULL, within which there is nothing.
    private func range(
        _ bounds: [(relation: CompareScalar.Relation, value: Scalar)], _ type: SQLType?, _ run: Run
    ) throws(SQLError) -> EntryRange? {
        var range = EntryRange(lower: (.minval, true), upper: (.maxval, false))
        for (relation, scalar) in bounds {
            let value = try scalar.value([], run)
            if value.isNull { return nil }
            // One that is no bound leaves it to the condition; so does the rest, where one is said twice.
            guard let form = TableEntries.bound(value, type ?? scalar.type, run.session.types) else { continue }
            switch relation {
            case .less, .lessOrEqual: range.upper = (form, relation == .lessOrEqual)
            case .greater, .greaterOrEqual: range.lower = (form, relation == .greaterOrEqual)
            case .equal, .notEqual: break
            }
        }
        return range
    }

    /// Whether the entries give rows in the order of these columns, and whether from the last to the first; nil if they don't.
    func isReversed(for order: [(position: Int, key: SortKey)], _ table: TableRelation, _ entry: RangeEntry) -> Bool? {
        var isReversed: Bool?
        var place = equal.count
        for item in order {
            if entries.columns[..<equal.count].contains(where: { entry.positionIfUsed($0) == item.position }) { continue }
            // Behind the whole of a unique key nothing is left to be ordered.
            if place == entries.columns.count { return isUnique ? isReversed ?? false : nil }
            let column = entries.columns[place]
            guard entry.positionIfUsed(column) == item.position else { return nil }
            if let isReversed, isReversed != item.key.isDescending { return nil }
            isReversed = item.key.isDescending
            let declared = table.declaration.columns[column]
            // NULL stands last among the entries.
            guard item.key.nullsFirst == item.key.isDescending || declared.isNotNull || isUnique else { return nil }
            place += 1
        }
        return isReversed ?? false
    }

    /// Whether there is one row only of all the columns' values.
    private var isUnique: Bool { if case .index = entries.place { false } else { true } }
}

/// From where to where entries are read, by the column behind those of equalities.
private struct EntryRange {
    typealias End = (value: Datum, isInclusive: Bool)

    var lower: End
    var upper: End

    init(lower: End, upper: End) {
        self.lower = lower
        self.upper = upper
    }

    init(_ value: Datum) { self.init(lower: (value, true), upper: (value, true)) }

    var isOneValue: Bool { lower.isInclusive && upper.isInclusive && lower.value == upper.value }

    private var isEmpty: Bool {
        let order = Datum.compare(lower.value, upper.value)
        return order > 0 || order == 0 && !(lower.isInclusive && upper.isInclusive)
    }

    /// The ranges in order, those that overlap as one.
    static func joined(_ ranges: [EntryRange]) -> [EntryRange] {
        var joined: [EntryRange] = []
        let sorted = ranges.filter { !$0.isEmpty }.sorted { a, b in
            let order = Datum.compare(a.lower.value, b.lower.value)
            return order != 0 ? order < 0 : a.lower.isInclusive && !b.lower.isInclusive
        }
        for range in sorted {
            guard let last = joined.last else {
                joined.append(range)
                continue
            }
            let order = Datum.compare(range.lower.value, last.upper.value)
            guard order < 0 || order == 0 && (range.lower.isInclusive || last.upper.isInclusive) else {
                joined.append(range)
                continue
            }
            let ends = Datum.compare(range.upper.value, last.upper.value)
            if ends > 0 || ends == 0 && range.upper.isInclusive { joined[joined.count - 1].upper = range.upper }
        }
        return joined
    }
}

/// What a condition says of a column.
private struct ColumnCondition {
    let condition: Scalar
    let choices: [ScanAccess.Choice]

    /// The one value that the column has to have.
    var value: Scalar? {
        guard choices.count == 1, case .value(let value) = choices[0] else { return nil }
        return value
    }

    /// The bounds that all have to hold.
    var bounds: [(relation: CompareScalar.Relation, value: Scalar)]? {
        guard choices.count == 1, case .bounds(let bounds) = choices[0] else { return nil }
        return bounds
    }
}
