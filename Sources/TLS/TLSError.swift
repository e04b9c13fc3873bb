/// The reason why TLS cannot be had, or a certificate not be used.
package struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong, where, and what to do.
    package let message: String
    /// The file that can't be used, if it is one.
    package let file: String?

    package init(_ message: String, file: String? = nil) {
        self.message = message
        self.file = file
    }

    package var description: String { message }
}
