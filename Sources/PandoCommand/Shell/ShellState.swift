import Ground
import httpd

/// The state that the shell keeps from one session to the next: what was entered, and queries that were saved. In files of the person's
/// own; where these can't be read or written, nothing is kept, and nothing fails.
struct ShellState {
    private let historyPath: String?
    private let savedPath: String?

    /// `PANDO_HISTORY`, or `pando/history` below `XDG_STATE_HOME`; saved queries below `XDG_DATA_HOME`. An empty `PANDO_HISTORY` keeps
    /// none.
    ///
    /// - Parameter keepsHistory: whether what is entered may be kept: of an encrypted file it holds what only the file should.
    init(keepsHistory: Bool = true) {
        func folder(_ variable: String, _ fallback: String) -> String? {
            if let path = SystemCalls.environment(variable), path.hasPrefix("/") { return path }
            return SystemCalls.environment("HOME").flatMap { $0.isEmpty ? nil : "\($0)/\(fallback)" }
        }
        historyPath =
            !keepsHistory
            ? nil : SystemCalls.environment("PANDO_HISTORY") ?? folder("XDG_STATE_HOME", ".local/state").map { $0 + "/pando/history" }
        savedPath = folder("XDG_DATA_HOME", ".local/share").map { $0 + "/pando/queries.json" }
    }

    // MARK: History

    /// The file has an entry a line; line feeds are written `\n` and backslashes `\\`.
    func readHistory() -> History {
        guard let path = historyPath, path != "", let text = try? InputFile(path).readText() else { return History() }
        return History(text.split(separator: "\n").map { Self.unescaped($0) })
    }

    /// Adds an entry, unless it begins with a space or speaks of passwords.
    func remember(_ entry: String) {
        guard let path = historyPath, path != "", !entry.hasPrefix(" "), !entry.lowercased().containsPart("password") else { return }
        makeFolder(of: path)
        guard let file = try? SystemCalls.openForAppending(path) else { return }
        defer { SystemCalls.close(file) }
        try? SystemCalls.write(file, (Self.escaped(entry) + "\n").utf8Span.span, to: path)
    }

    /// Keeps the newest entries of a file that has grown long.
    func trimHistory(_ history: History) {
        guard let path = historyPath, path != "", let size = SystemCalls.byteCount(path), size > 1 << 20 else { return }
        let text = history.entries.suffix(History.maximumCount / 2).filter { !$0.lowercased().containsPart("password") }
            .map { Self.escaped($0) + "\n" }.joined()
        replace(path, with: text)
    }

    static func escaped(_ entry: String) -> String {
        var text = ""
        for character in entry { text += character == "\\" ? "\\\\" : character.isNewline ? "\\n" : String(character) }
        return text
    }

    static func unescaped(_ line: some StringProtocol) -> String {
        var text = ""
        var isEscape = false
        for character in line {
            if isEscape {
                text += character == "n" ? "\n" : String(character)
                isEscape = false
            } else if character == "\\" {
                isEscape = true
            } else {
                text.append(character)
            }
        }
        return text
    }

    // MARK: Saved queries

    func savedQueries() -> [(name: String, text: String)] { (try? readSavedQueries()) ?? [] }

    private func readSavedQueries() throws -> [(name: String, text: String)] {
        guard let path = savedPath, SystemCalls.byteCount(path) ?? 0 > 0 else { return [] }
        let text = try InputFile(path).readText()
        guard let all = try? Datum(json: text.utf8Span.span), all.kind == .object else {
            throw CommandError.failed("\(path) is no object of JSON, which saved queries are kept in; mend it, or take it away.")
        }
        return all.fields.map { ($0.key, $0.value.string ?? "") }
    }

    func save(_ text: String, as name: String) throws {
        guard let path = savedPath else { throw CommandError.failed("There is no place to keep it: HOME is not set.") }
        // What can't be read is not written over.
        var all = try readSavedQueries().filter { $0.name != name }
        all.append((name, text))
        let object = try Datum.object(all.map { ($0.name, Datum($0.text)) })
        makeFolder(of: path)
        guard replace(path, with: object.description + "\n") else { throw CommandError.failed("\(path) can't be written.") }
    }

    // MARK: Files

    @discardableResult
    private func replace(_ path: String, with text: String) -> Bool {
        let partial = path + ".partial"
        do throws(SystemError) {
            let file = try SystemCalls.openForReplacing(partial, mode: 0o600)
            defer { SystemCalls.close(file) }
            try SystemCalls.write(file, text.utf8Span.span, to: partial)
            try SystemCalls.rename(partial, to: path)
            return true
        } catch {
            SystemCalls.remove(partial)
            return false
        }
    }

    private func makeFolder(of path: String) {
        var place = path.startIndex
        while let slash = path[path.index(after: place)...].firstIndex(of: "/") {
            try? SystemCalls.makeDirectory(String(path[..<slash]))
            place = slash
        }
    }
}
