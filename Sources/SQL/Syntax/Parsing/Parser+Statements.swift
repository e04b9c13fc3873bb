extension Parser {
    /// One statement, as far as it goes.
    mutating func statement() throws(SQLError) -> Statement {
        let position = token.position
        switch token.keyword {
        case .select, .values, .table, .with, .withBefore, .insert, .update, .delete, .merge: return try preparableStatement()
        case .create: return try create()
        case .alter: return try alter()
        case .drop: return try drop()
        case .truncate: return .truncate(try truncate())
        case .copy: return .copy(try copy())
        case .comment: return try comment()
        case .grant, .revoke: return try grantOrRevoke()
        case .refresh: return try refreshView()
        case .begin, .start, .commit, .end, .abort, .rollback, .savepoint, .release: return try transaction()
        case .set, .reset, .show, .use, .discard: return try setting()
        case .lock: return .lock(try lock())
        case .prepare: return try prepare()
        case .execute:
            try advance()
            let (name, arguments) = try execution()
            return .execute(name: name, arguments: arguments)
        case .deallocate: return try deallocate()
        case .declare: return .declareCursor(try declareCursor())
        case .fetch, .move: return .fetch(try fetch())
        case .close, .listen, .unlisten, .notify: return try notification()
        case .explain: return try explain()
        case .vacuum, .analyze, .analyse, .reindex, .cluster, .checkpoint: return try maintenance()
        case .call, .do, .load, .security, .reassign, .import: throw unsupported(lexer.name(of: token).uppercased(), at: position)
        default:
            guard at(.leftParenthesis) else { throw unexpected() }
            return try preparableStatement()
        }
    }

    /// What EXPLAIN shows the plan of.
    fileprivate mutating func explainableStatement() throws(SQLError) -> Statement {
        switch token.keyword {
        case .declare: return .declareCursor(try declareCursor())
        case .execute, .refresh: return try statement()
        case .create:
            let statement = try create()
            guard case .createTableAs = statement else { throw unexpected() }
            return statement
        default: return try preparableStatement()
        }
    }

    // MARK: - Prepared statements and cursors

    private mutating func prepare() throws(SQLError) -> Statement {
        let position = token.position
        try expect(.prepare)
        if at(.transaction), try peek().isString { throw unsupported("PREPARE TRANSACTION", at: position) }
        let name = try columnName()
        let types = at(.leftParenthesis) ? try parenthesized { (parser) throws(SQLError) in try parser.type() } : []
        try expect(.as)
        return .prepare(name: name, types: types, try preparableStatement())
    }

    /// What follows EXECUTE.
    mutating func execution() throws(SQLError) -> (name: Name, arguments: [Expression]) {
        let name = try columnName()
        guard at(.leftParenthesis) else { return (name, []) }
        return (name, try parenthesized { (parser) throws(SQLError) in try parser.expression() })
    }

    private mutating func deallocate() throws(SQLError) -> Statement {
        try advance()
        if at(.prepare) {
            let next = try peek()
            if next.isColumnName || next.keyword == .all { try advance() }
        }
        return .deallocate(try take(.all) ? nil : try columnName())
    }

    private mutating func declareCursor() throws(SQLError) -> DeclareCursor {
        let position = token.position
        try expect(.declare)
        let name = try columnName()
        var isBinary = false
        var scrolls: Bool?
        var isInsensitive: Bool?
        options: while true {
            switch token.keyword {
            case .binary: isBinary = true
            case .scroll: scrolls = try chosen(true, besides: scrolls, "SCROLL", "NO SCROLL")
            case .insensitive: isInsensitive = try chosen(true, besides: isInsensitive, "ASENSITIVE", "INSENSITIVE")
            case .asensitive: isInsensitive = try chosen(false, besides: isInsensitive, "ASENSITIVE", "INSENSITIVE")
            case .no:
                try advance()
                guard at(.scroll) else { throw unexpected() }
                scrolls = try chosen(false, besides: scrolls, "SCROLL", "NO SCROLL")
            default: break options
            }
            try advance()
        }
        try expect(.cursor)
        var isHeld = false
        if try take(.with, .hold) {
            isHeld = true
        } else {
            _ = try take(.without, .hold)
        }
        try expect(.for)
        return DeclareCursor(
            name: name, isBinary: isBinary, scrolls: scrolls, isInsensitive: isInsensitive, isHeld: isHeld, query: try query(),
            position: position)
    }

    /// An option of DECLARE of which the opposite has not been said.
    private func chosen(_ value: Bool, besides other: Bool?, _ one: String, _ two: String) throws(SQLError) -> Bool {
        guard other == nil || other == value else {
            throw SQLError(SQLState(rawValue: "42P11"), "cannot specify both \(one) and \(two)")
        }
        return value
    }

    private mutating func fetch() throws(SQLError) -> Fetch {
        let isMove = at(.move)
        try advance()
        let direction = try fetchDirection()
        if at(.from) || at(.in) { try advance() }
        return Fetch(cursor: try columnName(), direction: direction, isMove: isMove)
    }

    private mutating func fetchDirection() throws(SQLError) -> Fetch.Direction {
        if at(.wholeNumber) || at(.plus) || at(.minus) { return .forward(try signedInteger()) }
        // Any of the words may be the cursor's name, if nothing follows it.
        let next = try peek().kind
        guard token.keyword == .all || next != .endOfInput && next != .semicolon else { return .forward(1) }
        switch token.keyword {
        case .next:
            try advance()
            return .forward(1)
        case .prior:
            try advance()
            return .backward(1)
        case .first:
            try advance()
            return .absolute(1)
        case .last:
            try advance()
            return .absolute(-1)
        case .absolute:
            try advance()
            return .absolute(try signedInteger())
        case .relative:
            try advance()
            return .relative(try signedInteger())
        case .all:
            try advance()
            return .forwardAll
        case .forward, .backward:
            let isForward = at(.forward)
            try advance()
            if try take(.all) { return isForward ? .forwardAll : .backwardAll }
            let count = atSignedNumber ? try signedInteger() : 1
            return isForward ? .forward(count) : .backward(count)
        default:
            return .forward(1)
        }
    }

    private mutating func notification() throws(SQLError) -> Statement {
        let word = token.keyword
        try advance()
        switch word {
        case .close: return .closeCursor(try take(.all) ? nil : try columnName())
        case .listen: return .listen(try columnName())
        case .unlisten: return .unlisten(try take(.star) ? nil : try columnName())
        default:
            let name = try columnName()
            return .notify(name, payload: try take(.comma) ? try string() : nil)
        }
    }

    // MARK: - EXPLAIN, VACUUM and their kin

    private mutating func explain() throws(SQLError) -> Statement {
        try expect(.explain)
        // The parenthesis may be that of a query.
        if at(.leftParenthesis), try peek().isOptionName {
            let options = try utilityOptions()
            return .explain(try explainableStatement(), options: options)
        }
        var options: [Option] = []
        if at(.analyze) || at(.analyse) { options.append(Option(name: try anyName())) }
        if at(.verbose) { options.append(Option(name: try anyName())) }
        return .explain(try explainableStatement(), options: options)
    }

    private mutating func maintenance() throws(SQLError) -> Statement {
        let word = token.keyword
        try advance()
        switch word {
        case .vacuum:
            var options = at(.leftParenthesis) ? try utilityOptions() : []
            if options.isEmpty {
                if at(.full) { options.append(Option(name: try anyName())) }
                if at(.freeze) { options.append(Option(name: try anyName())) }
                if at(.verbose) { options.append(Option(name: try anyName())) }
                if at(.analyze) || at(.analyse) { options.append(Option(name: try anyName())) }
            }
            return .vacuum(options: options, relations: try maintainedRelations())
        case .analyze, .analyse:
            var options = at(.leftParenthesis) ? try utilityOptions() : []
            if options.isEmpty, at(.verbose) { options.append(Option(name: try anyName())) }
            return .analyze(options: options, relations: try maintainedRelations())
        case .reindex: return .reindex(try reindex())
        case .cluster: return try cluster()
        default: return .checkpoint
        }
    }

    private mutating func maintainedRelations() throws(SQLError) -> [MaintainedRelation] {
        guard token.isColumnName else { return [] }
        return try list { (parser) throws(SQLError) in
            MaintainedRelation(name: try parser.relationName(), columns: try parser.optionalNames())
        }
    }

    private mutating func reindex() throws(SQLError) -> Reindex {
        let options = at(.leftParenthesis) ? try utilityOptions() : []
        guard at(.keyword), let kind = Reindex.Kind(rawValue: token.keyword.spelling) else { throw unexpected() }
        try advance()
        let isConcurrent = try take(.concurrently)
        let name = kind == .index || kind == .table ? try relationName() : QualifiedName([try columnName()])
        return Reindex(kind: kind, name: name, isConcurrent: isConcurrent, options: options)
    }

    private mutating func cluster() throws(SQLError) -> Statement {
        if at(.leftParenthesis) {
            _ = try utilityOptions()
            guard token.isColumnName else { throw unexpected() }
        } else {
            _ = try take(.verbose)
        }
        guard token.isColumnName else { return .cluster(relation: nil, index: nil) }
        let name = try relationName()
        if name.parts.count == 1, try take(.on) { return .cluster(relation: try relationName(), index: name.parts[0]) }
        return .cluster(relation: name, index: try take(.using) ? try columnName() : nil)
    }

    private mutating func lock() throws(SQLError) -> Lock {
        let position = token.position
        try expect(.lock)
        _ = try take(.table)
        let relations = try list { (parser) throws(SQLError) in try parser.tableExpression() }
        var mode = "access exclusive"
        if try take(.in) {
            mode = try lockMode()
            try expect(.mode)
        }
        return Lock(relations: relations, mode: mode, isNoWait: try take(.nowait), position: position)
    }

    private mutating func lockMode() throws(SQLError) -> String {
        let following: [Keyword: [[Keyword]]] = [
            .access: [[.share], [.exclusive]], .row: [[.share], [.exclusive]], .exclusive: [[]],
            .share: [[.update, .exclusive], [.row, .exclusive], []],
        ]
        guard let choices = following[token.keyword] else { throw unexpected() }
        var words = [token.keyword.spelling]
        try advance()
        guard let choice = choices.first(where: { $0.first.map(at) ?? true }) else { throw unexpected() }
        for word in choice {
            words.append(word.spelling)
            try expect(word)
        }
        return words.joined(separator: " ")
    }

    // MARK: - COPY

    private mutating func copy() throws(SQLError) -> Copy {
        let position = token.position
        try expect(.copy)
        if try take(.leftParenthesis) {
            let statement = try preparableStatement()
            try expect(.rightParenthesis)
            guard at(.to) else { throw unexpected() }
            return try copy(.statement(statement), options: [], at: position)
        }
        let options = at(.binary) ? [Option(name: Name("format", at: token.position), value: .string("binary"))] : []
        _ = try take(.binary)
        let name = try relationName()
        let cells = try cells()
        return try copy(.relation(name, columns: try optionalNames(), cells: cells), options: options, at: position)
    }

    private mutating func copy(_ subject: Copy.Subject, options: [Option], at position: Position) throws(SQLError) -> Copy {
        let isFrom = try take(.from)
        if !isFrom { try expect(.to) }
        let isProgram = try take(.program)
        let placePosition = token.position
        let place: Copy.Place
        if at(.stdin) || at(.stdout) {
            if isProgram { throw SQLError(.syntaxError, "STDIN/STDOUT not allowed with PROGRAM") }
            try advance()
            place = .client
        } else {
            let path = try string()
            place = isProgram ? .program(path, placePosition) : .file(path, placePosition)
        }
        var copy = Copy(subject: subject, isFrom: isFrom, place: place, options: options, position: position)
        if case .relation = subject {
            if try take(.using) {
                guard at(.delimiters) else { throw unexpected() }
            }
            if at(.delimiters) {
                let name = Name("delimiter", at: token.position)
                try advance()
                copy.options.append(Option(name: name, value: .string(try string())))
            }
        }
        try skipWith()
        if at(.leftParenthesis) {
            copy.options += try copyOptions()
        } else {
            copy.options += try oldCopyOptions()
        }
        if case .relation = subject {
            let filterPosition = token.position
            copy.filter = try filter()
            if copy.filter != nil, !isFrom { throw error("WHERE clause not allowed with COPY TO", at: filterPosition) }
        }
        return copy
    }
}

extension Token {
    /// Whether it may name an option of EXPLAIN and its kin, and no query begins with it.
    fileprivate var isOptionName: Bool {
        isNonReservedWord && keyword != .values || keyword == .analyze || keyword == .analyse
    }
}
