import Ground
import ReQLish
import Synchronization

/// Checks passwords, one after the other, on a thread of its own: each takes thousands of hashes, and a client that sends wrong ones
/// must keep only itself waiting. So workers never check any, clients take turns however much each asks, and the answer to a wrong password
/// waits for its time without a thread.
///
/// Why this is safe: all that changes is only touched under the monitor's lock.
final class LoginQueue: @unchecked Sendable {
    private let limit: Int
    private let clientLimit: Int
    private let monitor = Monitor()
    /// Waiting jobs by client, and the clients in the order of their turns.
    private var waiting: [String: [RequestWorkers.Job]] = [:]
    private var turns: [String] = []
    private var count = 0
    private var isStopping = false
    private var thread: SystemThread?

    init(limit: Int, clientLimit: Int) {
        self.limit = limit
        self.clientLimit = clientLimit
    }

    func start() throws(ServerError) {
        thread = try SystemThread.start(stackByteCount: 1024 * 1024) { [self] in work() }
    }

    /// The number of waiting jobs.
    var waitingCount: Int {
        monitor.lock()
        defer { monitor.unlock() }
        return count
    }

    /// Queues a check. Never blocks for longer than the lock.
    /// - Returns: false if too many wait.
    func submit(_ job: RequestWorkers.Job, of client: QueryClient?) -> Bool {
        let client = client.map { Self.network(of: $0.address) } ?? ""
        monitor.lock()
        defer { monitor.unlock() }
        let own = waiting[client]?.count ?? 0
        guard !isStopping, count < limit, own < clientLimit else { return false }
        if own == 0 { turns.append(client) }
        waiting[client, default: []].append(job)
        count += 1
        monitor.signal()
        return true
    }

    /// What counts as one client: an IPv4 address, or the first 64 bits of an IPv6 address, which one household has.
    static func network(of address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        let halves = address.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let gap = halves.firstIndex(of: "") else { return halves.prefix(4).joined(separator: ":") }
        let head = halves[..<gap].filter { !$0.isEmpty }
        let tail = halves[gap...].filter { !$0.isEmpty }
        let zeros = Array(repeating: "0", count: max(8 - head.count - tail.count, 0))
        return (head + zeros + tail).prefix(4).joined(separator: ":")
    }

    private func next() -> RequestWorkers.Job? {
        monitor.lock()
        defer { monitor.unlock() }
        while count == 0 {
            if isStopping { return nil }
            monitor.wait()
        }
        let client = turns.removeFirst()
        let job = waiting[client]?.removeFirst()
        if waiting[client]?.isEmpty ?? true { waiting[client] = nil } else { turns.append(client) }
        count -= 1
        return job
    }

    private func work() {
        while let job = next() {
            job.work.perform(nil)
            job.loop.send(.finished(job.token, job.work, .unknown))
        }
    }

    /// Finishes what is queued, and ends the thread.
    func stop() {
        monitor.lock()
        isStopping = true
        monitor.broadcast()
        monitor.unlock()
        thread?.join()
        thread = nil
    }
}
