import ReQLish
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

private struct User: Codable, Equatable {
    var id: String
    var name: String
    var age: Int
    var tags: [String] = []
}

private enum Status: String, Codable, QueryConvertible {
    case active, gone
}

private let users = r.db("app").table("users")

/// Checks that a query written in Swift is the same as its text.
private func expect(_ query: Query, _ text: String, sourceLocation: SourceLocation = #_sourceLocation) {
    do {
        let built = try query.tree()
        let read = try TermTree(text: text)
        #expect(built == read, "\(built.json) is not \(read.json)", sourceLocation: sourceLocation)
    } catch {
        Issue.record("\(error)", sourceLocation: sourceLocation)
    }
}

@Suite struct BuilderTests {
    @Test func databasesAndTables() {
        expect(r.dbCreate("app"), "r.dbCreate('app')")
        expect(r.dbDrop("app"), "r.dbDrop('app')")
        expect(r.dbList(), "r.dbList()")
        expect(r.table("t", readMode: .outdated), "r.table('t', {readMode: 'outdated'})")
        expect(
            r.db("app").tableCreate("t", primaryKey: "k", durability: .soft),
            "r.db('app').tableCreate('t', {primaryKey: 'k', durability: 'soft'})")
        expect(r.tableCreate("t"), "r.tableCreate('t')")
        expect(r.db("app").tableDrop("t"), "r.db('app').tableDrop('t')")
        expect(r.tableDrop("t"), "r.tableDrop('t')")
        expect(r.db("app").tableList(), "r.db('app').tableList()")
        expect(r.tableList(), "r.tableList()")
        expect(users.config(), "r.db('app').table('users').config()")
        expect(users.status(), "r.db('app').table('users').status()")
        expect(users.wait(), "r.db('app').table('users').wait()")
        expect(users.sync(), "r.db('app').table('users').sync()")
        expect(users.info(), "r.db('app').table('users').info()")
    }

    @Test func geometry() {
        expect(r.geojson(["type": "Point", "coordinates": [13.4, 52.5]]), "r.geojson({type: 'Point', coordinates: [13.4, 52.5]})")
        expect(r.point(13.4, 52.5).toGeojson(), "r.point(13.4, 52.5).toGeojson()")
        expect(r.line([0, 0], r.point(0, 1)).fill(), "r.line([0, 0], r.point(0, 1)).fill()")
        expect(
            r.polygon([0, 0], [0, 1], [1, 0]).polygonSub(r.table("t").get(1)["hole"]),
            "r.polygon([0, 0], [0, 1], [1, 0]).polygonSub(r.table('t').get(1)('hole'))")
        expect(r.circle([13.4, 52.5], 10), "r.circle([13.4, 52.5], 10)")
        expect(
            r.circle(r.point(1, 2), 10, numVertices: 8, fill: false, geoSystem: .unitSphere, unit: .nauticalMiles),
            "r.circle(r.point(1, 2), 10, {numVertices: 8, fill: false, geoSystem: 'unit_sphere', unit: 'nm'})")
        expect(r.table("t").get(1)["at"].distance(r.point(1, 2)), "r.table('t').get(1)('at').distance(r.point(1, 2))")
        expect(
            r.point(1, 2).distance(r.table("t").get(1)["at"], geoSystem: .ellipsoid(a: 2, f: 0.5), unit: .feet),
            "r.point(1, 2).distance(r.table('t').get(1)('at'), {geoSystem: {a: 2, f: 0.5}, unit: 'ft'})")
        expect(r.table("t")["area"].intersects(r.point(1, 2)), "r.table('t')('area').intersects(r.point(1, 2))")
        expect(r.table("t")["area"].includes(r.point(1, 2)), "r.table('t')('area').includes(r.point(1, 2))")
    }

