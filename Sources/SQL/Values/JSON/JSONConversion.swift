package import Catalog

/// Values of any type as JSON: what to_json and to_jsonb give.
package enum JSONConversion {
    package static func datum(_ value: SQLValue, _ type: SQLType, _ session: any SQLSession) throws(SQLError) -> Datum {
        switch value {
        case .null: return .null
        case .bool(let bool): return Datum(bool)
        case .int(let number):
            if isNumber(type, session) { return Datum(Int(number)) }
        case .double(let number):
            // Of a float4 the digits that it is written with.
            if number.isFinite { return Datum(type.oid == SQLType.float4.oid ? Double(Float(number).description) ?? number : number) }
        case .numeric(let number):
            if let datum = number.json { return datum }
        case .json(let datum): return datum
        case .text(let text):
            if type.oid == SQLType.json.oid { return try JSONText.datum(text) }
        case .array(let array):
            if type.oid != SQLType.int2vector.oid, type.oid != SQLType.oidvector.oid {
                var elements: [Datum] = []
                for element in array.elements { elements.append(try datum(element, array.elementType, session)) }
                return try nested(elements[...], array.dimensions[...])
            }
        case .record(let record):
            var fields: [(String, Datum)] = []
            for (field, value) in zip(record.fields, record.values) {
                fields.append((field.name, try datum(value, field.type, session)))
            }
            return try object(fields)
        default: break
        }
        return Datum(scalarText(value, type, session))
    }

    private static func nested(_ elements: ArraySlice<Datum>, _ dimensions: ArraySlice<SQLArray.Dimension>) throws(SQLError) -> Datum {
        guard dimensions.count > 1, let first = dimensions.first, first.count > 0 else { return try array(Array(elements)) }
        let size = elements.count / first.count
        var parts: [Datum] = []
        for place in 0..<first.count {
            let start = elements.startIndex + place * size
            parts.append(try nested(elements[start..<start + size], dimensions.dropFirst()))
        }
        return try array(parts)
    }

    /// Of several fields of one name the last counts.
    package static func object(_ fields: [(String, Datum)]) throws(SQLError) -> Datum {
        var last: [[UInt8]: Int] = [:]
        for (place, field) in fields.enumerated() { last[Array(field.0.utf8)] = place }
        let kept = fields.enumerated().filter { last[Array($1.0.utf8)] == $0 }.map(\.element)
        do {
            return try Datum.object(kept)
        } catch {
            throw SQLError(.programLimitExceeded, error.message)
        }
    }

    package static func array(_ elements: [Datum]) throws(SQLError) -> Datum {
        do {
            return try Datum.array(elements)
        } catch {
            throw SQLError(.programLimitExceeded, error.message)
        }
    }

    private static func isNumber(_ type: SQLType, _ session: any SQLSession) -> Bool {
        switch TypeTable.base(of: type, session.types).oid {
        case SQLType.int2.oid, SQLType.int4.oid, SQLType.int8.oid: true
        default: false
        }
    }

    /// Dates and times are as ISO 8601 writes them, others as their text.
    static func scalarText(_ value: SQLValue, _ type: SQLType, _ session: any SQLSession) -> String {
        switch value {
        case .date(let days): DateTimeWriter.date(days)
        case .timestamp(let moment): DateTimeWriter.timestamp(moment, separator: "T")
        case .timestamptz(let moment):
            DateTimeWriter.timestamptz(moment, zone: session.settings.timeZone, separator: "T", isXML: true)
        default: TextOutput.text(scalar: value, type, session)
        }
    }

    // MARK: json

    /// A value as the text of json. Rows and arrays have a line for each part if asked for.
    package static func text(_ value: SQLValue, _ type: SQLType, _ session: any SQLSession, isPretty: Bool = false) -> String {
        switch value {
        case .null: return "null"
        case .bool(let bool): return bool ? "true" : "false"
        case .int(let number):
            if isNumber(type, session) { return String(number) }
        case .double(let number):
            if number.isFinite { return TextOutput.text(scalar: value, type, session) }
        case .numeric(let number):
            if number.isFinite { return number.description }
        case .json(let datum): return JSONText.text(datum)
        case .text(let text):
            if type.oid == SQLType.json.oid { return text }
        case .array(let array):
            if type.oid != SQLType.int2vector.oid, type.oid != SQLType.oidvector.oid {
                let parts = array.elements.map { text($0, array.elementType, session) }
                return nested(parts[...], array.dimensions[...], isPretty: isPretty)
            }
        case .record(let record):
            let separator = isPretty ? ",\n " : ","
            let fields = zip(record.fields, record.values).map { field, value in
                JSONText.quoted(field.name) + ":" + text(value, field.type, session)
            }
            return "{" + fields.joined(separator: separator) + "}"
        default: break
        }
        return JSONText.quoted(scalarText(value, type, session))
    }

    private static func nested(_ parts: ArraySlice<String>, _ dimensions: ArraySlice<SQLArray.Dimension>, isPretty: Bool) -> String {
        let separator = isPretty ? ",\n " : ","
        guard dimensions.count > 1, let first = dimensions.first, first.count > 0 else {
            return "[" + parts.joined(separator: separator) + "]"
        }
        let size = parts.count / first.count
        let rows = (0..<first.count).map { place in
            let start = parts.startIndex + place * size
            return nested(parts[start..<start + size], dimensions.dropFirst(), isPretty: false)
        }
        return "[" + rows.joined(separator: separator) + "]"
    }
}
