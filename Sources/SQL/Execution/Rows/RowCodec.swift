import Catalog
import Ground

/// Writes rows as bytes, for tables in memory and for temporary files, and reads them back as they were: scales of numbers and all.
///
/// A value is a tag and what belongs to it; the bytes mean something to the process that wrote them only.
final class RowCodec {
    fileprivate enum Tag {
        static let null: UInt8 = 0
        static let `false`: UInt8 = 1
        static let `true`: UInt8 = 2
        static let int32: UInt8 = 3
        static let int64: UInt8 = 4
        static let double: UInt8 = 5
        static let decimal: UInt8 = 6
        static let decimalText: UInt8 = 7
        static let text: UInt8 = 8
        static let bytes: UInt8 = 9
        static let date: UInt8 = 10
        static let time: UInt8 = 11
        static let timetz: UInt8 = 12
        static let timestamp: UInt8 = 13
        static let timestamptz: UInt8 = 14
        static let interval: UInt8 = 15
        static let uuid: UInt8 = 16
        static let json: UInt8 = 17
        static let inet: UInt8 = 18
        static let array: UInt8 = 19
        static let record: UInt8 = 20
        static let tsvector: UInt8 = 21
        static let tsquery: UInt8 = 22
        static let bits: UInt8 = 23
    }

    private var documents = DatumRecordWriter()

    func append(_ row: Row, to buffer: inout ByteBuffer) throws(SQLError) {
        for value in row { try append(value, to: &buffer) }
    }

    /// The values of these positions.
    func append(_ row: Row, _ positions: [Int], to buffer: inout ByteBuffer) throws(SQLError) {
        for position in positions { try append(row[position], to: &buffer) }
    }

    private func append(_ value: SQLValue, to buffer: inout ByteBuffer) throws(SQLError) {
        buffer.reserve(24)
        func word(_ tag: UInt8, _ number: Int64) {
            buffer.put(tag)
            buffer.putWord(UInt64(bitPattern: number), counting: 8)
        }
        switch value {
        case .null: buffer.put(Tag.null)
        case .bool(let value): buffer.put(value ? Tag.true : Tag.false)
        case .int(let number):
            if Int64(Int32(truncatingIfNeeded: number)) == number {
                buffer.put(Tag.int32)
                buffer.putWord(UInt64(bitPattern: number), counting: 4)
            } else {
                word(Tag.int64, number)
            }
        case .double(let number): word(Tag.double, Int64(bitPattern: number.bitPattern))
        case .numeric(let number):
            if case .small(let value, let scale) = number.form {
                word(Tag.decimal, value)
                buffer.putWord(UInt64(UInt32(bitPattern: scale)), counting: 4)
            } else {
                buffer.put(Tag.decimalText)
                buffer.append(counted: number.description)
            }
        case .text(let text):
            buffer.put(Tag.text)
            buffer.append(counted: text)
        case .bytes(let bytes):
            buffer.put(Tag.bytes)
            buffer.append(count: bytes.count)
            buffer.append(bytes)
        case .bits(let bits):
            buffer.put(Tag.bits)
            buffer.append(count: bits.count)
            buffer.append(count: bits.bytes.count)
            buffer.append(bits.bytes)
        case .date(let days):
            buffer.put(Tag.date)
            buffer.putWord(UInt64(UInt32(bitPattern: days)), counting: 4)
        case .time(let time): word(Tag.time, time)
        case .timetz(let time, let west):
            word(Tag.timetz, time)
            buffer.putWord(UInt64(UInt32(bitPattern: west)), counting: 4)
        case .timestamp(let moment): word(Tag.timestamp, moment)
        case .timestamptz(let moment): word(Tag.timestamptz, moment)
        case .interval(let interval):
            word(Tag.interval, interval.microseconds)
            buffer.putWord(UInt64(UInt32(bitPattern: interval.months)), counting: 4)
            buffer.putWord(UInt64(UInt32(bitPattern: interval.days)), counting: 4)
        case .uuid(let high, let low):
            word(Tag.uuid, Int64(bitPattern: high))
            buffer.putWord(low, counting: 8)
        case .json(let datum):
            buffer.put(Tag.json)
            do throws(DatumError) { try documents.write(row: datum, values: [], into: &buffer) } catch {
                throw SQLError(SQLState(rawValue: "54000"), "A value is too large to be put aside: \(error)")
            }
        case .inet(let address):
            word(Tag.inet, Int64(bitPattern: address.high))
            buffer.putWord(address.low, counting: 8)
            buffer.put(address.isIPv6 ? 1 : 0)
            buffer.append(address.bits)
        case .tsvector(let vector):
            buffer.put(Tag.tsvector)
            buffer.append(count: vector.lexemes.count)
            for lexeme in vector.lexemes {
                buffer.append(count: lexeme.word.count)
                buffer.append(lexeme.word)
                buffer.append(count: lexeme.positions.count)
                for position in lexeme.positions { buffer.append(count: Int(position.rawValue)) }
            }
        case .tsquery(let query):
            buffer.put(Tag.tsquery)
            buffer.append(count: query.items.count)
            for item in query.items { buffer.append(item: item) }
        case .array(let array):
            buffer.put(Tag.array)
            buffer.append(type: array.elementType)
            buffer.append(count: array.dimensions.count)
            for dimension in array.dimensions {
                buffer.append(count: dimension.count)
                buffer.append(count: Int(dimension.lowerBound))
            }
            buffer.append(count: array.elements.count)
            for element in array.elements { try append(element, to: &buffer) }
        case .record(let record):
            buffer.put(Tag.record)
            buffer.append(count: record.values.count)
            buffer.append(count: record.fields.count)
            for field in record.fields {
                buffer.append(counted: field.name)
                buffer.append(type: field.type)
            }
            for value in record.values { try append(value, to: &buffer) }
        }
    }
}

