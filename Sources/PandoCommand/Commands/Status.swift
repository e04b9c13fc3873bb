import httpd

extension Command {
    static let status = Command(
        name: "status",
        summary: "how large the file is, who writes it, what keeps space, and its tables",
        positionals: [.fileOrServer],
        options: [.json] + Option.connecting(),
        discussion: """
            Changes nothing, and works while the file is served. What readers of other processes keep from being used again is told with the
            commit that they see; at a server also how long ago they began.
            """,
        examples: ["pando status app.pando", "pando status app.pando --json", "pando status --connect localhost:8080"]
    ) { arguments, console in
        let session = try arguments.session(.reading)
        let tables = try session.databaseConfigs().flatMap { database in
            try session.tableConfigs(in: database.text("name")).map { try TableStatus($0, session) }
        }
        if arguments.has("json") {
            return try console.printJSON(
                Datum.object([("file", try session.statisticsDatum()), ("tables", try .array(tables.map(\.json)))]))
        }
        var facts = TextTable(["fact", "value"])
        for row in try session.statistics() { facts.add([row.name, row.value]) }
        try console.printTable(facts)
        guard !tables.isEmpty else { return }
        try console.line()
        var listing = TextTable(["table", "documents", "indexes", "created"], right: ["documents"])
        for table in tables {
            listing.add([table.name.text, grouped(table.documentCount), table.indexes.joined(separator: ", "), table.config.createdText])
        }
        try console.printTable(listing)
    }
}

/// A table with what `status` tells of it.
private struct TableStatus {
    let config: Datum
    let name: TableName
    let documentCount: Int
    let indexes: [String]

    init(_ config: Datum, _ session: any Session) throws {
        self.config = config
        name = TableName(database: config.text("db"), table: config.text("name"))
        documentCount = try session.documentCount(in: name)
        indexes = (config[field: "indexes"] ?? .emptyArray).elements.compactMap(\.string)
    }

    var json: Datum {
        [
            "db": Datum(name.database), "name": Datum(name.table), "doc_count": Datum(documentCount), "indexes": Datum(names: indexes),
            "created_at": config[field: "created_at"] ?? .null,
        ]
    }
}
