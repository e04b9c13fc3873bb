package import Catalog

/// Makes a value of one type from one of another.
enum Conversion {
    private static func outOfRange(_ type: String) -> SQLError { SQLError(.numericValueOutOfRange, "\(type) out of range") }

    static func convert(
        _ value: SQLValue, from: SQLType, to: SQLType, _ context: CastContext, _ session: any SQLSession
    ) throws(SQLError) -> SQLValue {
        if value.isNull { return .null }
        if from.oid == to.oid { return value }
        if from.oid == SQLType.open.oid, case .json(let datum) = value {
            return context == .explicit
                ? try explicit(open: datum, to, session) : try OpenValue.value(datum, as: to, session)
        }
        if to.oid == SQLType.open.oid { return .json(try JSONConversion.datum(value, from, session)) }
        switch to.oid {
        case SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid, SQLType.oid.oid:
            if let number = try integer(value, from: from, to: to) { return .int(number) }
        case SQLType.float4.oid, SQLType.float8.oid:
            if let number = try double(value, isSingle: to.oid == SQLType.float4.oid) { return .double(number) }
        case SQLType.numeric.oid:
            if let number = try numeric(value, isSingle: from.oid == SQLType.float4.oid) { return .numeric(number) }
        case SQLType.bool.oid:
            if case .int(let number) = value { return .bool(number != 0) }
            if case .json(let datum) = value {
                guard let bool = datum.bool else { throw cannotCast(datum, "boolean") }
                return .bool(bool)
            }
        case SQLType.date.oid, SQLType.time.oid, SQLType.timetz.oid, SQLType.timestamp.oid, SQLType.timestamptz.oid, SQLType.interval.oid:
            if let moment = try DateTimeConversion.convert(value, to: to, session) { return moment }
        case SQLType.bit.oid, SQLType.varbit.oid:
            if case .bits = value { return value }
            if case .int(let number) = value { return .bits(BitString(number, count: max(Int(to.modifier), 1))) }
        case SQLType.cidr.oid:
            if case .inet(let address) = value {
                let mask = address.mask(Int(address.bits))
                return .inet(NetworkAddress(isIPv6: address.isIPv6, value: address.value & mask, bits: Int(address.bits)))
            }
        case SQLType.inet.oid:
            if case .inet = value { return value }
        case SQLType.jsonb.oid:
            if from.oid == SQLType.json.oid, case .text(let text) = value { return .json(try JSONText.datum(text)) }
        case SQLType.json.oid:
            if case .json(let datum) = value { return .text(JSONText.text(datum)) }
        case SQLType.record.oid:
            if case .record = value { return value }
        default: break
        }
        if case .int(let number) = value, isOIDAlias(to.oid) { return .int(Int64(UInt32(truncatingIfNeeded: number))) }
        if let text = try text(value, from: from, to: to, session) { return .text(text) }
        if case .array(let array) = value, let element = TypeTable.element(of: to.oid, session.types) {
            var elements: [SQLValue] = []
            elements.reserveCapacity(array.elements.count)
            let target = SQLType(element.oid, modifier: to.modifier)
            for value in array.elements {
                elements.append(try CastTable.cast(value, from: array.elementType, to: target, context, session))
            }
            return .array(SQLArray(SQLType(element.oid), dimensions: array.dimensions, elements: elements))
        }
        if case .record(let record) = value, case .composite(let fields)? = session.types.type(to.oid)?.kind {
            return .record(try row(record, fields, context, session))
        }
        // Through text, from strings explicitly and where nothing else is known.
        return try TextInput.value(TextOutput.text(value, from, session), to, session)
    }

    private static func isOIDAlias(_ oid: UInt32) -> Bool {
        switch oid {
        case SQLType.regclass.oid, SQLType.regtype.oid, SQLType.regproc.oid, SQLType.regprocedure.oid, SQLType.regnamespace.oid,
            SQLType.regrole.oid, SQLType.regconfig.oid, SQLType.regdictionary.oid, SQLType.regoperator.oid:
            true
        default: false
        }
    }

    private static func row(
        _ record: SQLRecord, _ fields: [SQLRecord.Field], _ context: CastContext, _ session: any SQLSession
    ) throws(SQLError) -> SQLRecord {
        guard record.values.count == fields.count else {
            throw SQLError(
                .cannotCoerce, "cannot cast type record to composite",
                detail: "Input has too \(record.values.count < fields.count ? "few" : "many") columns.")
        }
        var values: [SQLValue] = []
        for (place, value) in record.values.enumerated() {
            values.append(try CastTable.cast(value, from: record.fields[place].type, to: fields[place].type, context, session))
        }
        return SQLRecord(fields: fields, values: values)
    }

    // MARK: Numbers

