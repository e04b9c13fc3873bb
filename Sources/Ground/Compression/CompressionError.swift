/// Compressed bytes that can't be decompressed.
package struct CompressionError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// Not the format, or damaged.
        case malformed
        /// The bytes end too early.
        case cutOff
        /// More comes out than is allowed.
        case tooLarge
    }

    package let kind: Kind
    /// What is wrong; a sentence.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }
}
