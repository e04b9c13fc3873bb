import Catalog

/// Answers only whether a text matches, with one table look-up a code point: a deterministic automaton whose states, sets
/// of instructions, are made as texts need them.
///
/// It does not know word boundaries and line anchors (`init` gives nil), and gives up when a pattern needs too many states.
struct RegexAutomaton {
    private let program: RegexProgram
    private let alphabet: RegexAlphabet
    private let isAnchored: Bool
    private var states: [State] = []
    private var numbers: [[Int32]: Int32] = [:]
    /// For each state and class of code points the next state, or −1 if it isn't known yet.
    private var transitions: [Int32] = []
    private var start: Int32 = 0

    private struct State {
        /// The instructions, all of them sets, ascending.
        var instructions: [Int32]
        /// Whether some match ends here, and whether one does if the text does.
        var isMatch: Bool
        var isMatchAtEnd: Bool
    }

    static let maximumStates = 512
    private static let bytesBetweenAsking = 1 << 20

    init?(_ program: RegexProgram) {
        guard program.isLinear else { return nil }
        for case .assertion(let assertion) in program.instructions where assertion != .textStart && assertion != .textEnd { return nil }
        guard let alphabet = RegexAlphabet(program.sets) else { return nil }
        self.program = program
        self.alphabet = alphabet
        isAnchored = program.isAnchoredAtStart
        start = state(of: [0], isTextStart: true)
    }

    /// Nil when it gave up, or nobody wants to know any more.
    mutating func matches(_ text: borrowing Span<UInt8>) -> Bool? {
        var state = Int(start)
        if states[state].isMatch { return true }
        let classCount = alphabet.classCount
        var position = 0
        var asking = Self.bytesBetweenAsking
        while position < text.count {
            if position >= asking {
                if QueryMemory.isThreadStopped { return nil }
                asking += Self.bytesBetweenAsking
            }
            let byte = text[position]
            let symbol: Int
            if byte < 0x80 {
                symbol = alphabet.classOf(ascii: byte)
                position += 1
            } else {
                let (scalar, length) = UTF8Decoding.scalar(in: text, at: position)
                symbol = alphabet.classOf(scalar.value)
                position += length
            }
            var next = transitions[state * classCount + symbol]
            if next < 0 {
                guard states.count < Self.maximumStates else { return nil }
                next = successor(of: state, symbol)
                transitions[state * classCount + symbol] = next
            }
            state = Int(next)
            if states[state].isMatch { return true }
            // Nothing goes on from here, and nothing begins here.
            if isAnchored, states[state].instructions.isEmpty { break }
        }
        return position == text.count && states[state].isMatchAtEnd
    }

    private mutating func successor(of state: Int, _ symbol: Int) -> Int32 {
        let example = alphabet.examples[symbol]
        var entries: [Int32] = []
        for instruction in states[state].instructions {
            guard case .set(let set) = program.instructions[Int(instruction)] else { continue }
            if program.sets[Int(set)].contains(example) { entries.append(instruction + 1) }
        }
        // A match may begin anywhere.
        entries.append(0)
        return self.state(of: entries, isTextStart: false)
    }

    /// The state in which threads stand at these instructions, found or made.
    private mutating func state(of entries: [Int32], isTextStart: Bool) -> Int32 {
        let here = closure(of: entries, isTextStart: isTextStart, isTextEnd: false)
        let atEnd = closure(of: entries, isTextStart: isTextStart, isTextEnd: true)
        // The two flags stand before the instructions in the key.
        let key = [here.isMatch ? 1 : 0, atEnd.isMatch ? 1 : 0] + here.instructions
        if let number = numbers[key] { return number }
        let number = Int32(states.count)
        numbers[key] = number
        states.append(State(instructions: here.instructions, isMatch: here.isMatch, isMatchAtEnd: atEnd.isMatch))
        transitions.append(contentsOf: repeatElement(-1, count: alphabet.classCount))
        return number
    }

    private func closure(of entries: [Int32], isTextStart: Bool, isTextEnd: Bool) -> (instructions: [Int32], isMatch: Bool) {
        var seen: Set<Int32> = []
        var found: [Int32] = []
        var isMatch = false
        var pending = entries
        while let instruction = pending.popLast() {
            guard seen.insert(instruction).inserted else { continue }
            switch program.instructions[Int(instruction)] {
            case .set: found.append(instruction)
            case .match: isMatch = true
            case .jump(let target): pending.append(target)
            case .split(let first, let second): pending += [first, second]
            case .save, .clear: pending.append(instruction + 1)
            case .look, .reference: break
            case .assertion(.textStart): if isTextStart { pending.append(instruction + 1) }
            case .assertion: if isTextEnd { pending.append(instruction + 1) }
            }
        }
        return (found.sorted(), isMatch)
    }
}

/// The code points sorted into classes of which every set of a program holds all or none.
struct RegexAlphabet: Sendable {
    private var boundaries: [UInt32] = []
    private var classes: [UInt8] = []
    private var ascii: [UInt8]
    /// A member of each class.
    private(set) var examples: [UInt32] = []

    var classCount: Int { examples.count }

    /// Nil if there are more sets or classes than a table is worth.
    init?(_ sets: [CodePointSet]) {
        ascii = Array(repeating: 0, count: 128)
        guard sets.count <= 256 else { return nil }
        var starts: Set<UInt32> = [0]
        for set in sets {
            for range in set.ranges {
                starts.insert(range.lowerBound)
                starts.insert(range.upperBound + 1)
            }
        }
        var numbers: [[UInt64]: UInt8] = [:]
        for start in starts.sorted() where start <= CodePointSet.last {
            // Which sets hold the code points from here to the next boundary.
            var members = [UInt64](repeating: 0, count: 4)
            for (number, set) in sets.enumerated() where set.contains(start) { members[number / 64] |= 1 << UInt64(number % 64) }
            let number: UInt8
            if let known = numbers[members] {
                number = known
            } else {
                guard examples.count < 255 else { return nil }
                number = UInt8(examples.count)
                numbers[members] = number
                examples.append(start)
            }
            boundaries.append(start)
            classes.append(number)
        }
        for codePoint in 0..<128 { ascii[codePoint] = UInt8(search(UInt32(codePoint))) }
    }

    @inline(__always)
    func classOf(ascii byte: UInt8) -> Int { Int(ascii[Int(byte)]) }

    func classOf(_ codePoint: UInt32) -> Int { search(codePoint) }

    /// The class of the last boundary that is not above the code point.
    private func search(_ codePoint: UInt32) -> Int {
        var low = 0
        var high = boundaries.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if boundaries[middle] <= codePoint { low = middle } else { high = middle }
        }
        return Int(classes[low])
    }
}
