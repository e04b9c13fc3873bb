/// A command of the shell itself, such as `.tables`: what it takes and what it does, stated once for the parser, for completion and for
/// `.help`.
struct DotCommand: Sendable {
    enum Argument: Sendable, Equatable {
        case database, table, file, saved, other
        case choice([String])
        /// All the rest of the line.
        case query
    }

    let name: String
    var arguments: [Argument] = []
    /// How many of the arguments must be given.
    var requiredCount = 0
    /// What stands behind the name in `.help`.
    var synopsis = ""
    let summary: String
    /// Does the work. At least ``requiredCount`` words are there, and no more than it takes.
    let run: @Sendable (Shell, DotCommandLine) throws -> Void

    static let modes = ["table", "aligned", "tree", "json", "ndjson", "csv"]

    static let all = [
        DotCommand(name: "help", arguments: [.other], synopsis: "[WORD]", summary: "these commands, or those that have to do with a word") {
            try $0.showHelp(about: $1.words.first)
        },
        DotCommand(name: "databases", summary: "the databases with their tables counted") { shell, _ in try shell.listDatabases() },
        DotCommand(name: "tables", arguments: [.database], synopsis: "[DB]", summary: "the tables with their documents counted") {
            try $0.listTables(of: $1.words.first ?? $0.database)
        },
        DotCommand(name: "indexes", arguments: [.table], synopsis: "[[DB.]TABLE]", summary: "the secondary indexes") {
            try $0.listIndexes(of: $1.words.first)
        },
        DotCommand(
            name: "schema", arguments: [.table], synopsis: "[[DB.]TABLE]", summary: "keys, indexes, and the fields that documents have"
        ) { try $0.showSchema(of: $1.words.first) },
        DotCommand(name: "stats", summary: "the file: sizes, pages, commits") { shell, _ in try shell.showStatistics() },
        DotCommand(name: "use", arguments: [.database], synopsis: "[DB]", summary: "the database of r.table(…) without r.db(…)") {
            try $0.use($1.words.first)
        },
        DotCommand(name: "sql", arguments: [.query], synopsis: "[STATEMENT]", summary: "queries are SQL from here on; or one statement") {
            try $0.speak(.sql, $1.allBehindName)
        },
        DotCommand(name: "reql", arguments: [.query], synopsis: "[QUERY]", summary: "queries are ReQL from here on; or one query") {
            try $0.speak(.reql, $1.allBehindName)
        },
        DotCommand(name: "begin", summary: "begin a transaction, which queries are part of from here on") { shell, _ in try shell.begin() },
        DotCommand(name: "commit", summary: "make all that was done in the transaction visible") { shell, _ in try shell.end(commits: true)
        },
        DotCommand(name: "rollback", summary: "undo all that was done in the transaction") { shell, _ in try shell.end(commits: false) },
        DotCommand(name: "mode", arguments: [.choice(modes)], synopsis: "[\(modes.joined(separator: "|"))]", summary: "how rows are shown")
        {
            try $0.setMode($1.words.first)
        },
        DotCommand(
            name: "explain", arguments: [.query], synopsis: "[QUERY]",
            summary: "how a query, or the last one, is answered; it runs, and what it writes is rolled back"
        ) { try $0.explain($1.allBehindName) },
        DotCommand(name: "timer", arguments: [.choice(["on", "off"])], synopsis: "[on|off]", summary: "say how long a query took") {
            try $0.setTimer($1.words.first)
        },
        DotCommand(name: "read", arguments: [.file], requiredCount: 1, synopsis: "FILE", summary: "run the queries and commands of a file")
        {
            try $0.read($1.words[0])
        },
        DotCommand(name: "output", arguments: [.file], synopsis: "[FILE]", summary: "write results to a file; without one here again") {
            try $0.redirect(to: $1.words.first)
        },
        DotCommand(
            name: "import", arguments: [.file, .table], requiredCount: 2, synopsis: "FILE [DB.]TABLE",
            summary: "documents from JSON, NDJSON or CSV, by the file's name"
        ) { try $0.importDocuments(from: $1.words[0], into: $1.words[1]) },
        DotCommand(name: "dump", arguments: [.file], requiredCount: 1, synopsis: "ARCHIVE", summary: "everything into an archive") {
            try $0.dump(to: $1.words[0])
        },
        DotCommand(
            name: "save", arguments: [.saved, .query], requiredCount: 1, synopsis: "NAME [QUERY]", summary: "keep a query, or the last one"
        ) { try $0.save($1.query, as: $1.words[0]) },
        DotCommand(name: "run", arguments: [.saved], synopsis: "[NAME]", summary: "run a query that was kept, or list them") {
            try $0.runSaved($1.words.first)
        },
        DotCommand(name: "quit", summary: "end; so does Ctrl-D") { shell, _ in shell.isFinished = true },
    ]

    /// The command of that name, or of which it is the only possible beginning.
    static func find(_ name: String) throws(CommandError) -> DotCommand {
        if let command = all.first(where: { $0.name == name }) { return command }
        if name == "exit" || name == "q" { return try find("quit") }
        let fitting = all.filter { !name.isEmpty && $0.name.hasPrefix(name) }
        if fitting.count == 1 { return fitting[0] }
        throw .usage("There is no command .\(name).\(suggestion(for: name, among: all.map(\.name), prefix: ".")) .help lists them all.")
    }
}

/// A line that is for the shell: a point, and a word with no bracket behind it (that would be a call that goes on from the line before).
struct DotCommandLine: Equatable {
    let name: String
    /// What stands behind the name. Quotes keep words together.
    let words: [String]
    /// What stands behind the name, as it is.
    private let rest: Substring

    init?(_ text: String) {
        let text = text.drop(while: \.isWhitespace)
        guard text.first == "." else { return nil }
        let name = text.dropFirst().prefix(while: \.isWord)
        rest = text.dropFirst(name.count + 1)
        guard rest.first?.isWhitespace ?? true else { return nil }
        self.name = String(name)
        words = Self.split(rest)
    }

    static func isDotCommand(_ text: String) -> Bool { DotCommandLine(text) != nil }

    /// All that stands behind the name.
    var allBehindName: String { String(rest.drop(while: \.isWhitespace)) }

    /// What stands behind the first word.
    var query: String {
        let start = rest.drop(while: \.isWhitespace).drop { !$0.isWhitespace }
        return String(start.drop(while: \.isWhitespace))
    }

    private static func split(_ text: Substring) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        for character in text {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "\"" || character == "'" {
                (quote, word) = (character, word ?? "")
            } else if character.isWhitespace {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }
}
