extension Parser {
    mutating func create() throws(SQLError) -> Statement {
        let position = token.position
        try expect(.create)
        let replaces = try take(.or, .replace)
        if replaces, let feature = unsupportedObject(isCreated: true) { throw unsupported("CREATE \(feature)", at: position) }
        let persistence = try persistence()
        switch token.keyword {
        case .view, .recursive: return .createView(try createView(persistence, replaces: replaces, at: position))
        case _ where replaces: throw unexpected()
        case .table: return try createTable(persistence, at: position)
        case .sequence:
            try advance()
            let ifNotExists = try ifNotExists()
            return .createSequence(
                CreateSequence(
                    name: try relationName(), persistence: persistence, ifNotExists: ifNotExists, options: try sequenceOptions(),
                    position: position))
        case .materialized where persistence != .temporary: return try createMaterializedView(persistence, at: position)
        case _ where persistence != .permanent: throw unexpected()
        case .unique, .index: return .createIndex(try createIndex(at: position))
        case .schema: return .createSchema(try createSchema(at: position))
        case .database: return try createDatabase()
        case .role, .user, .group: return try createRole(at: position)
        case .extension: return try createExtension()
        case .type: return try createType(at: position)
        case .domain: return .createDomain(try createDomain(at: position))
        case .cell: return try createCell()
        default:
            guard let feature = unsupportedObject(isCreated: true) else { throw unexpected() }
            throw unsupported("CREATE \(feature)", at: position)
        }
    }

    /// The word here, if PostgreSQL has objects of that kind and there are none.
    func unsupportedObject(isCreated: Bool = false) -> String? {
        switch token.keyword {
        case .constraint, .assertion, .default, .trusted: isCreated ? token.keyword.spelling.uppercased() : nil
        case .function, .procedure, .routine, .aggregate, .operator, .trigger, .rule, .policy, .cast, .conversion, .language, .procedural,
            .publication, .subscription, .server, .foreign, .event, .access, .text, .transform, .large, .collation, .statistics,
            .tablespace:
            token.keyword.spelling.uppercased()
        default: nil
        }
    }

    private mutating func persistence() throws(SQLError) -> Persistence {
        if at(.local) || at(.global) {
            try advance()
            guard at(.temporary) || at(.temp) else { throw unexpected() }
        }
        if at(.temporary) || at(.temp) {
            try advance()
            return .temporary
        }
        return try take(.unlogged) ? .unlogged : .permanent
    }

    // MARK: - Views

    private mutating func createView(_ persistence: Persistence, replaces: Bool, at position: Position) throws(SQLError) -> CreateView {
        let isRecursive = try take(.recursive)
        try expect(.view)
        let name = try relationName()
        let columns = isRecursive ? try names() : try optionalNames()
        let options = try withOptions()
        try expect(.as)
        let query = try query()
        var check = CreateView.Check.none
        let checkPosition = token.position
        if try take(.with) {
            check = try take(.local) ? .local : .cascaded
            if check == .cascaded { _ = try take(.cascaded) }
            try expect(.check)
            try expect(.option)
            if isRecursive {
                throw source.error(
                    .featureNotSupported, "WITH CHECK OPTION not supported on recursive views", at: checkPosition)
            }
        }
        return CreateView(
            name: name, persistence: persistence, replaces: replaces, isRecursive: isRecursive, columns: columns, options: options,
            query: query, check: check, position: position)
    }

    private mutating func createMaterializedView(_ persistence: Persistence, at position: Position) throws(SQLError) -> Statement {
        try advance()
        try expect(.view)
        let ifNotExists = try ifNotExists()
        var table = CreateTable(name: try relationName(), persistence: persistence, ifNotExists: ifNotExists, position: position)
        let columns = try optionalNames()
        if try take(.using) { table.accessMethod = try columnName() }
        table.options = try withOptions()
        if try take(.tablespace) { table.tablespace = try columnName() }
        try expect(.as)
        let query = try query()
        return .createTableAs(
            CreateTableAs(
                table: table, columns: columns, content: .query(query), withData: try withData(), isMaterializedView: true))
    }

    /// WITH DATA, unless WITH NO DATA is said.
    mutating func withData() throws(SQLError) -> Bool {
        guard try take(.with) else { return true }
        let isEmpty = try take(.no)
        try expect(.data)
        return !isEmpty
    }

    mutating func refreshView() throws(SQLError) -> Statement {
        try expect(.refresh)
        try expect(.materialized)
        try expect(.view)
        let isConcurrent = try take(.concurrently)
        return .refreshView(name: try relationName(), isConcurrent: isConcurrent, withData: try withData())
    }

