import Ground
import ReQLish
import SQL

extension PandoExchange {
    /// What `all` may say.
    private enum Extent: String, CaseIterable {
        case `true`
    }

    /// What only a search has.
    private static let searchParameters = ["as", "fuzzy", "highlight", "index", "operator", "prefix"]

    /// A page ends early when it has this many bytes, so that a page of giants does not fill the memory.
    private static let pageBytes = 16 * 1024 * 1024

    /// `GET /<db>/<table>`: documents in key order, from behind the cursor, as an array, a line each, a table or XML.
    func page(_ path: TablePath) throws {
        let type = try MediaType.ofAnswer(request, among: [.json, .rows, .csv, .xml])
        let parameters = try parameters()
        let fields = try columns(parameters, type)
        let manner = try SearchManner(parameters)
        if try parameters.choice("all", as: Extent.self) != nil { return try wholeTable(path, parameters, fields, type) }
        let limit = try limit(parameters)
        if let text = parameters["q"] { return try searchPage(text, path, parameters, manner, limit: limit, type) }
        for name in Self.searchParameters where parameters[name] != nil {
            throw Problem.request(400, "The parameter `\(name)` belongs to a search: give `q`, the words, too.")
        }
        let lower = try parameters["cursor"].map(Self.key(ofCursor:))

        let (snapshot, table) = try readTable(path)
        let documents = try snapshot.documents(in: table, KeyBounds(lower: lower, lowerInclusive: false))
        var csv = CSVPage(primaryKey: table.primaryKey, columns: fields ?? DeclaredColumns(table)?.names)
        var xml = XMLDocumentWriter(shape: type == .xml ? table.shape : XMLShape())
        if type == .xml { xml.writeBeginning(into: &response.body) }
        var count = 0
        var last: Datum?
        var hasMore = false
        if type == .json { response.body.append(UInt8(ascii: "[")) }
        while let document = try documents.next() {
            if count == limit || response.body.count > Self.pageBytes {
                hasMore = true
                break
            }
            if type == .csv {
                csv.append(document)
            } else if type == .xml {
                xml.write(document, into: &response.body)
            } else {
                if type == .json, count > 0 { response.body.append(UInt8(ascii: ",")) }
                document.writeJSON(into: &response.body)
                if type == .rows { response.body.append(UInt8.lineFeed) }
            }
            last = document
            count += 1
        }
        pando.server.countRead(count, of: table)
        if type == .json { response.body.append("]\n") }
        if type == .xml { xml.writeEnd(into: &response.body) }
        if type == .csv { csv.write(into: &response.body) }
        response.addTrusted("Content-Type", type.rawValue)
        if hasMore, let key = last?[field: table.primaryKey] {
            let cursor = PercentEncoding.encode(key.description)
            let others = ["as_of", "fields"].map { name in
                parameters[name].map { "&\(name)=\(PercentEncoding.encode($0))" } ?? ""
            }
            response.addTrusted("Link", "<\(path.target)?limit=\(limit)&cursor=\(cursor)\(others.joined())>; rel=\"next\"")
        }
    }

    /// The columns of comma-separated values that the client names; nil: none.
    private func columns(_ parameters: QueryParameters, _ type: MediaType) throws -> [String]? {
        guard let text = parameters["fields"] else { return nil }
        guard type == .csv else { throw Problem.request(400, "The parameter `fields` says the columns of text/csv.") }
        let names = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !names.contains(""), Set(names).count == names.count else {
            throw Problem.request(400, "The parameter `fields` is names with commas between, each once.")
        }
        return names
    }

