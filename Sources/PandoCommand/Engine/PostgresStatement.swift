import PostgresWire

/// The statements that an engine is asked: each is prepared once a connection that is for it, and parameters and results are binary. What
/// differs from engine to engine is in ``Dialect``.
enum PostgresStatement: String, CaseIterable {
    case beginView, beginChanges, commit
    /// Who has the right to write, the number of the newest commit, and what else each state has one of.
    case state
    /// The same, once no other process has the turn. Until how long that is waited for, as text: a number and “ms”.
    case patience, turn
    /// For how long the transaction may be open while nothing is asked, as text: a number and “s”.
    case idleLimit
    case rows
    /// Values that are larger than so many bytes are left out.
    case rowsAhead
    case page, pageToEnd, pageBack, pageBackFromEnd
    case keys, keysToEnd, keysBack, keysBackFromEnd
    case count, countToEnd
    /// Makes the next state ours, if the newest one is the one that we know, nobody has taken our place, and nobody watches what the commit
    /// does not tell; else divides by zero.
    case claim
    /// Notes in the process's own row that this is its commit, and that it lives, so that whoever takes over does not take the row for one
    /// that nobody needs; divides by zero if it is not there. The time is the clock's: that of the transaction is when a commit began, and signs
    /// of life have been given since.
    case mark
    /// Before records that are sent ahead of the others of a transaction, and back there.
    case savepoint, goBack
    /// Of records that may be there, and of those that are new.
    case put, insert, delete
    /// After a commit of which nobody knows what became: it can't succeed any more, and the process's row tells whether it had.
    case settle, marked
    /// Whether this process may write, alone or beside others: 1 if so, 0 if not yet, 2 if somebody else does and lives.
    case lock, lockShared
    case takeOver
    /// The rows of the processes that serve.
    case join, renew, leave, expire, processes
    /// Small values beside all states.
    case cell, makeCell, changeCell
    /// Has the transaction's commit be durable as the account has it, where the session's are not.
    case durable
    /// Copies of the database that follow it.
    case standbys
    /// The name of the server, the standbys that commits wait for, and whether ours do.
    case servers
    /// What processes watch, and what commits tell them.
    case changeWatch, watchCount, unwatch, watch, watchedElsewhere, tell, newsSizes, news, forgetNews
    /// Forgets what all processes watched, where one begins that writes alone.
    case forgetWatches
    /// Keeps the connection of a turn from being taken for one that is forgotten.
    case ping

    /// The parameters of ``put`` and ``insert``.
    static func arrays(_ records: some Collection<(key: [UInt8], value: [UInt8])>) -> [[UInt8]] {
        [[UInt8](byteaArray: records.map(\.key)), [UInt8](byteaArray: records.map(\.value))]
    }

    /// Whether it changes the records themselves.
    var changesRecords: Bool { self == .put || self == .insert || self == .delete }

