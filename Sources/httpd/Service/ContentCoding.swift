import ReQLish

// gzip, of bodies that come and of answers that go. Only workers do it: it takes time.
extension PandoService {
    /// Bodies below this size are sent as they are: the frame would eat what is gained.
    private static let smallestCompressed = 1024

    /// Takes the coding off a request's body. What comes out counts against the same limit as a body without one, so that a few bytes can't stand for very many.
    func decode(_ request: inout HTTPRequest) throws(Problem) {
        guard let field = request.contentEncoding, !request.body.isEmpty else { return }
        if request.matches(field, "identity") { return }
        guard request.matches(field, "gzip") else {
            throw .request(415, "The only Content-Encoding this server reads is gzip.").with("Accept-Encoding", "gzip")
        }
        let limit = configuration.limits.bodyBytes
        do throws(CompressionError) {
            request.body = try GzipDecoder.decompress(request.body.span, maximumByteCount: limit)
        } catch {
            guard error.kind == .tooLarge else { throw .request(400, "The body is not gzip: \(error.message)") }
            throw .request(413, "The body may have at most \(limit) bytes when it is decompressed.")
        }
    }

    /// Compresses an answer for a client that takes it so.
    func encode(_ request: HTTPRequest, _ response: inout HTTPResponse) {
        guard request.acceptEncoding != nil, response.status.code == 200, Self.isCompressed(request.route) else { return }
        response.addTrusted("Vary", "Accept-Encoding")
        guard response.body.count >= Self.smallestCompressed, request.acceptsGzip else { return }
        response.body = GzipEncoder.compress(response.body.span)
        response.addTrusted("Content-Encoding", "gzip")
    }

    /// A document is sent as it lies in the file: its ETag is that of these bytes. The Data Explorer's files have a form for either.
    private static func isCompressed(_ route: Route?) -> Bool {
        switch route {
        case .document, .keyedDocument, .explorer: false
        default: true
        }
    }
}

extension HTTPRequest {
    /// Whether gzip is among what `Accept-Encoding` names, and not with the weight 0 (RFC 9110, 12.5.3).
    var acceptsGzip: Bool {
        guard let field = acceptEncoding else { return false }
        for item in text(field).lowercased().split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
            guard parts.first == "gzip" || parts.first == "*" else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            return weight > 0
        }
        return false
    }
}
