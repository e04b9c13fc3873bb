import httpd

extension Command {
    static let restore = Command(
        name: "restore",
        summary: "an archive back into a file",
        positionals: [
            Positional(name: "FILE", help: "the database file; made if it is not there"),
            Positional(name: "ARCHIVE", help: "what pando dump made, or rethinkdb dump (decompressed)"),
        ],
        options: [
            .value("import", short: "i", "DB[.TABLE]", repeatable: true, "only this; may be given more than once"),
            .flag("force", "write into tables that exist: the archive's rows replace those with the same keys"),
        ],
        discussion: "A table is restored whole or not at all. Tables that exist already are an error before anything is written.",
        examples: ["pando restore new.pando app.dump.tar", "pando restore app.pando users.tar -i app.users --force"]
    ) { arguments, console in
        let selection = try archiveSelection(arguments.list("import"), option: "--import")
        let archive = arguments["ARCHIVE"]
        guard SystemCalls.byteCount(archive) != nil else {
            throw CommandError.failed("There is no archive \(archive) (it must be a file, not a pipe or a directory).")
        }
        let input = try ArchiveInput(path: archive)
        var options = RestoreOptions()
        options.selection = selection
        options.force = arguments.has("force")
        let isNew = !SystemCalls.exists(arguments["FILE"])
        let catalog = try Catalog.writing(arguments["FILE"], create: true)
        var tally = ArchiveTally(console)
        let summary: ArchiveSummary
        do {
            summary = try catalog.restore(input, options: options, progress: { tally.show($0) })
        } catch {
            // An archive that can't be read leaves no empty file behind.
            let isEmpty = try catalog.snapshot().databases().isEmpty
            try catalog.close()
            if isNew, isEmpty { SystemCalls.remove(arguments["FILE"]) }
            guard let error = error as? CatalogError, error.kind == .tableExists, !options.force else { throw error }
            throw CommandError.failed("\(error.message) If that is meant, say --force.")
        }
        try catalog.close()
        tally.finish()
        console.finishArchive(summary, "Restored", to: arguments["FILE"])
    }

    static func archiveSelection(_ texts: [String], option: String) throws -> [ArchiveSelection] {
        try texts.map { text in
            guard let selection = ArchiveSelection(text) else {
                throw CommandError.usage("\(option) takes DB or DB.TABLE, not “\(text)”.")
            }
            return selection
        }
    }
}
