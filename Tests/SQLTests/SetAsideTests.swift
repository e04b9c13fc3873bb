import Foundation
import ReQLish
import TestSupport
import Testing

@testable import SQL

/// Transactions that wait for their clients: who waits for them, and who doesn't.
@Suite(.timeLimit(.minutes(240))) struct SetAsideTests {
    private let pando: Pando
    private let first: SQLConnection
    private let second: SQLConnection

    init() throws {
        pando = try Pando.settingAside()
        first = try SQLConnection(pando, user: nil, database: "app")
        second = try SQLConnection(pando, user: nil, database: "app")
        try run(
            first,
            """
            CREATE TABLE account (id int PRIMARY KEY, code text UNIQUE, balance int NOT NULL);
            CREATE TABLE entry (id int PRIMARY KEY, account int REFERENCES account);
            CREATE TABLE note (text text);
            INSERT INTO account VALUES (1, 'a', 10), (2, 'b', 20), (3, 'c', 30)
            """)
        try run(second, "SET lock_timeout = '30ms'")
    }

    /// Runs statements, and waits for the client then.
    @discardableResult
    private func run(_ connection: SQLConnection, _ sql: String) throws(SQLError) -> [String] {
        defer { connection.awaitClient() }
        return try connection.rows(sql)
    }

    private func state(_ connection: SQLConnection, _ sql: String) -> String? {
        do throws(SQLError) {
            try run(connection, sql)
            return nil
        } catch {
            return error.state.rawValue
        }
    }

    private func requireSound() throws {
        let report = try pando.catalog.check()
        #expect(report.problems.isEmpty, "\(report.problems)")
    }

    @Test func nobodyWaitsForATransactionThatWaitsForItsClient() throws {
        try run(first, "BEGIN; UPDATE account SET balance = 11 WHERE id = 1")
        try run(second, "UPDATE account SET balance = 21 WHERE id = 2")
        #expect(try run(second, "SELECT balance FROM account ORDER BY id") == ["10", "21", "30"])
        #expect(try run(first, "SELECT balance FROM account ORDER BY id") == ["11", "21", "30"])
        try run(first, "UPDATE account SET balance = balance + 1 WHERE id = 1")
        try run(first, "COMMIT")
        #expect(try run(second, "SELECT balance FROM account ORDER BY id") == ["12", "21", "30"])
        try requireSound()
    }

    @Test func whatWasWrittenStaysLockedAndNothingElse() throws {
        try run(first, "BEGIN; UPDATE account SET balance = 11 WHERE id = 1")
        #expect(state(second, "UPDATE account SET balance = 0 WHERE id = 1") == "55P03")
        #expect(state(second, "DELETE FROM account WHERE id = 1") == "55P03")
        #expect(state(second, "TRUNCATE entry, account") == "55P03")
        #expect(state(second, "DROP TABLE account CASCADE") == "55P03")
        #expect(state(second, "ALTER TABLE account ADD COLUMN more int") == "55P03")
        #expect(state(second, "SELECT * FROM account WHERE id = 1 FOR UPDATE") == "55P03")
        #expect(state(second, "UPDATE account SET balance = 0 WHERE id = 2") == nil)
        #expect(state(second, "BEGIN; INSERT INTO account VALUES (4, 'd', 40); UPDATE account SET balance = 0 WHERE id = 1") == "55P03")
        try run(second, "ROLLBACK")
        try run(first, "ROLLBACK")
        #expect(state(second, "UPDATE account SET balance = 5 WHERE id = 1") == nil)
        #expect(try run(second, "SELECT id, balance FROM account ORDER BY id") == ["1|5", "2|0", "3|30"])
        try requireSound()
    }

    @Test func aUniqueValueIsTakenBeforeItIsCommitted() throws {
        try run(first, "BEGIN; INSERT INTO account VALUES (9, 'x', 0)")
        #expect(state(second, "INSERT INTO account VALUES (10, 'x', 0)") == "55P03")
        #expect(state(second, "INSERT INTO account VALUES (9, 'y', 0)") == "55P03")
        #expect(state(second, "INSERT INTO account VALUES (11, 'z', 0)") == nil)
        try run(first, "COMMIT")
        #expect(state(second, "INSERT INTO account VALUES (10, 'x', 0)") == "23505")
        #expect(state(second, "INSERT INTO account VALUES (9, 'y', 0)") == "23505")
        try requireSound()
    }

    @Test func aForeignKeyHoldsFromBothSides() throws {
        try run(first, "BEGIN; INSERT INTO entry VALUES (1, 1)")
        #expect(state(second, "DELETE FROM account WHERE id = 1") == "55P03")
        #expect(state(second, "DELETE FROM account WHERE id = 2") == nil)
        try run(first, "COMMIT; BEGIN; DELETE FROM account WHERE id = 3")
        #expect(state(second, "INSERT INTO entry VALUES (2, 3)") == "55P03")
        try run(first, "COMMIT")
        #expect(state(second, "INSERT INTO entry VALUES (2, 3)") == "23503")
        #expect(state(second, "DELETE FROM account WHERE id = 1") == "23503")
        try requireSound()
    }

    @Test func savepointsAreSetAsideToo() throws {
        try run(first, "BEGIN; UPDATE account SET balance = 1 WHERE id = 1")
        try run(first, "SAVEPOINT a")
        try run(first, "UPDATE account SET balance = 2 WHERE id = 1; DELETE FROM account WHERE id = 2")
        try run(first, "SAVEPOINT b")
        try run(first, "UPDATE account SET balance = 3 WHERE id = 1")
        try run(second, "INSERT INTO account VALUES (7, 'g', 70)")
        try run(first, "ROLLBACK TO b")
        #expect(try run(first, "SELECT id, balance FROM account ORDER BY id") == ["1|2", "3|30", "7|70"])
        try run(first, "ROLLBACK TO a")
        try run(second, "UPDATE account SET balance = 71 WHERE id = 7")
        #expect(try run(first, "SELECT id, balance FROM account ORDER BY id") == ["1|1", "2|20", "3|30", "7|71"])
        try run(first, "COMMIT")
        #expect(try run(second, "SELECT id, balance FROM account ORDER BY id") == ["1|1", "2|20", "3|30", "7|71"])
        try requireSound()
    }

    @Test func definitionsAreSetAsideToo() throws {
        try run(first, "BEGIN; CREATE TABLE made (id int PRIMARY KEY); INSERT INTO made VALUES (1); CREATE INDEX ON account (balance)")
        #expect(state(second, "SELECT * FROM made") == "42P01")
        #expect(state(second, "CREATE TABLE made (id int)") == "55P03")
        #expect(state(second, "INSERT INTO account VALUES (8, 'h', 80)") == "55P03")
        #expect(state(second, "INSERT INTO note VALUES ('n')") == nil)
        try run(first, "INSERT INTO made VALUES (2)")
        try run(first, "COMMIT")
        #expect(try run(second, "SELECT id FROM made ORDER BY id") == ["1", "2"])
        #expect(state(second, "INSERT INTO account VALUES (8, 'h', 80)") == nil)
        try requireSound()
    }

    @Test func rowsWithoutAKeyDontMeet() throws {
        try run(first, "BEGIN; INSERT INTO note VALUES ('one')")
        try run(second, "INSERT INTO note VALUES ('two')")
        try run(first, "INSERT INTO note VALUES ('three'); COMMIT")
        #expect(try run(second, "SELECT text FROM note ORDER BY text") == ["one", "three", "two"])
    }

    @Test func lockedRowsStay() throws {
        try run(first, "BEGIN; SELECT * FROM account WHERE id = 1 FOR UPDATE")
        #expect(state(second, "UPDATE account SET balance = 0 WHERE id = 1") == "55P03")
        #expect(state(second, "UPDATE account SET balance = 0 WHERE id = 2") == nil)
        try run(first, "COMMIT; BEGIN; LOCK TABLE account")
        #expect(state(second, "UPDATE account SET balance = 0 WHERE id = 2") == "55P03")
        #expect(state(second, "INSERT INTO note VALUES ('n')") == nil)
        try run(first, "ROLLBACK")
    }

    @Test func aRowIsLockedForOneOnly() throws {
        try run(first, "BEGIN; SELECT * FROM account WHERE id = 1 FOR UPDATE")
        #expect(state(second, "SELECT * FROM account WHERE id = 1 FOR UPDATE") == "55P03")
        #expect(state(second, "SELECT * FROM account WHERE id = 1 FOR NO KEY UPDATE NOWAIT") == "55P03")
        #expect(state(second, "SELECT * FROM account WHERE id = 1 FOR SHARE") == "55P03")
        #expect(state(second, "INSERT INTO entry VALUES (1, 1)") == "55P03")
        #expect(state(second, "BEGIN; SELECT * FROM account WHERE id = 2 FOR UPDATE; ROLLBACK") == nil)
        #expect(state(second, "INSERT INTO entry VALUES (1, 2)") == nil)
        try run(first, "COMMIT")
        #expect(state(second, "SELECT * FROM account WHERE id = 1 FOR UPDATE") == nil)
        try requireSound()
    }

    @Test func manyShareARow() throws {
        try run(first, "BEGIN; SELECT * FROM account WHERE id = 1 FOR SHARE; INSERT INTO entry VALUES (1, 2)")
        try run(second, "BEGIN; SELECT * FROM account WHERE id = 1 FOR SHARE; INSERT INTO entry VALUES (2, 2)")
        #expect(state(second, "UPDATE account SET balance = 0 WHERE id = 1") == "55P03")
        try run(second, "ROLLBACK")
        #expect(state(second, "SELECT * FROM account WHERE id = 1 FOR UPDATE") == "55P03")
        #expect(state(second, "SELECT * FROM account WHERE id = 2 FOR UPDATE") == "55P03")
        try run(first, "COMMIT")
        #expect(try run(second, "SELECT id FROM entry") == ["1"])
        try requireSound()
    }

    @Test func aTableIsLockedForOneOnly() throws {
        try run(first, "BEGIN; LOCK TABLE account IN SHARE MODE")
        #expect(state(second, "BEGIN; LOCK TABLE account IN SHARE MODE; ROLLBACK") == nil)
        #expect(state(second, "BEGIN; LOCK TABLE account IN EXCLUSIVE MODE") == "55P03")
        try run(second, "ROLLBACK")
        try run(first, "COMMIT; BEGIN; LOCK TABLE account")
        for mode in ["ACCESS EXCLUSIVE", "SHARE"] {
            #expect(state(second, "BEGIN; LOCK TABLE account IN \(mode) MODE") == "55P03")
            try run(second, "ROLLBACK")
        }
        #expect(state(second, "BEGIN; LOCK TABLE note; ROLLBACK") == nil)
        try run(first, "COMMIT")
    }

    /// What a statement has read that then had to wait is not locked: the other one goes on with it, and there is no circle.
    @Test func whoWaitsForARowHasNotLockedIt() throws {
        try run(first, "BEGIN; SELECT * FROM account WHERE id = 1 FOR UPDATE")
        try run(second, "SET lock_timeout = 0; BEGIN; UPDATE account SET balance = 22 WHERE id = 2")
        let waiting = Sent(second)
        let done = TestThread {
            let script = try waiting.value.script("SELECT * FROM account WHERE id IN (1, 3) FOR UPDATE")
            while try script.next() != nil {}
        }
        #expect(eventually { pando.catalog.openTransactions.waitingCount > 0 })
        #expect(state(first, "UPDATE account SET balance = 11 WHERE id = 1") == nil)
        #expect(state(first, "SELECT * FROM account WHERE id = 3 FOR UPDATE") == nil)
        try run(first, "COMMIT")
        try done.join()
        try run(second, "COMMIT")
        #expect(try run(first, "SELECT balance FROM account ORDER BY id") == ["11", "22", "30"])
        try requireSound()
    }

    @Test func whoWaitsGoesOnWithWhatWasCommitted() throws {
        try run(first, "BEGIN; UPDATE account SET balance = balance + 1 WHERE id = 1")
        let waiting = Sent(second)
        let done = TestThread {
            let connection = waiting.value
            let script = try connection.script("SET lock_timeout = 0; UPDATE account SET balance = balance + 1 WHERE id = 1")
            while try script.next() != nil {}
        }
        #expect(eventually { pando.catalog.openTransactions.waitingCount > 0 })
        try run(first, "UPDATE account SET balance = balance + 1 WHERE id = 1; COMMIT")
        try done.join()
        #expect(try run(first, "SELECT balance FROM account WHERE id = 1") == ["13"])
        try requireSound()
    }

    @Test func circlesEndAtOnce() throws {
        try run(first, "BEGIN; UPDATE account SET balance = 11 WHERE id = 1")
        try run(second, "SET lock_timeout = 0; BEGIN; UPDATE account SET balance = 22 WHERE id = 2")
        let waiting = Sent(second)
        let done = TestThread {
            let script = try waiting.value.script("UPDATE account SET balance = 12 WHERE id = 1")
            while try script.next() != nil {}
        }
        #expect(eventually { pando.catalog.openTransactions.waitingCount > 0 })
        #expect(state(first, "UPDATE account SET balance = 21 WHERE id = 2") == "40P01")
        try run(first, "ROLLBACK")
        try done.join()
        try run(second, "COMMIT")
        #expect(try run(first, "SELECT balance FROM account ORDER BY id") == ["12", "22", "30"])
        try requireSound()
    }

    // MARK: Serializable

    @Test func onlyWhatWasReadCounts() throws {
        try run(first, "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT balance FROM account WHERE id = 1")
        try run(second, "UPDATE account SET balance = 21 WHERE id = 2")
        try run(first, "UPDATE account SET balance = 11 WHERE id = 1")
        try run(second, "UPDATE account SET balance = 31 WHERE id = 3")
        try run(first, "COMMIT")
        #expect(try run(second, "SELECT balance FROM account ORDER BY id") == ["11", "21", "31"])
    }

    @Test func aSkewOfWritesIsRefused() throws {
        try run(first, "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT sum(balance) FROM account; UPDATE account SET balance = 0 WHERE id = 1")
        try run(second, "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT sum(balance) FROM account; UPDATE account SET balance = 0 WHERE id = 2")
        #expect(state(second, "COMMIT") == nil)
        #expect(state(first, "COMMIT") == "40001")
        #expect(try run(first, "SELECT balance FROM account ORDER BY id") == ["10", "0", "30"])
    }

    @Test func whatWasNotThereCounts() throws {
        try run(first, "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM account WHERE id > 100")
        try run(second, "INSERT INTO account VALUES (101, 'p', 0)")
        #expect(state(first, "INSERT INTO account VALUES (102, 'q', 0)") == "40001")
        try run(first, "ROLLBACK")
        try requireSound()
    }

    /// More rows are referred to than are known one by one: they may be changed all the same, and not removed.
    @Test func veryManyParentsMayBeChanged() throws {
        try run(second, "CREATE TABLE parent (id int PRIMARY KEY, note text); CREATE TABLE child (id int PRIMARY KEY REFERENCES parent)")
        try run(second, "INSERT INTO parent SELECT g, 'a' FROM generate_series(1, 10500) g")
        try run(first, "BEGIN; INSERT INTO child SELECT g FROM generate_series(1, 10400) g")
        try run(second, "UPDATE parent SET note = 'b' WHERE id IN (7, 10450)")
        #expect(state(second, "DELETE FROM parent WHERE id = 8") == "55P03")
        try run(first, "INSERT INTO child VALUES (10450); COMMIT")
        #expect(state(second, "DELETE FROM parent WHERE id = 8") == "23503")
        #expect(try run(second, "SELECT count(*) FROM child JOIN parent USING (id) WHERE note = 'b'") == ["2"])
        try requireSound()
    }

    // MARK: What is told

    @Test func theExamplesOfTheDocumentRun() throws {
        let path = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined() + "/docs/TRANSACTIONS.md"
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let examples = text.components(separatedBy: "```sql\n").dropFirst().compactMap { $0.components(separatedBy: "```").first }
        #expect(!examples.isEmpty)
        for example in examples {
            for statement in example.split(separator: "\n") { try run(first, String(statement)) }
        }
        #expect(try run(second, "SELECT balance FROM account ORDER BY id") == ["0", "30", "30"])
    }

    // MARK: What is left

    @Test func aTransactionThatWasSetAsideAndRolledBackLeavesNothing() throws {
        let before = try run(second, "SELECT * FROM account ORDER BY id")
        try run(first, "BEGIN; DELETE FROM account; INSERT INTO account VALUES (5, 'e', 50); CREATE TABLE gone (id int)")
        try run(first, "SAVEPOINT s; INSERT INTO gone VALUES (1)")
        try run(first, "ROLLBACK")
        #expect(try run(second, "SELECT * FROM account ORDER BY id") == before)
        #expect(state(second, "SELECT * FROM gone") == "42P01")
        #expect(pando.catalog.openTransactions.count == 0)
        try requireSound()
    }

    @Test func aFeedHearsOfItOnceItIsCommitted() throws {
        let feed = try pando.start(r.db("app").table("account").changes().tree())
        guard case .sequence(let cursor) = feed else {
            Issue.record("a feed is a sequence")
            return
        }
        try run(first, "BEGIN; UPDATE account SET balance = 11 WHERE id = 1")
        try run(first, "UPDATE account SET balance = 12 WHERE id = 1")
        try run(second, "UPDATE account SET balance = 22 WHERE id = 2")
        try run(first, "COMMIT")
        var told: [Datum] = []
        while told.count < 2, let row = try cursor.next() { told.append(row.owned) }
        #expect(told.map { $0[field: "new_val"]?[field: "balance"]?.integer } == [22, 12])
        #expect(told.map { $0[field: "old_val"]?[field: "balance"]?.integer } == [20, 10])
        cursor.close()
    }
}

/// Hands a session to another thread, while this one leaves it alone.
private struct Sent: @unchecked Sendable {
    let value: SQLConnection

    init(_ value: SQLConnection) { self.value = value }
}
