import httpd

/// The style in which a character of a query is shown.
enum TextStyle: String {
    case plain = "0"
    case term = "36"
    case string = "32"
    case number = "33"
    case word = "35"
    case comment = "2"
    case command = "1"
    case wrong = "31"
    case bracket = "1;4"
}

/// The choice of a style for each character of a query.
enum Highlighter {
    static func styles(of buffer: LineBuffer) -> [TextStyle] {
        var styles = [TextStyle](repeating: .plain, count: buffer.characters.count)
        func paint(_ range: Range<Int>, _ style: TextStyle) { for place in range { styles[place] = style } }
        if DotCommandLine.isDotCommand(buffer.text) {
            paint(0..<(buffer.characters.firstIndex(of: " ") ?? buffer.characters.count), .command)
            return styles
        }
        let tokens = QueryScanner.tokens(of: buffer.characters)
        for (index, token) in tokens.enumerated() {
            switch token.kind {
            case .string(let isClosed): paint(token.range, isClosed || token.text.hasPrefix("`") ? .string : .wrong)
            case .comment: paint(token.range, .comment)
            case .number: paint(token.range, .number)
            case .identifier:
                if ["true", "false", "null", "function", "return", "undefined"].contains(token.text) {
                    paint(token.range, .word)
                } else if index > 0, tokens[index - 1].is(".") {
                    let isTerm = TermType(name: token.text) != nil || token.text == "expr"
                    let isFinished = token.range.upperBound < buffer.cursor
                    paint(token.range, isTerm ? .term : isFinished ? .wrong : .plain)
                }
            case .symbol: break
            }
        }
        for place in brackets(at: buffer.cursor, tokens) { styles[place] = .bracket }
        for place in unopened(tokens) { styles[place] = .wrong }
        return styles
    }

    /// The bracket before the cursor and its partner.
    private static func brackets(at cursor: Int, _ tokens: [QueryScanner.Token]) -> [Int] {
        guard let index = tokens.firstIndex(where: { $0.range.upperBound == cursor && $0.kind == .symbol }),
            [")", "]", "}"].contains(tokens[index].text)
        else { return [] }
        var depth = 0
        for token in tokens[...index].reversed() where token.kind == .symbol {
            if [")", "]", "}"].contains(token.text) { depth += 1 }
            if ["(", "[", "{"].contains(token.text) { depth -= 1 }
            if depth == 0 { return [token.range.lowerBound, cursor - 1] }
        }
        return []
    }

    /// Closing brackets that close nothing, or something else.
    private static func unopened(_ tokens: [QueryScanner.Token]) -> [Int] {
        var open: [String] = []
        var places: [Int] = []
        for token in tokens where token.kind == .symbol {
            switch token.text {
            case "(": open.append(")")
            case "[": open.append("]")
            case "{": open.append("}")
            case ")", "]", "}":
                if open.last == token.text { open.removeLast() } else { places.append(token.range.lowerBound) }
            default: break
            }
        }
        return places
    }
}
