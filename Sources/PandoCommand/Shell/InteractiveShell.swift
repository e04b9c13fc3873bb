import httpd

/// The shell at a terminal: reads entries with an editor, and runs them.
final class InteractiveShell {
    private let shell: Shell
    private let interrupter: Interrupter
    private let terminal: Terminal
    private var editor: LineEditor
    private var decoder = KeyDecoder()
    private var screen = ScreenWriter(width: 80, height: 24)
    private let showsColour = Style(isTerminal: true).isColoured
    private static let bracketedPaste = (on: "\u{1B}[?2004h", off: "\u{1B}[?2004l")
    /// How long the rest of a sequence that began with an escape byte may take, in milliseconds.
    private static let escapeTime: Int32 = 40
    /// How long a terminal must have kept its size before what it has wrapped anew is drawn: some tell of sizes long after they have changed.
    private static let resizeTime: Int32 = 300
    private var isResized = false

    init(_ shell: Shell, _ interrupter: Interrupter, on terminal: Terminal) {
        self.shell = shell
        self.interrupter = interrupter
        self.terminal = terminal
        editor = LineEditor(history: shell.state.readHistory())
        shell.state.trimHistory(editor.history)
    }

    /// Reads and runs until the person has enough, or the terminal goes away.
    func run() {
        while !shell.isFinished, !interrupter.isEnding, let entry = Style.isDumb ? readPlainEntry() : readEntry() {
            if editor.history.add(entry) { shell.state.remember(entry) }
            do throws(CommandError) { try shell.run(ScriptReader(text: entry, language: shell.language), source: nil) } catch {
                if !error.message.isEmpty { shell.console.complain(Style(isTerminal: true).red(error.message)) }
            }
        }
    }

    // MARK: Reading

    /// What the person enters; nil when there will be no more.
    private func readEntry() -> String? {
        editor.begin()
        if let size = terminal.size { screen = ScreenWriter(width: size.columns, height: size.rows) }
        terminal.enterRawMode()
        interrupter.forgetInterrupts()
        write(Self.bracketedPaste.on)
        defer {
            write(Self.bracketedPaste.off)
            terminal.leaveRawMode()
        }
        draw()
        while let keys = readKeys() {
            for (index, key) in keys.enumerated() {
                switch handle(key) {
                case .editing: break
                case .submitted(let text):
                    draw(final: true)
                    write(screen.finish())
                    // What was typed ahead is for the next entry.
                    typedAhead = Array(keys[(index + 1)...])
                    return text
                case .interrupted:
                    draw(final: true)
                    write(screen.finish())
                    editor.begin()
                case .endOfInput:
                    write(screen.finish())
                    return nil
                case .clearScreen: write(screen.clear())
                case .suspend: suspend()
                }
            }
            draw()
        }
        return nil
    }

    private var typedAhead: [Key] = []

    // MARK: Without an editor

    private enum PlainLine {
        case text(String)
        case interrupted
        case end
    }

    /// What has come from the terminal and is no line yet.
    private var plain: [UInt8] = []

    /// What the person enters at a terminal that can't move its cursor: lines, until they are a whole entry. Nil when there will be no more.
    private func readPlainEntry() -> String? {
        interrupter.forgetInterrupts()
        var entry = ""
        write(prompt)
        while true {
            switch readPlainLine() {
            case .end: return nil
            case .interrupted:
                entry = ""
                write("\n" + prompt)
            case .text(let line):
                entry += entry.isEmpty ? line : "\n" + line
                if ScriptReader.isComplete(entry, shell.language) { return entry }
                write("| ")
            }
        }
    }

    private func readPlainLine() -> PlainLine {
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            if let end = plain.firstIndex(of: 0x0A) {
                defer { plain.removeSubrange(...end) }
                return .text(String(decoding: plain[..<end], as: UTF8.self))
            }
            let ready = SystemCalls.waitReadable([terminal.file, interrupter.wakeFile], milliseconds: -1)
            if ready[1] {
                let signals = interrupter.takeSignals()
                if interrupter.isEnding { return .end }
                if signals.contains(Signals.interrupt) {
                    plain = []
                    return .interrupted
                }
            }
            guard ready[0] else { continue }
            guard let count = try? SystemCalls.read(terminal.file, into: &bytes, of: "the terminal"), count > 0 else {
                write("\n")
                return .end
            }
            plain += bytes[..<count]
        }
    }

    private func handle(_ key: Key) -> LineEditor.Outcome {
        let language = shell.language
        let completer = Completer(vocabulary: shell.vocabulary, language: language)
        return editor.handle(key, isComplete: { ScriptReader.isComplete($0, language) }, complete: completer.complete)
    }

    /// The next keys, maybe none; nil when the terminal is gone or the process is to end.
    private func readKeys() -> [Key]? {
        if !typedAhead.isEmpty {
            defer { typedAhead = [] }
            return typedAhead
        }
        while true {
            let time = decoder.isWaiting ? Self.escapeTime : isResized ? Self.resizeTime : -1
            let ready = SystemCalls.waitReadable([terminal.file, interrupter.wakeFile], milliseconds: time)
            if ready[1] {
                let signals = interrupter.takeSignals()
                if interrupter.isEnding { return nil }
                if signals.contains(Signals.windowChange) { isResized = true }
                if !ready[0], isResized { continue }
            }
            if isResized, let size = terminal.size { screen.resize(width: size.columns, height: size.rows) }
            isResized = false
            guard ready[0] else { return ready[1] ? [] : decoder.flush() }
            break
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        guard let count = try? SystemCalls.read(terminal.file, into: &bytes, of: "the terminal"), count > 0 else { return nil }
        return decoder.feed(bytes[..<count])
    }

    private func suspend() {
        write(screen.finish() + Self.bracketedPaste.off)
        terminal.leaveRawMode()
        Signals.suspendJob()
        terminal.enterRawMode()
        write(Self.bracketedPaste.on)
    }

    // MARK: Showing

    /// - Parameter final: as it stays on the screen, without what only helps with editing.
    private func draw(final: Bool = false) {
        var view = EditorView(
            prompt: prompt, continuation: String(repeating: " ", count: max(0, displayWidth(prompt) - 2)) + "| ",
            characters: editor.buffer.characters, styles: [], cursor: editor.buffer.cursor)
        if showsColour {
            let buffer = final ? LineBuffer(editor.buffer.text + " ") : editor.buffer
            view.styles = shell.language == .sql ? Highlighter.statementStyles(of: buffer) : Highlighter.styles(of: buffer)
        }
        if final {
            view.styles = Array(view.styles.prefix(view.characters.count))
            view.cursor = view.characters.count
        } else {
            if let search = editor.search {
                view.prompt = "\(search.part.isEmpty || search.place != nil ? "" : "no ")match for “\(search.part)”: "
            }
            view.notes = editor.notes
        }
        write(screen.draw(view, final: final))
    }

    private var prompt: String { shell.database + (shell.language == .sql ? "=> " : "> ") }

    private func write(_ text: String) {
        // When the terminal is gone, reading says so.
        try? SystemCalls.write(SystemCalls.standardOutput, text.utf8Span.span, to: "the terminal")
    }
}
