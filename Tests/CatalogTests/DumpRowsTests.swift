import Ground
import Synchronization
import TestSupport
import Testing

@testable import Catalog

/// The rows of tables that an engine keeps, in an archive.
struct DumpRowsTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    /// A table of rows that are different, and are many pages where `length` is large.
    private func filled(_ catalog: Catalog, count: Int, length: Int = 3) throws -> TableConfig {
        var transaction = try catalog.beginWrite()
        let table = try transaction.createTable("notes", in: transaction.createDatabase("app"))
        for number in 0..<count {
            _ = try transaction.put(["id": Datum(number), "text": Datum(String(repeating: "é\"\(number)", count: length))], in: table)
        }
        try transaction.commit()
        return table
    }

    /// An archive of two members, by a pipe, or in a file.
    private func archive(
        _ table: TableConfig, in catalog: Catalog, count: Int, file: OpenFile?, limit: UInt64 = Tar.largestOctalSize
    ) throws -> [UInt8] {
        var bytes: [UInt8] = []
        let sink = { (piece: borrowing Span<UInt8>) throws(CatalogError) in
            if let file { try file.write(piece) } else { for index in piece.indices { bytes.append(piece[index]) } }
        }
        var output = ArchiveOutput(modified: 0, .none, file)
        let snapshot = try catalog.snapshot()
        try output.file("before", ["n": 1], to: sink)
        for path in ["rows", String(repeating: "long/", count: 30)] {
            try snapshot.dumpRows(of: table, count: count, at: path, &output, largest: limit, { _ in }, sink)
        }
        try output.finish(to: sink)
        return bytes
    }

    private func inFile(_ table: TableConfig, _ catalog: Catalog, count: Int, limit: UInt64 = Tar.largestOctalSize) throws -> [UInt8] {
        let path = directory.file(UUID.random().description)
        _ = try archive(table, in: catalog, count: count, file: try OpenFile(creating: path), limit: limit)
        let file = try OpenFile(reading: path)
        return try file.read(at: 0, count: Int(try file.byteCount()))
    }

    @Test(arguments: [0, 1, 7, 3000]) func sizesThatAreToldLater(count: Int) throws {
        let catalog = try Catalog.open(ArrayEngine())
        let table = try filled(catalog, count: count, length: count > 1000 ? 50 : 3)
        let expected = try archive(table, in: catalog, count: count, file: nil)
        #expect(try inFile(table, catalog, count: count) == expected)
        // Those that don't fit into a header are found before they are written, or when they are.
        for limit in [1, UInt64(expected.count / 3), UInt64(expected.count / 2)] {
            #expect(try inFile(table, catalog, count: count, limit: limit) == expected)
        }
    }

    /// What a file needs for the size is in its pages: there the archive is the same, too.
    @Test func aFileIsWalkedTwice() throws {
        let catalog = try Catalog.inMemory()
        let table = try filled(catalog, count: 100)
        #expect(try inFile(table, catalog, count: 100) == archive(table, in: catalog, count: 100, file: nil))
    }

    /// Each row comes from the engine once.
    @Test func aWalkLess() throws {
        let engine = ArrayEngine()
        let catalog = try Catalog.open(engine)
        let table = try filled(catalog, count: 12_000, length: 50)
        let before = engine.askedCount.withLock { $0 }
        _ = try archive(table, in: catalog, count: 12_000, file: nil)
        let between = engine.askedCount.withLock { $0 }
        _ = try inFile(table, catalog, count: 12_000)
        let once = engine.askedCount.withLock { $0 } - between
        #expect(once <= (between - before) / 2 + 2 && once > 5)
    }
}
