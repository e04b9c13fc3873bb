// The place that a row would have among others: `rank(3) WITHIN GROUP (ORDER BY n)`.
extension Binder {
    static let hypotheticalAggregates: Set<String> = ["rank", "dense_rank", "percent_rank", "cume_dist"]

    /// The call said by counts of the rows that would stand before that row.
    func hypothetical(_ call: FunctionCall) throws(SQLError) -> Expression {
        let name = call.name.last
        guard !call.isDistinct else {
            throw error("0A000", "DISTINCT is not supported for hypothetical-set aggregates", at: call.position)
        }
        guard call.arguments.count == call.orderBy.count else {
            throw error(
                "42883", "function \(name) does not exist",
                hint: "To use the hypothetical-set aggregate \(name), the number of hypothetical direct arguments must match the number of "
                    + "ordering columns.", at: call.position)
        }
        let position = call.position
        let items = zip(call.orderBy, call.arguments.map(\.value))
        /// Of the first so many items: the rows are alike.
        var alike: [Expression] = []
        var before: [Expression] = []
        for (item, value) in items {
            before.append(joined(alike + [precedes(item, value, position)], position))
            alike.append(.chain(Chain(first: item.value, steps: [.isDistinct(from: value, isNegated: true, position)])))
        }
        func count(_ condition: Expression?, distinct: [Expression] = []) -> Expression {
            var counted = FunctionCall(name: QualifiedName([Name("count", at: position)]), position: position)
            counted.hasStar = distinct.isEmpty
            if !distinct.isEmpty {
                counted.isDistinct = true
                counted.arguments = [.init(value: .row(RowConstructor(fields: distinct, isExplicit: true, position: position)))]
            }
            let conditions = (call.filter.map { [$0] } ?? []) + (condition.map { [$0] } ?? [])
            counted.filter = conditions.isEmpty ? nil : joined(conditions, position)
            return .call(counted)
        }
        func number(_ value: Int64) -> Expression { .literal(Literal(value: .integer(value), position: position)) }
        func chain(_ first: Expression, _ steps: [Chain.Step]) -> Expression { .chain(Chain(first: first, steps: steps)) }
        func step(_ symbol: String, _ operand: Expression) -> Chain.Step {
            .binary(OperatorName(symbol: symbol, position: position), operand)
        }
        let float = Chain.Step.cast(.builtIn("float8", at: position), position)
        let precedes: Expression = before.count == 1 ? before[0] : .or(before, position)
        switch name {
        case "rank": return chain(count(precedes), [step("+", number(1))])
        case "dense_rank": return chain(count(precedes, distinct: call.orderBy.map(\.value)), [step("+", number(1))])
        case "percent_rank":
            let all = Conditional(kind: .nullif, arguments: [count(nil), number(0)], position: position)
            let share = chain(chain(count(precedes), [float]), [step("/", .conditional(all))])
            return .conditional(Conditional(kind: .coalesce, arguments: [share, chain(number(0), [float])], position: position))
        default:
            let upTo = chain(count(.or(before + [joined(alike, position)], position)), [step("+", number(1))])
            return chain(chain(upTo, [float]), [step("/", chain(count(nil), [step("+", number(1))]))])
        }
    }

    /// Throws `42804` for values that can't be compared with what the rows are ordered by, and `42P21` for two collations; notes what must
    /// be the same in all rows of a group.
    func requireHypothetical(_ call: FunctionCall, _ scope: Scope) throws(SQLError) {
        for (item, argument) in zip(call.orderBy, call.arguments) {
            if let one = Self.collation(of: item.value), let other = Self.collation(of: argument.value), one != other {
                throw error(
                    "42P21", "collation mismatch between explicit collations \"\(other)\" and \"\(one)\"", at: argument.value.position)
            }
            let value = try bind(argument.value, scope)
            _ = try commonType(
                [try bind(item.value, scope), value], "WITHIN GROUP", at: [item.value.position, argument.value.position])
            scope.grouped.append(value)
        }
    }

    private static func collation(of expression: Expression) -> String? {
        if case .chain(let chain) = expression, case .collate(let name, _)? = chain.steps.last { name.last } else { nil }
    }

    private func joined(_ conditions: [Expression], _ position: Position) -> Expression {
        conditions.count == 1 ? conditions[0] : .and(conditions, position)
    }

    /// Whether a row stands before one with a value, by one item of the order.
    private func precedes(_ item: SortItem, _ value: Expression, _ position: Position) -> Expression {
        let symbol: String
        switch item.direction {
        case .unsaid, .ascending: symbol = "<"
        case .descending: symbol = ">"
        case .using(let name): symbol = name.symbol
        }
        let nullsFirst = item.nulls == .unsaid ? symbol == ">" : item.nulls == .first
        func test(_ expression: Expression, _ test: Chain.Test, isNegated: Bool) -> Expression {
            .chain(Chain(first: expression, steps: [.test(test, isNegated: isNegated, position)]))
        }
        let compared = Expression.chain(
            Chain(first: item.value, steps: [.binary(OperatorName(symbol: symbol, position: position), value)]))
        let byNulls = Expression.and(
            [test(item.value, .null, isNegated: !nullsFirst), test(value, .null, isNegated: nullsFirst)], position)
        return .or([test(compared, .true, isNegated: false), byNulls], position)
    }
}
