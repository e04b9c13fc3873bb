import httpd

extension Command {
    static let query = Command(
        name: "query",
        summary: "run one ReQL query",
        positionals: [.file, Positional(name: "QUERY", help: "the query, as JavaScript spells it; - reads it from standard input")],
        options: [
            .choice("format", ["json", "ndjson", "table", "csv"], "how rows are written (default: json)"),
            .value("fields", "A,B", "only these top-level fields; for csv and table the columns"),
            .value("db", "NAME", "the database of r.table(…) without r.db(…) (default: test)"),
        ],
        discussion: """
            A query that only reads works also while the file is served. json writes a sequence or an array with a row a line, and anything else on
            one line.
            """,
        examples: [
            "pando query app.pando 'r.db(\"app\").table(\"users\").filter(u => u(\"age\").gt(30))'",
            "pando query app.pando --format table 'r.db(\"app\").table(\"users\").orderBy(\"name\").limit(10)'",
            "pando query app.pando - < query.js",
        ]
    ) { arguments, console in
        let text = arguments["QUERY"] == "-" ? try InputFile("-").readText() : arguments["QUERY"]
        let tree = try TermTree(text: text)
        let format = arguments.value("format").flatMap(RowFormat.init(rawValue:)) ?? .json
        let rows = RowWriter(
            format, to: console.output, fields: try arguments.names("fields"), style: Style(isTerminal: console.isOutputTerminal),
            width: console.outputWidth)

        try Catalog.requireFile(arguments["FILE"])
        var options = PandoOptions()
        options.catalog.create = false
        options.catalog.readOnly = !tree.writes
        let pando = try Pando(path: arguments["FILE"], options: options)
        var queryOptions = QueryOptions()
        if let name = arguments.value("db") { queryOptions.database = name }
        do {
            try printResult(try pando.start(tree, options: queryOptions), rows, format, console)
        } catch let error as ReQLError {
            // With the query and a mark under the term that failed.
            throw CommandError.failed([error.message, tree.snippet(markedAt: error.frames)].compactMap { $0 }.joined(separator: "\n"))
        }
        try pando.close()
    }

    private static func printResult(_ result: QueryResult, _ rows: RowWriter, _ format: RowFormat, _ console: Console) throws {
        var rows = rows
        switch result {
        case .value(let value) where value.kind == .array:
            for element in value.elements { try rows.write(element) }
            try rows.finish()
        case .value(let value) where format == .json || format == .ndjson:
            try console.printJSON(value)
        case .value(let value):
            try rows.write(value)
            try rows.finish()
        case .sequence(let cursor):
            defer { cursor.close() }
            while let row = try cursor.next() { try rows.write(row) }
            try rows.finish()
        }
    }
}

extension TermTree {
    /// Whether running it may change the file, so that it must be opened for writing.
    var writes: Bool {
        var stack = [root]
        while let term = stack.popLast() {
            if Self.writingTypes.contains(term.type) { return true }
            stack += term.arguments
            stack += term.optionalArguments.map(\.term)
        }
        return false
    }

    private static let writingTypes: Set<TermType> = [
        .insert, .update, .replace, .delete, .sync, .dbCreate, .dbDrop, .tableCreate, .tableDrop, .indexCreate, .indexDrop, .indexRename,
        .setWriteHook, .reconfigure, .rebalance, .grant,
    ]
}
