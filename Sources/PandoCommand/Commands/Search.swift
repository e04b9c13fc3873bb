import httpd

extension Command {
    static let search = Command(
        name: "search",
        summary: "search the texts of a table",
        positionals: [
            .fileOrServer, .table, Positional(name: "WORDS", help: "words, \"phrases\", OR, -without, begin*, typo~, field:word"),
        ],
        options: [
            .value("index", "NAME", "the text index, if the table has several"),
            .value("limit", "N", "how many documents at most (default: 10)"),
            .flag("any", "one of the words is enough"), .flag("fuzzy", "words may have typos"),
            .flag("scores", "with the score of each document, in the field found"),
            .value("highlight", "A,B", "these fields with marks around what was found, in the field found"),
            .choice("format", ["json", "ndjson", "table", "csv"], "how documents are written (default: json)"),
            .value("fields", "A,B", "only these top-level fields; for csv and table the columns"),
            .flag("explain", "how the search was done, in place of what it found"),
        ] + Option.connecting(),
        discussion: """
            The best documents come first. A text index is made with pando index create --text english; docs/SEARCH.md has what words may be
            written, and what they find. Typos are looked for in words of five letters and more. WORDS that begin with - come behind --.
            """,
        examples: [
            "pando search app.pando app.posts '\"copy on write\" tree* -log'",
            "pando search app.pando app.posts telepone --fuzzy --fields id,title --format table",
        ]
    ) { arguments, console in
        let name = try TableName(arguments["DB.TABLE"])
        let limit = arguments.value("limit") ?? "10"
        guard let count = Int(limit), count > 0 else { throw CommandError.usage("--limit is a number above 0, not \(limit).") }
        if arguments.has("explain"), let format = arguments.value("format") {
            guard format == "json" else {
                throw CommandError.usage("--explain is printed as text, or with --format json as JSON, not as \(format).")
            }
        }
        var options: [String] = []
        if let index = arguments.value("index") { options.append("index: \(Datum(index))") }
        if arguments.has("any") { options.append("operator: \"or\"") }
        if arguments.has("fuzzy") { options.append("fuzzy: true") }
        if arguments.has("scores") { options.append("as: \"found\"") }
        if let fields = try arguments.names("highlight") { options.append("highlight: \(Datum(elements: fields.map { Datum($0) }))") }
        let tree = try TermTree(
            text: "\(name.query).search(\(Datum(arguments["WORDS"])), {\(options.joined(separator: ", "))}).limit(\(count))")
        let session = try arguments.session(.reading)
        _ = try session.requiredTable(name)
        if arguments.has("explain") {
            let plan = try session.explain(tree, database: nil, stopper: Stopper())
            if arguments.value("format") == "json" {
                try console.printJSON(plan.datum)
            } else {
                try console.output.write(plan.description)
            }
            return try session.close()
        }
        let format = arguments.value("format").flatMap(RowFormat.init(rawValue:)) ?? .json
        var fields = try arguments.names("fields")
        // What is asked for besides is shown besides.
        if let named = fields, !named.contains("found"), arguments.has("scores") || arguments.value("highlight") != nil {
            fields = named + ["found"]
        }
        let rows = RowWriter(
            format, to: console.output, fields: fields, style: Style(isTerminal: console.isOutputTerminal),
            width: console.outputWidth)
        try printAnswer(try session.start(tree, database: nil, stopper: Stopper()), rows, format, console)
        try session.close()
    }
}
