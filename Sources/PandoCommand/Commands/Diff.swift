import httpd

extension Command {
    static let diff = Command(
        name: "diff",
        summary: "what is different between two files, such as a backup and what became of it, or between two states of one",
        positionals: [
            Positional(name: "OLD", presence: .optional, help: "a database file; left out where two servers are compared"),
            Positional(name: "NEW", presence: .optional, help: "another; without it and without --connect OLD again, which needs --from"),
        ],
        options: [
            .flag("values", short: "v", "values beside the keys"), .value("limit", short: "n", "N", "at most N of them"),
            .flag("json", "an object a line"),
            .value("from", "STATE", "OLD as it was: the name of a state (pando state), a time or the number of a commit"),
            .value("to", "STATE", "the same for NEW"),
            .flag("by-table", "how many documents of each table are new, gone or other ones, in place of which"),
            .value("other-key-file", "PATH", "the key of NEW, if it is another one than OLD's"),
            .value("connect", "HOST:PORT", "in place of NEW what a server serves, by its port of HTTP; https:// before it is TLS"),
            .value("user", "NAME", "with --connect: the account, which is admin (default: admin)"),
            .value("password-file", "PATH", "with --connect: the account's password is the first line of a file; - is standard input"),
            .value("tls-ca", "FILE", "with --connect https://: who must have signed the certificate (default: whom the system trusts)"),
            .value("tls-pin", "sha256:HEX", "with --connect https://: the digest of the certificate itself, which is enough"),
            .value("other-connect", "HOST:PORT", "a second server is NEW, and the one of --connect OLD"),
            .value("other-user", "NAME", "with --other-connect: the account there"),
            .value("other-password-file", "PATH", "with --other-connect: its password"),
            .value("other-tls-ca", "FILE", "with --other-connect https://: who must have signed its certificate"),
            .value("other-tls-pin", "sha256:HEX", "with --other-connect https://: the digest of its certificate"),
        ],
        discussion: """
            A line a record: + is only in NEW, - only in OLD, ~ in both with other values. Keys are shown as pando inspect shows them. Pages
            that both files have are not read, so a file and its backup are compared as quickly as they differ little; other files are
            compared by digests (pando digest), if both keep them. So are servers: each question halves what is left four times, and
            records go over the wire only where they differ. A server that is written to meanwhile answers each question as it is then;
            --from and --to name states that stand still. Exit status 1 if anything is different.
            """,
        examples: [
            "pando diff monday.pando app.pando", "pando diff monday.pando app.pando --values --limit 10",
            "pando diff app.pando --from before-migration", "pando diff app.pando --from before-migration --by-table",
            "pando diff copy.pando --connect db1:8080 --by-table", "pando diff --connect db1:8080 --other-connect db2:8080",
        ]
    ) { arguments, console in
        if arguments.has("by-table"), arguments.has("values") || arguments.value("limit") != nil {
            throw CommandError.usage("--by-table counts; it goes with neither --values nor --limit.")
        }
        var differences = try Comparison(arguments, console)
        if arguments.has("by-table") { return try showTables(&differences, arguments, console) }
        let limit = try arguments.integer("limit", in: 0...Int.max) ?? .max
        let showsValues = arguments.has("values")
        var count = 0
        while count < limit, let difference = try differences.next() {
            count += 1
            if arguments.has("json") {
                var fields: [(String, Datum)] = [("key", Datum(difference.key)), ("change", Datum(difference.mark))]
                if showsValues { fields += difference.valueFields }
                try console.printJSON(try Datum.object(fields))
            } else {
                try console.line("\(difference.mark) \(difference.key)")
                if showsValues {
                    if let value = difference.old { try console.line("    - \(value)") }
                    if let value = difference.new { try console.line("    + \(value)") }
                }
            }
        }
        guard count == 0 else { throw CommandError.reported }
    }

