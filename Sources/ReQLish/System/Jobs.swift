import Synchronization

/// The queries that are running.
final class Jobs: Sendable {
    struct Record: Sendable {
        let query: TermTree
        let user: String?
        let client: QueryClient?
        let started: ContinuousClock.Instant
        let cancellation: Cancellation
    }

    private struct State {
        var last: UInt64 = 0
        var running: [UInt64: Record] = [:]
    }

    private let state = Mutex(State())
    /// What ids begin with, so that those of two openings of a file differ.
    private let seed: [UInt8] = .random(8)

    /// A query begins. It ends when what this answers is let go.
    func begin(_ record: Record) -> Job {
        let number = state.withLock { state in
            state.last += 1
            state.running[state.last] = record
            return state.last
        }
        return Job(number: number, of: self)
    }

    fileprivate func end(_ number: UInt64) {
        // Let go outside of the lock: a tree may be large.
        let ended = state.withLock { $0.running.removeValue(forKey: number) }
        withExtendedLifetime(ended) {}
    }

    var running: [(id: String, record: Record)] {
        state.withLock { $0.running }.map { (id($0.key), $0.value) }
    }

    private func id(_ number: UInt64) -> String {
        UUIDs.text(seed + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }, version: 4)
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
