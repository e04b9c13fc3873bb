extension Parser {
    /// Whether a query begins here that has no parenthesis before it.
    mutating func startsQuery() throws(SQLError) -> Bool {
        switch token.keyword {
        case .select, .with, .withBefore, .table: true
        case .values: try peek().kind == .leftParenthesis
        default: false
        }
    }

    /// Whether a query goes on here that stands in parentheses.
    var continuesQuery: Bool {
        switch token.keyword {
        case .union, .except, .intersect, .order, .limit, .offset, .fetch, .for: true
        default: false
        }
    }

    /// A query: SELECT, VALUES or TABLE, with WITH before it and clauses behind it, or in parentheses.
    mutating func query() throws(SQLError) -> Query {
        let with = try with()
        return try query(with: with)
    }

    mutating func query(with: With?) throws(SQLError) -> Query {
        let first = try combinedByIntersect(try simpleQuery())
        return try clauses(of: try combinedByUnion(first), with: with)
    }

    /// A query whose first part, in parentheses, was read.
    mutating func query(continuing first: Query) throws(SQLError) -> Query {
        return try clauses(of: try combinedByUnion(try combinedByIntersect(first)), with: nil)
    }

    private mutating func combinedByUnion(_ first: Query) throws(SQLError) -> Query {
        guard at(.union) || at(.except) else { return first }
        var combination = Combination(first: first, steps: [])
        while at(.union) || at(.except) {
            let operation: Combination.Operation = at(.union) ? .union : .except
            try combine(operation, to: &combination) { (parser) throws(SQLError) in
                try parser.combinedByIntersect(try parser.simpleQuery())
            }
        }
        return Query(body: .combined(combination), position: first.position)
    }

    private mutating func combinedByIntersect(_ first: Query) throws(SQLError) -> Query {
        guard at(.intersect) else { return first }
        var combination = Combination(first: first, steps: [])
        while at(.intersect) {
            try combine(.intersect, to: &combination) { (parser) throws(SQLError) in try parser.simpleQuery() }
        }
        return Query(body: .combined(combination), position: first.position)
    }

    private mutating func combine(
        _ operation: Combination.Operation, to combination: inout Combination, _ operand: (inout Parser) throws(SQLError) -> Query
    ) throws(SQLError) {
        let position = token.position
        try advance()
        let keepsDuplicates = try take(.all)
        if !keepsDuplicates { _ = try take(.distinct) }
        let query = try operand(&self)
        combination.steps.append(.init(operation: operation, keepsDuplicates: keepsDuplicates, query: query, position: position))
    }

    private mutating func simpleQuery() throws(SQLError) -> Query {
        let position = token.position
        switch token.keyword {
        case .select: return Query(body: .select(try select()), position: position)
        case .values: return Query(body: .values(try values()), position: position)
        case .table:
            try advance()
            return Query(body: .table(try tableExpression()), position: position)
        default:
            guard at(.leftParenthesis) else { throw unexpected() }
            return try queryInParentheses()
        }
    }

    /// Rows of VALUES.
    mutating func values() throws(SQLError) -> Values {
        let position = token.position
        try expect(.values)
        let rows = try list { (parser) throws(SQLError) in
            try parser.parenthesized { (parser) throws(SQLError) in try parser.expression() }
        }
        return Values(rows: rows, position: position)
    }

    // MARK: - WITH

    mutating func with() throws(SQLError) -> With? {
        let position = token.position
        guard at(.with) || at(.withBefore) else { return nil }
        let mayBeRecursive = at(.with)
        try advance()
        let isRecursive = mayBeRecursive ? try startsRecursive() : false
        if isRecursive { try advance() }
        let tables = try list { (parser) throws(SQLError) in try parser.commonTable() }
        return With(isRecursive: isRecursive, tables: tables, position: position)
    }

    /// A common table may be called `recursive`: then no name follows.
    private mutating func startsRecursive() throws(SQLError) -> Bool {
        guard at(.recursive) else { return false }
        return try peek().isColumnName
    }

    private mutating func commonTable() throws(SQLError) -> CommonTable {
        try enter()
        defer { leave() }
        let name = try columnName()
        let columns = try optionalNames()
        try expect(.as)
        var materialization = CommonTable.Materialization.unsaid
        if try take(.materialized) {
            materialization = .materialized
        } else if try take(.not, .materialized) {
            materialization = .notMaterialized
        }
        try expect(.leftParenthesis)
        let statement = try preparableStatement()
        try expect(.rightParenthesis)
        var table = CommonTable(name: name, columns: columns, materialization: materialization, statement: statement)
        if at(.search) { table.search = try searchClause() }
        if at(.cycle) { table.cycle = try cycleClause() }
        return table
    }

    private mutating func searchClause() throws(SQLError) -> SearchClause {
        let position = token.position
        try advance()
        let isBreadthFirst = try take(.breadth)
        if !isBreadthFirst { try expect(.depth) }
        try expect(.first)
        try expect(.by)
        let columns = try list { (parser) throws(SQLError) in try parser.columnName() }
        try expect(.set)
        return SearchClause(isBreadthFirst: isBreadthFirst, columns: columns, sequenceColumn: try columnName(), position: position)
    }

    private mutating func cycleClause() throws(SQLError) -> CycleClause {
        let position = token.position
        try advance()
        let columns = try list { (parser) throws(SQLError) in try parser.columnName() }
        try expect(.set)
        let mark = try columnName()
        var value: Expression?
        var other: Expression?
        if try take(.to) {
            value = try operand(restricted: true)
            try expect(.default)
            other = try operand(restricted: true)
        }
        try expect(.using)
        return CycleClause(
            columns: columns, markColumn: mark, markValue: value, markDefault: other, pathColumn: try columnName(), position: position)
    }

    // MARK: - ORDER BY

    mutating func orderBy() throws(SQLError) -> [SortItem] {
        at(.order) ? try requiredOrderBy() : []
    }

    mutating func requiredOrderBy() throws(SQLError) -> [SortItem] {
        try expect(.order)
        try expect(.by)
        return try list { (parser) throws(SQLError) in try parser.sortItem() }
    }

    private mutating func sortItem() throws(SQLError) -> SortItem {
        let value = try expression()
        let direction = try take(.using) ? SortItem.Direction.using(try operatorName()) : try direction()
        return SortItem(value: value, direction: direction, nulls: try nullsOrder())
    }

    mutating func direction() throws(SQLError) -> SortItem.Direction {
        if try take(.asc) { return .ascending }
        return try take(.desc) ? .descending : .unsaid
    }

    mutating func nullsOrder() throws(SQLError) -> SortItem.Nulls {
        guard try take(.nullsBefore) else { return .unsaid }
        if try take(.first) { return .first }
        try expect(.last)
        return .last
    }
}

