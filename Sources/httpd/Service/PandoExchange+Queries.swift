import Ground
import ReQLish

/// A query as it came, ready to run.
struct ParsedQuery: Sendable {
    let tree: TermTree
    let options: QueryOptions
    /// How it is answered is wanted, and not what.
    var isExplained = false
}

// ReQL over HTTP.
extension PandoExchange {
    /// `POST /_reql` and `POST …/_query`.
    func runQuery() throws {
        let type = try MediaType.ofAnswer(request, among: [.json, .rows, .events, .csv])
        let query = try query()
        var options = query.options
        options.cancellation = cancellation
        options.flush = flush
        options.asked(by: self)
        if query.isExplained {
            response.addTrusted("Content-Type", MediaType.json.rawValue)
            response.body.append("{\"result\":")
            try pando.explain(query.tree, options: options).datum.writeJSON(into: &response.body)
            response.body.append("}\n")
        } else {
            try run(query.tree, options, as: type)
        }
    }

    /// The table that a query begins with; nil for `/_reql`.
    private var queriedTable: TablePath? { path.count > 1 ? table : nil }

    /// `GET …/_changes`.
    func changes(_ path: TablePath) throws {
        let type = try MediaType.ofAnswer(request, among: [.events, .rows])
        let parameters = try parameters()
        _ = try catalog.snapshot().existingTable(path)
        enum Switch: String, CaseIterable { case `true`, `false` }
        let initial = try parameters.choice("include_initial", as: Switch.self) == .true
        let squash = try parameters.choice("squash", as: Switch.self) == .true
        // A client that was cut off says by itself what it had last.
        let since = try (request.field("last-event-id").map { request.text($0) } ?? parameters["since"]).map { text in
            guard let point = CommitPoint(text) else { throw Problem.request(400, "`since` is the id of an event of a feed.") }
            return point
        }
        let feed = r.db(path.database).table(path.table).changes(
            squash: squash.query, includeInitial: initial, includeTypes: true, since: since, includeCommit: true)
        var options = QueryOptions()
        options.cancellation = cancellation
        options.asked(by: self)
        try run(feed.tree(), options, as: type)
    }

    func parse() throws -> ParsedQuery {
        guard let queriedTable else {
            switch try MediaType.ofBody(request, among: [.json, .text], fallback: .text) {
            case .text: return ParsedQuery(tree: try TermTree(text: try self.text()), options: QueryOptions())
            default:
                let body = request.body
                return try QueryBody(try Datum(json: body.span, options: .query)).query
            }
        }
        let text: String
        switch try MediaType.ofBody(request, among: [.json, .text], fallback: .json) {
        case .text: text = try self.text()
        default: text = try TableQuery(json()).text
        }
        var options = QueryOptions()
        options.database = queriedTable.database
        let table = try r.db(queriedTable.database).table(queriedTable.table).tree()
        return ParsedQuery(tree: try TermTree(text: text, continuing: table.root), options: options)
    }

    func text() throws -> String {
        let body = request.body
        guard let text = body.span.validText else { throw Problem.request(400, "The body is not UTF-8.") }
        return text
    }

    /// Runs a query. What fits into one batch is answered whole, with its length; what is longer becomes a stream.
    private func run(_ tree: TermTree, _ options: QueryOptions, as type: MediaType) throws {
        let result = try pando.start(tree, options: options)
        if case .value(let value) = result { try holdAnswer(value) }
        response.addTrusted("Content-Type", type.rawValue)
        response.addTrusted("Pando-Result", result.name)
        switch (result, type) {
        case (.sequence(let cursor), .csv) where cursor.isFeed:
            cursor.close()
            throw Problem.request(406, "A feed is answered as text/event-stream or application/x-ndjson; ask for one of these with Accept.")
        case (_, .csv):
            // Which columns there are is known after the last row.
            let rows = try result.collected()
            var table = CSVPage()
            for row in rows.kind == .array ? Array(rows.elements) : [rows] { table.append(row) }
            table.write(into: &response.body)
        case (.value(let value), .rows), (.value(let value), .events):
            // An array's elements are rows too.
            for row in value.kind == .array ? Array(value.elements) : [value] {
                if type == .events { response.body.append("data: ") }
                row.writeJSON(into: &response.body)
                response.body.append(type == .events ? "\n\n" : "\n")
            }
        case (.value(let value), _):
            response.body.append("{\"result\":")
            value.writeJSON(into: &response.body)
            response.body.append("}\n")
        case (.sequence(let cursor), .json) where cursor.isFeed:
            cursor.close()
            throw Problem.request(406, "A feed is answered as text/event-stream or application/x-ndjson; ask for one of these with Accept.")
        case (.sequence(let cursor), _):
            if type == .events { response.addTrusted("Cache-Control", "no-store") }
            let login = Login(user: user ?? "", proof, catalog)
            let stream = RowStream(cursor, as: type, batchBytes: service.configuration.batchBytes, login)
            if type == .json { response.body.append("{\"result\":[") }
            // An error among the first rows still gets its own status.
            var step = try stream.write(into: &response.body, isFirst: true)
            // Rows that are read later would be read outside the transaction.
            while transaction != nil, step == .more {
                var part = ByteBuffer()
                step = try stream.write(into: &part, isFirst: false)
                try holdAnswer(byteCount: response.body.count + part.count)
                response.body.append(part)
            }
            if step == .end { stream.close() } else { rows = stream }
        }
    }
}

