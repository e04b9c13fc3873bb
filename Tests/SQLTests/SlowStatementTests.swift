import ReQLish
import Synchronization
import TestTraits
import Testing

@testable import SQL

/// A statement that takes longer than allowed is noted in the server's log, with what it was, how many rows it had, and its plan.
@Suite(.ownThreads) struct SlowStatementTests {
    let session: TestSession
    private let notes = Notes()

    /// What was noted.
    private final class Notes: Sendable {
        private let entries = Mutex<[ServerState.LogEntry]>([])

        func add(_ entry: ServerState.LogEntry) {
            if entry.message.hasPrefix("Slow query") { entries.withLock { $0.append(entry) } }
        }

        /// What is behind the time, and the plans.
        func take() -> [(text: String, plan: String?)] {
            let taken = entries.withLock { entries in
                defer { entries = [] }; return entries
            }
            return taken.map { ($0.message.split(separator: " ms", maxSplits: 1).last.map(String.init) ?? "", $0.plan) }
        }
    }

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, n int); INSERT INTO t SELECT i, i % 7 FROM generate_series(1, 100) i")
        session.pando.server.onLog { [notes] in notes.add($0) }
        session.pando.server.slowQueryTime = .nanoseconds(1)
    }

    @Test func statementsAreNotedWithTheirRows() throws {
        try session.rows("SELECT count(*) FROM t WHERE n = 3;  UPDATE t SET n = 8 WHERE n = 3 ; SELECT id FROM t WHERE n > 5")
        let noted = notes.take()
        #expect(
            noted.map(\.text) == [
                ", 1 row, of the application: SELECT count(*) FROM t WHERE n = 3",
                ", 14 rows, of the application: UPDATE t SET n = 8 WHERE n = 3",
                ", 28 rows, of the application: SELECT id FROM t WHERE n > 5",
            ])
        #expect(noted.first?.plan?.contains("Seq Scan on t") == true && noted.dropFirst().first?.plan?.hasPrefix("Update on t") == true)
        try session.rows("CREATE TABLE u (id int)")
        #expect(notes.take().map(\.text) == [", of the application: CREATE TABLE u (id int)"])
        #expect(session.state("SELECT 1 / (n - n) FROM t") == "22012")
        #expect(notes.take().map(\.text).first?.hasSuffix("of the application: SELECT 1 / (n - n) FROM t") == true, "it has failed")
    }

    @Test func valuesOfParametersAreNotShown() throws {
        let statement = try session.connection.prepare("SELECT id FROM t WHERE n = $1 AND id < 50")
        let result = try session.connection.execute(statement, parameters: [.int(6)])
        while try result.next() != nil {}
        try session.connection.sync()
        #expect(notes.take().map(\.text) == [", 7 rows, of the application: SELECT id FROM t WHERE n = $1 AND id < 50"])
        try session.rows("PREPARE p(int) AS SELECT id FROM t WHERE n = $1 AND id < 50")
        _ = notes.take()
        try session.rows("EXECUTE p(6)")
        #expect(notes.take().count == 1, "what EXECUTE runs is noted, and EXECUTE itself isn't")
    }

    @Test func requestsAreNotedWithWhoAsked() throws {
        try session.rows("CREATE ROLE bob LOGIN PASSWORD 'p'; GRANT SELECT ON t TO bob")
        _ = notes.take()
        let connection = try SQLConnection(session.pando, user: "bob", database: "shop")
        let result = try connection.begin(SQLRequest("SELECT count(*) FROM t WHERE n = 2"))
        while try result.next() != nil {}
        try connection.sync()
        connection.close()
        #expect(notes.take().map(\.text) == [", 1 row, of `bob`: SELECT count(*) FROM t WHERE n = 2"])
    }

    @Test func passwordsAreNotShown() throws {
        for (statement, shown) in [
            ("CREATE ROLE ann LOGIN PASSWORD 'hush' INHERIT", "CREATE ROLE ann LOGIN PASSWORD …"),
            ("ALTER USER ann WITH ENCRYPTED PASSWORD 'hush'", "ALTER USER ann WITH PASSWORD …"),
            ("ALTER ROLE ann LOGIN", "ALTER ROLE ann LOGIN"),
        ] {
            try session.rows(statement)
            #expect(notes.take().map(\.text) == [", of the application: \(shown)"])
        }
    }

    @Test func nothingIsNotedWithinTheTime() throws {
        session.pando.server.slowQueryTime = .seconds(3600)
        try session.rows("SELECT count(*) FROM t WHERE n = 3; UPDATE t SET n = 1")
        session.pando.server.slowQueryTime = nil
        try session.rows("SELECT count(*) FROM t WHERE n = 3; UPDATE t SET n = 1")
        #expect(notes.take().isEmpty)
    }
}
