import ReQLish

// The raw keys and the tree's pages, for `admin`: what `pando inspect` shows.
extension PandoExchange {
    /// What is shown of a value. `value_bytes` tells the whole.
    static let shownCharacters = 4096

    /// The keys hold what every account hides: other accounts' documents, and what passwords are checked with.
    func requireAdministrator(_ action: StaticString = "may look at raw keys and pages") throws {
        guard user == UserConfig.administrator else {
            throw Problem(403, .permission, "Only `\(UserConfig.administrator)` \(action).")
        }
    }

    /// `GET /_admin/keys`: how many keys begin with a prefix, and some of them.
    func keys() throws {
        try requireAdministrator()
        let parameters = try parameters()
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
        send(["count": Datum(count), "records": try .array(records)])
    }

    /// `GET /_admin/pages`: the levels of the tree. Reads every page.
    func pages() throws {
        try requireAdministrator()
        send(try .array(try catalog.treeLevels().map(\.datum)))
    }

    /// `GET /_admin/pages/<number>`
    func page(_ number: String) throws {
        try requireAdministrator()
        guard let page = UInt64(number) else { throw Problem.request(404, "A page is a number, not `\(number)`.") }
        guard page < (try catalog.statistics().pages) else { throw Problem.request(404, "The file has no page \(page).") }
        send(try catalog.page(page).datum)
    }
}
