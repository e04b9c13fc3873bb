import httpd

extension Command {
    static let backup = Command(
        name: "backup",
        summary: "copy the file while it is in use",
        positionals: [.fileOrServer, Positional(name: "TO", help: "the copy")],
        options: [
            .value("since", "PREVIOUS", "only what has changed since an earlier backup: a copy, or a delta as this makes one"),
            .flag("force", "replace TO if it exists"), .json,
        ] + Option.connecting(),
        discussion: """
            The copy is one state of the file, page by page, and opens like any other; nobody is kept from reading or writing meanwhile. It
            is complete and on the disk before it gets its name. A damaged page is an error: pando check says more.
            A server elsewhere sends its copy with --connect; that is for admin.
            With --since, TO is a delta: a compressed file of the records that are new, in time and size about as much as has changed. pando
            restore-chain makes a file of a copy and the deltas that follow it. A copy that deltas follow must not be written to. Copies and
            deltas of an encrypted file are encrypted with its keys.
            """,
        examples: [
            "pando backup app.pando monday.pando", "pando backup --connect localhost:8080 monday.pando",
            "pando backup app.pando tuesday.delta --since monday.pando",
            "pando backup app.pando wednesday.delta --since tuesday.delta",
        ]
    ) { arguments, console in
        if let server = try arguments.server() {
            guard arguments.value("since") == nil else {
                throw CommandError.usage("--since is for a FILE: a delta is made where the file is, also while it is served.")
            }
            return try backup(of: server, arguments, console)
        }
        let (file, target) = (arguments["FILE"], arguments["TO"])
        for place in [file, target, arguments.value("since") ?? ""] {
            try FileOnly.require(place, "pages to copy", instead: "pando dump makes an archive; PostgreSQL has pg_basebackup and pg_dump.")
        }
        try TargetFile.check(
            target, force: arguments.has("force"), source: file, advice: "Name another, or say --force to replace it.")
        if let previous = arguments.value("since") {
            return try backup(file, since: previous, to: target, arguments, console)
        }
        let summary = try Catalog.reading(file, arguments.key()).backup(to: target, replacing: arguments.has("force"))
        try report(
            [
                "commit": Datum(Int(summary.transaction)), "keys": Datum(Int(summary.records)), "pages": Datum(Int(summary.pages)),
                "file_bytes": Datum(Int(summary.fileBytes)),
            ], target, arguments, console)
    }

    private static func backup(of server: ServerAddress, _ arguments: Arguments, _ console: Console) throws {
        let target = arguments["TO"]
        try TargetFile.check(target, force: arguments.has("force"), source: nil, advice: "Name another, or say --force to replace it.")
        let facts = try TargetFile.make(target) { take in try ServerSession(server).download("/_admin/backup", to: take) }
        try report(facts, target, arguments, console)
    }

    private static func report(_ facts: Datum, _ target: String, _ arguments: Arguments, _ console: Console) throws {
        if arguments.has("json") {
            try console.printJSON(try Datum.object([("to", Datum(target))] + facts.fields.map { ($0.key, $0.value) }))
        }
        func number(_ field: String) -> Int { facts[field: field]?.integer ?? 0 }
        console.message("Copied \(counted(number("pages"), "page")) with \(counted(number("keys"), "record")) to \(target).")
    }

    private static func backup(_ file: String, since previous: String, to target: String, _ arguments: Arguments, _ console: Console) throws
    {
        guard SystemCalls.exists(previous), !SystemCalls.isDirectory(previous) else {
            throw CommandError.failed("There is no earlier backup \(previous).")
        }
        if SystemCalls.isSameFile(previous, target) {
            throw CommandError.failed("\(target) is the earlier backup itself; name another file.")
        }
        // The next delta, since this one, may be made when the file has been opened again.
        let key = try arguments.key()
        if try !Catalog.reading(file, key).keepsPosition(), let catalog = try? Catalog.writing(file, key) {
            _ = try catalog.position()
            try catalog.close()
        }
        let summary = try Catalog.reading(file, key).backupDelta(to: target, since: previous)
        if arguments.has("json") {
            try console.printJSON([
                "to": Datum(target), "since": Datum(summary.since.description), "position": Datum(summary.to.description),
                "keys": Datum(Int(summary.records)), "file_bytes": Datum(Int(summary.fileBytes)),
            ])
        }
        let bytes = byteSize(Int(summary.fileBytes))
        console.message("Wrote what has changed since \(previous), \(counted(Int(summary.records), "record")) in \(bytes), to \(target).")
    }

    static let restoreChain = Command(
        name: "restore-chain",
        summary: "a file from a copy and the deltas that follow it",
        positionals: [
            Positional(name: "BASE", help: "what pando backup made; it stays as it is"),
            Positional(name: "DELTA", presence: .several, help: "what pando backup --since made, one after the other"),
            Positional(name: "TO", help: "the new file"),
        ],
        options: [.flag("force", "replace TO if it exists"), .json] + KeyOptions.all,
        discussion: """
            Each delta must follow what stands before it. It is applied whole or not at all, and what has not changed is counted. Then the
            file is checked as by pando check, and gets its name if it is sound. If anything is missing or damaged there is no new file.
            Of an encrypted BASE the deltas are encrypted too, and one key opens all; TO has the keys of BASE.
            """,
        examples: ["pando restore-chain monday.pando tuesday.delta wednesday.delta new.pando"]
    ) { arguments, console in
        let (base, target) = (arguments["BASE"], arguments["TO"])
        for place in [base, target] {
            try FileOnly.require(place, "deltas", instead: "pando restore brings an archive into what an engine keeps.")
        }
        try Catalog.requireFile(base)
        try TargetFile.check(
            target, force: arguments.has("force"), source: base, advice: "Name another, or say --force to replace it.")
        let deltas = arguments.words("DELTA")
        for path in deltas where !SystemCalls.exists(path) { throw CommandError.failed("There is no delta \(path).") }
        let report = try Catalog.restoreChain(
            base: base, deltas: deltas, to: target, encryption: arguments.key(), replacing: arguments.has("force"))
        if arguments.has("json") {
            try console.printJSON(["to": Datum(target), "documents": Datum(report.documents), "pages": Datum(report.pages)])
        }
        console.message(
            "Made \(target) of \(base) and \(counted(deltas.count, "delta")): \(counted(report.documents, "document")), and it is sound.")
    }
}
