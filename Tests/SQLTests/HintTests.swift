import Testing

@testable import SQL

/// What may have been meant by names that are not there, as PostgreSQL 15 tells it.
@Suite struct HintTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows("CREATE TABLE ht (id int, name text, price numeric); CREATE TABLE hu (id int, title text, price int)")
    }

    @Test(
        arguments: [
            ("SELECT nme FROM ht", "ht.name"),
            ("SELECT naem FROM ht", "ht.name"),
            ("SELECT ht.nam FROM ht", "ht.name"),
            ("SELECT public.ht.nam FROM ht", "ht.name"),
            ("SELECT h.nam FROM ht h", "h.name"),
            ("SELECT \"Name\" FROM ht", "ht.name"),
            ("SELECT pric FROM ht, hu", "ht.price\" or the column \"hu.price"),
            ("SELECT t1.title FROM ht t1, hu t2", "t2.title"),
            ("SELECT (SELECT titl FROM ht) FROM hu", "hu.title"),
            ("UPDATE ht SET name = nme", "ht.name"),
            ("WITH c AS (SELECT name nom FROM ht) SELECT nam FROM c", "c.nom"),
            ("SELECT * FROM ht ORDER BY nam", "ht.name"),
            ("SELECT idd FROM ht a, ht b, hu c", nil),
            ("SELECT titel FROM ht", nil),
            ("SELECT nm FROM (SELECT name FROM ht) s", nil),
        ] as [(String, String?)])
    func columns(statement: String, meant: String?) throws {
        let error = try #require(session.refusal(statement))
        #expect(error.state.rawValue == "42703")
        #expect(error.hint == meant.map { "Perhaps you meant to reference the column \"\($0)\"." })
    }

    @Test(
        arguments: [
            ("SELECT ht.name FROM ht h", "Perhaps you meant to reference the table alias \"h\"."),
            ("SELECT ht.* FROM ht h", "Perhaps you meant to reference the table alias \"h\"."),
            (
                "SELECT * FROM ht a JOIN (SELECT a.id) b ON true",
                "There is an entry for table \"a\", but it cannot be referenced from this part of the query."
            ),
        ])
    func tables(statement: String, hint: String) throws {
        let error = try #require(session.refusal(statement))
        #expect(error.state.rawValue == "42P01" && error.message.hasPrefix("invalid reference to FROM-clause entry for table"))
        #expect(error.hint == hint)
    }

    /// PostgreSQL names what is missing by its own name alone, and types with their schema.
    @Test(
        arguments: [
            ("DROP TABLE hs.nope", "42P01", "table \"nope\" does not exist", nil),
            ("DROP VIEW hs.nope", "42P01", "view \"nope\" does not exist", nil),
            ("DROP INDEX hs.nope", "42704", "index \"nope\" does not exist", nil),
            ("DROP INDEX nowhere.nope", "3F000", "schema \"nowhere\" does not exist", nil),
            ("DROP INDEX ht", "42809", "\"ht\" is not an index", "Use DROP TABLE to remove a table."),
            ("REFRESH MATERIALIZED VIEW hv", "42809", "\"hv\" is not a table or materialized view", nil),
            ("REFRESH MATERIALIZED VIEW ht", "0A000", "\"ht\" is not a materialized view", nil),
            ("SELECT 'bad'::hs.mood", "22P02", "invalid input value for enum hs.mood: \"bad\"", nil),
            ("SELECT 0::hs.pos", "23514", "value for domain hs.pos violates check constraint \"pos_check\"", nil),
        ] as [(String, String, String, String?)])
    func namesInMessages(statement: String, state: String, message: String, hint: String?) throws {
        try session.rows("CREATE SCHEMA hs; CREATE TYPE hs.mood AS ENUM ('ok'); CREATE DOMAIN hs.pos AS int CHECK (VALUE > 0)")
        try session.rows("CREATE VIEW hv AS SELECT 1")
        let error = try #require(session.refusal(statement))
        #expect([error.state.rawValue, error.message, error.hint] == [state, message, hint])
    }
}
