import Catalog

/// How values stand in documents.
enum StoredForm {
    /// A value of a document as one of a column's type. What has another form is NULL.
    static func value(_ datum: Datum, _ type: SQLType, _ base: SQLType, _ shape: StoredShape? = nil) -> SQLValue {
        if let shape { return shape.value(datum) }
        switch datum.kind {
        case .null: return .null
        case .bool: return base.oid == SQLType.bool.oid ? .bool(datum.bool ?? false) : json(datum, base)
        case .number:
            switch base.oid {
            case SQLType.int4.oid, SQLType.int8.oid, SQLType.int2.oid, SQLType.oid.oid, SQLType.regclass.oid, SQLType.regtype.oid,
                SQLType.regproc.oid, SQLType.regprocedure.oid, SQLType.regnamespace.oid, SQLType.regrole.oid, SQLType.regconfig.oid,
                SQLType.regdictionary.oid, SQLType.regoperator.oid, SQLType.xid.oid, SQLType.cid.oid, SQLType.xid8.oid, SQLType.pgLSN.oid,
                SQLType.tid.oid:
                return datum.int64.map { .int($0) } ?? .null
            case SQLType.float8.oid, SQLType.float4.oid: return .double(datum.number ?? 0)
            case SQLType.numeric.oid: return .numeric(scaled(Numeric(json: datum), base))
            default: return json(datum, base)
            }
        case .string:
            let text = datum.string ?? ""
            switch base.oid {
            case SQLType.text.oid, SQLType.varchar.oid, SQLType.bpchar.oid, SQLType.name.oid, SQLType.char.oid: return .text(text)
            case SQLType.jsonb.oid, SQLType.open.oid, SQLType.json.oid: return json(datum, base)
            case SQLType.int8.oid, SQLType.int4.oid, SQLType.int2.oid, SQLType.numeric.oid, SQLType.float8.oid, SQLType.float4.oid,
                SQLType.bool.oid:
                return .null
            case SQLType.date.oid:
                if let days = days(text) { return .date(days) }
                return (try? TextInput.value(text, SQLType(base.oid), NeutralSession.shared)) ?? .null
            case SQLType.tsquery.oid: return (try? TSQueryReader.stored(text)).map { .tsquery($0) } ?? .null
            default:
                if base.oid >= 16384 { return .text(text) }
                return (try? TextInput.value(text, SQLType(base.oid), NeutralSession.shared)) ?? .null
            }
        case .time:
            guard let time = datum.time else { return .null }
            let moment = SQLValue.timestamptz(Int64((time.epochSeconds * 1_000_000).rounded()) - 946_684_800_000_000)
            return base.oid == SQLType.timestamptz.oid ? moment : json(datum, base)
        case .binary: return base.oid == SQLType.bytea.oid ? .bytes(datum.binary ?? []) : json(datum, base)
        case .array:
            if base.oid == SQLType.jsonb.oid || base.oid == SQLType.open.oid || base.oid == SQLType.json.oid { return json(datum, base) }
            return array(datum, base)
        case .object where base.oid != SQLType.jsonb.oid && base.oid != SQLType.open.oid && base.oid != SQLType.json.oid:
            return array(datum, base)
        default: return json(datum, base)
        }
    }

    private static func array(_ datum: Datum, _ base: SQLType) -> SQLValue {
        guard let element = TypeTable.element(of: base.oid, NeutralSession.noTypes) ?? arrayElement(base) else { return .null }
        // What stands in parentheses after the type of an array is said of its elements.
        let stored = SQLType(element.oid, modifier: base.modifier)
        return array(datum, element, isFlat: false) { value($0, element, stored) }
    }

