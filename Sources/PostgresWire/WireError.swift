/// The reason why bytes are not a message of the protocol. With it a connection ends.
package struct WireError: Error, Hashable, Sendable {
    /// The SQLSTATE that the other side is told.
    package let state: String
    package let message: String

    package init(_ message: String, state: String = protocolViolation) {
        self.state = state
        self.message = message
    }

    package static let protocolViolation = "08P01"
    package static let characterNotInRepertoire = "22021"
}
