import Catalog

/// UUIDs as text, in lower case.
enum UUIDs {
    /// A random one (version 4).
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return random(using: &generator)
    }

    static func random(using generator: inout some RandomNumberGenerator) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        for _ in 0..<2 {
            let word: UInt64 = generator.next()
            for shift in stride(from: 56, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(shift))) }
        }
        return text(bytes, version: 4)
    }

    /// The one that a name always has (version 5) in ReQL's namespace.
    static func named(_ name: Datum) throws(ReQLError) -> Datum {
        Datum(hashed(try Strings.utf8(name), in: namespace))
    }

    /// The one that a name always has (version 5) in a namespace.
    static func named(_ name: String, in namespace: [UInt8]) -> String {
        hashed(Array(name.utf8), in: namespace)
    }

    private static func hashed(_ name: [UInt8], in namespace: [UInt8]) -> String {
        var sha = SHA1()
        sha.update(namespace)
        sha.update(name)
        return text(Array(sha.finish().prefix(16)), version: 5)
    }

    /// 91461c99-f89d-49d2-af96-d8e2e14e9b58
    private static let namespace: [UInt8] = [
        0x91, 0x46, 0x1C, 0x99, 0xF8, 0x9D, 0x49, 0xD2, 0xAF, 0x96, 0xD8, 0xE2, 0xE1, 0x4E, 0x9B, 0x58,
    ]

    /// 16 bytes in groups of 4, 2, 2, 2, 6, with the version and RFC 9562's variant set.
    static func text(_ bytes: [UInt8], version: UInt8) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            var byte = byte
            if index == 6 { byte = byte & 0x0F | version << 4 }
            if index == 8 { byte = byte & 0x3F | 0x80 }
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(hexDigit(byte >> 4))
            text.append(hexDigit(byte & 0x0F))
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func hexDigit(_ nibble: UInt8) -> UInt8 {
        nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}

/// SHA-1 (FIPS 180-4). For version 5 UUIDs only: it no longer resists forgery.
struct SHA1 {
    private var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
    private var block: [UInt8] = []
    private var byteCount: UInt64 = 0

    mutating func update(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            block.append(byte)
            byteCount += 1
            if block.count == 64 { compress() }
        }
    }

    /// The digest, 20 bytes. Nothing may be added afterwards.
    mutating func finish() -> [UInt8] {
        let bitCount = byteCount * 8
        update(CollectionOfOne(0x80))
        while block.count != 56 { update(CollectionOfOne(0)) }
        for shift in stride(from: 56, through: 0, by: -8) { block.append(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift))) }
        compress()
        return state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
    }

    private mutating func compress() {
        var words = [UInt32](repeating: 0, count: 80)
        for index in 0..<64 { words[index / 4] = words[index / 4] << 8 | UInt32(block[index]) }
        for index in 16..<80 {
            words[index] = rotate(words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16], 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let mixed: UInt32
            switch index {
            case ..<20: mixed = (b & c | ~b & d) &+ 0x5A82_7999
            case ..<40: mixed = (b ^ c ^ d) &+ 0x6ED9_EBA1
            case ..<60: mixed = (b & c | b & d | c & d) &+ 0x8F1B_BCDC
            default: mixed = (b ^ c ^ d) &+ 0xCA62_C1D6
            }
            let next = rotate(a, 5) &+ mixed &+ e &+ words[index]
            (a, b, c, d, e) = (next, a, rotate(b, 30), c, d)
        }
        for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
        block.removeAll(keepingCapacity: true)
    }

    private func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }
}
