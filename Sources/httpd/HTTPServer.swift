import CSystem
public import ReQLish
import Synchronization

/// A server on TCP sockets: HTTP/1.1 and, on a port of its own, the protocol of RethinkDB's drivers in front of one ``Pando``.
///
/// ``start()`` returns when it listens; ``stop()`` returns when the last request is answered, or cut off at the deadline. Neither blocks Swift's
/// cooperative threads for long except `stop()`, which waits: call it from a thread of your own.
public final class HTTPServer: Sendable {
    private enum State {
        case fresh
        case running(Running)
        case stopped
    }

    private struct Running: Sendable {
        let listeners: [SystemListener]
        let driverListeners: [SystemListener]
        let loops: [EventLoop]
        let threads: [SystemThread]
    }

    let shared: ServerShared
    private let driverService: DriverService?
    private let log: Result<ServerLog?, ServerError>
    private let limiter: RateLimiter?
    private let state = Mutex<State>(.fresh)

    /// A server of one open file. It does not listen yet.
    public convenience init(pando: Pando, configuration: HTTPConfiguration = HTTPConfiguration()) {
        let counters = ServerCounters()
        let service = PandoService(pando: pando, configuration: configuration, counters: counters)
        let log = Result { () throws(ServerError) in
            try configuration.logPath.map { path throws(ServerError) in
                ServerLog(try LogFile(path: path), hasRequests: configuration.logsRequests)
            }
        }
        if case .success(let log?) = log { pando.server.onLog { log.add($0) } }
        pando.server.slowQueryTime = configuration.slowQueryTime
        self.init(
            service: service, limiter: service.limiter, log: log,
            driverService: DriverService(
                pando: pando, authenticator: Authenticator(pando.catalog), limits: configuration.driverLimits, limiter: service.limiter),
            configuration: configuration, counters: counters)
    }

