import Ground

/// Values as bytes whose order is ReQL's order: what primary keys and index entries are made of.
///
///     tag   value                    after the tag
///     00    end of an array          –
///     01    minval (bounds only)     –
///     02    array                    the elements, each encoded like this, then 00
///     03    false                    –
///     04    true                     –
///     06    number                   8 bytes, big-endian: the double's bits, all inverted if it is negative, otherwise with
///                                    the sign bit set; −0 as 0. A number that is not what its double shows: the double
///                                    that shows the next number below it, and its digits
///     08    binary                   the bytes, each 00 as 00 FF, then 00
///     09    time                     the epoch seconds, as a number
///     0F    string                   the UTF-8 bytes, each 00 as 00 FF, then 00
///     10    maxval (bounds only)     –
///
/// 05 and 07 are left for null and object, which are not keys. Every encoding ends itself, and none is a prefix of another's but for
/// a double's of the numbers above it with more digits: what follows a value (00 or a tag up to 10) is always below ``aboveTags``, which is
/// below the 20 that digits begin with and the FF of an escaped zero byte.
enum KeyEncoding {
    static let end: UInt8 = 0x00
    static let minval: UInt8 = 0x01
    static let array: UInt8 = 0x02
    static let `false`: UInt8 = 0x03
    static let `true`: UInt8 = 0x04
    static let number: UInt8 = 0x06
    static let binary: UInt8 = 0x08
    static let time: UInt8 = 0x09
    static let string: UInt8 = 0x0F
    static let maxval: UInt8 = 0x10
    /// Above all that can follow a whole value, and below all that goes on with one.
    static let aboveTags: UInt8 = 0x11
    static let digits: UInt8 = 0x20
    static let escapedZero: UInt8 = 0xFF

    /// A value that can't be encoded.
    enum Refusal: Error {
        case null
        case object
        /// `minval` or `maxval` in a key that is not a bound.
        case bound
    }

    /// Appends the encoding of a value. Recursion is bounded by ``Datum/maximumDepth``.
    static func append(_ datum: Datum, allowsBounds: Bool, to key: inout [UInt8]) throws(Refusal) {
        switch datum.kind {
        case .null: throw .null
        case .object: throw .object
        case .minval, .maxval:
            guard allowsBounds else { throw .bound }
            key.append(datum.kind == .minval ? minval : maxval)
        case .bool: key.append(datum.isTruthy ? `true` : `false`)
        case .number where datum.hasDigits:
            key.append(number)
            if let integer = datum.integerOfDigits {
                append(integer, near: datum.node.number, to: &key)
            } else if let decimal = datum.decimal {
                append(decimal, near: datum.node.number, to: &key)
            }
        case .number, .time:
            key.append(datum.kind == .number ? number : time)
            append(datum.node.number, to: &key)
        case .binary, .string:
            key.append(datum.kind == .binary ? binary : string)
            datum.withBytes { appendEscaped($0, to: &key) }
            key.append(end)
        case .array:
            key.append(array)
            for element in datum.elements { try append(element, allowsBounds: allowsBounds, to: &key) }
            key.append(end)
        }
    }

    /// Appends the encoding of an integer of up to 15 digits or a string without escapes, from its canonical JSON. False for others.
    static func append(plain json: Bytes, to key: inout [UInt8]) -> Bool {
        if let integer = plainInteger(json) {
            append(number: Double(integer), to: &key)
        } else if let text = plainText(json) {
            key.append(string)
            text.append(to: &key)
            key.append(end)
        } else {
            return false
        }
        return true
    }

