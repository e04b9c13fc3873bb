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
        try command.run(self, line)
    }

    func showHelp(about word: String?) throws {
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

    func use(_ name: String?) throws {
        guard let name else { return try printLine(database) }
        let names = try session.ask("r.dbList()").elements.compactMap(\.string)
        guard names.contains(name) else { throw CommandError.failed("There is no database \(name).\(suggestion(for: name, among: names))") }
        database = name
    }

    func setMode(_ word: String?) throws {
        guard let word else { return try printLine(mode.rawValue) }
        guard let mode = ResultMode(rawValue: word) else {
            let near = suggestion(for: word, among: DotCommand.modes)
            throw CommandError.failed("The modes are \(DotCommand.modes.joined(separator: ", ")), not “\(word)”.\(near)")
        }
        self.mode = mode
    }

    func setTimer(_ word: String?) throws {
        switch word {
        case "on": showsTime = true
        case "off": showsTime = false
        case nil: try printLine(showsTime ? "on" : "off")
        default: throw CommandError.failed("It is written .timer on or .timer off")
        }
    }

    func redirect(to path: String?) throws {
        endRedirection()
        guard let path else { return }
        // The session's own file is told by its name: a second opening of it is nothing to begin here.
        let isOwn = (session as? FileSession).map { SystemCalls.isSameFile($0.name, path) } ?? false
        if isOwn || SystemCalls.byteCount(path) ?? 0 > 0 && Catalog.isDatabaseFile(path) {
            throw CommandError.failed("\(path) is a database file, which results don't go into; name another.")
        }
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

    // MARK: Transactions

    func begin() throws {
        guard !session.hasTransaction else { throw CommandError.failed("A transaction is open already; .commit or .rollback ends it.") }
        try session.begin()
    }

    func end(commits: Bool) throws {
        guard session.hasTransaction else { throw CommandError.failed("No transaction is open; .begin begins one.") }
        vocabulary.forget()
        try session.end(commits: commits)
    }

    // MARK: Plans

    func explain(_ text: String) throws {
        guard let query = text.isEmpty ? lastQuery : text else { throw CommandError.failed("No query has been run yet.") }
        if language == .sql {
            explains = true
            defer { explains = false }
            return try runStatement(query, line: 1, source: nil)
        }
        let tree = try TermTree(text: query)
        do {
            let plan = try stoppable { stopper in try session.explain(tree, database: database, stopper: stopper) }
            try withOutput { sink, _ in try sink.write(plan.description) }
        } catch let error as ReQLError {
            throw CommandError.failed([error.message, tree.snippet(markedAt: error.frames)].compactMap { $0 }.joined(separator: "\n"))
        }
    }

    // MARK: Saved queries

    func save(_ text: String, as name: String) throws {
        guard name.allSatisfy({ $0.isWord || $0 == "-" }) else { throw CommandError.failed("A name is of letters, digits, _ and -.") }
        guard let query = text.isEmpty ? lastQuery : text else { throw CommandError.failed("No query has been run yet.") }
        if language == .reql { _ = try TermTree(text: query) }  // what can't be run is not kept
        try state.save(query, as: name)
    }

    func runSaved(_ name: String?) throws {
        let saved = state.savedQueries()
        guard let name else {
            var table = TextTable(["name", "query"])
            for one in saved { table.add([one.name, one.text]) }
            return try printTable(table)
        }
        guard let query = saved.first(where: { $0.name == name }) else {
            throw CommandError.failed("No query is saved as \(name).\(suggestion(for: name, among: saved.map(\.name)))")
        }
        try language == .sql ? runStatement(query.text, line: 1, source: nil) : runQuery(query.text, line: 1, source: nil)
    }

    // MARK: Documents in and out

    func importDocuments(from path: String, into text: String) throws {
        let name = try tableName(text)
        _ = try session.requiredTable(name)
        defer { vocabulary.forget() }
        try stoppable { stopper in
            var settings = ImportSettings()
            settings.stopper = stopper
            try session.importDocuments(from: try Command.documentSource(path), into: name, settings, console)
        }
    }

    func dump(to path: String) throws {
        guard !SystemCalls.isTaken(path) else { throw CommandError.failed("\(path) exists already.") }
        var tally = ArchiveTally(console)
        let summary = try stoppable { stopper in
            try session.dump(to: path, stopper: stopper) { step throws(CatalogError) in try tally.show(step) }
        }
        tally.finish()
        console.finishArchive(summary, "Dumped", to: session.isEncrypted ? "\(path), under the file's keys" : path)
    }

    /// `DB.TABLE`, or a table of the database in use.
    func tableName(_ text: String) throws -> TableName {
        text.contains(".") ? try TableName(text) : try TableName("\(database).\(text)")
    }
}
