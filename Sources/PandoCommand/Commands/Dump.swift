import httpd

extension Command {
    static let dump = Command(
        name: "dump",
        summary: "everything, or some of it, into an archive",
        positionals: [.file],
        options: [
            .value("output", short: "o", "ARCHIVE", "default: FILE's name with .dump.tar.gz; - is standard output"),
            .value("export", short: "e", "DB[.TABLE]", repeatable: true, "only this; may be given more than once"),
            .choice("compress", ["gzip", "none"], "default: by ARCHIVE's name; gzip on standard output"),
            .flag("force", "replace ARCHIVE if it exists"),
        ],
        discussion: """
            The archive is what rethinkdb dump makes and rethinkdb restore reads: a tar file, compressed with gzip, with ROOT/DB/TABLE.json and
            ROOT/DB/TABLE.info for each table. All of it is of one moment, also while the file is served.
            """,
        examples: [
            "pando dump app.pando", "pando dump app.pando -e app.users -o users.tar.gz",
            "pando dump app.pando -o - | ssh backup 'cat > app.tar.gz'",
        ]
    ) { arguments, console in
        let file = arguments["FILE"]
        let selection = try archiveSelection(arguments.list("export"), option: "--export")
        SystemCalls.holdStopSignals()
        let snapshot = try Catalog.reading(file).snapshot()
        var tally = ArchiveTally(console)
        let summary: ArchiveSummary
        let output = arguments.value("output") ?? defaultArchive(for: file)
        let compression = arguments.value("compress").flatMap(ArchiveCompression.init(rawValue:))
        if output == "-" {
            guard !console.isOutputTerminal else {
                throw CommandError.usage("An archive is nothing for a terminal: name a file with -o, or send it on with |.")
            }
            let show = { (step) throws(CatalogError) in try tally.show(step) }
            summary = try snapshot.dump(selection, compression: compression ?? .gzip, progress: show) { bytes throws(CatalogError) in
                do { try SystemCalls.write(SystemCalls.standardOutput, bytes, to: "standard output") } catch {
                    throw CatalogError(.io, "\(error)")
                }
            }
        } else {
            try TargetFile.check(
                output, force: arguments.has("force"), source: file, advice: "Name another with -o, or say --force to replace it.")
            summary = try snapshot.dump(selection, toFile: output, overwriting: true, compression: compression) {
                step throws(CatalogError) in
                try tally.show(step)
            }
        }
        tally.finish()
        console.finishArchive(summary, "Dumped", to: output == "-" ? "standard output" : output)
    }

    private static func defaultArchive(for file: String) -> String {
        (file.hasSuffix(".pando") ? String(file.dropLast(6)) : file) + ".dump.tar.gz"
    }
}
