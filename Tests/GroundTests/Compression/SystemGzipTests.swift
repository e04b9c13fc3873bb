import TestSupport
import Testing

@testable import Ground

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

/// Both ways against the system's own `gzip`.
@Suite struct SystemGzipTests {
    @Test func theSystemReadsWhatIsWritten() throws {
        let directory = try TemporaryDirectory()
        for seed in Fuzzing.seeds(6) {
            var generator = SeededGenerator(seed: seed)
            let bytes = compressibleBytes(generator.below(400_000), using: &generator)
            let (compressed, plain) = (directory.file("\(seed).gz"), directory.file("\(seed)"))
            try Data(GzipEncoder.compressed(bytes, threads: 2)).write(to: URL(filePath: compressed))
            #expect(unsafe system("gzip -dc \(compressed) > \(plain)") == 0, "seed \(seed)")
            #expect(try Array(Data(contentsOf: URL(filePath: plain))) == bytes, "seed \(seed)")
        }
    }

    @Test func whatTheSystemWritesIsRead() throws {
        let directory = try TemporaryDirectory()
        for seed in Fuzzing.seeds(8) {
            var generator = SeededGenerator(seed: seed)
            let bytes = compressibleBytes(generator.below(200_000), using: &generator)
            let (compressed, plain) = (directory.file("\(seed).gz"), directory.file("\(seed)"))
            try Data(bytes).write(to: URL(filePath: plain))
            let level = 1 + generator.below(9)
            #expect(unsafe system("gzip -\(level)c \(plain) > \(compressed); gzip -1c \(plain) >> \(compressed)") == 0)
            let file = try Array(Data(contentsOf: URL(filePath: compressed)))
            #expect(try GzipDecoder.decompressed(file, cut: { 1 + generator.below(9000) }) == bytes + bytes, "seed \(seed), level \(level)")
        }
    }
}