    @Test func indexes() {
        let t = r.table("t")
        expect(t.indexCreate("city"), "r.table('t').indexCreate('city')")
        expect(t.indexCreate("tags", multi: true), "r.table('t').indexCreate('tags', {multi: true})")
        expect(t.indexCreate("name") { [$0["last"], $0["first"]] }, "r.table('t').indexCreate('name', x => [x('last'), x('first')])")
        expect(t.indexCreate("name", r.row["a"], geo: true), "r.table('t').indexCreate('name', r.row('a'), {geo: true})")
        expect(t.indexDrop("a"), "r.table('t').indexDrop('a')")
        expect(t.indexList(), "r.table('t').indexList()")
        expect(t.indexStatus("a", "b"), "r.table('t').indexStatus('a', 'b')")
        expect(t.indexWait(), "r.table('t').indexWait()")
        expect(t.indexRename("a", "b", overwrite: true), "r.table('t').indexRename('a', 'b', {overwrite: true})")
    }

    @Test func reading() {
        let t = r.table("t")
        let id = "u1", keys = ["a", "b"], low = 1, n = 10
        expect(t.get(id), "r.table('t').get('u1')")
        expect(t.get(["a", 1]), "r.table('t').get(['a', 1])")
        expect(t.getAll("Lima", "Oslo", index: "city"), "r.table('t').getAll('Lima', 'Oslo', {index: 'city'})")
        expect(t.getAll(keys: keys), "r.table('t').getAll(r.args(['a', 'b']))")
        expect(t.getAll(["a", "b"], index: "i"), "r.table('t').getAll(['a', 'b'], {index: 'i'})")
        expect(t.getAll(["a", 1], ["b", 2]), "r.table('t').getAll(['a', 1], ['b', 2])")
        expect(t.getAll(id, n, keys, index: "i"), "r.table('t').getAll('u1', 10, ['a', 'b'], {index: 'i'})")
        expect(t.between(1, 5, leftBound: .open), "r.table('t').between(1, 5, {leftBound: 'open'})")
        expect(
            t.between(["a", r.minval], ["a", r.maxval], index: "i"), "r.table('t').between(['a', r.minval], ['a', r.maxval], {index: 'i'})")
        expect(t.between(low, 5, rightBound: .closed), "r.table('t').between(1, 5, {rightBound: 'closed'})")
        expect(t.orderBy("a", r.desc("b")), "r.table('t').orderBy('a', r.desc('b'))")
        expect(t.orderBy(index: "a"), "r.table('t').orderBy({index: 'a'})")
        expect(t.orderBy("b", index: r.desc("a")), "r.table('t').orderBy('b', {index: r.desc('a')})")
        expect(t.orderBy { $0["a"] + $0["b"] }, "r.table('t').orderBy(x => x('a').add(x('b')))")
        expect(t.orderBy(r.asc { $0["a"] }, r.function { $0["b"] }), "r.table('t').orderBy(r.asc(x => x('a')), x => x('b'))")
        expect(t.distinct(index: "a"), "r.table('t').distinct({index: 'a'})")
        expect(t.skip(n).limit(5), "r.table('t').skip(10).limit(5)")
        expect(t.slice(1).slice(2, 4, rightBound: .closed), "r.table('t').slice(1).slice(2, 4, {rightBound: 'closed'})")
        expect(t.nth(-1), "r.table('t').nth(-1)")
        expect(t.sample(3).isEmpty(), "r.table('t').sample(3).isEmpty()")
        expect(r.expr([1, 2]).offsetsOf(2), "r.expr([1, 2]).offsetsOf(2)")
        expect(r.expr([1, 2]).offsetsOf { $0 > 1 }, "r.expr([1, 2]).offsetsOf(x => x > 1)")
        expect(r.expr([1, 2]).contains(1, 2), "r.expr([1, 2]).contains(1, 2)")
        expect(r.expr(keys).contains(id), "r.expr(['a', 'b']).contains('u1')")
        expect(r.expr([1, 2]).contains { $0 == 1 }, "r.expr([1, 2]).contains(x => x == 1)")
        expect(t.changes(squash: 0.5, includeInitial: true), "r.table('t').changes({squash: 0.5, includeInitial: true})")
    }

