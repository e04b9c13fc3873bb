import httpd

/// Finds what a statement of SQL can go on with: words of the language, tables, fields of the tables that it names.
struct StatementCompleter {
    let vocabulary: any Vocabulary

    func complete(_ before: [Character]) -> Completion {
        let start = before.lastIndex { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "\\") }.map { $0 + 1 } ?? 0
        let written = String(before[start...])
        if written.hasPrefix("\\") {
            return completion(start, written, Shell.backslashCommands.map { "\\" + $0.name })
        }
        let text = String(before[..<start])
        let pieces = StatementCutter.pieces(text)
        if let last = pieces.last, last.kind == .string || last.kind == .comment, last.range.upperBound == text.utf8.count { return .none }
        let bytes = Array(text.utf8)
        func word(_ piece: StatementCutter.Piece) -> String { String(decoding: bytes[piece.range], as: UTF8.self) }
        let database = vocabulary.defaultDatabase
        let tables = vocabulary.tables(in: database)
        let named = pieces.filter { $0.kind == .name }.map(word).filter(tables.contains)
        // Behind these a table stands.
        let previous = pieces.last.map { word($0).uppercased() } ?? ""
        if ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"].contains(previous) { return completion(start, written, tables) }
        let fields = Set(named).flatMap { vocabulary.fields(of: $0, in: database) }
        if previous == "." { return completion(start, written, fields) }
        guard !written.isEmpty else { return completion(start, written, fields) }
        let isSmall = written.first?.isLowercase == true
        let keywords = StatementCutter.keywords.map { isSmall ? $0.lowercased() : $0 }
        return completion(start, written, keywords + tables + fields)
    }

    private func completion(_ start: Int, _ written: String, _ names: [String]) -> Completion {
        let fitting = Set(names).filter { $0.hasPrefix(written) && !$0.isEmpty }.sorted()
        return Completion(start: start, candidates: fitting.map { Completion.Candidate(text: $0, ending: " ") })
    }
}

extension Highlighter {
    /// The same of a statement of SQL.
    static func statementStyles(of buffer: LineBuffer) -> [TextStyle] {
        var styles = [TextStyle](repeating: .plain, count: buffer.characters.count)
        if buffer.characters.first == "\\" || DotCommandLine.isDotCommand(buffer.text) {
            for place in 0..<(buffer.characters.firstIndex(of: " ") ?? styles.count) { styles[place] = .command }
            return styles
        }
        // Pieces are told in bytes.
        var ends: [Int] = []
        var offset = 0
        for character in buffer.characters {
            offset += character.utf8.count
            ends.append(offset)
        }
        var place = 0
        for piece in StatementCutter.pieces(buffer.text) {
            let style: TextStyle
            switch piece.kind {
            case .keyword: style = .term
            case .string: style = .string
            case .number: style = .number
            case .comment: style = .comment
            case .name, .other: continue
            }
            while place < ends.count, ends[place] <= piece.range.lowerBound { place += 1 }
            var painted = place
            while painted < ends.count, ends[painted] <= piece.range.upperBound {
                styles[painted] = style
                painted += 1
            }
        }
        return styles
    }
}
