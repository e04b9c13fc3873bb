package import Catalog
import Synchronization

/// By which door a query came, as metrics tell it.
package enum QueryDoor: String, CaseIterable, Sendable {
    /// The application that holds the file, the command line and the shell.
    case application
    case http
    /// Drivers of RethinkDB.
    case driver
    case postgresql
}

/// Counts since the file was opened.
final class QueryCounters: Sendable {
    private let queryCount = Atomic<Int>(0)
    private let readCount = Atomic<Int>(0)
    private let writtenCount = Atomic<Int>(0)
    /// From the start of a query to its last row, by door.
    private let times = QueryDoor.allCases.map { _ in Histogram() }
    private let tables = Mutex(Tables())

    private struct Tables: Sendable {
        var all: [String: TableCounter] = [:]
        /// The one that was asked for last: mostly it is the next one too, and then costs no search.
        var last: (id: String, counter: TableCounter)?

        mutating func counter(_ id: String) -> TableCounter {
            if let last, last.id == id { return last.counter }
            let counter = all[id] ?? TableCounter()
            all[id] = counter
            last = (id, counter)
            return counter
        }
    }

    private final class TableCounter: Sendable {
        let read = Atomic<Int>(0)
        let written = Atomic<Int>(0)
    }

    var queries: Int { queryCount.load(ordering: .relaxed) }
    var documentsRead: Int { readCount.load(ordering: .relaxed) }
    var documentsWritten: Int { writtenCount.load(ordering: .relaxed) }

    func addQuery(count: Int = 1) { queryCount.add(count, ordering: .relaxed) }

    /// How long queries of a door took.
    func queryTimes(_ door: QueryDoor) -> Histogram {
        switch door {
        case .application: times[0]
        case .http: times[1]
        case .driver: times[2]
        case .postgresql: times[3]
        }
    }

    func addRead(_ count: Int, ofTable id: String) {
        readCount.add(count, ordering: .relaxed)
        tables.withLock { $0.counter(id) }.read.add(count, ordering: .relaxed)
    }

    func addWritten(_ count: Int, ofTable id: String) {
        writtenCount.add(count, ordering: .relaxed)
        tables.withLock { $0.counter(id) }.written.add(count, ordering: .relaxed)
    }

    /// Documents of a table that were read and written.
    func counts(ofTable id: String) -> (read: Int, written: Int) {
        guard let counter = tables.withLock({ $0.all[id] }) else { return (0, 0) }
        return (counter.read.load(ordering: .relaxed), counter.written.load(ordering: .relaxed))
    }
}

/// Documents that one query has read.
final class ReadTally {
    var documentCount = 0
    /// Where those of each table are counted in the end.
    let counters: QueryCounters

    init(_ counters: QueryCounters) {
        self.counters = counters
    }
}

// For whoever goes to documents without a query, and shows the figures.
extension ServerState {
    package func countRead(_ count: Int, of table: TableConfig) { counters.addRead(count, ofTable: table.id) }
    package func countWritten(_ count: Int, of table: TableConfig) { counters.addWritten(count, ofTable: table.id) }

    package func counts(ofTable id: String) -> (read: Int, written: Int) { counters.counts(ofTable: id) }
    package var queryCount: Int { counters.queries }
    package func queryTimes(_ door: QueryDoor) -> Histogram { counters.queryTimes(door) }

    /// Counts statements of SQL that are over, and took as long each.
    package func countStatements(_ time: Duration, count: Int = 1, _ door: QueryDoor) {
        counters.addQuery(count: count)
        counters.queryTimes(door).add(time, count: count)
    }

    /// Queries and feeds that are open now.
    package var runningCount: Int { jobs.running.count }
}
