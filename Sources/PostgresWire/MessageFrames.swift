package import Ground

/// Bytes of a connection as they come, cut into messages: a type, a length that counts itself, a body.
///
/// Nothing is reserved for what a length announces: the buffer grows with the bytes that are there.
package struct MessageFrames: ~Copyable {
    /// A message that is there as a whole.
    package struct Frame: Hashable, Sendable {
        /// 0 where messages have no type, at the start of a connection.
        package let type: UInt8
        /// Where the body lies in ``MessageFrames/bytes``.
        package let body: Range<Int>
    }

    private(set) package var bytes = ByteBuffer()
    /// What stands before was taken.
    private var start = 0

    package init() {}

    /// Bytes that were not taken yet.
    package var count: Int { bytes.count - start }

    package mutating func append(_ more: borrowing Span<UInt8>) { bytes.append(more) }

    /// The next byte alone: the answer to the question for TLS has no frame.
    package mutating func takeByte() -> UInt8? {
        guard count > 0 else { return nil }
        defer { start += 1 }
        return bytes[start]
    }

    /// The next message, if it is whole. It stays where it is until something is appended or ``release()`` is called.
    /// - Parameter limit: the most bytes that its length may announce.
    package mutating func next(hasType: Bool = true, limit: Int) throws(WireError) -> Frame? {
        let headCount = hasType ? 5 : 4
        guard count >= headCount else { return nil }
        let lengthStart = start + headCount - 4
        let length = (0..<4).reduce(0) { $0 << 8 | Int(bytes[lengthStart + $1]) }
        guard length >= 4, length <= limit else { throw WireError("invalid message length") }
        let end = lengthStart + length
        guard bytes.count >= end else { return nil }
        let frame = Frame(type: hasType ? bytes[start] : 0, body: start + headCount..<end)
        start = end
        return frame
    }

    /// Whether ``next(hasType:limit:)`` has something to give or to throw.
    package func hasNext(limit: Int) -> Bool {
        guard count >= 5 else { return false }
        let length = (1...4).reduce(0) { $0 << 8 | Int(bytes[start + $1]) }
        return length < 4 || length > limit || count > length
    }

    /// A whole message among those that wait, and where the one behind it begins; nothing is taken. Nil where there is none, or no whole one.
    /// - Parameter offset: where it begins behind what was taken: 0, or what was told of the one before.
    package func message(at offset: Int) -> (frame: Frame, end: Int)? {
        guard count >= offset + 5 else { return nil }
        let head = start + offset
        let length = (1...4).reduce(0) { $0 << 8 | Int(bytes[head + $1]) }
        guard length >= 4, count - offset > length else { return nil }
        return (Frame(type: bytes[head], body: head + 5..<head + 1 + length), offset + 1 + length)
    }

    /// What was not taken yet.
    package var rest: Span<UInt8> {
        @_lifetime(borrow self) borrowing get { bytes.span.extracting(start..<bytes.count) }
    }

    /// Forgets what was taken.
    package mutating func release() {
        if start == bytes.count {
            if bytes.count > 64 * 1024 { bytes = ByteBuffer() } else { bytes.removeAll() }
            start = 0
        } else if start >= 16 * 1024 {
            bytes.removeFirst(start)
            start = 0
        }
    }
}
