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

    @Test func explainShowsSkippedBlocks() throws {
        let run = try Self.runner()
        _ = try run.value(
            """
            r.table('p').insert(r.range(3000).map(i => ({id: i, body: r.branch(i.lt(20), 'tree tree',
                r.expr('a tree among very many other words that say nothing of it at all, as long documents have them'))})).coerceTo('array'))
            """)
        let plan = try run.pando.explain(try TermTree(text: "r.table('p').search('tree').limit(5)"))
        let note = try #require(plan.steps.first { $0.name == "search" }?.notes.first { $0.hasPrefix("looked at 1 lists") })
        let numbers = note.split { !$0.isNumber }.compactMap { Int($0) }
        #expect(numbers.count == 3 && numbers[1] < 1_000 && numbers[2] > 0, "\(note)")
    }

    /// Where another index tells that few documents pass a filter, the search looks at these alone, and finds the same in the same order.
    @Test(arguments: ["", ", {as: 'f'}"]) func aFilterGoesByAnotherIndex(options: String) throws {
        let run = try Self.runner()
        _ = try run.value("r.table('p').indexCreate('kind')")
        _ = try run.value("r.table('p').indexWait()")
        _ = try run.value(
            """
            r.table('p').insert(r.range(900).map(i => ({id: i, kind: r.branch(i.mod(90).eq(7), 'rare', 'common'),
                body: r.branch(i.mod(3).eq(0), 'tree', i.mod(3).eq(1), 'tree page of the tree', 'page')})).coerceTo('array'))
            """)
        for kind in ["rare", "common", "none"] {
            let search = "r.table('p').search('tree'\(options))"
            let wanted = try run.value("\(search).coerceTo('array').filter({kind: '\(kind)'})('id')")
            let filtered = "\(search).filter({kind: '\(kind)'})"
            #expect(try run.value("\(filtered)('id').coerceTo('array')") == wanted)
            #expect(try Array(run.value("\(filtered).limit(4)('id').coerceTo('array')").elements) == Array(wanted.elements.prefix(4)))
            #expect(try run.value("\(filtered).count()") == Datum(wanted.count))
        }
        let plan = try run.pando.explain(try TermTree(text: "r.table('p').search('tree'\(options)).filter({kind: 'rare'})"))
        #expect(plan.steps.contains { $0.notes.contains { $0.contains("the search looks at index `kind`") } }, "\(plan)")
        #expect(plan.documentsRead == 10, "\(plan.documentsRead)")
        let other = try run.pando.explain(try TermTree(text: "r.table('p').search('tree'\(options)).filter({kind: 'common'})"))
        #expect(!other.steps.contains { $0.notes.contains { $0.contains("the search looks at") } })
        // What a row has from the search itself is in no index.
        let own = "r.table('p').search('tree', {as: 'kind'}).filter(x => x('kind')('score').gt(0)).count()"
        #expect(try run.value(own) == 600)
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
