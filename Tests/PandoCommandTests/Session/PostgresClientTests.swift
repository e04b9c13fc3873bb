import PostgresWire
import Testing

@testable import PandoCommand

/// The client of PostgreSQL's protocol, at a server of ours.
@Suite struct PostgresClientTests {
    private struct Served {
        let place: Workplace
        let server: PandoProcess
        let url: String

        init() throws {
            place = try Workplace()
            _ = try place.good("db", place.file, "create", "app")
            server = try PandoProcess([
                "serve", place.file, "--http-port", "0", "--driver-port", "none", "--pg-port", "0", "--bind", "127.0.0.1",
            ])
            let port = try #require(try server.line(beginning: "postgresql:").split(separator: ":").last)
            url = "postgresql://admin@127.0.0.1:\(port)/app"
        }

        func stop() throws {
            server.signal(15)
            #expect(try server.finish().status == 0)
        }
    }

    @Test func statementsAreAnswered() throws {
        let served = try Served()
        let client = try PostgresHosts(PostgresAddress(served.url)).connect()
        #expect(client.majorVersion == 15)
        #expect(try client.rows("SELECT $1::int + 1, $2::text, 'x'", ["41", nil]) == [["42", nil, "x"]])
        do {
            _ = try client.rows("SELECT 1 / 0")
            Issue.record("It was no error.")
        } catch let refusal as PostgresClient.Refusal {
            #expect(refusal.state == "22012")
        }
        try client.run("CREATE TABLE t (a int PRIMARY KEY, b text); INSERT INTO t VALUES (1, E'x\\ty'), (2, NULL)")
        var lines: [String] = []
        try client.copy("COPY t TO STDOUT") { lines.append(String(decoding: $0, as: UTF8.self)) }
        #expect(lines == ["1\tx\\ty\n", "2\t\\N\n"])
        client.close()
        try served.stop()
    }

