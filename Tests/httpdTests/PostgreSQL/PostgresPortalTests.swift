import Ground
import PostgresWire
import ReQLish
import TestTraits
import Testing

@testable import httpd

/// Portals, cursors and groups of messages, where PostgreSQL has rules that few clients come upon.
@Suite(.ownThreads) struct PostgresPortalTests {
    private func database() throws -> Pando {
        let pando = try Pando.inMemory()
        _ = try pando.start(try TermTree(text: "r.dbCreate('test')"))
        return pando
    }

    private func begin(
        _ pando: Pando, options: String = "", limits change: (inout PostgresLimits) -> Void = { _ in }
    ) -> PostgresHarness {
        let harness = PostgresHarness(pando, limits: change)
        var output = ByteBuffer()
        let parameters = [("user", "admin"), ("database", "test"), ("options", options)]
        StartupMessage.startup(.init(parameters: parameters.map { .init($0.0, $0.1) })).write(into: &output)
        harness.receive(output.bytes)
        return harness
    }

    /// What comes of these messages alone.
    private func answers(_ harness: PostgresHarness, _ messages: FrontendMessage...) throws -> [BackendMessage] {
        let before = try harness.answers().count
        var output = ByteBuffer()
        for message in messages { message.write(into: &output) }
        harness.receive(output.bytes)
        return Array(try harness.answers().dropFirst(before))
    }

    private func parse(_ name: String, _ text: String) -> FrontendMessage { .parse(.init(name: name, text: text)) }
    private func bind(_ portal: String, _ statement: String) -> FrontendMessage { .bind(.init(portal: portal, statement: statement)) }
    private func execute(_ portal: String, _ limit: Int = 0) -> FrontendMessage { .execute(portal: portal, rowLimit: limit) }

    @Test func portalsGoWithTheirTransaction() throws {
        for end in ["COMMIT; BEGIN", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN"] {
            let client = begin(try database())
            _ = try answers(client, .query("BEGIN"), parse("s", "SELECT generate_series(1, 3)"), bind("p", "s"), execute("p", 1), .sync)
            #expect(try answers(client, execute("p", 1), .sync).rows == [["2"]])
            #expect(try answers(client, .query(end)).states == [])
            #expect(try answers(client, execute("p", 1), .sync).states == ["34000"], "\(end)")
        }
        let client = begin(try database())
        _ = try answers(client, .query("BEGIN"), parse("s", "SELECT generate_series(1, 3)"), parse("end", "COMMIT"))
        let pipelined = try answers(
            client, bind("p", "s"), execute("p", 1), bind("", "end"), execute(""), execute("p", 1), .sync)
        #expect(pipelined.tags == ["COMMIT"] && pipelined.states == ["34000"])
    }

    @Test func portalsGoWithTheirSavepoint() throws {
        let client = begin(try database())
        func open(_ name: String) throws {
            #expect(try answers(client, bind(name, "s"), execute(name, 1), .sync).states == [])
        }
        _ = try answers(client, .query("BEGIN"), parse("s", "SELECT generate_series(1, 3)"))
        try open("a")
        _ = try answers(client, .query("SAVEPOINT x; RELEASE x; SAVEPOINT y"))
        try open("b")
        _ = try answers(client, .query("SAVEPOINT z; RELEASE z"))
        try open("c")
        #expect(try answers(client, .query("ROLLBACK TO y")).states == [])
        try open("d")
        for (name, states) in [("b", ["34000"]), ("c", ["34000"]), ("a", ["25P02"])] {
            #expect(try answers(client, execute(name, 1), .sync).states == states)
        }
        #expect(try answers(client, .query("ROLLBACK TO y"), execute("a", 1), .sync).rows == [["2"]])
        #expect(try answers(client, execute("d", 1), .sync).states == ["34000"])
    }

    @Test func theUnnamedStatementGoesWithAQuery() throws {
        let client = begin(try database())
        #expect(try answers(client, parse("", "SELECT 1"), .sync, .query("SELECT 2"), bind("", ""), .sync).states == ["26000"])
        let refused = try answers(client, parse("", "SELECT 1"), .sync, parse("", "SELEC"), .sync, bind("", ""), .sync)
        #expect(refused.states == ["42601", "26000"])
    }

