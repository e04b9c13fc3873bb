import ReQLish

/// The media types that routes read and write, and how they are chosen.
enum MediaType: String, Sendable {
    case json = "application/json"
    case rows = "application/x-ndjson"
    case text = "text/plain"
    case sql = "application/sql"
    case html = "text/html"
    case csv = "text/csv"
    case xml = "application/xml"
    /// Server-sent events.
    case events = "text/event-stream"
    case gzip = "application/gzip"
    case tar = "application/x-tar"
    case binary = "application/octet-stream"
    case mergePatch = "application/merge-patch+json"

    /// The type of a request's body among those a route reads.
    /// - Parameter fallback: what a body without `Content-Type` is.
    static func ofBody(_ request: borrowing HTTPRequest, among readable: [MediaType], fallback: MediaType) throws(Problem) -> MediaType {
        guard let field = request.field("content-type") else { return fallback }
        // What nearly every client sends needs no taking apart.
        if request.matches(field, fallback.rawValue) { return fallback }
        let text = request.text(field)
        let parts = text.split(separator: ";", omittingEmptySubsequences: false).map { $0.trimmedBlanks.lowercased() }
        var name = parts.first ?? ""
        if name == "application/ndjson" || name == "application/jsonl" || name == "application/jsonlines" { name = rows.rawValue }
        if name == "text/xml" { name = xml.rawValue }
        let list = readable.map(\.rawValue).joined(separator: ", ")
        guard let type = MediaType(rawValue: name), readable.contains(type) else {
            // What curl sends with -d, which is how most people meet this.
            let hint = name == "application/x-www-form-urlencoded" ? " Say which with the field Content-Type (curl: -H, or --json)." : ""
            throw .request(415, "The route reads \(list), not `\(text)`.\(hint)").with("Accept", list)
        }
        for part in parts.dropFirst() where part.hasPrefix("charset=") {
            let charset = part.dropFirst(8).filter { $0 != "\"" }
            guard charset == "utf-8" || charset == "us-ascii" else { throw .request(415, "The route reads UTF-8, not `\(charset)`.") }
        }
        return type
    }

    /// The type of the answer, among those a route writes (best first), that the client prefers.
    static func ofAnswer(_ request: borrowing HTTPRequest, among writable: [MediaType]) throws(Problem) -> MediaType {
        guard let field = request.field("accept") else { return writable[0] }
        if request.matches(field, "*/*") || request.matches(field, writable[0].rawValue) { return writable[0] }
        let accept = request.list("accept") ?? ""
        var best: (type: MediaType, quality: Double)?
        for type in writable {
            let quality = Self.quality(of: type, accept: accept)
            if quality > best?.quality ?? 0 { best = (type, quality) }
        }
        if let best { return best.type }
        let list = writable.map(\.rawValue).joined(separator: ", ")
        throw .request(406, "The route writes \(list); none of these is among `\(accept)`.")
    }

    /// What `Accept` says of a type: the quality of the most specific range that covers it, 0 if none does.
    private static func quality(of type: MediaType, accept: String) -> Double {
        let family = type.rawValue.prefix { $0 != "/" } + "/*"
        var best = (specificity: 0, quality: 0.0)
        for range in accept.split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.trimmedBlanks.lowercased() }
            guard let name = parts.first else { continue }
            let specificity = name == type.rawValue ? 3 : name == family ? 2 : name == "*/*" ? 1 : 0
            guard specificity > best.specificity else { continue }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
            best = (specificity, quality)
        }
        return best.quality
    }
}

extension Substring {
    var trimmedBlanks: Substring {
        var text = self
        while let first = text.utf8.first, first.isBlank { text.removeFirst() }
        while let last = text.utf8.last, last.isBlank { text.removeLast() }
        return text
    }
}
