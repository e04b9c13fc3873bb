import Ground
import httpd

/// Queries of a server that has a file open, over HTTP: one connection for each.
final class ServerSession: Session {
    private let address: ServerAddress
    var asOf: String?

    /// What queries and statements are done in: its id.
    private var transaction: String?
    var hasTransaction: Bool { transaction != nil }

    init(_ address: ServerAddress) { self.address = address }

    var name: String { address.name }
    var readOnlyReason: String? { nil }

    func start(_ query: TermTree, database: String?, stopper: Stopper) throws -> SessionAnswer {
        let body = body(of: query, database)
        let exchange = try Exchange.begin(
            address, "POST", "/_reql", body: body, accept: "application/x-ndjson", transaction: transaction, stopper: stopper)
        guard exchange.head.fields["pando-result"] == "value" else {
            return .rows(Rows(exchange, isFeed: exchange.head.fields["pando-result"] == "feed"))
        }
        let bytes = try exchange.readAll()
        return .value(try Datum(json: bytes.span))
    }

    func explain(_ query: TermTree, database: String?, stopper: Stopper) throws -> QueryPlan {
        let body = body(of: query, database, more: ",\"explain\":true")
        let bytes = try Exchange.begin(address, "POST", "/_reql", body: body, accept: "application/json", stopper: stopper).readAll()
        guard let plan = try Datum(json: bytes.span)[field: "result"].flatMap({ QueryPlan($0) }) else {
            throw CommandError.failed("The server doesn't answer with a plan that this version of pando can read.")
        }
        return plan
    }

    private func body(of query: TermTree, _ database: String?, more: StaticString = "") -> [UInt8] {
        var body = ByteBuffer()
        body.append("{\"query\":")
        query.writeJSON(into: &body)
        if let database { body.append(",\"db\":\(Datum(database))") }
        if let asOf { body.append(",\"as_of\":\(Datum(asOf))") }
        body.append(more)
        body.append("}")
        return body.bytes
    }

    func run(
        _ statement: String, _ parameters: StatementParameters, database: String, asTexts: Bool, stopper: Stopper
    ) throws -> StatementAnswer {
        var fields: [(String, Datum)] = [
            ("query", Datum(statement)), ("db", Datum(database)), ("rows", asTexts ? "texts" : "arrays"), ("types", true),
        ]
        if let params = parameters.json { fields.append(("params", params)) }
        let body = Array(Datum(fields: fields).description.utf8)
        let exchange = try Exchange.begin(
            address, "POST", "/_sql", body: body, accept: "application/x-ndjson", transaction: transaction, stopper: stopper)
        let rows = Rows(exchange, isFeed: false)
        let first = try rows.next()
        var end = first
        let columns = first?[field: "columns"]?.elements.map { StatementAnswer.Column(name: $0.text("name"), type: $0.text("type")) }
        return StatementAnswer(columns: columns) {
            guard let row = try rows.next() else { return nil }
            if row.kind == .array { return row }
            end = row
            return nil
        } finish: {
            guard let end, let command = end[field: "command"]?.string else {
                throw CommandError.failed("The server doesn't answer as this version of pando expects.")
            }
            return (command, end[field: "rows"]?.integer ?? 0, end[field: "notices"].map { Array($0.elements) } ?? [])
        } close: {
            rows.close()
        }
    }

    /// Asks a route for JSON; null where the answer has no body.
    func request(
        _ method: String, _ path: String, body: [UInt8] = [], type: String = "application/json", stopper: Stopper = Stopper()
    ) throws -> Datum {
        let exchange = try Exchange.begin(address, method, path, body: body, type: type, accept: "application/json", stopper: stopper)
        let bytes = try exchange.readAll()
        guard !bytes.isEmpty else { return .null }
        return try Datum(json: bytes.span)
    }

