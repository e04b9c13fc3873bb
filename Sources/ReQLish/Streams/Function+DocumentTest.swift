// The part of filters' functions that can be answered from a stored document's bytes. Whatever is not here has no test, and the function
// is called for each row.
//
// Tests are made of nodes and not of terms: a filter inside a function compares with the variables around it, whose values are known when it is
// opened.

extension Node {
    /// The field of the row in `slot` that this node is, if it is one.
    fileprivate func field(of slot: Slot) -> String? {
        guard let field = self as? FieldNode, let variable = field.receiver as? VariableNode, variable.slot === slot else { return nil }
        return field.name
    }

    /// What this node is for every row of a function of `slot`, if it can be compared with fields.
    fileprivate func scalar(besides slot: Slot) -> Datum? {
        var value = constant
        // A variable of a function around this one keeps its value as long as rows are read.
        if let variable = self as? VariableNode, variable.slot !== slot, case .datum(let datum) = variable.slot.value { value = datum }
        return value.flatMap { DocumentTest.canCompare(with: $0) ? $0 : nil }
    }

    /// What `test` says of the row in `slot`, as a test of stored documents.
    fileprivate func documentTest(of slot: Slot) -> DocumentTest? {
        if let field = field(of: slot) { return .truth(field: field) }
        if let constant = scalar(besides: slot) { return .constant(constant.isTruthy) }
        switch self {
        case let comparison as ComparisonNode: return comparison.comparison(of: slot)
        case let logic as LogicNode:
            var tests: [DocumentTest] = []
            for operand in logic.operands {
                guard let test = operand.documentTest(of: slot) else { return nil }
                tests.append(test)
            }
            return logic.decisive ? .any(tests) : .all(tests)
        case let negation as NotNode: return negation.operand.documentTest(of: slot).map { .not($0) }
        default: return nil
        }
    }
}

extension ComparisonNode {
    fileprivate func comparison(of slot: Slot) -> DocumentTest? {
        guard others.isEmpty else { return nil }
        if let field = first.field(of: slot), let constant = second.scalar(besides: slot) {
            return .compare(field: field, relation, constant)
        }
        if let field = second.field(of: slot), let constant = first.scalar(besides: slot) {
            return .compare(field: field, relation.turned, constant)
        }
        return nil
    }
}

extension Function {
    /// What `test` says of a row, as a test of stored documents; nil if that takes more than their bytes. Good as long as the variables
    /// of the functions around this one keep their values.
    var documentTest: DocumentTest? {
        switch self {
        case let function as CompiledFunction:
            guard function.parameters.count == 1 else { return nil }
            return function.body.documentTest(of: function.parameters[0])
        case let pattern as PatternFunction:
            guard let fields = pattern.flatFields, fields.allSatisfy({ DocumentTest.canCompare(with: $0.value) }) else { return nil }
            return .all(fields.map { .compare(field: $0.name, .equal, $0.value) })
        default: return nil
        }
    }

    /// The top-level field that this function gets of a row, and nothing else.
    var topLevelField: String? {
        switch self {
        case let field as FieldFunction: return field.name
        case let function as CompiledFunction where function.parameters.count == 1:
            return function.body.field(of: function.parameters[0])
        default: return nil
        }
    }
}
