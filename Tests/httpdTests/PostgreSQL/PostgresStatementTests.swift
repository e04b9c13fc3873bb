import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import httpd

/// What clients of PostgreSQL do once they are in.
@Suite struct PostgresStatementTests {
    @Test func copyTakesAndGivesTextAndBinary() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("CREATE TABLE t (id int PRIMARY KEY, name text)").tags == ["CREATE TABLE"])
        try client.send(.query("COPY t FROM STDIN"))
        guard case .copyInResponse? = try client.next() else { throw TestClient.Failure(description: "COPY takes nothing") }
        // A line may come in two messages.
        try client.send(.copyData(Array("1\ta\\tb\n2".utf8)), .copyData(Array("\t\\N\n".utf8)), .copyDone)
        #expect(try client.answers().tags == ["COPY 2"])
        #expect(try client.query("SELECT * FROM t ORDER BY id").rows == [["1", "a\tb"], ["2", nil]])

        let binary = try copied(client, "COPY (SELECT * FROM t ORDER BY id) TO STDOUT (FORMAT binary)")
        // The header stands before the first row, in the same message.
        #expect(binary.count == 3)
        #expect(binary.first?.starts(with: Array("PGCOPY\n".utf8)) == true)
        #expect(binary.last == [0xFF, 0xFF])
        #expect(try client.query("DELETE FROM t").tags == ["DELETE 2"])
        try client.send(.query("COPY t FROM STDIN (FORMAT binary)"))
        _ = try client.next()
        for part in binary { try client.send(.copyData(part)) }
        try client.send(.copyDone)
        #expect(try client.answers().tags == ["COPY 2"])
        #expect(try copied(client, "COPY t TO STDOUT (FORMAT csv)").joined().elementsEqual("1,a\tb\n2,\n".utf8))

        try client.send(.query("COPY t FROM STDIN"))
        _ = try client.next()
        try client.send(.copyData(Array("3\tc\n".utf8)), .copyFail("no more"))
        #expect(try client.answers().states == ["57014"])
        #expect(try client.query("SELECT count(*) FROM t").rows == [["2"]])
        fixture.stop()
    }

    private func copied(_ client: PostgresTestClient, _ text: String) throws -> [[UInt8]] {
        try client.query(text).compactMap { message in
            guard case .copyData(let bytes) = message else { return nil }
            return bytes
        }
    }

    @Test func valuesGoThereAndBackInBinary() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        // What is sent as text and asked for in binary, and that sent in binary and asked for as text.
        for (type, text, hexadecimal) in [
            ("bool", "t", "01"), ("int2", "-2", "fffe"), ("int4", "70000", "00011170"), ("int8", "-1", "ffffffffffffffff"),
            ("float4", "1.5", "3fc00000"), ("float8", "-0.25", "bfd0000000000000"), ("text", "aé", "61c3a9"), ("bytea", "\\x00ff", "00ff"),
            ("numeric", "12345.6780", "0003000100000004000109291a7c"), ("numeric", "-0.0001", "0001ffff400000040001"),
            ("numeric", "NaN", "00000000c0000000"), ("numeric", "0.00", "0000000000000002"),
            ("numeric", "100000000", "00010002000000000001"),
            ("date", "2000-01-02", "00000001"), ("time", "00:00:01", "00000000000f4240"),
            ("timetz", "00:00:00+01", "0000000000000000fffff1f0"),
            ("timestamp", "1999-12-31 23:59:59.999999", "ffffffffffffffff"), ("timestamptz", "2000-01-01 00:00:01+00", "00000000000f4240"),
            ("interval", "1 mon 2 days 00:00:00.000003", "00000000000000030000000200000001"),
            ("uuid", "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff"),
            ("jsonb", "{\"a\": 1}", "017b2261223a20317d"),
            ("inet", "10.0.0.1/8", "020800040a000001"), ("cidr", "10.0.0.0/8", "020801040a000000"), ("oid", "4294967295", "ffffffff"),
            ("int4[]", "{1,NULL}", "00000001000000010000001700000002000000010000000400000001ffffffff"),
            ("int4[]", "{}", "000000000000000000000017"),
        ] {
            let bytes = stride(from: 0, to: hexadecimal.count, by: 2).compactMap { place in
                UInt8(hexadecimal.dropFirst(place).prefix(2), radix: 16)
            }
            #expect(try echo(client, type, Array(text.utf8), .text, .binary) == bytes, "\(type) \(text)")
            #expect(try echo(client, type, bytes, .binary, .text) == Array(text.utf8), "\(type) \(text)")
        }
        fixture.stop()
    }

    private func echo(
        _ client: PostgresTestClient, _ type: String, _ value: [UInt8], _ given: ValueFormat, _ wanted: ValueFormat
    ) throws -> [UInt8]? {
        try client.send(
            .parse(.init(name: "", text: "SELECT $1::\(type)")),
            .bind(.init(portal: "", statement: "", parameterFormats: [given], parameters: [value], resultFormats: [wanted])),
            .execute(portal: "", rowLimit: 0), .sync)
        for case .dataRow(let values) in try client.answers() { return values[0] }
        return nil
    }

    @Test func bytesThatAreNoValueAreRefused() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        for (type, bytes) in [
            ("int4", [0, 0, 1]), ("int4", [0, 0, 0, 0, 1]), ("numeric", [0, 1, 0, 0, 0, 0, 0, 0]),
            ("numeric", [0, 1, 0, 0, 0, 0, 0, 0, 0x27, 0x10]),
            ("jsonb", [2, 0x31]), ("inet", [9, 0, 0, 4, 1, 2, 3, 4]),
            ("int4[]", [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 23, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1]),
            ("text", [0xFF]), ("uuid", [1]), ("time", [0xFF, 0, 0, 0, 0, 0, 0, 0]),
        ] as [(String, [UInt8])] {
            #expect(try echo(client, type, bytes, .binary, .text) == nil, "\(type) \(bytes)")
        }
        #expect(try client.query("SELECT 1").rows == [["1"]])
        fixture.stop()
    }

    @Test func notificationsComeWhileAClientRests() throws {
        let fixture = try PostgresFixture()
        let (one, two) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        #expect(try one.query("LISTEN news").tags == ["LISTEN"])
        #expect(try two.query("BEGIN; NOTIFY news, 'lost'; ROLLBACK").states == [])
        #expect(try two.query("BEGIN; NOTIFY news, 'a'; NOTIFY news, 'a'; NOTIFY news, 'b'; COMMIT").states == [])
        for payload in ["a", "b"] {
            #expect(try one.next() == .notification(process: two.process, channel: "news", payload: payload))
        }
        // In a block they wait for its end.
        _ = try one.query("BEGIN")
        _ = try two.query("NOTIFY news, 'c'")
        #expect(try one.query("SELECT 1").contains { if case .notification = $0 { true } else { false } } == false)
        #expect(try one.query("COMMIT").contains(.notification(process: two.process, channel: "news", payload: "c")))
        fixture.stop()
    }

    @Test func sessionsAreSeenAndStopped() throws {
        // One thread sleeps, and one takes nobody whose last statement took long, as any may on a slow machine.
        let fixture = try PostgresFixture { $0.workers = 3 }
        let (one, two) = (try PostgresTestClient(fixture.server), try PostgresTestClient(fixture.server))
        #expect(try one.query("SELECT pg_backend_pid()").rows == [[String(one.process)]])
        #expect(try one.query("SELECT count(*) FROM pg_stat_activity").rows == [["2"]])
        try two.send(.query("SELECT pg_sleep(100)"))
        while try one.query("SELECT pid FROM pg_stat_activity WHERE query LIKE '%(100)%' AND state = 'active' AND pid <> pg_backend_pid()")
            .rows.isEmpty
        {}
        #expect(try one.query("SELECT pg_cancel_backend(\(two.process))").rows == [["t"]])
        #expect(try two.answers().states == ["57014"])
        #expect(try one.query("SELECT pg_terminate_backend(\(two.process))").rows == [["t"]])
        #expect(try two.answers().states == ["57P01"])
        let three = try PostgresTestClient(fixture.server)
        try three.send(.query("SELECT pg_sleep(99)"))
        while try one.query("SELECT pid FROM pg_stat_activity WHERE query LIKE '%(99)%' AND state = 'active' AND pid <> pg_backend_pid()")
            .rows.isEmpty
        {}
        #expect(try one.query("SELECT pg_terminate_backend(\(three.process))").rows == [["t"]])
        #expect(try three.answers().states == ["57P01"])
        #expect(try one.query("SELECT pg_terminate_backend(pg_backend_pid())").states == ["57P01"])
        fixture.stop()
    }

    @Test func whoWaitsForWhomIsSeen() throws {
        let fixture = try PostgresFixture()
        let clients = try (0..<3).map { _ in try PostgresTestClient(fixture.server) }
        #expect(try clients[0].query("CREATE TABLE t (a int PRIMARY KEY, b int); INSERT INTO t VALUES (1, 1)").states == [])
        _ = try clients[0].query("BEGIN; UPDATE t SET b = 2 WHERE a = 1")
        try clients[1].send(.query("UPDATE t SET b = 3 WHERE a = 1"))
        #expect(eventually { fixture.pando.catalog.openTransactions.waitingCount == 1 })
        let blockers = "SELECT pg_blocking_pids(\(clients[1].process)), pg_blocking_pids(\(clients[0].process))"
        #expect(try clients[2].query(blockers).rows == [["{\(clients[0].process)}", "{}"]])
        func seen(_ client: PostgresTestClient) throws -> [[String?]] {
            try clients[2].query(
                "SELECT state, wait_event_type, xact_start IS NOT NULL, state_change >= xact_start FROM pg_stat_activity WHERE pid = "
                    + String(client.process)
            ).rows
        }
        #expect(try seen(clients[1]) == [["active", "Lock", "t", "t"]])
        #expect(try seen(clients[0]) == [["idle in transaction", nil, "t", "t"]])
        _ = try clients[0].query("COMMIT")
        #expect(try clients[1].answers().tags == ["UPDATE 1"])
        #expect(try seen(clients[0]) == [["idle", nil, "f", nil]])
        fixture.stop()
    }

    @Test func databasesAreMadeUsedAndDropped() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("CREATE DATABASE other").tags == ["CREATE DATABASE"])
        #expect(try client.query("CREATE DATABASE other").states == ["42P04"])
        let guest = try PostgresTestClient(fixture.server, [("database", "other")])
        #expect(try client.query("DROP DATABASE other").states == ["55006"])
        #expect(try guest.query("USE test").tags == ["USE"])
        #expect(try guest.query("SELECT current_database()").rows == [["test"]])
        #expect(try client.query("DROP DATABASE other").tags == ["DROP DATABASE"])
        #expect(try client.query("DROP DATABASE test").states == ["55006"])
        #expect(try client.query("SHOW DATABASES").rows.contains { $0[0] == "test" && $0[4] == "2" })
        #expect(try client.query("DROP DATABASE other").states == ["3D000"])
        #expect(try client.query("DROP DATABASE IF EXISTS other").tags == ["DROP DATABASE"])
        fixture.stop()
    }

    @Test func databasesAreListedWithTheirSizes() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        _ = try client.query("CREATE DATABASE other WITH OWNER = admin TEMPLATE template0 ENCODING 'UTF8' CONNECTION LIMIT 5")
        _ = try client.query("CREATE TABLE t (a int); INSERT INTO t SELECT * FROM generate_series(1, 1000)")
        let guest = try PostgresTestClient(fixture.server, [("database", "other")])
        // A thousand documents are counted as 100 bytes each, in pages of 8 KiB; an empty database has one page.
        let sizes = [["other", "8192"], ["test", "106496"]]
        #expect(try client.query("SELECT datname, pg_database_size(oid) FROM pg_database ORDER BY 1").rows == sizes)
        #expect(try guest.query("SELECT datname, pg_database_size(datname) FROM pg_database ORDER BY 1").rows == sizes)
        #expect(try client.query("SELECT pg_database_size(1::oid)").rows == [[nil]])
        #expect(try client.query("SELECT pg_database_size('none')").states == ["3D000"])
        #expect(try client.query("SELECT datname, numbackends FROM pg_stat_database ORDER BY 1").rows == [["other", "1"], ["test", "1"]])
        let shown = try client.query("SHOW DATABASES").rows.map { Array($0.prefix(5)) }
        #expect(shown == [["other", "0", "0", "8192", "1"], ["test", "1", "1000", "106496", "1"]])
        #expect(try client.query("SHOW TABLES").rows == [["public", "t", "table", "1000", "106496"]])
        #expect(try client.query("ALTER DATABASE other RENAME TO another").states == ["55006"])
        #expect(try guest.query("USE test").states == [])
        #expect(try client.query("ALTER DATABASE other RENAME TO another").states == [])
        #expect(try client.query("ALTER DATABASE none RENAME TO another").states == ["3D000"])
        #expect(try client.query("ALTER DATABASE test RENAME TO another").states == ["0A000"])
        fixture.stop()
    }

    @Test func aParameterOfASimpleQueryIsAnError() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        #expect(try client.query("SELECT $1 + 1").states == ["42P02"])
        #expect(try client.query("SELECT 1").rows == [["1"]])
        fixture.stop()
    }

    @Test func cursorsAreDescribedAsPortals() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        _ = try client.query("BEGIN; DECLARE c CURSOR FOR SELECT 1 AS one")
        try client.send(.describe(.portal("c")), .sync)
        let answers = try client.answers()
        #expect(answers.contains { if case .rowDescription(let columns) = $0 { columns.map(\.name) == ["one"] } else { false } })
        fixture.stop()
    }

    @Test func aTableThatHasChangedEndsAPreparedStatement() throws {
        let fixture = try PostgresFixture()
        let client = try PostgresTestClient(fixture.server)
        _ = try client.query("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
        func run() throws -> [BackendMessage] {
            try client.send(
                .bind(.init(portal: "", statement: "s", resultFormats: [.binary])), .execute(portal: "", rowLimit: 0), .sync)
            return try client.answers()
        }
        try client.send(.parse(.init(name: "s", text: "SELECT * FROM t")), .sync)
        _ = try client.answers()
        #expect(try run().rows.count == 1)
        _ = try client.query("ALTER TABLE t ADD COLUMN x int")
        #expect(try run().states == ["0A000"])
        // A cursor of the same name may have other columns than when it was bound.
        _ = try client.query("BEGIN; DECLARE c CURSOR FOR SELECT 1")
        try client.send(.parse(.init(name: "f", text: "FETCH ALL FROM c")), .sync)
        _ = try client.answers()
        _ = try client.query("CLOSE c; DECLARE c CURSOR FOR SELECT 1, 2, 3")
        try client.send(.bind(.init(portal: "", statement: "f", resultFormats: [.text])), .execute(portal: "", rowLimit: 0), .sync)
        #expect(try client.answers().rows.first?.count == 3)
        fixture.stop()
    }
}
