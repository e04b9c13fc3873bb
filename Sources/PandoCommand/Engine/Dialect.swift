import Ground

/// What is of one engine alone. Everything else is asked of all of them in the same words (``PostgresStatement``).
///
/// The portable dialect asks nothing but what PostgreSQL, CockroachDB and YugabyteDB have in common; theirs are the portable one and what they
/// tell of themselves. So PostgreSQL can be asked in it, too, which is how it is tested.
enum Dialect: String, Sendable, CaseIterable {
    case postgreSQL, portable, cockroachDB, yugabyteDB

    init(_ kind: EngineKind) {
        switch kind {
        case .postgreSQL: self = .postgreSQL
        case .cockroachDB: self = .cockroachDB
        case .yugabyteDB: self = .yugabyteDB
        }
    }

    /// The same where only what all engines have is to be asked. An engine that has nothing else stays what it is.
    var inCommon: Dialect { self == .postgreSQL ? .portable : self }

    /// For messages.
    var engine: String {
        switch self {
        case .postgreSQL, .portable: "PostgreSQL"
        case .cockroachDB: "CockroachDB"
        case .yugabyteDB: "YugabyteDB"
        }
    }

    // MARK: Sessions

    /// How long a process may give no sign of life before others act as if it were gone: before another one takes its turn, or its place.
    static let silentSeconds = 6

    /// Run once a session.
    ///
    /// - Parameters:
    ///   - isForCommits: whether the engine is to keep its promise of durability.
    ///   - idleSeconds: for how long a transaction may be open while nothing is asked; 0: without end.
    func settings(isForCommits: Bool, idleSeconds: Int) -> String {
        var settings = [
            "SET statement_timeout = 0", "SET lock_timeout = 0", "SET idle_in_transaction_session_timeout = '\(idleSeconds)s'",
        ]
        guard self == .postgreSQL else { return settings.joined(separator: "; ") }
        // The order of the keys is what is wanted, and what the primary key has: nothing else is to be considered.
        settings += [
            "SET enable_seqscan = off", "SET enable_bitmapscan = off", "SET enable_sort = off", "SET plan_cache_mode = force_generic_plan",
            "SET jit = off",
        ]
        // The server is to notice within some 12 s that the network is gone: until then such a session has the locks of whoever writes.
        // On a Unix socket these do nothing.
        settings += ["SET tcp_keepalives_idle = 5", "SET tcp_keepalives_interval = 2", "SET tcp_keepalives_count = 3"]
        // Of what is not a commit nothing has to be on the disk before a commit is that rests on it. Pages may wait for longer to be read than
        // the server is to wait for whoever commits.
        settings.append(isForCommits ? "SET tcp_user_timeout = 12000" : "SET synchronous_commit = off")
        return settings.joined(separator: "; ")
    }

    // MARK: Tables

    /// Makes the tables where they are missing. Each text is sent by itself: some engines change no schema together with anything else.
    var schema: [String] {
        let texts = Self.tables(
            parameters: self == .postgreSQL ? " WITH (fillfactor = 90)" : "",
            // YugabyteDB shares rows out by a hash of the key, unless it is told that their order counts.
            order: self == .yugabyteDB ? " ASC" : "")
        guard self == .postgreSQL else { return texts }
        return [(["SET client_min_messages = error"] + texts + [Self.newerColumns, "RESET client_min_messages"]).joined(separator: ";\n")]
    }

    /// The columns of those tables that are there, with their types; nil if the engine is not asked, so that they are made anyway.
    var look: String? {
        guard self == .postgreSQL else { return nil }
        let names = EngineTables.columns.keys.sorted().map { "to_regclass('\($0)')" }.joined(separator: ", ")
        return """
            SELECT c.relname, a.attname || ' ' || format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.oid IN (\(names)) AND a.attnum > 0 AND NOT a.attisdropped
            """
    }

    private static func tables(parameters: String, order: String) -> [String] {
        [
            "CREATE TABLE IF NOT EXISTS pando (key bytea, value bytea NOT NULL, PRIMARY KEY (key\(order)))\(parameters)",
            """
            CREATE TABLE IF NOT EXISTS pando_state (
                id int PRIMARY KEY CHECK (id = 1), file text NOT NULL, owner bytea NOT NULL, opening int8 NOT NULL, number int8 NOT NULL,
                metadata int8 NOT NULL DEFAULT 0, watches int8 NOT NULL DEFAULT 0)
            """,
            "INSERT INTO pando_state VALUES (1, gen_random_uuid()::text, '', 0, 0) ON CONFLICT DO NOTHING",
            """
            CREATE TABLE IF NOT EXISTS pando_process (
                id bytea PRIMARY KEY, name text NOT NULL, opening int8 NOT NULL, number int8 NOT NULL DEFAULT 0, seen int8 NOT NULL DEFAULT 0,
                started timestamptz NOT NULL DEFAULT now(), renewed timestamptz NOT NULL DEFAULT now())
            """,
            """
            CREATE TABLE IF NOT EXISTS pando_watch (
                process bytea NOT NULL REFERENCES pando_process ON DELETE CASCADE, name bytea NOT NULL, PRIMARY KEY (process, name))
            """,
            "CREATE TABLE IF NOT EXISTS pando_cell (name bytea PRIMARY KEY, value bytea NOT NULL)",
            """
            CREATE TABLE IF NOT EXISTS pando_news (
                number int8 NOT NULL, part int8 NOT NULL, process bytea NOT NULL, data bytea NOT NULL,
                PRIMARY KEY (number\(order), part\(order)))
            """,
        ]
    }

