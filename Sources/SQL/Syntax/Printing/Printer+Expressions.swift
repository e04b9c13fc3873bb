extension Printer {
    mutating func expression(_ expression: Expression) {
        switch expression {
        case .literal(let constant): literal(constant)
        case .parameter(let number, _): text += "$\(number)"
        case .namedParameter(let name): text += ":" + name.text
        case .column(let column):
            list(column.parts, separator: ".") { $0.name($1) }
            if column.isStar { text += column.parts.isEmpty ? "*" : ".*" }
        case .access(let access):
            accessBase(access)
            for step in access.steps { accessStep(step) }
        case .chain(let chain):
            operand(chain.first)
            for step in chain.steps { self.step(step) }
        case .prefix(let name, let value):
            prefix(name, value)
        case .not(let value, _):
            text += "NOT "
            operand(value)
        case .and(let operands, _): list(operands, separator: " AND ") { $0.operand($1) }
        case .or(let operands, _): list(operands, separator: " OR ") { $0.operand($1) }
        case .call(let call): self.call(call)
        case .conditional(let conditional):
            text += conditional.kind.rawValue.uppercased() + "("
            expressions(conditional.arguments)
            text += ")"
        case .case(let expression): self.case(expression)
        case .row(let row):
            text += row.isExplicit ? "ROW(" : "("
            expressions(row.fields)
            text += ")"
        case .array(let elements, _):
            text += "ARRAY["
            expressions(elements)
            text += "]"
        case .subquery(let subquery):
            text += subquery.kind == .exists ? "EXISTS (" : subquery.kind == .array ? "ARRAY(" : "("
            query(subquery.query)
            text += ")"
        case .special(let value):
            text += value.kind.rawValue.uppercased()
            if let precision = value.precision { text += "(\(precision))" }
        case .default: text += "DEFAULT"
        }
    }

    /// The operand of an operator, in parentheses if it is not simple.
    mutating func operand(_ value: Expression) {
        switch value {
        case .chain, .prefix, .not, .and, .or:
            parenthesized(value)
        case .literal(let literal) where literal.isNegative:
            parenthesized(value)
        default:
            expression(value)
        }
    }

    private mutating func parenthesized(_ value: Expression) {
        text += "("
        expression(value)
        text += ")"
    }

    private mutating func prefix(_ name: OperatorName, _ value: Expression) {
        if case .literal(let literal) = value, literal.isNumber, name.symbol == "-", !name.isSpelled {
            // A minus before a number would belong to the number.
            text += "OPERATOR(-)"
        } else {
            self.operator(name)
        }
        text += " "
        operand(value)
    }

    mutating func `operator`(_ name: OperatorName) {
        guard name.isSpelled else {
            text += name.symbol
            return
        }
        text += "OPERATOR("
        for part in name.schema {
            self.name(part)
            text += "."
        }
        text += name.symbol + ")"
    }

    // MARK: - Parts of a value

    private mutating func accessBase(_ access: Access) {
        switch access.base {
        case .parameter, .namedParameter, .subquery: return expression(access.base)
        case .column:
            // A field of a column is not a path: `(a).b` is a field of a, `a.b` may be a column of a table.
            if case .element? = access.steps.first { return expression(access.base) }
            if case .slice? = access.steps.first { return expression(access.base) }
        default: break
        }
        parenthesized(access.base)
    }

    mutating func accessStep(_ step: Access.Step) {
        switch step {
        case .field(let name):
            text += "."
            self.name(name)
        case .allFields: text += ".*"
        case .element(let index, _):
            text += "["
            expression(index)
            text += "]"
        case .slice(let low, let high, _):
            text += "["
            if let low { expression(low) }
            text += " : "
            if let high { expression(high) }
            text += "]"
        }
    }

    // MARK: - Steps of a chain

    private mutating func step(_ step: Chain.Step) {
        text += " "
        switch step {
        case .binary(let name, let right):
            self.operator(name)
            text += " "
            operand(right)
        case .quantified(let name, let quantifier, let candidates):
            self.operator(name)
            text += quantifier == .any ? " ANY " : " ALL "
            self.candidates(candidates)
        case .cast(let type, _):
            text.removeLast()
            text += "::"
            self.type(type)
        case .collate(let name, _):
            text += "COLLATE "
            self.name(name)
        case .atTimeZone(let zone, _):
            text += "AT TIME ZONE "
            operand(zone)
        case .test(let test, let isNegated, _):
            text += "IS " + (isNegated ? "NOT " : "")
            self.test(test)
        case .isDistinct(let other, let isNegated, _):
            text += "IS " + (isNegated ? "NOT " : "") + "DISTINCT FROM "
            operand(other)
        case .between(let low, let high, let isSymmetric, let isNegated, _):
            text += (isNegated ? "NOT " : "") + "BETWEEN " + (isSymmetric ? "SYMMETRIC " : "")
            operand(low)
            text += " AND "
            operand(high)
        case .membership(let candidates, let isNegated, _):
            text += isNegated ? "NOT IN " : "IN "
            self.candidates(candidates)
        case .match(let match): self.match(match)
        }
    }

    private mutating func test(_ test: Chain.Test) {
        switch test {
        case .null: text += "NULL"
        case .true: text += "TRUE"
        case .false: text += "FALSE"
        case .unknown: text += "UNKNOWN"
        case .document: text += "DOCUMENT"
        case .normalized(let form): text += (form.map { $0.uppercased() + " " } ?? "") + "NORMALIZED"
        }
    }

    private mutating func match(_ match: Chain.Match) {
        text += match.isNegated ? "NOT " : ""
        switch match.kind {
        case .like: text += "LIKE "
        case .caseInsensitiveLike: text += "ILIKE "
        case .similar: text += "SIMILAR TO "
        }
        operand(match.pattern)
        if let escape = match.escape {
            text += " ESCAPE "
            operand(escape)
        }
    }

    private mutating func candidates(_ candidates: Chain.Candidates) {
        text += "("
        switch candidates {
        case .list(let values): expressions(values)
        case .query(let query): self.query(query)
        }
        text += ")"
    }

    // MARK: - Calls and CASE

    private mutating func call(_ call: FunctionCall) {
        name(call.name)
        text += "("
        if call.hasStar { text += "*" }
        if call.isDistinct { text += "DISTINCT " }
        for (index, argument) in call.arguments.enumerated() {
            if index > 0 { text += ", " }
            if call.isVariadic, index == call.arguments.count - 1 { text += "VARIADIC " }
            if let name = argument.name {
                self.name(name)
                text += " => "
            }
            expression(argument.value)
        }
        if !call.isWithinGroup { orderBy(call.orderBy) }
        text += ")"
        if call.isWithinGroup {
            text += " WITHIN GROUP ("
            orderBy(call.orderBy)
            text += ")"
        }
        if let filter = call.filter {
            text += " FILTER (WHERE "
            expression(filter)
            text += ")"
        }
        switch call.over {
        case .named(let name):
            text += " OVER "
            self.name(name)
        case .window(let window):
            text += " OVER "
            self.window(window)
        case nil: break
        }
    }

    private mutating func `case`(_ value: CaseExpression) {
        text += "CASE"
        if let operand = value.operand {
            text += " "
            expression(operand)
        }
        for branch in value.branches {
            text += " WHEN "
            expression(branch.condition)
            text += " THEN "
            expression(branch.result)
        }
        if let otherwise = value.otherwise {
            text += " ELSE "
            expression(otherwise)
        }
        text += " END"
    }
}

extension Literal {
    fileprivate var isNumber: Bool {
        switch value {
        case .integer, .decimal: true
        default: false
        }
    }

    fileprivate var isNegative: Bool {
        switch value {
        case .integer(let number): number < 0
        case .decimal(let digits): digits.hasPrefix("-")
        default: false
        }
    }
}
