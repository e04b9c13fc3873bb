import TestSupport
import Testing

@testable import Ground

@Suite struct GzipTests {
    @Test(arguments: [0, 1, 2, 3, 7, 257, 258, 259, 1000, 65_535, 65_536, 65_537, 100_000])
    func roundTrip(_ count: Int) throws {
        for seed in Fuzzing.seeds(6) {
            var generator = SeededGenerator(seed: seed &* 1000 &+ UInt64(count))
            let bytes = compressibleBytes(count, using: &generator)
            let compressed = GzipEncoder.compressed(bytes, threads: 1 + generator.below(3), cut: { 1 + generator.below(count) })
            #expect(compressed.count <= bytes.count + bytes.count / 1000 + 40, "seed \(seed)")
            let restored = try GzipDecoder.decompressed(compressed, cut: { 1 + generator.below(5000) })
            #expect(restored == bytes, "seed \(seed)")
        }
    }

    /// Several chunks on several threads, each of which refers to the one before.
    @Test func chunksSideBySide() throws {
        var generator = SeededGenerator(seed: 11)
        let unit = (0..<30_000).map { _ in UInt8(generator.below(256)) }
        let bytes = (0..<40).flatMap { _ in unit }
        let compressed = GzipEncoder.compressed(bytes, threads: 2)
        #expect(compressed.count < 50_000, "what stood in the chunk before is found: \(compressed.count)")
        #expect(try GzipDecoder.decompressed(compressed) == bytes)
    }

    /// Where each byte begins a longer match than the one before it, as many literals are put in front of the last of them. A block that gets
    /// full within such a series takes no more than it has room for, wherever in the series that is.
    @Test func matchesThatGetBetterAtTheEndOfABlock() throws {
        var generator = SeededGenerator(seed: 12)
        let noise = (0..<26_000).map { _ in UInt8(generator.below(256)) }
        let series = (0..<60).map { _ in UInt8(generator.below(256)) }
        let fragments = (0..<30).flatMap { Array(series[$0..<min(2 * $0 + 3, 60)]) + [UInt8(generator.below(256))] }
        // A block ends with 24,576 symbols, most of which are single bytes here; the series is of 30.
        for shift in stride(from: 0, to: 800, by: 10) {
            let count = 24_576 - fragments.count - 60 + shift
            let bytes = fragments + noise[..<count] + series + noise[count...].prefix(300)
            #expect(try GzipDecoder.decompressed(GzipEncoder.compressed(bytes)) == bytes)
        }
    }

    @Test func whatRepeatsTakesLittle() {
        #expect(GzipEncoder.compressed([UInt8](repeating: 7, count: 300_000)).count < 600)
        let rows = (0..<5000).flatMap { Array("{\"id\":\($0),\"name\":\"Ada Lovelace\",\"age\":36}\n".utf8) }
        #expect(GzipEncoder.compressed(rows).count < rows.count / 10)
    }

    @Test func atOnce() throws {
        let bytes = Array("to be or not to be".utf8)
        let compressed = GzipEncoder.compress(bytes.span).bytes
        let (recognised, mistaken) = (GzipDecoder.isGzip(compressed.span), GzipDecoder.isGzip(bytes.span))
        #expect(recognised && !mistaken)
        let restored = try GzipDecoder.decompress(compressed.span, maximumByteCount: 18).bytes
        #expect(restored == bytes)
        let error = #expect(throws: CompressionError.self) { try GzipDecoder.decompress(compressed.span, maximumByteCount: 17).bytes }
        #expect(error?.kind == .tooLarge)
    }

    @Test func aBombStopsAtTheLimit() {
        let bomb = GzipEncoder.compressed([UInt8](repeating: 0, count: 2_000_000))
        #expect(bomb.count < 3000)
        let error = #expect(throws: CompressionError.self) { try GzipDecoder.decompressed(bomb, maximumByteCount: 100_000) }
        #expect(error?.kind == .tooLarge)
    }

    // MARK: The frame

    /// A fixed block that stands for "ab", and its frame.
    private static let body = bytes(hex: "4b4c0200")
    private static let trailer = bytes(hex: "6d48839e02000000")
    private static func header(flags: UInt8, _ rest: [UInt8] = []) -> [UInt8] { [0x1F, 0x8B, 8, flags, 1, 2, 3, 4, 0, 3] + rest }

