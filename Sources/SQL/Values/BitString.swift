/// A value of `bit` or `varbit`: so many bits, the first one in the highest place of the first byte. What is left of the last byte is zero.
///
/// In documents it stands as the text of its digits, whose order is that of the bits.
package final class BitString: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]
    /// How many bits there are.
    package let count: Int

    /// As many as PostgreSQL declares columns of.
    package static let greatestCount = 83_886_080

    package static func byteCount(of count: Int) -> Int { (count + 7) / 8 }

    package init() {
        bytes = []
        count = 0
    }

    /// Bytes that are enough for so many bits; places behind these are cleared.
    package init(_ bytes: [UInt8], count: Int) {
        self.count = count
        guard count % 8 != 0, let last = bytes.last else {
            self.bytes = bytes
            return
        }
        var bytes = bytes
        bytes[bytes.count - 1] = last & ~(0xFF >> UInt8(count % 8))
        self.bytes = bytes
    }

    /// The lowest bits of a number, its sign before those that it has.
    package convenience init(_ number: Int64, count: Int) {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount(of: count))
        for place in 0..<count where number >> Int64(min(count - 1 - place, 63)) & 1 == 1 { bytes[place / 8] |= 0x80 >> UInt8(place % 8) }
        self.init(bytes, count: count)
    }

    // MARK: Text

    /// `101`, `b101` or `x1F`.
    package convenience init(reading text: String) throws(SQLError) {
        switch text.utf8.first {
        case UInt8(ascii: "b"), UInt8(ascii: "B"): try self.init(binary: text.utf8.dropFirst())
        case UInt8(ascii: "x"), UInt8(ascii: "X"): try self.init(hexadecimal: text.utf8.dropFirst())
        default: try self.init(binary: text.utf8[...])
        }
    }

    package convenience init(binary digits: some Collection<UInt8>) throws(SQLError) {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount(of: digits.count))
        for (place, digit) in digits.enumerated() {
            guard digit == UInt8(ascii: "0") || digit == UInt8(ascii: "1") else {
                throw Self.fault(digits.dropFirst(place), "binary")
            }
            bytes[place / 8] |= (digit & 1) << UInt8(7 - place % 8)
        }
        self.init(bytes, count: digits.count)
    }

    package convenience init(hexadecimal digits: some Collection<UInt8>) throws(SQLError) {
        var bytes = [UInt8](repeating: 0, count: (digits.count + 1) / 2)
        for (place, digit) in digits.enumerated() {
            guard let value = ASCII.hexadecimal(digit) else { throw Self.fault(digits.dropFirst(place), "hexadecimal") }
            bytes[place / 2] |= place % 2 == 0 ? value << 4 : value
        }
        self.init(bytes, count: digits.count * 4)
    }

    private static func fault(_ rest: some Collection<UInt8>, _ kind: String) -> SQLError {
        let character = String(decoding: rest, as: UTF8.self).unicodeScalars.first.map { String($0) } ?? ""
        return SQLError(.invalidTextRepresentation, "\"\(character)\" is not a valid \(kind) digit")
    }

    package var description: String {
        var digits: [UInt8] = []
        append(to: &digits)
        return String(decoding: digits, as: UTF8.self)
    }

    /// Its digits.
    package func append(to text: inout [UInt8]) {
        text.reserveCapacity(text.count + count)
        for place in 0..<count { text.append(self[place] ? UInt8(ascii: "1") : UInt8(ascii: "0")) }
    }

    // MARK: Bits

    package subscript(_ place: Int) -> Bool { bytes[place / 8] & 0x80 >> UInt8(place % 8) != 0 }

    package static func == (a: BitString, b: BitString) -> Bool { a.count == b.count && a.bytes == b.bytes }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        hasher.combine(bytes)
    }

    /// Below zero, zero or above it: by the bits, and what goes on stands behind.
    package static func compare(_ a: BitString, _ b: BitString) -> Int {
        for (x, y) in zip(a.bytes, b.bytes) where x != y { return x < y ? -1 : 1 }
        return a.count < b.count ? -1 : a.count > b.count ? 1 : 0
    }

    /// As a number of so many bits in two's complement; nil if there are more.
    func integer(bitWidth: Int) -> Int64? {
        guard count <= bitWidth else { return nil }
        var number: UInt64 = 0
        for place in 0..<count { number = number << 1 | (self[place] ? 1 : 0) }
        return bitWidth == 32 ? Int64(Int32(truncatingIfNeeded: number)) : Int64(bitPattern: number)
    }

    /// So many of its first bits, zeros behind them where there are too few.
    func fitted(to count: Int) -> BitString {
        let byteCount = Self.byteCount(of: count)
        var bytes = Array(bytes.prefix(byteCount))
        bytes += repeatElement(0, count: byteCount - bytes.count)
        return BitString(bytes, count: count)
    }

    /// The bits of a part of it.
    subscript(_ range: Range<Int>) -> BitString {
        if range.lowerBound % 8 == 0 {
            return BitString(Array(bytes[range.lowerBound / 8..<Self.byteCount(of: range.upperBound)]), count: range.count)
        }
        return shifted(range.lowerBound).fitted(to: range.count)
    }

    /// Towards the first bit, or towards the last one if the distance is below zero. Zeros follow.
    func shifted(_ distance: Int) -> BitString {
        guard distance != 0 else { return self }
        guard abs(distance) < count else { return BitString([UInt8](repeating: 0, count: bytes.count), count: count) }
        let (whole, rest) = abs(distance).quotientAndRemainder(dividingBy: 8)
        var result = [UInt8](repeating: 0, count: bytes.count)
        for place in whole..<bytes.count {
            if distance > 0 {
                result[place - whole] = bytes[place] << UInt8(rest) | (place + 1 < bytes.count ? bytes[place + 1] >> UInt8(8 - rest) : 0)
            } else {
                result[place] =
                    bytes[place - whole] >> UInt8(rest) | (place > whole ? bytes[place - whole - 1] << UInt8(8 - rest) : 0)
            }
        }
        return BitString(result, count: count)
    }

    static func + (a: BitString, b: BitString) -> BitString {
        let count = a.count + b.count
        guard a.count % 8 != 0 else { return BitString(a.bytes + b.bytes, count: count) }
        var bytes = a.bytes
        let rest = UInt8(a.count % 8)
        for byte in b.bytes {
            bytes[bytes.count - 1] |= byte >> rest
            bytes.append(byte << (8 - rest))
        }
        return BitString(Array(bytes.prefix(Self.byteCount(of: count))), count: count)
    }

    /// Bit by bit; both are as long.
    func combined(_ other: BitString, _ operation: (UInt8, UInt8) -> UInt8) -> BitString {
        BitString(zip(bytes, other.bytes).map { operation($0, $1) }, count: count)
    }
}
