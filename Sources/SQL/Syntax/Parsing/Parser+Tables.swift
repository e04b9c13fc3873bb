extension Parser {
    /// CREATE TABLE, and CREATE TABLE … AS.
    mutating func createTable(_ persistence: Persistence, at position: Position) throws(SQLError) -> Statement {
        try expect(.table)
        let ifNotExists = try ifNotExists()
        var table = CreateTable(name: try relationName(), persistence: persistence, ifNotExists: ifNotExists, position: position)
        if at(.of) { throw unsupported("CREATE TABLE OF type", at: token.position) }
        if at(.partition) { throw unsupported("PARTITION OF", hint: "A table of a cell group is divided by cells.", at: token.position) }
        guard at(.leftParenthesis) else {
            return try createTableAs(&table, columns: [])
        }
        if try opensNames() {
            return try createTableAs(&table, columns: try names())
        }
        try expect(.leftParenthesis)
        if !at(.rightParenthesis) { table.elements = try list { (parser) throws(SQLError) in try parser.tableElement() } }
        try expect(.rightParenthesis)
        if at(.inherits) { throw unsupported("INHERITS", at: token.position) }
        if at(.partition) { throw unsupported("PARTITION BY", hint: "A table of a cell group is divided by cells.", at: token.position) }
        try tableOptions(of: &table)
        return .createTable(table)
    }

    /// Whether names alone stand in the parenthesis here.
    private mutating func opensNames() throws(SQLError) -> Bool {
        guard try peek().isColumnName else { return false }
        var ahead = self
        try ahead.advance()
        let next = try ahead.peek().kind
        return next == .comma || next == .rightParenthesis
    }

    private mutating func tableOptions(of table: inout CreateTable) throws(SQLError) {
        if try take(.using) { table.accessMethod = try columnName() }
        if at(.without) {
            try advance()
            try expect(.oids)
        } else {
            table.options = try withOptions()
        }
        if try take(.on) {
            try expect(.commit)
            if try take(.drop) {
                table.onCommit = .drop
            } else {
                table.onCommit = at(.delete) ? .deleteRows : .preserveRows
                if try !take(.delete) { try expect(.preserve) }
                try expect(.rows)
            }
        }
        if try take(.tablespace) { table.tablespace = try columnName() }
    }

    private mutating func createTableAs(_ table: inout CreateTable, columns: [Name]) throws(SQLError) -> Statement {
        try tableOptions(of: &table)
        try expect(.as)
        let content: CreateTableAs.Content
        if try take(.execute) {
            let (name, arguments) = try execution()
            content = .execute(name: name, arguments: arguments)
        } else {
            content = .query(try query())
        }
        return .createTableAs(
            CreateTableAs(table: table, columns: columns, content: content, withData: try withData(), isMaterializedView: false))
    }

    // MARK: - Elements

    mutating func tableElement() throws(SQLError) -> TableElement {
        if try startsTableConstraint() { return .constraint(try tableConstraint()) }
        if at(.like) { return .like(try likeClause()) }
        return .column(try columnDefinition())
    }

    mutating func startsTableConstraint() throws(SQLError) -> Bool {
        switch token.keyword {
        case .constraint, .check, .unique, .primary, .foreign: return true
        case .exclude:
            let next = try peek()
            return next.keyword == .using || next.kind == .leftParenthesis
        default: return false
        }
    }

    private mutating func likeClause() throws(SQLError) -> LikeClause {
        try expect(.like)
        var clause = LikeClause(relation: try relationName(), choices: [])
        while at(.including) || at(.excluding) {
            let isIncluded = at(.including)
            try advance()
            switch token.keyword {
            case .comments, .compression, .constraints, .defaults, .identity, .generated, .indexes, .statistics, .storage, .all:
                clause.choices.append(.init(isIncluded: isIncluded, part: token.keyword.spelling))
            default: throw unexpected()
            }
            try advance()
        }
        return clause
    }

    mutating func columnDefinition() throws(SQLError) -> ColumnDefinition {
        var column = ColumnDefinition(name: try columnName(), type: try type())
        if try take(.compression), try !take(.default) { _ = try columnName() }
        if at(.options), try peek().kind == .leftParenthesis { throw unsupported("OPTIONS of a column", at: token.position) }
        (column.constraints, column.collation) = try columnConstraints()
        return column
    }

    // MARK: - Constraints of a column

    /// Constraints of a column or domain, and the collation that may stand among them.
    mutating func columnConstraints() throws(SQLError) -> (constraints: [ColumnConstraint], collation: QualifiedName?) {
        var constraints: [ColumnConstraint] = []
        var collation: QualifiedName?
        while true {
            let position = token.position
            if try take(.collate) {
                let name = try dottedName()
                if collation != nil { throw error("multiple COLLATE clauses not allowed", at: position) }
                collation = name
            } else if let constraint = try columnConstraint() {
                constraints.append(constraint)
            } else {
                return (constraints, collation)
            }
        }
    }

    private mutating func columnConstraint() throws(SQLError) -> ColumnConstraint? {
        let position = token.position
        if try take(.constraint) {
            let name = try columnName()
            guard let kind = try columnConstraintKind() else { throw unexpected() }
            return ColumnConstraint(name: name, kind: kind, position: position)
        }
        if let word = try constraintWord() { return ColumnConstraint(kind: word, position: position) }
        guard let kind = try columnConstraintKind() else { return nil }
        return ColumnConstraint(kind: kind, position: position)
    }

    /// DEFERRABLE and its kin, which belong to the constraint before them.
    private mutating func constraintWord() throws(SQLError) -> ColumnConstraint.Kind? {
        if try take(.deferrable) { return .deferrable(true) }
        if at(.not), try peek().keyword == .deferrable {
            try advance()
            try advance()
            return .deferrable(false)
        }
        guard try take(.initially) else { return nil }
        let isDeferred = try take(.deferred)
        if !isDeferred { try expect(.immediate) }
        return .initially(isDeferred: isDeferred)
    }

    private mutating func columnConstraintKind() throws(SQLError) -> ColumnConstraint.Kind? {
        switch token.keyword {
        case .not:
            try advance()
            try expect(.null)
            return .notNull
        case .null:
            try advance()
            return .null
        case .unique:
            try advance()
            let rule = UniqueRule(nullsAreEqual: try nullsAreEqual())
            try skipIndexOptions()
            return .unique(rule)
        case .primary:
            try advance()
            try expect(.key)
            try skipIndexOptions()
            return .primaryKey
        case .check:
            try advance()
            let condition = try checkedCondition()
            return .check(condition, noInherit: try take(.no, .inherit))
        case .default:
            try advance()
            return .default(try expression(restricted: true))
        case .generated: return try generatedColumn()
        case .references: return .references(try reference())
        default: return nil
        }
    }

    private mutating func checkedCondition() throws(SQLError) -> Expression {
        try expect(.leftParenthesis)
        let condition = try expression()
        try expect(.rightParenthesis)
        return condition
    }

    /// WITH and USING INDEX TABLESPACE, which change nothing.
    private mutating func skipIndexOptions() throws(SQLError) {
        _ = try withOptions()
        if at(.using), try peek().keyword == .index {
            try advance()
            try advance()
            try expect(.tablespace)
            _ = try columnName()
        }
    }

    /// GENERATED … AS IDENTITY or AS (expression) STORED.
    private mutating func generatedColumn() throws(SQLError) -> ColumnConstraint.Kind {
        try expect(.generated)
        let position = token.position
        let isAlways = try generatedAlways()
        try expect(.as)
        if try take(.identity) { return .identity(isAlways: isAlways, options: try sequenceOptionsInParentheses()) }
        let value = try checkedCondition()
        try expect(.stored)
        if !isAlways { throw error("for a generated column, GENERATED ALWAYS must be specified", at: position) }
        return .generated(value)
    }

    /// ALWAYS or BY DEFAULT.
    mutating func generatedAlways() throws(SQLError) -> Bool {
        if try take(.always) { return true }
        try expect(.by)
        try expect(.default)
        return false
    }

    mutating func sequenceOptionsInParentheses() throws(SQLError) -> [SequenceOption] {
        guard try take(.leftParenthesis) else { return [] }
        let options = try sequenceOptions()
        guard !options.isEmpty else { throw unexpected() }
        try expect(.rightParenthesis)
        return options
    }

    // MARK: - REFERENCES

    private mutating func reference() throws(SQLError) -> Reference {
        try expect(.references)
        var reference = Reference(relation: try relationName(), columns: try optionalNames())
        let matchPosition = token.position
        if try take(.match) {
            switch token.keyword {
            case .full: reference.isFull = true
            case .simple: break
            case .partial: throw source.error(.featureNotSupported, "MATCH PARTIAL not yet implemented", at: matchPosition)
            default: throw unexpected()
            }
            try advance()
        }
        var hasDelete = false
        var hasUpdate = false
        while at(.on) {
            let position = token.position
            try advance()
            if !hasDelete, try take(.delete) {
                hasDelete = true
                reference.onDelete = try referenceAction()
            } else {
                guard !hasUpdate, at(.update) else { throw unexpected() }
                try advance()
                hasUpdate = true
                reference.onUpdate = try referenceAction()
                try refuseColumns(of: reference.onUpdate, at: position)
            }
        }
        return reference
    }

    private func refuseColumns(of action: Reference.Action, at position: Position) throws(SQLError) {
        let words: String
        switch action {
        case .setNull(let columns) where !columns.isEmpty: words = "SET NULL"
        case .setDefault(let columns) where !columns.isEmpty: words = "SET DEFAULT"
        default: return
        }
        throw source.error(
            .featureNotSupported, "a column list with \(words) is only supported for ON DELETE actions", at: position)
    }

    private mutating func referenceAction() throws(SQLError) -> Reference.Action {
        if try take(.cascade) { return .cascade }
        if try take(.restrict) { return .restrict }
        if try take(.no, .action) { return .noAction }
        try expect(.set)
        if try take(.null) { return .setNull(try optionalNames()) }
        try expect(.default)
        return .setDefault(try optionalNames())
    }

    // MARK: - Constraints of a table

    mutating func tableConstraint() throws(SQLError) -> TableConstraint {
        let position = token.position
        let name = try take(.constraint) ? try columnName() : nil
        let kind: TableConstraint.Kind
        let allowed: [ConstraintWord]
        let shown: String
        switch token.keyword {
        case .check:
            try advance()
            kind = .check(try checkedCondition())
            (allowed, shown) = ([.notValid, .noInherit], "CHECK")
        case .unique, .primary:
            let isPrimaryKey = at(.primary)
            try advance()
            if isPrimaryKey { try expect(.key) }
            kind = try keyConstraint(isPrimaryKey: isPrimaryKey)
            (allowed, shown) = ([.deferrable, .initiallyDeferred], isPrimaryKey ? "PRIMARY KEY" : "UNIQUE")
        case .foreign:
            try advance()
            try expect(.key)
            let columns = try names()
            guard at(.references) else { throw unexpected() }
            kind = .foreignKey(columns: columns, try reference())
            (allowed, shown) = ([.deferrable, .initiallyDeferred, .notValid], "FOREIGN KEY")
        case .exclude: throw unsupported("EXCLUDE", at: token.position)
        default: throw unexpected()
        }
        var constraint = TableConstraint(name: name, kind: kind, position: position)
        try constraintWords(of: &constraint, allowed: allowed, shown: shown)
        return constraint
    }

    private mutating func keyConstraint(isPrimaryKey: Bool) throws(SQLError) -> TableConstraint.Kind {
        if at(.using) {
            try advance()
            try expect(.index)
            return .index(try columnName(), isPrimaryKey: isPrimaryKey)
        }
        var rule = UniqueRule(nullsAreEqual: isPrimaryKey ? false : try nullsAreEqual())
        let columns = try names()
        if try take(.include) { rule.included = try names() }
        try skipIndexOptions()
        return isPrimaryKey ? .primaryKey(columns: columns, rule) : .unique(columns: columns, rule)
    }

    /// What may be said of a table's constraint behind it.
    enum ConstraintWord {
        case deferrable, notDeferrable, initiallyDeferred, initiallyImmediate, notValid, noInherit
    }

    private mutating func constraintWords(
        of constraint: inout TableConstraint, allowed: [ConstraintWord], shown: String
    ) throws(SQLError) {
        let words = try constraintWords()
        func refuse(_ what: String) -> SQLError {
            SQLError(.featureNotSupported, "\(shown) constraints cannot be marked \(what)")
        }
        for word in [ConstraintWord.deferrable, .initiallyDeferred, .notValid, .noInherit] where words.contains(word) {
            guard allowed.contains(word) else {
                throw refuse(word == .notValid ? "NOT VALID" : word == .noInherit ? "NO INHERIT" : "DEFERRABLE")
            }
        }
        constraint.isDeferrable = words.contains(.deferrable) || words.contains(.initiallyDeferred)
        constraint.isInitiallyDeferred = words.contains(.initiallyDeferred)
        constraint.isNotValid = words.contains(.notValid)
        constraint.isNoInherit = words.contains(.noInherit)
    }

    mutating func constraintWords() throws(SQLError) -> [ConstraintWord] {
        var words: [ConstraintWord] = []
        while true {
            let position = token.position
            switch token.keyword {
            case .deferrable: words.append(.deferrable)
            case .initially:
                try advance()
                guard at(.deferred) || at(.immediate) else { throw unexpected() }
                words.append(at(.deferred) ? .initiallyDeferred : .initiallyImmediate)
            case .not:
                try advance()
                guard at(.deferrable) || at(.valid) else { throw unexpected() }
                words.append(at(.valid) ? .notValid : .notDeferrable)
            case .no:
                try advance()
                guard at(.inherit) else { throw unexpected() }
                words.append(.noInherit)
            default: return words
            }
            try advance()
            if words.contains(.notDeferrable), words.contains(.initiallyDeferred) {
                throw error("constraint declared INITIALLY DEFERRED must be DEFERRABLE", at: position)
            }
            if words.contains(.deferrable) && words.contains(.notDeferrable)
                || words.contains(.initiallyDeferred) && words.contains(.initiallyImmediate)
            {
                throw error("conflicting constraint properties", at: position)
            }
        }
    }
}
