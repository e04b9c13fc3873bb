import httpd

extension Command {
    static let digest = Command(
        name: "digest",
        summary: "a number that stands for all records, to compare files by",
        positionals: [.file],
        options: [
            .value("prefix", "TEXT", "only keys that begin so, as pando inspect shows them"),
            .value("table", "DB.TABLE", "only the documents of a table"),
            .value("as-of", "STATE", "as it was: the name of a state (pando state), a time or the number of a commit"), .json,
        ],
        discussion: """
            Two files with the same records have the same digest, whatever became of their pages: a file and its backup, its standby, its
            encrypted copy, before and after pando compact. Keys have the ids of databases and tables in them, so tables that were made apart
            have other digests although their documents are the same. It is for accidents, and no signature. A file has to be
            read for it; after pando compact --format 2 it takes no time, and loads and updates of many records an eighth longer.
            """,
        examples: [
            "pando digest app.pando", "pando digest app.pando --table app.users --json", "pando digest app.pando --prefix __meta__:tables:",
        ]
    ) { arguments, console in
        if arguments.value("table") != nil && arguments.value("prefix") != nil {
            throw CommandError.usage("Say --table or --prefix, not both.")
        }
        let catalog = try Catalog.reading(arguments["FILE"], arguments.key())
        let snapshot = try arguments.value("as-of").map { try catalog.snapshot(asOf: try StateReference(text: $0)) } ?? catalog.snapshot()
        let digest: String
        if let text = arguments.value("table") {
            digest = try snapshot.digest(in: snapshot.requiredTable(TableName(text)))
        } else {
            digest = try snapshot.digest(prefix: arguments.value("prefix") ?? "")
        }
        let isKept = try snapshot.hasDigests
        if arguments.has("json") {
            return try console.printJSON(["digest": Datum(digest), "commit": Datum(Int(snapshot.transaction)), "was_read": Datum(!isKept)])
        }
        try console.line(digest)
        if !isKept { console.message("The file keeps no digests, so it was read. pando compact --format 2 changes that.") }
    }
}
