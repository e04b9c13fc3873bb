import ReQLish
import Testing

/// The builder has a method for every term, and what it builds comes back from its text and from its JSON.
@Suite struct BuilderCoverageTests {
    private static let t = r.table("t")
    private static let v = r.row["v"]

    private static func administration() -> [Query] {
        [
            r.dbCreate("d"), r.dbDrop("d"), r.dbList(), r.tableCreate("t"), r.tableDrop("t"), r.tableList(), r.db("d").table("t"),
            t.config(), t.status(), t.wait(), t.reconfigure(dryRun: true), t.rebalance(), t.sync(), r.grant("u", ["read": true]),
            t.grant("u", ["write": nil]), r.db("d").grant("u", ["config": false]),
            t.setWriteHook { _, _, new in new.merge(["a": 1]) }, t.setWriteHook(nil), t.getWriteHook(), t.info(), t.digest(),
            t.indexCreate("a", geo: true), t.indexDrop("a"), t.indexList(), t.indexStatus("a"), t.indexWait(), t.indexRename("a", "b"),
        ]
    }

    private static func reading() -> [Query] {
        [
            t.get(1), t.getAll(1, 2, index: "a"), t.between(1, 2), t.orderBy(r.asc("a"), r.desc("b")), t.distinct(), t.nth(0), t["a"],
            t.skip(1), t.limit(1), t.slice(1, 2), t.sample(1), t.isEmpty(), t.offsetsOf(1), t.contains(1), t.count(), r.range(3),
            t.changes(),
            t.map { $0["a"] }, t.map(v), t.filter { $0["a"] == 1 }, t.concatMap { $0["a"] }, t.withFields("a"), t.hasFields("a"),
            t.pluck("a"), t.without("a"), t.merge(["a": 1]), t.getField("a"), t.reduce { $0 + $1 }, t.fold(0) { $0 + $1 },
            t.union(t), t.innerJoin(t) { $0 == $1 }, t.outerJoin(t) { $0 == $1 }, t.eqJoin("a", t).zip(), t.group("a").ungroup(),
            t.sum("a"),
            t.avg("a"), t.min("a"), t.max("a"), t.getIntersecting(r.point(0, 0), index: "g"), t.getNearest(r.point(0, 0), index: "g"),
            t.search("a"), t.searchWords("ab", index: "a", limit: 5),
        ]
    }

    private static func writing() -> [Query] {
        [
            t.insert(["a": r.now()]), t.update(["a": r.literal(1)]), t.replace { $0.without("a") }, t.delete(),
            t.forEach { t.insert(["b": $0["a"]]) },
        ]
    }

    private static func values() -> [Query] {
        let a = r.expr([1, 2]), o = r.expr(["a": 1]), s = r.expr("text"), n = r.expr(5)
        return [
            a.append(1), a.prepend(1), a.insertAt(0, 1), a.spliceAt(0, [1]), a.deleteAt(0), a.changeAt(0, 1), a.setInsert(1),
            a.setUnion([1]),
            a.setIntersection([1]), a.setDifference([1]), a.difference([1]), o.keys(), o.values(), s.match("t"), s.split(), s.upcase(),
            s.matches("t"),
            s.downcase(), r.expr("{a}").format(["a": 1]), o.toJSONString(), r.json("1"), r.object("a", 1), r.binary("a"), r.uuid(),
            r.random(),
            n.eq(1), n.ne(1), n.lt(1), n.le(1), n.gt(1), n.ge(1), n.add(1), n.sub(1), n.mul(1), n.div(1), n.mod(1), n.floor(), n.ceil(),
            n.round(), n.bitAnd(1), n.bitOr(1), n.bitXor(1), n.bitNot(), n.bitSal(1), n.bitSar(1), r.and(true), r.or(true), n.not(),
            r.branch(true, 1, 2), n.default(1), n.typeOf(), n.coerceTo("string"), r.error("e"), r.minval, r.maxval, r.add(r.args([1, 2])),
            n.do { $0 + 1 }, r.expr([r.now(), ["a": r.now()]]),
        ]
    }

    private static func timesAndPlaces() -> [Query] {
        let now = r.now(), p = r.point(1, 2)
        return [
            r.iso8601("2024-01-01"), now.toISO8601(), r.epochTime(1), now.toEpochTime(), now.inTimezone("Z"), now.during(now, now),
            now.date(), now.timeOfDay(), now.timezone(), now.year(), now.month(), now.day(), now.dayOfWeek(), now.dayOfYear(), now.hours(),
            now.minutes(), now.seconds(), r.time(2024, 1, 1, "Z"), r.monday, r.tuesday, r.wednesday, r.thursday, r.friday, r.saturday,
            r.sunday, r.january, r.february, r.march, r.april, r.may, r.june, r.july, r.august, r.september, r.october, r.november,
            r.december, r.geojson(["type": "Point", "coordinates": [0, 0]]), p.toGeojson(), r.line([0, 0], [1, 1]).fill(),
            r.polygon([0, 0], [0, 1], [1, 0]).polygonSub(p), p.distance(p), p.intersects(p), p.includes(p), r.circle(p, 1),
        ]
    }

    private static func graphs() -> [Query] {
        let links = Query.Relation.edges(r.table("links"), from: "a", to: "b", nodes: t, kind: "k", weight: "w")
        return [
            t.get(1).traverse(over: "knows", direction: .in, depth: 2, minDepth: 0, depthFirst: true, limit: 5, depthField: "d"),
            t.traverse(
                over: ["knows", links], where: { node, _, depth in node["a"] == 1 && depth < 3 }, until: { _, edge, _ in edge["k"] == 2 },
                unique: .path, as: .paths),
            t.get(1).neighbors(over: .field("f", of: t, to: t), limit: 3), r.shortestPath(1, 2, over: links, weight: "w"),
            r.shortestPath(t.get(1), t.get(2), over: .named("knows"), depth: 3, where: { node, _, _ in node["a"] == 1 }),
            t.get(1).subgraph(over: "knows", direction: .both, depth: 2, limit: 10, label: "a", documents: true),
            t.get(1).degree(over: "knows", direction: .out), r.components(over: links), r.pageRank(over: links, rounds: 5, damping: 0.9),
            t.relationCreate("knows", field: "f[].g", to: t, reverse: "known"),
            t.relationCreate("links", from: "a", to: "b", nodes: t, kind: "k", weight: "w"), t.relationDrop("knows"), t.relationList(),
            t.relationStatus("knows"),
        ]
    }

    private static var queries: [Query] { administration() + reading() + writing() + values() + timesAndPlaces() + graphs() }

    /// JavaScript and HTTP are refused by every query; the old `between` is there for old drivers.
    private static let withoutMethod: Set<TermType> = [.javaScript, .http, .betweenDeprecated]

    @Test func everyTermHasAMethod() throws {
        var found: Set<TermType> = []
        for query in Self.queries {
            var pending = [try query.tree().root]
            while let term = pending.popLast() {
                found.insert(term.type)
                pending += Array(term.arguments) + term.optionalArguments.map(\.term)
            }
        }
        // Literals with a term in them are terms.
        let missing = TermType.allCases.filter { !found.contains($0) && !Self.withoutMethod.contains($0) }
        #expect(missing.isEmpty, "no method builds \(missing.map(\.name))")
    }

    @Test func everyQueryComesBack() throws {
        for query in Self.queries {
            let tree = try query.tree()
            #expect(try TermTree(text: tree.text()) == tree, "\(tree.text())")
            #expect(try TermTree(json: Array(tree.json.utf8).span) == tree, "\(tree.json)")
        }
    }
}
