import Testing

@testable import ReQLish

/// What searching does that no single query shows: plans, feeds, drivers' terms, the thread that tidies up.
@Suite struct TextIndexTests {
    private static func runner() throws -> QueryRunner {
        let run = try QueryRunner(table: nil)
        _ = try run.value("r.tableCreate('p')")
        _ = try run.value("r.table('p').indexCreate('body', {text: 'english'})")
        _ = try run.value("r.table('p').indexWait()")
        return run
    }

    @Test func explainShowsListsBlocksAndScoredDocuments() throws {
        let run = try Self.runner()
        _ = try run.value("r.table('p').insert(r.range(40).map(i => ({id: i, body: 'tree page'})).coerceTo('array'))")
        let tree = try TermTree(text: "r.table('p').search('tree page').limit(3)")
        let plan = try run.pando.explain(tree)
        let step = try #require(plan.steps.first { $0.name == "search" })
        #expect(step.notes.contains { $0.contains("text index `body`") })
        #expect(step.notes.contains { $0.contains("looked at 2 lists, scored 40 documents, skipped 0 blocks") }, "\(step.notes)")
        #expect(plan.documentsRead == 3)
        let counted = try run.pando.explain(try TermTree(text: "r.table('p').search('tree').count()"))
        #expect(counted.documentsRead == 0)
    }

    @Test func manyRowsComeInOrderAndOnce() throws {
        let run = try Self.runner()
        _ = try run.value(
            "r.table('p').insert(r.range(700).map(i => ({id: i, body: r.expr('tree ').add(r.branch(i.mod(3).eq(0), 'tree', 'page'))})).coerceTo('array'))"
        )
        let all = try run.value("r.table('p').search('tree', {as: 'f'}).map(x => [x('f')('score'), x('id')]).coerceTo('array')")
        #expect(all.count == 700)
        let pairs = all.elements.map { ($0[0].number ?? 0, $0[1].integer ?? 0) }
        #expect(zip(pairs, pairs.dropFirst()).allSatisfy { $0.0 > $1.0 || ($0.0 == $1.0 && $0.1 < $1.1) })
        let part = try run.value("r.table('p').search('tree').skip(233).limit(4)('id').coerceTo('array')")
        #expect(part == Datum(elements: pairs[233..<237].map { Datum($0.1) }))
    }

    @Test func whatIsBroughtInIsTidiedUpBeside() throws {
        let run = try Self.runner()
        _ = try run.value("r.table('p').insert(r.range(2500).map(i => ({id: i, body: 'tree'})).coerceTo('array'))")
        // The thread is woken by the commit; how soon it has its turn is the machine's affair. It is stopped when it has.
        while try run.value("r.table('p').indexStatus('body')(0)('segments')") == 0 {}
        #expect(try run.value("r.table('p').search('tree').count()") == 2500)
    }
}