    // MARK: - Indexes

    private mutating func createIndex(at position: Position) throws(SQLError) -> CreateIndex {
        let isUnique = try take(.unique)
        try expect(.index)
        let isConcurrent = try take(.concurrently)
        let ifNotExists = try ifNotExists()
        let name = ifNotExists || !at(.on) ? try columnName() : nil
        try expect(.on)
        let relation = try tableExpression()
        let method = try take(.using) ? try columnName() : nil
        let elements = try parenthesized { (parser) throws(SQLError) in try parser.indexElement() }
        var index = CreateIndex(
            name: name, ifNotExists: ifNotExists, isUnique: isUnique, isConcurrent: isConcurrent, relation: relation.name,
            isOnly: relation.isOnly, method: method, elements: elements, position: position)
        if try take(.include) { index.included = try parenthesized { (parser) throws(SQLError) in try parser.indexElement() } }
        index.nullsAreEqual = try nullsAreEqual()
        index.options = try withOptions()
        if try take(.tablespace) { index.tablespace = try columnName() }
        index.predicate = try filter()
        return index
    }

    /// NULLS [NOT] DISTINCT.
    mutating func nullsAreEqual() throws(SQLError) -> Bool {
        guard try take(.nulls) else { return false }
        let areEqual = try take(.not)
        try expect(.distinct)
        return areEqual
    }

    /// A column, path, call or expression in parentheses, and how it is kept.
    mutating func indexElement() throws(SQLError) -> IndexElement {
        var element = IndexElement(value: try indexedValue())
        if try take(.collate) { element.collation = try dottedName() }
        if token.isColumnName {
            element.operatorClass = try dottedName()
            if at(.leftParenthesis) { element.operatorClassOptions = try storageOptions() }
        }
        element.direction = try direction()
        element.nulls = try nullsOrder()
        return element
    }

    private mutating func indexedValue() throws(SQLError) -> Expression {
        if try take(.leftParenthesis) {
            let value = try expression()
            try expect(.rightParenthesis)
            return value
        }
        let startsCall = at(.keyword) && token.keyword.category == .columnName ? try peek().kind == .leftParenthesis : false
        guard token.isColumnName, !startsCall else { return try plainCall() }
        let mayCall = token.isTypeOrFunctionName
        let name = try dottedName()
        if at(.leftParenthesis), mayCall || name.parts.count > 1 { return .call(try call(name.parts)) }
        return try accessed(.column(ColumnReference(parts: name.parts, position: name.position)))
    }

    // MARK: - Schemas, databases, roles, extensions

    private mutating func createSchema(at position: Position) throws(SQLError) -> CreateSchema {
        try advance()
        let ifNotExists = try ifNotExists()
        let name = at(.authorization) ? nil : try columnName()
        let owner = try take(.authorization) ? try role() : nil
        var elements: [Statement] = []
        while at(.create) || at(.grant) {
            if ifNotExists {
                throw source.error(
                    .featureNotSupported, "CREATE SCHEMA IF NOT EXISTS cannot include schema elements", at: token.position)
            }
            if at(.grant) {
                elements.append(try grantOrRevoke())
                continue
            }
            // Schemas, databases, roles and types are not made in a schema.
            switch try peek().keyword {
            case .table, .temporary, .temp, .local, .global, .unlogged, .unique, .index, .sequence, .view, .recursive, .or, .trigger:
                elements.append(try create())
            default:
                try advance()
                throw unexpected()
            }
        }
        return CreateSchema(name: name, ifNotExists: ifNotExists, owner: owner, elements: elements, position: position)
    }

    private mutating func createDatabase() throws(SQLError) -> Statement {
        try advance()
        let name = try columnName()
        try skipWith()
        return .createDatabase(name: name, options: try databaseOptions())
    }

    private mutating func createRole(at position: Position) throws(SQLError) -> Statement {
        guard let kind = CreateRole.Kind(rawValue: token.keyword.spelling) else { throw unexpected() }
        try advance()
        if kind == .user, at(.mapping), try peek().keyword == .for { throw unsupported("CREATE USER MAPPING", at: position) }
        let name = try roleName()
        try skipWith()
        return .createRole(CreateRole(kind: kind, name: name, options: try roleOptions(ofNewRole: true)))
    }

