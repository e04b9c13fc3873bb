import httpd

extension Command {
    static let db = Command(
        name: "db",
        summary: "databases: list, create, drop, rename, info",
        positionals: [.file],
        actions: [
            Action(name: "list", summary: "all databases with their tables and documents counted"),
            Action(name: "create", positionals: [databaseName], summary: "make a database, and the file if it is not there"),
            Action(name: "drop", positionals: [databaseName], summary: "remove a database with its tables and documents"),
            Action(
                name: "rename", positionals: [databaseName, Positional(name: "NEW", help: "the name it gets")],
                summary: "give it another name"),
            Action(name: "info", positionals: [databaseName], summary: "its id, age and tables"),
        ],
        options: [.json, .force],
        discussion: "A name is 1 to 128 letters, digits and _, and does not begin with a digit.",
        examples: ["pando db app.pando create app", "pando db app.pando list --json", "pando db app.pando drop app --force"]
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
        let snapshot = try Catalog.reading(arguments["FILE"]).snapshot()
        let databases = try snapshot.databases().map { try DatabaseFacts($0, snapshot) }
        if arguments.has("json") { return try console.printJSON(databases.map(\.json)) }
        var table = TextTable(["database", "tables", "documents", "created"], right: ["tables", "documents"])
        for one in databases {
            table.add([one.config.name, grouped(one.tables.count), grouped(one.documentCount), timestamp(one.config.createdAt)])
        }
        try console.printTable(table)
    }

    private static func showDatabase(_ arguments: Arguments, _ console: Console) throws {
        let snapshot = try Catalog.reading(arguments["FILE"]).snapshot()
        let facts = try DatabaseFacts(snapshot.requiredDatabase(arguments["NAME"]), snapshot)
        if arguments.has("json") { return try console.printJSON(facts.json) }
        var table = TextTable(["database", facts.config.name])
        table.add(["id", facts.config.id])
        table.add(["created", timestamp(facts.config.createdAt)])
        table.add(["tables", facts.tables.map(\.name).joined(separator: ", ")])
        table.add(["documents", grouped(facts.documentCount)])
        try console.printTable(table)
    }

    private static func createDatabase(_ arguments: Arguments, _ console: Console) throws {
        let name = arguments["NAME"]
        try CatalogOptions().names.validate(name, for: .database)  // before a file is made for it
        let catalog = try Catalog.writing(arguments["FILE"], create: true)
        var transaction = try catalog.beginWrite()
        _ = try transaction.createDatabase(name)
        try transaction.commit(.hard)
        try catalog.close()
        console.message("Created the database \(name).")
    }

    private static func dropDatabase(_ arguments: Arguments, _ console: Console) throws {
        let catalog = try Catalog.writing(arguments["FILE"])
        let snapshot = try catalog.snapshot()
        let facts = try DatabaseFacts(snapshot.requiredDatabase(arguments["NAME"]), snapshot)
        let what = "\(counted(facts.tables.count, "table")) and \(counted(facts.documentCount, "document"))"
        try console.confirm("drops the database \(facts.config.name) with \(what)", name: facts.config.name, force: arguments.has("force"))
        var transaction = try catalog.beginWrite()
        _ = try transaction.dropDatabase(facts.config.name)
        try transaction.commit(.hard)
        try catalog.close()
        console.message("Dropped the database \(facts.config.name) with \(what).")
    }

    private static func renameDatabase(_ arguments: Arguments, _ console: Console) throws {
        let catalog = try Catalog.writing(arguments["FILE"])
        _ = try catalog.snapshot().requiredDatabase(arguments["NAME"])
        var transaction = try catalog.beginWrite()
        _ = try transaction.renameDatabase(arguments["NAME"], to: arguments["NEW"])
        try transaction.commit(.hard)
        try catalog.close()
        console.message("Renamed the database \(arguments["NAME"]) to \(arguments["NEW"]).")
    }
}

/// A database with what its listing shows.
private struct DatabaseFacts {
    let config: DatabaseConfig
    let tables: [TableConfig]
    let documentCount: Int

    init(_ config: DatabaseConfig, _ snapshot: CatalogSnapshot) throws {
        self.config = config
        tables = try snapshot.tables(in: config)
        documentCount = try tables.reduce(0) { try $0 + snapshot.documentCount(in: $1) }
    }

    var json: Datum {
        [
            "id": Datum(config.id), "name": Datum(config.name), "created_at": Datum(config.createdAt),
            "tables": Datum(names: tables.map(\.name)), "doc_count": Datum(documentCount),
        ]
    }
}
