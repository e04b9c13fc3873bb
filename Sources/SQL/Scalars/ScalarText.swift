/// Expressions as EXPLAIN shows them.
struct ScalarText {
    /// Whether columns stand with their tables. Those of rows outside always do.
    var showsTables = false
    /// The numbers of queries.
    var numbers: [ObjectIdentifier: Int] = [:]

    func showingTables(_ shows: Bool) -> ScalarText { ScalarText(showsTables: shows, numbers: numbers) }

    static func of(_ scalar: Scalar) -> String { ScalarText().of(scalar) }

    func of(_ scalar: Scalar) -> String {
        if let relation = scalar.openRelation { return "(\(of(scalar.operands[0])) \(relation.rawValue) \(of(scalar.operands[1])))" }
        switch scalar {
        case let column as ColumnScalar: return Self.name(column.name, of: showsTables ? column.table : nil)
        case let slot as SlotScalar: return Self.name(slot.name, of: slot.table)
        case let parameter as ParameterScalar: return "$\(parameter.index + 1)"
        case let constant as ConstantScalar: return Self.text(constant)
        case let comparison as CompareScalar:
            return "(\(of(comparison.operands[0])) \(comparison.relation.rawValue) \(of(comparison.operands[1])))"
        case let call as CallScalar:
            let operands = call.operands.map(of)
            guard let symbol = OperatorTable.symbol(ofFunction: call.function.oid), (1...2).contains(operands.count) else {
                return "\(call.function.name)(\(operands.joined(separator: ", ")))"
            }
            return operands.count == 2 ? "(\(operands[0]) \(symbol) \(operands[1]))" : "(\(symbol) \(operands[0]))"
        case is AndScalar: return "(" + scalar.operands.map(of).joined(separator: " AND ") + ")"
        case is OrScalar: return "(" + scalar.operands.map(of).joined(separator: " OR ") + ")"
        case is NotScalar: return "(NOT \(of(scalar.operands[0])))"
        case let query as SubqueryScalar: return numbers[ObjectIdentifier(query.plan)].map { "(SubPlan \($0))" } ?? "(SubPlan)"
        case is ListMatchScalar:
            return "(\(of(scalar.operands[0])) = ANY (\(scalar.operands.dropFirst().map(of).joined(separator: ", "))))"
        case let match as ArrayMatchScalar:
            let relation = (match.comparison as? CompareScalar)?.relation.rawValue ?? "?"
            return "(\(of(match.operands[0])) \(relation) \(match.isAll ? "ALL" : "ANY") (\(of(match.operands[1]))))"
        case let test as TestScalar where test.test == .null: return "(\(of(test.operands[0])) IS NULL)"
        case let test as TestScalar where test.test == .notNull: return "(\(of(test.operands[0])) IS NOT NULL)"
        default: return scalar.operands.isEmpty ? "?" : of(scalar.operands[0])
        }
    }

    private static func name(_ name: String, of table: String?) -> String { table.map { "\($0).\(name)" } ?? name }

    private static func text(_ constant: ConstantScalar) -> String {
        if constant.constant.isNull { return "NULL" }
        let text = TextOutput.shown(constant.constant, constant.type, NeutralSession.shared)
        switch constant.constant {
        case .bool(let flag): return flag ? "true" : "false"
        case .int, .numeric, .double: return text
        default: return Quoting.literal(text)
        }
    }
}
