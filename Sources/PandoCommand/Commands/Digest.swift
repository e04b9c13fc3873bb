import httpd

extension Command {
    static let digest = Command(
        name: "digest",
        summary: "a number that stands for all records, to compare files by",
        positionals: [.fileOrServer],
        options: [
            .value("prefix", "TEXT", "only keys that begin so, as pando inspect shows them"),
            .value("table", "DB.TABLE", "only the documents of a table"),
            .value("as-of", "STATE", "as it was: the name of a state (pando state), a time or the number of a commit"), .json,
        ] + Option.connecting(),
        discussion: """
            Two files with the same records have the same digest, whatever became of their pages: a file and its backup, its standby, its
            encrypted copy, before and after pando compact. Keys have the ids of databases and tables in them, so tables that were made apart
            have other digests although their documents are the same. It is for accidents, and no signature. A file has to be
            read for it; after pando compact --format 2 it takes no time, and loads and updates of many records an eighth longer.
            At a server, all records and those of a prefix are for admin, a table for who may read it.
            """,
        examples: [
            "pando digest app.pando", "pando digest app.pando --table app.users --json", "pando digest app.pando --prefix __meta__:tables:",
            "pando digest --connect localhost:8080 --table app.users",
        ]
    ) { arguments, console in
        if arguments.value("table") != nil && arguments.value("prefix") != nil {
            throw CommandError.usage("Say --table or --prefix, not both.")
        }
        if let server = try arguments.server() { return try digest(at: server, arguments, console) }
        try FileOnly.require(arguments["FILE"], "digests", instead: "Archives that pando dump makes of equal contents are equal.")
        let catalog = try Catalog.reading(arguments["FILE"], arguments.key())
        let snapshot = try arguments.value("as-of").map { try catalog.snapshot(asOf: try StateReference(text: $0)) } ?? catalog.snapshot()
        let digest: String
        if let text = arguments.value("table") {
            digest = try snapshot.digest(in: snapshot.requiredTable(TableName(text)))
        } else {
            digest = try snapshot.digest(prefix: arguments.value("prefix") ?? "")
        }
        let isKept = try snapshot.hasDigests
        try show(digest, isKept: isKept, commit: Int(snapshot.transaction), arguments, console)
    }

    private static func digest(at server: ServerAddress, _ arguments: Arguments, _ console: Console) throws {
        let asOf = arguments.value("as-of")
        if let text = arguments.value("table") {
            let name = try TableName(text)
            let session = ServerSession(server)
            let state = asOf.map { "?as_of=" + percentEncoded($0) } ?? ""
            let answer = try session.request("GET", "/\(percentEncoded(name.database))/\(percentEncoded(name.table))/_digest\(state)")
            return try show(answer.text("digest"), isKept: answer[field: "kept"]?.bool == true, commit: nil, arguments, console)
        }
        let side = ServerSide(server, asOf: asOf)
        let prefix = ReadableKey.bytes(of: arguments.value("prefix") ?? "")
        let range = KeyRangeBounds(prefix, CatalogSnapshot.end(ofPrefix: prefix))
        try show(side.digests([range])[0].digest, isKept: side.keepsDigests, commit: nil, arguments, console)
    }

    private static func show(_ digest: String, isKept: Bool, commit: Int?, _ arguments: Arguments, _ console: Console) throws {
        if arguments.has("json") {
            let commit = commit.map { [("commit", Datum($0))] } ?? []
            return try console.printJSON(try Datum.object([("digest", Datum(digest))] + commit + [("was_read", Datum(!isKept))]))
        }
        try console.line(digest)
        if !isKept { console.message("The file keeps no digests, so it was read. pando compact --format 2 changes that.") }
    }
}
