extension Parser {
    /// What operators are applied to; with the operators that stand before it.
    mutating func operand(restricted: Bool) throws(SQLError) -> Expression {
        switch token.kind {
        case .identifier, .quotedIdentifier, .unicodeIdentifier: return try nameOperand()
        case .keyword: return try keywordOperand(restricted: restricted)
        case .numberedParameter:
            let number = Int(lexer.text(token.start + 1..<token.end)) ?? Int(Int32.max)
            let parameter = Expression.parameter(min(number, Int(Int32.max)), token.position)
            try advance()
            return try accessed(parameter)
        case .leftParenthesis: return try parenthesisOperand(restricted: restricted)
        case .plus, .minus, .symbol: return try prefixOperand(restricted: restricted)
        case .namedParameter:
            let name = Name(lexer.text(token.start + 1..<token.end), at: token.position)
            try advance()
            return try accessed(.namedParameter(name))
        default: return .literal(try constant())
        }
    }

    private mutating func constant() throws(SQLError) -> Literal {
        let value: Literal.Value
        switch token.kind {
        case .wholeNumber:
            let digits = lexer.text(token.range)
            value = Int64(digits).map { .integer($0) } ?? .decimal(digits)
        case .number: value = .decimal(lexer.text(token.range))
        case .string, .escapeString, .unicodeString, .dollarString: value = .string(lexer.string(of: token))
        case .bitString: value = .bits(lexer.string(of: token))
        case .hexString: value = .hexadecimal(lexer.string(of: token))
        default: throw unexpected()
        }
        let literal = Literal(value: value, position: token.position)
        try advance()
        return literal
    }

    private mutating func word(_ value: Literal.Value) throws(SQLError) -> Expression {
        let literal = Literal(value: value, position: token.position)
        try advance()
        return .literal(literal)
    }

    // MARK: - Operators before their operand

    private mutating func prefixOperand(restricted: Bool) throws(SQLError) -> Expression {
        try enter()
        let isMinus = at(.minus)
        let precedence: Precedence = at(.plus) || isMinus ? .cast : .sum
        let name = try operatorName()
        let operand = try rightOperand(precedence, restricted: restricted)
        leave()
        if isMinus, case .literal(let literal) = operand, let negated = literal.negated(at: name.position) { return .literal(negated) }
        return .prefix(name, operand)
    }

    private mutating func notOperand() throws(SQLError) -> Expression {
        try enter()
        let position = token.position
        try advance()
        let operand = try rightOperand(.is, restricted: false)
        leave()
        return .not(operand, position)
    }

    // MARK: - Names

    /// A column, a call, or a constant of a type that is named.
    private mutating func nameOperand() throws(SQLError) -> Expression {
        let mayCall = token.isTypeOrFunctionName
        let mayBeColumn = token.isColumnName
        var parts = [try anyName()]
        if at(.leftParenthesis) || token.isString {
            guard mayCall else { return column(parts) }
            return try callOrTypedConstant(parts)
        }
        guard mayBeColumn else { throw unexpected() }
        while at(.dot) {
            try advance()
            if at(.star) {
                let reference = ColumnReference(parts: parts, isStar: true, position: parts[0].position)
                try advance()
                try refuseStarInside()
                return .column(reference)
            }
            parts.append(try label())
        }
        if at(.leftBracket) { return try accessed(column(parts)) }
        if parts.count > 1, at(.leftParenthesis) || token.isString { return try callOrTypedConstant(parts) }
        return column(parts)
    }

    private func column(_ parts: [Name]) -> Expression {
        .column(ColumnReference(parts: parts, position: parts[0].position))
    }

    /// Nothing may follow the `*` of a dotted name. The error is at what stands behind the whole name.
    private mutating func refuseStarInside() throws(SQLError) {
        guard at(.dot) || at(.leftBracket) else { return }
        _ = try accessSteps()
        throw source.error("improper use of \"*\"", near: token.range)
    }

    /// The parts of a value that are named behind it.
    mutating func accessed(_ base: Expression) throws(SQLError) -> Expression {
        guard at(.dot) || at(.leftBracket) else { return base }
        return .access(Access(base: base, steps: try accessSteps()))
    }

    mutating func accessSteps() throws(SQLError) -> [Access.Step] {
        var steps: [Access.Step] = []
        while at(.dot) || at(.leftBracket) {
            if try take(.dot) {
                if at(.star) {
                    steps.append(.allFields(token.position))
                    try advance()
                } else {
                    steps.append(.field(try label()))
                }
            } else {
                steps.append(try subscriptStep())
            }
        }
        let hasStarInside = steps.dropLast().contains { if case .allFields = $0 { true } else { false } }
        if hasStarInside { throw source.error("improper use of \"*\"", near: token.range) }
        return steps
    }

    private mutating func subscriptStep() throws(SQLError) -> Access.Step {
        try enter()
        defer { leave() }
        let position = token.position
        try expect(.leftBracket)
        let low = at(.colon) ? nil : try expression()
        if let index = low, !at(.colon) {
            try expect(.rightBracket)
            return .element(index, position)
        }
        try expect(.colon)
        let high = at(.rightBracket) ? nil : try expression()
        try expect(.rightBracket)
        return .slice(low, high, position)
    }
}

// MARK: - Words

