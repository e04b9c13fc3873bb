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

    private static let accountFields = ["password", "permissions", "roles"]

    /// `{"name": "ada", "password": "secret"}`, and `"permissions"`, `"roles"`.
    func createUser() throws {
        let fields = try fields(of: "An account", ["name"] + Self.accountFields)
        try change(try fields.require("name", "the account's", \.string), fields, mayExist: false)
    }

    /// What the body doesn't name stays as it is.
    func putUser(_ name: String) throws {
        try change(name, try fields(of: "An account", Self.accountFields), mayExist: true)
    }

    private func change(_ name: String, _ fields: BodyFields, mayExist: Bool) throws {
        let password = try fields.read("password", "a string, or false for the empty one") { $0 == false ? "" : $0.string }
        let permissions = try fields["permissions"].map { try [PermissionEntry](list: $0) }
        let roles = try fields.read("roles", "an array of names, each of them once") {
            $0.strings.flatMap { Set($0).count == $0.count ? $0 : nil }
        }
        let before = try catalog.snapshot()
        try require(password == nil ? .read : .write, .users, in: before)
        try require(permissions == nil && roles == nil ? .read : .write, .permissions, in: before)
        try UserConfig.requireAdministrator(user ?? "", toChange: name)
        // Otherwise everybody who reaches the server could do everything, wherever it listens.
        if name == UserConfig.administrator, password == "" {
            throw Problem(
                409, .operationFailed,
                "Over HTTP `\(name)` is not given the empty password, which would let everybody in; `pando user` does it.")
        }
        // Made before the transaction begins: a password takes thousands of hashes.
        let credential = try password.map { try Credential(checking: $0) }
        let isNew = try write { transaction in
            let snapshot = try transaction.snapshot()
            let isNew = try snapshot.account(name) == nil
            if !isNew, !mayExist { throw Problem(409, .operationFailed, "There is an account `\(name)` already.") }
            let change = AccountChange(
                name: name, credential: credential, permissions: try permissions?.permissions(in: snapshot), roles: roles)
            try transaction.putUser(try change.validated(in: snapshot))
            return (isNew, .hard)
        }
        if isNew {
            response.status = 201
            response.addTrusted("Location", "/_admin/users/\(PercentEncoding.encode(name))")
        }
        try send(account: name)
    }

    func deleteUser(_ name: String) throws {
        try require(.write, .users, in: try catalog.snapshot())
        try UserConfig.requireRemovable(name)
        try write { transaction in
            guard try transaction.deleteUser(name) else { throw Self.noUser(name) }
            return ((), .hard)
        }
        response.status = 204
    }

    /// `{"database": "app", "table": "users", "read": true, "write": null}`: null unsets, what is not named stays.
    func grant(_ name: String) throws {
        let entry = try PermissionEntry(try fields(of: "A grant", PermissionEntry.known))
        try require(.write, .permissions, in: try catalog.snapshot())
        if name == UserConfig.administrator { throw CatalogError.administratorMayAll }
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
