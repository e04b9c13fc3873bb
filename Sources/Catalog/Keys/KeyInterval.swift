import Ground

/// A half-open interval of tree keys: `lower` and up, below `upper` (`nil`: to the end).
///
/// Half-open is enough for everything: the key after `k` is `k` and a zero byte, so "above `k`" begins there and "up to and with `k`" ends
/// there.
struct KeyInterval: Sendable, Hashable {
    var lower: [UInt8]
    var upper: [UInt8]?

    static let all = KeyInterval(lower: [], upper: nil)

    /// One key.
    static func only(_ key: [UInt8]) -> KeyInterval { KeyInterval(lower: key, upper: key + [0]) }

    /// All keys that begin with `bytes`.
    static func prefix(_ bytes: [UInt8]) -> KeyInterval {
        KeyInterval(lower: bytes, upper: bytes.successorOfAllExtensions)
    }

    static func prefix(_ text: String) -> KeyInterval {
        prefix(Array(text.utf8))
    }

    func contains(_ key: [UInt8]) -> Bool { !key.isBelow(lower) && upper.map { key.isBelow($0) } ?? true }

    /// No key can be inside.
    var isEmpty: Bool {
        guard let upper else { return false }
        return !lower.isBelow(upper)
    }
}

extension [UInt8] {
    /// Whether a key stands before another one.
    func isBelow(_ other: [UInt8]) -> Bool {
        span.withBytes { own in other.span.withBytes { Bytes.compare(own, $0) < 0 } }
    }

    /// The smallest key above every key that begins with these bytes; `nil` if there is none.
    var successorOfAllExtensions: [UInt8]? {
        guard let last = lastIndex(where: { $0 != 0xFF }) else { return nil }
        var next = Array(self[...last])
        next[last] += 1
        return next
    }
}
