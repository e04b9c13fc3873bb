extension Parser {
    /// ALTER TABLE, INDEX, VIEW, SEQUENCE, MATERIALIZED VIEW and CELL.
    mutating func alterRelation(at position: Position) throws(SQLError) -> Statement {
        let kind: AlterTable.Kind
        if try take(.materialized) {
            try expect(.view)
            kind = .materializedView
        } else {
            guard let found = AlterTable.Kind(rawValue: token.keyword.spelling) else { throw unexpected() }
            try advance()
            kind = found
        }
        if at(.all), try peek().keyword == .in { throw unsupported("ALTER \(kind.rawValue.uppercased()) ALL IN TABLESPACE", at: position) }
        let ifExists = try ifExists()
        let relation = kind == .table ? try tableExpression() : RelationSource(name: try relationName())
        let object = ObjectReference(kind: kind.objectKind, name: relation.name)
        if try take(.rename) { return .rename(try rename(object, kind, ifExists: ifExists)) }
        if at(.set), try peek().keyword == .schema {
            try advance()
            try advance()
            return .setSchema(object, ifExists: ifExists, schema: try columnName())
        }
        if kind == .sequence, !at(.set), !at(.owner), !at(.reset) {
            let options = try sequenceOptions()
            if !options.isEmpty { return .alterSequence(name: relation.name, ifExists: ifExists, options: options) }
        }
        if at(.attach) || at(.detach) { throw unsupported("\(token.keyword.spelling.uppercased()) PARTITION", at: token.position) }
        let actions = try list { (parser) throws(SQLError) in try parser.action() }
        return .alterTable(
            AlterTable(
                kind: kind, name: relation.name, isOnly: relation.isOnly, ifExists: ifExists, actions: actions, position: position))
    }

    private mutating func rename(_ object: ObjectReference, _ kind: AlterTable.Kind, ifExists: Bool) throws(SQLError) -> Rename {
        var part = Rename.Part.object
        if kind == .table, try take(.constraint) {
            part = .constraint(try columnName())
        } else if kind != .index, kind != .sequence, !at(.to) {
            _ = try take(.column)
            part = .column(try columnName())
        }
        try expect(.to)
        return Rename(object: object, part: part, ifExists: ifExists, newName: try columnName())
    }

    private mutating func action() throws(SQLError) -> AlterTable.Action {
        let position = token.position
        let word = token.keyword
        let kind: AlterTable.Action.Kind
        switch word {
        case .add: kind = try addAction()
        case .drop: kind = try dropAction()
        case .alter: kind = try alterAction(at: position)
        case .validate:
            try advance()
            try expect(.constraint)
            kind = .validateConstraint(try columnName())
        case .set: kind = try setAction()
        case .reset:
            try advance()
            kind = .resetOptions(try storageOptions())
        case .owner:
            try advance()
            try expect(.to)
            kind = .setOwner(try role())
        default: kind = try rareAction(at: position)
        }
        return AlterTable.Action(kind: kind, position: position)
    }

    private mutating func addAction() throws(SQLError) -> AlterTable.Action.Kind {
        try advance()
        if try startsTableConstraint() { return .addConstraint(try tableConstraint()) }
        _ = try take(.column)
        let ifNotExists = try ifNotExists()
        return .addColumn(try columnDefinition(), ifNotExists: ifNotExists)
    }

    private mutating func dropAction() throws(SQLError) -> AlterTable.Action.Kind {
        try advance()
        let isConstraint = try take(.constraint)
        if !isConstraint { _ = try take(.column) }
        let ifExists = try ifExists()
        let name = try columnName()
        let behavior = try dropBehavior()
        return isConstraint
            ? .dropConstraint(name, ifExists: ifExists, behavior) : .dropColumn(name, ifExists: ifExists, behavior)
    }

    private mutating func setAction() throws(SQLError) -> AlterTable.Action.Kind {
        try advance()
        switch token.keyword {
        case .logged, .unlogged:
            let isLogged = at(.logged)
            try advance()
            return .setLogged(isLogged)
        case .without:
            try advance()
            if try take(.oids) { return .ignored("SET WITHOUT OIDS") }
            try expect(.cluster)
            return .ignored("SET WITHOUT CLUSTER")
        case .tablespace:
            try advance()
            return .setTablespace(try columnName())
        case .access:
            try advance()
            try expect(.method)
            return .setAccessMethod(try columnName())
        default:
            return .setOptions(try storageOptions())
        }
    }

    // MARK: - ALTER COLUMN

    private mutating func alterAction(at position: Position) throws(SQLError) -> AlterTable.Action.Kind {
        try advance()
        if try take(.constraint) {
            let name = try columnName()
            let words = try constraintWords()
            if words.contains(.notValid) || words.contains(.noInherit) {
                throw unsupported("ALTER CONSTRAINT with these words", at: position)
            }
            let isDeferred = words.contains(.initiallyDeferred)
            return .alterConstraint(name, isDeferrable: isDeferred || words.contains(.deferrable), isInitiallyDeferred: isDeferred)
        }
        _ = try take(.column)
        if at(.wholeNumber) {
            let name = Name(lexer.text(token.range), at: token.position)
            try advance()
            try expect(.set)
            try expect(.statistics)
            _ = try signedInteger()
            return .tuneColumn(name, "statistics")
        }
        let column = try columnName()
        switch token.keyword {
        case .drop: return try dropOfColumn(column)
        case .add:
            try advance()
            try expect(.generated)
            let isAlways = try generatedAlways()
            try expect(.as)
            try expect(.identity)
            return .addIdentity(column, isAlways: isAlways, try sequenceOptionsInParentheses())
        case .type: return try typeOfColumn(column)
        case .reset:
            try advance()
            _ = try storageOptions()
            return .tuneColumn(column, "options")
        case .restart: return try identityOfColumn(column)
        case .options: throw unsupported("OPTIONS of a column", at: token.position)
        default: return try setOfColumn(column)
        }
    }

    private mutating func dropOfColumn(_ column: Name) throws(SQLError) -> AlterTable.Action.Kind {
        try advance()
        switch token.keyword {
        case .default:
            try advance()
            return .setDefault(column, nil)
        case .not:
            try advance()
            try expect(.null)
            return .setNotNull(column, false)
        case .expression:
            try advance()
            return .dropExpression(column, ifExists: try ifExists())
        default:
            try expect(.identity)
            return .dropIdentity(column, ifExists: try ifExists())
        }
    }

    private mutating func setOfColumn(_ column: Name) throws(SQLError) -> AlterTable.Action.Kind {
        guard at(.set) else { throw unexpected() }
        let next = try peek()
        switch next.keyword {
        case .default:
            try advance()
            try advance()
            return .setDefault(column, try expression())
        case .not:
            try advance()
            try advance()
            try expect(.null)
            return .setNotNull(column, true)
        case .data:
            try advance()
            try advance()
            guard at(.type) else { throw unexpected() }
            return try typeOfColumn(column)
        case .statistics:
            try advance()
            try advance()
            _ = try signedInteger()
            return .tuneColumn(column, "statistics")
        case .storage, .compression:
            try advance()
            try advance()
            if next.keyword == .compression, try take(.default) { return .tuneColumn(column, "compression") }
            _ = try columnName()
            return .tuneColumn(column, next.keyword.spelling)
        default:
            guard next.kind == .leftParenthesis else { return try identityOfColumn(column) }
            try advance()
            _ = try storageOptions()
            return .tuneColumn(column, "options")
        }
    }

    private mutating func typeOfColumn(_ column: Name) throws(SQLError) -> AlterTable.Action.Kind {
        try expect(.type)
        let type = try type()
        let collation = try take(.collate) ? try dottedName() : nil
        let using = try take(.using) ? try expression() : nil
        return .setType(column, type, collation: collation, using: using)
    }

    /// SET GENERATED, SET and an option of its sequence, RESTART: as many as there are.
    private mutating func identityOfColumn(_ column: Name) throws(SQLError) -> AlterTable.Action.Kind {
        var isAlways: Bool?
        var options: [SequenceOption] = []
        repeat {
            let position = token.position
            if try take(.restart) {
                options.append(SequenceOption(kind: .restart(try restartValue()), position: position))
                continue
            }
            try expect(.set)
            if try take(.generated) {
                isAlways = try generatedAlways()
                continue
            }
            let optionPosition = token.position
            guard let option = try sequenceOption() else { throw unexpected() }
            if let name = option.kind.refusedName {
                throw error("sequence option \"\(name)\" not supported here", at: optionPosition)
            }
            options.append(option)
        } while at(.set) || at(.restart)
        return .setIdentity(column, isAlways: isAlways, options)
    }

    // MARK: - Accepted, and nothing done

    private mutating func rareAction(at position: Position) throws(SQLError) -> AlterTable.Action.Kind {
        switch token.keyword {
        case .enable, .disable: return try triggerAction(at: position)
        case .cluster:
            try advance()
            try expect(.on)
            return .ignoredIndex(try columnName(), isIdentity: false)
        case .replica:
            try advance()
            try expect(.identity)
            if try take(.using) {
                try expect(.index)
                return .ignoredIndex(try columnName(), isIdentity: true)
            }
            guard at(.nothing) || at(.full) || at(.default) else { throw unexpected() }
            let word = token.keyword.spelling.uppercased()
            try advance()
            return .ignored("REPLICA IDENTITY \(word)")
        case .inherit, .no, .of, .not, .force, .options:
            throw unsupported("ALTER TABLE \(token.keyword.spelling.uppercased())", at: position)
        default: throw unexpected()
        }
    }

    private mutating func triggerAction(at position: Position) throws(SQLError) -> AlterTable.Action.Kind {
        let isEnabled = at(.enable)
        try advance()
        if isEnabled, at(.always) || at(.replica) { try advance() }
        if at(.row) || at(.rule) {
            throw unsupported("ALTER TABLE \(isEnabled ? "ENABLE" : "DISABLE") \(token.keyword.spelling.uppercased())", at: position)
        }
        try expect(.trigger)
        var trigger: Name?
        if try !take(.all), try !take(.user) { trigger = try columnName() }
        return .setTriggers(isEnabled: isEnabled, trigger)
    }
}

extension AlterTable.Kind {
    fileprivate var objectKind: ObjectReference.Kind {
        switch self {
        case .table: .table
        case .index: .index
        case .sequence: .sequence
        case .view: .view
        case .cell: .cell
        case .type: .type
        case .materializedView: .materializedView
        }
    }
}

extension SequenceOption.Kind {
    /// The name of an option that the sequence of a column may not be given.
    fileprivate var refusedName: String? {
        switch self {
        case .type: "as"
        case .restart: "restart"
        case .owned: "owned_by"
        default: nil
        }
    }
}
