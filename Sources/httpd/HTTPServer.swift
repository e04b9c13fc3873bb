import CSystem
import Ground
public import ReQLish
import Synchronization

/// A server on TCP sockets in front of one ``Pando``: HTTP/1.1 and, each on a port of its own, the protocols of RethinkDB's drivers and of
/// PostgreSQL clients.
///
/// ``start()`` returns when it listens; ``stop()`` returns when the last request is answered, or cut off at the deadline. Neither blocks
/// Swift's cooperative threads for long except `stop()`, which waits: call it from a thread of your own.
public final class HTTPServer: Sendable {
    private enum State {
        case fresh
        case running(Running)
        case stopped
    }

    private struct Running: Sendable {
        let doors: [Door]
        let loops: [EventLoop]
        let threads: [SystemThread]
    }

    /// A port where a protocol is spoken.
    private struct Door: Sendable {
        let spoken: SocketProtocol
        let listeners: [SystemListener]
    }

    let shared: ServerShared
    private let protocols: [SocketProtocol]
    /// What the system tables show of the server; nil without a database.
    private let facts: ServerState?
    private let catalog: Catalog?
    private let log: Result<ServerLog?, ServerError>
    private let limiter: RateLimiter?
    private let encryption: ServerEncryption
    private let lifecycle = Mutex<State>(.fresh)

    /// A server of one open file. It does not listen yet.
    public convenience init(pando: Pando, configuration: HTTPConfiguration = HTTPConfiguration()) {
        self.init(pando: pando, configuration: configuration, now: { MonotonicTime.now })
    }

    /// A server of one open file, with a clock of the caller's.
    convenience init(pando: Pando, configuration: HTTPConfiguration, now: @escaping @Sendable () -> MonotonicTime) {
        let counters = ServerCounters()
        let encryption = ServerEncryption(configuration)
        let service = PandoService(pando: pando, configuration: configuration, counters: counters, encryption: encryption)
        let digest = configuration.logsContents ? nil : Self.digest(of: pando.catalog)
        let log = Result { () throws(ServerError) in
            try configuration.logPath.map { path throws(ServerError) in
                ServerLog(try LogFile(path: path), hasRequests: configuration.logsRequests, digest: digest)
            }
        }
        if case .success(let log?) = log { pando.server.onLog { log.add($0) } }
        pando.server.slowQueryTime = configuration.slowQueryTime
        self.init(
            service: service, limiter: service.limiter, log: log,
            driverService: DriverService(
                pando: pando, authenticator: Authenticator(pando.catalog), limits: configuration.driverLimits, limiter: service.limiter),
            postgresService: PostgresService(
                pando: pando, authenticator: Authenticator(pando.catalog), limits: configuration.postgresLimits, limiter: service.limiter,
                defaultDatabase: configuration.postgresDatabase, encryption: encryption.postgres),
            configuration: configuration, encryption: encryption, counters: counters, now: now)
    }

    /// What stands in a log for what is an encrypted file's; nil of a plain one, which is as readable as its log.
    private static func digest(of catalog: Catalog) -> (@Sendable (String) -> String)? {
        guard catalog.isEncrypted else { return nil }
        // Every file has that account.
        return { $0 == UserConfig.administrator ? $0 : catalog.digest(of: $0) ?? "#" }
    }

    /// A server of any service, with a clock of the caller's.
    init(
        service: any HTTPService, limiter: RateLimiter? = nil, log: Result<ServerLog?, ServerError> = .success(nil),
        driverService: DriverService? = nil, postgresService: PostgresService? = nil, configuration: HTTPConfiguration,
        encryption: ServerEncryption? = nil, counters: ServerCounters = ServerCounters(),
        now: @escaping @Sendable () -> MonotonicTime = { MonotonicTime.now }
    ) {
        self.limiter = limiter
        self.log = log
        facts = driverService?.pando.server
        let requestLog = (try? log.get()).flatMap { $0.flatMap { $0.hasRequests ? $0 : nil } }
        let encryption = encryption ?? ServerEncryption(configuration)
        self.encryption = encryption
        var protocols = [SocketProtocol.http(service, configuration, counters, log: requestLog, encryption: encryption.http)]
        if let driverService, let port = configuration.driverPort {
            protocols.append(.driver(driverService, port: port, encryption: encryption.driver))
        }
        if let postgresService, let port = configuration.postgresPort { protocols.append(.postgres(postgresService, port: port)) }
        self.protocols = protocols
        let catalog = driverService?.pando.catalog
        self.catalog = catalog
        shared = ServerShared(
            configuration: configuration, counters: counters, limits: driverService?.pando.limits, facts: facts,
            mayWait: { catalog.map { $0.wasWriting || $0.hasStoredFunctions || $0.waitsForStandbys } ?? false },
            waitsForEngine: catalog?.waitsForEngine ?? false, now: now)
    }

