import Catalog
import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import SQL

/// What an open table's documents have at the top: what `*` stands for, what catalogs show, and what nobody has misspelt.
@Suite(.ownThreads) struct OpenShapeTests {
    let session: TestSession

    init() async throws {
        session = try await TestSession(
            openTable: "items",
            [
                #"{"id": 1, "brand": "Orb", "price": 3, "tags": ["a"]}"#, #"{"id": 2, "brand": "Acme", "price": 4.5, "Sold": true}"#,
                #"{"id": 3, "brand": null, "none": null}"#,
            ])
    }

    private func columns(_ sql: String) throws -> [String] {
        let script = try session.connection.script(sql)
        var names: [String] = []
        while let result = try script.next() {
            names = (result.columns ?? []).map(\.name)
            while try result.next() != nil {}
        }
        return names
    }

    @Test func aStarIsTheKeyAndTheFieldsInTheOrderOfTheirBytes() throws {
        #expect(try columns("SELECT * FROM items") == ["id", "Sold", "brand", "none", "price", "tags"])
        #expect(
            try session.rows("SELECT * FROM items ORDER BY id") == [
                "1|NULL|\"Orb\"|NULL|3|[\"a\"]", "2|true|\"Acme\"|NULL|4.5|NULL", "3|NULL|NULL|NULL|NULL|NULL",
            ])
        #expect(try columns("SELECT i.*, 1 AS one FROM items i") == ["id", "Sold", "brand", "none", "price", "tags", "one"])
        #expect(try columns("SELECT * FROM items a JOIN items b ON a.id = b.id").count == 12)
        #expect(try columns("SELECT * FROM (SELECT * FROM items) q WHERE price > 3") == ["id", "Sold", "brand", "none", "price", "tags"])
        #expect(try columns("UPDATE items SET price = 5 WHERE id = 1 RETURNING *").contains("tags"))
    }

    @Test func whatIsWrittenSinceIsThereAndWhatIsRolledBackIsNot() async throws {
        #expect(try columns("SELECT * FROM items").count == 6)
        try session.rows("INSERT INTO items (_doc) VALUES ('{\"id\": 4, \"colour\": \"red\"}')")
        #expect(try columns("SELECT * FROM items") == ["id", "Sold", "brand", "colour", "none", "price", "tags"])
        try await session.pando.run(r.db("shop").table("items").insert(["id": 5, "weight": 2]))
        #expect(try columns("SELECT * FROM items").contains("weight"))
        try session.rows("BEGIN; INSERT INTO items (_doc) VALUES ('{\"id\": 6, \"width\": 1}')")
        #expect(try columns("SELECT * FROM items").contains("width"))
        try session.rows("ROLLBACK")
        #expect(try !columns("SELECT * FROM items").contains("width"))
        try session.rows("DELETE FROM items WHERE id = 5")
        // Never narrower, until it is looked for anew.
        #expect(try columns("SELECT * FROM items").contains("weight"))
        try session.rows("ANALYZE items")
        #expect(try !columns("SELECT * FROM items").contains("weight"))
    }

    @Test func aPreparedStarIsBoundAnew() throws {
        let statement = try session.connection.prepare("SELECT * FROM items WHERE id = 1")
        #expect(statement.columns?.count == 6)
        let result = try session.connection.execute(statement)
        while try result.next() != nil {}
        try session.rows("INSERT INTO items (_doc) VALUES ('{\"id\": 4, \"colour\": \"red\"}')")
        #expect(throws: SQLError.self) { try session.connection.execute(statement) }
    }

    @Test func aViewKeepsTheFieldsThatThereWere() throws {
        try session.rows("CREATE VIEW seen AS SELECT * FROM items")
        try session.rows("INSERT INTO items (_doc) VALUES ('{\"id\": 4, \"age\": 7, \"price\": 1}')")
        #expect(try columns("SELECT * FROM seen") == ["id", "Sold", "brand", "none", "price", "tags"])
        #expect(try session.rows("SELECT * FROM seen WHERE id = 4") == ["4|NULL|NULL|NULL|1|NULL"])
    }

    @Test func catalogsShowTheFieldsWithTheirKinds() throws {
        #expect(
            try session.rows(
                "SELECT column_name, data_type, ordinal_position FROM information_schema.columns WHERE table_name = 'items' ORDER BY 3")
                == [
                    "id|bigint|1", "Sold|boolean|2", "brand|text|3", "none|text|4", "price|double precision|5", "tags|jsonb|6",
                ])
        // The key is in every document.
        let taking = "SELECT column_name FROM information_schema.columns WHERE table_name = 'items' AND is_nullable = 'NO'"
        #expect(try session.rows(taking) == ["id"])
        #expect(try session.rows("SELECT attname FROM pg_attribute WHERE attrelid = 'items'::regclass AND attnotnull") == ["id"])
        #expect(
            try session.rows("SELECT attname FROM pg_attribute WHERE attrelid = 'items'::regclass AND attnum > 0 ORDER BY attnum")
                == ["id", "Sold", "brand", "none", "price", "tags"])
        #expect(try session.rows("SELECT relnatts FROM pg_class WHERE relname = 'items'") == ["6"])
    }

    @Test func typesAreToldThroughQueriesInFrom() throws {
        session.connection.tellTypes()
        try session.rows("CREATE VIEW seen AS SELECT brand, price AS p FROM items")
        let (text, float8) = (SQLType.text.oid, SQLType.float8.oid)
        for (query, types) in [
            ("SELECT brand, price FROM (SELECT * FROM items) q", [text, float8]), ("SELECT p, brand FROM seen", [float8, text]),
            ("WITH a AS (SELECT brand b FROM items), c AS (SELECT b AS d FROM a) SELECT d FROM c", [text]),
            ("SELECT brand FROM items UNION SELECT brand FROM seen", [text]),
            ("SELECT brand FROM items EXCEPT SELECT price FROM items", [text]),
        ] {
            #expect(try session.types(query) == types, "\(query)")
        }
        #expect(try session.rows("SELECT brand FROM (SELECT brand FROM items WHERE id = 1) q") == ["Orb"])
        // Of values that come from elsewhere, too, nothing is told.
        #expect(
            try session.rows("SELECT brand FROM items UNION ALL SELECT price FROM items")
                == ["\"Orb\"", "\"Acme\"", "NULL", "3", "4.5", "NULL"])
        #expect(try session.rows("SELECT price FROM items WHERE id = 1 UNION ALL SELECT 5") == ["3", "5"])
        #expect(
            try session.rows(
                "WITH RECURSIVE r AS (SELECT brand, 1 AS n FROM items WHERE id = 1 UNION ALL SELECT brand, n + 1 FROM r WHERE n < 2) SELECT * FROM r"
            )
                == ["\"Orb\"|1", "\"Orb\"|2"])
    }

    @Test func whoNamesAFieldThatIsNotThereIsTold() throws {
        #expect(try session.rows("SELECT brnad FROM items WHERE id = 1") == ["NULL"])
        let notice = try #require(session.connection.takeNotices().last)
        #expect(notice.message == "no document of \"items\" has a field \"brnad\"")
        #expect(notice.hint == "Perhaps you meant \"brand\".")
        #expect(try session.rows("SELECT brand, i.price FROM items i WHERE id = 1") == ["\"Orb\"|3"])
        #expect(session.connection.takeNotices().isEmpty)
        try session.rows("SET client_min_messages = 'error'")
        #expect(try session.rows("SELECT brnad FROM items WHERE id = 2") == ["NULL"])
        #expect(session.connection.takeNotices().isEmpty)
    }

    @Test func aTableMadeOfItHasTheTypes() throws {
        try session.rows("CREATE TABLE copied AS SELECT * FROM items; CREATE MATERIALIZED VIEW held AS SELECT brand FROM items")
        #expect(
            try session.rows(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'copied' ORDER BY ordinal_position")
                == ["id|bigint", "Sold|boolean", "brand|text", "none|text", "price|double precision", "tags|jsonb"])
        #expect(try session.rows("SELECT * FROM copied WHERE id = 2") == ["2|t|Acme|NULL|4.5|NULL"])
        #expect(try session.rows("SELECT * FROM held ORDER BY 1 LIMIT 1") == ["\"Acme\""])
    }

    @Test func tooManyFieldsAreNoColumns() throws {
        let fields = (0..<1700).map { "\"f\($0)\": 1" }.joined(separator: ", ")
        try session.rows("INSERT INTO items (_doc) VALUES ('{\"id\": 9, \(fields)}')")
        #expect(session.state("SELECT * FROM items") == "54011")
        #expect(try session.rows("SELECT f1699 FROM items WHERE id = 9") == ["1"])
    }

    @Test func indexesOfFieldsAreReQLs() async throws {
        try session.rows(
            """
            INSERT INTO items (_doc) SELECT jsonb_build_object('id', n, 'brand', 'b' || n % 7, 'price', n % 50)
            FROM generate_series(100, 999) n
            """)
        try session.rows("CREATE INDEX ON items (brand)")
        try session.rows("CREATE INDEX brand_price ON items (brand, price DESC)")
        try session.rows("CREATE INDEX IF NOT EXISTS brand_price ON items (brand)")
        #expect(session.state("CREATE INDEX brand_price ON items (brand)") == "42P07")
        #expect(try session.rows("EXPLAIN SELECT id FROM items WHERE brand = 'b3'").contains { $0.contains("items_brand_idx") })
        #expect(try session.rows("EXPLAIN SELECT id FROM items WHERE brand = 'b3' AND price = 3").contains { $0.contains("brand_price") })
        #expect(try session.rows("SELECT count(*) FROM items WHERE brand = 'b3' AND price = 3") == ["2"])
        let found: Int = try await session.pando.run(
            r.db("shop").table("items").getAll(["b3", 3], index: "brand_price").count(), as: Int.self)
        #expect(found == 2)
        #expect(session.state("CREATE INDEX ON items (lower(brand))") == "0A000")
        #expect(session.state("CREATE INDEX ON items (brand) WHERE price > 3") == "0A000")
        #expect(session.state("CREATE INDEX ON items USING gin (brand)") == "0A000")
        #expect(session.state("CREATE UNIQUE INDEX ON items (brand)") == "23505")
        try session.rows("DROP INDEX brand_price")
        #expect(session.state("DROP INDEX brand_price") == "42704")
        try session.rows("DROP INDEX IF EXISTS brand_price")
        try await session.pando.run(r.db("shop").tableCreate("others"))
        try session.rows("CREATE INDEX other_brand ON others (brand)")
        try await session.pando.run(r.db("shop").table("others").indexRename("other_brand", "items_brand_idx"))
        #expect(session.state("DROP INDEX items_brand_idx") == "42P09")
    }
}