    /// What the table of an older version has not. Only where some are missing, for a change of a table waits for all who read it.
    private static let newerColumns = """
        DO $$ BEGIN
            IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'pando_state'::regclass AND attname = 'metadata') THEN
                ALTER TABLE pando_state ADD COLUMN metadata int8 NOT NULL DEFAULT 0, ADD COLUMN watches int8 NOT NULL DEFAULT 0;
            END IF;
        END $$
        """

    /// The largest value, if the URL says nothing else: what the engine's makers advise, or what Pando takes anyway.
    var valueByteCount: Int {
        switch self {
        case .postgreSQL, .portable: 128 << 20
        case .cockroachDB: 1 << 20
        case .yugabyteDB: 2 << 20
        }
    }

    // MARK: Statements

    /// Whether a lock that ends with its session keeps others from writing. Else the signs of life of whoever writes do.
    var hasAdvisoryLocks: Bool { self == .postgreSQL }

    /// The statements that are prepared.
    var statements: [(statement: PostgresStatement, text: String)] {
        PostgresStatement.allCases.compactMap { statement in text(of: statement).map { (statement, $0) } }
    }

    /// Nil if the engine is not asked it.
    func text(of statement: PostgresStatement) -> String? {
        switch statement {
        case .lock:
            hasAdvisoryLocks
                ? "SELECT pg_try_advisory_lock(1346457156, 1)::int::int8"
                : "\(Self.rivals) WHERE id <> $1::bytea AND \(Self.isAlive)"
        case .lockShared:
            hasAdvisoryLocks
                ? "SELECT pg_try_advisory_lock_shared(1346457156, 1)::int::int8"
                : """
                \(Self.rivals) WHERE id <> $1::bytea AND id = (SELECT owner FROM pando_state WHERE id = 1) AND \(Self.isAlive)
                """
        case .servers, .standbys, .durable: self == .postgreSQL ? statement.text : nil
        default: statement.text
        }
    }

    /// 1 if there are none; 2 if one has given a sign of life within so many milliseconds, since this process asked first; 0 if all have been
    /// silent since then.
    private static let rivals = """
        SELECT CASE WHEN count(*) = 0 THEN 1 WHEN min(now() - renewed) < $2::int8 * interval '1 millisecond' THEN 2 ELSE 0 END::int8
        FROM pando_process
        """
    private static let isAlive = "renewed > now() - interval '\(silentSeconds) seconds'"

    /// Takes new records before a commit, in less time than INSERT; nil where it is not known to.
    var copy: String? { self == .postgreSQL ? "COPY pando FROM STDIN (FORMAT BINARY)" : nil }

    // MARK: What an engine tells of itself

    // These are not prepared: an account may have no right to ask them, and an older engine may not know them.

    /// How many bytes the records take; nil if it is not asked.
    var size: String? {
        switch self {
        case .postgreSQL, .yugabyteDB: "SELECT pg_total_relation_size('pando')"
        case .cockroachDB: "SELECT (sum(range_size_mb) * 1048576)::int8 FROM [SHOW RANGES FROM TABLE pando WITH DETAILS]"
        case .portable: nil
        }
    }

    /// The parts that the engine shares the records out in, in the order of keys where it has one: who leads each, and all who have it.
    var shards: String? {
        switch self {
        case .postgreSQL, .portable: nil
        case .cockroachDB:
            """
            SELECT 'node ' || lease_holder::text, 'node ' || array_to_string(replicas, ',node ')
            FROM [SHOW RANGES FROM TABLE pando WITH DETAILS, KEYS] ORDER BY raw_start_key
            """
        case .yugabyteDB:
            """
            SELECT leader, array_to_string(replicas, ',') FROM yb_tablet_metadata
            WHERE relname = 'pando' AND db_name = current_database() ORDER BY tablet_id
            """
        }
    }

    /// Where it is said how many copies and shards there are, for those who ask Pando to change it.
    var administration: String {
        switch self {
        case .postgreSQL: "by its standbys, `synchronous_standby_names` and `synchronous_commit`"
        case .portable: "by those who run it"
        case .cockroachDB: "by zone configurations, and it splits ranges itself"
        case .yugabyteDB: "by tablespaces, and it splits tablets itself"
        }
    }
}
