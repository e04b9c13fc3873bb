import Catalog

/// The columns that SEARCH and CYCLE add to a recursive common table: how they begin, and how a row's come from those of the row that it
/// was found by.
struct RecursionColumns {
    fileprivate(set) var columns: [OutputColumn] = []
    fileprivate var first: [Scalar] = []
    fileprivate var next: [Scalar] = []
    /// Where the mark of a row stands that has been met on its path before, and what it is: nothing is looked for from there.
    fileprivate(set) var mark: (position: Int, value: Scalar)?

    static let pathType = SQLType(2287)

    /// Adds the columns to rows of the first part.
    func beginning(_ plan: Plan, _ own: [SQLType]) -> Plan { projected(plan, own, first) }

    /// Replaces them in rows of the second part, which carry those of the row before.
    func following(_ plan: Plan, _ own: [SQLType]) -> Plan { projected(plan, own, next) }

    private func projected(_ plan: Plan, _ own: [SQLType], _ scalars: [Scalar]) -> Plan {
        ProjectPlan(plan, own.enumerated().map { ColumnScalar($0.offset, $0.element) } + scalars)
    }
}

extension Binder {
    /// Nil for a table without SEARCH and CYCLE.
    func recursionColumns(_ table: CommonTable, _ own: [OutputColumn]) throws(SQLError) -> RecursionColumns? {
        guard table.search != nil || table.cycle != nil else { return nil }
        try checkNames(table, own)
        var added = RecursionColumns()
        func row(_ columns: [Int], depth: Scalar? = nil) -> RowScalar {
            var fields = columns.map { SQLRecord.Field(own[$0].name, own[$0].type) }
            var operands: [Scalar] = columns.map { ColumnScalar($0, own[$0].type) }
            if let depth {
                fields.insert(SQLRecord.Field("*DEPTH*", .int8), at: 0)
                operands.insert(depth, at: 0)
            }
            return RowScalar(.record, fields, operands)
        }
        func carried(_ type: SQLType) -> Scalar { ColumnScalar(own.count + added.columns.count, type) }
        if let search = table.search {
            let columns = try positions(search.columns, "search", own, at: search.position)
            let type = search.isBreadthFirst ? SQLType.record : RecursionColumns.pathType
            if search.isBreadthFirst {
                added.first.append(row(columns, depth: ConstantScalar(.int(0), .int8)))
                added.next.append(row(columns, depth: NextDepthScalar(carried(type))))
            } else {
                added.first.append(PathScalar(row(columns), after: nil))
                added.next.append(PathScalar(row(columns), after: carried(type)))
            }
            added.columns.append(OutputColumn(name: search.sequenceColumn.text, type: type))
        }
        if let cycle = table.cycle {
            let columns = try positions(cycle.columns, "cycle", own, at: cycle.position)
            let scope = Scope(parent: nil, rules: .select)
            let value = try cycle.markValue.map { mark throws(SQLError) in try bind(mark, scope) } ?? ConstantScalar(.bool(true), .bool)
            let other = try cycle.markDefault.map { mark throws(SQLError) in try bind(mark, scope) } ?? ConstantScalar(.bool(false), .bool)
            let type = try commonType([value, other], "CYCLE", at: [cycle.position, cycle.position])
            let marks = try [value, other].map { mark throws(SQLError) in try coerce(mark, to: type, .implicit, at: cycle.position) }
            let path = ColumnScalar(own.count + added.columns.count + 1, RecursionColumns.pathType)
            added.mark = (own.count + added.columns.count, marks[0])
            added.first += [marks[1], PathScalar(row(columns), after: nil)]
            added.next += [CycleMarkScalar(row(columns), on: path, marks[0], else: marks[1]), PathScalar(row(columns), after: path)]
            added.columns += [
                OutputColumn(name: cycle.markColumn.text, type: type),
                OutputColumn(name: cycle.pathColumn.text, type: RecursionColumns.pathType),
            ]
        }
        return added
    }

    private func positions(
        _ names: [Name], _ clause: String, _ own: [OutputColumn], at position: Position
    ) throws(SQLError) -> [Int] {
        var positions: [Int] = []
        for name in names {
            guard let index = own.firstIndex(where: { $0.name == name.text }) else {
                throw error("42601", "\(clause) column \"\(name.text)\" not in WITH query column list", at: position)
            }
            guard !positions.contains(index) else {
                throw error("42701", "\(clause) column \"\(name.text)\" specified more than once", at: position)
            }
            positions.append(index)
        }
        return positions
    }

