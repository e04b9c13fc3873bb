import TestSupport
import TestTraits
import Testing

@testable import ReQLish

/// Queries that write many documents, beside others that write one.
@Suite(.ownThreads, .timeLimit(.minutes(240))) struct DividedWriteTests {
    private static let count = 400

    /// Tables whose documents take a while each to be written: `slow` with a function that computes.
    private static func runner() throws -> QueryRunner {
        let run = QueryRunner(try Pando.inMemory())
        _ = try run.value("r.dbCreate('test')")
        for table in ["slow", "other"] { _ = try run.value("r.tableCreate('\(table)')") }
        _ = try run.value("r.table('slow').setWriteHook((c, o, n) => n.merge({z: r.range(20000).sum()}))")
        return run
    }

    /// Runs a query, and meanwhile short writes, each of which notes how many documents satisfy a condition then.
    private static func counts(_ run: QueryRunner, beside query: String, of rows: String) throws -> (answer: String, counts: Set<Int>) {
        let answer = Guarded("")
        let thread = TestThread {
            let found = (try? run.value(query).description) ?? "an error"
            answer.withLock { $0 = found }
        }
        var counts: Set<Int> = []
        while answer.withLock({ $0.isEmpty }) {
            run.expect("r.table('other').insert({id: 1, n: r.random(1000000000)}, {conflict: 'replace'})('errors')", "0")
            counts.insert(try #require(Int(try run.value(rows).description)))
        }
        try thread.join()
        return (answer.withLock { $0 }, counts)
    }

    /// They don't wait for all of a batch of documents.
    @Test func anInsertLetsShortWritesIn() throws {
        let run = try Self.runner()
        let insert = "r.table('slow').insert(r.range(\(Self.count)).map(i => ({id: i})))('inserted')"
        let (answer, counts) = try Self.counts(run, beside: insert, of: "r.table('slow').count()")
        #expect(answer == "\(Self.count)")
        #expect(counts.contains { $0 > 0 && $0 < Self.count })
        run.expect("r.table('slow').count()", "\(Self.count)")
    }

    @Test func anUpdateLetsShortWritesIn() throws {
        let run = try Self.runner()
        _ = try run.value("r.table('slow').insert(r.range(\(Self.count)).map(i => ({id: i, a: 0})), {ignoreWriteHook: true})")
        let changed = "r.table('slow').filter({a: 1}).count()"
        let (answer, counts) = try Self.counts(run, beside: "r.table('slow').update({a: 1})('replaced')", of: changed)
        #expect(answer == "\(Self.count)")
        #expect(counts.contains { $0 > 0 && $0 < Self.count })
        run.expect(changed, "\(Self.count)")
    }

    /// What is one transaction stays one.
    @Test func aTransactionIsNotDivided() async throws {
        let run = try Self.runner()
        let insert = "r.table('slow').insert(r.range(100).map(i => ({id: i})))"
        let tree = try TermTree(text: insert)
        let pando = run.pando
        let isOver = Guarded(false)
        let seen = TestThread {
            while !isOver.withLock({ $0 }) {
                let count = try run.value("r.table('slow').count()").description
                #expect(count == "0" || count == "100")
            }
        }
        try await pando.write { try $0.run(tree) }
        isOver.withLock { $0 = true }
        try seen.join()
        run.expect("r.table('slow').count()", "100")
    }
}
