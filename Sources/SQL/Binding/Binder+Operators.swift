// Operators, of open tables' fields too.
extension Binder {
    /// Whether values of the type are compared by ``ValueOrder``, without a function.
    func comparesDirectly(_ type: SQLType) -> Bool {
        let base = TypeTable.base(of: type, types).oid
        return ![
            SQLType.json.oid, SQLType.open.oid, SQLType.unknown.oid, SQLType.inet.oid, SQLType.cidr.oid, SQLType.tsvector.oid,
            SQLType.tsquery.oid, SQLType.jsonpath.oid,
        ].contains(base)
    }

    func call(operator name: OperatorName, _ left: Scalar?, _ right: Scalar) throws(SQLError) -> Scalar {
        let symbol = name.symbol == "!=" ? "<>" : name.symbol
        if let schema = name.schema.last, !definitions.hasSchema(schema.text) {
            throw error("3F000", "schema \"\(schema.text)\" does not exist", at: name.position)
        }
        if let left, let relation = CompareScalar.Relation(rawValue: symbol) {
            if left is RowScalar, right is RowScalar { return try compareRows(relation, left, right, name, name.position) }
            if let direct = try compare(relation, left, right, name) { return direct }
        }
        if let left, left.type == .open || right.type == .open, let open = try openOperator(symbol, left, right, name) { return open }
        if left == nil, right.type == .open {
            return try call(operator: name, nil, try coerce(right, to: .float8, .implicit, at: name.position))
        }
        if let one = left as? RowScalar, let two = right as? RowScalar, one.operands.count == two.operands.count {
            // Fields are compared in pairs, if by this operator they can be.
            for (field, other) in zip(one.operands, two.operands) {
                let type = try call(operator: name, field, other).type
                guard type.oid == SQLType.bool.oid else {
                    throw error("42804", "row comparison operator must yield type boolean, not type \(typeName(type))", at: name.position)
                }
            }
        }
        let resolved: FunctionTable.Resolved
        do throws(SQLError) {
            resolved = try Builtins.operator(symbol, left?.type, right.type, types)
        } catch {
            guard error.position == nil else { throw error }
            throw source.error(error, at: name.position)
        }
        var operands: [Scalar] = []
        for (scalar, type) in zip((left.map { [$0] } ?? []) + [right], resolved.argumentTypes) {
            operands.append(try coerce(scalar, to: type, .implicit, at: name.position))
        }
        operands = withBlanks(operands, of: resolved.function)
        guard let call = CallScalar(resolved.function, operands, resolved.resultType) else {
            throw unsupported("operator \(symbol)", at: name.position)
        }
        return call
    }

    /// A comparison of two values that have, or come to have, one type.
    func compare(
        _ relation: CompareScalar.Relation, _ left: Scalar, _ right: Scalar, _ name: OperatorName
    ) throws(SQLError) -> Scalar? {
        let (one, two) = (TypeTable.base(of: left.type, types), TypeTable.base(of: right.type, types))
        let target: SQLType
        switch (one == .unknown, two == .unknown) {
        case (true, true): target = .text
        case (true, false): target = two
        case (false, true): target = one
        case (false, false):
            if one.oid == two.oid {
                target = one
            } else {
                guard let common = Builtins.comparisonType(one, two) else { return nil }
                target = common
            }
        }
        guard comparesDirectly(target) else { return nil }
        let category = TypeTable.category(of: target.oid, types)
        guard category != "P" || target == .record else { return nil }
        return CompareScalar(
            relation, try coerce(left, to: SQLType(target.oid), .implicit, at: name.position),
            try coerce(right, to: SQLType(target.oid), .implicit, at: name.position))
    }

    private func openOperator(_ symbol: String, _ left: Scalar, _ right: Scalar, _ name: OperatorName) throws(SQLError) -> Scalar? {
        if let relation = CompareScalar.Relation(rawValue: symbol) {
            if left.type == .open, right.type == .open { return OpenCompareScalar(relation, left, right) }
            if right.type == .unknown || left.type == .unknown {
                try meet(left, right)
                try meet(right, left)
                return OpenCompareScalar(relation, left, right)
            }
            let typed = left.type == .open ? right.type : left.type
            let target = TypeTable.category(of: typed.oid, types) == "N" ? SQLType.numeric : typed
            return CompareScalar(
                relation, try coerce(left, to: target, .implicit, at: name.position),
                try coerce(right, to: target, .implicit, at: name.position))
        }
        if ["+", "-", "*", "/", "%", "^"].contains(symbol) {
            let one = left.type == .open ? Self.met(right.type, symbol, isLeft: true) : left.type
            let two = right.type == .open ? Self.met(left.type, symbol, isLeft: false) : right.type
            return try call(
                operator: name, try coerce(left, to: one, .implicit, at: name.position),
                try coerce(right, to: two, .implicit, at: name.position))
        }
        if ["->", "->>", "#>", "#>>", "@>", "<@", "?", "?|", "?&"].contains(symbol) {
            let takesArrays = symbol == "@>" || symbol == "<@"
            return try call(
                operator: name, try json(left, takesArrays, name.position), try json(right, takesArrays, name.position))
        }
        if ["||", "~~", "~~*", "!~~", "!~~*", "~", "~*", "!~", "!~*"].contains(symbol) {
            return try call(
                operator: name, try coerce(left, to: .text, .explicit, at: name.position),
                try coerce(right, to: .text, .explicit, at: name.position))
        }
        return nil
    }

    /// What arithmetic takes a field for that meets a type: a number, or what goes with times.
    private static func met(_ other: SQLType, _ symbol: String, isLeft: Bool) -> SQLType {
        switch (other.oid, symbol) {
        case (SQLType.interval.oid, "+"), (SQLType.interval.oid, "-"): .timestamptz
        case (SQLType.timestamptz.oid, "-"), (SQLType.timestamp.oid, "-"): .timestamptz
        case (SQLType.date.oid, "+"): .int4
        case (SQLType.date.oid, "-"): isLeft ? .timestamptz : .int4
        default: .float8
        }
    }

    /// An operand as JSON: a field as it is, and an array as a JSON array if that is meant.
    private func json(_ scalar: Scalar, _ takesArrays: Bool, _ position: Position?) throws(SQLError) -> Scalar {
        if scalar.type == .open { return RelabeledScalar(.jsonb, [scalar]) }
        guard takesArrays, TypeTable.element(of: TypeTable.base(of: scalar.type, types).oid, types) != nil else { return scalar }
        return try call(function: "to_jsonb", [scalar], at: position)
    }
}
