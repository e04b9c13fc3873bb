import Catalog
import TestSupport
import Testing

@testable import SQL

/// Which statements let others that write little go first.
@Suite struct LongStatementTests {
    private static let manyRows = (0..<CatalogTransaction.longCount).map { "(\($0))" }.joined(separator: ", ")

    @Test(arguments: [
        "INSERT INTO t SELECT * FROM other", "INSERT INTO t TABLE other", "INSERT INTO t VALUES \(manyRows)", "UPDATE t SET a = 1",
        "UPDATE t SET a = 1 WHERE a > 5", "UPDATE t SET a = 1 WHERE a = 5 OR b = 6", "DELETE FROM t", "DELETE FROM t WHERE NOT a = 5",
        "MERGE INTO t USING other ON t.a = other.a WHEN MATCHED THEN DELETE", "CREATE TABLE u AS SELECT 1", "SELECT 1 INTO u",
        "CREATE INDEX ON t (a)", "COPY t FROM STDIN",
    ])
    func whatMayWriteMuch(text: String) throws {
        #expect(try statement(text).mayWriteMuch)
    }

    @Test(arguments: [
        "INSERT INTO t VALUES (1), (2)", "INSERT INTO t DEFAULT VALUES", "UPDATE t SET a = 1 WHERE id = $1",
        "UPDATE t SET a = a + 1 WHERE b > 5 AND id = 'x'", "DELETE FROM t WHERE id = 5", "UPDATE t SET a = 1 WHERE CURRENT OF c",
        "SELECT 1 FROM t FOR UPDATE", "CREATE TABLE u (a int)", "TRUNCATE t",
    ])
    func whatWritesLittle(text: String) throws {
        #expect(try !statement(text).mayWriteMuch)
    }

    private func statement(_ text: String) throws -> Statement {
        try #require(try Script(text).statements.first).statement
    }

    /// A file is opened to write for what may write.
    @Test(arguments: [
        "SELECT nextval('s')", "SELECT 1 FROM t WHERE pg_catalog.SETVAL('s', 1) > 0", "EXPLAIN ANALYZE DELETE FROM t",
        "SELECT 1; DROP TABLE t", "SELECT * FROM t FOR UPDATE",
    ])
    func writing(_ text: String) { #expect(StatementCutter.mayWrite(text)) }

    @Test(arguments: ["SELECT my_nextval FROM t", "EXPLAIN DELETE FROM t", "EXPLAIN ANALYZE SELECT 1", "SELECT currval('s')"])
    func reading(_ text: String) { #expect(!StatementCutter.mayWrite(text)) }
}