extension Parser {
    private mutating func keywordOperand(restricted: Bool) throws(SQLError) -> Expression {
        let keyword = token.keyword
        switch keyword.category {
        case .unreserved:
            if keyword == .operator, try peek().kind == .leftParenthesis { return try prefixOperand(restricted: restricted) }
            if keyword == .double, try peek().keyword == .precision { return try typedConstant() }
            return try nameOperand()
        case .columnName: return try columnKeywordOperand(keyword)
        case .typeOrFunctionName: return try functionKeywordOperand(keyword)
        case .reserved: return try reservedOperand(keyword, restricted: restricted)
        }
    }

    private mutating func reservedOperand(_ keyword: Keyword, restricted: Bool) throws(SQLError) -> Expression {
        switch keyword {
        case .true: return try word(.bool(true))
        case .false: return try word(.bool(false))
        case .null: return try word(.null)
        case .case: return try caseOperand()
        case .cast: return try castOperand()
        case .array: return try arrayOperand()
        case .not where !restricted, .notBefore where !restricted: return try notOperand()
        case .default where !restricted:
            let position = token.position
            try advance()
            return .default(position)
        case .unique where !restricted:
            throw source.error(.featureNotSupported, "UNIQUE predicate is not yet implemented", at: token.position)
        default:
            guard let value = try specialValue() else { throw unexpected() }
            return value
        }
    }

    private mutating func functionKeywordOperand(_ keyword: Keyword) throws(SQLError) -> Expression {
        if keyword == .currentSchema, try peek().kind != .leftParenthesis, let value = try specialValue() { return value }
        if keyword == .collation, try peek().keyword == .for { return try collationFor() }
        return try nameOperand()
    }

    private mutating func columnKeywordOperand(_ keyword: Keyword) throws(SQLError) -> Expression {
        let next = try peek()
        if keyword.startsType, try startsTypedConstant(keyword, next) { return try typedConstant() }
        guard next.kind == .leftParenthesis else { return try nameOperand() }
        switch keyword {
        case .exists: return try existsOperand()
        case .row: return try overlaps(try explicitRow())
        case .coalesce, .greatest, .least, .nullif, .grouping: return try conditional(keyword)
        default: return try wordCall(keyword)
        }
    }

    private mutating func existsOperand() throws(SQLError) -> Expression {
        let position = token.position
        try advance()
        return .subquery(Subquery(kind: .exists, query: try queryInParentheses(), position: position))
    }

    private mutating func caseOperand() throws(SQLError) -> Expression {
        try enter()
        defer { leave() }
        let position = token.position
        try advance()
        let operand = at(.when) ? nil : try expression()
        var branches: [CaseExpression.Branch] = []
        repeat {
            let position = token.position
            try expect(.when)
            let condition = try expression()
            try expect(.then)
            branches.append(.init(condition: condition, result: try expression(), position: position))
        } while at(.when)
        let otherwise = try take(.else) ? try expression() : nil
        try expect(.end)
        return .case(CaseExpression(operand: operand, branches: branches, otherwise: otherwise, position: position))
    }

    private mutating func castOperand() throws(SQLError) -> Expression {
        try enter()
        defer { leave() }
        let position = token.position
        try advance()
        try expect(.leftParenthesis)
        let operand = try expression()
        try expect(.as)
        let type = try type()
        try expect(.rightParenthesis)
        return .chain(Chain(first: operand, steps: [.cast(type, position)]))
    }

    private mutating func arrayOperand() throws(SQLError) -> Expression {
        let position = token.position
        try advance()
        if at(.leftParenthesis) {
            return .subquery(Subquery(kind: .array, query: try queryInParentheses(), position: position))
        }
        guard at(.leftBracket) else { throw unexpected() }
        return try arrayElements(at: position)
    }

    /// `[…]`, in which all or none of the elements are in brackets again.
    private mutating func arrayElements(at position: Position) throws(SQLError) -> Expression {
        try enter()
        defer { leave() }
        try expect(.leftBracket)
        if try take(.rightBracket) { return .array([], position) }
        let elements =
            at(.leftBracket)
            ? try list { (parser) throws(SQLError) in try parser.arrayElements(at: parser.token.position) } : try expressions()
        try expect(.rightBracket)
        return .array(elements, position)
    }

    /// CURRENT_DATE and its kin.
    mutating func specialValue() throws(SQLError) -> Expression? {
        guard at(.keyword), let kind = SpecialValue.Kind(rawValue: token.keyword.spelling) else { return nil }
        var value = SpecialValue(kind: kind, position: token.position)
        try advance()
        if kind.hasPrecision, try take(.leftParenthesis) {
            value.precision = try integer()
            try expect(.rightParenthesis)
        }
        return .special(value)
    }
}

extension SpecialValue.Kind {
    fileprivate var hasPrecision: Bool {
        self == .currentTime || self == .currentTimestamp || self == .localTime || self == .localTimestamp
    }
}

extension Literal {
    /// A minus before a number belongs to the number.
    fileprivate func negated(at position: Position) -> Literal? {
        switch value {
        case .integer(let number):
            let (negated, overflows) = Int64(0).subtractingReportingOverflow(number)
            return Literal(value: overflows ? .decimal("9223372036854775808") : .integer(negated), position: position)
        case .decimal(let digits):
            let negated = digits.hasPrefix("-") ? String(digits.dropFirst()) : "-" + digits
            return Literal(value: Int64(negated).map { .integer($0) } ?? .decimal(negated), position: position)
        default:
            return nil
        }
    }
}
