import Ground
import ReQLish
import SQL

/// The treatment of a document whose key is taken.
private enum Conflict: String, CaseIterable {
    /// Nothing at all is inserted: 409.
    case error
    case replace
    /// The new document's fields over the old one's, as `merge` does.
    case update
}

/// The treatment of the others when a document can't be inserted.
private enum OnError: String, CaseIterable {
    /// Nothing at all is inserted.
    case stop
    /// They are inserted; the answer tells which was left out, and why.
    case skip
}

/// What cells of comma-separated values are.
private enum CellTypes: String, CaseIterable {
    /// A cell that is JSON is that, any other a string.
    case infer
    case text
}

extension PandoExchange {
    /// `POST /<db>/<table>`: one object, an array of them, one a line, XML, or comma-separated values. All in one transaction: either every
    /// document is in, or none, unless the client wants those left out that can't be inserted.
    func insert(_ path: TablePath) throws {
        let type = try MediaType.ofBody(request, among: [.json, .rows, .csv, .xml], fallback: .json)
        let parameters = try parameters()
        let conflict = try parameters.choice("conflict", as: Conflict.self) ?? .error
        let skips = try parameters.choice("on_error", as: OnError.self) == .skip
        let durability = try durability(parameters)
        if let record = parameters["record"] { try XMLBody.path(record) }
        let infersTypes = try parameters.choice("types", as: CellTypes.self) != .text
        var report = InsertReport(place: type == .rows || type == .csv ? "line" : "document")
        let needed: [Permission] = [.insert, .read] + (conflict == .error ? [] : [.update])
        var documents: InsertedDocuments
        var xml: XMLBody?
        switch type {
        case .xml:
            try require(needed, on: path)
            xml = try XMLBody(request.body, record: parameters["record"])
            try xml?.read(try catalog.snapshot().existingTable(path).shape)
            documents = try InsertedDocuments(xml?.documents ?? [])
        case .csv:
            try require(needed, on: path)
            let texts = DeclaredColumns(try readState().existingTable(path))?.texts ?? []
            documents = try documentRecords(request, CSVBody(infersTypes: infersTypes, texts: texts), skips: skips, &report)
        case .rows where skips: documents = try documentLines(request, &report)
        case .rows: documents = try documentRows(request)
        default: documents = try InsertedDocuments(body: try document())
        }
        try requireRoom(for: documents.count)

        try require(needed, on: path)
        report = try write(isLong: documents.count >= CatalogTransaction.longCount) { transaction in
            let table = try transaction.existingTable(path)
            if xml != nil {
                // Somebody else may have taught the table meanwhile.
                if try xml?.read(table.shape) == true { documents = try InsertedDocuments(xml?.documents ?? []) }
                if let learned = xml?.learned { try transaction.remember(learned, of: table) }
            }
            var report = report
            for position in 0..<documents.count {
                try checkClient()
                let (number, document) = documents[position]
                do {
                    try transaction.insert(document, in: table, conflict, &report)
                } catch {
                    var problem = Problem(error)
                    if skips, problem.isAboutTheDocument {
                        report.fail(number, problem)
                        continue
                    }
                    guard documents.count > 1 else { throw error }
                    // Lines of text are counted with all that stands between the documents.
                    let place = type == .csv ? "Line \(number)" : "Document \(number) of \(documents.count)"
                    problem.detail = "\(place): \(problem.detail) Nothing was inserted."
                    throw problem
                }
            }
            pando.server.countWritten(report.inserted + report.replaced, of: table)
            return (report, durability ?? table.durability)
        }
        response.status = report.inserted > 0 ? 201 : 200
        if documents.count == 1, report.inserted + report.replaced + report.unchanged == 1, let key = report.lastKey {
            response.addTrusted("Location", path.target(of: key))
        }
        send(try report.datum())
    }

    /// Throws once the client has left, or the server stops.
    func checkClient() throws(CatalogError) {
        if let cancellation, cancellation.isCancelled { throw Cancellation.error }
    }

    /// Throws if the documents are more than one request may insert: others wait for the writer's turn meanwhile.
    private func requireRoom(for count: Int) throws(Problem) {
        let limit = service.configuration.limits.documentsOfInsert
        guard count > limit else { return }
        throw Problem(413, .resourceLimit, "One request inserts at most \(limit) documents, its limit; send them in parts.")
    }

    /// One document a line; an error names its line.
    private func documentRows(_ request: borrowing HTTPRequest) throws -> InsertedDocuments {
        let documents = InsertedDocuments()
        var splitter = JSONValueSplitter(form: .sequence)
        splitter.append(request.body.span)
        splitter.finish()
        while let document = try splitter.next() {
            try checkClient()
            try documents.add(document)
            try requireRoom(for: documents.count)
        }
        return documents
    }

    /// One document a record of comma-separated values; records that can't be read are left out and noted, or an error.
    private func documentRecords(
        _ request: borrowing HTTPRequest, _ body: CSVBody, skips: Bool, _ report: inout InsertReport
    ) throws -> InsertedDocuments {
        let documents = InsertedDocuments()
        var body = body
        let bytes = request.body
        try body.read(bytes.span) { document, line in
            try checkClient()
            try documents.add(document, line)
            try requireRoom(for: documents.count)
        } refuse: { problem, line in
            guard skips else { throw problem }
            report.fail(line, problem)
        }
        return documents
    }

