import ReQLish

/// What a path names. A segment that begins with `_` is always a route of the server; databases, tables and keys with such names are
/// reached through `/_reql`, keys also through `_doc?key=`.
enum Route: Sendable, Hashable {
    case root
    case live
    case ready
    case status
    case compact
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
    }

    /// The methods of the route beside HEAD, where GET is, and OPTIONS.
    var methods: [HTTPMethod] {
        switch self {
        case .root, .live, .ready, .status, .databases, .tables, .tableInfo, .changes: [.get]
        case .reql, .query, .compact: [.post]
        case .indexes: [.get, .post]
        case .index: [.get, .delete]
        case .database: [.get, .put, .delete]
        case .table: [.get, .post, .put, .delete]
        case .document, .keyedDocument: [.get, .put, .patch, .delete]
        }
    }

    func allows(_ method: HTTPMethod) -> Bool {
        method == .options || methods.contains(method == .head ? .get : method)
    }

    /// The value of `Allow`.
    var allow: String {
        var names = methods.map(\.rawValue)
        if methods.contains(.get) { names.insert("HEAD", at: 1) }
        return (names + ["OPTIONS"]).joined(separator: ", ")
    }
}

extension Route {
    /// Routes of the server that this version does not have.
    private static let later: Set<String> = ["_metrics", "_openapi.json", "_admin"]

    /// Finds the route of a request's path. A `/` at the end makes no difference.
    init(_ request: HTTPRequest) throws(Problem) {
        let head = request.head
        let bytes = head.span
        var segments: [String] = []
        segments.reserveCapacity(4)
        var start = request.path.lowerBound + 1
        while start < request.path.upperBound {
            var end = start
            while end < request.path.upperBound, bytes[end] != UInt8(ascii: "/") { end += 1 }
            guard let segment = PercentEncoding.decode(bytes.extracting(start..<end)) else {
                throw .request(400, "The path is not percent-encoded UTF-8.")
            }
            guard !segment.isEmpty else { throw .request(404, "The path has an empty segment; no route has.") }
            segments.append(segment)
            start = end + 1
            guard segments.count <= 4 else { break }
        }
        guard let route = Self.match(segments) else { throw Self.unknown(segments) }
        self = route
    }

    private static func match(_ segments: [String]) -> Route? {
        let isRoute = { (index: Int) in segments[index].utf8.first == UInt8(ascii: "_") }
        switch segments.count {
        case 0: return .root
        case 1:
            switch segments[0] {
            case "_databases": return .databases
            case "_reql": return .reql
            case "_status": return .status
            default: return isRoute(0) ? nil : .database(segments[0])
            }
        case 2 where segments[0] == "_health":
            switch segments[1] {
            case "live": return .live
            case "ready": return .ready
            default: return nil
            }
        case 2 where segments == ["_admin", "compact"]: return .compact
        case 2 where !isRoute(0):
            switch segments[1] {
            case "_tables", "_collections": return .tables(segments[0])
            default: return isRoute(1) ? nil : .table(TablePath(database: segments[0], table: segments[1]))
            }
        case 3 where !isRoute(0) && !isRoute(1):
            let path = TablePath(database: segments[0], table: segments[1])
            switch segments[2] {
            case "_info": return .tableInfo(path)
            case "_query": return .query(path)
            case "_changes": return .changes(path)
            case "_index": return .indexes(path)
            case "_doc": return .keyedDocument(path)
            default: return isRoute(2) ? nil : .document(path, key: segments[2])
            }
        case 4 where !isRoute(0) && !isRoute(1) && segments[2] == "_index":
            return .index(TablePath(database: segments[0], table: segments[1]), name: segments[3])
        default: return nil
        }
    }

    private static func unknown(_ segments: [String]) -> Problem {
        guard let odd = segments.first(where: { $0.hasPrefix("_") }) else {
            return .request(404, "No route has more than three segments; a `/` inside a key is written %2F.")
        }
        if later.contains(odd) { return .request(501, "This version of Pando has no `\(odd)` yet.") }
        return .request(
            404, "There is no route `\(odd)` here. Keys that begin with `_` are reached through `_doc?key=`, names through `/_reql`.")
    }
}
