import ReQLish
import TestTraits
import Testing

@testable import SQL

/// Two sessions over one file: what each sees of the other, and who waits.
@Suite(.ownThreads) struct ConcurrencyTests {
    private let pando: Pando
    private let first: SQLConnection
    private let second: SQLConnection

    init() throws {
        pando = try Pando.inMemory()
        var transaction = try pando.catalog.beginWrite()
        try transaction.createDatabase("app")
        try transaction.commit()
        first = try SQLConnection(pando, user: nil, database: "app")
        second = try SQLConnection(pando, user: nil, database: "app")
        try run(first, "CREATE TABLE account (id int PRIMARY KEY, code text UNIQUE, balance int NOT NULL)")
        try run(first, "INSERT INTO account VALUES (1, 'a', 10), (2, 'b', 20)")
    }

    @discardableResult
    private func run(_ connection: SQLConnection, _ sql: String) throws(SQLError) -> [[String?]] {
        var rows: [[String?]] = []
        let script = try connection.script(sql)
        while let result = try script.next() {
            rows = []
            while let row = try result.next() {
                rows.append(
                    try zip(row, result.columns ?? []).map { (value, column) throws(SQLError) -> String? in
                        value.isNull ? nil : try TextOutput.text(value, column.type, connection.functions)
                    })
            }
        }
        return rows
    }

    private func state(_ connection: SQLConnection, _ sql: String) -> String? {
        do throws(SQLError) {
            try run(connection, sql)
            return nil
        } catch {
            return error.state.rawValue
        }
    }

    @Test func nothingIsSeenBeforeItIsCommitted() throws {
        try run(first, "BEGIN; UPDATE account SET balance = 0 WHERE id = 1")
        #expect(try run(second, "SELECT balance FROM account WHERE id = 1") == [["10"]])
        try run(first, "ROLLBACK")
        #expect(try run(second, "SELECT balance FROM account WHERE id = 1") == [["10"]])
    }

    @Test func readCommittedSeesEachStateThatIsCommitted() throws {
        try run(first, "BEGIN; SELECT 1 FROM account")
        try run(second, "UPDATE account SET balance = 11 WHERE id = 1")
        #expect(try run(first, "SELECT balance FROM account WHERE id = 1") == [["11"]])
        try run(first, "UPDATE account SET balance = balance + 1 WHERE id = 1; COMMIT")
        #expect(try run(second, "SELECT balance FROM account WHERE id = 1") == [["12"]])
    }

    @Test(arguments: ["REPEATABLE READ", "SERIALIZABLE"]) func oneStateFromTheFirstStatementOn(level: String) throws {
        try run(first, "BEGIN ISOLATION LEVEL \(level); SELECT 1 FROM account")
        try run(second, "UPDATE account SET balance = 11 WHERE id = 1")
        #expect(try run(first, "SELECT balance FROM account WHERE id = 1") == [["10"]])
        #expect(state(first, "UPDATE account SET balance = balance + 1 WHERE id = 1") == "40001")
        #expect(first.transactionStatus == .failed)
        try run(first, "ROLLBACK")
        #expect(try run(first, "SELECT balance FROM account WHERE id = 1") == [["11"]])
    }

    @Test func aWriterWaitsForTheOtherAndHasItsLimits() throws {
        try run(first, "BEGIN; UPDATE account SET balance = 0 WHERE id = 1")
        try run(second, "SET lock_timeout = '20ms'")
        #expect(state(second, "UPDATE account SET balance = 1 WHERE id = 2") == "55P03")
        #expect(state(second, "BEGIN; LOCK TABLE account NOWAIT") == "55P03")
        try run(second, "ROLLBACK")
        try run(first, "COMMIT")
        try run(second, "UPDATE account SET balance = balance + 1 WHERE id = 1")
        #expect(try run(first, "SELECT balance FROM account WHERE id = 1") == [["1"]])
    }

