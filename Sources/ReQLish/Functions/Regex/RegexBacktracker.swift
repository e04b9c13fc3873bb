import Catalog

/// The reason why a search was given up.
package struct RegexStepsExceeded: Error {}

/// Runs programs with lookaround and back-references: one thread at a time, the preferred first.
///
/// It remembers where it has been and found nothing, so that no place of the text is looked at twice in vain.
/// With back-references what they refer to belongs to the place, and there may be very many: then the number of steps is the bound.
struct RegexBacktracker {
    private let program: RegexProgram
    private let preference: RegularExpression.Preference
    private var steps = 0
    /// For each lookaround of the program and each position: whether it holds.
    private var known: [Place: Bool] = [:]
    /// For each lookaround of the program: from where it is known not to match.
    private var failed: [Int: Visits] = [:]
    private var isStopped = false

    private struct Place: Hashable {
        var instruction: Int
        var position: Int
        /// What the groups have taken that are referred to.
        var referenced: [Int] = []
    }

    private struct Visits {
        var places: Set<Place> = []
        /// Those of the run that is under way.
        var added: [Place] = []
    }

    private struct Thread {
        var instruction: Int
        var position: Int
        var slots: [Int]
    }

    init(_ program: RegexProgram, preference: RegularExpression.Preference) {
        self.program = program
        self.preference = preference
    }

    /// Nil if there is no match, or nobody waits for it any more.
    mutating func firstMatch(in text: borrowing Span<UInt8>, from start: Int) throws(RegexStepsExceeded) -> [Int]? {
        var visited = Visits()
        var position = start
        while true {
            // Without back-references what failed from an earlier start fails from a later one as well.
            if !program.referenced.isEmpty { visited.places.removeAll(keepingCapacity: true) }
            let slots = try match(program, preference, isBackwards: false, isLook: false, in: text, from: position, &visited)
            if let slots { return slots }
            guard !isStopped, position < text.count else { return nil }
            position += UTF8Decoding.scalar(in: text, at: position).length
        }
    }

    /// The match that begins at a position, the preferred one of them.
    private mutating func match(
        _ program: RegexProgram, _ preference: RegularExpression.Preference, isBackwards: Bool, isLook: Bool,
        in text: borrowing Span<UInt8>, from start: Int, _ visited: inout Visits
    ) throws(RegexStepsExceeded) -> [Int]? {
        var best: [Int]?
        var threads = [Thread(instruction: 0, position: start, slots: Array(repeating: -1, count: program.slotCount))]
        while var thread = threads.popLast() {
            following: while true {
                steps += 1
                guard steps < RegexLimits.steps else { throw RegexStepsExceeded() }
                if steps & 0xFFFF == 0, QueryMemory.isThreadStopped { isStopped = true }
                guard !isStopped else { return nil }
                var next = thread.instruction + 1
                switch program.instructions[thread.instruction] {
                case .match:
                    switch preference {
                    case .first: return thread.slots
                    case .longest:
                        if best.map({ thread.position > $0[1] }) ?? true { best = thread.slots }
                        if thread.position == text.count { return best }
                    case .shortest:
                        if best.map({ thread.position < $0[1] }) ?? true { best = thread.slots }
                        if thread.position == start { return best }
                    }
                    break following
                case .split(let first, let second):
                    guard isNew(thread, program, &visited) else { break following }
                    threads.append(Thread(instruction: Int(second), position: thread.position, slots: thread.slots))
                    next = Int(first)
                case .jump(let target): next = Int(target)
                case .save(let slot): thread.slots[Int(slot)] = thread.position
                case .clear(let first, let last): for slot in Int(first)...Int(last) { thread.slots[slot] = -1 }
                case .set(let set):
                    let found = isBackwards ? Self.before(thread.position, text) : Self.after(thread.position, text)
                    guard let (codePoint, length) = found, program.sets[Int(set)].contains(codePoint) else { break following }
                    thread.position += isBackwards ? -length : length
                case .assertion(let assertion):
                    let (before, after) = (Self.before(thread.position, text)?.0, Self.after(thread.position, text)?.0)
                    guard assertion.holds(before: before, after: after) else { break following }
                case .look(let number):
                    guard try holds(program, Int(number), isLook: isLook, at: thread.position, text) else { break following }
                case .reference(let group, let ignoresCase):
                    let (from, to) = (thread.slots[2 * Int(group)], thread.slots[2 * Int(group) + 1])
                    guard from >= 0, to >= from else { break following }
                    steps += to - from
                    guard let end = Self.end(of: from..<to, repeatedAt: thread.position, in: text, ignoresCase) else { break following }
                    thread.position = end
                }
                thread.instruction = next
            }
        }
        return best
    }

    /// Whether no thread was here before: where one was, the next would find nothing else.
    private func isNew(_ thread: Thread, _ program: RegexProgram, _ visited: inout Visits) -> Bool {
        var place = Place(instruction: thread.instruction, position: thread.position)
        for group in program.referenced { place.referenced += thread.slots[2 * group...2 * group + 1] }
        guard visited.places.count < RegexLimits.visits else { return !visited.places.contains(place) }
        guard visited.places.insert(place).inserted else { return false }
        if program.slotCount == 2 { visited.added.append(place) }
        return true
    }

    private mutating func holds(
        _ program: RegexProgram, _ number: Int, isLook: Bool, at position: Int, _ text: borrowing Span<UInt8>
    ) throws(RegexStepsExceeded) -> Bool {
        let place = Place(instruction: number, position: position)
        if !isLook, let answer = known[place] { return answer }
        let look = program.looks[number]
        var visited = (isLook ? nil : failed.removeValue(forKey: number)) ?? Visits()
        visited.added.removeAll(keepingCapacity: true)
        let slots = try match(look.program, .first, isBackwards: look.isBehind, isLook: true, in: text, from: position, &visited)
        let answer = (slots != nil) != look.isNegated
        if !isLook {
            // What a run that fails has seen leads to no match from any other position; of one that matches it is not known.
            if slots != nil { for place in visited.added { visited.places.remove(place) } }
            failed[number] = visited
            if known.count < RegexLimits.visits { known[place] = answer }
        }
        return answer
    }

    // MARK: Text

    private static func after(_ position: Int, _ text: borrowing Span<UInt8>) -> (UInt32, length: Int)? {
        let (found, length) = UTF8Decoding.next(in: text, at: position)
        return found.map { ($0, length) }
    }

    private static func before(_ position: Int, _ text: borrowing Span<UInt8>) -> (UInt32, length: Int)? {
        guard let found = UTF8Decoding.scalar(before: position, in: text) else { return nil }
        return (found, found < 0x80 ? 1 : found < 0x800 ? 2 : found < 0x10000 ? 3 : 4)
    }

    /// Where the repetition of a part ends; nil if something else stands there.
    private static func end(
        of part: Range<Int>, repeatedAt position: Int, in text: borrowing Span<UInt8>, _ ignoresCase: Bool
    ) -> Int? {
        if !ignoresCase {
            guard text.count - position >= part.count else { return nil }
            for offset in 0..<part.count where text[part.lowerBound + offset] != text[position + offset] { return nil }
            return position + part.count
        }
        var (from, to) = (part.lowerBound, position)
        while from < part.upperBound {
            guard let (wanted, length) = after(from, text), let (found, foundLength) = after(to, text) else { return nil }
            guard wanted == found || CodePointSet(wanted).caseFolded.contains(found) else { return nil }
            from += length
            to += foundLength
        }
        return to
    }
}