    /// Gives freed memory back to the system soon: for a process that only serves, or only imports. Called before the first thread is
    /// started.
    /// - Parameter byteCount: about what each thread may keep; blocks of twice as much go back at once.
    public static func boundHeap(_ byteCount: Int32) { pando_bound_heap(byteCount) }

    deinit { stop() }

    /// Listens and serves, on threads of its own.
    /// - Throws: ``ServerError`` if an address cannot be had; nothing runs then.
    public func start() throws(ServerError) {
        let result = lifecycle.withLock { state -> Result<Void, ServerError> in
            guard case .fresh = state else {
                return .failure(ServerError(.alreadyStarted, "The server was started before; make a new one to start again."))
            }
            do throws(ServerError) {
                state = .running(try begin())
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func begin() throws(ServerError) -> Running {
        _ = try log.get()
        try encryption.load()
        logCertificateWarnings()
        let configuration = shared.configuration
        var doors: [Door] = []
        var threads: [SystemThread] = []
        var loops: [EventLoop] = []
        do throws(ServerError) {
            for spoken in protocols {
                do throws(ServerError) {
                    doors.append(Door(spoken: spoken, listeners: try Self.listen(configuration, port: spoken.port)))
                } catch {
                    guard error.kind == .addressInUse, configuration.allowsPostgresPortTaken,
                        spoken.scheme == SocketProtocol.postgresScheme
                    else { throw error }
                    facts?.log("warn", "PostgreSQL clients are not served: \(words: error.message)")
                }
            }
            for _ in 0..<max(configuration.eventLoops, 1) {
                loops.append(try EventLoop(shared: shared, listening: loops.first))
            }
            shared.loops.withLock { $0 = loops }
            let listeners = doors.flatMap { door in door.listeners.map { (listener: $0, spoken: door.spoken) } }
            loops[0].acceptor = Acceptor(listeners: listeners, loops: loops)
            try shared.workers.start(stackByteCount: configuration.workerStackBytes)
            try shared.logins.start()
            for loop in loops.reversed() {
                // A short query may run here too, so the stack is a worker's.
                threads.append(try SystemThread.start(stackByteCount: configuration.workerStackBytes, turns: .short) { loop.run() })
            }
        } catch {
            for listener in doors.flatMap(\.listeners) { SystemSocket.close(listener.descriptor) }
            loops.first?.acceptor = nil
            for loop in loops { loop.send(.drain(deadline: shared.now())) }
            for thread in threads { thread.join() }
            shared.logins.stop()
            shared.workers.stop()
            shared.loops.withLock { $0 = [] }
            throw error
        }
        catalog?.isReachable = doors.contains { $0.listeners.contains { !$0.isLoopback } } && !configuration.allowsEmptyPasswords
        describe(doors)
        return Running(doors: doors, loops: loops, threads: threads)
    }

    /// Tells the system tables where the server can be reached.
    private func describe(_ doors: [Door]) {
        guard let facts else { return }
        func port(_ scheme: String) -> Int? { Self.listeners(scheme, doors).first.map { Int($0.port) } }
        var listening = ServerState.Listening()
        listening.httpPort = port(SocketProtocol.httpScheme)
        listening.driverPort = port(SocketProtocol.driverScheme)
        listening.addresses = (doors.last?.listeners ?? []).map(\.address)
        listening.connectionCount = { [counters = shared.counters] in counters.connections.load(ordering: .relaxed) }
        facts.listening = listening
        for door in doors {
            for listener in door.listeners {
                let manner = door.spoken.encryption == nil ? "" : " by TLS"
                let place = "\(door.spoken.audience)\(manner) at \(listener.url(scheme: door.spoken.scheme))"
                facts.log("info", "Listening for \(words: place).")
            }
        }
    }

    private static func listeners(_ scheme: String, _ doors: [Door]) -> [SystemListener] {
        doors.first { $0.spoken.scheme == scheme }?.listeners ?? []
    }

    private func listeners(_ scheme: String) -> [SystemListener] {
        lifecycle.withLock { state in
            guard case .running(let running) = state else { return [] }
            return Self.listeners(scheme, running.doors)
        }
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
    public var port: UInt16 { listeners(SocketProtocol.httpScheme).first?.port ?? 0 }

    /// The port it listens on for drivers; 0 before ``start()``, after ``stop()``, and if ``HTTPConfiguration/driverPort`` is nil.
    public var driverPort: UInt16 { listeners(SocketProtocol.driverScheme).first?.port ?? 0 }

    /// Where it listens for drivers, as URLs: `rethinkdb://127.0.0.1:28015`.
    public var driverURLs: [String] {
        listeners(SocketProtocol.driverScheme).map { $0.url(scheme: SocketProtocol.driverScheme) }
    }

    /// The port it listens on for PostgreSQL clients; 0 before ``start()``, after ``stop()``, and if it serves none.
    public var postgresPort: UInt16 { listeners(SocketProtocol.postgresScheme).first?.port ?? 0 }

    /// Where it listens for PostgreSQL clients, as URLs: `postgresql://127.0.0.1:5432`.
    public var postgresURLs: [String] {
        listeners(SocketProtocol.postgresScheme).map { $0.url(scheme: SocketProtocol.postgresScheme) }
    }

    /// Where it listens, as URLs: `http://127.0.0.1:8080`, or `https` with TLS.
    public var urls: [String] {
        listeners(SocketProtocol.httpScheme).map { $0.url(scheme: shared.configuration.tls == nil ? SocketProtocol.httpScheme : "https") }
    }

    /// Shuts down: stops listening, closes idle connections, finishes the requests in flight, and at the deadline
    /// (``HTTPConfiguration/shutdownTime``) cancels what is left. Returns when all threads have ended; the database stays open.
    public func stop() {
        let running = lifecycle.withLock { state -> Running? in
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
        catalog?.isReachable = false
        shared.loops.withLock { $0 = [] }
    }

    /// Takes over what may change while the server runs (the rate of requests, how long queries may take without being noted, and the
    /// certificates of ports with TLS), and opens the log's file again, which something that rotates logs may have given another name.
    /// Certificates that cannot be used change nothing; they are an error, when all else is done.
    public func reload(_ configuration: HTTPConfiguration) throws(ServerError) {
        limiter?.rate = configuration.requestRate
        facts?.slowQueryTime = configuration.slowQueryTime
        try log.get()?.reopen()
        do throws(ServerError) {
            try encryption.reload(configuration)
        } catch {
            facts?.log("error", "The certificates stay as they are: \(words: error.message)")
            throw error
        }
        facts?.log("notice", "Settings were read again.")
        logCertificateWarnings()
    }

    /// Certificates that clients refuse now, as they have expired or are not good yet, and what to do about each.
    public var certificateWarnings: [String] { encryption.warnings }

    private func logCertificateWarnings() {
        for warning in certificateWarnings { facts?.log("warn", "\(words: warning)") }
    }

    /// Has the loops check the clock: for tests that move it by hand.
    func clockMoved() {
        for loop in shared.loops.withLock({ $0 }) { loop.send(.look) }
    }
}

extension SystemListener {
    /// Whether only this machine reaches it.
    fileprivate var isLoopback: Bool { address.hasPrefix("127.") || address == "::1" }

    fileprivate func url(scheme: String) -> String {
        scheme + "://" + (address.contains(":") ? "[\(address)]" : address) + ":\(port)"
    }
}
