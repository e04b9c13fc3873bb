/// The 16 bytes that a file is born with (a random UUID of version 4). They tell one file from another, whatever its name.
public struct FileID: Hashable, Sendable, CustomStringConvertible {
    /// Bytes 0–7 and 8–15 as big-endian numbers.
    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    static func random() -> FileID {
        var generator = SystemRandomNumberGenerator()
        let high: UInt64 = generator.next()
        let low: UInt64 = generator.next()
        return FileID(
            high: high & ~0xF000 | 0x4000,
            low: low & ~(0xC000_0000_0000_0000) | 0x8000_0000_0000_0000
        )
    }

    /// The 16 bytes, in the order in which a UUID is written.
    public var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (56 - 8 * UInt64($0))) } }
    }

    /// The UUID in lower-case hexadecimal digits with hyphens.
    public var description: String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append("-") }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
