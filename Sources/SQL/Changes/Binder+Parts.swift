import Catalog

// Assignment to parts of columns: `a[1] = v`, `a[1:2] = v`, `j['k'] = v`, `c.f = v`, and parts of those.
extension Binder {
    /// A column's value with one part of it replaced. Its type is what the column's domain is made of.
    func assigning(
        _ value: Scalar, to target: Target, of base: Scalar, _ column: Declaration.Column, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        try replacing(target.steps[...], of: base, column.type, with: value, target, scope)
    }

    /// A value with what the steps lead to replaced.
    private func replacing(
        _ steps: ArraySlice<Access.Step>, of base: Scalar, _ type: SQLType, with value: Scalar, _ target: Target, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        let container = TypeTable.base(of: type, types)
        let plain = base.type.oid == container.oid ? base : RelabeledScalar(container, [base])
        if case .field(let name)? = steps.first {
            let fields = try fields(of: container, named: name, target)
            guard let place = fields.firstIndex(where: { $0.name == name.text }) else {
                throw error(
                    "42703",
                    "cannot assign to field \"\(name.text)\" of column \"\(target.column.text)\" because there is no such column in "
                        + "data type \(typeName(container))", at: target.column.position)
            }
            let field = FieldScalar(plain, place, fields[place].type, name: name.text)
            let new = try part(steps.dropFirst(), of: field, fields[place].type, with: value, target, scope)
            return FieldAssignScalar(container, fields, place, [plain, new])
        }
        let isSubscript = { (step: Access.Step) in if case .field = step { false } else { true } }
        let (subscripts, rest) = (steps.prefix(while: isSubscript), steps.drop(while: isSubscript))
        if container.oid == SQLType.jsonb.oid, rest.isEmpty {
            let new = try assigned(value, .jsonb, target)
            return JSONAssignScalar(container, [plain, new] + (try jsonSubscripts(Array(subscripts), scope)))
        }
        guard let element = TypeTable.element(of: container.oid, types) else {
            throw error(
                "42804", "cannot subscript type \(typeName(SQLType(type.oid))) because it does not support subscripting",
                at: target.column.position)
        }
        guard subscripts.count <= 6 else {
            throw error("54000", "number of array dimensions (\(subscripts.count)) exceeds the maximum allowed (6)", at: nil)
        }
        let (places, isSlice) = try arraySubscripts(Array(subscripts), scope)
        let wanted = isSlice ? container : SQLType(element.oid, modifier: container.modifier)
        let old = isSlice ? SliceScalar(container, [plain] + places) : ElementScalar(element, [plain] + places)
        let new = try part(rest, of: old, wanted, with: value, target, scope)
        let operands = [plain, new] + places
        return isSlice ? SliceAssignScalar(of: element, operands) : ElementAssignScalar(of: element, operands)
    }

    /// What a part becomes: the value itself where no steps are left.
    private func part(
        _ steps: ArraySlice<Access.Step>, of old: Scalar, _ type: SQLType, with value: Scalar, _ target: Target, _ scope: Scope
    ) throws(SQLError) -> Scalar {
        if steps.isEmpty { return try assigned(value, type, target) }
        return try assigned(try replacing(steps, of: old, type, with: value, target, scope), type, target)
    }

    private func fields(of type: SQLType, named name: Name, _ target: Target) throws(SQLError) -> [SQLRecord.Field] {
        if case .composite(let fields)? = types.type(type.oid)?.kind { return fields }
        throw error(
            "42804",
            "cannot assign to field \"\(name.text)\" of column \"\(target.column.text)\" because its type \(typeName(type)) is not a "
                + "composite type", at: target.column.position)
    }

    private func assigned(_ value: Scalar, _ type: SQLType, _ target: Target) throws(SQLError) -> Scalar {
        if let coerced = try coerceIfPossible(value, to: type, .assignment, at: target.column.position) { return coerced }
        if case .field(let name)? = target.steps.last {
            throw error(
                "42804",
                "subfield \"\(name.text)\" is of type \(typeName(SQLType(type.oid))) but expression is of type \(typeName(SQLType(value.type.oid)))",
                hint: "You will need to rewrite or cast the expression.", at: target.column.position)
        }
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
            guard let value else {
                var what = "an array element"
                if case .field? = target.steps.last { what = "a subfield" }
                throw error("0A000", "cannot set \(what) to DEFAULT", at: target.column.position)
            }
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
