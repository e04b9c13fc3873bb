import httpd

/// Queries of a file that this process opens.
final class FileSession: Session {
    let name: String
    let pando: Pando
    /// Why it can only be read, if that was not asked for.
    let readOnlyReason: String?

    /// Opens a file to write if nobody else does, and otherwise to read.
    init(path: String, readOnly: Bool, create: Bool) throws {
        name = path
        if !create { try Catalog.requireFile(path) }
        var options = PandoOptions()
        options.catalog.create = create
        options.catalog.readOnly = readOnly
        (pando, readOnlyReason) = try Self.open(path, options)
    }

    private static func open(_ path: String, _ options: PandoOptions) throws -> (Pando, readOnlyReason: String?) {
        do { return (try Pando(path: path, options: options), nil) } catch {
            guard error.cause == .busy, !options.catalog.readOnly else { throw error }
            var options = options
            options.catalog.readOnly = true
            return (try Pando(path: path, options: options), error.message)
        }
    }

    func start(_ query: TermTree, database: String?, stopper: Stopper) throws -> SessionAnswer {
        var options = QueryOptions()
        options.database = database
        options.cancellation = stopper.cancellation
        switch try pando.start(query, options: options) {
        case .value(let value): return .value(value)
        case .sequence(let cursor): return .rows(Rows(cursor))
        }
    }

    func statistics() throws -> [(name: String, value: String)] { try pando.catalog.statisticsRows() }

    func close() throws { try pando.close() }

    private final class Rows: SessionRows {
        private let cursor: ResultCursor

        init(_ cursor: ResultCursor) { self.cursor = cursor }

        var isFeed: Bool { cursor.isFeed }
        func next() throws -> Datum? { try cursor.next() }
        func close() { cursor.close() }
    }
}
