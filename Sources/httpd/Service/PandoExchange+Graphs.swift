import ReQLish

// Relations, and the documents around one.
extension PandoExchange {
    // MARK: Relations

    /// `GET /<db>/_relations`: those of the tables that the account may read or configure.
    func relations(_ database: String) throws {
        let snapshot = try readState()
        let tables = try snapshot.tables(in: try snapshot.existingDatabase(named: database))
        var shown: [Datum] = []
        for table in tables where try mayKnow(table, in: snapshot) { shown += try self.shown(of: table, in: snapshot) }
        send(try Datum.array(shown))
    }

    func relations(of path: TablePath) throws {
        let snapshot = try readState()
        let table = try snapshot.existingTable(path)
        send(try Datum.array(try mayKnow(table, in: snapshot) ? shown(of: table, in: snapshot) : []))
    }

    private func shown(of table: TableConfig, in snapshot: CatalogSnapshot) throws -> [Datum] {
        try snapshot.relations(of: table).map { relation in
            try Datum.object([("table", Datum(table.name))] + snapshot.fields(of: relation))
        }
    }

    /// `{"name": "wrote", "field": "author", "to": "people", "reverse": "books"}`, or with both ends of edges that are documents
    /// `{"name": "knows", "from": "from", "to": {"field": "to", "table": "people"}, "weight": "since"}`.
    func createRelation(_ path: TablePath) throws {
        let known = ["name", "reverse", "field", "from", "to", "kind", "weight"]
        let options = try fields(of: "A new relation", known)
        let name = try options.require("name", "the relation's, such as \"wrote\"") { $0.string.flatMap { $0.isEmpty ? nil : $0 } }
        var parts: [String] = []
        for option in known.dropFirst() {
            let isEnd = option == "from" || option == "to"
            let expected = isEnd ? "a name, or {\"field\": …, \"table\": …}" : "a name"
            let value = try options.read(option, expected) { value in
                if let text = value.string { return text.isEmpty ? nil : value }
                return isEnd && Self.isEnd(value) ? value : nil
            }
            if let value { parts.append("\(option): \(value)") }
        }
        _ = try run("relationCreate(\(Datum(name)), {\(parts.joined(separator: ", "))})", on: path)
        response.status = 201
        response.addTrusted("Location", "\(path.target)/_relation/\(PercentEncoding.encode(name))")
        let snapshot = try readState()
        let made = try shown(of: try snapshot.existingTable(path), in: snapshot).first { $0[field: "relation"]?.string == name }
        send(made ?? .null)
    }

    private static func isEnd(_ value: Datum) -> Bool {
        value.kind == .object && value[field: "field"]?.string?.isEmpty == false
            && value.fields.allSatisfy { ["field", "table"].contains($0.key) && $0.value.string?.isEmpty == false }
    }

    /// A relation as `relationStatus` tells of it: with all of its edges counted.
    func relation(_ name: String, of path: TablePath) throws {
        try requireRelation(name, of: path)
        send(try run("relationStatus(\(Datum(name)))(0)", on: path).setting("table", to: Datum(path.table)))
    }

    func dropRelation(_ name: String, of path: TablePath) throws {
        try requireRelation(name, of: path)
        _ = try run("relationDrop(\(Datum(name)))", on: path)
        response.status = 204
    }

    private func requireRelation(_ name: String, of path: TablePath) throws {
        let snapshot = try readState()
        guard try snapshot.relations(of: try snapshot.existingTable(path)).contains(where: { $0.name == name }) else {
            throw Problem.request(404, "Table `\(path.database).\(path.table)` has no relation `\(name)`.")
        }
    }

    // MARK: The documents around one

    private enum Direction: String, CaseIterable {
        case out, `in`, both
    }

    /// `?over=knows&depth=2&direction=both&limit=500&label=name&documents=true`: what `subgraph` answers.
    func graph(_ path: TablePath, _ key: Datum) throws {
        let parameters = try parameters()
        guard let over = parameters["over"] else {
            throw Problem.request(
                400, "The route needs `over`: the name of a relation, several with commas between, or what they are as JSON.")
        }
        var options = ["over: \(try Self.relations(over))"]
        if let depth = try parameters.integer("depth", RouteParameter.depths) { options.append("depth: \(depth)") }
        if let limit = try parameters.integer("limit", RouteParameter.nodeCounts) { options.append("limit: \(limit)") }
        if let direction = try parameters.choice("direction", as: Direction.self) { options.append("direction: \"\(direction)\"") }
        if let label = parameters["label"] { options.append("label: \(Datum(label))") }
        if parameters["documents"] == "true" { options.append("documents: true") }
        let found = try run("get(\(key)).subgraph({\(options.joined(separator: ", "))})", on: path)
        guard let nodes = found[field: "nodes"], nodes.count > 0 else {
            throw Problem.request(404, "Table `\(path.database).\(path.table)` has no document with the key `\(key)`.")
        }
        send(found)
    }

    private static func relations(_ text: String) throws -> Datum {
        if text.hasPrefix("{") || text.hasPrefix("[") {
            do { return try Datum(json: text) } catch { throw Problem.request(400, "The parameter `over` is not JSON: \(error.message)") }
        }
        let names = text.split(separator: ",").map { Datum(String($0)) }
        return names.count == 1 ? names[0] : Datum(elements: names)
    }
}
