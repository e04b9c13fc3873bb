import Ground
import ReQLish
import Synchronization
import TLS

extension SocketProtocol {
    static let httpScheme = "http"

    /// - Parameter log: where requests are logged; nil if they are not.
    static func http(
        _ service: any HTTPService, _ configuration: HTTPConfiguration, _ counters: ServerCounters, log: ServerLog?,
        encryption: PortEncryption? = nil
    ) -> SocketProtocol {
        SocketProtocol(
            scheme: httpScheme, audience: "HTTP", port: configuration.port, encryption: encryption, plainAnswer: plainHTTPAnswer
        ) { socket, now in
            HTTPSocketConnection(socket, service.exchange(counters), limits: configuration.limits, log: log, now: now)
        }
    }

    private static let plainHTTPAnswer: String = {
        let detail = "This port speaks TLS: its addresses begin with https."
        let problem: Datum = [
            "type": "about:blank", "title": "Bad Request", "status": 400, "code": Datum(ReQLError.Kind.client.code),
            "detail": Datum(detail), "frames": [],
        ]
        let body = problem.description + "\n"
        let head = [
            "HTTP/1.1 400 Bad Request", "Content-Type: application/problem+json", "Content-Length: \(body.utf8.count)", "Connection: close",
        ]
        return head.joined(separator: "\r\n") + "\r\n\r\n" + body
    }()
}

/// A connection that speaks HTTP: its requests go to the exchange, here or on another thread, and answers come back.
final class HTTPSocketConnection: SocketConnection {
    private let isRefused: Bool
    private let log: ServerLog?
    private var http: HTTPConnection
    private let exchange: Exchange
    /// Another thread has the exchange.
    private var isAway = false
    /// Stops the query that a worker runs for this connection, if the client goes away.
    private var cancellation: Cancellation?
    /// The response is a refusal, and only the rest of the request is awaited.
    private var awaitsRest = false
    /// When a wrong password may be answered.
    private var refusalTime: MonotonicTime?
    /// When the request's head was there.
    private var asked: MonotonicTime
    /// When it was given to a worker.
    private var started: MonotonicTime?
    /// Set while the stream of an answer has nothing.
    private var wait: Wait?

    private struct Wait {
        /// The longest silence of a stream that has a heartbeat.
        static let heartbeatInterval = Duration.seconds(15)

        let until: MonotonicTime?
        let heartbeat: StaticString?
        var nextHeartbeat: MonotonicTime?

        init(until: MonotonicTime?, heartbeat: StaticString?, from now: MonotonicTime) {
            self.until = until
            self.heartbeat = heartbeat
            nextHeartbeat = heartbeat.map { _ in now + Self.heartbeatInterval }
        }

        var deadline: MonotonicTime? { [until, nextHeartbeat].compactMap { $0 }.min() }
    }

    init(_ accepted: AcceptedSocket, _ exchange: Exchange, limits: HTTPLimits, log: ServerLog?, now: MonotonicTime) {
        isRefused = accepted.isRefused
        self.log = log
        self.exchange = exchange
        http = HTTPConnection(limits: limits, now: now)
        asked = now
        super.init(accepted, channel: Channel(stallTime: limits.writeStallTime, lingerTime: limits.lingerTime))
    }

    // MARK: Bytes and time

    override var wantsMore: Bool { http.wantsInput }

    override var bodyByteCount: Int? {
        switch http.phase {
        case .body: http.body.count
        case .storing, .answering: nil
        default: 0
        }
    }

    override var deadline: MonotonicTime? {
        // Asked for in every turn, and few connections wait.
        guard wait != nil || refusalTime != nil else { return http.deadline(channel) }
        return [http.deadline(channel), wait?.deadline, refusalTime].compactMap { $0 }.min()
    }

    override var isAtRest: Bool { !isAway && wait == nil && refusalTime == nil && http.isAtRest && !hasOutput }
    override func refuseBody(_ reason: String, at now: MonotonicTime) { http.refuseBody(HTTPViolation(503, reason)) }
    override func receive(_ bytes: borrowing Span<UInt8>, at now: MonotonicTime) { http.receive(bytes, at: now) }

