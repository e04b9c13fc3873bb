import Ground

/// The reason why a server could not start.
public struct ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// An address that is not a numeric IPv4 or IPv6 address.
        case badAddress
        /// Another process listens there.
        case addressInUse
        /// The account may not listen there, as with ports below 1024.
        case notPermitted
        /// The machine does not have the address.
        case addressNotAvailable
        /// TLS cannot be had: OpenSSL is missing, or a certificate or its key cannot be used.
        case encryption
        /// Any other refusal of the operating system; the message has its words.
        case system
        /// `start()` was called twice, or after `stop()`.
        case alreadyStarted
    }

    public let kind: Kind
    /// What was wrong, where, and what to do.
    public let message: String

    public init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    public var description: String { message }
}

extension SystemThread {
    /// Starts a thread of the server.
    static func start(
        stackByteCount: Int, turns: Turns = .ordinary, _ body: @escaping @Sendable () -> Void
    ) throws(ServerError) -> SystemThread {
        do throws(SystemError) {
            return try SystemThread(stackByteCount: stackByteCount, turns: turns, body)
        } catch {
            throw ServerError(.system, "Cannot start a thread: \(systemMessage(error.code)).")
        }
    }
}
