import ReQLish

/// `If-Match` and `If-None-Match` of a request.
struct Preconditions: Sendable {
    private enum Condition: Sendable {
        /// `*`: any document at all.
        case any
        /// The tags, with their quotes; weak ones keep their `W/`.
        case tags([String])
    }

    private let match: Condition?
    private let noneMatch: Condition?

    init(_ request: borrowing HTTPRequest) throws(Problem) {
        match = try Self.condition(request, "if-match")
        noneMatch = try Self.condition(request, "if-none-match")
    }

    var isEmpty: Bool { match == nil && noneMatch == nil }

    /// What they say of a document that is about to be read; throws 412 if it is not the one meant.
    /// - Returns: whether the client has it already: 304.
    func isUnmodified(_ tag: String) throws(Problem) -> Bool {
        try checkMatch(tag)
        return noneMatch.map { Self.holds($0, tag, weakly: true) } ?? false
    }

    /// Throws 412 unless they allow the document to be written. To be asked inside the write transaction.
    /// - Parameter tag: nil if there is no document.
    func checkWrite(_ tag: String?) throws(Problem) {
        try checkMatch(tag)
        if let noneMatch, Self.holds(noneMatch, tag, weakly: true) {
            throw Problem(412, .operationFailed, "If-None-Match: the document exists\(tag.map { " as \($0)" } ?? "").")
        }
    }

    private func checkMatch(_ tag: String?) throws(Problem) {
        if let match, !Self.holds(match, tag, weakly: false) {
            let found = tag.map { "the document is \($0) now" } ?? "there is no document"
            throw Problem(412, .operationFailed, "If-Match: \(found). Read it again and repeat the change.")
        }
    }

    private static func holds(_ condition: Condition, _ tag: String?, weakly: Bool) -> Bool {
        guard let tag else { return false }
        switch condition {
        case .any: return true
        case .tags(let tags): return tags.contains { $0 == tag || weakly && $0 == "W/\(tag)" }
        }
    }

    private static func condition(_ request: borrowing HTTPRequest, _ name: String) throws(Problem) -> Condition? {
        guard let text = request.list(name) else { return nil }
        if text == "*" { return .any }
        var tags: [String] = []
        var rest = text[...].trimmedBlanks
        while !rest.isEmpty {
            if rest.first == "," {
                rest = rest.dropFirst().trimmedBlanks
                continue
            }
            let quoted = rest.hasPrefix("W/") ? rest.dropFirst(2) : rest
            guard quoted.first == "\"", let end = quoted.dropFirst().firstIndex(of: "\"") else {
                throw .request(400, "The field `\(name)` is neither * nor a list of entity tags in double quotes.")
            }
            tags.append(String(rest[...end]))
            rest = rest[rest.index(after: end)...].trimmedBlanks
        }
        return .tags(tags)
    }
}
