import ReQLish
import Testing

@testable import SQL

/// Statements that compute what they write before they have the writer's turn: others write meanwhile, and what they do counts.
@Suite struct ComputingFirstTests {
    private let first: SQLConnection
    private let second: SQLConnection
    private let pando: Pando

    init() throws {
        let session = try TestSession()
        (pando, first) = (session.pando, session.connection)
        second = try SQLConnection(pando, user: nil, database: "shop")
        try first.rows(
            """
            CREATE TABLE item (id int PRIMARY KEY, name text UNIQUE, price int CHECK (price > 0), twice int GENERATED ALWAYS AS (price * 2) STORED);
            CREATE TABLE other (id int PRIMARY KEY, n int);
            INSERT INTO other SELECT g, g FROM generate_series(1, 3) g
            """)
        try second.rows("SET lock_timeout = '5s'")
    }

    /// Runs a statement, and another one of somebody else's between its computing and its writing. The answer, or the SQLSTATE.
    private func run(_ sql: String, meanwhile others: String) -> [String] {
        var answer: Result<[String], SQLError> = .success(["nothing was computed"])
        first.session.hasComputed = { [second, first] in
            first.session.hasComputed = nil
            do throws(SQLError) { answer = .success(try second.rows(others)) } catch { answer = .failure(error) }
        }
        do throws(SQLError) {
            let rows = try first.rows(sql)
            _ = try answer.get()
            return first.session.hasComputed == nil ? rows : ["nothing was computed"]
        } catch {
            return [error.state.rawValue]
        }
    }

