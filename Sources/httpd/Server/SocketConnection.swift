import ReQLish

/// What is spoken on a socket.
enum SocketProtocol: Sendable {
    case http
    case driver(DriverService)
}

/// A connection with its socket: what a loop knows of it. Used on the loop's thread only. Each protocol has its own kind, which overrides
/// what is said below to be the protocol's.
class SocketConnection {
    let socket: Int32
    let token: UInt64
    /// From the kernel's last word to the call that found otherwise.
    var isReadable = true
    var isWritable = true
    /// The client has shut its write side, so reading must go on until that end was read: the kernel will not speak of it again.
    var hasEnd = false
    var isClosed = false
    /// What of the server's count of body bytes is this connection's.
    var countedBodyBytes = 0
    /// In the loop's list of connections that have more to do at once.
    var isQueued = false
    /// In its list of those that have something to write.
    var isHeld = false

    init(socket: Int32, token: UInt64) {
        self.socket = socket
        self.token = token
    }

    // MARK: The protocol's

    /// Whether the socket should be read.
    var wantsInput: Bool { false }
    /// Bytes that wait for the socket.
    var outputByteCount: Int { 0 }
    final var hasOutput: Bool { outputByteCount > 0 }
    /// When the connection has to be served although nothing else happened; nil if time does not matter now.
    var deadline: ContinuousClock.Instant? { nil }
    /// Bytes of a request that is still coming; nil: as many as when it was asked before.
    var bodyByteCount: Int? { 0 }
    /// Refuses the request that is coming, for the reason given.
    func refuseBody(_ reason: String, at now: ContinuousClock.Instant) {}
    /// Takes in what came.
    func receive(_ bytes: borrowing Span<UInt8>, at now: ContinuousClock.Instant) {}
    /// Takes in that nothing more comes.
    func receiveEnd(at now: ContinuousClock.Instant) {}
    /// Gives the socket what waits for it.
    func sendOutput() -> SystemSocket.Sent { .bytes(0) }
    /// Forgets what the socket took.
    func sent(_ count: Int, at now: ContinuousClock.Instant) {}
    /// Does the next thing there is to do.
    /// - Returns: false if there is none.
    func act(on loop: EventLoop) -> Bool { false }
    /// Called when the connection has come to rest, with nothing to do, to read or to send.
    func rest(on loop: EventLoop) {}
    /// Begins nothing more; finishes what is in flight.
    func drain() {}
    /// The socket is closed: lets go of everything.
    func abandon(on loop: EventLoop) {}
}

final class HTTPSocketConnection: SocketConnection {
    /// Accepted beyond the limit, only to be told so.
    let isRefused: Bool
    var http: HTTPConnection
    /// The pieces of an answer; nil while a worker has them.
    var exchange: Exchange?
    /// Stops the query that a worker runs for this connection, if the client goes away.
    var cancellation: Cancellation?
    /// Set while the stream of an answer has nothing.
    var wait: Wait?
    /// Who asks. One system call, which most connections never need.
    private(set) lazy var client = SystemSocket.peer(of: socket)

    struct Wait {
        /// A stream that has a heartbeat is silent for so long at most.
        static let heartbeatInterval = Duration.seconds(15)

        let until: ContinuousClock.Instant?
        let heartbeat: StaticString?
        var nextHeartbeat: ContinuousClock.Instant?

        init(until: ContinuousClock.Instant?, heartbeat: StaticString?, from now: ContinuousClock.Instant) {
            self.until = until
            self.heartbeat = heartbeat
            nextHeartbeat = heartbeat.map { _ in now + Self.heartbeatInterval }
        }

        var deadline: ContinuousClock.Instant? { [until, nextHeartbeat].compactMap { $0 }.min() }
    }

    init(socket: Int32, token: UInt64, isRefused: Bool, limits: HTTPLimits, now: ContinuousClock.Instant) {
        self.isRefused = isRefused
        http = HTTPConnection(limits: limits, now: now)
        exchange = Exchange()
        super.init(socket: socket, token: token)
    }

