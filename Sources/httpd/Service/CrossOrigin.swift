import ReQLish

/// The web pages of other sites that may call: none, unless their origins are listed (CORS). Being listed lets a browser show a page the
/// answer; the page still has to send an account's name and password, or a token.
struct CrossOrigin: Sendable {
    private let origins: Set<String>
    private var allowsAll: Bool { origins.contains("*") }

    init(_ configuration: HTTPConfiguration) {
        origins = Set(configuration.corsOrigins.map { $0.lowercased() })
    }

    var isOff: Bool { origins.isEmpty }

    func allows(_ origin: String) -> Bool { allowsAll || origins.contains(origin.lowercased()) }

    /// Adds the fields that the browser checks.
    func mark(_ request: borrowing HTTPRequest, _ response: inout HTTPResponse, allow: String?) {
        guard !isOff else { return }
        if !allowsAll { response.addTrusted("Vary", "Origin") }
        guard let field = request.field("origin"), case let origin = request.text(field), allows(origin) else { return }
        response.add("Access-Control-Allow-Origin", allowsAll ? "*" : origin)
        response.addTrusted("Access-Control-Expose-Headers", "ETag, Link, Location, Pando-Result, Pando-Summary, Retry-After, X-Request-Id")
        // What a browser asks before it sends what a form could not.
        guard request.method == .options, request.has("access-control-request-method") else { return }
        response.addTrusted("Access-Control-Allow-Methods", allow ?? "GET, POST, PUT, PATCH, DELETE")
        response.addTrusted(
            "Access-Control-Allow-Headers",
            "Authorization, Content-Type, Content-Encoding, Accept, If-Match, If-None-Match, Last-Event-ID, Pando-Transaction, Traceparent, "
                + "X-Request-Id")
        response.addTrusted("Access-Control-Max-Age", "600")
    }
}
