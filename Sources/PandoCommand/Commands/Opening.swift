import httpd

extension Positional {
    static let file = Positional(name: "FILE", help: "the database file")
    /// Left out where `--connect` names a server.
    static let fileOrServer = Positional(name: "FILE", isReplacedByServer: true, help: "the database file, unless there is --connect")
    static let table = Positional(name: "DB.TABLE", help: "a table and its database, such as app.users")
}

extension Arguments {
    /// What the command works on: the server of `--connect`, or FILE.
    func session(_ access: FileSession.Access, create: Bool = false, passwordOption: String = "password-file") throws -> any Session {
        if let server = try server(passwordOption: passwordOption) {
            if let option = KeyOptions.given(in: self) {
                throw CommandError.usage("--\(option) is of a file that is opened here; the server of --connect has its own key.")
            }
            return ServerSession(server)
        }
        return try FileSession(path: self["FILE"], access, key: key(), create: create)
    }
}

extension Catalog {
    /// Opens a file that exists, to look at it: nothing is changed, and another process may be writing it.
    static func reading(_ path: String, _ key: FileEncryption? = nil) throws -> Catalog {
        try requirePlace(path, key)
        var options = CatalogOptions()
        options.readOnly = true
        options.create = false
        options.encryption = key
        let catalog = try open(at: path, options)
        catalog.register(ReQLIndexFunctions())
        return catalog
    }

    /// - Parameters:
    ///   - key: of an encrypted file; a new one is encrypted if there is a key.
    ///   - create: makes the file if it does not exist.
    ///   - isForLoading: much is going to be written in order, for which little memory does.
    ///   - atServer: what does the same at a server that has the file open.
    static func writing(
        _ path: String, _ key: FileEncryption? = nil, create: Bool = false, isForLoading: Bool = false,
        atServer: String = CommandError.connecting
    ) throws -> Catalog {
        try create ? TargetFile.requirePlace(of: path, key) : requirePlace(path, key)
        var options = CatalogOptions()
        options.create = create
        options.encryption = key
        if isForLoading { options.changeByteCount = 16 << 20 }
        let catalog: Catalog
        do { catalog = try open(at: path, options) } catch let error as CatalogError {
            guard error.kind == .busy else { throw error }
            throw CommandError.held(error.message, atServer: atServer)
        }
        catalog.register(ReQLIndexFunctions())
        return catalog
    }

    /// Opens a file, or what is kept by the engine that stands in its place.
    ///
    /// - Parameter isAlone: whether nobody else may write what the engine keeps meanwhile.
    static func open(at place: String, _ options: CatalogOptions, isAlone: Bool = false) throws -> Catalog {
        guard PostgresAddress.isOne(place) else { return try open(path: place, options: options) }
        let use: PostgresEngine.Use = options.readOnly ? .reading : isAlone ? .writingAlone : .writingBesideOthers
        return try open(try PostgresEngine(try PostgresAddress(place), use), options: options)
    }

    static func requirePlace(_ place: String, _ key: FileEncryption?) throws(CommandError) {
        PostgresAddress.isOne(place) ? try requireNoKey(key) : try requireFile(place)
    }

    static func requireNoKey(_ key: FileEncryption?) throws(CommandError) {
        if key != nil { throw .usage("There is no file to encrypt: what an engine keeps is encrypted by its own disk.") }
    }

    static func requireFile(_ path: String) throws(CommandError) {
        try FileOnly.require(path, "keys", instead: "What an engine keeps is encrypted by its own disk.")
        if SystemCalls.isDirectory(path) { throw .failed("\(path) is a directory; FILE is a database file.") }
        guard SystemCalls.exists(path) else {
            let isStatement = path.contains(" ")
            throw .failed(
                isStatement
                    ? "There is no file \"\(path)\": the database file comes before a statement or a query."
                    : "There is no file \(path). To make one: pando db \(path) create NAME")
        }
    }
}

extension Pando {
    /// Opens a file, or what is kept by the engine that stands in its place.
    ///
    /// - Parameter isAlone: whether nobody else may write what the engine keeps meanwhile.
    static func open(at place: String, _ options: PandoOptions, isAlone: Bool = false) throws -> Pando {
        guard PostgresAddress.isOne(place) else { return try Pando(path: place, options: options) }
        do { return Pando(try Catalog.open(at: place, options.catalog, isAlone: isAlone), options: options) } catch let error
            as CatalogError
        {
            throw ReQLError(error)
        }
    }
}

/// `DB.TABLE` as it stands on the command line.
struct TableName {
    let database: String
    let table: String

    init(database: String, table: String) {
        self.database = database
        self.table = table
    }

    init(_ text: String) throws(CommandError) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            throw .usage("A table is written DB.TABLE, such as app.users, not “\(text)”.")
        }
        (database, table) = (String(parts[0]), String(parts[1]))
    }
}

extension CatalogSnapshot {
    /// The database, or an error that names one that was probably meant.
    func requiredDatabase(_ name: String) throws -> DatabaseConfig {
        if let database = try database(name) { return database }
        throw CommandError.failed("There is no database \(name).\(suggestion(for: name, among: try databases().map(\.name)))")
    }

    /// The table, or an error that names one that was probably meant.
    func requiredTable(_ name: TableName) throws -> TableConfig {
        let database = try requiredDatabase(name.database)
        if let table = try table(name.table, in: database) { return table }
        let near = suggestion(for: name.table, among: try tables(in: database).map(\.name))
        throw CommandError.failed("There is no table \(name.database).\(name.table).\(near)")
    }
}
