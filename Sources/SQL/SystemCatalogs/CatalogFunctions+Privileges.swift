import Catalog

/// Functions that tell of privileges.
extension CatalogFunctions {
    /// The role that a name or a number means.
    private static func role(_ value: SQLValue, _ reader: SystemReader) throws(SQLError) -> String {
        let names = try reader.roleNames().map(\.name)
        if case .text(let name) = value {
            guard names.contains(name) else { throw SQLError(SQLState(rawValue: "42704"), "role \"\(name)\" does not exist") }
            return name
        }
        let oid = number(value)
        guard let name = names.first(where: { SystemReader.roleOID($0) == oid }) else {
            throw SQLError(SQLState(rawValue: "42704"), "role with OID \(oid) does not exist")
        }
        return name
    }

    private static func isEverybody(_ role: SQLValue) -> Bool { text(role) == "public" }

    /// `SELECT, INSERT WITH GRANT OPTION`: the permissions that they are, nil for what everybody may.
    private static func privileges(_ text: String) throws(SQLError) -> [Permission?] {
        var permissions: [Permission?] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let words = part.split(separator: " ").map { $0.uppercased() }
            let isOption = words.count > 1 && Array(words[1...]) == ["WITH", "GRANT", "OPTION"]
            switch words.count == 1 || isOption ? words[0] : "" {
            case "SELECT", "REFERENCES": permissions.append(.read)
            case "INSERT": permissions.append(.insert)
            case "UPDATE": permissions.append(.update)
            case "DELETE", "TRUNCATE": permissions.append(.delete)
            case "TRIGGER": permissions.append(nil)
            default: throw SQLError(.invalidParameterValue, "unrecognized privilege type: \"\(part)\"")
            }
        }
        return permissions
    }

    /// The rights that everybody has.
    private static let everybodysRights: [(kind: String, words: [String])] = [
        ("schema", ["USAGE", "CREATE"]), ("database", ["CREATE", "CONNECT", "TEMP", "TEMPORARY"]), ("function", ["EXECUTE"]),
        ("type", ["USAGE"]), ("tablespace", ["CREATE"]), ("sequence", ["USAGE", "SELECT", "UPDATE"]),
    ]

    private static let types: [String: SQLType] = [
        "schema": .regnamespace, "function": .regprocedure, "type": .regtype, "sequence": .regclass,
    ]

    /// The databases, or the tablespaces, by their names.
    private static func numbers(_ kind: String, _ reader: SystemReader) throws(SQLError) -> [String: UInt32] {
        guard kind == "database" else { return ["pg_default": 1663, "pg_global": 1664] }
        let all = try reader.definitions.reading { () throws(CatalogError) in try reader.state.snapshot.databases() }
        return Dictionary(all.map { ($0.name, ObjectNumbers.of($0.id)) }) { first, _ in first }
    }

    private static func hasObject(_ kind: String, _ oid: UInt32, _ context: CallContext) throws(SQLError) -> Bool {
        guard let type = types[kind] else {
            return try reader(context).map { reader throws(SQLError) in try numbers(kind, reader).values.contains(oid) } ?? true
        }
        guard let name = ObjectNames.name(oid, as: type, context.session) else { return false }
        if kind == "sequence" { try requireObject(kind, name, context) }
        return true
    }

    /// Throws if there is no object of the name.
    private static func requireObject(_ kind: String, _ name: String, _ context: CallContext) throws(SQLError) {
        if let type = types[kind] {
            _ = try TextInput.value(name, type, context.session)
        } else if let reader = reader(context), try numbers(kind, reader)[name] == nil {
            throw SQLError(SQLState(rawValue: kind == "database" ? "3D000" : "42704"), "\(kind) \"\(name)\" does not exist")
        }
        if kind == "sequence", let reader = reader(context), let found = try reader.definitions.relation(QualifiedName(written: name)) {
            guard case .sequence = found else { throw SQLError(SQLState(rawValue: "42809"), "\"\(name)\" is not a sequence") }
        }
    }

    static func addPrivileges(to bodies: inout [String: SQLFunction.Body]) {
        for (kind, words) in everybodysRights {
            bodies["has_\(kind)_privilege"] = .scalar { (arguments, context) throws(SQLError) in
                if arguments.count > 2, let reader = reader(context), !isEverybody(arguments[0]) { _ = try role(arguments[0], reader) }
                let object = arguments[arguments.count - 2]
                if case .text(let name) = object { try requireObject(kind, name, context) }
                for part in text(arguments[arguments.count - 1]).split(separator: ",", omittingEmptySubsequences: false) {
                    let given = part.split(separator: " ").map { $0.uppercased() }
                    guard let first = given.first, words.contains(first),
                        given.count == 1 || Array(given[1...]) == ["WITH", "GRANT", "OPTION"]
                    else { throw SQLError(.invalidParameterValue, "unrecognized privilege type: \"\(part)\"") }
                }
                if case .int = object, try !hasObject(kind, number(object), context) { return .null }
                return .bool(true)
            }
        }
        bodies["pg_has_role"] = .scalar { (arguments, context) throws(SQLError) in
            guard let reader = reader(context), let session = context.session as? Session else { return .bool(true) }
            let member = try role(arguments.count > 2 ? arguments[0] : .text(session.user), reader)
            let wanted = try role(arguments[arguments.count - 2], reader)
            return .bool(try session.isMember(member, of: wanted, reader.state))
        }
        // The table stands second where a user is named.
        let ofTable: @Sendable ([SQLValue], CallContext, Int) throws(SQLError) -> SQLValue = {
            (arguments, context, count) throws(SQLError) in
            guard let reader = reader(context), let session = context.session as? Session else { return .bool(true) }
            let isNamed = arguments.count > count
            let definitions = Definitions(session, reader.state)
            let isOfEverybody = isNamed && isEverybody(arguments[0])
            if isNamed, !isOfEverybody { definitions.actor = try role(arguments[0], reader) }
            let value = arguments[isNamed ? 1 : 0]
            var oid = number(value)
            if case .text(let name) = value {
                try ObjectNames.check(name, as: .regclass)
                guard let found = try context.session.object(named: name, as: .regclass) else {
                    throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(name)\" does not exist")
                }
                oid = found
            }
            if count == 3, case .text(let column) = arguments[arguments.count - 2],
                let table = try definitions.tables().first(where: { $0.oid == oid }), table.config.declaration != nil,
                !table.declaration.isOpen, table.declaration.column(named: column) == nil
            {
                throw SQLError(
                    SQLState(rawValue: "42703"), "column \"\(column)\" of relation \"\(table.name)\" does not exist")
            }
            let permissions = try privileges(text(arguments[arguments.count - 1]))
            if count == 3, case .int(let place) = arguments[arguments.count - 2],
                let table = try definitions.tables().first(where: { $0.oid == oid }), table.config.declaration != nil,
                !table.declaration.isOpen, place > 0, table.declaration.index(of: Int(place)) == nil
            {
                return .null
            }
            guard let scope = try definitions.scope(ofNumber: oid) else {
                if SystemColumns.all.contains(where: { $0.oid == oid }) { return .bool(true) }
                return try reader.relationName(oid) == nil ? .null : .bool(true)
            }
            // What is granted is granted to somebody.
            if isOfEverybody { return .bool(false) }
            for permission in permissions {
                guard let permission else { return .bool(true) }
                if try definitions.may(permission, scope) { return .bool(true) }
            }
            return .bool(false)
        }
        bodies["has_table_privilege"] = .scalar { (arguments, context) throws(SQLError) in try ofTable(arguments, context, 2) }
        bodies["has_any_column_privilege"] = .scalar { (arguments, context) throws(SQLError) in try ofTable(arguments, context, 2) }
        bodies["has_column_privilege"] = .scalar { (arguments, context) throws(SQLError) in try ofTable(arguments, context, 3) }
    }
}
