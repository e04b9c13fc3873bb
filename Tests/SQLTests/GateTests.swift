import Catalog
import Foundation
import ReQLish
import TestTraits
import Testing

@testable import SQL

/// Documents that ReQL writes to declared tables: each constraint holds, and what is refused leaves nothing behind.
@Suite(.ownThreads) struct GateTests {
    let session: TestSession

    init() throws {
        session = try TestSession()
        try session.rows(
            """
            CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN short AS text CHECK (length(value) < 4);
            CREATE TABLE p (id int PRIMARY KEY, u text UNIQUE, v numeric(6,2) NOT NULL DEFAULT 1.5, d date, m mood, s short,
                w int GENERATED ALWAYS AS (id * 2) STORED, CHECK (v < 100));
            CREATE TABLE c (id int PRIMARY KEY, p int REFERENCES p ON DELETE CASCADE, n text REFERENCES p (u) ON UPDATE CASCADE);
            INSERT INTO p (id, u) VALUES (1, 'one'), (2, 'two')
            """)
    }

    @discardableResult private func reql(_ text: String) throws -> Datum {
        var options = QueryOptions()
        options.database = "shop"
        guard case .value(let value) = try session.pando.start(try TermTree(text: text), options: options) else { return .null }
        return value.owned
    }

    /// The first error of a write, or how many documents it has changed.
    private func write(_ text: String) throws -> String {
        let result = try reql(text)
        if let error = result[field: "first_error"]?.string { return error }
        return ["inserted", "replaced", "deleted", "unchanged"].compactMap { name in
            result[field: name]?.integer.flatMap { $0 > 0 ? "\(name) \($0)" : nil }
        }.joined(separator: ", ")
    }

    @Test func valuesAreBroughtToTheirForm() throws {
        #expect(try write("r.table('p').insert({id: 3, u: 'three', v: 2.345, d: '2024-2-9', m: 'happy'})") == "inserted 1")
        #expect(try session.rows("SELECT * FROM p WHERE id = 3") == ["3|three|2.35|2024-02-09|happy|NULL|6"])
        #expect(try write("r.table('p').get(3).update({v: 4})") == "replaced 1")
        #expect(try write("r.table('p').get(3).replace({id: 3})") == "replaced 1")
        #expect(try session.rows("SELECT * FROM p WHERE id = 3") == ["3|NULL|1.50|NULL|NULL|NULL|6"])
        #expect(try write("r.table('p').get(3).delete()") == "deleted 1")
    }

