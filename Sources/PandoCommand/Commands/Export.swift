import Ground
import httpd

extension Command {
    static let export = Command(
        name: "export",
        summary: "the documents of a table as JSON, NDJSON, CSV or XML",
        positionals: [.fileOrServer, .table],
        options: [
            .choice("format", ["json", "ndjson", "csv", "xml"], "default: by OUTPUT's name, else json"),
            .value("fields", "A,B", "only these top-level fields; for csv the columns, in this order"),
            .value("root", "NAME", "xml: the element around the documents (default: the one that they came in, else documents)"),
            .value("output", short: "o", "OUTPUT", "a file instead of standard output; compressed if its name ends in .gz"),
            .flag("force", "replace OUTPUT if it exists"),
        ] + Option.connecting(),
        discussion: """
            All rows are of one moment, ascending by primary key, also while the file is served. csv has a column for each top-level field that
            occurs; what is not a string is written as JSON, null as nothing, and in quotes a text that would read as a number or as nothing.
            """,
        examples: [
            "pando export app.pando app.users --format ndjson > users.ndjson",
            "pando export app.pando app.users --fields id,name -o users.csv.gz",
        ]
    ) { arguments, console in
        let name = try TableName(arguments["DB.TABLE"])
        if arguments.has("force"), arguments.value("output") == nil { throw CommandError.usage("--force goes with --output.") }
        let root = arguments.value("root")
        if let root, !XMLDocumentWriter.isName(root) {
            throw CommandError.usage("--root is a name that an element can have, not “\(root)”.")
        }
        let table: any ExportedTable
        if let server = try arguments.server() {
            table = try ServedTable(name, at: ServerSession(server))
        } else {
            table = try StoredTable(name, in: try Catalog.reading(arguments["FILE"], arguments.key()).snapshot())
        }
        let output = arguments.value("output")
        let format = arguments.value("format").flatMap(RowFormat.init(rawValue:)) ?? RowFormat(fileName: output ?? "") ?? .json
        var fields = try arguments.names("fields")
        if root != nil, format != .xml { throw CommandError.usage("--root goes with --format xml.") }
        if format == .csv, fields == nil { fields = try table.columns() }

        var progress = Progress(console, "documents")
        let total = try table.documentCount()
        let count = try writing(to: output, force: arguments.has("force"), source: arguments.positional("FILE"), console) { sink in
            var rows = RowWriter(format, to: sink, fields: fields, shape: table.shape, root: root)
            var count = 0
            let next = try table.documents()
            while let document = try next() {
                try rows.write(document)
                count += 1
                if count % 1024 == 0 { progress.show(count, fraction: Double(count) / Double(total)) }
            }
            try rows.finish()
            return count
        }
        progress.finish()
        if let output { console.message("Exported \(counted(count, "document")) of \(name.text) to \(output).") }
    }

    /// Runs `body` on standard output, or on a file that appears under its name only when it is whole and on the disk.
    private static func writing(
        to path: String?, force: Bool, source: String?, _ console: Console, _ body: (ByteSink) throws -> Int
    ) throws -> Int {
        guard let path else { return try body(console.output) }
        try TargetFile.check(path, force: force, source: source, advice: "Say --force to replace it.")
        return try TargetFile.open(path) { file in
            let sink = ByteSink(file: file, name: path, compresses: path.hasSuffix(".gz"))
            let result = try body(sink)
            try sink.finish()
            return result
        }
    }
}

extension RowFormat {
    /// What a file's name says about its contents.
    init?(fileName: String) {
        let fileName = fileName.hasSuffix(".gz") ? String(fileName.dropLast(3)) : fileName
        guard let dot = fileName.lastIndex(of: ".") else { return nil }
        switch fileName[fileName.index(after: dot)...].lowercased() {
        case "json": self = .json
        case "ndjson", "jsonl": self = .ndjson
        case "csv": self = .csv
        case "xml": self = .xml
        default: return nil
        }
    }
}
