/// What the parser has tried in vain: states that it was in at a character, and from which it came to nothing.
///
/// Whether a try comes to something hangs on its state and its place alone, so none is made twice, however often the parser comes by. A text
/// of `a_a_a_a…`, in which each word may be the beginning of a host's name, is read in one go.
struct FailedTries {
    struct Try {
        /// A number of ``TokenRules``.
        var state: Int
        var position: Int
    }

    /// Of 64 characters one behind the other those from which a state comes to nothing, at a depth of parsers.
    private var masks: [Int: UInt64] = [:]
    /// At so many masks those are forgotten that nobody comes by any more.
    private var limit = leastLimit

    private static let leastLimit = 4_096

    /// - Parameter depth: it counts, because parsers within parsers have an end.
    @inline(__always) func contains(_ other: Try, depth: Int) -> Bool {
        guard !masks.isEmpty, let mask = masks[Self.key(other, depth)] else { return false }
        return mask & Self.bit(other) != 0
    }

    mutating func insert(_ other: Try, depth: Int) {
        masks[Self.key(other, depth), default: 0] |= Self.bit(other)
    }

    /// Makes room, if there are many, for a parser that doesn't come back to what stands before a position.
    mutating func forget(before position: Int) {
        guard masks.count >= limit else { return }
        masks = masks.filter { $0.key / Self.keysOfBlock >= position / 64 }
        limit = max(Self.leastLimit, masks.count * 2)
    }

    private static let keysOfBlock = TokenRules.rememberedCount * (TextTokenizer.maximumDepth + 1)

    private static func key(_ other: Try, _ depth: Int) -> Int {
        other.position / 64 * keysOfBlock + other.state * (TextTokenizer.maximumDepth + 1) + depth
    }

    private static func bit(_ other: Try) -> UInt64 { 1 << UInt64(other.position % 64) }
}