    override func encrypted(_ tls: TLSChannel) { exchange.certifiedUser = tls.clientName }

    // MARK: Requests

    override func step(on loop: EventLoop) -> Bool {
        if wait != nil { endWait(at: loop.now) }
        if let time = refusalTime, loop.now >= time {
            refusalTime = nil
            refuse(on: loop)
        }
        switch http.next(&channel, at: loop.now) {
        case .head: admit(on: loop)
        case .bodyPart:
            http.takeBody(&exchange.request.body)
            exchange.stage = .store
            isAway = true
            loop.perform(exchange, .any, for: self)
        case .request: answer(on: loop)
        case .violation(let violation):
            if exchange.request.head.isEmpty { asked = loop.now }
            http.takeHead(&exchange.request)
            refuse(violation, on: loop)
        case nil: return false
        }
        return true
    }

    private func admit(on loop: EventLoop) {
        http.takeHead(&exchange.request)
        loop.shared.counters.requests.add(1, ordering: .relaxed)
        asked = loop.now
        if isRefused { channel.drain() }
        goOn(exchange.admit(), on: loop)
    }

    private func goOn(_ admission: Admission, on loop: EventLoop) {
        switch admission {
        case .admitted where isRefused && !exchange.isOfCare, .refused where isRefused: refuseConnection(on: loop)
        case .admitted:
            guard !exchange.isProved || noteProof(on: loop) else { return }
            http.admit(&channel, storingBody: exchange.storesBody, at: loop.now)
        case .refused: refuse(on: loop)
        case .elsewhere:
            exchange.stage = .admit
            isAway = true
            loop.perform(exchange, .any, for: self)
        case .unproved:
            // Before the body: a stranger's is not read.
            exchange.stage = .identify
            isAway = true
            guard !loop.shared.logins.submit(RequestWorkers.Job(work: exchange, loop: loop, token: token), of: origin(on: loop)) else {
                return
            }
            isAway = false
            exchange.refuse(HTTPViolation(429, "Too many passwords wait to be checked; try again later."))
            refuse(on: loop)
        }
    }

    /// - Returns: false after a refusal, as the account has as many connections as it may.
    private func noteProof(on loop: EventLoop) -> Bool {
        if loop.noteProof(of: self, account: exchange.user) { return true }
        let account = exchange.user ?? ""
        exchange.response.reset()
        exchange.refuse(HTTPViolation(429, "The account `\(account)` has as many connections as it may."))
        refuse(on: loop)
        return false
    }

    /// Refuses a request for the connection's sake. But whoever watches over the server must not take a full one for a dead one, and who looks
    /// after it must get in: theirs are answered, one a connection.
    private func refuseConnection(on loop: EventLoop) {
        exchange.response.reset()
        refuse(HTTPViolation(503, "The server has as many connections as it takes; try again later."), on: loop)
    }

    /// Where the request comes from, by the word of a trusted proxy if it came through one.
    private func origin(on loop: EventLoop) -> QueryClient? { loop.shared.proxies.origin(of: exchange.request, from: client) }

    /// Answers a request whose body has not been read with the refusal in the response.
    private func refuse(on loop: EventLoop) {
        if http.admitDiscardingBody(&channel, at: loop.now) { awaitsRest = true } else { respond(on: loop) }
    }

    private func refuse(_ violation: HTTPViolation, on loop: EventLoop) {
        exchange.response.reset()
        exchange.refuse(violation)
        respond(on: loop)
    }

    private func answer(on loop: EventLoop) {
        if awaitsRest { return respond(on: loop) }
        http.takeBody(&exchange.request.body)
        exchange.stage = .answer
        let weight = exchange.weigh()
        if weight == .shortRead, !loop.shared.waitsForEngine || exchange.asksNobody {
            loop.answeredHere += 1
        } else {
            exchange.client = origin(on: loop)
            exchange.cancellation = Cancellation()
            cancellation = exchange.cancellation
            started = loop.now
            isAway = true
        }
        loop.perform(exchange, weight, for: self)
    }

    // MARK: Answers

