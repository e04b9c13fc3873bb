import Foundation
import Testing

@testable import SQL

/// Paths of SQL/JSON, the type jsonpath.
@Suite struct JSONPathTests {
    /// Recorded answers of PostgreSQL 15.20 to expressions that were made at random; numbers as they are stored here, without needless zeros.
    @Test func answersAreThoseOfPostgreSQL() throws {
        let file = try #require(Bundle.module.url(forResource: "Statements/json-paths", withExtension: "tsv"))
        let session = try TestSession()
        try session.rows("SET timezone = 'UTC'")
        var (count, wrong) = (0, 0)
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            count += 1
            let answer = (try? session.rows("SELECT (\(parts[0]))::text").first) ?? "!" + (session.state("SELECT \(parts[0])") ?? "")
            if answer != parts[1] {
                wrong += 1
                if wrong <= 40 { Issue.record("\(parts[0])\n  \(answer)\n  not \(parts[1])") }
            }
        }
        #expect(count > 500)
        #expect(wrong == 0, "of \(count)")
    }

    @Test func pathsAreShownAsTheyAreRead() throws {
        for path in ["$", "strict $.\"a\"[*]", "$?(@ > 1 && !(@ == 2))", "($ + 1).\"b\"", "$.**{1 to last}.keyvalue()", "-(+$)"] {
            let text = try JSONPathReader.read(path).description
            #expect(try JSONPathReader.read(text).description == text)
        }
    }

    @Test func columnsAndSetsOfPaths() throws {
        let session = try TestSession()
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, j jsonb, p jsonpath)")
        try session.rows("INSERT INTO t VALUES (1, '{\"a\": [1, 2, 3]}', '$.a[*] ? (@ > 1)'), (2, '{}', 'strict $.a')")
        #expect(try session.rows("SELECT p FROM t ORDER BY id") == ["$.\"a\"[*]?(@ > 1)", "strict $.\"a\""])
        #expect(try session.rows("SELECT id, v FROM t, jsonb_path_query(j, p, silent => true) v ORDER BY id, v") == ["1|2", "1|3"])
        #expect(try session.rows("SELECT id FROM t WHERE j @? '$.a[*] ? (@ == 3)'") == ["1"])
        #expect(try session.rows("SELECT id FROM t WHERE j @@ '$.a[*] > 2'") == ["1"])
        #expect(session.state("SELECT jsonb_path_query(j, p) FROM t") == "2203A")
        #expect(session.state("SELECT p = p FROM t") == "42883")
    }

    /// Neither a long path nor a deep one is more than an error.
    @Test func largePaths() throws {
        let session = try TestSession()
        for path in [
            "$" + String(repeating: ".a", count: 100_000), String(repeating: "(", count: 100_000) + "1",
            "$" + String(repeating: " ? (@", count: 10_000), String(repeating: "-", count: 100_000) + "1",
            String(repeating: "1 + ", count: 50_000) + "1",
        ] {
            #expect(session.state("SELECT '\(path)'::jsonpath") == "54001")
        }
        let nested = String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        let filters = String(repeating: "$.** ? (exists (", count: 90) + "$" + String(repeating: "))", count: 90)
        #expect(["54001", nil].contains(session.state("SELECT jsonb_path_exists('\(nested)', '\(filters)')")))
    }
}
