import Ground
import TestSupport
import Testing

@testable import ReQLish

/// Documents that expire, as queries see them.
@Suite struct ExpiringTests {
    @Test func `A table names the field`() throws {
        let run = try QueryRunner(table: nil)
        let made = try run.value("r.tableCreate('t', {expiryField: 'until'})('config_changes')(0)('new_val')('expiry_field')")
        #expect(made == "until")
        #expect(try run.value("r.table('t').insert({id: 1, until: 5})('errors')") == 1)
        #expect(try run.value("r.table('t').insert({id: 1, until: r.now().add(1000)})('inserted')") == 1)
        #expect(try run.value("r.table('t').update({until: 'tomorrow'})('errors')") == 1)
        _ = try run.value("r.table('t').config().update({expiry_field: null})")
        #expect(try run.value("r.table('t').config().hasFields('expiry_field')") == false)
        #expect(try run.value("r.table('t').insert({id: 2, until: 5})('inserted')") == 1)
        let refused = try run.value("r.table('t').config().update({expiry_field: 'until'})")
        #expect(refused[field: "errors"] == 1 && refused[field: "first_error"]?.string?.contains("`2`") == true, "\(refused)")
        for wrong in ["5", "true", "''", "{}"] {
            #expect(try run.value("r.table('t').config().update({expiry_field: \(wrong)})")[field: "errors"] == 1, "\(wrong)")
            run.expect("r.tableCreate('x', {expiryField: \(wrong)})", fails: .operationFailed)
        }
    }

    /// The thread that removes is the one of every open file: it is waited for by the feed that it tells.
    @Test func `A feed is told, by itself`() throws {
        let run = try QueryRunner(table: nil)
        _ = try run.value("r.tableCreate('t', {expiryField: 'until'})")
        _ = try run.value("r.table('t').indexCreate('a')")
        let feed = try run.cursor("r.table('t').pluck('id').changes()")
        let count = try run.cursor("r.table('t').count().changes()")
        _ = try run.value("r.table('t').insert([{id: 1, a: 1, until: r.now().add(-1)}, {id: 2, a: 2, until: r.now().add(1000)}])")
        var notices: [Datum] = []
        while notices.count < 3, let notice = try feed.next() { notices.append(notice) }
        #expect(notices.last == ["new_val": .null, "old_val": ["id": 1]])
        while let notice = try count.next() { if notice[field: "new_val"] == 1, notice[field: "old_val"] == 2 { break } }
        #expect(try run.value("r.table('t').count()") == 1)
        #expect(try run.value("r.table('t').getAll(1, {index: 'a'}).count()") == 0)
        try run.pando.close()
    }

    @Test func `A file goes on where it was opened again`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("a.pando")
        var pando = try Pando(path: path)
        pando.catalog.clock.set(1000)
        var run = QueryRunner(pando)
        for text in [
            "r.dbCreate('test')", "r.tableCreate('t', {expiryField: 'until'})", "r.table('t').insert({id: 1, until: r.epochTime(2000)})",
        ] {
            _ = try run.value(text)
        }
        try pando.close()
        pando = try Pando(path: path)
        run = QueryRunner(pando)
        // Either it has gone already, or the feed tells of it.
        let feed = try run.cursor("r.table('t').count().changes({includeInitial: true})")
        while let notice = try feed.next(), notice[field: "new_val"] != 0 {}
        #expect(try run.value("r.table('t').count()") == 0)
        feed.close()
        try pando.close()
    }
}
