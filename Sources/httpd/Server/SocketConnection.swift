import ReQLish

/// A connection with its socket: what a loop knows of it. Used on the loop's thread only.
final class SocketConnection {
    let socket: Int32
    let token: UInt64
    /// Accepted beyond the limit, only to be told so.
    let isRefused: Bool
    var http: HTTPConnection
    /// From the kernel's last word to the call that found otherwise.
    var isReadable = true
    var isWritable = true
    /// The client has shut its write side, so reading must go on until that end was read: the kernel will not speak of it again.
    var hasEnd = false
    var isClosed = false
    /// What of the server's count of body bytes is this connection's.
    var countedBodyBytes = 0
    /// In the loop's list of connections that have more to do at once.
    var isQueued = false
    /// The pieces of an answer; nil while a worker has them.
    var exchange: Exchange?
    /// Stops the query that a worker runs for this connection, if the client goes away.
    var cancellation: Cancellation?

    init(socket: Int32, token: UInt64, isRefused: Bool, limits: HTTPLimits, now: ContinuousClock.Instant) {
        self.socket = socket
        self.token = token
        self.isRefused = isRefused
        http = HTTPConnection(limits: limits, now: now)
        exchange = Exchange()
    }
}
