import httpd

/// What an import of a PostgreSQL database has taken over, and what not.
struct PostgresImportReport {
    struct Rows {
        var table: String
        var count = 0
        /// Those that were refused.
        var skipped = 0
    }

    /// How many things of each kind.
    var taken: [String: Int] = [:]
    var rows: [Rows] = []
    var leftOut: [(kind: String, name: String, reason: String)] = []
    var elapsed = ""

    var rowCount: Int { rows.reduce(0) { $0 + $1.count } }
    private var skippedCount: Int { rows.reduce(0) { $0 + $1.skipped } }

    private static let kinds = [
        "table", "schema", "type", "domain", "sequence", "constraint", "foreign key", "index", "view", "materialized view",
    ]

    /// Tells it. Throws if something was left out, once all is told.
    func tell(_ database: String, _ console: Console, asJSON: Bool) throws {
        if asJSON { try console.printJSON(datum) }
        let parts = Self.kinds.dropFirst().compactMap { kind -> String? in
            guard let count = taken[kind] else { return nil }
            let plural = kind.hasSuffix("y") ? "\(kind)s" : kind == "index" ? "indexes" : "\(kind)s"
            return "\(grouped(count)) \(count == 1 ? kind : plural)"
        }
        let more = parts.isEmpty ? "" : ", with \(parts.joined(separator: ", "))"
        console.message(
            "Imported \(counted(taken["table"] ?? 0, "table")) with \(counted(rowCount, "row")) into \(database) in \(elapsed)\(more).")
        guard !leftOut.isEmpty else { return }
        for (kind, name, reason) in leftOut { console.complain("Left out: \(kind) \(name): \(reason)\(reason.hasSuffix(".") ? "" : ".")") }
        let named = leftOut.count { $0.kind == "row" }
        if skippedCount > named { console.complain("\(grouped(skippedCount - named)) more rows were refused and are not named.") }
        throw CommandError.reported
    }

    private var datum: Datum {
        [
            "tables": Datum(elements: rows.map { ["table": Datum($0.table), "rows": Datum($0.count), "skipped": Datum($0.skipped)] }),
            "taken": Datum(fields: taken.sorted { $0.key < $1.key }.map { ($0.key, Datum($0.value)) }),
            "left_out": Datum(
                elements: leftOut.map { ["kind": Datum($0.kind), "name": Datum($0.name), "reason": Datum($0.reason)] }),
        ]
    }
}
