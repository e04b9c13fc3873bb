import ReQLish
import Synchronization

/// Answers HTTP requests from one ``Pando``: the routes.
///
/// Every way to a document, in the routes as in queries, ends at the same methods of `CatalogSnapshot` and `CatalogTransaction`, so none can go
/// past what they keep up to date.
struct PandoService: HTTPService {
    let pando: Pando
    let configuration: HTTPConfiguration
    let counters: ServerCounters
    private let gate: RequestGate
    private let access: HTTPAccess
    private let crossOrigin: CrossOrigin
    let limiter: RateLimiter

    init(pando: Pando, configuration: HTTPConfiguration, counters: ServerCounters) {
        self.pando = pando
        self.configuration = configuration
        self.counters = counters
        gate = RequestGate(configuration)
        access = HTTPAccess(pando.catalog)
        crossOrigin = CrossOrigin(configuration)
        limiter = RateLimiter(rate: configuration.requestRate)
    }

    var catalog: Catalog { pando.catalog }
    var wasWriting: Bool { catalog.wasWriting }

    func admit(_ request: inout HTTPRequest, _ response: inout HTTPResponse) -> Admission {
        do throws(Problem) {
            try gate.check(request)
            guard !request.path.isEmpty else { return .admitted }
            let (route, pattern) = try RoutePattern.find(request)
            guard pattern.allows(request.method) else {
                throw .request(405, "The route has \(pattern.allow), not \(request.method.rawValue).").with("Allow", pattern.allow)
            }
            request.route = route
            request.pattern = pattern
            // A browser asks for the methods without saying for whom.
            if route.isOpen || request.method == .options { return .admitted }
            guard let identity = try access.glance(request) else { return .unproved }
            request.user = identity.user
            request.hasToken = identity.hasToken
            try limiter.check(identity.user)
            return .admitted
        } catch {
            error.write(to: &response)
            crossOrigin.mark(request, &response)
            return .refused
        }
    }

    func identify(_ request: inout HTTPRequest, _ response: inout HTTPResponse) -> Bool {
        do throws(Problem) {
            let identity = try access.check(request)
            request.user = identity.user
            request.hasToken = identity.hasToken
            try limiter.check(identity.user)
            return true
        } catch {
            error.write(to: &response)
            crossOrigin.mark(request, &response)
            return false
        }
    }

    func weight(_ request: inout HTTPRequest) -> QueryShape {
        guard let route = request.route, request.contentEncoding == nil else { return .any }
        if request.method == .options { return .shortRead }
        switch route {
        case .root, .explorer, .live, .status: return .shortRead
        case .document, .keyedDocument:
            if request.method == .get || request.method == .head { return .shortRead }
            return request.body.count <= Self.shortWriteBytes ? .shortWrite : .any
        case .table where request.method == .post: return request.body.count <= Self.shortWriteBytes ? .shortWrite : .any
        case .reql, .query:
            // To read a small query costs less than to hand it to another thread.
            guard request.method == .post, request.body.count <= 1024, let query = try? parse(request) else { return .any }
            request.parsedQuery = query
            return query.tree.shape == .shortRead ? .shortRead : .any
        default: return .any
        }
    }

    /// Documents up to this size are written with others', one thread for all.
    private static let shortWriteBytes = 16 * 1024

    func fail(_ error: CatalogError, _ response: inout HTTPResponse) {
        response.reset()
        Problem(error).write(to: &response)
    }

    func refuse(_ violation: HTTPViolation, _ response: inout HTTPResponse) {
        Problem(violation: violation).write(to: &response)
    }

