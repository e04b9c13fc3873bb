import ReQLish
import Testing

@testable import SQL

/// UPDATE, DELETE and REFRESH that find and compute their rows before they have the writer's turn, and what becomes of rows that others
/// change until then.
@Suite struct ComputingChangesTests {
    private let first: SQLConnection
    private let second: SQLConnection
    private let pando: Pando

    init() throws {
        let session = try TestSession()
        (pando, first) = (session.pando, session.connection)
        second = try SQLConnection(pando, user: nil, database: "shop")
        try first.rows(
            """
            CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, price int CHECK (price < 1000), twice int GENERATED ALWAYS AS (price * 2) STORED);
            CREATE TABLE other (id int PRIMARY KEY, n int);
            INSERT INTO item (id, name, price) SELECT g, 'n' || g, g FROM generate_series(1, 3) g;
            INSERT INTO other SELECT g, g * 100 FROM generate_series(1, 3) g
            """)
        try second.rows("SET lock_timeout = '5s'")
    }

    /// Runs a statement, and another one of somebody else's between its computing and its writing. The answer, or the SQLSTATE.
    private func run(_ sql: String, meanwhile others: String) -> [String] {
        var answer: Result<[String], SQLError> = .success([])
        first.session.hasComputed = { [second, first] in
            first.session.hasComputed = nil
            do throws(SQLError) { answer = .success(try second.rows(others)) } catch { answer = .failure(error) }
        }
        do throws(SQLError) {
            let rows = try first.rows(sql)
            _ = try answer.get()
            return first.session.hasComputed == nil ? rows.sorted() : ["nothing was computed"]
        } catch {
            return [error.state.rawValue]
        }
    }

    private func prices() throws -> [String] { try first.rows("SELECT id, price, twice FROM item ORDER BY id") }

