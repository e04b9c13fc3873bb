import Ground
import TestSupport
import Testing

@testable import Catalog

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif
#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Archives as `.tar.gz`, as RethinkDB's tools have them.
@Suite struct CompressedArchiveTests {
    private let source: Catalog

    init() throws {
        source = try Catalog.inMemory()
        try source.fill("app", "users", (0..<300).map { ["id": Datum($0), "name": "some name", "n": Datum($0 % 7)] })
        try source.fill("app", "none")
        try source.fill("shop", "orders", primaryKey: "number", (0..<20).map { ["number": Datum($0)] })
    }

    @Test func roundTrip() throws {
        let archive = try source.snapshot().dumped(compression: .gzip)
        let isGzip = GzipDecoder.isGzip(archive.span)
        #expect(isGzip)
        let target = try Catalog.inMemory()
        #expect(try target.restore(archive).rows == 320)
        #expect(try target.contents() == source.contents())
        #expect(try GzipDecoder.decompress(archive.span, maximumByteCount: .max).bytes.count > 3 * archive.count)
    }

    @Test func theNameSaysHow() throws {
        let directory = try TemporaryDirectory()
        for (name, isCompressed) in [("a.tar.gz", true), ("b.tgz", true), ("c.tar", false)] {
            try source.snapshot().dump(toFile: directory.file(name))
            let start = try ArchiveInput(path: directory.file(name)).read(at: 0, count: 2)
            #expect((start == [0x1F, 0x8B]) == isCompressed, "\(name)")
            let target = try Catalog.inMemory()
            try target.restore(try ArchiveInput(path: directory.file(name)))
            #expect(try target.contents() == source.contents(), "\(name)")
        }
    }

    @Test func theSystemsTarReadsIt() throws {
        let directory = try TemporaryDirectory()
        try source.snapshot().dump(toFile: directory.file("dump.tar.gz"), root: "root")
        #expect(unsafe system("cd \(directory.path) && tar xzf dump.tar.gz") == 0)
        let rows = try String(contentsOfFile: directory.file("root/shop/orders.json"), encoding: .utf8)
        #expect(rows.hasPrefix("[\n{\"number\":0},\n{\"number\":1}") && rows.hasSuffix("{\"number\":19}\n]\n"))
        #expect(FileManager.default.fileExists(atPath: directory.file("root/app/none.info")))
    }

    /// With the folders as members of their own, the files in any order, and ustar or pax headers.
    @Test(arguments: ["gnu", "ustar", "pax"])
    func whatTheSystemsTarWritesIsRead(_ format: String) throws {
        let directory = try TemporaryDirectory()
        try source.snapshot().dump(toFile: directory.file("dump.tar.gz"), root: "root")
        let command = "cd \(directory.path) && tar xzf dump.tar.gz && tar czf again.tar.gz --format=\(format) ./root"
        #expect(unsafe system(command) == 0)
        let target = try Catalog.inMemory()
        try target.restore(try ArchiveInput(path: directory.file("again.tar.gz")))
        #expect(try target.contents() == source.contents())
    }

