/// How lexemes of SQL, which may be long and have any bytes, stand in an index, whose words are short and have no zeros.
package enum LexemeTerm {
    /// Where a lexeme stands of which that is not known: no place that is known is as far.
    static let unknownPlace: UInt64 = 65_535

    /// - Returns: The word, and whether only that lexeme is written so.
    package static func of(_ lexeme: [UInt8]) -> (term: [UInt8], isExact: Bool) {
        let isShort = lexeme.count < TextAnalyzer.longestWord
        if isShort, !lexeme.contains(where: { $0 <= 1 }) { return (lexeme, true) }
        return (lexeme.prefix(TextAnalyzer.longestWord).map { max($0, 1) }, false)
    }
}
