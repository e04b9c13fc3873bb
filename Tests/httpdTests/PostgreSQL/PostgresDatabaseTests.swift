import PostgresWire
import ReQLish
import Testing

@testable import httpd

/// What is said of databases: their options, settings and comments, and who keeps one from being dropped.
@Suite struct PostgresDatabaseTests {
    let fixture: PostgresFixture
    let client: PostgresTestClient

    init() throws {
        fixture = try PostgresFixture()
        client = try PostgresTestClient(fixture.server)
    }

    @Test(arguments: [
        ("CREATE DATABASE d WITH foo = 1", "42601"), ("CREATE DATABASE d OWNER admin OWNER admin", "42601"),
        ("CREATE DATABASE d ENCODING 'xyz'", "42704"), ("CREATE DATABASE d ENCODING 99", "42704"),
        ("CREATE DATABASE d ENCODING 'LATIN1'", "0A000"), ("CREATE DATABASE d TEMPLATE nosuch", "3D000"),
        ("CREATE DATABASE d TEMPLATE test", "0A000"), ("CREATE DATABASE d TABLESPACE nosuch", "42704"),
        ("CREATE DATABASE d CONNECTION LIMIT -5", "22023"), ("CREATE DATABASE d CONNECTION LIMIT 'x'", "42601"),
        ("CREATE DATABASE d ALLOW_CONNECTIONS 7", "42601"), ("CREATE DATABASE d IS_TEMPLATE maybe", "42601"),
        ("CREATE DATABASE d STRATEGY nosuch", "22023"), ("CREATE DATABASE d LOCALE_PROVIDER foo", "42P17"),
        ("CREATE DATABASE d OWNER nosuch", "42704"), ("ALTER DATABASE test ENCODING 'UTF8'", "42601"),
        ("ALTER DATABASE test CONNECTION LIMIT -5", "22023"), ("ALTER DATABASE nosuch CONNECTION LIMIT 5", "3D000"),
        ("ALTER DATABASE test SET nosuch = 1", "42704"), ("ALTER DATABASE test SET work_mem = 'abc'", "22023"),
        ("ALTER DATABASE test SET port = 5", "55P02"), ("ALTER DATABASE nosuch SET work_mem = '1MB'", "3D000"),
        ("COMMENT ON DATABASE nosuch IS 'x'", "3D000"), ("CREATE DATABASE rethinkdb", "42P04"),
        ("ALTER DATABASE postgres RENAME TO rethinkdb", "42P04"), ("ALTER DATABASE rethinkdb RENAME TO d", "3D000"),
        ("ALTER DATABASE rethinkdb SET work_mem = '1MB'", "3D000"), ("DROP DATABASE rethinkdb", "3D000"), ("USE rethinkdb", "3D000"),
    ])
    func optionsAreChecked(statement: String, state: String) throws {
        defer { fixture.stop() }
        #expect(try client.query(statement).states == [state])
        #expect(try client.query("SELECT datname FROM pg_database").rows == [["test"]])
    }

    /// What is ReQL's alone is told apart from what isn't there.
    @Test func theSystemDatabaseIsCalledThat() throws {
        defer { fixture.stop() }
        let refused = try PostgresTestClient(port: fixture.server.postgresPort)
        try refused.start(user: "admin", [("database", "rethinkdb")])
        for answers in [try refused.answers(), try client.query("USE rethinkdb"), try client.query("CREATE DATABASE rethinkdb")] {
            let reports = answers.compactMap { message -> [String?]? in
                guard case .errorResponse(let fields) = message else { return nil }
                return [fields["M"], fields["D"], fields["H"]]
            }
            #expect(reports.count == 1)
            #expect(reports.first?[0]?.hasPrefix("database \"rethinkdb\"") == true, "\(reports)")
            #expect(reports.first?[1]?.contains("ReQL's system database") == true, "\(reports)")
            #expect(reports.first?[2]?.contains("another") == true, "\(reports)")
        }
    }

