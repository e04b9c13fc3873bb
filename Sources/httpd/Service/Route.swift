import Ground
import ReQLish

/// The work of a method on a path: all that routes a request, and all that `/_openapi.json` is made of.
///
/// A segment of a path that begins with `_` is always a route of the server; databases, tables and keys with such names are reached through
/// `/_reql`, keys also through `_doc?key=`.
final class Route: Sendable {
    /// The place where a request may be answered, as far as its route tells.
    enum Weight: Sendable {
        case any
        /// It never waits, and may run on a loop's thread.
        case shortRead
        /// A write of what the body holds: short if that is small.
        case shortWrite
        /// As the query in the body is.
        case query
        /// The same where it may be SQL.
        case statement
    }

    typealias Handler = @Sendable (PandoExchange) throws -> Void

    let method: HTTPMethod
    /// As OpenAPI writes it: `/{database}/{table}/_info`.
    let path: String
    /// The name of the operation for programs that are generated.
    let id: String
    let summary: String
    let parameters: [RouteParameter]
    let body: RouteBody?
    /// The answers of success. What fails is answered with a problem.
    let answers: [RouteAnswer]
    let weight: Weight
    /// Whether it needs no account, since it tells nothing but that the server runs. The Data Explorer's own files hold no data: it is the
    /// page that asks for the password.
    let isOpen: Bool
    /// Whether answers go out as they are: a document as it lies in the file, because its ETag is that of these bytes; a file that has a
    /// compressed form of its own.
    let isVerbatim: Bool
    /// Whether a body of comma-separated values is put aside as it comes, and read from there.
    let storesTable: Bool
    /// Whether it reads the query of the target, or doesn't mind it.
    let hasParameters: Bool
    /// Answers the request.
    let handler: Handler

    init(
        _ method: HTTPMethod, _ path: String, _ id: String, _ summary: String, parameters: [RouteParameter] = [], body: RouteBody? = nil,
        answers: [RouteAnswer], weight: Weight = .any, isOpen: Bool = false, isVerbatim: Bool = false, storesTable: Bool = false,
        handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.id = id
        self.summary = summary
        self.parameters = parameters
        self.body = body
        self.answers = answers
        self.weight = weight
        self.isOpen = isOpen
        self.isVerbatim = isVerbatim
        self.storesTable = storesTable
        // The Data Explorer's files are asked for with whatever an address had.
        hasParameters = isOpen && isVerbatim || parameters.contains { $0.place == .query }
        self.handler = handler
    }
}

/// A path and what its methods do: the routes that stand together in the table.
final class RoutePattern: Sendable {
    /// As OpenAPI writes it.
    let path: String
    /// Beside HEAD, where GET is, and OPTIONS.
    let operations: [Route]
    fileprivate let segments: [Segment]
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

    private init(_ operations: [Route]) {
        self.operations = operations
        path = operations[0].path
        segments = path.split(separator: "/").map { part in
            part.hasPrefix("{") ? .name(isFree: part == "{name}") : .word(String(part))
        }
        let named = operations.map(\.method)
        methods = named + (named.contains(.get) ? [.head] : []) + [.options]
        var names = named.map(\.rawValue)
        if named.contains(.get) { names.insert("HEAD", at: (names.firstIndex(of: "GET") ?? 0) + 1) }
        allow = (names + ["OPTIONS"]).joined(separator: ", ")
    }

    static let all: [RoutePattern] = {
        var patterns: [RoutePattern] = []
        var rest = Route.all[...]
        while let first = rest.first {
            let same = rest.prefix { $0.path == first.path }
            patterns.append(RoutePattern(Array(same)))
            rest = rest[same.endIndex...]
        }
        return patterns
    }()

    func allows(_ method: HTTPMethod) -> Bool { methods.contains(method) }

    /// What a method does; HEAD does what GET does, and OPTIONS is for the pattern to answer.
    func operation(_ method: HTTPMethod) -> Route? {
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

    /// Finds the pattern of a request's path, and takes the path apart. A `/` at the end makes no difference.
    static func find(_ request: borrowing HTTPRequest) throws(Problem) -> (pattern: RoutePattern, path: [String]) {
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
        return (pattern, segments)
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
