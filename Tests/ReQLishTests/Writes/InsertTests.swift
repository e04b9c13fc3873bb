import Testing

@testable import ReQLish

@Suite struct InsertTests {
    let run: QueryRunner

    init() throws {
        run = try QueryRunner(table: "t", [["id": 1, "a": ["b": 1]]])
    }

    /// What a write answers when nothing else is said.
    private func counts(_ changed: String) -> String {
        var counts = ["inserted", "replaced", "unchanged", "skipped", "deleted", "errors"].map { "\"\($0)\": 0" }
        for change in changed.split(separator: " ") {
            let parts = change.split(separator: "=")
            counts.removeAll { $0.hasPrefix("\"\(parts[0])\"") }
            counts.append("\"\(parts[0])\": \(parts[1])")
        }
        return "{" + counts.joined(separator: ", ") + "}"
    }

    @Test func everyCounterIsThere() {
        run.expect("r.table('t').insert({id: 2})", counts("inserted=1"))
        run.expect("r.table('t').insert([])", counts(""))
        run.expect("r.table('t').insert([{id: 3}, {id: 4}])", counts("inserted=2"))
        run.expect("r.table('t').get(2)", "{\"id\": 2}")
    }

    @Test func aDocumentWithoutAKeyGetsOne() throws {
        let result = try run.value("r.table('t').insert([{n: 1}, {id: 5}, {n: 2}], {returnChanges: true})")
        let keys = try #require(result[field: "generated_keys"])
        #expect(keys.count == 2)
        #expect(keys[0].string?.utf8.count == 36)
        #expect(result[field: "changes"]?[0][field: "new_val"]?[field: "id"] == keys[0])
        #expect(result[field: "changes"]?[2][field: "new_val"]?[field: "n"] == 2)
        #expect(try run.value("r.table('t').get('\(keys[1].string ?? "")')('n')") == 2)
    }

    @Test func whatIsWrongWithOneRowIsCounted() throws {
        let long = String(repeating: "k", count: 128)
        let result = try run.value(
            "r.table('t').insert([{id: 1}, {id: 2}, {id: 2}, 5, {id: null}, {id: r.expr({})}, {id: '\(long)'}, {id: 7, m: r.minval}, {id: 8}])"
        )
        #expect(result[field: "inserted"] == 2)
        #expect(result[field: "errors"] == 7)
        #expect(result[field: "first_error"]?.string?.hasPrefix("Expected type OBJECT but found NUMBER.") == true)
        #expect(try run.value("r.table('t').get(1)('a')('b')") == 1)
        #expect(try run.value("r.table('t').count()") == 3)
    }

    @Test func onlyObjectsAndSequencesAreInserted() {
        run.expect("r.table('t').insert(5)", fails: .queryLogic)
        run.expect("r.table('t').insert(null)", fails: .nonExistence)
        run.expect("r.expr([]).insert({})", fails: .queryLogic)
        run.expect("r.table('t').filter({}).insert({})", fails: .queryLogic)
    }

    @Test func conflicts() {
        run.expect("r.table('t').insert({id: 1, c: 1}, {conflict: 'error'})('errors')", "1")
        run.expect("r.table('t').insert({id: 1, a: {c: 2}}, {conflict: 'update'})", counts("replaced=1"))
        run.expect("r.table('t').get(1)", "{\"id\": 1, \"a\": {\"b\": 1, \"c\": 2}}")
        run.expect("r.table('t').insert({id: 1, a: {c: 2}}, {conflict: 'update'})", counts("unchanged=1"))
        run.expect("r.table('t').insert({id: 1, x: 1}, {conflict: 'replace'})", counts("replaced=1"))
        run.expect("r.table('t').get(1)", "{\"id\": 1, \"x\": 1}")
        run.expect(
            "r.table('t').insert({id: 1, x: 5}, {conflict: (id, old, new_) => ({id: id, x: old('x').add(new_('x'))})})",
            counts("replaced=1"))
        run.expect("r.table('t').get(1)('x')", "6")
        run.expect("r.table('t').insert({id: 1}, {conflict: (id, old, new_) => ({id: 2})})('errors')", "1")
        run.expect("r.table('t').insert({id: 1}, {conflict: (id, old, new_) => old('nope')})('errors')", "1")
        run.expect("r.table('t').insert({id: 1}, {conflict: (id, old, new_) => null})", counts("deleted=1"))
        run.expect("r.table('t').insert({id: 1}, {conflict: (a, b) => a})", fails: .queryLogic)
        run.expect("r.table('t').insert({id: 1}, {conflict: (a, b, c) => r.object('id', a, 'x', r.random())})", fails: .queryLogic)
        run.expect("r.table('t').insert({id: 1}, {conflict: 'panic'})", fails: .queryLogic)
    }

