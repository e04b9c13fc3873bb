extension Parser {
    mutating func fromClause() throws(SQLError) -> [Source] {
        try expect(.from)
        return try sources()
    }

    mutating func sources() throws(SQLError) -> [Source] {
        try list { (parser) throws(SQLError) in try parser.joinedSource() }
    }

    /// A source, and what is joined to it.
    mutating func joinedSource() throws(SQLError) -> Source {
        try joins(to: try simpleSource(mayHaveCells: true))
    }

    private var startsJoin: Bool {
        switch token.keyword {
        case .join, .cross, .natural, .inner, .left, .right, .full: true
        default: false
        }
    }

    private mutating func joins(to first: Source) throws(SQLError) -> Source {
        guard startsJoin else { return first }
        try enter()
        defer { leave() }
        var joined = JoinedSource(first: first, joins: [])
        while startsJoin { joined.joins.append(try join()) }
        return .joined(joined)
    }

    private mutating func join() throws(SQLError) -> Join {
        let position = token.position
        if try take(.cross) {
            try expect(.join)
            return Join(kind: .cross, source: try simpleSource(mayHaveCells: false), condition: .none, position: position)
        }
        let isNatural = try take(.natural)
        let kind = try joinKind()
        if isNatural {
            return Join(kind: kind, source: try simpleSource(mayHaveCells: false), condition: .natural, position: position)
        }
        // The right side may have joins of its own, whose conditions come first.
        let source = try joins(to: try simpleSource(mayHaveCells: false))
        if try take(.on) {
            return Join(kind: kind, source: source, condition: .on(try expression()), position: position)
        }
        try expect(.using)
        let columns = try names()
        let alias = try take(.as) ? try columnName() : nil
        return Join(kind: kind, source: source, condition: .using(columns, alias: alias), position: position)
    }

    private mutating func joinKind() throws(SQLError) -> Join.Kind {
        var kind = Join.Kind.inner
        switch token.keyword {
        case .left: kind = .left
        case .right: kind = .right
        case .full: kind = .full
        case .inner: break
        default:
            try expect(.join)
            return .inner
        }
        try advance()
        if kind != .inner { _ = try take(.outer) }
        try expect(.join)
        return kind
    }

    // MARK: - Without joins

    private mutating func simpleSource(mayHaveCells: Bool) throws(SQLError) -> Source {
        let position = token.position
        if at(.leftParenthesis) { return try parenthesizedSource() }
        if try take(.lateral) {
            if at(.leftParenthesis) {
                let parenthesis = token.position
                let query = try queryInParentheses()
                return .query(try aliased(QuerySource(query: query, isLateral: true, position: position), at: parenthesis))
            }
            return .function(try functionSource(isLateral: true, at: position))
        }
        if at(.only) { return .relation(try aliased(try tableExpression(), mayHaveCells: mayHaveCells)) }
        if at(.rows), try peek().keyword == .from { return .function(try functionSource(isLateral: false, at: position)) }
        guard token.isColumnName, try !startsWordCall() else {
            return .function(try functionSource(isLateral: false, at: position))
        }
        let mayCall = token.isTypeOrFunctionName
        let name = try dottedName()
        if at(.leftParenthesis), mayCall || name.parts.count > 1 {
            let item = FunctionSource.Item(function: .call(try call(name.parts)))
            return .function(try aliased(FunctionSource(items: [item], position: position)))
        }
        var relation = RelationSource(name: name)
        _ = try take(.star)
        relation = try aliased(relation, mayHaveCells: mayHaveCells)
        return .relation(relation)
    }

    /// Whether a word that is called like a function stands here.
    private mutating func startsWordCall() throws(SQLError) -> Bool {
        guard at(.keyword), token.keyword.category == .columnName else { return false }
        if at(.xmltable), try peek().kind == .leftParenthesis { throw unsupported("XMLTABLE", at: token.position) }
        return try peek().kind == .leftParenthesis
    }

    /// A table by its name, perhaps with ONLY or `*`.
    mutating func tableExpression() throws(SQLError) -> RelationSource {
        if try take(.only) {
            let hasParenthesis = try take(.leftParenthesis)
            let name = try relationName()
            if hasParenthesis { try expect(.rightParenthesis) }
            return RelationSource(name: name, isOnly: true)
        }
        let name = try relationName()
        _ = try take(.star)
        return RelationSource(name: name)
    }

    private mutating func aliased(_ relation: RelationSource, mayHaveCells: Bool) throws(SQLError) -> RelationSource {
        var relation = relation
        relation.alias = try alias()
        if try take(.tablesample) {
            var parts = [try typeOrFunctionName()]
            while try take(.dot) { parts.append(try label()) }
            let arguments = try parenthesized { (parser) throws(SQLError) in try parser.expression() }
            var sample = Sample(method: QualifiedName(parts), arguments: arguments)
            if try take(.repeatable) {
                try expect(.leftParenthesis)
                sample.seed = try expression()
                try expect(.rightParenthesis)
            }
            relation.sample = sample
        }
        if mayHaveCells, try take(.using) { relation.cells = try expression() }
        return relation
    }

    /// `[AS] name [(column, …)]`
    mutating func alias() throws(SQLError) -> Alias? {
        if try !take(.as) {
            guard token.isColumnName else { return nil }
        }
        return Alias(name: try columnName(), columns: try optionalNames())
    }

    // MARK: - Parentheses

    /// A query, or joined sources, or a table with its cells.
    private mutating func parenthesizedSource() throws(SQLError) -> Source {
        let position = token.position
        switch try sourceInParentheses() {
        case .query(let query): return .query(try aliased(QuerySource(query: query, position: position), at: position))
        case .source(let source): return try aliased(source)
        }
    }

    private enum SourceParentheses {
        case query(Query)
        case source(Source)
    }

    private mutating func sourceInParentheses() throws(SQLError) -> SourceParentheses {
        try enter()
        defer { leave() }
        try expect(.leftParenthesis)
        if try startsQuery() {
            let query = try query()
            try expect(.rightParenthesis)
            return .query(query)
        }
        let first: Source
        if at(.leftParenthesis) {
            let position = token.position
            switch try sourceInParentheses() {
            case .query(let query):
                if try take(.rightParenthesis) { return .query(query) }
                if continuesQuery {
                    let whole = try self.query(continuing: query)
                    try expect(.rightParenthesis)
                    return .query(whole)
                }
                first = .query(try aliased(QuerySource(query: query, position: position), at: position))
            case .source(let source):
                if try take(.rightParenthesis) { return .source(source) }
                first = try aliased(source)
            }
        } else {
            first = try simpleSource(mayHaveCells: true)
        }
        if case .relation(let relation) = first, relation.cells != nil, try take(.rightParenthesis) { return .source(first) }
        guard startsJoin else { throw unexpected() }
        let source = try joins(to: first)
        try expect(.rightParenthesis)
        return .source(source)
    }

    /// The alias behind the parenthesis of a source.
    private mutating func aliased(_ source: Source) throws(SQLError) -> Source {
        guard let alias = try alias() else { return source }
        switch source {
        case .joined(var joined) where joined.alias == nil:
            joined.alias = alias
            return .joined(joined)
        case .relation(var relation):
            relation.alias = alias
            return .relation(relation)
        default:
            return .joined(JoinedSource(first: source, joins: [], alias: alias))
        }
    }

    private mutating func aliased(_ source: QuerySource, at position: Position) throws(SQLError) -> QuerySource {
        var source = source
        source.alias = try alias()
        guard source.alias == nil else { return source }
        if case .values = source.query.body {
            throw error("VALUES in FROM must have an alias", hint: "For example, FROM (VALUES ...) [AS] foo.", at: position)
        }
        throw error("subquery in FROM must have an alias", hint: "For example, FROM (SELECT ...) [AS] foo.", at: position)
    }

    // MARK: - Functions

    private mutating func functionSource(isLateral: Bool, at position: Position) throws(SQLError) -> FunctionSource {
        var source = FunctionSource(items: [], isLateral: isLateral, position: position)
        if at(.rows), try peek().keyword == .from {
            try advance()
            try advance()
            source.isRowsFrom = true
            source.items = try parenthesized { (parser) throws(SQLError) in
                var item = FunctionSource.Item(function: try parser.plainCall())
                if try parser.take(.as) { item.columns = try parser.columnDefinitions() }
                return item
            }
        } else {
            if at(.xmltable) { throw unsupported("XMLTABLE", at: token.position) }
            source.items = [FunctionSource.Item(function: try plainCall())]
        }
        return try aliased(source)
    }

    private mutating func aliased(_ source: FunctionSource) throws(SQLError) -> FunctionSource {
        var source = source
        if try take(.withBefore) {
            try expect(.ordinality)
            source.hasOrdinality = true
        }
        let hasAs = try take(.as)
        if hasAs, at(.leftParenthesis) {
            source.columns = try columnDefinitions()
            return source
        }
        guard hasAs || token.isColumnName else { return source }
        var alias = Alias(name: try columnName())
        guard try take(.leftParenthesis) else {
            source.alias = alias
            return source
        }
        let first = try columnName()
        if at(.comma) || at(.rightParenthesis) {
            alias.columns = [first]
            while try take(.comma) { alias.columns.append(try columnName()) }
        } else {
            source.columns = [try columnDefinition(first)]
            while try take(.comma) { source.columns.append(try columnDefinition(try columnName())) }
        }
        try expect(.rightParenthesis)
        source.alias = alias
        return source
    }

    /// `(name type [COLLATE c], …)`
    mutating func columnDefinitions() throws(SQLError) -> [ColumnDefinition] {
        try parenthesized { (parser) throws(SQLError) in try parser.columnDefinition(try parser.columnName()) }
    }

    private mutating func columnDefinition(_ name: Name) throws(SQLError) -> ColumnDefinition {
        var definition = ColumnDefinition(name: name, type: try type())
        if try take(.collate) { definition.collation = try dottedName() }
        return definition
    }
}