    func statistics() throws -> [(name: String, value: String)] {
        let status = try request("GET", "/_status")
        var rows = [(name: "server", value: name)]
        for key in ["version", "uptime_seconds", "connections", "requests"] {
            if let value = status[field: key] { rows.append((key.spaced, value.string ?? value.description)) }
        }
        let file = status[field: "file"] ?? .emptyObject
        func number(_ field: String) -> String { grouped(file[field: field]?.integer ?? 0) }
        let bytes = file[field: "bytes"]?.integer ?? 0
        rows += [
            ("size", "\(byteSize(bytes)) (\(grouped(bytes)) bytes)"), ("id", file.text("id")),
            ("format", "version \(number("format_version")), pages of \(number("page_size")) bytes"), ("commit", number("transaction")),
            ("keys", number("records")), ("levels", number("depth")), ("pages", number("pages")), ("free pages", number("free_pages")),
            ("pinned pages", number("pinned_pages")),
        ]
        rows += Catalog.encryptionRows(file[field: "encryption"])
        return rows + Catalog.pinRows(Array((file[field: "pins"] ?? .emptyArray).elements))
    }

    /// With the names that ``Catalog/statisticsDatum()`` has for the same facts.
    func statisticsDatum() throws -> Datum {
        let status = try request("GET", "/_status")
        let names = ["bytes": "file_bytes", "id": "file_id", "records": "keys", "transaction": "commit"]
        let fields = (status[field: "file"] ?? .emptyObject).fields.map { (names[$0.key] ?? $0.key, $0.value) }
        return try Datum.object(fields).setting("server", to: status.removing("file"))
    }

    func databaseConfigs() throws -> [Datum] { Array(try request("GET", "/_databases").elements) }

    func tableConfigs(in database: String) throws -> [Datum] {
        // A name with _ in front has no route; what the system's tables say has no times.
        guard database.hasPrefix("_") else { return Array(try request("GET", "/\(database)/_tables").elements) }
        let rows = try ask(
            "r.db('rethinkdb').table('table_config').filter({db: \(Datum(database))}).pluck('id', 'name', 'db', 'primary_key')")
        return Array(rows.elements)
    }

    func importDocuments(from source: any DocumentSource, into table: TableName, _ settings: ImportSettings, _ console: Console) throws {
        var importer = try ServerImporter(self, table, settings, console)
        let outcome = Result { try importer.run(source) }
        try importer.report()
        try outcome.get()
    }

