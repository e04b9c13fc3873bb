import Ground
import ReQLish

/// PostgreSQL's regular expressions, in the syntax of ours.
struct PatternTranslation {
    let scalars: [Unicode.Scalar]
    var place = 0
    private(set) var options: PatternOptions
    var result = ""
    /// Whether the last token is something that can be repeated.
    var hasAtom = false
    /// The groups and lookarounds around, the innermost last.
    private var open: [Opened] = []
    private(set) var groupCount = 0
    /// The groups that have ended, which can be referred to.
    private(set) var closed: Set<Int> = []

    private enum Opened {
        case group(Int?)
        case lookaround
    }

    var isInLookaround: Bool { open.contains { if case .lookaround = $0 { true } else { false } } }

    static func expression(_ pattern: String, _ options: PatternOptions) throws(SQLError) -> RegularExpression {
        var translation = PatternTranslation(pattern, options)
        try translation.run()
        let prefix = translation.options.ignoresCase ? "(?i)" : ""
        do {
            return try RegularExpression(prefix + translation.result, .postgreSQL)
        } catch {
            throw invalid("regular expression is too complex or wrong")
        }
    }

    private init(_ pattern: String, _ options: PatternOptions) {
        scalars = Array(pattern.unicodeScalars)
        self.options = options
    }

    static func invalid(_ reason: String) -> SQLError {
        SQLError(.invalidRegularExpression, "invalid regular expression: \(reason)")
    }

    var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    func isAt(_ text: String) -> Bool { scalars[place...].starts(with: text.unicodeScalars) }

    mutating func take(_ text: String) -> Bool {
        guard isAt(text) else { return false }
        place += text.unicodeScalars.count
        return true
    }

    mutating func literal(_ scalar: Unicode.Scalar) {
        hasAtom = true
        result += Self.literal(scalar)
    }

    static func literal(_ scalar: Unicode.Scalar) -> String {
        if scalar.isASCII, ASCII.isLetter(UInt8(scalar.value)) || ASCII.isDigit(UInt8(scalar.value)) { return String(scalar) }
        return scalar.value >= 0x80 ? String(scalar) : "\\x{" + String(scalar.value, radix: 16) + "}"
    }

    // MARK: Structure

    private mutating func run() throws(SQLError) {
        try takePrefix()
        switch options.syntax {
        case .advanced, .extended: while let scalar = next { try translate(scalar) }
        case .basic: try translateBasic()
        case .literal:
            while let scalar = next {
                literal(scalar)
                place += 1
            }
        }
        guard open.isEmpty else { throw Self.invalid("parentheses () not balanced") }
    }

    /// The director, and the options at the beginning.
    private mutating func takePrefix() throws(SQLError) {
        if options.syntax == .literal { return }
        if take("***=") {
            options.syntax = .literal
        } else if take("***:") {
            options.syntax = .advanced
        }
        guard options.syntax == .advanced, isAt("(?"), place + 2 < scalars.count, scalars[place + 2].isASCII,
            ASCII.isLetter(UInt8(scalars[place + 2].value))
        else { return }
        place += 2
        while let letter = next, letter != ")" {
            guard options.take(letter) else { throw Self.invalid("invalid embedded option") }
            place += 1
        }
        guard take(")") else { throw Self.invalid("invalid embedded option") }
    }

    private mutating func translate(_ scalar: Unicode.Scalar) throws(SQLError) {
        place += 1
        switch scalar {
        case "(": try openGroup()
        case ")" where options.syntax == .advanced || !open.isEmpty: try closeGroup()
        case "|":
            result += "|"
            hasAtom = false
        case "*", "+", "?": try quantifier(String(scalar))
        case "{":
            skipBlanks()
            if let next, ("0"..."9").contains(next) { try quantifier(try bounds(closing: "}")) } else { literal(scalar) }
        case ".": anyCharacter()
        case "^": anchor(atStart: true)
        case "$": anchor(atStart: false)
        case "[": try bracket()
        case "\\": try escape()
        case _ where options.isExpanded && Self.blanks.contains(scalar): break
        case "#" where options.isExpanded: skipLine()
        default: literal(scalar)
        }
    }

