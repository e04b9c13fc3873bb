final class AndScalar: Scalar {
    init(_ operands: [Scalar]) { super.init(.bool, operands) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var isUnknown = false
        for operand in operands {
            switch try operand.value(row, run) {
            case .bool(false): return .bool(false)
            case .bool(true): break
            default: isUnknown = true
            }
        }
        return isUnknown ? .null : .bool(true)
    }

    override func with(_ operands: [Scalar]) -> Scalar { AndScalar(operands) }
    override func agrees(with other: Scalar) -> Bool { true }

    /// The conditions that all have to be true.
    static func conditions(of scalar: Scalar) -> [Scalar] {
        scalar is AndScalar ? scalar.operands.flatMap(conditions) : [scalar]
    }

    static func joining(_ conditions: [Scalar]) -> Scalar? {
        conditions.count < 2 ? conditions.first : AndScalar(conditions)
    }
}

final class OrScalar: Scalar {
    init(_ operands: [Scalar]) { super.init(.bool, operands) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        var isUnknown = false
        for operand in operands {
            switch try operand.value(row, run) {
            case .bool(true): return .bool(true)
            case .bool(false): break
            default: isUnknown = true
            }
        }
        return isUnknown ? .null : .bool(false)
    }

    override func with(_ operands: [Scalar]) -> Scalar { OrScalar(operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}

final class NotScalar: Scalar {
    init(_ operand: Scalar) { super.init(.bool, [operand]) }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        if case .bool(let value) = try operands[0].value(row, run) { .bool(!value) } else { .null }
    }

    override func with(_ operands: [Scalar]) -> Scalar { NotScalar(operands[0]) }
    override func agrees(with other: Scalar) -> Bool { true }
}

/// IS NULL, IS TRUE and their kin.
final class TestScalar: Scalar {
    enum Test { case null, notNull, `true`, notTrue, `false`, notFalse, unknown, notUnknown }

    let test: Test

    init(_ operand: Scalar, _ test: Test) {
        self.test = test
        super.init(.bool, [operand])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let value = try operands[0].value(row, run)
        switch test {
        case .null:
            // A row is null if all of its fields are.
            if case .record(let record) = value { return .bool(record.values.allSatisfy(\.isNull)) }
            return .bool(value.isNull)
        case .notNull:
            if case .record(let record) = value { return .bool(record.values.allSatisfy { !$0.isNull }) }
            return .bool(!value.isNull)
        case .unknown: return .bool(value.isNull)
        case .notUnknown: return .bool(!value.isNull)
        case .true: if case .bool(true) = value { return .bool(true) } else { return .bool(false) }
        case .notTrue: if case .bool(true) = value { return .bool(false) } else { return .bool(true) }
        case .false: if case .bool(false) = value { return .bool(true) } else { return .bool(false) }
        case .notFalse: if case .bool(false) = value { return .bool(false) } else { return .bool(true) }
        }
    }

    override func with(_ operands: [Scalar]) -> Scalar { TestScalar(operands[0], test) }
    override func agrees(with other: Scalar) -> Bool { (other as? TestScalar)?.test == test }
}

/// A comparison of two values of one type whose order is known.
final class CompareScalar: Scalar {
    enum Relation: String { case equal = "=", notEqual = "<>", less = "<", lessOrEqual = "<=", greater = ">", greaterOrEqual = ">=" }

    let relation: Relation

    init(_ relation: Relation, _ left: Scalar, _ right: Scalar) {
        self.relation = relation
        super.init(.bool, [left, right])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let left = try operands[0].value(row, run)
        if left.isNull { return .null }
        let right = try operands[1].value(row, run)
        if right.isNull { return .null }
        switch left {
        case .record, .array: try ComparisonFunctions.requireComparable(left, right, run.session.types)
        default: break
        }
        return .bool(relation.holds(ValueOrder.compare(left, right, operands[0].type, run)))
    }

    override func with(_ operands: [Scalar]) -> Scalar { CompareScalar(relation, operands[0], operands[1]) }
    override func agrees(with other: Scalar) -> Bool { (other as? CompareScalar)?.relation == relation }
}

extension CompareScalar.Relation {
    func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    /// The relation with the sides changed.
    var mirrored: Self {
        switch self {
        case .equal, .notEqual: self
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        }
    }
}

/// IS DISTINCT FROM, whose operands have one type.
final class DistinctScalar: Scalar {
    let isNegated: Bool