    /// An array: nested ones for its dimensions, and around them an object that has the bounds if they don't begin with 1.
    ///
    /// - Parameter isFlat: whether the elements are arrays themselves, so that there is one dimension.
    static func array(_ datum: Datum, _ element: SQLType, isFlat: Bool, _ value: (Datum) -> SQLValue) -> SQLValue {
        var nested = datum
        var bounds: [Int32] = []
        if datum.kind == .object, let elements = datum[field: elementsField], let lower = datum[field: boundsField], lower.kind == .array {
            nested = elements
            bounds = lower.elements.map { Int32(clamping: $0.integer ?? 1) }
        }
        guard nested.kind == .array else { return .null }
        var dimensions: [SQLArray.Dimension] = []
        var probe = nested
        while probe.kind == .array, probe.count > 0, !isFlat || dimensions.isEmpty {
            let place = dimensions.count
            dimensions.append(.init(count: probe.count, lowerBound: place < bounds.count ? bounds[place] : 1))
            probe = probe[0]
        }
        if dimensions.isEmpty { return .array(SQLArray(element, [])) }
        var elements: [SQLValue] = []
        // Arrays that have nothing in them are an empty one, as in texts.
        var hasNothing = true
        func flatten(_ datum: Datum, _ depth: Int) {
            for index in 0..<datum.count {
                let part = datum[index]
                guard depth == 1 else {
                    flatten(part, depth - 1)
                    continue
                }
                let element = value(part)
                if hasNothing { hasNothing = element.isNull && part.kind == .array && part.count == 0 }
                elements.append(element)
            }
        }
        flatten(nested, dimensions.count)
        if hasNothing { return .array(SQLArray(element, [])) }
        guard elements.count == dimensions.reduce(1, { $0 * $1.count }) else { return .null }
        return .array(SQLArray(element, dimensions: dimensions, elements: elements))
    }

    private static let boundsField = "lower_bounds"
    static let elementsField = "elements"

    /// What the bytes of a column of this type are read as; nil if a document has to be made.
    static func columnForm(_ base: SQLType) -> StoredColumns.Form? {
        switch base.oid {
        case SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid, SQLType.oid.oid: .integer
        case SQLType.numeric.oid: .decimal
        case SQLType.float4.oid, SQLType.float8.oid: .double
        case SQLType.text.oid, SQLType.varchar.oid, SQLType.bpchar.oid, SQLType.name.oid, SQLType.char.oid: .text
        case SQLType.bool.oid: .bool
        case SQLType.date.oid: .day
        default: nil
        }
    }

    /// A value that was read as ``columnForm(_:)`` says.
    @inline(__always) static func value(_ cell: StoredColumns.Cell, _ base: SQLType) -> SQLValue {
        switch cell {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .int(value)
        case .decimal(let digits, let scale): return .numeric(scaled(Numeric(digits, scale: scale), base))
        case .double(let value): return .double(value)
        case .text(let text): return .text(text)
        case .day(let year, let month, let day): return days(year, month, day).map { .date($0) } ?? .null
        }
    }

    /// A day that was read; nil if there is none such.
    @inline(__always) static func days(_ year: Int32, _ month: Int32, _ day: Int32) -> Int32? {
        let (year, month, day) = (Int(year), Int(month), Int(day))
        guard year > 0, 1...12 ~= month, day >= 1, day <= Calendar.dayCount(year: year, month: month) else { return nil }
        return Int32(truncatingIfNeeded: Calendar.days(year: year, month: month, day: day))
    }

    /// A day as it is stored in most cases: `2020-01-31`. Nil for other texts.
    static func days(_ text: String) -> Int32? {
        var (year, month, day, place) = (0, 0, 0, 0)
        for byte in text.utf8 {
            let digit = Int(byte) - 48
            switch place {
            case 4, 7: guard byte == UInt8(ascii: "-") else { return nil }
            case 0..<4: year = year * 10 + digit
            case 5, 6: month = month * 10 + digit
            case 8, 9: day = day * 10 + digit
            default: return nil
            }
            guard place == 4 || place == 7 || 0...9 ~= digit else { return nil }
            place += 1
        }
        guard place == 10, year > 0, 1...12 ~= month, day >= 1, day <= Calendar.dayCount(year: year, month: month) else { return nil }
        return Int32(Calendar.days(year: year, month: month, day: day))
    }

    private static let firstDay = Int32(Calendar.days(year: 1, month: 1, day: 1))
    private static let lastDay = Int32(Calendar.days(year: 9999, month: 12, day: 31))

    private static let firstMoment = Int64(firstDay) * 86_400_000_000
    private static let lastMoment = (Int64(lastDay) + 1) * 86_400_000_000 - 1

    /// What is stored is text, in whose order times before the year 1 and after 9999 would not stand where they belong; the
    /// infinities do, as `-` stands before all digits and `i` after them.
    private static func outOfRange(_ name: String) -> SQLError {
        SQLError(SQLState(rawValue: "22008"), "\(name) cannot be stored", detail: "Its year is not one of 1 to 9999.")
    }

