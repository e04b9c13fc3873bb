extension Parser {
    mutating func alter() throws(SQLError) -> Statement {
        let position = token.position
        try expect(.alter)
        switch token.keyword {
        case .table, .index, .view, .sequence, .materialized: return try alterRelation(at: position)
        case .cell: return try alterRelation(at: position)
        case .database: return try alterDatabase()
        case .role, .user: return try alterRole(at: position)
        case .group: return try alterGroup()
        case .schema: return try alterNamed(.schema, mayMove: false)
        case .extension: return try alterExtension(at: position)
        case .type: return try alterType(at: position)
        case .domain: return try alterDomain()
        case .system:
            try advance()
            if at(.reset) { return .alterSystem(try resetChange()) }
            try expect(.set)
            return .alterSystem(try settingChange())
        case .default: return try alterDefaultPrivileges()
        default:
            guard let feature = unsupportedObject() else { throw unexpected() }
            throw unsupported("ALTER \(feature)", at: position)
        }
    }

    // MARK: - What many objects have

    /// RENAME TO, OWNER TO, and SET SCHEMA if it may be in one.
    private mutating func alterNamed(_ kind: ObjectReference.Kind, mayMove: Bool) throws(SQLError) -> Statement {
        try advance()
        let name = mayMove ? try dottedName() : QualifiedName([try columnName()])
        let object = ObjectReference(kind: kind, name: name)
        guard let statement = try commonChange(of: object, mayMove: mayMove) else { throw unexpected() }
        return statement
    }

    private mutating func commonChange(of object: ObjectReference, mayMove: Bool) throws(SQLError) -> Statement? {
        if try take(.rename) {
            try expect(.to)
            return .rename(Rename(object: object, part: .object, ifExists: false, newName: try columnName()))
        }
        if at(.owner), try peek().keyword == .to {
            try advance()
            try advance()
            return .setOwner(object, owner: try role())
        }
        if mayMove, at(.set), try peek().keyword == .schema {
            try advance()
            try advance()
            return .setSchema(object, ifExists: false, schema: try columnName())
        }
        return nil
    }

    // MARK: - Databases and roles

    private mutating func alterDatabase() throws(SQLError) -> Statement {
        try expect(.database)
        let name = try columnName()
        if try take(.rename) {
            try expect(.to)
            let object = ObjectReference(kind: .database, name: QualifiedName([name]))
            return .rename(Rename(object: object, part: .object, ifExists: false, newName: try columnName()))
        }
        if at(.owner), try peek().keyword == .to {
            try advance()
            try advance()
            return .setOwner(ObjectReference(kind: .database, name: QualifiedName([name])), owner: try role())
        }
        if at(.reset) { return .alterDatabaseSetting(name: name, try resetChange()) }
        if try take(.set) {
            if at(.tablespace), try peek().isColumnName {
                let position = token.position
                try advance()
                let tablespace = try columnName()
                return .alterDatabase(name: name, options: [Option(name: Name("tablespace", at: position), value: .word(tablespace.text))])
            }
            return .alterDatabaseSetting(name: name, try settingChange())
        }
        if at(.refresh) { throw unsupported("ALTER DATABASE REFRESH COLLATION VERSION", at: token.position) }
        _ = try take(.with)
        return .alterDatabase(name: name, options: try databaseOptions())
    }

    private mutating func alterRole(at position: Position) throws(SQLError) -> Statement {
        let isUser = at(.user)
        try advance()
        if isUser, at(.mapping), try peek().keyword == .for { throw unsupported("ALTER USER MAPPING", at: position) }
        if try take(.all) {
            let database = try take(.in, .database) ? try columnName() : nil
            return .alterRoleSetting(role: nil, database: database, try roleSetting())
        }
        let role = try role()
        if try take(.rename) {
            try expect(.to)
            guard case .named(let name) = role else { throw unexpected() }
            let object = ObjectReference(kind: .role, name: QualifiedName([name]))
            return .rename(Rename(object: object, part: .object, ifExists: false, newName: try roleName()))
        }
        if at(.in) || at(.set) || at(.reset) {
            let database = try take(.in, .database) ? try columnName() : nil
            return .alterRoleSetting(role: role, database: database, try roleSetting())
        }
        try skipWith()
        return .alterRole(role: role, options: try roleOptions(ofNewRole: false))
    }

    private mutating func roleSetting() throws(SQLError) -> SettingChange {
        if at(.reset) { return try resetChange() }
        try expect(.set)
        return try settingChange()
    }

    private mutating func alterGroup() throws(SQLError) -> Statement {
        try advance()
        let role = try role()
        if try take(.rename) {
            try expect(.to)
            guard case .named(let name) = role else { throw unexpected() }
            let object = ObjectReference(kind: .role, name: QualifiedName([name]))
            return .rename(Rename(object: object, part: .object, ifExists: false, newName: try roleName()))
        }
        let isAdding = try take(.add)
        if !isAdding { try expect(.drop) }
        try expect(.user)
        return .alterGroup(role: role, isAdding: isAdding, members: try roles())
    }

    private mutating func alterDefaultPrivileges() throws(SQLError) -> Statement {
        try advance()
        try expect(.privileges)
        var schemas: [Name] = []
        var roles: [Role] = []
        while at(.in) || at(.for) {
            if try take(.in, .schema) {
                schemas += try list { (parser) throws(SQLError) in try parser.columnName() }
            } else {
                try expect(.for)
                guard at(.role) || at(.user) else { throw unexpected() }
                try advance()
                roles += try self.roles()
            }
        }
        return .alterDefaultPrivileges(schemas: schemas, roles: roles, try defaultPrivileges())
    }

    private mutating func alterExtension(at position: Position) throws(SQLError) -> Statement {
        try advance()
        let object = ObjectReference(kind: .extension, name: QualifiedName([try columnName()]))
        guard let statement = try at(.set) ? commonChange(of: object, mayMove: true) : nil else {
            guard at(.update) || at(.add) || at(.drop) else { throw unexpected() }
            throw unsupported("ALTER EXTENSION \(token.keyword.spelling.uppercased())", at: position)
        }
        return statement
    }

    // MARK: - Types

    private mutating func alterType(at position: Position) throws(SQLError) -> Statement {
        try advance()
        let name = try dottedName()
        let object = ObjectReference(kind: .type, name: name)
        if at(.add), try peek().keyword == .value { return .alterEnum(AlterEnum(name: name, change: try addedLabel())) }
        if at(.rename), try peek().keyword != .to {
            try advance()
            if try take(.value) {
                let old = try string()
                try expect(.to)
                return .alterEnum(AlterEnum(name: name, change: .rename(old, to: try string())))
            }
            try expect(.attribute)
            let attribute = try columnName()
            try expect(.to)
            let newName = try columnName()
            _ = try dropBehavior()
            return .rename(Rename(object: object, part: .attribute(attribute), ifExists: false, newName: newName))
        }
        if let statement = try commonChange(of: object, mayMove: true) { return statement }
        if at(.set) { throw unsupported("ALTER TYPE SET", at: position) }
        let actions = try list { (parser) throws(SQLError) in try parser.attributeAction() }
        return .alterTable(AlterTable(kind: .type, name: name, actions: actions, position: position))
    }

    /// A change of a composite type's attribute, which is one of a column.
    private mutating func attributeAction() throws(SQLError) -> AlterTable.Action {
        let position = token.position
        let word = token.keyword
        guard word == .add || word == .drop || word == .alter else { throw unexpected() }
        try advance()
        try expect(.attribute)
        let ifExists = word == .drop ? try ifExists() : false
        let name = try columnName()
        if word == .drop {
            return AlterTable.Action(kind: .dropColumn(name, ifExists: ifExists, try dropBehavior()), position: position)
        }
        if word == .alter {
            if try take(.set) { try expect(.data) }
            try expect(.type)
        }
        let type = try type()
        let collation = try take(.collate) ? try dottedName() : nil
        _ = try dropBehavior()
        let kind: AlterTable.Action.Kind =
            word == .add
            ? .addColumn(ColumnDefinition(name: name, type: type, collation: collation), ifNotExists: false)
            : .setType(name, type, collation: collation, using: nil)
        return AlterTable.Action(kind: kind, position: position)
    }

    private mutating func addedLabel() throws(SQLError) -> AlterEnum.Change {
        try advance()
        try advance()
        let ifNotExists = try take(.if)
        if ifNotExists {
            try expect(.not)
            try expect(.exists)
        }
        let label = try string()
        if try take(.before) { return .addBefore(label, try string(), ifNotExists: ifNotExists) }
        if try take(.after) { return .addAfter(label, try string(), ifNotExists: ifNotExists) }
        return .add(label, ifNotExists: ifNotExists)
    }

    private mutating func alterDomain() throws(SQLError) -> Statement {
        try advance()
        let name = try dottedName()
        let object = ObjectReference(kind: .domain, name: name)
        if at(.rename), try peek().keyword == .constraint {
            try advance()
            try advance()
            let constraint = try columnName()
            try expect(.to)
            return .rename(Rename(object: object, part: .constraint(constraint), ifExists: false, newName: try columnName()))
        }
        if let statement = try commonChange(of: object, mayMove: true) { return statement }
        return .alterDomain(AlterDomain(name: name, change: try domainChange()))
    }

    private mutating func domainChange() throws(SQLError) -> AlterDomain.Change {
        if try take(.set) {
            if try take(.default) { return .setDefault(try expression()) }
            try expect(.not)
            try expect(.null)
            return .setNotNull(true)
        }
        if try take(.drop) {
            if try take(.default) { return .setDefault(nil) }
            if try take(.not) {
                try expect(.null)
                return .setNotNull(false)
            }
            try expect(.constraint)
            let ifExists = try ifExists()
            let constraint = try columnName()
            return .dropConstraint(constraint, ifExists: ifExists, try dropBehavior())
        }
        if try take(.add) { return .addConstraint(try tableConstraint()) }
        try expect(.validate)
        try expect(.constraint)
        return .validateConstraint(try columnName())
    }
}
