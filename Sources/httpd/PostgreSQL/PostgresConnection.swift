import Ground
import PostgresWire
import ReQLish

/// The next thing for the owner of a ``PostgresConnection`` to do.
enum PostgresEvent {
    /// Let the session make a step, and give it back with `complete(_:_:)`.
    case run(PostgresSession)
    /// A name or a password was wrong: count it.
    case wasGuessed
    /// The client asks for TLS: agree, and go on encrypted.
    case encrypt
}

/// What a session has from TLS.
struct PostgresEncryption: Sendable {
    /// What SCRAM can bind its exchange to; nil for certificates that have nothing of that kind.
    var endPoint: [UInt8]?
    /// The name in the certificate that the client has shown.
    var clientName: String?
}

/// A PostgreSQL client's connection, server side, without its socket: bytes go in with ``receive(_:)``, ``next(_:at:)`` says what is to be
/// done, and answers go to the ``Channel``. Time is what the caller says it is.
///
/// Until the login is through, messages are answered here. From then on they are the session's, which makes a step on a worker while at
/// least one message is there as a whole, and rests here in between, without a thread.
///
///     greeting ──startup──▶ proving ──SCRAM──▶ serving ──▶ over: the channel ends
struct PostgresConnection: ~Copyable {
    private enum Phase {
        /// Messages without a type: what the client wants at all.
        case greeting
        case proving(PostgresLogin, StartupMessage.Startup)
        case serving
        case over
    }

    let service: PostgresService
    let client: QueryClient?
    /// This end of the connection.
    private let server: QueryClient?
    private var limits: PostgresLimits { service.limits }
    private var phase = Phase.greeting
    private let start: MonotonicTime
    /// Set once the handshake of TLS is through.
    private(set) var encryption: PostgresEncryption?
    private var asksForEncryption = false
    /// What a guess is answered with, and not before this time.
    private var refusal: (report: ReportFields, time: MonotonicTime)?
    private var wasGuessed = false

    /// What came and was not taken yet. A session that rests has its messages itself.
    private var frames = MessageFrames()
    private var session: PostgresSession?
    private var isRunning = false
    /// What came while the session was away.
    private var arrived = ByteBuffer(capacity: 16)
    /// When the session came to rest with nothing to do.
    private var restStart: MonotonicTime?
    /// When the client shut its side while the session was away; nil once it was probed.
    private var probeStart: MonotonicTime?
    private var hasProbed = false

    init(service: PostgresService, client: QueryClient? = nil, server: QueryClient? = nil, now: MonotonicTime) {
        self.service = service
        self.client = client
        self.server = server
        start = now
    }

    /// Whether the client has said nothing yet that was understood.
    var isGreeting: Bool { if case .greeting = phase { true } else { false } }

    /// Whether an account was proved, or needed no proof.
    var isProved: Bool { session != nil }

    /// Has the answer to a wrong guess go out when `time` says.
    mutating func holdBack(_ time: (_ start: MonotonicTime, _ heldBack: Duration) -> MonotonicTime) {
        let end = time(start, limits.failedLoginTime)
        refusal?.time = end
    }

    // MARK: Bytes in

    /// All that comes from here on came through TLS.
    mutating func encrypted(_ encryption: PostgresEncryption) { self.encryption = encryption }

    /// Whether the socket should be read. A message that is not whole needs more; what waits beside that is bounded.
    func wantsInput(_ channel: borrowing Channel) -> Bool {
        switch phase {
        case .greeting, .proving: refusal == nil
        case .serving:
            if isRunning {
                arrived.count < limits.pipelinedBytes
            } else if let session, session.isWaiting {
                session.inputByteCount < limits.pipelinedBytes
            } else {
                !(session?.hasWork ?? false)
            }
        case .over: false
        }
    }

    mutating func receive(_ bytes: borrowing Span<UInt8>) {
        switch phase {
        case .over: break
        case .serving:
            if isRunning { arrived.append(copy bytes) } else { session?.receive(bytes) }
        case .greeting, .proving: frames.append(bytes)
        }
    }

    /// Bytes of a message that is still coming; nil while that is not known.
    var bodyByteCount: Int? { isRunning ? nil : session?.inputByteCount ?? 0 }

    /// Ends the connection because all together send more than the server keeps.
    mutating func refuseBody(_ reason: String, _ channel: inout Channel) {
        guard case .serving = phase, !isRunning else { return }
        session?.forgetInput()
        end(with: .fatal("53200", reason), &channel)
    }

    // MARK: What to do next

