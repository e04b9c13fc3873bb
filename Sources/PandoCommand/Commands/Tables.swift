import httpd

extension Command {
    static let table = Command(
        name: "table",
        summary: "tables: list, create, drop, rename, info",
        positionals: [.file],
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
            .value("primary-key", "FIELD", "with create: the field that is a document's key (default: id)"), .json, .force,
        ],
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
        let snapshot = try Catalog.reading(arguments["FILE"]).snapshot()
        let tables = try snapshot.tables(in: snapshot.requiredDatabase(arguments["DB"]))
        if arguments.has("json") { return try console.printJSON(try tables.map { try $0.facts(snapshot) }) }
        var listing = TextTable(["table", "primary key", "documents", "created"], right: ["documents"])
        for table in tables {
            listing.add([table.name, table.primaryKey, grouped(try snapshot.documentCount(in: table)), timestamp(table.createdAt)])
        }
        try console.printTable(listing)
    }

    private static func showTable(_ arguments: Arguments, _ console: Console) throws {
        let snapshot = try Catalog.reading(arguments["FILE"]).snapshot()
        let table = try snapshot.requiredTable(TableName(arguments["DB.TABLE"]))
        if arguments.has("json") { return try console.printJSON(try table.facts(snapshot)) }
        var listing = TextTable(["table", table.qualifiedName])
        listing.add(["id", table.id])
        listing.add(["database id", table.databaseID])
        listing.add(["primary key", table.primaryKey])
        listing.add(["documents", grouped(try snapshot.documentCount(in: table))])
        listing.add(["created", timestamp(table.createdAt)])
        try console.printTable(listing)
    }

    private static func createTable(_ arguments: Arguments, _ console: Console) throws {
        let name = try TableName(arguments["DB.TABLE"])
        let catalog = try Catalog.writing(arguments["FILE"])
        let database = try catalog.snapshot().requiredDatabase(name.database)
        var transaction = try catalog.beginWrite()
        _ = try transaction.createTable(name.table, in: database, primaryKey: arguments.value("primary-key") ?? "id")
        try transaction.commit(.hard)
        try catalog.close()
        console.message("Created the table \(arguments["DB.TABLE"]).")
    }

    private static func dropTable(_ arguments: Arguments, _ console: Console) throws {
        let catalog = try Catalog.writing(arguments["FILE"])
        let snapshot = try catalog.snapshot()
        let table = try snapshot.requiredTable(TableName(arguments["DB.TABLE"]))
        let what = counted(try snapshot.documentCount(in: table), "document")
        try console.confirm("drops the table \(table.qualifiedName) with \(what)", name: table.name, force: arguments.has("force"))
        var transaction = try catalog.beginWrite()
        _ = try transaction.dropTable(table.name, in: snapshot.requiredDatabase(table.databaseName))
        try transaction.commit(.hard)
        try catalog.close()
        console.message("Dropped the table \(table.qualifiedName) with \(what).")
    }

    private static func renameTable(_ arguments: Arguments, _ console: Console) throws {
        let catalog = try Catalog.writing(arguments["FILE"])
        let snapshot = try catalog.snapshot()
        let table = try snapshot.requiredTable(TableName(arguments["DB.TABLE"]))
        var transaction = try catalog.beginWrite()
        _ = try transaction.renameTable(table.name, in: snapshot.requiredDatabase(table.databaseName), to: arguments["NEW"])
        try transaction.commit(.hard)
        try catalog.close()
        console.message("Renamed the table \(table.qualifiedName) to \(table.databaseName).\(arguments["NEW"]).")
    }
}

extension TableConfig {
    fileprivate func facts(_ snapshot: CatalogSnapshot) throws -> Datum {
        [
            "id": Datum(id), "name": Datum(name), "db": Datum(databaseName), "database_id": Datum(databaseID),
            "primary_key": Datum(primaryKey), "created_at": Datum(createdAt), "doc_count": Datum(try snapshot.documentCount(in: self)),
        ]
    }
}
