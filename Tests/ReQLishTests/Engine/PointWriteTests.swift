import Testing

@testable import ReQLish

/// Which documents a short write looks for is known where nothing else of it looks at rows.
@Suite struct PointWriteTests {
    @Test(arguments: [
        "r.table('t').insert({id: 1, n: 2})", "r.db('d').table('t').insert([{id: 1}, {id: 2}], {conflict: 'replace'})",
        "r.table('t').insert({n: 2})", "r.table('t').get(1).update({n: 2})",
        "r.table('t').get(1).update(row => row.merge({n: row('n').add(1)}))",
        "r.table('t').get('a').replace({id: 'a'})", "r.table('t').get(1).delete()",
    ]) func areForeseen(text: String) throws {
        let tree = try TermTree(text: text)
        #expect(tree.shape == .shortWrite)
        #expect(PointWrite(tree) != nil)
    }

    @Test(arguments: [
        "r.table('t').insert({id: 1, n: r.table('t').get(2)('n')})", "r.table('t').insert({id: r.expr(1).add(1)})",
        "r.table('t').get(1).update({n: r.table('t').get(2)('n').default(0)})",
        "r.table('t').get(1).update(r.table('t').get(2).without('id'))",
    ]) func areNot(text: String) throws {
        #expect(PointWrite(try TermTree(text: text)) == nil)
    }

    /// With a file there is nobody to be told.
    @Test func aFileIsToldNothing() throws {
        let pando = try Pando.inMemory()
        for text in ["r.dbCreate('test')", "r.tableCreate('t')"] { _ = try pando.start(try TermTree(text: text)).collected() }
        let write = try #require(PointWrite(try TermTree(text: "r.table('t').get(1).delete()")))
        #expect(write.expectDocuments(in: pando, QueryOptions()) == nil)
    }
}