    func load(_ lines: ArraySlice<[UInt8]>, into table: String, _ columns: [String], database: String) throws {
        var cutter = CopyFields(CopyOptions())
        var text = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) OVERRIDING SYSTEM VALUE VALUES "
        for index in lines.indices {
            if index > lines.startIndex { text += ", " }
            do {
                cutter.append(lines[index])
                _ = try cutter.next(atEnd: true)
                let fields = (0..<cutter.line.count).map { cutter.line[$0].map { sqlLiteral($0.string) } ?? "NULL" }
                text += "(" + fields.joined(separator: ", ") + ")"
            } catch {
                throw RowRefusal(index: index, message: error.message)
            }
        }
        do {
            let answer = try run(text, .none, database: database, asTexts: false, stopper: Stopper())
            while try answer.next() != nil {}
        } catch let failure as StatementFailure {
            throw RowRefusal(index: nil, message: "\(failure.message) (\(failure.state))")
        }
    }

    func dump(to path: String, stopper: Stopper, progress: (ArchiveProgress) throws(CatalogError) -> Void) throws -> ArchiveSummary {
        let compression = ArchiveCompression(fileName: path)
        // Nobody has said that what is in an encrypted file may lie here in the plain.
        return try TargetFile.make(path) { take in try archive([], compression, isPlainWanted: false, stopper: stopper, to: take) }
    }

    /// An archive of the server's databases, or of some.
    func archive(
        _ selection: [ArchiveSelection], _ compression: ArchiveCompression, isPlainWanted: Bool = true, stopper: Stopper = Stopper(),
        to take: (Span<UInt8>) throws -> Void
    ) throws -> ArchiveSummary {
        let parts = selection.map(\.description).joined(separator: ",")
        guard parts.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "_-.,".contains($0)) }) else {
            throw CommandError.usage("“\(parts)” has what no name of a database or a table has.")
        }
        let path = "/_admin/dump?compress=\(compression.rawValue)\(parts.isEmpty ? "" : "&export=\(parts)")"
        let facts = try download(path, stopper: stopper) { facts in
            if !isPlainWanted, facts[field: "encrypted"] == true {
                throw CommandError.usage(
                    "The server's file is encrypted, and what it sends is not: say pando dump --connect with --encrypt and a key for the "
                        + "archive, or with --plain.")
            }
        } to: {
            try take($0)
        }
        var summary = ArchiveSummary()
        func number(_ field: String) -> Int { facts[field: field]?.integer ?? 0 }
        (summary.databases, summary.tables, summary.rows) = (number("databases"), number("tables"), number("documents"))
        return summary
    }

    /// Hands on what a route answers, and returns what it says of it.
    ///
    /// - Parameter check: of what it says; it may throw before anything has been handed on.
    func download(
        _ path: String, stopper: Stopper = Stopper(), check: (Datum) throws -> Void = { _ in }, to take: (Span<UInt8>) throws -> Void
    ) throws -> Datum {
        let exchange = try Exchange.begin(address, "GET", path, body: [], accept: "*/*", stopper: stopper)
        guard let text = exchange.head.fields["pando-summary"] else {
            throw CommandError.failed("The server doesn't answer as this version of pando expects.")
        }
        let facts = try Datum(json: text)
        try check(facts)
        var bytes: [UInt8] = []
        while try exchange.read(into: &bytes) {
            try take(bytes.span)
            bytes.removeAll(keepingCapacity: true)
        }
        return facts
    }

    func begin() throws {
        let answer = try request("POST", "/_transaction/begin", body: Array("{\"timeout\":600}".utf8))
        guard let id = answer[field: "transaction"]?.string else {
            throw CommandError.failed("The server doesn't answer as this version of pando expects.")
        }
        transaction = id
    }

    func end(commits: Bool) throws {
        guard let ended = transaction else { return }
        transaction = nil
        let body = Array(Datum(fields: [("transaction", Datum(ended))]).description.utf8)
        _ = try request("POST", commits ? "/_transaction/commit" : "/_transaction/rollback", body: body)
    }

    func close() throws { if hasTransaction { try? end(commits: false) } }

    // MARK: One request

    /// A request with its answer, read as it comes.
    fileprivate final class Exchange {
        private let socket: ServerConnection
        private var answer: HTTPAnswer
        /// A part of the body that came with the head.
        private var pending: [UInt8]
        let head: HTTPAnswer.Head

        private init(_ socket: ServerConnection, _ answer: HTTPAnswer, _ head: HTTPAnswer.Head, _ pending: [UInt8]) {
            self.socket = socket
            self.answer = answer
            self.head = head
            self.pending = pending
        }

        /// Sends a request. Returns when the head of a good answer has come.
        /// - Throws: `ReQLError` for a query that failed, else `CommandError`.
        static func begin(
            _ address: ServerAddress, _ method: String, _ path: String, body: [UInt8], type: String = "application/json", accept: String,
            transaction: String? = nil, stopper: Stopper
        ) throws -> Exchange {
            let socket = try ServerConnection(address, stopper)
            // A server that refuses a request may answer before it has read all of it.
            try? socket.send(request(address, method, path, body, type, accept, transaction))
            var answer = HTTPAnswer()
            while true {
                if let bytes = try socket.receive() { answer.append(bytes) } else { try answer.end() }
                let piece = try answer.next()
                guard let head = answer.head else { continue }
                let exchange = Exchange(socket, answer, head, Array(piece ?? []))
                if head.status >= 400 { throw failure(try exchange.readAll(), head, address) }
                return exchange
            }
        }

        private static func request(
            _ address: ServerAddress, _ method: String, _ path: String, _ body: [UInt8], _ type: String, _ accept: String,
            _ transaction: String?
        ) -> [UInt8] {
            var lines = [
                "\(method) \(path) HTTP/1.1", "Host: \(address.name)", "Connection: close", "Accept: \(accept)",
                "User-Agent: pando/\(HTTPServer.version)",
            ]
            // Without a user and a password the server takes a client for admin.
            if !address.password.isEmpty || address.user != "admin" {
                lines.append("Authorization: Basic \(Base64.encode(Array("\(address.user):\(address.password)".utf8)))")
            }
            if let transaction { lines.append("Pando-Transaction: \(transaction)") }
            if !body.isEmpty { lines.append("Content-Type: \(type)") }
            if method != "GET" { lines.append("Content-Length: \(body.count)") }
            return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        }

        /// Adds the next bytes of the body; false at the end.
        func read(into bytes: inout [UInt8]) throws -> Bool {
            if !pending.isEmpty {
                bytes += pending
                pending = []
                return true
            }
            while true {
                if let piece = try answer.next() {
                    bytes += piece
                    return true
                }
                if answer.isFinished { return false }
                if let received = try socket.receive() { answer.append(received) } else { try answer.end() }
            }
        }

        func readAll() throws -> [UInt8] {
            var bytes: [UInt8] = []
            while try read(into: &bytes) {}
            return bytes
        }

        func close() { socket.shutDown() }

        private static func failure(_ body: [UInt8], _ head: HTTPAnswer.Head, _ address: ServerAddress) -> any Error {
            guard let problem = try? Datum(json: body.span) else { return CommandError.failed("The server answers \(head.status).") }
            if head.status == 401 {
                let detail = problem[field: "detail"]?.string ?? ""
                return CommandError.failed("\(detail) Say \(address.signIn).")
            }
            return StatementFailure(problem: problem) ?? ReQLError(problem: problem)
        }
    }

    // MARK: Rows

    private final class Rows: SessionRows {
        let isFeed: Bool
        private let exchange: Exchange
        private var bytes: [UInt8] = []
        private var start = 0
        private var isAtEnd = false

        init(_ exchange: Exchange, isFeed: Bool) {
            self.exchange = exchange
            self.isFeed = isFeed
        }

        func next() throws -> Datum? {
            while true {
                if let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
                    let line = start..<end
                    start = end + 1
                    // An empty line is a sign of life.
                    if line.isEmpty { continue }
                    return try row(line)
                }
                if isAtEnd { return nil }
                bytes.removeSubrange(..<start)
                start = 0
                do { isAtEnd = try !exchange.read(into: &bytes) } catch {
                    // The last line says why, if there is one.
                    if let failure { throw failure }
                    throw error
                }
            }
        }

        /// The last row was `{"error": {…}}` with a problem, which is an error if the answer breaks off behind it.
        private var failure: (any Error)?

        private func row(_ range: Range<Int>) throws -> Datum {
            let line = Array(bytes[range])
            let row = try Datum(json: line.span)
            guard row.kind == .object, row.count == 1, let problem = row[field: "error"], problem[field: "status"] != nil,
                problem[field: "code"] != nil
            else { return row }
            failure = StatementFailure(problem: problem) ?? ReQLError(problem: problem)
            // A document may look like this too; then there is an end behind it.
            var further: [UInt8] = []
            do {
                while try exchange.read(into: &further) {}
            } catch {
                throw failure ?? ReQLError(problem: problem)
            }
            bytes = Array(bytes[start...]) + further
            (start, isAtEnd, failure) = (0, true, nil)
            return row
        }

        func close() { exchange.close() }
    }
}

extension ReQLError {
    /// What a server's problem document says.
    fileprivate init(problem: Datum) {
        let code = problem[field: "code"]?.string
        let frames = (problem[field: "frames"] ?? .emptyArray).elements.compactMap { frame -> Frame? in
            frame.integer.map(Frame.argument) ?? frame.string.map(Frame.optional)
        }
        self.init(
            Kind.allCases.first { $0.code == code } ?? .operationFailed,
            problem[field: "detail"]?.string ?? problem[field: "title"]?.string ?? "The server refuses.", frames: frames)
    }
}

extension String {
    /// A field's name as words.
    fileprivate var spaced: String { split(separator: "_").joined(separator: " ") }
}

/// A text as part of the target of a request.
func percentEncoded(_ text: String) -> String {
    let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.".utf8)
    return text.utf8.map { allowed.contains($0) ? String(UnicodeScalar($0)) : "%" + [$0].hexadecimal }.joined()
}