    init(_ left: Scalar, _ right: Scalar, isNegated: Bool) {
        self.isNegated = isNegated
        super.init(.bool, [left, right])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let left = try operands[0].value(row, run)
        let right = try operands[1].value(row, run)
        let isDistinct: Bool
        if left.isNull || right.isNull {
            isDistinct = left.isNull != right.isNull
        } else {
            isDistinct = ValueOrder.compare(left, right, operands[0].type, run) != 0
        }
        return .bool(isDistinct != isNegated)
    }

    override func with(_ operands: [Scalar]) -> Scalar { DistinctScalar(operands[0], operands[1], isNegated: isNegated) }
    override func agrees(with other: Scalar) -> Bool { (other as? DistinctScalar)?.isNegated == isNegated }
}

/// A comparison of rows, column by column: of `left` and `right`, halves of the operands.
final class RowCompareScalar: Scalar {
    let relation: CompareScalar.Relation

    init(_ relation: CompareScalar.Relation, _ operands: [Scalar]) {
        self.relation = relation
        super.init(.bool, operands)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let width = operands.count / 2
        var isUnknown = false
        for index in 0..<width {
            let left = try operands[index].value(row, run)
            let right = try operands[width + index].value(row, run)
            let isEquality = relation == .equal || relation == .notEqual
            if left.isNull || right.isNull {
                // Equality goes on: a difference behind decides. An order does not.
                guard isEquality else { return .null }
                isUnknown = true
                continue
            }
            let order = ValueOrder.compare(left, right, operands[index].type, run)
            if order != 0 { return .bool(isEquality ? relation == .notEqual : relation.holds(order)) }
        }
        return isUnknown ? .null : .bool(relation.holds(0))
    }

    override func with(_ operands: [Scalar]) -> Scalar { RowCompareScalar(relation, operands) }
    override func agrees(with other: Scalar) -> Bool { (other as? RowCompareScalar)?.relation == relation }
}

/// `value op ANY (array)`. The operator is computed by `comparison` over two slots of a row of its own.
final class ArrayMatchScalar: Scalar {
    let isAll: Bool
    /// Over a row of two values: the left one and the element.
    let comparison: Scalar

    init(_ left: Scalar, _ array: Scalar, isAll: Bool, comparison: Scalar) {
        self.isAll = isAll
        self.comparison = comparison
        super.init(.bool, [left, array])
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let array = try operands[1].value(row, run)
        guard case .array(let array) = array else { return .null }
        if array.elements.isEmpty { return .bool(isAll) }
        let left = try operands[0].value(row, run)
        return try Self.decide(array.elements, left, isAll: isAll, comparison, run)
    }

    static func decide(
        _ elements: [SQLValue], _ left: SQLValue, isAll: Bool, _ comparison: Scalar, _ run: Run
    ) throws(SQLError) -> SQLValue {
        var isUnknown = false
        for element in elements {
            switch try comparison.value([left, element], run) {
            case .bool(let holds): if holds != isAll { return .bool(holds) }
            default: isUnknown = true
            }
        }
        return isUnknown ? .null : .bool(isAll)
    }

    override func with(_ operands: [Scalar]) -> Scalar {
        ArrayMatchScalar(operands[0], operands[1], isAll: isAll, comparison: comparison)
    }
    override func agrees(with other: Scalar) -> Bool {
        guard let other = other as? ArrayMatchScalar else { return false }
        return other.isAll == isAll && other.comparison.isSame(as: comparison)
    }
}

/// `value IN (a, b, …)` of one type.
final class ListMatchScalar: Scalar {
    private var constants: Set<GroupKey>?
    private var hasNull = false
    private let elementType: SQLType

    init(_ operands: [Scalar]) {
        elementType = operands[0].type
        super.init(.bool, operands)
        if operands.count > 6, operands.dropFirst().allSatisfy({ $0 is ConstantScalar }), ValueOrder.hashes(elementType) {
            var set: Set<GroupKey> = []
            for case let constant as ConstantScalar in operands.dropFirst() {
                if constant.constant.isNull { hasNull = true } else { set.insert(GroupKey([constant.constant])) }
            }
            constants = set
        }
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue {
        let left = try operands[0].value(row, run)
        if left.isNull { return .null }
        if let constants { return constants.contains(GroupKey([left])) ? .bool(true) : hasNull ? .null : .bool(false) }
        var isUnknown = false
        for operand in operands.dropFirst() {
            let right = try operand.value(row, run)
            if right.isNull { isUnknown = true } else if ValueOrder.compare(left, right, elementType, run) == 0 { return .bool(true) }
        }
        return isUnknown ? .null : .bool(false)
    }

    override func with(_ operands: [Scalar]) -> Scalar { ListMatchScalar(operands) }
    override func agrees(with other: Scalar) -> Bool { true }
}