/// Reads what a ``RowCodec`` wrote, value by value.
struct RowReader {
    private let bytes: Bytes
    private var index = 0

    /// The bytes must stay while this is used.
    init(_ bytes: Bytes) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index >= bytes.count }

    private mutating func word() -> UInt64 {
        defer { index += 8 }
        return bytes.word(at: index)
    }

    private mutating func half() -> Int32 {
        defer { index += 4 }
        return Int32(truncatingIfNeeded: bytes.littleEndian(at: index, width: 4))
    }

    private mutating func byte() -> UInt8 {
        defer { index += 1 }
        return bytes[index]
    }

    private mutating func counted() -> Bytes {
        let count = Int(half())
        defer { index += count }
        return bytes[index..<index + count]
    }

    private mutating func type() -> SQLType {
        let oid = UInt32(bitPattern: half())
        return SQLType(oid, modifier: half())
    }

    mutating func value() -> SQLValue {
        typealias Tag = RowCodec.Tag
        switch byte() {
        case Tag.null: return .null
        case Tag.false: return .bool(false)
        case Tag.true: return .bool(true)
        case Tag.int32: return .int(Int64(half()))
        case Tag.int64: return .int(Int64(bitPattern: word()))
        case Tag.double: return .double(Double(bitPattern: word()))
        case Tag.decimal:
            let value = Int64(bitPattern: word())
            return .numeric(Numeric(value, scale: Int(half())))
        case Tag.decimalText: return (try? .numeric(Numeric(counted().string))) ?? .null
        case Tag.text: return .text(counted().string)
        case Tag.bytes: return .bytes(counted().copy())
        case Tag.bits:
            let count = Int(half())
            return .bits(BitString(counted().copy(), count: count))
        case Tag.date: return .date(half())
        case Tag.time: return .time(Int64(bitPattern: word()))
        case Tag.timetz:
            let time = Int64(bitPattern: word())
            return .timetz(time, west: half())
        case Tag.timestamp: return .timestamp(Int64(bitPattern: word()))
        case Tag.timestamptz: return .timestamptz(Int64(bitPattern: word()))
        case Tag.interval:
            let microseconds = Int64(bitPattern: word())
            let months = half()
            return .interval(Interval(months: months, days: half(), microseconds: microseconds))
        case Tag.uuid:
            let high = word()
            return .uuid(high: high, low: word())
        case Tag.json:
            let header = bytes[index..<index + DatumRecord.headerByteCount]
            let count = header.withSpan { DatumRecord.byteCount(afterHeader: $0) }
            let body = bytes[index + header.count..<index + header.count + count]
            index += header.count + count
            return header.withSpan { header in body.withSpan { DatumRecord(header: header, $0) } }.map { .json($0.row) } ?? .null
        case Tag.inet:
            let high = word()
            let low = word()
            let isIPv6 = byte() == 1
            return .inet(NetworkAddress(isIPv6: isIPv6, high: high, low: low, bits: Int(byte())))
        case Tag.tsvector:
            var lexemes: [TSVector.Lexeme] = []
            for _ in 0..<half() {
                let word = counted().copy()
                var positions: [TSVector.Position] = []
                for _ in 0..<half() { positions.append(TSVector.Position(rawValue: UInt16(truncatingIfNeeded: half()))) }
                lexemes.append(TSVector.Lexeme(word: word, positions: positions))
            }
            return .tsvector(TSVector(lexemes))
        case Tag.tsquery:
            var items: [TSQuery.Item] = []
            for _ in 0..<half() { items.append(item()) }
            return .tsquery(TSQuery(items))
        case Tag.array:
            let type = type()
            var dimensions: [SQLArray.Dimension] = []
            for _ in 0..<half() {
                let count = Int(half())
                dimensions.append(SQLArray.Dimension(count: count, lowerBound: half()))
            }
            var elements: [SQLValue] = []
            for _ in 0..<half() { elements.append(value()) }
            return .array(SQLArray(type, dimensions: dimensions, elements: elements))
        case Tag.record:
            let count = half()
            var fields: [SQLRecord.Field] = []
            for _ in 0..<half() {
                let name = counted().string
                fields.append(SQLRecord.Field(name, type()))
            }
            var values: [SQLValue] = []
            for _ in 0..<count { values.append(value()) }
            return .record(SQLRecord(fields: fields, values: values))
        default: return .null
        }
    }

    private mutating func item() -> TSQuery.Item {
        switch half() {
        case 1: return .not
        case 2: return .and
        case 3: return .or
        case 4: return .phrase(Int(half()))
        default:
            let word = counted().copy()
            let flags = half()
            return .operand(TSQuery.Operand(word: word, weights: UInt8(flags & 15), isPrefix: flags & 16 != 0))
        }
    }

    /// All that follow.
    mutating func row(capacity: Int) -> Row {
        var row: Row = []
        row.reserveCapacity(capacity)
        while !isAtEnd { row.append(value()) }
        return row
    }
}

extension ByteBuffer {
    fileprivate mutating func append(count: Int) {
        reserve(8)
        putWord(UInt64(UInt32(truncatingIfNeeded: count)), counting: 4)
    }

    fileprivate mutating func append(item: TSQuery.Item) {
        append(count: Int(TSQuery.binaryCode(item)))
        switch item {
        case .phrase(let distance): append(count: distance)
        case .operand(let operand):
            append(count: operand.word.count)
            append(operand.word)
            append(count: Int(operand.weights) | (operand.isPrefix ? 16 : 0))
        default: break
        }
    }

    fileprivate mutating func append(counted text: String) {
        text.withBytes {
            append(count: $0.count)
            append($0)
        }
    }

    fileprivate mutating func append(type: SQLType) {
        append(count: Int(type.oid))
        append(count: Int(type.modifier))
    }
}