    /// In the words that all engines know; of ``lock`` and ``lockShared`` there are none.
    var text: String? {
        switch self {
        case .beginView: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        // Who writes next waits for the row of the state, so there is nothing to serialize.
        case .beginChanges: "BEGIN ISOLATION LEVEL READ COMMITTED"
        case .commit: "COMMIT"
        case .state: "SELECT \(Self.stateColumns) FROM pando_state WHERE id = 1"
        case .patience: "SELECT set_config('lock_timeout', $1, true)"
        case .idleLimit: "SELECT set_config('idle_in_transaction_session_timeout', $1, true)"
        case .turn: "SELECT \(Self.stateColumns) FROM pando_state WHERE id = 1 FOR UPDATE"
        case .rows: "SELECT key, value FROM pando WHERE key = ANY($1::bytea[])"
        case .rowsAhead: "SELECT key, \(Self.fittingValue(2)) FROM pando WHERE key = ANY($1::bytea[])"
        case .page: Self.pageText(hasEnd: true)
        case .pageToEnd: Self.pageText(hasEnd: false)
        case .pageBack: Self.pageText(hasEnd: true, "DESC")
        case .pageBackFromEnd: Self.pageText(hasEnd: false, "DESC")
        case .keys: Self.pageText(hasEnd: true, onlyKeys: true)
        case .keysToEnd: Self.pageText(hasEnd: false, onlyKeys: true)
        case .keysBack: Self.pageText(hasEnd: true, "DESC", onlyKeys: true)
        case .keysBackFromEnd: Self.pageText(hasEnd: false, "DESC", onlyKeys: true)
        case .count: "SELECT count(*) FROM pando WHERE key >= $1::bytea AND key < $2::bytea"
        case .countToEnd: "SELECT count(*) FROM pando WHERE key >= $1::bytea"
        case .claim:
            """
            WITH s AS (UPDATE pando_state SET number = $2::int8 + $4::int8,
                metadata = CASE $3::int8 WHEN 0 THEN metadata ELSE $2::int8 + $4::int8 END
            WHERE id = 1 AND owner = $1::bytea AND number = $2::int8 AND (owner <> ''::bytea OR watches = $5::int8) RETURNING 1)
            SELECT 1 / count(*) FROM s
            """
        case .mark:
            """
            WITH s AS (UPDATE pando_process SET number = $2::int8 + $3::int8, renewed = clock_timestamp() WHERE id = $1::bytea RETURNING 1)
            SELECT 1 / count(*) FROM s
            """
        case .put:
            """
            INSERT INTO pando SELECT * FROM unnest($1::bytea[], $2::bytea[]) ON CONFLICT (key) DO UPDATE SET value = excluded.value
            """
        case .savepoint: "SAVEPOINT ahead"
        case .goBack: "ROLLBACK TO SAVEPOINT ahead"
        case .insert: "INSERT INTO pando SELECT * FROM unnest($1::bytea[], $2::bytea[])"
        case .delete: "DELETE FROM pando WHERE key = ANY($1::bytea[])"
        case .settle: "UPDATE pando_state SET number = number + 1 WHERE id = 1 AND owner = $1::bytea RETURNING number"
        case .marked: "SELECT number FROM pando_process WHERE id = $1::bytea"
        case .lock, .lockShared: nil
        case .takeOver:
            """
            UPDATE pando_state SET owner = $1::bytea, opening = opening + 1, number = number + 1 WHERE id = 1
            RETURNING \(Self.stateColumns)
            """
        case .join:
            """
            INSERT INTO pando_process (id, name, opening, number, renewed)
            VALUES ($1::bytea, convert_from($2::bytea, 'UTF8'), $3::int8, $4::int8, clock_timestamp())
            ON CONFLICT (id) DO UPDATE SET renewed = excluded.renewed
            """
        case .renew:
            "UPDATE pando_process SET renewed = clock_timestamp(), seen = greatest(seen, $2::int8) WHERE id = $1::bytea RETURNING 1::int8"
        case .leave: "DELETE FROM pando_process WHERE id = $1::bytea"
        case .expire: "DELETE FROM pando_process WHERE renewed < now() - interval '60 seconds'"
        case .cell: "SELECT value FROM pando_cell WHERE name = $1::bytea"
        case .makeCell: "INSERT INTO pando_cell VALUES ($1::bytea, $2::bytea) ON CONFLICT DO NOTHING RETURNING 1::int8"
        case .changeCell: "UPDATE pando_cell SET value = $3::bytea WHERE name = $1::bytea AND value = $2::bytea RETURNING 1::int8"
        case .durable: "SET LOCAL synchronous_commit TO DEFAULT"
        case .standbys:
            """
            SELECT convert_to(coalesce(application_name, ''), 'UTF8'), convert_to(coalesce(state, ''), 'UTF8'),
            convert_to(coalesce(sync_state, ''), 'UTF8'), coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::int8
            FROM pg_stat_replication WHERE NOT pg_is_in_recovery()
            """
        case .servers:
            """
            SELECT convert_to(current_setting('cluster_name'), 'UTF8'), convert_to(current_setting('synchronous_standby_names'), 'UTF8'),
            convert_to((SELECT reset_val FROM pg_settings WHERE name = 'synchronous_commit'), 'UTF8')
            """
        case .changeWatch: "UPDATE pando_state SET watches = watches + 1 WHERE id = 1 AND owner = $1::bytea RETURNING number"
        case .watchCount: "SELECT count(*) FROM pando_watch WHERE process = $1::bytea"
        case .forgetWatches: "DELETE FROM pando_watch"
        case .unwatch: "DELETE FROM pando_watch WHERE process = $1::bytea"
        case .watch: "INSERT INTO pando_watch SELECT $1::bytea, unnest($2::bytea[])"
        case .watchedElsewhere: "SELECT DISTINCT name FROM pando_watch WHERE process <> $1::bytea"
        case .tell:
            """
            INSERT INTO pando_news SELECT $1::int8 + 1, i + $4::int8, $2::bytea, p FROM unnest($3::bytea[]) WITH ORDINALITY u(p, i)
            """
        case .newsSizes:
            """
            SELECT number, part, octet_length(data)::int8 FROM pando_news
            WHERE (number, part) > ($1::int8, $3::int8) AND process <> $2::bytea ORDER BY number, part LIMIT \(Self.newsCount)
            """
        case .news:
            """
            SELECT number, data FROM pando_news WHERE (number, part) > ($1::int8, $3::int8) AND process <> $2::bytea
            AND (number, part) <= ($4::int8, $5::int8) ORDER BY number, part
            """
        case .forgetNews:
            """
            DELETE FROM pando_news WHERE number <= coalesce(
                (SELECT min(seen) FROM pando_process p WHERE EXISTS (SELECT 1 FROM pando_watch w WHERE w.process = p.id)), 9223372036854775807)
            """
        case .processes:
            """
            SELECT id, convert_to(name, 'UTF8'), opening, number, (extract(epoch FROM now() - renewed) * 1000)::int8,
            (extract(epoch FROM now() - started) * 1000)::int8 FROM pando_process ORDER BY opening
            """
        case .ping: "SELECT 1"
        }
    }

    /// Of how many rows of what commits tell the sizes are asked for at once.
    static let newsCount = 1000

    private static let stateColumns = "owner, opening, number, convert_to(file, 'UTF8'), metadata, watches"

    /// The value, unless it is larger than a parameter says: its size is known without reading it.
    private static func fittingValue(_ parameter: Int) -> String { "CASE WHEN octet_length(value) <= $\(parameter)::int8 THEN value END" }

    private static func pageText(hasEnd: Bool, _ order: String = "ASC", onlyKeys: Bool = false) -> String {
        let parameter = hasEnd ? 3 : 2
        let value = onlyKeys ? "''::bytea" : fittingValue(parameter + 2)
        return "SELECT key, \(value) FROM pando WHERE key >= $1::bytea \(hasEnd ? "AND key < $2::bytea " : "")"
            + "ORDER BY key \(order) LIMIT $\(parameter)::int8 OFFSET $\(parameter + 1)::int8"
    }

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
