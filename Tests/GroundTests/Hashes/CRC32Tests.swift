import TestSupport
import Testing

@testable import Ground

@Suite struct CRC32Tests {
    @Test(arguments: [
        ("", 0), ("a", 0xE8B7_BE43), ("123456789", 0xCBF4_3926), ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
    ])
    func knownChecksums(_ text: String, _ checksum: UInt32) {
        let computed = CRC32.checksum(Array(text.utf8).span)
        #expect(computed == checksum)
    }

    /// A bit at a time, as the definition has it.
    private static func plain(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~UInt32(0)) { crc, byte in
            (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
    }

    @Test func everyLengthAndEveryCut() {
        var generator = SeededGenerator(seed: 1)
        for count in 0..<70 {
            let bytes = (0..<count).map { _ in UInt8(generator.below(256)) }
            let expected = Self.plain(bytes)
            let whole = CRC32.checksum(bytes.span)
            #expect(whole == expected, "\(count) bytes")
            let cut = generator.below(count + 1)
            var checksum = CRC32()
            checksum.update(bytes.span.extracting(0..<cut))
            checksum.update(bytes.span.extracting(cut..<count))
            #expect(checksum.value == expected, "\(count) bytes, cut at \(cut)")
        }
    }
}