    @Test func optionalFieldsArePassedOver() throws {
        let extra: [UInt8] = [3, 0, 9, 9, 9]
        let (name, comment) = (Array("a.json\u{0}".utf8), Array("none\u{0}".utf8))
        var all = Self.header(flags: 31, extra + name + comment)
        let checksum = CRC32.checksum(all.span)
        all += [UInt8(checksum & 0xFF), UInt8(checksum >> 8 & 0xFF)]
        for header in [
            Self.header(flags: 0), Self.header(flags: 1), Self.header(flags: 4, extra), Self.header(flags: 8, name),
            Self.header(flags: 16, comment), all,
        ] {
            let file = header + Self.body + Self.trailer
            #expect(try GzipDecoder.decompressed(file) == Array("ab".utf8))
            #expect(try GzipDecoder.decompressed(file, cut: { 1 }) == Array("ab".utf8))
        }
        all[12] ^= 1
        #expect(throws: CompressionError.self) { try GzipDecoder.decompressed(all + Self.body + Self.trailer) }
    }

    @Test func membersBehindEachOther() throws {
        let member = Self.header(flags: 0) + Self.body + Self.trailer
        #expect(try GzipDecoder.decompressed(member + member + [0, 0, 0]) == Array("abab".utf8))
        #expect(try GzipDecoder.decompressed(member + [0, 0] + member, cut: { 1 }) == Array("abab".utf8))
        #expect(throws: CompressionError.self) { try GzipDecoder.decompressed(member + [1]) }
        #expect(throws: CompressionError.self) { try GzipDecoder.decompressed(member + member.dropLast()) }
    }

    @Test(arguments: [
        [], [0], [0x1F], [0x1F, 0x8B], [0x1F, 0x8C, 8, 0, 0, 0, 0, 0, 0, 0], Array("PK\u{3}\u{4} and so on".utf8),
        [0x1F, 0x8B, 7, 0, 0, 0, 0, 0, 0, 0, 3, 0], [0x1F, 0x8B, 8, 0x20, 0, 0, 0, 0, 0, 0, 3, 0],
    ])
    func whatIsNoGzip(_ file: [UInt8]) {
        #expect(throws: CompressionError.self) { try GzipDecoder.decompressed(file) }
    }

    @Test func aNameWithoutEnd() {
        let file = Self.header(flags: 8) + [UInt8](repeating: 0x61, count: 400_000)
        let error = #expect(throws: CompressionError.self) { try GzipDecoder.decompressed(file, cut: { 10_000 }) }
        #expect(error?.kind == .malformed)
    }

    // MARK: Damage

    private static let file = GzipEncoder.compressed((0..<30).flatMap { Array("{\"id\":\($0),\"square\":\($0 * $0)}\n".utf8) })

    @Test func everyTruncation() {
        for count in Self.file.indices {
            let error = #expect(throws: CompressionError.self, "cut to \(count)") {
                try GzipDecoder.decompressed(Array(Self.file[..<count]))
            }
            #expect(error?.kind == .cutOff, "cut to \(count)")
        }
    }

    /// Nothing wrong is ever passed off as right: it is an error, or the flip was where nothing is said of the contents.
    @Test func everyFlippedBit() throws {
        let expected = try GzipDecoder.decompressed(Self.file)
        for index in Self.file.indices {
            for bit in 0..<8 {
                var damaged = Self.file
                damaged[index] ^= 1 << UInt8(bit)
                guard let output = try? GzipDecoder.decompressed(damaged) else { continue }
                #expect(output == expected, "byte \(index), bit \(bit)")
                let isPadding = index == Self.file.count - GzipFormat.trailerByteCount - 1
                #expect(index < GzipFormat.fixedHeaderByteCount || isPadding, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func randomDamage() throws {
        for seed in Fuzzing.seeds(60) {
            var generator = SeededGenerator(seed: seed)
            let bytes = compressibleBytes(1 + generator.below(3000), using: &generator)
            var damaged = GzipEncoder.compressed(bytes)
            for _ in 0...generator.below(4) {
                switch generator.below(3) {
                case 0: damaged[generator.below(damaged.count)] = UInt8(generator.below(256))
                case 1: damaged.remove(at: generator.below(damaged.count))
                default: damaged.insert(UInt8(generator.below(256)), at: generator.below(damaged.count))
                }
            }
            if let output = try? GzipDecoder.decompressed(damaged, cut: { 1 + generator.below(700) }) {
                #expect(output == bytes, "seed \(seed)")
            }
        }
    }
}
