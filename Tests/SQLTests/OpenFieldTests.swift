import ReQLish
import TestSupport
import Testing

@testable import SQL

/// Fields of open tables as arguments: each takes the type that it meets, value by value.
@Suite struct OpenFieldTests {
    let session: TestSession

    init() async throws {
        session = try await TestSession(
            openTable: "items",
            [
                #"{"id": 1, "brand": "Orb", "price": 3, "tags": ["a"]}"#, #"{"id": 2, "brand": "Acme", "price": 4.5}"#,
                #"{"id": 3, "brand": "Orb", "price": "dear"}"#, #"{"id": 4, "price": null}"#,
            ])
    }

    @Test func sumsAndAveragesPassOverWhatIsNoNumber() throws {
        #expect(try session.rows("SELECT sum(price), avg(price), count(price), count(*) FROM items") == ["7.5|3.75|3|4"])
        #expect(
            try session.rows("SELECT brand, avg(price) FROM items GROUP BY brand ORDER BY brand") == [
                "\"Acme\"|4.5", "\"Orb\"|3", "NULL|NULL",
            ])
        #expect(try session.rows("SELECT sum(brand), avg(none) FROM items") == ["NULL|NULL"])
        #expect(try session.rows("SELECT sum(price) FILTER (WHERE brand = 'Orb') FROM items") == ["3"])
        #expect(try session.rows("SELECT id, sum(price) OVER (ORDER BY id) FROM items ORDER BY id LIMIT 2") == ["1|3", "2|7.5"])
    }

    @Test func theLeastAndTheGreatestAreByTheOrderOfAllValues() throws {
        #expect(try session.rows("SELECT min(price), max(price), min(brand), max(none) FROM items") == ["3|\"dear\"|\"Acme\"|NULL"])
        #expect(try session.rows("SELECT max(price) + 1 FROM items WHERE id < 3") == ["5.5"])
    }

    @Test func functionsTakeTheKindThatTheyWant() throws {
        #expect(
            try session.rows("SELECT upper(brand), abs(price), length(brand), jsonb_typeof(price) FROM items ORDER BY id") == [
                "ORB|3|3|number", "ACME|4.5|4|number", "ORB|NULL|3|string", "NULL|NULL|NULL|NULL",
            ])
        #expect(session.state("SELECT no_such(brand) FROM items") == "42883")
    }
}
