/// How tight operators bind, from OR to `::`.
enum Precedence: UInt8, Comparable {
    /// Of what is not an operator.
    case none
    case or, and, not, `is`, comparison, match, other, sum, product, power, atTimeZone, collate, sign, cast

    static func < (left: Precedence, right: Precedence) -> Bool { left.rawValue < right.rawValue }

    /// The next tighter one.
    var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .cast }
}

extension Parser {
    /// The precedence of the current token as what follows an operand.
    ///
    /// In a restricted expression, the `b_expr` of PostgreSQL's grammar, words are no operators: in `BETWEEN a AND b` and
    /// `DEFAULT a NOT NULL` they end it.
    mutating func precedence(restricted: Bool) throws(SQLError) -> Precedence {
        switch token.kind {
        case .plus, .minus: return .sum
        case .star, .slash, .percent: return .product
        case .caret: return .power
        case .less, .greater, .equal, .lessOrEqual, .greaterOrEqual, .notEqual: return .comparison
        case .symbol: return .other
        case .typecast: return .cast
        case .keyword: break
        default: return .none
        }
        let precedence: Precedence
        switch token.keyword {
        case .is: precedence = .is
        case .operator: precedence = .other
        case _ where restricted: return .none
        case .and: precedence = .and
        case .or: precedence = .or
        case .isnull, .notnull: return .is
        case .between, .in, .like, .ilike, .similar: precedence = .match
        case .notBefore: return .match
        case .collate: precedence = .collate
        case .at: precedence = .atTimeZone
        default: return .none
        }
        switch ending {
        case .plain: return precedence
        case .label: return try isLabelHere() ? .none : precedence
        case .similar: return try peek().keyword == .to || !at(.similar) ? precedence : .none
        }
    }

    /// Whether the word ends the select list's item as its label: it does if no operand follows.
    private mutating func isLabelHere() throws(SQLError) -> Bool {
        let next = try peek()
        switch next.kind {
        case .comma, .semicolon, .rightParenthesis, .endOfInput: return true
        case .keyword: break
        default: return false
        }
        switch next.keyword {
        case .from, .where, .into, .group, .having, .window, .order, .limit, .offset, .fetch, .for, .union, .intersect, .except, .with:
            return true
        default:
            return false
        }
    }
}
