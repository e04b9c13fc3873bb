import httpd

extension Command {
    static let dump = Command(
        name: "dump",
        summary: "everything, or some of it, into an archive",
        positionals: [.fileOrServer],
        options: [
            .value("output", short: "o", "ARCHIVE", "default: the name of FILE or HOST with .dump.tar.gz; - is standard output"),
            .value("export", short: "e", "DB[.TABLE]", repeatable: true, "only this; may be given more than once"),
            .choice("compress", ["gzip", "none"], "default: by ARCHIVE's name; gzip on standard output"),
            .flag("force", "replace ARCHIVE if it exists"),
            .flag("plain", "of an encrypted file too: the archive is not encrypted"),
        ] + Option.connecting(),
        discussion: """
            The archive is what rethinkdb dump makes and rethinkdb restore reads: a tar file, compressed with gzip, with ROOT/DB/TABLE.json and
            ROOT/DB/TABLE.info for each table. All of it is of one moment, also while the file is served.
            A server elsewhere makes it with --connect, as a temporary file first; that is for admin.
            """,
        examples: [
            "pando dump app.pando", "pando dump app.pando -e app.users -o users.tar.gz",
            "pando dump --connect db.example:8080 --user admin --password-file secret -o app.tar.gz",
            "pando dump app.pando -o - | ssh backup 'cat > app.tar.gz'",
        ]
    ) { arguments, console in
        if let server = try arguments.server() { return try dump(of: server, arguments, console) }
        let file = arguments["FILE"]
        let selection = try archiveSelection(arguments.list("export"), option: "--export")
        SystemCalls.holdStopSignals()
        let catalog = try Catalog.reading(file, arguments.key())
        if catalog.isEncrypted, !arguments.has("plain") {
            throw CommandError.usage(
                "\(file) is encrypted, and an archive is not: say --plain, and where it goes. pando backup makes a copy that is encrypted.")
        }
        let snapshot = try catalog.snapshot()
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

    private static func dump(of server: ServerAddress, _ arguments: Arguments, _ console: Console) throws {
        let selection = try archiveSelection(arguments.list("export"), option: "--export")
        let output = arguments.value("output") ?? String(server.name.prefix { $0 != ":" }) + ".dump.tar.gz"
        let isPipe = output == "-"
        if isPipe, console.isOutputTerminal {
            throw CommandError.usage("An archive is nothing for a terminal: name a file with -o, or send it on with |.")
        }
        let byName = isPipe ? ArchiveCompression.gzip : ArchiveCompression(fileName: output)
        let compression = arguments.value("compress").flatMap(ArchiveCompression.init(rawValue:)) ?? byName
        let session = ServerSession(server)
        let summary: ArchiveSummary
        if isPipe {
            summary = try session.archive(selection, compression) {
                try SystemCalls.write(SystemCalls.standardOutput, $0, to: "standard output")
            }
        } else {
            try TargetFile.check(
                output, force: arguments.has("force"), source: nil, advice: "Name another with -o, or say --force to replace it.")
            summary = try TargetFile.make(output) { take in try session.archive(selection, compression, to: take) }
        }
        console.finishArchive(summary, "Dumped", to: isPipe ? "standard output" : output)
    }

    private static func defaultArchive(for file: String) -> String {
        (file.hasSuffix(".pando") ? String(file.dropLast(6)) : file) + ".dump.tar.gz"
    }
}