    @Test func transforming() {
        let t = r.table("t"), u = r.table("u")
        expect(t.map { $0["name"] }, "r.table('t').map(x => x('name'))")
        expect(t.map(r.row["name"]), "r.table('t').map(r.row('name'))")
        expect(t.filter { $0["age"] >= 18 && $0["active"] == true }, "r.table('t').filter(x => x('age') >= 18 && x('active') == true)")
        expect(t.filter(default: r.error()) { $0["a"]["b"] }, "r.table('t').filter(x => x('a')('b'), {default: r.error()})")
        expect(t.filter(["city": "Lima", "age": 3]), "r.table('t').filter({city: 'Lima', age: 3})")
        expect(t.filter(r.row["age"] > 30, default: true), "r.table('t').filter(r.row('age') > 30, {default: true})")
        expect(t.concatMap { $0["tags"] }, "r.table('t').concatMap(x => x('tags'))")
        expect(t.concatMap(r.row["tags"]), "r.table('t').concatMap(r.row('tags'))")
        expect(t.withFields("a", ["b": "c"]), "r.table('t').withFields('a', {b: 'c'})")
        expect(t.forEach { u.insert($0) }, "r.table('t').forEach(x => r.table('u').insert(x))")
        expect(t.reduce { $0 + $1 }, "r.table('t').reduce((a, b) => a + b)")
        expect(t.fold(0) { $0 + $1 }, "r.table('t').fold(0, (a, b) => a + b)")
        expect(
            t.fold(0, { $0 + $1 }, emit: { old, _, new in [old, new] }, finalEmit: { [$0] }),
            "r.table('t').fold(0, (a, b) => a + b, {emit: (a, b, c) => [a, c], finalEmit: a => [a]})")
        expect(t.union(u, interleave: false), "r.table('t').union(r.table('u'), {interleave: false})")
        expect(r.union(t, u, interleave: .sorted(by: r.desc("a"))), "r.union(r.table('t'), r.table('u'), {interleave: r.desc('a')})")
        expect(r.expr([1]).difference([2]), "r.expr([1]).difference([2])")
        expect(t.innerJoin(u) { $0["k"] == $1["k"] }, "r.table('t').innerJoin(r.table('u'), (a, b) => a('k') == b('k'))")
        expect(t.outerJoin(u) { $0["k"] == $1["k"] }, "r.table('t').outerJoin(r.table('u'), (a, b) => a('k') == b('k'))")
        expect(
            t.eqJoin("k", u, index: "i", ordered: true).zip(), "r.table('t').eqJoin('k', r.table('u'), {index: 'i', ordered: true}).zip()")
        expect(t.eqJoin(u) { $0["by"]["id"] }, "r.table('t').eqJoin(x => x('by')('id'), r.table('u'))")
        expect(r.map([1], [2]) { $0 + $1 }, "r.map([1], [2], (a, b) => a + b)")
        expect(r.map([1], [2], [3]) { $0 + $1 + $2 }, "r.map([1], [2], [3], (a, b, c) => a + b + c)")
    }

    @Test func control() {
        expect(r.do(5) { $0 * $0 }, "r.do(5, x => x * x)")
        expect(r.do(1, 2) { $0 + $1 }, "r.do(1, 2, (a, b) => a + b)")
        expect(r.do(1, 2, 3) { $0 + $1 + $2 }, "r.do(1, 2, 3, (a, b, c) => a + b + c)")
        expect(r.do { r.now() }, "r.do(() => r.now())")
        expect(r.now().do { $0.year() }, "r.now().do(x => x.year())")
        expect(r.branch(r.now().hours() > 12, "late", "early"), "r.branch(r.now().hours() > 12, 'late', 'early')")
        expect(r.expr(true).branch(1, nil), "r.expr(true).branch(1, null)")
        expect(users.get("a")["x"].default(0), "r.db('app').table('users').get('a')('x').default(0)")
        expect(users.get("a")["x"].default { $0.upcase() }, "r.db('app').table('users').get('a')('x').default(e => e.upcase())")
        expect(r.error("no"), "r.error('no')")
        expect(r.args([1, 2]), "r.args([1, 2])")
    }

