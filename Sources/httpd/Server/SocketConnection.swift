import Ground
import ReQLish
import TLS

/// A connection with its socket: what a loop knows of it. Used on the loop's thread only. Each protocol has a subclass, which puts what it
/// has to say into the channel's output and overrides what stands under "The protocol's".
///
/// All bytes pass through this class in both directions, so TLS has its place here (``SocketEncryption``).
class SocketConnection {
    final let socket: Int32
    final let token: UInt64
    final var channel: Channel
    /// What encrypts it; nil while nothing does.
    final var encryption: SocketEncryption?
    /// Last known readiness; cleared when a call would block.
    final var isReadable = true
    final var isWritable = true
    /// The client has shut its write side, so reading must go on until that end was read: the kernel will not report it again.
    final var hasEnd = false
    final var isClosed = false
    /// This connection's part of the server's count of body bytes.
    final var countedBodyBytes = 0
    /// In the loop's list of connections that have more to do at once.
    final var isQueued = false
    /// In the loop's list of connections that have something to write.
    final var isHeld = false
    /// Where the client is.
    final let client: QueryClient?
    /// The network whose share of connections it counts against, until it has proved an account.
    final var network: String?
    final var isProved = false
    /// Whose connections it is one of, once it has proved an account.
    final var account: String?
    /// How long the last took that was done for it by a worker, or at first by the loop.
    final var lastWork = RequestWorkers.Length.unknown
    /// It was refused because all connections were taken.
    final var isLate = false
    final var accepted = MonotonicTime.now

    init(_ accepted: AcceptedSocket, channel: consuming Channel) {
        socket = accepted.descriptor
        token = accepted.token
        client = accepted.origin.client
        self.channel = channel
    }

    // MARK: Bytes

    /// Whether the socket should be read; at the end also to drop what comes.
    final var wantsInput: Bool {
        if let encryption, encryption.isFull { return false }
        return !channel.inputEnded && (channel.isOpen ? wantsMore : !channel.isClosed)
    }

    /// Bytes that wait for the socket.
    final var outputByteCount: Int { channel.output.count }
    final var hasOutput: Bool {
        guard let encryption else { return !channel.output.isEmpty }
        return encryption.tls.outgoingByteCount > 0 || encryption.tls.canSeal && !channel.output.isEmpty
    }

    /// Takes in bytes from the socket.
    final func take(_ bytes: borrowing Span<UInt8>, at now: MonotonicTime) {
        if let encryption { return takeEncrypted(bytes, encryption, at: now) }
        if channel.isOpen { receive(bytes, at: now) }
    }

    enum OutputFlow {
        /// All that was offered has gone; there may be more.
        case wentOut
        /// The socket's buffer is full now.
        case blocked
        case failed
    }

    /// Gives the socket what waits for it, as much as it takes.
    final func sendOutput(at now: MonotonicTime) -> OutputFlow {
        if let encryption { return sendEncrypted(encryption, at: now) }
        switch SystemSocket.send(socket, channel.output) {
        case .bytes(let count):
            channel.sent(count, at: now)
            return hasOutput ? .blocked : .wentOut
        case .wouldBlock: return .blocked
        case .failed: return .failed
        }
    }

    // MARK: Turns

    /// Does the next thing there is to do.
    /// - Returns: false if there is none.
    final func act(on loop: EventLoop) -> Bool {
        if step(on: loop) { return true }
        if let limit = encryption?.handshakeDeadline, loop.now >= limit { channel.cut() }
        switch channel.next(at: loop.now) {
        case .shutDownWriting:
            if let encryption { endEncryption(encryption) }
            SystemSocket.shutDownWriting(socket)
        case .close:
            if let encryption { endEncryption(encryption) }
            loop.close(self)
        case nil: return false
        }
        return true
    }

    /// When the connection has to be served although nothing else happened; nil if time does not matter now.
    final func deadline(at now: MonotonicTime) -> MonotonicTime? {
        var end = channel.deadline(at: now)
        if let limit = encryption?.handshakeDeadline { end = end.map { min($0, limit) } ?? limit }
        guard channel.isOpen, let own = deadline else { return end }
        return end.map { min($0, own) } ?? own
    }

    // MARK: The protocol's

    /// Whether there is room for more input.
    var wantsMore: Bool { false }
    /// Whether closing it would interrupt nothing.
    var isAtRest: Bool { false }
    /// When ``step(on:)`` has to be called although nothing else happened.
    var deadline: MonotonicTime? { nil }
    /// Bytes of a request that is still coming; nil: as many as when it was asked before.
    var bodyByteCount: Int? { 0 }
    /// Refuses the request that is coming, for the reason given.
    func refuseBody(_ reason: String, at now: MonotonicTime) {}
    /// The handshake of TLS is through.
    func encrypted(_ tls: TLSChannel) {}
    /// Takes in what came.
    func receive(_ bytes: borrowing Span<UInt8>, at now: MonotonicTime) {}
    /// Does the next thing there is to do. Nothing new begins once the channel has ended.
    /// - Returns: false if there is none.
    func step(on loop: EventLoop) -> Bool { false }
    /// Called when the connection has come to rest, with nothing to do, to read or to send.
    func rest(on loop: EventLoop) {}
    /// Takes back work that was done.
    func finished(_ work: any Work, on loop: EventLoop) {}
    /// Takes back work for which there was no room.
    func refused(_ work: any Work, on loop: EventLoop) {}
    /// Work that waited for something may go on.
    func ready(_ work: any Work) {}
    /// The server shuts down: begins nothing more, and finishes what is in flight.
    func drain() { channel.drain() }
    /// The time to shut down is over: says so to a client that still waits.
    func breakOff() {}
    /// The socket is closed: lets go of everything.
    func abandon(on loop: EventLoop) {}
}
