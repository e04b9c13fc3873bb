import Ground
import ReQLish

// gzip, of bodies that come and of answers that go. Only workers do it: it takes time.
extension PandoExchange {
    /// Bodies below this size are sent as they are: the frame would eat what is gained.
    private static let smallestCompressed = 1024

    /// Takes the coding off a request's body. What comes out counts against the same limit as a body without one, so that a few bytes can't
    /// stand for very many.
    func decode() throws(Problem) {
        guard let field = request.contentEncoding, !request.body.isEmpty else { return }
        if request.matches(field, "identity") { return }
        guard request.matches(field, "gzip") else {
            throw .request(415, "The only Content-Encoding this server reads is gzip.").with("Accept-Encoding", "gzip")
        }
        let limit = service.configuration.limits.bodyBytes
        do throws(CompressionError) {
            let body = request.body
            request.body = try GzipDecoder.decompress(body.span, maximumByteCount: limit)
        } catch {
            guard error.kind == .tooLarge else { throw .request(400, "The body is not gzip: \(error.message)") }
            throw .request(413, "The body may have at most \(limit) bytes when it is decompressed.")
        }
    }

    /// Compresses an answer for a client that takes it so.
    func encode() {
        guard request.acceptEncoding != nil, response.status.code == 200, route?.isVerbatim == false else { return }
        response.addTrusted("Vary", "Accept-Encoding")
        guard response.body.count >= Self.smallestCompressed, request.acceptsGzip else { return }
        let body = response.body
        response.body = GzipEncoder.compress(body.span)
        response.addTrusted("Content-Encoding", "gzip")
    }

    /// The same for an answer that comes in parts. A feed goes out as it is: what happened is not to wait until there is enough to
    /// compress.
    func encode(_ stream: any ResponseStream) -> any ResponseStream {
        guard request.acceptEncoding != nil, route?.isVerbatim == false, !stream.isLive else { return stream }
        response.addTrusted("Vary", "Accept-Encoding")
        guard request.acceptsGzip else { return stream }
        let compressed = GzipStream(stream)
        compressed.encode(&response.body)
        response.addTrusted("Content-Encoding", "gzip")
        return compressed
    }
}

/// A stream that compresses what another one produces. Used by one thread at a time, as every stream.
private final class GzipStream: ResponseStream, @unchecked Sendable {
    private let source: any ResponseStream
    // One thread: others want the processor too.
    private var encoder = GzipEncoder(threads: 1)
    private var plain = ByteBuffer()

    init(_ source: any ResponseStream) {
        self.source = source
    }

    /// Puts what comes out in place of what goes in; that may be nothing yet.
    func encode(_ part: inout ByteBuffer) {
        swap(&plain, &part)
        part.removeAll()
        Self.append(plain, to: &part, by: &encoder)
        plain.removeAll()
    }

    private static func append(_ plain: borrowing ByteBuffer, to part: inout ByteBuffer, by encoder: inout GzipEncoder) {
        encoder.append(plain.span, to: &part)
    }

    func produce(into part: inout ByteBuffer) -> StreamStep {
        let step = source.produce(into: &part)
        encode(&part)
        // After a row that failed, what came before it and what is wrong can still be read.
        if step == .end || step == .cut { encoder.finish(to: &part) }
        return step
    }

    var isLive: Bool { false }
    func close() { source.close() }
}

extension HTTPRequest {
    /// Whether gzip is among what `Accept-Encoding` names, or anything is, and not with the weight 0 (RFC 9110, 12.5.3).
    var acceptsGzip: Bool {
        guard acceptEncoding != nil, let codings = list("accept-encoding") else { return false }
        var acceptsAny = false
        for coding in codings.lowercased().split(separator: ",") {
            let parts = coding.split(separator: ";").map(\.trimmedBlanks)
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) } ?? 1
            switch parts.first {
            case "gzip": return weight > 0
            case "*": acceptsAny = weight > 0
            default: continue
            }
        }
        return acceptsAny
    }
}
