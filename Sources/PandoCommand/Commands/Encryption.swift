import httpd

extension Command {
    static let encrypt = Command(
        name: "encrypt",
        summary: "make a file an encrypted one",
        positionals: [.file, Positional(name: "TO", presence: .optional, help: "an encrypted copy, instead of FILE itself")],
        options: [],
        discussion: """
            Everything goes into a new file, which then takes FILE's place, or is TO; states that have names are not taken along. Nobody may
            write FILE meanwhile. From then on the file opens only with the key. Keep the key somewhere else as well: without it the file is
            noise. What FILE was made of may still be on the disk, in blocks that nobody uses.
            """,
        examples: [
            "pando encrypt app.pando --key-file app.key", "pando encrypt app.pando secret.pando --passphrase",
            "pando encrypt app.pando --key-command 'pass show app.pando'",
        ]
    ) { arguments, console in
        let file = arguments["FILE"]
        try Catalog.requireFile(file)
        if try Catalog.keys(ofFileAt: file) != nil {
            throw CommandError.failed("\(file) is encrypted already; pando rekey gives it another key.")
        }
        guard let key = try arguments.key(isNew: true) else {
            throw CommandError.usage("Say where the key is: \(KeyOptions.wanted()).")
        }
        let target = arguments.positional("TO")
        if let target { try TargetFile.check(target, force: false, source: file, advice: "Name another file.") }
        let catalog = try Catalog.writing(file, atServer: CommandError.stopping)
        let lost = target == nil ? try catalog.states().count : 0
        let count = try console.showingRecords { progress in
            try catalog.copy(to: target ?? file, encryption: key, replacing: target == nil, progress: progress)
        }
        try catalog.close()
        if lost > 0 { console.message("With the plain file went \(counted(lost, "state")) of the past (pando state).") }
        console.message("Encrypted \(counted(count, "record")) in \(target ?? file). What the plain file held may still be on the disk.")
    }

    static let decrypt = Command(
        name: "decrypt",
        summary: "make a plain file of an encrypted one",
        positionals: [.file, Positional(name: "TO", help: "the plain file")],
        discussion:
            "Everything but the states that have names goes into a new file; FILE stays as it is. Whoever can read TO can read all of it.",
        examples: ["pando decrypt app.pando plain.pando --key-file app.key"]
    ) { arguments, console in
        let (file, target) = (arguments["FILE"], arguments["TO"])
        try Catalog.requireFile(file)
        if try Catalog.keys(ofFileAt: file) == nil { throw CommandError.failed("\(file) is not encrypted.") }
        try TargetFile.check(target, force: false, source: file, advice: "Name another file.")
        let catalog = try Catalog.reading(file, arguments.key())
        let count = try console.showingRecords { progress in try catalog.copy(to: target, encryption: nil, progress: progress) }
        console.message("Decrypted \(counted(count, "record")) to \(target).")
    }