    @Test func whatHasNoFormIsRefusedAtEveryDoor() throws {
        try session.rows("CREATE TABLE f (id int PRIMARY KEY, d float8, t text, n int[], day date, ts timestamp)")
        for (field, message) in [
            ("d: 1e400", "is out of range for type double precision"), ("t: 'a\\u0000b'", "invalid byte sequence"),
            ("n: [1, [2, 3]]", "invalid input syntax for type integer[]"), ("n: [[1, 2], [3]]", "invalid input syntax for type integer[]"),
            ("n: [[[[[[[1]]]]]]]", "number of array dimensions (7) exceeds the maximum allowed (6)"),
            ("day: '10000-01-01'", "date cannot be stored"), ("ts: '10000-01-01 00:00:00'", "timestamp cannot be stored"),
        ] {
            #expect(try write("r.table('f').insert({id: 1, \(field)})").contains(message), "\(field)")
        }
        #expect(session.state("INSERT INTO f (id, day) VALUES (1, '0044-03-15 BC')") == "22008")
        #expect(session.state("INSERT INTO f (id, ts) VALUES (1, '0001-12-31 23:59:59.999999 BC')") == "22008")
        #expect(
            try write("r.table('f').insert({id: 2, n: [[1, null], [3, 4]], day: '9999-12-31', ts: '0001-01-01 00:00:00'})") == "inserted 1")
        #expect(try write("r.table('f').insert([{id: 5, n: [[], []]}, {id: 6, n: [[[[[[1]]]]]]}])") == "inserted 2")
        #expect(try session.rows("DELETE FROM f WHERE id > 4 RETURNING n, array_ndims(n)") == ["{}|NULL", "{{{{{{1}}}}}}|6"])
        try session.rows("INSERT INTO f (id, day, ts) VALUES (3, 'infinity', '-infinity'), (4, '-infinity', 'infinity')")
        #expect(try session.rows("SELECT id FROM f ORDER BY day") == ["4", "2", "3"])
        try session.rows("CREATE INDEX ON f (ts)")
        #expect(try session.rows("SELECT id FROM f WHERE ts < '0001-01-01 00:00:01' ORDER BY ts") == ["3", "2"])
        #expect(try session.rows("SELECT ts FROM f WHERE ts > '9999-12-31'") == ["infinity"])
    }

    @Test func aTableThatOthersReferToIsNotDropped() throws {
        #expect(throws: ReQLError.self) { try reql("r.tableDrop('p')") }
        #expect(try reql("r.tableDrop('c')")[field: "tables_dropped"] == 1)
        #expect(try reql("r.tableDrop('p')")[field: "tables_dropped"] == 1)
    }

    @Test func tablesAreOpenedAndClosed() throws {
        try session.rows("CREATE TABLE o (id int PRIMARY KEY, n int, at timestamptz)")
        let insert = "r.table('o').insert({id: 1, n: 2, extra: 'e'})"
        #expect(try write(insert).contains("extra"))
        try session.rows("ALTER TABLE o SET (open = true)")
        #expect(try write(insert) == "inserted 1")
        #expect(try session.rows("SELECT n, extra FROM o") == ["2|\"e\""])
        #expect(try session.rows("SELECT reloptions FROM pg_class WHERE relname = 'o'") == ["{open=true}"])
        try session.rows("UPDATE o SET n = 5")
        #expect(try session.rows("SELECT n, extra FROM o") == ["5|\"e\""])
        // What writes the rows anew keeps their other fields.
        try session.rows("ALTER TABLE o ADD COLUMN z int DEFAULT 7; ALTER TABLE o ALTER n TYPE text")
        #expect(try session.rows("SELECT n, z, extra FROM o") == ["5|7|\"e\""])
        try session.rows("ALTER TABLE o DROP COLUMN z, ALTER n TYPE int USING n::int")
        #expect(try session.rows("SELECT n, extra FROM o") == ["5|\"e\""])
        for statement in ["ALTER TABLE o SET (open = false)", "ALTER TABLE o RESET (open)"] {
            do throws(SQLError) {
                try session.connection.rows(statement)
                Issue.record("\(statement) closes a table with other fields")
            } catch {
                #expect(error.state.rawValue == "42703" && error.message.contains("extra") && error.detail?.contains("key 1 ") == true)
            }
        }
        #expect(try write("r.table('o').get(1).replace({id: 1, n: 3})") == "replaced 1")
        try session.rows("ALTER TABLE o SET (open = off)")
        #expect(try write("r.table('o').get(1).update({extra: 1})").contains("extra"))
        #expect(try session.rows("SELECT reloptions FROM pg_class WHERE relname = 'o'") == ["NULL"])
    }

    @Test func parametersOfTablesAreTheirSettings() throws {
        try session.rows("CREATE TABLE o (id int PRIMARY KEY, at timestamptz) WITH (durability = soft, change_log, expiry_field = 'at')")
        func config() throws -> [String?] {
            let config = try reql("r.table('o').config()")
            let field = config[field: "expiry_field"]?.string
            return [config[field: "durability"]?.string, config[field: "change_log"].map { $0.isNull ? "none" : "kept" }, field]
        }
        #expect(try config() == ["soft", "kept", "at"])
        try session.rows("ALTER TABLE o SET (durability = hard, change_log = off)")
        #expect(try config().first == "hard")
        try session.rows("ALTER TABLE o SET (durability = soft); ALTER TABLE o RESET (durability, expiry_field)")
        #expect(try config().first == "hard" && config().last == .some(nil))
        for (parameters, state) in [
            ("open = maybe", "22023"), ("durability = maybe", "22023"), ("key = shown", "22023"), ("nowhere = 1", "22023"),
        ] {
            #expect(session.state("ALTER TABLE o SET (\(parameters))") == state, "\(parameters)")
        }
        try session.rows("CREATE TABLE k (a int) WITH (key = hidden, open = on); INSERT INTO k VALUES (1), (1)")
        #expect(try session.rows("SELECT _key, a FROM k ORDER BY _key") == ["1|1", "2|1"])
    }

    @Test func rowsAreObjectsAndElementsAreHeldToTheirTypes() throws {
        try session.rows("CREATE TYPE pair AS (a int, b text); CREATE TABLE r (id int PRIMARY KEY, c pair, d pair[], e int[])")
        try session.rows("INSERT INTO r VALUES (1, ROW(1, 'x'), ARRAY[ROW(2, 'y')::pair], '[2:3]={5,6}')")
        #expect(
            try reql("r.table('r').get(1)")
                == Datum(json: #"{"id":1,"c":{"a":1,"b":"x"},"d":[{"a":2,"b":"y"}],"e":{"elements":[5,6],"lower_bounds":[2]}}"#))
        #expect(try write("r.table('r').insert({id: 2, c: {a: 5, b: 'five'}, d: [{a: 1}, null], e: [1, 2]})") == "inserted 1")
        #expect(try write("r.table('r').insert({id: 3, c: '(7,seven)', e: {elements: [1, 2], lower_bounds: [0]}})") == "inserted 1")
        #expect(try write("r.table('r').get(1).update({c: {b: 'new'}})") == "replaced 1")
        #expect(
            try session.rows("SELECT * FROM r ORDER BY id") == [
                #"1|(1,new)|{"(2,y)"}|[2:3]={5,6}"#, #"2|(5,five)|{"(1,)",NULL}|{1,2}"#, "3|(7,seven)|NULL|[0:1]={1,2}",
            ])
        let refused = [
            ("{id: 4, c: {a: 'five'}}", #"invalid input syntax for type integer: "five""#),
            ("{id: 4, c: {z: 1}}", #"type pair has no field "z""#), ("{id: 4, c: 7}", #"invalid input syntax for type pair: "7""#),
            ("{id: 4, d: [{a: 'x'}]}", #"invalid input syntax for type integer: "x""#),
            ("{id: 4, e: ['x']}", #"invalid input syntax for type integer: "x""#),
        ]
        for (document, message) in refused { #expect(try write("r.table('r').insert(\(document))") == message) }
    }

    @Test func everyConstraintHolds() throws {
        let refused = [
            ("{id: 4, v: 'x'}", "invalid input syntax for type numeric: \"x\""),
            ("{id: 4, u: 5}", "invalid input syntax for type text: \"5\""), ("{id: 4.5}", "invalid input syntax for type integer: \"4.5\""),
            ("{id: 4000000000}", "integer out of range"), ("{id: 4, d: 'never'}", "invalid input syntax for type date: \"never\""),
            ("{id: 4, m: 'angry'}", "invalid input value for enum mood: \"angry\""),
            ("{id: 4, s: 'longer'}", "value for domain short violates check constraint \"short_check\""),
            ("{id: 4, other: 1}", "column \"other\" of relation \"p\" does not exist"),
            ("{id: 4, v: null}", "null value in column \"v\" of relation \"p\" violates not-null constraint"),
            ("{id: 4, v: 100}", "new row for relation \"p\" violates check constraint \"p_check\""),
            ("{id: 4, u: 'one'}", "duplicate key value violates unique constraint \"p_u_key\""),
        ]
        for (document, message) in refused {
            let found = try write("r.table('p').insert(\(document))")
            #expect(
                found == message || (message.contains("check constraint \"p_") && found.hasPrefix("new row for relation")), "\(document)")
        }
        #expect(try write("r.table('p').get(2).update({u: 'one'})") == "duplicate key value violates unique constraint \"p_u_key\"")
        #expect(try session.rows("SELECT id, u FROM p") == ["1|one", "2|two"])
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    @Test func foreignKeysHoldAndAct() throws {
        #expect(try write("r.table('c').insert({id: 1, p: 9})").contains("violates foreign key constraint \"c_p_fkey\""))
        #expect(try write("r.table('c').insert([{id: 1, p: 1, n: 'one'}, {id: 2, p: 9}, {id: 3, p: 2}])").contains("c_p_fkey"))
        #expect(try session.rows("SELECT * FROM c") == ["1|1|one", "3|2|NULL"])
        #expect(try write("r.table('p').get(1).update({u: 'uno'})") == "replaced 1")
        #expect(try session.rows("SELECT n FROM c WHERE id = 1") == ["uno"])
        try session.rows("CREATE TABLE r (id int PRIMARY KEY, u text REFERENCES p (u)); INSERT INTO r VALUES (1, 'uno')")
        #expect(try write("r.table('p').get(1).delete()").contains("r_u_fkey"))
        #expect(try session.rows("SELECT id FROM c") == ["1", "3"])
        #expect(try write("r.table('p').get(2).delete()") == "deleted 1")
        #expect(try session.rows("SELECT id FROM c") == ["1"])
        #expect(throws: ReQLError.self) { try reql("r.table('p').delete()") }
        #expect(try session.rows("SELECT count(*) FROM p") == ["1"])
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    @Test func keysThatAreNoColumns() throws {
        try session.rows(
            "CREATE TABLE k (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE n (a int); CREATE TABLE s (id serial PRIMARY KEY, a int)")
        #expect(try write("r.table('k').insert({a: 1, b: 'x'})") == "inserted 1")
        #expect(try write("r.table('k').insert({a: 1, b: 'x'})") == "duplicate key value violates unique constraint \"k_pkey\"")
        #expect(try write("r.table('k').get([1, 'x']).update({b: 'y'})") == "replaced 1")
        #expect(try session.rows("SELECT * FROM k WHERE a = 1 AND b = 'y'") == ["1|y"])
        #expect(try write("r.table('n').insert([{a: 1}, {a: 2}])") == "inserted 2")
        #expect(try session.rows("INSERT INTO n VALUES (3); SELECT a, _key FROM n") == ["1|1", "2|2", "3|3"])
        // Where the next key would be, another door has put a row.
        #expect(try write("r.table('n').insert({_key: 4, a: 4})") == "inserted 1")
        #expect(
            try session.rows("INSERT INTO n VALUES (5); INSERT INTO n VALUES (6), (7); SELECT a, _key FROM n")
                == ["1|1", "2|2", "3|3", "4|4", "5|5", "6|6", "7|7"])
    }

    @Test func keysAreMadeByTheDeclaration() throws {
        try session.rows(
            """
            CREATE TABLE a (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, n int);
            CREATE TABLE b (id serial PRIMARY KEY, n int CHECK (n < 9));
            CREATE TABLE u (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), n int); CREATE TABLE t (id text PRIMARY KEY, n int);
            CREATE TABLE w (n int, id int GENERATED ALWAYS AS (n * 2) STORED PRIMARY KEY);
            CREATE TABLE k (a int, b text, PRIMARY KEY (a, b)); CREATE TABLE h (n int)
            """)
        func keys(_ text: String) throws -> Datum { try reql(text)[field: "generated_keys"] ?? .null }
        #expect(try keys("r.table('a').insert([{n: 1}, {n: 2}])") == [1, 2])
        #expect(try write("r.table('a').insert({id: 7})") == "cannot insert a non-DEFAULT value into column \"id\"")
        let changes = try reql("r.table('a').insert({n: 3}, {returnChanges: true})")[field: "changes"] ?? .null
        #expect(changes == [["old_val": .null, "new_val": ["id": 3, "n": 3]]])
        // What is refused has taken its number, as in PostgreSQL.
        #expect(try keys("r.table('b').insert([{n: 1}, {n: 9}, {n: 3}])") == [1, 3])
        #expect(try session.rows("INSERT INTO b (n) VALUES (4) RETURNING id") == ["4"])
        let made = try keys("r.table('u').insert({n: 1})")
        #expect(try session.rows("SELECT id FROM u") == [made[0].string ?? ""])
        #expect(try keys("r.table('w').insert({n: 4})") == [8])
        // Keys that are no columns are what every door but SQL's sees.
        #expect(try keys("r.table('h').insert([{n: 1}, {n: 2}])") == [1, 2])
        #expect(try reql("r.table('h').get(2)('n')") == 2)
        #expect(try keys("r.table('k').insert({a: 1, b: 'x'})") == [[1, "x"]])
        #expect(try write("r.table('t').insert({n: 1})") == "null value in column \"id\" of relation \"t\" violates not-null constraint")
        // A write hook comes first, and there is no key yet.
        #expect(try reql("r.table('a').setWriteHook((context, old, doc) => doc.merge({n: doc('n').add(10)}))")[field: "created"] == 1)
        #expect(try keys("r.table('a').insert({n: 4})") == [4])
        #expect(try session.rows("SELECT n FROM a WHERE id = 4") == ["14"])
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    @Test func configShowsTheDeclaration() throws {
        let shown = try reql("r.table('c').config()('declaration')")
        #expect(shown[field: "columns"]?.elements.map { $0[field: "name"] } == ["id", "p", "n"])
        #expect(try write("r.table('c').config().update({durability: 'soft'})") == "replaced 1")
        #expect(try write("r.table('c').config().update({declaration: {open: true}})").contains("`declaration` is read-only"))
        #expect(try reql("r.table('c').config()('declaration')") == shown)
        try reql("r.tableCreate('open')")
        #expect(try reql("r.table('open').config().hasFields('declaration')") == false)
    }

    @Test func aNameThatSQLHasGivenIsTaken() throws {
        try session.rows(
            """
            CREATE VIEW v AS SELECT id FROM p; CREATE SEQUENCE s; CREATE MATERIALIZED VIEW m AS SELECT id FROM p;
            CREATE SCHEMA other; CREATE VIEW other.v AS SELECT 1 AS one
            """)
        try reql("r.tableCreate('free')")
        for query in ["r.tableCreate('v')", "r.tableCreate('s')", "r.tableCreate('m')", "r.table('free').config().update({name: 'v'})"] {
            do {
                #expect(try reql(query)[field: "first_error"]?.string?.contains("has that name") == true, "\(query)")
            } catch let error as ReQLError {
                #expect(error.kind == .operationFailed && error.cause == .tableExists, "\(query): \(error)")
            }
        }
        try session.rows("DROP VIEW v; DROP SEQUENCE s")
        #expect(try reql("r.tableCreate('v')")[field: "tables_created"] == 1)
        #expect(try reql("r.tableCreate('s')")[field: "tables_created"] == 1)
    }

    @Test func aFeedEndsWhereKeysChange() throws {
        try session.rows("CREATE TABLE f (a int, b int NOT NULL); INSERT INTO f VALUES (1, 10), (2, 20)")
        guard case .sequence(let cursor) = try session.pando.start(r.db("shop").table("f").changes().tree()) else {
            Issue.record("a feed is a sequence")
            return
        }
        defer { cursor.close() }
        try session.rows("INSERT INTO f VALUES (3, 30)")
        try session.rows("ALTER TABLE f ADD PRIMARY KEY (b)")
        var told: [Datum] = []
        do throws(ReQLError) {
            while let row = try cursor.next() { told.append(row[field: "new_val"]?[field: "b"]?.owned ?? .null) }
            Issue.record("the feed ends without a reason")
        } catch {
            #expect(error.kind == .operationFailed && error.message.contains("`shop.f` have got other keys"), "\(error)")
        }
        #expect(told == [30])
    }

    @Test func cells() throws {
        try session.rows(
            "CREATE CELL g (k text PRIMARY KEY); CREATE TABLE g.t (n int PRIMARY KEY, v int UNIQUE); INSERT INTO g VALUES ('a'), ('b')")
        #expect(try write("r.table('g.t').insert({_key: ['a', 1], n: 1, v: 1})") == "inserted 1")
        #expect(try write("r.table('g.t').insert({_key: ['b', 1], n: 1, v: 1})") == "inserted 1")
        #expect(
            try write("r.table('g.t').insert({_key: ['a', 2], n: 2, v: 1})") == "duplicate key value violates unique constraint \"t_v_key\""
        )
        #expect(try write("r.table('g.t').insert({_key: ['z', 1], n: 1, v: 1})") == "there is no cell of \"g\" with the key \"z\"")
        #expect(try write("r.table('g.t').insert({n: 1, v: 1})").contains("begins with the key of its cell"))
        #expect(try write("r.table('g').get('a').delete()").contains("the cell has rows in table \"t\""))
        #expect(try reql("r.table('g.t').between(['a'], ['a', r.maxval]).count()") == 1)
        #expect(try session.pando.catalog.check().problems.map { "\($0)" } == [])
    }

    /// SQL in one thread and ReQL in another write the same values.
    @Test func twoDoorsAtOnce() async throws {
        let pando = session.pando
        try session.rows("CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, p int REFERENCES p)")
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                guard let connection = try? SQLConnection(pando, user: nil, database: "shop") else { return }
                let session = TestSession(pando, connection)
                for number in 0..<60 { _ = session.state("INSERT INTO t VALUES (\(number * 2), \(number % 30), \(1 + number % 3))") }
            }
            group.addTask {
                var options = QueryOptions()
                options.database = "shop"
                for number in 0..<60 {
                    let text = "r.table('t').insert({id: \(number * 2 + 1), u: \(number % 30), p: \(1 + number % 3)})"
                    _ = try? pando.start(try TermTree(text: text), options: options)
                }
            }
        }
        #expect(try session.rows("SELECT count(*) - count(DISTINCT u), count(*) FILTER (WHERE p > 2) FROM t") == ["0|0"])
        #expect(try session.rows("SELECT count(*) FROM t") == ["20"])
        #expect(try pando.catalog.check().problems.map { "\($0)" } == [])
    }
}