    @Test func changesComeInTheOrderOfTheInput() {
        run.expect(
            "r.table('t').insert([{id: 3}, {id: 1}, {id: 2}], {returnChanges: true})('changes')",
            "[{\"old_val\": null, \"new_val\": {\"id\": 3}}, {\"old_val\": null, \"new_val\": {\"id\": 2}}]")
        run.expect(
            "r.table('t').insert([{id: 1}, {id: 4}], {returnChanges: 'always'})('changes').without('error')",
            "[{\"old_val\": {\"id\": 1, \"a\": {\"b\": 1}}, \"new_val\": {\"id\": 1, \"a\": {\"b\": 1}}}, {\"old_val\": null, \"new_val\": {\"id\": 4}}]"
        )
        run.expect("r.table('t').insert([{id: 1}], {returnChanges: true})('changes')", "[]")
        run.expect("r.table('t').insert({id: 9}, {returnChanges: false}).hasFields('changes')", "false")
        run.expect("r.table('t').insert({id: 9}, {returnChanges: 'sometimes'})", fails: .queryLogic)
        run.expect("r.table('t').insert({id: 9}, {returnVals: true})", fails: .queryLogic)
    }

    @Test func longListsAreCutWithAWarning() throws {
        var options = QueryOptions()
        options.arrayLimit = 3
        let result = try run.value("r.table('t').insert(r.range(5).map(i => ({n: i})), {returnChanges: true})", options)
        #expect(result[field: "inserted"] == 5)
        #expect(result[field: "changes"]?.count == 3)
        #expect(result[field: "generated_keys"]?.count == 3)
        #expect(result[field: "warnings"]?.count == 2)
    }

    @Test func aTableIsInsertedIntoAnother() throws {
        _ = try run.value("r.table('t').insert(r.range(2, 1001).map(i => ({id: i})))")
        _ = try run.value("r.tableCreate('u')")
        run.expect("r.table('u').insert(r.table('t'))", counts("inserted=1000"))
        // Into itself: the rows are those of before.
        run.expect("r.table('u').insert(r.table('u').map(x => x.merge({id: x('id').add(5000)})))", counts("inserted=1000"))
        run.expect("r.table('u').count()", "2000")
    }

    @Test func anArrayThatIsTooLongIsNotStored() throws {
        var options = QueryOptions()
        options.arrayLimit = 200_000
        let result = try run.value("r.table('t').insert({id: 2, a: r.range(100001).coerceTo('array')})", options)
        #expect(result[field: "errors"] == 1)
        #expect(try run.value("r.table('t').get(2)") == .null)
    }

    @Test func timesAndBinaryComeBackAsTheyWere() {
        run.expect("r.table('t').insert({id: 2, t: r.ISO8601('2020-02-03T04:05:06.789+02:00'), b: r.binary('héllo')})('inserted')", "1")
        run.expect("r.table('t').get(2)('t').toISO8601()", "\"2020-02-03T04:05:06.789+02:00\"")
        run.expect("r.table('t').get(2)('b').coerceTo('string')", "\"héllo\"")
        run.expect("r.table('t').get(2).update({t: r.ISO8601('2020-02-03T02:05:06.789Z')})('replaced')", "1")
        run.expect("r.table('t').get(2)('t').timezone()", "\"+00:00\"")
    }
}
