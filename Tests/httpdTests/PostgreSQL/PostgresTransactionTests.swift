import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Clients of PostgreSQL whose transactions wait for them, and for each other.
@Suite(.timeLimit(.minutes(240))) struct PostgresTransactionTests {
    private let fixture: PostgresFixture
    private let first: PostgresTestClient

    init() throws {
        // With one worker nothing goes on if a statement that waits keeps its thread.
        fixture = try PostgresFixture { $0.workers = 1 }
        first = try PostgresTestClient(fixture.server)
        _ = try first.query("CREATE TABLE account (id int PRIMARY KEY, balance int)")
        _ = try first.query("INSERT INTO account VALUES (1, 10), (2, 20), (3, 30)")
    }

    private func waiting(_ count: Int) -> Bool { eventually { fixture.pando.catalog.openTransactions.waitingCount == count } }

    @Test func nobodyWaitsForAnIdleTransaction() throws {
        let others = try (0..<4).map { _ in try PostgresTestClient(fixture.server) }
        #expect(try first.query("BEGIN; UPDATE account SET balance = 11 WHERE id = 1").states == [])
        for other in others { #expect(try other.query("UPDATE account SET balance = balance + 1 WHERE id = 2").tags == ["UPDATE 1"]) }
        #expect(try others[0].query("SELECT balance FROM account ORDER BY id").rows == [["10"], ["24"], ["30"]])
        #expect(try first.query("COMMIT").tags == ["COMMIT"])
        #expect(try others[0].query("SELECT balance FROM account ORDER BY id").rows == [["11"], ["24"], ["30"]])
        fixture.stop()
    }

    @Test func statementsWaitForWhatTheyWantWithoutAThread() throws {
        let others = try (0..<4).map { _ in try PostgresTestClient(fixture.server) }
        #expect(try first.query("BEGIN; UPDATE account SET balance = balance + 1 WHERE id = 1").states == [])
        for other in others.prefix(3) { try other.send(.query("UPDATE account SET balance = balance + 1 WHERE id = 1")) }
        // By the extended protocol as well.
        try others[3].send(
            .parse(.init(name: "", text: "UPDATE account SET balance = balance + 1 WHERE id = 1", types: [])),
            .bind(.init(portal: "", statement: "", parameterFormats: [], parameters: [], resultFormats: [])),
            .execute(portal: "", rowLimit: 0), .sync)
        #expect(waiting(4))
        #expect(try first.query("UPDATE account SET balance = balance + 1 WHERE id = 1").tags == ["UPDATE 1"])
        #expect(try first.query("COMMIT").tags == ["COMMIT"])
        for other in others { #expect(try other.answers().tags == ["UPDATE 1"]) }
        #expect(try first.query("SELECT balance FROM account WHERE id = 1").rows == [["16"]])
        fixture.stop()
    }

    @Test func aWaitHasItsLimits() throws {
        let (second, third) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        #expect(try first.query("BEGIN; UPDATE account SET balance = 11 WHERE id = 1").states == [])
        _ = try second.query("SET lock_timeout = '20ms'")
        #expect(try second.query("UPDATE account SET balance = 0 WHERE id = 1").states == ["55P03"])
        _ = try second.query("SET lock_timeout = 0; SET statement_timeout = '20ms'")
        #expect(try second.query("UPDATE account SET balance = 0 WHERE id = 1").states == ["57014"])
        _ = try second.query("SET statement_timeout = 0")
        try second.send(.query("UPDATE account SET balance = 0 WHERE id = 1"))
        #expect(waiting(1))
        #expect(try third.query("SELECT pg_cancel_backend(\(second.process))").rows == [["t"]])
        #expect(try second.answers().states == ["57014"])
        #expect(waiting(0))
        try second.send(.query("UPDATE account SET balance = 0 WHERE id = 1"))
        #expect(waiting(1))
        #expect(try third.query("SELECT pg_terminate_backend(\(second.process))").rows == [["t"]])
        #expect(try second.answers().states == ["57P01"])
        #expect(waiting(0))
        #expect(try first.query("ROLLBACK").tags == ["ROLLBACK"])
        fixture.stop()
    }

    @Test func circlesEndAtOnce() throws {
        let second = try PostgresTestClient(fixture.server)
        #expect(try first.query("BEGIN; UPDATE account SET balance = 11 WHERE id = 1").states == [])
        #expect(try second.query("BEGIN; UPDATE account SET balance = 22 WHERE id = 2").states == [])
        try first.send(.query("UPDATE account SET balance = 12 WHERE id = 2"))
        #expect(waiting(1))
        #expect(try second.query("UPDATE account SET balance = 21 WHERE id = 1").states == ["40P01"])
        // What it wrote is undone with the error.
        #expect(try first.answers().tags == ["UPDATE 1"])
        #expect(try first.query("COMMIT").tags == ["COMMIT"])
        #expect(try second.query("ROLLBACK").tags == ["ROLLBACK"])
        #expect(try first.query("SELECT balance FROM account ORDER BY id").rows == [["11"], ["12"], ["30"]])
        fixture.stop()
    }

    @Test func aConnectionThatEndsRollsBack() throws {
        let third = try PostgresTestClient(fixture.server)
        var second: PostgresTestClient? = try PostgresTestClient(fixture.server)
        #expect(try second?.query("BEGIN; UPDATE account SET balance = 11 WHERE id = 1").states == [])
        #expect(try third.query("UPDATE account SET balance = 21 WHERE id = 2").tags == ["UPDATE 1"])
        try third.send(.query("UPDATE account SET balance = balance + 5 WHERE id = 1"))
        #expect(waiting(1))
        second = nil
        #expect(try third.answers().tags == ["UPDATE 1"])
        #expect(try third.query("SELECT balance FROM account ORDER BY id").rows == [["15"], ["21"], ["30"]])
        #expect(eventually { fixture.pando.catalog.openTransactions.count == 0 })
        fixture.stop()
    }
}
