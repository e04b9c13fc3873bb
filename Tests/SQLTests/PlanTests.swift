import TestSupport
import Testing

@testable import ReQLish
@testable import SQL

/// Every plan of a query gives the same rows: with indexes and without, hash tables in memory and in files, by helpers, and where ways to join,
/// read and sort are forbidden, beside a model that knows none of them.
@Suite struct PlanTests {
    private struct Record {
        var id: Int
        var a: Int?
        var b: Int?
        var t: String
    }

    /// A condition in SQL, and what it means; nil is unknown.
    private struct Condition {
        var text: String
        var holds: (Record, Record?) -> Bool
    }

    private let sessions: [(name: String, session: TestSession)]
    /// Of these some are asked each time: helpers read chunks, and settings forbid what the planner would choose.
    private let others: [(name: String, session: TestSession)]
    private var left: [Record] = []
    private var right: [Record] = []

    init() throws {
        func record(_ id: Int, _ range: Int) -> Record {
            Record(
                id: id, a: Int.random(in: 0..<10) == 0 ? nil : Int.random(in: 0..<range),
                b: Int.random(in: 0..<6) == 0 ? nil : Int.random(in: 0..<20),
                t: "t\(Int.random(in: 0..<range))")
        }
        left = (0..<400).map { record($0, 60) }
        right = (0..<700).map { record($0, 90) }
        var tight = PandoOptions()
        tight.queryMemoryLimit = 256 << 10
        let (plain, indexed) = (try TestSession(), try TestSession())
        sessions = [
            ("plain", plain), ("indexes", indexed), ("files", try TestSession(sharing: plain, tight)),
            ("indexes and files", try TestSession(sharing: indexed, tight)),
        ]
        for (name, session) in sessions.prefix(2) {
            let key = name.hasPrefix("indexes") ? "PRIMARY KEY" : ""
            for (table, records) in [("l", left), ("r", right)] {
                try session.rows("CREATE TABLE \(table) (id int \(key), a int, b int, t text)")
                let rows = records.map { "(\($0.id), \($0.a.map(String.init) ?? "NULL"), \($0.b.map(String.init) ?? "NULL"), '\($0.t)')" }
                try session.rows("INSERT INTO \(table) VALUES \(rows.joined(separator: ", "))")
                if !key.isEmpty {
                    try session.rows("CREATE INDEX ON \(table) (a, b); CREATE INDEX ON \(table) (b); CREATE INDEX ON \(table) (t)")
                }
            }
        }
        var helped = PandoOptions()
        helped.scanThreadCount = 4
        helped.scanChunkCount = 50
        var (helpedAndTight, others) = (helped, [(name: String, session: TestSession)]())
        helpedAndTight.queryMemoryLimit = 256 << 10
        let ways: [(name: String, session: TestSession, options: PandoOptions, forbidden: [String])] = [
            ("plain and helpers", plain, helped, []), ("indexes and helpers", indexed, helped, []),
            ("indexes, helpers and files", indexed, helpedAndTight, []),
            ("indexes and no hash tables", indexed, PandoOptions(), ["hashjoin", "mergejoin", "hashagg"]),
            ("indexes and no lookups", indexed, PandoOptions(), ["nestloop", "indexscan", "bitmapscan"]),
            ("indexes and nothing but them", indexed, helped, ["seqscan", "sort", "hashjoin"]),
        ]
        for way in ways {
            let other = try TestSession(sharing: way.session, way.options)
            for name in way.forbidden { try other.rows("SET enable_\(name) = off") }
            others.append((way.name, other))
        }
        self.others = others
    }

    /// Those that a query is asked of.
    private var chosen: [(name: String, session: TestSession)] { sessions + others.shuffled().prefix(2) }

