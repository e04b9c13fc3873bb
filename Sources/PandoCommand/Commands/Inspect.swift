import httpd

extension Command {
    static let inspect = Command(
        name: "inspect",
        summary: "the raw keys, read-only, also while the file is served",
        positionals: [.file],
        options: [
            .value("prefix", short: "p", "PREFIX", "only keys that begin so"), .flag("values", short: "v", "values beside the keys"),
            .value("limit", short: "n", "N", "at most N of them"), .flag("count", "only how many there are; takes no longer for many"),
            .flag("stats", "the file's size, pages and depth"), .flag("tree", "the pages of the tree, level by level"),
            .value("page", "N", "what one page holds"),
            .flag("follow", "what each commit changes, as it comes, until Ctrl-C or --limit"), .flag("json", "an object a line"),
        ],
        discussion: """
            Keys are shown as text. A primary key that is not a plain string is shown as = and JSON (docs:=5); other bytes as \\x0F.
            A prefix is written in the same way. The four kinds of metadata keys begin with __meta__:, documents with db:.
            """,
        examples: [
            "pando inspect app.pando --prefix __meta__: --values", "pando inspect app.pando --prefix db: --count",
            "pando inspect app.pando --stats", "pando inspect app.pando --follow --values",
        ]
    ) { arguments, console in
        let views = ["count", "stats", "tree", "follow"].filter(arguments.has) + (arguments.value("page") == nil ? [] : ["page"])
        guard views.count < 2 else { throw CommandError.usage("Choose one of --\(views.joined(separator: " and --")).") }
        let ofKeys = ["prefix", "values", "limit"].filter { arguments.has($0) || arguments.value($0) != nil }
        if let view = views.first, view != "follow", let option = ofKeys.first(where: { view != "count" || $0 != "prefix" }) {
            throw CommandError.usage("--\(option) does not go with --\(view).")
        }
        let page = try arguments.integer("page", in: 0...Int.max) ?? 0
        switch views.first {
        case "tree", "page":
            try FileOnly.require(arguments["FILE"], "pages", instead: "pando status tells its size, and pando inspect its keys.")
        case "follow":
            try FileOnly.require(
                arguments["FILE"], "states to compare",
                instead: "A feed of its server follows a table: pando query --connect, with changes().")
        default: break
        }
        let catalog = try Catalog.reading(arguments["FILE"], arguments.key())
        let prefix = arguments.value("prefix") ?? ""
        switch views.first {
        case "count": try console.line(String(try catalog.snapshot().recordCount(prefix: prefix)))
        case "stats": try showStatistics(catalog, arguments, console)
        case "follow": try followCommits(catalog, arguments, console)
        case "tree": try showTree(catalog, arguments, console)
        case "page": try showPage(page, catalog, arguments, console)
        default: try listRecords(try catalog.snapshot().records(prefix: prefix), arguments, console)
        }
    }

    private static func listRecords(_ records: RecordCursor, _ arguments: Arguments, _ console: Console) throws {
        let style = Style(isTerminal: console.isOutputTerminal)
        let limit = try arguments.integer("limit", in: 0...Int.max) ?? .max
        let showsValues = arguments.has("values")
        var count = 0
        while count < limit, let record = try records.next() {
            count += 1
            if arguments.has("json") {
                var fields: [(String, Datum)] = [("key", Datum(record.key))]
                if showsValues { fields.append(("value", Datum(record.value))) }
                try console.printJSON(try Datum.object(fields))
            } else if showsValues {
                try console.line("\(style.cyan(record.key))  \(record.value)")
            } else {
                try console.line(record.key)
            }
        }
    }
}
