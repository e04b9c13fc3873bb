import Testing
import httpd

@testable import PandoCommand

@Suite struct DialectTests {
    @Test func anEngineIsKnownByWhatItTells() {
        #expect(EngineKind(told: ["server_version": "15.18", "in_hot_standby": "off"]) == .postgreSQL)
        #expect(EngineKind(told: ["server_version": "13.0.0", "crdb_version": "CockroachDB CCL v24.3.0"]) == .cockroachDB)
        #expect(EngineKind(told: ["server_version": "15.2-YB-2025.2.0.0-b0"]) == .yugabyteDB)
        #expect(EngineKind(told: [:]) == .postgreSQL)
        #expect(Dialect.postgreSQL.inCommon == .portable && Dialect.cockroachDB.inCommon == .cockroachDB)
    }

    /// What only PostgreSQL has is asked of PostgreSQL alone.
    @Test(arguments: Dialect.allCases) func nothingOfPostgreSQLsOwnIsAskedOfOthers(dialect: Dialect) {
        let settings = [true, false].map { dialect.settings(isForCommits: $0, idleSeconds: 6) }
        let texts = dialect.schema + dialect.statements.map(\.text) + settings
        let own = [
            "advisory", "pg_", "DO $$", "fillfactor", "synchronous_commit", "enable_", "regclass", "LISTEN", "NOTIFY", "COPY",
            "SELECT FROM", "tcp_", "SET LOCAL",
        ]
        let found = own.filter { word in texts.contains { $0.contains(word) } }
        #expect(found.isEmpty == (dialect != .postgreSQL), "\(found)")
        // Each statement is there but those that tell of standbys, and of a setting of PostgreSQL's own.
        let missing = Set(PostgresStatement.allCases).subtracting(dialect.statements.map(\.statement))
        #expect(missing == (dialect == .postgreSQL ? [] : [.standbys, .servers, .durable]))
    }

    /// The same parameters go with a statement on every engine, but for the locks.
    @Test(arguments: Dialect.allCases) func parametersAreTheSame(dialect: Dialect) {
        func parameters(_ text: String) -> Int { (1...9).last { text.contains("$\($0)") } ?? 0 }
        for (statement, text) in dialect.statements {
            switch statement {
            case .lock, .lockShared: #expect(parameters(text) == (dialect.hasAdvisoryLocks ? 0 : 2))
            default: #expect(text == statement.text)
            }
        }
    }

    @Test func onlyYugabyteDBIsToldTheOrderOfKeys() {
        for dialect in Dialect.allCases {
            let table = dialect.schema.joined().contains("PRIMARY KEY (key ASC)")
            #expect(table == (dialect == .yugabyteDB))
        }
        #expect(Dialect.postgreSQL.schema.count == 1 && Dialect.portable.schema.count == 7)
    }

    /// Nothing is made where somebody else's table is in the way, or where everything is there.
    @Test func tablesAreKnownByTheirColumns() {
        for dialect in Dialect.allCases { #expect((dialect.look == nil) == (dialect != .postgreSQL)) }
        var found = EngineTables()
        #expect(found.foreign == nil && !found.areComplete)
        found.columns = EngineTables.columns
        #expect(found.foreign == nil && !found.areComplete, "an older version's")
        found.columns["pando_state"]?.formUnion(EngineTables.newerColumns)
        #expect(found.foreign == nil && found.areComplete)
        found.columns["pando_news"] = nil
        #expect(found.foreign == nil && !found.areComplete)
        found.columns["pando"] = ["id integer", "value bytea"]
        #expect(found.foreign == "pando" && !found.areComplete)
        found.columns = ["pando": ["key text", "value text"]]
        #expect(found.foreign == "pando")
    }

    @Test func anAddressChoosesTheDialectAndTheLargestValue() throws {
        let plain = try PostgresAddress("postgresql://a@b/c?sslmode=disable")
        #expect(!plain.isPortable && plain.valueByteCount == nil)
        let chosen = try PostgresAddress("postgresql://a@b/c?sslmode=disable&dialect=portable&max_value=2097152")
        #expect(chosen.isPortable && chosen.valueByteCount == 2 << 20)
        #expect(try !PostgresAddress("postgresql://a@b/c?sslmode=disable&dialect=own").isPortable)
        for text in ["dialect=mysql", "dialect=", "max_value=1", "max_value=x", "max_value=2000000000"] {
            #expect(throws: CommandError.self, "\(text)") { try PostgresAddress("postgresql://a@b/c?sslmode=disable&\(text)") }
        }
    }

    @Test func aShardIsReadAsTheEngineTellsIt() {
        let shard = EngineCompany.Shard(["node 2", "node 1,node 2,node 3"])
        #expect(shard.primary == "node 2" && shard.servers == ["node 1", "node 2", "node 3"])
        let leaderless = EngineCompany.Shard([nil, "10.0.0.1:5433,10.0.0.2:5433"])
        #expect(leaderless.primary == "10.0.0.1:5433" && leaderless.servers.count == 2)
        let unknown = EngineCompany.Shard([nil, nil])
        #expect(unknown.primary == "unknown" && unknown.servers.isEmpty)
    }
}
