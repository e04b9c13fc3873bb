import ReQLish

/// PostgreSQL's advanced regular expressions, in the syntax of ours.
struct PatternTranslation {
    private let scalars: [Unicode.Scalar]
    private var place = 0
    private var options: PatternOptions
    private var result = ""
    private var depth = 0
    /// Where the last atom begins in the result; nil where nothing can be repeated.
    private var hasAtom = false
    /// The groups and lookarounds around, the innermost last.
    private var open: [Opened] = []
    private var groupCount = 0
    /// The groups that have ended, which can be referred to.
    private var closed: Set<Int> = []

    private enum Opened {
        case group(Int?)
        case lookaround
    }

    private var isInLookaround: Bool { open.contains { if case .lookaround = $0 { true } else { false } } }

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

    private static func invalid(_ reason: String) -> SQLError {
        SQLError(.invalidRegularExpression, "invalid regular expression: \(reason)")
    }

    private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

    private func isAt(_ text: String) -> Bool { scalars[place...].starts(with: text.unicodeScalars) }

    private mutating func take(_ text: String) -> Bool {
        guard isAt(text) else { return false }
        place += text.unicodeScalars.count
        return true
    }

    private mutating func literal(_ scalar: Unicode.Scalar) {
        hasAtom = true
        result += Self.literal(scalar)
    }

    private static func literal(_ scalar: Unicode.Scalar) -> String {
        if scalar.isASCII, ASCII.isLetter(UInt8(scalar.value)) || ASCII.isDigit(UInt8(scalar.value)) { return String(scalar) }
        return scalar.value >= 0x80 ? String(scalar) : "\\x{" + String(scalar.value, radix: 16) + "}"
    }

    // MARK: Structure

    private mutating func run() throws(SQLError) {
        if take("***=") { options.isLiteral = true } else { _ = take("***:") }
        if options.isLiteral {
            while let scalar = next {
                literal(scalar)
                place += 1
            }
            return
        }
        if isAt("(?"), place + 2 < scalars.count, scalars[place + 2].isASCII, ASCII.isLetter(UInt8(scalars[place + 2].value)) {
            place += 2
            while let letter = next, letter != ")" {
                guard options.take(letter) else { throw Self.invalid("invalid embedded option") }
                place += 1
            }
            guard take(")") else { throw Self.invalid("invalid embedded option") }
            if options.isLiteral { return try run() }
        }
        while let scalar = next {
            place += 1
            switch scalar {
            case "(": try openGroup()
            case ")":
                guard depth > 0 else { throw Self.invalid("parentheses () not balanced") }
                depth -= 1
                result += ")"
                hasAtom = true
                switch open.removeLast() {
                case .group(let number): if let number { closed.insert(number) }
                case .lookaround: hasAtom = false
                }
            case "|":
                result += "|"
                hasAtom = false
            case "*", "+", "?": try quantifier(String(scalar))
            case "{" where next.map { ("0"..."9").contains($0) } ?? false: try quantifier(try bounds())
            case ".":
                result += options.stopsAtLines ? "[^\\n]" : "(?s:.)"
                hasAtom = true
            case "^":
                result += options.anchorsAtLines ? "(?m:^)" : "\\A"
                hasAtom = false
            case "$":
                result += options.anchorsAtLines ? "(?m:$)" : "\\z"
                hasAtom = false
            case "[": try bracket()
            case "\\": try escape()
            case " ", "\t", "\n", "\r", "\u{0B}", "\u{0C}":
                if !options.isExpanded { literal(scalar) }
            case "#" where options.isExpanded:
                while let skipped = next, skipped != "\n" {
                    _ = skipped
                    place += 1
                }
            default: literal(scalar)
            }
        }
        guard depth == 0 else { throw Self.invalid("parentheses () not balanced") }
    }

    private mutating func openGroup() throws(SQLError) {
        var opened = Opened.group(nil)
        if take("?:") {
            result += "(?:"
        } else if take("?#") {
            while let skipped = next, skipped != ")" {
                _ = skipped
                place += 1
            }
            place += 1
            return
        } else if let kind = ["?=", "?!", "?<=", "?<!"].first(where: { isAt($0) }) {
            _ = take(kind)
            result += "(" + kind
            opened = .lookaround
        } else if isAt("?") {
            throw Self.invalid("quantifier operand invalid")
        } else if isInLookaround {
            // Nothing refers to what lookaround has seen.
            result += "(?:"
        } else {
            groupCount += 1
            opened = .group(groupCount)
            result += "("
        }
        open.append(opened)
        depth += 1
        hasAtom = false
    }

    private mutating func bounds() throws(SQLError) -> String {
        func wrong() -> SQLError { Self.invalid("invalid repetition count(s)") }
        func number() -> (Int, Int)? {
            var index = place
            var value = 0
            while index < scalars.count, ("0"..."9").contains(scalars[index]) {
                value = min(value * 10 + Int(scalars[index].value) - 48, 1000)
                index += 1
            }
            return index > place ? (value, index) : nil
        }
        guard let (least, end) = number(), least <= 255 else { throw wrong() }
        place = end
        var text = "{\(least)"
        if take(",") {
            text += ","
            if let (most, end) = number() {
                guard most <= 255, most >= least else { throw wrong() }
                place = end
                text += String(most)
            }
        }
        guard take("}") else { throw wrong() }
        return text + "}"
    }

