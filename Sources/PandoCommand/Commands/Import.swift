import httpd

extension Command {
    static let `import` = Command(
        name: "import",
        summary: "documents from JSON, NDJSON, CSV, XML or a folder of texts into a table, or a whole PostgreSQL database",
        positionals: [
            .fileOrServer, .table,
            Positional(name: "DATA", help: "the file to read, compressed with gzip or not, or a folder of texts; - is standard input"),
        ],
        variant: Variant(
            beginnings: ["postgresql://", "postgres://"],
            positionals: [
                Positional(name: "SOURCE", help: "a running PostgreSQL database: postgresql://USER@HOST:PORT/DATABASE"), .fileOrServer,
            ]),
        options: [
            .choice("format", ["json", "ndjson", "csv", "xml"], "default: by DATA's name, else json (which reads ndjson too)"),
            .choice("conflict", ["error", "replace", "update"], "what to do with a key that is taken (default: error)"),
            .choice("on-error", ["stop", "skip"], "what to do with a bad document (default: stop)"),
            .flag("create", "make the file, the database and the table where they are missing"),
            .value("primary-key", "FIELD", "with --create: the field that is a document's key (default: id)"),
            .flag("no-infer", "csv, xml: every value is a string, also where it reads as a number, a boolean, null, an array or an object"),
            .value("fields", "A,B", "csv: the names of the columns, for data without a first line that has them"),
            .value("delimiter", "C", "csv: what stands between cells (default: a comma)"),
            .value(
                "record", "PATH", "xml: the elements that are documents, such as /catalog/product or //product (default: those in the root)"
            ),
            .value("list", "A,B", "xml: paths of elements that are lists, though their names are no plurals of what is in them"),
            .flag("exact", "xml: the whole is one document that keeps order, blanks and comments"),
            .value("db", "NAME", "postgresql: the database that it goes into, made if it is not there (default: its own name)"),
            .value("schema", "A,B", "postgresql: only what is in these schemas"),
            .value("table", "S.A,S.B", "postgresql: only these tables, with their schemas, and what they need"),
            .value("source-password", "PATH", "postgresql: the password there is the first line of a file; - is standard input"), .json,
        ] + Option.connecting(),
        discussion: """
            DATA is read as a stream and may be larger than memory. Documents without a key get a new one. A bad document is named by its line;
            with --on-error stop those before it stay. Documents become visible in batches and are on the disk when the command ends; after
            an interruption, --conflict replace goes over them again. Cells of CSV become what they read as (36, true, null); empty ones are left out.
            Those in quotes stay texts, as export writes them, but not arrays and objects, nor where the names have quotes, too, or are given.

            Of a folder each text in it and in the folders in it (.txt, .md, .rst and the like, in UTF-8) becomes a document: its path is the key,
            and it has the fields name and text, of which pando index makes a text index. With --on-error skip files that are no such text are
            named and left out.

            DATA whose name ends in .sealed, as pando serve --standby-of leaves it beside an encrypted file, opens with FILE's key.

            SOURCE is read in one snapshot, while others write it: schemas, types, sequences, tables, rows, keys, constraints, indexes and views.
            What can't be taken over is left out and named with the reason, and the exit status is 1 then. Its parameters are those of libpq:
            ?sslmode=verify-full (the default but for loopback), sslrootcert, connect_timeout, require_auth, application_name.
            """,
        examples: [
            "pando import app.pando app.users users.ndjson --create",
            "pando import app.pando app.places places.json.gz --create",
            "pando import app.pando app.users table.tsv --format csv --delimiter $'\\t'",
            "pando import app.pando app.products catalog.xml --record /catalog/product",
            "pando import app.pando app.users more.csv --conflict update",
            "pando import app.pando app.notes notes/ --create",
            "pando import postgresql://ann@db.example.com/shop shop.pando",
        ]
    ) { arguments, console in
        if let source = arguments.positional("SOURCE") { return try importDatabase(source, arguments, console) }
        if let option = ["db", "schema", "table", "source-password"].first(where: { arguments.value($0) != nil }) {
            throw CommandError.usage("--\(option) goes with postgresql://….")
        }
        let name = try TableName(arguments["DB.TABLE"])
        if SystemCalls.isDirectory(arguments["DATA"]) { return try importFolder(arguments["DATA"], name, arguments, console) }
        let data = arguments["DATA"]
        let input = try InputFile.isSealed(data) ? InputFile(sealed: data, arguments.key()) : InputFile(data)
        let format = arguments.value("format").flatMap(RowFormat.init(rawValue:)) ?? RowFormat(fileName: arguments["DATA"]) ?? .json
        let source: any DocumentSource =
            switch format {
            case .csv:
                CSVSource(
                    input, infersTypes: !arguments.has("no-infer"), fields: try arguments.names("fields"),
                    delimiter: try delimiter(arguments))
            case .ndjson: NDJSONSource(input)
            case .xml: XMLSource(input, try reading(arguments))
            case .json, .table: JSONSource(input)
            }

        for (options, formats) in [
            (["fields", "delimiter"], [RowFormat.csv]), (["no-infer"], [.csv, .xml]), (["record", "list", "exact"], [.xml]),
        ] where !formats.contains(format) {
            if let option = options.first(where: { arguments.has($0) || arguments.value($0) != nil }) {
                throw CommandError.usage("--\(option) goes with --format \(formats[0].rawValue).")
            }
        }

        try load(source, into: name, arguments, console)
    }

