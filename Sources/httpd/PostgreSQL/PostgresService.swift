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
    /// TLS, without which nobody gets in then; nil: there is none.
    let encryption: PortEncryption?
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
        /// Whose connections it is counted as.
        fileprivate(set) var owners: [Limits.Owner] = []
    }

    init(
        pando: Pando, authenticator: Authenticator, limits: PostgresLimits, limiter: RateLimiter = RateLimiter(rate: 0),
        defaultDatabase: String = "test", encryption: PortEncryption? = nil
    ) {
        self.pando = pando
        self.authenticator = authenticator
        self.limits = limits
        self.limiter = limiter
        self.defaultDatabase = defaultDatabase
        self.encryption = encryption
    }

    /// Takes a session in.
    /// Throws `53300` if there are as many as there may be, altogether, of the account or of the database.
    func add(_ entry: Entry, _ number: Int32) throws(SQLError) {
        let limit = limits.sessions + (entry.user == UserConfig.administrator ? limits.reservedSessions : 0)
        let hasRoom = sessions.withLock { sessions in
            guard sessions.open.count < limit else { return false }
            sessions.open[number] = entry
            return true
        }
        guard hasRoom else { throw Self.tooMany("sorry, too many clients already") }
        var taken: [Limits.Owner] = []
        for owner in owners(of: entry) {
            guard pando.limits.takeConnection(of: owner) else {
                for before in taken { pando.limits.giveBackConnection(of: before) }
                _ = sessions.withLock { $0.open.removeValue(forKey: number) }
                if case .account(let name) = owner { throw Self.tooMany("too many connections for role \"\(name)\"") }
                throw Self.tooMany("too many connections for database \"\(entry.database)\"")
            }
            taken.append(owner)
        }
        sessions.withLock { $0.open[number]?.owners = taken }
    }

    private static func tooMany(_ message: String) -> SQLError { SQLError(SQLState(rawValue: "53300"), message) }

    /// Whose connections a session is one of.
    private func owners(of entry: Entry) -> [Limits.Owner] {
        let database = (try? pando.catalog.snapshot().database(entry.database)).flatMap { $0 }
        return [.account(entry.user)] + (database.map { [.database($0.id)] } ?? [])
    }

    func remove(_ number: Int32) {
        let entry = sessions.withLock { $0.open.removeValue(forKey: number) }
        for owner in entry?.owners ?? [] { pando.limits.giveBackConnection(of: owner) }
    }

    /// Stops the statement of a session, if the secret is the session's.
    func cancel(_ number: Int32, secret: Int32) {
        let entry = sessions.withLock { $0.open[number] }
        if let entry, entry.secret == secret { entry.canceller.cancel() }
    }
}