    @Test func aggregating() {
        let t = r.table("t")
        expect(t.count(), "r.table('t').count()")
        expect(t.count { $0["a"] > 1 }, "r.table('t').count(x => x('a') > 1)")
        expect(r.expr([1, 2]).count(2), "r.expr([1, 2]).count(2)")
        expect(t.sum("a"), "r.table('t').sum('a')")
        expect(t.sum { $0["a"] * 2 }, "r.table('t').sum(x => x('a') * 2)")
        expect(t.avg(r.row["a"]), "r.table('t').avg(r.row('a'))")
        expect(t.min(index: "a"), "r.table('t').min({index: 'a'})")
        expect(t.min(), "r.table('t').min()")
        expect(t.max("a"), "r.table('t').max('a')")
        expect(t.max { $0["a"] }, "r.table('t').max(x => x('a'))")
        expect(t.group("a", "b").count().ungroup(), "r.table('t').group('a', 'b').count().ungroup()")
        expect(t.group(index: "a", multi: true), "r.table('t').group({index: 'a', multi: true})")
        expect(t.group { $0["a"] / 10 }, "r.table('t').group(x => x('a') / 10)")
    }

    @Test func writing() {
        let ada = User(id: "u1", name: "Ada", age: 36)
        let text = "{id: 'u1', name: 'Ada', age: 36, tags: []}"
        let t = r.table("t")
        expect(
            t.insert(["id": "u1", "age": 36, "tags": ["x", 1], "at": r.now()]),
            "r.table('t').insert({id: 'u1', age: 36, tags: ['x', 1], at: r.now()})")
        expect(t.insert([["id": 1], ["id": 2]]), "r.table('t').insert([{id: 1}, {id: 2}])")
        expect(t.insert(ada), "r.table('t').insert(\(text))")
        expect(t.insert([ada, ada]), "r.table('t').insert([\(text), \(text)])")
        expect(
            t.insert(ada, conflict: .replace, returnChanges: .always, durability: .soft),
            "r.table('t').insert(\(text), {conflict: 'replace', returnChanges: 'always', durability: 'soft'})")
        expect(
            t.insert(["id": 1], conflict: .resolve { _, old, new in old.merge(new) }, returnChanges: true),
            "r.table('t').insert({id: 1}, {conflict: (id, old, n) => old.merge(n), returnChanges: true})")
        expect(t.insert(r.table("u")), "r.table('t').insert(r.table('u'))")
        expect(t.get(1).update(["age": r.row["age"] + 1]), "r.table('t').get(1).update({age: r.row('age') + 1})")
        expect(t.get(1).update(ada), "r.table('t').get(1).update(\(text))")
        expect(
            t.update(returnChanges: true, nonAtomic: true) { ["age": $0["age"] + 1] },
            "r.table('t').update(x => ({age: x('age') + 1}), {returnChanges: true, nonAtomic: true})")
        expect(
            t.update(["home": r.literal(["city": "Lima"]), "old": r.literal()]),
            "r.table('t').update({home: r.literal({city: 'Lima'}), old: r.literal()})")
        expect(t.get(1).replace(ada, durability: .hard), "r.table('t').get(1).replace(\(text), {durability: 'hard'})")
        expect(t.replace { $0.without("a") }, "r.table('t').replace(x => x.without('a'))")
        expect(t.replace(["id": 1]), "r.table('t').replace({id: 1})")
        expect(t.delete(returnChanges: false, durability: .soft), "r.table('t').delete({returnChanges: false, durability: 'soft'})")
    }