    private mutating func quantifier(_ text: String) throws(SQLError) {
        guard hasAtom else { throw Self.invalid("quantifier operand invalid") }
        result += text
        if take("?") { result += "?" }
        hasAtom = false
        if let next, next == "*" || next == "+" || next == "?" { throw Self.invalid("quantifier operand invalid") }
    }

    // MARK: Classes and escapes

    private mutating func bracket() throws(SQLError) {
        if take("[:<:]]") || take("[:>:]]") {
            result += "\\b"
            hasAtom = false
            return
        }
        var text = "["
        if take("^") { text += options.stopsAtLines ? "^\\n" : "^" }
        var isFirst = true
        while true {
            guard let scalar = next else { throw Self.invalid("brackets [] not balanced") }
            place += 1
            if scalar == "]", !isFirst { break }
            isFirst = false
            if scalar == "[", next == ":" {
                place += 1
                var name = ""
                while let letter = next, letter != ":" {
                    name.unicodeScalars.append(letter)
                    place += 1
                }
                guard take(":]") else { throw Self.invalid("brackets [] not balanced") }
                let known: Set = [
                    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit",
                    "word",
                ]
                guard known.contains(name) else { throw Self.invalid("invalid character class") }
                text += "[:\(name):]"
                continue
            }
            if scalar == "\\", let letter = next, let shorthand = Self.classes[letter] {
                place += 1
                text += shorthand
                continue
            }
            let low = try member(scalar)
            guard next == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
                text += Self.literal(low)
                continue
            }
            place += 2
            let high = try member(scalars[place - 1])
            guard low <= high else { throw Self.invalid("invalid character range") }
            text += Self.literal(low) + "-" + Self.literal(high)
        }
        result += text + "]"
        hasAtom = true
    }

    /// One character of a class, whose first scalar is taken.
    private mutating func member(_ scalar: Unicode.Scalar) throws(SQLError) -> Unicode.Scalar {
        if scalar == "[", let kind = next, kind == "." || kind == "=" {
            place += 1
            guard let element = next else { throw Self.invalid("invalid collating element") }
            place += 1
            guard take(String(kind) + "]") else { throw Self.invalid("invalid collating element") }
            return element
        }
        guard scalar == "\\" else { return scalar }
        return try escapedScalar()
    }

    private static let classes: [Unicode.Scalar: String] = ["d": "\\d", "D": "\\D", "s": "\\s", "S": "\\S", "w": "\\w", "W": "\\W"]

    private mutating func escape() throws(SQLError) {
        guard let letter = next else { throw Self.invalid("invalid escape \\ sequence") }
        if let shorthand = Self.classes[letter] {
            place += 1
            result += shorthand
            hasAtom = true
            return
        }
        switch letter {
        case "A", "Z", "m", "M", "y", "Y":
            place += 1
            result += letter == "A" ? "\\A" : letter == "Z" ? "\\z" : letter == "Y" ? "\\B" : "\\b"
            hasAtom = false
        case "1"..."9": try reference()
        default: literal(try escapedScalar())
        }
    }

    /// One digit refers to a group; several do if there are so many groups, and are a character's octal number if not.
    private mutating func reference() throws(SQLError) {
        let digits = scalars[place...].prefix { ("0"..."9").contains($0) }.prefix(3)
        let number = digits.reduce(0) { $0 * 10 + Int($1.value) - 48 }
        if digits.count > 1, number > groupCount {
            let octal = digits.prefix { $0 < "8" }
            guard !octal.isEmpty, let scalar = Unicode.Scalar(octal.reduce(0) { $0 * 8 + $1.value - 48 }) else {
                throw Self.invalid("invalid escape \\ sequence")
            }
            place += octal.count
            return literal(scalar)
        }
        guard closed.contains(number), !isInLookaround else { throw Self.invalid("invalid backreference number") }
        place += digits.count
        result += "\\k{\(number)}"
        hasAtom = true
    }

    /// What stands behind a backslash.
    private mutating func escapedScalar() throws(SQLError) -> Unicode.Scalar {
        let wrong = Self.invalid("invalid escape \\ sequence")
        guard let letter = next else { throw wrong }
        place += 1
        func digits(_ count: Int, _ radix: Int) -> UInt32? {
            let text = String(String.UnicodeScalarView(scalars[place...].prefix(count)))
            return UInt32(text, radix: radix)
        }
        switch letter {
        case "a": return "\u{07}"
        case "b": return "\u{08}"
        case "B": return "\\"
        case "e": return "\u{1B}"
        case "f": return "\u{0C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{0B}"
        case "0": return "\0"
        case "c":
            guard let control = next else { throw wrong }
            place += 1
            return Unicode.Scalar(UInt8(truncatingIfNeeded: control.value & 31))
        case "u", "U":
            let count = letter == "u" ? 4 : 8
            guard scalars.count - place >= count, let code = digits(count, 16), let scalar = Unicode.Scalar(code) else { throw wrong }
            place += count
            return scalar
        case "x":
            var count = 0
            while count < 8, place + count < scalars.count, scalars[place + count].properties.isASCIIHexDigit { count += 1 }
            guard count > 0, let code = digits(count, 16), let scalar = Unicode.Scalar(code) else { throw wrong }
            place += count
            return scalar
        default:
            guard !(letter.isASCII && (ASCII.isLetter(UInt8(letter.value)) || ASCII.isDigit(UInt8(letter.value)))) else { throw wrong }
            return letter
        }
    }
}
