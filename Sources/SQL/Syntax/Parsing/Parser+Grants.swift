extension Parser {
    mutating func grantOrRevoke() throws(SQLError) -> Statement {
        let position = token.position
        let isGrant = at(.grant)
        try advance()
        var optionOnly = false
        var isAdmin = false
        if !isGrant, at(.grant) || at(.admin), try peek().keyword == .option {
            isAdmin = at(.admin)
            try advance()
            try advance()
            try expect(.for)
            optionOnly = true
        }
        let (privileges, columns) = try privileges()
        if !isAdmin, try take(.on) {
            let objects = try grantedObjects(at: position)
            return .grant(try grant(isGrant, optionOnly, privileges, columns, objects, at: position))
        }
        // Roles are granted by names alone.
        guard !privileges.isEmpty else { throw unexpected() }
        try expect(isGrant ? .to : .from)
        var grant = GrantRoles(
            isGrant: isGrant, optionOnly: optionOnly, granted: privileges, roles: try roles(), position: position)
        if isGrant, try take(.with, .admin) {
            try expect(.option)
            grant.withAdminOption = true
        }
        try skipGrantor(isGrant)
        return .grantRoles(grant)
    }

    /// The action of ALTER DEFAULT PRIVILEGES.
    mutating func defaultPrivileges() throws(SQLError) -> Grant {
        let position = token.position
        let isGrant = at(.grant)
        guard isGrant || at(.revoke) else { throw unexpected() }
        try advance()
        var optionOnly = false
        if !isGrant, at(.grant) {
            try advance()
            try expect(.option)
            try expect(.for)
            optionOnly = true
        }
        let (privileges, columns) = try privileges()
        try expect(.on)
        switch token.keyword {
        case .tables, .functions, .routines, .sequences, .types, .schemas: break
        default: throw unexpected()
        }
        let objects = Grant.Objects.future(kind: token.keyword.spelling)
        try advance()
        return try grant(isGrant, optionOnly, privileges, columns, objects, at: position)
    }

    /// What stands behind the objects: to whom, and with which options.
    private mutating func grant(
        _ isGrant: Bool, _ optionOnly: Bool, _ privileges: [Grant.Privilege], _ columns: [Name], _ objects: Grant.Objects,
        at position: Position
    ) throws(SQLError) -> Grant {
        try expect(isGrant ? .to : .from)
        let roles = try list { (parser) throws(SQLError) -> Role in
            _ = try parser.take(.group)
            return try parser.role()
        }
        var grant = Grant(
            isGrant: isGrant, optionOnly: optionOnly, privileges: privileges, allColumns: columns, objects: objects, roles: roles,
            position: position)
        if isGrant, try take(.with, .grant) {
            try expect(.option)
            grant.withGrantOption = true
        }
        try skipGrantor(isGrant)
        return grant
    }

    /// GRANTED BY, and behind REVOKE the behavior, which change nothing.
    private mutating func skipGrantor(_ isGrant: Bool) throws(SQLError) {
        if try take(.granted, .by) { _ = try role() }
        if !isGrant { _ = try dropBehavior() }
    }

    /// The privileges, none for ALL, and the columns that ALL is about.
    private mutating func privileges() throws(SQLError) -> ([Grant.Privilege], [Name]) {
        if try take(.all) {
            _ = try take(.privileges)
            return ([], try optionalNames())
        }
        return (try list { (parser) throws(SQLError) in try parser.privilege() }, [])
    }

    private mutating func privilege() throws(SQLError) -> Grant.Privilege {
        let position = token.position
        if at(.alter), try peek().keyword == .system {
            try advance()
            try advance()
            return Grant.Privilege(name: "alter system", columns: [], position: position)
        }
        guard at(.select) || at(.references) || at(.create) || token.isColumnName else { throw unexpected() }
        let name = try anyName().text
        return Grant.Privilege(name: name, columns: try optionalNames(), position: position)
    }

    private mutating func grantedObjects(at position: Position) throws(SQLError) -> Grant.Objects {
        func names(_ parser: inout Parser) throws(SQLError) -> [Name] {
            try parser.list { (parser) throws(SQLError) in try parser.columnName() }
        }
        func dottedNames(_ parser: inout Parser) throws(SQLError) -> [QualifiedName] {
            try parser.list { (parser) throws(SQLError) in try parser.dottedName() }
        }
        switch token.keyword {
        case .table:
            try advance()
            return .tables(try relationNames())
        case .all:
            try advance()
            return try objectsInSchemas()
        default: break
        }
        // The other words are names of tables, too, if no name follows them.
        let next = try peek()
        guard next.isColumnName || next.keyword == .data else { return .tables(try relationNames()) }
        let word = token.keyword
        switch word {
        case .sequence:
            try advance()
            return .sequences(try relationNames())
        case .database:
            try advance()
            return .databases(try names(&self))
        case .schema:
            try advance()
            return .schemas(try names(&self))
        case .tablespace:
            try advance()
            return .tablespaces(try names(&self))
        case .type:
            try advance()
            return .types(try dottedNames(&self))
        case .domain:
            try advance()
            return .domains(try dottedNames(&self))
        case .parameter:
            try advance()
            return .parameters(try dottedNames(&self))
        case .function, .procedure, .routine:
            try advance()
            return .functions(kind: word.spelling, try list { (parser) throws(SQLError) in try parser.functionSignature() })
        case .language:
            try advance()
            return .languages(try names(&self))
        case .large, .foreign:
            throw unsupported("GRANT ON \(word.spelling.uppercased())", at: position)
        default: return .tables(try relationNames())
        }
    }

    /// `name`, `name(int, VARIADIC text[])`.
    private mutating func functionSignature() throws(SQLError) -> FunctionSignature {
        var signature = FunctionSignature(name: try dottedName(), position: token.position)
        guard try take(.leftParenthesis) else { return signature }
        var arguments: [TypeName] = []
        while !at(.rightParenthesis) {
            if !arguments.isEmpty { try expect(.comma) }
            if at(.in) || at(.variadic) { try advance() }
            arguments.append(try type())
        }
        try advance()
        signature.arguments = arguments
        return signature
    }

    /// ALL TABLES IN SCHEMA and its kin.
    private mutating func objectsInSchemas() throws(SQLError) -> Grant.Objects {
        let word = token.keyword
        switch word {
        case .tables, .sequences, .functions, .procedures, .routines: break
        default: throw unexpected()
        }
        try advance()
        try expect(.in)
        try expect(.schema)
        return .allInSchemas(kind: word.spelling, try list { (parser) throws(SQLError) in try parser.columnName() })
    }
}
