import Pando
import TestTraits
import Testing

@testable import SQL

/// What ROLLBACK TO undoes beside rows; PostgreSQL 15 answers the same.
@Suite(.ownThreads) struct SavepointTests {
    /// Also of a transaction that goes on from call to call; one whose closure it is has none.
    @Test func transactionsOfSwiftHaveThem() async throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY)")
        let pando = session.pando
        let transaction = try await pando.begin()
        for statement in ["INSERT INTO t VALUES (1)", "SAVEPOINT a", "INSERT INTO t VALUES (2)"] {
            try await transaction.sql(SQL(unchecked: statement), database: "shop")
        }
        await #expect(throws: (any Error).self) { try await transaction.sql("INSERT INTO t VALUES (1)", database: "shop") }
        #expect(try await transaction.sqlExecute("ROLLBACK TO a", database: "shop").command == "ROLLBACK")
        try await transaction.sql("INSERT INTO t VALUES (3)", database: "shop")
        try await transaction.commit()
        #expect(try session.rows("SELECT id FROM t ORDER BY id") == ["1", "3"])
        let refusal = await #expect(throws: SQLError.self) {
            try await pando.write { tx in try tx.sqlExecute("SAVEPOINT a", database: "shop") }
        }
        #expect(refusal?.state == .featureNotSupported)
    }

    /// Sequences that begin anew, and notifications.
    @Test func whatIsInNoFileEndsWithTransactionsOfSwift() async throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id serial PRIMARY KEY); INSERT INTO t VALUES (DEFAULT), (DEFAULT); LISTEN x")
        let pando = session.pando
        func next() throws -> [String] { try session.rows("INSERT INTO t DEFAULT VALUES RETURNING id") }
        func told() -> [String] { session.connection.takeNotifications().map(\.payload) }

        let transaction = try await pando.begin()
        for statement in [
            "TRUNCATE t RESTART IDENTITY", "NOTIFY x, '1'", "SAVEPOINT a", "NOTIFY x, '2'", "ALTER SEQUENCE t_id_seq RESTART WITH 70",
            "INSERT INTO t DEFAULT VALUES", "ROLLBACK TO a", "NOTIFY x, '3'", "INSERT INTO t DEFAULT VALUES",
        ] {
            try await transaction.sql(SQL(unchecked: statement), database: "shop")
        }
        #expect(told() == [])
        try await transaction.commit()
        #expect(told() == ["1", "3"])
        #expect(try next() == ["2"])
        #expect(try session.rows("SELECT id FROM t ORDER BY id") == ["1", "2"])

        let undone = try await pando.begin()
        try await undone.sql("TRUNCATE t RESTART IDENTITY", database: "shop")
        try await undone.sql("NOTIFY x, '4'", database: "shop")
        await undone.rollback()
        #expect(try next() == ["3"])

        try await pando.write { tx in
            try tx.sql("TRUNCATE t RESTART IDENTITY", database: "shop")
            try tx.sql("NOTIFY x, '5'", database: "shop")
        }
        #expect(told() == ["5"])
        #expect(try next() == ["1"])
        await #expect(throws: CancellationError.self) {
            try await pando.write { tx in
                try tx.sql("TRUNCATE t RESTART IDENTITY", database: "shop")
                try tx.sql("NOTIFY x, '6'", database: "shop")
                throw CancellationError()
            }
        }
        #expect(try next() == ["2"])
        #expect(told() == [])
    }

    /// What its requests send and lock is the transaction's, though each is of a session of its own.
    @Test func requestsOfOneTransactionShareNotificationsAndLocks() async throws {
        let session = try TestSession()
        let pando = session.pando
        try session.rows("LISTEN x")
        func told() -> [String] { session.connection.takeNotifications().map(\.payload) }
        func free() throws -> [String] {
            try session.rows("SELECT pg_try_advisory_xact_lock(1), pg_try_advisory_xact_lock(2), pg_try_advisory_xact_lock(3)")
        }

        let transaction = try await pando.begin()
        for (statement, expected) in [
            ("NOTIFY x, '1'", "t|t|t"), ("NOTIFY x, '1'", "t|t|t"), ("SELECT pg_notify('x', '1')", "t|t|t"), ("NOTIFY x, '2'", "t|t|t"),
            ("SELECT pg_advisory_xact_lock(1)", "f|t|t"), ("SELECT pg_advisory_xact_lock(1), pg_advisory_lock(1)", "f|t|t"),
            ("SAVEPOINT a", "f|t|t"), ("SELECT pg_advisory_xact_lock(2), pg_advisory_lock(3)", "f|f|f"), ("NOTIFY x, '3'", "f|f|f"),
            ("ROLLBACK TO a", "f|t|f"), ("NOTIFY x, '4'", "f|t|f"), ("SELECT pg_advisory_unlock(3)", "f|t|t"),
            ("SELECT pg_advisory_unlock_all()", "f|t|t"), ("SELECT pg_advisory_lock(3)", "f|t|f"),
        ] {
            try await transaction.sql(SQL(unchecked: statement), database: "shop")
            #expect(try free() == [expected], "\(statement)")
        }
        #expect(told() == [])
        try await transaction.commit()
        #expect(told() == ["1", "2", "4"])
        #expect(try free() == ["t|t|t"])

        // A request that fails lets go of what it has locked for the transaction; what it has locked for its session ends with that.
        let failing = try await pando.begin()
        await #expect(throws: (any Error).self) {
            try await failing.sql("SELECT pg_advisory_xact_lock(1), pg_advisory_lock(3), 1 / (random() * 0)::int", database: "shop")
        }
        #expect(try free() == ["t|t|f"])
        await failing.rollback()
        #expect(try free() == ["t|t|t"])

        let held = try await pando.write { tx in
            for _ in 1...2 {
                try tx.sql("NOTIFY x, '5'", database: "shop")
                try tx.sql("SELECT pg_advisory_xact_lock(1)", database: "shop")
            }
            return try tx.sql("SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid IS NULL", database: "shop").count
        }
        #expect(held == 1)
        #expect(told() == ["5"])
        #expect(try free() == ["t|t|t"])
    }

    @Test func notificationsOfWhatWasRolledBackAreNotSent() throws {
        let session = try TestSession()
        try session.rows("LISTEN x")
        try session.rows(
            """
            BEGIN; NOTIFY x; SAVEPOINT s; NOTIFY x, '2'; ROLLBACK TO s; NOTIFY x, '3'; SAVEPOINT t; NOTIFY x, '4'; RELEASE t; ROLLBACK TO s;
            NOTIFY x, '5'; SAVEPOINT u; SELECT pg_notify('x', '6'); RELEASE u; COMMIT
            """)
        #expect(session.connection.takeNotifications().map(\.payload) == ["", "5", "6"])
        // What went back may be said once more, and what did not is said once.
        try session.rows(
            "BEGIN; NOTIFY x, '1'; SAVEPOINT s; NOTIFY x, '2'; ROLLBACK TO s; NOTIFY x, '2'; NOTIFY x, '1'; NOTIFY x, '2'; COMMIT")
        #expect(session.connection.takeNotifications().map(\.payload) == ["1", "2"])
    }

    @Test func channelsGoBack() throws {
        let session = try TestSession()
        try session.rows("LISTEN x; LISTEN z")
        try session.rows("BEGIN; SAVEPOINT s; LISTEN y; UNLISTEN x; ROLLBACK TO s; UNLISTEN z; SAVEPOINT t; LISTEN w; RELEASE t; COMMIT")
        #expect(try session.rows("SELECT c FROM pg_listening_channels() AS l(c) ORDER BY 1") == ["w", "x"])
    }

    @Test func advisoryLocksAreLetGoOf() throws {
        let session = try TestSession()
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        let free = "SELECT pg_try_advisory_xact_lock(1), pg_try_advisory_xact_lock(2), pg_try_advisory_xact_lock(3)"
        try session.rows(
            """
            BEGIN; SELECT pg_advisory_xact_lock(1); SAVEPOINT s;
            SELECT pg_advisory_xact_lock(2), pg_advisory_lock(3), pg_advisory_xact_lock(1); ROLLBACK TO s
            """)
        // A session's own locks stay.
        #expect(try other.rows(free) == ["f|t|f"])
        // A statement that fails lets go of them at once.
        try session.rows("SELECT pg_advisory_xact_lock(2)")
        #expect(try other.rows(free) == ["f|f|f"])
        #expect(session.state("SELECT 1 / 0") == "22012")
        #expect(try other.rows(free) == ["f|t|f"])
        try session.rows("ROLLBACK TO s; SELECT pg_advisory_xact_lock(2); RELEASE s")
        #expect(try other.rows(free) == ["f|f|f"])
        #expect(session.state("SELECT 1 / 0") == "22012")
        #expect(try other.rows(free) == ["t|t|f"])
        try session.rows("ROLLBACK; SELECT pg_advisory_unlock_all()")
        #expect(try other.rows(free) == ["t|t|t"])
    }

    @Test func locksOfATransactionAreNotUnlocked() throws {
        let session = try TestSession()
        let other = try SQLConnection(session.pando, user: nil, database: "shop")
        try session.rows("BEGIN; SELECT pg_advisory_xact_lock(7), pg_advisory_lock(7)")
        #expect(try session.rows("SELECT pg_advisory_unlock(7)") == ["t"])
        #expect(try session.rows("SELECT pg_advisory_unlock(7)") == ["f"])
        #expect(try session.rows("SELECT pg_advisory_lock(7), pg_advisory_unlock_all()").count == 1)
        #expect(try other.rows("SELECT pg_try_advisory_lock(7)") == ["f"])
        try session.rows("COMMIT")
        #expect(try other.rows("SELECT pg_try_advisory_lock(7)") == ["t"])
    }

    @Test func settingsGoBack() throws {
        let session = try TestSession()
        try session.rows("BEGIN; SET work_mem = '8MB'; SAVEPOINT s; SET work_mem = '16MB'; SET LOCAL application_name = 'q'; ROLLBACK TO s")
        #expect(try session.rows("SHOW work_mem") == ["8MB"])
        #expect(try session.rows("SHOW application_name") == [""])
        #expect(try session.rows("COMMIT; SHOW work_mem") == ["8MB"])
    }

    /// What was deferred before a savepoint is checked at the commit, whatever was said of constraints since.
    @Test func deferredConstraintsGoBack() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p DEFERRABLE)")
        try session.rows("BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO c VALUES (1, 1); SAVEPOINT s")
        #expect(session.state("SET CONSTRAINTS ALL IMMEDIATE") == "23503")
        #expect(session.state("ROLLBACK TO s; INSERT INTO c VALUES (2, 2)") == nil)
        #expect(session.state("COMMIT") == "23503")
        #expect(try session.rows("SELECT count(*) FROM c") == ["0"])
        try session.rows("BEGIN; SAVEPOINT s; SET CONSTRAINTS ALL DEFERRED; ROLLBACK TO s")
        #expect(session.state("INSERT INTO c VALUES (3, 3)") == "23503")
        try session.rows("ROLLBACK")
    }
}
