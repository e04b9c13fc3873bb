import ReQLish

/// What a path names. A segment that begins with `_` is always a route of the server; databases, tables and keys with such names are
/// reached through `/_reql`, keys also through `_doc?key=`.
enum Route: Sendable, Hashable {
    case root
    /// A file of the Data Explorer; `/` is its page to browsers.
    case explorer(String)
    case live
    case ready
    case status
    case compact
    case keys
    case pages
    case page(String)
    case users
    case user(String)
    /// What an account is granted beside what it has.
    case grant(String)
    case databases
    case reql
    case database(String)
    case tables(String)
    case table(TablePath)
    case tableInfo(TablePath)
    case query(TablePath)
    case changes(TablePath)
    case indexes(TablePath)
    case index(TablePath, name: String)
    /// `…/_doc?key=`: the key stands in the query.
    case keyedDocument(TablePath)
    case document(TablePath, key: String)

    struct TablePath: Sendable, Hashable {
        let database: String
        let table: String

        init(database: String, table: String) {
            self.database = database
            self.table = table
        }

        fileprivate init(_ segments: [String]) { self.init(database: segments[0], table: segments[1]) }
    }
}

/// How a path may look, what it names then, and the methods it has: all that routes a request, and all that `/_openapi.json` is made of.
final class RoutePattern: Sendable {
    /// As OpenAPI writes it: `/{database}/{table}/_info`.
    let path: String
    /// Beside HEAD, where GET is, and OPTIONS.
    let operations: [RouteOperation]
    fileprivate let segments: [Segment]
    fileprivate let route: @Sendable (_ segments: [String]) -> Route
    private let methods: [HTTPMethod]
    /// The value of `Allow`.
    let allow: String

    fileprivate enum Segment: Sendable {
        case word(String)
        /// Whether it may begin with `_`: only where no word of ours can stand.
        case name(isFree: Bool)

        func matches(_ text: String) -> Bool {
            switch self {
            case .word(let word): text == word
            case .name(let isFree): isFree || !text.isReserved
            }
        }
    }

    init(_ path: String, _ operations: [RouteOperation], _ route: @escaping @Sendable ([String]) -> Route) {
        self.path = path
        self.operations = operations
        self.route = route
        segments = path.split(separator: "/").map { part in
            part.hasPrefix("{") ? .name(isFree: part == "{name}") : .word(String(part))
        }
        let named = operations.map(\.method)
        methods = named + (named.contains(.get) ? [.head] : []) + [.options]
        var names = named.map(\.rawValue)
        if named.contains(.get) { names.insert("HEAD", at: (names.firstIndex(of: "GET") ?? 0) + 1) }
        allow = (names + ["OPTIONS"]).joined(separator: ", ")
    }

    func allows(_ method: HTTPMethod) -> Bool { methods.contains(method) }

    fileprivate var isPlain: Bool { !segments.contains { if case .word = $0 { true } else { false } } }
}

/// What a method does with what a path names.
struct RouteOperation: Sendable {
    let method: HTTPMethod
    /// The name of the operation for programs that are generated.
    let id: String
    let summary: String

    init(_ method: HTTPMethod, _ id: String, _ summary: String) {
        self.method = method
        self.id = id
        self.summary = summary
    }
}

extension RoutePattern {
    /// Routes of the server that this version does not have.
    private static let later: Set<String> = ["_metrics", "_openapi.json"]

    /// The most segments of a path.
    private static let mostSegments = 4

    /// Those of names only, by the number of their segments: a request for a document is found without a look at the others.
    private static let plain: [RoutePattern?] = (0...mostSegments).map { count in
        all.first { $0.segments.count == count && $0.isPlain }
    }

    /// Finds what a request's path names. A `/` at the end makes no difference.
    static func find(_ request: HTTPRequest) throws(Problem) -> (route: Route, pattern: RoutePattern) {
        let head = request.head
        let bytes = head.span
        var segments: [String] = []
        segments.reserveCapacity(mostSegments)
        var isPlain = true
        var start = request.path.lowerBound + 1
        while start < request.path.upperBound {
            var end = start
            while end < request.path.upperBound, bytes[end] != UInt8(ascii: "/") { end += 1 }
            guard let segment = PercentEncoding.decode(bytes.extracting(start..<end)) else {
                throw .request(400, "The path is not percent-encoded UTF-8.")
            }
            guard !segment.isEmpty else { throw .request(404, "The path has an empty segment; no route has.") }
            if segment.isReserved { isPlain = false }
            segments.append(segment)
            start = end + 1
            guard segments.count <= mostSegments else { throw unknown(segments) }
        }
        guard let pattern = isPlain ? plain[segments.count] : match(segments) else { throw unknown(segments) }
        let route = pattern.route(segments)
        return (route == .root && isFromBrowser(request) ? .explorer(ExplorerFile.page) : route, pattern)
    }

    /// Whether the client would rather have a page than JSON.
    private static func isFromBrowser(_ request: HTTPRequest) -> Bool {
        (try? MediaType.ofAnswer(request, among: [.json, .html])) == .html
    }

    private static func match(_ segments: [String]) -> RoutePattern? {
        all.first { pattern in
            pattern.segments.count == segments.count && zip(pattern.segments, segments).allSatisfy { $0.matches($1) }
        }
    }

