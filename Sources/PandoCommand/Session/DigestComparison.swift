import Ground
import httpd

/// The records that differ between two sides which have no pages in common, found by the digests of ranges. A range whose digest is another one
/// is cut into parts, and so are those of them that differ, until few records are left, which are compared themselves. So each difference costs
/// O(log n) digests; up to ``rangesAtOnce`` ranges share a question, and a whole comparison takes few of them.
struct DigestComparison {
    private let old: any ComparedSide
    private let new: any ComparedSide
    private let withValues: Bool
    /// What comes next stands last.
    private var pending: [Step]

    private enum Step {
        /// A range that differs, with how many records either side has.
        case range(KeyRangeBounds, old: Int, new: Int)
        case found(InspectedDifference)
    }

    /// Sixteen parts of each fill the answers of one question.
    private static let rangesAtOnce = 16

    init(_ old: any ComparedSide, _ new: any ComparedSide, withValues: Bool) throws {
        self.old = old
        self.new = new
        self.withValues = withValues
        pending = []
        // What is of one file alone is no difference between two.
        let local = Array("__local__:".utf8)
        let behind = Array("__local__;".utf8)
        try push(compared([KeyRangeBounds([], local), KeyRangeBounds(behind, nil)]))
    }

    /// The next one, in the order of their keys: nil at the end.
    mutating func next() throws -> InspectedDifference? {
        while let step = pending.popLast() {
            if case .found(let difference) = step { return difference }
            pending.append(step)
            try refine()
        }
        return nil
    }

    private mutating func push(_ steps: [Step]) { pending += steps.reversed() }

    /// Puts in place of the ranges that come next what they are made of.
    private mutating func refine() throws {
        var ranges: [(bounds: KeyRangeBounds, old: Int, new: Int)] = []
        while ranges.count < Self.rangesAtOnce, case .range(let bounds, let old, let new)? = pending.last {
            ranges.append((bounds, old, new))
            pending.removeLast()
        }
        let isSmall = ranges.map { max($0.old, $0.new) <= DigestedRange.partCount }
        func bounds(where test: (Int) -> Bool) -> [KeyRangeBounds] { ranges.indices.filter(test).map { ranges[$0].bounds } }
        let small = bounds { isSmall[$0] }
        var before = try old.records(small, withValues: withValues)[...]
        var after = try new.records(small, withValues: withValues)[...]
        // The side with more records says where to cut, and the other one follows it.
        var oldParts = try old.parts(bounds { !isSmall[$0] && ranges[$0].old >= ranges[$0].new })[...]
        var newParts = try new.parts(bounds { !isSmall[$0] && ranges[$0].old < ranges[$0].new })[...]
        var newOfOld = try new.digests(oldParts.joined().map { KeyRangeBounds($0) })[...]
        var oldOfNew = try old.digests(newParts.joined().map { KeyRangeBounds($0) })[...]
        var steps: [Step] = []
        for index in ranges.indices {
            if isSmall[index] {
                steps += differences(before.removeFirst(), after.removeFirst()).map { .found($0) }
            } else if ranges[index].old >= ranges[index].new {
                for part in oldParts.removeFirst() { steps += Self.step(part, newOfOld.removeFirst()) }
            } else {
                for part in newParts.removeFirst() { steps += Self.step(oldOfNew.removeFirst(), part) }
            }
        }
        push(steps)
    }

    private func compared(_ ranges: [KeyRangeBounds]) throws -> [Step] {
        zip(try old.digests(ranges), try new.digests(ranges)).flatMap { Self.step($0, $1) }
    }

    private static func step(_ old: DigestedRange, _ new: DigestedRange) -> [Step] {
        if old.digest == new.digest && old.count == new.count { return [] }
        return [.range(KeyRangeBounds(old), old: old.count, new: new.count)]
    }

    private func differences(_ old: [DigestedRecord], _ new: [DigestedRecord]) -> [InspectedDifference] {
        var differences: [InspectedDifference] = []
        var (left, right) = (old[...], new[...])
        func text(_ record: DigestedRecord) -> String { record.value ?? "" }
        while true {
            switch (left.first, right.first) {
            case (nil, nil): return differences
            case (let before?, let after?) where before.key == after.key:
                if before.digest != after.digest {
                    differences.append(InspectedDifference(key: before.name, old: text(before), new: text(after)))
                }
                left.removeFirst()
                right.removeFirst()
            case (let before?, let after) where after.map { before.key.lexicographicallyPrecedes($0.key) } ?? true:
                differences.append(InspectedDifference(key: before.name, old: text(before), new: nil))
                left.removeFirst()
            case (_, let after?):
                differences.append(InspectedDifference(key: after.name, old: nil, new: text(after)))
                right.removeFirst()
            case (_?, nil): return differences
            }
        }
    }
}
