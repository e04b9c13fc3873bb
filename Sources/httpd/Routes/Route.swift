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
    case metrics
    case openAPI
    case compact
    case keys
    case pages
    case page(String)
    case users
    case user(String)
    /// What an account is granted beside what it has.
    case grant(String)
    case roles
    case role(String)
    case tokens
    case token(String)
    case jobs
    case job(String)
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

        init(_ segments: [String]) { self.init(database: segments[0], table: segments[1]) }
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

    /// What a method does; HEAD does what GET does.
    func operation(_ method: HTTPMethod) -> RouteOperation? {
        operations.first { $0.method == (method == .head ? .get : method) }
    }

    fileprivate var isPlain: Bool { !segments.contains { if case .word = $0 { true } else { false } } }
}

extension RoutePattern {
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
        return .request(
            404, "There is no route `\(odd)` here. Keys that begin with `_` are reached through `_doc?key=`, names through `/_reql`.")
    }
}

extension String {
    fileprivate var isReserved: Bool { utf8.first == UInt8(ascii: "_") }
}
