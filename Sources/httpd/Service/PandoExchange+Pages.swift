import Ground
import ReQLish

extension PandoExchange {
    /// A page ends early when it has this many bytes, so that a page of giants does not fill the memory.
    private static let pageBytes = 16 * 1024 * 1024

    /// `GET /<db>/<table>`: documents in key order, from behind the cursor, as an array, a line each, a table or XML.
    func page(_ path: TablePath) throws {
        let type = try MediaType.ofAnswer(request, among: [.json, .rows, .csv, .xml])
        let parameters = try parameters()
        let limit = try limit(parameters)
        let lower = try parameters["cursor"].map(Self.key(ofCursor:))

        let snapshot = try readState()
        let table = try snapshot.existingTable(path)
        try require(.read, on: table, in: snapshot)
        let documents = try snapshot.documents(in: table, KeyBounds(lower: lower, lowerInclusive: false))
        var csv = CSVPage(primaryKey: table.primaryKey)
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
            response.addTrusted("Link", "<\(path.target)?limit=\(limit)&cursor=\(cursor)>; rel=\"next\"")
        }
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
            throw Problem(422, .queryLogic, "The parameter `cursor` is not from the Link field of a page: no document has such a key.")
        }
        return key
    }
}
