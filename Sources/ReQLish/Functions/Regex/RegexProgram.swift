/// A regular expression compiled for a machine that follows all its threads at once.
struct RegexProgram: Sendable {
    enum Instruction: Hashable, Sendable {
        /// Takes one code point of a set, then goes on with the next instruction.
        case set(Int32)
        /// Goes on in both places, the first preferred.
        case split(Int32, Int32)
        case jump(Int32)
        /// Remembers the position.
        case save(Int32)
        /// Forgets the positions of groups, from one slot to another.
        case clear(Int32, through: Int32)
        case assertion(RegexAssertion)
        /// Goes on if one of `looks` holds here.
        case look(Int32)
        /// Takes what a group has taken.
        case reference(group: Int32, ignoresCase: Bool)
        case match
    }

    /// What must or must not match from a position onwards, or, as it reads backwards, up to it.
    struct Look: Sendable {
        let program: RegexProgram
        let isBehind: Bool
        let isNegated: Bool
    }

    private(set) var instructions: [Instruction] = []
    let sets: [CodePointSet]
    let groupCount: Int
    /// Whether the groups of a repetition are those of its last turn alone.
    private let clearsGroups: Bool
    private(set) var looks: [Look] = []
    /// The groups that back-references name.
    private(set) var referenced: [Int] = []

    /// Positions that a match remembers: start and end of the whole and of each group.
    var slotCount: Int { 2 * (groupCount + 1) }

    init(_ pattern: String) throws(RegexSyntaxError) {
        var parser = RegexParser(pattern)
        try self.init(try parser.parse(), sets: parser.sets, groupCount: parser.groupCount)
    }

    /// - Parameters:
    ///   - root: what a parser read, whose sets and groups these are.
    ///   - clearsGroups: whether each turn of a repetition begins with groups that have taken nothing.
    init(_ root: RegexNode, sets: [CodePointSet], groupCount: Int, clearsGroups: Bool = false) throws(RegexSyntaxError) {
        self.sets = sets
        self.clearsGroups = clearsGroups
        self.groupCount = groupCount
        try append(.save(0))
        try compile(root)
        try append(.save(1))
        try append(.match)
        guard instructions.count * slotCount <= RegexLimits.remembered else { throw Self.tooLarge }
    }

    /// What stands within a lookaround, or a part of an expression by itself: nobody asks for the positions that it remembers.
    init(_ root: RegexNode, sets: [CodePointSet]) throws(RegexSyntaxError) {
        self.sets = sets
        clearsGroups = false
        groupCount = 0
        try compile(root)
        try append(.match)
    }

    /// Whether Pike's machine can run it.
    var isLinear: Bool { looks.isEmpty && referenced.isEmpty }

    /// Whether every match begins where the text does.
    var isAnchoredAtStart: Bool {
        for instruction in instructions {
            switch instruction {
            case .save, .clear: continue
            case .assertion(.textStart): return true
            default: return false
            }
        }
        return false
    }

    private static let tooLarge = RegexSyntaxError(message: "is too large when its repetitions are written out", part: "")

    // MARK: - Compiling

    private mutating func append(_ instruction: Instruction) throws(RegexSyntaxError) {
        guard instructions.count < RegexLimits.instructions else { throw Self.tooLarge }
        instructions.append(instruction)
    }

    private var end: Int32 { Int32(instructions.count) }

    private mutating func compile(_ node: RegexNode) throws(RegexSyntaxError) {
        switch node {
        case .empty: break
        case .set(let number): try append(.set(Int32(number)))
        case .assertion(let assertion): try append(.assertion(assertion))
        case .sequence(let nodes): for node in nodes { try compile(node) }
        case .alternatives(let nodes): try compile(alternatives: nodes)
        case .group(let node, let index):
            try append(.save(Int32(2 * index)))
            try compile(node)
            try append(.save(Int32(2 * index + 1)))
        case .look(let node, let isBehind, let isNegated):
            let program = try RegexProgram(isBehind ? node.reversed : node, sets: sets)
            looks.append(Look(program: program, isBehind: isBehind, isNegated: isNegated))
            try append(.look(Int32(looks.count - 1)))
        case .reference(let group, let ignoresCase):
            if !referenced.contains(group) { referenced.append(group) }
            try append(.reference(group: Int32(group), ignoresCase: ignoresCase))
        case .repetition(let node, let minimum, let maximum, let isGreedy):
            try compile(repeated: node, minimum: minimum, maximum: maximum, isGreedy: isGreedy ?? true)
        }
    }

    /// split(first, rest) first jump(end) split(second, rest) … last
    private mutating func compile(alternatives nodes: [RegexNode]) throws(RegexSyntaxError) {
        var jumps: [Int] = []
        for node in nodes.dropLast() {
            let split = instructions.count
            try append(.split(end + 1, 0))
            try compile(node)
            jumps.append(instructions.count)
            try append(.jump(0))
            instructions[split] = .split(Int32(split + 1), end)
        }
        if let last = nodes.last { try compile(last) }
        for jump in jumps { instructions[jump] = .jump(end) }
    }

    private mutating func compile(
        repeated node: RegexNode, minimum: Int, maximum: Int?, isGreedy: Bool
    ) throws(RegexSyntaxError) {
        guard let maximum else {
            if minimum == 0, node.isNullable {
                // (node+)? rather than a loop that may be left before it begins: what matches nothing still sets its groups.
                let split = instructions.count
                try append(.split(0, 0))
                try compileLoop(node, isGreedy: isGreedy)
                instructions[split] = Self.split(enter: Int32(split + 1), leave: end, isGreedy: isGreedy)
            } else if minimum == 0 {
                let split = instructions.count
                try append(.split(0, 0))
                try compile(turn: node)
                try append(.jump(Int32(split)))
                instructions[split] = Self.split(enter: Int32(split + 1), leave: end, isGreedy: isGreedy)
            } else {
                for _ in 1..<minimum { try compile(turn: node) }
                try compileLoop(node, isGreedy: isGreedy)
            }
            return
        }
        for _ in 0..<minimum { try compile(turn: node) }
        // (node(node(node)?)?)?
        var splits: [Int] = []
        for _ in minimum..<maximum {
            splits.append(instructions.count)
            try append(.split(0, 0))
            try compile(turn: node)
        }
        for split in splits { instructions[split] = Self.split(enter: Int32(split + 1), leave: end, isGreedy: isGreedy) }
    }

    private mutating func compile(turn node: RegexNode) throws(RegexSyntaxError) {
        if clearsGroups, let groups = node.groups {
            try append(.clear(Int32(2 * groups.lowerBound), through: Int32(2 * groups.upperBound + 1)))
        }
        try compile(node)
    }

    /// node, then back to it or on.
    private mutating func compileLoop(_ node: RegexNode, isGreedy: Bool) throws(RegexSyntaxError) {
        let start = end
        try compile(turn: node)
        try append(Self.split(enter: start, leave: end + 1, isGreedy: isGreedy))
    }

    private static func split(enter: Int32, leave: Int32, isGreedy: Bool) -> Instruction {
        isGreedy ? .split(enter, leave) : .split(leave, enter)
    }
}
