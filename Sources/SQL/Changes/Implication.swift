/// What is sure to be true of a row of which conditions are: whether a partial index has the row.
struct Implication {
    private let conditions: [Scalar]

    /// - Parameter condition: what is known to be true.
    init(_ condition: Scalar) {
        conditions = [condition] + AndScalar.conditions(of: condition)
    }

    /// Whether the other condition is true then, too. False if nothing is known.
    func implies(_ wanted: Scalar) -> Bool {
        if conditions.contains(where: { $0.isSame(as: wanted) }) { return true }
        switch wanted {
        case is AndScalar: return wanted.operands.allSatisfy(implies)
        case is OrScalar: return wanted.operands.contains(where: implies)
        case let test as TestScalar where test.test == .notNull:
            // A row that compares may have fields that are NULL, and is not NOT NULL then.
            let subject = test.operands[0]
            guard subject.type.oid < 16384, subject.type.oid != SQLType.record.oid else { return false }
            return conditions.contains { $0 is CompareScalar && $0.operands.contains { $0.isSame(as: subject) } }
        default:
            guard let wanted = Bound(wanted) else { return false }
            return conditions.contains { Bound($0)?.implies(wanted) ?? false }
        }
    }

    /// A comparison with a value that is known.
    private struct Bound {
        let subject: Scalar
        let relation: CompareScalar.Relation
        let value: SQLValue

        init?(_ condition: Scalar) {
            guard let comparison = condition as? CompareScalar else { return nil }
            let (left, right) = (comparison.operands[0], comparison.operands[1])
            if let constant = right as? ConstantScalar {
                (subject, relation, value) = (left, comparison.relation, constant.constant)
            } else if let constant = left as? ConstantScalar {
                (subject, relation, value) = (right, comparison.relation.mirrored, constant.constant)
            } else {
                return nil
            }
            if value.isNull { return nil }
        }

        func implies(_ other: Bound) -> Bool {
            // The order of an enum's labels is not the order of their texts.
            guard subject.isSame(as: other.subject), subject.type.oid < 16384 else { return false }
            let order = ValueOrder.compare(value, other.value, subject.type)
            switch (relation, other.relation) {
            case (.equal, _): return other.relation.holds(order)
            case (.notEqual, .notEqual): return order == 0
            case (.greater, .greater), (.greater, .greaterOrEqual), (.greater, .notEqual), (.greaterOrEqual, .greaterOrEqual):
                return order >= 0
            case (.greaterOrEqual, .greater), (.greaterOrEqual, .notEqual): return order > 0
            case (.less, .less), (.less, .lessOrEqual), (.less, .notEqual), (.lessOrEqual, .lessOrEqual): return order <= 0
            case (.lessOrEqual, .less), (.lessOrEqual, .notEqual): return order < 0
            default: return false
            }
        }
    }
}