    @Test(arguments: [false, true]) func rowsThatStayedGetWhatWasComputed(inBlock: Bool) throws {
        if inBlock { try first.rows("BEGIN") }
        #expect(
            run("UPDATE item SET price = price + 10 RETURNING id, price, twice", meanwhile: "INSERT INTO other VALUES (4, 4)") == [
                "1|11|22", "2|12|24", "3|13|26",
            ])
        #expect(
            run("DELETE FROM other WHERE n > 100 RETURNING *", meanwhile: inBlock ? "SELECT 1" : "UPDATE item SET price = 7 WHERE id = 1")
                == (inBlock ? ["nothing was computed"] : ["2|200", "3|300"]))
        if inBlock { try first.rows("COMMIT") }
        #expect(try prices() == [inBlock ? "1|11|22" : "1|7|14", "2|12|24", "3|13|26"])
        #expect(try second.rows("SELECT id FROM other ORDER BY id") == ["1", "4"])
    }

    @Test func changedRowsAreComputedAnew() throws {
        #expect(
            run(
                "UPDATE item SET price = price + 10, name = name || '!' RETURNING id, name, price",
                meanwhile: "UPDATE item SET price = 50 WHERE id = 2; UPDATE item SET name = 'new' WHERE id = 3")
                == ["1|n1!|11", "2|n2!|60", "3|new!|13"])
        #expect(try prices() == ["1|11|22", "2|60|120", "3|13|26"])
    }

    @Test func rowsThatMatchNoMoreAreLeftAlone() throws {
        #expect(
            run("UPDATE item SET price = price + 10 WHERE price < 3 RETURNING id", meanwhile: "UPDATE item SET price = 5 WHERE id = 2")
                == ["1"])
        #expect(run("DELETE FROM item WHERE price < 10 RETURNING id", meanwhile: "UPDATE item SET price = 20 WHERE id = 3") == ["2"])
        #expect(try prices() == ["1|11|22", "3|20|40"])
    }

    @Test func rowsThatMatchOnlyNowAreNotSeen() throws {
        let others = "UPDATE item SET price = 9 WHERE id = 1; INSERT INTO item (id, price) VALUES (4, 9)"
        #expect(run("UPDATE item SET price = price + 100 WHERE price > 1 RETURNING id", meanwhile: others) == ["2", "3"])
        #expect(try prices() == ["1|9|18", "2|102|204", "3|103|206", "4|9|18"])
    }

    @Test func rowsThatAreGoneStayGone() throws {
        #expect(run("UPDATE item SET price = 0 RETURNING id", meanwhile: "DELETE FROM item WHERE id = 2") == ["1", "3"])
        #expect(run("DELETE FROM item RETURNING id", meanwhile: "UPDATE item SET id = 30 WHERE id = 3") == ["1"])
        #expect(try prices() == ["30|0|0"])
    }

    @Test func rowsBesideThemAreThoseThatWereFound() throws {
        let sql =
            "UPDATE item SET price = item.price + other.n FROM other WHERE other.id = item.id AND item.price < 50 RETURNING item.id, price, n"
        let others = "UPDATE other SET n = 500; UPDATE item SET price = 60 WHERE id = 1; UPDATE item SET price = 30 WHERE id = 2"
        #expect(run(sql, meanwhile: others) == ["2|230|200", "3|303|300"])
        #expect(try prices() == ["1|60|120", "2|230|460", "3|303|606"])
        #expect(
            run(
                "DELETE FROM item USING other WHERE other.id = item.id AND item.price > 200 RETURNING item.price, other.n",
                meanwhile: "UPDATE item SET price = 100 WHERE id = 2; UPDATE item SET price = 400 WHERE id = 3") == ["400|500"])
    }

    @Test func aRowWithSeveralPartnersIsChangedOnce() throws {
        let sql = "UPDATE item SET price = item.price + o.n FROM other o WHERE item.id = 1 AND o.n - item.price >= 190 RETURNING o.n"
        // Of the three partners only one is left for the row as it is then.
        #expect(run(sql, meanwhile: "UPDATE item SET price = 105 WHERE id = 1") == ["300"])
        #expect(try prices()[0] == "1|405|810")
    }

    @Test func constraintsHoldAndItIsAtomic() throws {
        #expect(run("UPDATE item SET price = price * 10", meanwhile: "UPDATE item SET price = 100 WHERE id = 3") == ["23514"])
        #expect(run("UPDATE item SET name = 'm' || id", meanwhile: "INSERT INTO item (id, name) VALUES (9, 'm3')") == ["23505"])
        #expect(try first.rows("SELECT name FROM item WHERE id < 4 ORDER BY id") == ["n1", "n2", "n3"])
        try first.rows(
            "CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES other ON DELETE CASCADE); INSERT INTO child VALUES (1, 1)")
        #expect(run("DELETE FROM other", meanwhile: "INSERT INTO child VALUES (2, 2)") == [])
        #expect(try first.rows("SELECT count(*) FROM child") == ["0"])
    }

    @Test func queriesInConditionsReadTheStateThatItBeganWith() throws {
        let sql =
            "UPDATE item SET price = (SELECT n FROM other WHERE other.id = item.id), name = DEFAULT WHERE id IN (SELECT id FROM other)"
        #expect(run(sql, meanwhile: "UPDATE other SET n = 0; DELETE FROM other WHERE id = 3; UPDATE item SET price = 8 WHERE id = 2") == [])
        #expect(try first.rows("SELECT id, price, name FROM item ORDER BY id") == ["1|100|NULL", "2|200|NULL", "3|300|NULL"])
    }

    @Test func viewsToo() throws {
        try first.rows("CREATE VIEW cheap AS SELECT id AS number, price FROM item WHERE price < 3 WITH CHECK OPTION")
        #expect(
            run("UPDATE cheap SET price = price - 1 RETURNING number, price", meanwhile: "UPDATE item SET price = 3 WHERE id = 1") == [
                "2|1"
            ])
        #expect(run("UPDATE cheap SET price = price + 1", meanwhile: "UPDATE item SET price = 2 WHERE id = 2") == ["44000"])
        #expect(run("DELETE FROM cheap RETURNING number", meanwhile: "SELECT 1") == ["2"])
    }

    @Test func tablesWithoutColumnsToo() throws {
        var transaction = try pando.catalog.beginWrite()
        let database = try #require(try transaction.snapshot().database("shop"))
        _ = try transaction.createTable("open", in: database)
        try transaction.commit()
        try first.rows("INSERT INTO open (id, a, b) VALUES (1, 1, 'x'), (2, 2, 'x'), (3, 3, 'x')")
        let others = "UPDATE open SET a = 20, c = 5 WHERE id = 2; DELETE FROM open WHERE id = 3"
        #expect(
            run("UPDATE open SET a = a::int + 100, b = DEFAULT WHERE a::int < 50 RETURNING id, a, c", meanwhile: others) == [
                "1|101|NULL", "2|120|5",
            ])
        #expect(try first.rows("SELECT id, a, b, c FROM open ORDER BY id") == ["1|101|NULL|NULL", "2|120|NULL|5"])
        #expect(run("DELETE FROM open WHERE a::int > 110 RETURNING id", meanwhile: "UPDATE open SET a = 0 WHERE id = 2") == [])
        #expect(
            run("DELETE FROM open WHERE a::int < 110 RETURNING id, a", meanwhile: "UPDATE open SET a = 3 WHERE id = 2") == ["1|101", "2|3"])
    }

    @Test func whatIsFoundByAKeyHasTheTurnAtOnce() throws {
        #expect(run("UPDATE item SET price = 5 WHERE id = 1", meanwhile: "SELECT 1") == ["nothing was computed"])
        first.session.hasComputed = nil
        try first.rows("BEGIN ISOLATION LEVEL SERIALIZABLE")
        #expect(run("UPDATE item SET price = price + 1", meanwhile: "SELECT 1") == ["nothing was computed"])
        try first.rows("COMMIT")
    }

    @Test(arguments: [1 << 30, 64 << 10, 0]) func rowsThatDoNotFitIntoMemory(file: Int) throws {
        try first.rows("INSERT INTO item (id, name, price) SELECT g, 'n' || g, 1 FROM generate_series(4, 5000) g")
        var options = PandoOptions()
        options.queryMemoryLimit = 4 << 20
        options.spillLimit = file
        let tight = try SQLConnection(Pando(pando.catalog, options: options), user: nil, database: "shop")
        tight.session.hasComputed = { [second] in _ = try? second.rows("UPDATE item SET price = 7 WHERE id = 4000") }
        try tight.rows("UPDATE item SET name = repeat('x', 500) || id, price = price + 1")
        #expect(
            try first.rows("SELECT count(*), count(DISTINCT name), sum(length(name)), sum(price) FROM item") == ["5000|5000|2518893|10009"])
    }

    @Test func whatWritesToComputeIsComputedWithTheTurn() throws {
        try first.rows("CREATE SEQUENCE s")
        try first.rows("UPDATE item SET price = nextval('s')")
        #expect(try first.rows("SELECT sum(price) FROM item") == ["6"])
        try first.rows("WITH gone AS (DELETE FROM other RETURNING *) UPDATE item SET price = n FROM gone WHERE gone.id = item.id")
        #expect(try prices() == ["1|100|200", "2|200|400", "3|300|600"])
    }

    @Test func itWaitsForLocksAndBeginsAnew() throws {
        let pando = try Pando.settingAside()
        let (first, second) = (
            try SQLConnection(pando, user: nil, database: "app"), try SQLConnection(pando, user: nil, database: "app")
        )
        try first.rows("CREATE TABLE item (id int PRIMARY KEY, n int); INSERT INTO item VALUES (1, 1), (2, 2)")
        try second.rows("BEGIN; UPDATE item SET n = 10 WHERE id = 2")
        try first.rows("SET lock_timeout = '20ms'")
        #expect(first.state("UPDATE item SET n = n + 1") == "55P03")
        try second.rows("COMMIT")
        try first.rows("UPDATE item SET n = n + 1")
        #expect(try second.rows("SELECT n FROM item ORDER BY id") == ["2", "11"])
    }

    @Test func merging() throws {
        let sql = """
            MERGE INTO item USING other ON item.id = other.id AND item.price < 50
            WHEN MATCHED AND item.price = 1 THEN DELETE
            WHEN MATCHED THEN UPDATE SET price = item.price + other.n
            WHEN NOT MATCHED THEN INSERT (id, price) VALUES (other.id + 10, other.n)
            """
        try first.rows("INSERT INTO other VALUES (4, 400)")
        // The first one is another one's by now, the second one is changed as it is, the third one is as if it had never matched.
        let others = "UPDATE item SET price = 5 WHERE id = 1; UPDATE item SET price = 1 WHERE id = 2; DELETE FROM item WHERE id = 3"
        #expect(run(sql, meanwhile: others) == [])
        #expect(try prices() == ["1|105|210", "13|300|600", "14|400|800"])
        #expect(run(sql, meanwhile: "INSERT INTO item (id) VALUES (12)") == ["23505"])
        #expect(try prices() == ["1|105|210", "12|NULL|NULL", "13|300|600", "14|400|800"])
    }

    @Test func materializedViews() throws {
        try first.rows("CREATE MATERIALIZED VIEW kept AS SELECT id, price FROM item")
        try first.rows("UPDATE item SET price = 11 WHERE id = 1")
        // What came meanwhile is not in it.
        #expect(run("REFRESH MATERIALIZED VIEW kept", meanwhile: "UPDATE item SET price = 12 WHERE id = 2") == [])
        #expect(try first.rows("SELECT * FROM kept ORDER BY id") == ["1|11", "2|2", "3|3"])
        // Unless somebody else has refreshed it with that.
        #expect(
            run("REFRESH MATERIALIZED VIEW kept", meanwhile: "UPDATE item SET price = 13 WHERE id = 3; REFRESH MATERIALIZED VIEW kept")
                == [])
        #expect(try first.rows("SELECT * FROM kept ORDER BY id") == ["1|11", "2|12", "3|13"])
        #expect(run("REFRESH MATERIALIZED VIEW kept", meanwhile: "DROP MATERIALIZED VIEW kept") == ["42P01"])
    }
}
