import httpd

extension Command {
    static let sql = Command(
        name: "sql",
        summary: "statements of SQL; without one at a terminal, the shell in SQL",
        positionals: [
            .fileOrServer,
            Positional(
                name: "STATEMENT", presence: .optional, help: "one statement, or several with ; between; - reads them from standard input"),
        ],
        options: [
            .choice("format", DotCommand.modes, "how rows are written; aligned is psql's (default: table)"),
            .value("db", "NAME", "the database (default: the only one, else test)"),
            .value("param", "NAME=VALUE", repeatable: true, "a value for :NAME; without NAME= the next one of $1, $2, …"),
            .flag("explain", "how a query is answered, in place of what; with --format json as JSON"),
            .value("file", short: "f", "SCRIPT", "run the statements of a file"),
        ] + Option.connecting(),
        discussion: """
            A VALUE that is JSON (5, true, null, "5", [1, 2]) is that value, anything else a text; it is never read as SQL. Between statements, on lines of
            their own, stand \\d (tables), \\d NAME (columns and indexes), \\dt, \\di, \\l (databases), \\c NAME (another database) and \\q. A script ends
            at the first error, with its line and exit status 1. BEGIN … COMMIT needs the file itself: at a server each statement is a request.
            """,
        examples: [
            "pando sql app.pando 'SELECT name, age FROM users WHERE age > 30 ORDER BY name'",
            "pando sql app.pando --param age=30 'SELECT count(*) FROM users WHERE age > :age'",
            "pando sql app.pando --format csv 'SELECT city, count(*) FROM users GROUP BY city' > cities.csv",
            "pando sql app.pando --db app -f schema.sql", "pando sql --connect localhost:8080 --db app '\\dt'",
        ]
    ) { arguments, console in
        let statement = arguments.positional("STATEMENT")
        let path = arguments.value("file")
        if statement != nil, path != nil { throw CommandError.usage("Say either a statement or --file.") }
        let explains = arguments.has("explain")
        let mode = arguments.value("format").flatMap(ResultMode.init(rawValue:)) ?? .table
        if explains, statement == nil || statement == "-" { throw CommandError.usage("--explain goes with a statement.") }
        let parameters = try StatementParameters(arguments.list("param"))

        let fromTerminal = statement == nil && path == nil
        let terminal = fromTerminal ? Terminal(SystemCalls.standardInput) : nil
        let interrupter = try Interrupter()
        // Before the file is opened, which starts threads.
        if terminal != nil { interrupter.watchSignals() }
        let text = path != nil ? try InputFile(path ?? "").readText() : statement == "-" ? nil : statement
        let access: FileSession.Access = text.map { StatementCutter.mayWrite($0) ? .writing : .reading } ?? .whatIsFree
        let session = try arguments.session(explains ? .reading : access)
        let shell = Shell(
            session, console, interrupter, mode: mode, database: arguments.value("db"), isInteractive: terminal != nil, language: .sql)
        shell.parameters = parameters
        shell.explains = explains
        defer { shell.endRedirection() }
        if let terminal {
            console.message("Pando \(HTTPServer.version), \(session.name). \\? helps, Ctrl-D ends.")
            InteractiveShell(shell, interrupter, on: terminal).run()
        } else if let text {
            try shell.run(ScriptReader(text: text, language: .sql), source: path)
        } else {
            let lines = LineReader(try InputFile("-"))
            try shell.run(ScriptReader(language: .sql) { try lines.next() }, source: "standard input")
        }
        try session.close()
    }
}
