import TestSupport
import Testing

@testable import SQL

/// Queries in FROM and views whose tables are joined with those around them.
@Suite struct FlatQueryTests {
    private let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TABLE a (id int PRIMARY KEY, x int, y int, t text);
            INSERT INTO a SELECT i, nullif(i % 7, 0), i % 5, 't' || i % 4 FROM generate_series(1, 16) i;
            CREATE INDEX a_x ON a (x, y);
            CREATE TABLE b (id int PRIMARY KEY, x int, y int, t text);
            INSERT INTO b SELECT i, i % 9, nullif(i % 4, 1), 't' || i % 6 FROM generate_series(1, 12) i;
            CREATE INDEX b_x ON b (x);
            CREATE TABLE c (id int PRIMARY KEY, x int, y int, t text);
            INSERT INTO c SELECT i, i % 3, i, NULL FROM generate_series(1, 5) i;
            CREATE VIEW plain AS SELECT id, x AS n, y, t FROM a WHERE y > 0;
            CREATE VIEW computed AS SELECT id, x + y AS sum, upper(t) AS u, x FROM a;
            CREATE VIEW joined AS SELECT a.id, b.id AS other, a.x, b.t || '!' AS t FROM a JOIN b ON a.x = b.x WHERE b.y IS NOT NULL;
            CREATE VIEW nested AS SELECT p.id, p.n * 2 AS twice, c.sum FROM plain p JOIN computed c ON c.id = p.id;
            CREATE TABLE many (id int PRIMARY KEY, v int);
            INSERT INTO many SELECT i, i FROM generate_series(1, 3000) i;
            CREATE VIEW all_of_many AS SELECT id, v + 1 AS next, v FROM many
            """)
    }

    private func plan(_ sql: String) throws -> String {
        try session.rows("EXPLAIN (COSTS off) \(sql)").joined(separator: "\n")
    }

    @Test(arguments: [
        "SELECT * FROM all_of_many WHERE id = 5", "SELECT v FROM (SELECT * FROM (SELECT * FROM many) r) s WHERE s.id = 5",
        "SELECT m.next FROM c JOIN all_of_many m ON m.id = c.y WHERE c.id < 3",
        "SELECT m.v FROM c LEFT JOIN (SELECT id AS k, v FROM many WHERE v > 1) m ON m.k = c.y WHERE c.id < 3",
        "SELECT count(next) FROM all_of_many WHERE id BETWEEN 3 AND 5",
    ])
    func findTheirRowsByIndex(query: String) throws {
        let plan = try plan(query)
        #expect(plan.contains("Index Scan using many_pkey on many"), "\(plan)")
        #expect(!plan.contains("Subquery Scan"), "\(plan)")
    }

    @Test func areInTheOrderOfAnIndex() throws {
        #expect(try plan("SELECT * FROM all_of_many ORDER BY id LIMIT 3").contains("Index Scan using many_pkey on many"))
        #expect(try session.rows("SELECT * FROM all_of_many ORDER BY id DESC LIMIT 2") == ["3000|3001|3000", "2999|3000|2999"])
    }

    /// What a query computes is computed for the rows that are left: of others it would fail.
    @Test func computeWhatIsLeft() throws {
        #expect(try session.rows("SELECT q FROM (SELECT id, 10 / (id - 5) AS q FROM a) s WHERE id = 6") == ["10"])
        #expect(try session.rows("SELECT id FROM (SELECT id, 10 / (id - 5) AS q FROM a WHERE id <> 5) s WHERE q = 10") == ["6"])
        #expect(session.state("SELECT q FROM (SELECT id, 10 / (id - 5) AS q FROM a) s WHERE q = 10") == "22012")
        // The condition within is asked before the one without.
        #expect(try session.rows("SELECT id FROM (SELECT id FROM a WHERE id <> 5 AND y <> 9) s WHERE 10 / (id - 5) = 10") == ["6"])
    }

    /// Columns that nothing asks for are not read; those of conditions are.
    @Test func readWhatIsAsked() throws {
        let joined = "FROM a JOIN b ON a.x = b.x WHERE a.y = 2 AND b.t = 't1'"
        #expect(try session.rows("SELECT count(*) FROM (SELECT a.t, b.y AS u \(joined)) s") == session.rows("SELECT count(*) \(joined)"))
        let nested = "SELECT * FROM (SELECT *, x + 1 AS z FROM a WHERE t = 't1') r WHERE z = 3"
        #expect(
            try session.rows("SELECT sum(id) FROM (\(nested)) s") == session.rows("SELECT sum(id) FROM a WHERE t = 't1' AND x = 2"))
    }

    /// Expressions over expressions over expressions don't grow without end.
    @Test func growNotWithoutEnd() throws {
        var query = "SELECT 1::numeric AS v, id FROM a WHERE id = 1"
        for _ in 0..<60 { query = "SELECT v + v AS v, id FROM (\(query)) s" }
        #expect(try session.rows("SELECT v FROM (\(query)) s WHERE v > 0 AND id = 1") == ["1152921504606846976"])
    }

    /// Each query means the same where its parts stand behind `OFFSET 0`, which keeps them by themselves.
    @Test(arguments: Fuzzing.seeds(12)) func meanTheSame(seed: UInt64) throws {
        var queries = RandomQueries(seed: seed)
        var failures = 0
        for step in 0..<120 {
            let query = queries.next()
            let flat = answer(query.replacing("/*fence*/", with: ""))
            let fenced = answer(query.replacing("/*fence*/", with: "OFFSET 0"))
            // An error may come sooner or later than another.
            if flat.first?.hasPrefix("!") == true, fenced.first?.hasPrefix("!") == true { continue }
            #expect(flat == fenced, "seed \(seed), step \(step): \(query)")
            failures += flat.first?.hasPrefix("!") == true ? 1 : 0
        }
        #expect(failures < 12)
    }

    private func answer(_ query: String) -> [String] {
        if let state = session.state(query) { return ["!" + state] }
        return (try? session.rows(query).sorted()) ?? ["!"]
    }
}

/// Queries over `a`, `b`, `c` and their views, with queries in FROM at all places.
private struct RandomQueries {
    private var chance: SeededGenerator
    private var aliasCount = 0
    /// How many tables the query at hand may still read, so that no product of them grows large.
    private var tablesLeft = 0

    init(seed: UInt64) {
        chance = SeededGenerator(seed: seed)
    }

    private mutating func number(_ range: Range<Int>) -> Int { Int.random(in: range, using: &chance) }
    private mutating func one(_ choices: [String]) -> String { choices[number(0..<choices.count)] }

    /// The columns of everything in FROM.
    private static let columns = ["id", "x", "y"]

    private mutating func alias() -> String {
        aliasCount += 1
        return "s\(aliasCount)"
    }

    /// Something with the columns `id`, `x` and `y`, and what it is called.
    private mutating func source(_ depth: Int, outside: [String] = []) -> (text: String, alias: String) {
        let alias = alias()
        tablesLeft -= 1
        switch number(0..<(depth > 0 ? 9 : 3)) {
        case 0: return ("\(one(["a", "b", "c"])) \(alias)", alias)
        case 1: return ("plain AS \(alias) (id, x, y)", alias)
        case 2:
            let views = ["computed AS \(alias) (id, y, t, x)", "nested AS \(alias) (id, x, y)", "joined AS \(alias) (id, y, x)"]
            return (one(views), alias)
        default:
            tablesLeft += 1
            let lateral = !outside.isEmpty && number(0..<4) == 0
            return ("\(lateral ? "LATERAL " : "")(\(query(depth - 1, outside: lateral ? outside : [])) /*fence*/) \(alias)", alias)
        }
    }

    private mutating func value(_ aliases: [String]) -> String {
        func column() -> String { "\(one(aliases)).\(one(Self.columns))" }
        switch number(0..<10) {
        case 0: return "\(column()) + \(column())"
        case 1: return "coalesce(\(column()), \(number(0..<9)))"
        case 2: return "\(number(0..<9))"
        case 3: return "CASE WHEN \(column()) > \(number(0..<9)) THEN \(column()) ELSE \(column()) END"
        case 4: return "(SELECT max(c.y) FROM c WHERE c.x = \(column()))"
        default: return column()
        }
    }

    private mutating func condition(_ aliases: [String]) -> String {
        switch number(0..<9) {
        case 0: return "\(value(aliases)) = \(value(aliases))"
        case 1: return "\(value(aliases)) < \(number(0..<30))"
        case 2: return "\(value(aliases)) IS NULL"
        case 3: return "\(value(aliases)) IN (\(number(0..<9)), \(number(0..<9)), \(number(0..<60)))"
        case 4: return "(\(condition(aliases)) OR \(condition(aliases)))"
        case 5: return "EXISTS (SELECT FROM c WHERE c.id = \(value(aliases)))"
        case 6: return "NOT (\(condition(aliases)))"
        default: return "\(value(aliases)) = \(number(0..<12))"
        }
    }

    private mutating func select(_ depth: Int, outside: [String] = []) -> String {
        var (from, first) = source(depth)
        var aliases = [first]
        var hasComma = false
        for _ in 0..<one(["", "", "1", "12"]).count where tablesLeft > 0 {
            let join = one([", ", " JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ", " LEFT JOIN "])
            let canDepend = join == ", " || join == " JOIN " || join == " LEFT JOIN "
            let (text, alias) = source(depth, outside: canDepend && !hasComma ? aliases : [])
            from += join + text
            hasComma = hasComma || join == ", "
            if join != ", " {
                let known = hasComma ? [aliases[aliases.count - 1]] : aliases
                from += " ON \(alias).\(one(Self.columns)) = \(one(known)).\(one(Self.columns))"
                if number(0..<3) == 0, join != " FULL JOIN " { from += " AND \(condition([alias]))" }
            }
            aliases.append(alias)
        }
        let names = aliases + outside
        var query = "SELECT \(value(names)) AS id, \(value(names)) AS x, \(value(names)) AS y FROM \(from)"
        if number(0..<2) == 0 { query += " WHERE \(condition(names))" }
        return query
    }

    /// A query that may do more than to join, choose and compute.
    private mutating func query(_ depth: Int, outside: [String]) -> String {
        let alias = alias()
        switch number(0..<9) {
        case 0:
            let rows = select(depth, outside: outside)
            return "SELECT id, x, count(*) AS y FROM (\(rows)) \(alias) GROUP BY id, x HAVING x > \(number(0..<5)) OR count(*) > 1"
        case 1:
            let rows = select(depth, outside: outside)
            return "SELECT x AS id, x, min(y) AS y FROM (\(rows)) \(alias) GROUP BY x HAVING x < \(number(0..<9))"
        case 2: return "SELECT DISTINCT id, x, y FROM (\(select(depth, outside: outside))) \(alias)"
        case 3: return "SELECT id, x, count(*) OVER (PARTITION BY x) AS y FROM (\(select(depth, outside: outside))) \(alias)"
        case 4, 5:
            let first = select(depth, outside: outside)
            guard tablesLeft > 0 else { return first }
            return "\(first) \(one(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"])) \(select(depth, outside: outside))"
        default: return select(depth, outside: outside)
        }
    }

    /// A whole query, of bounded size.
    mutating func next() -> String {
        tablesLeft = 4
        let inner = query(2, outside: [])
        let alias = alias()
        let filter = number(0..<2) == 0 ? " WHERE \(condition([alias]))" : ""
        let from = "(\(inner) /*fence*/) \(alias)\(filter)"
        switch number(0..<5) {
        case 0: return "SELECT x, count(*), sum(y) FROM \(from) GROUP BY x"
        case 1: return "SELECT DISTINCT x, y FROM \(from)"
        case 2: return "SELECT count(*), sum(id), min(x) FROM \(from)"
        case 3: return "SELECT (\(alias)).x, \(alias) FROM \(from)"
        default: return "SELECT * FROM \(from)"
        }
    }
}
