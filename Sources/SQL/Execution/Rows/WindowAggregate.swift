/// The results of an aggregate over the frames of a partition's rows, one frame after the other.
///
/// A frame that only grows takes what is new. One that leaves rows behind takes them out, where the aggregate can (sums, counts, averages,
/// exactly); one that picks among values (`min`, `max`, `bool_and`) asks a tree of them. Neither looks at a row more than a few times.
/// What is left over gathers its rows anew for each frame: aggregates whose results are as large as frames, and variances of floats.
struct WindowAggregate {
    let make: () -> any Accumulator
    /// Arguments by row, and whether they count: strict aggregates pass over NULL, and FILTER may leave rows out.
    let arguments: CallArguments
    let counts: [Bool]
    /// Whether a result has all its values in it.
    let collects: Bool
    let run: Run

    func results(_ frames: WindowFrames) throws(SQLError) -> [SQLValue] {
        var accumulator = make()
        var results: [SQLValue] = []
        results.reserveCapacity(frames.count)
        if let fold = accumulator.fold, !frames.onlyGrow {
            let tree = FoldTree(counts.indices.map { counts[$0] ? arguments.first($0) : nil }, fold)
            for place in 0..<frames.count { results.append(tree.value(try frames.frame(place)) ?? .null) }
            return results
        }
        var current: [Range<Int>] = []
        var last = SQLValue.null
        for place in 0..<frames.count {
            let frame = try frames.frame(place)
            if place > 0, frame == current {
                results.append(last)
                continue
            }
            if place & 0x3FF == 0 { try run.check() }
            if place == 0 {
                try add(frame, accumulator)
            } else if !(try move(accumulator, from: current, to: frame)) {
                accumulator = make()
                try run.check()
                try add(frame, accumulator)
            }
            if collects { try run.take(accumulator.byteCount) }
            last = try accumulator.result()
            results.append(last)
            current = frame
        }
        return results
    }

    private func add(_ frame: [Range<Int>], _ accumulator: any Accumulator) throws(SQLError) {
        for part in frame { for place in part where counts[place] { try accumulator.add(arguments[place]) } }
    }

    /// False if the frame has to be gathered anew.
    private func move(_ accumulator: any Accumulator, from old: [Range<Int>], to new: [Range<Int>]) throws(SQLError) -> Bool {
        if old.isEmpty {
            try add(new, accumulator)
            return true
        }
        if old.count == 1, new.count == 1, old[0].lowerBound == new[0].lowerBound, new[0].upperBound >= old[0].upperBound {
            try add([old[0].upperBound..<new[0].upperBound], accumulator)
            return true
        }
        guard accumulator.canRemove else { return false }
        let (gone, come) = (Self.parts(of: old, without: new), Self.parts(of: new, without: old))
        let moved = gone.reduce(0) { $0 + $1.count } + come.reduce(0) { $0 + $1.count }
        guard moved <= new.reduce(0, { $0 + $1.count }) else { return false }
        for part in gone {
            for place in part where counts[place] {
                guard try accumulator.remove(arguments[place]) else { return false }
            }
        }
        try add(come, accumulator)
        return true
    }

    private static func parts(of ranges: [Range<Int>], without others: [Range<Int>]) -> [Range<Int>] {
        var left = ranges
        for other in others {
            left = left.flatMap { range in
                [
                    range.lowerBound..<max(range.lowerBound, min(range.upperBound, other.lowerBound)),
                    min(range.upperBound, max(range.lowerBound, other.upperBound))..<range.upperBound,
                ].filter { !$0.isEmpty }
            }
        }
        return left
    }
}

/// Values of which any range can be folded to one in few steps: each node holds what is below it.
private struct FoldTree {
    private let fold: (SQLValue, SQLValue) -> SQLValue
    private let count: Int
    private var nodes: [SQLValue?]

    /// - Parameter values: nil for what doesn't count.
    init(_ values: [SQLValue?], _ fold: @escaping (SQLValue, SQLValue) -> SQLValue) {
        self.fold = fold
        count = values.count
        nodes = Array(repeating: nil, count: count) + values
        for index in (1..<max(1, count)).reversed() { nodes[index] = joined(nodes[2 * index], nodes[2 * index + 1]) }
    }

    private func joined(_ left: SQLValue?, _ right: SQLValue?) -> SQLValue? {
        guard let left else { return right }
        guard let right else { return left }
        return fold(left, right)
    }

    func value(_ ranges: [Range<Int>]) -> SQLValue? {
        var result: SQLValue?
        for range in ranges {
            var (low, high) = (range.lowerBound + count, range.upperBound + count)
            // What the right ends give comes behind what the left ends give.
            var behind: SQLValue?
            while low < high {
                if low & 1 == 1 {
                    result = joined(result, nodes[low])
                    low += 1
                }
                if high & 1 == 1 {
                    high -= 1
                    behind = joined(nodes[high], behind)
                }
                low /= 2
                high /= 2
            }
            result = joined(result, behind)
        }
        return result
    }
}
