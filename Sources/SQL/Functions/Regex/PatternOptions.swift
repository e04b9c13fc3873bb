/// What the letters of a regular expression's options say.
struct PatternOptions: Hashable {
    var ignoresCase = false
    /// `.` and classes that are inverted don't take a line's end.
    var stopsAtLines = false
    /// `^` and `$` hold at the lines' ends.
    var anchorsAtLines = false
    var isExpanded = false
    var isLiteral = false
    /// All matches, not the first only.
    var isGlobal = false

    init() {}

    init(_ letters: String) throws(SQLError) {
        for letter in letters.unicodeScalars {
            if letter == "g" {
                isGlobal = true
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
        case "q": isLiteral = true
        case "b", "e": break
        default: return false
        }
        return true
    }
}
