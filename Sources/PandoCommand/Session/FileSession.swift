import httpd

/// Queries of a file that this process opens.
final class FileSession: Session {
    let name: String
    let pando: Pando
    let readOnlyReason: String?
    /// Where statements of SQL run: a transaction goes on from one to the next.
    private var connection: SQLConnection?
    var asOf: String?
    /// What queries and statements are done in.
    var transaction: NamedTransaction?
    var hasTransaction: Bool { transaction != nil }
    var isEncrypted: Bool { pando.catalog.isEncrypted }

    enum Access {
        case reading
        case writing
        /// To write if nobody else does and the file allows it, and otherwise to read.
        case whatIsFree
    }

    /// - Parameter create: makes the file if it does not exist.
    init(path: String, _ access: Access, key: FileEncryption? = nil, create: Bool = false) throws {
        name = try PostgresAddress.isOne(path) ? PostgresAddress(path).name : path
        try create ? TargetFile.requirePlace(of: path, key) : Catalog.requirePlace(path, key)
        (pando, readOnlyReason) = try Self.open(path, access, key, create: create)
        pando.holdDeclarations()
    }

    private static func open(_ path: String, _ access: Access, _ key: FileEncryption?, create: Bool) throws -> (
        Pando, readOnlyReason: String?
    ) {
        var options = PandoOptions()
        options.catalog.create = create
        options.catalog.readOnly = access == .reading
        options.encryption = key
        do { return (try Pando.open(at: path, options), nil) } catch let error as ReQLError {
            // What is free of a file that this account may not write is to read it.
            guard error.cause == .busy || error.cause == .readOnly && access == .whatIsFree else { throw error }
            guard access == .whatIsFree else { throw CommandError.held(error.message) }
            options.catalog.readOnly = true
            return (try Pando.open(at: path, options), error.message)
        }
    }

    func start(_ query: TermTree, database: String?, stopper: Stopper) throws -> SessionAnswer {
        var options = QueryOptions()
        options.database = database
        options.cancellation = stopper.cancellation
        options.asOf = try asOf.map { try StateReference(text: $0) }
        // A block of SQL that is open keeps it from nothing.
        connection?.awaitClient()
        if let transaction { return try start(query, options, in: transaction) }
        switch try pando.start(query, options: options) {
        case .value(let value): return .value(value)
        case .sequence(let cursor): return .rows(Rows(cursor))
        }
    }

    func explain(_ query: TermTree, database: String?, stopper: Stopper) throws -> QueryPlan {
        var options = QueryOptions()
        options.database = database
        options.cancellation = stopper.cancellation
        options.asOf = try asOf.map { try StateReference(text: $0) }
        return try pando.explain(query, options: options)
    }

    func run(
        _ statement: String, _ parameters: StatementParameters, database: String, asTexts: Bool, stopper: Stopper
    ) throws -> StatementAnswer {
        if transaction != nil { connection?.awaitClient() }
        if let transaction {
            return try run(statement, parameters, database: database, asTexts: asTexts, stopper: stopper, in: transaction)
        }
        do throws(SQLError) {
            let connection = try connection(to: database)
            connection.stop(by: stopper.cancellation)
            return try answer(statement, parameters, connection, asTexts: asTexts, keepsSession: true)
        } catch {
            throw StatementFailure(error, in: statement)
        }
    }

    /// Begins a statement in a session.
    func answer(
        _ statement: String, _ parameters: StatementParameters, _ connection: SQLConnection, asTexts: Bool, keepsSession: Bool
    ) throws(SQLError) -> StatementAnswer {
        // Those of a statement that failed.
        _ = connection.takeNotices()
        let result = try connection.begin(SQLRequest(statement, parameters.arguments), keepsSession: keepsSession)
        if result.copy != nil {
            connection.fail()
            throw SQLError(.featureNotSupported, "COPY is for PostgreSQL's clients", hint: "pando import and pando export do it here.")
        }
        // What has been written is so, whether or not the rows are read.
        if result.isComplete { try connection.sync() }
        let types = (result.columns ?? []).map(\.type)
        let areTexts = asTexts && result.columns?.map(\.name) != ["_doc"]
        let description = result.columns.map { JSONRows.description(of: $0, connection.functions) }
        return StatementAnswer(
            columns: description?.elements.map { StatementAnswer.Column(name: $0.text("name"), type: $0.text("type")) }
        ) {
            do throws(SQLError) {
                guard let row = try result.next() else { return nil }
                var values: [Datum] = []
                let session = connection.functions
                for (value, type) in zip(row, types) {
                    let shown = areTexts ? try JSONRows.text(value, type, session) : try JSONRows.datum(value, type, session)
                    values.append(shown.owned)
                }
                return Datum(elements: values)
            } catch {
                throw StatementFailure(error, in: statement)
            }
        } finish: {
            do throws(SQLError) { if !result.isComplete { try connection.sync() } } catch {
                throw StatementFailure(error, in: statement)
            }
            let words = result.tag().split(separator: " ")
            let command = words.prefix { Int($0) == nil }.joined(separator: " ")
            return (command, words.last.flatMap { Int($0) } ?? result.rowCount, connection.takeNotices().map(\.datum))
        } close: {
            result.close()
        }
    }