// MARK: - Clauses of a whole query

extension Parser {
    /// ORDER BY, LIMIT, OFFSET, FETCH and FOR. Those of a query in parentheses and those behind it are the same clauses, so none may be
    /// said twice.
    private mutating func clauses(of inner: Query, with: With?) throws(SQLError) -> Query {
        var query = inner
        let order = try orderBy()
        var locks: [RowLock] = []
        var limit: (clause: Limit, countPosition: Position?, offsetPosition: Position?)?
        if at(.for) {
            locks = try rowLocks()
            limit = try self.limit()
        } else if let found = try self.limit() {
            limit = found
            locks = try rowLocks()
        }
        if let first = order.first {
            if !query.orderBy.isEmpty { throw error("multiple ORDER BY clauses not allowed", at: first.value.position) }
            query.orderBy = order
        }
        query.locks += locks
        if let limit { try add(limit.clause, to: &query, limit.countPosition, limit.offsetPosition) }
        if let with {
            if query.with != nil { throw error("multiple WITH clauses not allowed", at: with.position) }
            query.with = with
            query.position = with.position
        }
        return query
    }

    private func add(_ limit: Limit, to query: inout Query, _ count: Position?, _ offset: Position?) throws(SQLError) {
        var whole = query.limit ?? Limit()
        if limit.offset != nil {
            if whole.offset != nil { throw error("multiple OFFSET clauses not allowed", at: offset ?? query.position) }
            whole.offset = limit.offset
        }
        if limit.count != .unsaid {
            if whole.count != .unsaid { throw error("multiple LIMIT clauses not allowed", at: count ?? query.position) }
            whole.count = limit.count
            whole.hasTies = limit.hasTies
        }
        if limit.hasTies {
            if query.orderBy.isEmpty { throw SQLError(.syntaxError, "WITH TIES cannot be specified without ORDER BY clause") }
            if query.locks.contains(where: { $0.waiting == .skipLocked }) {
                throw SQLError(.syntaxError, "SKIP LOCKED and WITH TIES options cannot be used together")
            }
        }
        query.limit = whole
    }

