import httpd

// What is there: databases, tables, indexes, fields. All of it is asked for by queries, so that it is the same at a server.
extension Shell {
    func listDatabases() throws {
        var table = TextTable(["database", "tables"], right: ["tables"])
        let rows = try session.ask("r.dbList().map(d => ({name: d, tables: r.db(d).tableList().count()}))")
        for row in rows.elements { table.add([row[field: "name"]?.string ?? "", grouped(row[field: "tables"]?.integer ?? 0)]) }
        try printTable(table)
    }

    func listTables(of database: String) throws {
        try requireDatabase(database)
        let place = "r.db(\(Datum(database)))"
        let rows = try session.ask(
            "\(place).tableList().map(t => \(place).table(t).info().pluck('name', 'primary_key', 'indexes')"
                + ".merge({count: \(place).table(t).count()}))")
        var table = TextTable(["table", "documents", "primary key", "indexes"], right: ["documents"])
        for row in rows.elements {
            table.add([
                row[field: "name"]?.string ?? "", grouped(row[field: "count"]?.integer ?? 0), row[field: "primary_key"]?.string ?? "",
                row[field: "indexes"]?.names.joined(separator: ", ") ?? "",
            ])
        }
        try printTable(table)
    }

    func listIndexes(of text: String?) throws {
        var table = TextTable(["table", "index", "ready", "kind", "made by"])
        for name in try tables(text) {
            for status in try session.ask("\(name.query).indexStatus().without('function')").elements {
                let kind = ["multi", "geo"].filter { status[field: $0] == true }.joined(separator: ", ")
                table.add([
                    name.table, status[field: "index"]?.string ?? "", status[field: "ready"] == true ? "yes" : "no", kind,
                    status[field: "query"]?.string ?? "",
                ])
            }
        }
        try printTable(table)
    }

    /// A table with the fields that its first documents have, and of what types they are.
    func showSchema(of text: String?) throws {
        let sampleCount = 200
        for name in try tables(text) {
            let facts = try session.ask("\(name.query).info().pluck('primary_key', 'indexes')")
            let fields = try session.ask(
                """
                \(name.query).limit(\(sampleCount)).concatMap(d => d.coerceTo('array'))
                    .map(f => ({name: f(0), type: f(1).typeOf()})).group('name', 'type').count().ungroup()
                """)
            let rowCount = try session.ask("\(name.query).limit(\(sampleCount)).count()").integer ?? 0
            try printLine("\(name.database).\(name.table), primary key \(facts[field: "primary_key"]?.string ?? "")")
            if let indexes = facts[field: "indexes"]?.names, !indexes.isEmpty {
                try printLine("indexes: \(indexes.joined(separator: ", "))")
            }
            var table = TextTable(["field", "types", "in"], right: ["in"])
            var seen: [(field: String, types: [String], count: Int)] = []
            for group in fields.elements {
                guard let key = group[field: "group"], let field = key[0].string, let type = key[1].string else { continue }
                let count = group[field: "reduction"]?.integer ?? 0
                if let last = seen.last, last.field == field {
                    seen[seen.count - 1].types.append(type.lowercased())
                    seen[seen.count - 1].count += count
                } else {
                    seen.append((field, [type.lowercased()], count))
                }
            }
            for one in seen {
                table.add([one.field, one.types.joined(separator: ", "), "\(one.count * 100 / max(rowCount, 1)) %"])
            }
            try printTable(table)
            if rowCount == sampleCount { try printLine(style.faint("of the first \(sampleCount) documents")) }
        }
    }

    func showStatistics() throws {
        var table = TextTable(["fact", "value"])
        for row in try session.statistics() { table.add([row.name, row.value]) }
        try printTable(table)
    }

    /// The table that was named, or all of the database in use.
    private func tables(_ text: String?) throws -> [TableName] {
        if let text {
            let name = try tableName(text)
            try requireDatabase(name.database)
            let names = try session.ask("r.db(\(Datum(name.database))).tableList()").names
            guard names.contains(name.table) else {
                let near = suggestion(for: name.table, among: names)
                throw CommandError.failed("There is no table \(name.database).\(name.table).\(near)")
            }
            return [name]
        }
        try requireDatabase(database)
        return try session.ask("r.db(\(Datum(database))).tableList()").names.map { TableName(database: database, table: $0) }
    }

    private func requireDatabase(_ name: String) throws {
        let names = try session.ask("r.dbList()").names
        guard names.contains(name) else {
            throw CommandError.failed("There is no database \(name).\(suggestion(for: name, among: names)) .use chooses another.")
        }
    }
}

extension Datum {
    /// The strings of an array.
    fileprivate var names: [String] { elements.compactMap(\.string) }
}

extension TableName {
    var text: String { "\(database).\(table)" }

    /// The table as a term.
    var query: String { "r.db(\(Datum(database))).table(\(Datum(table)))" }
}
