import Ground

/// Reads one JSON value (RFC 8259, strictly) from bytes straight into a ``DatumBuilder``.
///
/// It is a loop, not a recursion: what is open stands in the builder's frames, so depth costs no stack.
struct JSONParser {
    let bytes: Bytes
    /// The next byte to read.
    var index = 0
    let maximumDepth: Int

    /// A mistake, and its byte.
    struct Failure: Error {
        let message: String
        let offset: Int
        /// Nothing is wrong with the text, but what it says takes too much memory.
        var isTooLarge = false
    }

    init(_ bytes: Bytes, maximumDepth: Int = Datum.maximumDepth) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    /// Reads a value with white space around it and nothing else.
    mutating func parseText(into builder: inout DatumBuilder) throws(Failure) {
        try parseValue(into: &builder)
        skipSpace()
        guard index == bytes.count else { throw failure("There is something after the end of the JSON value.") }
    }

    /// Reads a value and stops behind it.
    mutating func parseValue(into builder: inout DatumBuilder) throws(Failure) {
        let outside = builder.depth
        while true {
            skipSpace()
            guard index < bytes.count else { throw failure("The JSON text ends where a value should be.") }
            switch bytes[index] {
            case UInt8(ascii: "{"):
                try begin(isObject: true, outside: outside, in: &builder)
                if peek(UInt8(ascii: "}")) {
                    try end(isObject: true, in: &builder)
                } else {
                    try parseKey(into: &builder)
                    continue
                }
            case UInt8(ascii: "["):
                try begin(isObject: false, outside: outside, in: &builder)
                if peek(UInt8(ascii: "]")) {
                    try end(isObject: false, in: &builder)
                } else {
                    continue
                }
            case UInt8(ascii: "\""): try parseString(into: &builder)
            case UInt8(ascii: "-"), 0x30...0x39: try parseNumber(into: &builder)
            case UInt8(ascii: "t"): try parse("true", DatumNode(.bool, payload: 1), into: &builder)
            case UInt8(ascii: "f"): try parse("false", DatumNode(.bool), into: &builder)
            case UInt8(ascii: "n"): try parse("null", DatumNode(.null), into: &builder)
            default: throw failure("\(shown(bytes[index])) can't begin a JSON value.")
            }
            guard try parseSeparator(outside: outside, in: &builder) else { return }
        }
    }

    @inline(__always) private mutating func parseNumber(into builder: inout DatumBuilder) throws(Failure) {
        let start = index
        var read = Decimal64()
        let number = try parseNumber(&read)
        if let decimal = try digits(from: start, of: number, read) {
            var text = ByteBuffer(capacity: decimal.digits.count + 32)
            decimal.write(into: &text)
            try reserve(text.count, in: &builder)
            builder.append(number: number, digits: text.raw)
        } else {
            try reserve(0, in: &builder)
            builder.pending.append(DatumNode(number: number))
        }
    }

    /// After a value: closes what ends here and passes the comma (and the key after it). False if the outermost value is whole.
    @inline(__always)
    private mutating func parseSeparator(outside: Int, in builder: inout DatumBuilder) throws(Failure) -> Bool {
        while builder.depth > outside {
            skipSpace()
            let isObject = builder.frames[builder.frames.count - 1].isObject
            let byte = index < bytes.count ? bytes[index] : 0
            if byte == UInt8(ascii: ",") {
                index += 1
                if isObject { try parseKey(into: &builder) }
                return true
            }
            guard byte == UInt8(ascii: isObject ? "}" : "]") else { throw unfinished(isObject: isObject) }
            try end(isObject: isObject, in: &builder)
        }
        return false
    }

    private func unfinished(isObject: Bool) -> Failure {
        let expected = isObject ? "`,` or `}` in an object" : "`,` or `]` in an array"
        if index >= bytes.count { return failure("The JSON text ends where \(expected) should be.") }
        return failure("There is \(shown(bytes[index])) where \(expected) should be.")
    }

    @inline(__always)
    private mutating func begin(isObject: Bool, outside: Int, in builder: inout DatumBuilder) throws(Failure) {
        guard builder.depth - outside < maximumDepth else {
            throw failure("The JSON value is nested more than \(maximumDepth) levels deep.")
        }
        do {
            if isObject { try builder.beginObject() } else { try builder.beginArray() }
        } catch {
            throw failure(error)
        }
        index += 1
    }

