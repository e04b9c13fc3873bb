import Testing

@testable import ReQLish

@Suite struct FieldTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(
            table: "t", [["id": 1, "a": ["b": 1, "c": 2], "n": .null], ["id": 2, "a": ["b": 3]], ["id": 3]])
    }

    @Test func getFieldOfAnObject() {
        run.expect("r.expr({a: 1})('a')", "1")
        run.expect("r.expr({a: null}).getField('a')", "null")
        run.expect("r.expr({})('a')", fails: .nonExistence)
        run.expect("r.table('t').get(1)('a')('c')", "2")
        run.expect("r.table('t').get(9)('a')", fails: .nonExistence)
        run.expect("r.expr('s')('a')", fails: .queryLogic)
        run.expect("r.now()('epoch_time')", fails: .queryLogic)
        run.expect("r.do('a', f => r.expr({a: 1})(f))", "1")
    }

    @Test func getFieldOfASequenceLeavesOutWhatIsNotThere() {
        run.expect("r.table('t')('a')('b')", "[1, 3]")
        run.expect("r.table('t')('n')", "[null]")
        run.expect("r.expr([{a: 1}, {}, null, {a: null}])('a')", "[1, null]")
        run.expect("r.expr([{a: 1}, 2])('a')", fails: .queryLogic)
        run.expect("r.expr([[{a: 1}]])('a')", fails: .queryLogic)
        run.expect("r.table('t')('a').typeOf()", "\"STREAM\"")
        run.expect("r.expr([{a: 1}])('a').typeOf()", "\"ARRAY\"")
    }

    @Test func bracketTakesAPosition() {
        run.expect("r.expr([1, 2, 3])(-2)", "2")
        run.expect("r.table('t')(1)('id')", "2")
        run.expect("r.table('t')(0).typeOf()", "\"SELECTION<OBJECT>\"")
        run.expect("r.expr([1])(1)", fails: .nonExistence)
        run.expect("r.expr([1])(0.5)", fails: .queryLogic)
        run.expect("r.expr([1])(r.expr(true))", fails: .queryLogic)
    }

    @Test func pluckWithoutAndHasFields() {
        run.expect("r.table('t').pluck('id', {a: 'b'})", "[{\"id\": 1, \"a\": {\"b\": 1}}, {\"id\": 2, \"a\": {\"b\": 3}}, {\"id\": 3}]")
        run.expect("r.table('t').without('a', 'n')", "[{\"id\": 1}, {\"id\": 2}, {\"id\": 3}]")
        run.expect("r.table('t').hasFields({a: 'c'})('id')", "[1]")
        run.expect("r.table('t').hasFields('n').count()", "0")
        run.expect("r.table('t').get(1).hasFields('a')", "true")
        run.expect("r.table('t').get(1).pluck('id')", "{\"id\": 1}")
        run.expect("r.table('t').withFields('id', 'a')('id')", "[1, 2]")
        run.expect("r.expr({a: 1}).withFields('a')", fails: .queryLogic)
        run.expect("r.expr([null, {a: 1}]).hasFields('a')", "[{\"a\": 1}]")
        run.expect("r.expr([null]).pluck('a')", fails: .nonExistence)
        run.expect("r.expr([1]).pluck('a')", fails: .queryLogic)
        run.expect("r.expr({}).pluck(1)", fails: .queryLogic)
        run.expect("r.table('t').hasFields('a').typeOf()", "\"SELECTION<STREAM>\"")
        run.expect("r.table('t').pluck('a').typeOf()", "\"STREAM\"")
    }

    @Test func mergeGoesFromLeftToRight() {
        run.expect("r.expr({a: 1}).merge({b: 2}, x => ({c: x('a').add(x('b'))}))", "{\"a\": 1, \"b\": 2, \"c\": 3}")
        run.expect("r.table('t').merge(x => ({double: x('id').mul(2)}))('double')", "[2, 4, 6]")
        run.expect("r.expr({a: {b: 1}}).merge({a: {c: 2}})", "{\"a\": {\"b\": 1, \"c\": 2}}")
        run.expect("r.expr({a: [1]}).merge({a: [2]})", "{\"a\": [2]}")
        run.expect("r.expr({}).merge(1)", "1")
        run.expect("r.expr(1).merge({})", fails: .queryLogic)
    }

    @Test func keysAndValuesComeInKeyOrder() {
        run.expect("r.expr({b: 1, a: 2}).keys()", "[\"a\", \"b\"]")
        run.expect("r.expr({b: 1, a: 2}).values()", "[2, 1]")
        run.expect("r.table('t').get(2).keys()", "[\"a\", \"id\"]")
        run.expect("r.now().keys()", fails: .queryLogic)
    }
}
