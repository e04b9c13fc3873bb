/// POSIX's basic expressions: parentheses and braces are escaped, `^` and `*` mean something only where they can.
extension PatternTranslation {
    /// What stands before a token.
    private enum Before {
        /// Nothing, or a parenthesis that opens.
        case start
        /// An anchor at the start.
        case anchor
        case other
    }

    mutating func translateBasic() throws(SQLError) {
        var before = Before.start
        skipBlanks()
        while let scalar = next {
            place += 1
            var after = Before.other
            switch scalar {
            case "*" where before == .other: try quantifier("*")
            case "^" where before == .start:
                anchor(atStart: true)
                after = .anchor
            case "$":
                skipBlanks()
                if next == nil || isAt("\\)") { anchor(atStart: false) } else { literal(scalar) }
            case ".": anyCharacter()
            case "[": try bracket()
            case "\\": if try escapeBasic() { after = .start }
            default: literal(scalar)
            }
            before = after
            skipBlanks()
        }
    }

    /// - Returns: whether a group begins.
    private mutating func escapeBasic() throws(SQLError) -> Bool {
        guard let letter = next else { throw Self.invalid("invalid escape \\ sequence") }
        switch letter {
        case "1"..."9": try reference(digitCount: 1)
        case "(":
            place += 1
            openCapture()
            return true
        case ")":
            place += 1
            try closeGroup()
        case "{":
            place += 1
            try quantifier(try bounds(closing: "\\}"))
        case "<", ">":
            place += 1
            constraint("\\" + String(letter))
        default:
            place += 1
            literal(letter)
        }
        return false
    }
}