    /// A server of any service, with a clock of the caller's.
    init(
        service: any HTTPService, limiter: RateLimiter? = nil, log: Result<ServerLog?, ServerError> = .success(nil),
        driverService: DriverService? = nil, configuration: HTTPConfiguration,
        counters: ServerCounters = ServerCounters(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
    ) {
        self.driverService = driverService
        self.limiter = limiter
        self.log = log
        let requestLog = (try? log.get()).flatMap { $0.flatMap { $0.hasRequests ? $0 : nil } }
        shared = ServerShared(configuration: configuration, service: service, counters: counters, requestLog: requestLog, now: now)
    }

    /// For a process that does nothing else than to serve, or to import: memory that was let go goes back to the system soon. Called before the first thread is started.
    /// - Parameter byteCount: what each thread may keep, about; blocks of twice as much go back at once.
    public static func boundHeap(_ byteCount: Int32) { pando_bound_heap(byteCount) }

    deinit { stop() }

    /// Listens and serves, on threads of its own.
    /// - Throws: ``ServerError`` if an address cannot be had; nothing runs then.
    public func start() throws(ServerError) {
        let result = state.withLock { state -> Result<Void, ServerError> in
            guard case .fresh = state else {
                return .failure(ServerError(.alreadyStarted, "The server was started before; make a new one to start again."))
            }
            do throws(ServerError) {
                state = .running(try run())
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func run() throws(ServerError) -> Running {
        _ = try log.get()
        let configuration = shared.configuration
        let listeners = try Self.listen(configuration, port: configuration.port)
        let driverListeners: [SystemListener]
        do throws(ServerError) {
            driverListeners =
                try configuration.driverPort.map { port throws(ServerError) in try Self.listen(configuration, port: port) } ?? []
        } catch {
            for listener in listeners { SystemSocket.close(listener.descriptor) }
            throw error
        }
        var threads: [SystemThread] = []
        var loops: [EventLoop] = []
        do throws(ServerError) {
            for _ in 0..<max(configuration.eventLoops, 1) {
                loops.append(try EventLoop(shared: shared, listening: loops.first))
            }
            shared.loops.withLock { $0 = loops }
            loops[0].acceptor = Acceptor(listeners: spoken(listeners, driverListeners), loops: loops)
            try shared.workers.start(threads: configuration.workers, stackBytes: configuration.workerStackBytes)
            try shared.logins.start()
            for loop in loops.reversed() {
                // A short query may run here too, so the stack is a worker's.
                threads.append(try SystemThread(stackBytes: configuration.workerStackBytes, turns: .short) { loop.run() })
            }
        } catch {
            for listener in listeners + driverListeners { SystemSocket.close(listener.descriptor) }
            loops.first?.acceptor = nil
            for loop in loops { loop.send(.drain(deadline: shared.now())) }
            for thread in threads { thread.join() }
            shared.logins.stop()
            shared.workers.stop()
            shared.loops.withLock { $0 = [] }
            throw error
        }
        describe(listeners, driverListeners)
        return Running(listeners: listeners, driverListeners: driverListeners, loops: loops, threads: threads)
    }

    /// Tells the system tables where the server can be reached.
    private func describe(_ listeners: [SystemListener], _ driverListeners: [SystemListener]) {
        guard let server = driverService?.pando.server else { return }
        var listening = ServerState.Listening()
        listening.httpPort = listeners.first.map { Int($0.port) }
        listening.driverPort = driverListeners.first.map { Int($0.port) }
        listening.addresses = (driverListeners.isEmpty ? listeners : driverListeners).map(\.address)
        listening.connectionCount = { [counters = shared.counters] in counters.connections.load(ordering: .relaxed) }
        server.listening = listening
        for listener in listeners { server.log("info", "Listening for HTTP at \(listener.url(scheme: "http")).") }
        for listener in driverListeners { server.log("info", "Listening for drivers at \(listener.url(scheme: "rethinkdb")).") }
    }

    /// The listeners, each with what is spoken on its sockets.
    private func spoken(
        _ listeners: [SystemListener], _ driverListeners: [SystemListener]
    ) -> [(listener: SystemListener, spoken: SocketProtocol)] {
        let http = listeners.map { (listener: $0, spoken: SocketProtocol.http) }
        guard let driverService else { return http }
        return http + driverListeners.map { (listener: $0, spoken: .driver(driverService)) }
    }

    private static func listen(_ configuration: HTTPConfiguration, port: UInt16) throws(ServerError) -> [SystemListener] {
        let addresses = configuration.addresses.isEmpty ? SystemListener.loopback : configuration.addresses
        // With port 0 the first address finds a port, and the others may find it taken there: then another one is tried.
        var attempts = port == 0 ? 16 : 1
        while true {
            var listeners: [SystemListener] = []
            do throws(ServerError) {
                for address in addresses {
                    do throws(ServerError) {
                        listeners.append(try SystemListener(address: address, port: listeners.first?.port ?? port))
                    } catch {
                        // Without a choice by the caller, a machine without IPv6 serves IPv4 alone.
                        guard configuration.addresses.isEmpty, error.kind == .addressNotAvailable, !listeners.isEmpty else { throw error }
                    }
                }
                return listeners
            } catch {
                for listener in listeners { SystemSocket.close(listener.descriptor) }
                attempts -= 1
                guard attempts > 0, error.kind == .addressInUse else { throw error }
            }
        }
    }

    /// The port it listens on; 0 before ``start()`` and after ``stop()``.
    public var port: UInt16 {
        state.withLock { state in
            guard case .running(let running) = state else { return 0 }
            return running.listeners[0].port
        }
    }

    /// The port it listens on for drivers; 0 before ``start()``, after ``stop()``, and if ``HTTPConfiguration/driverPort`` is nil.
    public var driverPort: UInt16 {
        state.withLock { state in
            guard case .running(let running) = state else { return 0 }
            return running.driverListeners.first?.port ?? 0
        }
    }

    /// Where it listens for drivers, as URLs: `rethinkdb://127.0.0.1:28015`.
    public var driverURLs: [String] {
        state.withLock { state in
            guard case .running(let running) = state else { return [] }
            return running.driverListeners.map { $0.url(scheme: "rethinkdb") }
        }
    }

    /// Where it listens, as URLs: `http://127.0.0.1:8080`.
    public var urls: [String] {
        state.withLock { state in
            guard case .running(let running) = state else { return [] }
            return running.listeners.map { $0.url(scheme: "http") }
        }
    }

    /// Shuts down: stops listening, closes idle connections, finishes the requests in flight, and at the deadline
    /// (``HTTPConfiguration/shutdownTime``) cancels what is left. Returns when all threads have ended; the database stays open.
    public func stop() {
        let running = state.withLock { state -> Running? in
            defer { state = .stopped }
            guard case .running(let running) = state else { return nil }
            return running
        }
        guard let running else { return }
        shared.counters.isStopping.store(true, ordering: .relaxed)
        let deadline = shared.now() + shared.configuration.shutdownTime
        for loop in running.loops { loop.send(.drain(deadline: deadline)) }
        for thread in running.threads { thread.join() }
        shared.logins.stop()
        shared.workers.stop()
        for loop in running.loops { loop.releaseLeftovers() }
        shared.loops.withLock { $0 = [] }
    }

    /// Takes over what may change while the server runs (the rate of requests, and how long queries may take without being noted), and opens
    /// the log's file again, which something that rotates logs may have given another name.
    public func reload(_ configuration: HTTPConfiguration) throws(ServerError) {
        limiter?.rate = configuration.requestRate
        driverService?.pando.server.slowQueryTime = configuration.slowQueryTime
        try log.get()?.reopen()
        driverService?.pando.server.log("notice", "Settings were read again.")
    }

    /// Lets the loops look at the clock: for tests that move it by hand.
    func clockMoved() {
        for loop in shared.loops.withLock({ $0 }) { loop.send(.look) }
    }
}

extension SystemListener {
    fileprivate func url(scheme: String) -> String {
        scheme + "://" + (address.contains(":") ? "[\(address)]" : address) + ":\(port)"
    }
}
