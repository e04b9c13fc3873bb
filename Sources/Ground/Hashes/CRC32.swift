/// The checksum of gzip, PNG and Ethernet: the remainder of the bytes as a polynomial, divided by 0xEDB88320 with the lowest bit first.
package struct CRC32: Sendable, Hashable {
    private var remainder: UInt32 = ~0

    package init() {}

    /// The checksum of all bytes that were taken.
    package var value: UInt32 { ~remainder }

    package static func checksum(_ bytes: Span<UInt8>) -> UInt32 {
        var checksum = CRC32()
        checksum.update(bytes)
        return checksum.value
    }

    package mutating func update(_ bytes: Span<UInt8>) {
        bytes.withBytes { update($0) }
    }

    /// Sixteen bytes a step: the remainder of each, with as many zeros behind it as bytes follow it in the step, stands in a table.
    mutating func update(_ bytes: Bytes) {
        let tables = Self.tables.span
        var crc = remainder
        var index = 0
        while index + 16 <= bytes.count {
            let low = bytes.word(at: index) ^ UInt64(crc)
            let high = bytes.word(at: index + 8)
            var next: UInt32 = 0
            for byte in 0..<8 {
                next ^= tables[(15 - byte) << 8 | Int(truncatingIfNeeded: (low >> UInt64(8 * byte)) & 0xFF)]
                next ^= tables[(7 - byte) << 8 | Int(truncatingIfNeeded: (high >> UInt64(8 * byte)) & 0xFF)]
            }
            crc = next
            index += 16
        }
        while index < bytes.count {
            crc = crc >> 8 ^ tables[Int((crc ^ UInt32(bytes[index])) & 0xFF)]
            index += 1
        }
        remainder = crc
    }

    /// Sixteen tables of 256: what a byte leaves behind when 0…15 zeros follow it.
    private static let tables: [UInt32] = {
        var tables = (0..<UInt32(256)).map { byte in
            (0..<8).reduce(byte) { crc, _ in crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        for index in 256..<4096 {
            let before = tables[index - 256]
            tables.append(before >> 8 ^ tables[Int(before & 0xFF)])
        }
        return tables
    }()
}
