import Catalog
import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import SQL

/// What two sessions do to the same rows, of which each waits for its client in between.
@Suite(.ownThreads) struct TwoSessionsTests {
    private let session: TestSession
    private let one: SQLConnection
    private let other: SQLConnection

    init() throws {
        session = try TestSession()
        one = session.connection
        other = try SQLConnection(session.pando, user: nil, database: "shop")
        other.refuseToWait()
        try session.rows(
            """
            CREATE TABLE t (id int PRIMARY KEY, a int, b text);
            CREATE TABLE parent (id int PRIMARY KEY);
            CREATE TABLE child (id int PRIMARY KEY, p int);
            INSERT INTO t SELECT g, g, 'b' || g FROM generate_series(1, 4) g;
            INSERT INTO parent VALUES (1), (2);
            INSERT INTO child VALUES (1, 1)
            """)
    }

    /// Runs a text as a loop of connections does.
    private func answer(_ text: String, _ connection: SQLConnection) -> [String] { connection.answerAsLoop(text) }

    /// A literal in a text is what its column is now, whatever that was when the text was met before.
    @Test func textsMeanWhatTheirColumnsAre() throws {
        for id in 10...12 { #expect(answer("INSERT INTO t VALUES (\(id), '001', 'x')", one) == []) }
        #expect(answer("SELECT b FROM t WHERE id = 10 AND a = '1'", one) == ["x"])
        _ = answer("BEGIN", one)
        #expect(answer("ALTER TABLE t ALTER a TYPE text", one) == [])
        #expect(answer("INSERT INTO t VALUES (13, '007', 'x')", one) == [])
        #expect(answer("SELECT a FROM t WHERE id = 13", one) == ["007"])
        #expect(answer("SELECT b FROM t WHERE id = 10 AND a = '1'", one) == ["x"])
        #expect(answer("SELECT b FROM t WHERE id = 13 AND a = '007'", one) == ["x"])
        _ = answer("ROLLBACK", one)
        #expect(answer("INSERT INTO t VALUES (13, '008', 'x')", one) == [])
        #expect(answer("SELECT a FROM t WHERE id = 13", one) == ["8"])
        // In another session, while this one knows the text.
        #expect(answer("ALTER TABLE t ALTER a TYPE text", other) == [])
        #expect(answer("INSERT INTO t VALUES (14, '009', 'x')", one) == [])
        #expect(answer("SELECT a FROM t WHERE id = 14", one) == ["009"])
    }

    /// A row that was written as it was is locked like any other.
    @Test(arguments: [false, true]) func aRowThatStaysAsItWasIsLocked(isBeside: Bool) throws {
        let third = try SQLConnection(session.pando, user: nil, database: "shop")
        if isBeside { _ = (answer("BEGIN", third), answer("UPDATE t SET a = 0 WHERE id = 4", third)) }
        _ = answer("BEGIN", one)
        #expect(answer("UPDATE t SET a = a WHERE id = 1 RETURNING a", one) == ["1"])
        #expect(answer("UPDATE t SET a = 5 WHERE id = 2", one) == [])
        #expect(answer("UPDATE t SET a = 2 WHERE id = 2", one) == [])
        // One that was changed and changed back is locked only where changes are kept beside the tree.
        for id in isBeside ? [1, 2] : [1] { #expect(answer("UPDATE t SET a = 9 WHERE id = \(id)", other) == ["!55P03"], "\(id)") }
        #expect(answer("UPDATE t SET a = 9 WHERE id = 3", other) == [])
        #expect(answer("COMMIT", one) == [])
        #expect(answer("UPDATE t SET a = 9 WHERE id = 1", other) == [])
        third.close()
    }

    /// Who follows a table hears nothing of what was taken back.
    @Test func feedsTellNothingThatWasTakenBack() throws {
        #expect(answer("ALTER TABLE child ADD FOREIGN KEY (p) REFERENCES parent", one) == [])
        let follow = { (table: String) in try session.pando.start(r.db("shop").table(table).changes().tree()) }
        let (feed, parents) = (try follow("t"), try follow("parent"))
        _ = answer("BEGIN", one)
        _ = answer("UPDATE t SET a = 5 WHERE id = 1", one)
        _ = answer("SAVEPOINT s", one)
        _ = answer("INSERT INTO t VALUES (20, 1, 'x')", one)
        _ = answer("DELETE FROM t WHERE id = 2", one)
        _ = answer("ROLLBACK TO s", one)
        #expect(answer("COMMIT", one) == [])
        #expect(throws: ReQLError.self) { try r.db("shop").table("parent").get(1).delete().run(on: session.pando) }
        _ = answer("INSERT INTO t VALUES (30, 1, 'x')", one)
        _ = answer("INSERT INTO parent VALUES (30)", one)
        for (answer, expected) in [(feed, [1, 30]), (parents, [30])] {
            guard case .sequence(let feed) = answer else {
                Issue.record("a feed is a sequence")
                return
            }
            var told: [Int] = []
            while told.last != 30, let change = try feed.next() { told.append(change[field: "new_val"]?[field: "id"]?.integer ?? -1) }
            #expect(told == expected)
            feed.close()
        }
    }

    @Test func foreignKeysHoldWhoeverIsSetAside() throws {
        _ = answer("BEGIN", one)
        #expect(answer("DELETE FROM parent WHERE id = 1", one) == [])
        #expect(answer("ALTER TABLE child ADD FOREIGN KEY (p) REFERENCES parent", other) == ["!55P03"])
        #expect(answer("ROLLBACK", one) == [])
        #expect(
            answer("ALTER TABLE child ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES parent DEFERRABLE INITIALLY DEFERRED", other) == [])
        _ = answer("BEGIN", one)
        #expect(answer("INSERT INTO child VALUES (2, 2)", one) == [])
        #expect(answer("SET CONSTRAINTS ALL IMMEDIATE", one) == [])
        #expect(answer("DELETE FROM parent WHERE id = 2", other) == ["!55P03"])
        #expect(answer("COMMIT", one) == [])
        #expect(answer("DELETE FROM parent WHERE id = 2", other) == ["!23503"])
    }

    /// SET CONSTRAINTS looks at those that it names, and at no others.
    @Test func onlyTheNamedConstraintsAreChecked() throws {
        #expect(
            answer(
                "ALTER TABLE child ADD CONSTRAINT f FOREIGN KEY (p) REFERENCES parent DEFERRABLE INITIALLY DEFERRED, "
                    + "ADD CONSTRAINT g FOREIGN KEY (id) REFERENCES parent DEFERRABLE INITIALLY DEFERRED", one) == [])
        _ = answer("BEGIN", one)
        #expect(answer("INSERT INTO child VALUES (2, 7)", one) == [])
        #expect(answer("SET CONSTRAINTS g IMMEDIATE", one) == [])
        #expect(answer("SET CONSTRAINTS f IMMEDIATE", one) == ["!23503"])
        _ = answer("ROLLBACK", one)
    }