    /// A day of the years 1 to 9999: `2020-01-31`.
    private static func text(ofDay days: Int) -> String {
        let (year, month, day) = Calendar.date(days: days)
        func digit(_ number: Int) -> UInt8 { UInt8(truncatingIfNeeded: 48 + number % 10) }
        let dash = UInt8(ascii: "-")
        let bytes = [
            digit(year / 1000), digit(year / 100), digit(year / 10), digit(year), dash, digit(month / 10), digit(month), dash,
            digit(day / 10), digit(day),
        ]
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The element type of an array of a declared type: its elements are texts.
    private static func arrayElement(_ type: SQLType) -> SQLType? { type.oid >= 16384 ? .text : nil }

    private static func json(_ datum: Datum, _ base: SQLType) -> SQLValue {
        switch base.oid {
        case SQLType.jsonb.oid, SQLType.open.oid: .json(datum)
        case SQLType.json.oid: .text(JSONText.text(datum))
        default: .null
        }
    }

    private static func scaled(_ number: Numeric, _ type: SQLType) -> Numeric {
        guard type.modifier >= 4 else { return number }
        let scale = Int((type.modifier - 4) & 0x7FF)
        return number.rounded(toScale: scale >= 1024 ? scale - 2048 : scale)
    }

    /// What is stored of a value. Throws `22003` and `22008` for what has no form.
    static func datum(_ value: SQLValue, _ type: SQLType) throws(SQLError) -> Datum {
        switch value {
        case .null: return .null
        case .bool(let value): return Datum(value)
        // These have no sign, and may be more than a number of documents.
        case .int where type.oid == SQLType.pgLSN.oid || type.oid == SQLType.xid8.oid:
            return Datum(try TextOutput.text(value, type, NeutralSession.shared))
        case .int(let value): return Datum(Int(value))
        case .double(let value):
            guard value.isFinite else {
                throw SQLError(SQLState(rawValue: "22003"), "NaN and infinities cannot be stored")
            }
            return Datum(value)
        case .numeric(let value):
            guard let number = value.json else { throw SQLError(SQLState(rawValue: "22003"), "NaN and infinities cannot be stored") }
            return number
        case .text(let text):
            if type.oid == SQLType.json.oid { return try JSONText.datum(text) }
            return Datum(text)
        case .bytes(let bytes): return .binary(bytes)
        case .timestamptz(let moment):
            guard moment != .max, moment != .min else { throw SQLError(SQLState(rawValue: "22008"), "infinity cannot be stored") }
            return .time(microsecondsSince1970: moment + 946_684_800_000_000)
        case .json(let datum): return datum
        case .array(let array):
            // Documents come by every door.
            try SQLArray.requireDimensions(array.dimensions.count)
            let elements = try nested(array, 0, 0).datum
            guard array.dimensions.contains(where: { $0.lowerBound != 1 }) else { return elements }
            let bounds = Datum(elements: array.dimensions.map { Datum(Int($0.lowerBound)) })
            return Datum(fields: [(elementsField, elements), (boundsField, bounds)])
        case .record(let record):
            var fields: [(String, Datum)] = []
            for (field, value) in zip(record.fields, record.values) { fields.append((field.name, try datum(value, field.type))) }
            do { return try Datum.object(fields) } catch { throw SQLError(SQLState(rawValue: "22023"), error.message) }
        case .date(let days):
            if firstDay...lastDay ~= days { return Datum(text(ofDay: Int(days))) }
            guard days == .min || days == .max else { throw outOfRange("date") }
            return Datum(try TextOutput.text(value, .date, NeutralSession.shared))
        case .timestamp(let moment) where !(firstMoment...lastMoment ~= moment) && moment != .min && moment != .max:
            throw outOfRange("timestamp")
        case .time, .timetz, .timestamp, .interval, .uuid, .inet, .tsvector, .tsquery, .bits:
            return Datum(try TextOutput.text(value, SQLType(type.oid), NeutralSession.shared))
        }
    }

    private static func nested(_ array: SQLArray, _ dimension: Int, _ offset: Int) throws(SQLError) -> (datum: Datum, next: Int) {
        guard dimension < array.dimensions.count else { return (.emptyArray, offset) }
        var elements: [Datum] = []
        var offset = offset
        for _ in 0..<array.dimensions[dimension].count {
            if dimension == array.dimensions.count - 1 {
                elements.append(try datum(array.elements[offset], array.elementType))
                offset += 1
            } else {
                let (inner, next) = try nested(array, dimension + 1, offset)
                elements.append(inner)
                offset = next
            }
        }
        return (Datum(elements: elements), offset)
    }
}
