import Testing

@testable import ReQLish

@Suite struct GroupTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(
            table: "t",
            [
                ["id": 1, "g": "x", "v": 1, "tags": ["a", "b"]], ["id": 2, "g": "y", "v": 2, "tags": ["b"]],
                ["id": 3, "g": "x", "v": 4, "tags": []], ["id": 4, "v": 8],
            ])
    }

    /// Expects groups, each as `[group, value]`.
    private func expect(_ query: String, _ groups: String, sourceLocation: SourceLocation = #_sourceLocation) {
        run.expect("\(query).ungroup().map(g => [g('group'), g('reduction')])", groups, sourceLocation: sourceLocation)
    }

    @Test func aGroupedResultHasItsForm() throws {
        let value = try run.value("r.table('t').group('g').count()")
        #expect(value.description == #"{"$reql_type$":"GROUPED_DATA","data":[[null,1],["x",2],["y",1]]}"#)
        #expect(
            try run.value("r.table('t').group('g')('id')").description
                == #"{"$reql_type$":"GROUPED_DATA","data":[[null,[4]],["x",[1,3]],["y",[2]]]}"#)
    }

    @Test func aggregationsRunOncePerGroup() {
        expect("r.table('t').group('g').sum('v')", "[[null, 8], [\"x\", 5], [\"y\", 2]]")
        expect("r.table('t').group('g').avg('v')", "[[null, 8], [\"x\", 2.5], [\"y\", 2]]")
        expect("r.table('t').group('g').max('v')('id')", "[[null, 4], [\"x\", 3], [\"y\", 2]]")
        expect("r.table('t').group('g').min('v')('id')", "[[null, 4], [\"x\", 1], [\"y\", 2]]")
        expect("r.table('t').group('g').count(x => x('v').gt(1))", "[[null, 1], [\"x\", 1], [\"y\", 1]]")
        expect("r.table('t').group('g').map(x => x('v')).reduce((a, b) => a.add(b))", "[[null, 8], [\"x\", 5], [\"y\", 2]]")
    }

    @Test func aGroupInWhichNothingCountedIsLeftOut() {
        expect("r.table('t').merge({x: 1}).without('x').group('id').sum(r.row('w'))", "[]")
        expect("r.expr([{g: 1, v: 5}, {g: 2}, {g: 2, v: null}]).group('g').sum('v')", "[[1, 5]]")
        expect("r.expr([{g: 1, v: 5}, {g: 2}]).group('g').avg('v')", "[[1, 5]]")
        expect("r.expr([{g: 1, v: 5}, {g: 2}]).group('g').min('v')", "[[1, {\"g\": 1, \"v\": 5}]]")
        expect("r.expr([{g: 1, v: 5}, {g: 2}]).group('g').count(x => x('v'))", "[[1, 1]]")
        expect("r.table('t').group('g', null).count()", "[[[null, null], 1], [[\"x\", null], 2], [[\"y\", null], 1]]")
    }

    @Test func whatComesBetweenStaysLazy() {
        expect("r.table('t').group('g').filter(x => x('v').gt(1)).count()", "[[null, 1], [\"x\", 1], [\"y\", 1]]")
        expect("r.table('t').group('g').filter({v: 2}).count()", "[[\"y\", 1]]")
        expect("r.table('t').group('g').concatMap(x => x('tags').default([]))", "[[\"x\", [\"a\", \"b\"]], [\"y\", [\"b\"]]]")
        expect("r.table('t').group('g')('v').sum()", "[[null, 8], [\"x\", 5], [\"y\", 2]]")
        expect("r.table('t').group('g').pluck('v').merge({k: 1}).without('k')('v')", "[[null, [8]], [\"x\", [1, 4]], [\"y\", [2]]]")
        expect("r.table('t').group('g').hasFields('tags').count()", "[[\"x\", 2], [\"y\", 1]]")
    }

    @Test func otherTermsSeeEachGroupAsAnArray() {
        expect("r.table('t').group('g').count().add(100)", "[[null, 101], [\"x\", 102], [\"y\", 101]]")
        expect("r.table('t').group('g').orderBy(r.desc('v')).limit(1)('id')", "[[null, [4]], [\"x\", [3]], [\"y\", [2]]]")
        expect("r.table('t').group('g')('v').nth(0)", "[[null, 8], [\"x\", 1], [\"y\", 2]]")
        expect("r.table('t').group('g').count().do(c => c.mul(2))", "[[null, 2], [\"x\", 4], [\"y\", 2]]")
        expect("r.table('t').group('g')('v').fold(1, (a, v) => a.mul(v))", "[[null, 8], [\"x\", 4], [\"y\", 2]]")
        expect("r.table('t').group('g').isEmpty()", "[[null, false], [\"x\", false], [\"y\", false]]")
    }

    @Test func severalKeysAndManyGroups() {
        expect("r.table('t').group('g', x => x('v').mod(2)).count()", "[[[null, 0], 1], [[\"x\", 0], 1], [[\"x\", 1], 1], [[\"y\", 0], 1]]")
        expect("r.table('t').group('tags', {multi: true})('id')", "[[null, [3, 4]], [\"a\", [1]], [\"b\", [1, 2]]]")
        expect("r.table('t').group({index: 'id'}).count()", "[[1, 1], [2, 1], [3, 1], [4, 1]]")
        expect("r.expr([1, 2, 3]).group(x => x.mod(2)).sum()", "[[0, 2], [1, 4]]")
    }

    @Test func misuseIsRefused() {
        run.expect("r.table('t').group('g').group('v')", fails: .queryLogic)
        run.expect("r.table('t').group()", fails: .queryLogic)
        run.expect("r.table('t').ungroup()", fails: .queryLogic)
        run.expect("r.table('t').group({index: 'g'})", fails: .operationFailed)
        run.expect("r.expr([1]).group({index: 'id'})", fails: .queryLogic)
        run.expect("r.table('t').union(r.table('t').group('g'))", fails: .queryLogic)
        run.expect("r.table('t').group(x => x('v').add('a'))", fails: .queryLogic)
    }

    @Test func typeOfAndInfoLookAtTheGroupsThemselves() {
        run.expect("r.table('t').group('g').typeOf()", "\"GROUPED_STREAM\"")
        run.expect("r.table('t').group('g').count().typeOf()", "\"GROUPED_DATA\"")
        run.expect("r.table('t').group('g').info()", "{\"type\": \"GROUPED_STREAM\"}")
    }
}
