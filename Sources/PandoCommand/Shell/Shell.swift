import Ground
import httpd

/// One run of `pando shell`: settings, and what queries and commands do. Where lines come from is somebody else's: see
/// ``InteractiveShell``.
final class Shell {
    let session: any Session
    let console: Console
    let state: ShellState
    let vocabulary: SessionVocabulary
    let isInteractive: Bool
    var mode: ResultMode
    var showsTime = false
    var isFinished = false
    var language: QueryLanguage
    /// Values for the parameters of statements.
    var parameters = StatementParameters.none
    /// Whether statements are explained and not run.
    var explains = false
    /// The query that ran last, for `.save`.
    var lastQuery: String?
    /// Where results go after `.output FILE`.
    var redirection: (sink: ByteSink, file: Int32)?
    private let interrupter: Interrupter
    /// Files that `.read` is in, so that none reads itself for ever.
    private var readDepth = 0

    init(
        _ session: any Session, _ console: Console, _ interrupter: Interrupter, mode: ResultMode?, database: String?, isInteractive: Bool,
        language: QueryLanguage = .reql
    ) {
        self.language = language
        self.session = session
        self.console = console
        self.interrupter = interrupter
        self.isInteractive = isInteractive
        self.mode = mode ?? (console.isOutputTerminal ? .table : .json)
        state = ShellState(keepsHistory: !session.isEncrypted)
        vocabulary = SessionVocabulary(session, state)
        self.database = database ?? Self.onlyDatabase(of: session)
        vocabulary.defaultDatabase = self.database
    }

    /// The database of tables that name none.
    var database: String {
        didSet { vocabulary.defaultDatabase = database }
    }

    /// The one database that there is, else `test`.
    private static func onlyDatabase(of session: any Session) -> String {
        let names = (try? session.ask("r.dbList()").elements.compactMap(\.string).filter { $0 != "rethinkdb" }) ?? []
        return names.count == 1 ? names[0] : "test"
    }

    var style: Style { Style(isTerminal: console.isOutputTerminal && redirection == nil) }

    // MARK: Running

    /// Runs the queries and commands of a text, up to the first that fails.
    /// - Parameter source: what its lines are lines of, for messages; nil where the person sees them.
    func run(_ reader: ScriptReader, source: String?) throws(CommandError) {
        var reader = reader
        while !isFinished {
            let next: (step: ScriptReader.Step, line: Int)?
            reader.language = language
            do { next = try reader.next() } catch { throw CommandError(error) }
            guard let (step, line) = next else { return }
            do {
                switch step {
                case .query(let text): try runQuery(text, line: line, source: source)
                case .statement(let text): try runStatement(text, line: line, source: source)
                case .backslash(let command): try runBackslash(command, source: nil)
                case .command(let command): try run(command)
                }
                // What a script has printed is seen while it runs.
                try console.output.flush()
            } catch let error as QuerySyntaxError {
                throw .failed(syntaxMessage(error, line: line, source: source))
            } catch {
                let failure = CommandError(error)
                guard let source, failure.status != .readerLeft, !failure.message.hasPrefix(source) else { throw failure }
                throw .failed("\(source), line \(line): \(failure.message)")
            }
        }
    }

    private func syntaxMessage(_ error: QuerySyntaxError, line: Int, source: String?) -> String {
        let column = error.column
        guard let source else { return "column \(column): \(error.message)\n\(error.snippet)" }
        return "\(source), line \(line + error.line - 1), column \(column): \(error.message)\n\(error.snippet)"
    }

    func runQuery(_ text: String, line: Int, source: String?) throws {
        lastQuery = text
        let tree = try TermTree(text: text)
        vocabulary.forget()
        let started = ContinuousClock.now
        do {
            let count = try stoppable { stopper in
                try showing(try session.start(tree, database: database, stopper: stopper))
            }
            if showsTime {
                let rows = count.map { counted($0, "row") + " in " } ?? ""
                console.message(style.faint("\(rows)\(decimal(secondsSince(started) * 1000, 1)) ms"))
            }
        } catch let error as ReQLError {
            throw CommandError.failed([error.message, tree.snippet(markedAt: error.frames)].compactMap { $0 }.joined(separator: "\n"))
        }
    }

    /// Does something that Ctrl-C stops.
    func stoppable<Result>(_ body: (Stopper) throws -> Result) throws -> Result { try interrupter.stoppable(body) }

    // MARK: Output

    /// Shows an answer where results go now.
    private func showing(_ answer: SessionAnswer) throws -> Int? {
        var isFeed = false
        if case .rows(let rows) = answer { isFeed = rows.isFeed }
        return try withOutput(paged: !isFeed) { sink, width in
            try ResultPrinter(mode: mode, sink: sink, style: style, width: width).print(answer)
        }
    }

    /// Has `body` write to the screen, by a pager if that is too small, or to where `.output` said.
    func withOutput<Result>(paged: Bool = true, _ body: (ByteSink, Int?) throws -> Result) throws -> Result {
        if let sink = redirection?.sink {
            let outcome = Swift.Result { try body(sink, nil) }
            // What came before an error is there too; a file that takes no more is an error itself.
            let flushing = Swift.Result { try sink.flush() }
            let result = try outcome.get()
            try flushing.get()
            return result
        }
        guard isInteractive, paged, !Style.isDumb, let size = Terminal(SystemCalls.standardOutput)?.size,
            let pages = PagedOutput(rows: size.rows, columns: size.columns)
        else {
            let result = try body(console.output, console.outputWidth)
            try console.output.flush()
            return result
        }
        let sink = ByteSink { (bytes) throws(SystemError) in try pages.write(bytes) }
        let outcome = Swift.Result { try body(sink, size.columns) }
        try? sink.flush()
        try? pages.finish()
        if case .failure(let error) = outcome, (error as? CommandError)?.status == .readerLeft {
            // The person left the pager before the end.
            throw CommandError.failed("")
        }
        return try outcome.get()
    }

    func printTable(_ table: TextTable) throws {
        try withOutput { sink, width in
            for line in table.lines(style: style, width: width) { try sink.write(line + "\n") }
        }
    }

    func printLine(_ text: String) throws {
        try withOutput { sink, _ in try sink.write(text + "\n") }
    }

    /// Runs a file.
    func read(_ path: String) throws {
        guard readDepth < 16 else { throw CommandError.failed("Files read each other more than 16 deep.") }
        readDepth += 1
        defer { readDepth -= 1 }
        let lines = LineReader(try InputFile(path))
        try run(ScriptReader(language: language) { try lines.next() }, source: path)
    }
}