    @Test func valuesAndStrings() {
        let x = r.table("t").get(1), name = "n"
        expect(x["a"][0]["b"], "r.table('t').get(1)('a')(0)('b')")
        expect(x.getField(name), "r.table('t').get(1).getField('n')")
        expect(x.hasFields("a", ["b": ["c", "d"]]), "r.table('t').get(1).hasFields('a', {b: ['c', 'd']})")
        expect(
            x.pluck("a").without("b").merge(["c": 1], ["d": nil]), "r.table('t').get(1).pluck('a').without('b').merge({c: 1}, {d: null})")
        expect(x.merge { ["n": $0["a"] + 1] }, "r.table('t').get(1).merge(x => ({n: x('a') + 1}))")
        expect(x.keys().union(x.values()), "r.table('t').get(1).keys().union(r.table('t').get(1).values())")
        expect(
            r.expr([1]).append(2).prepend("a").insertAt(0, nil).spliceAt(1, [1]).deleteAt(0).deleteAt(0, 1).changeAt(0, 5),
            "r.expr([1]).append(2).prepend('a').insertAt(0, null).spliceAt(1, [1]).deleteAt(0).deleteAt(0, 1).changeAt(0, 5)")
        expect(
            r.expr([1]).setInsert(1).setUnion([2]).setIntersection([3]).setDifference([4]),
            "r.expr([1]).setInsert(1).setUnion([2]).setIntersection([3]).setDifference([4])")
        expect(r.expr("a b").split(), "r.expr('a b').split()")
        expect(r.expr("a,b").split(",", 1), "r.expr('a,b').split(',', 1)")
        expect(r.expr("Ab").match("^A").default("").upcase().downcase(), "r.expr('Ab').match('^A').default('').upcase().downcase()")
        expect(r.expr("{a}").format(["a": 1]), "r.expr('{a}').format({a: 1})")
        expect(x.coerceTo("string").typeOf().toJSONString(), "r.table('t').get(1).coerceTo('string').typeOf().toJsonString()")
        expect(r.object("a", 1), "r.object('a', 1)")
        expect(r.json("[]"), "r.json('[]')")
        expect(r.binary("abc"), "r.binary('abc')")
        expect(r.uuid(), "r.uuid()")
        expect(r.uuid("a"), "r.uuid('a')")
        expect(r.random(), "r.random()")
        expect(r.random(10, float: true), "r.random(10, {float: true})")
        expect(r.random(1, 10), "r.random(1, 10)")
        expect(r.range(), "r.range()")
        expect(r.range(5), "r.range(5)")
        expect(r.range(1, 5), "r.range(1, 5)")
    }

    @Test func swiftValuesStandAnywhere() {
        let t = r.table("t"), field = "f", number = 3, list = [1, 2], date = Date(timeIntervalSince1970: 0)
        expect(t.orderBy(field, r.desc("b"), index: "i"), "r.table('t').orderBy('f', r.desc('b'), {index: 'i'})")
        expect(
            t.pluck(field).without(field, "b").hasFields(field).withFields(field),
            "r.table('t').pluck('f').without('f', 'b').hasFields('f').withFields('f')")
        expect(t.group(field).count(), "r.table('t').group('f').count()")
        expect(t.contains(number, field), "r.table('t').contains(3, 'f')")
        expect(t.eqJoin(field, r.table("u")), "r.table('t').eqJoin('f', r.table('u'))")
        expect(
            r.expr(list).difference(list).setUnion(list).setInsert(number),
            "r.expr([1, 2]).difference([1, 2]).setUnion([1, 2]).setInsert(3)")
        expect(r.expr(list).setIntersection(list).setDifference(list), "r.expr([1, 2]).setIntersection([1, 2]).setDifference([1, 2])")
        expect(
            r.expr(list).insertAt(number, field).spliceAt(0, list).changeAt(0, number),
            "r.expr([1, 2]).insertAt(3, 'f').spliceAt(0, [1, 2]).changeAt(0, 3)")
        expect(
            r.branch(r.now() > date, field, number),
            "r.branch(r.now() > r.expr({$reql_type$: 'TIME', epoch_time: 0, timezone: 'Z'}), 'f', 3)")
        expect(r.expr(true).branch(field, number), "r.expr(true).branch('f', 3)")
        expect(r.object(field, number), "r.object('f', 3)")
        expect(r.do(number) { $0 + 1 }, "r.do(3, x => x + 1)")
        expect(r.time(number, number, number, "Z"), "r.time(3, 3, 3, 'Z')")
        expect(r.now().during(date, r.now()), "r.now().during({$reql_type$: 'TIME', epoch_time: 0, timezone: 'Z'}, r.now())")
        expect(r.expr("{f}").format(["f": number]), "r.expr('{f}').format({f: 3})")
    }