    @inline(__always)
    private mutating func end(isObject: Bool, in builder: inout DatumBuilder) throws(Failure) {
        do {
            if isObject { try builder.endObject() } else { try builder.endArray() }
        } catch {
            throw failure(error)
        }
        index += 1
    }

    @inline(__always)
    private mutating func parseKey(into builder: inout DatumBuilder) throws(Failure) {
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
            if index >= bytes.count { throw failure("The JSON text ends where a key should be.") }
            throw failure("There is \(shown(bytes[index])) where a key in double quotes should be.")
        }
        try parseString(into: &builder)
        skipSpace()
        guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { throw failure("There is no `:` after a key.") }
        index += 1
    }

    private mutating func parse(_ word: StaticString, _ node: DatumNode, into builder: inout DatumBuilder) throws(Failure) {
        let length = word.utf8CodeUnitCount
        guard index + length <= bytes.count, bytes[index..<index + length].equals(word) else {
            throw failure("A word that is not `true`, `false` or `null`.")
        }
        index += length
        try reserve(0, in: &builder)
        builder.pending.append(node)
    }

    /// Makes room in the builder for a value with `byteCount` bytes of text.
    @inline(__always) func reserve(_ byteCount: Int, in builder: inout DatumBuilder) throws(Failure) {
        do { try builder.reserve(nodes: 0, text: byteCount) } catch { throw failure(error) }
    }

    @inline(__always) mutating func skipSpace() {
        while index < bytes.count {
            let byte = bytes[index]
            guard byte <= 0x20, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            index += 1
        }
    }

    /// Whether the next byte that is not a space is this one. Passes the space.
    @inline(__always) private mutating func peek(_ byte: UInt8) -> Bool {
        skipSpace()
        return index < bytes.count && bytes[index] == byte
    }

    func failure(_ message: String, at offset: Int? = nil) -> Failure {
        Failure(message: message, offset: offset ?? index)
    }

    private func failure(_ error: DatumError) -> Failure {
        Failure(message: error.message, offset: index, isTooLarge: error.kind == .tooLarge)
    }

    private func shown(_ byte: UInt8) -> String {
        if byte > 0x20 && byte < 0x7F { return "`\(Character(UnicodeScalar(byte)))`" }
        let digits = String(byte, radix: 16, uppercase: true)
        return "the byte 0x\(digits.count == 1 ? "0" : "")\(digits)"
    }
}

extension JSONError {
    /// A failure at a byte of `bytes`, with its line and column.
    init(_ failure: JSONParser.Failure, in bytes: Bytes) {
        var line = 1
        var lineStart = 0
        for index in 0..<min(failure.offset, bytes.count) where bytes[index] == 0x0A {
            line += 1
            lineStart = index + 1
        }
        self.init(message: failure.message, line: line, column: failure.offset - lineStart + 1, offset: failure.offset)
        isTooLarge = failure.isTooLarge
    }
}

extension Datum {
    /// Reads one JSON value, which must be all there is. See ``JSONParser`` for what is accepted.
    public init(json: Span<UInt8>, options: JSONOptions = JSONOptions()) throws(JSONError) {
        self = try json.withBytes { bytes throws(JSONError) in try Datum(json: bytes, options: options) }
    }

    public init(json: [UInt8], options: JSONOptions = JSONOptions()) throws(JSONError) {
        try self.init(json: json.span, options: options)
    }

    public init(json: String, options: JSONOptions = JSONOptions()) throws(JSONError) {
        self = try json.withBytes { bytes throws(JSONError) in try Datum(json: bytes, options: options) }
    }

    init(json bytes: Bytes, options: JSONOptions) throws(JSONError) {
        var builder = DatumBuilder(pseudoTypes: options.pseudoTypes, maximumDepth: options.effectiveDepth)
        var parser = JSONParser(bytes, maximumDepth: options.effectiveDepth)
        do {
            try parser.parseText(into: &builder)
        } catch {
            throw JSONError(error, in: bytes)
        }
        self = builder.finish()
    }
}

extension DatumBuilder {
    /// Reads one JSON value and appends it.
    public mutating func append(json: Span<UInt8>) throws(JSONError) {
        var failure: JSONError?
        json.withBytes { bytes in
            var parser = JSONParser(bytes)
            do throws(JSONParser.Failure) {
                try parser.parseText(into: &self)
            } catch {
                failure = JSONError(error, in: bytes)
            }
        }
        if let failure { throw failure }
    }
}
