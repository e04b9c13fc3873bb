extension Parser {
    /// Options of EXPLAIN, VACUUM and their kin: a word, and perhaps a word, a number or a string.
    mutating func utilityOptions() throws(SQLError) -> [Option] {
        try parenthesized { (parser) throws(SQLError) in
            guard parser.token.isNonReservedWord || parser.at(.analyze) || parser.at(.analyse) else { throw parser.unexpected() }
            let name = try parser.anyName()
            return Option(name: name, value: try parser.simpleOptionValue() ?? .none)
        }
    }

    /// A word, string or number.
    mutating func simpleOptionValue() throws(SQLError) -> Option.Value? {
        if atSignedNumber { return .number(try signedNumber()) }
        return try wordOrString()
    }

    /// TRUE, FALSE, ON, a word that is not reserved, or a string.
    private mutating func wordOrString() throws(SQLError) -> Option.Value? {
        if token.isString { return .string(try string()) }
        guard token.isNonReservedWord || at(.true) || at(.false) || at(.on) else { return nil }
        return .word(try anyName().text)
    }

    // MARK: - WITH (…)

    /// Storage parameters: `name = value`, or a name alone.
    mutating func storageOptions() throws(SQLError) -> [Option] {
        try parenthesized { (parser) throws(SQLError) in
            var name = try parser.label()
            var namespace: Name?
            if try parser.take(.dot) {
                namespace = name
                name = try parser.label()
            }
            let value = try parser.take(.equal) ? try parser.definitionValue() : .none
            return Option(namespace: namespace, name: name, value: value)
        }
    }

    /// WITH (…), or nothing.
    mutating func withOptions() throws(SQLError) -> [Option] {
        guard at(.with) else { return [] }
        try advance()
        return try storageOptions()
    }

    private mutating func definitionValue() throws(SQLError) -> Option.Value {
        if token.isString { return .string(try string()) }
        if at(.none) {
            try advance()
            return .none
        }
        if at(.keyword), token.keyword.category == .reserved {
            return .word(try anyName().text)
        }
        switch token.kind {
        case .wholeNumber, .number: return .number(try signedNumber())
        case .plus, .minus:
            let next = try peek().kind
            return next == .wholeNumber || next == .number ? .number(try signedNumber()) : .operator(try operatorName())
        case .keyword, .identifier, .quotedIdentifier, .unicodeIdentifier:
            if at(.operator), try peek().kind == .leftParenthesis { return .operator(try operatorName()) }
            let type = try type()
            let isWord = type == TypeName(name: type.name, position: type.position) && type.name.parts.count == 1
            return isWord ? .word(type.name.last) : .type(type)
        default: return .operator(try operatorName())
        }
    }

    // MARK: - COPY

    mutating func copyOptions() throws(SQLError) -> [Option] {
        try parenthesized { (parser) throws(SQLError) in
            let name = try parser.label()
            if try parser.take(.star) { return Option(name: name, value: .star) }
            if parser.at(.leftParenthesis) {
                let values = try parser.parenthesized { (parser) throws(SQLError) -> Option.Value in
                    guard let value = try parser.wordOrString() else { throw parser.unexpected() }
                    return value
                }
                return Option(name: name, value: .list(values))
            }
            return Option(name: name, value: try parser.simpleOptionValue() ?? .none)
        }
    }

    /// The options as they were written before PostgreSQL 9.
    mutating func oldCopyOptions() throws(SQLError) -> [Option] {
        var options: [Option] = []
        while true {
            let position = token.position
            func named(_ name: String, _ value: Option.Value) { options.append(Option(name: Name(name, at: position), value: value)) }
            switch token.keyword {
            case .binary, .csv:
                named("format", .string(token.keyword.spelling))
                try advance()
            case .freeze, .header:
                named(token.keyword.spelling, .word("true"))
                try advance()
            case .delimiter, .null, .quote, .escape:
                let name = token.keyword.spelling
                try advance()
                _ = try take(.as)
                named(name, .string(try string()))
            case .encoding:
                try advance()
                named("encoding", .string(try string()))
            case .force:
                try advance()
                let name = try take(.quote) ? "force_quote" : try take(.not) ? "force_not_null" : "force_null"
                if name != "force_quote" { try expect(.null) }
                if name == "force_quote", try take(.star) {
                    named(name, .star)
                } else {
                    named(name, .list(try list { (parser) throws(SQLError) in .word(try parser.columnName().text) }))
                }
            default: return options
            }
        }
    }

    // MARK: - CREATE DATABASE

    mutating func databaseOptions() throws(SQLError) -> [Option] {
        var options: [Option] = []
        while true {
            let name: Name
            switch token.keyword {
            case .connection:
                name = Name("connection_limit", at: token.position)
                try advance()
                try expect(.limit)
            case .encoding, .location, .owner, .tablespace, .template: name = try anyName()
            default:
                guard token.isIdentifier else { return options }
                name = try anyName()
            }
            _ = try take(.equal)
            if try take(.default) {
                options.append(Option(name: name, value: .default))
            } else {
                guard let value = try simpleOptionValue() else { throw unexpected() }
                options.append(Option(name: name, value: value))
            }
        }
    }

    // MARK: - Roles

    /// A role, or a word for one.
    mutating func role() throws(SQLError) -> Role {
        let position = token.position
        switch token.keyword {
        case .currentRole:
            try advance()
            return .currentRole(position)
        case .currentUser:
            try advance()
            return .currentUser(position)
        case .sessionUser:
            try advance()
            return .sessionUser(position)
        default: break
        }
        let name = try nonReservedWord()
        if name.text == "public" { return .public(position) }
        if name.text == "none" { throw source.error(.reservedName, "role name \"none\" is reserved", at: position) }
        return .named(name)
    }

    mutating func roles() throws(SQLError) -> [Role] {
        try list { (parser) throws(SQLError) in try parser.role() }
    }

    /// The name of a role that is made or renamed.
    mutating func roleName() throws(SQLError) -> Name {
        let position = token.position
        func refuse(_ word: String) -> SQLError {
            source.error(.reservedName, "\(word) cannot be used as a role name here", at: position)
        }
        switch try role() {
        case .named(let name): return name
        case .public: throw source.error(.reservedName, "role name \"public\" is reserved", at: position)
        case .currentRole: throw refuse("CURRENT_ROLE")
        case .currentUser: throw refuse("CURRENT_USER")
        case .sessionUser: throw refuse("SESSION_USER")
        }
    }

    mutating func roleOptions(ofNewRole: Bool) throws(SQLError) -> [Option] {
        var options: [Option] = []
        while true {
            let position = token.position
            func named(_ name: String, _ value: Option.Value = .none) {
                options.append(Option(name: Name(name, at: position), value: value))
            }
            switch token.keyword {
            case .password:
                try advance()
                named("password", try take(.null) ? .null : .string(try string()))
            case .encrypted:
                try advance()
                try expect(.password)
                named("password", .string(try string()))
            case .unencrypted:
                try advance()
                try expect(.password)
                _ = try string()
                throw source.error(
                    .featureNotSupported, "UNENCRYPTED PASSWORD is no longer supported",
                    hint: "Remove UNENCRYPTED to store the password in encrypted form instead.", at: position)
            case .inherit:
                try advance()
                named("inherit")
            case .connection:
                try advance()
                try expect(.limit)
                named("connection_limit", .number(String(try signedInteger())))
            case .valid:
                try advance()
                try expect(.until)
                named("valid_until", .string(try string()))
            case .user:
                try advance()
                named("role", .roles(try roles()))
            case .sysid where ofNewRole:
                try advance()
                named("sysid", .number(String(try integer())))
            case .admin where ofNewRole, .role where ofNewRole:
                let name = token.keyword.spelling
                try advance()
                named(name, .roles(try roles()))
            case .in where ofNewRole:
                try advance()
                guard at(.role) || at(.group) else { throw unexpected() }
                try advance()
                named("in_role", .roles(try roles()))
            default:
                guard token.isIdentifier else { return options }
                let name = try anyName()
                guard Self.roleFlags.contains(name.text) else { throw error("unrecognized role option \"\(name.text)\"", at: position) }
                options.append(Option(name: name))
            }
        }
    }

    private static let roleFlags: Set<String> = [
        "superuser", "nosuperuser", "createrole", "nocreaterole", "replication", "noreplication", "createdb", "nocreatedb", "login",
        "nologin", "bypassrls", "nobypassrls", "noinherit",
    ]
}
