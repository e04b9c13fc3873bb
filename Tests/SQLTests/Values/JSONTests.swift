import Testing

@testable import SQL

/// Rows out of JSON, and JSON out of lists of arguments.
@Suite struct JSONTests {
    let session: TestSession

    init() throws { session = try TestSession() }

    /// Stored, a column that is JSON null is NULL, which no primary key takes.
    @Test func aKeyIsNotJSONNull() throws {
        try session.rows(
            """
            CREATE TABLE one (k jsonb PRIMARY KEY, n int); INSERT INTO one VALUES ('1', 1);
            CREATE TABLE two (a int, k jsonb, PRIMARY KEY (a, k)); CREATE TABLE free (k jsonb)
            """)
        for statement in [
            "INSERT INTO one VALUES ('null')", "INSERT INTO two VALUES (1, 'null')", "UPDATE one SET k = 'null'",
            "INSERT INTO one SELECT 'null'::jsonb",
        ] {
            do throws(SQLError) {
                try session.connection.rows(statement)
                Issue.record("\(statement) is done")
            } catch {
                #expect(error.state == .notNullViolation && error.message.hasPrefix("null value in column \"k\""), "\(statement): \(error)")
            }
        }
        try session.rows("INSERT INTO one VALUES ('[null]'); INSERT INTO free VALUES ('null')")
        #expect(try session.rows("SELECT k FROM one ORDER BY n") == ["1", "[null]"])
    }

    /// A number of a document is its value: `docs/SQL.md` lists it among what differs.
    @Test func numbersHaveNoZerosBehindThem() throws {
        session.check([
            (#"'{"a": 5.50}'::jsonb"#, #"{"a": 5.5}"#), (#"'{"a": 5.50}'::jsonb ->> 'a'"#, "5.5"), ("to_jsonb(5.50)", "5.5"),
            (#"'{"a": 5.50}'::json"#, #"{"a": 5.50}"#), ("to_json(5.50)", "5.50"), ("5.50", "5.50"),
        ])
        try session.rows("CREATE TABLE t (j jsonb, k json, n numeric, m numeric(10,2))")
        try session.rows(#"INSERT INTO t VALUES ('{"a": 5.50}', '{"a": 5.50}', 5.50, 5.50)"#)
        #expect(try session.rows("SELECT j, k ->> 'a', n, m FROM t") == [#"{"a": 5.5}|5.5|5.5|5.50"#])
    }

    /// The words are PostgreSQL's, and so is the line that is shown.
    @Test(arguments: [
        (#"{"a":1,}"#, #"Expected string, but found "}"."#, #"line 1: {"a":1,}"#),
        (#"{1:2}"#, #"Expected string or "}", but found "1"."#, "line 1: {1..."),
        (#"{"x":1 "y":2}"#, #"Expected "," or "}", but found ""y""."#, #"line 1: {"x":1 "y"..."#),
        ("true false", #"Expected end of input, but found "false"."#, "line 1: true false"),
        ("[}", #"Expected JSON value, but found "}"."#, "line 1: [}"), ("[1,", "The input string ended unexpectedly.", "line 1: [1,"),
        ("+1", #"Token "+" is invalid."#, "line 1: +..."), ("0x10", #"Token "0x10" is invalid."#, "line 1: 0x10"),
        ("[1e+]", #"Token "1e+" is invalid."#, "line 1: [1e+..."), (#"{"k":-}"#, #"Token "-" is invalid."#, #"line 1: {"k":-..."#),
        (#"["é"#, #"Token ""é" is invalid."#, #"line 1: ["é"#), ("[1,\n2,\nx,\n4]", #"Token "x" is invalid."#, "line 3: x..."),
        (#""a\u12G4""#, #""\u" must be followed by four hexadecimal digits."#, #"line 1: "a\u12G..."#),
        (#""a\x""#, #"Escape sequence "\x" is invalid."#, #"line 1: "a\x..."#),
        ("\"\tx\"", "Character with value 0x09 must be escaped.", "line 1: \"..."),
        (
            #"{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":1,"b":nope, "c":2}"#, #"Token "nope" is invalid."#,
            #"line 1: ...aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa":1,"b":nope..."#
        ),
    ])
    func whatIsWrongWithAText(text: String, detail: String, context: String) {
        for type in ["json", "jsonb"] {
            let error = session.refusal("SELECT \(Quoting.literal(text))::\(type)")
            #expect(error?.state == .invalidTextRepresentation && error?.detail == detail, "\(text)")
            #expect(error?.context == "JSON data, \(context)" && error?.position != nil, "\(text)")
        }
    }

    @Test func elementsInFrom() throws {
        #expect(try session.rows("SELECT * FROM jsonb_array_elements('[1, \"two\", null]')") == ["1", "\"two\"", "null"])
        #expect(try session.rows("SELECT e ->> 'k' FROM jsonb_array_elements('[{\"k\": 1}, {\"k\": 2}]') e") == ["1", "2"])
        #expect(try session.rows("SELECT value, ordinality FROM jsonb_array_elements('[7]') WITH ORDINALITY") == ["7|1"])
    }

    @Test func declaredColumns() throws {
        #expect(
            try session.rows("SELECT * FROM json_to_record('{\"a\": 1, \"b\": [1, 2]}') AS x (a int, b int[], c text)") == ["1|{1,2}|NULL"])
        #expect(try session.rows("SELECT * FROM jsonb_to_recordset('[{\"a\": 1}, {\"a\": 2}]') AS x (a int)") == ["1", "2"])
        #expect(try session.rows("SELECT * FROM json_populate_record(NULL::record, '{\"x\": 776}') AS (x int, y int)") == ["776|NULL"])
        #expect(session.state("SELECT * FROM jsonb_to_record('\"a\"') AS x (a int)") == "22023")
        #expect(session.state("SELECT * FROM json_populate_recordset(ROW(0), '[{\"a\": 1}]') q (a text)") == "42804")
    }

    @Test func listsOfArguments() throws {
        #expect(try session.rows("SELECT json_build_array(VARIADIC '{1,2}'::int[])") == ["[1, 2]"])
        #expect(
            try session.rows("SELECT jsonb_build_array(VARIADIC '{}'::text[]), jsonb_build_array(VARIADIC NULL::text[])") == ["[]|NULL"])
        #expect(try session.rows("SELECT jsonb_build_object(VARIADIC ARRAY['a', NULL]::text[])") == ["{\"a\": null}"])
        #expect(session.state("SELECT jsonb_build_object('a')") == "22023")
        #expect(session.state("SELECT jsonb_build_array(VARIADIC 5)") == "42804")
        #expect(try session.rows("SELECT concat(VARIADIC ARRAY[1, 2]), format('%s-%s', VARIADIC ARRAY[1, 2])") == ["12|1-2"])
    }

    @Test func scalarsCountAsArrays() throws {
        #expect(
            try session.rows("SELECT '\"str\"'::jsonb -> 0, '5'::jsonb ->> -1, 'null'::jsonb -> 0, '5'::jsonb -> 1") == [
                "\"str\"|5|null|NULL"
            ])
        #expect(try session.rows("SELECT '[]'::jsonb #- '{a}'") == ["[]"])
    }
}