    /// The texts of a folder.
    private static func importFolder(_ folder: String, _ name: TableName, _ arguments: Arguments, _ console: Console) throws {
        for option in ["format", "fields", "delimiter", "record", "list", "no-infer", "exact"]
        where arguments.has(option) || arguments.value(option) != nil {
            throw CommandError.usage("--\(option) goes with a file; \(folder) is a folder, of which the texts are read.")
        }
        try load(try FolderSource(folder, primaryKey: arguments.value("primary-key") ?? "id"), into: name, arguments, console)
    }

    /// Puts all documents of a source into a table, of a file or at a server.
    private static func load(_ source: any DocumentSource, into name: TableName, _ arguments: Arguments, _ console: Console) throws {
        if arguments.value("primary-key") != nil, !arguments.has("create") {
            throw CommandError.usage("--primary-key goes with --create; a table that exists has its key already.")
        }
        var settings = ImportSettings()
        settings.conflict = arguments.value("conflict").flatMap(ImportSettings.Conflict.init(rawValue:)) ?? .error
        settings.skipsBad = arguments.value("on-error") == "skip"
        settings.reportsJSON = arguments.has("json")
        if let server = try arguments.server() {
            let session = ServerSession(server)
            let made = try prepare(name, at: session, arguments)
            do { return try session.importDocuments(from: source, into: name, settings, console) } catch {
                takeBack(made, name, at: session)
                throw error
            }
        }
        if !arguments.has("create"), !SystemCalls.exists(arguments["FILE"]) {
            throw CommandError.failed("There is no file \(arguments["FILE"]). To make it, add --create.")
        }
        // The memory of a batch that has been put is the next one's.
        HTTPServer.boundHeap(512 << 10)
        let file = arguments["FILE"]
        let isAbsent = !PostgresAddress.isOne(file) && !SystemCalls.exists(file)
        let catalog = try Catalog.writing(file, arguments.key(), create: arguments.has("create"), isForLoading: true)
        // Another process may have made it meanwhile.
        let isNew = isAbsent && catalog.opening == 1
        // Also one that is stopped before it puts a document.
        if isNew { Signals.removeWhenStopped(file) }
        var pando: Pando?
        let outcome = Result {
            let table = try table(name, in: catalog, arguments)
            // What SQL has declared of the table is known to whoever runs queries.
            pando = table.declaration == nil ? nil : Pando(catalog)
            pando?.holdDeclarations()
            try catalog.importDocuments(from: source, into: table, settings, console)
        }
        Signals.removeWhenStopped(nil)
        // An import that fails before its first document leaves no new file behind.
        var isInVain = false
        if isNew, case .failure = outcome { isInVain = (try? catalog.hasNoDocuments()) ?? false }
        // Not after it is closed: another process could have begun to write it.
        if isInVain { SystemCalls.remove(file) }
        let closing = Result { if let pando { try pando.close() } else { try catalog.close() } }
        try outcome.get()
        try closing.get()
    }

    /// Drops what was made for documents of which none has come. Whoever has put something there meanwhile keeps it.
    private static func takeBack(_ made: (database: Bool, table: Bool), _ name: TableName, at session: ServerSession) {
        let (database, table) = ("\(Datum(name.database))", "\(Datum(name.table))")
        if made.table {
            let drop = "r.db(\(database)).tableDrop(\(table))"
            _ = try? session.write("r.db(\(database)).table(\(table)).isEmpty().branch(\(drop), null)")
        }
        if made.database { _ = try? session.write("r.db(\(database)).tableList().isEmpty().branch(r.dbDrop(\(database)), null)") }
    }

