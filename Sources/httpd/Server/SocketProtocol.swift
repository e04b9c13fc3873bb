import Ground
import ReQLish

/// A protocol that a server speaks, on a port of its own. The server knows no more of it.
struct SocketProtocol: Sendable {
    /// What its URLs begin with.
    let scheme: String
    /// The clients that it is for, in the words of the log.
    let audience: String
    /// The port to listen on; 0 takes any free one.
    let port: UInt16
    /// TLS, which every connection begins with; nil if it begins in the clear.
    var encryption: PortEncryption?
    /// What a client gets there that does not speak TLS.
    var plainAnswer = ""
    /// Makes the connection of an accepted socket.
    let connect: @Sendable (AcceptedSocket, _ now: MonotonicTime) -> SocketConnection

    /// The connection of an accepted socket.
    func connection(of accepted: AcceptedSocket, at now: MonotonicTime) -> SocketConnection {
        let connection = connect(accepted, now)
        if let encryption { connection.encrypt(by: encryption, plainAnswer: plainAnswer, at: now) }
        return connection
    }
}

/// A socket that was accepted, with its place in its loop.
struct AcceptedSocket: Sendable {
    let descriptor: Int32
    let token: UInt64
    let origin: Origin
    /// Accepted beyond a limit of connections, only to be told so.
    var isRefused: Bool { origin.isRefused }

    /// From where it comes, and what that has left.
    struct Origin: Sendable {
        let client: QueryClient?
        /// The network whose share it counts against; nil: none.
        let network: String?
        /// Beyond the share of its client.
        var isRefused: Bool
        /// Beyond the limit of all connections.
        let isLate: Bool
    }
}
