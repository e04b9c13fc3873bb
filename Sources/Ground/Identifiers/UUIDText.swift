/// What a new database or table is given.
package enum Identifier {
    /// A random (version 4) UUID in lower case.
    package static func uuid() -> String {
        var random = SystemRandomNumberGenerator()
        let words = [random.next() & ~0xF000 | 0x4000, random.next() & ~(3 << 62) | 2 << 62] as [UInt64]
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for place in 0..<32 {
            if place == 8 || place == 12 || place == 16 || place == 20 { text.append(UInt8(ascii: "-")) }
            let digit = UInt8(truncatingIfNeeded: words[place / 16] >> (60 - 4 * UInt64(place % 16))) & 15
            text.append(digit < 10 ? 0x30 + digit : 0x61 - 10 + digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether `text` has the form of a UUID in lower case.
    package static func isUUID(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.indices.allSatisfy { index in
            switch index {
            case 8, 13, 18, 23: bytes[index] == UInt8(ascii: "-")
            default: (0x30...0x39).contains(bytes[index]) || (0x61...0x66).contains(bytes[index])
            }
        }
    }

    /// Seconds since 1970-01-01T00:00:00Z, to the millisecond.
    package static func now() -> Double {
        (SystemFacts.secondsSince1970 * 1000).rounded() / 1000
    }
}
