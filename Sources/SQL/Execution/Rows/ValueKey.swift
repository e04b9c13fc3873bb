import Catalog
import Ground

/// The values of one expression as bytes: equal where the values are, and in their order. Rows are joined, grouped and sorted by them.
///
/// What an encoding is made of, behind a byte that says whether there is a value:
///
///     bool, numbers, times   so many bytes, big-endian, the sign inverted
///     numeric                its sign, the power of ten of its first digit, then its digits from the first one on
///     texts, bytes           each byte 00 as 00 FF, then 00 00
///     arrays, rows           the elements, then a byte below them
///
/// None is the beginning of another one, so those of several expressions may stand side by side.
struct ValueKey {
    private indirect enum Rule {
        case plain, unsigned, numeric, double, blankPadded, json, open
        /// The places of an enum's labels.
        case labels([String: Int])
    }

    private static let null: UInt8 = 0x02
    private static let value: UInt8 = 0x01
    private static let end: UInt8 = 0x00

    private let rule: Rule
    private let run: Run

    init(_ type: SQLType, _ run: Run) {
        self.run = run
        let base = TypeTable.base(of: type, run.session.types)
        switch base.oid {
        case SQLType.numeric.oid: rule = .numeric
        case SQLType.pgLSN.oid, SQLType.xid8.oid: rule = .unsigned
        case SQLType.float4.oid, SQLType.float8.oid: rule = .double
        case SQLType.bpchar.oid: rule = .blankPadded
        case SQLType.jsonb.oid: rule = .json
        case SQLType.open.oid: rule = .open
        default:
            if let labels = run.labels(of: base) {
                rule = .labels(Dictionary(labels.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first }))
            } else {
                rule = .plain
            }
        }
    }

    /// The value for `GROUP BY` and its kin, where NULL is like NULL and last.
    func append(_ value: SQLValue, to key: inout ByteBuffer) {
        if value.isNull { return key.append(Self.null) }
        key.append(Self.value)
        appendContent(value, to: &key)
    }

    /// The value for an order.
    func append(_ value: SQLValue, isDescending: Bool, nullsFirst: Bool, to key: inout ByteBuffer) {
        if value.isNull { return key.append(nullsFirst ? Self.end : Self.null) }
        key.append(Self.value)
        let start = key.count
        appendContent(value, to: &key)
        guard isDescending else { return }
        for index in start..<key.count { key[index] = ~key[index] }
    }

    /// What ``append(_:to:)`` appends for an integer of a type of integers.
    @inline(__always) static func append(integer number: Int64, to key: inout ByteBuffer) {
        key.reserve(9)
        key.put(value)
        key.putWord((UInt64(bitPattern: number) ^ 1 << 63).byteSwapped, counting: 8)
    }

    /// The integer that stands at a place of a key which is nothing but integers so far.
    static func integer(_ key: Bytes, _ place: Int) -> Int64 {
        Int64(bitPattern: key.word(at: place * 9 + 1).byteSwapped ^ 1 << 63)
    }

    private func appendContent(_ value: SQLValue, to key: inout ByteBuffer) {
        switch (rule, value) {
        case (.unsigned, .int(let number)): key.append(ordered: number ^ .min)
        case (.numeric, .int(let number)): key.append(ordered: Numeric(number))
        case (.double, .int(let number)): key.append(ordered: Double(number))
        case (.blankPadded, .text(let text)): key.append(ordered: ValueOrder.trimmed(text))
        case (.labels(let places), .text(let text)): key.append(ordered: Int64(places[text] ?? places.count))
        case (.open, .json(let datum)): Self.append(open: datum, to: &key)
        case (_, .json(let datum)): Self.append(json: datum, to: &key)
        case (_, .array(let array)):
            let element = ValueKey(array.elementType, run)
            for value in array.elements { element.append(value, to: &key) }
            key.append(Self.end)
            key.append(ordered: Int64(array.dimensions.count))
            for dimension in array.dimensions {
                key.append(ordered: Int64(dimension.count))
                key.append(ordered: Int64(dimension.lowerBound))
            }
        case (_, .record(let record)):
            for (index, value) in record.values.enumerated() {
                ValueKey(index < record.fields.count ? record.fields[index].type : .text, run).append(value, to: &key)
            }
            key.append(Self.end)
        default: Self.append(plain: value, to: &key)
        }
    }

    private static func append(plain value: SQLValue, to key: inout ByteBuffer) {
        switch value {
        case .bool(let value): key.append(value ? 1 : 0)
        case .int(let number), .time(let number), .timestamp(let number), .timestamptz(let number): key.append(ordered: number)
        case .double(let number): key.append(ordered: number)
        case .numeric(let number): key.append(ordered: number)
        case .text(let text): key.append(ordered: text)
        case .bytes(let bytes): bytes.span.withBytes { key.append(escaped: $0) }
        case .bits(let bits):
            let bytes = bits.bytes
            bytes.span.withBytes { key.append(escaped: $0) }
            key.append(ordered: Int64(bits.count))
        case .date(let days): key.append(ordered: Int64(days))
        case .timetz(let time, let west):
            key.append(ordered: time + Int64(west) * 1_000_000)
            key.append(ordered: Int64(west))
        case .interval(let interval):
            key.append(ordered: Int64(interval.span >> 64))
            key.append(bigEndian: UInt64(truncatingIfNeeded: interval.span))
        case .uuid(let high, let low):
            key.append(bigEndian: high)
            key.append(bigEndian: low)
        case .inet(let address):
            // The bits of the network one by one, so that a network stands before those within it.
            key.append(address.isIPv6 ? 1 : 0)
            for bit in 0..<Int(address.bits) {
                key.append(address.value >> UInt128(address.maximumBits - 1 - bit) & 1 == 0 ? 0x01 : 0x02)
            }
            key.append(end)
            key.append(bigEndian: address.high)
            key.append(bigEndian: address.low)
        case .tsvector(let vector): append(vector: vector, to: &key)
        case .tsquery(let query): append(query: query, to: &key)
        case .null, .json, .array, .record: break
        }
    }

    // MARK: Text search

    /// More positions, and later ones, come first.
    private static func append(vector: TSVector, to key: inout ByteBuffer) {
        key.append(ordered: Int64(vector.storedByteCount))
        key.append(ordered: Int64(vector.lexemes.count))
        for lexeme in vector.lexemes {
            key.append(lexeme.positions.isEmpty ? 1 : 0)
            lexeme.word.span.withBytes { key.append(escaped: $0) }
            key.append(ordered: -Int64(lexeme.positions.count))
            for position in lexeme.positions { key.append(ordered: -Int64(position.place * 4 + position.weight)) }
        }
    }

    private static func append(query: TSQuery, to key: inout ByteBuffer) {
        key.append(ordered: Int64(query.items.count))
        key.append(ordered: Int64(query.wordByteCount))
        for item in query.items.reversed() {
            if case .operand(let operand) = item {
                key.append(1)
                key.append(ordered: -Int64(TSQuery.checksum(operand.word)))
                operand.word.span.withBytes { key.append(escaped: $0) }
            } else {
                key.append(0)
                key.append(ordered: -Int64(TSQuery.binaryCode(item)))
                if case .phrase(let distance) = item { key.append(ordered: -Int64(distance)) }
            }
        }
    }

    // MARK: Documents

    /// jsonb's order: an empty array below all others, by an old oversight; then by kind, number of parts, and the parts.
    private static func append(json datum: Datum, to key: inout ByteBuffer) {
        key.append(datum.kind == .array && datum.count == 0 ? 0 : 1)
        append(part: datum, to: &key)
    }

    private static func append(part datum: Datum, to key: inout ByteBuffer) {
        switch datum.kind {
        case .object:
            key.append(5)
            key.append(ordered: Int64(datum.count))
            for index in JSONText.fieldOrder(datum) {
                key.append(ordered: datum.key(at: index))
                append(part: datum[index], to: &key)
            }
        case .array:
            key.append(4)
            key.append(ordered: Int64(datum.count))
            for index in 0..<datum.count { append(part: datum[index], to: &key) }
        case .bool:
            key.append(3)
            key.append(datum.bool == true ? 1 : 0)
        case .number:
            key.append(2)
            append(number: datum, to: &key)
        case .string, .time, .binary:
            key.append(1)
            key.append(ordered: JSONText.scalarText(datum))
        case .null, .minval, .maxval: key.append(0)
        }
    }

    /// ReQL's order: by kind, then by the contents; objects pair by pair.
    private static func append(open datum: Datum, to key: inout ByteBuffer) {
        key.append(0x10 + datum.kind.rawValue)
        switch datum.kind {
        case .object:
            for index in 0..<datum.count {
                key.append(ordered: datum.key(at: index))
                append(open: datum[index], to: &key)
            }
            key.append(end)
        case .array:
            for index in 0..<datum.count { append(open: datum[index], to: &key) }
            key.append(end)
        case .bool: key.append(datum.bool == true ? 1 : 0)
        case .number: append(number: datum, to: &key)
        case .time: key.append(ordered: datum.time?.epochSeconds ?? 0)
        case .string: key.append(ordered: datum.string ?? "")
        case .binary:
            let bytes = datum.binary ?? []
            bytes.span.withBytes { key.append(escaped: $0) }
        case .null, .minval, .maxval: break
        }
    }

    private static func append(number datum: Datum, to key: inout ByteBuffer) {
        key.append(ordered: datum.int64.map { Numeric($0) } ?? Numeric(json: datum))
    }
}

