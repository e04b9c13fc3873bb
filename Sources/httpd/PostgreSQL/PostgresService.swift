import ReQLish
import SQL
import Synchronization

/// The parts that all sessions of PostgreSQL clients share.
final class PostgresService: Sendable {
    let pando: Pando
    let authenticator: Authenticator
    let limits: PostgresLimits
    /// How many statements an account may begin; requests over HTTP and queries of drivers count as well.
    let limiter: RateLimiter
    /// Where a session begins that names no database, if none has the name of its user.
    let defaultDatabase: String
    private let sessions = Mutex(Sessions())

    private struct Sessions: Sendable {
        var open: [Int32: Entry] = [:]
    }

    /// A session that others can see.
    struct Entry: Sendable {
        let secret: Int32
        let user: String
        let database: String
        let client: QueryClient?
        let canceller: StatementCanceller
    }

    init(
        pando: Pando, authenticator: Authenticator, limits: PostgresLimits, limiter: RateLimiter = RateLimiter(rate: 0),
        defaultDatabase: String = "test"
    ) {
        self.pando = pando
        self.authenticator = authenticator
        self.limits = limits
        self.limiter = limiter
        self.defaultDatabase = defaultDatabase
    }

    /// Takes a session in.
    /// - Returns: false if there are as many as there may be.
    func add(_ entry: Entry, _ number: Int32) -> Bool {
        let limit = limits.sessions + (entry.user == UserConfig.administrator ? limits.reservedSessions : 0)
        return sessions.withLock { sessions in
            guard sessions.open.count < limit else { return false }
            sessions.open[number] = entry
            return true
        }
    }

    func remove(_ number: Int32) { _ = sessions.withLock { $0.open.removeValue(forKey: number) } }

    /// Stops the statement of a session, if the secret is the session's.
    func cancel(_ number: Int32, secret: Int32) {
        let entry = sessions.withLock { $0.open[number] }
        if let entry, entry.secret == secret { entry.canceller.cancel() }
    }

    var sessionCount: Int { sessions.withLock { $0.open.count } }
}
