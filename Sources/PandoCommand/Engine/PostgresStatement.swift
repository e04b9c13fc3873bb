import PostgresWire

/// The statements that an engine is asked, all of them: each is prepared once a connection, and parameters and results are binary.
enum PostgresStatement: String, CaseIterable {
    case beginView, beginChanges, commit
    /// Who has the right to write, and the number of the newest commit.
    case state
    case rows
    case page, pageToEnd, pageBack, pageBackFromEnd
    case keys, keysToEnd, keysBack, keysBackFromEnd
    case count, countToEnd
    /// Makes the next state ours, if the newest one is the one that we know and nobody has taken our place; else divides by zero.
    case claim
    case put, delete
    /// After a commit of which nobody knows what became: it can't succeed any more, and the number tells by its parity whether it had.
    case settle
    case byteCount
    case lock, takeOver

    var text: String {
        switch self {
        case .beginView: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        // Who writes next waits for the row of the state, so there is nothing to serialize.
        case .beginChanges: "BEGIN ISOLATION LEVEL READ COMMITTED"
        case .commit: "COMMIT"
        case .state: "SELECT owner, opening, number, file FROM pando_state WHERE id = 1"
        case .rows: "SELECT key, value FROM pando WHERE key = ANY($1::bytea[])"
        case .page: Self.pageText("key, value", hasEnd: true)
        case .pageToEnd: Self.pageText("key, value", hasEnd: false)
        case .pageBack: Self.pageText("key, value", hasEnd: true, "DESC")
        case .pageBackFromEnd: Self.pageText("key, value", hasEnd: false, "DESC")
        case .keys: Self.pageText("key, ''::bytea", hasEnd: true)
        case .keysToEnd: Self.pageText("key, ''::bytea", hasEnd: false)
        case .keysBack: Self.pageText("key, ''::bytea", hasEnd: true, "DESC")
        case .keysBackFromEnd: Self.pageText("key, ''::bytea", hasEnd: false, "DESC")
        case .count: "SELECT count(*) FROM pando WHERE key >= $1::bytea AND key < $2::bytea"
        case .countToEnd: "SELECT count(*) FROM pando WHERE key >= $1::bytea"
        case .claim:
            """
            WITH s AS (UPDATE pando_state SET number = $2::int8 + 1 WHERE id = 1 AND owner = $1::bytea AND number = $2::int8 RETURNING 1)
            SELECT 1 / count(*)::int FROM s
            """
        case .put:
            """
            INSERT INTO pando SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """
        case .delete: "DELETE FROM pando WHERE key = ANY($1::bytea[])"
        case .settle: "UPDATE pando_state SET number = number + 2 WHERE id = 1 AND owner = $1::bytea RETURNING number"
        case .byteCount: "SELECT pg_total_relation_size('pando')"
        case .lock: "SELECT pg_try_advisory_lock(1346457156, 1)::int::int8"
        case .takeOver:
            """
            UPDATE pando_state SET owner = $1::bytea, opening = opening + 1, number = number + 1 WHERE id = 1
            RETURNING owner, opening, number, file
            """
        }
    }

    private static func pageText(_ columns: String, hasEnd: Bool, _ order: String = "ASC") -> String {
        let parameter = hasEnd ? 3 : 2
        return "SELECT \(columns) FROM pando WHERE key >= $1::bytea \(hasEnd ? "AND key < $2::bytea " : "")"
            + "ORDER BY key \(order) LIMIT $\(parameter)::int8 OFFSET $\(parameter + 1)::int8"
    }

    /// The tables. Made where they are missing.
    static let schema = """
        SET client_min_messages = error;
        CREATE TABLE IF NOT EXISTS pando (key bytea PRIMARY KEY, value bytea NOT NULL) WITH (fillfactor = 90);
        CREATE TABLE IF NOT EXISTS pando_state (
            id int PRIMARY KEY CHECK (id = 1), file text NOT NULL, owner bytea NOT NULL, opening int8 NOT NULL, number int8 NOT NULL);
        INSERT INTO pando_state VALUES (1, gen_random_uuid()::text, '', 0, 0) ON CONFLICT DO NOTHING;
        RESET client_min_messages
        """

    /// The order of the keys is what is wanted, and what the primary key has: nothing else is to be considered.
    static let settings = """
        SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off; SET plan_cache_mode = force_generic_plan;
        SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET jit = off
        """

    /// Puts it among the requests, with the values of its parameters.
    func append(_ parameters: [[UInt8]], to requests: inout [FrontendMessage]) {
        requests.append(
            .bind(
                .init(
                    portal: "", statement: rawValue, parameterFormats: [.binary], parameters: parameters, resultFormats: [.binary])))
        requests.append(.execute(portal: "", rowLimit: 0))
    }
}

extension [UInt8] {
    /// A value of the type int8.
    init(int8 number: Int) { self = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) } }

    var int8: Int { reduce(0) { $0 << 8 | Int($1) } }

    /// A value of the type bytea[].
    init(byteaArray elements: some Collection<[UInt8]>) {
        func append(_ number: Int) { for shift in [24, 16, 8, 0] { self.append(UInt8(truncatingIfNeeded: number >> shift)) } }
        self = []
        reserveCapacity(elements.reduce(20) { $0 + 4 + $1.count })
        for number in elements.isEmpty ? [0, 0, 17] : [1, 0, 17, elements.count, 1] { append(number) }
        for element in elements {
            append(element.count)
            self += element
        }
    }
}
