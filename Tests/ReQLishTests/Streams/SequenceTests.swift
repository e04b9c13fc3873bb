import Testing

@testable import ReQLish

@Suite struct SequenceTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t", [["id": 1, "v": 10, "w": 1], ["id": 2, "v": 20, "w": 2], ["id": 3, "w": 1]])
    }

    @Test func map() {
        run.expect("r.table('t').map(x => x('id').mul(2))", "[2, 4, 6]")
        run.expect("r.map([1, 2, 3], [10, 20], (a, b) => a.add(b))", "[11, 22]")
        run.expect("r.map(r.table('t'), r.range(), (a, b) => [a('id'), b])", "[[1, 0], [2, 1], [3, 2]]")
        run.expect("r.expr([1]).map(5)", fails: .queryLogic)
        run.expect("r.table('t').map(x => x('v'))", fails: .nonExistence)
        run.expect("r.table('t').map((a, b) => a)", fails: .queryLogic)
        run.expect("r.map([1], [2], x => x)", fails: .queryLogic)
        run.expect("r.expr([1]).map(x => r.table('t'))", fails: .queryLogic)
    }

    @Test func filterSwallowsOnlyWhatIsNotThere() {
        run.expect("r.table('t').filter(x => x('v').gt(10))('id')", "[2]")
        run.expect("r.table('t').filter(x => x('v').gt(10), {default: true})('id')", "[2, 3]")
        run.expect("r.table('t').filter(x => x('v').gt(10), {default: r.error()})", fails: .nonExistence)
        run.expect("r.table('t').filter(x => x('v').gt(10), {default: r.error('why')})", fails: .user)
        run.expect("r.table('t').filter(x => x('id').add('a'))", fails: .queryLogic)
        run.expect("r.table('t').filter(x => r.error('boo'))", fails: .user)
        run.expect("r.table('t').filter({w: 1, id: 3})('id')", "[3]")
        run.expect("r.table('t').filter(x => ({w: x('id')}))('id')", "[1, 2]")
        run.expect("r.table('t').filter({v: 10}, {default: true})('id')", "[1, 3]")
        run.expect("r.table('t').filter(true).count()", "3")
        run.expect("r.table('t').filter(null).count()", "0")
        run.expect("r.table('t').filter(x => x('v').lt(15).or(x('w').eq(1)))('id')", "[1]")
        run.expect("r.table('t').filter(x => x('w').eq(1).and(x('v').gt(0)))('id')", "[1]")
        run.expect("r.table('t').filter(x => x('v').eq(10).not())('id')", "[2]")
        run.expect("r.table('t').filter(x => x('a')('b')('c').eq(1)).count()", "0")
        run.expect("r.expr([null, {a: 1}]).filter(x => x('a').eq(1))", "[{\"a\": 1}]")
    }

    @Test func concatMapFlattensOneLevel() {
        run.expect("r.expr([[1, [2]], [3]]).concatMap(x => x)", "[1, [2], 3]")
        run.expect("r.table('t').concatMap(x => r.range(x('id')))", "[0, 0, 1, 0, 1, 2]")
        run.expect("r.table('t').concatMap(x => r.table('t').filter({w: x('w')})('id'))", "[1, 3, 2, 1, 3]")
        run.expect("r.expr([1]).concatMap(x => x)", fails: .queryLogic)
        run.expect("r.expr([1]).concatMap(x => null)", fails: .nonExistence)
    }

    @Test func sliceSkipAndLimit() {
        run.expect("r.expr([0, 1, 2, 3, 4]).slice(1, 3)", "[1, 2]")
        run.expect("r.expr([0, 1, 2, 3, 4]).slice(-2)", "[3, 4]")
        run.expect("r.expr([0, 1, 2, 3, 4]).slice(1, 3, {rightBound: 'closed', leftBound: 'open'})", "[2, 3]")
        run.expect("r.range(10).slice(2, 5)", "[2, 3, 4]")
        run.expect("r.range(10).slice(8, -1, {rightBound: 'closed'})", "[8, 9]")
        run.expect("r.range(10).slice(2, -1)", fails: .queryLogic)
        run.expect("r.range(10).slice(-2)", fails: .queryLogic)
        run.expect("r.range(10).skip(7)", "[7, 8, 9]")
        run.expect("r.range(10).skip(-1)", fails: .queryLogic)
        run.expect("r.range(10).limit(0)", "[]")
        run.expect("r.range(10).limit(-1)", fails: .queryLogic)
        run.expect("r.range(10).limit(4294967296)", fails: .queryLogic)
        run.expect("r.expr('héllo').slice(1, 3)", "\"él\"")
        run.expect("r.expr('héllo').skip(4)", "\"o\"")
        run.expect("r.binary('abc').slice(1).coerceTo('string')", "\"bc\"")
        run.expect("r.expr([1, 2, 3]).limit(1)", "[1]")
        run.expect("r.table('t').filter(x => x('w').eq(1)).skip(1)('id')", "[3]")
    }

    @Test func orderByPutsMissingKeysFirst() {
        run.expect("r.table('t').orderBy('v')('id')", "[3, 1, 2]")
        run.expect("r.table('t').orderBy(r.desc('v'))('id')", "[2, 1, 3]")
        run.expect("r.table('t').orderBy('w', r.desc('id'))('id')", "[3, 1, 2]")
        run.expect("r.table('t').orderBy(x => x('id').mul(-1))('id')", "[3, 2, 1]")
        run.expect(
            "r.expr([{a: 'x'}, {a: 1}, {a: null}, {a: []}]).orderBy('a')('a').map(x => x.typeOf())",
            "[\"ARRAY\", \"NULL\", \"NUMBER\", \"STRING\"]")
        run.expect(
            "r.range(1000).map(i => ({i: i, k: i.mod(3)})).orderBy('k').filter({k: 1})('i').eq(r.range(1000).filter(i => i.mod(3).eq(1)).coerceTo('array'))",
            "true")
        run.expect("r.table('t').orderBy('id')(-2)('id')", "2")
        run.expect("r.range(2).nth(-2)", fails: .queryLogic)
        run.expect("r.table('t').orderBy('id').nth(-2).update({x: 1})('replaced')", "1")
        run.expect("r.table('t').orderBy('v').limit(1)('id')", "[3]")
        run.expect("r.table('t').orderBy('v').count()", "3")
        run.expect("r.table('t').orderBy('id').coerceTo('array').slice(-1)('id')", "[3]")
        run.expect("r.table('t').orderBy('id').append(1).count()", "4")
        run.expect("r.table('t').orderBy()", fails: .queryLogic)
        run.expect("r.table('t').orderBy(x => r.random())", fails: .queryLogic)
        run.expect("r.table('t').orderBy(5)", fails: .queryLogic)
        run.expect("r.table('t').orderBy(null).count()", "3")
        run.expect("r.table('t').orderBy(x => x('id').add('a'))", fails: .queryLogic)
    }

    @Test func distinctContainsAndOffsetsOf() {
        run.expect("r.table('t')('w').distinct()", "[1, 2]")
        run.expect("r.expr([3, 1, 3, 'a', null]).distinct()", "[null, 1, 3, \"a\"]")
        run.expect("r.table('t').distinct({index: 'id'})", "[1, 2, 3]")
        run.expect("r.table('t').distinct().count()", "3")
        run.expect("r.expr([1, 1, 2]).contains(1, 1)", "true")
        run.expect("r.expr([1, 2]).contains(1, 1)", "false")
        let many = (0..<40).map { "\($0 / 2)" }.joined(separator: ", ")
        run.expect("r.expr([\(many)]).contains(\(many))", "true")
        run.expect("r.expr([\(many)]).contains(\(many), 0)", "false")
        run.expect("r.expr([\(many), -0.0]).contains(\(many), 0)", "true")
        run.expect("r.expr([\(many)]).contains(\(many), x => x.gt(18))", "true")
        run.expect("r.expr([1, 2]).contains(x => x.gt(1), x => x.lt(2))", "true")
        run.expect("r.expr([1]).contains(x => x.gt(0), x => x.gt(0))", "false")
        run.expect("r.expr([{}]).contains(x => x('a'))", fails: .nonExistence)
        run.expect("r.expr([]).contains()", "false")
        run.expect("r.expr(['a', 'b', 'a']).offsetsOf('a')", "[0, 2]")
        run.expect("r.table('t').offsetsOf(x => x('v').gt(0))", "[0, 1]")
    }

    @Test func unionAndDifference() {
        run.expect("r.expr([1]).union([2], [3])", "[1, 2, 3]")
        run.expect("r.table('t')('id').union([9], {interleave: false})", "[1, 2, 3, 9]")
        run.expect("r.expr([1, 4]).union([2, 3], {interleave: x => x})", "[1, 2, 3, 4]")
        run.expect("r.expr([{a: 4}, {a: 1}]).union([{a: 3}], {interleave: r.desc('a')})('a')", "[4, 3, 1]")
        run.expect("r.expr([{a: 1, b: 2}]).union([{a: 1, b: 1}], {interleave: ['a', 'b']})('b')", "[1, 2]")
        run.expect("r.expr([4, 1]).union([2], {interleave: x => x})", fails: .queryLogic)
        run.expect("r.union()", "[]")
        run.expect("r.expr([1]).union(2)", fails: .queryLogic)
        run.expect("r.expr([1, 2, 2, 3, 1]).difference([2, 9])", "[1, 3, 1]")
        run.expect("r.table('t')('id').difference([2])", "[1, 3]")
    }

    @Test func joins() {
        run.expect("r.expr([1, 2]).innerJoin([2, 3], (a, b) => a.lt(b)).map(p => [p('left'), p('right')])", "[[1, 2], [1, 3], [2, 3]]")
        run.expect("r.expr([1, 5]).outerJoin([2], (a, b) => a.lt(b))", "[{\"left\": 1, \"right\": 2}, {\"left\": 5}]")
        run.expect("r.table('t').eqJoin('w', r.table('t')).map(p => [p('left')('id'), p('right')('id')])", "[[1, 1], [2, 2], [3, 1]]")
        run.expect("r.expr([{k: 1}, {k: null}, {}, {k: 99}]).eqJoin('k', r.table('t')).count()", "1")
        run.expect("r.table('t').eqJoin('w', r.table('t'), {index: 'v'})", fails: .operationFailed)
        run.expect("r.table('t').eqJoin('w', [1])", fails: .queryLogic)
        run.expect("r.expr([{left: {a: 1, b: 1}, right: {b: 2}}, {left: {a: 5}}]).zip()", "[{\"a\": 1, \"b\": 2}, {\"a\": 5}]")
        run.expect("r.expr([{a: 1}]).zip()", fails: .queryLogic)
        run.expect("r.expr([{}]).innerJoin([{}], (a, b) => a('x').eq(1))", fails: .nonExistence)
    }

    @Test func foldGoesInOrder() {
        run.expect("r.expr(['a', 'b', 'c']).fold('', (acc, x) => acc.add(x))", "\"abc\"")
        run.expect("r.expr([]).fold(7, (acc, x) => 0)", "7")
        run.expect("r.expr([1, 2, 3]).fold(0, (a, x) => a.add(x), {emit: (old, x, new_) => [old, new_]})", "[0, 1, 1, 3, 3, 6]")
        run.expect("r.range(3).fold(0, (a, x) => a.add(x), {emit: (o, x, n) => [], finalEmit: a => [a, 'end']})", "[3, \"end\"]")
        run.expect("r.expr([1, 2]).fold(0, (a, x) => a.add(x), {finalEmit: a => a.mul(10)})", "30")
        run.expect("r.expr([1]).fold(0, a => a)", fails: .queryLogic)
        run.expect("r.expr([1]).fold(0, (a, x) => a, {emit: (o, x, n) => 5})", fails: .queryLogic)
    }

    @Test func aggregations() {
        run.expect("r.table('t').count(x => x('v').gt(5))", "2")
        run.expect("r.table('t').count(x => ({w: 1}))", "2")
        run.expect("r.table('t')('w').count(1)", "2")
        run.expect("r.expr('häuser').count()", "6")
        run.expect("r.expr({a: 1, b: 2}).count()", "2")
        run.expect("r.table('t').sum('v')", "30")
        run.expect("r.table('t').avg('v')", "15")
        run.expect("r.table('t').avg('nope')", fails: .nonExistence)
        run.expect("r.table('t').sum('nope')", "0")
        run.expect("r.table('t').max('v')('id')", "2")
        run.expect("r.expr([3, 'a', null]).min()", "null")
        run.expect("r.expr([]).min()", fails: .nonExistence)
        run.expect("r.expr([{a: 1, b: 1}, {a: 1, b: 2}]).min('a')('b')", "1")
        run.expect("r.table('t').sum({index: 'id'})", fails: .queryLogic)
        run.expect("r.expr([1, 2, 3]).reduce((a, b) => a.add(b))", "6")
        run.expect("r.expr([7]).reduce((a, b) => r.error('never called'))", "7")
        run.expect("r.expr([]).reduce((a, b) => a)", fails: .nonExistence)
        run.expect("r.expr([]).isEmpty()", "true")
        run.expect("r.table('t').filter({id: 9}).isEmpty()", "true")
    }

    @Test func samplesAreDifferentRows() throws {
        #expect(try run.value("r.range(100).sample(10).distinct().count()") == 10)
        #expect(try run.value("r.table('t').sample(2).count()") == 2)
        #expect(try run.value("r.table('t').sample(9)('id').orderBy(x => x)") == [1, 2, 3])
        #expect(try run.value("r.table('t').between(2, 9).sample(9)('id').orderBy(x => x)") == [2, 3])
        run.expect("r.table('t').sample(-1)", fails: .queryLogic)
        run.expect("r.expr([]).sample(3)", "[]")
    }

    @Test func rowsAreReadOnlyAsFarAsTheyAreWanted() {
        let trap = "r.table('t').map(x => r.branch(x('id').lt(3), x('id'), r.error('read too far')))"
        run.expect("\(trap).limit(2)", "[1, 2]")
        run.expect("\(trap).nth(1)", "2")
        run.expect("\(trap).isEmpty()", "false")
        run.expect("\(trap).contains(2)", "true")
        run.expect("\(trap).union([5]).limit(1)", "[1]")
        run.expect("\(trap).concatMap(x => [x, x]).limit(4).count()", "4")
        run.expect("\(trap).count()", fails: .user)
        run.expect("\(trap).typeOf()", "\"STREAM\"")
    }

    @Test func aMillionRowsFlowInBoundedMemory() throws {
        let cursor = try run.cursor("r.range(1000000).filter(x => x.mod(100000).eq(0))")
        #expect(try cursor.nextBatch(maxRows: 100).count == 10)
    }
}