    private mutating func limit() throws(SQLError) -> (clause: Limit, countPosition: Position?, offsetPosition: Position?)? {
        guard at(.limit) || at(.offset) || at(.fetch) else { return nil }
        var limit = Limit()
        var countPosition: Position?
        var offsetPosition: Position?
        for _ in 0..<2 {
            if at(.offset), limit.offset == nil {
                try advance()
                offsetPosition = token.position
                limit.offset = try offset()
            } else if limit.count == .unsaid, at(.limit) {
                let start = token.position
                try advance()
                countPosition = token.position
                limit.count = at(.all) ? .all(token.position) : .rows(try limitCount())
                if case .all = limit.count { try advance() }
                if at(.comma) {
                    try advance()
                    _ = try expression()
                    throw error(
                        "LIMIT #,# syntax is not supported", hint: "Use separate LIMIT and OFFSET clauses.", at: start)
                }
            } else if limit.count == .unsaid, at(.fetch) {
                try fetchFirst(into: &limit)
                countPosition = countPosition ?? offsetPosition
            }
        }
        return (limit, countPosition, offsetPosition)
    }

    private mutating func limitCount() throws(SQLError) -> Expression { try expression() }

    /// A number of rows; ROWS may stand behind a simple one.
    private mutating func offset() throws(SQLError) -> Expression {
        let start = token.kind
        let first = try operand(restricted: false)
        let isSimple = start != .symbol && !at(.not)
        if isSimple, at(.row) || at(.rows) {
            try advance()
            return first
        }
        return try operators(after: first, from: .or, restricted: false)
    }

    /// FETCH FIRST … ROWS ONLY, or WITH TIES.
    private mutating func fetchFirst(into limit: inout Limit) throws(SQLError) {
        let position = token.position
        try advance()
        guard at(.first) || at(.next) else { throw unexpected() }
        try advance()
        let hasNoCount = at(.row) || at(.rows) ? try peek().kind != .dot : false
        if hasNoCount {
            limit.count = .rows(.literal(Literal(value: .integer(1), position: position)))
        } else if at(.plus) || at(.minus) {
            let sign = token.position
            let digits = try signedNumber()
            limit.count = .rows(.literal(Literal(value: Int64(digits).map { .integer($0) } ?? .decimal(digits), position: sign)))
        } else {
            limit.count = .rows(try operand(restricted: true))
        }
        guard at(.row) || at(.rows) else { throw unexpected() }
        try advance()
        if try take(.only) { return }
        try expect(.with)
        try expect(.ties)
        limit.hasTies = true
    }

    private mutating func rowLocks() throws(SQLError) -> [RowLock] {
        var locks: [RowLock] = []
        while at(.for) {
            let position = token.position
            try advance()
            if locks.isEmpty, try take(.read) {
                try expect(.only)
                return []
            }
            let strength: RowLock.Strength
            if try take(.no) {
                try expect(.key)
                try expect(.update)
                strength = .noKeyUpdate
            } else if try take(.key) {
                try expect(.share)
                strength = .keyShare
            } else if try take(.share) {
                strength = .share
            } else {
                try expect(.update)
                strength = .update
            }
            let relations = try take(.of) ? try relationNames() : []
            var waiting = RowLock.Waiting.wait
            if try take(.nowait) {
                waiting = .noWait
            } else if try take(.skip, .locked) {
                waiting = .skipLocked
            }
            locks.append(RowLock(strength: strength, relations: relations, waiting: waiting, position: position))
        }
        return locks
    }
}
