import Catalog
import Ground

/// Finds what the groups of a match take (`RegexDivision`): at most steps in the square of the match's length, as long as nothing refers back.
struct RegexDivider {
    private var slots: [Int]
    private var steps = 0
    /// The instructions at which the program that runs waits for a code point.
    private var threads: [Int] = []
    private var entries: [Int] = []
    private var pending: [Int] = []
    /// For each instruction, when it was followed last.
    private var marks: [Int] = []
    private var mark = 0

    private init(slotCount: Int) { slots = Array(repeating: -1, count: slotCount) }

    /// Sets what the groups of a match take. What would take too many steps stays as it is.
    static func divide(_ match: inout [Int], by division: RegexDivision, in text: borrowing Span<UInt8>) {
        var divider = RegexDivider(slotCount: match.count)
        (divider.slots[0], divider.slots[1]) = (match[0], match[1])
        if divider.divide(division.root, match[0], match[1], text) { match = divider.slots }
    }

    /// False if it was given up.
    private mutating func divide(_ part: RegexDivision.Part, _ begin: Int, _ end: Int, _ text: borrowing Span<UInt8>) -> Bool {
        var (part, begin, end) = (part, begin, end)
        while true {
            for group in part.groups { (slots[2 * group], slots[2 * group + 1]) = (begin, end) }
            switch part.form {
            case .plain: return true
            case .sequence(let first, let second):
                guard let middle = middle(first, second, begin, end, text), divide(first, begin, middle, text) else { return false }
                (part, begin) = (second, middle)
            case .alternatives(let parts):
                guard let fitting = parts.first(where: { ends($0, from: begin, to: end, text)?.last == end }) else { return false }
                part = fitting
            case .repetition(let repeated, let most):
                if begin == end {
                    if repeated.prefersLittle { return true }
                    guard let found = ends(repeated, from: begin, to: end, text) else { return false }
                    if found.isEmpty { return true }
                    part = repeated
                    continue
                }
                guard let last = lastTime(repeated, most, begin, end, text) else { return false }
                (part, begin, end) = (repeated, last, end)
            }
        }
    }

    /// Where the first of two parts in a row ends.
    private mutating func middle(
        _ first: RegexDivision.Part, _ second: RegexDivision.Part, _ begin: Int, _ end: Int, _ text: borrowing Span<UInt8>
    ) -> Int? {
        guard let found = ends(first, from: begin, to: end, text) else { return nil }
        for index in found.indices {
            let middle = found[first.prefersLittle ? index : found.count - 1 - index]
            guard let rest = ends(second, from: middle, to: end, text) else { return nil }
            if rest.last == end { return middle }
        }
        return nil
    }

    /// Where the last of the times begins that a part is repeated, each of which takes something.
    private mutating func lastTime(
        _ part: RegexDivision.Part, _ most: Int?, _ begin: Int, _ end: Int, _ text: borrowing Span<UInt8>
    ) -> Int? {
        struct Time {
            let begin: Int
            /// Where it may end yet, the next to try last.
            var ends: [Int]
        }
        struct Place: Hashable {
            let begin: Int
            /// How often it was repeated before, where that is bounded.
            let count: Int
        }
        var failed: Set<Place> = []
        var times: [Time] = []
        var next: Int? = begin
        while true {
            if let begin = next {
                next = nil
                guard let found = ends(part, from: begin, to: end, text) else { return nil }
                let longer = found.filter { $0 > begin }
                times.append(Time(begin: begin, ends: part.prefersLittle ? longer.reversed() : longer))
            }
            guard var time = times.popLast() else { return nil }
            guard let reached = time.ends.popLast() else {
                failed.insert(Place(begin: time.begin, count: most == nil ? 0 : times.count))
                continue
            }
            if reached == end { return time.begin }
            times.append(time)
            let place = Place(begin: reached, count: most == nil ? 0 : times.count)
            if times.count < most ?? .max, !failed.contains(place) { next = reached }
        }
    }

    // MARK: Running a part

    /// Where matches of a part end that begin at a place, upwards: nil if it was given up.
    private mutating func ends(
        _ part: RegexDivision.Part, from begin: Int, to end: Int, _ text: borrowing Span<UInt8>
    ) -> [Int]? {
        guard let program = part.program else { return nil }
        if marks.count < program.instructions.count {
            marks.append(contentsOf: repeatElement(0, count: program.instructions.count - marks.count))
        }
        var found: [Int] = []
        var position = begin
        var before = UTF8Decoding.scalar(before: begin, in: text)
        entries = [0]
        while true {
            let (after, length) = UTF8Decoding.next(in: text, at: position)
            if follow(program, before: before, after: after) { found.append(position) }
            guard steps < RegexLimits.steps, !QueryMemory.isThreadStopped else { return nil }
            guard position < end, let after, !threads.isEmpty else { return found }
            entries.removeAll(keepingCapacity: true)
            for instruction in threads {
                if case .set(let set) = program.instructions[instruction], program.sets[Int(set)].contains(after) {
                    entries.append(instruction + 1)
                }
            }
            before = after
            position += length
        }
    }

    /// Follows the entries to the instructions that need a code point.
    ///
    /// - Returns: whether a match ends here.
    private mutating func follow(_ program: RegexProgram, before: UInt32?, after: UInt32?) -> Bool {
        var isMatch = false
        mark += 1
        threads.removeAll(keepingCapacity: true)
        swap(&pending, &entries)
        while let instruction = pending.popLast() {
            steps += 1
            if marks[instruction] == mark { continue }
            marks[instruction] = mark
            switch program.instructions[instruction] {
            case .jump(let target): pending.append(Int(target))
            case .split(let first, let second):
                pending.append(Int(first))
                pending.append(Int(second))
            case .save, .clear: pending.append(instruction + 1)
            case .assertion(let assertion):
                if assertion.holds(before: before, after: after) { pending.append(instruction + 1) }
            case .look, .reference: continue
            case .set: threads.append(instruction)
            case .match: isMatch = true
            }
        }
        return isMatch
    }
}
