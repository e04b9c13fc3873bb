import Ground
import Synchronization
import httpd

/// The place where the queries of a command run: in a file, or at a server that has one open.
protocol Session: AnyObject {
    /// What is open, for messages.
    var name: String { get }
    /// Why nothing can be written, where that was not asked for; nil where it can.
    var readOnlyReason: String? { get }
    /// Whether what is open is an encrypted file.
    var isEncrypted: Bool { get }
    /// The state that queries read, as `StateReference(text:)` takes it: nil for the newest one.
    var asOf: String? { get set }
    /// Starts a query.
    /// - Parameter database: that of tables that name none; nil is `test`.
    func start(_ query: TermTree, database: String?, stopper: Stopper) throws -> SessionAnswer
    /// Runs a query and tells how it was answered; what it writes is rolled back.
    func explain(_ query: TermTree, database: String?, stopper: Stopper) throws -> QueryPlan
    /// Begins a statement of SQL.
    /// - Throws: ``StatementFailure``.
    /// - Parameter asTexts: whether values are what PostgreSQL's clients show. A document alone stays one.
    func run(
        _ statement: String, _ parameters: StatementParameters, database: String, asTexts: Bool, stopper: Stopper
    ) throws -> StatementAnswer
    /// Begins a transaction that queries and statements are done in from now on.
    func begin() throws
    /// Ends it, if there is one.
    func end(commits: Bool) throws
    var hasTransaction: Bool { get }
    /// Figures of the file, each with what it is called.
    func statistics() throws -> [(name: String, value: String)]
    /// The same for programs.
    func statisticsDatum() throws -> Datum
    /// The databases, by name: `id`, `name`, `created_at`.
    func databaseConfigs() throws -> [Datum]
    /// The tables of a database that exists, by name: `id`, `name`, `db`, `primary_key`, `created_at` and more.
    func tableConfigs(in database: String) throws -> [Datum]
    /// Puts documents into a table that exists, and reports how many.
    /// - Throws: the error that ended the import, after the report.
    func importDocuments(from source: any DocumentSource, into table: TableName, _ settings: ImportSettings, _ console: Console) throws
    /// Puts rows into a table that SQL has declared, all of them or none.
    /// - Parameters:
    ///   - lines: rows as COPY writes them in text.
    ///   - table: with its schema, quoted, as the columns are.
    /// - Throws: ``RowRefusal`` if it is for the rows that they can't be put.
    func load(_ lines: ArraySlice<[UInt8]>, into table: String, _ columns: [String], database: String) throws
    /// Makes an archive of everything.
    func dump(to path: String, stopper: Stopper, progress: (ArchiveProgress) throws(CatalogError) -> Void) throws -> ArchiveSummary
    /// Returns when the indexes of a file are built, which nobody goes on building behind this process.
    func finishIndexes(stopper: Stopper) throws
    func close() throws
}

/// Why rows were not put, and which of them it was, if that is known: its index.
struct RowRefusal: Error {
    let index: Int?
    let message: String
}

/// The answer of a query.
enum SessionAnswer {
    case value(Datum)
    case rows(any SessionRows)

    var isFeed: Bool {
        if case .rows(let rows) = self { rows.isFeed } else { false }
    }
}

extension Session {
    /// A server keeps to itself whether its file is encrypted.
    var isEncrypted: Bool { false }

    /// A server builds on.
    func finishIndexes(stopper: Stopper) throws {}
}

/// Rows that come one after the other.
protocol SessionRows: AnyObject {
    /// Whether they come in time, and have no end of their own.
    var isFeed: Bool { get }
    /// The next row, nil at the end; a feed is waited for.
    func next() throws -> Datum?
    func close()
}

/// Stops one query, from another thread.
final class Stopper: Sendable {
    let cancellation = Cancellation()
    private let action = Mutex<Callback<Void, Void>?>(nil)
    // A query's cancellation comes with its end too.
    private let flag = Atomic<Bool>(false)

    var isStopped: Bool { flag.load(ordering: .relaxed) }

    func stop() {
        flag.store(true, ordering: .relaxed)
        cancellation.cancel()
        action.withLock { $0 }?()
    }

    /// Has `action` called when the query is stopped, at once if it was; nil: nothing any more.
    func whenStopped(_ action: (@Sendable () -> Void)?) {
        let kept = action.map { Callback($0) }
        self.action.withLock { $0 = kept }
        if isStopped { action?() }
    }
}

extension Session {
    /// Runs a query of ours and answers its value, or all its rows as an array.
    func ask(_ text: String, database: String? = nil, stopper: Stopper = Stopper()) throws -> Datum {
        switch try start(try TermTree(text: text), database: database, stopper: stopper) {
        case .value(let value): return value
        case .rows(let rows):
            defer { rows.close() }
            var all: [Datum] = []
            while let row = try rows.next() { all.append(row) }
            return try Datum.array(all)
        }
    }
}

// MARK: What commands need of both

extension Session {
    /// Runs a query and throws what it says of a row that could not be written.
    @discardableResult
    func write(_ text: String) throws -> Datum {
        let result = try ask(text)
        if let message = result[field: "first_error"]?.string { throw CommandError.failed(message) }
        return result
    }

    /// The database, or an error that names one that was probably meant.
    func requiredDatabase(_ name: String) throws -> Datum {
        let all = try databaseConfigs()
        if let config = all.first(where: { $0[field: "name"]?.string == name }) { return config }
        let near = suggestion(for: name, among: all.compactMap { $0[field: "name"]?.string })
        throw CommandError.failed("There is no database \(name).\(near)")
    }

    /// The table, or an error that names one that was probably meant.
    func requiredTable(_ name: TableName) throws -> Datum {
        _ = try requiredDatabase(name.database)
        let all = try tableConfigs(in: name.database)
        if let config = all.first(where: { $0[field: "name"]?.string == name.table }) { return config }
        let near = suggestion(for: name.table, among: all.compactMap { $0[field: "name"]?.string })
        throw CommandError.failed("There is no table \(name.database).\(name.table).\(near)")
    }

    func documentCount(in table: TableName) throws -> Int { try ask("\(table.query).count()").integer ?? 0 }
}

extension Datum {
    /// A field of a configuration.
    func text(_ field: String) -> String { self[field: field]?.string ?? "" }

    /// When it was made, as listings have it.
    var createdText: String { self[field: "created_at"]?.number.map(timestamp) ?? "" }
}

/// A text as a constant of SQL.
func sqlLiteral(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
}