    /// Whoever waits for an advisory lock lets the one go on who has it.
    @Test func anAdvisoryLockIsNoTurn() throws {
        let lent = OneAtATime(value: try SQLConnection(session.pando, user: nil, database: "shop"))
        _ = answer("BEGIN", one)
        #expect(answer("UPDATE t SET a = 5 WHERE id = 1", one) == [])
        #expect(answer("SELECT pg_advisory_xact_lock(1)", one) == [""])
        _ = answer("BEGIN", lent.value)
        #expect(answer("UPDATE t SET a = 6 WHERE id = 2", lent.value) == [])
        #expect(answer("SET LOCAL lock_timeout = '20ms'", lent.value) == [])
        #expect(answer("SELECT pg_advisory_xact_lock(1)", lent.value) == ["!55P03"])
        _ = answer("ROLLBACK", lent.value)
        let thread = TestThread {
            let other = lent.value
            _ = other.answerAsLoop("BEGIN")
            #expect(other.answerAsLoop("UPDATE t SET a = 6 WHERE id = 2") == [])
            #expect(other.answerAsLoop("SELECT pg_advisory_xact_lock(1)") == [""])
            #expect(other.answerAsLoop("COMMIT") == [])
        }
        #expect(answer("UPDATE t SET a = 7 WHERE id = 3", one) == [])
        #expect(answer("COMMIT", one) == [])
        try thread.join()
        #expect(answer("SELECT a FROM t WHERE id < 4 ORDER BY id", one) == ["5", "6", "7"])
    }

    /// Whoever listens for a table's changes doesn't wait for a block that is idle.
    @Test func listeningWaitsForNoIdleBlock() throws {
        _ = answer("BEGIN", one)
        #expect(answer("INSERT INTO t SELECT g, g, 'x' FROM generate_series(100, 2000) g", one) == [])
        #expect(answer("LISTEN t", other) == [])
        #expect(answer("COMMIT", one) == [])
        #expect(answer("SELECT count(*) FROM t", one) == ["1905"])
    }

    /// What COPY changes it changes with the turn: two don't give the same rows.
    @Test func copyingWhatIsDeletedGivesEachRowOnce() throws {
        _ = answer("BEGIN", one)
        #expect(answer("UPDATE t SET a = 5 WHERE id = 1", one) == [])
        #expect(answer("COPY (DELETE FROM t WHERE id = 1 RETURNING id) TO STDOUT", other) == ["!55P03"])
        #expect(answer("EXPLAIN ANALYZE DELETE FROM t WHERE id = 1", other) == ["!55P03"])
        #expect(answer("COMMIT", one) == [])
        #expect(answer("SELECT count(*) FROM t WHERE id = 1", one) == ["1"])
    }
}