    /// Makes the database and the table at a server if `--create` says so; otherwise the table must be there.
    ///
    /// - Returns: which of them were made.
    private static func prepare(
        _ name: TableName, at session: ServerSession, _ arguments: Arguments
    ) throws -> (database: Bool, table: Bool) {
        guard arguments.has("create") else {
            do { _ = try session.requiredTable(name) } catch let error as CommandError where error.message.hasPrefix("There is no ") {
                throw CommandError.failed("\(error.message) To make it, add --create.")
            }
            return (false, false)
        }
        let isNew = try !session.databaseConfigs().contains { $0.text("name") == name.database }
        if isNew { try session.write("r.dbCreate(\(Datum(name.database)))") }
        let table = try session.tableConfigs(in: name.database).first { $0.text("name") == name.table }
        let key = arguments.value("primary-key")
        if let own = table?.text("primary_key"), let key, own != key {
            throw CommandError.failed("The table \(name.text) exists, and its primary key is \(own).")
        }
        if table == nil {
            let options = "{primaryKey: \(Datum(key ?? "id"))}"
            try session.write("r.db(\(Datum(name.database))).tableCreate(\(Datum(name.table)), \(options))")
        }
        return (isNew, table == nil)
    }

    /// A file of documents, read as its name says.
    static func documentSource(_ path: String) throws -> any DocumentSource {
        let input = try InputFile(path)
        switch RowFormat(fileName: path) ?? .json {
        case .csv: return CSVSource(input, infersTypes: true, fields: nil, delimiter: UInt8(ascii: ","))
        case .ndjson: return NDJSONSource(input)
        case .xml: return XMLSource(input, XMLReading())
        case .json, .table: return JSONSource(input)
        }
    }

    private static func reading(_ arguments: Arguments) throws(CommandError) -> XMLReading {
        var reading = XMLReading()
        reading.guessesTypes = !arguments.has("no-infer")
        reading.isExact = arguments.has("exact")
        reading.lists = Set(try arguments.names("list") ?? [])
        if let text = arguments.value("record") {
            guard !reading.isExact else { throw .usage("--record and --exact don't go together: the whole is one document.") }
            guard let path = XMLRecordPath(text) else {
                throw .usage("--record is a path such as /catalog/product, //product or /*/product[@kind='book'], not “\(text)”.")
            }
            reading.records = path
        }
        return reading
    }

    private static func delimiter(_ arguments: Arguments) throws(CommandError) -> UInt8 {
        let text = arguments.value("delimiter") ?? ","
        guard let byte = text.utf8.first, text.utf8.count == 1, byte < 0x80, ![0x0A, 0x0D, 0x22].contains(byte) else {
            throw .usage("--delimiter is one character such as ; or a tab, not “\(text)”.")
        }
        return byte
    }

    /// The table to import into, made if `--create` says so.
    private static func table(_ name: TableName, in catalog: Catalog, _ arguments: Arguments) throws -> TableConfig {
        guard arguments.has("create") else {
            do { return try catalog.snapshot().requiredTable(name) } catch let error as CommandError {
                throw CommandError.failed("\(error.message) To make it, add --create.")
            }
        }
        var transaction = try catalog.beginWrite()
        let database = try transaction.database(name.database) ?? transaction.createDatabase(name.database)
        let primaryKey = arguments.value("primary-key")
        if let table = try transaction.table(name.table, in: database) {
            transaction.rollback()
            if let primaryKey, primaryKey != table.primaryKey {
                throw CommandError.failed("The table \(table.qualifiedName) exists, and its primary key is \(table.primaryKey).")
            }
            return table
        }
        let table = try transaction.createTable(name.table, in: database, primaryKey: primaryKey ?? "id")
        try transaction.commit(.none)
        return table
    }
}

extension Catalog {
    /// Whether no table has a document.
    fileprivate func hasNoDocuments() throws -> Bool {
        let snapshot = try snapshot()
        return try snapshot.databases().allSatisfy { database in
            try snapshot.tables(in: database).allSatisfy { try snapshot.documentCount(in: $0) == 0 }
        }
    }
}