    static let rekey = Command(
        name: "rekey",
        summary: "give an encrypted file another key, or one more",
        positionals: [.file],
        options: KeyOptions.options("new-", "the new key") + [
            .flag("add", "the new key beside those that there are"),
            .value("remove", "NAME", "take the key of this name away; pando key lists them"),
            .flag("data", "write every page anew, under keys that nobody had before"),
            .flag("drop-states", "with --data, lose the states that have names"),
            .value("import-header", "PATH", "give a file that has lost its keys those of pando key --export-header"),
        ],
        discussion: """
            A file opens with each of up to eight keys. Pages stay as they are, so this takes no time however large the file is, and a crash
            leaves the old key or the new one. Copies and backups keep the keys that they had. Who has an old copy and an old key can go on
            reading that copy, and this file too: after a key was stolen, --data puts everything into a file of new keys, which takes FILE's
            place. That reads and writes all of it, a crash leaves the old file or the new one, and only one key opens it then.
            """,
        examples: [
            "pando rekey app.pando --key-file old.key --new-key-file new.key",
            "pando rekey app.pando --key-file app.key --new-passphrase --add",
            "pando rekey app.pando --key-file app.key --remove passphrase",
            "pando rekey app.pando --key-file stolen.key --new-key-file new.key --data",
            "pando rekey app.pando --key-file app.key --import-header app.header",
        ]
    ) { arguments, console in
        let file = arguments["FILE"]
        try Catalog.requireFile(file)
        let source = try KeySource(arguments, prefix: "new-", isNew: true)
        if let header = arguments.value("import-header") {
            let others = ["add", "data", "drop-states"].contains { arguments.has($0) } || arguments.value("remove") != nil
            if try others || source.key() != nil { throw CommandError.usage("--import-header goes without a change of the keys.") }
            guard let key = try arguments.key() else {
                throw CommandError.usage("Say where one of the keys in \(header) is: \(KeyOptions.wanted()).")
            }
            try Catalog.importKeys(try headerBytes(header), toFileAt: file, key)
            return console.message("\(file) has the keys of \(header) again.")
        }
        if try Catalog.keys(ofFileAt: file) == nil { throw CommandError.failed("\(file) is not encrypted.") }
        guard let key = try arguments.key() else {
            throw CommandError.usage("Say where the file's key is: \(KeyOptions.wanted()).")
        }
        if arguments.has("data") {
            if arguments.has("add") || arguments.value("remove") != nil {
                throw CommandError.usage("--data goes without --add and --remove.")
            }
            let catalog = try Catalog.writing(file, key, atServer: CommandError.stopping)
            let new = try source.key() ?? key
            let count = try console.showingRecords { progress in
                try catalog.renewDataKey(new, replacing: key, dropsStates: arguments.has("drop-states"), progress: progress)
            }
            try catalog.close()
            return console.message(
                "\(file) has new keys, and \(counted(count, "record")). The old file's bytes may still be on the disk, under the old ones.")
        }
        if arguments.has("drop-states") { throw CommandError.usage("--drop-states goes with --data.") }
        if let name = arguments.value("remove") {
            if try arguments.has("add") || source.key() != nil { throw CommandError.usage("--remove goes without a new key.") }
            try Catalog.removeKey(fromFileAt: file, key, name: name)
            return console.message("The key \(name) no longer opens \(file).")
        }
        guard let new = try source.key() else {
            throw CommandError.usage("Say where the new key is: \(KeyOptions.wanted("new-")).")
        }
        if arguments.has("add") {
            try Catalog.addKey(toFileAt: file, key, adding: new)
        } else {
            try Catalog.replaceKey(ofFileAt: file, key, with: new)
        }
        let names = try (Catalog.keys(ofFileAt: file) ?? []).map(\.name)
        console.message("\(file) opens with \(names.joined(separator: ", ")).")
    }

    static let key = Command(
        name: "key",
        summary: "the keys that open an encrypted file",
        positionals: [.file],
        options: [
            .value("export-header", "PATH", "put the file's keys, each under another one as they are there, into a file of their own"),
            .flag("force", "replace PATH if it exists"), .json,
        ],
        discussion: """
            Their names and kinds stand in the file for everybody to read, so none of them is needed for this. The header that is exported opens
            nothing without one of them either; keep it elsewhere, for the day on which the file's first two pages have lost theirs, and
            export it anew after each pando rekey.
            """,
        examples: ["pando key app.pando", "pando key app.pando --json", "pando key app.pando --export-header app.header"]
    ) { arguments, console in
        let file = arguments["FILE"]
        try Catalog.requireFile(file)
        guard let keys = try Catalog.keys(ofFileAt: file) else { throw CommandError.failed("\(file) is not encrypted.") }
        if let header = arguments.value("export-header") {
            if arguments.has("json") { throw CommandError.usage("--json goes without --export-header.") }
            try TargetFile.check(header, force: arguments.has("force"), source: file, advice: "Name another file, or say --force.")
            let bytes = try Catalog.exportKeys(ofFileAt: file)
            try TargetFile.make(header) { take in try take(bytes.span) }
            return console.message("The keys of \(file) are in \(header); \(keys.map(\.name).joined(separator: ", ")) opens them.")
        }
        if arguments.has("force") { throw CommandError.usage("--force goes with --export-header.") }
        if arguments.has("json") {
            return try console.printJSON(try .array(keys.map { key -> Datum in ["name": Datum(key.name), "kind": Datum(key.kind)] }))
        }
        var table = TextTable(["key", "kind"])
        for key in keys { table.add([key.name, key.kind]) }
        try console.printTable(table)
    }
}

extension Console {
    /// Does what writes all records of a file anew, and shows how far it is.
    fileprivate func showingRecords(_ body: ((_ records: Int, _ all: Int) -> Void) throws -> Int) rethrows -> Int {
        var progress = Progress(self, "records")
        defer { progress.finish() }
        return try body { progress.show($0, fraction: $1 > 0 ? Double($0) / Double($1) : nil) }
    }
}

/// What pando key --export-header has written. No header is longer than 64 KiB, whatever the file is.
private func headerBytes(_ path: String) throws -> [UInt8] {
    let file = try InputFile(path)
    var bytes: [UInt8] = []
    while bytes.count <= 64 << 10, try file.appendPiece(to: &bytes) {}
    return bytes
}
