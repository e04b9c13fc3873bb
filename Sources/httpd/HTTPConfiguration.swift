/// The ports that an ``HTTPServer`` listens on, for HTTP, for drivers and for PostgreSQL clients, and its limits. The defaults serve this
/// machine only.
public struct HTTPConfiguration: Sendable, Hashable {
    /// The numeric IPv4 and IPv6 addresses to listen on. Without any, both loopback addresses, as far as the machine has them.
    public var addresses: [String] = []
    /// The TCP port; 0 takes any free one, the same for all addresses.
    public var port: UInt16 = 8080
    /// The TCP port for RethinkDB's drivers, on the same addresses; 0 takes any free one, nil serves none. RethinkDB's own is 28015.
    public var driverPort: UInt16?
    /// Whether accounts may be given the empty password although other machines reach the server.
    public var allowsEmptyPasswords = false
    /// The TCP port for PostgreSQL clients, on the same addresses; 0 takes any free one, nil serves none. PostgreSQL's own is 5432.
    public var postgresPort: UInt16?
    /// Whether the server goes on without PostgreSQL clients if that port is taken.
    public var allowsPostgresPortTaken = false
    /// Where a PostgreSQL client begins that names no database, if none has the name of its user.
    public var postgresDatabase = "test"
    /// TLS on the port of HTTP, on that of drivers and on that of PostgreSQL clients; nil: what passes there is not encrypted.
    public var tls: TLSConfiguration?
    public var driverTLS: TLSConfiguration?
    public var postgresTLS: TLSConfiguration?
    /// Names, beside IP addresses and `localhost`, that the `Host` field of a request may carry. Others are refused with 421, so that a web
    /// page cannot reach the server under a name of its own. `["*"]` allows any.
    public var hostNames: [String] = []

    /// Origins of web pages, beside the server's own, that may call it from a browser: `https://app.example.com`. `["*"]` is any.
    public var corsOrigins: [String] = []
    /// Requests a second that an account may send in the long run, ten seconds' worth of them at once. Beyond: 429. 0 means no limit.
    public var requestRate = 0.0

    /// A file for the log, as lines of JSON; `-` is standard error, nil none.
    public var logPath: String?
    /// Whether each HTTP request is a line of the log.
    public var logsRequests = false
    /// Whether the log of an encrypted file has names, texts of queries and targets as they are, and not digests in their place. That of a
    /// plain file has them in any case.
    public var logsContents = false
    /// Queries that take longer are noted with their text; nil notes none.
    public var slowQueryTime: Duration?

    /// Threads that wait for sockets.
    public var eventLoops = 2
    /// Threads that run queries.
    public var workers = 8
    /// How many more help out at most, while all of those are at one query each for longer than a second and others wait. When for ten
    /// seconds all of these had no end either, what waits is refused with 503. None: nor does any for those that wait for a lock, for a time
    /// or for the writer's turn, and nothing is refused for that.
    public var extraWorkers = 504
    /// The second of these; tests have less time.
    var helpTime: Duration = .seconds(1)
    /// Stack of a worker in bytes: deeply nested queries recurse.
    public var workerStackBytes = 16 * 1024 * 1024
    /// Requests waiting for a worker. Beyond: 503.
    public var queuedRequests = 4096
    /// Connections served at a time. Some more are accepted and told 503; beyond those, new ones wait in the system's queue.
    public var connections = 4096
    /// Connections of one address that proved no account; nil: half of all. When all are taken, the oldest that proved none make room.
    public var connectionsOfClient: Int?
    /// Numeric addresses of proxies. What they say of where a request comes from (`Forwarded`, `X-Forwarded-For`) counts, and they have as
    /// many connections as they like.
    public var trustedProxies: [String] = []
    /// Whether connections of these proxies, on every port, begin with a header of the PROXY protocol, version 1 or 2.
    public var usesProxyProtocol = false
    /// Requests waiting for their password to be checked, of all clients and of one. Beyond: 429.
    public var waitingLogins = 1024
    public var waitingLoginsOfClient = 64
    /// How long after it was asked the answer to a wrong password is held back.
    public var failedLoginTime: Duration = .seconds(1)
    /// Bytes of request bodies held at a time, of all connections together. Beyond: 503 for the next that come.
    public var bodyBytesTogether = 1024 * 1024 * 1024
    /// How long ``HTTPServer/stop()`` waits for requests in flight before it cuts them off.
    public var shutdownTime: Duration = .seconds(7)

    /// Bounds on each connection.
    public var limits = HTTPLimits()
    /// Bounds on each connection of a driver.
    public var driverLimits = DriverLimits()
    /// Bounds on each session of a PostgreSQL client.
    public var postgresLimits = PostgresLimits()

    /// Documents in a page of `GET /<db>/<table>` when the request names no `limit`.
    public var pageSize = 100
    /// The largest `limit` of such a page.
    public var maximumPageSize = 10_000
    /// Bytes of rows collected before they are handed to the socket: the mark of back-pressure, and what a sequence may reach before its
    /// answer is streamed.
    public var batchBytes = 64 * 1024

    public init() {}
}