    /// The names that are added are new ones.
    private func checkNames(_ table: CommonTable, _ own: [OutputColumn]) throws(SQLError) {
        var names: [(name: Name, what: String, position: Position)] = []
        if let search = table.search { names.append((search.sequenceColumn, "search sequence column", search.position)) }
        if let cycle = table.cycle {
            names.append((cycle.markColumn, "cycle mark column", cycle.position))
            names.append((cycle.pathColumn, "cycle path column", cycle.position))
        }
        for (index, item) in names.enumerated() {
            if own.contains(where: { $0.name == item.name.text }) {
                throw error("42601", "\(item.what) name \"\(item.name.text)\" already used in WITH query column list", at: item.position)
            }
            if let before = names[..<index].first(where: { $0.name.text == item.name.text }) {
                throw error("42601", "\(before.what) name and \(item.what) name are the same", at: item.position)
            }
        }
    }

    /// The parts of a union of which each is one SELECT; the second one carries what was added to the row that it goes on from.
    func carrying(
        _ added: RecursionColumns, _ table: CommonTable, _ combination: Combination
    ) throws(SQLError) -> Combination {
        let position = table.search?.position ?? table.cycle?.position ?? table.name.position
        func refused(_ state: String, _ what: String) -> SQLError {
            error(state, "with a SEARCH or CYCLE clause, \(what)", at: position)
        }
        if combination.steps.count > 1 { throw refused("0A000", "the left side of the UNION must be a SELECT") }
        if case .combined = combination.first.body { throw refused("0A000", "the left side of the UNION must be a SELECT") }
        var combination = combination
        guard case .select(var select) = combination.steps[0].query.body else {
            throw refused("42601", "the right side of the UNION must be a SELECT")
        }
        guard let name = select.from.lazy.compactMap({ Self.name(of: table.name, in: $0) }).first else {
            throw refused(
                "0A000",
                "the recursive reference to WITH query \"\(table.name.text)\" must be at the top level of its right-hand SELECT")
        }
        for column in added.columns {
            let parts = [name, Name(column.name, at: position)]
            select.items.append(SelectItem(value: .column(ColumnReference(parts: parts, position: position)), position: position))
        }
        combination.steps[0].query.body = .select(select)
        return combination
    }

    /// What a table is called where a source has it; nil if it hasn't.
    private static func name(of table: Name, in source: Source) -> Name? {
        switch source {
        case .relation(let relation):
            guard relation.name.parts.count == 1, relation.name.last == table.text else { return nil }
            return relation.alias?.name ?? relation.name.parts[0]
        case .joined(let joined): return ([joined.first] + joined.joins.map(\.source)).lazy.compactMap { name(of: table, in: $0) }.first
        case .function, .query: return nil
        }
    }
}

/// A path with one row more; of nothing before, of that row alone.
private final class PathScalar: Scalar {
    init(_ row: Scalar, after path: Scalar?) { super.init(RecursionColumns.pathType, [row] + (path.map { [$0] } ?? [])) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var elements: [SQLValue] = []
        if operands.count > 1, case .array(let path) = try operands[1].value(row, run) { elements = path.elements }
        elements.append(try operands[0].value(row, run))
        return .array(SQLArray(.record, elements))
    }

    override func with(_ operands: [Scalar]) -> Scalar { PathScalar(operands[0], after: operands.count > 1 ? operands[1] : nil) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// How far a row is, of the record that the row before has for SEARCH BREADTH FIRST.
private final class NextDepthScalar: Scalar {
    init(_ record: Scalar) { super.init(.int8, [record]) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .record(let record) = try operands[0].value(row, run), case .int(let depth)? = record.values.first else { return .null }
        return .int(depth + 1)
    }

    override func with(_ operands: [Scalar]) -> Scalar { NextDepthScalar(operands[0]) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// One mark if a path has met a row, another one if it has not.
private final class CycleMarkScalar: Scalar {
    init(_ row: Scalar, on path: Scalar, _ mark: Scalar, else other: Scalar) { super.init(mark.type, [row, path, mark, other]) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .array(let path) = try operands[1].value(row, run) else { return .null }
        let here = GroupKey([try operands[0].value(row, run)])
        let wasMet = path.elements.contains { GroupKey([$0]) == here }
        return try operands[wasMet ? 2 : 3].value(row, run)
    }

    override func with(_ operands: [Scalar]) -> Scalar { CycleMarkScalar(operands[0], on: operands[1], operands[2], else: operands[3]) }
    override func agrees(with other: Scalar) -> Bool { true }
}