    /// The next thing to do, or nil until there is more input, output taken, the session given back, or a later time.
    mutating func next(_ channel: inout Channel, at now: MonotonicTime) -> PostgresEvent? {
        if wasGuessed {
            wasGuessed = false
            return .wasGuessed
        }
        if case .over = phase { return nil }
        // A client that has shut its side has gone; what it sent as a whole before is still done.
        if channel.inputEnded, !isRunning, refusal != nil || !(session?.hasWork ?? false) {
            phase = .over
            // It may still read what was answered.
            channel.end(lingering: false)
            return nil
        }
        if let refusal {
            guard channel.isDraining || now >= refusal.time else { return nil }
            self.refusal = nil
            end(with: refusal.report, &channel)
            return nil
        }
        switch phase {
        case .greeting, .proving:
            if now >= start + limits.startupTime || channel.isDraining {
                phase = .over
                channel.cut()
                return nil
            }
            do throws(WireError) {
                while try takeStartMessage(&channel) {}
            } catch {
                end(with: .fatal(error.state, error.message), &channel)
            }
            if asksForEncryption {
                asksForEncryption = false
                return .encrypt
            }
            if case .serving = phase { return next(&channel, at: now) }
            return wasGuessed ? next(&channel, at: now) : nil
        case .serving:
            if isRunning, channel.inputEnded { probe(&channel, at: now) }
            return serve(&channel, at: now)
        case .over: return nil
        }
    }

    /// A client that shut its side while a statement runs may still wait for the answer, or be gone; only sending something tells. Clients
    /// pass over a setting that is told again. One that is gone makes the socket fail, and with it the statement, which may keep other
    /// writers waiting.
    private mutating func probe(_ channel: inout Channel, at now: MonotonicTime) {
        guard !hasProbed, channel.output.isEmpty else { return }
        guard let start = probeStart else {
            probeStart = now
            return
        }
        guard now >= start + limits.probeTime else { return }
        write(.parameterStatus(name: "server_encoding", value: "UTF8"), &channel)
        (probeStart, hasProbed) = (nil, true)
    }

    private mutating func serve(_ channel: inout Channel, at now: MonotonicTime) -> PostgresEvent? {
        guard let session, !isRunning else { return nil }
        if session.hasWork {
            guard channel.output.count < limits.unreadBytes else {
                // Who reads nothing can't be told.
                if session.hasBeenEnded {
                    phase = .over
                    channel.cut()
                }
                return nil
            }
            restStart = nil
            isRunning = true
            session.awaitWorker()
            return .run(session)
        }
        // The client waits for another transaction, and nobody for the client.
        if session.isWaiting, !channel.isDraining {
            restStart = nil
            return nil
        }
        if channel.isDraining {
            breakOff(&channel)
            return nil
        }
        // The lines of a COPY, or the rest of a group of messages, may take their time.
        guard session.isAtRest, !session.isInGroup else {
            restStart = nil
            return nil
        }
        if restStart == nil { restStart = now }
        if let idleTime, let restStart, now >= restStart + idleTime {
            let isInTransaction = session.isInTransaction
            end(
                with: isInTransaction
                    ? .fatal("25P03", "terminating connection due to idle-in-transaction timeout")
                    : .fatal("57P05", "terminating connection due to idle-session timeout"), &channel)
        }
        return nil
    }

    /// Ends the connection because the server stops.
    mutating func breakOff(_ channel: inout Channel) {
        end(with: .fatal("57P01", "terminating connection due to administrator command"), &channel)
    }

    /// When ``next(_:at:)`` has to be called although nothing else happened; nil if time does not matter now.
    func deadline(_ channel: borrowing Channel) -> MonotonicTime? {
        if let refusal { return refusal.time }
        switch phase {
        case .greeting, .proving: return start + limits.startupTime
        case .serving:
            if let probeStart { return probeStart + limits.probeTime }
            if !isRunning, session?.isWaiting == true { return session?.waitDeadline }
            return restStart.flatMap { start in idleTime.map { start + $0 } }
        case .over: return nil
        }
    }

    /// How long the session may wait for its client now; nil is for ever.
    private var idleTime: Duration? {
        guard let session, !isRunning else { return nil }
        return session.isInTransaction
            ? session.transactionIdleTime ?? limits.transactionIdleTime : session.idleTime ?? limits.idleTime
    }

    /// The last answer is made.
    private mutating func end(with report: ReportFields, _ channel: inout Channel) {
        write(.errorResponse(report), &channel)
        phase = .over
        channel.end()
    }

    /// Ends the connection with an error instead of a session.
    mutating func refuse(_ state: String, _ message: String, _ channel: inout Channel) {
        end(with: .fatal(state, message), &channel)
    }

    /// Takes a session back that has made its step.
    mutating func complete(_ session: PostgresSession, _ channel: inout Channel) {
        isRunning = false
        (probeStart, hasProbed) = (nil, false)
        channel.output.take(&session.response)
        if !arrived.isEmpty {
            session.receive(arrived.span)
            arrived.removeAll(keepingAtMost: 16 * 1024)
        }
        if session.isOver {
            phase = .over
            channel.end(lingering: !session.wasTerminated)
        }
    }

