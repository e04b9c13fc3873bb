extension Expression {
    /// Where the expression begins, without the parentheses around it.
    var position: Position {
        switch self {
        case .literal(let literal): literal.position
        case .parameter(_, let position), .default(let position), .array(_, let position), .not(_, let position): position
        case .namedParameter(let name): name.position
        case .column(let column): column.position
        case .access(let access): access.base.position
        case .chain(let chain): chain.position
        case .prefix(let name, _): name.position
        case .and(let operands, let position), .or(let operands, let position): operands.first?.position ?? position
        case .call(let call): call.position
        case .conditional(let conditional): conditional.position
        case .case(let expression): expression.position
        case .row(let row): row.position
        case .subquery(let subquery): subquery.position
        case .special(let value): value.position
        }
    }
}

extension Chain {
    var position: Position {
        // CAST(e AS type) and `type 'text'` begin before their operand.
        if case .cast(_, let position)? = steps.first, position.offset < first.position.offset { return position }
        return first.position
    }
}
