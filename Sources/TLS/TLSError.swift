/// The reason why TLS cannot be had, or a certificate not be used.
package struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong, where, and what to do.
    package let message: String

    package init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}
