import TestTraits
import Testing

@testable import SQL

/// A definition that names something, and another session that drops or changes that: one waits for the other, whoever comes first.
@Suite(.ownThreads) struct DefinitionConflictTests {
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
            CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE); CREATE VIEW v AS SELECT id FROM t; CREATE TYPE mood AS ENUM ('sad');
            CREATE DOMAIN small AS int; CREATE SCHEMA apart; CREATE SEQUENCE counted
            """)
    }

    private func state(_ text: String, _ connection: SQLConnection) -> String? {
        defer { connection.awaitClient() }
        return connection.state(text)
    }

    private static let pairs: [(naming: String, dropping: String, after: String)] = [
        ("CREATE VIEW w AS SELECT id FROM t", "DROP TABLE t CASCADE", "42P01"),
        ("CREATE VIEW w AS SELECT id FROM v", "DROP VIEW v", "42P01"),
        ("CREATE MATERIALIZED VIEW w AS SELECT id FROM v", "DROP VIEW v", "42P01"),
        ("CREATE TABLE w AS SELECT id FROM v", "DROP VIEW v", "42P01"),
        ("CREATE VIEW w AS SELECT a FROM t", "ALTER TABLE t DROP COLUMN a", "42703"),
        ("CREATE TABLE w (a int REFERENCES t)", "DROP TABLE t CASCADE", "42P01"),
        ("CREATE TABLE w (a int REFERENCES t (a))", "ALTER TABLE t DROP CONSTRAINT t_a_key", "42830"),
        ("CREATE INDEX ON t (a)", "DROP TABLE t CASCADE", "42P01"),
        ("CREATE TABLE w (m mood)", "DROP TYPE mood", "42704"),
        ("CREATE TABLE w (m mood[])", "DROP TYPE mood", "42704"),
        ("CREATE TABLE w (m small)", "DROP DOMAIN small", "42704"),
        ("CREATE TABLE apart.w (a int)", "DROP SCHEMA apart", "3F000"),
        ("CREATE TABLE w (a int DEFAULT nextval('counted'))", "DROP SEQUENCE counted", "42P01"),
    ]

    @Test(arguments: pairs) func whoDropsWaits(naming: String, dropping: String, after: String) throws {
        #expect(state("BEGIN", one) == nil)
        #expect(state(naming, one) == nil)
        #expect(state(dropping, other) == "55P03")
        #expect(state("ROLLBACK", one) == nil)
        #expect(state(dropping, other) == nil)
    }

    @Test(arguments: pairs) func whoNamesWaits(naming: String, dropping: String, after: String) throws {
        #expect(state("BEGIN", one) == nil)
        #expect(state(dropping, one) == nil)
        #expect(state(naming, other) == "55P03")
        #expect(state("COMMIT", one) == nil)
        #expect(state(naming, other) == after)
    }

    /// Two can't make things of one name, of whatever kinds.
    @Test(
        arguments: [
            "CREATE VIEW n AS SELECT 1 AS a", "CREATE TABLE n (a int)", "CREATE SEQUENCE n", "CREATE INDEX n ON t (a)",
            "ALTER VIEW v RENAME TO n", "ALTER INDEX t_a_key RENAME TO n",
        ])
    func aNameIsGivenOnce(statement: String) throws {
        #expect(state("BEGIN", one) == nil)
        #expect(state(statement, one) == nil)
        #expect(state("CREATE TABLE IF NOT EXISTS t (x int)", other) == nil)
        for other in ["CREATE TABLE n (b int)", "CREATE VIEW n AS SELECT 2 AS b", "CREATE SEQUENCE n"] {
            #expect(state(other, self.other) == "55P03")
        }
        #expect(state("COMMIT", one) == nil)
        #expect(state("CREATE TABLE n (b int)", other) == "42P07")
    }

    /// Those that name the same go beside each other, and so does who writes rows, or takes values of a sequence.
    @Test func othersGoOn() throws {
        #expect(state("BEGIN; CREATE VIEW w AS SELECT id FROM t; CREATE TABLE x (a int DEFAULT nextval('counted'), m mood)", one) == nil)
        #expect(state("CREATE VIEW y AS SELECT a FROM t", other) == nil)
        #expect(state("INSERT INTO t VALUES (nextval('counted'), 1)", other) == nil)
        #expect(state("CREATE TABLE z (m mood)", other) == nil)
        #expect(state("COMMIT", one) == nil)
    }
}
