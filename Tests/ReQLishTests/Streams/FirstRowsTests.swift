import TestSupport
import Testing

@testable import ReQLish

@Suite struct FirstRowsTests {
    /// A `slice` sorts everything first.
    @Test(arguments: [0x70B0_0001 as UInt64])
    func theFirstRowsAreThoseOfTheWholeOrder(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let run = try QueryRunner(table: "t")
        let documents = (0..<500).map { id in
            random.below(10) == 0 ? "{id: \(id)}" : "{id: \(id), a: \(random.below(20)), b: '\(random.below(3))'}"
        }
        _ = try run.value("r.table('t').insert([\(documents.joined(separator: ", "))])")
        for keys in ["'a'", "r.desc('a')", "'b', r.desc('a')", "r.desc('b'), 'a'", "x => x('a').mod(5)", "x => x('id').mul(-1)"] {
            for limit in [0, 1, 7, 100, 499, 500, 1000] {
                for source in ["r.table('t')", "r.table('t').map(x => x)", "r.table('t').filter(x => x('a').gt(3))"] {
                    let first = try run.value("\(source).orderBy(\(keys)).limit(\(limit))")
                    let whole = try run.value("\(source).orderBy(\(keys)).slice(0, \(limit))")
                    #expect(first == whole, "\(source) by \(keys), \(limit), seed \(seed)")
                }
            }
        }
    }

    @Test func moreRowsThanAnArrayMayHaveCanBeSortedForTheFirst() throws {
        let run = try QueryRunner()
        var options = QueryOptions()
        options.arrayLimit = 50
        _ = try run.value("r.table('t').insert(r.range(200).map(i => ({id: i, a: i.mul(7).mod(200)})))")
        let first = try run.value("r.table('t').orderBy('a').limit(3)('a')", options)
        #expect(first == [0, 1, 2])
        #expect(run.error("r.table('t').orderBy('a').limit(51)", options).kind == .resourceLimit)
        #expect(run.error("r.table('t').orderBy('a')", options).kind == .resourceLimit)
    }

    @Test func itStaysASelectionAndKeepsItsErrors() throws {
        let run = try QueryRunner(table: "t", [["id": 1, "a": 2], ["id": 2, "a": 1], ["id": 3, "a": "x"]])
        run.expect("r.table('t').orderBy('a').limit(1).typeOf()", "\"SELECTION<ARRAY>\"")
        run.expect("r.table('t').orderBy('a').limit(2).update({b: 1})('replaced')", "2")
        run.expect("r.table('t').map(x => x('id')).orderBy(x => x).limit(2).typeOf()", "\"ARRAY\"")
        run.expect("r.table('t').orderBy(x => x('a').add(1)).limit(1)", fails: .queryLogic)
        run.expect("r.table('t').orderBy('a').limit(-1)", fails: .queryLogic)
        run.expect("r.table('t').orderBy(x => x('a').add(1)).limit(0)", fails: .queryLogic)
    }
}