extension QueryOptions {
    /// Runs the query for the account that sent the request.
    mutating func asked(by exchange: PandoExchange) {
        // Without an account it is the empty name, which has no rights; nil would be the application itself.
        user = exchange.user ?? ""
        transaction = exchange.transaction
        database = database ?? transaction?.database
        client = exchange.client
        door = .http
    }
}

extension QueryResult {
    /// What lines of JSON don't tell: whether they are rows, all that there are or as they come, or one value.
    fileprivate var name: String {
        switch self {
        case .value(let value): value.kind == .array ? "rows" : "value"
        case .sequence(let cursor): cursor.isFeed ? "feed" : "rows"
        }
    }
}

/// The JSON body of `POST /_reql`.
private struct QueryBody {
    let query: ParsedQuery

    init(_ body: Datum) throws {
        let fields = try BodyFields(body, of: "A query", known: ["query", "db", "as_of", "args", "durability", "array_limit", "explain"])
        let query = try fields.require("query", "a text such as \"r.dbList()\", or a term") { $0 }
        let isExplained = try fields.read("explain", "true or false", \.bool) ?? false
        var options = QueryOptions()
        options.database = try fields.read("db", "the name of a database", \.string)
        options.asOf = try fields.read("as_of", "the name of a state, a time or the number of a commit, as a text", \.string)
            .map { text throws(ReQLError) in try StateReference(text: text) }
        options.durability = try fields.durability()
        if let limit = try fields.read("array_limit", "a number above 0", { $0.integer.flatMap { $0 > 0 ? $0 : nil } }) {
            options.arrayLimit = limit
        }
        guard let text = query.string else {
            guard fields["args"] == nil else { throw Problem.request(400, "`args` go with a query in text.") }
            self.query = ParsedQuery(tree: try TermTree(datum: query), options: options, isExplained: isExplained)
            return
        }
        let tree = try TermTree(text: text, values: try Self.values(fields["args"]))
        self.query = ParsedQuery(tree: tree, options: options, isExplained: isExplained)
    }

    /// Names that stand for values in the text, so that values never have to be spelled into it: `r.table("users").get(id)`.
    private static func values(_ args: Datum?) throws -> [String: Datum] {
        guard let args else { return [:] }
        guard args.kind == .object else { throw Problem.request(400, "`args` is an object of names and values.") }
        // Here times and binary values are meant as such.
        let values = try Datum(json: args.description)
        var named: [String: Datum] = [:]
        for (name, value) in values.fields {
            // Names of other bytes may be equal as strings: an accent stands by itself or in its letter.
            guard named.updateValue(value, forKey: name) == nil else {
                throw Problem.request(400, "`args` has the name `\(name)` twice, in two spellings of Unicode.")
            }
        }
        return named
    }
}

/// The JSON body of `POST …/_query`.
private struct TableQuery {
    /// What goes on from the table.
    let text: String

    init(_ body: Datum) throws {
        let body = try BodyFields(
            body, of: "A query of a table", known: ["query", "language", "filter", "order_by", "skip", "limit", "fields"])
        let language = try body.read("language", "\"reql\" or \"sql\"") { $0.string == "reql" ? 1 : nil } ?? 0
        if let text = try body.read("query", "a text", \.string) {
            guard body.count == 1 + language else {
                throw Problem.request(400, "`query` stands alone; the other fields are another way to say it.")
            }
            self.text = text
            return
        }
        guard language == 0 else { throw Problem.request(400, "`language` says what `query` is in, and there is no `query`.") }
        var calls: [String] = []
        if let filter = try body.read("filter", "an object whose fields the documents must have", { $0.kind == .object ? $0 : nil }) {
            calls.append("filter(\(filter.description))")
        }
        if let order = body["order_by"] {
            let keys = try (order.kind == .array ? Array(order.elements) : [order]).map(Self.sortKey)
            guard !keys.isEmpty else { throw Problem.request(400, "`order_by` has no field.") }
            calls.append("orderBy(\(keys.joined(separator: ", ")))")
        }
        for name in ["skip", "limit"] {
            let count = try body.read(name, "a whole number from 0 to 9,007,199,254,740,991") {
                $0.integer.flatMap { RouteSchema.count.contains($0) ? $0 : nil }
            }
            if let count { calls.append("\(name)(\(count))") }
        }
        if let fields = try body.names("fields") {
            calls.append("pluck(\(fields.map { Datum($0).description }.joined(separator: ", ")))")
        }
        text = calls.joined(separator: ".")
    }

    /// `"age"`, or `{"desc": "age"}`.
    private static func sortKey(_ key: Datum) throws -> String {
        if key.kind == .string { return key.description }
        if key.count == 1, key.kind == .object, key[0].kind == .string, ["asc", "desc"].contains(key.key(at: 0)) {
            return "r.\(key.key(at: 0))(\(key[0].description))"
        }
        throw Problem.request(400, "`order_by` is a field's name, {\"desc\": name}, or an array of these.")
    }
}
