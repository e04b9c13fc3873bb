import ReQLish

/// What happens to a document whose key is taken.
private enum Conflict: String, CaseIterable {
    /// Nothing at all is inserted: 409.
    case error
    case replace
    /// The new document's fields over the old one's, as `merge` does.
    case update
}

extension PandoService {
    /// `POST /<db>/<table>`: one object, an array of them, or one a line. All in one transaction: either every document is in, or none.
    func insert(_ path: Route.TablePath, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        let type = try MediaType.ofBody(request, among: [.json, .rows], fallback: .json)
        let parameters = try QueryParameters(request, known: ["conflict", "durability"])
        let conflict = try parameters.choice("conflict", as: Conflict.self) ?? .error
        let durability = try durability(parameters)
        let documents = type == .rows ? try Self.rows(request) : try Self.documents(try json(request))

        try require(.write, on: path, request)
        let report = try write(request) { transaction in
            let table = try transaction.existingTable(path)
            var report = InsertReport()
            for (position, document) in documents.enumerated() {
                do {
                    try transaction.insert(document, in: table, conflict, &report)
                } catch {
                    guard documents.count > 1 else { throw error }
                    var problem = Problem(error)
                    problem.detail = "Document \(position + 1) of \(documents.count): \(problem.detail) Nothing was inserted."
                    throw problem
                }
            }
            pando.server.countWritten(report.inserted + report.replaced, of: table)
            return (report, durability ?? table.durability)
        }
        response.status = report.inserted > 0 ? 201 : 200
        if documents.count == 1, let key = report.lastKey { response.addTrusted("Location", path.target(of: key)) }
        send(try report.datum(), &response)
    }

    private static func documents(_ body: Datum) throws -> [Datum] {
        switch body.kind {
        case .object: return [body]
        case .array: return Array(body.elements)
        default: throw Problem(422, .queryLogic, "The body is neither a document nor an array of them, but \(body.typeName).")
        }
    }

    /// One document a line; an error names its line.
    private static func rows(_ request: HTTPRequest) throws -> [Datum] {
        var documents: [Datum] = []
        var splitter = JSONValueSplitter(form: .sequence)
        splitter.append(request.body.span)
        splitter.finish()
        while let document = try splitter.next() { documents.append(document) }
        return documents
    }
}

private struct InsertReport {
    var inserted = 0
    var replaced = 0
    var unchanged = 0
    var generatedKeys: [Datum] = []
    var lastKey: Datum?

    /// As ReQL's `insert` reports.
    func datum() throws(DatumError) -> Datum {
        let counts: Datum = [
            "inserted": Datum(inserted), "replaced": Datum(replaced), "unchanged": Datum(unchanged), "errors": 0, "skipped": 0,
            "deleted": 0,
        ]
        return generatedKeys.isEmpty ? counts : try counts.setting("generated_keys", to: try Datum.array(generatedKeys))
    }
}

extension CatalogTransaction {
    fileprivate mutating func insert(
        _ document: Datum, in table: TableConfig, _ conflict: Conflict, _ report: inout InsertReport
    ) throws {
        guard document.kind == .object else {
            throw Problem(422, .queryLogic, "A document is an object; this is \(document.typeName).")
        }
        guard let key = document[field: table.primaryKey] else {
            let key = Datum(Identifier.uuid())
            try putHooked(try document.setting(table.primaryKey, to: key), over: nil, key, in: table)
            report.inserted += 1
            report.generatedKeys.append(key)
            report.lastKey = key
            return
        }
        report.lastKey = key
        guard let old = try get(key, in: table) else {
            try putHooked(document, over: nil, key, in: table)
            report.inserted += 1
            return
        }
        let new: Datum
        switch conflict {
        case .error:
            throw CatalogError(.documentExists, "Table `\(table.qualifiedName)` already has a document with the key \(key.description).")
        case .replace: new = document
        case .update: new = try old.merging(document)
        }
        if try putHooked(new, over: old, key, in: table) { report.replaced += 1 } else { report.unchanged += 1 }
    }

    /// Returns whether anything changed.
    @discardableResult
    private mutating func putHooked(_ document: Datum, over old: Datum?, _ key: Datum, in table: TableConfig) throws -> Bool {
        let new = try hooked(document, over: old, key: key, in: table) ?? document
        if let old, EntityTag(of: new) == EntityTag(of: old) { return false }
        try put(new, in: table)
        return true
    }
}