/// Types of fields, as clients of PostgreSQL are told of them.
@Suite(.ownThreads) struct ToldTypeTests {
    let session: TestSession

    init() async throws {
        session = try await TestSession(
            openTable: "items",
            [
                #"{"id": 1, "brand": "Orb", "price": 3, "tags": ["a"], "n": 1, "on": true, "none": null, "mixed": 1}"#,
                #"{"id": 2, "brand": "Acme", "price": 4.5, "n": 9007199254740993, "mixed": "x"}"#,
            ])
        session.connection.tellTypes()
        try await session.pando.run(r.db("shop").table("items").get(2).update(["seen": r.epochTime(0)]))
    }

    @Test func eachFieldIsOfTheTypeThatAllItsValuesHave() throws {
        #expect(try session.types("SELECT id, brand, price, n FROM items") == [SQLType.int8, .text, .float8, .int8].map(\.oid))
        #expect(
            try session.types("SELECT \"on\", none, mixed, tags, seen, missing FROM items")
                == [SQLType.bool, .text, .open, .open, .timestamptz, .text].map(\.oid))
        #expect(
            try session.rows("SELECT id, brand, price, n, \"on\", none, mixed, tags, seen FROM items ORDER BY id") == [
                "1|Orb|3|1|t|NULL|1|[\"a\"]|NULL", "2|Acme|4.5|9007199254740993|NULL|NULL|\"x\"|NULL|1970-01-01 00:00:00+00",
            ])
        #expect(
            try session.types("SELECT * FROM items")
                == [SQLType.int8, .text, .open, .int8, .text, .bool, .float8, .timestamptz, .open].map(\.oid))
        #expect(try session.rows("SELECT brand, count(*) FROM items GROUP BY brand ORDER BY brand") == ["Acme|1", "Orb|1"])
        #expect(try session.types("SELECT max(brand) FROM items") == [SQLType.open.oid])
        #expect(try session.rows("SELECT DISTINCT brand FROM items ORDER BY brand DESC LIMIT 1") == ["Orb"])
    }

    @Test func aValueOfAnotherKindIsToldAnew() throws {
        #expect(try session.rows("SELECT brand FROM items WHERE id = 1") == ["Orb"])
        let statement = try session.connection.prepare("SELECT brand FROM items WHERE id = 3")
        let first = try session.connection.execute(statement)
        while try first.next() != nil {}
        try session.rows("INSERT INTO items (_doc) VALUES ('{\"id\": 3, \"brand\": 5}')")
        #expect(try session.rows("SELECT brand FROM items WHERE id = 3") == ["5"])
        #expect(try session.types("SELECT brand FROM items WHERE id = 3") == [SQLType.open.oid])
        #expect(throws: SQLError.self) {
            let result = try session.connection.execute(statement)
            while try result.next() != nil {}
        }
        // A row whose value is still of the kind that was told is no matter.
        let other = try session.connection.prepare("SELECT price FROM items WHERE id = 1")
        try session.rows("INSERT INTO items (_doc) VALUES ('{\"id\": 4, \"colour\": 5}')")
        let result = try session.connection.execute(other)
        #expect(try result.next() != nil)
    }

    @Test func whatIsReturnedStaysJSON() throws {
        #expect(try session.rows("INSERT INTO items (_doc) VALUES ('{\"id\": 5, \"brand\": 7}') RETURNING brand") == ["7"])
        #expect(try session.rows("SELECT brand FROM items WHERE id = 5") == ["7"])
    }
}
