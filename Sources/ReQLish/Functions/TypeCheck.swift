import Catalog

/// Readers of a datum as the type that a term needs. Their errors say what stood there instead.
///
/// The error follows ReQL's rule for wrong types: a null raises `nonExistence`, which `default`, `filter` and the
/// aggregates take for "not there"; anything else raises `queryLogic`.
enum TypeCheck {
    /// The error for a datum that is not of the type a term needs.
    static func mismatch(_ datum: Datum, expected: String) -> ReQLError {
        let kind: ReQLError.Kind = datum.isNull ? .nonExistence : .queryLogic
        // Clients read this form in `first_error` and `default`; only where several types would do there are more words.
        let words = expected.split(separator: " ")
        guard words.count != 2 else { return ReQLError(kind, "Expected type \(words[1]) but found \(datum.typeName).") }
        return ReQLError(kind, "Expected \(expected), found \(datum.isNull ? "NULL" : "\(datum.typeName) \(datum.shortText)").")
    }

    static func number(_ datum: Datum) throws(ReQLError) -> Double {
        guard let number = datum.number else { throw mismatch(datum, expected: "a NUMBER") }
        return number
    }

    /// An integral number within ±2^53.
    static func integer(_ datum: Datum) throws(ReQLError) -> Int {
        if let integer = datum.integer { return integer }
        let number = try number(datum)
        guard number.rounded(.towardZero) == number else {
            throw ReQLError(.queryLogic, "Expected an integer, found \(datum.shortText).")
        }
        throw ReQLError(.queryLogic, "The integer \(datum.shortText) is too large: at most 2^53 either way is exact.")
    }

    /// An integer that fits 32 bits, as counts and positions do.
    static func integer32(_ datum: Datum) throws(ReQLError) -> Int {
        let integer = try integer(datum)
        guard Int32(exactly: integer) != nil else {
            throw ReQLError(.queryLogic, "The integer \(integer) does not fit 32 bits.")
        }
        return integer
    }

    static func string(_ datum: Datum) throws(ReQLError) -> String {
        guard let string = datum.string else { throw mismatch(datum, expected: "a STRING") }
        return string
    }

    /// Throws unless the datum is an array.
    static func array(_ datum: Datum) throws(ReQLError) {
        guard datum.kind == .array else { throw mismatch(datum, expected: "an ARRAY") }
    }

    /// Throws unless the datum is an object with fields of its own: a pseudo-type is refused.
    static func object(_ datum: Datum) throws(ReQLError) {
        guard datum.isPlainObject else { throw mismatch(datum, expected: "an OBJECT") }
    }

    static func time(_ datum: Datum) throws(ReQLError) -> Instant {
        guard let time = datum.time else { throw mismatch(datum, expected: "a PTYPE<TIME>") }
        return Instant(epochSeconds: time.epochSeconds, offsetMinutes: time.offsetMinutes)
    }

    /// The datum, unless the number is NaN or infinite, which no datum can be.
    static func finite(_ number: Double, from operation: String) throws(ReQLError) -> Datum {
        guard number.isFinite else {
            let found = number.isNaN ? "no number" : "a number too large"
            throw ReQLError(.queryLogic, "The result of \(operation) is \(found).")
        }
        return Datum(number)
    }

    /// Throws when an array would grow past the limit of the query.
    static func checkArray(count: Int, limit: Int) throws(ReQLError) {
        guard count <= limit else { throw arrayLimit(limit) }
    }

    /// Throws when a value, or what must be kept at once, would take more memory than a value may.
    static func checkSize(_ byteCount: Int) throws(ReQLError) {
        guard byteCount <= Datum.maximumByteCount else {
            throw ReQLError(
                .resourceLimit, "This takes more than \(Datum.maximumByteCount >> 20) MiB at once; fewer or smaller rows would do.")
        }
        do throws(DatumError) { try QueryMemory.requireRoom(for: byteCount) } catch { throw ReQLError(error) }
    }

    static func arrayLimit(_ limit: Int) -> ReQLError {
        // RethinkDB's words with its two spaces, as rows that fail carry them in `first_error`.
        ReQLError(
            .resourceLimit,
            "Array over size limit `\(limit)`.  To raise the number of allowed elements, modify the `array_limit` option to `.run` "
                + "(not available in the Data Explorer), or use an index.")
    }
}

extension Datum {
    /// Whether this is an object, and not a pseudo-type kept as one (a geometry, a literal marker).
    var isPlainObject: Bool {
        kind == .object && !isPseudoTypeObject
    }

    /// The value as text for an error message: JSON, cut after about 60 characters. The cost is bounded, however large the value.
    var shortText: String {
        var text = ShortText(budget: 60)
        text.append(self, depth: 0)
        return text.text
    }
}

/// JSON text that stops when its budget of characters is used up.
private struct ShortText {
    var text = ""
    var budget: Int

    mutating func append(_ datum: Datum, depth: Int) {
        switch datum.kind {
        case .array: appendArray(datum, depth: depth)
        case .object: appendObject(datum, depth: depth)
        case .string: appendString(datum.withStringUTF8 { Array(copying: $0, limit: 256) } ?? [])
        case .binary: take("<\(datum.binary?.count ?? 0) bytes>")
        case .minval: take("minval")
        case .maxval: take("maxval")
        case .bool, .null, .number, .time: take(datum.description)
        }
    }

    private mutating func take(_ piece: String) {
        text += piece
        budget -= piece.utf8.count
    }

    private mutating func appendArray(_ datum: Datum, depth: Int) {
        take("[")
        for index in 0..<datum.count {
            if index > 0 { take(",") }
            guard budget > 0, depth < 4 else { take("…"); break }
            append(datum[index], depth: depth + 1)
        }
        take("]")
    }

    private mutating func appendObject(_ datum: Datum, depth: Int) {
        take("{")
        for index in 0..<datum.count {
            if index > 0 { take(",") }
            guard budget > 0, depth < 4 else { take("…"); break }
            appendString(Array(datum.key(at: index).utf8.prefix(256)))
            take(":")
            append(datum[index], depth: depth + 1)
        }
        take("}")
    }

    private mutating func appendString(_ utf8: [UInt8]) {
        let whole = String(decoding: utf8, as: UTF8.self)
        let room = max(8, budget)
        let shown = whole.unicodeScalars.count <= room ? whole : String(String.UnicodeScalarView(whole.unicodeScalars.prefix(room))) + "…"
        take(Datum(shown).description)
    }
}

extension Array where Element == UInt8 {
    /// At most `limit` bytes of the span.
    init(copying span: Span<UInt8>, limit: Int = .max) {
        self.init()
        let count = Swift.min(span.count, limit)
        reserveCapacity(count)
        for index in 0..<count { append(span[index]) }
    }
}