    /// The connection is gone: its session stops what it does.
    /// - Returns: the session if it rests here, to be released.
    mutating func abandon() -> PostgresSession? {
        phase = .over
        session?.cancel()
        defer { session = nil }
        return isRunning ? nil : session
    }

    // MARK: The start

    /// Takes a message of the login.
    /// - Returns: whether there may be another one.
    private mutating func takeStartMessage(_ channel: inout Channel) throws(WireError) -> Bool {
        switch phase {
        case .greeting:
            // The bytes of HTTP, say, announce a length of a billion.
            guard let frame = try frames.next(hasType: false, limit: StartupMessage.maximumByteCount) else { return false }
            var body = ByteBuffer(capacity: frame.body.count)
            body.append(frames.bytes.span.extracting(frame.body))
            frames.release()
            return try greet(try StartupMessage(body), &channel)
        case .proving(var login, let startup):
            guard let frame = try frames.next(limit: StartupMessage.maximumByteCount) else { return false }
            guard frame.type == FrontendMessage.Kind.password.rawValue else {
                throw WireError("expected SASL response, got message type \(frame.type)")
            }
            var reader = MessageReader(frames.bytes, in: frame.body)
            let answer = try reader.rest()
            frames.release()
            do throws(LoginError) {
                switch try login.receive(answer) {
                case .goOn(let question):
                    phase = .proving(login, startup)
                    write(.authentication(question), &channel)
                    return true
                case .done(let last):
                    write(.authentication(last), &channel)
                    begin(startup, user: login.user, &channel)
                }
            } catch {
                refuse(error, of: login.user)
            }
            return false
        case .serving, .over: return false
        }
    }

    private mutating func greet(_ message: StartupMessage, _ channel: inout Channel) throws(WireError) -> Bool {
        switch message {
        case .encryptionRequest, .gssEncryptionRequest:
            guard encryption == nil else { throw WireError("the connection is encrypted already") }
            // What was sent along was meant to be encrypted.
            guard frames.count == 0 else { throw WireError("received unencrypted data after an encryption request") }
            guard message == .encryptionRequest, service.encryption != nil else {
                channel.output.append("N")
                return true
            }
            asksForEncryption = true
            return false
        case .cancelRequest(let process, let secret):
            service.cancel(process, secret: secret)
            phase = .over
            channel.end(lingering: false)
            return false
        case .outdated:
            channel.output.append("EFATAL:  unsupported frontend protocol 2.0: server supports 3.0 to 3.0\n\0")
            phase = .over
            channel.end()
            return false
        case .startup(let startup): return try greet(startup, &channel)
        }
    }

    private mutating func greet(_ startup: StartupMessage.Startup, _ channel: inout Channel) throws(WireError) -> Bool {
        let unknown = startup.parameters.map(\.name).filter { $0.hasPrefix("_pq_.") }
        if startup.minor > 0 || !unknown.isEmpty {
            write(.negotiateProtocolVersion(newest: StartupMessage.newestVersion, unknown: unknown), &channel)
        }
        guard let user = startup["user"], !user.isEmpty else {
            throw WireError("no PostgreSQL user name specified in startup packet", state: "28000")
        }
        if let replication = startup["replication"], !["false", "off", "no", "0"].contains(replication.lowercased()) {
            throw WireError("replication connections are not supported", state: "0A000")
        }
        guard service.encryption == nil || encryption != nil else {
            throw WireError("connection requires TLS: no encryption (sslmode=require or more)", state: "28000")
        }
        let login = PostgresLogin(user: user, authenticator: service.authenticator, endPoint: encryption?.endPoint)
        do throws(LoginError) {
            let isCertified = try login.isCertified(encryption?.clientName)
            if try login.isOpen() || isCertified {
                begin(startup, user: user, &channel)
                return false
            }
        } catch {
            throw WireError(error.message, state: "58030")
        }
        phase = .proving(login, startup)
        write(.authentication(.sasl(mechanisms: login.mechanisms)), &channel)
        return true
    }

    private mutating func refuse(_ failure: LoginError, of user: String) {
        let report: ReportFields =
            failure.isGuess
            ? .fatal("28P01", "password authentication failed for user \"\(user)\"") : .fatal("08P01", failure.message)
        wasGuessed = failure.isGuess
        refusal = (report, failure.isGuess ? start + limits.failedLoginTime : start)
    }

    private mutating func begin(_ startup: StartupMessage.Startup, user: String, _ channel: inout Channel) {
        write(.authentication(.ok), &channel)
        let session = PostgresSession(service: service, startup: startup, user: user, client: client, server: server)
        if frames.count > 0 { session.receive(frames.rest) }
        frames = MessageFrames()
        self.session = session
        phase = .serving
    }

    private func write(_ message: BackendMessage, _ channel: inout Channel) {
        var output = ByteBuffer(capacity: 64)
        message.write(into: &output)
        channel.output.append(output)
    }
}
