import Ground
import ReQLish

/// The strong entity tag of a document: a hash of its canonical JSON, the same in every process that reads the file.
struct EntityTag: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    /// MurmurHash3's 128 bits (x64), reading the last block as if zeros followed. It tells versions apart; it does not keep secrets.
    init(_ bytes: Span<UInt8>) {
        var h1: UInt64 = 0
        var h2: UInt64 = 0
        let c1: UInt64 = 0x87C3_7B91_1142_53D5
        let c2: UInt64 = 0x4CF5_AD43_2745_937F
        var index = 0
        while index < bytes.count {
            var k1 = Self.word(bytes, index)
            var k2 = Self.word(bytes, index + 8)
            index += 16
            k1 = (k1 &* c1).rotated(31) &* c2
            h1 = ((h1 ^ k1).rotated(27) &+ h2) &* 5 &+ 0x52DC_E729
            k2 = (k2 &* c2).rotated(33) &* c1
            h2 = ((h2 ^ k2).rotated(31) &+ h1) &* 5 &+ 0x3849_5AB5
        }
        h1 ^= UInt64(bytes.count)
        h2 ^= UInt64(bytes.count)
        h1 &+= h2
        h2 &+= h1
        h1 = h1.mixed
        h2 = h2.mixed
        h1 &+= h2
        h2 &+= h1
        high = h1
        low = h2
    }

    /// Eight bytes, lowest first; zeros behind the end.
    private static func word(_ bytes: Span<UInt8>, _ start: Int) -> UInt64 {
        var word: UInt64 = 0
        var shift: UInt64 = 0
        if start + 8 <= bytes.count { return bytes.withBytes { $0.word(at: start) } }
        for index in start..<max(start, bytes.count) {
            word |= UInt64(bytes[index]) << shift
            shift += 8
        }
        return word
    }

    /// As it stands in `ETag`, quotes included.
    func write(into buffer: inout ByteBuffer) {
        buffer.append(UInt8(ascii: "\""))
        Self.write(high, into: &buffer)
        Self.write(low, into: &buffer)
        buffer.append(UInt8(ascii: "\""))
    }

    var text: String {
        var buffer = ByteBuffer(capacity: 34)
        write(into: &buffer)
        return buffer.string
    }

    private static func write(_ word: UInt64, into buffer: inout ByteBuffer) {
        buffer.reserve(16)
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: word >> UInt64(shift) & 0xF)
            buffer.put(digit < 10 ? 0x30 + digit : 0x61 + digit - 10)
        }
    }
}

extension HTTPResponse {
    /// The tag of what the body holds now.
    var bodyTag: EntityTag { EntityTag(body.span) }
}

extension UInt64 {
    fileprivate func rotated(_ bits: UInt64) -> UInt64 { self << bits | self >> (64 - bits) }

    fileprivate var mixed: UInt64 {
        var k = self
        k ^= k >> 33
        k = k &* 0xFF51_AFD7_ED55_8CCD
        k ^= k >> 33
        k = k &* 0xC4CE_B9FE_1A85_EC53
        return k ^ k >> 33
    }
}
