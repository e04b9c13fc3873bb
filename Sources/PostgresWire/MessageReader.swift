package import Ground

/// A reader of the fields of one message's body, front to back.
package struct MessageReader {
    let body: ByteBuffer
    private let end: Int
    private(set) package var position: Int

    /// - Parameter range: where the body lies in the buffer.
    package init(_ body: ByteBuffer, in range: Range<Int>) {
        self.body = body
        position = range.lowerBound
        end = range.upperBound
    }

    package init(_ body: ByteBuffer) { self.init(body, in: 0..<body.count) }

    package init(_ body: [UInt8]) {
        var buffer = ByteBuffer(capacity: body.count)
        buffer.append(body)
        self.init(buffer)
    }

    package var remaining: Int { end - position }

    private mutating func take(_ count: Int) throws(WireError) -> Int {
        guard count >= 0, count <= remaining else { throw WireError("insufficient data left in message") }
        defer { position += count }
        return position
    }

    package mutating func byte() throws(WireError) -> UInt8 { body[try take(1)] }

    package mutating func int16() throws(WireError) -> Int16 {
        let start = try take(2)
        return Int16(bitPattern: UInt16(body[start]) << 8 | UInt16(body[start + 1]))
    }

    package mutating func uint32() throws(WireError) -> UInt32 {
        let start = try take(4)
        return UInt32(body[start]) << 24 | UInt32(body[start + 1]) << 16 | UInt32(body[start + 2]) << 8 | UInt32(body[start + 3])
    }

    package mutating func int32() throws(WireError) -> Int32 { Int32(bitPattern: try uint32()) }

    /// A number of things that follow, of which each takes some bytes: more than fit are refused before room is made for them.
    package mutating func count(ofAtLeast bytes: Int) throws(WireError) -> Int {
        let count = Int(UInt16(bitPattern: try int16()))
        guard count * bytes <= remaining else { throw WireError("insufficient data left in message") }
        return count
    }

    package mutating func bytes(_ count: Int) throws(WireError) -> [UInt8] {
        let start = try take(count)
        return body.raw[start..<start + count].copy()
    }

    package mutating func rest() throws(WireError) -> [UInt8] { try bytes(remaining) }

    /// A value with its length in front; nil for NULL.
    package mutating func value() throws(WireError) -> [UInt8]? { try valueRange().map { body.raw[$0].copy() } }

    /// Where it stands in ``body``.
    mutating func valueRange() throws(WireError) -> Range<Int>? {
        let count = try int32()
        if count == -1 { return nil }
        guard count >= 0 else { throw WireError("invalid length \(count) of a value in message") }
        let start = try take(Int(count))
        return start..<position
    }

    /// The text up to the next NUL.
    package mutating func text() throws(WireError) -> String {
        var stop = position
        while stop < end, body[stop] != 0 { stop += 1 }
        guard stop < end else { throw WireError("invalid string in message") }
        defer { position = stop + 1 }
        return try Self.text(body.span.extracting(position..<stop))
    }

    /// Bytes as text.
    private static func text(_ bytes: Span<UInt8>) throws(WireError) -> String {
        guard let valid = try? UTF8Span(validating: bytes) else {
            throw WireError("invalid byte sequence for encoding \"UTF8\"", state: WireError.characterNotInRepertoire)
        }
        return String(copying: valid)
    }

    /// Nothing may follow what was read.
    package func finish() throws(WireError) {
        guard remaining == 0 else { throw WireError("invalid message format") }
    }
}