    private static func integer(_ value: SQLValue, from: SQLType, to: SQLType) throws(SQLError) -> Int64? {
        let name: String
        let range: ClosedRange<Int64>
        switch to.oid {
        case SQLType.int2.oid: (name, range) = ("smallint", -32768...32767)
        case SQLType.int4.oid: (name, range) = ("integer", -2_147_483_648...2_147_483_647)
        case SQLType.oid.oid: (name, range) = ("OID", 0...4_294_967_295)
        default: (name, range) = ("bigint", Int64.min...Int64.max)
        }
        switch value {
        case .int(let number):
            // A negative int4 is an oid beyond 2^31.
            if to.oid == SQLType.oid.oid, from.oid == SQLType.int4.oid || from.oid == SQLType.int2.oid {
                return Int64(UInt32(truncatingIfNeeded: number))
            }
            if to.oid == SQLType.int4.oid, from.oid == SQLType.oid.oid || isOIDAlias(from.oid) {
                return Int64(Int32(truncatingIfNeeded: number))
            }
            guard range.contains(number) else { throw outOfRange(name) }
            return number
        case .double(let number):
            let rounded = number.rounded(.toNearestOrEven)
            guard rounded >= -9_223_372_036_854_775_808, rounded < 9_223_372_036_854_775_808, range.contains(Int64(rounded)) else {
                throw outOfRange(name)
            }
            return Int64(rounded)
        case .numeric(let number): return try integer(number, name, range)
        case .bool(let bool): return bool ? 1 : 0
        case .bits(let bits):
            guard let number = bits.integer(bitWidth: to.oid == SQLType.int8.oid ? 64 : 32) else { throw outOfRange(name) }
            return number
        case .json(let datum):
            guard datum.kind == .number else { throw cannotCast(datum, name) }
            return try integer(Numeric(json: datum), name, range)
        case .text(let text) where from.oid == SQLType.char.oid:
            return Int64(Int8(bitPattern: singleByte(text)))
        default: return nil
        }
    }

    static func singleByte(_ text: String) -> UInt8 {
        let bytes = Array(text.utf8)
        if bytes.count == 4, bytes[0] == UInt8(ascii: "\\") {
            return UInt8(truncatingIfNeeded: Int(bytes[1] &- 48) << 6 | Int(bytes[2] &- 48) << 3 | Int(bytes[3] &- 48))
        }
        return bytes.first ?? 0
    }

    private static func integer(_ number: Numeric, _ name: String, _ range: ClosedRange<Int64>) throws(SQLError) -> Int64 {
        if number.isNaN { throw SQLError(.featureNotSupported, "cannot convert NaN to \(name)") }
        if number.isInfinite { throw SQLError(.featureNotSupported, "cannot convert infinity to \(name)") }
        guard let integer = number.int64, range.contains(integer) else { throw outOfRange(name) }
        return integer
    }

    private static func double(_ value: SQLValue, isSingle: Bool) throws(SQLError) -> Double? {
        let number: Double
        switch value {
        case .int(let integer): return isSingle ? Double(Float(integer)) : Double(integer)
        case .double(let double): number = double
        case .numeric(let numeric):
            if isSingle, numeric.isFinite { return try TextInput.double(numeric.description, isSingle: true) }
            number = try double(numeric)
        case .json(let datum):
            guard let double = datum.number else { throw cannotCast(datum, isSingle ? "real" : "double precision") }
            // A number that no double is near stands there as the nearest one all the same.
            let isAtEnd = double == 0 || double.magnitude >= .greatestFiniteMagnitude
            number = isAtEnd ? try self.double(Numeric(json: datum)) : double
        default: return nil
        }
        guard isSingle else { return number }
        let single = Float(number)
        if single.isInfinite, number.isFinite { throw SQLError(.numericValueOutOfRange, "value out of range: overflow") }
        if single == 0, number != 0 { throw SQLError(.numericValueOutOfRange, "value out of range: underflow") }
        return Double(single)
    }

    /// Throws `22003` for what is too large, and for what is no zero and too small.
    private static func double(_ numeric: Numeric) throws(SQLError) -> Double {
        let number = numeric.double
        guard numeric.isFinite, !number.isFinite || number == 0 && numeric.signum != 0 else { return number }
        throw SQLError(.numericValueOutOfRange, "\"\(numeric)\" is out of range for type double precision")
    }

    private static func numeric(_ value: SQLValue, isSingle: Bool) throws(SQLError) -> Numeric? {
        switch value {
        case .int(let number): return Numeric(number)
        case .double(let number): return Numeric(number, significantDigits: isSingle ? 6 : 15)
        case .numeric(let number): return number
        case .json(let datum):
            guard datum.kind == .number else { throw cannotCast(datum, "numeric") }
            return Numeric(json: datum)
        default: return nil
        }
    }

    // MARK: JSON

    private static func cannotCast(_ datum: Datum, _ type: String) -> SQLError {
        let kind: String
        switch datum.kind {
        case .null: kind = "null"
        case .array: kind = "array"
        case .object: kind = "object"
        case .bool: kind = "boolean"
        case .number: kind = "numeric"
        default: kind = "string"
        }
        return SQLError(.invalidParameterValue, "cannot cast jsonb \(kind) to type \(type)")
    }