    @Test func anEmptyQueryEndsTheGroup() throws {
        let client = begin(try database())
        _ = try answers(client, .query("CREATE TABLE t (id int PRIMARY KEY)"))
        _ = try answers(client, parse("", "INSERT INTO t VALUES (1)"), bind("", ""), execute(""), .query(""))
        #expect(try answers(client, .query("SELECT 1/0")).states == ["22012"])
        #expect(try answers(client, .query("SELECT id FROM t")).rows == [["1"]])
    }

    @Test func cursorsArePortals() throws {
        let client = begin(try database())
        // It is not there yet when the statement is read.
        #expect(try answers(client, parse("f", "FETCH c"), .sync).states == [])
        _ = try answers(client, .query("BEGIN"), .query("DECLARE c CURSOR FOR SELECT 1 AS a, 2 AS b"))
        let described = try answers(client, bind("p", "f"), .describe(.portal("p")), execute("p"), .sync)
        #expect(
            described.contains { message in
                guard case .rowDescription(let columns) = message else { return false }
                return columns.map(\.name) == ["a", "b"]
            })
        #expect(described.rows == [["1", "2"]])
        // It is at its end.
        let read = try answers(client, execute("c", 1), .sync)
        #expect(read.rows.isEmpty && read.tags == ["SELECT 0"])
        _ = try answers(client, .query("DECLARE d CURSOR FOR SELECT generate_series(1, 3)"))
        let parts = try answers(client, execute("d", 2), execute("d"), .sync)
        #expect(parts.rows == [["1"], ["2"], ["3"]] && parts.tags == ["SELECT 1"] && parts.contains(.portalSuspended))
        #expect(try answers(client, bind("d", "f"), .sync, .query("ROLLBACK; BEGIN; DECLARE c CURSOR FOR SELECT 1")).states == ["42P03"])
        #expect(try answers(client, .close(.portal("c")), .sync, .query("FETCH c")).states == ["34000"])
        #expect(try answers(client, .describe(.statement("f")), .sync).states == [])
        _ = try answers(client, .query("ROLLBACK"), parse("s", "SELECT 1"), .sync, .query("BEGIN"), .query("SELECT 1/0"))
        #expect(try answers(client, .describe(.statement("s")), .sync).states == ["25P02"])
    }

    /// Several statements of one text are a block.
    @Test func statementsOfOneTextAreABlock() throws {
        let client = begin(try database())
        _ = try answers(client, .query("CREATE TABLE t (id int PRIMARY KEY)"))
        #expect(try answers(client, .query("DECLARE c CURSOR FOR SELECT 1; FETCH c")).rows == [["1"]])
        #expect(try answers(client, .query("LOCK TABLE t; INSERT INTO t VALUES (1)")).tags == ["LOCK TABLE", "INSERT 0 1"])
        #expect(try answers(client, .query("DECLARE c CURSOR FOR SELECT 1")).states == ["25P01"])
        #expect(try answers(client, .query("LOCK TABLE t")).states == ["25P01"])
    }

    /// The time of a statement begins anew with each Execute and each FETCH.
    @Test func eachExecuteHasATimeOfItsOwn() async throws {
        let client = begin(try database())
        let rows = "SELECT generate_series(1, 20000)"
        _ = try answers(client, .query("SET statement_timeout = '2s'"), .query("BEGIN"), .query("DECLARE c CURSOR FOR \(rows)"))
        #expect(try answers(client, parse("s", rows), bind("p", "s"), execute("p", 10), .sync, .query("FETCH 10 FROM c")).rows.count == 20)
        try await Task.sleep(for: .milliseconds(2100))
        #expect(try answers(client, execute("p"), .sync).rows.count == 19_990)
        #expect(try answers(client, .query("FETCH ALL FROM c")).rows.count == 19_990)
    }

    @Test func halfClosedClientsGetTheirAnswer() throws {
        let client = begin(try database())
        client.reads = false
        #expect(try answers(client, .query("SELECT 1")).isEmpty)
        client.end()
        #expect(!client.isClosed)
        client.reads = true
        client.turn()
        #expect(client.isClosed)
        #expect(try client.answers().rows == [["1"]])
    }

    @Test func copyWaitsForItsLines() throws {
        let client = begin(try database()) { limits in
            limits.messageBytes = 1000
            limits.idleTime = .seconds(1)
        }
        _ = try answers(client, .query("CREATE TABLE t (id text)"), .query("COPY t FROM STDIN"))
        client.advance(.seconds(10))
        #expect(!client.isClosed && client.deadline == nil)
        // A line without an end is kept up to a limit.
        let part = FrontendMessage.copyData(Array(repeating: UInt8(ascii: "x"), count: 600))
        #expect(try answers(client, part, part, part).states == ["54000"])
        _ = try answers(client, .query("COPY t FROM STDIN (FORMAT binary)"))
        let start = CopyBinary.signature + [UInt8](repeating: 0, count: 8) + [0, 1, 0, 0, 8, 0]
        #expect(try answers(client, .copyData(start)).states == ["54000"])
        // From the end of the COPY on it is idle.
        for _ in 0..<2 { client.advance(.seconds(2)) }
        #expect(try client.answers().states.last == "57P05")
    }

    /// A row that comes byte by byte; times have the precision of their column.
    @Test func binaryRowsInPieces() throws {
        let client = begin(try database())
        _ = try answers(
            client, .query("CREATE TABLE t (a timestamp(0), b text)"), .query("COPY t FROM STDIN (FORMAT binary)"))
        let row: [UInt8] = [0, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0x09, 0x27, 0xC0, 0, 0, 0, 2, 97, 98]
        let bytes = CopyBinary.signature + [UInt8](repeating: 0, count: 8) + row + row + [0xFF, 0xFF]
        for byte in bytes { #expect(try answers(client, .copyData([byte])).isEmpty) }
        #expect(try answers(client, .copyDone).tags == ["COPY 2"])
        #expect(try answers(client, .query("SELECT * FROM t")).rows == [["2000-01-01 00:00:01", "ab"], ["2000-01-01 00:00:01", "ab"]])
    }

    @Test func othersSeeWhatPreparedStatementsDo() throws {
        let pando = try database()
        let (client, other) = (begin(pando), begin(pando))
        let activity = FrontendMessage.query("SELECT state, query FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        _ = try answers(client, .query("BEGIN"), parse("s", "SELECT 5"), bind("", "s"), execute(""), .sync)
        #expect(try answers(other, activity).rows == [["idle in transaction", "SELECT 5"]])
        _ = try answers(client, .query("SELECT 1/0"))
        #expect(try answers(other, activity).rows == [["idle in transaction (aborted)", "SELECT 1/0"]])
        _ = try answers(client, .query("ROLLBACK"))
        #expect(try answers(other, activity).rows == [["idle", "ROLLBACK"]])
        _ = try answers(client, .query("SELECT pg_advisory_lock(7)"), .query("DISCARD ALL"))
        #expect(try answers(other, .query("SELECT pg_try_advisory_lock(7)")).rows == [["t"]])
    }

    @Test func whatIsRefusedAtTheStartAndBySQL() throws {
        let pando = try database()
        #expect(try begin(pando, options: "-c foo=1").answers().states == ["42704"])
        #expect(try begin(pando, options: "-c server_version=9").answers().states == ["55P02"])
        let client = begin(pando, options: "-c work_mem=8MB") { $0.statements = 2 }
        let prepare = (0..<3).map { FrontendMessage.query("PREPARE s\($0) AS SELECT 1") }
        #expect(try answers(client, prepare[0], prepare[1], prepare[2]).states == ["54000"])
        #expect(try answers(client, parse("t", "SELECT 1"), .sync).states == ["54000"])
        #expect(try answers(client, .query("SHOW work_mem")).rows == [["8MB"]])
    }
}
