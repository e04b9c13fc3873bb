import Catalog
import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import SQL

/// ALTER TABLE of tables that had no columns: what documents have already becomes the columns'.
@Suite(.ownThreads) struct OpenDeclaringTests {
    let session: TestSession

    init() async throws {
        session = try await TestSession(
            openTable: "items",
            [
                #"{"id": "a", "brand": "Orb", "price": 3, "made": "2026-01-02", "tags": ["x"]}"#,
                #"{"id": "b", "brand": "Acme", "price": 4.25}"#, #"{"id": "c", "brand": null}"#,
            ])
    }

    private func refusal(_ sql: String) throws -> SQLError {
        try #require(throws: SQLError.self) { try session.rows(sql) }
    }

    private func document(_ key: String) async throws -> Datum {
        try await session.pando.run(r.db("shop").table("items").get(.init(key)))
    }

    @Test func aColumnOfAFieldKeepsTheValues() async throws {
        try session.rows("ALTER TABLE items ADD COLUMN price numeric(10,2) DEFAULT 9.5, ADD COLUMN made date")
        #expect(
            try session.rows("SELECT id, price, made, brand FROM items ORDER BY id") == [
                "a|3.00|2026-01-02|\"Orb\"", "b|4.25|NULL|\"Acme\"", "c|9.50|NULL|NULL",
            ])
        #expect(try session.rows("SELECT * FROM items WHERE id = 'b'") == ["b|4.25|NULL|\"Acme\"|NULL"])
        // What has no default is written into no document.
        #expect(try await document("b")[field: "made"] == nil)
        #expect(try await document("a")[field: "tags"] == ["x"])
        // From now on every door is held to it.
        await #expect(throws: (any Error).self) {
            try await session.pando.run(r.db("shop").table("items").insert(["id": "d", "price": "much"]))
        }
        #expect(try refusal("INSERT INTO items (id, price) VALUES ('d', 123456789)").state.rawValue == "22003")
        try session.rows("INSERT INTO items (id, price, colour) VALUES ('e', 2, 'red')")
        #expect(try session.rows("SELECT price, colour FROM items WHERE id = 'e'") == ["2.00|\"red\""])
    }

    @Test func fieldsThatAreNoColumnsAreWrittenBesideThem() async throws {
        try session.rows("ALTER TABLE items ADD COLUMN price numeric(10,2) DEFAULT 1 CHECK (price < 100), ADD COLUMN made date")
        #expect(
            try session.rows(
                "INSERT INTO items (id, colour, price, Size) VALUES ('e', 'red', '2.345', '{\"w\": 1}'::jsonb), ('f', 'blue', DEFAULT, NULL) "
                    + "RETURNING id, price, colour, made")
                == ["e|2.35|\"red\"|NULL", "f|1.00|\"blue\"|NULL"])
        #expect(try await document("e") == ["id": "e", "colour": "red", "price": 2.35, "Size": ["w": 1], "made": .null])
        #expect(try session.rows("INSERT INTO items (colour) SELECT colour FROM items WHERE id = 'e' RETURNING price") == ["1.00"])
        #expect(
            try session.rows("UPDATE items SET colour = 'green', Size.h = 2, price = price * 2 WHERE id = 'e' RETURNING price, Size.h")
                == ["4.70|2"])
        #expect(
            try session.rows("UPDATE items SET (colour, price) = ('grey', DEFAULT), made = '2026-03-04' WHERE id = 'e' RETURNING *") != [])
        #expect(
            try await document("e")
                == [
                    "id": "e", "colour": "grey", "price": 1, "Size": ["w": 1, "h": 2],
                    "made": try await document("e")[field: "made"] ?? .null,
                ])
        #expect(
            try session.rows("UPDATE items SET colour = DEFAULT WHERE colour = 'grey' RETURNING price, made, colour") == [
                "1.00|2026-03-04|NULL"
            ])
        #expect(try refusal("UPDATE items SET colour = 'x', price = 200 WHERE id = 'e'").state.rawValue == "23514")
        #expect(try refusal("INSERT INTO items (id, colour, price) VALUES ('z', 'x', 'much')").state.rawValue == "22P02")
        #expect(try refusal("INSERT INTO items (id, colour) VALUES ('e', 'x')").state.rawValue == "23505")
        try session.rows("INSERT INTO items (id, colour) VALUES ('e', 'x') ON CONFLICT DO NOTHING")
        #expect(try session.rows("SELECT colour FROM items WHERE id = 'e'") == ["NULL"])
        try session.rows("UPDATE items SET _doc = '{\"id\": \"e\", \"new\": true}' WHERE id = 'e'")
        #expect(try session.rows("SELECT price, new, colour FROM items WHERE id = 'e'") == ["1.00|true|NULL"])
    }

    @Test func theKeyIsAColumnOfItsKind() async throws {
        try session.rows("ALTER TABLE items ADD COLUMN price numeric")
        #expect(
            try session.rows(
                "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = 'items' LIMIT 2")
                == ["id|text|NO", "price|numeric|YES"])
        #expect(try session.rows("SELECT conname, contype FROM pg_constraint WHERE conrelid = 'items'::regclass") == ["items_pkey|p"])
        // A document without a key gets one, whoever writes it.
        #expect(try session.rows("INSERT INTO items (price) VALUES (1) RETURNING length(id)") == ["36"])
        let written = try await session.pando.run(r.db("shop").table("items").insert(["price": 2]))
        #expect(written[field: "inserted"] == 1)
        #expect(try session.rows("SELECT count(*) FROM items WHERE length(id) = 36") == ["2"])
        try await session.pando.run(r.db("shop").tableCreate("numbered"))
        try await session.pando.run(r.db("shop").table("numbered").insert([["id": 1], ["id": "x"]]))
        #expect(try refusal("ALTER TABLE numbered ADD COLUMN a int").state.rawValue == "42804")
        try session.rows("DELETE FROM numbered WHERE id = 'x'")
        try session.rows("ALTER TABLE numbered ADD COLUMN a int")
        #expect(try session.rows("SELECT * FROM numbered") == ["1|NULL"])
        #expect(try refusal("INSERT INTO numbered (id) VALUES (1)").state.rawValue == "23505")
    }

    @Test func whatDocumentsHaveIsLookedAtFirst() throws {
        func refused(_ action: String, _ state: String, _ message: String) throws {
            let error = try refusal("ALTER TABLE items " + action)
            #expect(error.state.rawValue == state && error.message == message, "\(action): \(error) \(error.detail ?? "")")
            // Nothing has been declared, not even the key.
            #expect(try session.rows("SELECT price FROM items WHERE id = 'b'") == ["4.25"])
            #expect(try session.rows("SELECT count(*) FROM pg_constraint WHERE conrelid = 'items'::regclass") == ["0"])
        }
        try refused("ADD COLUMN price numeric NOT NULL", "23502", "column \"price\" of relation \"items\" contains null values")
        try refused("ADD COLUMN brand int", "22P02", "invalid input syntax for type integer: \"Orb\"")
        try refused("ADD COLUMN price int", "22P02", "invalid input syntax for type integer: \"4.25\"")
        try refused(
            "ADD COLUMN price numeric CHECK (price > 3)", "23514",
            "check constraint \"items_price_check\" of relation \"items\" is violated by some row")
        #expect(
            try refusal("ALTER TABLE items ADD COLUMN brand int").detail == "The document with the key \"a\" has it in the field \"brand\"."
        )
        try session.rows("UPDATE items SET brand = 'Orb' WHERE id = 'b'")
        #expect(try refusal("ALTER TABLE items ADD COLUMN brand text UNIQUE").state.rawValue == "23505")
        #expect(try refusal("ALTER TABLE items ALTER COLUMN price SET NOT NULL").hint == "ADD COLUMN makes a column of a field.")
        try session.rows("ALTER TABLE items ADD COLUMN brand text, ADD COLUMN number serial")
        #expect(try session.rows("SELECT count(DISTINCT number), min(number) FROM items") == ["3|1"])
    }

    @Test func aTableIsClosedWhenAllItsFieldsAreColumns() throws {
        let error = try refusal("ALTER TABLE items SET (open = false)")
        #expect(error.state.rawValue == "42703" && error.message == "column \"brand\" of relation \"items\" does not exist")
        try session.rows("ALTER TABLE items SET (open = true)")
        try session.rows(
            """
            BEGIN; ALTER TABLE items ADD COLUMN brand text, ADD COLUMN price float8, ADD COLUMN made date, ADD COLUMN tags jsonb;
            ALTER TABLE items SET (open = false); COMMIT
            """)
        #expect(try refusal("INSERT INTO items (id, colour) VALUES ('z', 'red')").state.rawValue == "42703")
        #expect(try session.rows("SELECT * FROM items WHERE id = 'a'") == ["a|Orb|3|2026-01-02|[\"x\"]"])
        try session.rows("ALTER TABLE items SET (durability = soft)")
    }

    @Test func indexesOfReQLStay() async throws {
        try await session.pando.run(r.db("shop").table("items").indexCreate("brand"))
        try await session.pando.run(r.db("shop").table("items").indexWait())
        try session.rows("ALTER TABLE items ADD COLUMN brand text")
        let found = try await session.pando.run(r.db("shop").table("items").getAll("Orb", index: "brand").count())
        #expect(found == 1)
        #expect(try session.rows("SELECT id FROM items WHERE brand = 'Orb'") == ["a"])
    }

    @Test func parametersAreToldAsTheFieldsAre() throws {
        session.connection.tellTypes()
        func told(_ sql: String) throws -> [SQLType] { try session.connection.prepare(sql).toldParameterTypes }
        #expect(try told("SELECT id FROM items WHERE price > $1") == [.float8])
        #expect(try told("SELECT id FROM items WHERE brand = $1 AND price < $2 AND tags = $3") == [.text, .float8, .text])
        #expect(try told("DELETE FROM items WHERE i_none = $1") == [.text])
        #expect(try told("SELECT id FROM items WHERE price = $1::int") == [.int4])
        // They are read as each value is.
        let statement = try session.connection.prepare("SELECT id FROM items WHERE price = $1 OR brand = $1 ORDER BY id")
        #expect(statement.parameterTypes == [.unknown])
        func ids(_ value: SQLValue) throws -> [String] {
            let result = try session.connection.execute(statement, parameters: [value])
            var ids: [String] = []
            while let row = try result.next() { if case .text(let id)? = row.first { ids.append(id) } }
            return ids
        }
        #expect(try ids(.text("4.250")) == ["b"])
        #expect(try ids(.text("Orb")) == ["a"])
        #expect(try ids(.null) == [])
        #expect(
            try session.rows("PREPARE cheap AS SELECT id FROM items WHERE price < $1; EXECUTE cheap(4); EXECUTE cheap('5')").last == "b")
    }
}
