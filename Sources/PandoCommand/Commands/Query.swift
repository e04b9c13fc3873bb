import httpd

extension Command {
    static let query = Command(
        name: "query",
        summary: "run one ReQL query",
        positionals: [
            .fileOrServer, Positional(name: "QUERY", help: "the query, as JavaScript spells it; - reads it from standard input"),
        ],
        options: [
            .choice("format", ["json", "ndjson", "table", "csv"], "how rows are written (default: json, of a feed ndjson)"),
            .value("fields", "A,B", "only these top-level fields; for csv and table the columns"),
            .value("db", "NAME", "the database of r.table(…) without r.db(…) (default: test)"),
            .value("as-of", "STATE", "read this state in place of the newest: its name (pando state), a time or the number of a commit"),
            .flag("explain", "how the query is answered, in place of what: terms, indexes, rows and times; with --format json as JSON"),
            .flag("profile", "beside the answer, how it is answered, on standard error; for this the query runs once more"),
        ] + Option.connecting(),
        discussion: """
            A query that only reads works also while the file is served. json writes a sequence or an array with a row a line, and anything else on
            one line. --explain and --profile run the query to explain it; what it writes then is rolled back.
            """,
        examples: [
            "pando query app.pando 'r.db(\"app\").table(\"users\").filter(u => u(\"age\").gt(30))'",
            "pando query app.pando --format table 'r.db(\"app\").table(\"users\").orderBy(\"name\").limit(10)'",
            "pando query app.pando - < query.js",
            "pando query app.pando --as-of before-migration 'r.db(\"app\").table(\"users\").count()'",
            "pando query app.pando --explain 'r.db(\"app\").table(\"users\").orderBy(\"name\").limit(10)'",
            "pando query --connect localhost:8080 'r.db(\"app\").table(\"users\").changes()'",
        ]
    ) { arguments, console in
        if arguments.has("explain") {
            if arguments.has("profile") { throw CommandError.usage("Choose one of --explain and --profile.") }
            if let format = arguments.value("format"), format != "json" {
                throw CommandError.usage("--explain is printed as text, or with --format json as JSON, not as \(format).")
            }
        }
        let text = arguments["QUERY"] == "-" ? try InputFile("-").readText() : arguments["QUERY"]
        let tree: TermTree
        do { tree = try TermTree(text: text) } catch {
            // Somebody who knows another language is told of this one.
            guard !text.contains("r.") else { throw error }
            throw CommandError.failed("\(error)\nA query is ReQL and begins with r: r.db(\"app\").table(\"users\"). See pando query --help")
        }
        let fields = try arguments.names("fields")
        let session = try arguments.session(tree.writes ? .writing : tree.waitsForIndexes ? .whatIsFree : .reading)
        session.asOf = arguments.value("as-of")
        do {
            if arguments.has("explain") {
                let plan = try session.explain(tree, database: arguments.value("db"), stopper: Stopper())
                if arguments.value("format") == "json" {
                    try console.printJSON(plan.datum)
                } else {
                    try console.output.write(plan.description)
                }
                return try session.close()
            }
            if arguments.has("profile") {
                console.complain(try session.explain(tree, database: arguments.value("db"), stopper: Stopper()).description)
            }
            let answer = try session.start(tree, database: arguments.value("db"), stopper: Stopper())
            // Each row of a feed is whole when it comes.
            let format = arguments.value("format").flatMap(RowFormat.init(rawValue:)) ?? (answer.isFeed ? .ndjson : .json)
            let rows = RowWriter(
                format, to: console.output, fields: fields, style: Style(isTerminal: console.isOutputTerminal), width: console.outputWidth)
            try printAnswer(answer, rows, format, console)
            if tree.makesIndexes { try session.finishIndexes(stopper: Stopper()) }
        } catch let error as ReQLError {
            // With the query and a mark under the term that failed.
            let parts = [error.message, tree.snippet(markedAt: error.frames), hint(error, arguments)]
            throw CommandError.failed(parts.compactMap { $0 }.joined(separator: "\n"))
        }
        try session.close()
    }

    /// Advice for errors that come of not knowing the database `test`, or where feeds are.
    private static func hint(_ error: ReQLError, _ arguments: Arguments) -> String? {
        if arguments.value("db") == nil, error.message.hasPrefix("Database `test` does not exist") {
            return "A table without r.db(…) in front is one of the database test; say r.db(\"NAME\").table(…), or --db NAME."
        }
        if arguments.value("connect") == nil, error.message.hasPrefix("A file that is opened to be read has no feeds") {
            return "With pando serve \(PostgresAddress.shown(arguments["FILE"])) running: pando query --connect localhost:8080 …"
        }
        return nil
    }

    static func printAnswer(_ answer: SessionAnswer, _ rows: RowWriter, _ format: RowFormat, _ console: Console) throws {
        var rows = rows
        switch answer {
        case .value(let value) where value.kind == .array:
            for element in value.elements { try rows.write(element) }
            try rows.finish()
        case .value(let value) where format == .json || format == .ndjson:
            try console.printJSON(value)
        case .value(let value):
            try rows.write(value)
            try rows.finish()
        case .rows(let source):
            defer { source.close() }
            while let row = try source.next() {
                try rows.write(row)
                // What comes in time is wanted in time.
                if source.isFeed { try console.output.flush() }
            }
            try rows.finish()
        }
    }
}
