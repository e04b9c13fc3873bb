import Ground
import ReQLish
import Testing

@testable import SQL

/// What accounts may do by SQL: what their permissions say, and nothing else.
@Suite struct PermissionTests {
    private let pando: Pando
    private let admin: SQLConnection

    init() throws {
        pando = try Pando.inMemory()
        var transaction = try pando.catalog.beginWrite()
        try transaction.createDatabase("shop")
        try transaction.commit()
        admin = try SQLConnection(pando, user: "admin", database: "shop")
        try admin.rows(
            """
            CREATE TABLE doc (id int PRIMARY KEY, body text); CREATE TABLE hidden (id int PRIMARY KEY); CREATE SEQUENCE counter;
            INSERT INTO doc VALUES (1, 'one'), (2, 'two'); INSERT INTO hidden VALUES (7); CREATE INDEX doc_body ON doc (body);
            CREATE VIEW shown AS SELECT body FROM doc; CREATE VIEW ids AS SELECT id FROM hidden; CREATE SCHEMA other;
            CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN small AS int CHECK (value < 10);
            CREATE TYPE pair AS (a int, b int);
            CREATE MATERIALIZED VIEW kept AS SELECT id FROM doc
            """)
    }

    /// A connection of a new account; `tables` by their names.
    private func account(
        _ name: String, database: Permissions.Entry = [:], tables: [String: Permissions.Entry] = [:]
    ) throws -> SQLConnection {
        var transaction = try pando.catalog.beginWrite()
        let shop = try #require(try transaction.database("shop"))
        var permissions = Permissions()
        permissions[.database(shop.id)] = database
        for (table, entry) in tables {
            let snapshot = try transaction.snapshot()
            let id = try snapshot.table(table, in: shop)?.id ?? snapshot.object("view", table, in: shop)?.text("id")
            permissions[.table(try #require(id), database: shop.id)] = entry
        }
        try transaction.putUser(UserConfig(name: name, credential: Credential(password: "x", iterations: 1), permissions: permissions))
        try transaction.commit()
        return try SQLConnection(pando, user: name, database: "shop")
    }

    private static let changes = [
        "CREATE TABLE mine (a int)", "CREATE TABLE mine AS SELECT * FROM doc", "SELECT * INTO mine FROM doc",
        "CREATE VIEW mine AS SELECT 1",
        "CREATE MATERIALIZED VIEW mine AS SELECT * FROM doc", "CREATE SEQUENCE mine", "CREATE SCHEMA mine",
        "CREATE TYPE mine AS ENUM ('a')",
        "CREATE DOMAIN mine AS int", "CREATE INDEX ON doc (body)", "CREATE DATABASE mine", "CREATE TABLE other.mine (a int)",
        "CREATE OR REPLACE VIEW shown AS SELECT 'x'::text AS body",
        "ALTER TABLE doc ADD COLUMN x int", "ALTER TABLE doc RENAME TO mine", "ALTER TABLE doc RENAME body TO x",
        "ALTER TABLE doc SET SCHEMA other", "ALTER TABLE doc ALTER body SET DEFAULT 'x'", "ALTER VIEW shown RENAME TO mine",
        "ALTER VIEW shown RENAME body TO x", "ALTER VIEW shown SET (security_invoker = true)", "ALTER SEQUENCE counter RESTART WITH 9",
        "ALTER SEQUENCE counter RENAME TO mine", "ALTER INDEX doc_body RENAME TO mine", "ALTER SCHEMA other RENAME TO mine",
        "ALTER TYPE pair ADD ATTRIBUTE c int", "ALTER TYPE pair DROP ATTRIBUTE b", "ALTER TYPE pair RENAME ATTRIBUTE a TO c",
        "ALTER TYPE mood ADD VALUE 'bad'", "ALTER TYPE mood RENAME TO mine", "ALTER MATERIALIZED VIEW kept RENAME TO mine",
        "COMMENT ON TABLE doc IS 'x'", "COMMENT ON COLUMN doc.body IS 'x'", "COMMENT ON VIEW shown IS 'x'", "COMMENT ON TYPE mood IS 'x'",
        "DROP TABLE doc", "DROP TABLE IF EXISTS doc CASCADE", "DROP VIEW shown", "DROP INDEX doc_body", "DROP SEQUENCE counter",
        "DROP SCHEMA other", "DROP TYPE mood", "DROP DOMAIN small", "DROP MATERIALIZED VIEW kept", "REFRESH MATERIALIZED VIEW kept",
        "TRUNCATE doc", "COPY doc FROM STDIN", "INSERT INTO doc VALUES (3, 'x')", "UPDATE doc SET body = 'x'", "DELETE FROM doc",
        "MERGE INTO doc USING (VALUES (1)) v(id) ON doc.id = v.id WHEN MATCHED THEN DELETE", "UPDATE shown SET body = 'x'",
        "DELETE FROM shown", "WITH d AS (DELETE FROM doc RETURNING 1) SELECT * FROM d", "SELECT setval('counter', 100)",
        "BEGIN; LOCK TABLE doc",
    ]

    /// A view of the session's own takes nothing away from the one of that name.
    @Test func ownViewsReplaceNobodys() throws {
        let maker = try account("maker", database: [.read: true, .config: true], tables: ["shown": [.config: false]])
        #expect(maker.state("CREATE OR REPLACE VIEW shown AS SELECT 'x'::text AS body") == "42501")
        #expect(maker.state("CREATE OR REPLACE TEMP VIEW shown AS SELECT 1 AS one") == nil)
        #expect(try maker.rows("SELECT one FROM shown") == ["1"])
        #expect(maker.state("CREATE OR REPLACE VIEW other.shown AS SELECT 2 AS two") == nil)
        #expect(try admin.rows("SELECT body FROM shown ORDER BY 1") == ["one", "two"])
    }

    @Test(arguments: changes) func whoMayOnlyReadChangesNothing(_ sql: String) throws {
        let reader = try account("reader", database: [.read: true])
        #expect(reader.state(sql) == "42501")
        _ = reader.state("ROLLBACK")
        #expect(try reader.rows("SELECT id, body FROM doc ORDER BY id") == ["1|one", "2|two"])
        #expect(try reader.rows("SELECT body FROM shown ORDER BY 1") == ["one", "two"])
        #expect(try reader.rows("SELECT is_called FROM counter") == ["f"])
        // The session's own tables are nobody else's.
        try reader.rows("CREATE TEMP TABLE own (a int); CREATE INDEX ON own (a); INSERT INTO own VALUES (1)")
        try reader.rows("ALTER TABLE own ADD b int; TRUNCATE own; DROP TABLE own")
    }

    @Test(arguments: changes) func whoMayWriteDefinesNothing(_ sql: String) throws {
        let isDefinition = ["CREATE", "ALTER", "DROP", "COMMENT", "REFRESH"].contains { sql.hasPrefix($0) } || sql.contains("INTO mine")
        let writer = try account("writer", database: [.read: true, .write: true])
        if isDefinition { #expect(writer.state(sql) == "42501") }
    }

    @Test func theOwnerOfATableDefinesThatTable() throws {
        let owner = try account("owner", tables: ["doc": [.config: true]])
        #expect(owner.state("ALTER TABLE doc ADD COLUMN x int") == nil)
        #expect(owner.state("CREATE INDEX ON doc (body)") == nil)
        #expect(owner.state("ALTER TABLE hidden ADD COLUMN x int") == "42501")
        #expect(owner.state("CREATE TABLE mine (a int)") == "42501")
        #expect(owner.state("DROP TABLE hidden") == "42501")
        // What is refused because of rows, or not, tells of them.
        #expect(owner.state("CREATE UNIQUE INDEX ON doc (body)") == "42501")
        #expect(owner.state("ALTER TABLE doc ADD CHECK (body <> 'one')") == "42501")
        #expect(owner.state("ALTER TABLE doc ALTER body SET NOT NULL") == "42501")
        #expect(owner.state("SELECT * FROM doc") == "42501")
        #expect(owner.state("DROP TABLE doc CASCADE") == nil)
    }

    @Test func toLockARelationIsToDoWhatTheModeIsFor() throws {
        let inserter = try account("inserter", tables: ["doc": [.insert: true], "shown": [.read: true]])
        let deleter = try account("deleter", tables: ["doc": [.delete: true], "shown": [.update: true]])
        func states(_ account: SQLConnection, _ relation: String) -> [String?] {
            ["ACCESS SHARE", "ROW EXCLUSIVE", "SHARE", "ACCESS EXCLUSIVE"].map { mode in
                let state = account.state("BEGIN; LOCK TABLE \(relation) IN \(mode) MODE")
                _ = account.state("ROLLBACK")
                return state
            }
        }
        #expect(states(inserter, "doc") == ["42501", nil, "42501", "42501"])
        #expect(states(deleter, "doc") == ["42501", nil, nil, nil])
        #expect(states(inserter, "shown") == [nil, "42501", "42501", "42501"])
        #expect(states(deleter, "shown") == ["42501", nil, nil, nil])
    }

    @Test func whoDefinesTheDatabaseMakesTables() throws {
        let builder = try account("builder", database: [.read: true, .write: true, .config: true], tables: ["hidden": [.read: false]])
        #expect(builder.state("CREATE TABLE mine (a int PRIMARY KEY, d int REFERENCES doc)") == nil)
        #expect(builder.state("CREATE TABLE spy (id int REFERENCES hidden)") == "42501")
        #expect(builder.state("CREATE TABLE spy (LIKE hidden)") == "42501")
        #expect(builder.state("CREATE VIEW spy AS SELECT * FROM hidden") == "42501")
        #expect(builder.state("CREATE TABLE spy AS SELECT * FROM hidden") == "42501")
        #expect(builder.state("CREATE DATABASE another") == "42501")
        #expect(builder.state("DROP TABLE mine") == nil)
    }

    @Test func aViewHasTheRightsOfItsOwner() throws {
        let reader = try account("reader", tables: ["ids": [.read: true]])
        #expect(try reader.rows("SELECT id FROM ids") == ["7"])
        #expect(reader.state("SELECT id FROM hidden") == "42501")
        #expect(reader.state("SELECT body FROM shown") == "42501")
        #expect(reader.state("UPDATE ids SET id = 8") == "42501")
        #expect(reader.state("SELECT body FROM doc, ids") == "42501")
        // Its owner loses the right, and it shows nothing any more.
        let owner = try account("owner", database: [.read: true, .config: true])
        try owner.rows("CREATE VIEW own AS SELECT id FROM hidden")
        let other = try account("other", tables: ["own": [.read: true]])
        #expect(try other.rows("SELECT id FROM own") == ["7"])
        _ = try account("owner", database: [.read: true, .config: true], tables: ["hidden": [.read: false]])
        #expect(other.state("SELECT id FROM own") == "42501")
        #expect(owner.state("SELECT id FROM own") == "42501")
    }

    @Test func whoWritesByAViewWritesAsItsOwner() throws {
        let writer = try account("writer", tables: ["ids": [.read: true, .write: true], "shown": [.read: true]])
        #expect(try writer.rows("UPDATE ids SET id = 8 RETURNING id") == ["8"])
        #expect(writer.state("UPDATE hidden SET id = 9") == "42501")
        #expect(writer.state("UPDATE shown SET body = 'x'") == "42501")
    }

    @Test func anInvokersViewNeedsTheReadersRights() throws {
        try admin.rows("ALTER VIEW ids SET (security_invoker)")
        let reader = try account("reader", tables: ["ids": [.read: true]])
        #expect(reader.state("SELECT id FROM ids") == "42501")
        try admin.rows("ALTER VIEW ids RESET (security_invoker)")
        #expect(try reader.rows("SELECT id FROM ids") == ["7"])
    }

    @Test func countsAreForReaders() throws {
        let reader = try account("reader", database: [.read: true])
        let other = try account("other", database: [.read: true], tables: ["hidden": [.read: false]])
        #expect(try reader.rows("SHOW DATABASES").allSatisfy { $0.hasPrefix("shop|3|5|24576|0|") })
        #expect(try other.rows("SHOW DATABASES").allSatisfy { $0.hasPrefix("shop|3|NULL|16384|0|") })
        #expect(try other.rows("SELECT reltuples FROM pg_class WHERE relname IN ('doc', 'hidden') ORDER BY relname") == ["2", "-1"])
    }

    // MARK: Roles

    /// As in PostgreSQL, whoever may do something with an object is warned that he can't hand it on.
    @Test func whatCannotBeHandedOnIsNotGranted() throws {
        try admin.rows("CREATE ROLE clerk; CREATE USER ann PASSWORD 'x'")
        let ann = try SQLConnection(pando, user: "ann", database: "shop")
        func warnings(_ sql: String) throws -> [String] {
            try ann.rows(sql)
            return ann.takeNotices().map { "\($0.severity) \($0.state.rawValue): \($0.message)" }
        }
        for sql in ["GRANT SELECT ON doc TO clerk", "REVOKE ALL ON doc FROM clerk", "GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk"] {
            #expect(ann.state(sql) == "42501", "\(sql)")
        }
        #expect(ann.state("GRANT SELECT ON SEQUENCE counter TO clerk") == "42501")
        #expect(
            try warnings("GRANT CREATE ON SCHEMA public TO clerk; GRANT ALL ON DATABASE shop TO clerk") == [
                "warning 01007: no privileges were granted for \"public\"", "warning 01007: no privileges were granted for \"shop\"",
            ])
        try admin.rows("GRANT INSERT ON doc TO ann; GRANT SELECT ON SEQUENCE counter TO ann")
        #expect(try warnings("GRANT SELECT, INSERT ON doc TO clerk") == ["warning 01007: no privileges were granted for \"doc\""])
        #expect(try warnings("REVOKE INSERT ON doc FROM clerk") == ["warning 01006: no privileges could be revoked for \"doc\""])
        #expect(try warnings("GRANT ALL ON SEQUENCE counter TO clerk") == ["warning 01007: no privileges were granted for \"counter\""])
        let granted = "SELECT has_table_privilege('clerk', 'doc', 'SELECT'), has_table_privilege('clerk', 'doc', 'INSERT')"
        #expect(try admin.rows(granted) == ["f|f"])
    }

    @Test func grantsMeanWhatTheySay() throws {
        try admin.rows("CREATE ROLE clerk; CREATE USER ann PASSWORD 'x'; GRANT clerk TO ann; GRANT INSERT ON doc TO clerk")
        let ann = try SQLConnection(pando, user: "ann", database: "shop")
        #expect(ann.state("INSERT INTO doc VALUES (3, 'three')") == nil)
        for refused in [
            "SELECT * FROM doc", "INSERT INTO doc VALUES (4, 'x') RETURNING body", "UPDATE doc SET body = 'x'", "DELETE FROM doc",
            "TRUNCATE doc",
            "INSERT INTO doc VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET body = 'x'", "DROP TABLE doc", "CREATE ROLE other",
            "ALTER ROLE ann PASSWORD 'y'", "DROP ROLE clerk", "GRANT clerk TO ann",
            "ALTER TABLE doc OWNER TO ann",
            "ALTER ROLE admin PASSWORD 'y'",
        ] { #expect(ann.state(refused) == "42501", "\(refused)") }
        try admin.rows("GRANT ALL ON doc TO clerk; REVOKE DELETE ON doc FROM clerk")
        #expect(ann.state("UPDATE doc SET body = 'x' WHERE id = 3") == nil)
        #expect(ann.state("DELETE FROM doc WHERE id = 3") == "42501")
        #expect(ann.state("MERGE INTO doc USING (VALUES (3)) v(id) ON doc.id = v.id WHEN MATCHED THEN DELETE") == "42501")
        #expect(
            ann.state("MERGE INTO doc USING (VALUES (3)) v(id) ON doc.id = v.id WHEN MATCHED THEN UPDATE SET body = 'y'") == nil)
        try admin.rows("GRANT DELETE ON doc TO clerk")
        #expect(ann.state("DELETE FROM doc WHERE id = 3") == nil)
        try admin.rows("REVOKE ALL ON doc FROM clerk")
        #expect(ann.state("SELECT * FROM doc") == "42501")
        try admin.rows("GRANT CREATE ON SCHEMA public TO ann")
        #expect(ann.state("CREATE TABLE mine (a int)") == nil)
        try admin.rows("REVOKE CREATE ON DATABASE shop FROM ann; DROP ROLE clerk")
        #expect(ann.state("CREATE TABLE another (a int)") == "42501")
    }

    @Test func whatCouldNotBeHeldIsRefused() throws {
        try admin.rows("CREATE ROLE clerk")
        for sql in [
            "GRANT SELECT (id) ON doc TO clerk", "GRANT SELECT ON doc TO clerk WITH GRANT OPTION", "GRANT SELECT ON doc TO PUBLIC",
            "REVOKE USAGE ON SCHEMA public FROM clerk", "REVOKE CONNECT ON DATABASE shop FROM clerk", "CREATE ROLE a SUPERUSER",
            "CREATE ROLE a CREATEDB", "CREATE ROLE a CREATEROLE", "CREATE ROLE a LOGIN CONNECTION LIMIT 3",
            "CREATE ROLE a LOGIN VALID UNTIL '2030-01-01'",
        ] { #expect(admin.state(sql) == "0A000", "\(sql)") }
        for sql in [
            "REVOKE ALL ON doc FROM PUBLIC", "REVOKE SELECT ON doc FROM clerk", "GRANT USAGE ON SCHEMA public TO clerk",
            "CREATE ROLE a NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOLOGIN INHERIT", "GRANT ALL ON doc TO admin",
        ] { #expect(admin.state(sql) == nil, "\(sql)") }
    }

    @Test func nobodyTakesARoleThatWasNotGiven() throws {
        try admin.rows(
            "CREATE ROLE clerk; CREATE ROLE boss; CREATE USER ann PASSWORD 'x'; GRANT clerk TO ann; GRANT SELECT ON doc TO clerk")
        let ann = try SQLConnection(pando, user: "ann", database: "shop")
        for sql in [
            "SET ROLE admin", "SET ROLE boss", "SET SESSION AUTHORIZATION admin", "SET SESSION AUTHORIZATION clerk",
            "SELECT set_config('role', 'admin', false)", "SELECT set_config('session_authorization', 'admin', true)",
        ] { #expect(ann.state(sql) == "42501", "\(sql)") }
        #expect(throws: SQLError.self) { try ann.set("role", to: "admin") }
        #expect(throws: SQLError.self) { try ann.set("session_authorization", to: "admin") }
        for sql in ["SET ROLE clerk", "RESET ALL", "DISCARD ALL", "RESET ROLE", "RESET SESSION AUTHORIZATION", "SET ROLE NONE"] {
            #expect(ann.state(sql) == nil, "\(sql)")
            #expect(try ann.rows("SELECT session_user") == ["ann"])
            #expect(ann.state("SELECT * FROM hidden") == "42501")
        }
        // Going down and up again ends where it began.
        #expect(admin.state("SET SESSION AUTHORIZATION ann; SET ROLE boss") == "42501")
        #expect(try admin.rows("SELECT current_user, session_user") == ["admin|admin"])
        try admin.rows("SET SESSION AUTHORIZATION ann")
        #expect(admin.state("SELECT * FROM hidden") == "42501")
        #expect(admin.state("SET ROLE boss") == "42501")
        try admin.rows("RESET SESSION AUTHORIZATION")
        #expect(try admin.rows("SELECT id FROM hidden") == ["7"])
    }

    @Test func ownersAreNotOthers() throws {
        try admin.rows(
            "CREATE USER ann PASSWORD 'x'; GRANT CREATE ON SCHEMA public TO ann; CREATE ROLE boss; GRANT SELECT ON hidden TO boss")
        let ann = try SQLConnection(pando, user: "ann", database: "shop")
        try ann.rows("CREATE VIEW mine AS SELECT 1 AS one")
        for owner in ["admin", "boss"] { #expect(ann.state("ALTER VIEW mine OWNER TO \(owner)") == "42501") }
        #expect(ann.state("ALTER VIEW mine OWNER TO ann") == nil)
        try admin.rows("REVOKE CREATE ON SCHEMA public FROM ann; ALTER TABLE doc OWNER TO ann; ALTER VIEW ids OWNER TO boss")
        #expect(ann.state("ALTER TABLE doc ADD COLUMN x int") == nil)
        for allowed in ["SELECT * FROM doc", "UPDATE doc SET x = 1", "TRUNCATE doc"] {
            #expect(ann.state(allowed) == nil, "\(allowed)")
        }
        try admin.rows("GRANT SELECT ON ids TO ann")
        #expect(try ann.rows("SELECT id FROM ids") == ["7"])
        try admin.rows("REVOKE SELECT ON hidden FROM boss")
        #expect(ann.state("SELECT id FROM ids") == "42501")
        #expect(admin.state("ALTER TABLE doc OWNER TO nobody") == "42704")
    }

    /// Who makes a relation may do everything with it; with nothing else, and nobody else may.
    @Test func makersAreOwners() throws {
        try admin.rows(
            """
            CREATE USER ann PASSWORD 'x'; CREATE USER bob PASSWORD 'x'; CREATE ROLE crew; GRANT crew TO ann; GRANT crew TO bob;
            GRANT CREATE ON SCHEMA public TO ann; GRANT CREATE ON SCHEMA public TO crew; CREATE TABLE theirs (id int)
            """)
        let (ann, bob) = (try SQLConnection(pando, user: "ann", database: "shop"), try SQLConnection(pando, user: "bob", database: "shop"))
        for allowed in [
            "CREATE TABLE mine (id serial PRIMARY KEY, a int)", "INSERT INTO mine (a) VALUES (1), (2)", "SELECT nextval('mine_id_seq')",
            "SELECT setval('mine_id_seq', 10)", "UPDATE mine SET a = 3", "DELETE FROM mine", "ALTER TABLE mine ADD b int",
            "CREATE INDEX ON mine (a)", "CREATE VIEW seen AS SELECT * FROM mine", "SELECT * FROM seen", "CREATE SEQUENCE s",
            "SELECT nextval('s')", "CREATE TABLE copied AS SELECT * FROM mine", "SELECT * FROM copied", "SELECT * INTO taken FROM mine",
            "SELECT * FROM taken", "CREATE MATERIALIZED VIEW stock AS SELECT * FROM mine", "REFRESH MATERIALIZED VIEW stock",
            "SELECT * FROM stock", "CREATE SCHEMA own", "CREATE TABLE own.theirs (id int)", "SELECT * FROM own.theirs",
            "CREATE SCHEMA full_one CREATE TABLE t (a int)", "SELECT * FROM full_one.t", "BEGIN", "CREATE TABLE block (a int)",
            "INSERT INTO block VALUES (1)", "SELECT * FROM block", "COMMIT", "SELECT * FROM block",
            "CREATE TABLE IF NOT EXISTS theirs (id int)",
        ] { #expect(ann.state(allowed) == nil, "\(allowed)") }
        #expect(ann.state("SELECT * FROM theirs") == "42501")
        for name in ["mine", "seen", "copied", "taken", "stock", "own.theirs", "full_one.t", "block"] {
            #expect(bob.state("SELECT * FROM \(name)") == "42501", "\(name)")
        }
        // What a role has made is that of all its members.
        #expect(ann.state("SET ROLE crew; CREATE TABLE ours (a int); RESET ROLE") == nil)
        #expect(bob.state("SELECT * FROM ours") == nil)
        // What is undone gives nothing, and what is dropped leaves nothing.
        let before = try admin.rows("SELECT count(*) FROM pg_class WHERE has_table_privilege('ann', oid, 'select')")
        #expect(ann.state("BEGIN; CREATE TABLE never (a int); ROLLBACK") == nil)
        #expect(ann.state("CREATE TABLE short (a int); DROP TABLE short") == nil)
        #expect(try admin.rows("SELECT count(*) FROM pg_class WHERE has_table_privilege('ann', oid, 'select')") == before)
        try admin.rows("CREATE TABLE never (a int); CREATE TABLE short (a int)")
        for name in ["never", "short"] { #expect(ann.state("SELECT * FROM \(name)") == "42501") }
    }

    @Test func aDatabaseHasAnOwner() throws {
        try admin.rows("CREATE USER ann PASSWORD 'x'; CREATE DATABASE hers OWNER ann; CREATE DATABASE others OWNER = DEFAULT")
        let ann = try SQLConnection(pando, user: "ann", database: "hers")
        #expect(ann.state("CREATE TABLE mine (a int); INSERT INTO mine VALUES (1); SELECT * FROM mine") == nil)
        let other = try SQLConnection(pando, user: "ann", database: "others")
        #expect(other.state("CREATE TABLE mine (a int)") == "42501")
        #expect(admin.state("CREATE DATABASE another OWNER nobody") == "42704")
        #expect(try admin.rows("SELECT count(*) FROM pg_database WHERE datname = 'another'") == ["0"])
    }

    @Test func aVerifierIsAPassword() throws {
        let salt = Base64.encode(Array("salt".utf8))
        let key = Base64.encode([UInt8](repeating: 7, count: 32))
        try admin.rows("CREATE USER ann PASSWORD 'SCRAM-SHA-256$4096:\(salt)$\(key):\(key)'; CREATE USER bob PASSWORD 'secret'")
        let (ann, bob) = (try pando.catalog.snapshot().account("ann"), try pando.catalog.snapshot().account("bob"))
        #expect(ann?.credential.iterations == 4096)
        #expect(ann?.credential.accepts(password: "SCRAM-SHA-256$4096:\(salt)$\(key):\(key)") == false)
        #expect(bob?.credential.accepts(password: "secret") == true)
        try admin.rows("ALTER ROLE bob PASSWORD NULL")
        #expect(try pando.catalog.snapshot().account("bob")?.credential.accepts(password: "") == false)
    }
}
