import httpd

extension Command {
    /// `pando import postgresql://… FILE`.
    static func importDatabase(_ source: String, _ arguments: Arguments, _ console: Console) throws {
        let documents = ["format", "conflict", "on-error", "primary-key", "no-infer", "fields", "delimiter", "record", "list", "exact"]
        if let option = documents.first(where: { arguments.has($0) || arguments.value($0) != nil }) {
            throw CommandError.usage("--\(option) goes with documents, not with postgresql://….")
        }
        let address = try PostgresAddress(source, password: try arguments.value("source-password").map { try firstLine(ofFile: $0) })
        let choice = PostgresSchema.Choice(
            schemas: try arguments.names("schema").map(Set.init),
            tables: try arguments.names("table").map { names throws(CommandError) in
                if let name = names.first(where: { !$0.contains(".") }) {
                    throw .usage("A table is named with its schema here, such as public.\(name).")
                }
                return Set(names)
            })
        if choice.schemas != nil, choice.tables != nil { throw CommandError.usage("Say either --schema or --table.") }
        let database = arguments.value("db") ?? address.database
        do throws(CatalogError) { try NameRule.rethinkdb.validate(database, for: .database) } catch {
            throw CommandError.usage("\(error.message) Give it another one: --db NAME.")
        }
        // Asked first: without it there is nothing to make a file for.
        let client = try PostgresHosts(address).connect()
        defer { client.close() }
        let path = arguments.positional("FILE")
        let isNew = path.map { !SystemCalls.exists($0) } ?? false
        let session = try arguments.session(.writing, create: true)
        let outcome = Result {
            if try !session.databaseConfigs().contains(where: { $0.text("name") == database }) {
                try session.write("r.dbCreate(\(Datum(database)))")
            }
            var importer = PostgresImporter(client, into: session, database, console)
            return try importer.run(choice)
        }
        let isEmpty = isNew ? try session.tableConfigs(in: database).isEmpty : false
        // A file that was made for what has failed at its beginning. Not after it is closed: another process could have begun to write it.
        if isEmpty, case .failure = outcome, let path { SystemCalls.remove(path) }
        try session.close()
        try outcome.get().tell(database, console, asJSON: arguments.has("json"))
    }
}