    @Test func sessionsBeginWithTheSettingsOfTheirDatabase() throws {
        defer { fixture.stop() }
        for change in ["work_mem = '8MB'", "my.thing TO 'a b'", "search_path TO a, \"B c\"", "datestyle TO 'German'"] {
            #expect(try client.query("ALTER DATABASE test SET \(change)").tags == ["ALTER DATABASE"])
        }
        #expect(
            try client.query("SELECT setconfig FROM pg_db_role_setting").rows
                == [[#"{work_mem=8MB,"my.thing=a b","search_path=a, \"B c\"",DateStyle=German}"#]])
        #expect(try client.query("SHOW work_mem").rows == [["4MB"]])
        let next = try PostgresTestClient(fixture.server)
        for (name, value) in [("work_mem", "8MB"), ("my.thing", "a b"), ("search_path", "a, \"B c\""), ("datestyle", "German, DMY")] {
            #expect(try next.query("SHOW \(name)").rows == [[value]])
        }
        _ = try next.query("SET work_mem = '1MB'; RESET ALL")
        #expect(try next.query("SHOW work_mem").rows == [["8MB"]])
        // What a client says at the start comes first.
        let other = try PostgresTestClient(fixture.server, [("database", "test"), ("work_mem", "2MB")])
        #expect(try other.query("SHOW work_mem").rows == [["2MB"]])
        _ = try client.query("ALTER DATABASE test RESET work_mem; ALTER DATABASE test SET datestyle TO DEFAULT")
        #expect(
            try client.query("SELECT setconfig FROM pg_db_role_setting").rows
                == [[#"{"my.thing=a b","search_path=a, \"B c\""}"#]])
        _ = try client.query("ALTER DATABASE test RESET ALL")
        #expect(try client.query("SELECT count(*) FROM pg_db_role_setting").rows == [["0"]])
    }

    @Test func commentsAndLimitsAreKept() throws {
        defer { fixture.stop() }
        _ = try client.query("CREATE DATABASE other CONNECTION LIMIT 1; COMMENT ON DATABASE other IS 'another one'")
        #expect(
            try client.query("SELECT datconnlimit, shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'other'").rows
                == [["1", "another one"]])
        #expect(try client.query("SELECT description FROM pg_shdescription").rows == [["another one"]])
        #expect(try client.query("SHOW DATABASES").rows.map { $0[7] } == ["another one", nil])
        let guest = try PostgresTestClient(fixture.server, [("database", "other")])
        #expect(throws: (any Error).self) { try PostgresTestClient(fixture.server, [("database", "other")]) }
        _ = try guest.query("ALTER DATABASE other CONNECTION LIMIT -1; COMMENT ON DATABASE other IS NULL")
        #expect(try client.query("SELECT datconnlimit FROM pg_database WHERE datname = 'other'").rows == [["-1"]])
        #expect(try client.query("SELECT count(*) FROM pg_shdescription").rows == [["0"]])
        _ = try PostgresTestClient(fixture.server, [("database", "other")])
    }

    @Test func otherDoorsKeepADatabaseFromBeingDropped() throws {
        defer { fixture.stop() }
        _ = try client.query("CREATE DATABASE other")
        _ = try fixture.pando.start(try TermTree(text: "r.db('other').tableCreate('t')"))
        let drop = "DROP DATABASE other"
        guard case .sequence(let feed) = try fixture.pando.start(try TermTree(text: "r.db('other').table('t').changes()")) else {
            throw TestClient.Failure(description: "changes() is no feed")
        }
        #expect(try client.query(drop).states == ["55006"])
        feed.close()
        let http = try TestClient(port: fixture.server.port)
        let begun = try http.request("POST", "/_transaction/begin")
        let id = try #require(try Datum(json: begun.body)[field: "transaction"]?.string)
        #expect(try http.request("GET", "/other/t/1", ["Pando-Transaction": id]).status == 404)
        #expect(try client.query(drop).states == ["55006"])
        #expect(try http.request("POST", "/_transaction/rollback", ["Pando-Transaction": id]).status == 200)
        #expect(try client.query(drop).tags == ["DROP DATABASE"])
    }

    @Test func aSessionEndsWhenItsDatabaseWasDroppedByReQL() throws {
        defer { fixture.stop() }
        _ = try client.query("CREATE DATABASE other")
        let guest = try PostgresTestClient(fixture.server, [("database", "other")])
        _ = try fixture.pando.start(try TermTree(text: "r.dbDrop('other')"))
        #expect(try guest.query("SELECT count(*) FROM pg_class").states.first == "3D000")
        let mover = try PostgresTestClient(fixture.server)
        _ = try client.query("CREATE DATABASE another")
        #expect(try mover.query("SET search_path TO x; USE another").states == [])
        #expect(try mover.query("SHOW search_path").rows == [[#""$user", public"#]])
    }
}
