import ReQLish

// Secondary indexes of a table. Each route is a query, so that names, checks and the building are those of ReQL.
extension PandoExchange {
    func indexes(_ path: TablePath) throws {
        send(try run("indexStatus().without('function')", on: path))
    }

    /// `{"name": "city"}`, `{"name": "town", "field": "city"}`, `{"name": "place", "fields": ["country", "city"]}`, `"multi": true`, `"geo": true`,
    /// `"unique": true`.
    func createIndex(_ path: TablePath) throws {
        _ = try MediaType.ofBody(request, among: [.json], fallback: .json)
        let body = try json()
        guard body.kind == .object, let name = body[field: "name"]?.string, !name.isEmpty else {
            throw Problem.request(400, "The body is an object with the index's name, such as {\"name\": \"city\"}.")
        }
        for field in body.fields where !["name", "field", "fields", "multi", "geo", "unique"].contains(field.key) {
            throw Problem.request(400, "A new index has no option `\(field.key)`; it has name, field, fields, multi, geo and unique.")
        }
        var function = ""
        switch (body[field: "field"], body[field: "fields"]) {
        case (nil, nil): break
        case (let field?, nil):
            guard field.string != nil else { throw Problem.request(400, "`field` is the name of a field.") }
            function = ", d => d(\(field))"
        case (nil, let fields?):
            guard fields.kind == .array, fields.count > 0, fields.elements.allSatisfy({ $0.string != nil }) else {
                throw Problem.request(400, "`fields` is an array of names of fields.")
            }
            function = ", d => [\(fields.elements.map { "d(\($0))" }.joined(separator: ", "))]"
        default: throw Problem.request(400, "An index has either `field` or `fields`.")
        }
        let multi = body[field: "multi"] ?? false
        let geo = body[field: "geo"] ?? false
        let unique = body[field: "unique"] ?? false
        guard multi.bool != nil, geo.bool != nil, unique.bool != nil else {
            throw Problem.request(400, "`multi`, `geo` and `unique` are true or false.")
        }
        _ = try run("indexCreate(\(Datum(name))\(function), {multi: \(multi), geo: \(geo), unique: \(unique)})", on: path)
        response.status = 201
        response.addTrusted("Location", "\(path.target)/_index/\(PercentEncoding.encode(name))")
        send(try run("indexStatus(\(Datum(name)))(0).without('function')", on: path))
    }

    func index(_ name: String, of path: TablePath) throws {
        try requireIndex(name, of: path)
        send(try run("indexStatus(\(Datum(name)))(0).without('function')", on: path))
    }

    func dropIndex(_ name: String, of path: TablePath) throws {
        try requireIndex(name, of: path)
        _ = try run("indexDrop(\(Datum(name)))", on: path)
        response.status = 204
    }

    private func requireIndex(_ name: String, of path: TablePath) throws {
        guard try catalog.snapshot().existingTable(path).index(named: name) != nil else {
            throw Problem.request(404, "Table `\(path.database).\(path.table)` has no index `\(name)`.")
        }
    }

    private func run(_ call: String, on path: TablePath) throws -> Datum {
        _ = try catalog.snapshot().existingTable(path)
        let text = "r.db(\(Datum(path.database))).table(\(Datum(path.table))).\(call)"
        var options = QueryOptions()
        options.asked(by: self)
        return try pando.start(try TermTree(text: text), options: options).collected()
    }
}
