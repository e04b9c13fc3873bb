import ReQLish

// The raw keys and the tree's pages, for `admin`: what `pando inspect` shows.
extension PandoService {
    /// What is shown of a value. `value_bytes` tells the whole.
    private static let shownCharacters = 4096

    /// The keys hold what every account hides: other accounts' documents, and what passwords are checked with.
    private func requireAdministrator(_ request: HTTPRequest) throws {
        guard request.user == UserConfig.administrator else {
            throw Problem(403, .permission, "Only `\(UserConfig.administrator)` may look at raw keys and pages.")
        }
    }

    /// `GET /_admin/keys`: how many keys begin with a prefix, and some of them.
    func keys(_ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        try requireAdministrator(request)
        let parameters = try QueryParameters(request)
        let prefix = parameters["prefix"] ?? ""
        let limit = try self.limit(parameters)
        let skip = try parameters.integer("skip", RouteSchema.count) ?? 0
        let snapshot = try catalog.snapshot()
        let count = try snapshot.recordCount(prefix: prefix)
        let cursor = try snapshot.records(prefix: prefix)
        try cursor.skip(skip)
        var records: [Datum] = []
        while records.count < limit, let record = try cursor.next() {
            records.append([
                "key": Datum(record.key), "value": Datum(String(record.value.prefix(Self.shownCharacters))),
                "key_bytes": Datum(record.keyByteCount), "value_bytes": Datum(record.valueByteCount),
            ])
        }
        send(["count": Datum(count), "records": try .array(records)], &response)
    }

    /// `GET /_admin/pages`: the levels of the tree. Reads every page.
    func pages(_ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        try requireAdministrator(request)
        send(try .array(try catalog.treeLevels().map(\.datum)), &response)
    }

    /// `GET /_admin/pages/<number>`
    func page(_ number: String, _ request: HTTPRequest, _ response: inout HTTPResponse) throws {
        try requireAdministrator(request)
        guard let page = UInt64(number) else { throw Problem.request(404, "A page is a number, not `\(number)`.") }
        guard page < (try catalog.statistics().pages) else { throw Problem.request(404, "The file has no page \(page).") }
        send(try catalog.page(page).datum, &response)
    }
}
