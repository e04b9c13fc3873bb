/// Every bound on what one session of a PostgreSQL client may send, keep, and how long it may take.
public struct PostgresLimits: Sendable, Hashable {
    /// Sessions served at a time. Beyond: refused with `53300`.
    public var sessions = 4096
    /// Further ones that only `admin` gets.
    public var reservedSessions = 3
    /// Bytes of one message, from which on the connection ends.
    public var messageBytes = 64 * 1024 * 1024
    /// Prepared statements of a session, and portals; and the bytes of their texts and values together.
    public var statements = 10_000
    public var statementBytes = 64 * 1024 * 1024
    /// Bytes of further messages kept while a statement runs. At this mark the socket is not read any more.
    public var pipelinedBytes = 64 * 1024
    /// Bytes of rows that a statement makes before it hands them over.
    public var batchBytes = 64 * 1024
    /// While this many bytes wait for the client to read them, nothing of its session goes on.
    public var unreadBytes = 64 * 1024

    /// From the connection's start to the end of the login. Beyond: it is closed.
    public var startupTime: Duration = .seconds(10)
    /// How long after the connection's start the answer to a wrong name or password is held back.
    public var failedLoginTime: Duration = .seconds(1)
    /// How long a session may be idle; nil is for ever. A session's `idle_session_timeout` counts before it.
    public var idleTime: Duration?
    /// How long a transaction may wait for its client. A session's `idle_in_transaction_session_timeout` counts before it.
    public var transactionIdleTime: Duration? = .seconds(600)
    /// How long a statement of a client that has shut its side of the connection runs before the client is probed: one that is gone has its
    /// statement cancelled.
    public var probeTime: Duration = .seconds(1)
    /// How long a client may leave answers unread. Beyond: the connection is cut and its transaction rolled back.
    public var writeStallTime: Duration = .seconds(120)
    /// How long the bytes of a client that was refused are still taken and dropped, so that it can read why before the connection closes.
    public var lingerTime: Duration = .seconds(2)

    public init() {}
}
