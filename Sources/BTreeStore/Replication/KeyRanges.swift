package import Ground

/// Ranges of keys, in ascending order and apart from each other: where what a file has may be other than what it was told of.
package struct KeyRanges: Sendable {
    /// From the lower key on, below the upper one; nil: to the end.
    package struct Part: Sendable, Hashable {
        package let lower: [UInt8]
        package fileprivate(set) var upper: [UInt8]?
    }

    package private(set) var parts: [Part] = []
    /// For each, the records between it and the one before it: what joining the two costs.
    private var distances: [UInt64] = []

    /// More are never told: those are joined that have the fewest records between them. Then the request for them takes some MiB at most.
    static let greatestCount = 1 << 16

    package init() {}

    /// Every key.
    package static var all: KeyRanges {
        var ranges = KeyRanges()
        ranges.append([], nil, behind: 0)
        return ranges
    }

    package var isEmpty: Bool { parts.isEmpty }

    /// Adds a range that sorts behind the others, or touches the last one.
    ///
    /// - Parameter distance: about how many records lie between the two.
    package mutating func append(_ lower: [UInt8], _ upper: [UInt8]?, behind distance: UInt64) {
        append(lower, upper, behind: distance, atMost: Self.greatestCount)
    }

    mutating func append(_ lower: [UInt8], _ upper: [UInt8]?, behind distance: UInt64, atMost limit: Int) {
        if let upper, !lower.lexicographicallyPrecedes(upper) { return }
        if let last = parts.last {
            guard let end = last.upper else { return }
            if !end.lexicographicallyPrecedes(lower) {
                parts[parts.count - 1].upper = upper
                return
            }
        }
        parts.append(Part(lower: lower, upper: upper))
        distances.append(distance)
        // Now and then, not each time, as all of them are gone through.
        if parts.count >= 2 * limit { joinNearest(limit) }
    }

    private mutating func joinNearest(_ limit: Int) {
        var joined = [Bool](repeating: false, count: parts.count)
        for index in (1..<parts.count).sorted(by: { distances[$0] < distances[$1] }).prefix(parts.count - limit) { joined[index] = true }
        var kept = 0
        for index in parts.indices {
            if joined[index] {
                parts[kept - 1].upper = parts[index].upper
            } else {
                parts[kept] = parts[index]
                distances[kept] = distances[index]
                kept += 1
            }
        }
        parts.removeLast(parts.count - kept)
        distances.removeLast(distances.count - kept)
    }

    /// Whether some key from `first` to `last` is in one of them. O(log n).
    func meet(_ first: [UInt8], _ last: [UInt8]) -> Bool {
        let index = index(endingBehind: first)
        return index < parts.count && !last.lexicographicallyPrecedes(parts[index].lower)
    }

    /// Those that have a key from `first` to `last`.
    func meeting(_ first: [UInt8], _ last: [UInt8]) -> some Sequence<Part> {
        parts[index(endingBehind: first)...].prefix { !last.lexicographicallyPrecedes($0.lower) }
    }

    /// The first that does not end before a key.
    private func index(endingBehind key: [UInt8]) -> Int {
        var (low, high) = (0, parts.count)
        while low < high {
            let middle = (low + high) / 2
            if let upper = parts[middle].upper, !key.lexicographicallyPrecedes(upper) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func contain(_ key: [UInt8]) -> Bool { meet(key, key) }

    // MARK: As bytes

    // The bounds one after the other, each as how many bytes it has in common with the one before (2), how many follow (2), and these. The last
    // upper bound may be the end of all keys: nothing in common, and 0xFFFF.

    private static let end: UInt64 = 0xFFFF
    private static let greatestKeyByteCount = 2 * 1024 + 1

    package var bytes: ByteBuffer {
        var output = ByteBuffer()
        var previous: [UInt8] = []
        func append(_ key: [UInt8]?) {
            guard let key else {
                output.append(littleEndianBytes(0, 2) + littleEndianBytes(Self.end, 2))
                return
            }
            let common = zip(previous, key).prefix { $0 == $1 }.count
            output.append(littleEndianBytes(UInt64(common), 2) + littleEndianBytes(UInt64(key.count - common), 2))
            output.append(Array(key[common...]))
            previous = key
        }
        for part in parts {
            append(part.lower)
            append(part.upper)
        }
        return output
    }

    /// Reads what ``bytes`` writes; nil if it is anything else.
    package init?(_ bytes: [UInt8]) {
        var index = 0
        var previous: [UInt8] = []
        /// The next bound; nil in it is the end of all keys.
        func take() -> [UInt8]?? {
            guard index + 4 <= bytes.count else { return nil }
            let (common, count) = (littleEndianNumber(bytes, index, 2), littleEndianNumber(bytes, index + 2, 2))
            index += 4
            if common == 0, count == Self.end { return .some(nil) }
            guard Int(common) <= previous.count, Int(common + count) <= Self.greatestKeyByteCount, index + Int(count) <= bytes.count else {
                return nil
            }
            previous = Array(previous[..<Int(common)] + bytes[index..<index + Int(count)])
            index += Int(count)
            return previous
        }
        while index < bytes.count {
            if let last = parts.last, last.upper == nil { return nil }
            guard case .some(.some(let lower)) = take(), let upper = take() else { return nil }
            if let upper, !lower.lexicographicallyPrecedes(upper) { return nil }
            if let end = parts.last?.upper, !end.lexicographicallyPrecedes(lower) { return nil }
            parts.append(Part(lower: lower, upper: upper))
            distances.append(0)
        }
    }
}
