/// A Huffman code to write with: for each symbol the bits of its code, ready to be written lowest first, and how many they are.
struct HuffmanEncoder {
    private(set) var lengths: [UInt8]
    private(set) var codes: [UInt16]

    /// The best code for symbols that occur so often, none longer than `limit` bits. A symbol that doesn't occur gets none.
    ///
    /// At least two symbols get a code, for a code with less than that leaves bits unused, and not every reader likes it.
    init(frequencies: [UInt32], limit: Int) {
        lengths = Self.lengths(frequencies, limit: limit)
        codes = Self.codes(lengths)
    }

    /// The code with those lengths.
    init(lengths: [UInt8]) {
        self.lengths = lengths
        codes = Self.codes(lengths)
    }

    /// How many bits the symbols take, extra bits not counted.
    func bitCount(_ frequencies: [UInt32]) -> Int {
        zip(frequencies, lengths).reduce(0) { $0 + Int($1.0) * Int($1.1) }
    }

    /// Canonical codes: shorter ones first, and in the order of the symbols.
    private static func codes(_ lengths: [UInt8]) -> [UInt16] {
        var counts = [Int](repeating: 0, count: DeflateFormat.maximumCodeLength + 1)
        for length in lengths where length > 0 { counts[Int(length)] += 1 }
        var next = counts
        next[0] = 0
        for length in 1..<next.count { next[length] = (next[length - 1] + counts[length - 1]) << 1 }
        return lengths.map { length in
            guard length > 0 else { return 0 }
            defer { next[Int(length)] += 1 }
            return UInt16(DeflateFormat.reversed(next[Int(length)], count: Int(length)))
        }
    }

    private static func lengths(_ frequencies: [UInt32], limit: Int) -> [UInt8] {
        var lengths = [UInt8](repeating: 0, count: frequencies.count)
        var used = frequencies.indices.filter { frequencies[$0] > 0 }
        for symbol in frequencies.indices where used.count < 2 && !used.contains(symbol) { used.append(symbol) }
        // The rarest first; a frequency and its symbol in one number sort fast.
        let sorted = used.map { UInt64(frequencies[$0]) << 16 | UInt64($0) }.sorted()
        let depths = limited(depths(sorted.map { $0 >> 16 }), to: limit)
        for (index, item) in sorted.enumerated() { lengths[Int(item & 0xFFFF)] = UInt8(depths[index]) }
        return lengths
    }

    /// How deep each leaf lies in the tree that joins the two rarest nodes until one is left.
    /// - Parameter weights: ascending, at least two.
    private static func depths(_ weights: [UInt64]) -> [Int] {
        let count = weights.count
        // Inner nodes come into being in ascending order of their weights too, so the rarest two stand at the head of one of two queues.
        var inner: [UInt64] = []
        var parentOfLeaf = [Int](repeating: 0, count: count)
        var parentOfInner = [Int](repeating: 0, count: count)
        var (leaf, node) = (0, 0)
        for made in 0..<count - 1 {
            var weight: UInt64 = 0
            for _ in 0..<2 {
                if leaf < count, node >= inner.count || weights[leaf] <= inner[node] {
                    weight += weights[leaf]
                    parentOfLeaf[leaf] = made
                    leaf += 1
                } else {
                    weight += inner[node]
                    parentOfInner[node] = made
                    node += 1
                }
            }
            inner.append(weight)
        }
        var depthOfInner = [Int](repeating: 0, count: count - 1)
        for node in (0..<count - 2).reversed() { depthOfInner[node] = depthOfInner[parentOfInner[node]] + 1 }
        return parentOfLeaf.map { depthOfInner[$0] + 1 }
    }

    /// Shortens what is too deep, and lengthens others for it until the code is possible again: the rarest that are short enough.
    /// - Parameter depths: descending.
    private static func limited(_ depths: [Int], to limit: Int) -> [Int] {
        guard let deepest = depths.first, deepest > limit else { return depths }
        var counts = [Int](repeating: 0, count: limit + 1)
        for depth in depths { counts[min(depth, limit)] += 1 }
        // In units of a code of `limit` bits; a possible code uses 2^limit of them.
        var used = (1...limit).reduce(0) { $0 + counts[$1] << (limit - $1) }
        while used > 1 << limit {
            // A leaf at the bottom moves up beside another, one level below which there is place for both.
            guard let depth = (1..<limit).last(where: { counts[$0] > 0 }) else { break }
            counts[depth] -= 1
            counts[depth + 1] += 2
            counts[limit] -= 1
            used -= 1
        }
        return (1...limit).reversed().flatMap { [Int](repeating: $0, count: counts[$0]) }
    }
}
