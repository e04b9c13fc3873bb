/// Classes of characters in brackets.
extension PatternTranslation {
    private static let classNames: Set = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "xdigit", "word",
    ]

    private static let wrongRange = invalid("invalid character range")

    /// A part of a class.
    private enum Member {
        /// It can begin and end a range.
        case scalar(Unicode.Scalar)
        /// Several, as the text of our syntax.
        case several(String)
    }

    mutating func bracket() throws(SQLError) {
        if take("[:<:]]") { return constraint("\\<") }
        if take("[:>:]]") { return constraint("\\>") }
        var text = "["
        if take("^") { text += options.stopsAtLines ? "^\\n" : "^" }
        var isFirst = true
        while isFirst || next != "]" {
            // A hyphen is itself only at the ends, and where a range ends.
            if !isFirst, isAt("-"), !isAt("-]") { throw Self.wrongRange }
            isFirst = false
            switch try member() {
            case .several(let members): text += members
            case .scalar(let low):
                text += Self.literal(low)
                guard isAt("-"), !isAt("-]"), place + 1 < scalars.count else { continue }
                place += 1
                guard case .scalar(let high) = try member(), low <= high else { throw Self.wrongRange }
                text += "-" + Self.literal(high)
            }
        }
        place += 1
        result += text + "]"
        hasAtom = true
    }

    private mutating func member() throws(SQLError) -> Member {
        guard let scalar = next else { throw Self.invalid("brackets [] not balanced") }
        place += 1
        if scalar == "[", let kind = next, kind == "." || kind == "=" || kind == ":" {
            place += 1
            let name = try name(endingWith: kind)
            if kind == ":" {
                guard Self.classNames.contains(name) else { throw Self.invalid("invalid character class") }
                return .several("[:\(name):]")
            }
            let scalars = name.unicodeScalars
            guard let element = scalars.count == 1 ? scalars.first : CollatingElements.named[name] else {
                throw Self.invalid("invalid collating element")
            }
            return kind == "=" ? .several(Self.literal(element)) : .scalar(element)
        }
        guard scalar == "\\", options.syntax == .advanced else { return .scalar(scalar) }
        if let letter = next, let shorthand = Self.classes[letter] {
            place += 1
            return .several(shorthand)
        }
        return .scalar(try escapedScalar())
    }

    /// What stands up to `:]` and its like.
    private mutating func name(endingWith kind: Unicode.Scalar) throws(SQLError) -> String {
        let end = String(kind) + "]"
        var name = String.UnicodeScalarView()
        while !isAt(end) {
            guard let scalar = next else { throw Self.invalid("brackets [] not balanced") }
            name.append(scalar)
            place += 1
        }
        place += 2
        return String(name)
    }
}

/// The characters by the names that POSIX gives them.
enum CollatingElements {
    static let named: [String: Unicode.Scalar] = {
        var named: [String: Unicode.Scalar] = ["DEL": "\u{7F}"]
        let parts: [(first: UInt8, names: String)] = [
            (0, controls), (0x20, marks), (0x30, digits), (0x3A, afterDigits), (0x5B, afterCapitals), (0x7B, last),
        ]
        for (first, names) in parts {
            for (place, line) in names.split(separator: " ").enumerated() {
                for name in line.split(separator: "/") { named[String(name)] = Unicode.Scalar(first + UInt8(place)) }
            }
        }
        return named
    }()

    private static let controls = """
        NUL SOH STX ETX EOT ENQ ACK BEL/alert BS/backspace HT/tab LF/newline VT/vertical-tab FF/form-feed CR/carriage-return SO SI DLE \
        DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC IS4/FS IS3/GS IS2/RS IS1/US
        """

    private static let marks = """
        space exclamation-mark quotation-mark number-sign dollar-sign percent-sign ampersand apostrophe left-parenthesis \
        right-parenthesis asterisk plus-sign comma hyphen/hyphen-minus period/full-stop slash/solidus
        """

    private static let digits = "zero one two three four five six seven eight nine"

    private static let afterDigits = "colon semicolon less-than-sign equals-sign greater-than-sign question-mark commercial-at"

    private static let afterCapitals = """
        left-square-bracket backslash/reverse-solidus right-square-bracket circumflex/circumflex-accent underscore/low-line grave-accent
        """

    private static let last = "left-brace/left-curly-bracket vertical-line right-brace/right-curly-bracket tilde"
}
