import Ground

extension PatternTranslation {
    static let classes: [Unicode.Scalar: String] = ["d": "\\d", "D": "\\D", "s": "\\s", "S": "\\S", "w": "\\w", "W": "\\W"]

    private static let constraints: [Unicode.Scalar: String] = [
        "A": "\\A", "Z": "\\z", "m": "\\<", "M": "\\>", "y": "\\b", "Y": "\\B",
    ]

    mutating func escape() throws(SQLError) {
        guard let letter = next else { throw Self.invalid("invalid escape \\ sequence") }
        if options.syntax == .extended {
            place += 1
            literal(letter)
        } else if let shorthand = Self.classes[letter] {
            place += 1
            result += shorthand
            hasAtom = true
        } else if let found = Self.constraints[letter] {
            place += 1
            constraint(found)
        } else if ("1"..."9").contains(letter) {
            try reference(digitCount: 3)
        } else {
            literal(try escapedScalar())
        }
    }

    /// One digit refers to a group; several do if there are so many groups, and are a character's octal number if not.
    mutating func reference(digitCount: Int) throws(SQLError) {
        let digits = scalars[place...].prefix { ("0"..."9").contains($0) }.prefix(digitCount)
        let number = digits.reduce(0) { $0 * 10 + Int($1.value) - 48 }
        if digits.count > 1, number > groupCount { return literal(try octal()) }
        guard closed.contains(number), !isInLookaround else { throw Self.invalid("invalid backreference number") }
        place += digits.count
        result += "\\k{\(number)}"
        hasAtom = true
    }

    /// A character by up to three octal digits.
    private mutating func octal() throws(SQLError) -> Unicode.Scalar {
        let digits = scalars[place...].prefix(3).prefix { ("0"..."7").contains($0) }
        guard !digits.isEmpty, let scalar = Unicode.Scalar(digits.reduce(0) { $0 * 8 + $1.value - 48 }) else {
            throw Self.invalid("invalid escape \\ sequence")
        }
        place += digits.count
        return scalar
    }

    /// What stands behind a backslash.
    mutating func escapedScalar() throws(SQLError) -> Unicode.Scalar {
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
        case "0":
            place -= 1
            return try octal()
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
