import Synchronization
import httpd

/// Where the queries of a command run: in a file, or at a server that has one open.
protocol Session: AnyObject {
    /// What is open, for messages.
    var name: String { get }
    /// Starts a query.
    /// - Parameter database: that of tables that name none; nil is `test`.
    func start(_ query: TermTree, database: String?, stopper: Stopper) throws -> SessionAnswer
    /// Figures of the file, each with what it is called.
    func statistics() throws -> [(name: String, value: String)]
    func close() throws
}

/// What a query answers.
enum SessionAnswer {
    case value(Datum)
    case rows(any SessionRows)
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
    private let action = Mutex<(@Sendable () -> Void)?>(nil)
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
        self.action.withLock { $0 = action }
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
