import Testing

@testable import SQL

/// What keeps something from being dropped is told, as PostgreSQL 15 tells it.
@Suite struct DependentTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TYPE feel AS ENUM ('sad', 'glad'); CREATE TABLE held (id int PRIMARY KEY, m feel, ms feel[]);
            CREATE TABLE other (h int REFERENCES held (id)); CREATE VIEW v1 AS SELECT id FROM held; CREATE VIEW v2 AS SELECT id FROM v1;
            CREATE SEQUENCE counted; CREATE TABLE numbered (n int DEFAULT nextval('counted')); CREATE SCHEMA apart; CREATE TABLE apart.t (a int)
            """)
    }

    @Test(
        arguments: [
            ("DROP TYPE feel", ["column m of table held depends on type feel", "column ms of table held depends on type feel[]"]),
            (
                "DROP TABLE held",
                [
                    "constraint other_h_fkey on table other depends on table held", "view v1 depends on table held",
                    "view v2 depends on view v1",
                ]
            ),
            ("DROP TABLE held, other", ["view v1 depends on table held", "view v2 depends on view v1"]),
            ("DROP VIEW v1", ["view v2 depends on view v1"]),
            ("DROP SEQUENCE counted", ["default value for column n of table numbered depends on sequence counted"]),
            ("DROP SCHEMA apart", ["table apart.t depends on schema apart"]),
            ("ALTER TABLE held DROP CONSTRAINT held_pkey", ["constraint other_h_fkey on table other depends on index held_pkey"]),
        ] as [(String, [String])])
    func whatDepends(statement: String, lines: [String]) throws {
        let error = try #require(session.refusal(statement))
        #expect(error.state.rawValue == "2BP01")
        #expect(error.detail == lines.joined(separator: "\n"))
        #expect(error.hint == "Use DROP ... CASCADE to drop the dependent objects too.")
        let isOfMany = statement.contains(",")
        #expect(
            error.message.hasSuffix(isOfMany ? "object(s) because other objects depend on them" : " because other objects depend on it"))
    }

    /// What CASCADE took along is told: one thing by itself, several as lines of a detail.
    @Test(
        arguments: [
            ("DROP TABLE held CASCADE", ["constraint other_h_fkey on table other", "view v1", "view v2"]),
            ("DROP TABLE held, other CASCADE", ["view v1", "view v2"]),
            ("DROP VIEW v1 CASCADE", ["view v2"]),
            ("DROP VIEW v1, v2", []),
            ("DROP TYPE feel CASCADE", ["column m of table held", "column ms of table held"]),
            ("DROP SEQUENCE counted CASCADE", ["default value for column n of table numbered"]),
            ("DROP SCHEMA apart CASCADE", ["table apart.t"]),
            ("ALTER TABLE held DROP CONSTRAINT held_pkey CASCADE", ["constraint other_h_fkey on table other"]),
        ] as [(String, [String])])
    func whatGoesAlong(statement: String, objects: [String]) throws {
        _ = session.connection.takeNotices()
        try session.rows(statement)
        let notices = session.connection.takeNotices()
        let lines = objects.map { "drop cascades to \($0)" }
        #expect(notices.map(\.message) == (lines.count > 1 ? ["drop cascades to \(lines.count) other objects"] : lines))
        #expect(notices.first?.detail == (lines.count > 1 ? lines.joined(separator: "\n") : nil))
    }

    @Test func columnsOfViews() throws {
        try session.rows(
            """
            CREATE TABLE base (a int PRIMARY KEY, b int); CREATE VIEW above AS SELECT a FROM base;
            CREATE VIEW top AS SELECT * FROM above; CREATE TABLE referring (r int REFERENCES base)
            """)
        #expect(
            session.refusal("ALTER TABLE base DROP COLUMN a")?.detail
                == "constraint referring_r_fkey on table referring depends on column a of table base\n"
                + "view above depends on column a of table base\nview top depends on view above")
        _ = session.connection.takeNotices()
        try session.rows("ALTER TABLE base DROP COLUMN a CASCADE")
        #expect(session.connection.takeNotices().map(\.message) == ["drop cascades to 3 other objects"])
    }

    @Test func tablesThatAreEmptiedAlong() throws {
        _ = session.connection.takeNotices()
        try session.rows("TRUNCATE held CASCADE")
        #expect(session.connection.takeNotices().map(\.message) == ["truncate cascades to table \"other\""])
    }

    /// Types go with their schema.
    @Test func typesOfSchemas() throws {
        try session.rows("CREATE SCHEMA kinds; CREATE TYPE kinds.e AS ENUM ('a'); CREATE TYPE kinds.pair AS (x kinds.e)")
        #expect(
            session.refusal("DROP SCHEMA kinds")?.detail == "type kinds.pair depends on schema kinds\ntype kinds.e depends on schema kinds")
        try session.rows("DROP SCHEMA kinds CASCADE; CREATE SCHEMA kinds")
        #expect(session.state("SELECT 'a'::kinds.e") == "42704")
    }

    @Test func whatIsNotOfTheKind() throws {
        #expect(session.refusal("DROP VIEW held")?.hint == "Use DROP TABLE to remove a table.")
        #expect(session.refusal("DROP MATERIALIZED VIEW v1")?.hint == "Use DROP VIEW to remove a view.")
        #expect(session.refusal("DROP TABLE counted")?.hint == "Use DROP SEQUENCE to remove a sequence.")
    }

    @Test func columnsOfWhichOthersAreMade() throws {
        try session.rows("CREATE TABLE made (a int, b int GENERATED ALWAYS AS (a * 2) STORED, c int GENERATED ALWAYS AS IDENTITY)")
        let error = try #require(session.refusal("ALTER TABLE made ALTER COLUMN a TYPE bigint"))
        #expect(error.state.rawValue == "0A000" && error.detail == "Column \"a\" is used by generated column \"b\".")
        #expect(session.refusal("UPDATE made SET b = 1")?.detail == "Column \"b\" is a generated column.")
        #expect(session.refusal("UPDATE made SET c = 1")?.detail == "Column \"c\" is an identity column defined as GENERATED ALWAYS.")
    }

    /// A view in the file means the file's tables, whatever tables of the session have their names.
    @Test func temporaryTablesHaveNoViewsOfOthers() throws {
        let session = try TestSession()
        try session.rows(
            """
            CREATE TABLE base (id int); INSERT INTO base VALUES (1); CREATE VIEW seen AS SELECT id FROM base;
            CREATE TEMP TABLE base (id int, more int); INSERT INTO base VALUES (7, 8); CREATE TEMP VIEW own AS SELECT id FROM base
            """)
        #expect(try session.rows("SELECT * FROM seen") == ["1"])
        #expect(try session.rows("SELECT * FROM own") == ["7"])
        #expect(session.state("DROP TABLE base") == "2BP01")
        try session.rows("ALTER TABLE base DROP COLUMN id CASCADE")
        #expect(session.state("SELECT * FROM own") == "42P01")
        try session.rows("DROP TABLE base CASCADE")
        #expect(try session.rows("SELECT * FROM seen") == ["1"])
    }
}
