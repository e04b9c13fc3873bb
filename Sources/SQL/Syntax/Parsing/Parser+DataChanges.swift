extension Parser {
    /// What PREPARE, WITH and COPY may have: a query or a change.
    mutating func preparableStatement() throws(SQLError) -> Statement {
        let with = try with()
        switch token.keyword {
        case .insert: return .insert(try insert(with: with))
        case .update: return .update(try update(with: with))
        case .delete: return .delete(try delete(with: with))
        case .merge: return .merge(try merge(with: with))
        default: return .query(try query(with: with))
        }
    }

    // MARK: - Targets

    mutating func target() throws(SQLError) -> Target {
        Target(column: try columnName(), steps: try accessSteps())
    }

    mutating func assignments() throws(SQLError) -> [Assignment] {
        try list { (parser) throws(SQLError) in try parser.assignment() }
    }

    private mutating func assignment() throws(SQLError) -> Assignment {
        let position = token.position
        if at(.leftParenthesis) {
            let targets = try parenthesized { (parser) throws(SQLError) in try parser.target() }
            try expect(.equal)
            return .several(targets, try expression(), position)
        }
        let target = try target()
        try expect(.equal)
        return .single(target, try expression())
    }

    /// USING behind the table that is changed: which cells.
    mutating func cells() throws(SQLError) -> Expression? {
        try take(.using) ? try expression() : nil
    }

    /// The table that is changed. SET is never its other name.
    private mutating func changedTable() throws(SQLError) -> RelationSource {
        var relation = try tableExpression()
        if try take(.as) {
            relation.alias = Alias(name: try columnName())
        } else if token.isColumnName, !at(.set) {
            relation.alias = Alias(name: try columnName())
        }
        return relation
    }

    // MARK: - INSERT

    private mutating func insert(with: With?) throws(SQLError) -> Insert {
        let position = with?.position ?? token.position
        try expect(.insert)
        try expect(.into)
        var insert = Insert(with: with, relation: try relationName(), position: position)
        if try take(.as) { insert.alias = try columnName() }
        insert.cells = try cells()
        if try take(.default, .values) {
            insert.rows = .defaultValues
        } else {
            try insertedRows(of: &insert)
        }
        if at(.on) { insert.conflict = try conflict() }
        insert.returning = try returning()
        return insert
    }

    private mutating func insertedRows(of insert: inout Insert) throws(SQLError) {
        // The parenthesis opens a list of columns, unless a query begins behind it or behind the next ones.
        if at(.leftParenthesis), try !opensQuery() {
            insert.columns = try parenthesized { (parser) throws(SQLError) in try parser.target() }
        }
        insert.overriding = try overriding()
        insert.rows = .query(try query())
    }

    private mutating func opensQuery() throws(SQLError) -> Bool {
        let next = try peek()
        switch next.keyword {
        case .select, .with, .table: return true
        case .values: break
        default: return next.kind == .leftParenthesis
        }
        var ahead = self
        try ahead.advance()
        return try ahead.startsQuery()
    }

    private mutating func overriding() throws(SQLError) -> Insert.Overriding? {
        guard try take(.overriding) else { return nil }
        let isUser = try take(.user)
        if !isUser { try expect(.system) }
        try expect(.value)
        return isUser ? .user : .system
    }

    private mutating func conflict() throws(SQLError) -> Conflict {
        let position = token.position
        try expect(.on)
        try expect(.conflict)
        var arbiter = Conflict.Arbiter.any
        if at(.leftParenthesis) {
            let start = token.position
            let elements = try parenthesized { (parser) throws(SQLError) in try parser.indexElement() }
            for element in elements {
                let order = element.direction != .unsaid ? "ASC/DESC" : element.nulls != .unsaid ? "NULLS FIRST/LAST" : nil
                guard let order else { continue }
                throw source.error(
                    SQLState(rawValue: "42P10"), "\(order) is not allowed in ON CONFLICT clause", at: start)
            }
            arbiter = .index(elements, predicate: try filter())
        } else if try take(.on) {
            try expect(.constraint)
            arbiter = .constraint(try columnName())
        }
        try expect(.do)
        if try take(.nothing) { return Conflict(arbiter: arbiter, action: .nothing, position: position) }
        try expect(.update)
        try expect(.set)
        let assignments = try assignments()
        return Conflict(arbiter: arbiter, action: .update(assignments, filter: try filter()), position: position)
    }

    // MARK: - UPDATE and DELETE

    private mutating func update(with: With?) throws(SQLError) -> Update {
        let position = with?.position ?? token.position
        try expect(.update)
        var target = try changedTable()
        target.cells = try cells()
        try expect(.set)
        var update = Update(with: with, target: target, assignments: try assignments(), position: position)
        if at(.from) { update.from = try fromClause() }
        update.filter = try rowFilter()
        update.returning = try returning()
        return update
    }

    private mutating func rowFilter() throws(SQLError) -> RowFilter? {
        guard try take(.where) else { return nil }
        if at(.current), try peek().keyword == .of {
            let position = token.position
            try advance()
            try advance()
            return .current(try columnName(), position)
        }
        return .condition(try expression())
    }

    private mutating func delete(with: With?) throws(SQLError) -> Delete {
        let position = with?.position ?? token.position
        try expect(.delete)
        try expect(.from)
        var delete = Delete(with: with, target: try changedTable(), position: position)
        if at(.using) { try usingClause(of: &delete) }
        delete.filter = try rowFilter()
        delete.returning = try returning()
        return delete
    }

    /// USING of DELETE has other tables, or a filter of cells, which reads like no list of tables or has a second USING behind it.
    ///
    /// What both can be, as a name alone, is taken for a table. An error is that of the reading that goes further.
    private mutating func usingClause(of delete: inout Delete) throws(SQLError) {
        var asFilter = self
        let failure: SQLError
        do throws(SQLError) {
            try expect(.using)
            delete.using = try sources()
            if endsUsing { return }
            failure = unexpected()
        } catch {
            failure = error
        }
        // Each second reading may hold others: their number is small, or the time would double with each level of nesting.
        guard secondReadings < 16 else { throw failure }
        secondReadings += 1
        asFilter.secondReadings = secondReadings
        do throws(SQLError) {
            try asFilter.expect(.using)
            delete.target.cells = try asFilter.expression()
            delete.using = try asFilter.take(.using) ? try asFilter.sources() : []
            if !asFilter.endsUsing { throw asFilter.unexpected() }
        } catch {
            secondReadings = asFilter.secondReadings
            throw (error.position ?? 0) > (failure.position ?? 0) ? error : failure
        }
        self = asFilter
    }

    private var endsUsing: Bool {
        switch token.kind {
        case .semicolon, .endOfInput, .rightParenthesis: true
        default: at(.where) || at(.returning)
        }
    }

    // MARK: - MERGE

    private mutating func merge(with: With?) throws(SQLError) -> Merge {
        let position = with?.position ?? token.position
        try expect(.merge)
        try expect(.into)
        let target = try changedTable()
        try expect(.using)
        let source = try joinedSource()
        try expect(.on)
        let condition = try expression()
        var branches: [Merge.Branch] = []
        repeat { branches.append(try mergeBranch()) } while at(.when)
        return Merge(with: with, target: target, source: source, condition: condition, branches: branches, position: position)
    }

    private mutating func mergeBranch() throws(SQLError) -> Merge.Branch {
        let position = token.position
        try expect(.when)
        let isMatched = try !take(.not)
        try expect(.matched)
        let condition = try take(.and) ? try expression() : nil
        try expect(.then)
        let action: Merge.Branch.Action
        switch token.keyword {
        case .update where isMatched:
            try advance()
            try expect(.set)
            action = .update(try assignments())
        case .delete where isMatched:
            try advance()
            action = .delete
        case .insert where !isMatched:
            try advance()
            action = try mergeInsert()
        default:
            try expect(.do)
            try expect(.nothing)
            action = .nothing
        }
        return Merge.Branch(isMatched: isMatched, condition: condition, action: action, position: position)
    }

    private mutating func mergeInsert() throws(SQLError) -> Merge.Branch.Action {
        if try take(.default, .values) { return .insertDefaults }
        var columns: [Target] = []
        if at(.leftParenthesis) { columns = try parenthesized { (parser) throws(SQLError) in try parser.target() } }
        let overriding = try overriding()
        try expect(.values)
        let values = try parenthesized { (parser) throws(SQLError) in try parser.expression() }
        return .insert(columns: columns, overriding: overriding, values: values)
    }

    // MARK: - TRUNCATE

    mutating func truncate() throws(SQLError) -> Truncate {
        let position = token.position
        try expect(.truncate)
        _ = try take(.table)
        var relations = try list { (parser) throws(SQLError) in try parser.tableExpression() }
        if let cells = try cells() {
            for index in relations.indices { relations[index].cells = cells }
        }
        var restarts = false
        if try take(.restart, .identity) {
            restarts = true
        } else {
            _ = try take(.continue, .identity)
        }
        return Truncate(relations: relations, restartsIdentity: restarts, behavior: try dropBehavior(), position: position)
    }
}
