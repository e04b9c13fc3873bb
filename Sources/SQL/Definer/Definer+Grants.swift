import Catalog
import ReQLish

/// GRANT and REVOKE, in the words of the permissions that ReQL and HTTP ask for too.
extension Definer {
    /// What can be granted of a kind of object, and what it is here; what has no permission is allowed to everybody.
    private enum Kind: String {
        case table, sequence, schema, database, type, domain, tablespace, parameter, function, procedure, routine, language

        var privileges: [String: Permission?] {
            switch self {
            case .table:
                [
                    "select": .read, "references": .read, "insert": .insert, "update": .update, "delete": .delete, "truncate": .delete,
                    "trigger": nil,
                ]
            case .sequence: ["usage": nil, "select": .read, "update": .update]
            case .schema: ["usage": nil, "create": .config]
            case .database: ["connect": nil, "temporary": nil, "temp": nil, "create": .config]
            case .type, .domain, .language: ["usage": nil]
            case .function, .procedure, .routine: ["execute": nil]
            case .tablespace: ["create": nil]
            case .parameter: ["set": nil, "alter system": nil]
            }
        }

        /// ALL PRIVILEGES.
        var all: Set<Permission> {
            switch self {
            case .table, .sequence: [.read, .write]
            case .schema, .database: [.config]
            default: []
            }
        }
    }

    private static let knownPrivileges: Set<String> = [
        "select", "insert", "update", "delete", "truncate", "references", "trigger", "usage", "create", "connect", "temporary", "temp",
        "execute", "set", "alter system",
    ]

    func grant(_ grant: Grant) throws(SQLError) -> StatementResult {
        let tag = grant.isGrant ? "GRANT" : "REVOKE"
        if grant.withGrantOption || grant.optionOnly { throw SQLError(.featureNotSupported, "GRANT OPTION is not supported") }
        let (kind, targets) = try objects(grant.objects)
        let permissions = try permissions(grant, kind)
        var names: [String] = []
        for role in grant.roles {
            guard case .public = role else {
                names.append(try existing(role))
                continue
            }
            // What everybody is allowed, nobody was granted.
            if grant.isGrant { throw SQLError(.featureNotSupported, "grants to PUBLIC are not supported") }
        }
        if permissions.isEmpty {
            guard grant.isGrant || names.isEmpty else {
                throw SQLError(.featureNotSupported, "REVOKE of what is allowed to everybody is not supported")
            }
            return done(tag)
        }
        if names.isEmpty { return done(tag) }
        let isGrant = grant.isGrant
        guard try definitions.may(.write, .permissions) else {
            for target in targets { try warnOfNothing(target, kind, isGrant: isGrant) }
            return done(tag)
        }
        try change(names) { all in
            for target in targets { all[target.scope].change(permissions, isGrant: isGrant) }
        }
        return done(tag)
    }

    /// Whoever may do something with an object, but not hand it on, is warned that nothing has come of it. Throws `42501` for an object that
    /// nothing may be done with. Databases and schemas may be used by everybody.
    private func warnOfNothing(_ target: Target, _ kind: Kind, isGrant: Bool) throws(SQLError) {
        var mayUse = kind == .database || kind == .schema
        for permission in Permission.allCases where !mayUse && permission != .connect {
            mayUse = try definitions.may(permission, target.scope)
        }
        guard mayUse else { throw Definitions.denied(kind.rawValue, target.name) }
        if isGrant {
            session.notice("no privileges were granted for \"\(target.name)\"", .warning, "01007")
        } else {
            session.notice("no privileges could be revoked for \"\(target.name)\"", .warning, "01006")
        }
    }

    /// An object that something is granted on.
    private struct Target {
        var name: String
        var scope: PermissionScope
    }

    private func objects(_ objects: Grant.Objects) throws(SQLError) -> (Kind, [Target]) {
        var targets: [Target] = []
        switch objects {
        case .tables(let names):
            for name in names { targets.append(Target(name: name.last, scope: try scope(name))) }
            return (.table, targets)
        case .sequences(let names):
            for name in names {
                guard case .sequence(let sequence)? = try definitions.relation(name) else {
                    guard try definitions.relation(name) == nil else { throw error("42809", "\"\(name.last)\" is not a sequence") }
                    throw definitions.missing(name)
                }
                targets.append(Target(name: sequence.name, scope: definitions.scope(of: sequence.id)))
            }
            return (.sequence, targets)
        case .allInSchemas(let kind, let schemas):
            for schema in schemas where !definitions.hasSchema(schema.text) {
                throw error("3F000", "schema \"\(schema.text)\" does not exist")
            }
            let wanted = Set(schemas.map(\.text))
            if kind == "sequences" {
                for sequence in try definitions.sequences() where wanted.contains(sequence.schema) {
                    targets.append(Target(name: sequence.name, scope: definitions.scope(of: sequence.id)))
                }
                return (.sequence, targets)
            }
            // There are none but those that everybody may call.
            if let kind = Kind(rawValue: String(kind.dropLast())), kind != .table { return (kind, []) }
            for table in try definitions.tables() where wanted.contains(table.schema) {
                targets.append(Target(name: table.name, scope: PermissionScope(table.config)))
            }
            for view in try definitions.views() where wanted.contains(view.schema) {
                targets.append(Target(name: view.name, scope: definitions.scope(of: view.id)))
            }
            return (.table, targets)
        case .databases(let names):
            for name in names {
                let found = try definitions.reading { () throws(CatalogError) in try definitions.state.snapshot.database(name.text) }
                guard let found else { throw Session.noDatabase(name.text) }
                targets.append(Target(name: name.text, scope: PermissionScope(found)))
            }
            return (.database, targets)
        case .schemas(let names):
            for name in names where !definitions.hasSchema(name.text) { throw error("3F000", "schema \"\(name.text)\" does not exist") }
            return (.schema, names.map { Target(name: $0.text, scope: definitions.databaseScope) })
        case .types(let names):
            for name in names { _ = try granted(type: name) }
            return (.type, [])
        case .domains(let names):
            for name in names {
                guard case .domain? = try granted(type: name)?.kind else { throw error("42809", "\"\(name.text)\" is not a domain") }
            }
            return (.domain, [])
        case .tablespaces(let names):
            for name in names where !["pg_default", "pg_global"].contains(name.text) {
                throw error("42704", "tablespace \"\(name.text)\" does not exist")
            }
            return (.tablespace, [])
        case .languages(let names):
            for name in names where !["internal", "c", "sql", "plpgsql"].contains(name.text) {
                throw error("42704", "language \"\(name.text)\" does not exist")
            }
            return (.language, [])
        case .functions(let word, let signatures):
            let kind = Kind(rawValue: word) ?? .function
            for signature in signatures { try requireFunction(signature, kind) }
            return (kind, [])
        case .parameters: return (.parameter, [])
        case .future: throw SQLError(.featureNotSupported, "default privileges are not supported")
        }
    }

