/// Reads values from text as PostgreSQL does, with its errors.
package enum TextInput {
    private static func fault(_ text: String, _ type: String) -> SQLError {
        SQLError(.invalidTextRepresentation, "invalid input syntax for type \(type): \"\(text)\"")
    }

    /// The modifier is applied as in an assignment: what is too long is an error.
    package static func value(_ text: String, _ type: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue {
        switch type.oid {
        case SQLType.bool.oid:
            guard let bool = bool(text) else { throw fault(text, "boolean") }
            return .bool(bool)
        case SQLType.int2.oid: return .int(try integer(text, "smallint", -32768...32767))
        case SQLType.int4.oid: return .int(try integer(text, "integer", -2_147_483_648...2_147_483_647))
        case SQLType.int8.oid: return .int(try integer(text, "bigint", Int64.min...Int64.max))
        case SQLType.oid.oid: return .int(try oid(text))
        case SQLType.xid.oid, SQLType.cid.oid: return .int(Int64(UInt32(truncatingIfNeeded: unsigned(text))))
        case SQLType.float8.oid: return .double(try double(text, isSingle: false))
        case SQLType.float4.oid: return .double(try double(text, isSingle: true))
        case SQLType.numeric.oid: return .numeric(try LengthCoercion.numeric(Numeric(text), type.modifier))
        case SQLType.text.oid, SQLType.unknown.oid, SQLType.pgNodeTree.oid, SQLType.refcursor.oid, SQLType.cstring.oid: return .text(text)
        case SQLType.varchar.oid: return .text(try LengthCoercion.varchar(text, type.modifier, isExplicit: false))
        case SQLType.bpchar.oid: return .text(try LengthCoercion.bpchar(text, type.modifier, isExplicit: false))
        case SQLType.name.oid: return .text(LengthCoercion.name(text))
        case SQLType.char.oid: return .text(singleByte(text))
        case SQLType.bytea.oid: return .bytes(try bytes(text))
        case SQLType.bit.oid, SQLType.varbit.oid:
            return .bits(try LengthCoercion.bits(BitString(reading: text), type, isExplicit: false))
        case SQLType.json.oid:
            _ = try JSONReader.read(text, decodesStrings: false)
            return .text(text)
        case SQLType.jsonb.oid, SQLType.open.oid: return .json(try JSONText.datum(text))
        case SQLType.jsonpath.oid: return .text(try JSONPathReader.read(text).description)
        case SQLType.uuid.oid: return try uuid(text)
        case SQLType.inet.oid: return .inet(try NetworkAddress(text, isCIDR: false))
        case SQLType.cidr.oid: return .inet(try NetworkAddress(text, isCIDR: true))
        case SQLType.tsvector.oid: return .tsvector(try TSVector(reading: text))
        case SQLType.tsquery.oid:
            let (query, notices) = try TSQueryReader.query(text)
            for notice in notices { session.tell(notice) }
            return .tsquery(query)
        case SQLType.date.oid, SQLType.time.oid, SQLType.timetz.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid, SQLType.interval.oid:
            return try DateTimeInput.value(text, type, session)
        case SQLType.pgLSN.oid: return .int(try lsn(text))
        case SQLType.tid.oid: return .int(try tid(text))
        case SQLType.pgSnapshot.oid, SQLType.txidSnapshot.oid:
            guard let snapshot = TransactionSnapshot(text) else { throw fault(text, "pg_snapshot") }
            return .text(snapshot.description)
        case SQLType.regclass.oid, SQLType.regtype.oid, SQLType.regproc.oid, SQLType.regprocedure.oid, SQLType.regnamespace.oid,
            SQLType.regrole.oid, SQLType.regconfig.oid, SQLType.regdictionary.oid, SQLType.regoperator.oid:
            return .int(Int64(try ObjectNames.object(text, as: type, session)))
        case SQLType.int2vector.oid, SQLType.oidvector.oid:
            let element: SQLType = type.oid == SQLType.oidvector.oid ? .oid : .int2
            var elements: [SQLValue] = []
            for word in text.split(separator: " ") { elements.append(try value(String(word), element, session)) }
            return .array(SQLArray(element, dimensions: [.init(count: elements.count, lowerBound: 0)], elements: elements))
        case SQLType.void.oid: return .null
        case SQLType.record.oid: throw SQLError(.featureNotSupported, "input of anonymous composite types is not implemented")
        case SQLType.any.oid, SQLType.anyelement.oid, SQLType.anyarray.oid, SQLType.anynonarray.oid, SQLType.anyenum.oid:
            throw SQLError(.featureNotSupported, "cannot accept a value of type \(TypeTable.entry(type.oid)?.name ?? "any")")
        case SQLType.xid8.oid: return .int(Int64(bitPattern: unsigned(text)))
        default: break
        }
        if let element = TypeTable.element(of: type.oid, session.types) {
            return .array(try ArrayInput.array(text, SQLType(element.oid, modifier: type.modifier), session))
        }
        guard let user = session.types.type(type.oid) else {
            throw SQLError(.undefinedObject, "type with OID \(type.oid) does not exist")
        }
        switch user.kind {
        case .enum(let labels):
            guard labels.contains(text) else {
                let name = TypeTable.format(type, session.types)
                throw SQLError(.invalidTextRepresentation, "invalid input value for enum \(name): \"\(text)\"")
            }
            guard !session.isUncommitted(label: text, of: user.oid) else { throw unsafeLabel(text, user.name) }
            return .text(text)
        case .domain(let base, _): return try value(text, base, session)
        case .array(let element): return .array(try ArrayInput.array(text, element, session))
        case .composite(let fields): return .record(try ArrayInput.record(text, fields, session))
        }
    }

    static func unsafeLabel(_ label: String, _ type: String) -> SQLError {
        SQLError(
            SQLState(rawValue: "55P04"), "unsafe use of new value \"\(label)\" of enum type \(Quoting.identifier(type))",
            hint: "New enum values must be committed before they can be used.")
    }

    static func bool(_ text: String) -> Bool? {
        let word = text.trimming().lowercased()
        guard !word.isEmpty else { return nil }
        if "true".hasPrefix(word) || "yes".hasPrefix(word) || word == "on" || word == "1" { return true }
        if "false".hasPrefix(word) || "no".hasPrefix(word) || word == "of" || word == "off" || word == "0" { return false }
        return nil
    }

    static func integer(_ text: String, _ type: String, _ range: ClosedRange<Int64>) throws(SQLError) -> Int64 {
        let bytes = ASCII.trimmed(Array(text.utf8)[...])
        var digits = bytes
        var isNegative = false
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            digits = digits.dropFirst()
        }
        var value: Int64 = 0
        var overflows = false
        guard let first = digits.first, ASCII.isDigit(first) else { throw fault(text, type) }
        for digit in digits {
            // Too large is too large, whatever stands behind the digits.
            guard ASCII.isDigit(digit) else {
                guard overflows || !range.contains(isNegative ? value : 0 &- value) else { throw fault(text, type) }
                overflows = true
                break
            }
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.subtractingReportingOverflow(Int64(digit - 48))
            if first || second { overflows = true }
            value = sum
        }
        let (negated, third) = isNegative ? (value, false) : Int64(0).subtractingReportingOverflow(value)
        guard !overflows, !third, range.contains(negated) else {
            throw SQLError(.numericValueOutOfRange, "value \"\(text)\" is out of range for type \(type)")
        }
        return negated
    }

    /// What a text begins with, as C's `strtoul` reads it for numbers of transactions: decimal, octal behind 0, hexadecimal behind 0x.
    private static func unsigned(_ text: String) -> UInt64 {
        var bytes = text.utf8.drop { ASCII.isSpace($0) }
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { bytes = bytes.dropFirst() }
        var radix: UInt64 = 10
        if bytes.first == UInt8(ascii: "0") {
            radix = 8
            let rest = bytes.dropFirst()
            if rest.first == UInt8(ascii: "x") || rest.first == UInt8(ascii: "X"),
                rest.dropFirst().first.flatMap({ ASCII.hexadecimal($0) }) != nil
            {
                radix = 16
                bytes = rest.dropFirst()
            }
        }
        var number: UInt64 = 0
        for byte in bytes {
            guard let digit = ASCII.hexadecimal(byte), UInt64(digit) < radix else { break }
            let (product, overflow) = number.multipliedReportingOverflow(by: radix)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if overflow || carry { return .max }
            number = sum
        }
        return isNegative ? 0 &- number : number
    }

    private static func oid(_ text: String) throws(SQLError) -> Int64 {
        let word = text.trimming()
        let digits = word.hasPrefix("-") || word.hasPrefix("+") ? String(word.dropFirst()) : word
        guard !digits.isEmpty, digits.utf8.allSatisfy(ASCII.isDigit) else { throw fault(text, "oid") }
        guard let number = Int64(word), number >= Int64(Int32.min), number <= Int64(UInt32.max) else {
            throw SQLError(.numericValueOutOfRange, "value \"\(text)\" is out of range for type oid")
        }
        return Int64(UInt32(truncatingIfNeeded: number))
    }

    static func double(_ text: String, isSingle: Bool) throws(SQLError) -> Double {
        let type = isSingle ? "real" : "double precision"
        let word = text.trimming()
        let bytes = Array(word.utf8)
        switch word.lowercased() {
        case "nan": return .nan
        case "infinity", "+infinity", "inf", "+inf": return .infinity
        case "-infinity", "-inf": return -.infinity
        default: break
        }
        // Only what strtod and a decimal number have in common with Swift's reading.
        let isNumber =
            bytes.contains(where: ASCII.isDigit)
            && bytes.allSatisfy { ASCII.isDigit($0) || ".eE+-".utf8.contains($0) }
        var padded = word
        if word.hasSuffix(".") { padded += "0" }
        padded = padded.replacing(".e", with: ".0e").replacing(".E", with: ".0E")
        if padded.hasPrefix(".") { padded = "0" + padded }
        if padded.hasPrefix("-.") || padded.hasPrefix("+.") { padded.insert("0", at: padded.index(after: padded.startIndex)) }
        guard isNumber else {
            if word.lowercased().hasPrefix("0x"), let number = Double(word) { return number }
            throw fault(text, type)
        }
        let isZero = !bytes.prefix { $0 | 0x20 != UInt8(ascii: "e") }.contains { $0 >= 49 && $0 <= 57 }
        let outOfRange = SQLError(.numericValueOutOfRange, "\"\(word)\" is out of range for type \(type)")
        if isSingle {
            guard let number = Float(padded) else { throw fault(text, type) }
            guard number.isFinite, isZero || number != 0 else { throw outOfRange }
            return Double(number)
        }
        guard let number = Double(padded) else { throw fault(text, type) }
        guard number.isFinite, isZero || number != 0 else { throw outOfRange }
        return number
    }

    /// "char": one byte, those beyond ASCII and none as octal.
    static func singleByte(_ text: String) -> String {
        let bytes = Array(text.utf8)
        if bytes.count == 4, bytes[0] == UInt8(ascii: "\\"), bytes[1...].allSatisfy({ (48...55).contains($0) }) {
            let code = UInt8(truncatingIfNeeded: Int(bytes[1] - 48) << 6 | Int(bytes[2] - 48) << 3 | Int(bytes[3] - 48))
            return self.text(ofByte: code)
        }
        return self.text(ofByte: bytes.first ?? 0)
    }

    /// How a value of "char" is kept.
    static func text(ofByte byte: UInt8) -> String {
        if byte == 0 { return "" }
        if byte < 128 { return String(Character(Unicode.Scalar(byte))) }
        return "\\" + String(byte >> 6) + String(byte >> 3 & 7) + String(byte & 7)
    }

    private static func bytes(_ text: String) throws(SQLError) -> [UInt8] {
        if text.hasPrefix("\\x") { return try Encodings.hexadecimalDecoded(text.utf8.dropFirst(2)) }
        guard let bytes = Encodings.unescaped(text) else {
            throw SQLError(.invalidTextRepresentation, "invalid input syntax for type bytea")
        }
        return bytes
    }

    private static func uuid(_ text: String) throws(SQLError) -> SQLValue {
        var bytes = Array(text.utf8)[...]
        if bytes.first == UInt8(ascii: "{") {
            guard bytes.last == UInt8(ascii: "}") else { throw fault(text, "uuid") }
            bytes = bytes.dropFirst().dropLast()
        }
        var value: UInt128 = 0
        var digits = 0
        var wasDash = true
        for byte in bytes {
            if byte == UInt8(ascii: "-"), digits % 4 == 0, digits > 0, digits < 32, !wasDash {
                wasDash = true
                continue
            }
            guard let digit = ASCII.hexadecimal(byte), digits < 32 else { throw fault(text, "uuid") }
            value = value << 4 | UInt128(digit)
            digits += 1
            wasDash = false
        }
        guard digits == 32, !wasDash else { throw fault(text, "uuid") }
        return .uuid(high: UInt64(truncatingIfNeeded: value >> 64), low: UInt64(truncatingIfNeeded: value))
    }

    /// A place of PostgreSQL's, `(block,item)`, as one number: the block, then 16 bits of the item.
    private static func tid(_ text: String) throws(SQLError) -> Int64 {
        guard text.hasPrefix("("), text.hasSuffix(")") else { throw fault(text, "tid") }
        let parts = text.dropFirst().dropLast().split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let block = UInt32(parts[0]), let item = UInt16(parts[1]) else { throw fault(text, "tid") }
        return Int64(block) << 16 | Int64(item)
    }

    private static func lsn(_ text: String) throws(SQLError) -> Int64 {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let high = UInt32(parts[0], radix: 16), let low = UInt32(parts[1], radix: 16) else {
            throw fault(text, "pg_lsn")
        }
        return Int64(bitPattern: UInt64(high) << 32 | UInt64(low))
    }
}

extension SQLType {
    package static let refcursor = SQLType(1790)
    package static let cstring = SQLType(2275)
    package static let xid8 = SQLType(5069)
}