    @Test func operators() {
        let t = r.table("t"), limit = 18, name = "Ada"
        expect(
            t.filter { $0["age"] >= limit && $0["name"] != name || !($0["gone"] == true) },
            "r.table('t').filter(u => u('age') >= 18 && u('name') != 'Ada' || !(u('gone') == true))")
        expect(t.map { ($0["a"] + 1) * 2 - $0["b"] / 3 % 4 }, "r.table('t').map(x => (x('a') + 1) * 2 - x('b') / 3 % 4)")
        expect(t.map { -$0["a"] }, "r.table('t').map(x => -x('a'))")
        expect(t.filter { $0["a"] == nil }, "r.table('t').filter(x => x('a') == null)")
        expect(t.filter { 5 < $0["a"] }, "r.table('t').filter(x => r.expr(5) < x('a'))")
        expect(t.filter { $0["status"] == Status.active }, "r.table('t').filter(x => x('status') == 'active')")
        expect(t.filter { $0["tags"] == ["a", 1] }, "r.table('t').filter(x => x('tags') == ['a', 1])")
        expect(r.expr(1).eq(2).ne(3).lt(4).le(5).gt(6).ge(7).not(), "r.expr(1).eq(2).ne(3).lt(4).le(5).gt(6).ge(7).not()")
        expect(
            r.expr(1).add(2, 3).sub(1).mul(2).div(3).mod(4).floor().ceil().round(),
            "r.expr(1).add(2, 3).sub(1).mul(2).div(3).mod(4).floor().ceil().round()")
        expect(
            r.expr(1).bitAnd(2).bitOr(3).bitXor(4).bitNot().bitSal(1).bitSar(2),
            "r.expr(1).bitAnd(2).bitOr(3).bitXor(4).bitNot().bitSal(1).bitSar(2)")
        expect(r.and(true, false).and(true).or(false), "r.and(true, false).and(true).or(false)")
        expect(r.or(true, r.add(1, 2)), "r.or(true, r.add(1, 2))")
    }

    @Test func times() throws {
        expect(r.now().toISO8601(), "r.now().toISO8601()")
        expect(r.iso8601("2024-01-01", defaultTimezone: "Z").toEpochTime(), "r.ISO8601('2024-01-01', {defaultTimezone: 'Z'}).toEpochTime()")
        expect(r.time(2024, 1, 2, "Z"), "r.time(2024, 1, 2, 'Z')")
        expect(r.time(2024, r.february, 2, 1, 2, 3.5, "Z"), "r.time(2024, r.february, 2, 1, 2, 3.5, 'Z')")
        expect(
            r.epochTime(1).during(r.now(), r.now(), rightBound: .closed), "r.epochTime(1).during(r.now(), r.now(), {rightBound: 'closed'})")
        expect(r.now().inTimezone("+02:00").timezone(), "r.now().inTimezone('+02:00').timezone()")
        expect(r.now().date().timeOfDay(), "r.now().date().timeOfDay()")
        let t = r.now()
        expect(
            [t.year(), t.month(), t.day(), t.dayOfWeek(), t.dayOfYear(), t.hours(), t.minutes(), t.seconds()],
            "[r.now().year(), r.now().month(), r.now().day(), r.now().dayOfWeek(), r.now().dayOfYear(), r.now().hours(), r.now().minutes(), r.now().seconds()]"
        )
        expect([r.monday, r.sunday, r.january, r.december], "[r.monday, r.sunday, r.january, r.december]")
        let date = Date(timeIntervalSince1970: 1.5)
        #expect(try r.expr(date).tree().root.datum == .time(epochSeconds: 1.5, offsetMinutes: 0))
        #expect(try r.expr(Data([1, 2])).tree().root.datum == .binary([1, 2]))
    }

    @Test func literals() {
        let optional: Int? = nil
        expect(nil, "null")
        expect(-5, "-5")
        expect(r.expr(optional), "null")
        expect(r.expr(["a": 1]), "{a: 1}")
        expect(r.expr(["a": [1.5, "x", nil, true, ["b": r.now()]]]), "{a: [1.5, 'x', null, true, {b: r.now()}]}")
        expect(r.expr(User(id: "1", name: "n", age: 1)), "{id: '1', name: 'n', age: 1, tags: []}")
        expect(r.expr([r.now(), 1]), "[r.now(), 1]")
        expect(r.expr(["a": "b\(1)"]), "{a: 'b1'}")
    }
}
