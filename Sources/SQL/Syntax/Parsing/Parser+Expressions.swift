extension Parser {
    /// An expression that stands by itself: in parentheses, as an argument, after WHERE.
    mutating func expression() throws(SQLError) -> Expression {
        try expression(restricted: false)
    }

    /// An item of a select list: its label may be a word that is an operator elsewhere.
    mutating func labelledExpression() throws(SQLError) -> Expression {
        try expression(restricted: false, ending: .label)
    }

    mutating func expression(restricted: Bool, ending: Ending = .plain) throws(SQLError) -> Expression {
        let outer = self.ending
        self.ending = ending
        defer { self.ending = outer }
        let first = try operand(restricted: restricted)
        guard try precedence(restricted: restricted) > .none else { return first }
        return try operators(after: first, from: .or, restricted: restricted)
    }

    mutating func expressions() throws(SQLError) -> [Expression] {
        try list { (parser) throws(SQLError) in try parser.expression() }
    }

    /// What follows an operand, as far as it binds at least as tight as `minimum`.
    mutating func operators(after first: Expression, from minimum: Precedence, restricted: Bool) throws(SQLError) -> Expression {
        try enter()
        var chain = Chain(first: first, steps: [])
        // The precedence of an operator that does not associate, if its right operand ends here.
        var barred = Precedence.none
        while true {
            let precedence = try precedence(restricted: restricted)
            guard precedence > .none, precedence >= minimum else { break }
            guard precedence != barred else { throw unexpected() }
            barred = .none
            switch precedence {
            case .and, .or:
                chain = Chain(first: try logical(chain.whole, precedence), steps: [])
            case .comparison, .other, .sum, .product, .power:
                let isQuantified = try binary(precedence, to: &chain, restricted: restricted)
                if precedence == .comparison, !isQuantified { barred = .comparison }
            case .is:
                if try test(to: &chain, restricted: restricted) { barred = .is }
            case .match:
                if try match(to: &chain) { barred = .match }
            default:
                try suffix(to: &chain, restricted: restricted)
            }
        }
        leave()
        return chain.whole
    }

    /// The right operand of an operator: an operand, and what binds tighter than the operator behind it.
    mutating func rightOperand(_ minimum: Precedence, restricted: Bool) throws(SQLError) -> Expression {
        let first = try operand(restricted: restricted)
        let precedence = try precedence(restricted: restricted)
        guard precedence > .none, precedence >= minimum else { return first }
        return try operators(after: first, from: minimum, restricted: restricted)
    }

    /// Operands with AND, or with OR, between them.
    private mutating func logical(_ first: Expression, _ precedence: Precedence) throws(SQLError) -> Expression {
        let word = token.keyword
        let position = token.position
        var operands = [first]
        while at(word), try self.precedence(restricted: false) == precedence {
            try advance()
            operands.append(try rightOperand(precedence.next, restricted: false))
        }
        return word == .and ? .and(operands, position) : .or(operands, position)
    }

    /// An operator and its right operand. True if that is ANY, SOME or ALL of something.
    private mutating func binary(_ precedence: Precedence, to chain: inout Chain, restricted: Bool) throws(SQLError) -> Bool {
        let name = try operatorName()
        if !restricted, let quantifier = try quantifier() {
            chain.steps.append(.quantified(name, quantifier, try candidates(asArray: true)))
            return true
        }
        chain.steps.append(.binary(name, try rightOperand(precedence.next, restricted: restricted)))
        return false
    }

    private mutating func quantifier() throws(SQLError) -> Chain.Quantifier? {
        switch token.keyword {
        case .any, .some:
            try advance()
            return .any
        case .all:
            try advance()
            return .all
        default:
            return nil
        }
    }

    /// What stands in parentheses after IN, ANY and ALL.
    private mutating func candidates(asArray: Bool) throws(SQLError) -> Chain.Candidates {
        guard at(.leftParenthesis) else { throw unexpected() }
        switch try parentheses(mayBeRow: !asArray) {
        case .query(let query): return .query(query)
        case .expression(let expression): return .list([expression])
        case .row(let fields): return .list(fields)
        }
    }

    /// Any operator, with its schema if OPERATOR says it.
    mutating func operatorName() throws(SQLError) -> OperatorName {
        let position = token.position
        guard try take(Keyword.operator) else {
            return OperatorName(symbol: try symbol(), position: position)
        }
        try expect(.leftParenthesis)
        var schema: [Name] = []
        while token.isColumnName {
            schema.append(try columnName())
            try expect(.dot)
        }
        let name = OperatorName(symbol: try symbol(), isSpelled: true, schema: schema, position: position)
        try expect(.rightParenthesis)
        return name
    }

    /// An operator's sign. `!=` is another way to write `<>`.
    mutating func symbol() throws(SQLError) -> String {
        let symbol: String
        switch token.kind {
        case .equal: symbol = "="
        case .notEqual: symbol = "<>"
        case .symbol, .plus, .minus, .star, .slash, .percent, .caret, .less, .greater, .lessOrEqual, .greaterOrEqual:
            symbol = lexer.text(token.range)
        default: throw unexpected()
        }
        try advance()
        return symbol
    }
}

