/// The command's way to people and to pipes: data to standard output, everything else to standard error.
final class Console {
    let output = ByteSink(file: SystemCalls.standardOutput, name: "standard output")
    let isQuiet: Bool
    /// Whether a person watches standard error.
    let isErrorTerminal = SystemCalls.isTerminal(SystemCalls.standardError)
    let isOutputTerminal = SystemCalls.isTerminal(SystemCalls.standardOutput)
    /// Whether a line there can be changed.
    var hasChangingLine: Bool { isErrorTerminal && !Style.isDumb }
    /// Whether a person can be asked.
    var canAsk: Bool { isErrorTerminal && SystemCalls.isTerminal(SystemCalls.standardInput) }

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    /// Columns to lay a table out in; `nil` if the output is not a terminal, where nothing is cut.
    var outputWidth: Int? { isOutputTerminal ? SystemCalls.terminalWidth(SystemCalls.standardOutput) : nil }

    /// A line of data.
    func line(_ text: String = "") throws(CommandError) { try output.write(text + "\n") }

    /// A line for people; not with `--quiet`.
    func message(_ text: String) {
        if !isQuiet { complain(text) }
    }

    /// A line for people, whatever was asked for.
    func complain(_ text: String) {
        // Whoever closed standard error does not want to know.
        try? SystemCalls.write(SystemCalls.standardError, (text + "\n").utf8Span.span, to: "standard error")
    }

    /// Text on the line where the cursor stands, without going on to the next.
    func partialLine(_ text: String) {
        try? SystemCalls.write(SystemCalls.standardError, text.utf8Span.span, to: "standard error")
    }

    /// Makes sure that a person means it, before something is dropped or overwritten: `--force` or the name typed at a prompt.
    /// - Parameter what: what would happen, such as "drops the database app with its 3 tables".
    func confirm(_ what: String, name: String, force: Bool) throws(CommandError) {
        if force { return }
        guard canAsk else { throw .failed("This \(what). Say --force if that is meant.") }
        partialLine("This \(what).\nType \(name) to go on: ")
        guard let answer = readInputLine(), answer == name else { throw .failed("Nothing was changed.") }
    }

    private func readInputLine() -> String? {
        var line: [UInt8] = []
        var byte: [UInt8] = [0]
        while let count = try? SystemCalls.read(SystemCalls.standardInput, into: &byte, of: "standard input"), count == 1 {
            if byte[0] == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
            line.append(byte[0])
        }
        return nil
    }
}

/// Bold, faint and coloured text, where a terminal shows it and `NO_COLOR` does not forbid it.
struct Style {
    /// Whether anything is coloured at all.
    let isColoured: Bool
    /// Whether the terminal prints whatever it is sent, one line after the other.
    static var isDumb: Bool { SystemCalls.environment("TERM") == "dumb" }

    init(isTerminal: Bool) {
        let forbidden = SystemCalls.environment("NO_COLOR").map { !$0.isEmpty } ?? false
        isColoured = isTerminal && !forbidden && !Self.isDumb
    }

    func bold(_ text: String) -> String { wrapped(text, "1") }
    func faint(_ text: String) -> String { wrapped(text, "2") }
    func red(_ text: String) -> String { wrapped(text, "31") }
    func green(_ text: String) -> String { wrapped(text, "32") }
    func cyan(_ text: String) -> String { wrapped(text, "36") }

    private func wrapped(_ text: String, _ code: String) -> String { isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
