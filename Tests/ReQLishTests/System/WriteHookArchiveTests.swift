import Catalog
import Testing

@testable import ReQLish

/// Hooks go along in archives, Pando's and RethinkDB's; accounts don't.
@Suite struct WriteHookArchiveTests {
    private let source: QueryRunner

    init() throws {
        source = try QueryRunner(table: "t", [["id": 1]])
        for query in [
            "r.table('t').setWriteHook((context, old, doc) => doc.merge({by: 'hook', was: old.default({id: 0})('id')}))",
            "r.db('rethinkdb').table('users').insert({id: 'ada', password: {password: 'x', iterations: 1}})",
        ] {
            _ = try source.value(query)
        }
    }

    private func archive() throws -> [UInt8] {
        var bytes: [UInt8] = []
        try source.pando.catalog.snapshot().dump(root: "root") { piece throws(CatalogError) in bytes += [UInt8](copying: piece) }
        return bytes
    }

    /// The members of a tar archive but those whose path ends like this.
    private func without(_ suffix: String, _ tar: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        var position = 0
        while position + 512 <= tar.count, tar[position] != 0 {
            let path = String(decoding: tar[position..<(position + 100)].prefix { $0 != 0 }, as: UTF8.self)
            let size = tar[(position + 124)..<(position + 135)].reduce(0) { $0 * 8 + Int($1 - 0x30) }
            let end = position + 512 + (size + 511) / 512 * 512
            if !path.hasSuffix(suffix) { kept += tar[position..<end] }
            position = end
        }
        return kept + [UInt8](repeating: 0, count: 1024)
    }

    @Test(arguments: [true, false])
    func aRestoredTableHasItsHook(isOwn: Bool) throws {
        let archive = isOwn ? try archive() : without("database.pando", try archive())
        let target = try Pando.inMemory()
        let summary = try target.catalog.restore(ArchiveInput(archive))
        #expect(summary.notes == [])
        let copy = QueryRunner(target)
        #expect(try copy.value("r.table('t').getWriteHook()") == source.value("r.table('t').getWriteHook()"))
        // The rows had been through it; they come as they were.
        copy.expect("r.table('t').get(1)", #"{"id": 1}"#)
        copy.expect("r.table('t').insert({id: 2})('inserted')", "1")
        copy.expect("r.table('t').get(2)", #"{"by": "hook", "id": 2, "was": 0}"#)
        copy.expect("r.db('rethinkdb').table('users').count()", "1")
    }

    @Test func whereNobodyKnowsTheLanguageTheTableIsNotWritten() throws {
        let catalog = try Catalog.inMemory()
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("t", in: try transaction.createDatabase("d"))
        var change = TableChange()
        change.writeHook = .some("[69,[[2,[1,2,3]],[10,[3]]]]")
        _ = try transaction.change(table, change)
        let error = #expect(throws: CatalogError.self) { try transaction.put(["id": 1], in: table) }
        #expect(error?.kind == .newerFormat)
        transaction.rollback()
    }
}