// MARK: - IS

extension Parser {
    /// IS and its kin. True for IS DISTINCT FROM, which has a right operand and does not associate.
    private mutating func test(to chain: inout Chain, restricted: Bool) throws(SQLError) -> Bool {
        let position = token.position
        let word = token.keyword
        try advance()
        guard word == .is else {
            chain.steps.append(.test(.null, isNegated: word == .notnull, position))
            return false
        }
        let isNegated = try take(.not)
        if try take(.distinct) {
            try expect(.from)
            let right = try rightOperand(.comparison, restricted: restricted)
            chain.steps.append(.isDistinct(from: right, isNegated: isNegated, position))
            return true
        }
        guard !restricted || at(.document) else { throw unexpected() }
        let test: Chain.Test
        switch token.keyword {
        case .null: test = .null
        case .true: test = .true
        case .false: test = .false
        case .unknown: test = .unknown
        case .document: test = .document
        case .normalized: test = .normalized(form: nil)
        case .nfc, .nfd, .nfkc, .nfkd:
            let form = token.keyword.spelling
            try advance()
            guard at(.normalized) else { throw unexpected() }
            test = .normalized(form: form)
        default: throw unexpected()
        }
        try advance()
        chain.steps.append(.test(test, isNegated: isNegated, position))
        return false
    }
}

// MARK: - LIKE, IN, BETWEEN

extension Parser {
    /// True if a right operand ends it, behind which another one of its kind may not stand.
    private mutating func match(to chain: inout Chain) throws(SQLError) -> Bool {
        let position = token.position
        let isNegated = try take(.notBefore)
        let word = token.keyword
        try advance()
        switch word {
        case .in:
            chain.steps.append(.membership(try candidates(asArray: false), isNegated: isNegated, position))
            return false
        case .between:
            let isSymmetric = try take(.symmetric)
            if !isSymmetric { _ = try take(.asymmetric) }
            let low = try expression(restricted: true)
            try expect(.and)
            let high = try rightOperand(.other, restricted: false)
            chain.steps.append(.between(low, high, isSymmetric: isSymmetric, isNegated: isNegated, position))
            return true
        case .similar:
            try expect(.to)
        default:
            if let quantifier = try quantifier() {
                let symbol = (isNegated ? "!~~" : "~~") + (word == .ilike ? "*" : "")
                let name = OperatorName(symbol: symbol, position: position)
                chain.steps.append(.quantified(name, quantifier, try candidates(asArray: true)))
                return false
            }
        }
        let pattern = try rightOperand(.other, restricted: false)
        let escape = try take(.escape) ? try rightOperand(.other, restricted: false) : nil
        let kind: Chain.Match.Kind = word == .like ? .like : word == .ilike ? .caseInsensitiveLike : .similar
        chain.steps.append(.match(.init(kind: kind, pattern: pattern, escape: escape, isNegated: isNegated, position: position)))
        return true
    }

    /// `::`, COLLATE, AT TIME ZONE.
    private mutating func suffix(to chain: inout Chain, restricted: Bool) throws(SQLError) {
        let position = token.position
        if try take(.typecast) {
            chain.steps.append(.cast(try type(), position))
        } else if try take(.collate) {
            chain.steps.append(.collate(try dottedName(), position))
        } else {
            try expect(.at)
            try expect(.time)
            try expect(.zone)
            chain.steps.append(.atTimeZone(try rightOperand(.collate, restricted: restricted), position))
        }
    }
}

extension Chain {
    /// The chain as an expression, which is its first operand if nothing is applied to it.
    var whole: Expression {
        steps.isEmpty ? first : .chain(self)
    }
}