extension ByteBuffer {
    fileprivate mutating func append(bigEndian number: UInt64) {
        reserve(8)
        putWord(number.byteSwapped, counting: 8)
    }

    fileprivate mutating func append(ordered number: Int64) { append(bigEndian: UInt64(bitPattern: number) ^ 1 << 63) }

    /// NaN above all others, −0 as 0.
    fileprivate mutating func append(ordered number: Double) {
        if number.isNaN { return append(bigEndian: .max) }
        let bits = (number == 0 ? 0 : number).bitPattern
        append(bigEndian: bits >> 63 == 1 ? ~bits : bits | 1 << 63)
    }

    fileprivate mutating func append(ordered text: String) { text.withBytes { append(escaped: $0) } }

    fileprivate mutating func append(escaped bytes: Bytes) {
        var start = 0
        for index in 0..<bytes.count where bytes[index] == 0 {
            append(bytes[start..<index + 1])
            append(0xFF as UInt8)
            start = index + 1
        }
        append(bytes[start..<bytes.count])
        append(0 as UInt8)
        append(0 as UInt8)
    }

    fileprivate mutating func append(ordered number: Numeric) {
        switch number.form {
        case .nan: return append(5 as UInt8)
        case .infinity(let isNegative): return append((isNegative ? 0 : 4) as UInt8)
        case .small(0, _): return append(2 as UInt8)
        case .small(let value, let scale):
            append((value < 0 ? 1 : 3) as UInt8)
            let start = count
            let digits = Self.decimalCount(value.magnitude)
            append(ordered: Int64(digits) - Int64(scale))
            // The digits fill nineteen places, so that those of all numbers begin at one place.
            append(bigEndian: value.magnitude * Self.powers[19 - digits])
            append(0 as UInt8)
            if value < 0 { invert(from: start) }
        case .large(let large):
            append((large.isNegative ? 1 : 3) as UInt8)
            let start = count
            var digits = large.magnitude.digits[...]
            append(ordered: Int64(digits.count) - Int64(large.scale))
            while digits.last == 0x30 { digits.removeLast() }
            repeat {
                var part: UInt64 = 0
                for place in 0..<19 { part = part * 10 + UInt64((digits.dropFirst(place).first ?? 0x30) - 0x30) }
                append(bigEndian: part)
                digits = digits.dropFirst(19)
                append((digits.isEmpty ? 0 : 1) as UInt8)
            } while !digits.isEmpty
            if large.isNegative { invert(from: start) }
        }
    }

    private mutating func invert(from start: Int) { for index in start..<count { self[index] = ~self[index] } }

    private static let powers: [UInt64] = {
        var powers: [UInt64] = [1]
        while powers.count < 20 { powers.append((powers.last ?? 1) * 10) }
        return powers
    }()
}
