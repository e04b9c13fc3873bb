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

/// Both ways against the system's own `tar`, with files of random names and sizes.
@Suite struct SystemTarTests {
    /// Names of every length, in folders, some beyond what a header holds; no two alike, and none a folder of another.
    private static func files(_ generator: inout SeededGenerator) -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for number in 0..<1 + generator.below(12) {
            let folders = (0..<generator.below(4)).map { level in
                "\(level)" + String(repeating: "folder ", count: 1 + generator.below(9))
            }
            let name = "\(number)-" + String(repeating: ["n", "é", "x.", "日"][generator.below(4)], count: 1 + generator.below(50))
            let count = generator.below(3) == 0 ? 512 * generator.below(5) : generator.below(70_000)
            files[(folders + [name]).joined(separator: "/")] = compressibleBytes(count, using: &generator)
        }
        return files
    }

    @Test func whatIsWrittenIsUnpacked() throws {
        for seed in Fuzzing.seeds(6) {
            var generator = SeededGenerator(seed: seed)
            let directory = try TemporaryDirectory()
            let files = Self.files(&generator)
            var archive: [UInt8] = []
            for (path, bytes) in files {
                let count = UInt64(bytes.count)
                archive += Tar.header(path: path, byteCount: count, modified: UInt64(generator.below(1 << 30)))
                archive += bytes + Tar.padding(after: count)
            }
            try Data(archive + Tar.end).write(to: URL(filePath: directory.file("a.tar")))
            // It complains of nothing.
            let command = "cd \(directory.path) && mkdir out && tar xf a.tar -C out 2> errors && test ! -s errors"
            #expect(unsafe system(command) == 0, "seed \(seed)")
            for (path, bytes) in files {
                #expect(try Array(Data(contentsOf: URL(filePath: directory.file("out/" + path)))) == bytes, "seed \(seed), \(path)")
            }
        }
    }

    @Test func whatTheSystemPacksIsRead() throws {
        for seed in Fuzzing.seeds(6) {
            var generator = SeededGenerator(seed: seed)
            let directory = try TemporaryDirectory()
            let files = Self.files(&generator)
            for (path, bytes) in files {
                let url = URL(filePath: directory.file("in/" + path))
                try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(bytes).write(to: url)
            }
            let format = ["gnu", "pax", "oldgnu"][generator.below(3)]
            let blocking = ["1", "2", "20"][generator.below(3)]
            let command = "cd \(directory.path)/in && tar cf ../a.tar -b \(blocking) --format=\(format) *"
            #expect(unsafe system(command) == 0, "seed \(seed)")
            let archive = try Array(Data(contentsOf: URL(filePath: directory.file("a.tar"))))
            let members = try TarReader.members(ArchiveInput(archive))
            #expect(Set(members.map(\.path)) == Set(files.keys), "seed \(seed), \(format)")
            for member in members {
                let contents = archive[Int(member.offset)..<Int(member.offset + member.byteCount)]
                #expect(files[member.path].map { contents.elementsEqual($0) } == true, "seed \(seed), \(member.path)")
            }
        }
    }
}
