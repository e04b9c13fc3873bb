import TestSupport
import Testing

@testable import ReQLish

@Suite struct UpdateTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t", [["id": 1, "n": 1, "o": ["a": 1]], ["id": 2, "n": 2], ["id": 3]])
    }

    /// The counters that are not zero.
    private func expect(_ query: String, _ counts: String, sourceLocation: SourceLocation = #_sourceLocation) {
        run.expect(
            "\(query).without('changes', 'first_error', 'warnings').do(w => w.coerceTo('array').filter(p => p(1).ne(0)).coerceTo('object'))",
            counts,
            sourceLocation: sourceLocation)
    }

    @Test func updateMergesIntoEachRow() {
        expect("r.table('t').update({x: 1})", "{\"replaced\": 3}")
        expect("r.table('t').update({x: 1})", "{\"unchanged\": 3}")
        expect("r.table('t').get(1).update({o: {b: 2}})", "{\"replaced\": 1}")
        run.expect("r.table('t').get(1)('o')", "{\"a\": 1, \"b\": 2}")
        expect("r.table('t').get(1).update({o: r.literal({c: 3})})", "{\"replaced\": 1}")
        run.expect("r.table('t').get(1)('o')", "{\"c\": 3}")
        expect("r.table('t').get(1).update({o: r.literal()})", "{\"replaced\": 1}")
        run.expect("r.table('t').get(1).hasFields('o')", "false")
        expect("r.table('t').filter(x => x('n').gt(1)).update(x => ({n: x('n').add(1)}))", "{\"replaced\": 1}")
        run.expect("r.table('t')('n')", "[1, 3]")
    }

    @Test func updateOfOneRow() {
        expect("r.table('t').get(9).update({x: 1})", "{\"skipped\": 1}")
        expect("r.table('t').get(1).update({id: 5})", "{\"errors\": 1}")
        expect("r.table('t').get(1).update({id: 1, n: 1})", "{\"unchanged\": 1}")
        expect("r.table('t').get(1).update(null)", "{\"unchanged\": 1}")
        expect("r.table('t').get(1).update(5)", "{\"errors\": 1}")
        expect("r.table('t').get(1).update(x => x('nope'))", "{\"errors\": 1}")
        expect("r.table('t').get(1).update(x => r.error('no'))", "{\"errors\": 1}")
        expect("r.table('t').nth(0).update({x: 1})", "{\"replaced\": 1}")
        expect("r.table('t').min().update({x: 2})", "{\"replaced\": 1}")
        expect("r.table('t').orderBy('n').limit(2).update({y: 1})", "{\"replaced\": 2}")
        expect("r.table('t').orderBy({index: 'id'}).limit(2).update({z: 1})", "{\"replaced\": 2}")
        expect("r.table('t').getAll(1, 1).update(x => ({n: x('n').add(1)}))", "{\"replaced\": 2}")
        run.expect("r.table('t').get(1)('n')", "3")
    }

    @Test func replaceReplacesTheWhole() {
        expect("r.table('t').get(1).replace({id: 1, only: true})", "{\"replaced\": 1}")
        run.expect("r.table('t').get(1)", "{\"id\": 1, \"only\": true}")
        expect("r.table('t').get(1).replace(x => x)", "{\"unchanged\": 1}")
        expect("r.table('t').get(9).replace({id: 9})", "{\"inserted\": 1}")
        expect("r.table('t').get(9).replace(null)", "{\"deleted\": 1}")
        expect("r.table('t').get(9).replace(null)", "{\"skipped\": 1}")
        expect("r.table('t').get(9).replace({id: 8})", "{\"errors\": 1}")
        expect("r.table('t').get(1).replace({only: true})", "{\"errors\": 1}")
        expect("r.table('t').get(1).replace(5)", "{\"errors\": 1}")
        expect("r.table('t').replace(x => x.without('n'))", "{\"replaced\": 1, \"unchanged\": 2}")
    }

    @Test func deleteDeletes() {
        expect("r.table('t').get(1).delete()", "{\"deleted\": 1}")
        expect("r.table('t').get(1).delete()", "{\"skipped\": 1}")
        expect("r.table('t').filter({n: 2}).delete()", "{\"deleted\": 1}")
        run.expect("r.table('t').delete({returnChanges: true})('changes')", "[{\"old_val\": {\"id\": 3}, \"new_val\": null}]")
        expect("r.table('t').delete()", "{}")
        expect("r.table('t').insert(r.range(1000).map(i => ({id: i})))", "{\"inserted\": 1000}")
        expect("r.table('t').between(0, 500).delete()", "{\"deleted\": 500}")
        expect("r.table('t').delete()", "{\"deleted\": 500}")
        run.expect("r.table('t').count()", "0")
    }

    @Test func onlySelectionsCanBeWritten() {
        for query in [
            "r.expr([1]).update({})", "r.table('t').map(x => x).delete()", "r.table('t').pluck('id').replace({})", "r.expr({}).delete()",
        ] {
            run.expect(query, fails: .queryLogic)
        }
        run.expect("r.expr(null).update({})", fails: .nonExistence)
        run.expect("r.table('t').group('n').update({})", fails: .queryLogic)
    }

    @Test func whatIsWrittenMustNotDependOnChance() {
        for change in [
            "{x: r.random()}", "x => ({x: r.uuid()})", "{x: r.table('t').count()}", "x => ({x: r.table('t').sample(1).count()})",
        ] {
            run.expect("r.table('t').get(1).update(\(change))", fails: .queryLogic)
            expect("r.table('t').get(1).update(\(change), {nonAtomic: true})", "{\"replaced\": 1}")
        }
        expect("r.table('t').get(2).update({t: r.now()})", "{\"replaced\": 1}")
        expect("r.table('t').get(2).update({t: r.uuid('fixed')})", "{\"replaced\": 1}")
        run.expect("r.table('t').get(1).replace(x => x.merge({y: r.random()}))", fails: .queryLogic)
        run.expect("r.table('t').replace(r.args([r.table('t').get(1)]))", fails: .queryLogic)
    }

    @Test func changesAreListedAsAsked() {
        run.expect(
            "r.table('t').get(2).update({n: 5}, {returnChanges: true})('changes')",
            "[{\"old_val\": {\"id\": 2, \"n\": 2}, \"new_val\": {\"id\": 2, \"n\": 5}}]")
        run.expect("r.table('t').get(2).update({n: 5}, {returnChanges: true})('changes')", "[]")
        run.expect(
            "r.table('t').get(2).update({n: 5}, {returnChanges: 'always'})('changes')",
            "[{\"old_val\": {\"id\": 2, \"n\": 5}, \"new_val\": {\"id\": 2, \"n\": 5}}]")
        run.expect("r.table('t').get(9).update({n: 5}, {returnChanges: 'always'})('changes')", "[{\"old_val\": null, \"new_val\": null}]")
        run.expect(
            "r.table('t').get(2).update({id: 1}, {returnChanges: 'always'})('changes')(0).keys()", "[\"error\", \"new_val\", \"old_val\"]")
    }

    @Test func aQueryReadsWhatItWrote() {
        run.expect("r.expr([r.table('t').insert({id: 50})('inserted'), r.table('t').count()])", "[1, 4]")
        run.expect("r.do(r.table('t').get(1).delete(), x => r.table('t').count())", "3")
    }

    @Test func forEachAddsUpWhatItsWritesAnswer() {
        expect("r.expr([10, 11]).forEach(i => r.table('t').insert({id: i}))", "{\"inserted\": 2}")
        expect("r.table('t').forEach(x => r.table('t').get(x('id')).update({f: 1}))", "{\"replaced\": 5}")
        expect(
            "r.expr([1]).forEach(i => [r.table('t').insert({id: 20}), r.table('t').get(20).delete()])", "{\"inserted\": 1, \"deleted\": 1}")
        run.expect(
            "r.expr([1, 1]).forEach(i => r.table('t').get(i).update({id: 9}))('first_error').split('\\n')(0)",
            "\"Primary key `id` cannot be changed (`{\"")
        run.expect(
            "r.expr([30, 31]).forEach(i => r.table('t').insert({id: i}, {returnChanges: true}))('changes')('new_val')('id')", "[30, 31]")
        run.expect("r.expr([1]).forEach(i => i)", fails: .queryLogic)
        run.expect("r.expr([1]).forEach(i => null)", fails: .nonExistence)
        run.expect("r.expr(['a', 'b']).forEach(n => r.tableCreate(n))('tables_created')", "2")
        run.expect("r.expr([]).forEach(i => r.table('t').delete())", "{}")
    }

    @Test func aRowFunctionThatWritesIsDoneWithItsRows() throws {
        let directory = try TemporaryDirectory()
        let pando = try Pando(path: directory.file("a.pando"))
        try r.dbCreate("test").run(on: pando)
        try r.tableCreate("t").run(on: pando)
        let insert = try TermTree(text: "r.range(3).merge(i => r.table('t').insert({id: i}))")
        #expect(throws: ReQLError.self) { try pando.start(insert).collected() }
        let rows = try pando.start(try TermTree(text: "r.range(3).map(i => ({id: i})).merge(i => r.table('t').insert(i))")).collected()
        #expect(rows.count == 3)
        #expect(try r.table("t").count().run(on: pando) == 3)
        try pando.close()
        #expect(try r.table("t").count().run(on: Pando(path: directory.file("a.pando"))) == 3)
    }

    @Test func writesOfOptionsThatMakeNoSense() {
        run.expect("r.table('t').update({}, {durability: 'soft'})('errors')", "0")
        run.expect("r.table('t').update({}, {durability: 'firm'})", fails: .queryLogic)
        run.expect("r.table('t').update({}, {nonAtomic: 'yes'})('errors')", "0")
        run.expect("r.table('t').sync()", "{\"synced\": 1}")
    }
}