    mutating func anyCharacter() {
        result += options.stopsAtLines ? "[^\\n]" : "(?s:.)"
        hasAtom = true
    }

    mutating func anchor(atStart: Bool) {
        result += options.anchorsAtLines ? (atStart ? "(?m:^)" : "(?m:$)") : atStart ? "\\A" : "\\z"
        hasAtom = false
    }

    /// A place that takes no character, such as a word's end.
    mutating func constraint(_ text: String) {
        result += text
        hasAtom = false
    }

    // MARK: Blanks

    static let blanks: Set<Unicode.Scalar> = [" ", "\t", "\n", "\r", "\u{0B}", "\u{0C}"]

    /// What means nothing where the expression is expanded.
    mutating func skipBlanks() {
        guard options.isExpanded else { return }
        while let scalar = next {
            guard Self.blanks.contains(scalar) || scalar == "#" else { return }
            place += 1
            if scalar == "#" { skipLine() }
        }
    }

    private mutating func skipLine() {
        while let skipped = next, skipped != "\n" {
            _ = skipped
            place += 1
        }
    }

    // MARK: Groups

    private mutating func openGroup() throws(SQLError) {
        // Elsewhere the question mark is a quantifier that stands behind nothing.
        guard options.syntax == .advanced else { return openCapture() }
        if take("?:") {
            opened(.group(nil), "(?:")
        } else if take("?#") {
            while let skipped = next, skipped != ")" {
                _ = skipped
                place += 1
            }
            place = min(place + 1, scalars.count)
        } else if let kind = ["?=", "?!", "?<=", "?<!"].first(where: { isAt($0) }) {
            _ = take(kind)
            opened(.lookaround, "(" + kind)
        } else if isAt("?") {
            throw Self.invalid("quantifier operand invalid")
        } else if isInLookaround {
            // Nothing refers to what lookaround has seen.
            opened(.group(nil), "(?:")
        } else {
            openCapture()
        }
    }

    mutating func openCapture() {
        groupCount += 1
        opened(.group(groupCount), "(")
    }

    private mutating func opened(_ kind: Opened, _ text: String) {
        open.append(kind)
        result += text
        hasAtom = false
    }

    mutating func closeGroup() throws(SQLError) {
        guard let last = open.popLast() else { throw Self.invalid("parentheses () not balanced") }
        result += ")"
        hasAtom = true
        switch last {
        case .group(let number): if let number { closed.insert(number) }
        case .lookaround: hasAtom = false
        }
    }

    // MARK: Quantifiers

    /// What stands behind an opening brace, up to the closing one.
    mutating func bounds(closing: String) throws(SQLError) -> String {
        /// Whether the expression ends here, or something else is wrong.
        func wrong() -> SQLError { Self.invalid(next == nil ? "braces {} not balanced" : "invalid repetition count(s)") }
        // Basic expressions may leave out the least number.
        guard let least = number() ?? (options.syntax == .basic && next == "," ? 0 : nil), least <= 255 else { throw wrong() }
        var text = "{\(least)"
        if take(",") {
            text += ","
            if let most = number() {
                guard most <= 255, most >= least else { throw Self.invalid("invalid repetition count(s)") }
                text += String(most)
            }
        }
        guard take(closing) else { throw wrong() }
        return text + "}"
    }

    private mutating func number() -> Int? {
        var value: Int?
        skipBlanks()
        while let digit = next, ("0"..."9").contains(digit) {
            value = min((value ?? 0) * 10 + Int(digit.value) - 48, 1000)
            place += 1
            skipBlanks()
        }
        return value
    }

    mutating func quantifier(_ text: String) throws(SQLError) {
        guard hasAtom else { throw Self.invalid("quantifier operand invalid") }
        result += text
        if options.syntax == .advanced, take("?") { result += "?" }
        hasAtom = false
    }
}
