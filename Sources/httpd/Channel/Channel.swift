import Ground

/// A connection's way out and its end, the same for every protocol. Time is what the caller says it is.
///
/// A protocol puts bytes into ``output`` and says when it has no more to say. The rest happens here: the last bytes go out, the write side
/// is shut, what still comes is dropped for a while, so that the client can read the last answer, and the connection closes. A client that
/// leaves its answers unread for too long is cut off.
///
///     open ──end()──▶ ending ──output is out──▶ lingering ──▶ closed
struct Channel: ~Copyable, Sendable {
    enum Event: Sendable, Hashable {
        /// Shut the socket's write side down, and go on reading what is thrown away.
        case shutDownWriting
        /// Close the socket.
        case close
    }

    private enum Phase: Sendable, Hashable {
        case open
        case ending(lingers: Bool)
        case lingering(since: MonotonicTime)
        /// It closes, whatever still waits.
        case cut
        case closed
    }

    /// Bytes that wait for the socket.
    var output = OutputQueue()
    /// The client has shut its write side.
    private(set) var inputEnded = false
    /// The server is shutting down: nothing new begins.
    private(set) var isDraining = false
    private var phase = Phase.open
    /// When the socket last took bytes, or was first seen to leave some; nil while nothing waits for it.
    private var progress: MonotonicTime?
    private let stallTime: Duration
    private let lingerTime: Duration

    /// - Parameters:
    ///   - stallTime: how long a client may leave output unread.
    ///   - lingerTime: how long input is dropped before the connection closes.
    init(stallTime: Duration, lingerTime: Duration) {
        self.stallTime = stallTime
        self.lingerTime = lingerTime
    }

    /// Whether the protocol may still read and write.
    var isOpen: Bool { phase == .open }
    var isClosed: Bool { phase == .closed }

    mutating func receiveEnd() { inputEnded = true }

    mutating func drain() { isDraining = true }

    /// Ends the connection once the output is out.
    /// - Parameter lingering: whether the client may be sending still, so that a plain close could take the last answer away from it.
    mutating func end(lingering: Bool = true) {
        if isOpen { phase = .ending(lingers: lingering) }
    }

    /// What waits is not sent any more.
    mutating func forgetOutput() {
        output.removeAll()
        progress = nil
    }

    /// Ends the connection at once.
    mutating func cut() {
        if !isClosed { phase = .cut }
    }

    /// The socket took bytes of the output.
    mutating func sent(_ count: Int, at now: MonotonicTime) {
        output.advance(by: count)
        progress = output.isEmpty ? nil : now
    }

    /// The next thing to do with the socket.
    mutating func next(at now: MonotonicTime) -> Event? {
        if let progress, now >= progress + stallTime { cut() }
        switch phase {
        case .open, .closed: return nil
        case .ending(let lingers):
            guard output.isEmpty else { return nil }
            if lingers, !inputEnded {
                phase = .lingering(since: now)
                return .shutDownWriting
            }
        case .lingering(let start): guard inputEnded || now >= start + lingerTime else { return nil }
        case .cut: break
        }
        phase = .closed
        return .close
    }

    /// When ``next(at:)`` has to be called although nothing else happened; nil if time does not matter now. Asked after each turn, which is
    /// when the client's time to read begins.
    mutating func deadline(at now: MonotonicTime) -> MonotonicTime? {
        if case .lingering(let start) = phase { return start + lingerTime }
        guard !output.isEmpty else { return nil }
        let start = progress ?? now
        progress = start
        return start + stallTime
    }
}
