import Ground
import Synchronization

/// The queries that are running.
final class Jobs: Sendable {
    struct Record: Sendable {
        let query: TermTree
        let user: String?
        let client: QueryClient?
        let started: MonotonicTime
        let cancellation: Cancellation
    }

    /// Some of the running queries. Every query passes here twice, so a single list would be what they wait for.
    private final class Place: Sendable {
        let running = Mutex(Running())
    }

    /// A type by name: to make or to end a mutex of a dictionary the runtime looks through all conformances of the program.
    private struct Running {
        var records: [UInt64: Record] = [:]
    }

    private let last = Atomic<UInt64>(0)
    private let places = (0..<32).map { _ in Place() }
    /// What ids begin with, so that those of two openings of a file differ.
    private let seed: [UInt8] = .random(8)

    private func place(_ number: UInt64) -> Place { places[Int(number % UInt64(places.count))] }

    /// A query begins. It ends when what this answers is let go.
    func begin(_ record: Record) -> Job {
        let number = last.add(1, ordering: .relaxed).newValue
        place(number).running.withLock { $0.records[number] = record }
        return Job(number: number, of: self)
    }

    fileprivate func record(_ number: UInt64) -> Record? { place(number).running.withLock { $0.records[number] } }

    fileprivate func end(_ number: UInt64) {
        // Let go outside of the lock: a tree may be large.
        let ended = place(number).running.withLock { $0.records.removeValue(forKey: number) }
        withExtendedLifetime(ended) {}
    }

    var running: [(id: String, record: Record)] {
        places.flatMap { place in place.running.withLock { $0.records } }.map { (id($0.key), $0.value) }
    }

    private func id(_ number: UInt64) -> String {
        UUID(seed + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }, version: 4).description
    }
}

/// A running statement of another language, as the table `jobs` shows it beside the queries.
package struct StatementJob: Sendable {
    let id: String
    let user: String
    let text: String
    let seconds: Double
    let cancel: @Sendable () -> Void

    /// - Parameter id: another one for each statement.
    package init(id: String, user: String, text: String, seconds: Double, cancel: @escaping @Sendable () -> Void) {
        self.id = id
        self.user = user
        // Passwords stand in such statements.
        self.text = text.lowercased().contains("password") ? "…" : text
        self.seconds = seconds
        self.cancel = cancel
    }
}

/// A running query's place in the list.
final class Job: Sendable {
    private let number: UInt64
    private let jobs: Jobs

    fileprivate init(number: UInt64, of jobs: Jobs) {
        self.number = number
        self.jobs = jobs
    }

    deinit { jobs.end(number) }

    var record: Jobs.Record? { jobs.record(number) }
}

/// From where a query came, as the table `jobs` shows it.
public struct QueryClient: Sendable, Hashable {
    public var address: String
    public var port: Int

    public init(address: String, port: Int) {
        self.address = address
        self.port = port
    }
}
