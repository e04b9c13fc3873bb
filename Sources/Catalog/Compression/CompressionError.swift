/// Compressed bytes that can't be decompressed.
public struct CompressionError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// Not the format, or damaged.
        case malformed
        /// The bytes end too early.
        case cutOff
        /// More comes out than is allowed.
        case tooLarge
    }

    public let kind: Kind
    /// What is wrong; a sentence.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}
