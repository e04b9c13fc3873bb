import TestSupport
import Testing

@testable import Ground

@Suite struct InflaterTests {
    static let rose = "a rose is a rose is a rose is a rose, and so on; "
    static let squares = (0..<120).map { UInt8(($0 * $0) >> 3 & 0xFF) }

    /// What zlib makes with its different strategies, so that every type of block occurs.
    static let streams: [(hex: String, expected: [UInt8])] = [
        ("0300", []),
        ("010000ffff", []),
        ("4b5428ca2f4e55c82c5648c4c9d25148cc4b5128ce57c8cfb3560000", Array(rose.utf8)),
        (
            "013100ceff6120726f7365206973206120726f7365206973206120726f7365206973206120726f73652c20616e6420736f206f6e3b20",
            Array(rose.utf8)
        ),
        (
            "05c1b10900311003c156b60077f0d5087cc1251648fdc3cf88b8c3161177d822e20e5b44dc39e85d6afc3e44dc618b883b6c1171872d22ee1cf42e357e1f22ee"
                + "b045c41db688b8c31611770e7a971abf0f1177d822e20e5b44dc618b883b07bd4b8ddfc70f", Array((rose + rose + rose + rose).utf8)
        ),
        ("4b1c05a38006206914100d00", [UInt8](repeating: 0x61, count: 600) + [UInt8](repeating: 0x62, count: 300)),
        (
            "4b5428ca2f4e55c82c5648c4c9d25148cc4b5128ce57c8cfb3c6a38c5a1a18181818999859d838b878f885442564145434748dcc6d9c3cfc42a293320b2a1a3a"
                + "26cc5cb47acbbe1397ee3cfff497434441c7c235283ea7aa63da92cd872e3ef8c020a060e8149c52d6316bcdfe4b4f7ff0289878c416b5cfd974e2de176e2"
                + "5cb808c86191b4e3efa2da2e79154337dd3d9172c0a3611a593d69f790500", Array((rose + rose + rose).utf8) + squares
        ),
    ]

    @Test(arguments: streams.indices)
    func knownStreams(_ index: Int) throws {
        let (hex, expected) = Self.streams[index]
        let stream = bytes(hex: hex)
        #expect(try inflated(stream).output == expected)
        #expect(try inflated(stream, cut: { 1 }).output == expected, "a byte at a time")
        let (output, used) = try inflated(stream + [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(output == expected && used == stream.count, "what stands behind the stream is left alone")
    }

    @Test(arguments: streams.indices)
    func everyTruncation(_ index: Int) {
        let stream = bytes(hex: Self.streams[index].hex)
        for count in stream.indices {
            let error = #expect(throws: CompressionError.self, "cut to \(count) bytes") { try inflated(Array(stream[..<count])) }
            #expect(error?.kind == .cutOff, "cut to \(count) bytes: \(error.debugDescription)")
        }
    }

    @Test(arguments: [
        ("07", "unknown type"),
        ("010500fbff0102030405", "contradicts itself"),
        // A match before anything, and one that reaches a byte too far.
        ("0302", "before the beginning"), ("4b044200", "before the beginning"),
        // Dynamic blocks: 287 literals; no end; one code length only; an over-full code.
        ("f5000000000000000000000000000000", "more symbols"),
        ("05e081000000000010ff6b", "no code for its end"),
        ("0500000000000000000000000000000000", "code of code lengths is invalid"),
        ("05c02449922449922449922449922449", "code of code lengths is invalid"),
        // A repetition of the code length before the first.
        ("0500002400000000000000000000000000", "is invalid"),
    ])
    func damagedStreams(_ hex: String, _ reason: String) {
        let error = #expect(throws: CompressionError.self) { try inflated(bytes(hex: hex)) }
        #expect(error?.kind == .malformed, "\(error.debugDescription)")
    }

    /// A code may be anything; it may not be impossible.
    @Test func codes() {
        let literals = HuffmanDecoder(.literals)
        let distances = HuffmanDecoder(.distances)
        #expect(literals.build([1, 1]))
        #expect(!literals.build([1, 1, 1]), "more than there are")
        #expect(!literals.build([2, 2, 2]), "some bits lead nowhere")
        #expect(literals.build([1]), "one code of one bit")
        #expect(!literals.build([2]))
        #expect(!literals.build([0, 0]))
        #expect(distances.build([0, 0]), "no distance at all")
        #expect(distances.build([0, 1]))
        let deep: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15]
        #expect(literals.build(deep[...]) && distances.build(deep[...]))
        #expect(!HuffmanDecoder(.codeLengths).build([1, 0]))
    }

    /// Noise behind every type of block: it may not stop the process, and must come to an end.
    @Test func noise() {
        for seed in Fuzzing.seeds(400) {
            var generator = SeededGenerator(seed: seed)
            var stream = (0..<generator.below(300)).map { _ in UInt8(generator.below(256)) }
            if let first = stream.first { stream[0] = first & ~7 | UInt8(generator.below(2) + 2 * generator.below(3)) }
            _ = try? inflated(stream, cut: { 1 + generator.below(40) })
        }
    }

    /// Dynamic blocks with a byte changed: the same with every way of cutting the input.
    @Test func damagedHeaders() throws {
        let stream = bytes(hex: Self.streams[4].hex)
        for seed in Fuzzing.seeds(500) {
            var generator = SeededGenerator(seed: seed)
            var damaged = stream
            for _ in 0...generator.below(3) { damaged[generator.below(damaged.count)] ^= 1 << UInt8(generator.below(8)) }
            let whole = Result { () throws(CompressionError) in try inflated(damaged).output }
            let cut = Result { () throws(CompressionError) in try inflated(damaged, cut: { 1 + generator.below(5) }).output }
            #expect(whole == cut, "seed \(seed)")
        }
    }
}
