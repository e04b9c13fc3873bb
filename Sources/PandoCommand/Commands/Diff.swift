import httpd

extension Command {
    static let diff = Command(
        name: "diff",
        summary: "what is different between two files, such as a backup and what became of it",
        positionals: [Positional(name: "OLD", help: "a database file"), Positional(name: "NEW", help: "another")],
        options: [
            .flag("values", short: "v", "values beside the keys"), .value("limit", short: "n", "N", "at most N of them"),
            .flag("json", "an object a line"), .value("old-state", "NAME", "OLD as it was when a state got this name (pando state)"),
            .value("new-state", "NAME", "the same for NEW"),
        ],
        discussion: """
            A line a record: + is only in NEW, - only in OLD, ~ in both with other values. Keys are shown as pando inspect shows them. Pages
            that both files have are not read, so a file and its backup are compared as quickly as they differ little. Exit status 1 if
            anything is different.
            """,
        examples: [
            "pando diff monday.pando app.pando", "pando diff monday.pando app.pando --values --limit 10",
            "pando diff app.pando app.pando --old-state before-migration",
        ]
    ) { arguments, console in
        let (old, new) = (try Catalog.reading(arguments["OLD"]), try Catalog.reading(arguments["NEW"]))
        func snapshot(_ catalog: Catalog, _ option: String) throws -> CatalogSnapshot {
            try arguments.value(option).map { try catalog.snapshot(asOf: $0) } ?? catalog.snapshot()
        }
        let differences = try snapshot(new, "new-state").differences(from: try snapshot(old, "old-state"))
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
}

extension InspectedDifference {
    var mark: String { old == nil ? "+" : new == nil ? "-" : "~" }

    /// What was there and what is there, as fields of an object.
    var valueFields: [(String, Datum)] {
        [("old", old), ("new", new)].compactMap { name, value in value.map { (name, Datum($0)) } }
    }
}
