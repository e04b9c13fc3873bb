/// What the letters of a regular expression's options say.
struct PatternOptions: Hashable {
    /// The kinds of expressions that there are.
    enum Syntax {
        /// With escapes, lookaround, back-references and quantifiers that take little.
        case advanced
        /// POSIX's extended expressions.
        case extended
        /// POSIX's basic expressions, in which parentheses and braces are escaped.
        case basic
        /// A text that means itself.
        case literal
    }

    var syntax = Syntax.advanced
    var ignoresCase = false
    /// `.` and classes that are inverted don't take a line's end.
    var stopsAtLines = false
    /// `^` and `$` hold at the lines' ends.
    var anchorsAtLines = false
    var isExpanded = false
    /// All matches, not the first only.
    var isGlobal = false

    init() {}

    init(_ letters: String) throws(SQLError) {
        for letter in letters.unicodeScalars {
            if letter == "g" {
                isGlobal = true
            } else if letter == "e" {
                // PostgreSQL 15 takes the argument's letter for basic expressions; the one within a pattern is true to its name.
                syntax = .basic
            } else if !take(letter) {
                throw SQLError(.invalidParameterValue, "invalid regular expression option: \"\(letter)\"")
            }
        }
    }

    /// False if there is no such option.
    mutating func take(_ letter: Unicode.Scalar) -> Bool {
        switch letter {
        case "c": ignoresCase = false
        case "i": ignoresCase = true
        case "n", "m": (stopsAtLines, anchorsAtLines) = (true, true)
        case "p": (stopsAtLines, anchorsAtLines) = (true, false)
        case "s": (stopsAtLines, anchorsAtLines) = (false, false)
        case "w": (stopsAtLines, anchorsAtLines) = (false, true)
        case "x": isExpanded = true
        case "t": isExpanded = false
        case "b": syntax = .basic
        case "e": syntax = .extended
        case "q": syntax = .literal
        default: return false
        }
        return true
    }
}
