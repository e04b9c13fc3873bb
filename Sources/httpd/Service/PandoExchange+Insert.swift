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
        let needed: [Permission] = [.insert, .read] + (conflict == .error ? [] : [.update])
        if type == .csv {
            try require(needed, on: path)
            return try answer(insertRecords(path, infersTypes: infersTypes, conflict, skips: skips, durability), path, count: nil)
        }
        // A shorter body has hardly as many lines as are worth a block.
        if type == .rows, conflict == .error, !skips, request.body.count >= Self.leastOfBlock * 8,
            let inserted = try insertLines(path, needing: needed, durability)
        {
            return try answer(inserted.report, path, count: inserted.count)
        }
        var report = InsertReport(place: type == .rows ? "line" : "document")
        var documents: InsertedDocuments
        var xml: XMLBody?
        switch type {
        case .xml:
            try require(needed, on: path)
            xml = try XMLBody(request.body, record: parameters["record"])
            try xml?.read(try readState().existingTable(path).shape)
            documents = try InsertedDocuments(xml?.documents ?? [])
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
            // What else is done in an open transaction stays when one of these is refused.
            var takesBlocks = conflict == .error && !skips && self.transaction == nil
            var position = 0
            while position < documents.count {
                try checkClient()
                if takesBlocks {
                    if let count = try insertBlock(of: documents, from: position, into: table, &transaction, &report) {
                        position += count
                        continue
                    }
                    takesBlocks = false
                }
                let (number, document) = documents[position]
                position += 1
                do {
                    try transaction.insert(document, in: table, conflict, &report)
                } catch {
                    if skips, !error.isAboutTheWhole, case let problem = Problem(error), problem.isAboutTheDocument {
                        report.fail(number, problem)
                        continue
                    }
                    throw Problem.refused(number, of: documents.count, error)
                }
            }
            pando.server.countWritten(report.inserted + report.replaced, of: table)
            return (report, durability ?? table.durability)
        }
        try answer(report, path, count: documents.count)
    }

    /// So many documents are worth a block, and so many bytes of them go into one.
    static let leastOfBlock = 64
    static let blockByteCount = 8 << 20

    /// Inserts documents in the order of their keys, as many as go into a block, if all of these are new.
    ///
    /// - Returns: how many; nil if they have to be inserted one by one, which tells what is wrong with which.
    private func insertBlock(
        of documents: InsertedDocuments, from start: Int, into table: TableConfig, _ transaction: inout CatalogTransaction,
        _ report: inout InsertReport
    ) throws -> Int? {
        guard documents.count - start >= Self.leastOfBlock, try transaction.takesBlocks(table) else { return nil }
        let block = DocumentBlock(for: table)
        while start + block.count < documents.count, block.byteCount < Self.blockByteCount {
            let (number, document) = documents[start + block.count]
            block.add(document, line: number)
            guard block.problems.isEmpty else { return nil }
        }
        try insert(block, of: documents.count, into: table, &transaction, &report)
        return block.count
    }

    /// - Parameter count: of all documents of the request.
    func insert(
        _ block: DocumentBlock, of count: Int, into table: TableConfig, _ transaction: inout CatalogTransaction,
        _ report: inout InsertReport
    ) throws {
        if let taken = try transaction.insert(block, in: table) {
            let key = block.document(taken)?[field: table.primaryKey] ?? .null
            throw Problem.refused(block.line(of: taken), of: count, CatalogTransaction.isTaken(key, in: table))
        }
        report.inserted += block.count
        for position in 0..<(block.generatedKeyCount > 0 ? block.count : 0) where block.hasGeneratedKey(position) {
            if let key = block.document(position)?[field: table.primaryKey] { report.add(generatedKey: key.owned) }
        }
    }

    /// - Parameter count: of the documents that came; nil for lines of a table.
    private func answer(_ report: InsertReport, _ path: TablePath, count: Int?) throws {
        response.status = report.inserted > 0 ? 201 : 200
        if count == 1, report.inserted + report.replaced + report.unchanged == 1, let key = report.lastKey {
            response.addTrusted("Location", path.target(of: key))
        }
        send(try report.datum())
    }

    /// Throws once the client has left, or the server stops.
    func checkClient() throws(CatalogError) {
        if let cancellation, cancellation.isCancelled { throw Cancellation.error }
    }

    /// Throws if the documents are more than one request may insert: others wait for the writer's turn meanwhile.
    func requireRoom(for count: Int) throws(Problem) {
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

    /// A body of more bytes is many documents.
    private static let shortTableBytes = 4096

    /// Inserts the records of a body of comma-separated values one after the other, as they are read. Those that can't be read or inserted
    /// are left out and noted, or an error.
    private func insertRecords(
        _ path: TablePath, infersTypes: Bool, _ conflict: Conflict, skips: Bool, _ durability: Durability?
    ) throws -> InsertReport {
        let isLong = storedBody != nil || request.body.count > Self.shortTableBytes
        return try write(isLong: isLong) { transaction in
            let table = try transaction.existingTable(path)
            var report = InsertReport(place: "line")
            let declared = DeclaredColumns(table)
            var body = CSVBody(infersTypes: infersTypes, texts: declared?.texts ?? [], areDeclared: declared != nil)
            var position = 0
            var isRead = false
            while !isRead {
                if let piece = try bodyPiece(&position) {
                    try body.append(piece.span)
                } else {
                    try body.finish()
                    isRead = true
                }
                while let (record, line) = try body.next() {
                    try checkClient()
                    do {
                        switch record {
                        case .document(let document): try transaction.insert(document, in: table, conflict, &report)
                        case .refused(let problem): throw problem
                        }
                    } catch {
                        var problem = Problem(error)
                        if skips, !error.isAboutTheWhole, problem.isAboutTheDocument {
                            report.fail(line, problem)
                            continue
                        }
                        if case .document = record { problem.detail = "Line \(line): \(problem.sentence) Nothing was inserted." }
                        throw problem
                    }
                }
            }
            pando.server.countWritten(report.inserted + report.replaced, of: table)
            return (report, durability ?? table.durability)
        }
    }

    /// What is read of the body at once.
    private static let pieceBytes = 1 << 16

    /// The next piece of the body, what was put aside first; nil at its end.
    private func bodyPiece(_ position: inout Int) throws(CatalogError) -> [UInt8]? {
        let stored = storedBody?.byteCount ?? 0
        let piece: [UInt8]
        if let storedBody, position < stored {
            piece = try storedBody.read(at: position, count: min(Self.pieceBytes, stored - position))
        } else {
            let start = position - stored
            let body = request.body
            let end = min(start + Self.pieceBytes, body.count)
            piece = body.span.extracting(start..<end).withBytes { $0.copy() }
        }
        position += piece.count
        return piece.isEmpty ? nil : piece
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
            if line.withBytes({ $0.isBlank }) { continue }
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

extension Error {
    /// Whether nothing of the transaction can go on: what others have changed or locked, and what would take as long for each document.
    fileprivate var isAboutTheWhole: Bool {
        guard let error = self as? CatalogError else { return false }
        return switch error.kind {
        case .locked, .serializationFailure, .deadlock, .functionTooSlow: true
        default: false
        }
    }
}

extension Problem {
    /// Whether others can still be inserted.
    fileprivate var isAboutTheDocument: Bool { (400..<500).contains(status.code) && status != 403 && status != 404 }

    /// What is told, before more is. Messages of SQL have no full stop, as PostgreSQL's haven't.
    fileprivate var sentence: String { detail.hasSuffix(".") ? detail : detail + "." }

    /// What is told of a document that was refused, if others came with it.
    fileprivate static func refused(_ number: Int, of count: Int, _ error: any Error) -> any Error {
        guard count > 1 else { return error }
        var problem = Problem(error)
        problem.detail = "Document \(number) of \(count): \(problem.sentence) Nothing was inserted."
        return problem
    }
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

/// What an insert has done.
struct InsertReport {
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
            let stored = try putUnkeyed(document, in: table)
            report.inserted += 1
            if let key = stored[field: table.primaryKey] { report.add(generatedKey: key.owned) }
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
        case .error: throw Self.isTaken(key, in: table)
        case .replace: new = document
        case .update: new = try old.merging(document)
        }
        var stored: Datum? = new
        if try replace(found, by: &stored, in: table) { report.replaced += 1 } else { report.unchanged += 1 }
    }

    fileprivate static func isTaken(_ key: Datum, in table: TableConfig) -> CatalogError {
        let primary = table.declaration?[field: "constraints"]?.elements.first { $0[field: "kind"] == "primary" }?[field: "name"]?.string
        let name = table.name.split(separator: ".").last.map(String.init)
        return CatalogError(
            .documentExists, "Table `\(table.qualifiedName)` already has a document with the key \(key.description).",
            primary.map { DeclarationViolation(sqlState: "23505", table: name, column: nil, constraint: $0) })
    }
}
