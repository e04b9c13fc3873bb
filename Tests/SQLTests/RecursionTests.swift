import Testing

@testable import SQL

/// SEARCH and CYCLE of WITH RECURSIVE.
@Suite struct RecursionTests {
    private let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TABLE road (f int, t int, label text);
            INSERT INTO road VALUES (1, 2, 'a'), (1, 3, 'b'), (2, 3, 'c'), (1, 4, 'd'), (4, 5, 'e')
            """)
    }

    private func walk(_ clause: String, _ select: String, from: String = "SELECT g.* FROM road g, w WHERE g.f = w.t") throws -> [String] {
        try session.rows(
            "WITH RECURSIVE w (f, t, label) AS (SELECT * FROM road WHERE f = 1 UNION ALL \(from)) \(clause) \(select)")
    }

    @Test func rowsAreOrdered() throws {
        #expect(
            try walk("SEARCH DEPTH FIRST BY f, t SET seq", "SELECT label, seq FROM w ORDER BY seq") == [
                #"a|{"(1,2)"}"#, #"c|{"(1,2)","(2,3)"}"#, #"b|{"(1,3)"}"#, #"d|{"(1,4)"}"#, #"e|{"(1,4)","(4,5)"}"#,
            ])
        #expect(
            try walk("SEARCH BREADTH FIRST BY f, t SET seq", "SELECT label, seq FROM w ORDER BY seq") == [
                "a|(0,1,2)", "b|(0,1,3)", "d|(0,1,4)", "c|(1,2,3)", "e|(1,4,5)",
            ])
        #expect(
            try walk("SEARCH BREADTH FIRST BY t SET seq CYCLE f SET c USING p", "SELECT row_to_json(w) FROM w WHERE label = 'c'")
                == [#"{"f":2,"t":3,"label":"c","seq":{"*DEPTH*":1,"t":3},"c":false,"p":[{"f":1},{"f":2}]}"#])
        // The table under another name, in a join, and a star that leaves out what was added.
        for from in ["SELECT g.* FROM w AS x JOIN road g ON g.f = x.t", "SELECT g.f, g.t, x.label FROM road g, w x WHERE g.f = x.t"] {
            #expect(try walk("SEARCH BREADTH FIRST BY t SET seq", "SELECT t FROM w ORDER BY seq", from: from) == ["2", "3", "4", "3", "5"])
        }
        #expect(
            try session.rows(
                "WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT * FROM (SELECT n.x + 1 FROM n) y) SELECT * FROM n LIMIT 2") == [
                    "1", "2",
                ])
    }

    @Test func aCycleEnds() throws {
        try session.rows("INSERT INTO road VALUES (5, 1, 'f')")
        let found = try walk("CYCLE f, t SET met USING path", "SELECT label, met FROM w ORDER BY path")
        #expect(found.filter { $0.hasSuffix("|t") } == ["d|t"] && found.count == 10)
        #expect(
            try walk("CYCLE f, t SET met TO 'yes' DEFAULT 'no' USING path", "SELECT DISTINCT met FROM w ORDER BY met") == ["no", "yes"])
        let both = try walk("SEARCH DEPTH FIRST BY t SET seq CYCLE t SET met USING path", "SELECT * FROM w ORDER BY seq LIMIT 1")
        #expect(both == ["1|2|a|{(2)}|f|{(2)}"])
        #expect(
            try session.rows(
                "WITH RECURSIVE n AS (SELECT 0 AS x UNION SELECT (x + 1) % 3 FROM n WHERE NOT met) CYCLE x SET met USING p SELECT * FROM n")
                == ["0|f|{(0)}", "1|f|{(0),(1)}", "2|f|{(0),(1),(2)}", "0|t|{(0),(1),(2),(0)}"])
        // In a view, which is stored as text.
        try session.rows(
            """
            CREATE VIEW around AS WITH RECURSIVE w AS (SELECT * FROM road UNION ALL SELECT g.* FROM road g, w WHERE g.f = w.t)
            SEARCH DEPTH FIRST BY f SET seq CYCLE f, t SET met TO 'Y' DEFAULT 'N' USING path SELECT f, met FROM w
            """)
        #expect(try session.rows("SELECT count(*) FROM around WHERE met = 'Y'") != ["0"])
    }

    @Test(arguments: [
        ("SEARCH DEPTH FIRST BY f SET label", "42601"), ("SEARCH DEPTH FIRST BY f, f SET seq", "42701"),
        ("SEARCH DEPTH FIRST BY far SET seq", "42601"), ("CYCLE far SET met USING path", "42601"),
        ("CYCLE f SET met TO true DEFAULT 55 USING path", "42804"), ("CYCLE f SET label USING path", "42601"),
        ("CYCLE f SET met USING met", "42601"), ("CYCLE f, f SET met USING path", "42701"),
        ("SEARCH DEPTH FIRST BY f SET met CYCLE f SET met USING path", "42601"), ("SEARCH FIRST BY f SET x", "42601"),
    ])
    func whatMakesNoSenseIsRefused(clause: String, state: String) {
        let query = "WITH RECURSIVE w (f, t, label) AS (SELECT * FROM road UNION ALL SELECT g.* FROM road g, w WHERE g.f = w.t)"
        #expect(session.state("\(query) \(clause) SELECT * FROM w") == state)
    }

    @Test func bothSidesAreOneSelect() {
        for (query, state) in [
            ("WITH w AS (SELECT 1 AS x) SEARCH DEPTH FIRST BY x SET y SELECT * FROM w", "42601"),
            ("WITH RECURSIVE w AS (SELECT 1 AS x) CYCLE x SET y USING z SELECT * FROM w", "42601"),
            (
                "WITH RECURSIVE w AS (SELECT 1 AS x UNION SELECT 2 UNION SELECT x FROM w) SEARCH DEPTH FIRST BY x SET y SELECT * FROM w",
                "0A000"
            ),
            ("WITH RECURSIVE w AS (SELECT 1 AS x UNION (SELECT 2 UNION SELECT x FROM w)) SEARCH DEPTH FIRST BY x SET y TABLE w", "42601"),
            ("WITH RECURSIVE w AS (SELECT 1 AS x UNION SELECT x FROM (SELECT x FROM w) a) SEARCH DEPTH FIRST BY x SET y TABLE w", "0A000"),
        ] {
            #expect(session.state(query) == state, "\(query)")
        }
    }
}
