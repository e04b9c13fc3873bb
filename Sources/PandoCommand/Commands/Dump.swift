import Ground
import httpd

extension Command {
    static let dump = Command(
        name: "dump",
        summary: "everything, or some of it, into an archive",
        positionals: [.fileOrServer],
        options: [
            .value("output", short: "o", "ARCHIVE", "default: the name with .dump.tar.gz or .dump.pandoarc; - is standard output"),
            .value("export", short: "e", "DB[.TABLE]", repeatable: true, "only this; may be given more than once"),
            .choice("compress", ["gzip", "none"], "default: by ARCHIVE's name; gzip on standard output"),
            .flag("force", "replace ARCHIVE if it exists"),
            .flag("encrypt", "the archive too: with the keys of FILE, or, if it has none, with the key that is named"),
            .flag("plain", "of an encrypted file: the archive is not encrypted"),
        ] + Option.connecting(),
        discussion: """
            The archive is what rethinkdb dump makes and rethinkdb restore reads: a tar file, compressed with gzip, with ROOT/DB/TABLE.json and
            ROOT/DB/TABLE.info for each table. All of it is of one moment, also while the file is served.
            An encrypted one has all of that inside; pando restore reads it with any of its keys. Of an encrypted file say which it is to be.
            A server elsewhere makes it with --connect, as a temporary file first; that is for admin. What a server sends is not encrypted but by
            TLS; --encrypt does it here, with the key that is named.
            """,
        examples: [
            "pando dump app.pando", "pando dump app.pando -e app.users -o users.tar.gz",
            "pando dump --connect db.example:8080 --user admin --password-file secret -o app.tar.gz",
            "pando dump app.pando -o - | ssh backup 'cat > app.tar.gz'", "pando dump app.pando --encrypt --key-file app.key",
        ]
    ) { arguments, console in
        if arguments.has("encrypt"), arguments.has("plain") {
            throw CommandError.usage("--encrypt and --plain are two kinds of archive; say which it is to be.")
        }
        if let server = try arguments.server() { return try dump(of: server, arguments, console) }
        let file = arguments["FILE"]
        let selection = try archiveSelection(arguments.list("export"), option: "--export")
        // A pipe that nobody reads at the moment would be waited for, and leaves nothing that is to be removed.
        if arguments.value("output") != "-" { SystemCalls.holdStopSignals() }
        let (catalog, sealer) = try source(file, arguments)
        let snapshot = try catalog.snapshot()
        var tally = ArchiveTally(console)
        let summary: ArchiveSummary
        let output = arguments.value("output") ?? defaultArchive(for: file, isSealed: sealer != nil)
        let compression = arguments.value("compress").flatMap(ArchiveCompression.init(rawValue:)) ?? (sealer == nil ? nil : .gzip)
        if output == "-" {
            guard !console.isOutputTerminal else {
                throw CommandError.usage("An archive is nothing for a terminal: name a file with -o, or send it on with |.")
            }
            let show = { (step) throws(CatalogError) in try tally.show(step) }
            let write = { (bytes: borrowing Span<UInt8>) throws(CatalogError) in
                do { try SystemCalls.write(SystemCalls.standardOutput, bytes, to: "standard output") } catch {
                    throw CatalogError(.io, "\(error)")
                }
            }
            summary =
                if let sealer {
                    try snapshot.dump(selection, compression: compression ?? .gzip, sealedBy: sealer, progress: show, to: write)
                } else {
                    try snapshot.dump(selection, compression: compression ?? .gzip, progress: show, to: write)
                }
        } else {
            try TargetFile.check(
                output, force: arguments.has("force"), source: file, advice: "Name another with -o, or say --force to replace it.")
            summary = try snapshot.dump(selection, toFile: output, overwriting: true, compression: compression, sealedBy: sealer) {
                step throws(CatalogError) in
                try tally.show(step)
            }
        }
        tally.finish()
        console.finishArchive(summary, "Dumped", to: output == "-" ? "standard output" : output)
    }

    /// The file, and what seals its archive: nil if that is to be plain.
    private static func source(_ file: String, _ arguments: Arguments) throws -> (Catalog, ArchiveSealer?) {
        let isEngine = PostgresAddress.isOne(file)
        if !isEngine { try Catalog.requireFile(file) }
        let isEncrypted = try !isEngine && Catalog.keys(ofFileAt: file) != nil
        if !isEncrypted, arguments.has("encrypt") { return (try Catalog.reading(file), try sealer(arguments)) }
        let catalog = try Catalog.reading(file, arguments.key())
        if isEncrypted, !arguments.has("plain"), !arguments.has("encrypt") {
            throw CommandError.usage("\(file) is encrypted: say whether the archive is to be, too (--encrypt) or not (--plain).")
        }
        return (catalog, arguments.has("encrypt") ? try catalog.archiveSealer() : nil)
    }

    /// What seals an archive with the key that is named.
    private static func sealer(_ arguments: Arguments) throws -> ArchiveSealer {
        guard let key = try arguments.key(isNew: true) else {
            throw CommandError.usage("--encrypt wants a key: \(KeyOptions.wanted()).")
        }
        return try ArchiveSealer(key)
    }

    private static func dump(of server: ServerAddress, _ arguments: Arguments, _ console: Console) throws {
        let selection = try archiveSelection(arguments.list("export"), option: "--export")
        let sealer = arguments.has("encrypt") ? try sealer(arguments) : nil
        let host = String(server.name.prefix { $0 != ":" })
        let output = arguments.value("output") ?? defaultArchive(for: host, isSealed: sealer != nil)
        let isPipe = output == "-"
        if isPipe, console.isOutputTerminal {
            throw CommandError.usage("An archive is nothing for a terminal: name a file with -o, or send it on with |.")
        }
        let byName = isPipe || sealer != nil ? ArchiveCompression.gzip : ArchiveCompression(fileName: output)
        let compression = arguments.value("compress").flatMap(ArchiveCompression.init(rawValue:)) ?? byName
        let session = ServerSession(server)
        func archive(to take: (Span<UInt8>) throws -> Void) throws -> ArchiveSummary {
            guard let sealer else { return try session.archive(selection, compression, isPlainWanted: arguments.has("plain"), to: take) }
            var sealed = ByteBuffer()
            let summary = try session.archive(selection, compression) { bytes in
                sealer.append(bytes, to: &sealed)
                try take(sealed.span)
                sealed.removeAll()
            }
            sealer.finish(to: &sealed)
            try take(sealed.span)
            return summary
        }
        let summary: ArchiveSummary
        if isPipe {
            summary = try archive { try SystemCalls.write(SystemCalls.standardOutput, $0, to: "standard output") }
        } else {
            try TargetFile.check(
                output, force: arguments.has("force"), source: nil, advice: "Name another with -o, or say --force to replace it.")
            summary = try TargetFile.make(output) { take in try archive(to: take) }
        }
        console.finishArchive(summary, "Dumped", to: isPipe ? "standard output" : output)
    }

    private static func defaultArchive(for file: String, isSealed: Bool) -> String {
        let name = PostgresAddress.isOne(file) ? (try? PostgresAddress(file).database) ?? "pando" : file
        return (name.hasSuffix(".pando") ? String(name.dropLast(6)) : name) + (isSealed ? ".dump.pandoarc" : ".dump.tar.gz")
    }
}
