/// Reads RE2's syntax.
///
///     alternatives   sequence | sequence
///     sequence       repetition repetition …
///     repetition     atom, then * + ? {n} {n,} {n,m}, then ? for as few as possible
///     atom           a code point, ., [class], \escape, ^, $, (group), (?:group), (?P<name>group), (?flags), (?flags:group)
struct RegexParser {
    private let scalars: [Unicode.Scalar]
    private var position = 0
    /// Where the `]` of the last `:]` stands; 0 if there is none.
    private let lastNamedClassEnd: Int
    private var flags = Flags()
    private var depth = 0
    /// Whether lookaround, `\\<` and `\\>` for a word's start and end, and `\\k{N}` for what group N has taken, are part of the syntax.
    private let hasConstraints: Bool
    private var names: Set<String> = []
    private(set) var groupCount = 0
    /// The sets that the tree's nodes name by number; equal ones are kept once.
    private(set) var sets: [CodePointSet] = []
    private var setNumbers: [CodePointSet: Int] = [:]

    private struct Flags {
        var ignoresCase = false
        var isMultiline = false
        var dotMatchesNewline = false
        var isUngreedy = false
    }

    init(_ pattern: String, hasConstraints: Bool = false) {
        self.hasConstraints = hasConstraints
        let scalars = Array(pattern.unicodeScalars)
        self.scalars = scalars
        lastNamedClassEnd = scalars.indices.dropFirst().last { scalars[$0] == "]" && scalars[$0 - 1] == ":" } ?? 0
    }

    mutating func parse() throws(RegexSyntaxError) -> RegexNode {
        guard scalars.count <= RegexLimits.patternLength else {
            throw RegexSyntaxError(message: "is longer than \(RegexLimits.patternLength) code points", part: "")
        }
        let node = try alternatives()
        // Only a closing parenthesis stops the alternatives early.
        if position < scalars.count { throw error("has a `)` without its `(`", from: 0) }
        return node
    }

    // MARK: - Structure

    private mutating func alternatives() throws(RegexSyntaxError) -> RegexNode {
        var choices = [try sequence()]
        while take("|") { choices.append(try sequence()) }
        return choices.count == 1 ? choices[0] : .alternatives(choices)
    }

    private mutating func sequence() throws(RegexSyntaxError) -> RegexNode {
        var nodes: [RegexNode] = []
        while let next = peek, next != "|", next != ")" {
            let start = position
            if take("\\", "Q") {
                nodes += quoted()
                if let last = nodes.popLast() { nodes.append(try repeated(last)) }
                continue
            }
            if take("\\", "E") { continue }
            // Where an atom should begin, a repetition can stand only behind flags: `a(?i)*` repeats the a.
            if try repetition() != nil {
                guard let last = nodes.popLast() else { throw error("has nothing to repeat", from: start) }
                position = start
                nodes.append(try repeated(last))
                continue
            }
            guard let atom = try atom() else { continue }
            nodes.append(try repeated(atom))
        }
        return .sequenced(nodes)
    }

    /// What stands literally between `\Q` and `\E` or the end.
    private mutating func quoted() -> [RegexNode] {
        var nodes: [RegexNode] = []
        while position < scalars.count, !take("\\", "E") { nodes.append(literal(scalars[advance()])) }
        return nodes
    }

    /// The atom with the repetition that follows it, if one does.
    private mutating func repeated(_ atom: RegexNode) throws(RegexSyntaxError) -> RegexNode {
        let operatorStart = position
        guard let (minimum, maximum, isCount) = try repetition() else { return atom }
        let isGreedy = take("?") == flags.isUngreedy
        let operatorEnd = position
        if try repetition() != nil {
            throw error("has one repetition after another", from: operatorStart, to: max(operatorEnd + 1, position))
        }
        if case .empty = atom { return .empty }
        return maximum == 0 ? .empty : .repetition(atom, minimum: minimum, maximum: maximum, isGreedy: isCount ? nil : isGreedy)
    }

