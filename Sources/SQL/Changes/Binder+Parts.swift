import Catalog

// Assignment to parts of columns: `a[1] = v`, `a[1:2] = v`, `j['k'] = v`.
extension Binder {
    /// A column's value with one part of it replaced. Its type is what the column's domain is made of.
    func assigning(
        _ value: Scalar, to target: Target, of base: Scalar, _ column: Declaration.Column, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        let container = TypeTable.base(of: column.type, types)
        let plain = base.type.oid == container.oid ? base : RelabeledScalar(container, [base])
        for step in target.steps {
            switch step {
            case .element, .slice: continue
            case .field, .allFields: throw unsupported("assignment to a field of a column", at: target.column.position)
            }
        }
        if container.oid == SQLType.jsonb.oid {
            let new = try assigned(value, .jsonb, target)
            return JSONAssignScalar(container, [plain, new] + (try jsonSubscripts(target.steps, scope)))
        }
        guard let element = TypeTable.element(of: container.oid, types) else {
            throw error(
                "42804", "cannot subscript type \(typeName(SQLType(column.type.oid))) because it does not support subscripting",
                at: target.column.position)
        }
        guard target.steps.count <= 6 else {
            throw error("54000", "number of array dimensions (\(target.steps.count)) exceeds the maximum allowed (6)", at: nil)
        }
        let (places, isSlice) = try arraySubscripts(target.steps, scope)
        let type = isSlice ? container : SQLType(element.oid, modifier: container.modifier)
        let operands = [plain, try assigned(value, type, target)] + places
        return isSlice ? SliceAssignScalar(of: element, operands) : ElementAssignScalar(of: element, operands)
    }

    private func assigned(_ value: Scalar, _ type: SQLType, _ target: Target) throws(SQLError) -> Scalar {
        if let coerced = try coerceIfPossible(value, to: type, .assignment, at: target.column.position) { return coerced }
        throw error(
            "42804",
            "subscripted assignment to \"\(target.column.text)\" requires type \(typeName(SQLType(type.oid))) but expression is of type "
                + typeName(SQLType(value.type.oid)), hint: "You will need to rewrite or cast the expression.", at: target.column.position)
    }

    /// Values for a list of columns and places in them, by columns: places in one column are put into one value of it, one after the other.
    func gathered(
        _ given: [Scalar?], _ columns: [Target], _ indexes: [Int], _ table: TableRelation, _ scope: Scope
    ) throws(SQLError) -> [Scalar?] {
        guard columns.contains(where: { !$0.steps.isEmpty }) else { return given }
        var result: [Scalar?] = []
        var places: [Int: Int] = [:]
        for ((target, index), value) in zip(zip(columns, indexes), given) {
            guard !target.steps.isEmpty else {
                result.append(value)
                continue
            }
            let column = table.declaration.columns[index]
            guard let value else { throw error("0A000", "cannot set an array element to DEFAULT", at: target.column.position) }
            let place = places[index] ?? result.count
            if places[index] == nil { result.append(ConstantScalar.null(SQLType(TypeTable.base(of: column.type, types).oid))) }
            places[index] = place
            if let base = result[place] { result[place] = try assigning(value, to: target, of: base, column, scope) }
        }
        for (index, place) in places {
            guard let scalar = result[place] else { continue }
            result[place] = try assigned(scalar, table.declaration.columns[index], at: nil)
        }
        return result
    }
}
