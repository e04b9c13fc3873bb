import httpd

extension Command {
    static let shell = Command(
        name: "shell",
        summary: "queries one after the other, with completion and history; or a script",
        positionals: [.fileOrServer],
        options: [
            .choice("mode", DotCommand.modes, "how rows are shown (default: table at a terminal, else json)"),
            .value("db", "NAME", "the database of r.table(…) without r.db(…) (default: the only one, else test)"),
            .flag("read-only", "open the file to read, also where nobody writes it"),
            .flag("create", "make the file if it is not there"),
        ] + Option.connecting(),
        discussion: """
            At a terminal: Tab completes terms and names, Ctrl-R searches the history, Ctrl-C stops a query, Ctrl-D ends, .help lists commands.
            A query goes on on further lines while its brackets are open. From a pipe or a file the lines are a script, which ends at the
            first error with its line and exit status 1. Another process that writes the file makes it open to read only, and so does a file
            that may not be written. Results longer than the screen go through PAGER. The history is kept in PANDO_HISTORY, else in
            ~/.local/state/pando/history; entries that begin with a space or speak of passwords are not.
            """,
        examples: [
            "pando shell app.pando", "pando shell app.pando --mode csv < report.reql", "echo .schema | pando shell app.pando",
            "pando shell --connect localhost:8080",
        ]
    ) { arguments, console in
        let terminal = Terminal(SystemCalls.standardInput)
        let interrupter = try Interrupter()
        // Before the file is opened, which starts threads.
        if terminal != nil { interrupter.watchSignals() }
        let session = try arguments.session(arguments.has("read-only") ? .reading : .whatIsFree, create: arguments.has("create"))
        if let reason = session.readOnlyReason { console.message("\(reason) So it is open to read only.") }
        let shell = Shell(
            session, console, interrupter, mode: arguments.value("mode").flatMap(ResultMode.init(rawValue:)),
            database: arguments.value("db"),
            isInteractive: terminal != nil)
        defer { shell.endRedirection() }
        if let terminal {
            console.message("Pando \(HTTPServer.version), \(session.name). Type .help for help, Ctrl-D to quit.")
            InteractiveShell(shell, interrupter, on: terminal).run()
        } else {
            let lines = LineReader(try InputFile("-"))
            do { try shell.run(ScriptReader { try lines.next() }, source: "standard input") } catch {
                // A transaction at a server would stay open without its client.
                try? session.close()
                throw error
            }
        }
        try session.close()
    }
}
