import PostgresWire
import ReQLish
import Testing

@testable import httpd

/// What drivers and tools rely on beyond the statements themselves.
@Suite struct PostgresClientTests {
    private func fields(_ answers: [BackendMessage]) -> ReportFields? {
        for case .errorResponse(let fields) in answers { return fields }
        return nil
    }

    @Test func errorsNameWhatTheyAreAbout() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        _ = try client.query(
            "CREATE SCHEMA s; CREATE DOMAIN positive AS int CHECK (value > 0); CREATE TABLE s.t (id int PRIMARY KEY, a int NOT NULL, "
                + "b int CHECK (b > 0), c positive, d int REFERENCES s.t (id)); INSERT INTO s.t VALUES (1, 1)")
        for (statement, state, column, constraint) in [
            ("INSERT INTO s.t VALUES (1, 1)", "23505", nil, "t_pkey"), ("INSERT INTO s.t VALUES (2)", "23502", "a", nil),
            ("INSERT INTO s.t VALUES (2, 1, 0)", "23514", nil, "t_b_check"),
            ("INSERT INTO s.t VALUES (2, 1, 1, 1, 7)", "23503", nil, "t_d_fkey"),
        ] as [(String, String, String?, String?)] {
            let fields = try #require(try fields(client.query(statement)))
            #expect(fields["C"] == state)
            #expect([fields["s"], fields["t"]] == ["s", "t"], "\(statement)")
            #expect([fields["c"], fields["n"]] == [column, constraint], "\(statement)")
        }
        let domain = try #require(try fields(client.query("INSERT INTO s.t VALUES (2, 1, 1, -1)")))
        #expect([domain["C"], domain["d"], domain["n"], domain["t"]] == ["23514", "positive", "positive_check", nil])
        #expect(try fields(client.query("SELECT nothing"))?["t"] == nil)
        fixture.stop()
    }

    @Test func sessionsKnowTheirAddresses() throws {
        let fixture = try PostgresFixture()
        let (first, second) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        let port = "\(fixture.server.postgresPort)"
        let query = "SELECT inet_server_addr(), inet_server_port(), inet_client_addr(), inet_client_port()"
        let rows = [try first.query(query).rows, try second.query(query).rows]
        for row in rows { #expect(row.first?.prefix(3) == ["127.0.0.1", port, "127.0.0.1"]) }
        #expect(Set(rows.map { $0.first?.last }).count == 2)
        let values = "SELECT inet_server_addr()::text, inet_server_addr() << inet '127.0.0.0/8'"
        #expect(try first.query(values).rows == [["127.0.0.1/32", "t"]])
        fixture.stop()
    }

    /// What is wrong with a parameter is said, and which one it is.
    @Test func binaryParametersOfTheWrongShape() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        for (type, bytes, state, message) in [
            ("int4", [0, 0, 0, 1, 0], "22P03", "incorrect binary data format in bind parameter 2"),
            ("inet", [9, 32, 0, 4, 1, 2, 3, 4], "22P03", "invalid address family in external \"inet\" value"),
            ("int4", [0, 0, 1], "08P01", "insufficient data left in message"),
            ("varbit", [0, 0, 0, 9, 255], "08P01", "insufficient data left in message"),
            ("text", [97, 255], "22021", "invalid byte sequence for encoding \"UTF8\": 0xff"),
            (
                "int4[]", [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 1, 0], "22P03",
                "improper binary format in array element 1"
            ),
        ] as [(String, [UInt8], String, String)] {
            try client.send(
                .parse(.init(name: "", text: "SELECT $1::int4, $2::\(type)")),
                .bind(.init(portal: "", statement: "", parameterFormats: [.binary], parameters: [[0, 0, 0, 1], bytes])), .sync)
            let fields = try #require(try fields(client.answers()))
            #expect([fields["C"], fields["M"], fields["W"]] == [state, message, "unnamed portal parameter $2"], "\(type)")
        }
        // Of texts it is said whether there is one.
        for (portal, text, context) in [
            ("", "abc", "unnamed portal parameter $1 = '...'"), ("", "", "unnamed portal parameter $1 = ''"),
            ("p", "x", "portal \"p\" parameter $1 = '...'"),
        ] {
            try client.send(
                .parse(.init(name: "", text: "SELECT $1::int4")),
                .bind(.init(portal: portal, statement: "", parameters: [Array(text.utf8)])), .sync)
            let fields = try #require(try fields(client.answers()))
            #expect([fields["C"], fields["W"]] == ["22P02", context])
        }
        #expect(try client.query("SELECT 1").rows == [["1"]])
        fixture.stop()
    }

    @Test func commandsWithAQueryTakeParameters() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        _ = try client.query("BEGIN")
        func run(_ text: String, _ value: String) throws -> [BackendMessage] {
            try client.send(
                .parse(.init(name: "", text: text)), .describe(.statement("")),
                .bind(.init(portal: "", statement: "", parameters: [Array(value.utf8)])), .execute(portal: "", rowLimit: 0), .sync)
            return try client.answers()
        }
        let declared = try run("DECLARE c CURSOR FOR SELECT n FROM generate_series(1, $1) n", "3")
        #expect(declared.contains(.parameterDescription([23])))
        #expect(declared.tags == ["DECLARE CURSOR"])
        #expect(try client.query("FETCH ALL FROM c").rows == [["1"], ["2"], ["3"]])
        #expect(try run("CREATE TABLE made AS SELECT $1::int + 1 AS x", "41").tags == ["SELECT 1"])
        #expect(try client.query("SELECT x FROM made").rows == [["42"]])
        #expect(try run("EXPLAIN (COSTS off) SELECT * FROM made WHERE x = $1", "1").states == [])
        #expect(try run("CREATE MATERIALIZED VIEW m AS SELECT $1::int AS x", "1").states != [])
        fixture.stop()
    }

    @Test func whoListensToATableHearsItsChanges() throws {
        let fixture = try PostgresFixture()
        let (one, two) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        _ = try two.query("CREATE TABLE t (id int PRIMARY KEY, name text)")
        #expect(try one.query("LISTEN t").tags == ["LISTEN"])
        _ = try two.query("BEGIN; INSERT INTO t VALUES (1, 'a'); ROLLBACK")
        _ = try two.query("INSERT INTO t VALUES (1, 'ä')")
        _ = try two.query("UPDATE t SET name = 'b'")
        _ = try two.query("DELETE FROM t")
        for payload in [
            #"{"new_val": {"id": 1, "name": "ä"}, "old_val": null}"#,
            #"{"new_val": {"id": 1, "name": "b"}, "old_val": {"id": 1, "name": "ä"}}"#,
            #"{"new_val": null, "old_val": {"id": 1, "name": "b"}}"#,
        ] {
            #expect(try one.next() == .notification(process: 0, channel: "t", payload: payload))
        }
        _ = try two.query("INSERT INTO t VALUES (7, repeat('x', 10000))")
        #expect(try one.next() == .notification(process: 0, channel: "t", payload: #"{"key": 7}"#))
        // A channel of that name is one as ever.
        _ = try two.query("NOTIFY t, 'hello'")
        #expect(try one.next() == .notification(process: two.process, channel: "t", payload: "hello"))
        _ = try one.query("UNLISTEN t")
        _ = try two.query("INSERT INTO t VALUES (8)")
        #expect(try one.query("SELECT 1").contains { if case .notification = $0 { true } else { false } } == false)
        fixture.stop()
    }

    @Test func whoMayNotReadATableHearsNothingOfIt() throws {
        let fixture = try PostgresFixture()
        let admin = try PostgresTestClient(fixture.server)
        _ = try admin.query(
            "CREATE TABLE t (id int PRIMARY KEY); CREATE ROLE guest LOGIN PASSWORD 'x'; CREATE ROLE reader LOGIN PASSWORD 'x'")
        _ = try admin.query("GRANT SELECT ON t TO reader")
        for user in ["guest", "reader"] {
            #expect(try admin.query("SET SESSION AUTHORIZATION \(user)").states == [])
            #expect(try admin.query("LISTEN t").states == [])
            #expect(try admin.query("RESET SESSION AUTHORIZATION").states == [])
            let answers = try admin.query("INSERT INTO t VALUES (\(user == "guest" ? 1 : 2))")
            let told = try (answers + admin.query("SELECT 1")).contains { if case .notification = $0 { true } else { false } }
            // What was told to the reader is the administrator's to read as well.
            #expect(told == (user == "reader"), "\(user)")
            _ = try admin.query("UNLISTEN *")
        }
        fixture.stop()
    }

    /// A client that rests holds no state of the file: what it has read may be written over.
    @Test func aClientThatRestsHoldsNoState() throws {
        let fixture = try PostgresFixture()
        let (one, two) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        _ = try two.query("CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE t (id int PRIMARY KEY, m mood)")
        // The type is known when parameters come in a later group of messages.
        try one.send(.parse(.init(name: "s", text: "INSERT INTO t VALUES ($1, $2)")), .sync)
        _ = try one.answers()
        for number in 1...3 {
            try one.send(
                .bind(.init(portal: "", statement: "s", parameters: [Array("\(number)".utf8), Array("ok".utf8)])),
                .execute(portal: "", rowLimit: 0), .sync)
            #expect(try one.answers().tags == ["INSERT 0 1"])
        }
        _ = try two.query("SELECT * FROM t")
        // Both sessions rest.
        #expect(try fixture.pando.catalog.statistics().liveSnapshots == 0)
        fixture.stop()
    }

    @Test func catalogsHaveTheirOwnNumbers() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        _ = try client.query(
            #"CREATE TABLE "t" ("id" serial PRIMARY KEY, "a" int); CREATE INDEX i ON "t" ("a" DESC); CREATE VIEW v AS SELECT * FROM t"#)
        #expect(try client.query("SELECT tableoid, tableoid::regclass FROM pg_type LIMIT 1").rows == [["1247", "pg_type"]])
        #expect(try client.query("SELECT * FROM pg_am LIMIT 1").rows.first?.count == 4)
        #expect(try client.query("SELECT gss_authenticated FROM pg_stat_gssapi WHERE pid = pg_backend_pid()").rows == [["f"]])
        #expect(try client.query("SELECT stats_reset <= now() FROM pg_stat_bgwriter").rows == [["t"]])
        // A column that the statement has quoted is a column.
        #expect(try client.query("SELECT indkey, indexprs FROM pg_index WHERE indexrelid = 'i'::regclass").rows == [["2", nil]])
        #expect(try client.query("SELECT typname[0], typname[99] FROM pg_type WHERE oid = 23").rows == [["i", nil]])
        #expect(try client.query("SELECT (information_schema._pg_expandarray('3 5'::int2vector)).n").rows == [["1"], ["2"]])
        let dependencies = try client.query(
            "SELECT d.deptype, r.ev_class::regclass FROM pg_depend d JOIN pg_rewrite r ON d.objid = r.oid WHERE refobjid = 't'::regclass")
        // One for each column.
        #expect(dependencies.rows == [["n", "v"], ["n", "v"]])
        #expect(try client.query("ALTER TABLE t_id_seq OWNER TO admin").tags == ["ALTER TABLE"])
        fixture.stop()
    }
}
