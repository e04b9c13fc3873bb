/// Cuts a text into statements at its semicolons, before anybody reads them: for texts that come line by line, and for colours and completion.
package enum StatementCutter {
    package struct Part: Sendable, Equatable {
        package let text: String
        /// How many lines of the whole text stand before it.
        package let lineCount: Int
    }

    /// - Returns: the statements that have their semicolon, without it, and what is left behind the last one; nil if that is nothing.
    package static func cut(_ text: String) -> (statements: [Part], rest: Part?) {
        guard let source = try? SourceText(text) else { return ([], Part(text: text, lineCount: 0)) }
        var lexer = Lexer(source, hasNamedParameters: true)
        var statements: [Part] = []
        var start: Int?
        func part(_ range: Range<Int>) -> Part {
            Part(
                text: String(decoding: source.bytes[range], as: UTF8.self),
                lineCount: source.bytes[..<range.lowerBound].count { $0 == UInt8(ascii: "\n") })
        }
        while true {
            guard let token = try? lexer.next() else {
                // Something is open at the end, or is no token at all: the parser says so once the text is whole.
                return (statements, part((start ?? lexer.offset)..<source.count))
            }
            switch token.kind {
            case .endOfInput: return (statements, start.map { part($0..<source.count) })
            case .semicolon:
                if let first = start { statements.append(part(first..<token.start)) }
                start = nil
            default: if start == nil { start = token.start }
            }
        }
    }

    /// A word, text, number or comment of a statement that is being written, in bytes.
    package struct Piece: Sendable {
        package enum Kind: Sendable { case keyword, name, number, string, comment, other }

        package let kind: Kind
        package let range: Range<Int>
    }

    /// The pieces of a text, of which the last may be open.
    package static func pieces(_ text: String) -> [Piece] {
        guard let source = try? SourceText(text) else { return [] }
        var lexer = Lexer(source, hasNamedParameters: true)
        var pieces: [Piece] = []
        var end = 0
        while true {
            let token = try? lexer.next()
            let start = token?.start ?? source.count
            if let comment = source.bytes[end..<start].firstIndex(where: { !$0.isBlank }), token != nil {
                pieces.append(Piece(kind: .comment, range: comment..<start))
            }
            guard let token else {
                // What is open is a text in quotes or a comment.
                if let open = source.bytes[end..<source.count].firstIndex(where: { !$0.isBlank }) {
                    let isComment = source.bytes[open] == UInt8(ascii: "/") || source.bytes[open] == UInt8(ascii: "-")
                    pieces.append(Piece(kind: isComment ? .comment : .string, range: open..<source.count))
                }
                return pieces
            }
            let kind: Piece.Kind
            switch token.kind {
            case .endOfInput: return pieces
            case .keyword: kind = .keyword
            case .identifier, .quotedIdentifier, .unicodeIdentifier: kind = .name
            case .number, .wholeNumber: kind = .number
            case .string, .escapeString, .unicodeString, .dollarString, .bitString, .hexString: kind = .string
            default: kind = .other
            }
            pieces.append(Piece(kind: kind, range: token.range))
            end = token.end
        }
    }

    /// The words of the language, in capitals.
    package static let keywords: [String] = Keyword.allCases.filter { $0 != .notKeyword && $0.rawValue < Keyword.notBefore.rawValue }
        .map { KeywordTable.shared.spellings[Int($0.rawValue)].uppercased() }

    /// Whether a text may write; true too if it can't be read.
    package static func mayWrite(_ text: String) -> Bool {
        guard let script = try? Script(text, hasNamedParameters: true) else { return true }
        return script.statements.contains { part in
            switch part.statement {
            case .query: part.statement.takesTurn || movesSequences(text)
            case .explain(let statement, let options):
                options.contains { $0.name.text == "analyze" } && (statement.takesTurn || movesSequences(text))
            case .show, .set, .begin, .commit, .rollback, .use: false
            default: true
            }
        }
    }

    /// Whether a text has the name of a function that writes.
    private static func movesSequences(_ text: String) -> Bool {
        text.lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "_" }.contains { $0 == "nextval" || $0 == "setval" }
    }
}
