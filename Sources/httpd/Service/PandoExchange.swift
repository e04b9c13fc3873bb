import Ground
import ReQLish
import SQL

/// A request to a ``PandoService`` and its answer. The handlers of the routes are its methods.
final class PandoExchange: Exchange, @unchecked Sendable {
    let service: PandoService
    /// What the path matched; nil for `OPTIONS *`.
    private(set) var pattern: RoutePattern?
    /// What the method does there; nil for OPTIONS.
    private(set) var route: Route?
    /// The segments of the path, decoded.
    private(set) var path: [String] = []
    /// What proved the account.
    private(set) var proof = LoginProof.nothing
    /// The query in the body, if it was read to find out its weight.
    private var parsedQuery: ParsedQuery?
    /// The same of SQL, and the statements if they are short ones, as far as they have not been run.
    var parsedStatements: StatementBody?
    var shortStatements: (connection: SQLConnection, statements: ArraySlice<ShortStatement>)?
    /// What a large answer counts against the memory of all queries, until it has gone out.
    private var answerCharge = ValueCharge()
    /// What the request is done in, if it names one.
    var transaction: NamedTransaction?
    /// The parts of the body that were put aside as it came.
    var storedBody: (any TemporaryFile)?
    /// What follows the response, if a handler left something.
    var rows: (any ResponseStream)?

    init(_ service: PandoService) {
        self.service = service
        super.init(service.counters)
    }

    override func reset() {
        super.reset()
        pattern = nil
        route = nil
        path = []
        proof = .nothing
        parsedQuery = nil
        parsedStatements = nil
        shortStatements = nil
        rows = nil
        storedBody = nil
        answerCharge.release()
    }

    var pando: Pando { service.pando }
    var catalog: Catalog { service.pando.catalog }

    // MARK: Admission

    override func admit() -> Admission {
        do throws(Problem) {
            try service.gate.check(request)
            guard !request.path.isEmpty else { return .admitted }
            try findRoute()
            // A browser asks for the methods without saying for whom.
            guard let route, !route.isOpen else { return .admitted }
            return service.access.isAtHand(request, certified: certifiedUser) ? admitElsewhere() : .elsewhere
        } catch {
            refuse(error)
            return .refused
        }
    }

    override func admitElsewhere() -> Admission {
        do throws(Problem) {
            guard let identity = try service.access.glance(request, certified: certifiedUser) else { return .unproved }
            try accept(identity)
            return .admitted
        } catch {
            refuse(error)
            return .refused
        }
    }

    /// The page of the Explorer, and whether the process runs.
    override var asksNobody: Bool { route.map { $0.isOpen && $0.weight == .shortRead } ?? false }

    override var isRescue: Bool { route.map { $0.path.hasPrefix("/_admin/jobs") } ?? false }

    override var isOfCare: Bool { route?.isOpen == true || user == UserConfig.administrator }

    override func identify() -> Bool {
        do throws(Problem) {
            try accept(try service.access.check(request))
            return true
        } catch {
            refuse(error)
            return false
        }
    }

    private func accept(_ identity: HTTPAccess.Identity) throws(Problem) {
        user = identity.user
        proof = identity.proof
        try service.limiter.check(identity.user)
        if let refusal = pando.limits.takeRequest(of: identity.user) { throw Problem(refusal) }
        // A query says itself with which databases it has to do.
        guard pando.limits.concernDatabases, let database = path.first, !request.text(request.path).hasPrefix("/_"),
            route?.weight != .query, let refusal = pando.limits.takeRequest(database: database)
        else { return }
        throw Problem(refusal)
    }

    func findRoute() throws(Problem) {
        let (pattern, path) = try RoutePattern.find(request)
        self.pattern = pattern
        self.path = path
        guard pattern.allows(request.method) else {
            throw .request(405, "The route has \(pattern.allow), not \(request.method.rawValue).").with("Allow", pattern.allow)
        }
        route = path.isEmpty && isFromBrowser ? .explorerPage : pattern.operation(request.method)
    }

    /// Whether the client would rather have a page than JSON.
    private var isFromBrowser: Bool { (try? MediaType.ofAnswer(request, among: [.json, .html])) == .html }

    override func refuse(_ violation: HTTPViolation) { Problem(violation: violation).write(to: &response) }

