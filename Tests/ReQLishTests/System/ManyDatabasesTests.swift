import Testing
import TestSupport

@testable import ReQLish

/// A database that was closed and let go of is gone: nothing holds it in a circle.
@Suite struct ManyDatabasesTests {
    private struct Watched {
        weak var pando: Pando?
        weak var catalog: Catalog?
    }

    /// Opened, used in the ways that leave something behind, and closed.
    private func use(_ pando: Pando) throws -> Watched {
        func run(_ query: String) throws -> QueryResult { try pando.start(TermTree(text: query)) }
        _ = try run("r.dbCreate('test')")
        _ = try run("r.tableCreate('t')")
        _ = try run("r.table('t').indexCreate('x', d => d('a').add(1))")
        _ = try run("r.table('t').setWriteHook((c, o, n) => n)")
        _ = try run("r.table('t').insert({id: 1, a: 1})")
        guard case .sequence(let feed) = try run("r.table('t').changes()") else { return Watched() }
        _ = try run("r.table('t').insert({id: 2, a: 2})")
        _ = try run("r.db('rethinkdb').table('limits').insert({id: ['database', r.db('test').info()('id')], memory_mb: 9})")
        #expect(try run("r.table('t').getAll(3, {index: 'x'}).count()").collected() == 1)
        feed.close()
        try pando.close()
        return Watched(pando: pando, catalog: pando.catalog)
    }

    @Test func aThousandDatabasesLeaveNothing() throws {
        let folder = try TemporaryDirectory()
        var watched: [Watched] = []
        for number in 0..<1000 {
            let pando = number % 20 == 0 ? try Pando(path: folder.file("\(number).pando")) : try Pando.inMemory()
            watched.append(try use(pando))
        }
        #expect(eventually { watched.allSatisfy { $0.pando == nil && $0.catalog == nil } })
    }
}
