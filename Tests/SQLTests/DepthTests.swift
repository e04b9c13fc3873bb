import Foundation
import ReQLish
import Testing

@testable import SQL

/// Texts that are nested deeply are refused, and texts that are only long are read, whatever the depth of the stack.
@Suite struct DepthTests {
    /// What may be nested, as the text before and behind what is inside.
    static let nestings: [(String, String)] = [
        ("(", ")"), ("NOT ", ""), ("- ", ""), ("@ ", ""), ("CASE WHEN ", " THEN 1 END"), ("(SELECT ", ")"), ("ARRAY[", "]"), ("f(", ")"),
        ("a[", "]"), ("CAST(", " AS int)"), ("coalesce(", ")"), ("ROW(", ")"), ("(1, ", ")"), ("1 + (2 * ", ")"), ("a = (b AND ", ")"),
        ("1 IN (", ")"), ("1 = ANY (", ")"), ("EXISTS (SELECT ", ")"), ("ARRAY(SELECT ", ")"), ("trim(", ")"), ("extract(year FROM ", ")"),
        ("x BETWEEN (", ") AND 1"), ("(SELECT 1 FROM (SELECT ", ") t)"), ("count(*) FILTER (WHERE ", ")"), ("1::numeric(", ")"),
        ("collation for (", ")"), ("sum(a) OVER (ORDER BY ", ")"), ("mode() WITHIN GROUP (ORDER BY ", ")"), ("a[1:", "]"),
        ("substring(", " FROM 1)"), ("overlay(", " PLACING a FROM 1)"), ("treat(", " AS int)"), ("normalize(", ")"), ("f(a => ", ")"),
        ("a COLLATE b OPERATOR(+) (", ")"), ("(SELECT 1 ORDER BY ", ")"), ("(VALUES (", "))"), ("(SELECT 1 FROM f(", "))"),
        ("(SELECT 1 LIMIT ", ")"), ("(SELECT 1 FROM ROWS FROM (coalesce(", ")))"), ("(WITH a AS (SELECT ", ") TABLE a)"),
    ]