    /// What nobody wants any more is cancelled by a connection of its own; the session goes on.
    @Test func aCopyIsStopped() throws {
        struct Enough: Error {}
        let served = try Served()
        let client = try PostgresHosts(PostgresAddress(served.url)).connect()
        var count = 0
        #expect(throws: Enough.self) {
            try client.copy("COPY (SELECT generate_series(1, 100000000)) TO STDOUT") { _ in
                count += 1
                if count == 10 { throw Enough() }
            }
        }
        #expect(count == 10)
        #expect(try client.rows("SELECT 1") == [["1"]])
        client.close()
        try served.stop()
    }

    private static func asked(_ text: String) -> [FrontendMessage] {
        [
            .parse(.init(name: "", text: text)),
            .bind(.init(portal: "", statement: "", parameterFormats: [], parameters: [], resultFormats: [])),
            .execute(portal: "", rowLimit: 0), .sync,
        ]
    }

    /// Answers are taken as they come, to the last one or to an error, and whoever asks something else gets nothing of the rest.
    @Test func answersAreTakenAsTheyCome() throws {
        let served = try Served()
        let client = try PostgresHosts(PostgresAddress(served.url)).connect()
        let rows = "SELECT i, repeat('x', 100) FROM generate_series(1, 50000) i"
        var numbers: [Int] = []
        func take(_ event: ClientEvent) {
            if case .row(let row) = event { numbers.append(Int(String(decoding: row[0] ?? [], as: UTF8.self)) ?? -1) }
        }
        // Until then nothing has been asked.
        #expect(try client.rows("SELECT 1") == [["1"]])
        try client.ask(Self.asked(rows))
        while try !client.collectArrived(take) {}
        #expect(numbers == Array(1...50_000))
        // A part as it comes, and the rest by waiting for it.
        numbers = []
        try client.ask(Self.asked(rows))
        while numbers.isEmpty { _ = try client.collectArrived(take) }
        try client.collect(take)
        #expect(numbers == Array(1...50_000))
        // An error behind some rows is told once, when all has come.
        numbers = []
        try client.ask(Self.asked("SELECT 1 / (50000 - i) FROM generate_series(1, 60000) i"))
        let refusal = #expect(throws: PostgresClient.Refusal.self) { while try !client.collectArrived(take) {} }
        #expect(refusal?.state == "22012")
        #expect(try client.rows("SELECT 2") == [["2"]])
        // What is left when something else is asked is wanted by nobody, an error as little as rows.
        for text in [rows, "SELECT 1 / (50000 - i) FROM generate_series(1, 60000) i"] {
            numbers = []
            try client.ask(Self.asked(text))
            while numbers.isEmpty { if try client.collectArrived(take) { break } }
            #expect(try client.rows("SELECT 3") == [["3"]])
        }
        client.close()
        try served.stop()
    }

    /// What is asked of a session that the server has ended is an error, again and again, and nothing that is waited for.
    @Test func aSessionThatWasEndedAnswersNothing() throws {
        let served = try Served()
        let client = try PostgresHosts(PostgresAddress(served.url)).connect()
        let number = try #require(try client.rows("SELECT pg_backend_pid()").first?.first ?? nil)
        let other = try PostgresHosts(PostgresAddress(served.url)).connect()
        try other.run("SELECT pg_terminate_backend(\(number))")
        other.close()
        // The server may be about to say so.
        while (try? client.run("SELECT 1")) != nil {}
        for _ in 0..<3 {
            #expect(throws: (any Error).self) { try client.run("ROLLBACK") }
        }
        client.close()
        try served.stop()
    }

    /// The first host that is what is asked for is taken; if there is none, each of them says why.
    @Test func severalHostsAreTriedInTheirOrder() throws {
        let served = try Served()
        let place = try PostgresAddress(served.url).places[0].name
        func hosts(_ text: String) throws -> PostgresHosts { PostgresHosts(try PostgresAddress("postgresql://admin@\(text)")) }
        // At port 1 nobody listens.
        let two = try hosts("127.0.0.1:1,\(place)/app?target_session_attrs=read-write")
        let client = try two.connect()
        #expect(client.databaseName == "\(place)/app" && two.changeCount == 1)
        let again = try two.connect()
        #expect(again.databaseName == "\(place)/app" && two.changeCount == 1)
        again.close()
        client.close()
        let none = try hosts("127.0.0.1:1,localhost:2/app?connect_timeout=1")
        let failure = #expect(throws: CommandError.self) { try none.connect() }
        for name in ["127.0.0.1:1", "localhost:2"] {
            #expect(failure?.message.contains("No server answers at \(name)") == true, "\(failure?.message ?? "")")
        }
        // What is said of us is not asked of the others.
        let unknown = #expect(throws: CommandError.self) { try hosts("\(place),127.0.0.1:1/nowhere").connect() }
        #expect(
            unknown?.message.contains("nowhere") == true && unknown?.message.contains("127.0.0.1:1") == false, "\(unknown?.message ?? "")")
        try served.stop()
    }

    @Test func aDatabaseOfOursIsTakenOver() throws {
        let served = try Served()
        let client = try PostgresHosts(PostgresAddress(served.url)).connect()
        try client.run(
            """
            CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TABLE p (id serial PRIMARY KEY, m mood, n numeric(6,2) DEFAULT 1.5 CHECK (n > 0));
            INSERT INTO p (m) VALUES ('ok'), ('sad'); CREATE TABLE c (p int REFERENCES p, t text[]); INSERT INTO c VALUES (2, '{a,NULL}');
            CREATE INDEX c_p ON c (p); CREATE VIEW v AS SELECT p.id, c.t FROM p JOIN c ON c.p = p.id
            """)
        client.close()
        let file = served.place.path("taken.pando")
        let outcome = try PandoProcess.run(["import", served.url, file, "--schema", "public", "--json"])
        #expect(outcome.status == 0, "\(outcome.messages)")
        #expect(outcome.messages.contains("Imported 2 tables with 3 rows into app"), "\(outcome.messages)")
        let rows = try served.place.good("sql", file, "--db", "app", "--format", "csv", "SELECT * FROM v")
        #expect(rows == "id,t\r\n2,\"{a,NULL}\"\r\n")
        let again = try PandoProcess.run(["import", served.url, file])
        #expect(again.status == 1 && again.messages.contains("already"))
        try served.stop()
    }

    @Test func addressesAreReadAsLibpqReadsThem() throws {
        let address = try PostgresAddress("postgresql://a%20b:p%40%3A@[::1]:5433/d%2Fb?sslmode=disable&connect_timeout=3")
        #expect((address.places[0].host, address.places[0].port, address.database) == ("::1", 5433, "d/b"))
        #expect(address.name == "[::1]:5433/d/b" && address.patience == .seconds(3) && address.places[0].encryption == nil)
        #expect(address.target == .any && address.writing().target == .readWrite)
        let short = try PostgresAddress("postgres://ann@", password: "x")
        #expect((short.places[0].host, short.places[0].port, short.database) == ("localhost", 5432, "ann"))
        let several = try PostgresAddress("postgresql://ann@localhost,127.0.0.1:5433,[::1]:5434/app?target_session_attrs=primary")
        #expect(
            several.name == "localhost:5432,127.0.0.1:5433,[::1]:5434/app" && several.name(of: several.places[1]) == "127.0.0.1:5433/app")
        #expect(several.target == .primary && several.writing().target == .primary)
        for text in [
            "postgresql://a@b:0/c", "postgresql://a@b:70000/c", "postgresql://a@b:x/c", "postgresql://a@[::1/c", "postgresql://a@%2Ftmp/c",
            "postgresql://a@localhost,127.0.0.1:x/d",
            "postgresql://a@b%z/c", "postgresql://a@b/c?target_session_attrs=standby",
            "postgresql://a@b%00/c", "postgresql://a@b/c?nothing=1",
            "postgresql://a@b/c?sslmode=prefer", "postgresql://a@b/c?sslmode=x", "postgresql://a@b/c?connect_timeout=0",
            "postgresql://a@b/c?require_auth=none",
        ] {
            #expect(throws: CommandError.self, "\(text)") { try PostgresAddress(text) }
        }
    }
}
