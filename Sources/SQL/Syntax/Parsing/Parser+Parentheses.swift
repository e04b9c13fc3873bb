extension Parser {
    enum Parentheses {
        case query(Query)
        case expression(Expression)
        case row([Expression])
    }

    /// What stands in parentheses, of which the current token opens one.
    mutating func parentheses(mayBeRow: Bool) throws(SQLError) -> Parentheses {
        try enter()
        defer { leave() }
        try expect(.leftParenthesis)
        let first: Expression
        if try startsQuery() {
            let query = try query()
            try expect(.rightParenthesis)
            return .query(query)
        } else if at(.leftParenthesis) {
            // A query in two parentheses is a query; with an operator behind the inner ones it is an operand.
            let position = token.position
            let inner = try parentheses(mayBeRow: true)
            if case .query(let query) = inner {
                if try take(.rightParenthesis) { return .query(query) }
                if continuesQuery {
                    let whole = try self.query(continuing: query)
                    try expect(.rightParenthesis)
                    return .query(whole)
                }
            }
            first = try expression(continuing: try operand(of: inner, at: position))
        } else {
            first = try expression()
        }
        guard mayBeRow, at(.comma) else {
            try expect(.rightParenthesis)
            return .expression(first)
        }
        var fields = [first]
        while try take(.comma) { fields.append(try expression()) }
        try expect(.rightParenthesis)
        return .row(fields)
    }

    private mutating func expression(continuing first: Expression) throws(SQLError) -> Expression {
        let outer = ending
        ending = .plain
        defer { ending = outer }
        return try operators(after: first, from: .or, restricted: false)
    }

    mutating func parenthesisOperand(restricted: Bool) throws(SQLError) -> Expression {
        let position = token.position
        let content = try parentheses(mayBeRow: true)
        if case .row = content, restricted, at(.overlaps) { throw unexpected() }
        return try operand(of: content, at: position)
    }

    private mutating func operand(of content: Parentheses, at position: Position) throws(SQLError) -> Expression {
        switch content {
        case .query(let query): return try accessed(.subquery(Subquery(kind: .scalar, query: query, position: position)))
        case .expression(let expression): return try accessed(expression)
        case .row(let fields): return try overlaps(RowConstructor(fields: fields, isExplicit: false, position: position))
        }
    }

    /// A row, or `row OVERLAPS row`.
    mutating func overlaps(_ left: RowConstructor) throws(SQLError) -> Expression {
        guard at(.overlaps) else { return .row(left) }
        let operatorPosition = token.position
        try advance()
        let right: RowConstructor
        let position = token.position
        if at(.row) {
            right = try explicitRow()
        } else {
            guard at(.leftParenthesis) else { throw unexpected() }
            guard case .row(let fields) = try parentheses(mayBeRow: true) else { throw unexpected() }
            right = RowConstructor(fields: fields, isExplicit: false, position: position)
        }
        for (row, side) in [(left, "left"), (right, "right")] where row.fields.count != 2 {
            throw error("wrong number of parameters on \(side) side of OVERLAPS expression", at: row.position)
        }
        return .call(.system("overlaps", left.fields + right.fields, at: operatorPosition))
    }

    mutating func explicitRow() throws(SQLError) -> RowConstructor {
        let position = token.position
        try expect(.row)
        try enter()
        defer { leave() }
        try expect(.leftParenthesis)
        let fields = at(.rightParenthesis) ? [] : try expressions()
        try expect(.rightParenthesis)
        return RowConstructor(fields: fields, isExplicit: true, position: position)
    }

    /// The query in parentheses that must stand here.
    mutating func queryInParentheses() throws(SQLError) -> Query {
        try enter()
        defer { leave() }
        try expect(.leftParenthesis)
        guard at(.leftParenthesis) else {
            guard try startsQuery() else {
                _ = try take(.values)
                throw unexpected()
            }
            let query = try query()
            try expect(.rightParenthesis)
            return query
        }
        let inner = try queryInParentheses()
        if try take(.rightParenthesis) { return inner }
        guard continuesQuery else { throw unexpected() }
        let whole = try query(continuing: inner)
        try expect(.rightParenthesis)
        return whole
    }
}
