import ReQLish
import Synchronization

/// Checks passwords, one after the other, on a thread of its own: each takes thousands of hashes, and whoever sends wrong ones is to keep nobody
/// but himself waiting. So workers never check any, clients have their turns one by one however much each asks, and what is answered to
/// a wrong password waits for its time without a thread.
///
/// Why this is safe: all that changes is only touched under the monitor's lock.
final class LoginQueue: @unchecked Sendable {
    struct Job: Sendable {
        enum Work: Sendable {
            /// Find out who asks.
            case request(Exchange)
            /// Compare a driver's key with the password.
            case key(KeyCheck)
        }

        let work: Work
        let loop: EventLoop
        /// The connection that waits.
        let token: UInt64
        let asked: ContinuousClock.Instant
    }

    private let service: any HTTPService
    private let limit: Int
    private let clientLimit: Int
    private let failedLoginTime: Duration
    private let monitor = Monitor()
    /// What waits, by client, and the clients in the order of their turns.
    private var waiting: [String: [Job]] = [:]
    private var turns: [String] = []
    private var count = 0
    private var isStopping = false
    private var thread: SystemThread?

    init(service: any HTTPService, limit: Int, clientLimit: Int, failedLoginTime: Duration) {
        self.service = service
        self.limit = limit
        self.clientLimit = clientLimit
        self.failedLoginTime = failedLoginTime
    }

    func start() throws(ServerError) {
        thread = try SystemThread(stackBytes: 1024 * 1024) { [self] in work() }
    }

    /// How many wait.
    var waitingCount: Int {
        monitor.lock()
        defer { monitor.unlock() }
        return count
    }

    /// Queues a check. Never blocks for longer than the lock.
    /// - Returns: false if too many wait.
    func submit(_ job: Job, of client: QueryClient?) -> Bool {
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

    /// Who is taken for one client: an address, of IPv6 the 64 bits that one household has.
    static func network(of address: String) -> String {
        guard address.contains(":"), !address.contains(".") else { return address }
        let halves = address.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard let gap = halves.firstIndex(of: "") else { return halves.prefix(4).joined(separator: ":") }
        let head = halves[..<gap].filter { !$0.isEmpty }
        let tail = halves[gap...].filter { !$0.isEmpty }
        let zeros = Array(repeating: "0", count: max(8 - head.count - tail.count, 0))
        return (head + zeros + tail).prefix(4).joined(separator: ":")
    }

    private func next() -> Job? {
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
            switch job.work {
            case .request(let exchange):
                if !service.identify(&exchange.request, &exchange.response) {
                    exchange.refusalTime = job.asked + failedLoginTime
                    job.loop.shared.counters.refusedLogins.add(1, ordering: .relaxed)
                }
                job.loop.send(.identified(job.token, exchange))
            case .key(let check): job.loop.send(.proved(job.token, isRight: check.isRight()))
            }
        }
    }

    /// Finishes what is queued, and ends the thread.
    func stop() {
        monitor.lock()
        isStopping = true
        monitor.signalAll()
        monitor.unlock()
        thread?.join()
        thread = nil
    }
}
