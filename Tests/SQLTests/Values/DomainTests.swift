import Testing

@testable import SQL

/// Domains that change, and what clients are told of them.
@Suite struct DomainTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE DOMAIN code AS text; CREATE TABLE t (c code, n int); INSERT INTO t VALUES ('abc', 1), (NULL, 2)")
    }

    @Test func constraints() throws {
        #expect(session.state("ALTER DOMAIN code ADD CHECK (length(VALUE) < 3)") == "23514")
        try session.rows("ALTER DOMAIN code ADD CONSTRAINT short CHECK (length(VALUE) < 4)")
        #expect(session.state("ALTER DOMAIN code ADD CONSTRAINT short CHECK (true)") == "42710")
        #expect(session.state("INSERT INTO t VALUES ('abcd', 3)") == "23514")
        try session.rows("ALTER DOMAIN code RENAME CONSTRAINT short TO brief; ALTER DOMAIN code DROP CONSTRAINT brief")
        #expect(session.state("ALTER DOMAIN code DROP CONSTRAINT brief") == "42704")
        try session.rows("ALTER DOMAIN code DROP CONSTRAINT IF EXISTS brief; INSERT INTO t VALUES ('abcd', 3)")
    }

    @Test func laterValidation() throws {
        try session.rows("ALTER DOMAIN code ADD CONSTRAINT tiny CHECK (length(VALUE) < 2) NOT VALID")
        #expect(session.state("INSERT INTO t VALUES ('ab', 3)") == "23514")
        #expect(session.state("ALTER DOMAIN code VALIDATE CONSTRAINT tiny") == "23514")
        #expect(session.state("ALTER DOMAIN code VALIDATE CONSTRAINT other") == "42704")
        try session.rows("UPDATE t SET c = 'a' WHERE n = 1; ALTER DOMAIN code VALIDATE CONSTRAINT tiny")
    }

    @Test func nullsAndDefaults() throws {
        #expect(session.state("ALTER DOMAIN code SET NOT NULL") == "23502")
        try session.rows("DELETE FROM t WHERE c IS NULL; ALTER DOMAIN code SET NOT NULL")
        #expect(session.state("INSERT INTO t (n) VALUES (3)") == "23502")
        try session.rows("ALTER DOMAIN code SET DEFAULT 'd'")
        #expect(try session.rows("INSERT INTO t (n) VALUES (3) RETURNING c") == ["d"])
        try session.rows("ALTER DOMAIN code DROP DEFAULT; ALTER DOMAIN code DROP NOT NULL")
        #expect(try session.rows("INSERT INTO t (n) VALUES (4) RETURNING c") == ["NULL"])
    }

    @Test func domainsOfDomains() throws {
        try session.rows("CREATE DOMAIN inner_code AS code; CREATE TABLE u (c inner_code); INSERT INTO u VALUES ('xyz')")
        #expect(session.state("ALTER DOMAIN code ADD CHECK (VALUE <> 'xyz')") == "23514")
        #expect(session.state("DROP DOMAIN code") == "2BP01")
        try session.rows("DROP DOMAIN code CASCADE")
        #expect(session.state("SELECT 'a'::inner_code") == "42704")
    }

    @Test func clientsSeeTheBaseType() throws {
        #expect(try session.types("SELECT c, n, 'x'::code FROM t") == [25, 23, 25])
    }
}
