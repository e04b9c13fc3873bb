import Catalog
import Ground

/// Pike's machine: runs all threads of a program side by side over UTF-8 text, one code point at a time.
///
/// Threads stand in order of preference and no two at the same instruction, so a search takes at most
/// instructions × (code points + 1) steps, times a small constant, whatever the pattern. Each thread carries the
/// positions it has remembered.
struct RegexMachine {
    private let program: RegexProgram
    private let preference: RegularExpression.Preference
    private let slotCount: Int
    private let isAnchored: Bool
    /// Where threads go on after the last code point, the preferred first, and their positions.
    private var entries: [Int] = []
    private var entrySlots: [Int] = []
    /// The threads that wait for the next code point or have matched: instructions in order, and their positions.
    private var threads: [Int] = []
    private var threadSlots: [Int] = []
    /// The instructions followed at this position, and for each instruction its place among them if it is one: a set that is
    /// emptied at once.
    private var visited: [Int] = []
    private var places: [Int]
    /// Where the threads began that came to these first.
    private var visitors: [Int] = []
    /// Whether two ways that began at one place led to one instruction at one position: otherwise what a match and its groups take
    /// could be nothing else.
    private(set) var isAmbiguous = false
    /// The positions of the thread being followed.
    private var slots: [Int]
    private var pending: [Pending] = []
    /// Instructions looked at, for tests of the bound.
    private(set) var steps = 0

    /// How many instructions are looked at before it is asked whether somebody still wants the answer: some milliseconds.
    private static let stepsBetweenAsking = 1 << 18

    /// What is left to do while following the ways out of an instruction that take no code point.
    private enum Pending {
        case follow(Int)
        case restore(slot: Int, position: Int)
    }

    init(_ program: RegexProgram, preference: RegularExpression.Preference = .first) {
        self.preference = preference
        self.program = program
        slotCount = program.slotCount
        isAnchored = program.isAnchoredAtStart
        places = Array(repeating: 0, count: program.instructions.count)
        slots = Array(repeating: -1, count: slotCount)
    }

    /// The leftmost match, of those the one that a backtracking search would find first: for the whole and each group
    /// the byte offsets of its start and end, −1 for groups that took no part. Nil if there is no match.
    mutating func firstMatch(in text: borrowing Span<UInt8>, from start: Int = 0) -> [Int]? {
        var best: [Int]?
        var position = start
        var before = UTF8Decoding.scalar(before: start, in: text)
        entries.removeAll(keepingCapacity: true)
        // A position takes as many steps as there are threads.
        var asking = steps + Self.stepsBetweenAsking
        while true {
            if steps >= asking {
                // Who asked has gone: whoever gets this answer looks whether it was stopped.
                if QueryMemory.isThreadStopped { return nil }
                asking = steps + Self.stepsBetweenAsking
            }
            steps += 1
            let (after, length) = UTF8Decoding.next(in: text, at: position)
            gatherThreads(at: position, before: before, after: after, mayBegin: best == nil)
            if let match = step(after, best) { best = match }
            if position >= text.count { break }
            if entries.isEmpty, best != nil || isAnchored { break }
            before = after
            position += length
        }
        return best
    }

    /// Follows every entry, and then the program's beginning, to the instructions that need the next code point.
    private mutating func gatherThreads(at position: Int, before: UInt32?, after: UInt32?, mayBegin: Bool) {
        visited.removeAll(keepingCapacity: true)
        visitors.removeAll(keepingCapacity: true)
        threads.removeAll(keepingCapacity: true)
        threadSlots.removeAll(keepingCapacity: true)
        for (place, entry) in entries.enumerated() {
            for slot in 0..<slotCount { slots[slot] = entrySlots[place * slotCount + slot] }
            follow(entry, position: position, before: before, after: after)
        }
        // A match may begin here, less preferred than those that began earlier.
        guard mayBegin, !(isAnchored && position > 0) else { return }
        for slot in 0..<slotCount { slots[slot] = -1 }
        follow(0, position: position, before: before, after: after)
    }

    private mutating func follow(_ start: Int, position: Int, before: UInt32?, after: UInt32?) {
        pending.append(.follow(start))
        while let work = pending.popLast() {
            guard case .follow(let instruction) = work else {
                if case .restore(let slot, let old) = work { slots[slot] = old }
                continue
            }
            steps += 1
            guard visit(instruction) else { continue }
            switch program.instructions[instruction] {
            case .jump(let target):
                pending.append(.follow(Int(target)))
            case .split(let first, let second):
                pending.append(.follow(Int(second)))
                pending.append(.follow(Int(first)))
            case .save(let slot):
                pending.append(.restore(slot: Int(slot), position: slots[Int(slot)]))
                slots[Int(slot)] = position
                pending.append(.follow(instruction + 1))
            case .clear(let first, let last):
                for slot in Int(first)...Int(last) where slots[slot] >= 0 {
                    pending.append(.restore(slot: slot, position: slots[slot]))
                    slots[slot] = -1
                }
                pending.append(.follow(instruction + 1))
            case .assertion(let assertion):
                if assertion.holds(before: before, after: after) { pending.append(.follow(instruction + 1)) }
            case .look, .reference:
                // `RegularExpression` gives programs with these to `RegexBacktracker`.
                continue
            case .set, .match:
                threads.append(instruction)
                threadSlots.append(contentsOf: slots)
            }
        }
    }

    /// False if the instruction was followed at this position before: then a preferred thread was here first.
    private mutating func visit(_ instruction: Int) -> Bool {
        let place = places[instruction]
        if place < visited.count, visited[place] == instruction {
            if visitors[place] == slots[0] { isAmbiguous = true }
            return false
        }
        places[instruction] = visited.count
        visited.append(instruction)
        visitors.append(slots[0])
        return true
    }

    /// Lets every thread take the code point. Returns the positions of a match; less preferred threads end there.
    private mutating func step(_ codePoint: UInt32?, _ known: [Int]?) -> [Int]? {
        var best = known
        entries.removeAll(keepingCapacity: true)
        entrySlots.removeAll(keepingCapacity: true)
        for (place, instruction) in threads.enumerated() {
            switch program.instructions[instruction] {
            case .match:
                let match = Array(threadSlots[place * slotCount..<(place + 1) * slotCount])
                switch preference {
                case .first: return match
                case .longest: if best.map({ match[0] < $0[0] || match[0] == $0[0] && match[1] > $0[1] }) ?? true { best = match }
                case .shortest: if best.map({ match[0] < $0[0] }) ?? true { best = match }
                }
            case .set(let set):
                // Behind a match only what began before it is of interest, and where the longest is asked for, what began with it.
                if let best, preference != .first {
                    let start = threadSlots[place * slotCount]
                    guard start < best[0] || start == best[0] && preference == .longest else { continue }
                }
                guard let codePoint, program.sets[Int(set)].contains(codePoint) else { continue }
                entries.append(instruction + 1)
                entrySlots.append(contentsOf: threadSlots[place * slotCount..<(place + 1) * slotCount])
            default:
                continue
            }
        }
        return preference == .first ? nil : best
    }
}