    @Test(arguments: nestings.indices)
    func nestedExpressions(index: Int) throws {
        let (before, behind) = Self.nestings[index]
        @Sendable func text(_ depth: Int) -> String {
            "SELECT " + String(repeating: before, count: depth) + "1" + String(repeating: behind, count: depth)
        }
        onBigStack {
            for depth in [10, 200] { #expect(throws: Never.self) { try Script(text(depth)) } }
            for depth in [400, 900, 1_000] { Self.expectNoCrash(text(depth)) }
            Self.expectTooDeep(text(1_001))
            Self.expectTooDeep(text(10_000))
            // Nothing closes them.
            Self.expectTooDeep("SELECT " + String(repeating: before, count: 400_000))
        }
    }

    /// What is read is bound, planned and run, or refused: nothing ends the process, and the session goes on.
    @Test(arguments: nestings.indices)
    func nestedExpressionsAreRunOrRefused(index: Int) {
        let (before, behind) = Self.nestings[index]
        @Sendable func text(_ depth: Int) -> String {
            "SELECT " + String(repeating: before, count: depth) + "1" + String(repeating: behind, count: depth)
        }
        onBigStack {
            guard let session = try? TestSession() else {
                Issue.record("no session")
                return
            }
            let small = session.state(text(10))
            for depth in [200, 500, 1_000] {
                let state = session.state(text(depth))
                // Texts of nested rows have no room, as quotes in quotes double, and arrays have six dimensions.
                #expect([small, "54001", "54000", "53200"].contains(state), "\(depth): \(state ?? "none")")
            }
            #expect(session.state(text(1_001)) == "54001")
            #expect((try? session.rows("SELECT 1")) == ["1"])
        }
    }

    /// Queries in queries, wherever they stand, as deep as they may be and deeper.
    @Test(arguments: [
        ("SELECT 1 FROM ", "(SELECT 1 FROM ", "(VALUES (1)) v", ") t"),
        ("SELECT 1 FROM ", "(VALUES (1)) a, LATERAL (SELECT 1 FROM ", "(VALUES (1)) v", ") t"),
        ("SELECT 1 WHERE ", "EXISTS (SELECT 1 WHERE ", "true", ")"),
        ("SELECT 1 FROM (VALUES (1)) a (x) WHERE ", "EXISTS (SELECT 1 FROM (VALUES (1)) b (y) WHERE b.y = a.x AND ", "true", ")"),
        ("SELECT 1 WHERE ", "1 IN (SELECT 1 WHERE ", "true", ")"), ("", "(SELECT 1 UNION ALL ", "SELECT 1 LIMIT 0", ")"),
        ("", "WITH a AS (", "SELECT 1", ") SELECT 1"), ("SELECT 1 GROUP BY ", "GROUPING SETS (", "()", ")"),
        ("EXPLAIN SELECT 1 FROM ", "(SELECT 1 FROM ", "(VALUES (1)) v", ") t"),
    ])
    func nestedQueriesAreRunOrRefused(first: String, before: String, inner: String, behind: String) {
        @Sendable func text(_ depth: Int) -> String {
            first + String(repeating: before, count: depth) + inner + String(repeating: behind, count: depth)
        }
        onBigStack {
            guard let session = try? TestSession() else {
                Issue.record("no session")
                return
            }
            #expect(session.state(text(100)) == nil)
            for depth in [333, 500, 999, 1_000] {
                let state = session.state(text(depth))
                #expect(state == nil || state == "54001", "\(depth): \(state ?? "none")")
            }
            #expect(session.state(text(1_001)) == "54001")
            #expect((try? session.rows("SELECT 1")) == ["1"])
        }
    }

    @Test func nestedParenthesesUpToTheLimit() throws {
        @Sendable func text(_ depth: Int) -> String { String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth) }
        onBigStack {
            #expect(throws: Never.self) { try Script("SELECT " + text(1_000)) }
            Self.expectTooDeep("SELECT " + text(1_001))
        }
        #expect(throws: Never.self) { try Script("SELECT " + text(100), maximumDepth: 100) }
        #expect { try Script("SELECT " + text(101), maximumDepth: 100) } throws: { ($0 as? SQLError)?.state == .statementTooComplex }
    }

    @Test func nestedQueries() throws {
        @Sendable func joins(_ depth: Int) -> String {
            "SELECT 1 FROM " + String(repeating: "(a JOIN ", count: depth) + "b" + String(repeating: " ON true)", count: depth)
        }
        @Sendable func conditions(_ depth: Int) -> String {
            "SELECT 1 FROM a" + String(repeating: " JOIN b", count: depth) + String(repeating: " ON true", count: depth)
        }
        @Sendable func unions(_ depth: Int) -> String {
            String(repeating: "(SELECT 1 UNION ", count: depth) + "SELECT 2" + String(repeating: ")", count: depth)
        }
        @Sendable func tables(_ depth: Int) -> String {
            String(repeating: "WITH a AS (", count: depth) + "SELECT 1" + String(repeating: ") SELECT 2", count: depth)
        }
        @Sendable func sets(_ depth: Int) -> String {
            "SELECT 1 GROUP BY " + String(repeating: "GROUPING SETS (", count: depth) + "1" + String(repeating: ")", count: depth)
        }
        @Sendable func parentheses(_ depth: Int) -> String {
            String(repeating: "(", count: depth) + "SELECT 1" + String(repeating: ")", count: depth)
        }
        for text: @Sendable (Int) -> String in [joins, conditions, unions, tables, sets, parentheses] {
            onBigStack {
                #expect(throws: Never.self) { try Script(text(200)) }
                Self.expectTooDeep(text(2_000))
                Self.expectTooDeep(text(300_000))
            }
        }
    }

