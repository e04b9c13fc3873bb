/// A mistake in a query's text, and its place.
public struct QuerySyntaxError: Error, Sendable, Hashable {
    /// What was wrong and what was expected, without the place.
    public let message: String
    /// From 1.
    public let line: Int
    /// In characters (Unicode scalars), from 1.
    public let column: Int
    /// In bytes from the beginning of the text.
    public let offset: Int
    /// The line of the query with a caret under the place, in two lines. Long lines are shortened around the place.
    public let snippet: String

    package init(_ message: String, text: [UInt8], offset: Int) {
        let offset = min(max(0, offset), text.count)
        let newline = UInt8(ascii: "\n")
        let lineStart = text[..<offset].lastIndex(of: newline).map { $0 + 1 } ?? 0
        let lineEnd = text[offset...].firstIndex(of: newline) ?? text.count
        self.message = message
        self.offset = offset
        line = text[..<lineStart].count { $0 == newline } + 1
        let before = String(decoding: text[lineStart..<offset].suffix(4_000), as: UTF8.self).unicodeScalars
        let after = String(decoding: text[offset..<lineEnd].prefix(4_000), as: UTF8.self).unicodeScalars
        column = String(decoding: text[lineStart..<offset], as: UTF8.self).unicodeScalars.count + 1
        snippet = Self.snippet(before: Array(before), after: Array(after))
    }

    private static func snippet(before: [Unicode.Scalar], after: [Unicode.Scalar]) -> String {
        func visible(_ scalars: some Sequence<Unicode.Scalar>) -> String {
            var result = ""
            for scalar in scalars where scalar != "\r" { result.unicodeScalars.append(scalar.value < 0x20 ? " " : scalar) }
            return result
        }
        let left = before.count > 60 ? "…" + visible(before.suffix(57)) : visible(before)
        let right = after.count > 60 ? visible(after.prefix(57)) + "…" : visible(after)
        return left + right + "\n" + String(repeating: " ", count: left.unicodeScalars.count) + "^"
    }
}

extension QuerySyntaxError: CustomStringConvertible {
    /// Message, place and snippet, as a terminal shows them.
    public var description: String { "line \(line), column \(column): \(message)\n\(snippet)" }
}

extension ReQLError {
    /// A query's text that doesn't parse, as an error of class `.compile`.
    public init(_ error: QuerySyntaxError) {
        self.init(.compile, error.description)
    }
}
