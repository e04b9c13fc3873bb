/// Names and texts in quotes, where they need them.
package enum Quoting {
    /// The keywords that may not name everything.
    private static let words = Set(
        Keyword.allCases.filter { $0.rawValue > Keyword.zone.rawValue && $0.rawValue < Keyword.notBefore.rawValue }
            .map { KeywordTable.shared.spellings[Int($0.rawValue)] })

    package static func identifier(_ name: String) -> String {
        let bytes = name.utf8
        let isPlain =
            (bytes.first.map { $0 >= 97 && $0 <= 122 || $0 == UInt8(ascii: "_") } ?? false)
            && bytes.allSatisfy { $0 >= 97 && $0 <= 122 || ASCII.isDigit($0) || $0 == UInt8(ascii: "_") }
        if isPlain, !words.contains(name) { return name }
        return "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    package static func literal(_ text: String) -> String {
        let doubled = text.replacing("'", with: "''")
        return doubled.utf8.contains(UInt8(ascii: "\\")) ? "E'" + doubled.replacing("\\", with: "\\\\") + "'" : "'" + doubled + "'"
    }
}
