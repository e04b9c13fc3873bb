import Testing

@testable import Catalog

@Suite struct TarTests {
    func index(_ bytes: [UInt8]) throws -> [TarReader.Member] {
        try TarReader.members(ArchiveInput(bytes))
    }

    @Test(arguments: [1, 99, 100, 101, 155, 256, 500])
    func pathsOfAnyLength(_ length: Int) throws {
        let path = String(repeating: "d/é", count: length).utf8.prefix(length)
        let name = String(decoding: path, as: UTF8.self)
        var builder = ArchiveBuilder()
        builder.add(name, "contents")
        builder.add("after", "")
        let members = try index(builder.finished)
        #expect(members.map(\.path) == [name, "after"])
        #expect(members[0].byteCount == 8)
        #expect(builder.bytes[Int(members[0].offset)..<Int(members[0].offset) + 8].elementsEqual("contents".utf8))
    }

    /// What no test can hold in memory: only the headers are made, the input answers zeros for the rest.
    @Test(arguments: [(1 << 33) - 1, 1 << 33, 1 << 40] as [UInt64])
    func sizesBeyondOctal(_ byteCount: UInt64) throws {
        let header = Tar.header(path: "large", byteCount: byteCount, modified: 0)
        let input = ArchiveInput(byteCount: UInt64(header.count) + byteCount + 1024) { offset, count in
            (0..<count).map { Int(offset) + $0 < header.count ? header[Int(offset) + $0] : 0 }
        }
        let members = try TarReader.members(input)
        #expect(members.map(\.byteCount) == [byteCount])
    }

    @Test func base256Sizes() throws {
        var block = Tar.header(path: "large", byteCount: 5, modified: 0)
        block.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3])
        Self.sign(&block)
        #expect(try index(block + Array("abc".utf8) + Tar.padding(after: 3) + Tar.end).map(\.byteCount) == [3])
        block.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0xFF, count: 11))
        Self.sign(&block)
        expectError(.malformedArchive) { _ = try index(block + Tar.end) }
    }

    @Test func otherWritersHeaders() throws {
        // A name in two parts, a directory, GNU's long name, a global pax header.
        var split = Tar.header(path: "t.json", byteCount: 0, modified: 0)
        split.replaceSubrange(345..<351, with: "root/d".utf8)
        Self.sign(&split)
        var directory = Tar.header(path: "root/", byteCount: 0, modified: 0)
        directory[156] = UInt8(ascii: "5")
        Self.sign(&directory)
        let name = String(repeating: "n", count: 300)
        var long = Tar.header(path: "././@LongLink", byteCount: 301, modified: 0)
        long[156] = Tar.Kind.longName
        Self.sign(&long)
        var global = Tar.header(path: "pax_global_header", byteCount: 20, modified: 0)
        global[156] = Tar.Kind.paxGlobal
        Self.sign(&global)
        let archive =
            global + Array("20 comment=abcdefgh\n".utf8) + Tar.padding(after: 20) + directory + split
            + long + Array(name.utf8) + [0] + Tar.padding(after: 301) + Tar.header(path: "nnn", byteCount: 0, modified: 0)
        #expect(try index(archive).map(\.path) == ["root/d/t.json", name], "the closing zeros may be missing too")
    }

    static func sign(_ block: inout [UInt8]) {
        let digits = String(Tar.checksum(block), radix: 8)
        block.replaceSubrange(148..<156, with: Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8) + [0, 0x20])
    }

    @Test func damage() throws {
        let whole = ArchiveBuilder.archive([("a", "contents"), (String(repeating: "p", count: 200), "more")])
        expectError(.malformedArchive) { _ = try index([]) }
        expectError(.malformedArchive) { _ = try index(Array("This is some text, and no archive.".utf8)) }
        expectError(.malformedArchive) { _ = try index([UInt8](repeating: 0x41, count: 2048)) }
        for (magic, name) in [(Array("BZh9".utf8), "bunzip2"), ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "unxz")] {
            let error = expectError(.malformedArchive) { _ = try index(magic + whole) }
            #expect(try #require(error).message.contains(name))
        }
        for flipped in [0, 100, 124, 148, 156, 257] {
            var bytes = whole
            bytes[1024 + flipped] ^= 0x55
            expectError(.malformedArchive) { _ = try index(bytes) }
        }
    }

    @Test func everyTruncationIsFoundOrHarmless() throws {
        let whole = ArchiveBuilder.archive([("root/d/a", "contents"), (String(repeating: "p", count: 200), "more")])
        let full = try index(whole)
        for length in stride(from: 0, to: whole.count, by: 7) {
            do {
                let members = try index(Array(whole[..<length]))
                #expect(full.map(\.path).starts(with: members.map(\.path)))
            } catch let error as CatalogError {
                #expect(error.kind == .malformedArchive)
            }
        }
    }
}