    /// What comes from a pipe can't be read twice.
    @Test func throughAPipe() throws {
        let directory = try TemporaryDirectory()
        let archive = try source.snapshot().dumped(compression: .gzip)
        var ends: [Int32] = [0, 0]
        #expect(unsafe pipe(&ends) == 0)
        #expect(unsafe write(ends[1], archive, archive.count) == archive.count)
        close(ends[1])
        let input = try ArchiveInput(descriptor: ends[0], spoolingBeside: directory.file("new.pando"))
        close(ends[0])
        let target = try Catalog.inMemory()
        try target.restore(input)
        #expect(try target.contents() == source.contents())
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == [])
        expectError(.io) { _ = try ArchiveInput(descriptor: -1, spoolingBeside: directory.file("new.pando")) }
    }

    // MARK: Damage

    @Test func cutOffAnywhereNothingIsWritten() throws {
        let archive = try source.snapshot().dumped(compression: .gzip)
        for count in stride(from: 0, to: archive.count, by: 37) {
            let target = try Catalog.inMemory()
            expectError(.malformedArchive) { try target.restore(Array(archive[..<count])) }
            #expect(try target.contents().isEmpty, "cut to \(count) bytes")
        }
    }

    @Test func flippedAnywhereNothingWrongIsWritten() throws {
        let archive = try source.snapshot().dumped(compression: .gzip)
        let expected = try source.contents()
        for place in stride(from: 0, to: archive.count, by: 41) {
            var damaged = archive
            damaged[place] ^= 0x10
            let target = try Catalog.inMemory()
            do {
                try target.restore(damaged)
                #expect(try target.contents() == expected, "byte \(place)")
            } catch let error as CatalogError {
                #expect(error.kind == .malformedArchive, "byte \(place)")
                #expect(try target.contents().isEmpty, "byte \(place)")
            }
        }
    }

    @Test func bombs() throws {
        let zeros = String(repeating: "\u{0}", count: 2_000_000)
        let bomb = GzipEncoder.compress(ArchiveBuilder.table(rows: "[" + zeros).span).bytes
        var input = ArchiveInput(bomb)
        input.unsuspectedByteCount = 1_000_000
        let target = try Catalog.inMemory()
        let error = expectError(.malformedArchive) { try target.restore(input) }
        #expect(try #require(error).message.contains("300 times its size"))
        #expect(try target.contents().isEmpty)
        // Behind the end of the tar archive, too.
        var behind = ArchiveInput(GzipEncoder.compress((ArchiveBuilder.table(rows: "[]") + Array(zeros.utf8)).span).bytes)
        behind.unsuspectedByteCount = 1_000_000
        expectError(.malformedArchive) { try target.restore(behind) }
    }

    // MARK: Going on

    /// Stops at every table, and goes on.
    @Test func anInterruptedRestoreGoesOn() throws {
        let archive = try source.snapshot().dumped(compression: .gzip)
        var options = RestoreOptions()
        options.resumes = true
        let target = try Catalog.inMemory()
        var stops = 0
        var sizes: [Int] = []
        while true {
            do {
                var steps = 0
                let summary = try target.restore(ArchiveInput(archive), options: options) { step throws(CatalogError) in
                    if step.table.isEmpty { return }
                    steps += 1
                    if steps == 2 { throw CatalogError(.cancelled, "Enough.") }
                }
                #expect(summary.tablesAlreadyThere == 2)
                break
            } catch {
                #expect(error.kind == .cancelled)
                stops += 1
                sizes.append(try target.contents().count)
            }
        }
        #expect(stops == 1 && sizes == [2], "the first table was restored, the second was stopped at its end")
        #expect(try target.contents() == source.contents())
        try target.expectSound()
        expectError(.tableExists) { try target.restore(archive) }
        #expect(try target.restore(archive, resumes: true).tablesAlreadyThere == 3)
    }

    @Test func aTableOfAnotherOriginIsNoRestoredOne() throws {
        let archive = try source.snapshot().dumped(compression: .gzip)
        let target = try Catalog.inMemory()
        try target.fill("app", "users", [["id": 1]])
        expectError(.tableExists) { try target.restore(archive, resumes: true) }
        #expect(try target.restore(archive, force: true, resumes: true).tablesAlreadyThere == 0)
        #expect(try target.contents()["app.users"]?.count == 300)
    }

    /// RethinkDB's archives have the ids in their `.info` files.
    @Test func idsOfOtherArchivesAreKept() throws {
        let (table, database) = ("8b4f6c0e-0000-4000-8000-000000000001", "8b4f6c0e-0000-4000-8000-000000000002")
        let info = #"{"primary_key": "id", "id": "\#(table)", "db": {"id": "\#(database)", "name": "d", "type": "DB"}}"#
        let archive = ArchiveBuilder.table(rows: "[{\"id\": 1}]", info: info)
        let target = try Catalog.inMemory()
        try target.restore(archive)
        #expect(try target.snapshot().existing("d").id == database)
        #expect(try target.snapshot().existing("d", "t").id == table)
        #expect(try target.restore(archive, resumes: true).tablesAlreadyThere == 1)
    }
}