    /// A line a table with how many documents differ. What is no document is counted as the rest.
    private static func showTables(_ differences: inout Comparison, _ arguments: Arguments, _ console: Console) throws {
        var counts: [String?: (new: Int, gone: Int, other: Int)] = [:]
        while let difference = try differences.next() {
            var count = counts[difference.tableID] ?? (0, 0, 0)
            switch difference.mark {
            case "+": count.new += 1
            case "-": count.gone += 1
            default: count.other += 1
            }
            counts[difference.tableID] = count
        }
        var rows: [(name: String?, count: (new: Int, gone: Int, other: Int))] = []
        for (id, count) in counts {
            rows.append((try id.map { try differences.tableName($0) ?? $0 }, count))
        }
        // What is no document stands last.
        rows.sort { $0.name == nil ? false : $1.name == nil || $0.name ?? "" < $1.name ?? "" }
        var listing = TextTable(["table", "new", "gone", "other"], right: ["new", "gone", "other"])
        for (name, count) in rows {
            if arguments.has("json") {
                try console.printJSON([
                    "table": name.map { Datum($0) } ?? .null, "new": Datum(count.new), "gone": Datum(count.gone),
                    "other": Datum(count.other),
                ])
            } else {
                listing.add([name ?? "(no documents)", grouped(count.new), grouped(count.gone), grouped(count.other)])
            }
        }
        guard !rows.isEmpty else { return }
        if !arguments.has("json") { try console.printTable(listing) }
        throw CommandError.reported
    }
}

/// The differences of the two sides that a command line names.
private struct Comparison {
    private let sides: (old: any ComparedSide, new: any ComparedSide)
    private var source: Source

    private enum Source {
        /// Two files, or two states of one: what pages they share need not be read.
        case files(DifferenceCursor)
        case digests(DigestComparison)
    }

    init(_ arguments: Arguments, _ console: Console) throws {
        let (oldFile, newFile) = (arguments.positional("OLD"), arguments.positional("NEW"))
        let (server, other) = (try arguments.server(), try arguments.server(prefix: "other-"))
        let (from, to) = (arguments.value("from"), arguments.value("to"))
        let isWellSaid = server == nil ? oldFile != nil && other == nil : newFile == nil && (oldFile == nil) == (other != nil)
        guard isWellSaid else {
            throw CommandError.usage("Name two files, a file and --connect, or --connect and --other-connect.")
        }
        for place in [oldFile, newFile] {
            try FileOnly.require(
                place ?? "", "states to compare", instead: "Compare files that are made of archives of it (pando dump, pando restore).")
        }
        guard let server else {
            guard newFile != nil || from != nil else {
                throw CommandError.usage("NEW is missing: name a second file or a server, or with --from a state of OLD.")
            }
            let before = try Self.snapshot(oldFile ?? "", arguments.key(), from)
            let newKey = try KeySource(arguments, prefix: "other-", file: newFile).key() ?? arguments.key()
            let after = try Self.snapshot(newFile ?? oldFile ?? "", newKey, to)
            sides = (FileSide(snapshot: before), FileSide(snapshot: after))
            source = .files(after.differences(from: before))
            return
        }
        if let other {
            sides = (ServerSide(server, asOf: from), ServerSide(other, asOf: to))
        } else {
            let snapshot = try Self.snapshot(oldFile ?? "", arguments.key(), from)
            sides = (FileSide(snapshot: snapshot), ServerSide(server, asOf: to))
        }
        if try !sides.old.keepsDigests || !sides.new.keepsDigests {
            console.message("A side keeps no digests and reads its records anew for each question. pando compact --format 2 changes that.")
        }
        source = .digests(try DigestComparison(sides.old, sides.new, withValues: arguments.has("values")))
    }

    private static func snapshot(_ file: String, _ key: FileEncryption?, _ asOf: String?) throws -> CatalogSnapshot {
        let catalog = try Catalog.reading(file, key)
        return try asOf.map { try catalog.snapshot(asOf: try StateReference(text: $0)) } ?? catalog.snapshot()
    }

    mutating func next() throws -> InspectedDifference? {
        switch source {
        case .files(let cursor): return try cursor.next()
        case .digests(var comparison):
            let difference = try comparison.next()
            source = .digests(comparison)
            return difference
        }
    }

    func tableName(_ id: String) throws -> String? { try sides.new.tableName(id) ?? sides.old.tableName(id) }
}

extension InspectedDifference {
    var mark: String { old == nil ? "+" : new == nil ? "-" : "~" }

    /// The id of the table that the record is a document of; nil for any other record.
    fileprivate var tableID: String? {
        let parts = key.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "db", parts[2] == "table", parts[4] == "docs" else { return nil }
        return String(parts[3])
    }

    /// What was there and what is there, as fields of an object.
    var valueFields: [(String, Datum)] {
        [("old", old), ("new", new)].compactMap { name, value in value.map { (name, Datum($0)) } }
    }
}
