import httpd

extension Command {
    static let diff = Command(
        name: "diff",
        summary: "what is different between two files, such as a backup and what became of it, or between two states of one",
        positionals: [
            Positional(name: "OLD", help: "a database file"),
            Positional(name: "NEW", presence: .optional, help: "another; without it OLD again, which needs --from"),
        ],
        options: [
            .flag("values", short: "v", "values beside the keys"), .value("limit", short: "n", "N", "at most N of them"),
            .flag("json", "an object a line"),
            .value("from", "STATE", "OLD as it was: the name of a state (pando state), a time or the number of a commit"),
            .value("to", "STATE", "the same for NEW"),
            .flag("by-table", "how many documents of each table are new, gone or other ones, in place of which"),
            .value("other-key-file", "PATH", "the key of NEW, if it is another one than OLD's"),
        ],
        discussion: """
            A line a record: + is only in NEW, - only in OLD, ~ in both with other values. Keys are shown as pando inspect shows them. Pages
            that both files have are not read, so a file and its backup are compared as quickly as they differ little; other files are
            compared by digests (pando digest), if both keep them. Exit status 1 if anything is different.
            """,
        examples: [
            "pando diff monday.pando app.pando", "pando diff monday.pando app.pando --values --limit 10",
            "pando diff app.pando --from before-migration", "pando diff app.pando --from before-migration --by-table",
        ]
    ) { arguments, console in
        let newFile = arguments.positional("NEW")
        guard newFile != nil || arguments.value("from") != nil else {
            throw CommandError.usage("NEW is missing: name a second file, or with --from a state of OLD.")
        }
        if arguments.has("by-table"), arguments.has("values") || arguments.value("limit") != nil {
            throw CommandError.usage("--by-table counts; it goes with neither --values nor --limit.")
        }
        let (old, new) = (
            try Catalog.reading(arguments["OLD"], arguments.key()),
            try Catalog.reading(newFile ?? arguments["OLD"], KeySource(arguments, prefix: "other-").key() ?? arguments.key())
        )
        func snapshot(_ catalog: Catalog, _ option: String) throws -> CatalogSnapshot {
            try arguments.value(option).map { try catalog.snapshot(asOf: try StateReference(text: $0)) } ?? catalog.snapshot()
        }
        let (before, after) = (try snapshot(old, "from"), try snapshot(new, "to"))
        let differences = after.differences(from: before)
        if arguments.has("by-table") { return try showTables(differences, before, after, arguments, console) }
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
    private static func showTables(
        _ differences: DifferenceCursor, _ before: CatalogSnapshot, _ after: CatalogSnapshot, _ arguments: Arguments, _ console: Console
    ) throws {
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
            let table = try id.flatMap { id in try after.table(id: id) ?? before.table(id: id) }
            rows.append((id.map { table?.qualifiedName ?? $0 }, count))
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
