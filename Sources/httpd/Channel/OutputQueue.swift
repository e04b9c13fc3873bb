import Ground
import ReQLish

/// The bytes that wait for the socket: many small pieces copied together, and behind them at most one large one that was moved here
/// instead.
struct OutputQueue: ~Copyable, Sendable {
    /// Bodies from this size on are moved, not copied.
    static let largeBytes = 16 * 1024

    private(set) var staged = ByteBuffer()
    private(set) var stagedSent = 0
    private(set) var large = ByteBuffer()
    private(set) var largeSent = 0

    var count: Int { staged.count - stagedSent + large.count - largeSent }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ text: String) {
        if large.isEmpty { staged.append(text) } else { large.append(text) }
    }

    mutating func append(_ bytes: borrowing ByteBuffer) {
        if large.isEmpty { staged.append(bytes.span) } else { large.append(bytes.span) }
    }

    /// Takes over the bytes of a buffer; the buffer is empty afterwards.
    mutating func take(_ bytes: inout ByteBuffer) {
        if bytes.count >= Self.largeBytes, large.isEmpty {
            swap(&large, &bytes)
        } else {
            append(bytes)
            bytes.removeAll()
        }
    }

    /// Forgets bytes that the socket took.
    mutating func advance(by count: Int) {
        let fromStaged = min(count, staged.count - stagedSent)
        stagedSent += fromStaged
        largeSent += count - fromStaged
        if stagedSent == staged.count {
            staged.removeAll(keepingAtMost: 64 * 1024)
            stagedSent = 0
        }
        if largeSent == large.count {
            large.removeAll(keepingAtMost: 256 * 1024)
            largeSent = 0
        }
    }

    mutating func removeAll() {
        advance(by: count)
    }
}