    private func filter(_ table: String, _ isRight: Bool) -> Condition {
        let (x, y) = (Int.random(in: 0..<60), Int.random(in: 0..<60))
        func of(_ body: @escaping (Record) -> Bool) -> (Record, Record?) -> Bool {
            { isRight ? $1.map(body) ?? false : body($0) }
        }
        switch Int.random(in: 0..<12) {
        case 0: return Condition(text: "\(table).a = \(x)", holds: of { $0.a == x })
        case 1: return Condition(text: "\(table).a IN (\(x), \(y), NULL)", holds: of { $0.a == x || $0.a == y })
        case 2: return Condition(text: "\(table).a BETWEEN \(x) AND \(y)", holds: of { $0.a.map { $0 >= x && $0 <= y } ?? false })
        case 3: return Condition(text: "\(table).b IS NULL", holds: of { $0.b == nil })
        case 4:
            return Condition(
                text: "(\(table).b < 3 OR \(table).b = 7 OR \(table).b IS NULL)", holds: of { $0.b.map { $0 < 3 || $0 == 7 } ?? true })
        case 5: return Condition(text: "\(table).t = 't\(x)'", holds: of { $0.t == "t\(x)" })
        case 6: return Condition(text: "\(table).id < \(x * 8)", holds: of { $0.id < x * 8 })
        case 7: return Condition(text: "\(table).a = \(x) AND \(table).b > 4", holds: of { $0.a == x && ($0.b ?? 0) > 4 })
        case 8: return Condition(text: "\(table).id IN (\(x), \(y * 3))", holds: of { $0.id == x || $0.id == y * 3 })
        case 9:
            let digit = x % 7
            return Condition(
                text: "substring(\(table).t, 1, 2) IN ('t\(digit)', NULL, 't8')",
                holds: of { $0.t.hasPrefix("t\(digit)") || $0.t.hasPrefix("t8") })
        case 10:
            return Condition(
                text: "(\(table).a <= \(x) AND \(table).b < 5 OR \(table).b > 12 AND \(table).a > \(y) AND \(table).t <> 't4')",
                holds: of { record in
                    guard let a = record.a, let b = record.b else { return false }
                    return a <= x && b < 5 || b > 12 && a > y && record.t != "t4"
                })
        default: return Condition(text: "\(table).id >= 0", holds: of { _ in true })
        }
    }

    private func connection() -> Condition {
        switch Int.random(in: 0..<5) {
        case 0: return Condition(text: "l.a = r.a", holds: { one, other in one.a != nil && one.a == other?.a })
        case 1:
            return Condition(
                text: "r.a = l.a AND l.b = r.b",
                holds: { one, other in one.a != nil && one.b != nil && one.a == other?.a && one.b == other?.b })
        case 2: return Condition(text: "l.t = r.t", holds: { one, other in one.t == other?.t })
        case 3: return Condition(text: "l.id = r.id", holds: { one, other in one.id == other?.id })
        default:
            return Condition(
                text: "l.a = r.a AND l.id < r.id", holds: { one, other in one.a != nil && one.a == other?.a && one.id < (other?.id ?? 0) })
        }
    }

    /// Groups that are made before the join: of rows that meet one of few, of several keys, and of none.
    @Test func groupsOfJoinsAgree() throws {
        for (_, session) in sessions.prefix(2) {
            try session.rows("CREATE TABLE few (id int8 PRIMARY KEY, name text)")
            let rows = (-5..<60).map { "(\($0), 'f\($0)')" }
            try session.rows("INSERT INTO few VALUES \(rows.joined(separator: ", "))")
        }
        for kind in ["JOIN", "LEFT JOIN"] {
            for _ in 0..<12 {
                let condition = filter("r", true)
                let query = """
                    SELECT f.id, f.name || '!', count(r.b), count(r.id), sum(r.id), min(r.t), max(r.b), avg(r.b)::numeric(20, 6)
                    FROM \(kind == "JOIN" ? "few f JOIN r" : Bool.random() ? "few f LEFT JOIN r" : "r RIGHT JOIN few f")
                    ON r.a = f.id AND \(condition.text) GROUP BY f.id HAVING count(r.id) <> 3
                    """
                var expected: [String] = []
                for id in -5..<60 {
                    let met = right.filter { $0.a == id && condition.holds($0, $0) }
                    if met.count == 3 || met.isEmpty && kind == "JOIN" { continue }
                    let numbers = met.compactMap(\.b)
                    func text(_ value: Int?) -> String { value.map(String.init) ?? "NULL" }
                    expected.append(
                        "\(id)|f\(id)!|\(numbers.count)|\(met.count)|\(met.isEmpty ? "NULL" : "\(met.reduce(0) { $0 + $1.id })")|"
                            + "\(met.map(\.t).min() ?? "NULL")|\(text(numbers.max()))|")
                }
                for (name, session) in chosen {
                    let found = try session.rows(query).map { row in
                        row.split(separator: "|", omittingEmptySubsequences: false).dropLast().joined(separator: "|") + "|"
                    }
                    #expect(found.sorted() == expected.sorted(), "\(name): \(query)")
                    // Nothing is left out of what is grouped after the join.
                    let slow = query.replacing("f.id AND", with: "f.id AND f.id + 0 = r.a AND")
                    #expect(try session.rows(slow).sorted() == session.rows(query).sorted(), "\(name): \(slow)")
                }
            }
        }
        let plan = try sessions[0].session.rows("EXPLAIN SELECT f.id, count(r.id) FROM few f LEFT JOIN r ON r.a = f.id GROUP BY f.id")
        #expect(plan.first?.hasPrefix("Result") == true || plan.first?.hasPrefix("Hash Left Join") == true, "\(plan)")
        #expect(plan.contains { $0.contains("Group Key: r.a") }, "\(plan)")
    }