    private func refuse(_ problem: Problem) {
        problem.write(to: &response)
        service.crossOrigin.mark(request, &response, allow: pattern?.allow)
    }

    // MARK: A body that is put aside

    /// Comma-separated values that are inserted: so they may be more than there is memory for, and nobody else's write waits for the client.
    override var storesBody: Bool {
        route?.storesTable == true && request.hasTable && service.configuration.limits.storedBodyBytes > 0
    }

    override func storeBody() throws(HTTPViolation) {
        do {
            if storedBody == nil {
                // Before it fills the disk. What a transaction may see is looked at in it.
                if !namesTransaction {
                    _ = try readState().existingTable(table)
                    try require([.insert], on: table)
                }
                storedBody = try catalog.temporaryFile()
            }
            let body = request.body
            try storedBody?.append(body.span)
        } catch {
            let problem = Problem(error)
            throw HTTPViolation(problem.status, problem.detail)
        }
    }

    // MARK: The answer

    /// Documents up to this size are written with others', one thread for all.
    private static let shortWriteBytes = 16 * 1024

    override func weigh() -> QueryShape {
        guard pattern != nil, request.contentEncoding == nil, storedBody == nil else { return .any }
        // What it takes to find out about these are trips to an engine.
        if catalog.waitsForEngine, namesTransaction || route?.weight == .statement { return .any }
        if namesTransaction { return weighInTransaction() }
        switch route?.weight {
        case nil, .shortRead: return .shortRead
        case .shortWrite: return request.body.count <= Self.shortWriteBytes ? .shortWrite : .any
        case .query:
            // To read a small query costs less than to hand it to another thread.
            guard request.body.count <= 1024, let query = try? parse() else { return .any }
            return weigh(query)
        case .statement:
            guard request.body.count <= 1024 else { return .any }
            let shape = weighStatements()
            // Of ReQL, if it is none of SQL.
            guard shape == .any, path.count > 1, parsedStatements == nil, let query = try? parse() else { return shape }
            return weigh(query)
        case .any: return .any
        }
    }

    private func weigh(_ query: ParsedQuery) -> QueryShape {
        parsedQuery = query
        let shape = query.tree.shape
        return shape == .shortWrite && query.isExplained ? .any : shape
    }

    /// Values of a smaller body take next to nothing.
    private static let uncountedBodyBytes = 4096

    override func answer() -> (any ResponseStream)? {
        if request.body.count <= Self.uncountedBodyBytes { return handle() }
        return QueryMemory.ofThread.with(pando.requestMemory(of: user)) { handle() }
    }

    private func handle() -> (any ResponseStream)? {
        defer {
            transaction?.leave()
            transaction = nil
            // What was read for them is not to be held until the next request.
            shortStatements = nil
            service.crossOrigin.mark(request, &response, allow: pattern?.allow)
        }
        do {
            if request.method == .options {
                response.status = 204
                response.addTrusted("Allow", pattern?.allow ?? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
                return nil
            }
            guard let route else { throw Problem.request(404, "There is no such route.") }
            // Operations without parameters refuse them too.
            if request.query != nil, !route.hasParameters { _ = try parameters() }
            try decode()
            if transaction == nil { transaction = try enterTransaction() }
            do { try route.handler(self) } catch {
                if let transaction { fail(transaction, error) }
                throw error
            }
            // On the loop's thread there is no time for it.
            guard cancellation != nil else { return rows }
            if let rows { return encode(rows) }
            encode()
        } catch {
            Problem(error).write(to: &response)
        }
        return nil
    }

    override func fail(_ error: CatalogError) {
        response.reset()
        Problem(error).write(to: &response)
    }

    /// The query in the body.
    func query() throws -> ParsedQuery { try parsedQuery ?? parse() }
}

// MARK: What routes share

// Routes throw the errors of all floors; `Problem.init(_: any Error)` is where each gets its status.
extension PandoExchange {
    /// The table that the path names.
    var table: TablePath { TablePath(database: path[0], table: path[1]) }

    func parameters() throws(Problem) -> QueryParameters { try QueryParameters(request, of: route) }

