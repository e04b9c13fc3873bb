import Catalog

extension Binder {
    /// An expression as a scalar. Texts in quotes and NULL may still be of type unknown.
    func bind(_ expression: Expression, _ scope: Scope) throws(SQLError) -> Scalar {
        try definitions.countBound()
        switch expression {
        case .literal(let literal): return try bind(literal)
        case .parameter(let number, let position):
            guard number >= 1, number <= 65_535 else { throw error("42P02", "there is no parameter $\(number)", at: position) }
            if let arguments = parameters.arguments {
                parameters.mention(number - 1)
                return try constant(arguments[number], "$\(number)", position)
            }
            if parameters.isFixed, number > parameters.types.count {
                throw error("42P02", "there is no parameter $\(number)", at: position)
            }
            parameters.mention(number - 1)
            return try held(ParameterScalar(number - 1, parameters.type(number - 1) ?? .unknown))
        case .namedParameter(let name): return try constant(parameters.arguments?[name.text], ":\(name.text)", name.position)
        case .column(let reference): return try bindColumn(reference, scope)
        case .access(let access): return try bind(access, scope)
        case .chain(let chain): return try bind(chain, scope)
        case .prefix(let name, let operand):
            // A minus before a number belongs to it.
            if name.symbol == "-", case .literal(let literal) = operand, case .decimal(let digits) = literal.value {
                return try bind(Literal(value: .decimal("-" + digits), position: name.position))
            }
            return try call(operator: name, nil, try bind(operand, scope))
        case .not(let operand, let position): return NotScalar(try condition(operand, scope, "NOT", position))
        case .and(let operands, let position): return AndScalar(try conditions(operands, scope, "AND", position))
        case .or(let operands, let position): return OrScalar(try conditions(operands, scope, "OR", position))
        case .call(let call): return try bind(call, scope)
        case .conditional(let conditional): return try bind(conditional, scope)
        case .case(let expression): return try bind(expression, scope)
        case .row(let row):
            var operands: [Scalar] = []
            for field in row.fields {
                if case .column(let reference) = field, reference.isStar {
                    operands += try expandStar(reference, scope).map(\.scalar)
                } else {
                    operands.append(try bind(field, scope))
                }
            }
            guard operands.count <= 1664 else {
                throw error("54011", "ROW expressions can have at most 1664 entries", at: expression.position)
            }
            return RowScalar(of: operands)
        case .array(let elements, let position): return try bind(array: elements, scope, position, as: nil)
        case .subquery(let subquery): return try bind(subquery, scope)
        case .special(let special): return try bind(special)
        case .default(let position): throw error("42601", "DEFAULT is not allowed in this context", at: position)
        }
    }

    /// The value that came with the statement for a parameter.
    private func constant(
        _ argument: StatementArguments.Argument?, _ name: String, _ position: Position
    ) throws(SQLError) -> Scalar {
        guard let argument else { throw error("42P02", "there is no parameter \(name)", at: position) }
        return ConstantScalar(argument.value, argument.type)
    }

    private func conditions(
        _ operands: [Expression], _ scope: Scope, _ word: String, _ position: Position
    ) throws(SQLError) -> [Scalar] {
        var scalars: [Scalar] = []
        for operand in operands { scalars.append(try condition(operand, scope, word, position)) }
        return scalars
    }

    /// An expression that has to be a bool.
    func condition(_ expression: Expression, _ scope: Scope, _ word: String, _ position: Position?) throws(SQLError) -> Scalar {
        let scalar = try bind(expression, scope)
        if scalar.type == .open { return try coerce(scalar, to: .bool, .assignment, at: expression.position) }
        guard let coerced = try coerceIfPossible(scalar, to: .bool, .assignment, at: expression.position) else {
            throw error("42804", "argument of \(word) must be type boolean, not type \(typeName(scalar.type))", at: expression.position)
        }
        return coerced
    }