    override var wantsInput: Bool { http.wantsInput }
    override var outputByteCount: Int { http.output.count }

    override var bodyByteCount: Int? {
        switch http.phase {
        case .body: http.request.body.count
        case .answering: nil
        default: 0
        }
    }

    override var deadline: ContinuousClock.Instant? {
        // Asked for in every turn, and few connections wait.
        guard wait != nil || exchange?.refusalTime != nil else { return http.deadline }
        return [http.deadline, wait?.deadline, exchange?.refusalTime].compactMap { $0 }.min()
    }

    override func refuseBody(_ reason: String, at now: ContinuousClock.Instant) { http.refuseBody(HTTPViolation(503, reason)) }
    override func receive(_ bytes: borrowing Span<UInt8>, at now: ContinuousClock.Instant) { http.receive(bytes, at: now) }
    override func receiveEnd(at now: ContinuousClock.Instant) { http.receiveEnd(at: now) }
    override func sendOutput() -> SystemSocket.Sent { SystemSocket.send(socket, http.output) }
    override func sent(_ count: Int, at now: ContinuousClock.Instant) { http.sent(count, at: now) }

    override func act(on loop: EventLoop) -> Bool {
        if wait != nil { endWait(at: loop.now) }
        if exchange?.refusalTime != nil { loop.refuseGuess(self) }
        guard let event = http.next(at: loop.now) else { return false }
        loop.handle(event, self)
        return true
    }

    override func rest(on loop: EventLoop) { loop.orderMore(self) }

    /// Does what time asks of a stream that has nothing.
    private func endWait(at now: ContinuousClock.Instant) {
        if let time = wait?.until, now >= time {
            wait = nil
        } else if let time = wait?.nextHeartbeat, let heartbeat = wait?.heartbeat, now >= time {
            wait?.nextHeartbeat = now + Wait.heartbeatInterval
            var part = ByteBuffer()
            part.append(heartbeat)
            http.stream(&part, at: now)
        }
    }

    override func drain() {
        http.drain()
        // A stream that waits would not end by itself.
        if wait != nil { cancellation?.cancel() }
    }

    override func abandon(on loop: EventLoop) {
        cancellation?.cancel()
        if let exchange, exchange.stream != nil { loop.release(.close(exchange), token) }
    }
}

final class DriverSocketConnection: SocketConnection {
    var driver: DriverConnection

    /// - Parameter isRefused: Accepted beyond the limit, only to be told so.
    init(socket: Int32, token: UInt64, isRefused: Bool, service: DriverService, now: ContinuousClock.Instant) {
        driver = DriverConnection(service: service, client: SystemSocket.peer(of: socket), now: now)
        if isRefused { driver.refuse("The server has as many connections as it takes; try again later.", at: now) }
        super.init(socket: socket, token: token)
    }

    override var wantsInput: Bool { driver.wantsInput }
    override var outputByteCount: Int { driver.output.count }
    override var bodyByteCount: Int? { driver.bodyByteCount }
    override func refuseBody(_ reason: String, at now: ContinuousClock.Instant) { driver.refuseBody(reason, at: now) }
    override var deadline: ContinuousClock.Instant? { driver.deadline }
    override func receive(_ bytes: borrowing Span<UInt8>, at now: ContinuousClock.Instant) { driver.receive(bytes, at: now) }
    override func receiveEnd(at now: ContinuousClock.Instant) { driver.receiveEnd() }
    override func sendOutput() -> SystemSocket.Sent { SystemSocket.send(socket, driver.output) }
    override func sent(_ count: Int, at now: ContinuousClock.Instant) { driver.sent(count, at: now) }

    override func act(on loop: EventLoop) -> Bool {
        guard let event = driver.next(at: loop.now) else { return false }
        loop.handle(event, self)
        return true
    }

    override func drain() { driver.drain() }

    override func abandon(on loop: EventLoop) {
        for query in driver.abandon() { loop.release(.release(query), token) }
    }
}
