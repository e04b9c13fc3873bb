import ReQLish

// Roles: permissions with a name. To change one is to grant, and asks for the same.
extension PandoExchange {
    func roles() throws {
        let snapshot = try catalog.snapshot()
        try require(.read, .permissions, in: snapshot)
        send(try Datum.array(try snapshot.roles().map { try $0.shown(in: snapshot) }))
    }

    func role(_ name: String) throws {
        let snapshot = try catalog.snapshot()
        try require(.read, .permissions, in: snapshot)
        guard let role = try snapshot.role(name) else { throw Self.noRole(name) }
        send(try role.shown(in: snapshot))
    }

    /// `{"name": "reporting", "permissions": [{"database": "app", "read": true}]}`.
    func createRole() throws {
        let fields = try fields(of: "A role", ["name", "permissions"])
        try change(try fields.require("name", "the role's", \.string), fields, mayExist: false)
    }

    func putRole(_ name: String) throws { try change(name, try fields(of: "A role", ["permissions"]), mayExist: true) }

    private func change(_ name: String, _ fields: BodyFields, mayExist: Bool) throws {
        let entries = try [PermissionEntry](list: try fields.require("permissions", "an array, and may be []") { $0 })
        try require(.write, .permissions, in: try catalog.snapshot())
        try UserConfig.requireName(name, of: "A role")
        let (isNew, shown) = try write { transaction in
            let snapshot = try transaction.snapshot()
            let isNew = try snapshot.role(name) == nil
            guard isNew || mayExist else { throw Problem(409, .operationFailed, "There is a role `\(name)` already.") }
            let role = RoleConfig(name: name, permissions: try entries.permissions(in: snapshot))
            try transaction.putRole(role)
            return ((isNew, try role.shown(in: snapshot)), .hard)
        }
        if isNew {
            response.status = 201
            response.addTrusted("Location", "/_admin/roles/\(PercentEncoding.encode(name))")
        }
        send(shown)
    }

    func deleteRole(_ name: String) throws {
        try require(.write, .permissions, in: try catalog.snapshot())
        try write { transaction in
            guard try transaction.deleteRole(name) else { throw Self.noRole(name) }
            return ((), .hard)
        }
        response.status = 204
    }

    static func noRole(_ name: String) -> Problem {
        Problem(404, .nonExistence, "There is no role `\(name)`.")
    }
}

extension RoleConfig {
    fileprivate func shown(in snapshot: CatalogSnapshot) throws -> Datum {
        ["name": Datum(name), "permissions": try permissions.shown(in: snapshot)]
    }
}
