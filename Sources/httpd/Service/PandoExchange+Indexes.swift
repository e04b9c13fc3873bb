import ReQLish

// Secondary indexes of a table. Each route is a query, so that names, checks and the building are those of ReQL.
extension PandoExchange {
    func indexes(_ path: TablePath) throws {
        send(try run("indexStatus().without('function')", on: path))
    }

    /// `{"name": "city"}`, `{"name": "town", "field": "city"}`, `{"name": "place", "fields": ["country", "city"]}`, `"multi": true`,
    /// `"geo": true`, `"unique": true`; of texts `"text": "english"`, with `"fields": {"title": 4, "body": 1}`.
    func createIndex(_ path: TablePath) throws {
        let options = try fields(of: "A new index", ["name", "field", "fields", "multi", "geo", "text", "unique"])
        let name = try options.require("name", "the index's, such as \"city\"") { $0.string.flatMap { $0.isEmpty ? nil : $0 } }
        if let text = try options.read("text", "the name of a language, or an object", { $0.isNull ? nil : $0 }) {
            for other in ["field", "multi", "geo", "unique"] where try options.read(other, "", { $0 }) != nil {
                throw Problem.request(400, "An index has either `text` or `\(other)`.")
            }
            let fields = try options.read("fields", "names of fields, or an object with their weights") { fields in
                fields.kind == .array || fields.kind == .object ? fields : nil
            }
            _ = try run("indexCreate(\(Datum(name)), {text: \(text)\(fields.map { ", fields: \($0)" } ?? "")})", on: path)
            return try sendMade(name, of: path)
        }
        var function = ""
        switch (try options.read("field", "the name of a field", \.string), try options.names("fields")) {
        case (nil, nil): break
        case (let field?, nil): function = ", d => d(\(Datum(field)))"
        case (nil, let fields?): function = ", d => [\(fields.map { "d(\(Datum($0)))" }.joined(separator: ", "))]"
        default: throw Problem.request(400, "An index has either `field` or `fields`.")
        }
        var kinds: [String] = []
        for kind in ["multi", "geo", "unique"] { kinds.append("\(kind): \(try options.read(kind, "true or false", \.bool) ?? false)") }
        _ = try run("indexCreate(\(Datum(name))\(function), {\(kinds.joined(separator: ", "))})", on: path)
        try sendMade(name, of: path)
    }

    private func sendMade(_ name: String, of path: TablePath) throws {
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
        guard try readState().existingTable(path).index(named: name) != nil else {
            throw Problem.request(404, "Table `\(path.database).\(path.table)` has no index `\(name)`.")
        }
    }

    /// What a query answers that begins with the table.
    func run(_ call: String, on path: TablePath) throws -> Datum {
        if try asOf() == nil { _ = try readState().existingTable(path) } else { _ = try readTable(path) }
        let text = try "\(term(of: path)).\(call)"
        var options = QueryOptions()
        options.asked(by: self)
        return try pando.start(try TermTree(text: text), options: options).collected()
    }
}
