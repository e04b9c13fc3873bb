import httpd

/// Cuts lines into queries and commands of the shell.
///
/// A query ends at the end of a line where nothing is open, unless the next line goes on with a call such as `.limit(3)`; or at a
/// semicolon, after which nobody waits for another line.
struct ScriptReader {
    enum Step: Equatable {
        case query(String)
        /// One of SQL, without its semicolon.
        case statement(String)
        /// A line that begins with a backslash, where statements are SQL.
        case backslash(String)
        case command(DotCommandLine)
    }

    private let nextLine: () throws -> String?
    /// Of the lines that are read next.
    var language: QueryLanguage
    private var line = 0
    private var ahead: String?
    private var ready: ArraySlice<(step: Step, line: Int)> = []

    /// - Parameter nextLine: the next line without its end, nil after the last.
    init(language: QueryLanguage = .reql, _ nextLine: @escaping () throws -> String?) {
        self.nextLine = nextLine
        self.language = language
    }

    init(text: String, language: QueryLanguage = .reql) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)[...]
        self.init(language: language) { lines.popFirst() }
    }

    /// Whether an entry can be run as it is.
    static func isComplete(_ text: String, _ language: QueryLanguage) -> Bool {
        guard language == .sql else { return QueryScanner.isComplete(text) }
        return DotCommandLine.isDotCommand(text) || isBackslash(text) || StatementCutter.cut(text).rest == nil
    }

    private static func isBackslash(_ text: String) -> Bool { text.drop(while: \.isWhitespace).first == "\\" }

    /// What comes next, and the line where it begins, from 1; nil at the end.
    mutating func next() throws -> (step: Step, line: Int)? {
        while ready.isEmpty {
            guard let text = try readLine() else { return nil }
            if text.allSatisfy(\.isWhitespace) { continue }
            if let command = DotCommandLine(text) { return (.command(command), line) }
            if language == .sql {
                if Self.isBackslash(text) { return (.backslash(String(text.drop(while: \.isWhitespace))), line) }
                try readStatements(text)
            } else {
                try readQuery(text)
            }
        }
        return ready.popFirst()
    }

    private mutating func readLine() throws -> String? {
        if let held = ahead {
            ahead = nil
            line += 1
            return held
        }
        guard let text = try nextLine() else { return nil }
        line += 1
        return text
    }

    /// Reads up to the end of the first line that ends a statement. A statement ends with a semicolon, or with the text.
    private mutating func readStatements(_ first: String) throws {
        var (start, text) = (line, first)
        var isAtEnd = false
        while true {
            // Nothing can end before a semicolon has come.
            if isAtEnd || text.contains(";") {
                let (statements, rest) = StatementCutter.cut(text)
                for part in statements { ready.append((.statement(part.text), start + part.lineCount)) }
                guard let rest else { return }
                if isAtEnd {
                    ready.append((.statement(rest.text), start + rest.lineCount))
                    return
                }
                (start, text) = (start + rest.lineCount, rest.text)
            }
            var more = ""
            while !more.contains(";") {
                guard let following = try readLine() else {
                    isAtEnd = true
                    break
                }
                more += "\n" + following
            }
            text += more
        }
    }

    private mutating func readQuery(_ first: String) throws {
        let start = line
        var text = first
        while true {
            if QueryScanner.isComplete(text) {
                if text.last(where: { !$0.isWhitespace }) == ";" { break }
                // A line of spaces ends a query too, so that somebody who writes into a pipe can have it run.
                guard let following = try readLine() else { break }
                guard Self.continues(following) else {
                    ahead = following
                    line -= 1
                    break
                }
                text += "\n" + following
            } else {
                guard let following = try readLine() else { break }
                text += "\n" + following
            }
        }
        for statement in QueryScanner.statements(of: text) {
            // Its line is that of its first word, so that places in it are places in the file.
            let skipped = statement.text.prefix(while: \.isWhitespace)
            let before = Array(text)[..<statement.start].count { $0.isNewline } + skipped.count { $0.isNewline }
            ready.append((.query(String(statement.text.dropFirst(skipped.count))), start + before))
        }
    }

    /// Whether a line goes on with a call.
    private static func continues(_ text: String) -> Bool {
        let text = text.drop(while: \.isWhitespace)
        return text.first == "." && !DotCommandLine.isDotCommand(String(text))
    }
}

/// The lines of a file, read as they are wanted.
final class LineReader {
    private let input: InputFile
    private var pending: [UInt8] = []
    private var isAtEnd = false
    private var line = 0

    init(_ input: InputFile) { self.input = input }

    func next() throws -> String? {
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                defer { pending.removeSubrange(...end) }
                return try text(pending[..<end])
            }
            if isAtEnd {
                guard !pending.isEmpty else { return nil }
                defer { pending = [] }
                return try text(pending[...])
            }
            guard pending.count <= 64 << 20 else { throw CommandError.failed("\(input.name), line \(line + 1): the line is too long.") }
            isAtEnd = try !input.appendPiece(to: &pending)
        }
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws -> String {
        line += 1
        var bytes = bytes.last == UInt8(ascii: "\r") ? bytes.dropLast() : bytes
        if line == 1, bytes.starts(with: InputFile.mark) { bytes = bytes.dropFirst(InputFile.mark.count) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw CommandError.failed("\(input.name), line \(line): this is not UTF-8.")
        }
        return text
    }
}