    /// - Returns: how often, and whether that is one number; nil if no repetition stands here.
    private mutating func repetition() throws(RegexSyntaxError) -> (minimum: Int, maximum: Int?, isCount: Bool)? {
        if take("*") { return (0, nil, false) }
        if take("+") { return (1, nil, false) }
        if take("?") { return (0, 1, false) }
        let start = position
        guard take("{") else { return nil }
        // A brace that begins no repetition is a brace.
        guard let minimum = number() else { position = start; return nil }
        var maximum: Int? = minimum
        let isCount = !take(",")
        if !isCount { maximum = peek == "}" ? nil : number() ?? -1 }
        guard maximum != -1, take("}") else { position = start; return nil }
        guard minimum <= RegexLimits.repetitions, maximum ?? 0 <= RegexLimits.repetitions, minimum <= maximum ?? minimum else {
            throw error("has a repetition count above \(RegexLimits.repetitions) or out of order", from: start)
        }
        return (minimum, maximum, isCount)
    }

    /// Decimal digits; numbers beyond any limit stay beyond it.
    private mutating func number() -> Int? {
        var value: Int?
        while let digit = peek, ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value) - 0x30, 1_000_000)
            position += 1
        }
        return value
    }

    // MARK: - Atoms

    /// Nil for flags that stand alone.
    private mutating func atom() throws(RegexSyntaxError) -> RegexNode? {
        let start = position
        switch scalars[advance()] {
        case "(": return try group(from: start)
        case "[": return node(try characterClass(from: start))
        case ".": return node(flags.dotMatchesNewline ? .all : CodePointSet(0x0A).inverted)
        case "^": return .assertion(flags.isMultiline ? .lineStart : .textStart)
        case "$": return .assertion(flags.isMultiline ? .lineEnd : .textEnd)
        case "\\": return try escapedAtom(from: start)
        case let scalar: return literal(scalar)
        }
    }

    private mutating func escapedAtom(from start: Int) throws(RegexSyntaxError) -> RegexNode {
        switch peek {
        case "A": position += 1; return .assertion(.textStart)
        case "z": position += 1; return .assertion(.textEnd)
        case "b": position += 1; return .assertion(.wordBoundary)
        case "B": position += 1; return .assertion(.notWordBoundary)
        case "<" where hasConstraints: position += 1; return .assertion(.wordStart)
        case ">" where hasConstraints: position += 1; return .assertion(.wordEnd)
        case "k" where hasConstraints:
            position += 1
            guard take("{"), let group = number(), take("}") else { throw error("has a back-reference without a number", from: start) }
            return .reference(group: group, ignoresCase: flags.ignoresCase)
        default: break
        }
        if let set = try escapedClass(from: start) { return node(set) }
        return literal(try escapedScalar(from: start))
    }

    private mutating func literal(_ scalar: Unicode.Scalar) -> RegexNode {
        node(flagged(CodePointSet(scalar.value)))
    }

    private mutating func node(_ set: CodePointSet) -> RegexNode {
        if let number = setNumbers[set] { return .set(number) }
        setNumbers[set] = sets.count
        sets.append(set)
        return .set(sets.count - 1)
    }

    // MARK: - Groups

    private mutating func group(from start: Int) throws(RegexSyntaxError) -> RegexNode? {
        guard depth < RegexLimits.nesting else {
            throw error("nests groups more than \(RegexLimits.nesting) deep", from: start, to: start + 1)
        }
        depth += 1
        defer { depth -= 1 }
        let outer = flags
        var index: Int?
        if hasConstraints, let (isBehind, isNegated) = lookaround() {
            let body = try alternatives()
            guard take(")") else { throw error("lacks the `)` of a group", from: start, to: scalars.count) }
            flags = outer
            return .look(body, isBehind: isBehind, isNegated: isNegated)
        }
        if take("?") {
            if take("P", "<") || take("<") {
                let name = try groupName(from: start)
                guard names.insert(name).inserted else { throw error("has two groups of one name", from: start) }
                groupCount += 1
                index = groupCount
            } else if try !groupFlags(from: start) {
                return nil
            }
        } else {
            groupCount += 1
            index = groupCount
        }
        let body = try alternatives()
        guard take(")") else { throw error("lacks the `)` of a group", from: start, to: scalars.count) }
        flags = outer
        guard let index else { return body }
        return .group(body, index: index)
    }

    private mutating func lookaround() -> (isBehind: Bool, isNegated: Bool)? {
        for (opening, isBehind, isNegated) in [("?=", false, false), ("?!", false, true), ("?<=", true, false), ("?<!", true, true)]
        where scalars[position...].starts(with: opening.unicodeScalars) {
            position += opening.unicodeScalars.count
            return (isBehind, isNegated)
        }
        return nil
    }

    private mutating func groupName(from start: Int) throws(RegexSyntaxError) -> String {
        var name = ""
        while let next = peek, next != ">" {
            guard CharacterClasses.word.contains(next.value) else { break }
            name.unicodeScalars.append(next)
            position += 1
        }
        guard !name.isEmpty, take(">") else {
            throw error("has a group whose name is not a word", from: start, to: min(position + 1, scalars.count))
        }
        return name
    }

    /// Reads `flags:` or `flags)`. Returns false for the latter, which holds up to the end of the group around it.
    private mutating func groupFlags(from start: Int) throws(RegexSyntaxError) -> Bool {
        var value = true
        var hasFlag = false
        while position < scalars.count {
            switch scalars[advance()] {
            case "i": flags.ignoresCase = value; hasFlag = true
            case "m": flags.isMultiline = value; hasFlag = true
            case "s": flags.dotMatchesNewline = value; hasFlag = true
            case "U": flags.isUngreedy = value; hasFlag = true
            case "-" where value: value = false; hasFlag = false
            case ":" where value || hasFlag: return true
            case ")" where hasFlag: return false
            default: throw error("has a group of a kind that does not exist here", from: start)
            }
        }
        throw error("lacks the `)` of a group", from: start)
    }

    // MARK: - Classes

    private mutating func characterClass(from start: Int) throws(RegexSyntaxError) -> CodePointSet {
        let isInverted = take("^")
        var ranges: [ClosedRange<UInt32>] = []
        var isFirst = true
        while isFirst || peek != "]" {
            isFirst = false
            guard position < scalars.count else { throw error("lacks the `]` of a class", from: start) }
            if let set = try classInClass() {
                ranges += set.ranges
                continue
            }
            let rangeStart = position
            let lower = try classScalar()
            var upper = lower
            if peek == "-", position + 1 < scalars.count, scalars[position + 1] != "]" {
                position += 1
                upper = try classScalar()
            }
            guard lower <= upper else { throw error("has a range that ends before it begins", from: rangeStart) }
            ranges += flagged(CodePointSet([lower.value...upper.value])).ranges
        }
        position += 1
        let set = CodePointSet(ranges)
        return isInverted ? set.inverted : set
    }

    /// The set under the flags: what is inverted takes its other cases in first.
    private func flagged(_ set: CodePointSet, isInverted: Bool = false) -> CodePointSet {
        let folded = flags.ignoresCase ? set.caseFolded : set
        return isInverted ? folded.inverted : folded
    }

    /// `[:name:]`, `\d`, `\pL` and their like.
    private mutating func classInClass() throws(RegexSyntaxError) -> CodePointSet? {
        let start = position
        if take("[", ":") {
            guard let end = namedClassEnd() else {
                // No such form after all: the bracket is an ordinary member.
                position = start
                return nil
            }
            let isInverted = take("^")
            var name = String.UnicodeScalarView()
            name.append(contentsOf: scalars[position..<max(position, end - 1)])
            position = end + 1
            guard let set = CharacterClasses.posix(String(name)) else { throw error("names a class that does not exist", from: start) }
            return flagged(set, isInverted: isInverted)
        }
        guard take("\\") else { return nil }
        if let set = try escapedClass(from: start) { return set }
        position = start
        return nil
    }

    /// Where the `]` of the next `:]` stands. What is looked through is either taken or the end, so parsing stays linear.
    private func namedClassEnd() -> Int? {
        guard position < lastNamedClassEnd else { return nil }
        for index in position + 1...lastNamedClassEnd where scalars[index] == "]" && scalars[index - 1] == ":" { return index }
        return nil
    }

    private mutating func classScalar() throws(RegexSyntaxError) -> Unicode.Scalar {
        guard position < scalars.count else { throw error("lacks the `]` of a class", from: 0) }
        let start = position
        let scalar = scalars[advance()]
        return scalar == "\\" ? try escapedScalar(from: start) : scalar
    }

    // MARK: - Escapes (the backslash is already taken)

    private mutating func escapedClass(from start: Int) throws(RegexSyntaxError) -> CodePointSet? {
        guard let letter = peek else { return nil }
        if let (set, isInverted) = CharacterClasses.perl(letter) {
            position += 1
            return flagged(set, isInverted: isInverted)
        }
        guard letter == "p" || letter == "P" else { return nil }
        position += 1
        var isInverted = letter == "P"
        var name = ""
        if take("{") {
            if take("^") { isInverted.toggle() }
            while let next = peek, next != "}" {
                name.unicodeScalars.append(next)
                position += 1
            }
            guard take("}") else { throw error("lacks the `}` of a class", from: start) }
        } else if position < scalars.count {
            name.unicodeScalars.append(scalars[advance()])
        }
        guard let set = CharacterClasses.unicode(name) else {
            throw error("names a class that is not a general category of Unicode", from: start)
        }
        return flagged(set, isInverted: isInverted)
    }

    private mutating func escapedScalar(from start: Int) throws(RegexSyntaxError) -> Unicode.Scalar {
        guard position < scalars.count else { throw error("ends in a lone `\\`", from: start) }
        let scalar = scalars[advance()]
        switch scalar {
        case "a": return "\u{07}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "x": return try hexadecimal(from: start)
        case "0"..."7":
            // A single digit other than 0 would refer back to a group, which takes more than linear time.
            let isOctal = scalar == "0" || peek.map { ("0"..."7").contains($0) } == true
            guard isOctal else { break }
            var value = scalar.value - 0x30
            for _ in 0..<2 {
                guard let digit = peek, ("0"..."7").contains(digit) else { break }
                value = value * 8 + digit.value - 0x30
                position += 1
            }
            if let octal = Unicode.Scalar(value) { return octal }
        default:
            let isAlphanumeric = CharacterClasses.word.contains(scalar.value) && scalar != "_"
            if scalar.isASCII, !isAlphanumeric { return scalar }
        }
        throw error("has an escape that does not exist", from: start)
    }

    private mutating func hexadecimal(from start: Int) throws(RegexSyntaxError) -> Unicode.Scalar {
        var digits = ""
        if take("{") {
            while let next = peek, next != "}" {
                digits.unicodeScalars.append(next)
                position += 1
            }
            _ = take("}")
        } else {
            while digits.utf8.count < 2, let next = peek {
                digits.unicodeScalars.append(next)
                position += 1
            }
            if digits.utf8.count < 2 { digits = "" }
        }
        let isHexadecimal = digits.unicodeScalars.allSatisfy { $0.properties.isASCIIHexDigit }
        guard isHexadecimal, scalars[position - 1] != "{", let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
            throw error("has an escape that names no code point", from: start)
        }
        return scalar
    }

    // MARK: - Scalars

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    /// The position, which moves on.
    private mutating func advance() -> Int {
        defer { position += 1 }
        return position
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard position < scalars.count, scalars[position] == scalar else { return false }
        position += 1
        return true
    }

    private mutating func take(_ first: Unicode.Scalar, _ second: Unicode.Scalar) -> Bool {
        guard position + 1 < scalars.count, scalars[position] == first, scalars[position + 1] == second else { return false }
        position += 2
        return true
    }

    private func error(_ message: String, from start: Int, to end: Int? = nil) -> RegexSyntaxError {
        var part = String.UnicodeScalarView()
        part.append(contentsOf: scalars[start..<min(end ?? position, scalars.count)])
        return RegexSyntaxError(message: message, part: String(part))
    }
}
