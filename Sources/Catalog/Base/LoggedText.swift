/// A sentence for a log, which knows what of it is the file's: names, texts of queries, values.
///
/// Whatever is put into it by `\(…)` is; words of the program's own are put in by `\(words: …)`. So what somebody forgot to tell apart isn't
/// shown where the contents of a file must not be.
public struct LoggedText: Sendable, Hashable, CustomStringConvertible {
    fileprivate struct Part: Sendable, Hashable {
        let text: String
        let isOfFile: Bool
    }

    private var parts: [Part]

    /// All of it.
    public var description: String { written { $0 } }

    /// The sentence with what is the file's as a function makes it.
    package func written(_ shown: (String) -> String) -> String {
        parts.map { $0.isOfFile ? shown($0.text) : $0.text }.joined()
    }
}

extension LoggedText: ExpressibleByStringInterpolation {
    public init(stringLiteral text: String) { parts = [Part(text: text, isOfFile: false)] }

    public init(stringInterpolation text: StringInterpolation) { parts = text.parts }

    public struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}

        public mutating func appendLiteral(_ literal: String) { parts.append(Part(text: literal, isOfFile: false)) }

        /// What is the file's.
        public mutating func appendInterpolation(_ text: String) { parts.append(Part(text: text, isOfFile: true)) }

        /// What is not.
        public mutating func appendInterpolation(words: some CustomStringConvertible) { appendLiteral(words.description) }

        /// A part of the sentence.
        public mutating func appendInterpolation(_ text: LoggedText) { parts += text.parts }

        /// The message of an error, which may quote what is the file's: all from the first quotation mark on is.
        public mutating func appendInterpolation(error message: String) {
            let mark = message.firstIndex { "`\"“".contains($0) } ?? message.endIndex
            appendLiteral(String(message[..<mark]))
            if mark < message.endIndex { appendInterpolation(String(message[mark...])) }
        }
    }
}