    /// Runs `body` in a write transaction and commits it as it says; an error rolls it back, and so does the client's leaving.
    ///
    /// - Parameter isLong: whether others that write little go first.
    func write<Result>(isLong: Bool = false, _ body: (inout CatalogTransaction) throws -> (Result, Durability)) throws -> Result {
        if let open = transaction {
            return try open.open.write({ (writer) throws(any Error) in try body(&writer).0 }, refusing: { $0 })
        }
        // What is made among short writes is not long: those behind it would wait for all long ones before it.
        var transaction = try catalog.beginWrite(
            waiting: pando.options.lockTimeout, isLong: isLong && flush == nil, shares: !isLong)
        transaction.user = user
        transaction.cancellation = cancellation
        let (result, durability) = try body(&transaction)
        if durability == .hard, let flush {
            try transaction.commit(.none, deferring: flush.commits)
            flush.isWanted(of: catalog)
        } else {
            try transaction.commit(durability)
        }
        return result
    }

    /// What the request reads: the newest state, or that of its transaction.
    func readState() throws(CatalogError) -> CatalogSnapshot {
        if let transaction { return try transaction.open.snapshot() }
        return try catalog.snapshot()
    }

    /// The state of the past that the request asks for; nil: none.
    func asOf() throws -> StateReference? {
        guard request.query != nil, let text = try parameters()["as_of"] else { return nil }
        return try StateReference(text: text)
    }

    /// A table in the state that the request reads. Who may not read the table as it is now is refused.
    func readTable(_ path: TablePath) throws -> (state: CatalogSnapshot, table: TableConfig) {
        let now = try readState()
        guard let asOf = try asOf() else {
            let table = try now.existingTable(path)
            try require(.read, on: table, in: now)
            return (now, table)
        }
        let state = try catalog.snapshot(asOf: asOf)
        let table = try state.existingTable(path)
        try now.requireRead(ofPast: table, of: user ?? "")
        return (state, table)
    }

    /// The table of a path, in a query.
    func term(of path: TablePath) throws -> String {
        let options = try parameters()["as_of"].map { ", {asOf: \(Datum($0))}" } ?? ""
        return "r.db(\(Datum(path.database))).table(\(Datum(path.table))\(options))"
    }

    /// The JSON value of the body.
    func json() throws -> Datum {
        let body = try body()
        return try Datum(json: body.span)
    }

    /// The JSON value of the body. A document comes in its stored form, so that to store it and to answer with it is a copy each.
    func document() throws -> Datum {
        let body = try body()
        var reader = DocumentReader()
        return try reader.read(body.span)
    }

    /// The JSON object of the body.
    /// - Parameter isRequired: whether there has to be a body; without one it is an empty object.
    func fields(of thing: String, _ known: [String], isRequired: Bool = true) throws -> BodyFields {
        if !isRequired, request.body.isEmpty { return try BodyFields(.emptyObject, of: thing, known: known) }
        _ = try MediaType.ofBody(request, among: [.json], fallback: .json)
        return try BodyFields(try json(), of: thing, known: known)
    }

    private func body() throws(Problem) -> ByteBuffer {
        if request.body.isEmpty { throw .request(400, "The request has no body; the route needs JSON.") }
        return request.body
    }

    /// Counts the text of a value that is going to be answered. Throws if there is no memory for it.
    func holdAnswer(_ value: Datum) throws(DatumError) { try answerCharge.hold(answer: value, pando) }
    func holdAnswer(byteCount: Int) throws(DatumError) { try answerCharge.hold(byteCount) }

    /// Answers with one JSON value.
    func send(_ datum: Datum, addsType: Bool = true) {
        if addsType { response.addTrusted("Content-Type", MediaType.json.rawValue) }
        datum.writeJSON(into: &response.body)
        response.body.append(UInt8.lineFeed)
    }

    /// The `durability` parameter of a write; nil: as the table is configured.
    func durability(_ parameters: QueryParameters) throws -> Durability? {
        try parameters.choice("durability", as: WrittenDurability.self)?.durability
    }
}

extension Problem {
    fileprivate init(_ refusal: Limits.Refusal) {
        self = Problem(429, .resourceLimit, refusal.message).with("Retry-After", String(Int(min(refusal.seconds, 86_400).rounded(.up))))
    }
}

extension RateLimiter {
    fileprivate func check(_ user: String) throws(Problem) {
        guard let seconds = take(for: user) else { return }
        throw Problem(429, .resourceLimit, "The account `\(user)` has sent as many requests as it may; try again later.")
            .with("Retry-After", String(Int(min(seconds, 86_400).rounded(.up))))
    }
}