    /// An integer of up to 15 digits.
    static func plainInteger(_ json: Bytes) -> Int64? {
        let first = json.count > 0 && json[0] == UInt8(ascii: "-") ? 1 : 0
        guard json.count > first, json.count - first <= 15 else { return nil }
        var value: Int64 = 0
        for index in first..<json.count {
            let digit = json[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return first == 1 ? -value : value
    }

    /// The text of a string without escapes, and so without zero bytes.
    static func plainText(_ json: Bytes) -> Bytes? {
        guard json.count >= 2, json[0] == UInt8(ascii: "\""), !json.contains(UInt8(ascii: "\\")) else { return nil }
        return json[1..<json.count - 1]
    }

    /// Appends the encoding of a number that is what its double shows.
    static func append(number: Double, to key: inout [UInt8]) {
        key.append(Self.number)
        append(number, to: &key)
    }

    private static func append(_ number: Double, to key: inout [UInt8]) {
        let bits = (number == 0 ? 0 : number).bitPattern
        let ordered = bits >> 63 == 1 ? ~bits : bits | 1 << 63
        for shift in stride(from: 56, through: 0, by: -8) { key.append(UInt8(truncatingIfNeeded: ordered >> UInt64(shift))) }
    }

    /// Appends a number that is not what its nearest double shows.
    ///
    ///     8      the greatest double that shows a lower number; −infinity if there is none
    ///     1      20
    ///     3      where the point is: 0.d₁d₂… · 10^n as n + 2^23, big-endian
    ///     …      two digits a byte, as a number from 1 to 100; the last byte of an odd count stands for its digit and a 0
    ///     1      00
    ///
    /// All bytes behind the 20 of a negative number are inverted. So the bytes of the numbers between the same two doubles, which have one
    /// sign, are in the order of the numbers.
    static func append(_ decimal: DecimalNumber, near double: Double, to key: inout [UInt8]) {
        let isAbove = DecimalNumber.compare(decimal, DecimalNumber(shown: double)) > 0
        append(isAbove ? double : double.nextDown, to: &key)
        key.append(digits)
        let start = key.count
        let point = UInt32((1 << 23) + decimal.point)
        for shift in [16, 8, 0] as [UInt32] { key.append(UInt8(truncatingIfNeeded: point >> shift)) }
        for index in stride(from: 0, to: decimal.digits.count, by: 2) {
            let second = index + 1 < decimal.digits.count ? decimal.digits[index + 1] : 0
            key.append(decimal.digits[index] * 10 + second + 1)
        }
        key.append(0)
        if decimal.isNegative { for index in start..<key.count { key[index] = ~key[index] } }
    }

    /// The same of an integer of more than 2^53 either way, without arrays of digits.
    private static func append(_ integer: Int64, near double: Double, to key: inout [UInt8]) {
        append(integer.compare(withShown: double) > 0 ? double : double.nextDown, to: &key)
        key.append(digits)
        let start = key.count
        var rest = integer.magnitude
        let point = ByteBuffer.decimalCount(rest)
        for shift in [16, 8, 0] as [UInt32] { key.append(UInt8(truncatingIfNeeded: UInt32((1 << 23) + point) >> shift)) }
        var count = point
        while rest.isMultiple(of: 10) { (rest, count) = (rest / 10, count - 1) }
        var unit: UInt64 = 1
        for _ in 0..<max(0, count - 2) { unit *= 10 }
        while count > 1 {
            let (pair, left) = rest.quotientAndRemainder(dividingBy: unit)
            key.append(UInt8(pair) + 1)
            (rest, count, unit) = (left, count - 2, max(1, unit / 100))
        }
        if count == 1 { key.append(UInt8(rest) * 10 + 1) }
        key.append(0)
        if integer < 0 { for index in start..<key.count { key[index] = ~key[index] } }
    }

    /// Appends the encoding of a primary key that has the form of ``PrimaryKey``.
    static func append(primaryKey: Bytes, to key: inout [UInt8]) {
        guard primaryKey[0] >= 0x10 || primaryKey[0] == string else { return primaryKey.append(to: &key) }
        // There is no zero byte in it.
        key.append(string)
        primaryKey.dropFirst(primaryKey[0] == string ? 1 : 0).append(to: &key)
        key.append(end)
    }

    /// How many bytes the value takes that these begin with; nil if they begin with none. Makes nothing of it.
    @inline(__always) static func byteCount(ofFirstIn bytes: Bytes) -> Int? {
        // Most are numbers.
        if bytes.count > 9, bytes[0] == number, bytes[9] != digits { return 9 }
        return byteCount(ofAnyFirstIn: bytes)
    }

    private static func byteCount(ofAnyFirstIn bytes: Bytes) -> Int? {
        guard bytes.count > 0 else { return nil }
        switch bytes[0] {
        case number, time:
            // Digits that follow are looked at by who knows them.
            if bytes.count >= 9, bytes[0] == time || bytes.count == 9 || bytes[9] != digits { return 9 }
        case string, binary:
            var index = 1
            while index < bytes.count {
                if bytes[index] == 0 {
                    guard index + 1 < bytes.count, bytes[index + 1] == escapedZero else { return index + 1 }
                    index += 1
                }
                index += 1
            }
            return nil
        default: break
        }
        var decoder = KeyDecoder(bytes)
        guard (try? decoder.skip()) != nil else { return nil }
        return decoder.index
    }

    private static func appendEscaped(_ bytes: Bytes, to key: inout [UInt8]) {
        if !bytes.contains(0) { return bytes.append(to: &key) }
        for index in 0..<bytes.count {
            key.append(bytes[index])
            if bytes[index] == 0 { key.append(escapedZero) }
        }
    }
}

/// Reads encoded values from front to back.
struct KeyDecoder {
    let bytes: Bytes
    var index = 0

    /// The bytes are not an encoding.
    struct Malformed: Error {}

    init(_ bytes: Bytes) {
        self.bytes = bytes
    }

    /// Reads one value. A loop, not a recursion: what is open stands in the builder.
    mutating func next() throws(Malformed) -> Datum {
        var builder = DatumBuilder()
        repeat {
            guard index < bytes.count else { throw Malformed() }
            let tag = bytes[index]
            index += 1
            do {
                switch tag {
                case KeyEncoding.array: try builder.beginArray()
                case KeyEncoding.end where builder.depth > 0: try builder.endArray()
                default: try builder.append(try scalar(tag))
                }
            } catch {
                throw Malformed()
            }
        } while builder.depth > 0
        return builder.finish()
    }

    /// Passes one value without reading it.
    mutating func skip() throws(Malformed) {
        var depth = 0
        repeat {
            guard index < bytes.count else { throw Malformed() }
            let tag = bytes[index]
            index += 1
            switch tag {
            case KeyEncoding.array: depth += 1
            case KeyEncoding.end where depth > 0: depth -= 1
            case KeyEncoding.false, KeyEncoding.true, KeyEncoding.minval, KeyEncoding.maxval: break
            case KeyEncoding.number, KeyEncoding.time:
                _ = try ordered()
                if tag == KeyEncoding.number, hasDigits { _ = try digits() }
            case KeyEncoding.binary, KeyEncoding.string: _ = try text()
            default: throw Malformed()
            }
        } while depth > 0
    }

    private mutating func scalar(_ tag: UInt8) throws(Malformed) -> Datum {
        switch tag {
        case KeyEncoding.minval: return .minval
        case KeyEncoding.maxval: return .maxval
        case KeyEncoding.false: return .false
        case KeyEncoding.true: return .true
        case KeyEncoding.number:
            let double = try ordered()
            if hasDigits { return Datum(try digits()) }
            guard double.isFinite else { throw Malformed() }
            return Datum(double)
        case KeyEncoding.time:
            let double = try ordered()
            guard double.isFinite else { throw Malformed() }
            return .time(preciseEpochSeconds: double, offsetMinutes: 0)
        case KeyEncoding.binary: return .binary(try text())
        case KeyEncoding.string:
            guard let string = Datum(validatingUTF8: try text()) else { throw Malformed() }
            return string
        default: throw Malformed()
        }
    }

    private mutating func ordered() throws(Malformed) -> Double {
        guard bytes.count - index >= 8 else { throw Malformed() }
        let ordered = bytes.word(at: index).byteSwapped
        index += 8
        return Double(bitPattern: ordered >> 63 == 1 ? ordered & ~(1 << 63) : ~ordered)
    }

    /// Whether the number whose double was read goes on.
    private var hasDigits: Bool { index < bytes.count && bytes[index] == KeyEncoding.digits }

    private mutating func digits() throws(Malformed) -> DecimalNumber {
        guard bytes.count - index >= 5 else { throw Malformed() }
        // No pair of digits is 00 or FF, inverted or not, so the byte at the end says which it is.
        var end = index + 4
        while end < bytes.count, bytes[end] != 0, bytes[end] != 0xFF { end += 1 }
        guard end < bytes.count else { throw Malformed() }
        let mask = bytes[end]
        var point = 0
        for offset in 1...3 { point = point << 8 | Int(bytes[index + offset] ^ mask) }
        var digits: [UInt8] = []
        for position in index + 4..<end {
            let pair = bytes[position] ^ mask
            guard pair >= 1, pair <= 100 else { throw Malformed() }
            digits.append((pair - 1) / 10)
            digits.append((pair - 1) % 10)
        }
        index = end + 1
        let decimal = DecimalNumber(isNegative: mask == 0xFF, digits: digits, point: point - (1 << 23))
        guard !decimal.digits.isEmpty, decimal.isWithinLimits else { throw Malformed() }
        return decimal
    }

    private mutating func text() throws(Malformed) -> [UInt8] {
        var plain: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            if byte == 0 {
                guard index < bytes.count, bytes[index] == KeyEncoding.escapedZero else { return plain }
                index += 1
            }
            plain.append(byte)
        }
        throw Malformed()
    }
}
