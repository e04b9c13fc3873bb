package import Catalog

/// jsonb and JSON texts, both ways.
package enum JSONText {
    // MARK: Out

    /// A jsonb as PostgreSQL writes it: `{"a": [1, 2]}`, keys by length and then by bytes.
    package static func text(_ datum: Datum) -> String {
        var bytes: [UInt8] = []
        append(datum, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    package static func append(_ datum: Datum, to bytes: inout [UInt8]) {
        switch datum.kind {
        case .null, .minval, .maxval: bytes.append(contentsOf: "null".utf8)
        case .bool: bytes.append(contentsOf: (datum.bool == true ? "true" : "false").utf8)
        case .number: bytes.append(contentsOf: Numeric(json: datum).description.utf8)
        case .string: appendQuoted(datum.string ?? "", to: &bytes)
        case .time, .binary: appendQuoted(scalarText(datum), to: &bytes)
        case .array:
            bytes.append(UInt8(ascii: "["))
            for index in 0..<datum.count {
                if index > 0 { bytes.append(contentsOf: ", ".utf8) }
                append(datum[index], to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object:
            bytes.append(UInt8(ascii: "{"))
            for (place, index) in fieldOrder(datum).enumerated() {
                if place > 0 { bytes.append(contentsOf: ", ".utf8) }
                appendQuoted(datum.key(at: index), to: &bytes)
                bytes.append(contentsOf: ": ".utf8)
                append(datum[index], to: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// The places of an object's fields in jsonb's order: shorter keys first, then by bytes.
    package static func fieldOrder(_ object: Datum) -> [Int] {
        // Those of one length come in the order of their bytes already.
        let lengths = (0..<object.count).map { object.withKeyUTF8(at: $0) { $0.count } }
        return lengths.indices.sorted { lengths[$0] != lengths[$1] ? lengths[$0] < lengths[$1] : $0 < $1 }
    }

    /// The text of a scalar as `->>` gives it.
    package static func scalarText(_ datum: Datum) -> String {
        switch datum.kind {
        case .string: return datum.string ?? ""
        case .time:
            guard let time = datum.time else { return "" }
            let microseconds =
                Int64((time.epochSeconds * 1_000_000).rounded()) - Int64(Calendar.unixEpochDays) * Calendar.microsecondsPerDay
            return DateTimeWriter.timestamptz(
                microseconds, zone: time.offsetMinutes == 0 ? .utc : SQLTimeZone(secondsEast: Int32(time.offsetMinutes * 60)),
                separator: "T", isXML: true)
        case .binary: return Encodings.base64(datum.binary ?? [], lineLength: nil)
        default: return text(datum)
        }
    }

    /// Quotes a string by JSON's rules.
    package static func appendQuoted(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case 8: bytes.append(contentsOf: "\\b".utf8)
            case 9: bytes.append(contentsOf: "\\t".utf8)
            case 10: bytes.append(contentsOf: "\\n".utf8)
            case 12: bytes.append(contentsOf: "\\f".utf8)
            case 13: bytes.append(contentsOf: "\\r".utf8)
            case ..<32:
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(ASCII.hexadecimalDigits[Int(byte >> 4)])
                bytes.append(ASCII.hexadecimalDigits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    package static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        appendQuoted(text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    // MARK: In

    /// As deep as the other reader goes.
    private static let plain = JSONOptions(pseudoTypes: false, maximumDepth: Datum.maximumDepth - 1)

    package static func datum(_ text: String) throws(SQLError) -> Datum {
        // What is wrong with a text is told by the reader that tells it as PostgreSQL does.
        if isPlain(text), let datum = try? Datum(json: text, options: plain) { return datum }
        return try datum(JSONReader.read(text))
    }

    /// Whether a text that is JSON means the same to everybody: it has no `\u`, no zero behind a minus, and no number of more than 15 signs or
    /// with an exponent.
    static func isPlain(_ text: String) -> Bool {
        var digitCount = 0
        var before: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case 48...57, UInt8(ascii: "."):
                digitCount += 1
                if digitCount > 15 || byte == 48 && before == UInt8(ascii: "-") { return false }
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                if digitCount > 0 { return false }
            case UInt8(ascii: "u"):
                if before == UInt8(ascii: "\\") { return false }
                digitCount = 0
            default: digitCount = 0
            }
            before = byte
        }
        return true
    }

    static func datum(_ node: JSONNode) throws(SQLError) -> Datum {
        var builder = DatumBuilder(pseudoTypes: false)
        try append(node, to: &builder)
        return builder.finish()
    }

    private static func limited<Result>(_ body: () throws(DatumError) -> Result) throws(SQLError) -> Result {
        do { return try body() } catch { throw SQLError(.programLimitExceeded, error.message) }
    }

    private static func append(_ node: JSONNode, to builder: inout DatumBuilder) throws(SQLError) {
        switch node.kind {
        case .null: builder.appendNull()
        case .bool(let bool): builder.append(bool: bool)
        case .number(let text):
            // Integers of so few digits are what their doubles show.
            if text.utf8.count <= 15, let integer = Int(text) {
                builder.append(number: Double(integer))
            } else if let number = try Numeric(text).json {
                try limited { () throws(DatumError) in try builder.append(number) }
            }
        case .string(let string): builder.append(string: string)
        case .array(let elements):
            try limited { () throws(DatumError) in try builder.beginArray() }
            for element in elements { try append(element, to: &builder) }
            try limited { () throws(DatumError) in try builder.endArray() }
        case .object(let fields):
            try limited { () throws(DatumError) in try builder.beginObject() }
            // Of several fields of one name the last counts.
            var last: [String: Int] = [:]
            for (place, field) in fields.enumerated() { last[field.key] = place }
            for (place, field) in fields.enumerated() where last[field.key] == place {
                builder.key(field.key)
                try append(field.value, to: &builder)
            }
            try limited { () throws(DatumError) in try builder.endObject() }
        }
    }

    /// PostgreSQL's names of the kinds.
    package static func typeName(_ datum: Datum) -> String {
        switch datum.kind {
        case .null, .minval, .maxval: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string, .time, .binary: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
