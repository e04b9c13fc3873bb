import Catalog
import Ground
import ReQLish
import Testing

@testable import SQL

/// Foreign keys as relations, and `pando.traverse` in FROM.
@Suite struct WalkTests {
    private let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TABLE people (id text PRIMARY KEY, name text, boss text REFERENCES people);
            CREATE TABLE books (id int PRIMARY KEY, title text, author text CONSTRAINT wrote REFERENCES people);
            CREATE TABLE follows (follower text REFERENCES people, followed text REFERENCES people, PRIMARY KEY (follower, followed));
            CREATE TABLE profiles (id text PRIMARY KEY REFERENCES people, text text);
            CREATE INDEX ON follows (followed, follower);
            INSERT INTO people VALUES ('ada', 'Ada', NULL), ('bo', 'Bo', 'ada'), ('cy', 'Cy', 'ada'), ('dan', 'Dan', 'bo');
            INSERT INTO books VALUES (1, 'One', 'dan'), (2, 'Two', 'dan'), (3, 'None', NULL);
            INSERT INTO follows VALUES ('ada', 'dan'), ('cy', 'dan'), ('dan', 'cy'); INSERT INTO profiles VALUES ('bo', 'is Bo')
            """)
    }

    private func reql(_ query: String, user: String? = nil) throws -> Datum {
        var options = QueryOptions()
        options.database = "shop"
        options.user = user
        return try session.pando.start(try TermTree(text: query), options: options).collected()
    }

    // MARK: Foreign keys

    @Test func foreignKeysAreRelations() throws {
        #expect(try reql("r.table('people').relationList()") == ["people_boss_fkey"])
        let status = try reql("r.table('books').relationStatus()(0)")
        #expect(
            status == [
                "relation": "wrote", "reverse": .null, "indexes": [], "field": "author", "to": "shop.people", "foreign_key": true,
                "ready": true,
                "edges": 2, "dangling": 0,
            ])
        for (query, answer) in [
            ("r.table('people').get('dan').traverse({over: 'people_boss_fkey', as: 'keys'})", ["bo", "ada"] as Datum),
            ("r.table('people').get('ada').traverse({over: 'people_boss_fkey', direction: 'in', as: 'keys'})", ["bo", "cy", "dan"]),
            ("r.table('people').get('dan').traverse({over: 'wrote', direction: 'in'})('title')", ["One", "Two"]),
            ("r.table('books').get(3).traverse({over: 'wrote'})", []),
            ("r.table('people').get('ada').degree({over: 'people_boss_fkey'})", 2),
            // A key that refers is the other one's.
            ("r.table('people').get('bo').traverse({over: 'profiles_id_fkey', direction: 'in'})('text')", ["is Bo"]),
            ("r.table('profiles').get('bo').traverse({over: 'profiles_id_fkey'})('name')", ["Bo"]),
            ("r.table('people').get('cy').degree({over: 'profiles_id_fkey', direction: 'in'})", 0),
            // An index of two columns that begins with the one that refers.
            ("r.table('people').get('dan').traverse({over: 'follows_followed_fkey', direction: 'in'})('follower')", ["ada", "cy"]),
            // Rows as edges, by an index of SQL.
            (
                "r.table('people').get('dan').traverse({over: {edges: 'follows', from: 'follower', to: 'followed', nodes: 'people'}, "
                    + "direction: 'in', depth: 1, as: 'keys'})", ["ada", "cy"]
            ),
            ("r.components({over: 'people_boss_fkey'}).map(x => x('component')).distinct()", ["ada"]),
            ("r.shortestPath('dan', 'ada', {over: 'people_boss_fkey'})('nodes')", ["dan", "bo", "ada"]),
        ] {
            #expect(try reql(query) == answer, "\(query)")
        }
    }

    @Test func whatLeadsNowhereIsNoRelation() throws {
        try session.rows(
            """
            CREATE TABLE parts (a int, b int, code text UNIQUE, PRIMARY KEY (a, b));
            CREATE TABLE uses (id int PRIMARY KEY, a int, b int, code text REFERENCES parts (code), FOREIGN KEY (a, b) REFERENCES parts);
            CREATE TABLE days (day timestamp PRIMARY KEY); CREATE TABLE events (id int PRIMARY KEY, day date REFERENCES days)
            """)
        #expect(try reql("r.table('uses').relationList()") == [])
        // A date is stored otherwise than the moment that it refers to.
        #expect(try reql("r.table('events').relationList()") == [])
    }

    @Test func theyComeAndGoWithTheirConstraint() throws {
        func message(_ query: String) -> String {
            do {
                _ = try reql(query)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(message("r.table('books').relationDrop('wrote')").contains("ALTER TABLE … DROP CONSTRAINT"))
        #expect(message("r.table('books').relationCreate('wrote', {field: 'author', to: 'people'})").contains("already exists"))
        // The primary key's index begins with it, and is no entry of its own.
        let noIndex = message("r.table('people').get('ada').traverse({over: 'follows_follower_fkey', direction: 'in'})")
        #expect(noIndex.contains("No index leads to the documents of `shop.follows` by `follower`"), "\(noIndex)")
        try session.rows("CREATE INDEX ON follows (follower)")
        #expect(try reql("r.table('people').get('ada').traverse({over: 'follows_follower_fkey', direction: 'in'})('followed')") == ["dan"])
        try session.rows("ALTER TABLE books RENAME CONSTRAINT wrote TO author_of")
        #expect(try reql("r.table('books').relationList()") == ["author_of"])
        try session.rows("ALTER TABLE books DROP CONSTRAINT author_of")
        #expect(message("r.traverse(1, {over: 'author_of'})").contains("declares the relation `author_of`"))
    }

    @Test func everyTableOfAnEdgeHasToBeReadable() throws {
        try session.rows("CREATE USER ann PASSWORD 'x'; GRANT SELECT ON books TO ann")
        let ann = try SQLConnection(session.pando, user: "ann", database: "shop")
        for over in ["wrote", #"{"field": "author", "to": "people"}"#] {
            let form = over.hasPrefix("{") ? over : "'\(over)'"
            #expect(throws: ReQLError.self) { try reql("r.table('books').get(1).traverse({over: \(form)})", user: "ann") }
            #expect(ann.state("SELECT id FROM pando.traverse('\(over.replacing("{", with: #"{"table": "books", "#))', 1)") == "42501")
        }
        try session.rows("GRANT SELECT ON people TO ann")
        #expect(try reql("r.table('books').get(1).traverse({over: 'wrote'})('name')", user: "ann") == ["Dan"])
        #expect(try ann.rows("SELECT id FROM pando.traverse('wrote', 1)") == ["dan"])
        // A role in the account's place, and a view that its owner answers for.
        try session.rows(
            "REVOKE SELECT ON people FROM ann; CREATE ROLE readers; GRANT SELECT ON people, books TO readers; GRANT readers TO ann")
        #expect(try ann.rows("SET ROLE readers; SELECT id FROM pando.traverse('wrote', 1)") == ["dan"])
        try session.rows("REVOKE readers FROM ann")
    }

    @Test func aViewWalksForItsOwner() throws {
        let admin = try SQLConnection(session.pando, user: "admin", database: "shop")
        try admin.rows("CREATE USER ann PASSWORD 'x'; CREATE VIEW above AS SELECT * FROM pando.traverse('people_boss_fkey', 'dan'::text)")
        let ann = try SQLConnection(session.pando, user: "ann", database: "shop")
        #expect(ann.state("SELECT id FROM above") == "42501")
        try admin.rows("GRANT SELECT ON above TO ann")
        #expect(try ann.rows("SELECT id, depth FROM above") == ["bo|1", "ada|2"])
        #expect(ann.state("SELECT id FROM pando.traverse('people_boss_fkey', 'dan')") == "42501")
    }

    // MARK: pando.traverse

    @Test func aWalkIsATable() throws {
        for (query, rows) in [
            ("SELECT id, table_name, depth, document ->> 'name' FROM pando.traverse('wrote', 1)", ["dan|people|1|Dan"]),
            ("SELECT id, depth FROM pando.traverse('people_boss_fkey', 'dan')", ["bo|1", "ada|2"]),
            ("SELECT id FROM pando.traverse('people_boss_fkey', 'dan', 1)", ["bo"]),
            ("SELECT id FROM pando.traverse('people_boss_fkey', 'ada', 1, 'in')", ["bo", "cy"]),
            (
                "SELECT id, depth FROM pando.traverse('people_boss_fkey', 'ada', direction => 'in', min_depth => 0) t",
                ["ada|0", "bo|1", "cy|1", "dan|2"]
            ),
            ("SELECT id FROM pando.traverse('people_boss_fkey', ARRAY['cy', 'dan', NULL], 1)", ["ada", "bo"]),
            (
                "SELECT t.key, t.table_name FROM pando.traverse('wrote,people_boss_fkey', 2) AS t(key)",
                ["dan|people", "bo|people", "ada|people"]
            ),
            ("SELECT id, ordinality FROM pando.traverse('people_boss_fkey', 'dan') WITH ORDINALITY", ["bo|1", "ada|2"]),
            ("SELECT id FROM pando.traverse('people_boss_fkey', 'nobody')", []),
            ("SELECT id FROM pando.traverse(NULL, 'dan')", []), ("SELECT id FROM pando.traverse('wrote', NULL::int)", []),
            ("SELECT id FROM pando.traverse('wrote', NULL)", []),
            (
                "SELECT p.name FROM pando.traverse('people_boss_fkey', 'dan') t JOIN people p USING (id) ORDER BY t.depth DESC",
                ["Ada", "Bo"]
            ),
            (
                "SELECT b.title, t.id FROM books b, pando.traverse('wrote,people_boss_fkey', b.id) t WHERE b.id < 2 ORDER BY t.depth",
                ["One|dan", "One|bo", "One|ada"]
            ),
            (
                "SELECT name, (SELECT count(*) FROM pando.traverse('people_boss_fkey', p.id, NULL, 'in')) FROM people p ORDER BY id",
                [
                    "Ada|3", "Bo|1", "Cy|0", "Dan|0",
                ]
            ),
            (
                #"SELECT id FROM pando.traverse('{"edges": "follows", "from": "follower", "to": "followed", "nodes": "people"}', 'dan', 1, 'in')"#,
                ["ada", "cy"]
            ),
            ("SELECT id FROM pando.traverse('people_boss_fkey', 'dan') LIMIT 1", ["bo"]),
            (
                "EXPLAIN (COSTS off) SELECT * FROM pando.traverse('people_boss_fkey', 'dan') t",
                ["Function Scan on traverse", "  Documents: read"]
            ),
            (
                "EXPLAIN (COSTS off) SELECT id FROM pando.traverse('people_boss_fkey', 'dan') t",
                ["Function Scan on traverse"]
            ),
        ] {
            #expect(try session.rows(query) == rows, "\(query)")
        }
        // What the transaction itself has written.
        try session.rows("BEGIN; INSERT INTO people VALUES ('eve', 'Eve', 'dan')")
        #expect(try session.rows("SELECT id FROM pando.traverse('people_boss_fkey', 'ada', NULL, 'in')") == ["bo", "cy", "dan", "eve"])
        try session.rows("ROLLBACK")
        #expect(try session.rows("SELECT id FROM pando.traverse('people_boss_fkey', 'ada', NULL, 'in')") == ["bo", "cy", "dan"])
    }

    @Test(arguments: [
        ("pando.traverse('nothing', 1)", "22023"), ("pando.traverse('wrote')", "42883"),
        ("pando.traverse('wrote', 1, 2, 'in', 1, 1)", "42883"),
        ("pando.traverse('wrote', 1, 2, depth => 2)", "42883"), ("pando.traverse('wrote', 1, far => 2)", "42883"),
        ("pando.traverse('wrote', 1, -1)", "22023"), ("pando.traverse('wrote', 1, 1000001)", "22023"),
        ("pando.traverse('wrote', 1, 1, 'up')", "22023"), ("pando.traverse('{', 1)", "22P02"), ("pando.traverse('{}', 1)", "22023"),
        ("pando.traverse('', 1)", "22023"), ("pando.traverse('wrote', 1) AS t(id text)", "42601"),
        (#"pando.traverse('{"edges": "gone"}', 1)"#, "42704"), ("pando.neighbors('wrote', 1)", "3F000"),
        ("pando.traverse('wrote', 1) AS t(a, b, c, d, e)", "42P10"), ("pando.traverse('wrote', 'x'::xml)", "42704"),
    ])
    func badInputIsRefused(walk: String, state: String) throws {
        #expect(session.state("SELECT * FROM \(walk)") == state)
    }

    @Test func aTableThatIsGoneIsNamed() throws {
        _ = try reql("r.tableCreate('open')")
        _ = try reql("r.table('open').relationCreate('opened', {field: 'x', to: 'profiles'})")
        try session.rows("DROP TABLE profiles")
        #expect(session.state("SELECT * FROM pando.traverse('opened', 1)") == "22023")
        #expect(try reql("r.table('open').relationStatus()(0)('problem')").string?.contains("`shop.profiles`, which is gone") == true)
    }

    /// Beyond its share of the memory a walk goes on in a temporary file.
    @Test func aLongWalkStaysWithinItsMemory() throws {
        _ = try reql("r.tableCreate('e')")
        _ = try reql(
            "r.range(2).forEach(s => r.table('e').insert(r.range(10000).map(i => ({id: [i, s], a: i, b: i.mul(2).add(s).add(1)}))))")
        _ = try reql("r.table('e').relationCreate('e', {from: 'a', to: 'b'})")
        _ = try reql("r.table('e').indexWait()")
        let whole = try session.rows("SELECT count(*), sum(id::int), max(depth) FROM pando.traverse('e', 0)")
        #expect(whole == ["20000|200010000|14"])
        try session.rows("SET work_mem = '64kB'")
        #expect(try session.rows("SELECT count(*), sum(id::int), max(depth) FROM pando.traverse('e', 0)") == whole)
        #expect(session.pando.limits.memoryPool(of: nil).usedByteCount == 0)
    }

    @Test func aWalkIsStopped() throws {
        _ = try reql("r.tableCreate('e')")
        _ = try reql("r.table('e').insert(r.range(5000).map(i => ({id: i, a: i, b: i.add(1)})))")
        _ = try reql("r.table('e').relationCreate('e', {from: 'a', to: 'b'})")
        _ = try reql("r.table('e').indexWait()")
        let script = try session.connection.script("SELECT id FROM pando.traverse('e', 0)")
        let result = try #require(try script.next())
        _ = try result.next()
        session.connection.canceller.cancel()
        var state: String?
        do { while try result.next() != nil {} } catch { state = error.state.rawValue }
        #expect(state == "57014")
    }
}