    /// An open value cast by name: from strings by the type's input, else as jsonb's cast.
    private static func explicit(open datum: Datum, _ to: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue {
        if datum.kind == .null { return .null }
        if to.oid == SQLType.jsonb.oid { return .json(datum) }
        if TypeTable.category(of: to.oid, session.types) == "S" {
            return try TextInput.value(JSONText.scalarText(datum), SQLType(to.oid), session)
        }
        let value = try OpenValue.value(datum, as: to, session)
        if !value.isNull { return value }
        if datum.kind == .string { return try TextInput.value(datum.string ?? "", SQLType(to.oid), session) }
        return try convert(.json(datum), from: .jsonb, to: to, .explicit, session)
    }

    // MARK: Text

    private static func text(_ value: SQLValue, from: SQLType, to: SQLType, _ session: any SQLSession) throws(SQLError) -> String? {
        switch to.oid {
        case SQLType.text.oid, SQLType.varchar.oid, SQLType.bpchar.oid, SQLType.name.oid, SQLType.char.oid: break
        default: return nil
        }
        let text: String
        switch value {
        case .bool(let bool): text = to.oid == SQLType.name.oid ? bool ? "t" : "f" : bool ? "true" : "false"
        case .text(let content): text = from.oid == SQLType.bpchar.oid ? LengthCoercion.withoutTrailingBlanks(content) : content
        case .int(let number) where from.oid == SQLType.int4.oid && to.oid == SQLType.char.oid:
            guard (-128...127).contains(number) else { throw outOfRange("\"char\"") }
            return TextInput.text(ofByte: UInt8(bitPattern: Int8(number)))
        case .inet(let address): text = address.isIPv6 || true ? "\(address.host)/\(address.bits)" : ""
        default: text = try TextOutput.text(value, from, session)
        }
        switch to.oid {
        case SQLType.bpchar.oid: return LengthCoercion.withoutTrailingBlanks(text)
        case SQLType.name.oid: return LengthCoercion.name(text)
        case SQLType.char.oid: return TextInput.singleByte(text)
        default: return text
        }
    }
}

/// What an open field is where a type meets it: its value if it is of the type's kind, else NULL.
package enum OpenValue {
    package static func value(_ datum: Datum, as type: SQLType, _ session: any SQLSession) throws(SQLError) -> SQLValue {
        switch datum.kind {
        case .null, .minval, .maxval: return .null
        case .bool: return type.oid == SQLType.bool.oid ? .bool(datum.bool == true) : compound(datum, type)
        case .number:
            let number = datum.number ?? 0
            switch type.oid {
            case SQLType.float8.oid, SQLType.float4.oid: return .double(number)
            case SQLType.numeric.oid: return .numeric(Numeric(json: datum))
            case SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid, SQLType.oid.oid:
                guard let integer = datum.int64 else { return .null }
                return .int(integer)
            default: return compound(datum, type)
            }
        case .string:
            let text = datum.string ?? ""
            switch TypeTable.category(of: type.oid, session.types) {
            case "S": return .text(type.oid == SQLType.bpchar.oid ? LengthCoercion.withoutTrailingBlanks(text) : text)
            case "D", "T", "I", "E", "V": return (try? TextInput.value(text, SQLType(type.oid), session)) ?? .null
            default:
                if type.oid == SQLType.uuid.oid { return (try? TextInput.value(text, type, session)) ?? .null }
                return compound(datum, type)
            }
        case .time:
            guard let time = datum.time else { return .null }
            let moment = Int64((time.epochSeconds * 1_000_000).rounded()) - Int64(Calendar.unixEpochDays) * Calendar.microsecondsPerDay
            if type.oid == SQLType.timestamptz.oid { return .timestamptz(moment) }
            if type.oid == SQLType.timestamp.oid || type.oid == SQLType.date.oid {
                return try DateTimeConversion.convert(.timestamptz(moment), to: type, session) ?? .null
            }
            return compound(datum, type)
        case .binary: return type.oid == SQLType.bytea.oid ? .bytes(datum.binary ?? []) : compound(datum, type)
        case .array:
            if let element = TypeTable.element(of: type.oid, session.types) {
                var elements: [SQLValue] = []
                for index in 0..<datum.count { elements.append(try value(datum[index], as: element, session)) }
                return .array(SQLArray(element, elements))
            }
            return compound(datum, type)
        case .object: return compound(datum, type)
        }
    }

    private static func compound(_ datum: Datum, _ type: SQLType) -> SQLValue {
        switch type.oid {
        case SQLType.jsonb.oid, SQLType.open.oid: .json(datum)
        case SQLType.json.oid: .text(JSONText.text(datum))
        default: .null
        }
    }
}
