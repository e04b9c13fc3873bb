// Queries inside of expressions.
extension Binder {
    func bind(_ subquery: Subquery, _ scope: Scope) throws(SQLError) -> Scalar {
        let query = subquery.kind == .exists ? withoutStar(subquery.query) : subquery.query
        let (subplan, columns, operands) = try subplan(query, scope)
        switch subquery.kind {
        case .exists: return SubqueryScalar(.exists, subplan, .bool, operands)
        case .scalar:
            guard columns.count == 1 else { throw error("42601", "subquery must return only one column", at: subquery.position) }
            let scalar = SubqueryScalar(.scalar, subplan, columns[0].type, operands)
            scalar.label = columns[0].name
            return scalar
        case .array:
            guard columns.count == 1 else { throw error("42601", "subquery must return only one column", at: subquery.position) }
            let isVector = [SQLType.int2vector.oid, SQLType.oidvector.oid].contains(columns[0].type.oid)
            let isArray = !isVector && TypeTable.element(of: columns[0].type.oid, types) != nil
            guard let type = isArray ? columns[0].type : TypeTable.array(of: columns[0].type.oid, types) else {
                throw error("42704", "could not find array type for data type \(typeName(columns[0].type))", at: subquery.position)
            }
            let element = isArray ? TypeTable.element(of: type.oid, types) ?? type : SQLType(columns[0].type.oid)
            return SubqueryScalar(.array(of: element), subplan, SQLType(type.oid), operands)
        }
    }

    /// A query of which only counts whether it has rows: no column is read for `*`.
    private func withoutStar(_ query: Query) -> Query {
        guard stars == nil, query.isBare, case .select(var select) = query.body, !select.from.isEmpty, select.items.count == 1,
            case .column(let reference) = select.items[0].value, reference.isStar, reference.parts.isEmpty, select.distinct == .no,
            select.groupBy.isEmpty, select.having == nil
        else { return query }
        select.items[0].value = .literal(Literal(value: .bool(true), position: reference.position))
        var shorter = query
        shorter.body = .select(select)
        return shorter
    }

    /// A query inside of an expression.
    func subplan(_ query: Query, _ scope: Scope) throws(SQLError) -> (Subplan, [OutputColumn], [Scalar]) {
        if !scope.rules.subqueries { throw error("0A000", "cannot use subquery in \(scope.rules.expression)", at: nil) }
        isKeepable = false
        let inner = Scope(parent: scope, rules: .select)
        inner.isExpression = true
        let bound = try bind(query, inner, resolvesUnknown: true)
        guard let boundary = inner.boundary else { throw unsupported("a subquery here", at: query.position) }
        let subplan = Subplan(
            bound.plan, columns: bound.columns.map(\.type), ownSlots: boundary.own.map(\.slot), outerSlots: boundary.outerSlots,
            isVolatile: boundary.hasVolatile)
        subplan.recordFields = bound.columns.first?.fields
        subplan.origin = WrittenQuery(query, scope.place)
        return (subplan, bound.columns, boundary.own.map(\.scalar))
    }
}

/// A query as it was written, and a mark of where.
final class WrittenQuery: QueryOrigin {
    private let query: Query
    private let place: ScopePlace

    init(_ query: Query, _ place: ScopePlace) {
        self.query = query
        self.place = place
    }

    override func isSame(as other: QueryOrigin) -> Bool {
        guard let other = other as? WrittenQuery else { return false }
        return place === other.place && query == other.query
    }

    /// Whether it reads the rows that another reads: FROM and WHERE are the same, which mean the same where the one stands in the other.
    func readsSame(as other: Select) -> Bool {
        guard query.with == nil, case .select(let select) = query.body else { return false }
        return select.from == other.from && select.filter == other.filter
    }
}
