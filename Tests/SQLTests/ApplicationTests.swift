import Pando
import TestTraits
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// SQL as an application asks it.
@Suite(.ownThreads) struct ApplicationTests {
    struct Book: Codable, Equatable, Sendable {
        var id: Int
        var title: String
        var price: Decimal?
        var printed: Date?
        var tags: [String]?
    }

    private func shop() async throws -> Pando {
        let pando = try Pando.inMemory()
        try await pando.run(r.dbCreate("test"))
        try await pando.sql("CREATE TABLE books (id int PRIMARY KEY, title text UNIQUE, price numeric(10,2), printed date, tags text[])")
        return pando
    }

    @Test func interpolatedValuesAreParameters() async throws {
        let pando = try await shop()
        let title = "Robert'); DROP TABLE books; --"
        let (printed, tags) = (Date(timeIntervalSince1970: 86_400), ["a", "b,c"])
        let made = try await pando.sqlExecute(
            "INSERT INTO books VALUES (\(1), \(title), \(Decimal(string: "12.30")), \(printed), ARRAY[\(tags[0]), \(tags[1])])")
        #expect(made.command == "INSERT" && made.rowCount == 1 && made.rows.isEmpty)
        let books = try await pando.sql("SELECT * FROM books WHERE title = \(title) AND id < \(5)", as: [Book].self)
        #expect(books == [Book(id: 1, title: title, price: Decimal(string: "12.3"), printed: printed, tags: tags)])
        #expect(try await pando.sql("SELECT count(*) FROM books").first?[field: "count"] == 1)
        let missing: String? = nil
        #expect(try await pando.sql("SELECT \(missing) IS NULL AS missing").first == ["missing": true])
    }

    @Test func parametersBesideTheText() async throws {
        let pando = try await shop()
        #expect(try await pando.sql("SELECT $1 + $2 AS sum", [1, 2.5]).first == ["sum": 3.5])
        #expect(try await pando.sql("SELECT :a || :b AS both", ["a": "x", "b": "y"]).first == ["both": "xy"])
        let text = "SELECT 1 AS " + "one"
        #expect(try await pando.sql(SQL(unchecked: text)) == [["one": 1]])
        await #expect(throws: SQLError.self) { try await pando.sql("SELECT \(1)", [2]) }
    }

    @Test func valuesOfSwift() async throws {
        struct Row: Decodable, Equatable {
            var stamp: Date
            var day: Date
            var bytes: Data
            var id: UUID
            var big: Int64
            var exact: Decimal
            var nested: [String: [Int]]
            var list: [Int]
        }
        let pando = try await shop()
        let id = UUID()
        let rows = try await pando.sql(
            """
            SELECT timestamptz '2024-02-29 12:00:00.5+00' AS stamp, date '2024-02-29' AS day, '\\x0001ff'::bytea AS bytes, \(id)::uuid AS id,
                9223372036854775807 AS big, 0.1000000000000000000001 AS exact, '{"a": [1, 2]}'::jsonb AS nested, ARRAY[3, 4] AS list
            """, as: [Row].self)
        let row = try #require(rows.first)
        #expect(row.stamp == Date(timeIntervalSince1970: 1_709_208_000.5) && row.day == Date(timeIntervalSince1970: 1_709_164_800))
        #expect(row.bytes == Data([0, 1, 255]) && row.id == id && row.big == .max && row.nested == ["a": [1, 2]] && row.list == [3, 4])
        #expect(row.exact == Decimal(string: "0.1000000000000000000001"))
        do {
            _ = try await pando.sql("SELECT 1 AS id", as: [Book].self)
            Issue.record("a column is missing")
        } catch DecodingError.keyNotFound(let key, _) {
            #expect(key.stringValue == "title")
        }
    }

    @Test func errorsSayWhatAndWhere() async throws {
        let pando = try await shop()
        func failure(_ statement: SQL) async throws -> SQLError {
            do {
                try await pando.sql(statement)
            } catch let error as SQLError {
                return error
            }
            return try #require(nil as SQLError?, "\(statement) did not fail")
        }
        #expect(try await failure("SELECT * FROM none").state == .undefinedTable)
        let syntax = try await failure("SELECT 1 FROM WHERE")
        #expect(syntax.state == .syntaxError && syntax.position == 15 && syntax.message == "syntax error at or near \"WHERE\"")
        try await pando.sql("INSERT INTO books VALUES (1, 'a')")
        let unique = try await failure("INSERT INTO books VALUES (2, 'a')")
        #expect(unique.state == .uniqueViolation && unique.constraint == "books_title_key")
        #expect(try await pando.sql("SELECT id FROM books") == [["id": 1]])
    }

    @Test func rowsAsTheyAreWanted() async throws {
        let pando = try await shop()
        struct Number: Decodable { var i: Int }
        var sum = 0
        for try await row in pando.sqlStream("SELECT i FROM generate_series(1, \(2000)) AS g(i)", as: Number.self) { sum += row.i }
        #expect(sum == 2_001_000)
        var count = 0
        for try await row in pando.sqlStream("SELECT 10 / (5 - i) AS i FROM generate_series(1, 4) AS g(i)", as: Number.self) {
            count += 1
            #expect(row.i >= 2)
        }
        #expect(count == 4)
        await #expect(throws: SQLError.self) {
            for try await _ in pando.sqlStream("SELECT 10 / (5 - i) AS i FROM generate_series(1, 9) AS g(i)", as: Number.self) {}
        }
        let task = Task { try await pando.sql("SELECT pg_sleep(60)") }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    /// SQL and ReQL in one transaction see each other's writes.
    @Test func oneTransactionForBoth() async throws {
        let pando = try await shop()
        try await pando.run(r.tableCreate("log"))
        let seen = try await pando.write { tx in
            try tx.sql("INSERT INTO books VALUES (1, 'a'), (2, 'b')")
            try tx.run(r.table("log").insert(["id": 1, "count": r.table("books").count()]))
            // A statement that fails has changed nothing, and the others stay.
            #expect(throws: SQLError.self) { try tx.sql("INSERT INTO books VALUES (3, 'c'), (4, 'a')") }
            return try tx.sql("SELECT count FROM log UNION ALL SELECT count(*) FROM books ORDER BY 1").compactMap { $0[0].integer }
        }
        #expect(seen == [2, 2])
        #expect(try await pando.sql("SELECT id FROM books ORDER BY id") == [["id": 1], ["id": 2]])
        struct Stop: Error {}
        await #expect(throws: Stop.self) {
            try await pando.write { tx in
                try tx.sql("DELETE FROM books")
                throw Stop()
            }
        }
        #expect(try await pando.run(r.table("books").count()) == 2)
    }

    @Test func documentsAreWhole() async throws {
        let pando = try await shop()
        try await pando.run(r.tableCreate("users"))
        try await pando.run(r.table("users").insert(["id": 1, "name": "Ada", "more": ["a": 1]]))
        #expect(try await pando.sql("SELECT * FROM users") == [["id": 1, "name": "Ada", "more": ["a": 1]]])
        #expect(try await pando.sql("SELECT name, more.a FROM users WHERE id = \(1)") == [["name": "Ada", "a": 1]])
    }
}