    /// Columns that follow from a primary key tell no groups apart, whether they are named among the keys or not.
    @Test func columnsOfGroupsByKeysAgree() throws {
        for kind in ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"] {
            for on in ["l.a = r.a", "l.a = r.b AND l.id < r.id", "l.id = r.id"] {
                let others = "SELECT l.id AS i, l.a, l.b, r.b AS rb, count(*), min(r.id) FROM l \(kind) r ON \(on)"
                let known = try sessions[0].session.rows("\(others) GROUP BY l.id, l.a, l.b, r.b").sorted()
                #expect(known.count > 100)
                for (name, session) in chosen {
                    #expect(try session.rows("\(others) GROUP BY l.t, r.b, l.id, l.b, l.a").sorted() == known, "\(name): \(kind) \(on)")
                    guard name.hasPrefix("indexes") else { continue }
                    #expect(try session.rows("\(others) GROUP BY r.b, l.id").sorted() == known, "\(name): \(kind) \(on)")
                    let sets = "GROUP BY l.id, GROUPING SETS ((l.t, r.b), (r.b))"
                    #expect(try session.rows("\(others) \(sets)").sorted() == (known + known).sorted(), "\(name): \(kind) \(on)")
                }
            }
        }
    }

    @Test func plansAgree() throws {
        for _ in 0..<30 * Fuzzing.factor {
            let (kind, on) = (["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"].randomElement() ?? "JOIN", connection())
            let filters =
                kind == "JOIN"
                ? [filter("l", false), filter("r", true)]
                : kind == "LEFT JOIN" ? [filter("l", false)] : kind == "RIGHT JOIN" ? [filter("r", true)] : []
            var pairs: [(Record?, Record?)] = []
            var met: Set<Int> = []
            for one in left {
                var hasMet = false
                for other in right where on.holds(one, other) {
                    hasMet = true
                    met.insert(other.id)
                    pairs.append((one, other))
                }
                if !hasMet, kind == "LEFT JOIN" || kind == "FULL JOIN" { pairs.append((one, nil)) }
            }
            if kind == "RIGHT JOIN" || kind == "FULL JOIN" {
                for other in right where !met.contains(other.id) { pairs.append((nil, other)) }
            }
            let nobody = Record(id: -1, t: "")
            let kept = pairs.filter { pair in filters.allSatisfy { $0.holds(pair.0 ?? nobody, pair.1) } }
            let expected = kept.map { "\($0.0.map { String($0.id) } ?? "NULL")|\($0.1.map { String($0.id) } ?? "NULL")" }
            let text = filters.isEmpty ? "" : " WHERE " + filters.map(\.text).joined(separator: " AND ")
            let query = "FROM l \(kind) r ON \(on.text)\(text)"
            let groups = Dictionary(grouping: kept) { $0.0?.b }.map { "\($0.key.map(String.init) ?? "NULL")|\($0.value.count)" }
            let half = Set(kept.compactMap { $0.1?.b }).count / 2
            let most = kept.filter { $0.0?.id ?? 1 > 100 }.compactMap { $0.1?.a }.max() ?? 1000
            let large = Dictionary(grouping: kept) { $0.0?.b }.filter { _, pairs in
                pairs.count > half && pairs.compactMap { $0.1?.a }.reduce(0, +) >= most
            }.map { "\($0.key.map(String.init) ?? "NULL")|\($0.value.count)" }
            let different = Dictionary(grouping: kept) { $0.0?.b }.map { key, pairs in
                "\(key.map(String.init) ?? "NULL")|\(Set(pairs.compactMap { $0.1?.a }).count)"
            }
            for (name, session) in chosen {
                #expect(try session.rows("SELECT l.id, r.id \(query)").sorted() == expected.sorted(), "\(name): \(query)")
                let counted = try session.rows("SELECT l.b, count(DISTINCT r.a) \(query) GROUP BY l.b")
                #expect(counted.sorted() == different.sorted(), "\(name): \(query)")
                #expect(try session.rows("SELECT l.b, count(*) \(query) GROUP BY l.b").sorted() == groups.sorted(), "\(name): \(query)")
                // The queries in HAVING read the rows that are grouped, or others that are the same.
                for again in [query, query + (text.isEmpty ? " WHERE true" : " AND true")] {
                    let having = try session.rows(
                        """
                        SELECT l.b, count(*) \(query) GROUP BY l.b HAVING count(*) > (SELECT count(DISTINCT r.b) / 2 \(again))
                        AND coalesce(sum(r.a), 0) + coalesce(0 * min(r.b) + 0 * min(l.id), 0) >=
                            (SELECT coalesce(max(r.a) FILTER (WHERE coalesce(l.id, 1) > 100), 1000) \(again))
                        """)
                    #expect(having.sorted() == large.sorted(), "\(name): \(query)")
                }
                let distinct = try session.rows("SELECT DISTINCT r.t \(query)").sorted()
                #expect(distinct == Set(kept.map { $0.1?.t ?? "NULL" }).sorted(), "\(name): \(query)")
            }
        }
    }

    /// What is asked for each row whether there are others: by entries alone, by documents, and by rows that are kept.
    @Test func existenceAgrees() throws {
        for _ in 0..<40 {
            let filter = filter("l", false)
            var met: (Record, Record) -> Bool = { one, other in one.a != nil && one.a == other.a }
            var text = "r.a = l.a"
            switch Int.random(in: 0..<5) {
            case 0: break
            case 1:
                text = "r.id = l.a"
                met = { one, other in one.a == other.id }
            case 2:
                text += " AND r.b = l.b"
                met = { one, other in one.a != nil && one.a == other.a && one.b != nil && one.b == other.b }
            case 3:
                text += " AND r.b <> l.b"
                met = { one, other in
                    guard let b = one.b, let its = other.b else { return false }
                    return one.a != nil && one.a == other.a && b != its
                }
            default:
                text = "r.b = l.b AND r.id > l.id + 600"
                met = { one, other in one.b != nil && one.b == other.b && other.id > one.id + 600 }
            }
            for isNegated in [false, true] {
                let expected = left.filter { one in
                    filter.holds(one, nil) && right.contains { met(one, $0) } != isNegated
                }
                let query = "SELECT id FROM l WHERE \(filter.text) AND \(isNegated ? "NOT" : "") EXISTS (SELECT * FROM r WHERE \(text))"
                for (name, session) in chosen {
                    #expect(try session.rows(query).sorted() == expected.map { String($0.id) }.sorted(), "\(name): \(query)")
                }
            }
        }
    }

    /// What is asked for each row of what others add up to: NULLs, keys that come again, of which there are none, and of several types.
    @Test func aggregatesAgree() throws {
        for _ in 0..<12 {
            let filter = filter("l", false)
            var met: (Record, Record) -> Bool = { one, other in one.a != nil && one.a == other.a }
            var text = "r.a = l.a"
            switch Int.random(in: 0..<4) {
            case 0: break
            case 1:
                text = "r.id = l.a"
                met = { one, other in one.a == other.id }
            case 2:
                text += " AND r.b <> l.b"
                met = { one, other in
                    guard let b = one.b, let its = other.b else { return false }
                    return one.a != nil && one.a == other.a && b != its
                }
            default:
                text = "r.b = l.b AND r.id > l.id + 600"
                met = { one, other in one.b != nil && one.b == other.b && other.id > one.id + 600 }
            }
            let values = { (one: Record) in right.filter { met(one, $0) } }
            let condition: String
            let holds: (Record) -> Bool
            switch Int.random(in: 0..<5) {
            case 0:
                condition = "l.id % 5 < (SELECT count(*) FROM r WHERE \(text))"
                holds = { $0.id % 5 < values($0).count }
            case 1:
                condition = "(SELECT 0.5 * sum(r.b) FROM r WHERE \(text)) >= l.a"
                holds = { one in
                    let known = values(one).compactMap(\.b)
                    guard let a = one.a, !known.isEmpty else { return false }
                    return known.reduce(0, +) >= 2 * a
                }
            case 2:
                condition = "l.a + 1.0 <> 1 + (SELECT max(r.b) FROM r WHERE \(text))"
                holds = { one in
                    guard let a = one.a, let most = values(one).compactMap(\.b).max() else { return false }
                    return a != most
                }
            case 3:
                condition = "(SELECT count(r.b) FILTER (WHERE r.id % 3 > 0) + l.id FROM r WHERE \(text)) > l.id + 1"
                holds = { one in values(one).filter { $0.id % 3 > 0 }.compactMap(\.b).count > 1 }
            default:
                condition = "(SELECT sum(r.b + l.b) FROM r WHERE \(text)) > 12 AND l.id < (SELECT 300 + max(r.id) FROM r WHERE \(text))"
                holds = { one in
                    let found = values(one)
                    let known = found.compactMap(\.b)
                    guard let b = one.b, !known.isEmpty, let most = found.map(\.id).max() else { return false }
                    return known.reduce(0) { $0 + $1 + b } > 12 && one.id < 300 + most
                }
            }
            let expected = left.filter { filter.holds($0, nil) && holds($0) }.map { String($0.id) }.sorted()
            for query in [
                "SELECT id FROM l WHERE \(filter.text) AND \(condition)",
                "SELECT l.id FROM l JOIN (VALUES (1), (2)) v (x) ON v.x = l.id % 2 + 1 WHERE \(filter.text) AND \(condition)",
            ] {
                // Without indexes each query keeps the table that it reads for each row: there is no room for two.
                for (name, session) in chosen where name != "files" || !condition.contains(" AND l.id < (SELECT") {
                    #expect(try session.rows(query).sorted() == expected, "\(name): \(query)")
                }
            }
        }
    }

    @Test func ordersAgree() throws {
        for _ in 0..<60 {
            let condition = filter("r", true)
            let rows = right.filter { condition.holds($0, $0) }
            let isDescending = Bool.random()
            let limit = Int.random(in: 0..<30)
            let word = isDescending ? "DESC" : ""
            func place(_ value: Int?) -> Int { value ?? .max }
            let byNumber = rows.sorted {
                let (x, y) = ((place($0.a), place($0.b), $0.id), (place($1.a), place($1.b), $1.id))
                return isDescending ? x > y : x < y
            }
            let query = "SELECT id FROM r WHERE \(condition.text) ORDER BY a \(word), b \(word), id \(word) LIMIT \(limit)"
            let byText = rows.sorted { $0.t.utf8.lexicographicallyPrecedes($1.t.utf8) }.prefix(limit).map(\.t)
            for (name, session) in chosen {
                #expect(try session.rows(query) == byNumber.prefix(limit).map { String($0.id) }, "\(name): \(query)")
                #expect(
                    try session.rows("SELECT t FROM r WHERE \(condition.text) ORDER BY t LIMIT \(limit)") == byText,
                    "\(name): \(condition.text)")
            }
        }
    }
}
