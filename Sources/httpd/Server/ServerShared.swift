import Ground
import ReQLish
import Synchronization

/// The parts that the loops of one server share: settings, workers, and a few counters.
final class ServerShared: Sendable {
    let configuration: HTTPConfiguration
    let workers: RequestWorkers
    let logins: LoginQueue
    let counters: ServerCounters
    let shares: ClientShares
    let proxies: TrustedProxies
    /// What single accounts may have; nil without a database.
    let limits: Limits?
    /// Where statements are counted; nil without a database.
    let facts: ServerState?
    let loops = Mutex<[EventLoop]>([])
    /// Whether a write may take long: it would have had to wait for another one a moment ago, or calls functions that people stored. Or it waits
    /// for standbys: those have to be answered to have it.
    let mayWait: @Sendable () -> Bool
    /// Whether reading and writing wait for another machine.
    let waitsForEngine: Bool
    /// The time that limits are measured with; a test brings its own.
    let now: @Sendable () -> MonotonicTime
    /// Whether a thread may look for work without keeping the client that makes it from running.
    let hasProcessorsToSpare = SystemFacts.processorCount > 1

    /// Threads that answer requests where they wait for an engine, at the least.
    private static let engineWorkers = 16

    init(
        configuration: HTTPConfiguration, counters: ServerCounters, limits: Limits? = nil, facts: ServerState? = nil,
        mayWait: @escaping @Sendable () -> Bool,
        waitsForEngine: Bool = false, now: @escaping @Sendable () -> MonotonicTime
    ) {
        self.configuration = configuration
        self.mayWait = mayWait
        self.waitsForEngine = waitsForEngine
        self.counters = counters
        shares = ClientShares(configuration)
        self.limits = limits
        self.facts = facts
        proxies = TrustedProxies(configuration.trustedProxies)
        self.now = now
        // Who waits for an engine needs no processor meanwhile.
        let workers = waitsForEngine ? max(configuration.workers, Self.engineWorkers) : configuration.workers
        self.workers = RequestWorkers(
            threads: workers, extra: configuration.extraWorkers, queueLimit: configuration.queuedRequests, sharesWrites: waitsForEngine,
            helpTime: configuration.helpTime)
        logins = LoginQueue(limit: configuration.waitingLogins, clientLimit: configuration.waitingLoginsOfClient)
    }
}

/// The counters that `/_status` reports of the server itself.
final class ServerCounters: Sendable {
    /// Connections open now.
    let connections = Atomic<Int>(0)
    /// Connections accepted since the start.
    let accepted = Atomic<Int>(0)
    /// Requests taken since the start.
    let requests = Atomic<Int>(0)
    /// Bytes of request bodies held now.
    let bodyBytes = Atomic<Int>(0)
    /// Whether the server has begun to shut down.
    let isStopping = Atomic<Bool>(false)
    /// Whether listening pauses because too many connections are open.
    let isFull = Atomic<Bool>(false)
    let started = MonotonicTime.now
    /// From the head of a request to its answer.
    let requestTimes = Histogram()
    /// Answers by the hundreds of their status.
    let answers = (1...5).map { _ in Count() }
    let refusedLogins = Atomic<Int>(0)

    final class Count: Sendable {
        let count = Atomic<Int>(0)
    }

    func addAnswer(_ status: HTTPStatus) {
        answers[min(max(status.code / 100, 1), 5) - 1].count.add(1, ordering: .relaxed)
    }
}
