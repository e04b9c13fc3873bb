import Catalog

/// A type that `coerceTo` can be asked for.
enum CoercionTarget: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case null = "NULL"
    case number = "NUMBER"
    case string = "STRING"
    case array = "ARRAY"
    case object = "OBJECT"
    case binary = "BINARY"
    case minval = "MINVAL"
    case maxval = "MAXVAL"
    case datum = "DATUM"
    case stream = "STREAM"
    case table = "TABLE"
    case tableSlice = "TABLE_SLICE"
    case streamSelection = "SELECTION<STREAM>"
    case arraySelection = "SELECTION<ARRAY>"
    case objectSelection = "SELECTION<OBJECT>"
    case database = "DB"
    case function = "FUNCTION"
    case groupedData = "GROUPED_DATA"

    /// The target of a type name, in whatever case.
    init(_ name: Datum) throws(ReQLError) {
        let upper = try TypeCheck.string(try Strings.upcase(name))
        guard let target = CoercionTarget(rawValue: upper) else {
            throw ReQLError(
                .queryLogic, "There is no type \(name.shortText) to coerce to; try BOOL, NUMBER, STRING, ARRAY, OBJECT or BINARY.")
        }
        self = target
    }
}

/// `coerceTo` from datum to datum.
enum Coercion {
    static func coerce(_ datum: Datum, to target: CoercionTarget, arrayLimit: Int) throws(ReQLError) -> Datum {
        switch (target, datum.kind) {
        case (.datum, _), (.null, .null), (.bool, .bool), (.number, .number), (.string, .string), (.array, .array),
            (.stream, .array), (.binary, .binary), (.minval, .minval), (.maxval, .maxval):
            return datum
        // In RethinkDB a time is an object with a tag.
        case (.object, .object), (.object, .time): return datum
        case (.bool, _): return Datum(datum.isTruthy)
        case (.string, _): return try string(datum)
        case (.number, .string): return try number(datum)
        case (.binary, .string): return .binary(try Strings.utf8(datum))
        case (.array, .object): return try pairs(datum, arrayLimit: arrayLimit)
        case (.array, .time):
            guard let object = try? Datum(json: datum.description, options: JSONOptions(pseudoTypes: false)) else { return datum }
            return try pairs(object, arrayLimit: arrayLimit)
        case (.object, .array): return try object(datum)
        default:
            throw TypeCheck.mismatch(datum, expected: "something that can be coerced to \(target.rawValue)")
        }
    }

    /// Text as it is, binary as the UTF-8 it must be, anything else as compact JSON.
    static func string(_ datum: Datum) throws(ReQLError) -> Datum {
        switch datum.kind {
        case .string: return datum
        case .binary:
            guard let bytes = datum.binary, let text = Datum(validatingUTF8: bytes) else {
                throw ReQLError(.queryLogic, "The binary value is not a string: its bytes are not valid UTF-8.")
            }
            return text
        default:
            if let text = datum.rethinkDBNumberText { return text }
            return try JSONFunctions.text(datum)
        }
    }

    /// What C's `strtod` reads, decimal or hexadecimal: white space may stand before it, and nothing behind it.
    private static func number(_ text: Datum) throws(ReQLError) -> Datum {
        let string = try TypeCheck.string(text)
        let body = string.drop { "\t\n\u{B}\u{C}\r ".unicodeScalars.contains($0.unicodeScalars.first ?? "0") }
        guard let number = Double(body) else {
            throw ReQLError(.queryLogic, "The string \(text.shortText) is not a number.")
        }
        let digits = body.utf8.first == UInt8(ascii: "+") ? body.utf8.dropFirst() : body.utf8[...]
        if digits.allSatisfy({ "-.+eE".utf8.contains($0) || $0 &- 0x30 < 10 }) {
            guard let exact = Datum(digits: digits) else {
                throw ReQLError(.queryLogic, "The number \(text.shortText) has too many digits.")
            }
            // RethinkDB keeps the sign of a zero.
            return number == 0 ? Datum(number) : exact
        }
        guard number.isFinite else { throw ReQLError(.queryLogic, "The number \(text.shortText) is too large.") }
        return Datum(number)
    }

    private static func pairs(_ object: Datum, arrayLimit: Int) throws(ReQLError) -> Datum {
        try TypeCheck.checkArray(count: object.count, limit: arrayLimit)
        return try Datum.building { (builder) throws(DatumError) in
            try builder.beginArray()
            for (key, value) in object.fields {
                try builder.beginArray()
                builder.append(string: key)
                try builder.append(value)
                try builder.endArray()
            }
            try builder.endArray()
        }
    }

    private static func object(_ array: Datum) throws(ReQLError) -> Datum {
        var pairs = ObjectFromPairs()
        for pair in array.elements { try pairs.add(pair) }
        return try pairs.object()
    }
}

/// An object in the making of `[key, value]` pairs, as they come. A key that comes twice is an error.
struct ObjectFromPairs {
    private var fields: [(String, Datum)] = []

    mutating func add(_ pair: Datum) throws(ReQLError) {
        guard pair.kind == .array else { throw TypeCheck.mismatch(pair, expected: "an ARRAY of a key and a value") }
        guard pair.count == 2 else {
            throw ReQLError(
                .queryLogic, "An object is made of pairs of a key and a value, found \(pair.count) elements in \(pair.shortText).")
        }
        try add(key: pair[0], value: pair[1])
    }

    mutating func add(key: Datum, value: Datum) throws(ReQLError) {
        fields.append((try TypeCheck.string(key), value))
    }

    func object() throws(ReQLError) -> Datum { try Datum.building(fields) }
}
