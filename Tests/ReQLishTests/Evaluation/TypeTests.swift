import Testing

@testable import ReQLish

@Suite struct TypeTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t", [["id": 1], ["id": 2], ["id": 3]])
    }

    @Test(arguments: [
        ("r.expr(null)", "NULL"), ("r.expr(true)", "BOOL"), ("r.expr(1)", "NUMBER"), ("r.expr('')", "STRING"), ("r.expr([])", "ARRAY"),
        ("r.expr({})", "OBJECT"), ("r.now()", "PTYPE<TIME>"), ("r.binary('a')", "PTYPE<BINARY>"), ("r.minval", "MINVAL"),
        ("r.maxval", "MAXVAL"),
        ("r.db('test')", "DB"), ("r.table('t')", "TABLE"), ("r.table('t').between(1, 2)", "TABLE_SLICE"),
        ("r.table('t').orderBy({index: 'id'})", "TABLE_SLICE"), ("r.table('t').orderBy('id')", "SELECTION<ARRAY>"),
        ("r.table('t').sample(1)", "SELECTION<ARRAY>"), ("r.table('t').get(1)", "SELECTION<OBJECT>"),
        ("r.table('t').get(9)", "SELECTION<OBJECT>"),
        ("r.table('t').getAll(1)", "SELECTION<STREAM>"), ("r.table('t').filter({})", "SELECTION<STREAM>"),
        ("r.table('t').limit(1)", "SELECTION<STREAM>"), ("r.table('t').skip(1)", "SELECTION<STREAM>"),
        ("r.table('t').orderBy('id').filter({})", "SELECTION<ARRAY>"), ("r.table('t').map(x => x)", "STREAM"),
        ("r.table('t').concatMap(x => [x])", "STREAM"), ("r.range(1)", "STREAM"), ("r.expr([1]).map(x => x)", "ARRAY"),
        ("r.expr([1]).filter(x => x)", "ARRAY"), ("r.expr([1]).limit(1)", "ARRAY"), ("r.expr([1]).union([2])", "ARRAY"),
        ("r.expr([1]).union(r.range(1))", "STREAM"), ("r.table('t').distinct()", "STREAM"), ("r.expr([1]).distinct()", "ARRAY"),
        ("r.expr(x => x)", "FUNCTION"), ("r.table('t').min()", "SELECTION<OBJECT>"), ("r.table('t').min('id')", "OBJECT"),
        ("r.table('t').eqJoin('id', r.table('t'))", "STREAM"), ("r.table('t').coerceTo('array')", "ARRAY"),
        ("r.table('t').nth(0)", "SELECTION<OBJECT>"),
        ("r.table('t').map(x => x).nth(0)", "OBJECT"), ("r.table('t').count()", "NUMBER"), ("r.do(1, x => r.table('t'))", "TABLE"),
    ])
    func typeOf(_ query: String, _ name: String) {
        run.expect("\(query).typeOf()", "\"\(name)\"")
    }

    @Test func aTableOrStreamIsASequenceAndTheRestIsAValue() throws {
        for query in ["r.table('t')", "r.table('t').between(1, 2)", "r.table('t').filter({})", "r.range(2)", "r.table('t').map(x => x)"] {
            #expect(throws: Never.self) { try run.cursor(query) }
        }
        for query in [
            "r.table('t').get(1)", "r.table('t').orderBy('id')", "r.expr([1, 2])", "r.expr([1]).map(x => x)", "r.table('t').group('id')",
            "1",
        ] {
            guard case .value = try run.result(query) else {
                Issue.record("\(query) answers a sequence")
                continue
            }
        }
        run.expect("r.db('test')", fails: .queryLogic)
        run.expect("r.expr(x => x)", fails: .queryLogic)
    }

    @Test func coerceTo() {
        run.expect("r.expr(1).coerceTo('string')", "\"1\"")
        run.expect("r.expr('1e2').coerceTo('NUMBER')", "100")
        run.expect("r.expr('x').coerceTo('number')", fails: .queryLogic)
        run.expect("r.expr({a: 1}).coerceTo('array')", "[[\"a\", 1]]")
        run.expect("r.table('t').map(x => [x('id').coerceTo('string'), x('id')]).coerceTo('object')", "{\"1\": 1, \"2\": 2, \"3\": 3}")
        run.expect("r.expr([['a', 1], ['a', 2]]).coerceTo('object')", fails: .queryLogic)
        run.expect("r.expr(0).coerceTo('bool')", "true")
        run.expect("r.expr(null).coerceTo('bool')", "false")
        run.expect("r.table('t').coerceTo('bool')", "true")
        run.expect("r.table('t').get(9).coerceTo('bool')", "false")
        run.expect("r.table('t').coerceTo('stream').typeOf()", "\"TABLE\"")
        run.expect("r.expr([1]).coerceTo('stream').typeOf()", "\"ARRAY\"")
        run.expect("r.table('t').coerceTo('string')", fails: .queryLogic)
        run.expect("r.db('test').coerceTo('string')", fails: .queryLogic)
        run.expect("r.expr(1).coerceTo('nonsense')", fails: .queryLogic)
        run.expect("r.expr(1).coerceTo('array')", fails: .queryLogic)
        run.expect("r.expr(null).coerceTo('array')", fails: .nonExistence)
    }

    @Test func info() throws {
        let table = try run.value("r.table('t').info()")
        #expect(table[field: "type"] == "TABLE")
        #expect(table[field: "primary_key"] == "id")
        #expect(table[field: "doc_count_estimates"] == [3])
        #expect(table[field: "indexes"] == [])
        #expect(table[field: "db"]?[field: "name"] == "test")
        let slice = try run.value("r.table('t').between(1, r.maxval).orderBy({index: r.desc('id')}).info()")
        #expect(slice[field: "left_bound"] == 1)
        #expect(slice[field: "left_bound_type"] == "closed")
        #expect(slice[field: "right_bound_type"] == "unbounded")
        #expect(slice[field: "sorting"] == "DESCENDING")
        #expect(try run.value("r.table('t').filter({}).info()")[field: "table"]?[field: "name"] == "t")
        #expect(try run.value("r.table('t').get(9).info()")[field: "table"]?[field: "name"] == "t")
        run.expect("r.expr(1).info()", "{\"type\": \"NUMBER\", \"value\": \"1\"}")
        run.expect("r.expr({a: [1, 'x']}).info()('value')", "\"{\\n\\t\\\"a\\\":\\t[\\n\\t\\t1,\\n\\t\\t\\\"x\\\"\\n\\t]\\n}\"")
        run.expect("r.info(x => x.add(1))", "{\"type\": \"FUNCTION\", \"source_code\": \"row => row.add(1)\"}")
        run.expect("r.range(1).info()", "{\"type\": \"STREAM\"}")
        run.expect("r.binary('abc').info()('count')", "3")
    }
}