    /// Notes what is the same for all rows in expressions that are part of the statement's plan.
    func note(_ scalars: [Scalar?]) {
        guard notesConstants else { return }
        for case let scalar? in scalars { constants.add(scalar) }
    }

    /// A text whose type nothing else has told is text.
    func resolved(_ scalar: Scalar) -> Scalar {
        if let row = scalar as? RowScalar, row.operands.contains(where: { $0.type == .unknown || $0 is RowScalar }) {
            let operands = row.operands.map { operand in
                guard operand is ParameterScalar, operand.type == .unknown else { return resolved(operand) }
                parameters.leave(operand)
                return operand
            }
            return RowScalar(
                row.type, zip(row.fields, operands).map { SQLRecord.Field($0.name, $1.type) }, operands, mayBeMissing: row.mayBeMissing)
        }
        guard scalar.type == .unknown else { return scalar }
        if let constant = scalar as? ConstantScalar { return ConstantScalar(constant.constant, .text) }
        if let parameter = scalar as? ParameterScalar {
            parameters.set(parameter.index, .text)
            return ParameterScalar(parameter.index, .text)
        }
        return RelabeledScalar(.text, [scalar])
    }

    func bind(_ literal: Literal) throws(SQLError) -> Scalar {
        switch literal.value {
        case .integer(let value):
            return ConstantScalar(.int(value), Int32(exactly: value) != nil ? .int4 : .int8)
        case .decimal(let digits): return ConstantScalar(.numeric(try Numeric(digits)), .numeric)
        case .string(let text): return ConstantScalar(.text(text), .unknown, at: literal.position.offset)
        case .bits(let digits): return ConstantScalar(.bits(try BitString(binary: digits.utf8)), .bit)
        case .hexadecimal(let digits): return ConstantScalar(.bits(try BitString(hexadecimal: digits.utf8)), .bit)
        case .bool(let value): return ConstantScalar(.bool(value), .bool)
        case .null: return ConstantScalar.null(.unknown)
        }
    }

    func bind(_ special: SpecialValue) throws(SQLError) -> Scalar {
        let kind = special.kind
        let name: String
        switch kind {
        case .currentDate: name = "current_date"
        case .currentTime: name = "current_time"
        case .currentTimestamp: name = "current_timestamp"
        case .localTime: name = "localtime"
        case .localTimestamp: name = "localtimestamp"
        case .currentRole, .currentUser, .user: name = "current_user"
        case .sessionUser: name = "session_user"
        case .currentCatalog: name = "current_database"
        case .currentSchema: name = "current_schema"
        }
        let modifier = special.precision.map { Int32(min($0, 6)) } ?? -1
        switch kind {
        case .currentDate: return try timeValue(.date)
        case .currentTime: return try timeValue(SQLType(SQLType.timetz.oid, modifier: modifier))
        case .currentTimestamp: return try timeValue(SQLType(SQLType.timestamptz.oid, modifier: modifier))
        case .localTime: return try timeValue(SQLType(SQLType.time.oid, modifier: modifier))
        case .localTimestamp: return try timeValue(SQLType(SQLType.timestamp.oid, modifier: modifier))
        default: return SessionScalar(name, .name) { $0.sessionText(name) }
        }
    }

    /// The time at which the transaction began, as another type.
    private func timeValue(_ type: SQLType) throws(SQLError) -> Scalar {
        let now = SessionScalar("now", .timestamptz) { .timestamptz($0.transactionTime) }
        return type.oid == SQLType.timestamptz.oid && type.modifier < 0 ? now : try coerce(now, to: type, .explicit, at: nil)
    }

    // MARK: - Conditionals

