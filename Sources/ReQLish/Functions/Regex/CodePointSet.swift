/// A set of code points: ascending ranges that neither overlap nor touch, and a bitmap for ASCII.
struct CodePointSet: Hashable, Sendable {
    private(set) var ranges: [ClosedRange<UInt32>]
    private let lowBits: UInt64
    private let highBits: UInt64

    static let last: UInt32 = 0x10_FFFF
    static let all = CodePointSet([0...last])

    /// The union of ranges in any order.
    init(_ unsorted: [ClosedRange<UInt32>]) {
        var merged: [ClosedRange<UInt32>] = []
        for range in unsorted.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let previous = merged.last, range.lowerBound <= previous.upperBound + 1 {
                merged[merged.count - 1] = previous.lowerBound...max(previous.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        ranges = merged
        var bits: (low: UInt64, high: UInt64) = (0, 0)
        for range in merged where range.lowerBound < 128 {
            for codePoint in range.lowerBound...min(range.upperBound, 127) {
                if codePoint < 64 { bits.low |= 1 << UInt64(codePoint) } else { bits.high |= 1 << UInt64(codePoint - 64) }
            }
        }
        (lowBits, highBits) = bits
    }

    init(_ codePoint: UInt32) { self.init([codePoint...codePoint]) }

    @inline(__always)
    func contains(_ codePoint: UInt32) -> Bool {
        if codePoint < 64 { return lowBits >> UInt64(codePoint) & 1 != 0 }
        if codePoint < 128 { return highBits >> UInt64(codePoint - 64) & 1 != 0 }
        return search(codePoint)
    }

    private func search(_ codePoint: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < codePoint { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= codePoint
    }

    /// Every other code point.
    var inverted: CodePointSet {
        var gaps: [ClosedRange<UInt32>] = []
        var next: UInt32 = 0
        for range in ranges {
            if range.lowerBound > next { gaps.append(next...range.lowerBound - 1) }
            next = range.upperBound + 1
        }
        if next <= Self.last { gaps.append(next...Self.last) }
        return CodePointSet(gaps)
    }

    /// The set and everything that differs from its members in case only.
    var caseFolded: CodePointSet {
        var folded = ranges
        for range in ranges { CaseFolding.append(equivalentsOf: range, to: &folded) }
        return CodePointSet(folded)
    }
}
