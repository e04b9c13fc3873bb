import httpd

extension Command {
    static let user = Command(
        name: "user",
        summary: "accounts and permissions: list, create, password, grant, drop",
        positionals: [.fileOrServer],
        actions: [
            Action(name: "list", summary: "all users, and what they were granted"),
            Action(name: "create", positionals: [userName], summary: "make a user"),
            Action(name: "password", positionals: [userName], summary: "give a user another password"),
            Action(
                name: "grant",
                positionals: [userName, Positional(name: "SCOPE", presence: .optional, help: "DB or DB.TABLE; without it everything")],
                summary: "set permissions of a user"),
            Action(name: "drop", positionals: [userName], summary: "remove a user with all permissions"),
        ],
        options: [
            .value("password", "PASSWORD", "the password; other users of the machine may see it on the command line")
                .with("create", "password"),
            .value("password-file", "PATH", "the password is the first line of a file; - is standard input").with("create", "password"),
            .flag("no-password", "the password is the empty one").with("create", "password"),
            .value("allow", "LIST", "permissions to give, with commas: read, write, insert, update, delete, config, connect").with("grant"),
            .value("deny", "LIST", "permissions to refuse, whatever a wider scope says").with("grant"),
            .value("unset", "LIST", "permissions about which the scope says nothing any more").with("grant"), .json, .force,
        ] + Option.connecting(loginOption),
        discussion: """
            admin is always there and may do everything. A permission holds where the most specific scope that says something allows it: the table,
            else its database, else everything. Writing needs reading too.
            """,
        examples: [
            "pando user app.pando create ada --password-file secret.txt", "pando user app.pando grant ada app.users --allow read,write",
            "pando user app.pando password admin --password-file -", "pando user app.pando list",
        ]
    ) { arguments, console in
        switch arguments.action {
        case "create": try createUser(arguments, console)
        case "password": try changePassword(arguments, console)
        case "grant": try grant(arguments, console)
        case "drop": try dropUser(arguments, console)
        default: try listUsers(arguments, console)
        }
    }

    /// --password-file is for the password that is to be set.
    private static let loginOption = "login-password-file"
    private static let userName = Positional(name: "NAME", help: "a user")

    private static let users = "r.db('rethinkdb').table('users')"

    private static func opened(_ arguments: Arguments, _ access: FileSession.Access) throws -> any Session {
        try arguments.session(access, passwordOption: loginOption)
    }

    /// One write about a user, and the end of it.
    /// - Parameter exists: whether the user must be there, or must not.
    private static func write(_ arguments: Arguments, exists: Bool = true, _ query: String) throws {
        let session = try opened(arguments, .writing)
        try check(arguments["NAME"], exists: exists, session)
        try session.write(query)
        try session.close()
    }

    private static func check(_ user: String, exists: Bool, _ session: any Session) throws {
        let names = try session.ask("\(users)('id')").elements.compactMap(\.string)
        guard names.contains(user) != exists else { return }
        throw CommandError.failed(
            exists ? "There is no user \(user).\(suggestion(for: user, among: names))" : "There is a user \(user) already.")
    }

    // MARK: Actions

    private static func listUsers(_ arguments: Arguments, _ console: Console) throws {
        let session = try opened(arguments, .reading)
        let rows = try session.ask("\(users).orderBy('id')")
        let granted = try session.ask("r.db('rethinkdb').table('permissions').orderBy('id')")
        if arguments.has("json") { return try console.printJSON(Array(rows.elements).map { try $0.adding(granted) }) }
        var table = TextTable(["user", "password", "permissions"])
        for row in rows.elements {
            let own = granted.elements.filter { $0[field: "user"] == row[field: "id"] }.map(\.grantText)
            table.add([row[field: "id"]?.string ?? "", row[field: "password"] == true ? "yes" : "none", own.first ?? ""])
            for further in own.dropFirst() { table.add(["", "", further]) }
        }
        try console.printTable(table)
    }

    private static func createUser(_ arguments: Arguments, _ console: Console) throws {
        let password = try password(arguments)
        try write(arguments, exists: false, "\(users).insert({id: \(Datum(arguments["NAME"])), password: \(password)})")
        console.message("Created the user \(arguments["NAME"]). It may do nothing until it is granted something.")
    }

