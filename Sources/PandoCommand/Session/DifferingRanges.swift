import httpd

/// The ranges of keys in which two sides differ, found by their digests: a range whose digest is another one is cut into parts, and so are those of
/// them that differ, until few records are left. Nothing is said of the records themselves, so a side that changes meanwhile has to tell what was
/// born since before the first question: a range that was equal at some later time differs by that alone.
struct DifferingRanges {
    private let own: any ComparedSide
    private let other: any ComparedSide

    private struct Part {
        let bounds: KeyRangeBounds
        /// The records of the side that has more.
        let count: Int
        /// The other side follows where the one with more records cuts.
        let isOwnLarger: Bool
        var isSmall: Bool { count <= DigestedRange.partCount }
    }

    /// Where there are so many, they are not cut any more: to ask on would cost more than it saves.
    private static let greatestCount = 16_384
    /// Sixteen parts of each fill the answers of one question.
    private static let rangesAtOnce = 16

    init(own: any ComparedSide, other: any ComparedSide) {
        self.own = own
        self.other = other
    }

    func find() throws -> WantedRanges {
        // What is of one file alone is no difference between two.
        var parts = try compared([KeyRangeBounds([], Array("__local__:".utf8)), KeyRangeBounds(Array("__local__;".utf8), nil)])
        while parts.count < Self.greatestCount, !parts.allSatisfy(\.isSmall) { parts = try cut(parts) }
        var ranges = WantedRanges()
        for part in parts { ranges.append(part.bounds.lower, part.bounds.upper) }
        return ranges
    }

    /// Puts in the place of those that are not small what differs of their parts.
    private func cut(_ parts: [Part]) throws -> [Part] {
        let large = parts.filter { !$0.isSmall }
        var found: [[Part]] = []
        for start in stride(from: 0, to: large.count, by: Self.rangesAtOnce) {
            found += try cut(group: large[start..<min(start + Self.rangesAtOnce, large.count)])
        }
        var rest = found[...]
        return parts.flatMap { $0.isSmall ? [$0] : rest.removeFirst() }
    }

    /// - Returns: what differs of each.
    private func cut(group: ArraySlice<Part>) throws -> [[Part]] {
        var ownParts = try own.parts(group.filter(\.isOwnLarger).map(\.bounds))[...]
        var otherParts = try other.parts(group.filter { !$0.isOwnLarger }.map(\.bounds))[...]
        var otherOfOwn = try other.digests(ownParts.joined().map { KeyRangeBounds($0) })[...]
        var ownOfOther = try own.digests(otherParts.joined().map { KeyRangeBounds($0) })[...]
        return group.map { part in
            if part.isOwnLarger { return ownParts.removeFirst().flatMap { Self.part($0, otherOfOwn.removeFirst()) } }
            return otherParts.removeFirst().flatMap { Self.part(ownOfOther.removeFirst(), $0) }
        }
    }

    private func compared(_ ranges: [KeyRangeBounds]) throws -> [Part] {
        zip(try own.digests(ranges), try other.digests(ranges)).flatMap { Self.part($0, $1) }
    }

    private static func part(_ own: DigestedRange, _ other: DigestedRange) -> [Part] {
        if own.digest == other.digest && own.count == other.count { return [] }
        return [Part(bounds: KeyRangeBounds(own), count: max(own.count, other.count), isOwnLarger: own.count >= other.count)]
    }
}
