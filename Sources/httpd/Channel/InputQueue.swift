import Ground
import ReQLish

/// Bytes that have come and were not used yet.
struct InputQueue: ~Copyable, Sendable {
    /// All bytes that are kept; those from ``start`` on are unused.
    private(set) var bytes = ByteBuffer()
    private(set) var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { start == bytes.count }

    mutating func append(_ more: borrowing Span<UInt8>) { bytes.append(more) }

    /// Passes over the bytes before a position; positions stay good.
    mutating func skip(to position: Int) { start = position }

    /// Forgets the bytes before a position, which is one of ``bytes``; positions change.
    mutating func consume(to position: Int) {
        start = position
        if isEmpty {
            bytes.removeAll(keepingAtMost: 16 * 1024)
            start = 0
        } else if start >= 16 * 1024 {
            bytes.removeFirst(start)
            start = 0
        }
    }
}
