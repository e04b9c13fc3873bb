/// Every bound on what one connection of a driver may send, and how long it may take.
public struct DriverLimits: Sendable, Hashable {
    /// Bytes of one query, from which on it is refused and the connection closed.
    public var queryBytes = 128 * 1024 * 1024
    /// Bytes of one response, from which on an error takes its place. The protocol has four bytes for the length.
    public var responseBytes = Int(UInt32.max)
    /// Bytes of further queries kept while as many run as may. At this mark the socket is not read any more.
    public var pipelinedBytes = 64 * 1024
    /// Queries of one connection that may be open: running, waiting for a feed, or resting until the client wants more. Each that rests
    /// keeps a state of the file. Beyond: a further one is answered with an error.
    public var openQueries = 10_000
    /// While this many bytes wait for the client to read them, no further query of its connection begins.
    public var unreadBytes = 1024 * 1024
    /// Queries up to this size are read on the loop's thread, larger ones by a worker.
    public var shortQueryBytes = 16 * 1024

    /// From the connection's start to the end of the handshake. Beyond: it is closed.
    public var handshakeTime: Duration = .seconds(10)
    /// How long after the connection's start the answer to a wrong name or password is held back.
    public var failedHandshakeTime: Duration = .seconds(1)
    /// From the first byte of a query to its last, plus the time that `minimumQueryRate` grants for what has come. Beyond: the connection
    /// is closed.
    public var queryTime: Duration = .seconds(20)
    /// Bytes a second below which a query comes too slowly.
    public var minimumQueryRate = 1024
    /// How long a client may leave responses unread. Beyond: the connection is cut and its queries end.
    public var writeStallTime: Duration = .seconds(120)
    /// How long the bytes of a client that was refused are still taken and dropped, so that it can read why before the connection closes.
    public var lingerTime: Duration = .seconds(2)

    public init() {}
}
