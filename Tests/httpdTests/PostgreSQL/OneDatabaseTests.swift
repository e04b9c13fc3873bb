import ReQLish
import TestSupport
import Testing

@testable import httpd

/// A server that was told to have one database of its file, by every door.
@Suite struct OneDatabaseTests {
    private let folder: TemporaryDirectory
    private let pando: Pando
    private let server: HTTPServer

    /// A file with the databases `app` and `other`, of which `app` is served.
    init() throws {
        folder = try TemporaryDirectory()
        let path = folder.file("two.pando")
        let before = try Pando(path: path)
        for text in ["r.dbCreate('app')", "r.dbCreate('other')", "r.db('other').tableCreate('t')", "r.db('app').tableCreate('u')"] {
            _ = try before.start(try TermTree(text: text))
        }
        try before.close()
        var options = PandoOptions()
        options.catalog.onlyDatabase = "app"
        options.defaultDatabase = "app"
        pando = try Pando(path: path, options: options)
        var configuration = HTTPConfiguration()
        configuration.addresses = ["127.0.0.1"]
        (configuration.port, configuration.postgresPort, configuration.postgresDatabase) = (0, 0, "app")
        server = HTTPServer(pando: pando, configuration: configuration)
        try server.start()
    }

    @Test func clientsOfPostgreSQLHaveOne() throws {
        defer { server.stop() }
        for name in ["other", "postgres", "nothing"] {
            let refused = try PostgresTestClient(port: server.postgresPort)
            try refused.start(user: "admin", [("database", name)])
            #expect(try refused.answers().states == ["3D000"], "\(name)")
        }
        // Who names none gets it, also where another one is called like the account.
        let client = try PostgresTestClient(server, [])
        #expect(try client.query("SELECT current_database()").rows == [["app"]])
        #expect(try client.query("CREATE DATABASE more").states == ["42501"])
        #expect(try client.query("CREATE DATABASE more WITH OWNER = admin ENCODING 'UTF8'").states == ["42501"])
        #expect(try client.query("CREATE DATABASE app").states == ["42501"])
        for statement in ["DROP DATABASE other", "DROP DATABASE app", "DROP DATABASE IF EXISTS nothing", "ALTER DATABASE app RENAME TO b"] {
            #expect(try client.query(statement).states == ["42501"], "\(statement)")
        }
        #expect(try client.query("USE other").states == ["0A000"])
        #expect(try client.query("USE app").states == ["0A000"])
        #expect(try client.query("SELECT datname FROM pg_database").rows == [["app"]])
        #expect(try client.query("SHOW DATABASES").rows.map { $0[0] } == ["app"])
        #expect(try client.query("SELECT pg_database_size('other')").states == ["3D000"])
        // Everything else is as ever, temporary tables among it.
        #expect(
            try client.query("CREATE TABLE s (a int PRIMARY KEY); CREATE TEMP TABLE m (b int); INSERT INTO s VALUES (1); DISCARD TEMP")
                .states
                == [])
        #expect(try client.query("ALTER DATABASE app SET timezone = 'UTC'").tags == ["ALTER DATABASE"])
    }

    @Test func requestsAndQueriesHaveOne() throws {
        defer { server.stop() }
        let client = try TestClient(port: server.port)
        for (method, target, status) in [
            ("PUT", "/more", 403), ("PUT", "/app", 409), ("DELETE", "/app", 403), ("DELETE", "/other", 404), ("GET", "/other", 404),
            ("GET", "/other/t", 404), ("GET", "/app", 200), ("GET", "/app/u", 200), ("PUT", "/app/v", 201), ("PUT", "/other/v", 404),
        ] {
            #expect(try client.request(method, target).status == status, "\(method) \(target)")
        }
        func kind(_ text: String) throws -> ReQLError.Kind? {
            let query = try TermTree(text: text)
            do throws(ReQLError) {
                _ = try pando.start(query).collected()
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(try pando.start(try TermTree(text: "r.dbList()")).collected().elements.compactMap(\.string) == ["app", "rethinkdb"])
        #expect(try kind("r.dbCreate('more')") == .permission)
        #expect(try kind("r.dbDrop('app')") == .permission)
        #expect(try kind("r.dbDrop('other')") == .operationFailed)
        #expect(try kind("r.db('other').table('t')") == .operationFailed)
        #expect(try kind("r.table('u').insert({})") == nil)
        #expect(try kind("r.db('rethinkdb').table('db_config').insert({name: 'more'})") != nil)
        #expect(try pando.start(try TermTree(text: "r.db('rethinkdb').table('table_config').count()")).collected() == 2)
    }

    @Test func whatIsBesideStays() throws {
        server.stop()
        try pando.close()
        let after = try Pando(path: folder.file("two.pando"))
        #expect(try after.start(try TermTree(text: "r.dbList()")).collected().count == 3)
        #expect(try after.start(try TermTree(text: "r.db('other').tableList()")).collected().count == 1)
        #expect(try after.catalog.check().isSound)
        try after.close()
    }
}