    private mutating func createExtension() throws(SQLError) -> Statement {
        try advance()
        let ifNotExists = try ifNotExists()
        let name = try columnName()
        try skipWith()
        var options: [Option] = []
        while at(.schema) || at(.version) || at(.from) || at(.cascade) {
            let position = token.position
            let option = try anyName()
            switch option.text {
            case "cascade": options.append(Option(name: option))
            case "schema": options.append(Option(name: option, value: .word(try columnName().text)))
            default:
                let value = token.isString ? try string() : try nonReservedWord().text
                if option.text == "from" {
                    throw source.error(
                        .featureNotSupported, "CREATE EXTENSION ... FROM is no longer supported", at: position)
                }
                options.append(Option(name: option, value: .string(value)))
            }
        }
        return .createExtension(name: name, ifNotExists: ifNotExists, options: options)
    }

    // MARK: - Types

    private mutating func createType(at position: Position) throws(SQLError) -> Statement {
        try advance()
        let name = try dottedName()
        if at(.leftParenthesis) { throw unsupported("CREATE TYPE with functions of its own", at: position) }
        guard try take(.as) else { return .createType(name: name, .shell) }
        if try take(.enum) {
            try expect(.leftParenthesis)
            let labels = at(.rightParenthesis) ? [] : try list { (parser) throws(SQLError) in try parser.string() }
            try expect(.rightParenthesis)
            return .createType(name: name, .enumeration(labels))
        }
        if at(.range) { throw unsupported("CREATE TYPE AS RANGE", at: position) }
        try expect(.leftParenthesis)
        if try take(.rightParenthesis) { return .createType(name: name, .composite([])) }
        let columns = try list { (parser) throws(SQLError) -> ColumnDefinition in
            var column = ColumnDefinition(name: try parser.columnName(), type: try parser.type())
            if try parser.take(.collate) { column.collation = try parser.dottedName() }
            return column
        }
        try expect(.rightParenthesis)
        return .createType(name: name, .composite(columns))
    }

    private mutating func createDomain(at position: Position) throws(SQLError) -> CreateDomain {
        try advance()
        let name = try dottedName()
        _ = try take(.as)
        let type = try type()
        let (constraints, collation) = try columnConstraints()
        return CreateDomain(name: name, type: type, collation: collation, constraints: constraints, position: position)
    }

    // MARK: - Cells

    private mutating func createCell() throws(SQLError) -> Statement {
        try advance()
        let ifNotExists = try ifNotExists()
        let name = try columnName()
        let elements = try parenthesized { (parser) throws(SQLError) in try parser.tableElement() }
        return .createCell(name: name, ifNotExists: ifNotExists, elements: elements)
    }

    // MARK: - Sequences

    /// Options of a sequence, as many as there are.
    mutating func sequenceOptions() throws(SQLError) -> [SequenceOption] {
        var options: [SequenceOption] = []
        while let option = try sequenceOption() {
            guard !options.contains(where: { $0.kind.says(sameAs: option.kind) }) else {
                throw source.error(.syntaxError, "conflicting or redundant options", at: option.position)
            }
            options.append(option)
        }
        return options
    }

    mutating func sequenceOption() throws(SQLError) -> SequenceOption? {
        let position = token.position
        let word = token.keyword
        switch word {
        case .as, .cache, .cycle, .no, .increment, .maxvalue, .minvalue, .owned, .sequence, .start, .restart, .logged, .unlogged:
            try advance()
        default: return nil
        }
        let kind: SequenceOption.Kind
        switch word {
        case .as: kind = .type(try simpleType())
        case .cache: kind = .cache(try signedNumber())
        case .cycle: kind = .cycle(true)
        case .increment:
            _ = try take(.by)
            kind = .increment(try signedNumber())
        case .maxvalue: kind = .maximum(try signedNumber())
        case .minvalue: kind = .minimum(try signedNumber())
        case .owned:
            try expect(.by)
            kind = .owned(try dottedName())
        case .sequence:
            try expect(.name)
            kind = .name(try dottedName())
        case .start:
            try skipWith()
            kind = .start(try signedNumber())
        case .restart: kind = .restart(try restartValue())
        case .no:
            switch token.keyword {
            case .cycle: kind = .cycle(false)
            case .maxvalue: kind = .maximum(nil)
            case .minvalue: kind = .minimum(nil)
            default: throw unexpected()
            }
            try advance()
        default: kind = .logged(word == .logged)
        }
        return SequenceOption(kind: kind, position: position)
    }

    /// The number behind RESTART, if there is one.
    mutating func restartValue() throws(SQLError) -> String? {
        let hasWith = at(.with) || at(.withBefore)
        try skipWith()
        return hasWith || atSignedNumber ? try signedNumber() : nil
    }
}
