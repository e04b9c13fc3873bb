/// A UUID (RFC 9562): 16 bytes, written in lower case.
package struct UUID: Hashable, Sendable, CustomStringConvertible {
    /// Bytes 0–7 and 8–15 as big-endian numbers.
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The first 16 of the bytes, with this version and the RFC's variant set.
    package init(_ bytes: some Sequence<UInt8>, version: UInt64) {
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.prefix(16).enumerated() {
            let bits = UInt64(byte) << UInt64(56 - 8 * (index & 7))
            if index < 8 { words.0 |= bits } else { words.1 |= bits }
        }
        self.init(high: words.0 & ~0xF000 | version << 12, low: words.1 & ~(3 << 62) | 2 << 62)
    }

    /// A random one (version 4).
    package static func random() -> UUID {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    package static func random(using generator: inout some RandomNumberGenerator) -> UUID {
        let (high, low): (UInt64, UInt64) = (generator.next(), generator.next())
        return UUID(high: high & ~0xF000 | 0x4000, low: low & ~(3 << 62) | 2 << 62)
    }

    /// The one that a name always has in a namespace (version 5).
    package static func named(_ name: some Sequence<UInt8>, in namespace: UUID) -> UUID {
        var hash = SHA1()
        hash.update(namespace.bytes)
        hash.update(name)
        return UUID(hash.finish(), version: 5)
    }

    package var bytes: [UInt8] {
        [high, low].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) } }
    }

    /// `f81d4fae-7dec-41d0-a765-00a0c91e6bf6`
    package var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for place in 0..<32 {
            if place == 8 || place == 12 || place == 16 || place == 20 { text.append(UInt8(ascii: "-")) }
            let digit = UInt8(truncatingIfNeeded: (place < 16 ? high : low) >> (60 - 4 * UInt64(place & 15))) & 15
            text.append(digit < 10 ? 0x30 + digit : 0x61 - 10 + digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether `text` has the form of a UUID in lower case.
    package static func isText(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.indices.allSatisfy { index in
            switch index {
            case 8, 13, 18, 23: bytes[index] == UInt8(ascii: "-")
            default: (0x30...0x39).contains(bytes[index]) || (0x61...0x66).contains(bytes[index])
            }
        }
    }
}
