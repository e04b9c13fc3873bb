import httpd

extension Command {
    static let table = Command(
        name: "table",
        summary: "tables: list, create, drop, rename, info",
        positionals: [.fileOrServer],
        actions: [
            Action(name: "list", positionals: [Positional(name: "DB", help: "a database")], summary: "the tables of a database"),
            Action(name: "create", positionals: [.table], summary: "make a table"),
            Action(name: "drop", positionals: [.table], summary: "remove a table with its documents"),
            Action(
                name: "rename", positionals: [.table, Positional(name: "NEW", help: "the name it gets, without the database")],
                summary: "give it another name"),
            Action(name: "info", positionals: [.table], summary: "its id, age, primary key and documents"),
        ],
        options: [
            .value("primary-key", "FIELD", "the field that is a document's key (default: id)").with("create"), .json, .force,
        ] + Option.connecting(),
        examples: [
            "pando table app.pando create app.users", "pando table app.pando create app.places --primary-key geonameid",
            "pando table app.pando list app",
        ]
    ) { arguments, console in
        switch arguments.action {
        case "create": try createTable(arguments, console)
        case "drop": try dropTable(arguments, console)
        case "rename": try renameTable(arguments, console)
        case "info": try showTable(arguments, console)
        default: try listTables(arguments, console)
        }
    }

    private static func listTables(_ arguments: Arguments, _ console: Console) throws {
        let session = try arguments.session(.reading)
        _ = try session.requiredDatabase(arguments["DB"])
        let tables = try session.tableConfigs(in: arguments["DB"])
        if arguments.has("json") { return try console.printJSON(try tables.map { try withCount($0, session) }) }
        var listing = TextTable(["table", "primary key", "documents", "created"], right: ["documents"])
        for table in tables {
            let count = try session.documentCount(in: TableName(database: arguments["DB"], table: table.text("name")))
            listing.add([table.text("name"), table.text("primary_key"), grouped(count), table.createdText])
        }
        try console.printTable(listing)
    }

    private static func showTable(_ arguments: Arguments, _ console: Console) throws {
        let name = try TableName(arguments["DB.TABLE"])
        let session = try arguments.session(.reading)
        let facts = try withCount(session.requiredTable(name), session)
        if arguments.has("json") { return try console.printJSON(facts) }
        var listing = TextTable(["table", name.text])
        listing.add(["id", facts.text("id")])
        listing.add(["database id", facts.text("database_id")])
        listing.add(["primary key", facts.text("primary_key")])
        listing.add(["documents", grouped(facts[field: "doc_count"]?.integer ?? 0)])
        listing.add(["created", facts.createdText])
        try console.printTable(listing)
    }

    /// A table's configuration with its documents counted.
    private static func withCount(_ config: Datum, _ session: any Session) throws -> Datum {
        let name = TableName(database: config.text("db"), table: config.text("name"))
        return try Datum.object([
            ("id", Datum(config.text("id"))), ("name", Datum(name.table)), ("db", Datum(name.database)),
            ("database_id", Datum(try session.requiredDatabase(name.database).text("id"))),
            ("primary_key", Datum(config.text("primary_key"))), ("created_at", config[field: "created_at"] ?? .null),
            ("doc_count", Datum(try session.documentCount(in: name))),
        ])
    }

    private static func createTable(_ arguments: Arguments, _ console: Console) throws {
        let name = try TableName(arguments["DB.TABLE"])
        let session = try arguments.session(.writing)
        _ = try session.requiredDatabase(name.database)
        let key = Datum(arguments.value("primary-key") ?? "id")
        try session.write("r.db(\(Datum(name.database))).tableCreate(\(Datum(name.table)), {primaryKey: \(key)})")
        try session.close()
        console.message("Created the table \(name.text).")
    }

    private static func dropTable(_ arguments: Arguments, _ console: Console) throws {
        let name = try TableName(arguments["DB.TABLE"])
        let session = try arguments.session(.writing)
        _ = try session.requiredTable(name)
        let what = counted(try session.documentCount(in: name), "document")
        try console.confirm("drops the table \(name.text) with \(what)", name: name.table, force: arguments.has("force"))
        try session.write("r.db(\(Datum(name.database))).tableDrop(\(Datum(name.table)))")
        try session.close()
        console.message("Dropped the table \(name.text) with \(what).")
    }

    private static func renameTable(_ arguments: Arguments, _ console: Console) throws {
        let name = try TableName(arguments["DB.TABLE"])
        let session = try arguments.session(.writing)
        _ = try session.requiredTable(name)
        try session.write("\(name.query).config().update({name: \(Datum(arguments["NEW"]))})")
        try session.close()
        console.message("Renamed the table \(name.text) to \(name.database).\(arguments["NEW"]).")
    }
}
