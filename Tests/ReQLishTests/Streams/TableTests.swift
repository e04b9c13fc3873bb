import Testing

@testable import ReQLish

@Suite struct TableTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t", [["id": 1, "v": "a"], ["id": 2, "v": "b"], ["id": 3, "v": "c"], ["id": 4, "v": "d"]])
    }

    @Test func getReadsOneRow() {
        run.expect("r.table('t').get(2)('v')", "\"b\"")
        run.expect("r.table('t').get(2.0)('v')", "\"b\"")
        run.expect("r.table('t').get('2')", "null")
        run.expect("r.table('t').get(null)", fails: .nonExistence)
        run.expect("r.table('t').get([null])", fails: .nonExistence)
        run.expect("r.table('t').get(r.expr({}))", fails: .queryLogic)
        run.expect("r.table('t').get(r.minval)", fails: .queryLogic)
        run.expect("r.table('t').get(r.expr('x').add(r.range(200).map(x => 'x').reduce((a, b) => a.add(b))))", fails: .queryLogic)
        run.expect("r.table('t').filter({}).get(1)", fails: .queryLogic)
    }

    @Test func getAllRepeatsRowsWithTheirKeys() {
        run.expect("r.table('t').getAll(3, 1, 3)('id')", "[3, 1, 3]")
        run.expect("r.table('t').getAll(9, 1)('id')", "[1]")
        run.expect("r.table('t').getAll().count()", "0")
        run.expect("r.table('t').getAll(1, {index: 'id'}).count()", "1")
        run.expect("r.table('t').getAll(r.minval, 1).count()", "1")
        run.expect("r.table('t').getAll(1, null)", fails: .nonExistence)
        run.expect("r.table('t').getAll(1, r.expr({}))", fails: .queryLogic)
        run.expect("r.table('t').getAll(1, {index: 'v'})", fails: .operationFailed)
        run.expect("r.table('t').filter({}).getAll(1)", fails: .queryLogic)
    }

    @Test func betweenHasOpenAndClosedBounds() {
        run.expect("r.table('t').between(2, 4)('id')", "[2, 3]")
        run.expect("r.table('t').between(2, 4, {leftBound: 'open', rightBound: 'closed'})('id')", "[3, 4]")
        run.expect("r.table('t').between(r.minval, 2)('id')", "[1]")
        run.expect("r.table('t').between(3, r.maxval)('id')", "[3, 4]")
        run.expect("r.table('t').between(4, 2).count()", "0")
        run.expect("r.table('t').between(r.maxval, r.minval).count()", "0")
        run.expect("r.table('t').between([r.minval], [r.maxval]).count()", "0")
        run.expect("r.table('t').between(1, 3).between(1, 2)", fails: .queryLogic)
        run.expect("r.table('t').between(1, null)", fails: .queryLogic)
        run.expect("r.table('t').between(1, 3, {leftBound: 'ajar'})", fails: .queryLogic)
        run.expect("r.table('t').between(1, 3, {index: 'id'}).count()", "2")
        run.expect("r.table('t').between(1, 3, {index: 'v'})", fails: .operationFailed)
        run.expect("r.table('t').filter({}).between(1, 3)", fails: .queryLogic)
        run.expect("r.table('t').between(2, 4).orderBy({index: r.desc('id')})('id')", "[3, 2]")
        run.expect("r.table('t').orderBy({index: r.desc('id')}).between(2, 4)('id')", "[3, 2]")
    }

    @Test func keysOfAllTypesKeepTheirOrder() {
        run.expect(
            "r.tableCreate('k').do(x => r.table('k').insert([{id: 'a'}, {id: ''}, {id: 1}, {id: -1}, {id: true}, {id: [1, 'x']}, {id: r.binary('b')}, {id: r.epochTime(5)}]))('inserted')",
            "8")
        run.expect(
            "r.table('k').orderBy({index: 'id'}).map(x => x('id').typeOf())",
            "[\"ARRAY\", \"BOOL\", \"NUMBER\", \"NUMBER\", \"PTYPE<BINARY>\", \"PTYPE<TIME>\", \"STRING\", \"STRING\"]")
        run.expect("r.table('k').between(true, 'a').count()", "6")
    }

    @Test func orderByAnIndexStreams() {
        run.expect("r.table('t').orderBy({index: 'id'})('id')", "[1, 2, 3, 4]")
        run.expect("r.table('t').orderBy({index: r.desc('id')}).limit(2)('id')", "[4, 3]")
        run.expect("r.table('t').orderBy('v', {index: 'id'}).typeOf()", "\"SELECTION<STREAM>\"")
        run.expect("r.table('t').orderBy({index: 'id'}).orderBy({index: 'id'})", fails: .queryLogic)
        run.expect("r.expr([1]).orderBy({index: 'id'})", fails: .queryLogic)
        run.expect("r.table('t').orderBy({index: 'v'})", fails: .operationFailed)
    }

    @Test func positionsAreFoundWithoutReading() {
        run.expect("r.table('t').count()", "4")
        run.expect("r.table('t').between(2, 9).count()", "3")
        run.expect("r.table('t').skip(1).count()", "3")
        run.expect("r.table('t').limit(9).count()", "4")
        run.expect("r.table('t').skip(9).count()", "0")
        run.expect("r.table('t').nth(2)('id')", "3")
        run.expect("r.table('t').nth(-1)('id')", "4")
        run.expect("r.table('t').nth(4)", fails: .nonExistence)
        run.expect("r.table('t').nth(-2)", fails: .queryLogic)
        run.expect("r.table('t').orderBy({index: r.desc('id')}).nth(0)('id')", "4")
        run.expect("r.table('t').orderBy({index: r.desc('id')}).nth(-1)('id')", "1")
        run.expect("r.table('t').orderBy({index: r.desc('id')}).skip(1)('id')", "[3, 2, 1]")
        run.expect("r.table('t').between(2, 4).skip(1)('id')", "[3]")
        run.expect("r.table('t').between(2, 4).isEmpty()", "false")
        run.expect("r.table('t').min()('id')", "1")
        run.expect("r.table('t').max()('id')", "4")
        run.expect("r.table('t').max({index: 'id'})('id')", "4")
        run.expect("r.table('t').between(2, 4).max({index: 'id'})('id')", "3")
        run.expect("r.table('t').between(8, 9).min({index: 'id'})", fails: .queryLogic)
        run.expect("r.table('t').min('v', {index: 'id'})", fails: .queryLogic)
    }

    @Test func databasesAndTables() {
        run.expect("r.dbCreate('d')('dbs_created')", "1")
        run.expect("r.db('d').tableCreate('u', {primaryKey: 'k'})('config_changes')(0)('new_val')('primary_key')", "\"k\"")
        run.expect("r.db('d').tableCreate('a')('tables_created')", "1")
        run.expect("r.db('d').tableList()", "[\"a\", \"u\"]")
        run.expect("r.dbList().contains('d', 'test')", "true")
        run.expect("r.db('d').table('u').insert({k: 1})('inserted')", "1")
        run.expect(
            "r.db('d').table('u').config().pluck('name', 'db', 'primary_key')", "{\"name\": \"u\", \"db\": \"d\", \"primary_key\": \"k\"}")
        run.expect("r.db('d').config()('name')", "\"d\"")
        run.expect("r.db('d').wait()", "{\"ready\": 2}")
        run.expect("r.db('d').tableDrop('a')('tables_dropped')", "1")
        run.expect("r.dbDrop('d').pluck('dbs_dropped', 'tables_dropped')", "{\"dbs_dropped\": 1, \"tables_dropped\": 1}")
        run.expect("r.dbList()", "[\"rethinkdb\", \"test\"]")
        run.expect("r.dbCreate('no spaces')", fails: .queryLogic)
        run.expect("r.db('no%').table('x')", fails: .queryLogic)
        run.expect("r.table('no%')", fails: .queryLogic)
        run.expect("r.tableDrop('no%')", fails: .queryLogic)
        run.expect("r.table('of-rethinkdb')", fails: .operationFailed)
        run.expect("r.tableCreate('')", fails: .queryLogic)
        run.expect("r.tableCreate('x', {durability: 'maybe'})", fails: .queryLogic)
        run.expect("r.table('t', {readMode: 'outdated'}).count()", "4")
        run.expect("r.table('t', {readMode: 'odd'})", fails: .queryLogic)
        run.expect("r.table('t').indexList()", "[]")
    }
}
