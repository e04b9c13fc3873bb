import PostgresWire
import TestSupport
import Testing

@testable import httpd

/// COPY of many rows, whatever they are and however their bytes come.
@Suite struct PostgresCopyTests {
    private static let columns = [
        "b bool", "i2 int2", "i4 int4", "i8 int8", "n numeric", "n2 numeric(12,3)", "f8 float8", "f4 float4", "t text", "v varchar(12)",
        "c char(6)", "d date", "ts timestamp", "tz timestamptz", "u uuid", "y bytea", "j jsonb", "a int[]",
    ]

    private static let texts: [[String]] = [
        ["t", "f", "true", "no"], ["0", "-32768", " 7", "+3", "12"], ["2147483647", "-1", "007", "0"],
        ["9223372036854775807", "9007199254740993", "-5", "123456789012345"],
        ["0", "12.30", "-0.00", "1e3", "0.00000001", "123456789012345678901234567890.5", ".5", "7."],
        ["1.5", "999999999.999", "-0.001", "2.0005", "0.000", "-0"], ["1.5", "-0", "1e300", "0.00001", "100000", "3.0"],
        ["1.1", "16777217"],
        [
            "", "plain", "tab\there", "line\nfeed", "back\\slash", "\"quoted\"", "a,b", "ümläut 😀", "\u{1}\u{b}", "\\N", "\\.", "cr\rlf",
            "NULL",
        ],
        ["", "twelve chars", "ünïcödé", "x"], ["", "ab", "abc   ", "ééé"], ["2024-02-29", "0001-01-01", "12/31/1999", "0044-03-15"],
        ["2024-02-29 23:59:59", "1999-01-08 04:05:06.789", "2024-02-29T01:02:03.100000", "2024-01-01"],
        ["2024-02-29 23:59:59+02", "1970-01-01 00:00:00+00"],
        ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"], ["\\x", "\\x00ff10"],
        ["{}", "{\"a\": [1, \"x\\ny\"]}", "[1, 2]", "\"s\"", "null", "5"], ["{}", "{1,2,NULL}", "{{1},{2}}"],
    ]

    /// Rows by chance: nil is NULL.
    private func rows(_ count: Int, _ random: inout SeededGenerator) -> [[String?]] {
        (0..<count).map { number in
            [String(number * 3 % (count * 3 + 1))]
                + Self.texts.map { choices in random.below(6) == 0 ? nil : choices[random.below(choices.count)] }
        }
    }

    private func escaped(_ text: String) -> String {
        text.reduce(into: "") { line, character in
            switch character {
            case "\\": line += "\\\\"
            case "\t": line += "\\t"
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            default: line.append(character)
            }
        }
    }

    private func quoted(_ text: String) -> String { "\"" + text.replacing("\"", with: "\"\"") + "\"" }

    private func literal(_ text: String?) -> String { text.map { "E'" + escaped($0).replacing("'", with: "''") + "'" } ?? "NULL" }

    private func copyIn(_ client: PostgresTestClient, _ statement: String, _ pieces: [[UInt8]]) throws -> [BackendMessage] {
        try client.send(.query(statement))
        guard case .copyInResponse? = try client.next() else { throw TestClient.Failure(description: "COPY takes nothing") }
        for piece in pieces { try client.send(.copyData(piece)) }
        try client.send(.copyDone)
        return try client.answers()
    }

    private func copyOut(_ client: PostgresTestClient, _ statement: String) throws -> [[UInt8]] {
        let answers = try client.query(statement)
        #expect(answers.states.isEmpty, "\(statement)")
        return answers.compactMap { message in
            guard case .copyData(let bytes) = message else { return nil }
            return bytes
        }
    }

