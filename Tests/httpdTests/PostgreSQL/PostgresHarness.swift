import Ground
import PostgresWire
import ReQLish

@testable import httpd

/// Drives a ``PostgresConnection`` as a loop and its workers would, with a clock moved by hand: no socket, no thread.
final class PostgresHarness {
    private var connection: PostgresConnection
    private var channel: Channel
    private(set) var now = MonotonicTime.now
    /// What the client has got so far.
    private(set) var sent = ByteBuffer()
    private(set) var isClosed = false
    /// The client takes what the server sends.
    var reads = true
    /// A step of the session takes as long as this is set.
    var isSlow = false
    private var running: PostgresSession?
    /// What each step was taken for.
    var shapes: [QueryShape] = []
    /// Whether each step told what the next one may be like.
    private(set) var areTypical: [Bool] = []

    init(_ pando: Pando, limits change: (inout PostgresLimits) -> Void = { _ in }) {
        var limits = PostgresLimits()
        change(&limits)
        let service = PostgresService(pando: pando, authenticator: Authenticator(pando.catalog), limits: limits)
        connection = PostgresConnection(service: service, now: now)
        channel = Channel(stallTime: limits.writeStallTime, lingerTime: limits.lingerTime)
    }

    /// What the server sends is no message.
    struct Failure: Error {
        let description: String
    }

    /// Bytes that wait to be read by the client.
    var waitingByteCount: Int { channel.output.count }
    var wantsInput: Bool { connection.wantsInput(channel) }

    /// Gives bytes to the connection as far as it wants any.
    func receive(_ bytes: [UInt8], inPiecesOf size: Int = .max) {
        var rest = bytes[...]
        while !rest.isEmpty, channel.isOpen, wantsInput {
            let piece = Array(rest.prefix(size))
            rest = rest.dropFirst(piece.count)
            connection.receive(piece.span)
            turn()
        }
    }

    /// The client shuts its side.
    func end() {
        channel.receiveEnd()
        turn()
    }

    func advance(_ duration: Duration) {
        now += duration
        turn()
    }

    /// The step that was slow is made.
    func goOn() {
        isSlow = false
        guard let session = running.take() else { return }
        session.perform(nil)
        connection.complete(session, &channel)
        turn()
    }

    var deadline: MonotonicTime? { connection.deadline(channel) }

    /// The client goes away without a word.
    func abandon() { connection.abandon()?.close() }

    func turn() {
        while !isClosed {
            if reads, !channel.output.isEmpty {
                var all = channel.output.staged
                all.removeFirst(channel.output.stagedSent)
                var large = channel.output.large
                large.removeFirst(channel.output.largeSent)
                all.append(large)
                sent.append(all)
                channel.sent(all.count, at: now)
            }
            switch connection.next(&channel, at: now) {
            case .run(let session) where isSlow: running = session
            case .run(let session):
                var newTexts = 8
                shapes.append(session.shape(&newTexts))
                session.perform(nil)
                areTypical.append(session.isTypical)
                connection.complete(session, &channel)
            case .wasGuessed, .encrypt: break
            case nil:
                switch channel.next(at: now) {
                case .shutDownWriting: break
                case .close:
                    isClosed = true
                    abandon()
                case nil:
                    _ = channel.deadline(at: now)
                    return
                }
            }
        }
    }

    /// The messages that were sent, without what differs from session to session and from table to table of the same name.
    func answers() throws -> [BackendMessage] {
        let sent = sent
        var frames = MessageFrames()
        frames.append(sent.span)
        var answers: [BackendMessage] = []
        while let frame = try frames.next(limit: 1 << 28) {
            guard let kind = BackendMessage.Kind(rawValue: frame.type) else {
                throw Failure(description: "no message has the type \(frame.type)")
            }
            var reader = MessageReader(frames.bytes, in: frame.body)
            switch try BackendMessage(kind, &reader) {
            case .backendKeyData: break
            case .rowDescription(var columns):
                for index in columns.indices { columns[index].table = 0 }
                answers.append(.rowDescription(columns))
            case let message: answers.append(message)
            }
        }
        guard frames.count == 0 else { throw Failure(description: "a message is not whole") }
        return answers
    }
}
