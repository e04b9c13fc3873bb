import Catalog

// Parts of values, and arrays.
extension Binder {
    func bind(_ access: Access, _ scope: Scope) throws(SQLError) -> Scalar {
        var scalar = try bind(access.base, scope)
        var index = 0
        while index < access.steps.count {
            switch access.steps[index] {
            case .field(let name):
                scalar = try field(name, of: scalar)
                index += 1
            case .allFields(let position):
                throw error("42601", "row expansion via \"*\" is not supported here", at: position)
            case .element, .slice:
                var steps: [Access.Step] = []
                while index < access.steps.count, access.steps[index].isSubscript {
                    steps.append(access.steps[index])
                    index += 1
                }
                scalar = try subscripts(steps, of: scalar, scope)
            }
        }
        return scalar
    }

    private func subscripts(_ steps: [Access.Step], of base: Scalar, _ scope: Scope) throws(SQLError) -> Scalar {
        if base.type == .open || TypeTable.base(of: base.type, types) == .jsonb {
            var scalar = base
            for key in try jsonSubscripts(steps, scope) { scalar = JSONElementScalar(scalar, key) }
            return scalar
        }
        if base.type.oid == SQLType.name.oid, case .element? = steps.first, steps.count == 1 {
            let (places, _) = try arraySubscripts(steps, scope)
            return NameByteScalar(.char, [base] + places)
        }
        guard let element = TypeTable.element(of: TypeTable.base(of: base.type, types).oid, types) else {
            throw error(
                "42804", "cannot subscript type \(typeName(base.type)) because it does not support subscripting", at: nil)
        }
        guard steps.count <= 6 else {
            throw error("54000", "number of array dimensions (\(steps.count)) exceeds the maximum allowed (6)", at: nil)
        }
        let (places, isSlice) = try arraySubscripts(steps, scope)
        let operands = [base] + places
        return isSlice ? SliceScalar(SQLType(TypeTable.base(of: base.type, types).oid), operands) : ElementScalar(element, operands)
    }

    /// The subscripts of a jsonb: texts and integers.
    func jsonSubscripts(_ steps: [Access.Step], _ scope: Scope) throws(SQLError) -> [Scalar] {
        var keys: [Scalar] = []
        for step in steps {
            guard case .element(let index, let position) = step else {
                guard case .slice(_, _, let position) = step else { continue }
                throw error("42804", "jsonb subscript does not support slices", at: position)
            }
            let key = resolved(try bind(index, scope))
            if let number = try coerceIfPossible(key, to: .int4, .implicit, at: position) {
                keys.append(number)
            } else if let text = try coerceIfPossible(key, to: .text, .implicit, at: position) {
                keys.append(text)
            } else {
                throw error(
                    "42804", "subscript type \(typeName(SQLType(key.type.oid))) is not supported",
                    hint: "jsonb subscript must be coercible to either integer or text.", at: position)
            }
        }
        return keys
    }

    /// The subscripts of an array. If one is a slice all are: then they are two bounds each, and NULL of type unknown stands for none.
    func arraySubscripts(_ steps: [Access.Step], _ scope: Scope) throws(SQLError) -> (scalars: [Scalar], isSlice: Bool) {
        let isSlice = steps.contains { if case .slice = $0 { true } else { false } }
        var scalars: [Scalar] = []
        func add(_ expression: Expression, _ position: Position) throws(SQLError) {
            guard let index = try coerceIfPossible(try bind(expression, scope), to: .int4, .assignment, at: position) else {
                throw error("42804", "array subscript must have type integer", at: position)
            }
            scalars.append(index)
        }
        for step in steps {
            switch step {
            case .element(let index, let position):
                if isSlice { scalars.append(ConstantScalar(.int(1), .int4)) }
                try add(index, position)
            case .slice(let low, let high, let position):
                for end in [low, high] {
                    if let end { try add(end, position) } else { scalars.append(ConstantScalar.null(.unknown)) }
                }
            default: break
            }
        }
        return (scalars, isSlice)
    }

    // MARK: - Arrays

    func bind(
        array elements: [Expression], _ scope: Scope, _ position: Position, as target: SQLType?
    ) throws(SQLError) -> Scalar {
        var scalars: [Scalar] = []
        let inner = target.flatMap { TypeTable.element(of: $0.oid, types) }
        for element in elements {
            if case .array(let nested, let place) = element {
                scalars.append(try bind(array: nested, scope, place, as: target))
            } else {
                scalars.append(try bind(element, scope))
            }
        }
        if scalars.isEmpty {
            guard let target, let inner else {
                throw error(
                    "42P18", "cannot determine type of empty array",
                    hint: "Explicitly cast to the desired type, for example ARRAY[]::integer[].",
                    at: position)
            }
            return ArrayScalar(target, elementType: inner, [], isNested: false)
        }
        let isNested = scalars.allSatisfy { TypeTable.element(of: $0.type.oid, types) != nil && $0.type.oid != SQLType.int2vector.oid }
        let common: SQLType
        if let target, let inner {
            common = isNested ? target : inner
        } else {
            common = try commonType(scalars, "ARRAY", at: elements.map(\.position))
        }
        var operands: [Scalar] = []
        for (scalar, element) in zip(scalars, elements) {
            operands.append(withBlanks(try coerce(scalar, to: common, target == nil ? .implicit : .explicit, at: element.position)))
        }
        let elementType = isNested ? TypeTable.element(of: common.oid, types) ?? common : common
        guard let type = isNested ? common : TypeTable.array(of: common.oid, types) else {
            throw error("42704", "could not find array type for data type \(typeName(common))", at: position)
        }
        return ArrayScalar(type, elementType: SQLType(elementType.oid), operands, isNested: isNested)
    }
}

extension Access.Step {
    fileprivate var isSubscript: Bool {
        switch self {
        case .element, .slice: true
        default: false
        }
    }
}

/// `json['a']`, `json[0]`.
final class JSONElementScalar: Scalar {
    init(_ operand: Scalar, _ key: Scalar) { super.init(operand.type, [operand, key]) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        guard case .json(let json) = try operands[0].value(row, run) else { return .null }
        switch try operands[1].value(row, run) {
        case .text(let key):
            if json.kind == .array, let index = Int(key) { return element(json, index) }
            return json.kind == .object ? (json[field: key]).map(found) ?? .null : .null
        case .int(let index):
            // Of an object it is a key's text.
            if json.kind == .object, type != .open { return json[field: String(index)].map(found) ?? .null }
            return element(json, Int(index))
        default: return .null
        }
    }

    func element(_ json: Datum, _ index: Int) -> SQLValue {
        guard json.kind == .array else { return .null }
        let place = index < 0 ? json.count + index : index
        return place >= 0 && place < json.count ? found(json[place]) : .null
    }

    private func found(_ value: Datum) -> SQLValue { type == .open && value.isNull ? .null : .json(value) }

    override func with(_ operands: [Scalar]) -> Scalar { JSONElementScalar(operands[0], operands[1]) }
    override func agrees(with other: Scalar) -> Bool { true }
}
