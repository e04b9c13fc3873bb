import httpd

extension Command {
    static let restore = Command(
        name: "restore",
        summary: "an archive back into a file",
        positionals: [
            Positional(name: "FILE", help: "the database file; made if it is not there"),
            Positional(name: "ARCHIVE", help: "what pando dump or rethinkdb dump made; - is standard input"),
        ],
        options: [
            .value("import", short: "i", "DB[.TABLE]", repeatable: true, "only this; may be given more than once"),
            .flag("force", "write into tables that exist: the archive's rows replace those with the same keys"),
            .flag("continue", "go on after an interruption: tables that have come from this archive already stay as they are"),
        ] + KeyOptions.options("archive-", "the key of an encrypted ARCHIVE, if it is another one than FILE's,").dropLast(),
        discussion: """
            A table is restored whole or not at all, with its indexes and its write hook. The archive is looked through first: if it is
            damaged, or tables exist already, nothing is written. Of standard input a copy is kept beside FILE until the end, encrypted if FILE
            is. An encrypted archive opens with FILE's key, or with one of its own.
            """,
        examples: [
            "pando restore new.pando app.dump.tar.gz", "pando restore app.pando users.tar.gz -i app.users --force",
            "pando restore app.pando rethinkdb_dump.tar.gz --continue", "pando restore new.pando app.dump.pandoarc --key-file app.key",
        ]
    ) { arguments, console in
        let selection = try archiveSelection(arguments.list("import"), option: "--import")
        let (file, archive) = (arguments["FILE"], arguments["ARCHIVE"])
        if archive != "-", SystemCalls.exists(archive), Catalog.isDatabaseFile(archive) {
            throw CommandError.failed("\(archive) is a database file, not an archive: open it as it is, or copy it with pando backup.")
        }
        let isNew = !PostgresAddress.isOne(file) && !SystemCalls.exists(file)
        let key = try arguments.key(isNew: isNew)
        let archiveKey = try KeySource(arguments, prefix: "archive-").key()
        // Of FILE's key nothing was said of the archive, which may be a plain file's.
        let input = try archiveInput(archive, file, seals: key != nil)
            .opened(with: archiveKey ?? key, name: archive == "-" ? "standard input" : archive, isSealWanted: archiveKey != nil)
        var options = RestoreOptions()
        options.selection = selection
        options.force = arguments.has("force")
        options.resumes = arguments.has("continue")
        // Only now: nothing would look at a signal while a pipe is waited for, and what has come of it is in no file that has a name.
        SystemCalls.holdStopSignals()
        let catalog = try Catalog.writing(
            file, key, create: true, isForLoading: true,
            atServer: "restore into another file, or use RethinkDB's own restore at its port of drivers.")
        // What SQL has declared of tables is known to whoever runs queries.
        let pando = Pando(catalog)
        pando.holdDeclarations()
        var tally = ArchiveTally(console)
        let summary: ArchiveSummary
        do {
            summary = try catalog.restore(input, options: options) { step throws(CatalogError) in try tally.show(step) }
        } catch {
            // An archive that can't be read leaves no empty file behind, or one of empty databases.
            let snapshot = try catalog.snapshot()
            let isEmpty = try snapshot.databases().allSatisfy { try snapshot.tables(in: $0).isEmpty }
            // Not after it is closed: another process could have begun to write it.
            if isNew, isEmpty { SystemCalls.remove(file) }
            try pando.close()
            throw failure(error, isNew: isNew && isEmpty, options, "pando restore \(PostgresAddress.shown(file)) \(archive) --continue")
        }
        try pando.close()
        tally.finish()
        console.finishArchive(summary, "Restored", to: PostgresAddress.shown(file))
        guard summary.notes.isEmpty else { throw CommandError.failed("Something of the archive was left out, as told above.") }
    }

    private static func archiveInput(_ archive: String, _ file: String, seals: Bool) throws -> ArchiveInput {
        if archive == "-" {
            guard !SystemCalls.isTerminal(SystemCalls.standardInput) else {
                throw CommandError.usage("An archive can't be typed: name a file, or send one with | or <.")
            }
            return try ArchiveInput(descriptor: SystemCalls.standardInput, spoolingBeside: file, seals: seals)
        }
        guard SystemCalls.exists(archive), !SystemCalls.isDirectory(archive) else {
            throw CommandError.failed("There is no archive \(archive).")
        }
        return try ArchiveInput(path: archive)
    }

    /// The error with what to do about it.
    private static func failure(_ error: any Error, isNew: Bool, _ options: RestoreOptions, _ again: String) -> any Error {
        guard let error = error as? CatalogError else { return error }
        switch error.kind {
        case .tableExists where !options.force:
            return CommandError.failed(
                "\(error.message) If that is meant, say --force; to go on with a restore that was interrupted, say --continue.")
        case .cancelled:
            return CommandError.failed(isNew ? "\(error.message) Nothing was restored." : "\(error.message) To go on: \(again)")
        default: return error
        }
    }

    static func archiveSelection(_ texts: [String], option: String) throws -> [ArchiveSelection] {
        try texts.map { text in
            // A database's name has no dot, and a table's has one where SQL has it in a schema.
            guard let selection = ArchiveSelection(text) else {
                throw CommandError.usage("\(option) takes DB or DB.TABLE, not “\(text)”.")
            }
            return selection
        }
    }
}