    @Test func increasesFromSeveralThreadsAreAllKept() async throws {
        let pando = pando
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    let connection = try SQLConnection(pando, user: nil, database: "app")
                    for _ in 0..<10 {
                        let script = try connection.script("UPDATE account SET balance = balance + 1 WHERE id = 1")
                        while let result = try script.next() { while try result.next() != nil {} }
                    }
                    connection.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try run(first, "SELECT balance FROM account WHERE id = 1") == [["50"]])
    }

    @Test func aKeyThatTheOtherHasTakenIsADuplicate() throws {
        try run(first, "BEGIN; INSERT INTO account VALUES (3, 'c', 0); COMMIT")
        #expect(state(second, "INSERT INTO account VALUES (3, 'd', 0)") == "23505")
        #expect(state(second, "INSERT INTO account VALUES (4, 'c', 0)") == "23505")
        try run(second, "INSERT INTO account VALUES (3, 'd', 5) ON CONFLICT (id) DO UPDATE SET balance = excluded.balance")
        #expect(try run(first, "SELECT code, balance FROM account WHERE id = 3") == [["c", "5"]])
    }

    @Test func savepointsGoBackAndKeepTheTurn() throws {
        try run(first, "BEGIN; UPDATE account SET balance = 1 WHERE id = 1; SAVEPOINT s; DELETE FROM account")
        #expect(state(first, "INSERT INTO account VALUES (9, NULL, NULL)") == "23502")
        #expect(first.transactionStatus == .failed)
        #expect(state(first, "SELECT 1") == "25P02")
        try run(first, "ROLLBACK TO s; UPDATE account SET balance = 2 WHERE id = 2")
        #expect(try run(second, "SELECT balance FROM account ORDER BY id") == [["10"], ["20"]])
        try run(first, "COMMIT")
        #expect(try run(second, "SELECT balance FROM account ORDER BY id") == [["1"], ["2"]])
    }

    @Test func deferredConstraintsAreAskedAtTheEnd() throws {
        try run(
            first,
            """
            CREATE TABLE owner (id int PRIMARY KEY);
            CREATE TABLE pet (id int PRIMARY KEY, owner int REFERENCES owner DEFERRABLE INITIALLY DEFERRED,
                place int UNIQUE DEFERRABLE INITIALLY IMMEDIATE)
            """)
        try run(first, "BEGIN; INSERT INTO pet VALUES (1, 7, 1); INSERT INTO owner VALUES (7); COMMIT")
        #expect(state(first, "BEGIN; INSERT INTO pet VALUES (2, 8, 2); COMMIT") == "23503")
        #expect(first.transactionStatus == .idle)
        try run(first, "INSERT INTO pet VALUES (2, 7, 2); UPDATE pet SET place = 3 - place")
        #expect(state(first, "UPDATE pet SET place = 1") == "23505")
        try run(first, "BEGIN; SET CONSTRAINTS ALL DEFERRED; UPDATE pet SET place = 1; UPDATE pet SET place = id; COMMIT")
        #expect(try run(second, "SELECT place FROM pet ORDER BY id") == [["1"], ["2"]])
    }

    @Test func openTablesAreWrittenAsDocuments() throws {
        var transaction = try pando.catalog.beginWrite()
        let database = try #require(try transaction.database("app"))
        _ = try transaction.createTable("item", in: database)
        try transaction.commit()
        try run(first, "INSERT INTO item (id, name, specs) VALUES ('a', 'Lamp', '{\"w\": 5}'::jsonb), ('b', 'Desk', NULL)")
        try run(first, "UPDATE item SET specs.w = 6, specs.color.hue = 'red' WHERE id = 'a'")
        #expect(try run(second, "SELECT specs.w, specs.color.hue::text FROM item WHERE id = 'a'") == [["6", "red"]])
        #expect(state(first, "UPDATE item SET name.first = 'x' WHERE id = 'a'") == "2203C")
        #expect(state(first, "INSERT INTO item (id) VALUES ('a')") == "23505")
        try run(first, "INSERT INTO item (id, name) VALUES ('a', 'Torch') ON CONFLICT (id) DO UPDATE SET name = excluded.name")
        try run(first, "UPDATE item SET specs = DEFAULT WHERE id = 'b'")
        #expect(try run(second, "SELECT name::text, _doc ? 'specs' FROM item ORDER BY id") == [["Torch", "t"], ["Desk", "f"]])
        try run(first, "DELETE FROM item WHERE id = 'b'")
        #expect(try run(second, "SELECT count(*) FROM item") == [["1"]])
        #expect(state(first, "CREATE UNIQUE INDEX ON item ((1))") == "0A000")
        try run(first, "UPDATE item SET name = name")
    }
}