    func load(_ lines: ArraySlice<[UInt8]>, into table: String, _ columns: [String], database: String) throws {
        var index: Int?
        do throws(SQLError) {
            let connection = try connection(to: database)
            do throws(SQLError) {
                let text = "COPY \(table) (\(columns.joined(separator: ", "))) FROM STDIN"
                guard let exchange = try connection.begin(SQLRequest(text), keepsSession: true).copy else { return }
                let reader = CopyIn(exchange, connection.functions)
                do throws(SQLError) {
                    for place in lines.indices {
                        index = place
                        try reader.receive(lines[place])
                    }
                    index = nil
                    _ = try reader.end()
                } catch {
                    if let line = exchange.failedLine { index = lines.startIndex + line - 1 }
                    exchange.abandon()
                    throw error
                }
                try connection.sync()
            } catch {
                connection.fail()
                try? connection.sync()
                throw error
            }
        } catch {
            throw RowRefusal(index: index, message: "\(error.message) (\(error.state.rawValue))")
        }
    }

    private func connection(to database: String) throws(SQLError) -> SQLConnection {
        if let connection, connection.database == database { return connection }
        connection?.close()
        connection = nil
        let new = try SQLConnection(pando, user: nil, database: database)
        connection = new
        return new
    }

    func statistics() throws -> [(name: String, value: String)] { try pando.catalog.statisticsRows() }

    func statisticsDatum() throws -> Datum {
        let writer = try pando.catalog.writerProcess().map { Datum($0) } ?? .null
        return try pando.catalog.statisticsDatum().setting("writer", to: writer)
    }

    func databaseConfigs() throws -> [Datum] {
        try pando.catalog.snapshot().databases().map { ["id": Datum($0.id), "name": Datum($0.name), "created_at": Datum($0.createdAt)] }
    }

    func tableConfigs(in database: String) throws -> [Datum] {
        let snapshot = try pando.catalog.snapshot()
        guard let config = try snapshot.database(database) else { return [] }
        return try snapshot.tables(in: config).map { table in
            [
                "id": Datum(table.id), "name": Datum(table.name), "db": Datum(database), "primary_key": Datum(table.primaryKey),
                "created_at": Datum(table.createdAt), "indexes": table.indexNames,
            ]
        }
    }

    func importDocuments(from source: any DocumentSource, into table: TableName, _ settings: ImportSettings, _ console: Console) throws {
        let table = try pando.catalog.snapshot().requiredTable(table)
        try pando.catalog.importDocuments(from: source, into: table, settings, console)
    }

    func dump(to path: String, stopper: Stopper, progress: (ArchiveProgress) throws(CatalogError) -> Void) throws -> ArchiveSummary {
        // Nobody has said that what is in an encrypted file may lie here in the plain.
        let sealer = try pando.catalog.archiveSealer()
        return try pando.catalog.snapshot().dump(toFile: path, sealedBy: sealer) { step throws(CatalogError) in
            if stopper.isStopped { throw CatalogError(.cancelled, "Stopped.") }
            try progress(step)
        }
    }

    func finishIndexes(stopper: Stopper) throws { try pando.finishIndexes(stoppedBy: stopper.cancellation) }

    func close() throws {
        connection?.close()
        try end(commits: false)
        try pando.close()
    }

    private final class Rows: SessionRows {
        private let cursor: ResultCursor

        init(_ cursor: ResultCursor) { self.cursor = cursor }

        var isFeed: Bool { cursor.isFeed }
        func next() throws -> Datum? { try cursor.next() }
        func close() { cursor.close() }
    }
}