    func answer(
        _ request: inout HTTPRequest, _ response: inout HTTPResponse, cancellation: Cancellation?
    ) -> (any ResponseStream)? {
        defer { crossOrigin.mark(request, &response) }
        do {
            if request.method == .options {
                response.status = 204
                response.addTrusted("Allow", request.pattern?.allow ?? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
                return nil
            }
            guard let route = request.route else { throw Problem.request(404, "There is no such route.") }
            if request.query != nil { try checkParameters(request) }
            try decode(&request)
            let stream = try answer(route, request, &response, cancellation)
            // On the loop's thread there is no time for it.
            guard cancellation != nil else { return stream }
            if let stream { return encode(request, &response, stream) }
            encode(request, &response)
            return nil
        } catch {
            Problem(error).write(to: &response)
            return nil
        }
    }

    /// Operations that have no parameters refuse them too. But the Data Explorer's files are asked for with whatever an address had.
    private func checkParameters(_ request: HTTPRequest) throws {
        if case .explorer? = request.route { return }
        let reads = request.pattern?.operation(request.method)?.parameters.contains { $0.place == .query } ?? false
        if !reads { _ = try QueryParameters(request) }
    }

    private func answer(
        _ route: Route, _ request: HTTPRequest, _ response: inout HTTPResponse, _ cancellation: Cancellation?
    ) throws -> (any ResponseStream)? {
        let reads = request.method == .get || request.method == .head
        switch route {
        case .root: try root(request, &response)
        case .live: try live(request, &response)
        case .ready: try ready(request, &response)
        case .status: try status(request, &response)
        case .explorer(let name): try explorer(name, request, &response)
        case .keys: try keys(request, &response)
        case .pages: try pages(request, &response)
        case .page(let number): try page(number, request, &response)
        case .openAPI: try openAPI(request, &response)
        case .metrics: try metrics(request, &response)
        case .compact: try compact(request, &response, cancellation)
        case .users where reads: try users(request, &response)
        case .users: try createUser(request, &response)
        case .user(let name) where reads: try user(name, request, &response)
        case .user(let name) where request.method == .put: try putUser(name, request, &response)
        case .user(let name): try deleteUser(name, request, &response)
        case .grant(let name): try grant(name, request, &response)
        case .roles where reads: try roles(request, &response)
        case .roles: try createRole(request, &response)
        case .role(let name) where reads: try role(name, request, &response)
        case .role(let name) where request.method == .put: try putRole(name, request, &response)
        case .role(let name): try deleteRole(name, request, &response)
        case .tokens where reads: try tokens(request, &response)
        case .tokens: try issueToken(request, &response)
        case .token(let id): try revokeToken(id, request, &response)
        case .jobs: try jobs(request, &response)
        case .job(let id): try stopJob(id, request, &response)
        case .databases: try databases(request, &response)
        case .tables(let database): try tables(database, request, &response)
        case .tableInfo(let path): try tableInfo(path, request, &response)
        case .indexes(let path) where reads: try indexes(path, request, &response)
        case .indexes(let path): try createIndex(path, request, &response)
        case .index(let path, let name) where reads: try index(name, of: path, request, &response)
        case .index(let path, let name): try dropIndex(name, of: path, request, &response)
        case .reql, .query: return try query(request, &response, cancellation)
        case .changes(let path): return try changes(path, request, &response, cancellation)
        case .database(let name) where reads: try database(name, request, &response)
        case .database(let name) where request.method == .put: try createDatabase(name, request, &response)
        case .database(let name): try dropDatabase(name, request, &response)
        case .table(let path) where reads: try page(path, request, &response)
        case .table(let path) where request.method == .post: try insert(path, request, &response)
        case .table(let path) where request.method == .put: try createTable(path, request, &response)
        case .table(let path): try dropTable(path, request, &response)
        case .document(let path, let key): try document(path, Datum(key), request, &response)
        case .keyedDocument(let path): try document(path, try keyParameter(request), request, &response)
        }
        return nil
    }
}

// MARK: What routes share

// Routes throw the errors of all floors; `Problem.init(_: any Error)` is where each gets its status.
extension PandoService {
    /// Runs `body` in a write transaction and commits it as it says; an error rolls it back.
    func write<Result>(
        _ request: HTTPRequest, _ body: (inout CatalogTransaction) throws -> (Result, Durability)
    ) throws -> Result {
        var transaction = try catalog.beginWrite()
        transaction.user = request.user
        let (result, durability) = try body(&transaction)
        if durability == .hard, let flush = request.flush {
            try transaction.commit(.none)
            flush.isWanted(of: catalog)
        } else {
            try transaction.commit(durability)
        }
        return result
    }

    /// The JSON value of a body.
    func json(_ request: HTTPRequest) throws -> Datum {
        guard !request.body.isEmpty else { throw Problem.request(400, "The request has no body; the route needs JSON.") }
        return try Datum(json: request.body.span)
    }

    /// An answer of one JSON value.
    func send(_ datum: Datum, _ response: inout HTTPResponse) {
        response.addTrusted("Content-Type", MediaType.json.rawValue)
        datum.writeJSON(into: &response.body)
        response.body.append(UInt8.lineFeed)
    }

    /// The `durability` parameter of a write; nil: as the table is configured.
    func durability(_ parameters: QueryParameters) throws -> Durability? {
        try parameters.choice("durability", as: WriteDurability.self)?.value
    }
}

extension CatalogSnapshot {
    /// The database of a path; an error that becomes 404 if there is none.
    func existingDatabase(_ name: String) throws(CatalogError) -> DatabaseConfig {
        guard let database = try database(name) else { throw .noDatabase(name) }
        return database
    }

    func existingTable(_ path: Route.TablePath) throws(CatalogError) -> TableConfig {
        guard let table = try table(path.table, in: try existingDatabase(path.database)) else { throw .noTable(path) }
        return table
    }
}

extension CatalogTransaction {
    func existingDatabase(_ name: String) throws(CatalogError) -> DatabaseConfig {
        guard let database = try database(name) else { throw .noDatabase(name) }
        return database
    }

    func existingTable(_ path: Route.TablePath) throws(CatalogError) -> TableConfig {
        guard let table = try table(path.table, in: try existingDatabase(path.database)) else { throw .noTable(path) }
        return table
    }
}

extension CatalogError {
    fileprivate static func noDatabase(_ name: String) -> CatalogError {
        CatalogError(.databaseNotFound, "Database `\(name)` does not exist; PUT /\(PercentEncoding.encode(name)) creates it.")
    }

    fileprivate static func noTable(_ path: Route.TablePath) -> CatalogError {
        CatalogError(.tableNotFound, "Table `\(path.database).\(path.table)` does not exist; PUT \(path.target) creates it.")
    }
}

extension Route.TablePath {
    /// As it stands in a request.
    var target: String { "/\(PercentEncoding.encode(database))/\(PercentEncoding.encode(table))" }
}

/// What `durability` may be in requests.
enum WriteDurability: String, Sendable, CaseIterable {
    case hard
    case soft

    var value: Durability {
        switch self {
        case .hard: .hard
        case .soft: .soft
        }
    }
}
