import httpd

extension Command {
    static let db = Command(
        name: "db",
        summary: "databases: list, create, drop, rename, info",
        positionals: [.fileOrServer],
        actions: [
            Action(name: "list", summary: "all databases with their tables and documents counted"),
            Action(name: "create", positionals: [databaseName], summary: "make a database, and the file if it is not there"),
            Action(name: "drop", positionals: [databaseName], summary: "remove a database with its tables and documents"),
            Action(
                name: "rename", positionals: [databaseName, Positional(name: "NEW", help: "the name it gets")],
                summary: "give it another name"),
            Action(name: "info", positionals: [databaseName], summary: "its id, age and tables"),
        ],
        options: [.json, .force] + Option.connecting(),
        discussion: "A name is 1 to 128 letters, digits and _, and does not begin with a digit.",
        examples: [
            "pando db app.pando create app", "pando db app.pando list --json", "pando db app.pando drop app --force",
            "pando db --connect localhost:8080 list",
        ]
    ) { arguments, console in
        switch arguments.action {
        case "create": try createDatabase(arguments, console)
        case "drop": try dropDatabase(arguments, console)
        case "rename": try renameDatabase(arguments, console)
        case "info": try showDatabase(arguments, console)
        default: try listDatabases(arguments, console)
        }
    }

    private static let databaseName = Positional(name: "NAME", help: "a database")

    private static func listDatabases(_ arguments: Arguments, _ console: Console) throws {
        let session = try arguments.session(.reading)
        let databases = try session.databaseConfigs().map { try DatabaseFacts($0, session) }
        if arguments.has("json") { return try console.printJSON(try databases.map { try $0.json }) }
        var table = TextTable(["database", "tables", "documents", "created"], right: ["tables", "documents"])
        for one in databases {
            table.add([one.name, grouped(one.tables.count), grouped(one.documentCount), one.config.createdText])
        }
        try console.printTable(table)
    }

    private static func showDatabase(_ arguments: Arguments, _ console: Console) throws {
        let session = try arguments.session(.reading)
        let facts = try DatabaseFacts(session.requiredDatabase(arguments["NAME"]), session)
        if arguments.has("json") { return try console.printJSON(try facts.json) }
        var table = TextTable(["database", facts.name])
        table.add(["id", facts.config.text("id")])
        table.add(["created", facts.config.createdText])
        table.add(["tables", facts.tables.joined(separator: ", ")])
        table.add(["documents", grouped(facts.documentCount)])
        try console.printTable(table)
    }

    private static func createDatabase(_ arguments: Arguments, _ console: Console) throws {
        let name = arguments["NAME"]
        // Before a file is made for it.
        if arguments.value("connect") == nil { try CatalogOptions().names.validate(name, for: .database) }
        let session = try arguments.session(.writing, create: true)
        try session.write("r.dbCreate(\(Datum(name)))")
        try session.close()
        console.message("Created the database \(name).")
    }

    private static func dropDatabase(_ arguments: Arguments, _ console: Console) throws {
        let session = try arguments.session(.writing)
        let facts = try DatabaseFacts(session.requiredDatabase(arguments["NAME"]), session)
        let what = "\(counted(facts.tables.count, "table")) and \(counted(facts.documentCount, "document"))"
        try console.confirm("drops the database \(facts.name) with \(what)", name: facts.name, force: arguments.has("force"))
        try session.write("r.dbDrop(\(Datum(facts.name)))")
        try session.close()
        console.message("Dropped the database \(facts.name) with \(what).")
    }

    private static func renameDatabase(_ arguments: Arguments, _ console: Console) throws {
        let session = try arguments.session(.writing)
        _ = try session.requiredDatabase(arguments["NAME"])
        try session.write("r.db(\(Datum(arguments["NAME"]))).config().update({name: \(Datum(arguments["NEW"]))})")
        try session.close()
        console.message("Renamed the database \(arguments["NAME"]) to \(arguments["NEW"]).")
    }
}

/// A database with what its listing shows.
private struct DatabaseFacts {
    let config: Datum
    let tables: [String]
    let documentCount: Int

    init(_ config: Datum, _ session: any Session) throws {
        self.config = config
        let name = config.text("name")
        tables = try session.tableConfigs(in: name).map { $0.text("name") }
        documentCount = try tables.reduce(0) { try $0 + session.documentCount(in: TableName(database: name, table: $1)) }
    }

    var name: String { config.text("name") }

    var json: Datum {
        get throws {
            try Datum.object([
                ("id", Datum(config.text("id"))), ("name", Datum(name)), ("created_at", config[field: "created_at"] ?? .null),
                ("tables", Datum(names: tables)), ("doc_count", Datum(documentCount)),
            ])
        }
    }
}
