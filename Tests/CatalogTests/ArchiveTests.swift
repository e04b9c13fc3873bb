import Ground
import TestSupport
import Testing

@testable import Catalog

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct ArchiveTests {
    let source: Catalog

    init() throws {
        source = try Catalog.inMemory()
        try source.fill("app", "users", (0..<3000).map { ["id": Datum("user_\($0)"), "n": Datum($0)] })
        try source.fill("app", "none")
        try source.fill("shop", "orders", primaryKey: "number", Self.values.enumerated().map { ["number": Datum($0), "value": $1] })
        try source.fill("shop", "keys", DocumentTests.keysInOrder.map { try! .object([("id", $0)]) })
        try source.write { _ = try $0.createDatabase("empty") }
    }

    static let values: [Datum] = [
        .null, true, false, 0, -0.0, 0.1, 1e300, Datum(5e-324), 9007199254740993, -1.5e-7, "", "é 名 😀", "\u{0}\u{1F}\"\\/", [], [[], [:]],
        [:],
        ["": ["$a": 1]], .binary([]), .binary(Array(0...255)), .time(epochSeconds: 1_700_000_000.123, offsetMinutes: -570),
        .time(epochSeconds: -1, offsetMinutes: 0), ["deep": ["er": [.binary([1, 2, 3]), .time(epochSeconds: 0, offsetMinutes: 840)]]],
    ]

    @Test func roundTrip() throws {
        let archive = try source.snapshot().dumped()
        let target = try Catalog.inMemory()
        let summary = try target.restore(archive)
        #expect(summary.databases == 3 && summary.tables == 4 && summary.rows == 3000 + Self.values.count + DocumentTests.keysInOrder.count)
        #expect(summary.notes == [])
        #expect(try target.contents() == source.contents())
        let (old, new) = (try source.snapshot(), try target.snapshot())
        #expect(try new.databases() == old.databases())
        for database in try old.databases() { #expect(try new.tables(in: database) == old.tables(in: database)) }
        // Not only equal in ReQL's sense: byte for byte.
        #expect(try ArchiveBuilder.files(in: target.snapshot().dumped()) == ArchiveBuilder.files(in: archive))
        try target.expectSound()
    }

    @Test func layout() throws {
        let members = try TarReader.members(ArchiveInput(source.snapshot().dumped()))
        #expect(
            members.map(\.path) == [
                "root/app/database.pando", "root/app/none.info", "root/app/none.json", "root/app/users.info", "root/app/users.json",
                "root/empty/database.pando", "root/shop/database.pando", "root/shop/keys.info", "root/shop/keys.json",
                "root/shop/orders.info", "root/shop/orders.json",
            ])
    }

    @Test func theFilesAreRethinkDBs() throws {
        let catalog = try Catalog.inMemory()
        let point = try Datum(json: #"{"$reql_type$":"GEOMETRY","coordinates":[1,2],"type":"Point"}"#)
        let table = try catalog.fill("d", "t", [["id": 2, "p": point], ["id": 1, "b": .binary([1])]])
        let files = try ArchiveBuilder.files(in: catalog.snapshot().dumped())
        let rows = #"{"b":{"$reql_type$":"BINARY","data":"AQ=="},"id":1},"# + "\n{\"id\":2,\"p\":\(point)}"
        #expect(files["root/d/t.json"] == "[\n\(rows)\n]\n")
        let info = try Datum(json: #require(files["root/d/t.info"]))
        #expect(
            info == [
                "db": ["id": Datum(table.databaseID), "name": "d", "type": "DB"], "doc_count_estimates": [2], "id": Datum(table.id),
                "indexes": [], "name": "t", "primary_key": "id", "type": "TABLE", "write_hook": .null,
            ])
        #expect(files["root/d/t.info"]?.hasSuffix("}\n") == true)
    }

    @Test func anEmptyTableHasItsBrackets() throws {
        let catalog = try Catalog.inMemory()
        try catalog.fill("d", "t")
        #expect(try ArchiveBuilder.files(in: catalog.snapshot().dumped())["root/d/t.json"] == "[\n]\n")
    }

    @Test func nothingRoundTrips() throws {
        let summary = try Catalog.inMemory().restore(Catalog.inMemory().snapshot().dumped())
        #expect(summary.databases == 0 && summary.tables == 0)
    }

    @Test func selections() throws {
        let archive = try source.snapshot().dumped([ArchiveSelection("app.users")!, ArchiveSelection("shop")!])
        let target = try Catalog.inMemory()
        try target.restore(archive)
        #expect(try target.contents().keys.sorted() == ["app.users", "shop.keys", "shop.orders"])

        let part = try Catalog.inMemory()
        try part.restore(archive, [ArchiveSelection("shop.keys")!])
        #expect(try part.contents().keys.sorted() == ["shop.keys"])
        #expect(try part.snapshot().databases().map(\.name) == ["shop"])

        expectError(.databaseNotFound) { _ = try source.snapshot().dumped([ArchiveSelection(database: "nothing")]) }
        expectError(.tableNotFound) { _ = try source.snapshot().dumped([ArchiveSelection("app.nothing")!]) }
        for missing in ["nothing", "app.none", "empty"] {
            expectError(.notInArchive) { try part.restore(archive, [ArchiveSelection(missing)!]) }
        }
        #expect(ArchiveSelection("a.") == nil && ArchiveSelection("") == nil && ArchiveSelection(".a") == nil)
    }

    @Test func conflictsAndForce() throws {
        let archive = try source.snapshot().dumped()
        let target = try Catalog.inMemory()
        try target.fill("app", "users", [["id": "user_7", "n": "old"], ["id": "mine"]])
        let before = try target.contents()
        let error = expectError(.tableExists) { try target.restore(archive) }
        #expect(try #require(error).message.contains("`app.users`"))
        #expect(try target.contents() == before, "nothing was written")

        try target.restore(archive, force: true)
        let snapshot = try target.snapshot()
        let users = try snapshot.existing("app", "users")
        #expect(try snapshot.get("user_7", in: users)?[field: "n"] == 7)
        #expect(try snapshot.documentCount(in: users) == 3001)
        try target.restore(archive, force: true)
        #expect(try target.snapshot().documentCount(in: users) == 3001)

        let other = try Catalog.inMemory()
        try other.fill("app", "users", primaryKey: "email")
        expectError(.tableExists) { try other.restore(archive, force: true) }
        #expect(try other.contents() == ["app.users": []])
    }

    @Test func idsThatAreTakenAreMadeAnew() throws {
        let archive = try source.snapshot().dumped()
        try source.write { _ = try $0.renameDatabase("app", to: "app2") }
        try source.restore(archive, [ArchiveSelection("app")!])
        let snapshot = try source.snapshot()
        #expect(try snapshot.existing("app").id != snapshot.existing("app2").id)
        #expect(try snapshot.existing("app", "users").id != snapshot.existing("app2", "users").id)
        #expect(try snapshot.documentCount(in: snapshot.existing("app", "users")) == 3000)
        try source.expectSound()
    }

    /// Where a table has its id again, so have its indexes, and another dump is the same; elsewhere, they are others.
    @Test func indexesHaveTheirIDsAgain() throws {
        try source.write { transaction in
            let users = try transaction.snapshot().existing("app", "users")
            _ = try transaction.createIndex("n", on: users, .field("n"))
            _ = try transaction.createIndex("m", on: users, .field("m"), isMulti: true)
        }
        let users = try source.snapshot().existing("app", "users")
        for index in users.indexes { while try !source.buildIndex(index.id, of: users) {} }
        let archive = try source.snapshot().dumped()
        let target = try Catalog.inMemory()
        try target.restore(archive)
        #expect(try target.snapshot().existing("app", "users").indexes.map(\.id) == users.indexes.map(\.id))
        #expect(try ArchiveBuilder.files(in: target.snapshot().dumped()) == ArchiveBuilder.files(in: archive))
        try target.expectSound()
        // A second copy beside the first one.
        try target.write { _ = try $0.renameDatabase("app", to: "app2") }
        try target.restore(archive, [ArchiveSelection("app")!])
        let copies = try target.snapshot().existing("app", "users").indexes.map(\.id)
        #expect(copies.count == 2 && Set(copies).isDisjoint(with: users.indexes.map(\.id)))
        // An index that is there under another name keeps its id.
        try target.write { transaction in
            let users = try transaction.snapshot().existing("app2", "users")
            _ = try transaction.renameIndex("n", of: users, to: "older")
            _ = try transaction.renameDatabase("app", to: "app3")
            _ = try transaction.renameDatabase("app2", to: "app")
        }
        try target.restore(archive, [ArchiveSelection("app")!], force: true)
        let ids = try target.snapshot().existing("app", "users").indexes.map(\.id)
        #expect(ids.count == 3 && Set(ids).count == 3)
        try target.expectSound()
    }

    @Test func theDumpIsOfOneSnapshot() throws {
        let snapshot = try source.snapshot()
        let expected = try source.contents()
        try source.write { _ = try $0.dropDatabase("shop") }
        try source.fill("app", "later", [["id": 1]])
        let target = try Catalog.inMemory()
        try target.restore(snapshot.dumped())
        #expect(try target.contents() == expected)
    }

    @Test func files() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("dump.tar")
        let written = try source.snapshot().dump(toFile: path)
        let read = try Catalog.inMemory().restore(ArchiveInput(path: path))
        #expect(read.rows == written.rows && read.tables == written.tables && read.databases == written.databases)
        expectError(.io) { try source.snapshot().dump(toFile: path) }
        try source.snapshot().dump(toFile: path, overwriting: true)
        expectError(.io) { try source.snapshot().dump(toFile: directory.file("no/such/folder.tar")) }
        expectError(.io) { _ = try ArchiveInput(path: directory.file("nothing.tar")) }
        expectError(.databaseNotFound) { try source.snapshot().dump([ArchiveSelection(database: "x")], toFile: directory.file("x.tar")) }
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["dump.tar"], "nothing half-made is left")
    }

    @Test func progressIsTold() throws {
        var told: [ArchiveProgress] = []
        let sink = ByteBufferSink()
        try source.snapshot().dump([ArchiveSelection("app")!], root: "r", progress: { told.append($0) }) { bytes throws(CatalogError) in
            sink.buffer.append(bytes)
        }
        #expect(told.map(\.rows) == [0, 1024, 2048, 3000] && told.last?.totalRows == 3000 && told.last?.table == "app.users")
        told = []
        try Catalog.inMemory().restore(ArchiveInput(sink.buffer.bytes)) { told.append($0) }
        #expect(told.first?.table == "", "first it is looked through")
        told.removeAll { $0.table.isEmpty }
        #expect(told.map(\.rows) == [0, 1024, 2048, 3000] && told.last?.totalRows == 3000)
    }

    private final class ByteBufferSink {
        var buffer = ByteBuffer()
    }

    @Test func theRootSaysWhen() {
        #expect(ArchiveNames.root(at: 0) == "pando_dump_1970-01-01T00:00:00")
        #expect(ArchiveNames.root(at: 951_782_399.9) == "pando_dump_2000-02-28T23:59:59")
        #expect(ArchiveNames.root(at: 951_782_400) == "pando_dump_2000-02-29T00:00:00")
        #expect(ArchiveNames.root(at: 4_102_444_799) == "pando_dump_2099-12-31T23:59:59")
        #expect(ArchiveNames.root(at: 4_107_542_400) == "pando_dump_2100-03-01T00:00:00")
    }
}