    /// `?all=true`: all documents in key order, of one state, no faster than the client reads.
    private func wholeTable(_ path: TablePath, _ parameters: QueryParameters, _ fields: [String]?, _ type: MediaType) throws {
        for name in ["limit", "cursor", "q"] + Self.searchParameters where parameters[name] != nil {
            throw Problem.request(400, "The parameter `\(name)` is for pages, and `all` for the whole table.")
        }
        guard type != .xml else {
            throw Problem.request(406, "A whole table is answered as application/json, application/x-ndjson or text/csv.")
        }
        let (snapshot, table) = try readTable(path)
        var columns = fields ?? []
        if type == .csv, fields == nil {
            columns = try DeclaredColumns(table)?.names ?? self.columns(of: table, in: snapshot)
        }
        let login = Login(user: user ?? "", proof, catalog)
        let stream = DocumentStream(
            try snapshot.documents(in: table), as: type, columns, batchBytes: service.configuration.batchBytes, login
        ) { [server = pando.server] in server.countRead($0, of: table) }
        response.addTrusted("Content-Type", type.rawValue)
        // What can't be read at the beginning still gets a status of its own.
        var step = try stream.write(into: &response.body)
        // Documents that are read later would be read outside the transaction.
        while transaction != nil, step == .more {
            var part = ByteBuffer()
            step = try stream.write(into: &part)
            try holdAnswer(byteCount: response.body.count + part.count)
            response.body.append(part)
        }
        if step != .end { rows = stream }
    }

    /// The most columns that are collected from documents.
    private static let mostColumns = 10_000

    /// The fields that the documents have: all are read for it.
    private func columns(of table: TableConfig, in snapshot: CatalogSnapshot) throws -> [String] {
        var fields = FieldNames()
        let documents = try snapshot.documents(in: table)
        while let document = try documents.next() {
            try checkClient()
            fields.add(document)
            guard fields.names.count <= Self.mostColumns else {
                throw Problem(
                    413, .resourceLimit, "The documents have more than \(Self.mostColumns) fields; name the columns with `fields`.")
            }
        }
        return fields.columns(primaryKey: table.primaryKey)
    }

    /// The documents that a text index finds, the best first.
    private func searchPage(
        _ text: String, _ path: TablePath, _ parameters: QueryParameters, _ manner: SearchManner, limit: Int, _ type: MediaType
    ) throws {
        let (rows, cursor) = try found(text, in: path, parameters, manner, limit: limit)
        let table = try readTable(path).table
        switch type {
        case .csv:
            var csv = CSVPage(primaryKey: table.primaryKey, columns: try columns(parameters, type))
            for row in rows { csv.append(row) }
            csv.write(into: &response.body)
        case .xml:
            var xml = XMLDocumentWriter(shape: table.shape)
            xml.writeBeginning(into: &response.body)
            for row in rows { xml.write(row, into: &response.body) }
            xml.writeEnd(into: &response.body)
        case .rows:
            for row in rows {
                row.writeJSON(into: &response.body)
                response.body.append(UInt8.lineFeed)
            }
        default:
            Datum(elements: rows).writeJSON(into: &response.body)
            response.body.append(UInt8.lineFeed)
        }
        response.addTrusted("Content-Type", type.rawValue)
        guard let cursor else { return }
        var link = "\(path.target)?q=\(PercentEncoding.encode(text))&limit=\(limit)&cursor=\(PercentEncoding.encode(cursor))"
        for name in ["as_of", "fields", "index", "as", "highlight", "fuzzy", "operator", "prefix"] {
            if let value = parameters[name] { link += "&\(name)=\(PercentEncoding.encode(value))" }
        }
        response.addTrusted("Link", "<\(link)>; rel=\"next\"")
    }

    func limit(_ parameters: QueryParameters) throws -> Int {
        try parameters.integer("limit", 1...service.configuration.maximumPageSize) ?? service.configuration.pageSize
    }

    /// A cursor is the key of the last document that was seen, as JSON: it stays good whatever is inserted or deleted meanwhile.
    private static func key(ofCursor text: String) throws -> Datum {
        guard let key = try? Datum(json: text) else {
            throw Problem.request(400, "The parameter `cursor` is not JSON, as in the Link field of a page.")
        }
        guard (try? PrimaryKey.encode(key)) != nil else {
            throw Problem.request(400, "The parameter `cursor` is not from the Link field of a page: no document has such a key.")
        }
        return key
    }
}
