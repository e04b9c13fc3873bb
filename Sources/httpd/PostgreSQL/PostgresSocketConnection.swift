import Ground
import ReQLish
import Synchronization
import TLS

extension SocketProtocol {
    static let postgresScheme = "postgresql"

    static func postgres(_ service: PostgresService, port: UInt16) -> SocketProtocol {
        SocketProtocol(scheme: postgresScheme, audience: "PostgreSQL clients", port: port) {
            PostgresSocketConnection($0, service, now: $1)
        }
    }
}

/// A connection of a PostgreSQL client: its session makes its steps on a worker.
final class PostgresSocketConnection: SocketConnection {
    private var postgres: PostgresConnection
    private let port: PortEncryption?
    /// It began with the handshake of TLS, without a message before.
    private var isDirect = false
    private var hasBegun = false

    init(_ accepted: AcceptedSocket, _ service: PostgresService, now: MonotonicTime) {
        let limits = service.limits
        postgres = PostgresConnection(
            service: service, client: accepted.origin.client, server: SystemSocket.address(of: accepted.descriptor), now: now)
        port = service.encryption
        super.init(accepted, channel: Channel(stallTime: limits.writeStallTime, lingerTime: limits.lingerTime))
        SystemSocket.keepAlive(accepted.descriptor)
        if accepted.isRefused { postgres.refuse("53300", "sorry, too many clients already", &channel) }
    }

    override var wantsMore: Bool { postgres.wantsInput(channel) }
    override var isAtRest: Bool { postgres.isGreeting }
    override var bodyByteCount: Int? { postgres.bodyByteCount }
    override var deadline: MonotonicTime? { postgres.deadline(channel) }
    override func refuseBody(_ reason: String, at now: MonotonicTime) { postgres.refuseBody(reason, &channel) }
    override func receive(_ bytes: borrowing Span<UInt8>, at now: MonotonicTime) {
        // No message without a type begins with this byte: it would have a length of 400 million.
        if !hasBegun, let port, encryption == nil, !bytes.isEmpty, bytes[0] == SocketEncryption.firstByte {
            hasBegun = true
            isDirect = true
            encrypt(by: port, at: now)
            return take(bytes, at: now)
        }
        hasBegun = true
        postgres.receive(bytes)
    }

    override func encrypted(_ tls: TLSChannel) {
        postgres.encrypted(PostgresEncryption(endPoint: tls.endPoint, clientName: tls.clientName))
        guard isDirect, tls.innerProtocol.isEmpty else { return }
        postgres.refuse("08P01", "received direct SSL connection request without ALPN protocol negotiation extension", &channel)
    }

    override func step(on loop: EventLoop) -> Bool {
        // The session counts for its account.
        defer { if postgres.isProved { _ = loop.noteProof(of: self, account: nil) } }
        switch postgres.next(&channel, at: loop.now) {
        case .run(let session):
            if session.wake == nil {
                session.wake = { [loop, token] in loop.send(.ready(token, nil)) }
            }
            loop.shared.counters.requests.add(1, ordering: .relaxed)
            let waitsForEngine = loop.shared.waitsForEngine
            let shape = waitsForEngine ? session.shapeAskingNobody() : session.shape(&loop.newTexts)
            session.isTimedByTurn = shape == .shortRead && !waitsForEngine
            if shape == .shortWrite, session.hasTurn, !waitsForEngine {
                loop.make(session, for: self)
            } else if shape == .shortRead, waitsForEngine, session.service.pando.catalog.keepsRows {
                loop.readTogether(session, for: self)
            } else {
                // To look at the statement may have taken the writer's turn, and it may wait for long until somebody has time for it.
                if shape == .any { session.lendTurn() }
                loop.perform(session, shape, for: self)
                if shape == .shortRead { loop.statementsHere += session.takeStatementCount() }
            }
        case .wasGuessed:
            loop.shared.counters.refusedLogins.add(1, ordering: .relaxed)
            postgres.holdBack { start, time in loop.shared.shares.answerTime(of: client, after: start, heldBack: time) }
        case .encrypt: if let port { encrypt(by: port, preamble: "S", at: loop.now) }
        case nil: return false
        }
        return true
    }

    override func finished(_ work: any Work, on loop: EventLoop) {
        if let session = work as? PostgresSession { postgres.complete(session, &channel) }
    }

    override func breakOff() { postgres.breakOff(&channel) }

    override func abandon(on loop: EventLoop) {
        if let session = postgres.abandon() { loop.release(session, token) }
    }
}
