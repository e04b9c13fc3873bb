import httpd

// What the commands of the shell do.
extension Shell {
    func run(_ line: DotCommandLine) throws {
        let command = try DotCommand.find(line.name)
        guard line.words.count >= command.requiredCount else {
            throw CommandError.failed("It is written .\(command.name) \(command.synopsis)")
        }
        if !command.arguments.contains(.query), line.words.count > command.arguments.count {
            throw CommandError.failed("There is a word too many: it is written .\(command.name) \(command.synopsis)")
        }
        let word = line.words.first
        switch command.name {
        case "help": try showHelp(about: word)
        case "databases": try listDatabases()
        case "tables": try listTables(of: word ?? database)
        case "indexes": try listIndexes(of: word)
        case "schema": try showSchema(of: word)
        case "stats": try showStatistics()
        case "use": try use(word)
        case "mode": try setMode(word)
        case "explain": try explain(line.allBehindName)
        case "timer": try setTimer(word)
        case "read": try read(line.words[0])
        case "output": try redirect(to: word)
        case "import": try importDocuments(from: line.words[0], into: line.words[1])
        case "dump": try dump(to: line.words[0])
        case "save": try save(line.query, as: line.words[0])
        case "run": try runSaved(word)
        default: isFinished = true
        }
    }

    private func showHelp(about word: String?) throws {
        var shown = DotCommand.all
        if let word {
            shown = shown.filter { ".\($0.name) \($0.summary)".lowercased().containsPart(word.lowercased()) }
            guard !shown.isEmpty else { throw CommandError.failed("No command has to do with “\(word)”. .help lists them all.") }
        }
        var table = TextTable(["command", "what it does"])
        for command in shown { table.add([".\(command.name) \(command.synopsis)", command.summary]) }
        try printTable(table)
        guard word == nil else { return }
        try printLine("\nAnything else is a query, such as r.table(\"users\").limit(5); it ends where its brackets do, or at a semicolon.")
        if isInteractive {
            try printLine(
                "Tab completes, Ctrl-R searches what was entered before, Alt-Enter begins a line, Ctrl-C stops a query, Ctrl-D ends.")
        }
    }

    // MARK: Settings

    private func use(_ name: String?) throws {
        guard let name else { return try printLine(database) }
        let names = try session.ask("r.dbList()").elements.compactMap(\.string)
        guard names.contains(name) else { throw CommandError.failed("There is no database \(name).\(suggestion(for: name, among: names))") }
        database = name
    }

    private func setMode(_ word: String?) throws {
        guard let word else { return try printLine(mode.rawValue) }
        guard let mode = ResultMode(rawValue: word) else {
            let near = suggestion(for: word, among: DotCommand.modes)
            throw CommandError.failed("The modes are \(DotCommand.modes.joined(separator: ", ")), not “\(word)”.\(near)")
        }
        self.mode = mode
    }

    private func setTimer(_ word: String?) throws {
        switch word {
        case "on": showsTime = true
        case "off": showsTime = false
        case nil: try printLine(showsTime ? "on" : "off")
        default: throw CommandError.failed("It is written .timer on or .timer off")
        }
    }

    private func redirect(to path: String?) throws {
        endRedirection()
        guard let path else { return }
        let file: Int32
        do { file = try SystemCalls.openForReplacing(path) } catch { throw CommandError.failed("\(error)") }
        redirection = (ByteSink(file: file, name: path), file)
    }

    func endRedirection() {
        guard let (sink, file) = redirection else { return }
        try? sink.flush()
        SystemCalls.close(file)
        redirection = nil
    }

    // MARK: Plans

    private func explain(_ text: String) throws {
        guard let query = text.isEmpty ? lastQuery : text else { throw CommandError.failed("No query has been run yet.") }
        let tree = try TermTree(text: query)
        do {
            let plan = try stoppable { stopper in try session.explain(tree, database: database, stopper: stopper) }
            try withOutput { sink, _ in try sink.write(plan.description) }
        } catch let error as ReQLError {
            throw CommandError.failed([error.message, tree.snippet(markedAt: error.frames)].compactMap { $0 }.joined(separator: "\n"))
        }
    }

    // MARK: Saved queries

    private func save(_ text: String, as name: String) throws {
        guard name.allSatisfy({ $0.isWord || $0 == "-" }) else { throw CommandError.failed("A name is of letters, digits, _ and -.") }
        guard let query = text.isEmpty ? lastQuery : text else { throw CommandError.failed("No query has been run yet.") }
        _ = try TermTree(text: query)  // what can't be run is not kept
        try state.save(query, as: name)
    }

    private func runSaved(_ name: String?) throws {
        let saved = state.savedQueries()
        guard let name else {
            var table = TextTable(["name", "query"])
            for one in saved { table.add([one.name, one.text]) }
            return try printTable(table)
        }
        guard let query = saved.first(where: { $0.name == name }) else {
            throw CommandError.failed("No query is saved as \(name).\(suggestion(for: name, among: saved.map(\.name)))")
        }
        try runQuery(query.text, line: 1, source: nil)
    }

    // MARK: Documents in and out

    private func importDocuments(from path: String, into text: String) throws {
        let name = try tableName(text)
        _ = try session.requiredTable(name)
        let source = try Command.documentSource(path)
        defer { vocabulary.forget() }
        if let server = session as? ServerSession {
            var importer = try ServerImporter(session: server, table: name, conflict: .error, skipsBad: false, console: console)
            var failure: (any Error)?
            do { try importer.run(source) } catch { failure = error }
            try importer.report(asJSON: false)
            if let failure { throw failure }
        }
        guard let catalog = (session as? FileSession)?.pando.catalog else { return }
        var importer = Importer(
            catalog: catalog, table: try catalog.snapshot().requiredTable(name), conflict: .error, skipsBad: false, console: console,
            progress: Progress(console, "documents"))
        let failure = importer.run(source, named: source.input.name)
        try catalog.sync()
        try importer.report(asJSON: false)
        if let failure { throw failure }
    }

    private func dump(to path: String) throws {
        guard let catalog = (session as? FileSession)?.pando.catalog else {
            throw CommandError.failed("An archive is made where the file is: pando dump FILE, also while it is served.")
        }
        guard !SystemCalls.exists(path) else { throw CommandError.failed("\(path) exists already.") }
        var tally = ArchiveTally(console)
        let summary = try stoppable { stopper in
            try catalog.snapshot().dump(toFile: path, overwriting: false, compression: nil) { step throws(CatalogError) in
                if stopper.isStopped { throw CatalogError(.cancelled, "Stopped.") }
                try tally.show(step)
            }
        }
        tally.finish()
        console.finishArchive(summary, "Dumped", to: path)
    }

    /// `DB.TABLE`, or a table of the database in use.
    func tableName(_ text: String) throws -> TableName {
        text.contains(".") ? try TableName(text) : try TableName("\(database).\(text)")
    }
}
