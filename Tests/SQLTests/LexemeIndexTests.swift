import Foundation
import ReQLish
import TestSupport
import Testing

@testable import Catalog
@testable import SQL

/// Indexes of lexemes, which `USING gin` makes, and what reads by them.
@Suite struct LexemeIndexTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    private init(_ session: TestSession) { self.session = session }

    /// The indexes of words that the catalog keeps for a table, and how many documents each has.
    private func indexes(_ name: String) throws -> [String] {
        let snapshot = try session.pando.catalog.snapshot()
        let database = try #require(try snapshot.database("shop"))
        let table = try #require(try snapshot.table(name, in: database))
        return try table.indexes.filter(\.isOfLexemes).map { index in
            let count = try TextIndexReader(index, in: table, snapshot).status().first { $0.0 == "documents" }?.1 ?? -1
            return "\(index.name) \(index.isReady ? count : -1)"
        }.sorted()
    }

    /// The lines of a plan.
    private func plan(_ sql: String) throws -> [String] {
        try session.rows("EXPLAIN (COSTS off) \(sql)").map { String($0.drop { $0 == " " || $0 == "-" || $0 == ">" }) }
    }

    private static let words = [
        "tree", "trees", "page", "write", "writing", "copy", "log", "the", "on", "of", "search", "e-mail", "1.5", "pando.example/a",
        "Bäume", "x",
    ]

    private static func text(_ random: inout SeededGenerator) -> String {
        (0..<random.below(14)).map { _ in words[random.below(words.count)] }.joined(separator: random.below(5) == 0 ? ", " : " ")
    }

    /// SQL of a text, or NULL.
    private static func literal(_ random: inout SeededGenerator) -> String {
        random.below(8) == 0 ? "NULL" : "'\(text(&random))'"
    }

    private static func query(_ depth: Int, _ random: inout SeededGenerator) -> String {
        let kind = random.below(depth > 0 ? 12 : 5)
        func inner() -> String { query(depth - 1, &random) }
        switch kind {
        case 0...2: return "'\(words[random.below(words.count)])'"
        case 3: return "\(words[random.below(6)].prefix(1 + random.below(4))):*"
        case 4: return "'\(words[random.below(8)])':\(["A", "B", "AD", "*C", "D"][random.below(5)])"
        case 5, 6: return "(\(inner()) & \(inner()))"
        case 7, 8: return "(\(inner()) | \(inner()))"
        case 9: return "!\(inner())"
        default: return "(\(inner()) <\(["-", "1", "2", "0", "3"][random.below(5)])> \(inner()))"
        }
    }

    @Test(arguments: 0..<2 * Fuzzing.factor) func `With an index and without, the rows are the same`(round: Int) throws {
        var random = SeededGenerator(seed: UInt64(round) + 91)
        let tables = ["with", "without"]
        for name in tables {
            try session.rows(
                """
                CREATE TABLE "\(name)" (id int PRIMARY KEY, title text, body varchar(200), plain tsvector, k int,
                  made tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', coalesce(title, '')), 'A')
                  || setweight(to_tsvector('english', coalesce(body, '')), 'B')) STORED)
                """)
        }
        let expressions = [
            "to_tsvector('english', title)", "to_tsvector('english', title || ' ' || body)",
            "to_tsvector('simple', coalesce(title, '') || ' - ' || coalesce(body, 'none'))", "plain", "made",
            "setweight(to_tsvector('german', body), 'C') || plain",
        ]
        if round % 2 == 0 { for one in expressions { try session.rows("CREATE INDEX ON \"with\" USING gin ((\(one)))") } }
        func write(_ sql: (String) -> String) throws { for name in tables { try session.rows(sql("\"\(name)\"")) } }
        for id in 0..<260 {
            let (title, body, other) = (Self.literal(&random), Self.literal(&random), Self.literal(&random))
            let plain = ["to_tsvector('english', \(other))", "strip(to_tsvector('english', \(other)))", "NULL"][random.below(3)]
            try write { "INSERT INTO \($0) (id, title, body, plain, k) VALUES (\(id), \(title), \(body), \(plain), \(id % 7))" }
            guard id > 20, random.below(5) == 0 else { continue }
            let number = random.below(id)
            switch random.below(3) {
            case 0: try write { "DELETE FROM \($0) WHERE id = \(number)" }
            case 1: try write { "UPDATE \($0) SET title = \(body), k = 3 WHERE id = \(number)" }
            default: try write { "UPDATE \($0) SET k = k + 1 WHERE id = \(number)" }
            }
        }
        if round % 2 == 1 { for one in expressions { try session.rows("CREATE INDEX ON \"with\" USING gin ((\(one)))") } }
        #expect(try indexes("with").count == expressions.count)
        var found = 0
        for number in 0..<60 * Fuzzing.factor {
            let expression = expressions[number % expressions.count]
            let query = "'\(Self.query(3, &random).replacing("'", with: "''"))'"
            let asked =
                random.below(4) == 0 ? "\(query)::tsquery" : "to_tsquery('\(random.below(2) == 0 ? "english" : "simple")', \(query))"
            var condition = random.below(2) == 0 ? "\(expression) @@ \(asked)" : "\(asked) @@ (\(expression))"
            switch random.below(6) {
            case 0: condition += " AND k = 3"
            case 1: condition += " AND \(expression) @@ plainto_tsquery('english', 'tree page')"
            case 2: condition = "(\(condition) OR \(expression) @@ 'log')"
            case 3: condition += " AND id < 150"
            default: break
            }
            let rest = ["ORDER BY id", "ORDER BY id DESC LIMIT 5", "ORDER BY k, id LIMIT 7"][random.below(3)]
            for list in ["id, k", "count(*), min(id)", "count(*)"] {
                let tail = list == "id, k" ? rest : ""
                let answers = tables.map { name in
                    (try? session.rows("SELECT \(list) FROM \"\(name)\" WHERE \(condition) \(tail)")) ?? [
                        session.state("SELECT \(list) FROM \"\(name)\" WHERE \(condition)") ?? ""
                    ]
                }
                #expect(answers[0] == answers[1], "\(condition) \(tail)")
                if list == "id, k", !answers[0].isEmpty { found += 1 }
            }
        }
        #expect(found > 15)
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    private func fill(_ count: Int = 200) throws {
        try session.rows("CREATE TABLE d (id int PRIMARY KEY, title text, body text)")
        try session.rows(
            """
            INSERT INTO d SELECT i, 'title ' || i, CASE WHEN i % 10 = 0 THEN 'copied trees ' ELSE 'a log ' END || repeat('word ', i % 5)
            FROM generate_series(1, \(count)) i
            """)
    }

    @Test func plansShowTheIndex() throws {
        try fill()
        try session.rows("CREATE INDEX words ON d USING gin (to_tsvector('english', title || ' ' || body))")
        let scan = "Index Scan using words on d"
        for query in [
            "to_tsquery('english', 'tree')", "plainto_tsquery('english', 'copy tree')", "phraseto_tsquery('english', 'copied trees')",
            "websearch_to_tsquery('english', '\"copied trees\" -log')", "'tree'::tsquery",
        ] {
            let condition = "to_tsvector('english', title || ' ' || body) @@ \(query)"
            #expect(try plan("SELECT id FROM d WHERE \(condition)").contains(scan))
            #expect(try session.rows("SELECT count(*) FROM d WHERE \(condition)") == ["20"], "\(query)")
        }
        let named = "FROM d, to_tsquery('english', 'tree') q WHERE q @@ to_tsvector('english', title || ' ' || body)"
        #expect(try session.rows("SELECT count(*) \(named)") == ["20"])
        #expect(try plan("SELECT id, ts_rank(to_tsvector('english', body), q) \(named)").contains(scan))
        // What rows may have without any word of the query is no matter of the index.
        for query in [
            "'!tree'::tsquery", "'tree | !log'::tsquery", "to_tsquery('english', '!tree')", "to_tsquery('!tree')",
            "websearch_to_tsquery('english', '-tree')", "!!plainto_tsquery('english', 'copied trees')",
        ] {
            #expect(try plan("SELECT id FROM d WHERE to_tsvector('english', title || ' ' || body) @@ \(query)").contains("Seq Scan on d"))
        }
        let negated = "FROM d, to_tsquery('english', '!tree') q WHERE to_tsvector('english', title || ' ' || body) @@ q"
        #expect(try plan("SELECT id \(negated)").contains("Seq Scan on d"))
        #expect(try session.rows("SELECT count(*) \(negated)") == ["180"])
        // What can't be computed is an error as ever.
        #expect(session.state("SELECT \(negated.replacing("!tree", with: "! :"))") == "42601")
        // Another text, or another configuration, is another index's.
        for other in ["to_tsvector('simple', title || ' ' || body)", "to_tsvector('english', body)", "to_tsvector(title || ' ' || body)"] {
            #expect(try plan("SELECT id FROM d WHERE \(other) @@ 'tree'").contains("Seq Scan on d"), "\(other)")
        }
        try session.rows("PREPARE find AS SELECT id FROM d WHERE to_tsvector('english', title || ' ' || body) @@ to_tsquery('english', $1)")
        #expect(try session.rows("EXECUTE find('tree & 50')") == ["50"])
        #expect(try session.rows("EXECUTE find('!tree & 5:*')").count == 10)
        #expect(try session.rows("EXECUTE find(NULL)").isEmpty)
        #expect(try session.rows("EXECUTE find('')").isEmpty)
    }

    /// A query that stands in a row of another table is looked for row by row.
    @Test func queriesInOtherRows() throws {
        try fill(400)
        try session.rows("CREATE INDEX words ON d USING gin (to_tsvector('english', body))")
        try session.rows("CREATE TABLE q (name text, query tsquery)")
        try session.rows("INSERT INTO q VALUES ('one', 'tree & copi'), ('two', 'nothing'), ('three', 'log & word'), ('four', NULL)")
        let vector = "to_tsvector('english', d.body)"
        let joined = "SELECT q.name, d.id FROM q JOIN d ON \(vector) @@ q.query"
        let lateral = "SELECT q.name, x.id FROM q, LATERAL (SELECT id FROM d WHERE \(vector) @@ q.query) x"
        let scan = "Index Scan using words on d"
        for query in [joined, lateral, "SELECT q.name, d.id FROM q, d WHERE q.query @@ \(vector)"] {
            #expect(try session.rows("SELECT name, count(*) FROM (\(query)) y GROUP BY name ORDER BY name") == ["one|40", "three|320"])
            #expect(try plan(query).contains(scan), "\(query)")
        }
        let left = "SELECT q.name, count(d.id) FROM q LEFT JOIN d ON \(vector) @@ q.query AND d.id % 2 = 0 GROUP BY q.name ORDER BY q.name"
        #expect(try session.rows(left) == ["four|0", "one|40", "three|160", "two|0"])
        let counted = "SELECT name, (SELECT count(*) FROM d WHERE \(vector) @@ query) FROM q ORDER BY name"
        #expect(try session.rows(counted) == ["four|0", "one|40", "three|320", "two|0"])
        let exists = "SELECT name FROM q WHERE EXISTS (SELECT 1 FROM d WHERE \(vector) @@ q.query) ORDER BY 1"
        #expect(try session.rows(exists) == ["one", "three"])
        // What is in the row is no query: nothing of the index is asked.
        #expect(try session.rows("SELECT count(*) FROM q JOIN d ON \(vector) @@ ('!' || q.name)::tsquery") == ["1600"])
    }

    @Test func analyzeTellsWhatWasLookedAt() throws {
        try fill()
        try session.rows("CREATE INDEX words ON d USING gin (to_tsvector('english', body))")
        let condition = "to_tsvector('english', body) @@ 'copi & tree'"
        func found(_ sql: String) throws -> [String] {
            let lines = try session.rows("EXPLAIN (ANALYZE, COSTS off) \(sql)").map { String($0.drop { $0 == " " }) }
            return lines.filter { $0.hasPrefix("Text Search") }
        }
        let best = "SELECT id FROM d WHERE \(condition) ORDER BY pando.score(d) DESC LIMIT 3"
        #expect(try found(best) == ["Text Search: looked at 2 lists, scored 20 documents, skipped 0 blocks"])
        #expect(
            try found("SELECT id FROM d WHERE \(condition)") == ["Text Search: looked at 2 lists, scored 0 documents, skipped 0 blocks"])
        #expect(try found("SELECT count(*) FROM d WHERE \(condition)").count == 1)
        #expect(try found("SELECT id FROM d WHERE id = 5").isEmpty)
        #expect(try session.rows("EXPLAIN \(best)").allSatisfy { !$0.contains("Text Search") })
        try session.rows("CREATE TABLE q (query tsquery); INSERT INTO q VALUES ('tree'), ('log')")
        let each = try found("SELECT * FROM q, LATERAL (SELECT id FROM d WHERE to_tsvector('english', body) @@ q.query) x")
        #expect(each == ["Text Search: looked at 2 lists, scored 0 documents, skipped 0 blocks, in 2 searches"])
    }

    /// Each column of an index is found by, and an index with a condition serves those who don't ask for it, too.
    @Test func severalColumnsAndConditions() throws {
        try fill(200)
        try session.rows("CREATE INDEX pair ON d USING gin (to_tsvector('english', title), to_tsvector('english', body))")
        try session.rows("CREATE INDEX narrow ON d USING gin (to_tsvector('simple', body)) WHERE id > 100")
        #expect(try indexes("d") == ["narrow 200", "pair 200", "pair.2 200"])
        #expect(try session.rows("SELECT id FROM d WHERE to_tsvector('english', title) @@ '17'") == ["17"])
        #expect(try session.rows("SELECT count(*) FROM d WHERE to_tsvector('english', body) @@ 'tree'") == ["20"])
        #expect(try plan("SELECT id FROM d WHERE to_tsvector('english', body) @@ 'tree'").contains("Index Scan using pair.2 on d"))
        #expect(try session.rows("SELECT count(*) FROM d WHERE to_tsvector('simple', body) @@ 'trees' AND id > 100") == ["10"])
        #expect(try session.rows("SELECT count(*) FROM d WHERE to_tsvector('simple', body) @@ 'trees'") == ["20"])
        #expect(
            try session.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'pair'") == [
                "CREATE INDEX pair ON public.d USING gin (to_tsvector('english'::regconfig, title), to_tsvector('english'::regconfig, body))"
            ])
        try session.rows("UPDATE d SET body = 'new words' WHERE id = 5; DELETE FROM d WHERE id = 6; ALTER INDEX pair RENAME TO two")
        #expect(try indexes("d") == ["narrow 199", "two 199", "two.2 199"])
        try session.rows("DROP INDEX two")
        #expect(try indexes("d") == ["narrow 199"])
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    /// An archive has the definitions; what is restored is searched by indexes that were made again.
    @Test func archivesHaveThem() throws {
        try fill()
        try session.rows("ALTER TABLE d ADD v tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED")
        try session.rows("CREATE INDEX stored ON d USING gin (v); CREATE INDEX pair ON d USING gin (to_tsvector('simple', title), v)")
        try session.rows("CREATE INDEX narrow ON d USING gin (to_tsvector('german', body)) WHERE id > 5")
        let path = FileManager.default.temporaryDirectory.appending(path: "lexemes-\(UUID()).tar").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try session.pando.catalog.snapshot().dump(toFile: path)
        let other = try Pando.inMemory()
        _ = try other.catalog.restore(ArchiveInput(path: path))
        let restored = LexemeIndexTests(TestSession(other, try SQLConnection(other, user: nil, database: "shop")))
        #expect(try restored.indexes("d") == indexes("d"))
        let definitions = "SELECT indexdef FROM pg_indexes WHERE tablename = 'd' ORDER BY indexname"
        #expect(try restored.session.rows(definitions) == session.rows(definitions))
        #expect(try restored.session.rows("SELECT count(*) FROM d WHERE v @@ 'tree'") == ["20"])
        #expect(try restored.plan("SELECT id FROM d WHERE v @@ 'tree'").contains { $0.hasPrefix("Index Scan using") })
        try restored.session.rows("INSERT INTO d (id, body) VALUES (900, 'another tree')")
        #expect(try restored.session.rows("SELECT count(*) FROM d WHERE v @@ 'tree'") == ["21"])
        #expect(try other.catalog.check().problems.isEmpty)
    }

    /// GIN indexes of jsonb and arrays are declarations: their operators read the table, as the plan says.
    @Test func jsonIsReadWithoutAnIndex() throws {
        try session.rows("CREATE TABLE j (id int PRIMARY KEY, v jsonb); CREATE INDEX js ON j USING gin (v)")
        try session.rows("INSERT INTO j SELECT i, jsonb_build_object('k', i % 10, 'n' || i, true) FROM generate_series(1, 200) i")
        for (condition, count) in [("v @> '{\"k\": 3}'", "20"), ("v ? 'n17'", "1"), ("v ?| ARRAY['n1', 'n2']", "2")] {
            #expect(try session.rows("SELECT count(*) FROM j WHERE \(condition)") == [count])
            #expect(try plan("SELECT id FROM j WHERE \(condition)").contains("Seq Scan on j"))
        }
        #expect(try session.rows("SELECT indexdef FROM pg_indexes WHERE indexname = 'js'") == ["CREATE INDEX js ON public.j USING gin (v)"])
    }

    @Test func theCatalogsShowIt() throws {
        try fill(40)
        try session.rows("CREATE INDEX ON d USING gin (to_tsvector('english', body)) WITH (fastupdate = off)")
        try session.rows("ALTER TABLE d ADD v tsvector GENERATED ALWAYS AS (to_tsvector('english', title)) STORED")
        try session.rows("CREATE INDEX v ON d USING gin (v tsvector_ops)")
        #expect(try indexes("d") == ["d_to_tsvector_idx 40", "v 40"])
        #expect(
            try session.rows("SELECT indexdef FROM pg_indexes WHERE tablename = 'd' ORDER BY indexname").dropFirst() == [
                "CREATE INDEX d_to_tsvector_idx ON public.d USING gin (to_tsvector('english'::regconfig, body))",
                "CREATE INDEX v ON public.d USING gin (v)",
            ])
        #expect(try session.rows("SELECT pg_get_indexdef('v'::regclass)") == ["CREATE INDEX v ON public.d USING gin (v)"])
        try session.rows("ALTER TABLE d RENAME body TO text; ALTER INDEX v RENAME TO w")
        #expect(try indexes("d") == ["d_to_tsvector_idx 40", "w 40"])
        #expect(try session.rows("SELECT count(*) FROM d WHERE to_tsvector('english', text) @@ 'tree'") == ["4"])
        try session.rows("BEGIN; DROP INDEX w; ROLLBACK; DROP INDEX d_to_tsvector_idx")
        #expect(try indexes("d") == ["w 40"])
        try session.rows("ALTER TABLE d DROP COLUMN v")
        #expect(try indexes("d").isEmpty)
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    @Test func itIsWrittenInTheSameTransaction() throws {
        try fill()
        try session.rows("CREATE INDEX ON d USING gin (to_tsvector('english', body))")
        let count = "SELECT count(*) FROM d WHERE to_tsvector('english', body) @@ 'tree & new'"
        try session.rows("BEGIN; INSERT INTO d VALUES (1001, '', 'new trees'); UPDATE d SET body = 'a new tree' WHERE id < 6")
        #expect(try session.rows(count) == ["6"])
        try session.rows("SAVEPOINT s; DELETE FROM d WHERE id < 4")
        #expect(try session.rows(count) == ["3"])
        try session.rows("ROLLBACK TO s")
        #expect(try session.rows(count) == ["6"])
        try session.rows("ROLLBACK")
        #expect(try session.rows(count) == ["0"])
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    @Test func scoresAreThoseOfTheIndex() throws {
        try fill()
        try session.rows(
            "ALTER TABLE d ADD v tsvector GENERATED ALWAYS AS (setweight(to_tsvector('english', title), 'A') || to_tsvector('english', body)) STORED"
        )
        try session.rows("CREATE INDEX v ON d USING gin (v)")
        try session.rows(
            "INSERT INTO d VALUES (501, 'Trees', 'a log'), (502, 'log', 'trees and trees'), (503, 'log', 'trees log log log log')")
        let sorted = try session.rows("SELECT id, pando.score(d) FROM d WHERE v @@ 'tree' ORDER BY pando.score(d) DESC, id")
        #expect(sorted.count == 23)
        #expect(sorted.first?.hasPrefix("501|") == true)
        for limit in [1, 3, 10, 40] {
            let best = try session.rows("SELECT id FROM d WHERE v @@ 'tree' ORDER BY pando.score(d) DESC LIMIT \(limit)")
            #expect(Set(best).count == min(limit, 23))
            #expect(best.first == "501")
        }
        #expect(
            try plan("SELECT id FROM d WHERE v @@ 'tree' ORDER BY pando.score(d) DESC LIMIT 3").filter { $0 != "Result" } == [
                "Limit", "Index Scan using v on d", "Index Cond: (v @@ '''tree''')", "Order By: pando.score(d) DESC",
            ])
        // What is asked of rows besides passes over the best.
        let phrase = "SELECT id FROM d WHERE v @@ 'log:A & tree' AND id % 2 = 1 ORDER BY pando.score(d) DESC LIMIT 5"
        #expect(try session.rows(phrase) == ["503"])
        #expect(try session.rows("SELECT score > 0 FROM (SELECT pando.score(d) AS score FROM d WHERE v @@ 'tree' LIMIT 1) x") == ["t"])
        #expect(session.state("SELECT pando.score(d) FROM d") == "0A000")
        #expect(session.state("SELECT pando.score(d) FROM d WHERE v @@ '!tree'") == "0A000")
        #expect(session.state("SELECT pando.score(e) FROM d WHERE v @@ 'tree'") == "42P01")
        #expect(session.state("SELECT pando.score(1) FROM d WHERE v @@ 'tree'") == "42883")
        #expect(session.state("UPDATE d SET title = 'x' WHERE v @@ 'tree' RETURNING pando.score(d)") == "0A000")
    }

    @Test func whatGINCannotHoldIsRefused() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, a text, j jsonb, l int[], v tsvector)")
        #expect(session.state("CREATE INDEX ON t USING gin (a)") == "42704")
        #expect(session.state("CREATE INDEX ON t USING gin (a gin_trgm_ops)") == "42704")
        #expect(session.state("CREATE INDEX ON t USING gin (a tsvector_ops)") == "42804")
        #expect(session.state("CREATE INDEX ON t USING gin (to_tsvector(a))") == "42P17")
        #expect(session.state("CREATE UNIQUE INDEX ON t USING gin (v)") == "0A000")
        #expect(session.state("CREATE INDEX ON t USING gist (v)") == "0A000")
        #expect(session.state("CREATE INDEX ON t USING gin (to_tsvector('klingon', a))") == "42704")
        for order in ["ASC", "DESC", "NULLS FIRST", "NULLS LAST"] {
            #expect(session.state("CREATE INDEX ON t USING gin (v \(order))") == "0A000", "\(order)")
            #expect(session.state("CREATE INDEX ON t USING hash (a \(order))") == "0A000", "\(order)")
        }
        for column in ["v", "v DESC", "v tsvector_ops"] {
            #expect(session.state("CREATE INDEX ON t USING hash (\(column))") == "42704", "\(column)")
        }
        // What the method can't is said first, whatever the columns are.
        for (index, what) in [
            ("hash (a, l)", "multicolumn indexes"), ("hash (nosuch, a)", "multicolumn indexes"),
            ("hash (a DESC, l)", "multicolumn indexes"),
            ("hash (a) INCLUDE (l)", "included columns"), ("hash (a, l) INCLUDE (v)", "included columns"),
            ("gin (v) INCLUDE (a)", "included columns"), ("gin (v DESC) INCLUDE (a)", "included columns"),
        ] {
            let refusal = session.refusal("CREATE INDEX ON t USING \(index)")
            #expect(refusal?.state.rawValue == "0A000", "\(index)")
            #expect(refusal?.message == "access method \"\(index.prefix { $0 != " " })\" does not support \(what)", "\(index)")
        }
        let refusal = session.refusal("CREATE UNIQUE INDEX ON t USING hash (a, l)")
        #expect(refusal?.message == "access method \"hash\" does not support unique indexes")
        for fine in ["j", "j jsonb_path_ops", "l", "v", "to_tsvector('english', j)", "to_tsvector('english', lower(a))"] {
            #expect(session.state("CREATE INDEX ON t USING gin (\(fine))") == nil, "\(fine)")
        }
        // Only what the index has itself is found by it; the others are read.
        #expect(try indexes("t") == ["t_v_idx 0"])
    }

    @Test func longAndStrangeLexemes() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, v tsvector); CREATE INDEX ON t USING gin (v)")
        try session.rows("INSERT INTO t SELECT i, 'w' FROM generate_series(1, 40) i")
        let long = String(repeating: "l", count: 300)
        try session.rows(
            "INSERT INTO t VALUES (101, '\(long)a'), (102, '\(long)b'), (103, E'''a '''' b'':1A ''c\\\\\\\\d'':2'), (104, '\(long)a:3 x:4')"
        )
        #expect(try session.rows("SELECT id FROM t WHERE v @@ '\(long)a' ORDER BY id") == ["101", "104"])
        #expect(try session.rows("SELECT id FROM t WHERE v @@ '\(long):*' ORDER BY id") == ["101", "102", "104"])
        #expect(try session.rows("SELECT id FROM t WHERE v @@ '\(long)a <-> x'") == ["104"])
        #expect(try session.rows("SELECT id FROM t WHERE v @@ $$'a '' b' <-> 'c\\\\d'$$") == ["103"])
        #expect(try session.rows("SELECT count(*) FROM t WHERE v @@ '!\(long)a & w'") == ["40"])
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    @Test func tooManyWordsBehindABeginningAreReadWithoutIt() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, v tsvector); CREATE INDEX ON t USING gin (v)")
        try session.rows("INSERT INTO t SELECT i, ('w' || i || ' a')::tsvector FROM generate_series(1, 1100) i")
        #expect(try session.rows("SELECT count(*) FROM t WHERE v @@ 'w:*'") == ["1100"])
        #expect(try session.rows("SELECT count(*) FROM t WHERE v @@ 'w10:*'") == ["111"])
        let refusal = #expect(throws: SQLError.self) { try session.rows("SELECT pando.score(t) FROM t WHERE v @@ 'w:*'") }
        #expect(refusal?.state == .programLimitExceeded)
        #expect(refusal?.message.contains("the limit is 1024") == true)
        // So are those that rows must not have.
        try session.rows("INSERT INTO t VALUES (2000, 'a'), (2001, 'b')")
        #expect(try session.rows("SELECT id FROM t WHERE v @@ 'a & !w:*'") == ["2000"])
        #expect(try session.rows("SELECT count(*) FROM t WHERE v @@ 'a & !w:*'") == ["1"])
        #expect(try session.rows("SELECT count(*) FROM t WHERE v @@ 'a & !w10:*'") == ["990"])
    }

    /// The index that fits what is known when the statement runs may be of fewer conditions than another.
    @Test func countsByOneIndexAskForAllConditions() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, a text)")
        try session.rows(
            """
            INSERT INTO t SELECT i, CASE i % 4 WHEN 0 THEN 'tree page' WHEN 1 THEN 'tree' WHEN 2 THEN 'page' ELSE 'log' END
            FROM generate_series(1, 400) i
            """)
        for name in ["english", "simple"] { try session.rows("CREATE INDEX ON t USING gin (to_tsvector('\(name)', a))") }
        try session.rows(
            """
            PREPARE p (regconfig) AS SELECT count(*) FROM t
              WHERE to_tsvector($1, a) @@ 'tree'::tsquery AND to_tsvector('english', a) @@ 'page'::tsquery
            """)
        for name in ["simple", "english"] { #expect(try session.rows("EXECUTE p('\(name)')") == ["100"], "\(name)") }
    }

    /// As drivers send it that bind everything. What it is, is known when the statement runs.
    @Test func configurationsMayBeParameters() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, a text); CREATE INDEX t_a ON t USING gin (to_tsvector('english', a))")
        try session.rows(
            "INSERT INTO t SELECT i, CASE WHEN i % 100 = 0 THEN 'Some trees' ELSE 'the page ' || i END FROM generate_series(1, 500) i")
        for (name, type, cast) in [("p", "regconfig", "$1"), ("q", "text", "$1::regconfig")] {
            try session.rows(
                """
                PREPARE \(name) (\(type), text) AS
                  SELECT id FROM t WHERE to_tsvector(\(cast), a) @@ plainto_tsquery(\(cast), $2) ORDER BY id
                """)
            func plan(_ configuration: String) throws -> String {
                try session.rows("EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off) EXECUTE \(name)('\(configuration)', 'tree')")
                    .joined(separator: "\n")
            }
            #expect(try session.rows("EXECUTE \(name)('english', 'tree')") == ["100", "200", "300", "400", "500"])
            #expect(try plan("english").contains("Text Search: "))
            // Another one has other words.
            #expect(try session.rows("EXECUTE \(name)('simple', 'tree')") == [])
            #expect(try session.rows("EXECUTE \(name)('simple', 'trees')") == ["100", "200", "300", "400", "500"])
            #expect(try session.rows("EXECUTE \(name)('simple', 'the')").count == 495)
            #expect(try !plan("simple").contains("Text Search: "))
            #expect(try session.rows("EXECUTE \(name)(NULL, 'tree')") == [])
        }
    }

    /// PostgreSQL computes what it indexes, so a row is refused whose tsvector is one too large.
    @Test func largeRowsAreRefused() throws {
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, a text); CREATE INDEX t_a ON t USING gin (to_tsvector('simple', a))")
        func text(_ count: Int) -> String { "(SELECT string_agg('w' || md5(g::text), ' ') FROM generate_series(1, \(count)) g)" }
        #expect(session.state("INSERT INTO t VALUES (1, \(text(26_000)))") == nil)
        #expect(session.state("INSERT INTO t VALUES (2, \(text(29_000)))") == "54000")
        #expect(session.state("UPDATE t SET a = \(text(29_000))") == "54000")
        #expect(session.state("SELECT to_tsvector('simple', \(text(29_000)))") == "54000")
        #expect(try session.rows("SELECT count(*) FROM t WHERE to_tsvector('simple', a) @@ ('w' || md5('7'))::tsquery") == ["1"])
        try session.rows("CREATE TABLE u (id int PRIMARY KEY, a text); INSERT INTO u VALUES (2, \(text(29_000)))")
        #expect(session.state("CREATE INDEX u_a ON u USING gin (to_tsvector('simple', a))") == "54000")
        #expect(try session.rows("SELECT length(a) > 900000 FROM u") == ["t"])
        #expect(try indexes("u") == [])
        #expect(try session.pando.catalog.check().problems.isEmpty)
    }

    /// What `docs/SEARCH.md` shows of SQL is so.
    @Test func thePageIsTrue() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/SEARCH.md"), encoding: .utf8)
        var (statement, count) = ("", 0)
        var answer: [String] = []
        func finish() throws {
            guard !statement.isEmpty else { return }
            count += 1
            let rows = try session.rows(statement)
            #expect(rows == answer, "\(statement)")
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
        #expect(count == 7)
    }
}
