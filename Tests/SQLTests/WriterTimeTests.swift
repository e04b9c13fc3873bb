import ReQLish
import TestTraits
import Testing

@testable import SQL

/// What ends a statement that others would wait for.
@Suite(.ownThreads) struct WriterTimeTests {
    private func session(_ time: Duration) throws -> TestSession {
        let owner = try TestSession()
        try owner.rows("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t VALUES (1, 1), (2, 2)")
        var options = PandoOptions()
        options.writerTime = time
        return try TestSession(sharing: owner, options)
    }

    private func refusal(_ session: TestSession, _ sql: String) -> SQLError? {
        do {
            try session.rows(sql)
            return nil
        } catch { return error as? SQLError }
    }

    /// Those that pause have the turn from their beginning, or have taken it before.
    @Test func itIsCancelled() throws {
        let session = try session(.milliseconds(20))
        for sql in [
            "UPDATE t SET n = 5 WHERE id = 1 AND pg_sleep(1000) IS NOT NULL", "SELECT n FROM t WHERE pg_sleep(1000) IS NULL FOR UPDATE",
            "INSERT INTO t VALUES (3, 3) RETURNING pg_sleep(1000)",
        ] {
            let error = try #require(refusal(session, sql))
            #expect(error.state.rawValue == "57014")
            let shown = sql.count > 60 ? "\(sql.prefix(60))…" : sql
            #expect(
                error.message == "canceling statement due to --writer-time: \"\(shown)\" has kept others from writing for 20 ms")
            #expect(error.hint?.contains("--writer-time") == true)
        }
        #expect(try session.rows("SELECT id, n FROM t ORDER BY id") == ["1|1", "2|2"])
    }

    @Test func aBlockHasTheTurn() throws {
        let session = try session(.milliseconds(20))
        // On a busy machine that may take too long as well.
        while session.state("BEGIN; UPDATE t SET n = 5") != nil { try session.rows("ROLLBACK") }
        let error = try #require(refusal(session, "SELECT 1; SELECT\n count(*) FROM generate_series(1, 1e12::bigint)"))
        #expect(error.state.rawValue == "57014")
        #expect(error.message.contains("\"SELECT  count(*) FROM generate_series(1, 1e12::bigint)\""), "\(error.message)")
        #expect(session.state("SELECT 1") == "25P02")
        try session.rows("ROLLBACK")
        #expect(try session.rows("SELECT sum(n) FROM t") == ["3"])
    }

    /// Who waits for a time, or for a lock, keeps nobody from writing.
    @Test func whoSleepsHasNoTurn() throws {
        let session = try session(.seconds(1000))
        try session.rows("BEGIN; UPDATE t SET n = 5; SELECT pg_sleep(0.1)")
        #expect(session.connection.session.turnLimit == nil)
        try session.rows("SELECT sum(n) FROM t")
        #expect(session.connection.session.turnLimit != nil)
        #expect(try session.rows("SELECT sum(n) FROM t; COMMIT") == [])
        #expect(try session.rows("SELECT sum(n) FROM t") == ["10"])
    }

    /// While the client is waited for, others can write, whatever of the statement is still to be read.
    @Test func whoWaitsForItsClientHasNoTurn() throws {
        let session = try session(.seconds(1000))
        try session.rows("BEGIN; UPDATE t SET n = 5")
        let result = try session.connection.execute(session.connection.prepare("SELECT g FROM generate_series(1, 100000) g"))
        _ = try result.next()
        #expect(session.connection.session.turnLimit != nil && session.connection.canceller.turnLimit != nil)
        session.connection.awaitClient()
        #expect(session.connection.session.deadline == nil && !session.connection.canceller.isTurnOver)
        var count = 1
        while try result.next() != nil { count += 1 }
        #expect(count == 100_000)
        #expect(session.connection.session.turnLimit == nil)
        try session.rows("SELECT 1")
        #expect(session.connection.session.turnLimit != nil)
        try session.rows("COMMIT; SELECT 1")
        #expect(session.connection.session.turnLimit == nil)
    }

    /// Who reads keeps nobody from writing, and what is set for all statements is told apart.
    @Test func othersGoOn() throws {
        let session = try session(.milliseconds(1))
        try session.rows("SELECT pg_sleep(0.03); BEGIN; SELECT count(*), pg_sleep(0.03) FROM t; COMMIT")
        try session.rows("SET statement_timeout = 30")
        #expect(refusal(session, "SELECT pg_sleep(1000)")?.message == "canceling statement due to statement timeout")
        let patient = try self.session(.seconds(1000))
        try patient.rows("SET statement_timeout = 30")
        #expect(
            refusal(patient, "UPDATE t SET n = 5 WHERE id = 1 AND pg_sleep(1000) IS NOT NULL")?.message
                == "canceling statement due to statement timeout")
    }
}
