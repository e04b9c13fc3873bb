/// Reads values from the binary forms of PostgreSQL's `…recv` functions, with its errors.
package struct BinaryInput {
    private let bytes: [UInt8]
    private var position = 0
    private let end: Int
    private let session: any SQLSession

    private init(_ bytes: [UInt8], _ session: any SQLSession) {
        self.bytes = bytes
        self.session = session
        end = bytes.count
    }

    /// The modifier is applied as in an assignment. Throws `22P03` for bytes that are no value of the type.
    /// - Parameter leftOver: what is said if more bytes are there than the value has.
    package static func value(
        _ bytes: [UInt8], _ type: SQLType, _ session: any SQLSession, leftOver: @autoclosure () -> String = "incorrect binary data format"
    ) throws(SQLError) -> SQLValue {
        var input = BinaryInput(bytes, session)
        let value = try input.value(type)
        guard input.position == input.end else { throw fault(leftOver()) }
        return value
    }

    private static func fault(_ message: String) -> SQLError { SQLError(SQLState(rawValue: "22P03"), message) }
    private static func missing() -> SQLError { SQLError(SQLState(rawValue: "08P01"), "insufficient data left in message") }

    // MARK: Parts

    private mutating func number<Number: FixedWidthInteger>(_: Number.Type) throws(SQLError) -> Number {
        let width = Number.bitWidth / 8
        guard end - position >= width else { throw Self.missing() }
        var number: Number = 0
        for byte in bytes[position..<position + width] { number = (width == 1 ? 0 : number << 8) | Number(truncatingIfNeeded: byte) }
        position += width
        return number
    }

    private mutating func rest() -> [UInt8] {
        defer { position = end }
        return Array(bytes[position..<end])
    }

    private mutating func text() throws(SQLError) -> String {
        let bytes = rest()
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else { throw SQLError.invalidUTF8(in: bytes) }
        return text
    }

    // MARK: Values

    private mutating func value(_ type: SQLType) throws(SQLError) -> SQLValue {
        switch type.oid {
        case SQLType.bool.oid: return .bool(try number(UInt8.self) != 0)
        case SQLType.int2.oid: return .int(Int64(try number(Int16.self)))
        case SQLType.int4.oid: return .int(Int64(try number(Int32.self)))
        case SQLType.int8.oid, SQLType.pgLSN.oid, SQLType.xid8.oid: return .int(try number(Int64.self))
        case SQLType.tid.oid:
            let block = try number(UInt32.self)
            return .int(Int64(block) << 16 | Int64(try number(UInt16.self)))
        case SQLType.oid.oid, SQLType.xid.oid, SQLType.cid.oid, SQLType.regclass.oid, SQLType.regtype.oid, SQLType.regproc.oid,
            SQLType.regprocedure.oid, SQLType.regnamespace.oid, SQLType.regrole.oid, SQLType.regconfig.oid, SQLType.regdictionary.oid,
            SQLType.regoperator.oid:
            return .int(Int64(try number(UInt32.self)))
        case SQLType.float4.oid: return .double(Double(Float(bitPattern: try number(UInt32.self))))
        case SQLType.float8.oid: return .double(Double(bitPattern: try number(UInt64.self)))
        case SQLType.numeric.oid: return .numeric(try LengthCoercion.numeric(try numeric(), type.modifier))
        case SQLType.bytea.oid: return .bytes(rest())
        case SQLType.bit.oid, SQLType.varbit.oid: return .bits(try LengthCoercion.bits(try bits(), type, isExplicit: false))
        case SQLType.char.oid: return .text(TextInput.text(ofByte: try number(UInt8.self)))
        case SQLType.jsonb.oid:
            let version = try number(UInt8.self)
            guard version == 1 else { throw Self.fault("unsupported jsonb version number \(version)") }
            return .json(try JSONText.datum(try text()))
        case SQLType.jsonpath.oid:
            let version = try number(UInt8.self)
            guard version == 1 else { throw Self.fault("unsupported jsonpath version number \(version)") }
            return try TextInput.value(try text(), type, session)
        case SQLType.uuid.oid: return .uuid(high: try number(UInt64.self), low: try number(UInt64.self))
        case SQLType.inet.oid, SQLType.cidr.oid: return .inet(try address(type))
        case SQLType.tsvector.oid: return .tsvector(try vector())
        case SQLType.tsquery.oid: return .tsquery(try query())
        case SQLType.pgSnapshot.oid, SQLType.txidSnapshot.oid: return try snapshot()
        case SQLType.void.oid: return .null
        case SQLType.date.oid, SQLType.time.oid, SQLType.timetz.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid, SQLType.interval.oid:
            return try LengthCoercion.apply(try time(type), type, isExplicit: false)
        case SQLType.record.oid: throw SQLError(.featureNotSupported, "input of anonymous composite types is not implemented")
        case SQLType.int2vector.oid, SQLType.oidvector.oid:
            let isOfOIDs = type.oid == SQLType.oidvector.oid
            let numbers = try array(isOfOIDs ? .oid : .int2)
            let dimensions = numbers.elements.isEmpty ? [.init(count: 0, lowerBound: 0)] : numbers.dimensions
            guard dimensions.count == 1, dimensions[0].lowerBound == 0, !numbers.elements.contains(where: \.isNull) else {
                throw Self.fault("invalid \(isOfOIDs ? "oidvector" : "int2vector") data")
            }
            return .array(SQLArray(isOfOIDs ? .oid : .int2, dimensions: dimensions, elements: numbers.elements))
        default: break
        }
        if let element = TypeTable.element(of: type.oid, session.types) {
            return .array(try array(SQLType(element.oid, modifier: type.modifier)))
        }
        if let user = session.types.type(type.oid) {
            switch user.kind {
            case .domain(let base, _): return try value(base)
            case .array(let element): return .array(try array(element))
            case .composite(let fields): return .record(try record(fields))
            case .enum: break
            }
        }
        // Texts of all kinds, json and labels are their own bytes.
        return try TextInput.value(try text(), type, session)
    }

    private mutating func snapshot() throws(SQLError) -> SQLValue {
        let count = try number(Int32.self)
        var numbers: [String] = []
        let (first, next) = (try number(UInt64.self), try number(UInt64.self))
        while numbers.count < Int(count) { numbers.append(String(try number(UInt64.self))) }
        guard count >= 0, let snapshot = TransactionSnapshot("\(first):\(next):\(numbers.joined(separator: ","))") else {
            throw Self.fault("invalid external pg_snapshot data")
        }
        return .text(snapshot.description)
    }

    private mutating func bits() throws(SQLError) -> BitString {
        let count = Int(try number(Int32.self))
        guard count >= 0, count <= BitString.greatestCount else { throw Self.fault("invalid length in external bit string") }
        let byteCount = BitString.byteCount(of: count)
        guard end - position >= byteCount else { throw Self.missing() }
        defer { position += byteCount }
        return BitString(Array(bytes[position..<position + byteCount]), count: count)
    }

    private mutating func time(_ type: SQLType) throws(SQLError) -> SQLValue {
        func outOfRange(_ name: String) -> SQLError { SQLError(SQLState(rawValue: "22008"), "\(name) out of range") }
        switch type.oid {
        case SQLType.date.oid:
            let days = try number(Int32.self)
            guard days == .max || days == .min || (-2_451_545...2_145_031_948).contains(days) else { throw outOfRange("date") }
            return .date(days)
        case SQLType.time.oid:
            let time = try number(Int64.self)
            guard (0...86_400_000_000).contains(time) else { throw outOfRange("time") }
            return .time(time)
        case SQLType.timetz.oid:
            let time = try number(Int64.self)
            let west = try number(Int32.self)
            guard (0...86_400_000_000).contains(time) else { throw outOfRange("time") }
            guard (-57_599...57_599).contains(west) else {
                throw SQLError(SQLState(rawValue: "22009"), "time zone displacement out of range")
            }
            return .timetz(time, west: west)
        case SQLType.interval.oid:
            let microseconds = try number(Int64.self)
            let days = try number(Int32.self)
            return .interval(Interval(months: try number(Int32.self), days: days, microseconds: microseconds))
        default:
            let moment = try number(Int64.self)
            let range: Range<Int64> = -211_813_488_000_000_000..<9_223_371_331_200_000_000
            guard moment == .max || moment == .min || range.contains(moment) else { throw outOfRange("timestamp") }
            return type.oid == SQLType.timestamp.oid ? .timestamp(moment) : .timestamptz(moment)
        }
    }

    private mutating func numeric() throws(SQLError) -> Numeric {
        let count = Int(try number(UInt16.self))
        let weight = Int(try number(Int16.self))
        let sign = try number(UInt16.self)
        let scale = Int(try number(UInt16.self))
        switch sign {
        case 0xC000: return .nan
        case 0xD000: return .infinity
        case 0xF000: return .negativeInfinity
        case 0, 0x4000: break
        default: throw Self.fault("invalid sign in external \"numeric\" value")
        }
        guard scale <= Numeric.maximumScale else { throw Self.fault("invalid scale in external \"numeric\" value") }
        var whole = ""
        var fraction = ""
        if weight < -1, count > 0 { fraction = String(repeating: "0000", count: min(-1 - weight, 5000)) }
        for place in 0..<count {
            let group = try number(Int16.self)
            guard (0...9999).contains(group) else { throw Self.fault("invalid digit in external \"numeric\" value") }
            let digits = String(group + 10_000).dropFirst()
            if place <= weight { whole += digits } else { fraction += digits }
        }
        if weight >= count { whole += String(repeating: "0000", count: weight - count + 1) }
        if fraction.count > scale { fraction = String(fraction.prefix(scale)) }
        fraction += String(repeating: "0", count: scale - fraction.count)
        let text = (sign == 0x4000 ? "-" : "") + (whole.isEmpty ? "0" : whole) + (scale > 0 ? "." + fraction : "")
        return try Numeric(text)
    }

    private mutating func address(_ type: SQLType) throws(SQLError) -> NetworkAddress {
        let name = type.oid == SQLType.cidr.oid ? "cidr" : "inet"
        let family = try number(UInt8.self)
        let bits = try number(UInt8.self)
        _ = try number(UInt8.self)
        let count = Int(try number(UInt8.self))
        guard family == 2 || family == 3 else { throw Self.fault("invalid address family in external \"\(name)\" value") }
        guard bits <= (family == 2 ? 32 : 128) else { throw Self.fault("invalid bits in external \"\(name)\" value") }
        guard count == (family == 2 ? 4 : 16) else { throw Self.fault("invalid length in external \"\(name)\" value") }
        guard end - position >= count else { throw Self.missing() }
        defer { position += count }
        let address = NetworkAddress(bytes: Array(bytes[position..<position + count]), bits: Int(bits))
        if type.oid == SQLType.cidr.oid, address.value & ~address.mask(Int(bits)) != 0 {
            throw SQLError(
                SQLState(rawValue: "22P03"), "invalid external \"cidr\" value", detail: "Value has bits set to right of mask.")
        }
        return address
    }

    // MARK: Text search

    /// A text that ends with a zero byte.
    private mutating func terminated() throws(SQLError) -> [UInt8] {
        guard let stop = bytes[position..<end].firstIndex(of: 0) else { throw Self.missing() }
        defer { position = stop + 1 }
        let word = Array(bytes[position..<stop])
        guard String(validating: word, as: UTF8.self) != nil else { throw SQLError.invalidUTF8(in: word) }
        return word
    }

    private mutating func vector() throws(SQLError) -> TSVector {
        let count = Int(try number(Int32.self))
        guard count >= 0, count <= bytes.count else { throw Self.fault("invalid size of tsvector") }
        var lexemes: [TSVector.Lexeme] = []
        for _ in 0..<count {
            let word = try terminated()
            guard word.count <= TSVector.longestLexeme else { throw Self.fault("invalid tsvector: lexeme too long") }
            guard !word.isEmpty else { throw Self.fault("invalid tsvector: empty lexeme") }
            var positions: [TSVector.Position] = []
            for _ in 0..<Int(try number(UInt16.self)) {
                let position = TSVector.Position(rawValue: try number(UInt16.self))
                guard position.place > positions.last?.place ?? 0 else { throw Self.fault("position information is misordered") }
                positions.append(position)
            }
            guard positions.count <= TSVector.maximumPositions else { throw Self.fault("unexpected number of tsvector positions") }
            lexemes.append(TSVector.Lexeme(word: word, positions: positions))
        }
        return try .joining(lexemes)
    }

    /// Items before their operands, right ones first: the other way round than they are kept.
    private mutating func query() throws(SQLError) -> TSQuery {
        let count = Int(try number(Int32.self))
        guard count >= 0, count <= bytes.count else { throw Self.fault("invalid size of tsquery") }
        var items: [TSQuery.Item] = []
        for _ in 0..<count {
            switch try number(UInt8.self) {
            case 1:
                let weights = try number(UInt8.self)
                let isPrefix = try number(UInt8.self) != 0
                guard weights <= 15 else { throw Self.fault("invalid tsquery: invalid weight bitmap") }
                let word = try terminated()
                guard word.count <= TSVector.longestLexeme else { throw Self.fault("invalid tsquery: operand too long") }
                guard !word.isEmpty else { throw Self.fault("invalid tsquery: empty operand") }
                items.append(.operand(TSQuery.Operand(word: word, weights: weights, isPrefix: isPrefix)))
            case 2:
                switch try number(UInt8.self) {
                case 1: items.append(.not)
                case 2: items.append(.and)
                case 3: items.append(.or)
                case 4:
                    let distance = Int(try number(UInt16.self))
                    guard distance <= TSQuery.maximumDistance else {
                        throw Self.fault("invalid tsquery: invalid phrase distance \(distance)")
                    }
                    items.append(.phrase(distance))
                default: throw Self.fault("invalid tsquery: unrecognized operator type")
                }
            default: throw Self.fault("unrecognized tsquery node type")
            }
        }
        items.reverse()
        guard TSQuery.isWhole(items) else { throw Self.fault("malformed tsquery: operand not found") }
        return TSQuery(items)
    }

    // MARK: Arrays and rows

    /// A part with its length in front of it; −1 is NULL.
    private mutating func part(_ type: SQLType, _ name: @autoclosure () -> String) throws(SQLError) -> SQLValue {
        let length = Int(try number(Int32.self))
        if length == -1 { return .null }
        guard length >= 0, end - position >= length else { throw Self.fault("insufficient data left in message") }
        defer { position += length }
        let part = Array(bytes[position..<position + length])
        return try Self.value(part, type, session, leftOver: "improper binary format in \(name())")
    }

    private mutating func array(_ element: SQLType) throws(SQLError) -> SQLArray {
        let depth = Int(try number(Int32.self))
        guard (0...6).contains(depth) else {
            if depth < 0 { throw Self.fault("invalid number of dimensions: \(depth)") }
            throw SQLError(.programLimitExceeded, "number of array dimensions (\(depth)) exceeds the maximum allowed (6)")
        }
        let flags = try number(Int32.self)
        guard flags == 0 || flags == 1 else { throw Self.fault("invalid array flags") }
        let told = try number(UInt32.self)
        guard told == element.oid else {
            throw SQLError(
                SQLState(rawValue: "42804"), "binary data has array element type \(told) instead of expected \(element.oid)")
        }
        var dimensions: [SQLArray.Dimension] = []
        var count = depth == 0 ? 0 : 1
        for _ in 0..<depth {
            let size = Int(try number(Int32.self))
            let lower = try number(Int32.self)
            // Each element has at least its length.
            guard size >= 0, size <= bytes.count / 4 else { throw Self.missing() }
            dimensions.append(.init(count: size, lowerBound: lower))
            try SQLArray.requireSubscripts(dimensions)
            count = count &* size
            guard count <= bytes.count / 4 else { throw Self.missing() }
        }
        var elements: [SQLValue] = []
        elements.reserveCapacity(count)
        for index in 0..<count { elements.append(try part(element, "array element \(index + 1)")) }
        return SQLArray(element, dimensions: count == 0 ? [] : dimensions, elements: elements)
    }

    private mutating func record(_ fields: [SQLRecord.Field]) throws(SQLError) -> SQLRecord {
        let count = Int(try number(Int32.self))
        guard count == fields.count else {
            throw SQLError(SQLState(rawValue: "42804"), "wrong number of columns: \(count), expected \(fields.count)")
        }
        var values: [SQLValue] = []
        for field in fields {
            let told = try number(UInt32.self)
            guard told == field.type.oid else {
                throw SQLError(
                    SQLState(rawValue: "42804"), "binary data has type \(told) instead of expected \(field.type.oid) in record column")
            }
            values.append(try part(field.type, "record column \(values.count + 1)"))
        }
        return SQLRecord(fields: fields, values: values)
    }
}
