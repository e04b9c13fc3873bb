import Ground

/// Bytes of a driver's connection as they come, cut into messages: a token, a length, a body.
struct DriverFrames: ~Copyable {
    enum Frame {
        case incomplete
        /// The length is the limit or more.
        case tooLong(token: UInt64, byteCount: Int)
        /// The body is in ``DriverFrames/body``.
        case whole(token: UInt64)
    }

    /// A message whose body is not all there.
    private struct Incoming {
        let token: UInt64
        let start: MonotonicTime
        var missing: Int
    }

    /// Bytes that belong to no message yet. The handshake, which comes before the messages, reads them as they are.
    var input = InputQueue()
    private var incoming: Incoming?
    /// The body of the message that is coming, or of the one that ``next(limit:at:)`` found whole.
    private(set) var body = ByteBuffer()

    var isInMessage: Bool { incoming != nil }
    /// When the header of the message that is coming was read.
    var messageStart: MonotonicTime? { incoming?.start }

    mutating func append(_ bytes: borrowing Span<UInt8>) {
        guard input.isEmpty, let incoming else { return input.append(bytes) }
        // The usual way of a large query: from the socket's buffer straight to its own.
        let count = min(incoming.missing, bytes.count)
        body.append(bytes.extracting(0..<count))
        self.incoming?.missing -= count
        if count < bytes.count { input.append(bytes.extracting(count..<bytes.count)) }
    }

    /// - Parameter limit: the length from which on a message is refused.
    mutating func next(limit: Int, at now: MonotonicTime) -> Frame {
        if incoming == nil {
            guard input.count >= DriverResponse.headerByteCount else { return .incomplete }
            let start = input.start
            var token: UInt64 = 0
            for index in 0..<8 { token |= UInt64(input.bytes[start + index]) << UInt64(8 * index) }
            var length = 0
            for index in 0..<4 { length |= Int(input.bytes[start + 8 + index]) << (8 * index) }
            input.skip(to: start + DriverResponse.headerByteCount)
            guard length < limit else { return .tooLong(token: token, byteCount: length) }
            incoming = Incoming(token: token, start: now, missing: length)
            body.reserve(min(length, 64 * 1024))
        }
        guard let incoming else { return .incomplete }
        let count = min(incoming.missing, input.count)
        if count > 0 {
            let bytes = input.bytes
            body.append(bytes.span.extracting(input.start..<input.start + count))
            self.incoming?.missing -= count
        }
        input.consume(to: input.start + count)
        guard count == incoming.missing else { return .incomplete }
        self.incoming = nil
        return .whole(token: incoming.token)
    }

    /// The body, without a copy.
    mutating func takeBody() -> ByteBuffer {
        var taken = ByteBuffer()
        swap(&taken, &body)
        return taken
    }

    /// Forgets the body of a message that was taken.
    mutating func release() { body.removeAll(keepingAtMost: 64 * 1024) }

    /// Forgets the message that is coming; its token.
    mutating func giveUp() -> UInt64? {
        guard let token = incoming?.token else { return nil }
        incoming = nil
        body = ByteBuffer()
        return token
    }
}