    /// The same, but lines that are not JSON are left out and noted. So each line stands for itself.
    private func documentLines(_ request: borrowing HTTPRequest, _ report: inout InsertReport) throws -> InsertedDocuments {
        let documents = InsertedDocuments()
        let body = request.body
        let bytes = body.span
        var start = 0
        var number = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != UInt8.lineFeed { end += 1 }
            number += 1
            let line = bytes.extracting(start..<end)
            start = end + 1
            if line.indices.allSatisfy({ line[$0].isBlank || line[$0] == UInt8.carriageReturn }) { continue }
            try checkClient()
            let document: Datum
            do throws(JSONError) { document = try Datum(json: line) } catch {
                report.fail(number, .request(400, "The line is not valid JSON: \(error.message) (column \(error.column))."))
                continue
            }
            try documents.add(document, number)
            try requireRoom(for: documents.count)
        }
        return documents
    }
}

extension Problem {
    /// Whether others can still be inserted.
    fileprivate var isAboutTheDocument: Bool { (400..<500).contains(status.code) && status != 403 && status != 404 }
}

/// The documents of a request with their numbers, and what they take of its memory.
private final class InsertedDocuments {
    private var array: Datum?
    private var documents: [(number: Int, document: Datum)] = []
    private var charge = ValueCharge()

    init() {}

    init(_ documents: [Datum]) throws(DatumError) {
        for document in documents { try add(document) }
    }

    init(body: Datum) throws(Problem) {
        switch body.kind {
        case .object: documents = [(1, body)]
        case .array: array = body
        default: throw Problem(422, .queryLogic, "The body is neither a document nor an array of them, but \(body.typeName).")
        }
    }

    var count: Int { array?.count ?? documents.count }

    subscript(position: Int) -> (number: Int, document: Datum) { array.map { (position + 1, $0[position]) } ?? documents[position] }

    /// What a document takes beside its bytes: its place here, and what the system needs to have it by itself.
    private static let placeByteCount = 128

    func add(_ document: Datum, _ number: Int? = nil) throws(DatumError) {
        try charge.add(document.heldByteCount + Self.placeByteCount)
        documents.append((number ?? documents.count + 1, document))
    }
}

private struct InsertReport {
    var inserted = 0
    var replaced = 0
    var unchanged = 0
    private var generatedKeys: [Datum] = []
    private var generatedKeyCount = 0
    var lastKey: Datum?
    /// What numbers count.
    let place: String
    private(set) var errors = 0
    /// The first of them.
    private var failed: [Datum] = []
    private static let mostFailed = 100

    init(place: String) {
        self.place = place
    }

    /// The most keys that an answer has.
    private static let mostGeneratedKeys = 100_000

    mutating func add(generatedKey key: Datum) {
        lastKey = key
        generatedKeyCount += 1
        if generatedKeys.count < Self.mostGeneratedKeys { generatedKeys.append(key) }
    }

    mutating func fail(_ number: Int, _ problem: Problem) {
        errors += 1
        guard failed.count < Self.mostFailed else { return }
        failed.append([
            place: Datum(number), "status": Datum(problem.status.code), "code": Datum(problem.code), "detail": Datum(problem.detail),
        ])
    }

    /// As ReQL's `insert` reports.
    func datum() throws(DatumError) -> Datum {
        let counts: Datum = [
            "inserted": Datum(inserted), "replaced": Datum(replaced), "unchanged": Datum(unchanged), "errors": Datum(errors), "skipped": 0,
            "deleted": 0,
        ]
        var fields: [(String, Datum?)] = []
        if !generatedKeys.isEmpty { fields.append(("generated_keys", try Datum.array(generatedKeys))) }
        if generatedKeyCount > generatedKeys.count {
            let warning = "Too many generated keys (\(generatedKeyCount)), array truncated to \(generatedKeys.count)."
            fields.append(("warnings", [Datum(warning)]))
        }
        if !failed.isEmpty {
            let inOrder = failed.sorted { $0[field: place]?.integer ?? 0 < $1[field: place]?.integer ?? 0 }
            fields.append(("failed", try Datum.array(inOrder)))
        }
        return try counts.changing(fields)
    }
}

extension CatalogTransaction {
    fileprivate mutating func insert(_ document: Datum, in table: TableConfig, _ conflict: Conflict, _ report: inout InsertReport) throws {
        guard document.kind == .object else {
            throw Problem(422, .queryLogic, "A document is an object; this is \(document.typeName).")
        }
        guard let key = document[field: table.primaryKey] else {
            let key = Datum(UUID.random().description)
            try put(try document.setting(table.primaryKey, to: key), in: table)
            report.inserted += 1
            report.add(generatedKey: key)
            return
        }
        report.lastKey = key
        let found = try find(key, in: table)
        guard let old = found.document else {
            try put(document, in: table)
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
        var stored: Datum? = new
        if try replace(found, by: &stored, in: table) { report.replaced += 1 } else { report.unchanged += 1 }
    }
}
