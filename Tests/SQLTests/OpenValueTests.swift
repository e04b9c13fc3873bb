import Catalog
import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import SQL

/// What functions and operators that know no JSON take fields of open tables for.
@Suite(.ownThreads) struct OpenValueTests {
    let session: TestSession

    init() async throws {
        session = try await TestSession(
            openTable: "items",
            [
                #"{"id": 1, "brand": "Orb", "qty": 3, "tags": ["a", "b", 5], "flags": []}"#,
                #"{"id": 2, "brand": "Acme", "qty": 4.5, "tags": "a"}"#,
                #"{"id": 3, "brand": null, "tags": ["c", null]}"#,
            ])
        try await session.pando.run(r.db("shop").table("items").get(1).update(["seen": r.epochTime(1_000_000_000)]))
    }

    @Test func aFieldThatIsAnArrayIsOne() throws {
        for (query, rows) in [
            ("SELECT id FROM items WHERE 'a' = ANY (tags)", ["1"]), ("SELECT id FROM items WHERE 5 = ANY (tags)", ["1"]),
            ("SELECT id FROM items WHERE 'x' <> ALL (flags)", ["1"]),
            ("SELECT id, cardinality(tags) FROM items", ["1|3", "2|NULL", "3|2"]),
            ("SELECT array_length(tags, 1) FROM items WHERE id = 1", ["3"]),
            ("SELECT t FROM items, unnest(tags) t WHERE id < 3", ["\"a\"", "\"b\"", "5"]),
            ("SELECT unnest(tags) FROM items WHERE id = 3", ["\"c\"", "NULL"]),
            ("SELECT id FROM items WHERE tags @> ARRAY['a', 'b']", ["1"]),
            ("SELECT id FROM items WHERE brand = ANY ('{Orb,x}') ORDER BY id", ["1"]),
            ("SELECT id FROM items WHERE qty = ANY ('{3,4.50}') ORDER BY id", ["1", "2"]),
        ] {
            #expect(try session.rows(query) == rows, "\(query)")
        }
    }

    /// They are read as what meets them, as the field itself is.
    @Test func elementsOfAnArrayHaveNoType() throws {
        try session.rows("CREATE TABLE words (word text PRIMARY KEY, n int); INSERT INTO words VALUES ('a', 5), ('c', 1), ('z', 2)")
        for (query, rows) in [
            ("SELECT word FROM words WHERE word IN (SELECT unnest(tags) FROM items) ORDER BY 1", ["a", "c"]),
            ("SELECT word FROM words WHERE n IN (SELECT unnest(tags) FROM items)", ["a"]),
            ("SELECT word FROM words WHERE word = ANY (SELECT unnest(tags) FROM items WHERE id = 1)", ["a"]),
            ("SELECT word FROM words WHERE (word, n) IN (SELECT unnest(tags), qty + 2 FROM items)", ["a"]),
            ("SELECT word FROM words WHERE word NOT IN (SELECT unnest(tags) FROM items WHERE id = 1 AND qty > 9)", ["a", "c", "z"]),
            ("SELECT 'b' IN (SELECT unnest(tags) FROM items WHERE id = 1), 5 IN (SELECT unnest(tags) FROM items WHERE id = 1)", ["t|t"]),
            ("SELECT i.id FROM items i WHERE 'b' IN (SELECT unnest(j.tags) FROM items j WHERE j.id = i.id)", ["1"]),
            ("SELECT id FROM items, unnest(tags) t WHERE t = 'b'", ["1"]), ("SELECT id FROM items, unnest(tags) t WHERE t = 5", ["1"]),
            ("SELECT id FROM items, unnest(tags) t WHERE t LIKE 'c%'", ["3"]),
            ("SELECT t + 1 FROM items, unnest(tags) t WHERE t > 4", ["6"]),
            ("SELECT upper(unnest(tags)) FROM items WHERE id = 3", ["C", "NULL"]),
            ("SELECT id FROM items WHERE EXISTS (SELECT 1 FROM unnest(tags) t WHERE t = 'c')", ["3"]),
            ("SELECT id FROM items, unnest(tags) t WHERE t IS NULL", ["3"]),
            ("SELECT word FROM words JOIN (SELECT unnest(tags) t FROM items) x ON x.t = word ORDER BY 1", ["a", "c"]),
            (
                "SELECT x, count(*) FROM (SELECT unnest(tags) x FROM items) s GROUP BY x ORDER BY x",
                ["5|1", "\"a\"|1", "\"b\"|1", "\"c\"|1", "NULL|1"]
            ),
        ] {
            #expect(try session.rows(query) == rows, "\(query)")
        }
        try session.rows("CREATE TABLE kept AS SELECT id, unnest(tags) AS tag FROM items")
        #expect(try session.rows("SELECT count(*), count(tag) FROM kept") == ["5|4"])
    }

    @Test func aRowIsItsDocument() throws {
        let document = #"{"id":3,"brand":null,"tags":["c",null]}"#
        for function in ["to_jsonb", "to_json", "row_to_json"] {
            let answer = try session.rows("SELECT \(function)(i) FROM items i WHERE id = 3")
            #expect(try Datum(json: answer[0]) == Datum(json: document), "\(function)")
        }
        let listed = try session.rows("SELECT jsonb_agg(items) FROM items WHERE id = 3")
        #expect(try Datum(json: listed[0])[0] == Datum(json: document))
    }

    @Test func whatATimeIsTaken() throws {
        for (query, answer) in [
            ("date_trunc('year', seen)", "2001-01-01 00:00:00+00"), ("extract(year FROM seen)", "2001"),
            ("to_char(seen, 'YYYY-MM')", "2001-09"),
            ("seen + interval '1 day'", "2001-09-10 01:46:40+00"), ("timestamptz '2001-09-10 01:46:40+00' - seen", "1 day"),
            ("to_char(qty, '990.0')", "   3.0"), ("date '2024-01-01' + qty", "2024-01-04"), ("-qty", "-3"), ("abs(-qty)", "3"),
            ("concat(brand, qty)", "Orb3"), ("format('%s: %s', brand, qty)", "Orb: 3"),
            ("concat_ws('-', brand, tags)", "Orb-[\"a\", \"b\", 5]"),
        ] {
            #expect(try session.rows("SELECT \(query) FROM items WHERE id = 1") == [answer], "\(query)")
        }
    }
}
