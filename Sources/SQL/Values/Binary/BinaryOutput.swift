/// Values in the binary forms of PostgreSQL's `…send` functions.
package enum BinaryOutput {
    /// Appends the form of a value that is not NULL, without its length.
    package static func append(_ value: SQLValue, _ type: SQLType, _ session: any SQLSession, to bytes: inout [UInt8]) {
        switch value {
        case .null: break
        case .bool(let bool): bytes.append(bool ? 1 : 0)
        case .int(let number): append(integer: number, type, to: &bytes)
        case .double(let number):
            if type.oid == SQLType.float4.oid {
                append(Int32(bitPattern: Float(number).bitPattern), to: &bytes)
            } else {
                append(Int64(bitPattern: number.bitPattern), to: &bytes)
            }
        case .numeric(let number): append(numeric: number, to: &bytes)
        case .text(let text) where type.oid == SQLType.pgSnapshot.oid || type.oid == SQLType.txidSnapshot.oid:
            guard let snapshot = TransactionSnapshot(text) else { break }
            append(Int32(truncatingIfNeeded: snapshot.running.count), to: &bytes)
            for number in [snapshot.first, snapshot.next] + snapshot.running { append(number, to: &bytes) }
        case .text(let text) where type.oid == SQLType.char.oid: bytes.append(Conversion.singleByte(text))
        case .text:
            // The version of the form.
            if type.oid == SQLType.jsonpath.oid { bytes.append(1) }
            TextOutput.append(scalar: value, type, session, to: &bytes)
        case .bytes(let content): bytes.append(contentsOf: content)
        case .bits(let content):
            append(Int32(truncatingIfNeeded: content.count), to: &bytes)
            bytes += content.bytes
        case .date(let days): append(days, to: &bytes)
        case .time(let time): append(time, to: &bytes)
        case .timetz(let time, let west):
            append(time, to: &bytes)
            append(west, to: &bytes)
        case .timestamp(let moment), .timestamptz(let moment): append(moment, to: &bytes)
        case .interval(let interval):
            append(interval.microseconds, to: &bytes)
            append(interval.days, to: &bytes)
            append(interval.months, to: &bytes)
        case .uuid(let high, let low):
            append(Int64(bitPattern: high), to: &bytes)
            append(Int64(bitPattern: low), to: &bytes)
        case .json:
            // The version of the form.
            if type.oid != SQLType.json.oid { bytes.append(1) }
            TextOutput.append(scalar: value, type, session, to: &bytes)
        case .inet(let address):
            let content = address.bytes
            bytes += [address.isIPv6 ? 3 : 2, address.bits, type.oid == SQLType.cidr.oid ? 1 : 0, UInt8(content.count)]
            bytes += content
        case .tsvector(let vector): append(vector: vector, to: &bytes)
        case .tsquery(let query): append(query: query, to: &bytes)
        case .array(let array): append(array: array, session, to: &bytes)
        case .record(let record): append(record: record, session, to: &bytes)
        }
    }

    private static func append<Number: FixedWidthInteger>(_ number: Number, to bytes: inout [UInt8]) {
        for place in stride(from: Number.bitWidth - 8, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> Number(place)))
        }
    }

    private static func append(integer number: Int64, _ type: SQLType, to bytes: inout [UInt8]) {
        switch type.oid {
        case SQLType.int2.oid: append(Int16(truncatingIfNeeded: number), to: &bytes)
        case SQLType.int8.oid, SQLType.pgLSN.oid, SQLType.xid8.oid: append(number, to: &bytes)
        case SQLType.tid.oid:
            append(UInt32(truncatingIfNeeded: number >> 16), to: &bytes)
            append(UInt16(truncatingIfNeeded: number), to: &bytes)
        // int4, and the numbers of objects, which have no sign.
        default: append(Int32(truncatingIfNeeded: number), to: &bytes)
        }
    }

    private static func append(vector: TSVector, to bytes: inout [UInt8]) {
        append(Int32(truncatingIfNeeded: vector.lexemes.count), to: &bytes)
        for lexeme in vector.lexemes {
            bytes += lexeme.word
            bytes.append(0)
            append(UInt16(truncatingIfNeeded: lexeme.positions.count), to: &bytes)
            for position in lexeme.positions { append(position.rawValue, to: &bytes) }
        }
    }

    private static func append(query: TSQuery, to bytes: inout [UInt8]) {
        append(Int32(truncatingIfNeeded: query.items.count), to: &bytes)
        for item in query.items.reversed() {
            if case .operand(let operand) = item {
                bytes += [1, operand.weights, operand.isPrefix ? 1 : 0]
                bytes += operand.word
                bytes.append(0)
            } else {
                bytes += [2, TSQuery.binaryCode(item)]
                if case .phrase(let distance) = item { append(UInt16(truncatingIfNeeded: distance), to: &bytes) }
            }
        }
    }

    private static func append(array: SQLArray, _ session: any SQLSession, to bytes: inout [UInt8]) {
        append(Int32(array.dimensions.count), to: &bytes)
        append(Int32(array.elements.contains(where: \.isNull) ? 1 : 0), to: &bytes)
        append(array.elementType.oid, to: &bytes)
        for dimension in array.dimensions {
            append(Int32(truncatingIfNeeded: dimension.count), to: &bytes)
            append(dimension.lowerBound, to: &bytes)
        }
        for element in array.elements { append(part: element, array.elementType, session, to: &bytes) }
    }

    private static func append(record: SQLRecord, _ session: any SQLSession, to bytes: inout [UInt8]) {
        append(Int32(record.fields.count), to: &bytes)
        for (field, value) in zip(record.fields, record.values) {
            append(field.type.oid, to: &bytes)
            append(part: value, field.type, session, to: &bytes)
        }
    }

    /// A value with its length in front of it; −1 is NULL.
    private static func append(part value: SQLValue, _ type: SQLType, _ session: any SQLSession, to bytes: inout [UInt8]) {
        if value.isNull { return append(-1 as Int32, to: &bytes) }
        let start = bytes.count
        append(0 as Int32, to: &bytes)
        append(value, type, session, to: &bytes)
        let length = UInt32(truncatingIfNeeded: bytes.count - start - 4)
        for place in 0..<4 { bytes[start + place] = UInt8(truncatingIfNeeded: length >> UInt32(24 - 8 * place)) }
    }

    // MARK: Numeric

    /// Groups of four decimal digits, of which the first has a weight: the power of 10,000 that it counts.
    private static func append(numeric number: Numeric, to bytes: inout [UInt8]) {
        func header(_ count: Int, _ weight: Int, _ sign: UInt16, _ scale: Int) {
            append(UInt16(truncatingIfNeeded: count), to: &bytes)
            append(Int16(truncatingIfNeeded: weight), to: &bytes)
            append(sign, to: &bytes)
            append(UInt16(truncatingIfNeeded: scale), to: &bytes)
        }
        if number.isNaN { return header(0, 0, 0xC000, 0) }
        if number.isInfinite { return header(0, 0, number.isNegative ? 0xF000 : 0xD000, 0x20) }
        let text = Array(number.absolute.description.utf8)
        let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
        var digits: [UInt8] = Array(repeating: 0, count: (4 - point % 4) % 4)
        digits += text[..<point].map { $0 - 48 }
        let weight = digits.count / 4 - 1
        if point < text.count { digits += text[(point + 1)...].map { $0 - 48 } }
        digits += Array(repeating: 0, count: (4 - digits.count % 4) % 4)
        var groups: [UInt16] = stride(from: 0, to: digits.count, by: 4).map { place in
            digits[place..<place + 4].reduce(0) { $0 * 10 + UInt16($1) }
        }
        while groups.last == 0 { groups.removeLast() }
        let leading = groups.prefix { $0 == 0 }.count
        groups.removeFirst(leading)
        header(groups.count, groups.isEmpty ? 0 : weight - leading, number.isNegative ? 0x4000 : 0, number.scale)
        for group in groups { append(group, to: &bytes) }
    }
}