    /// A hundred thousand terms are one level.
    @Test(arguments: [
        ("a", " OR b"), ("a", " AND b"), ("a", " + b"), ("a", " || b"), ("a", "::text"), ("a", " IS NULL"), ("a", " COLLATE \"C\""),
        ("a", " AT TIME ZONE 'UTC'"), ("a", " IN (1)"), ("a", "[1]"), ("a", ".b"), ("a", " = ANY (b)"), ("a = 1", " OR a = 2 AND b = 3"),
        ("a", ", b"), ("f(1", ", 2"), ("ARRAY[1", ", 2"), ("CASE", " WHEN a THEN b"), ("a FROM t", ", t"), ("a FROM t", " JOIN t ON true"),
        ("1", " UNION SELECT 2"), ("1", " INTERSECT SELECT 2"), ("1", "; SELECT 1"), ("'a'", "\n'b'"),
    ])
    func wideTexts(first: String, more: String) throws {
        var text = "SELECT " + first + String(repeating: more, count: 50_000)
        text += first.hasPrefix("f(") ? ")" : first.hasPrefix("ARRAY") ? "]" : first == "CASE" ? " END" : ""
        let script = try Script(text)
        // Trees are compared, hashed and printed without a deep stack, too.
        if let statement = script.statements.first?.statement, let printed = Printer.text(statement) {
            #expect(try Script(printed).statements.first?.statement == statement)
        }
    }

    /// What reads ahead does not read ahead of what it reads.
    @Test(arguments: [
        "U&'a' ", "U&\"a\" ", "U&'a' UESCAPE ", "CREATE SCHEMA s ", "EXPLAIN ", "N'a' ", "NOT IN ", "WITH time ", "VALUES ",
        "DELETE FROM a USING ",
    ])
    func repeatedBeginnings(text: String) {
        for start in ["", "SELECT "] {
            #expect { try Script(start + String(repeating: text, count: 100_000)) } throws: { ($0 as? SQLError)?.state == .syntaxError }
        }
    }

    /// USING of DELETE is read twice at most where it is nested, too: the time does not double with each level.
    @Test func nestedDeletesTakeNoTime() {
        let text = String(repeating: "WITH x AS (DELETE FROM t USING (", count: 200) + "SELECT 1 +"
        onBigStack {
            #expect { try Script(text) } throws: { ($0 as? SQLError)?.state == .syntaxError }
        }
    }

    @Test func textsThatAreTooLong() {
        let text = String(repeating: " ", count: SourceText.maximumByteCount + 1)
        #expect { try Script(text) } throws: { ($0 as? SQLError)?.state == .programLimitExceeded }
    }

    /// A chain is as deep as it is long when it is computed: too long a one is refused, and none ends the process.
    @Test func longChainsAreRefused() {
        onBigStack {
            guard let session = try? TestSession() else {
                Issue.record("no session")
                return
            }
            let chains = [
                ("1", " + 1"), ("'a'", " || 'b'"), ("'a'", "::text"), ("1", " IS NULL"), ("'a'", " COLLATE \"C\""), ("true", " IN (true)"),
                ("true", " = ANY (ARRAY[true])"), ("'{}'::jsonb", " -> 'a'"), ("now()", " AT TIME ZONE 'UTC'"),
            ]
            for (first, step) in chains {
                func text(_ count: Int) -> String { "SELECT " + first + String(repeating: step, count: count) }
                #expect(session.state(text(200)) == nil, "\(step)")
                let long = session.state(text(20_000))
                // What a value is already, it is not made.
                let isNothing = step == "::text" || step.contains("COLLATE")
                #expect(long == (isNothing ? nil : "54001"), "\(step)")
            }
            // Chains in chains.
            let inner = "(1" + String(repeating: " + 1", count: 100) + ")"
            var nested = inner
            for _ in 0..<40 { nested = "(" + nested + String(repeating: " + 1", count: 100) + ")" }
            #expect(session.state("SELECT " + nested) == "54001")
            #expect(session.state("SELECT 1" + String(repeating: " UNION ALL SELECT 1", count: 20_000)) == "54001")
            let tables = (1...20_000).map { ", t\($0) AS (SELECT * FROM t\($0 - 1))" }.joined()
            #expect(session.state("WITH t0 AS (SELECT 1)" + tables + " SELECT * FROM t20000") == "54001")
            // Joins, wherever they stand, and what is below them.
            func joins(_ count: Int) -> String { (1...count).map { " LEFT JOIN (VALUES (1)) t\($0) ON true" }.joined() }
            let first = "SELECT 1 AS a FROM (VALUES (1)) t0" + joins(400)
            #expect(session.state(first) == nil)
            func seven(_ begin: String, _ end: String) -> String {
                (0..<6).reduce(first) { query, _ in first + begin + query + end }
            }
            #expect(session.state(seven(" LEFT JOIN (", ") q ON true")) == "54001")
            #expect(session.state(seven(" WHERE EXISTS (", ")")) == "54001")
            let sides = (0...100).map { "(VALUES (1)) t\($0)" }.joined(separator: ", ")
            let inSides = (0..<60).reduce("SELECT 1 FROM " + sides) { query, _ in "SELECT 1 FROM (\(query)) q, " + sides }
            #expect(session.state(inSides) == "54001")
            let common = (1...40).map { ", c\($0) AS (SELECT 1 FROM c\($0 - 1)" + joins(130) + ")" }.joined()
            #expect(session.state("WITH c0 AS (SELECT 1)" + common + " SELECT * FROM c40") == "54001")
            // Joins that stand beside each other don't add.
            let one = " UNION ALL SELECT 1 FROM (VALUES (1)) t0" + joins(2)
            #expect(session.state("SELECT 1" + String(repeating: one, count: 1300)) == nil)
            // Conditions are one level.
            #expect(session.state("SELECT true" + String(repeating: " OR false", count: 20_000)) == nil)
        }
    }