    private static func changePassword(_ arguments: Arguments, _ console: Console) throws {
        let password = try password(arguments)
        try write(arguments, "\(users).get(\(Datum(arguments["NAME"]))).update({password: \(password)})")
        console.message("Changed the password of \(arguments["NAME"]). Connections that are open stay.")
    }

    private static func dropUser(_ arguments: Arguments, _ console: Console) throws {
        let session = try opened(arguments, .writing)
        try check(arguments["NAME"], exists: true, session)
        try console.confirm("drops the user \(arguments["NAME"])", name: arguments["NAME"], force: arguments.has("force"))
        try session.write("\(users).get(\(Datum(arguments["NAME"]))).delete()")
        try session.close()
        console.message("Dropped the user \(arguments["NAME"]).")
    }

    private static func grant(_ arguments: Arguments, _ console: Console) throws {
        var permissions: [(String, Datum)] = []
        for (option, value) in [("allow", true), ("deny", false), ("unset", .null)] as [(String, Datum)] {
            for name in try arguments.names(option) ?? [] {
                guard !permissions.contains(where: { $0.0 == name }) else { throw CommandError.usage("\(name) stands in two lists.") }
                permissions.append((name, value))
            }
        }
        guard !permissions.isEmpty else { throw CommandError.usage("Say what to --allow, to --deny or to --unset.") }
        let user = arguments["NAME"]
        let call = "grant(\(Datum(user)), \(try Datum.object(permissions)))"
        guard let scope = arguments.positional("SCOPE") else {
            try write(arguments, "r.\(call)")
            return console.message("Changed what \(user) may do with everything.")
        }
        let parts = scope.split(separator: ".", omittingEmptySubsequences: false).map { Datum(String($0)) }
        guard parts.count <= 2, !parts.contains("") else { throw CommandError.usage("SCOPE is DB or DB.TABLE, not “\(scope)”.") }
        let place = parts.count > 1 ? "r.db(\(parts[0])).table(\(parts[1]))" : "r.db(\(parts[0]))"
        try write(arguments, "\(place).\(call)")
        console.message("Changed what \(user) may do with \(scope).")
    }

    // MARK: Help

    /// Sets the password of a user who is there, or of `admin`.
    static func setPassword(_ password: String, of user: String, _ pando: Pando) throws {
        try r.db("rethinkdb").table("users").get(user).update(["password": Datum(password)]).run(on: pando)
    }

    /// What `users` takes for it: false is the empty one.
    private static func password(_ arguments: Arguments) throws -> Datum {
        let given = [arguments.value("password"), arguments.value("password-file"), arguments.has("no-password") ? "" : nil]
        guard given.count(where: { $0 != nil }) == 1 else {
            throw CommandError.usage("Say one of --password, --password-file and --no-password.")
        }
        if arguments.has("no-password") { return false }
        let path = arguments.value("password-file")
        let password = try path.map { try firstLine(ofFile: $0) } ?? arguments.value("password") ?? ""
        // Such as of a program in front of a pipe that has failed: without a password anybody may be this user.
        guard !password.isEmpty else {
            let source = path.map { $0 == "-" ? "The first line of standard input" : "The first line of \($0)" } ?? "The password"
            throw CommandError.failed("\(source) is empty. For a user without a password say --no-password.")
        }
        return Datum(password)
    }
}

extension Datum {
    /// A row of `users` with what was granted.
    fileprivate func adding(_ granted: Datum) throws -> Datum {
        let own = granted.elements.filter { $0[field: "user"] == self[field: "id"] }
        return try setting("permissions", to: try .array(own.map { try $0.removing("id").removing("user") }))
    }

    /// A row of `permissions`: `app.users: read, write, not config`.
    fileprivate var grantText: String {
        let scope = [self[field: "database"]?.string, self[field: "table"]?.string].compactMap { $0 }.joined(separator: ".")
        let permissions = (self[field: "permissions"] ?? .emptyObject).fields.map { $0.value.isTruthy ? $0.key : "not \($0.key)" }
        return (scope.isEmpty ? "everything" : scope) + ": " + permissions.joined(separator: ", ")
    }
}
