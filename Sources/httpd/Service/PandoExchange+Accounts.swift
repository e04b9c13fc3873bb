import ReQLish

// Accounts. What is asked for is a permission on the tables `users` and `permissions` of the system database, as when a query writes there.
extension PandoExchange {
    func users() throws {
        let snapshot = try catalog.snapshot()
        try require(.read, .users, in: snapshot)
        try require(.read, .permissions, in: snapshot)
        send(try Datum.array(try snapshot.accounts().map { try $0.shown(in: snapshot) }))
    }

    func user(_ name: String) throws {
        let snapshot = try catalog.snapshot()
        try require(.read, .users, in: snapshot)
        try require(.read, .permissions, in: snapshot)
        guard let user = try snapshot.account(name) else { throw Self.noUser(name) }
        send(try user.shown(in: snapshot))
    }

    /// `{"name": "ada", "password": "secret"}`, and `"permissions"`.
    func createUser() throws {
        let body = try AccountBody(try accountBody(), known: ["name", "password", "permissions", "roles"])
        guard let name = body.name else { throw Problem.request(400, "The body has no `name`, which is the account's.") }
        try change(name, body, mayExist: false)
    }

    /// What the body doesn't name stays as it is.
    func putUser(_ name: String) throws {
        let body = try AccountBody(try accountBody(), known: ["password", "permissions", "roles"])
        try change(name, body, mayExist: true)
    }

    private func change(_ name: String, _ body: AccountBody, mayExist: Bool) throws {
        let before = try catalog.snapshot()
        try require(body.password == nil ? .read : .write, .users, in: before)
        try require(body.permissions == nil && body.roles == nil ? .read : .write, .permissions, in: before)
        guard UserConfig.isName(name) else {
            throw Problem(
                422, .queryLogic,
                "An account's name has 1 to \(UserConfig.maximumNameByteCount) bytes, no control characters, and no odd spaces.")
        }
        if name == UserConfig.administrator, body.permissions != nil || body.roles != nil {
            throw Problem(409, .operationFailed, "The account `\(name)` may do everything; its permissions can't be changed.")
        }
        // Then everybody who reaches the server could do everything, wherever it listens.
        if name == UserConfig.administrator, body.password == "" {
            throw Problem(
                409, .operationFailed,
                "Over HTTP `\(name)` is not given the empty password, which would let everybody in; `pando user` does it.")
        }
        // Made before the transaction begins: a password takes thousands of hashes.
        let credential = body.password.map { Credential(password: $0) }
        let isNew = try write { transaction in
            let snapshot = try transaction.snapshot()
            let old = try snapshot.account(name)
            if old != nil, !mayExist { throw Problem(409, .operationFailed, "There is an account `\(name)` already.") }
            guard let credential = credential ?? old?.credential else {
                throw Problem(422, .queryLogic, "A new account needs a `password`: a string, or false for the empty one.")
            }
            var user = old ?? UserConfig(name: name, credential: credential)
            user.credential = credential
            if let entries = body.permissions { user.permissions = try entries.permissions(in: snapshot) }
            if let roles = body.roles {
                for role in roles where try snapshot.role(role) == nil { throw Self.noRole(role, status: 422) }
                user.roles = roles
            }
            try transaction.putUser(user)
            return (old == nil, .hard)
        }
        if isNew {
            response.status = 201
            response.addTrusted("Location", "/_admin/users/\(PercentEncoding.encode(name))")
        }
        try send(account: name)
    }

    func deleteUser(_ name: String) throws {
        try require(.write, .users, in: try catalog.snapshot())
        guard name != UserConfig.administrator else { throw Problem(409, .operationFailed, "The account `\(name)` can't be removed.") }
        try write { transaction in
            guard try transaction.deleteUser(name) else { throw Self.noUser(name) }
            return ((), .hard)
        }
        response.status = 204
    }

    /// `{"database": "app", "table": "users", "read": true, "write": null}`: null unsets, what is not named stays.
    func grant(_ name: String) throws {
        let entry = try PermissionEntry(try accountBody())
        try require(.write, .permissions, in: try catalog.snapshot())
        guard name != UserConfig.administrator else {
            throw Problem(409, .operationFailed, "The account `\(name)` may do everything; its permissions can't be changed.")
        }
        try write { transaction in
            let snapshot = try transaction.snapshot()
            guard var user = try snapshot.user(name) else { throw Self.noUser(name) }
            let scope = try entry.scope(in: snapshot)
            user.permissions[scope] = entry.changing(user.permissions[scope])
            try transaction.putUser(user)
            return ((), .hard)
        }
        try send(account: name)
    }

    private func send(account name: String) throws {
        let snapshot = try catalog.snapshot()
        guard let user = try snapshot.account(name) else { throw Self.noUser(name) }
        send(try user.shown(in: snapshot))
    }

    /// The body of a request about accounts, roles or tokens.
    func accountBody() throws -> Datum {
        _ = try MediaType.ofBody(request, among: [.json], fallback: .json)
        let body = try json()
        guard body.kind == .object else { throw Problem.request(400, "The body is an object, found \(body.typeName).") }
        return body
    }

    static func noUser(_ name: String) -> Problem {
        Problem(404, .nonExistence, "There is no account `\(name)`.")
    }
}

extension UserConfig {
    /// Nothing of the password but whether there is one.
    fileprivate func shown(in snapshot: CatalogSnapshot) throws -> Datum {
        [
            "name": Datum(name), "password": Datum(hasPassword), "permissions": try permissions.shown(in: snapshot),
            "roles": try Datum.array(roles.map { Datum($0) }),
        ]
    }
}

/// What is said of an account.
private struct AccountBody {
    var name: String?
    var password: String?
    var permissions: [PermissionEntry]?
    var roles: [String]?

    init(_ body: Datum, known: [String]) throws {
        for field in body.fields {
            guard known.contains(field.key) else {
                throw Problem.request(400, "An account has no `\(field.key)` here; it has \(known.joined(separator: ", ")).")
            }
            switch field.key {
            case "name": name = field.value.string
            case "password" where field.value == false: password = ""
            case "password":
                guard let text = field.value.string else {
                    throw Problem.request(400, "`password` is a string, or false for the empty one.")
                }
                guard PreparedString(text) != nil else {
                    throw Problem(422, .queryLogic, "`password` is a string without control characters.")
                }
                password = text
            case "roles":
                guard field.value.kind == .array, field.value.elements.allSatisfy({ $0.string != nil }),
                    Set(field.value.elements).count == field.value.count
                else { throw Problem.request(400, "`roles` is an array of names, each of them once.") }
                roles = field.value.elements.compactMap(\.string)
            default: permissions = try [PermissionEntry](list: field.value)
            }
        }
    }
}