    /// Cuts bytes at places by chance.
    private func pieces(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + 1 + random.below(random.below(4) == 0 ? 3000 : 40))
            pieces.append(Array(bytes[start..<end]))
            start = end
        }
        return pieces
    }

    @Test(arguments: ["id int PRIMARY KEY", "id int", "id numeric PRIMARY KEY", "id text PRIMARY KEY"])
    func rowsByCopyEqualThoseByInsert(key: String) throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        var random = SeededGenerator(seed: 7)
        let list = ([key] + Self.columns).joined(separator: ", ")
        for name in ["one", "two", "three", "four", "five"] { #expect(try client.query("CREATE TABLE \(name) (\(list))").states.isEmpty) }
        let rows = rows(300, &random)
        for row in rows {
            #expect(try client.query("INSERT INTO one VALUES (\(row.map(literal).joined(separator: ", ")))").states.isEmpty, "\(row)")
        }
        let text = rows.map { row in row.map { $0.map(escaped) ?? "\\N" }.joined(separator: "\t") + "\n" }.joined()
        #expect(try copyIn(client, "COPY two FROM STDIN", pieces(Array(text.utf8), &random)).tags == ["COPY 300"])
        // Lines may end with a carriage return, and the last one with nothing.
        let csv = rows.map { row in row.map { $0.map(quoted) ?? "" }.joined(separator: ",") }.joined(separator: "\r\n")
        #expect(try copyIn(client, "COPY three FROM STDIN CSV", pieces(Array(csv.utf8), &random)).tags == ["COPY 300"])
        let binary = try copyOut(client, "COPY one TO STDOUT (FORMAT binary)").flatMap { $0 }
        #expect(try copyIn(client, "COPY four FROM STDIN (FORMAT binary)", pieces(binary, &random)).tags == ["COPY 300"])
        #expect(try client.query("INSERT INTO five SELECT * FROM one").states.isEmpty)
        let wanted = try client.query("SELECT * FROM one ORDER BY id").rows
        #expect(wanted.count == 300)
        for name in ["two", "three", "four", "five"] {
            #expect(try client.query("SELECT * FROM \(name) ORDER BY id").rows == wanted, "\(name)")
            // What is found by entries is what is stored.
            #expect(try client.query("SELECT count(*) FROM \(name) WHERE id = '42'").rows == [["1"]])
        }
        // What is sent of the bytes is what is sent of the values.
        for format in [
            "", " CSV", " (DELIMITER '|')", " (NULL 'x', FORMAT csv)", " CSV FORCE QUOTE t", " (FORMAT csv, DELIMITER ';', HEADER)",
        ] {
            let stored = try copyOut(client, "COPY two TO STDOUT\(format)")
            #expect(try copyOut(client, "COPY (SELECT * FROM two) TO STDOUT\(format)") == stored, "\(format)")
            #expect(stored.count == 300 + (format.contains("HEADER") ? 1 : 0))
        }
        fixture.stop()
    }

    @Test func textsOfTheClientsEncoding() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("CREATE TABLE t (a int, \"größe\" text)").states.isEmpty)
        let lines: [[UInt8]] = [Array("1\tgr".utf8) + [0xFC] + Array("n\n".utf8), Array("2\t".utf8) + [0xDF, 0xA0, 0xFF, 0x0A]]
        let text = lines.flatMap { $0 }
        for place in 1..<text.count {
            _ = try client.query("DELETE FROM t")
            let pieces = [Array(text[..<place]), Array(text[place...])]
            #expect(try copyIn(client, "COPY t FROM STDIN (ENCODING 'latin1')", pieces).tags == ["COPY 2"])
            #expect(try client.query("SELECT * FROM t ORDER BY a").rows == [["1", "grün"], ["2", "ß\u{A0}ÿ"]])
        }
        #expect(try copyOut(client, "COPY t TO STDOUT (ENCODING 'LATIN1')") == lines)
        #expect(try copyOut(client, "COPY (SELECT * FROM t) TO STDOUT (ENCODING 'iso-8859-1')") == lines)
        let csv = [Array("a,gr".utf8) + [0xF6, 0xDF] + Array("e\n".utf8)] + lines.map { $0.map { $0 == 9 ? UInt8(ascii: ",") : $0 } }
        #expect(try copyOut(client, "COPY t TO STDOUT (FORMAT csv, HEADER, ENCODING 'latin1')") == csv)
        #expect(
            try copyIn(client, "COPY t FROM STDIN (FORMAT csv, HEADER match, ENCODING 'latin1')", csv).tags == ["COPY 2"])
        // In the binary form, texts are in the encoding of the session.
        let binary = try copyOut(client, "COPY t TO STDOUT (FORMAT binary)")
        #expect(try copyOut(client, "COPY t TO STDOUT (FORMAT binary, ENCODING 'latin1')") == binary)
        #expect(try copyIn(client, "COPY t FROM STDIN (FORMAT binary, ENCODING 'latin1')", binary).tags == ["COPY 4"])
        #expect(try client.query("INSERT INTO t VALUES (3, '€')").states.isEmpty)
        #expect(try client.query("COPY t TO STDOUT (ENCODING 'latin1')").states == ["22P05"])
        #expect(try client.query("COPY t TO STDOUT (ENCODING 'nonsense')").states == ["22023"])
        #expect(try client.query("COPY t TO STDOUT (ENCODING 'latin2')").states == ["0A000"])
        #expect(try client.query("ALTER TABLE t RENAME \"größe\" TO \"€\"; DELETE FROM t").states.isEmpty)
        #expect(try client.query("COPY t TO STDOUT (FORMAT csv, HEADER, ENCODING 'latin1')").states == ["22P05"])
        #expect(try client.query("SELECT count(*) FROM t").rows == [["0"]])
        fixture.stop()
    }

    @Test func everyBoundaryOfTheStreamGivesTheSame() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("CREATE TABLE t (a int, b text, c text)").states.isEmpty)
        let text = "1\ta\\tb\t\\N\n2\t\\\\\t\\x41\\101\n3\t\\nx\té\n\\.\nnothing\n"
        let csv = "1,\"a\tb\",\n2,\\,\"AA\"\n3,\"\\\nx\",é\n\\.\nnothing\n"
        for (statement, lines, third) in [("COPY t FROM STDIN", text, "\nx"), ("COPY t FROM STDIN CSV", csv, "\\\nx")] {
            for end in ["\n", "\r\n", "\r"] {
                // What ends a line in a value is no end of lines.
                let value = third.replacing("\n", with: end)
                let bytes = Array(lines.replacing("\n", with: end).utf8)
                for place in 1..<bytes.count {
                    let answers = try copyIn(client, statement, [Array(bytes[..<place]), Array(bytes[place...])])
                    #expect(answers.tags == ["COPY 3"], "\(statement) at \(place)")
                    let wanted = [["1", "a\tb", nil], ["2", "\\", "AA"], ["3", statement.hasSuffix("CSV") ? value : third, "é"]]
                    #expect(try client.query("SELECT * FROM t ORDER BY a").rows == wanted, "\(statement) at \(place)")
                    _ = try client.query("DELETE FROM t")
                }
            }
        }
        fixture.stop()
    }

    /// What PostgreSQL 15 says of lines that end otherwise than the first one, of `\.` where it can't stand, and of bytes that are no text,
    /// however they come.
    @Test func linesThatAreRefusedBeforeTheyAreRead() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("CREATE TABLE t (a int, b text)").states.isEmpty)
        let (newline, carriage) = ("newline found in data", "carriage return found in data")
        let (marker, corrupt) = ("end-of-copy marker does not match previous newline style", "end-of-copy marker corrupt")
        let invalid = "invalid byte sequence for encoding \"UTF8\": "
        for (format, text, message, context) in [
            ("", "1\ta\r\n2\tb\n", "literal " + newline, "line 2"), ("", "1\ta\n2\tb\r\n", "literal " + carriage, "line 2"),
            ("", "1\ta\r2\tb\n", "literal " + newline, "line 2"), ("", "1\ta\r\n2\tb\r3\tc", "literal " + carriage, "line 2"),
            ("", "1\ta\\.b\n", corrupt, "line 1"), ("", "1\ta\n\\.", corrupt, "line 2"), ("", "1\ta\n\\.x\n", corrupt, "line 2"),
            ("", "1\ta\r\n\\.\n", marker, "line 2"), ("", "1\ta\n\\.\r\n", marker, "line 2"),
            ("CSV", "1,a\r\n2,b\n", "unquoted " + newline, "line 2"), ("CSV", "1,a\n2,b\r", "unquoted " + carriage, "line 2"),
            ("CSV", "1,a\n\\.\r\n", marker, "line 2"),
            ("CSV", "1,a\n2,\"b\n\"\n3,\"x", "unterminated CSV quoted field", "line 4: \"3,\"x\""),
            ("CSV", "\\.", "invalid input syntax for type integer: \"\\.\"", "line 1, column a: \"\\.\""),
            ("", "1\ta\n2\tx\0\n", invalid + "0x00", "line 2"), ("", "1\t\\400\n", invalid + "0x00", "line 1: \"1\t\\400\""),
            ("", "1\t\\xc3\n", invalid + "0xc3", "line 1: \"1\t\\xc3\""),
        ] as [(String, String, String, String)] {
            for size in [1, 1000] {
                let bytes = Array(text.utf8)
                let pieces = stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
                let answers = try copyIn(client, "COPY t FROM STDIN \(format)", pieces)
                #expect(answers.states.count == 1, "\(text)")
                for case .errorResponse(let fields) in answers {
                    #expect(fields["M"] == message, "\(text)")
                    #expect(fields["W"] == "COPY t, \(context)", "\(text)")
                }
            }
        }
        let broken = Array("1\ta\n2\tb".utf8) + [0xE2, 0x82, 0x0A]
        for case .errorResponse(let fields) in try copyIn(client, "COPY t FROM STDIN", [broken]) {
            #expect(fields["M"] == invalid + "0xe2 0x82 0x0a")
            #expect(fields["W"] == "COPY t, line 2")
        }
        let header = Array("PGCOPY\n".utf8) + [0xFF, 13, 10, 0] + [UInt8](repeating: 0, count: 8)
        for case .errorResponse(let fields) in try copyIn(client, "COPY t FROM STDIN (FORMAT binary)", [header + [0, 3]]) {
            #expect(fields["M"] == "row field count is 3, expected 2")
            #expect(fields["W"] == "COPY t, line 1")
        }
        #expect(try client.query("SELECT count(*) FROM t").rows == [["0"]])
        // What stands before `\.` is a row, and a backslash at the very end is nothing.
        for (text, value) in [("1\ta\\.\n2\tb\n", "a"), ("1\t\\.\n", ""), ("1\ta\\", "a")] {
            #expect(try copyIn(client, "COPY t FROM STDIN", [Array(text.utf8)]).tags == ["COPY 1"], "\(text)")
            #expect(try client.query("DELETE FROM t RETURNING b").rows == [[value]], "\(text)")
        }
        fixture.stop()
    }

    @Test func optionsOfCopyThatAreWrongAreShown() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("CREATE TABLE t (a int, b text)").states.isEmpty)
        for (options, state, message, position) in [
            ("(foo)", "42601", "option \"foo\" not recognized", "20"),
            ("(FORMAT xml)", "22023", "COPY format \"xml\" not recognized", "20"),
            ("(FORMAT csv, FORMAT csv)", "42601", "conflicting or redundant options", "32"),
            ("(ENCODING 'nope')", "22023", "argument to option \"encoding\" must be a valid encoding name", "20"),
            ("(FORMAT csv, FORCE_NULL *)", "22023", "argument to option \"force_null\" must be a list of column names", "32"),
            ("(FORMAT csv, FORCE_NULL (z))", "42703", "column \"z\" of relation \"t\" does not exist", nil),
            ("(NULL 'a,b', DELIMITER ',')", "0A000", "COPY delimiter must not appear in the NULL specification", nil),
            ("(FORMAT csv, NULL 'a\"b')", "0A000", "CSV quote character must not appear in the NULL specification", nil),
        ] as [(String, String, String, String?)] {
            let answers = try client.query("COPY t FROM STDIN \(options)")
            #expect(answers.states == [state], "\(options)")
            for case .errorResponse(let fields) in answers {
                #expect(fields["M"] == message)
                #expect(fields["P"] == position, "\(options)")
            }
        }
        fixture.stop()
    }

    @Test func theFirstWrongLineIsNamed() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        for statement in [
            "CREATE TABLE other (id int PRIMARY KEY)", "INSERT INTO other VALUES (1)",
            "CREATE TABLE t (a int PRIMARY KEY, b varchar(3) NOT NULL, c numeric(4,1))", "INSERT INTO t VALUES (100, 'x')",
            "CREATE TABLE checked (a int PRIMARY KEY, b int CHECK (b < 10), c int UNIQUE, d int REFERENCES other)",
        ] { #expect(try client.query(statement).states.isEmpty, "\(statement)") }
        for (table, text, state, context) in [
            ("t", "1\ta\t1\nx\tb\t1\n", "22P02", "COPY t, line 2, column a: \"x\""),
            ("t", "1\tabcd\t1\n", "22001", "COPY t, line 1, column b: \"abcd\""),
            ("t", "1\ta\t1\n2\tb\t1234\n", "22003", "COPY t, line 2, column c: \"1234\""),
            ("t", "1\ta\t1\n2\t\\N\t1\n", "23502", "COPY t, line 2: \"2\t\\N\t1\""),
            ("t", "1\ta\t1\n2\tb\n", "22P04", "COPY t, line 2: \"2\tb\""),
            ("t", "1\ta\t1\n2\tb\t1\t1\n", "22P04", "COPY t, line 2: \"2\tb\t1\t1\""),
            ("t", "1\ta\t1\n2\tb\t1\n1\tc\t1\n", "23505", "COPY t, line 3"),
            ("t", "101\ta\t1\n100\tb\t1\n7\tc\t1\n", "23505", "COPY t, line 2"),
            // What is wrong with a line counts before what is wrong with one behind it.
            ("t", "1\ta\t1\n1\tb\t1\nx\tc\t1\n", "23505", "COPY t, line 2"),
            ("t", "1\ta\t1\n1\tb\t1\n2\t\\N\t1\n", "23505", "COPY t, line 2"),
            ("t", "9223372036854775808\ta\t1\n", "22003", "COPY t, line 1, column a: \"9223372036854775808\""),
            ("t", "1\t\\xff\t1\n", "22021", "COPY t, line 1: \"1\t\\xff\t1\""),
            ("checked", "1\t1\t1\t\\N\n2\t10\t2\t\\N\n", "23514", "COPY checked, line 2: \"2\t10\t2\t\\N\""),
            ("checked", "1\t1\t1\t\\N\n2\t1\t1\t\\N\n", "23505", "COPY checked, line 2: \"2\t1\t1\t\\N\""),
            ("checked", "1\t1\t1\t1\n2\t1\t2\t2\n", "23503", nil),
        ] as [(String, String, String, String?)] {
            let answers = try copyIn(client, "COPY \(table) FROM STDIN", [Array(text.utf8)])
            #expect(answers.states == [state], "\(text)")
            for case .errorResponse(let fields) in answers { #expect(fields["W"] == context, "\(text)") }
            #expect(try client.query("SELECT count(*) FROM \(table)").rows == [[table == "t" ? "1" : "0"]], "\(text)")
        }
        fixture.stop()
    }

    /// What is declared while COPY waits for its client holds for the rows that come then: they are refused, for they were read as others.
    @Test(arguments: ["ADD CHECK (b < 100)", "ADD UNIQUE (b)", "ALTER b TYPE text", "DROP b", "ADD c int UNIQUE"], [true, false])
    func tablesThatAreDeclaredAnewMeanwhile(change: String, isUnique: Bool) throws {
        let fixture = try PostgresFixture()
        let (client, other) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        // Where values are unique, rows are put one by one.
        #expect(try client.query("CREATE TABLE t (a int PRIMARY KEY, b int, d int \(isUnique ? "UNIQUE" : ""))").states.isEmpty)
        #expect(try client.query("CREATE TABLE other (a int)").states.isEmpty)
        try client.send(.query("COPY t (a, b) FROM STDIN"))
        guard case .copyInResponse? = try client.next() else { throw TestClient.Failure(description: "COPY takes nothing") }
        #expect(try other.query("ALTER TABLE t \(change)").states.isEmpty)
        #expect(try other.query("INSERT INTO t (a) VALUES (9)").states.isEmpty)
        try client.send(.copyData(Array("1\t500\n2\t500\n".utf8)))
        try client.send(.copyDone)
        #expect(try client.answers().states == ["40001"])
        #expect(try client.query("SELECT a FROM t").rows == [["9"]])
        // Other tables are none of its business.
        try client.send(.query("COPY t (a) FROM STDIN"))
        guard case .copyInResponse? = try client.next() else { throw TestClient.Failure(description: "COPY takes nothing") }
        #expect(try other.query("ALTER TABLE other ADD b int").states.isEmpty)
        try client.send(.copyData(Array("1\n2\n".utf8)))
        try client.send(.copyDone)
        #expect(try client.answers().tags == ["COPY 2"])
        fixture.stop()
    }

    @Test func defaultsNumbersAndReferencesHold() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        for statement in [
            "CREATE TABLE p (id serial PRIMARY KEY, a int DEFAULT 7, b text DEFAULT 'x', g int GENERATED ALWAYS AS (a * 2) STORED)",
            "CREATE TABLE q (id bigint GENERATED BY DEFAULT AS IDENTITY, a int DEFAULT 7, b text NOT NULL)",
            "CREATE INDEX q_b ON q (b, a)", "CREATE TABLE r (p int REFERENCES p DEFERRABLE, k int, UNIQUE (k) DEFERRABLE)",
        ] { #expect(try client.query(statement).states.isEmpty, "\(statement)") }
        #expect(try copyIn(client, "COPY p (b) FROM STDIN", [Array("one\n\\N\n".utf8)]).tags == ["COPY 2"])
        #expect(try client.query("SELECT * FROM p ORDER BY id").rows == [["1", "7", "one", "14"], ["2", "7", nil, "14"]])
        #expect(try copyIn(client, "COPY q (b) FROM STDIN", [Array("one\ntwo\n".utf8)]).tags == ["COPY 2"])
        #expect(try client.query("INSERT INTO q (b) VALUES ('three')").states.isEmpty)
        #expect(try client.query("SELECT * FROM q").rows == [["1", "7", "one"], ["2", "7", "two"], ["3", "7", "three"]])
        #expect(try client.query("SELECT id FROM q WHERE b = 'two' AND a = 7").rows == [["2"]])
        #expect(try copyIn(client, "COPY r FROM STDIN", [Array("1\t1\n2\t2\n".utf8)]).tags == ["COPY 2"])
        #expect(try copyIn(client, "COPY r FROM STDIN", [Array("3\t3\n".utf8)]).states == ["23503"])
        #expect(try copyIn(client, "COPY r FROM STDIN", [Array("1\t2\n".utf8)]).states == ["23505"])
        // Rows that are put later have later numbers, also behind a COPY that was taken back.
        _ = try client.query("BEGIN")
        #expect(try copyIn(client, "COPY q (b) FROM STDIN", [Array("gone\n".utf8)]).tags == ["COPY 1"])
        _ = try client.query("ROLLBACK")
        #expect(try client.query("SELECT count(*) FROM q WHERE b = 'gone'").rows == [["0"]])
        fixture.stop()
    }

    @Test func keysAreGivenToRowsThatAreThere() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("CREATE TABLE t (b text, a int, y bytea, z numeric)").states.isEmpty)
        let lines = (0..<5000).map { "x\($0 % 7)\t\($0 * 7919 % 5000)\t\\\\x0\($0 % 10)\t\($0).5\n" }.joined()
        #expect(try copyIn(client, "COPY t FROM STDIN", [Array(lines.utf8)]).tags == ["COPY 5000"])
        let sum = "SELECT count(*), sum(a), sum(z), count(DISTINCT y), min(b) FROM t"
        let before = try client.query(sum).rows
        for (statement, state) in [
            ("ALTER TABLE t ADD PRIMARY KEY (b)", "23505"), ("ALTER TABLE t ADD PRIMARY KEY (a)", nil),
            ("CREATE INDEX t_b ON t (b, z)", nil), ("ALTER TABLE t DROP CONSTRAINT t_pkey", nil),
            ("ALTER TABLE t ADD PRIMARY KEY (b, a)", nil), ("CREATE UNIQUE INDEX t_z ON t (z)", nil),
            ("CREATE UNIQUE INDEX t_y ON t (y)", "23505"),
        ] as [(String, String?)] {
            #expect(try client.query(statement).states == (state.map { [$0] } ?? []), "\(statement)")
            #expect(try client.query(sum).rows == before, "\(statement)")
            #expect(try client.query("SELECT a, z FROM t WHERE a = 7919 % 5000").rows == [["2919", "1.5"]], "\(statement)")
            #expect(try client.query("SELECT count(*) FROM t WHERE b = 'x3'").rows == [["714"]], "\(statement)")
            #expect(try client.query("SELECT b FROM t WHERE b = 'x1' AND a = 2919").rows == [["x1"]], "\(statement)")
        }
        #expect(try client.query("INSERT INTO t VALUES ('x1', 2919, NULL, -1)").states == ["23505"])
        _ = try client.query("CREATE TABLE n (a int, b int); INSERT INTO n VALUES (1, 1), (2, NULL)")
        #expect(try client.query("ALTER TABLE n ADD PRIMARY KEY (a, b)").states == ["23502"])
        #expect(try client.query("SELECT * FROM n ORDER BY a").rows == [["1", "1"], ["2", nil]])
        fixture.stop()
    }

    @Test func nothingRemainsOfACopyThatIsCancelled() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("CREATE TABLE t (a int PRIMARY KEY, b text)").states.isEmpty)
        let filler = String(repeating: "y", count: 1000)
        let lines = (0..<2000).map { "\($0)\t\(filler)\n" }.joined()
        try client.send(.query("COPY t FROM STDIN"))
        _ = try client.next()
        try client.send(.copyData(Array(lines.utf8)))
        let other = try PostgresTestClient(port: fixture.server.postgresPort)
        try other.send(start: .cancelRequest(process: client.process, secret: client.secret))
        _ = try other.answers()
        try client.send(.copyData(Array(lines.replacing("\t", with: "1111\t").utf8)), .copyDone)
        #expect(try client.answers().states == ["57014"])
        #expect(try client.query("SELECT count(*) FROM t").rows == [["0"]])
        fixture.stop()
    }

    @Test func rowsAreCopiedIntoOneCell() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        _ = try client.query("CREATE CELL stores (code text PRIMARY KEY, country text)")
        _ = try client.query("CREATE TABLE stores.receipts (number int PRIMARY KEY, total int)")
        _ = try client.query("INSERT INTO stores VALUES ('a1', 'PE'), ('b7', 'PE')")
        let into = "COPY stores.receipts USING code = 'b7' (number, total) FROM STDIN"
        #expect(try copyIn(client, into, [Array("7\t95\n8\t5\n".utf8)]).tags == ["COPY 2"])
        #expect(
            try client.query("SELECT _key, number, total, cell.code FROM stores.receipts ORDER BY number").rows
                == [["[\"b7\", 7]", "7", "95", "b7"], ["[\"b7\", 8]", "8", "5", "b7"]])
        for (filter, state) in [(" USING code = 'nosuch'", "23503"), (" USING country = 'PE'", "21000"), ("", "21000")] {
            #expect(try client.query("COPY stores.receipts\(filter) (number, total) FROM STDIN").states == [state], "\(filter)")
        }
        fixture.stop()
    }
}