    @Test(arguments: [false, true]) func othersWriteWhileRowsAreComputed(inBlock: Bool) throws {
        if inBlock { try first.rows("BEGIN") }
        #expect(
            run("INSERT INTO item (id, price) SELECT g, g FROM generate_series(1, 1000) g", meanwhile: "INSERT INTO other VALUES (4, 4)")
                == [])
        if inBlock { try first.rows("COMMIT") }
        #expect(try first.rows("SELECT count(*), sum(twice) FROM item") == ["1000|1001000"])
        #expect(try first.rows("SELECT count(*) FROM other") == ["4"])
    }

    @Test func tablesWithoutColumnsToo() throws {
        var transaction = try pando.catalog.beginWrite()
        let database = try #require(try transaction.snapshot().database("shop"))
        _ = try transaction.createTable("open", in: database)
        try transaction.commit()
        #expect(run("INSERT INTO open (a) SELECT g FROM generate_series(1, 100) g", meanwhile: "INSERT INTO open (a) VALUES (0)") == [])
        #expect(try first.rows("SELECT count(*) FROM open") == ["101"])
    }

    @Test func itReadsTheStateThatItBeganWith() throws {
        #expect(run("INSERT INTO item (id, price) SELECT id, n FROM other", meanwhile: "UPDATE other SET n = 100 WHERE id = 1") == [])
        #expect(try first.rows("SELECT id, price FROM item ORDER BY id") == ["1|1", "2|2", "3|3"])
    }

    @Test(arguments: [
        ("(1, 'x', 1)", "23505"), ("(10, 'n2', 1)", "23505"),
    ]) func keysAndUniqueValuesHoldAgainstWhatCameMeanwhile(row: String, state: String) throws {
        let sql = "INSERT INTO item (id, name, price) SELECT id, 'n' || id, n FROM other"
        #expect(run(sql, meanwhile: "INSERT INTO item (id, name, price) VALUES \(row)") == [state])
        #expect(try first.rows("SELECT count(*) FROM item") == ["1"])
        #expect(run(sql + " ON CONFLICT DO NOTHING RETURNING id", meanwhile: "UPDATE item SET price = 5").count == 2)
    }

    @Test func conflictsUpdateWhatCameMeanwhile() throws {
        let sql = """
            INSERT INTO item (id, price) SELECT id, n FROM other ON CONFLICT (id) DO UPDATE SET price = item.price + excluded.price
            RETURNING id, price
            """
        #expect(run(sql, meanwhile: "INSERT INTO item VALUES (2, 'b', 40)") == ["1|1", "2|42", "3|3"])
    }

    @Test func foreignKeysHoldAgainstWhatWentMeanwhile() throws {
        try first.rows("CREATE TABLE child (id int PRIMARY KEY, parent int REFERENCES other)")
        let sql = "INSERT INTO child SELECT id, id FROM other"
        #expect(run(sql, meanwhile: "DELETE FROM other WHERE id = 2") == ["23503"])
        #expect(try first.rows("SELECT count(*) FROM child") == ["0"])
    }

    @Test func itIsAtomic() throws {
        #expect(run("INSERT INTO item (id, price) SELECT id, n - 2 FROM other ORDER BY id DESC", meanwhile: "SELECT 1") == ["23514"])
        #expect(try first.rows("SELECT count(*) FROM item") == ["0"])
        try first.rows(
            "INSERT INTO other SELECT id + 10, n FROM other; BEGIN; INSERT INTO item (id, price) SELECT id, n FROM other; ROLLBACK")
        #expect(try first.rows("SELECT count(*) FROM item") == ["0"])
    }

    @Test func whatItWritesToMayBeChangedMeanwhile() throws {
        let sql = "INSERT INTO item (id, price) SELECT id, n FROM other"
        #expect(run(sql, meanwhile: "ALTER TABLE item ADD CHECK (price < 3)") == ["23514"])
        #expect(run(sql, meanwhile: "ALTER TABLE item ADD COLUMN colour text DEFAULT 'red'") == ["23514"])
        #expect(
            run(
                "INSERT INTO item (id, price) SELECT id, n FROM other WHERE n < 3",
                meanwhile: "ALTER TABLE item ALTER colour SET DEFAULT 'blue'") == [])
        #expect(try first.rows("SELECT id, colour FROM item ORDER BY id") == ["1|blue", "2|blue"])
        #expect(run(sql, meanwhile: "DROP TABLE item") == ["42P01"])
    }

    @Test func serializableBlocksHaveTheTurnFromTheStatementsBeginning() throws {
        try first.rows("BEGIN ISOLATION LEVEL SERIALIZABLE")
        #expect(run("INSERT INTO item (id, price) SELECT id, n FROM other", meanwhile: "SELECT 1") == ["nothing was computed"])
        try first.rows("COMMIT")
        try first.rows("SET default_transaction_isolation = 'serializable'")
        #expect(run("INSERT INTO item (id, price) SELECT id + 5, n FROM other", meanwhile: "SELECT 1") == ["nothing was computed"])
        #expect(try first.rows("SELECT count(*) FROM item") == ["6"])
    }

    @Test func whatWritesToComputeIsComputedWithTheTurn() throws {
        try first.rows("CREATE SEQUENCE s")
        try first.rows("INSERT INTO item (id, price) SELECT nextval('s'), n FROM other")
        try first.rows("WITH moved AS (DELETE FROM other RETURNING *) INSERT INTO item (id, price) SELECT id + 10, n FROM moved")
        #expect(try first.rows("SELECT id FROM item ORDER BY id") == ["1", "2", "3", "11", "12", "13"])
        try first.rows("CREATE TABLE made AS SELECT nextval('s') AS n FROM item")
        #expect(try first.rows("SELECT count(DISTINCT n) FROM made") == ["6"])
    }

    @Test(arguments: [1 << 30, 64 << 10, 0]) func rowsThatDoNotFitIntoMemory(file: Int) throws {
        var options = PandoOptions()
        options.queryMemoryLimit = 4 << 20
        options.spillLimit = file
        let tight = try SQLConnection(Pando(pando.catalog, options: options), user: nil, database: "shop")
        var hasComputed = false
        tight.session.hasComputed = { hasComputed = true }
        try tight.rows("INSERT INTO item (id, name, price) SELECT g, repeat('x', 100) || g, g FROM generate_series(1, 20000) g")
        #expect(hasComputed)
        #expect(
            try first.rows("SELECT count(*), count(DISTINCT name), sum(price), sum(length(name)) FROM item") == [
                "20000|20000|200010000|2088894"
            ])
    }

    @Test func itWaitsForLocksAndBeginsAnew() throws {
        let pando = try Pando.settingAside()
        let (first, second) = (
            try SQLConnection(pando, user: nil, database: "app"), try SQLConnection(pando, user: nil, database: "app")
        )
        try first.rows("CREATE TABLE item (id int PRIMARY KEY); CREATE TABLE other (id int PRIMARY KEY); INSERT INTO other VALUES (1), (2)")
        try second.rows("BEGIN; INSERT INTO item VALUES (2)")
        try first.rows("SET lock_timeout = '20ms'")
        #expect(first.state("INSERT INTO item SELECT id FROM other") == "55P03")
        try second.rows("ROLLBACK")
        try first.rows("INSERT INTO item SELECT id FROM other")
        #expect(try second.rows("SELECT count(*) FROM item") == ["2"])
    }

    @Test(arguments: ["CREATE TABLE made AS SELECT id, n FROM other", "SELECT id, n INTO made FROM other"])
    func tablesOfQueries(sql: String) throws {
        #expect(run(sql, meanwhile: "INSERT INTO other VALUES (4, 4)") == [])
        #expect(try second.rows("SELECT * FROM made ORDER BY id") == ["1|1", "2|2", "3|3"])
        try first.rows("DROP TABLE made")
        #expect(run(sql, meanwhile: "CREATE TABLE made (a int)") == ["42P07"])
        try first.rows("DROP TABLE made")
        try first.rows("BEGIN")
        #expect(run(sql, meanwhile: "DELETE FROM other WHERE id = 2") == [])
        #expect(try first.rows("SELECT count(*) FROM made; ROLLBACK; SELECT count(*) FROM other") == ["3"])
        #expect(first.state("SELECT * FROM made") == "42P01")
        #expect(run(sql, meanwhile: "DROP TABLE other") == ["42P01"])
    }

    @Test func tablesOfTheSessionNeedNoTurn() throws {
        try second.rows("BEGIN; LOCK TABLE other; INSERT INTO other VALUES (4, 4)")
        try first.rows("SET lock_timeout = '20ms'; CREATE TEMP TABLE mine AS SELECT id, n FROM other")
        #expect(try first.rows("SELECT count(*) FROM mine") == ["3"])
        #expect(first.state("CREATE TABLE made AS SELECT id, n FROM other") == "55P03")
        try second.rows("COMMIT")
    }

    @Test func itIsCancelledWhileItComputes() throws {
        try first.rows("SET statement_timeout = '100ms'")
        #expect(first.state("INSERT INTO item (id, price) SELECT g, g FROM generate_series(1, 1000000000) g") == "57014")
        #expect(first.state("CREATE TABLE made AS SELECT g FROM generate_series(1, 1000000000) g") == "57014")
        try second.rows("INSERT INTO item (id, price) VALUES (1, 1)")
    }
}