    func bind(_ conditional: Conditional, _ scope: Scope) throws(SQLError) -> Scalar {
        if conditional.kind == .grouping {
            if let parent = scope.parent, let boundary = scope.boundary, try areOuter(conditional.arguments, scope) {
                return carry(try bind(conditional, parent), over: boundary, name: "grouping")
            }
            var arguments: [Scalar] = []
            for argument in conditional.arguments { arguments.append(try bind(argument, scope)) }
            let request = GroupingRequest(arguments, at: conditional.arguments.map(\.position))
            scope.groupingCalls.append(request)
            return request
        }
        let around = scope.conditional
        if conditional.kind == .coalesce { scope.conditional = "COALESCE" }
        defer { scope.conditional = around }
        var scalars: [Scalar] = []
        for argument in conditional.arguments { scalars.append(try bind(argument, scope)) }
        if conditional.kind == .nullif {
            let equality = try call(
                operator: OperatorName(symbol: "=", position: conditional.position), scalars[0], scalars[1])
            // Its type is what the equality compares; integers of two sizes are compared as they are.
            let integers = [SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid]
            if integers.contains(scalars[0].type.oid), integers.contains(scalars[1].type.oid) {
                return NullIfScalar(scalars[0].type, [scalars[0], equality])
            }
            let first = withBlanks(equality.operands.first ?? resolved(scalars[0]))
            return NullIfScalar(first.type.oid == SQLType.varchar.oid ? .text : SQLType(first.type.oid), [first, equality])
        }
        let word = conditional.kind.rawValue.uppercased()
        let common = try commonType(scalars, word, at: conditional.arguments.map(\.position))
        var operands: [Scalar] = []
        for (scalar, argument) in zip(scalars, conditional.arguments) {
            let coerced = try coerce(scalar, to: common, .implicit, at: argument.position)
            operands.append(common.modifier < 0 ? withBlanks(coerced) : coerced)
        }
        switch conditional.kind {
        case .greatest: return ExtremeScalar(common, operands, isGreatest: true)
        case .least: return ExtremeScalar(common, operands, isGreatest: false)
        default: return CoalesceScalar(common, operands)
        }
    }

    func bind(_ expression: CaseExpression, _ scope: Scope) throws(SQLError) -> Scalar {
        let around = scope.conditional
        scope.conditional = "CASE"
        defer { scope.conditional = around }
        let operand = try expression.operand.map { operand throws(SQLError) in resolved(try bind(operand, scope)) }
        var conditions: [Scalar] = []
        var results: [Scalar] = []
        var positions: [Position] = []
        for branch in expression.branches {
            if let operand {
                conditions.append(
                    try call(
                        operator: OperatorName(symbol: "=", position: branch.condition.position), operand,
                        try bind(branch.condition, scope)))
            } else {
                conditions.append(try condition(branch.condition, scope, "CASE/WHEN", branch.position))
            }
            results.append(try bind(branch.result, scope))
            positions.append(branch.result.position)
        }
        if let otherwise = expression.otherwise {
            results.append(try bind(otherwise, scope))
            positions.append(otherwise.position)
        } else {
            results.append(ConstantScalar.null(.unknown))
            positions.append(expression.position)
        }
        // The ELSE comes first when the type is looked for.
        let common = try commonType([results[results.count - 1]] + results.dropLast(), "CASE", at: [positions.last!] + positions.dropLast())
        var operands: [Scalar] = []
        for index in results.indices {
            if index < conditions.count { operands.append(conditions[index]) }
            let coerced = try coerce(results[index], to: common, .implicit, at: positions[index])
            operands.append(common.modifier < 0 ? withBlanks(coerced) : coerced)
        }
        return CaseScalar(common, operands)
    }
}

/// A value that the session knows.
final class SessionScalar: Scalar {
    let name: String
    private let body: (Session) -> SQLValue

    init(_ name: String, _ type: SQLType, _ body: @escaping (Session) -> SQLValue) {
        self.name = name
        self.body = body
        super.init(type)
    }

    override func value(_ row: Row, _ run: Run) throws(SQLError) -> SQLValue { body(run.session) }
    override func with(_ operands: [Scalar]) -> Scalar { self }
    override func agrees(with other: Scalar) -> Bool { (other as? SessionScalar)?.name == name }
    override var isImmutableItself: Bool { false }
}
