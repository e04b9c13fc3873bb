import Catalog
import Foundation
import ReQLish
import TestSupport
import Testing

@testable import SQL

@Suite struct CellTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE CELL stores (code text PRIMARY KEY, country text, is_open boolean);
            CREATE TABLE stores.receipts (number int PRIMARY KEY, item text, total int);
            INSERT INTO stores VALUES ('a1', 'PE', true), ('b7', 'PE', false), ('c3', 'CL', true);
            INSERT INTO stores.receipts USING code = 'b7' (number, item, total) VALUES (7, 'lamp', 95), (8, 'desk', 5);
            INSERT INTO stores.receipts USING code = 'a1' (number, item, total) VALUES (7, 'chair', 20)
            """)
    }

    private func keys(_ table: String) throws -> [String] {
        let snapshot = try session.pando.catalog.snapshot()
        let database = try #require(try snapshot.database("shop"))
        let config = try #require(try snapshot.table(table, in: database))
        let cursor = try snapshot.documents(in: config)
        var keys: [String] = []
        while let document = try cursor.next() { keys.append((document[field: config.primaryKey] ?? .null).description) }
        return keys
    }

    @Test func rowsStandUnderTheirCells() throws {
        #expect(try keys("stores.receipts") == [#"["a1",7]"#, #"["b7",7]"#, #"["b7",8]"#])
        #expect(try session.rows("SELECT * FROM stores.receipts USING code = 'b7' WHERE total > 10") == ["7|lamp|95"])
        #expect(try session.rows("SELECT * FROM stores.receipts") == ["7|chair|20", "7|lamp|95", "8|desk|5"])
        #expect(try session.rows("SELECT r.item FROM stores.receipts r USING is_open") == ["chair"])
        #expect(try session.rows("SELECT count(*) FROM stores.receipts USING code = 'b7'") == ["2"])
        #expect(try session.rows("SELECT count(*) FROM stores.receipts USING country = 'XX'") == ["0"])
        #expect(
            try session.rows("SELECT cell.country, sum(total) FROM stores.receipts GROUP BY cell.country ORDER BY 1") == ["PE|120"])
        #expect(try session.rows("SELECT cell.*, item FROM stores.receipts WHERE cell.code = 'b7' AND number = 8") == ["b7|PE|f|desk"])
        #expect(
            try session.rows(
                """
                SELECT a_cell.code, b_cell.code FROM (stores.receipts USING code = 'a1') a
                JOIN (stores.receipts USING code = 'b7') b ON a.number = b.number
                """) == ["a1|b7"])
        #expect(session.state("SELECT cell.code FROM stores.receipts a, stores.receipts b") == "42P09")
        #expect(
            try session.rows("SELECT code, (SELECT count(*) FROM stores.receipts USING code = s.code) FROM stores s") == [
                "a1|1", "b7|2", "c3|0",
            ])
        #expect(session.state("SELECT country FROM stores.receipts") == "42703")
    }

    @Test func changes() throws {
        #expect(session.state("INSERT INTO stores.receipts (number) VALUES (1)") == "21000")
        #expect(session.state("INSERT INTO stores.receipts USING country = 'PE' (number) VALUES (1)") == "21000")
        #expect(session.state("INSERT INTO stores.receipts USING code = 'zz' (number) VALUES (1)") == "23503")
        #expect(session.state("INSERT INTO stores.receipts USING code = 'b7' (number) VALUES (7)") == "23505")
        #expect(session.state("INSERT INTO stores USING code = 'b7' (code) VALUES ('x')") == "42P10")
        #expect(session.state("SELECT * FROM stores USING code = 'b7'") == "42P10")
        #expect(session.state("DELETE FROM stores WHERE code = 'b7'") == "23503")
        #expect(session.state("UPDATE stores SET code = 'z' WHERE code = 'b7'") == "23503")
        #expect(session.state("UPDATE stores SET code = 'c4' WHERE code = 'c3'; DELETE FROM stores WHERE code = 'c4'") == nil)
        #expect(
            try session.rows("INSERT INTO stores.receipts USING code = 'b7' VALUES (9, 'cup', 1) RETURNING number, cell.country") == [
                "9|PE"
            ])
        #expect(
            try session.rows(
                """
                INSERT INTO stores.receipts USING code = 'b7' VALUES (9, 'cup', 4)
                ON CONFLICT (number) DO UPDATE SET total = receipts.total + excluded.total RETURNING total
                """) == ["5"])
        #expect(
            try session.rows(
                "UPDATE stores.receipts USING country = 'PE' SET total = total + 1 WHERE number = 7 RETURNING cell.code, total") == [
                    "a1|21", "b7|96",
                ])
        #expect(
            try session.rows("UPDATE stores.receipts SET number = 10 WHERE cell.code = 'b7' AND number = 9 RETURNING *") == ["10|cup|5"])
        #expect(try session.rows("DELETE FROM stores.receipts USING is_open RETURNING cell.code") == ["a1"])
        #expect(
            try session.rows(
                "DELETE FROM stores.receipts USING code = 'b7' USING stores s WHERE s.code = cell.code AND number = 8 RETURNING number")
                == ["8"])
        try session.rows("TRUNCATE stores.receipts USING code = 'a1'")
        #expect(try keys("stores.receipts") == [#"["b7",7]"#, #"["b7",10]"#])
        #expect(session.state("TRUNCATE stores") == "0A000")
        try session.rows("TRUNCATE stores.receipts USING country = 'PE'")
        #expect(try keys("stores.receipts").isEmpty)
    }

    @Test func definitions() throws {
        #expect(session.state("CREATE CELL other (a int)") == "42P16")
        #expect(session.state("CREATE CELL stores (a int PRIMARY KEY)") == "42P07")
        #expect(session.state("CREATE CELL IF NOT EXISTS stores (a int PRIMARY KEY)") == nil)
        #expect(session.state("CREATE TABLE nothing.t (a int)") == "3F000")
        #expect(session.state("DROP TABLE stores") == "42809")
        #expect(session.state("DROP SCHEMA stores CASCADE") == "42809")
        #expect(session.state("ALTER CELL stores DROP COLUMN code") == "42P16")
        #expect(session.state("ALTER CELL stores.receipts ADD a int") != nil)
        #expect(session.state("DROP CELL stores USING code = 'b7'") == "2BP01")
        try session.rows("DROP CELL stores USING code = 'c3'; DROP CELL stores USING code = 'a1' CASCADE")
        #expect(try session.rows("SHOW CELLS FROM stores") == ["b7|PE|f|2|2"])
        #expect(try session.rows("SHOW CELLS") == ["stores|code|1|receipts"])
        try session.rows(
            "ALTER TABLE stores.receipts ADD COLUMN note text DEFAULT 'n'; ALTER TABLE stores.receipts DROP CONSTRAINT receipts_pkey")
        #expect(try keys("stores.receipts") == [#"["b7",1]"#, #"["b7",2]"#])
        try session.rows(
            """
            CREATE VIEW busy AS SELECT item, cell.country FROM stores.receipts USING code = 'b7';
            ALTER CELL stores RENAME TO shops; ALTER CELL shops RENAME COLUMN code TO id;
            ALTER CELL shops ADD COLUMN size int
            """)
        #expect(try session.rows("SELECT * FROM shops.receipts USING id = 'b7' WHERE cell.size IS NULL") == ["7|lamp|95|n", "8|desk|5|n"])
        #expect(session.state("SELECT 1 FROM stores.receipts") == "42P01")
        #expect(session.state("DROP CELL shops") == "2BP01")
        try session.rows("DROP CELL shops CASCADE")
        #expect(try session.rows("SHOW TABLES").isEmpty)
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    /// With columns, and any other fields.
    @Test func tablesOfAGroupMayBeOpen() throws {
        try session.rows(
            "CREATE TABLE stores.half (a int PRIMARY KEY, b text DEFAULT 'd') WITH (open = true); "
                + "CREATE TABLE stores.counted (a int) WITH (open)")
        try session.rows("INSERT INTO stores.half USING code = 'b7' (a, extra) VALUES (1, 'x'), (2, 'y')")
        try session.rows("INSERT INTO stores.half USING code = 'a1' (a, b, extra) VALUES (1, NULL, 7)")
        try session.rows("INSERT INTO stores.half USING code = 'a1' (_doc) VALUES ('{\"a\": 3, \"z\": [1]}')")
        let all = "SELECT _key, a, b, extra, z FROM stores.half"
        #expect(
            try session.rows(all) == [
                "[\"a1\", 1]|1|NULL|7|NULL", "[\"a1\", 3]|3|d|NULL|[1]", "[\"b7\", 1]|1|d|\"x\"|NULL", "[\"b7\", 2]|2|d|\"y\"|NULL",
            ])
        #expect(session.state("INSERT INTO stores.half USING code = 'b7' (a, extra) VALUES (1, 'x')") == "23505")
        #expect(session.state("INSERT INTO stores.half (a, extra) VALUES (9, 'x')") == "21000")
        #expect(session.state("INSERT INTO stores.half USING code = 'b7' (a, extra) VALUES ('nine', 'x')") == "22P02")
        try session.rows("UPDATE stores.half USING code = 'b7' SET extra = 5, b = 'e' WHERE a = 1")
        try session.rows("UPDATE stores.half SET extra = DEFAULT, a = 4 WHERE cell.code = 'b7' AND a = 2")
        #expect(
            try session.rows("SELECT _key, a, b, extra FROM stores.half USING code = 'b7'") == [
                "[\"b7\", 1]|1|e|5", "[\"b7\", 4]|4|d|NULL",
            ])
        try session.rows("INSERT INTO stores.counted USING code = 'b7' (a, q) VALUES (1, 2), (3, 4)")
        #expect(try session.rows("SELECT _key, a, q FROM stores.counted") == ["[\"b7\", 1]|1|2", "[\"b7\", 2]|3|4"])
        #expect(session.state("INSERT INTO stores.half USING code = 'b7' (a, q) VALUES (1, 2) ON CONFLICT DO NOTHING") == "0A000")
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    @Test func constraintsHoldWithinCells() throws {
        try session.rows(
            """
            CREATE TABLE stores.lines (receipt int REFERENCES stores.receipts ON DELETE CASCADE, sku text UNIQUE, ware int);
            CREATE TABLE wares (id int PRIMARY KEY, name text);
            ALTER TABLE stores.lines ADD FOREIGN KEY (ware) REFERENCES wares ON DELETE SET NULL;
            INSERT INTO wares VALUES (1, 'x');
            INSERT INTO stores.lines USING code = 'b7' VALUES (8, 's', 1);
            INSERT INTO stores.lines USING code = 'a1' VALUES (7, 's', NULL)
            """)
        #expect(session.state("INSERT INTO stores.lines USING code = 'a1' VALUES (8, 't', NULL)") == "23503")
        #expect(session.state("INSERT INTO stores.lines USING code = 'b7' VALUES (8, 's', NULL)") == "23505")
        #expect(session.state("CREATE TABLE outside (r int REFERENCES stores.receipts)") == "42830")
        try session.rows("DELETE FROM wares; DELETE FROM stores.receipts USING code = 'a1'")
        #expect(try session.rows("SELECT cell.code, * FROM stores.lines") == ["b7|8|s|NULL"])
        try session.rows("CREATE TABLE visits (store text REFERENCES stores); INSERT INTO visits VALUES ('b7')")
        #expect(session.state("DROP CELL stores USING code = 'b7' CASCADE") == "23503")
        try session.rows("DELETE FROM visits; DROP CELL stores USING code = 'b7' CASCADE")
        #expect(try keys("stores.lines").isEmpty)
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    @Test func openTablesAndCompoundKeys() throws {
        try session.rows(
            """
            CREATE CELL lots (region text, year int, note text, PRIMARY KEY (region, year));
            CREATE TABLE lots.notes ();
            INSERT INTO lots VALUES ('n', 2024, 'x'), ('n', 2025, 'y');
            INSERT INTO lots.notes USING region = 'n' AND year = 2025 (a, b) VALUES (1, 'one'), (2, 'two')
            """)
        #expect(try keys("lots.notes") == [#"["n",2025,1]"#, #"["n",2025,2]"#])
        #expect(try session.rows("SELECT b, cell.note FROM lots.notes USING year = 2025 WHERE a = 2") == [#""two"|y"#])
        #expect(try session.rows("UPDATE lots.notes USING note = 'y' SET b = 'zwei' WHERE a = 2 RETURNING b") == [#""zwei""#])
        #expect(try session.rows("SELECT count(*) FROM lots.notes USING note = 'x'") == ["0"])
        #expect(session.state("INSERT INTO lots.notes USING region = 'n' (a) VALUES (1)") == "21000")
        try session.rows("DELETE FROM lots.notes USING year = 2025 WHERE a = 1")
        #expect(try keys("lots.notes") == [#"["n",2025,2]"#])
    }

    @Test func fewRowsAreRead() throws {
        try session.rows(
            """
            INSERT INTO stores SELECT 's' || i, 'XX', true FROM generate_series(1, 20) i;
            CREATE INDEX ON stores.receipts (item)
            """)
        for store in 1...20 {
            try session.rows("INSERT INTO stores.receipts USING code = 's\(store)' SELECT i, 'item' || i, i FROM generate_series(1, 30) i")
        }
        func plan(_ sql: String) throws -> String { try session.rows("EXPLAIN (COSTS off) \(sql)").joined(separator: "\n") }
        #expect(try plan("SELECT * FROM stores.receipts USING code = 's3' WHERE number = 5").contains("Index Scan using receipts_pkey"))
        let chosen = "SELECT * FROM stores.receipts USING code IN ('s3', 's4') WHERE number = 5"
        let all = try session.rows("SELECT count(*) FROM stores")[0]
        #expect(try session.rows("EXPLAIN (ANALYZE, COSTS off) \(chosen)").contains { $0.hasSuffix("Cells: 2 of \(all)") })
        #expect(try plan("SELECT * FROM stores.receipts WHERE item = 'item7'").contains("Index Scan using receipts_item_idx"))
        #expect(try session.rows("SELECT count(*) FROM stores.receipts WHERE item = 'item7'") == ["20"])
        #expect(try session.rows("SELECT cell.code FROM stores.receipts USING code = 's9' WHERE item = 'item7'") == ["s9"])
        #expect(try session.rows("SELECT number FROM stores.receipts USING code = 's3' WHERE number > 28") == ["29", "30"])
        #expect(try session.rows("SELECT count(*) FROM stores.receipts WHERE cell.code = 's3' AND number <= 4") == ["4"])
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    @Test func archivesHaveDeclarationsAndCells() throws {
        try session.rows(
            "CREATE VIEW busy AS SELECT item FROM stores.receipts USING code = 'b7'; CREATE TABLE s (id serial PRIMARY KEY, c text UNIQUE)")
        let path = FileManager.default.temporaryDirectory.appending(path: "cells-\(UUID()).tar").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try session.pando.catalog.snapshot().dump(toFile: path)
        let other = try Pando.inMemory()
        _ = try other.catalog.restore(ArchiveInput(path: path))
        let restored = TestSession(other, try SQLConnection(other, user: nil, database: "shop"))
        #expect(try restored.rows("SELECT cell.country, number FROM stores.receipts USING code = 'b7'") == ["PE|7", "PE|8"])
        #expect(try restored.rows("SELECT * FROM busy") == ["lamp", "desk"])
        #expect(restored.state("INSERT INTO stores.receipts USING code = 'b7' VALUES (7)") == "23505")
        #expect(restored.state("INSERT INTO s (c) VALUES ('x'); INSERT INTO s (c) VALUES ('x')") == "23505")
        #expect(try other.catalog.check().problems.map { "\($0)" } == [])
    }

    @Test func permissionsAreThoseOfTheTable() throws {
        try session.rows("CREATE ROLE ann LOGIN PASSWORD 'x'; GRANT SELECT, INSERT ON stores.receipts TO ann")
        let ann = TestSession(session.pando, try SQLConnection(session.pando, user: "ann", database: "shop"))
        #expect(try ann.rows("SELECT count(*) FROM stores.receipts USING code = 'b7'") == ["2"])
        #expect(try ann.rows("SELECT cell.code FROM stores.receipts WHERE number = 8") == ["b7"])
        #expect(ann.state("INSERT INTO stores.receipts USING code = 'b7' VALUES (50)") == nil)
        for sql in [
            "SELECT 1 FROM stores.receipts USING country = 'PE'", "SELECT cell.country FROM stores.receipts",
            "SELECT cell.* FROM stores.receipts",
            "SHOW CELLS FROM stores", "DROP CELL stores USING code = 'c3'", "DROP CELL stores", "CREATE CELL other (a int PRIMARY KEY)",
            "TRUNCATE stores.receipts USING code = 'b7'", "DELETE FROM stores.receipts USING code = 'b7'",
        ] { #expect(ann.state(sql) == "42501", "\(sql)") }
    }

    /// Random programs beside a plain model of rows in a dictionary of cells.
    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func modelOfCells(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        try session.rows(
            "CREATE CELL g (k int PRIMARY KEY, p int); CREATE TABLE g.t (n int PRIMARY KEY, v int UNIQUE); CREATE INDEX ON g.t (v, n)")
        var cells: [Int: Int] = [:]
        var rows: [Int: [Int: Int]] = [:]
        for _ in 0..<250 {
            let k = Int.random(in: 0..<6, using: &generator)
            let (n, v) = (Int.random(in: 0..<8, using: &generator), Int.random(in: 0..<12, using: &generator))
            let p = Int.random(in: 0..<3, using: &generator)
            switch Int.random(in: 0..<10, using: &generator) {
            case 0, 1:
                let state = session.state("INSERT INTO g VALUES (\(k), \(p))")
                #expect(state == (cells[k] == nil ? nil : "23505"))
                if state == nil { cells[k] = p }
            case 2:
                let isUsed = !(rows[k] ?? [:]).isEmpty
                let state = session.state("DELETE FROM g WHERE k = \(k)")
                #expect(state == (cells[k] != nil && isUsed ? "23503" : nil))
                if state == nil { cells[k] = nil }
            case 3:
                #expect(session.state("DROP CELL g USING k = \(k) CASCADE") == nil)
                (cells[k], rows[k]) = (nil, nil)
            case 4:
                let chosen = cells.filter { $0.value == p }.keys
                try session.rows("DELETE FROM g.t USING p = \(p) WHERE n >= \(n)")
                for cell in chosen { rows[cell] = rows[cell]?.filter { $0.key < n } }
            case 5:
                try session.rows("UPDATE g.t USING k = \(k) SET v = v + 100 WHERE n = \(n)")
                if let old = rows[k]?[n] { rows[k]?[n] = old + 100 }
            default:
                let state = session.state("INSERT INTO g.t USING k = \(k) VALUES (\(n), \(v))")
                let inCell = rows[k] ?? [:]
                let expected = cells[k] == nil ? "23503" : inCell[n] != nil || inCell.values.contains(v) ? "23505" : nil
                #expect(state == expected)
                if state == nil { rows[k, default: [:]][n] = v }
            }
            let q = Int.random(in: 0..<3, using: &generator)
            let wanted = cells.keys.sorted().filter { cells[$0] == q }.flatMap { k in
                (rows[k] ?? [:]).sorted { $0.key < $1.key }.map { "\(k)|\($0.key)|\($0.value)" }
            }
            #expect(try session.rows("SELECT cell.k, n, v FROM g.t USING p = \(q)") == wanted)
            #expect(try session.rows("SELECT cell.k, n, v FROM g.t WHERE cell.p = \(q)") == wanted)
            #expect(try session.rows("SELECT count(*) FROM g.t USING p = \(q)") == ["\(wanted.count)"])
        }
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    /// The examples of docs/CELLS.md, one after the other: what follows a statement as a comment is what it answers.
    @Test func examplesAnswerWhatThePageSays() throws {
        let session = try TestSession()
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/CELLS.md")
        let text = try String(contentsOf: page, encoding: .utf8)
        var statement = ""
        var answer: [String] = []
        var count = 0
        func finish() throws {
            guard !statement.isEmpty else { return }
            count += 1
            let shown: [String]
            if let state = answer.first, state.hasPrefix("ERROR ") {
                shown = ["ERROR \(session.state(statement) ?? "none")"]
            } else {
                shown = try session.rows(statement)
            }
            #expect(shown == answer, "\(statement)")
            (statement, answer) = ("", [])
        }
        for block in text.components(separatedBy: "```sql\n").dropFirst() {
            for line in (block.components(separatedBy: "```").first ?? "").split(separator: "\n") {
                if line.hasPrefix("-- ") {
                    answer.append(String(line.dropFirst(3)))
                } else {
                    if !line.hasPrefix(" ") { try finish() }
                    statement += line + "\n"
                }
            }
            try finish()
        }
        #expect(count > 15)
    }
}