    /// Nil for a type of PostgreSQL's own. Throws if there is no such type.
    private func granted(type name: QualifiedName) throws(SQLError) -> UserType? {
        if let type = definitions.type(named: name.last, schema: name.parts.dropLast().last?.text) { return type }
        guard name.parts.count == 1 || name.parts.dropLast().last?.text == "pg_catalog", TypeTable.entry(named: name.last) != nil else {
            throw definitions.missing(name, "type")
        }
        return nil
    }

    private func requireFunction(_ signature: FunctionSignature, _ kind: Kind) throws(SQLError) {
        let named = Builtins.arguments(ofFunctionsNamed: signature.name.last)
        guard let arguments = signature.arguments else {
            if named.count > 1 { throw error("42725", "\(kind.rawValue) name \"\(signature.name.text)\" is not unique") }
            guard !named.isEmpty else { throw error("42883", "could not find a \(kind.rawValue) named \"\(signature.name.text)\"") }
            return
        }
        var types: [SQLType] = []
        for argument in arguments { types.append(SQLType(try TypeNames.resolve(argument, binder).oid)) }
        let shown = "\(signature.name.text)(\(types.map { TypeTable.format($0, definitions) }.joined(separator: ", ")))"
        guard named.contains(where: { $0.map(\.oid) == types.map(\.oid) }) else {
            throw error("42883", "\(kind.rawValue) \(shown) does not exist")
        }
        if kind == .procedure { throw error("42809", "\(shown) is not a procedure") }
    }

    private func scope(_ name: QualifiedName) throws(SQLError) -> PermissionScope {
        switch try definitions.relation(name) {
        case .table(let table)?: return PermissionScope(table.config)
        case .view(let view)?: return definitions.scope(of: view.id)
        case .sequence(let sequence)?: return definitions.scope(of: sequence.id)
        case .index?: throw error("42809", "\"\(name.last)\" is an index")
        case .rows?: throw SQLError(.featureNotSupported, "privileges on system catalogs are not supported")
        case nil: throw definitions.missing(name)
        }
    }

    private func permissions(_ grant: Grant, _ kind: Kind) throws(SQLError) -> Set<Permission> {
        if !grant.allColumns.isEmpty || grant.privileges.contains(where: { !$0.columns.isEmpty }) {
            throw SQLError(.featureNotSupported, "privileges on columns are not supported")
        }
        if grant.privileges.isEmpty { return kind.all }
        var permissions: Set<Permission> = []
        for privilege in grant.privileges {
            let name = privilege.name.lowercased()
            guard let permission = kind.privileges[name] else {
                guard Self.knownPrivileges.contains(name) else {
                    throw error("42601", "unrecognized privilege type \"\(privilege.name)\"")
                }
                throw error("0LP01", "invalid privilege type \(name.uppercased()) for \(kind.rawValue)")
            }
            if let permission {
                permissions.insert(permission)
            } else if !grant.isGrant, grant.roles.contains(where: { if case .public = $0 { false } else { true } }) {
                throw SQLError(.featureNotSupported, "REVOKE \(name.uppercased()) is not supported", hint: "It is allowed to everybody.")
            }
        }
        return permissions
    }
}

extension Permissions.Entry {
    /// A part of `write` that is taken away while `write` stays is forbidden by its own word.
    fileprivate mutating func change(_ permissions: Set<Permission>, isGrant: Bool) {
        for permission in permissions {
            if permission.isPartOfWrite {
                let isWhole = self[.write] == true
                self[permission] = isGrant ? (isWhole ? nil : true) : (isWhole ? false : nil)
            } else {
                self[permission] = isGrant ? true : nil
                if permission == .write { for part in Permission.partsOfWrite { self[part] = nil } }
            }
        }
    }
}