    private static func unknown(_ segments: [String]) -> Problem {
        guard let odd = segments.first(where: { $0.isReserved }) else {
            return .request(404, "No route has more than three segments; a `/` inside a key is written %2F.")
        }
        if later.contains(odd) { return .request(501, "This version of Pando has no `\(odd)` yet.") }
        return .request(
            404, "There is no route `\(odd)` here. Keys that begin with `_` are reached through `_doc?key=`, names through `/_reql`.")
    }
}

extension String {
    fileprivate var isReserved: Bool { utf8.first == UInt8(ascii: "_") }
}

// MARK: The table

extension RoutePattern {
    static let all: [RoutePattern] = [
        RoutePattern("/", [RouteOperation(.get, "root", "Name and version")]) { _ in .root },
        RoutePattern("/_health/live", [RouteOperation(.get, "live", "Whether the process runs")]) { _ in .live },
        RoutePattern("/_health/ready", [RouteOperation(.get, "ready", "Whether requests are welcome")]) { _ in .ready },
        RoutePattern("/_status", [RouteOperation(.get, "status", "Figures of the server and of the file")]) { _ in .status },
        RoutePattern("/_explorer/{name}", [RouteOperation(.get, "explorerFile", "A file of the Data Explorer")]) { .explorer($0[1]) },
        RoutePattern("/_admin/keys", [RouteOperation(.get, "listKeys", "The raw keys that begin with a prefix")]) { _ in .keys },
        RoutePattern("/_admin/pages", [RouteOperation(.get, "treeLevels", "The levels of the tree")]) { _ in .pages },
        RoutePattern("/_admin/pages/{name}", [RouteOperation(.get, "getPage", "A page of the file, taken apart")]) { .page($0[2]) },
        RoutePattern("/_admin/compact", [RouteOperation(.post, "compact", "Make the file as small as what it holds")]) { _ in .compact },
        RoutePattern(
            "/_admin/users",
            [RouteOperation(.get, "listUsers", "All accounts"), RouteOperation(.post, "createUser", "Make an account")]
        ) { _ in .users },
        RoutePattern(
            "/_admin/users/{name}",
            [
                RouteOperation(.get, "getUser", "An account"), RouteOperation(.put, "putUser", "Make or change an account"),
                RouteOperation(.delete, "deleteUser", "Remove an account"),
            ]
        ) { .user($0[2]) },
        RoutePattern(
            "/_admin/users/{name}/_grant", [RouteOperation(.post, "grant", "Set permissions of an account for one scope")]
        ) { .grant($0[2]) },
        RoutePattern("/_databases", [RouteOperation(.get, "listDatabases", "All databases")]) { _ in .databases },
        RoutePattern("/_reql", [RouteOperation(.post, "query", "Any query")]) { _ in .reql },
        RoutePattern(
            "/{database}",
            [
                RouteOperation(.get, "getDatabase", "The config of a database"),
                RouteOperation(.put, "createDatabase", "Make a database"),
                RouteOperation(.delete, "dropDatabase", "Drop a database with all its tables"),
            ]
        ) { .database($0[0]) },
        RoutePattern("/{database}/_tables", [RouteOperation(.get, "listTables", "The tables of a database")]) { .tables($0[0]) },
        RoutePattern("/{database}/_collections", [RouteOperation(.get, "listCollections", "The tables of a database")]) {
            .tables($0[0])
        },
        RoutePattern(
            "/{database}/{table}",
            [
                RouteOperation(.get, "listDocuments", "A page of documents in key order"),
                RouteOperation(.post, "insertDocuments", "Insert one document or many"),
                RouteOperation(.put, "createTable", "Make a table"), RouteOperation(.delete, "dropTable", "Drop a table"),
            ]
        ) { .table(Route.TablePath($0)) },
        RoutePattern("/{database}/{table}/_info", [RouteOperation(.get, "getTable", "The config of a table, and its exact count")]) {
            .tableInfo(Route.TablePath($0))
        },
        RoutePattern("/{database}/{table}/_query", [RouteOperation(.post, "queryTable", "A query that begins with the table")]) {
            .query(Route.TablePath($0))
        },
        RoutePattern("/{database}/{table}/_changes", [RouteOperation(.get, "followTable", "What changes from now on")]) {
            .changes(Route.TablePath($0))
        },
        RoutePattern(
            "/{database}/{table}/_index",
            [RouteOperation(.get, "listIndexes", "The indexes of a table"), RouteOperation(.post, "createIndex", "Make an index")]
        ) { .indexes(Route.TablePath($0)) },
        RoutePattern(
            "/{database}/{table}/_index/{name}",
            [RouteOperation(.get, "getIndex", "What is known of an index"), RouteOperation(.delete, "dropIndex", "Drop an index")]
        ) { .index(Route.TablePath($0), name: $0[3]) },
        RoutePattern("/{database}/{table}/_doc", documentOperations("KeyedDocument")) { .keyedDocument(Route.TablePath($0)) },
        RoutePattern("/{database}/{table}/{key}", documentOperations("Document")) { .document(Route.TablePath($0), key: $0[2]) },
    ]

    private static func documentOperations(_ name: String) -> [RouteOperation] {
        [
            RouteOperation(.get, "get\(name)", "A document with its ETag"),
            RouteOperation(.put, "put\(name)", "Insert or replace a document"),
            RouteOperation(.patch, "patch\(name)", "Change fields of a document (JSON Merge Patch)"),
            RouteOperation(.delete, "delete\(name)", "Delete a document"),
        ]
    }
}