    override func finished(_ work: any Work, on loop: EventLoop) {
        isAway = false
        switch exchange.stage {
        case .admit: goOn(exchange.admission, on: loop)
        case .identify where exchange.isIdentified && isRefused && !exchange.isOfCare: refuseConnection(on: loop)
        case .identify where exchange.isIdentified:
            guard noteProof(on: loop) else { return }
            http.admit(&channel, storingBody: exchange.storesBody, at: loop.now)
        case .identify:
            refusalTime = loop.shared.shares.answerTime(
                of: origin(on: loop), after: asked, heldBack: loop.shared.configuration.failedLoginTime)
        case .store:
            http.goOnWithBody()
            if let failure = exchange.storingFailure.take() { http.refuseBody(failure) }
        case .answer:
            if let started { loop.shared.counters.requestTimes.add(loop.now - started) }
            started = nil
            guard exchange.stream != nil else { return respond(on: loop) }
            begin(on: loop)
            http.beginStream(&exchange.response, date: loop.dateLine, &channel, at: loop.now)
            exchange.response.reset()
            goOn(on: loop)
        case .produce:
            http.stream(&exchange.response.body, &channel)
            goOn(on: loop)
        }
    }

    override func refused(_ work: any Work, on loop: EventLoop) {
        isAway = false
        started = nil
        let advice = "GET /_admin/jobs has the queries that run, and DELETE /_admin/jobs/ID stops one."
        exchange.refuse(HTTPViolation(503, "Too many requests run or wait; try again later. \(advice)"))
        respond(on: loop)
    }

    private func respond(on loop: EventLoop) {
        awaitsRest = false
        begin(on: loop)
        http.respond(&exchange.response, date: loop.dateLine, &channel, at: loop.now)
        exchange.reset()
    }

    /// Counts and logs a request whose answer goes out, and tells the client under which id it is logged.
    private func begin(on loop: EventLoop) {
        loop.shared.counters.addAnswer(exchange.response.status)
        guard let log else { return }
        let id = log.identifier(of: exchange.request)
        log.add(
            exchange.request, id, exchange.response.status, bytes: exchange.response.body.count, user: exchange.user, client: client,
            seconds: (loop.shared.now() - asked) / .seconds(1))
        exchange.response.addTrusted("X-Request-Id", id)
    }

    // MARK: Streams

    /// Does what the stream's last step asks for.
    private func goOn(on loop: EventLoop) {
        // To HEAD, the head was all.
        let step = http.isStreaming ? exchange.step : .end
        switch step {
        case .more: return
        case .wait(let time):
            guard let stream = exchange.stream else { break }
            wait = Wait(until: time, heartbeat: stream.heartbeat, from: loop.now)
            if channel.isDraining { cancellation?.cancel() }
            stream.whenReady { [exchange, token] in loop.send(.ready(token, exchange)) }
            return
        case .end: if http.isStreaming { http.endStream(&channel, at: loop.now) }
        case .cut: http.cutStream(&channel, at: loop.now)
        }
        exchange.close()
        exchange.reset()
    }

    override func ready(_ work: any Work) { wait = nil }

    /// Does what time asks of a stream that has nothing.
    private func endWait(at now: MonotonicTime) {
        if let time = wait?.until, now >= time {
            wait = nil
        } else if let time = wait?.nextHeartbeat, let heartbeat = wait?.heartbeat, now >= time {
            wait?.nextHeartbeat = now + Wait.heartbeatInterval
            var part = ByteBuffer()
            part.append(heartbeat)
            http.stream(&part, &channel)
        }
    }

    /// Orders the next batch of a stream once the socket has taken all before it: this is where back-pressure comes from.
    override func rest(on loop: EventLoop) {
        guard !isClosed, !isAway, wait == nil, http.isStreaming, !hasOutput else { return }
        exchange.stage = .produce
        isAway = true
        loop.perform(exchange, .any, for: self)
    }

    // MARK: The end

    override func drain() {
        super.drain()
        // A stream that waits would not end by itself.
        if wait != nil { cancellation?.cancel() }
    }

    override func abandon(on loop: EventLoop) {
        cancellation?.cancel()
        if !isAway, exchange.stream != nil { loop.release(exchange, token) }
    }
}
