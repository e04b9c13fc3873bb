import Testing

@testable import PandoCommand

@Suite struct SQLCommandTests {
    private func sql(_ place: Workplace, _ words: String..., input: String = "") throws -> String {
        let outcome = try PandoProcess.run(["sql", place.file] + words, input: input)
        #expect(outcome.status == 0, "\(words): \(outcome.messages)")
        return outcome.output
    }

    @Test func formats() throws {
        let place = try Workplace.withUsers()
        let query = "SELECT name, age FROM users WHERE age > 40 ORDER BY age"
        #expect(
            try sql(place, query)
                == """
                name        age
                ──────────  ───
                Edsger, W.  72
                Grace       85
                2 rows

                """)
        #expect(
            try sql(place, query, "--format", "json") == "[\n{\"name\":\"Edsger, W.\",\"age\":72},\n{\"name\":\"Grace\",\"age\":85}\n]\n")
        #expect(try sql(place, query, "--format", "ndjson") == "{\"name\":\"Edsger, W.\",\"age\":72}\n{\"name\":\"Grace\",\"age\":85}\n")
        #expect(try sql(place, query, "--format", "csv") == "name,age\r\n\"Edsger, W.\",72\r\nGrace,85\r\n")
        #expect(
            try sql(place, "SELECT 1 AS one, 'a' AS letter, NULL AS nothing", "--format", "aligned")
                == " one | letter | nothing \n-----+--------+---------\n   1 | a      | \n(1 row)\n\n")
        #expect(
            try sql(place, "SELECT * FROM users WHERE id = 'u2'", "--format", "ndjson") == "{\"age\":85,\"id\":\"u2\",\"name\":\"Grace\"}\n"
        )
    }

    /// As psql shows them, but in JSON.
    @Test func valuesAreThoseOfPostgreSQL() throws {
        let place = try Workplace.withUsers()
        let query = """
            SELECT 1.10::numeric(10,2) AS n, timestamp '2024-01-02 03:04:05' AS t, true AS b, ARRAY[1.10, 2.0] AS a, '\\x01'::bytea AS y
            """
        let values = ["1.10", "2024-01-02 03:04:05", "t", "{1.10,2.0}", "\\x01"]
        #expect(try sql(place, query, "--format", "csv") == "n,t,b,a,y\r\n1.10,2024-01-02 03:04:05,t,\"{1.10,2.0}\",\\x01\r\n")
        for format in ["aligned", "table"] {
            let shown = try sql(place, query, "--format", format)
            for value in values { #expect(shown.contains(value), "\(format): \(shown)") }
        }
        #expect(
            try sql(place, query, "--format", "ndjson")
                == "{\"n\":1.1,\"t\":\"2024-01-02T03:04:05\",\"b\":true,\"a\":[1.1,2],\"y\":\"AQ==\"}\n")
        // A document is not one value.
        #expect(try sql(place, "SELECT * FROM users WHERE id = 'u2'", "--format", "csv").contains("{") == false)
    }

    /// The detail and the hint of an error stand on lines of their own.
    @Test func detailAndHint() throws {
        let place = try Workplace()
        try place.good("db", place.file, "create", "app")
        try place.good(
            "sql", place.file, "CREATE TABLE one (id int PRIMARY KEY); CREATE TABLE two (id int PRIMARY KEY, one int REFERENCES one (id))")
        let message = try place.bad("sql", place.file, "DROP TABLE one")
        let lines = message.split(separator: "\n")
        #expect(lines.count == 3 && lines[0].hasSuffix("(2BP01)") && lines[2].hasPrefix("Use DROP"), "\(message)")
    }

    /// Functions that write open the file to write, also from within a query, and so does EXPLAIN ANALYZE of what writes.
    @Test func queriesThatWrite() throws {
        let place = try Workplace()
        try place.good("db", place.file, "create", "app")
        _ = try sql(place, "CREATE SEQUENCE numbers; CREATE TABLE t (n int)")
        #expect(try sql(place, "SELECT nextval('numbers') AS n", "--format", "csv") == "n\r\n1\r\n")
        #expect(try sql(place, "SELECT SetVal('numbers', 7) AS n", "--format", "csv") == "n\r\n7\r\n")
        #expect(try sql(place, "EXPLAIN (ANALYZE, COSTS off) INSERT INTO t VALUES (1)").contains("Insert on t"))
    }

    @Test func aScriptWithAMark() throws {
        let place = try Workplace.withUsers()
        let script = "\u{FEFF}SELECT 1 AS one;\r\nSELECT 2 AS two;\r\n"
        let path = try place.store(script, as: "script.sql")
        let expected = "one\r\n1\r\ntwo\r\n2\r\n"
        #expect(try sql(place, "--format", "csv", "-f", path) == expected)
        #expect(try sql(place, "--format", "csv", input: script) == expected)
    }

    /// What a terminal would act on is not sent to it, and names with blanks can be described.
    @Test func controlsAndNames() throws {
        let place = try Workplace()
        try place.good("db", place.file, "create", "app")
        let shown = try sql(place, "SELECT E'a\\x1B[31mb' AS \"c\u{1B}d\"", "--format", "aligned")
        #expect(!shown.contains("\u{1B}") && shown.contains(" a [31mb"), "\(shown)")
        _ = try sql(place, "CREATE TABLE \"Odd name\" (n int)")
        #expect(try sql(place, "\\d \"Odd name\"").contains("integer"))
    }

    @Test func whatIsToldBesideTheRows() throws {
        let place = try Workplace.withUsers()
        let outcome = try PandoProcess.run(["sql", place.file, "--format", "csv", "SELECT nmae FROM users WHERE id = 'u1'"])
        #expect(outcome.output == "nmae\r\n\"\"\r\n")
        #expect(outcome.messages == "WARNING: no document of \"users\" has a field \"nmae\"\nPerhaps you meant \"name\".\n")
        let skipped = try PandoProcess.run(["sql", place.file, "DROP TABLE IF EXISTS nothing; SELECT 1 AS one"])
        #expect(skipped.messages == "NOTICE: table \"nothing\" does not exist, skipping\n")
        #expect(try PandoProcess.run(["sql", place.file, "SELECT name FROM users WHERE id = 'u1'"]).messages.isEmpty)
        let explained = try PandoProcess.run(["sql", place.file, "--explain", "SELECT nmae FROM users"])
        #expect(explained.messages.hasPrefix("WARNING: "))
    }

    @Test func parameters() throws {
        let place = try Workplace.withUsers()
        func ids(_ query: String, _ words: String...) throws -> String {
            let outcome = try PandoProcess.run(["sql", place.file, "--format", "csv", query] + words.flatMap { ["--param", $0] })
            #expect(outcome.status == 0, "\(outcome.messages)")
            return outcome.output
        }
        #expect(try ids("SELECT id FROM users WHERE age > :age ORDER BY id", "age=40") == "id\r\nu2\r\nu3\r\n")
        #expect(try ids("SELECT id FROM users WHERE name = $1 AND age = $2", "Edsger, W.", "72") == "id\r\nu3\r\n")
        #expect(try ids("SELECT id FROM users WHERE name = :n", "n=x' OR 'a'='a") == "id\r\n")
        #expect(try ids("SELECT pg_typeof(:a)::text AS a, pg_typeof(:b)::text AS b", "a=[1]", "b=true") == "a,b\r\njsonb,boolean\r\n")
        #expect(try place.bad("sql", place.file, "SELECT 1", "--param", "a=1", "--param", "2", status: 2).contains("all of --param"))
    }

    @Test func scripts() throws {
        let place = try Workplace.withUsers()
        let script = """
            -- A comment; and a text with a semicolon.
            CREATE TABLE notes (id serial PRIMARY KEY, text text);
            BEGIN; INSERT INTO notes (text) VALUES ('a;b'),
              ('c');
            COMMIT;
            \\dt
            SELECT text FROM notes
            ORDER BY id;
            \\d notes
            \\di
            \\c app
            \\l
            .reql r.table("notes").count()
            .sql SELECT count(*) FROM notes
            \\q
            SELECT 1 / 0;
            """
        let output = try sql(place, "--format", "csv", "-f", try place.store(script, as: "notes.sql"))
        #expect(
            output.hasPrefix("schema,name,type,documents,size\r\npublic,notes,table,2,")
                && output.contains("\r\npublic,users,open table,3,") && output.contains("\r\ntext\r\na;b\r\nc\r\n"),
            "\(output)")
        for part in ["text    text", "notes_pkey", "app,2,5,", "count\r\n2\r\n"] { #expect(output.contains(part), "\(part) in \(output)") }
        let piped = try PandoProcess.run(["sql", place.file, "-", "--format", "csv"], input: "SELECT 1 AS a;\nSELECT 2\n  AS b")
        #expect(piped.status == 0 && piped.output == "a\r\n1\r\nb\r\n2\r\n", "\(piped)")
        let same = try PandoProcess.run(["sql", place.file, "--format", "csv"], input: "SELECT 1 AS a; SELECT 'x;' AS b;")
        #expect(same.output == "a\r\n1\r\nb\r\nx;\r\n", "\(same)")
        let failed = try PandoProcess.run(["sql", place.file], input: "SELECT 1;\n\nSELECT\n  nothing(1)\nFROM users;")
        #expect(failed.status == 1, "\(failed)")
        #expect(failed.messages.contains("standard input, line 4, column 3: function nothing(integer) does not exist"), "\(failed)")
        // What a transaction has not committed is not there.
        _ = try sql(place, "BEGIN; DELETE FROM notes")
        #expect(try sql(place, "--format", "csv", "SELECT count(*) FROM notes") == "count\r\n2\r\n")
    }

    @Test func plansAndErrors() throws {
        let place = try Workplace.withUsers()
        #expect(try sql(place, "--explain", "SELECT * FROM users WHERE age > 3").contains("Seq Scan on users"))
        #expect(try sql(place, "--explain", "DELETE FROM users", "--format", "json").contains("\"Plan\""))
        #expect(try sql(place, "SELECT count(*) FROM users", "--format", "csv") == "count\r\n3\r\n")
        let error = try place.bad("sql", place.file, "SELECT 1 FROM WHERE")
        #expect(
            error.contains("line 1, column 15: syntax error at or near \"WHERE\" (42601)\nSELECT 1 FROM WHERE\n              ^"), "\(error)"
        )
        let explained = try place.bad("sql", place.file, "--explain", "SELECT 1 FROM WHERE")
        #expect(explained.contains("line 1, column 15:") && explained.contains("\n              ^"), "\(explained)")
        #expect(try place.bad("sql", place.file, "SELECT 1", "--db", "none").contains("--db NAME"))
        #expect(try place.bad("sql", place.file, "COPY users TO STDOUT").contains("pando export"))
        #expect(try place.bad("sql", place.file, "\\x").contains("\\?"))
        #expect(try place.bad("sql", place.file, "\\d none").contains("no table"))
        #expect(try place.bad("sql", place.file, "SELECT 1", "-f", "x", status: 2).contains("either"))
    }

    @Test func theShellSpeaksBoth() throws {
        let place = try Workplace.withUsers()
        let script = """
            .sql SELECT count(*) FROM users
            .sql
            SELECT name FROM users
              WHERE id = 'u1';
            .reql
            r.table("users").count()
            """
        #expect(try place.good("shell", place.file, input: script) == "[\n{\"count\":3}\n]\n[\n{\"name\":\"Ada\"}\n]\n3\n")
    }

    @Test func atAServer() throws {
        let place = try Workplace.withUsers()
        let runs = [
            ["SELECT name, age FROM users ORDER BY id"], ["SELECT * FROM users ORDER BY id"],
            ["--format", "json", "SELECT 1 AS a, 2 AS a"],
            ["--format", "csv", "SELECT id FROM users WHERE age > :age", "--param", "age=40"], ["\\dt"], ["\\l"], ["SELECT 1 FROM WHERE"],
            ["SELECT 1 / 0"], ["--explain", "SELECT count(*) FROM users"], ["SELECT * FROM none"],
        ]
        let onFiles = try runs.map { try PandoProcess.run(["sql", place.file] + $0) }
        let server = try PandoProcess([
            "serve", place.file, "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1",
        ])
        let address = String(try server.firstLine().dropFirst("http://".count))
        for (words, onFile) in zip(runs, onFiles) {
            let atServer = try PandoProcess.run(["sql", "--connect", address] + words)
            #expect(atServer.output == onFile.output && atServer.status == onFile.status, "\(words): \(atServer) \(onFile)")
            #expect(atServer.messages == onFile.messages, "\(words)")
        }
        let written = try PandoProcess.run(["sql", "--connect", address, "UPDATE users SET age = 37 WHERE id = 'u1'"])
        #expect(written.output == "UPDATE 1\n", "\(written)")
        #expect(try PandoProcess.run(["sql", place.file, "DELETE FROM users"]).messages.contains("--connect"))
        #expect(try PandoProcess.run(["sql", "--connect", address, "BEGIN"]).messages.contains("0A000"))
        server.signal(15)
        #expect(try server.finish().status == 0)
    }

    // MARK: Reading

    @Test(arguments: [
        ("SELECT 1;", true), ("SELECT 1", false), ("SELECT ';", false), ("SELECT $$;", false), ("/* ;", false), ("-- ;", true), ("", true),
        ("\\d", true), (".reql", true), ("SELECT 1; SELECT 2", false), ("SELECT \"a;b\";", true),
    ])
    func whatIsComplete(text: String, isComplete: Bool) {
        #expect(ScriptReader.isComplete(text, .sql) == isComplete, "\(text)")
    }

    private struct Names: Vocabulary {
        func databases() -> [String] { ["app"] }
        func tables(in database: String) -> [String] { ["users", "notes"] }
        func indexes(of table: String, in database: String) -> [String] { [] }
        func fields(of table: String, in database: String) -> [String] { table == "users" ? ["name", "age"] : ["text"] }
        var defaultDatabase: String { "app" }
        var savedQueries: [String] { [] }
        func files(_ prefix: String) -> [String] { [] }
    }

    @Test(arguments: [
        ("SEL", ["SELECT"]), ("select * fro", ["from"]), ("SELECT * FROM us", ["users"]), ("SELECT * FROM ", ["notes", "users"]),
        ("SELECT * FROM users WHERE na", ["name"]), ("SELECT users.a", []), ("SELECT 'SEL", []), ("\\d", ["\\d", "\\di", "\\dt"]),
        ("DELETE FROM no", ["notes"]),
    ])
    func completion(written: String, candidates: [String]) {
        let found = StatementCompleter(vocabulary: Names()).complete(Array(written)).candidates.map(\.text)
        if written.hasPrefix("select * fro") || written.contains("WHERE") {
            for one in candidates { #expect(found.contains(one), "\(written): \(found)") }
        } else if written == "SELECT users.a" {
            #expect(!found.contains("SELECT"))
        } else {
            #expect(found == candidates, "\(written): \(found)")
        }
    }

    @Test func colours() {
        let text = "SELECT 'a' -- b\nFROM t"
        let styles = Highlighter.statementStyles(of: LineBuffer(text))
        #expect(styles[0] == .term && styles[5] == .term && styles[6] == .plain && styles[7] == .string && styles[9] == .string)
        #expect(styles[11] == .comment && styles[16] == .term && styles[21] == .plain)
        #expect(Highlighter.statementStyles(of: LineBuffer("SELECT 'ä")).last == .string)
    }
}
