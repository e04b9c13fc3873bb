import httpd

extension Command {
    static let cluster = Command(
        name: "cluster",
        summary: "who writes, and where there are copies of everything",
        positionals: [.fileOrServer],
        options: [.json] + Option.connecting(),
        discussion: """
            Of what PostgreSQL keeps (postgresql://…, or a server of that by --connect): each host and whether it is the primary, the processes that
            serve, and the standbys with what they lack. Of a served file: whether it is a primary or a standby, and who follows it. A file
            that nobody serves has nobody beside it. While PostgreSQL does not answer, `error` says why, and the exit status is 1; a server
            tells what it knew last beside it, `known_seconds` ago.
            """,
        examples: [
            "pando cluster --connect localhost:8080", "pando cluster 'postgresql://pando@db1,db2,db3/app'",
        ]
    ) { arguments, console in
        let report: Datum
        if let server = try arguments.server() {
            report = try ServerSession(server).request("GET", "/_admin/cluster")
        } else {
            report = try clusterDatum(of: arguments["FILE"], arguments.key())
        }
        if arguments.has("json") { try console.printJSON(report) } else { try printFacts(report, console) }
        if report[field: "error"] != nil { throw CommandError.reported }
    }
}

/// Single facts first, then a table of the servers and processes of each kind.
private func printFacts(_ report: Datum, _ console: Console) throws {
    let facts = report.fields.filter { $0.value.kind != .array && !$0.value.isNull }
    try console.printTable(TextTable(rows: facts.map { ["fact": Datum($0.key), "value": $0.value] }, fields: ["fact", "value"]))
    for field in report.fields where field.value.kind == .array && field.value.count > 0 {
        try console.line()
        try console.line("\(field.key):")
        // What it is called comes first.
        let names = field.value[0].fields.map(\.key)
        let fields = names.filter { ["name", "id"].contains($0) } + names.filter { !["name", "id"].contains($0) }
        try console.printTable(TextTable(rows: Array(field.value.elements), fields: fields))
    }
}

/// What there is to tell of a file, or of what an engine keeps: of one that does not answer, what each of its hosts says.
private func clusterDatum(of place: String, _ key: FileEncryption?) throws -> Datum {
    let catalog: Catalog
    do { catalog = try Catalog.reading(place, key) } catch {
        guard PostgresAddress.isOne(place) else { throw error }
        let address = try PostgresAddress(place)
        let hosts = PostgresHosts(address).survey()
        // Some answers: it is not that they are away.
        guard !hosts.contains(where: { $0.state == "primary" }) else { throw error }
        return [
            "role": "reader", "engine": Datum(address.name), "error": Datum("\(error)"), "hosts": Datum(elements: hosts.map(\.datum)),
        ]
    }
    defer { try? catalog.close() }
    return catalog.clusterDatum
}
