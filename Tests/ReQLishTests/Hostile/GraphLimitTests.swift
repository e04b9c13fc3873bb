import TestSupport
import Testing

@testable import ReQLish

/// Walks within little memory, through hubs, and stopped on their way.
@Suite struct GraphLimitTests {
    /// A binary tree of 20,000 keys, and back again from each to its parent.
    private static func tree() throws -> QueryRunner {
        let run = try QueryRunner(table: "e")
        _ = try run.value(
            "r.range(2).forEach(side => r.table('e').insert(r.range(10000).map(i => ({id: [i, side], a: i, b: i.mul(2).add(side).add(1)}))))"
        )
        _ = try run.value("r.table('e').relationCreate('e', {from: 'a', to: 'b'})")
        _ = try run.value("r.table('e').indexWait()")
        return run
    }

    private static func limited(_ byteCount: Int) -> QueryOptions {
        var options = QueryOptions()
        options.memoryLimit = byteCount
        return options
    }

    @Test(arguments: [
        "r.traverse(0, {over: 'e'}).count()", "r.traverse(0, {over: 'e'}).sum(x => x)",
        "r.traverse(5, {over: 'e', direction: 'both'}).count()",
        "r.traverse(0, {over: 'e', depth: 13, minDepth: 12, depthField: 'd'}).group('d').count()", "r.traverse(0, {over: 'e'}).nth(15000)",
        "r.traverse(3, {over: 'e', where: n => n.lt(9000), until: n => n.gt(8000)}).fold(0, (h, n) => h.mul(31).add(n).mod(1000003))",
        "r.traverse([7, 1], {over: 'e', minDepth: 0}).fold(0, (h, n) => h.mul(31).add(n).mod(1000003))",
    ])
    func aWalkGoesOnInATemporaryFile(query: String) throws {
        let run = try Self.tree()
        let whole = try run.value(query)
        #expect(try run.value(query, Self.limited(200 << 10)) == whole, "\(query)")
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    @Test(arguments: [
        "r.traverse(0, {over: 'e', as: 'paths'}).count()", "r.traverse(0, {over: 'e', order: 'depth'}).count()",
        "r.traverse(0, {over: 'e', where: (n, e) => true}).count()", "r.components({over: 'e'}).count()",
        "r.pageRank({over: 'e', rounds: 1}).count()",
        "r.shortestPath(0, 19999, {over: 'e', weight: 'a'})('length')", "r.shortestPath(0, 19999, {over: 'e', where: n => true})('length')",
        "r.traverse(0, {over: 'e', as: 'edges'}).count()",
    ])
    func whatHasToBeKeptAtOnceIsAnError(query: String) throws {
        let run = try Self.tree()
        let error = run.error(query, Self.limited(200 << 10))
        #expect(error.kind == .resourceLimit && error.message.contains("200 KiB"), "\(query): \(error)")
        #expect(run.pando.memoryPool.usedByteCount == 0)
        _ = try run.value(query)
    }

    /// Ranks need their edges at hand or read again: both give the same.
    @Test func ranksAreTheSameInLittleMemory() throws {
        let run = try Self.tree()
        let query = "r.pageRank({over: 'e', rounds: 3}).sum('rank').mul(1e9).round()"
        #expect(try run.value(query, Self.limited(2_300 << 10)) == run.value(query))
    }

    /// Some thousands of edges between two nodes, or of a hub, show as well as a million that they are read one after the other and kept
    /// nowhere; `PANDO_FUZZ=50` makes it a million.
    private static let manyCount = min(1_000_000, 20_000 * Fuzzing.factor)

    private static func many(_ edge: String) throws -> QueryRunner {
        let run = try QueryRunner(table: "e")
        for start in stride(from: 0, to: manyCount, by: 20_000) {
            _ = try run.value("r.table('e').insert(r.range(\(start), \(start + 20_000)).map(i => (\(edge))))")
        }
        _ = try run.value("r.table('e').relationCreate('e', {from: 'a', to: 'b'})")
        _ = try run.value("r.table('e').indexWait()")
        return run
    }

    @Test func parallelEdgesAndLoopsAreOneStep() throws {
        let run = try Self.many("{id: i, a: 'x', b: r.branch(i.mod(2).eq(0), 'x', 'y')}")
        let little = Self.limited(200 << 10)
        run.expect("r.traverse('x', {over: 'e', as: 'keys'})", "[\"y\"]", little)
        run.expect("r.traverse('y', {over: 'e', direction: 'in'})", "[\"x\"]", little)
        run.expect("r.traverse('x', {over: 'e', direction: 'both', minDepth: 0})", "[\"x\", \"y\"]", little)
        run.expect("r.traverse('x', {over: 'e', unique: 'none', depth: 1}).count()", "\(Self.manyCount)")
        run.expect("r.shortestPath('x', 'y', {over: 'e'})('edges')('id')", "[1]", little)
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    @Test func anEdgeWithoutAWeightIsNamed() throws {
        let run = try QueryRunner(table: "e")
        _ = try run.value("r.table('e').insert([{id: 7, a: 'x', b: 'y', km: 2}, {id: 8, a: 'y', b: 'z'}, {id: 9, a: 'z', b: 'x', km: -1}])")
        _ = try run.value("r.table('e').relationCreate('e', {from: 'a', to: 'b'})")
        _ = try run.value("r.table('e').indexWait()")
        for (end, words) in [("z", "The edge `8` of `test.e` has nothing in `km`"), ("y", "The edge `9` of `test.e` has -1 in `km`")] {
            let start = end == "z" ? "x" : "z"
            let error = run.error("r.shortestPath('\(start)', '\(end)', {over: 'e', weight: 'km'})")
            #expect(error.kind == .queryLogic && error.message.contains(words), "\(error)")
        }
    }

    @Test func aHubIsReadOnce() throws {
        let run = try Self.many("{id: i, a: 'hub', b: i.mod(100)}")
        let little = Self.limited(200 << 10)
        run.expect("r.traverse('hub', {over: 'e'}).count()", "100", little)
        run.expect("r.degree('hub', {over: 'e'})", "\(Self.manyCount)", little)
        run.expect("r.traverse(5, {over: 'e', direction: 'both', limit: 1})", "[\"hub\"]", little)
        run.expect("r.shortestPath(1, 2, {over: 'e', direction: 'both'})('nodes')", "[1, \"hub\", 2]", little)
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    /// The neighbours of a hub that don't fit into the memory either.
    @Test func aHubIsStreamed() throws {
        let run = try Self.many("{id: i, a: 'hub', b: i}")
        let little = Self.limited(200 << 10)
        let count = Self.manyCount
        run.expect("r.traverse('hub', {over: 'e'}).count()", "\(count)", little)
        run.expect("r.traverse('hub', {over: 'e'}).limit(3)", "[0, 1, 2]", little)
        run.expect("r.traverse(7, {over: 'e', direction: 'both', minDepth: 2}).sum()", "\(count * (count - 1) / 2 - 7)", little)
        #expect(run.pando.memoryPool.usedByteCount == 0)
    }

    /// Numbers with more digits than a double stand behind it in an index.
    @Test func keysOfEveryKindAreNodes() throws {
        let run = try QueryRunner(table: "e")
        let keys = [
            "9007199254740992", "9007199254740993", "-1.5", "true", "\"\"", "\"\\tx\"", "\"ü\"", "[1, \"a\", [2]]", "r.epochTime(5)",
            "r.binary('x')", "1e300",
        ]
        for (position, key) in keys.enumerated() {
            _ = try run.value("r.table('e').insert({id: \(position), a: \(key), b: \(keys[(position + 1) % keys.count])})")
        }
        _ = try run.value("r.table('e').relationCreate('e', {from: 'a', to: 'b'})")
        _ = try run.value("r.table('e').indexWait()")
        for (position, key) in keys.enumerated() {
            let next = keys[(position + 1) % keys.count]
            run.expect("r.traverse([\(key)], {over: 'e', depth: 1}).nth(0).eq(\(next))", "true")
            run.expect("r.traverse([\(next)], {over: 'e', depth: 1, direction: 'in'}).nth(0).eq(\(key))", "true")
            run.expect("r.degree([\(key)], {over: 'e'})", "2")
            run.expect("r.traverse([\(key)], {over: 'e'}).count()", "\(keys.count - 1)")
        }
    }

    @Test func aWalkIsStopped() throws {
        let run = try Self.tree()
        var options = QueryOptions()
        let cancellation = Cancellation()
        options.cancellation = cancellation
        // It would go back and forth for longer than the world will last.
        let query = "r.traverse(0, {over: 'e', unique: 'none', direction: 'both', depth: 1000, as: 'keys'})"
        let cursor = try run.cursor(query, options)
        for _ in 0..<10 { #expect(try cursor.next() != nil) }
        cancellation.cancel()
        #expect(throws: ReQLError.self) { while try cursor.next() != nil {} }
    }
}
