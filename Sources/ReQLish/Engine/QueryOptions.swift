public import Catalog

/// Options for opening a database file.
public struct PandoOptions: Sendable, Hashable {
    /// How the file itself is opened: read-only, created, page size, which names are allowed.
    public var catalog = CatalogOptions()
    /// The key of an encrypted file; nil for a plain one.
    public var encryption: FileEncryption? {
        get { catalog.encryption }
        set { catalog.encryption = newValue }
    }
    /// How far back the past of the file can be read (``R/table(_:readMode:asOf:)``): states of it are kept, one a minute of the last hour, one
    /// in ten minutes of the last day, one an hour of the last week and one a day, and only while something is written. They take the space
    /// of what has changed since. Nil leaves those that there are, zero drops them.
    public var history: Duration?
    /// The database of tables that name none. Not created by itself.
    public var defaultDatabase = "test"
    /// The longest array that a query may build.
    public var arrayLimit = 100_000
    /// How many bytes of memory one query may take for what it must keep, all of its terms together: rows to sort, groups, distinct values,
    /// arrays.
    public var queryMemoryLimit = 512 << 20
    /// How many bytes of memory all queries together may take for that.
    public var memoryLimit = 2 << 30
    /// How many bytes a sort may put into a temporary file once its rows don't fit into the memory of the query; 0: none. While parts are
    /// merged there may be two such files.
    public var spillLimit = 4 << 30
    /// How many threads at most go over tables at the same time, if more than one works on a query; nil: as many as there are cores. 1: a
    /// query has one.
    public var scanThreadCount: Int?
    /// See ``ScanThreads``; small in tests.
    var scanChunkCount = 16384
    /// How many transactions of requests may be open at the same time, of all accounts and of one.
    public var transactionLimit = 1024
    public var transactionLimitOfAccount = 256
    /// How long a query, a request, or one in a transaction that goes on, waits for others that write; nil: without end.
    public var lockTimeout: Duration?
    /// How long one statement of SQL may keep others from writing; nil: without end. What waits for its client meanwhile, as `COPY` does
    /// for its lines, has as long again each time.
    public var writerTime: Duration?
    /// How many of Pando's own threads work on asynchronous queries.
    public var threadCount = 4

    public init() {}
}

/// Options of one query as a whole.
public struct QueryOptions: Sendable {
    /// The database of tables that name none; nil: the one that was chosen when the file was opened.
    public var database: String?
    /// The longest array that the query may build; nil: the one that was chosen when the file was opened.
    public var arrayLimit: Int?
    /// How many bytes of memory the query may take for what it must keep; nil: as was chosen when the file was opened.
    public var memoryLimit: Int?
    /// How the query's writes reach the disk where its terms do not say; nil: as each table is configured.
    public var durability: Durability?
    /// Options that every term reading the name falls back to, as the driver protocol sends them: each a query of its own.
    /// `db` and `array_limit` win over ``database`` and ``arrayLimit``.
    public var arguments: [(name: String, term: TermTree)] = []
    /// The account that asks, whose permissions hold; nil for the application itself, which may do everything.
    public var user: String?
    /// Whether ``user`` may be the name of a role: what SET ROLE of SQL puts in an account's place.
    package var mayBeRole = false
    /// From where it comes, if over a network.
    public var client: QueryClient?
    /// By which door it comes.
    package var door = QueryDoor.application
    /// Whether a filter may go by an index that the query doesn't name. What it answers is the same either way.
    public var usesIndexes = true
    /// Whether a write that fails for some of its documents answers how many (`errors`, `first_error`), as RethinkDB does. Otherwise it
    /// throws, with the same counts in ``ReQLError/writes``. ``Pando/start(_:options:)`` always answers the counts.
    public var countsFailedWrites = false
    /// A state (`Catalog.createState`, ``PandoOptions/history``) that the query reads in place of the newest one; it writes nothing then, and
    /// has no feeds. For the application itself and for `admin`: permissions of others are those of the state that is read, and may have been
    /// taken since. They have ``R/table(_:readMode:asOf:)``.
    public var asOf: StateReference?
    /// Stops the query from another thread.
    public var cancellation: Cancellation?
    /// Whether it is a ``PointWrite``: what it is to know of a state is its databases and tables.
    package var isPointWrite = false
    /// The transaction that the query is done in; nil: its writes are transactions of their own.
    package var transaction: NamedTransaction?
    /// The flush that waits for the disk in place of the query; nil: the query itself.
    package var flush: DeferredFlush?

    public init() {}

    /// RethinkDB's answer to a write, whether or not it failed for some of its documents: see ``countsFailedWrites``.
    public static var countingFailedWrites: QueryOptions {
        var options = QueryOptions()
        options.countsFailedWrites = true
        return options
    }
}

/// The answer of a query: one value, or rows that come one after the other.
public enum QueryResult: Sendable {
    case value(Datum)
    case sequence(ResultCursor)

    /// The value, or all rows as an array. A feed that has an end is waited for; one that has none is an error.
    public func collected() throws(ReQLError) -> Datum {
        switch self {
        case .value(let datum): return datum
        case .sequence(let cursor):
            try cursor.requireEnd()
            var rows: [Datum] = []
            let held = HeldMemory(cursor.memory)
            while let row = try cursor.next() {
                rows.append(row)
                try held.add(row)
            }
            do { return try Datum.array(rows) } catch { throw ReQLError(error) }
        }
    }
}