    /// Quotes in quotes double with each level: what has no room is refused before it is made, in rows, arrays and their texts.
    @Test func textsOfNestedRowsAreBounded() throws {
        var options = PandoOptions()
        options.queryMemoryLimit = 1 << 20
        let session = try TestSession(sharing: try TestSession(), options)
        func row(_ levels: Int, _ inner: String) -> String {
            String(repeating: "ROW(", count: levels) + inner + String(repeating: ")", count: levels)
        }
        #expect(try session.rows("SELECT \(row(3, "'a b'"))::text") == ["(\"(\"\"(\"\"\"\"a b\"\"\"\")\"\")\")"])
        #expect(session.state("SELECT \(row(14, "1"))::text") == nil)
        #expect(session.state("SELECT \(row(60, "1"))::text") == "53200")
        #expect(session.state("SELECT length(\(row(40, "ARRAY[ROW(1, 2)]"))::text)") == "53200")
        #expect(session.state("SELECT format('%s', \(row(60, "1")))") == "53200")
        #expect(session.state("SELECT array_to_string(ARRAY[\(row(60, "1"))], ',')") == "53200")
        // What isn't written as text has no quotes.
        #expect(try session.rows("SELECT \(row(60, "1")) IS NULL, length(to_json(\(row(60, "1")))::text)") == ["f|421"])
    }

    /// The plan of a deep query is long, as each level is indented by more.
    @Test func plansOfDeepQueriesAreBounded() throws {
        let place = try TestSession()
        let joins = (1...400).map { " LEFT JOIN (VALUES (1)) t\($0) ON true" }.joined()
        for format in ["json", "yaml", "xml", "text"] {
            // The joins themselves take the most where the text has one line for each.
            var options = PandoOptions()
            options.queryMemoryLimit = format == "text" ? 8 << 20 : 2 << 20
            let session = try TestSession(sharing: place, options)
            let explain = "EXPLAIN (FORMAT \(format)) SELECT 1 FROM (VALUES (1)) t0"
            #expect(session.state(explain) == nil)
            #expect(session.state(explain + joins) == (format == "text" ? nil : "53200"), "\(format)")
        }
    }

    static func expectTooDeep(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(sourceLocation: sourceLocation) { try Script(text) } throws: { ($0 as? SQLError)?.state == .statementTooComplex }
    }

    static func expectNoCrash(_ text: String) {
        do throws(SQLError) { _ = try Script(text) } catch { #expect(error.state == .statementTooComplex) }
    }
}

/// Debug builds need more stack for a level than the threads of tests have.
func onBigStack(_ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
        body()
        done.signal()
    }
    thread.stackSize = 64 << 20
    thread.start()
    done.wait()
}
