/// A regular expression as a tree, after parsing: classes are numbers of sets, flags are spent.
indirect enum RegexNode {
    case empty
    /// One code point of a set.
    case set(Int)
    case assertion(RegexAssertion)
    case sequence([RegexNode])
    /// Alternatives, the preferred first.
    case alternatives([RegexNode])
    case group(RegexNode, index: Int)
    /// At least `minimum` times, at most `maximum` times or without end. Nil for greed where one number stands, which leaves no choice.
    case repetition(RegexNode, minimum: Int, maximum: Int?, isGreedy: Bool?)
    /// What stands ahead of the position, or behind it, does or does not match; it takes no code point.
    case look(RegexNode, isBehind: Bool, isNegated: Bool)
    /// The text that a group has taken.
    case reference(group: Int, ignoresCase: Bool)

    /// Whether it can match nothing at all.
    var isNullable: Bool {
        switch self {
        case .empty, .assertion, .look, .reference: true
        case .set: false
        case .sequence(let nodes): nodes.allSatisfy(\.isNullable)
        case .alternatives(let nodes): nodes.contains(where: \.isNullable)
        case .group(let node, _): node.isNullable
        case .repetition(let node, let minimum, _, _): minimum == 0 || node.isNullable
        }
    }

    /// The groups within, which have numbers in a row.
    var groups: ClosedRange<Int>? {
        switch self {
        case .empty, .set, .assertion, .look, .reference: nil
        case .sequence(let nodes), .alternatives(let nodes):
            nodes.reduce(nil) { found, node in
                guard let more = node.groups else { return found }
                return min(found?.lowerBound ?? more.lowerBound, more.lowerBound)...max(found?.upperBound ?? 0, more.upperBound)
            }
        case .group(let node, let index): index...max(index, node.groups?.upperBound ?? index)
        case .repetition(let node, _, _, _): node.groups
        }
    }

    /// The same read from its end to its beginning, as what stands behind a position is read.
    var reversed: RegexNode {
        switch self {
        case .empty, .set, .assertion, .look, .reference: self
        case .sequence(let nodes): .sequence(nodes.reversed().map(\.reversed))
        case .alternatives(let nodes): .alternatives(nodes.map(\.reversed))
        case .group(let node, let index): .group(node.reversed, index: index)
        case .repetition(let node, let minimum, let maximum, let isGreedy):
            .repetition(node.reversed, minimum: minimum, maximum: maximum, isGreedy: isGreedy)
        }
    }

    static func sequenced(_ nodes: [RegexNode]) -> RegexNode {
        let nodes = nodes.filter { if case .empty = $0 { false } else { true } }
        return nodes.isEmpty ? .empty : nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }
}

/// Something that holds between two code points.
enum RegexAssertion: UInt8, Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary, wordStart, wordEnd

    /// - Parameters: the code points before and after the position, nil at the ends of the text.
    func holds(before: UInt32?, after: UInt32?) -> Bool {
        switch self {
        case .textStart: before == nil
        case .textEnd: after == nil
        case .lineStart: before == nil || before == 0x0A
        case .lineEnd: after == nil || after == 0x0A
        case .wordBoundary: Self.isWord(before) != Self.isWord(after)
        case .notWordBoundary: Self.isWord(before) == Self.isWord(after)
        case .wordStart: !Self.isWord(before) && Self.isWord(after)
        case .wordEnd: Self.isWord(before) && !Self.isWord(after)
        }
    }

    private static func isWord(_ codePoint: UInt32?) -> Bool {
        guard let codePoint else { return false }
        return CharacterClasses.word.contains(codePoint)
    }
}

/// Limits of a pattern. A pattern beyond any of these is refused.
enum RegexLimits {
    /// In code points.
    static let patternLength = 100_000
    static let repetitions = 1_000
    static let nesting = 200
    static let instructions = 20_000
    /// Instructions looked at in one search with lookaround or back-references, which is not linear.
    static let steps = 20_000_000
    /// Places that such a search remembers to have been at.
    static let visits = 500_000
    /// Instructions times positions to remember: bounds the memory of a search to about 64 MB.
    static let remembered = 4_000_000
}

/// The reason why a pattern is refused.
struct RegexSyntaxError: Error, Hashable {
    let message: String
    /// The part of the pattern that is wrong.
    let part: String
}
