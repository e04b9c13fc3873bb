import Catalog

/// A JSON text taken apart. Its parts know where they stand in the text, as json (unlike jsonb) gives back what was written.
struct JSONNode: Sendable {
    indirect enum Kind: Sendable {
        case null
        case bool(Bool)
        /// As it was written.
        case number(String)
        case string(String)
        case array([JSONNode])
        case object([(key: String, value: JSONNode)])
    }

    let kind: Kind
    /// The bytes as they were written.
    let source: ArraySlice<UInt8>

    var text: String { String(decoding: source, as: UTF8.self) }

    var elements: [JSONNode] { if case .array(let elements) = kind { elements } else { [] } }

    /// The field of the name; the last, if there are several.
    func field(_ name: String) -> JSONNode? {
        guard case .object(let fields) = kind else { return nil }
        return fields.last { $0.key == name }?.value
    }

    /// What `->>` gives: nil for JSON's null.
    var plainText: String? {
        switch kind {
        case .null: nil
        case .string(let string): string
        default: text
        }
    }

    var typeName: String {
        switch kind {
        case .null: "null"
        case .bool: "boolean"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

/// Reads JSON by RFC 8259, as PostgreSQL does.
struct JSONReader {
    private let bytes: [UInt8]
    private var place = 0
    private var depth = 0
    /// Whether `\u0000` is an error, as it is where strings become text.
    private let decodesStrings: Bool

    private init(_ text: String, decodesStrings: Bool) {
        bytes = Array(text.utf8)
        self.decodesStrings = decodesStrings
    }

    static func read(_ text: String, decodesStrings: Bool = true) throws(SQLError) -> JSONNode {
        var reader = JSONReader(text, decodesStrings: decodesStrings)
        let node = try reader.value()
        reader.skipSpace()
        guard reader.place == reader.bytes.count else { throw reader.fault("Expected end of input") }
        return node
    }

    private func fault(_ expected: String) -> SQLError {
        if place >= bytes.count {
            return SQLError(
                .invalidTextRepresentation, "invalid input syntax for type json", detail: "The input string ended unexpectedly.")
        }
        var end = place
        while end < bytes.count, ASCII.isLetter(bytes[end]) || ASCII.isDigit(bytes[end]) || bytes[end] >= 128 { end += 1 }
        let token = String(decoding: bytes[place..<max(end, place + 1)], as: UTF8.self)
        let isToken = end > place && !ASCII.isDigit(bytes[place])
        let detail = isToken ? "Token \"\(token)\" is invalid." : "\(expected), but found \"\(token)\"."
        return SQLError(.invalidTextRepresentation, "invalid input syntax for type json", detail: detail)
    }

    private mutating func skipSpace() {
        while place < bytes.count, bytes[place] == 32 || bytes[place] == 9 || bytes[place] == 10 || bytes[place] == 13 { place += 1 }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func value() throws(SQLError) -> JSONNode {
        skipSpace()
        guard place < bytes.count else { throw fault("Expected JSON value") }
        let start = place
        let kind: JSONNode.Kind
        switch bytes[place] {
        case UInt8(ascii: "{"): kind = try object()
        case UInt8(ascii: "["): kind = try array()
        case UInt8(ascii: "\""): kind = .string(try string())
        case UInt8(ascii: "-"), 48...57: kind = .number(try number())
        default: kind = try word()
        }
        return JSONNode(kind: kind, source: bytes[start..<place])
    }

    private mutating func word() throws(SQLError) -> JSONNode.Kind {
        let start = place
        var end = place
        while end < bytes.count, ASCII.isLetter(bytes[end]) || ASCII.isDigit(bytes[end]) || bytes[end] >= 128 { end += 1 }
        switch String(decoding: bytes[start..<end], as: UTF8.self) {
        case "null":
            place = end
            return .null
        case "true":
            place = end
            return .bool(true)
        case "false":
            place = end
            return .bool(false)
        default: throw fault("Expected JSON value")
        }
    }

    private mutating func number() throws(SQLError) -> String {
        let start = place
        func isDigit() -> Bool { place < bytes.count && ASCII.isDigit(bytes[place]) }
        func wrong() -> SQLError {
            let token = String(decoding: bytes[start..<min(place + 1, bytes.count)], as: UTF8.self)
            return SQLError(.invalidTextRepresentation, "invalid input syntax for type json", detail: "Token \"\(token)\" is invalid.")
        }
        if bytes[place] == UInt8(ascii: "-") { place += 1 }
        guard isDigit() else { throw wrong() }
        if bytes[place] == 48 {
            place += 1
        } else {
            while isDigit() { place += 1 }
        }
        if place < bytes.count, bytes[place] == UInt8(ascii: ".") {
            place += 1
            guard isDigit() else { throw wrong() }
            while isDigit() { place += 1 }
        }
        if place < bytes.count, bytes[place] | 0x20 == UInt8(ascii: "e") {
            place += 1
            if place < bytes.count, bytes[place] == UInt8(ascii: "-") || bytes[place] == UInt8(ascii: "+") { place += 1 }
            guard isDigit() else { throw wrong() }
            while isDigit() { place += 1 }
        }
        if place < bytes.count, ASCII.isLetter(bytes[place]) || ASCII.isDigit(bytes[place]) || bytes[place] >= 128 { throw wrong() }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func array() throws(SQLError) -> JSONNode.Kind {
        place += 1
        try enter()
        defer { depth -= 1 }
        var elements: [JSONNode] = []
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            elements.append(try value())
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw fault("Expected \",\" or \"]\"") }
        }
    }

    private mutating func object() throws(SQLError) -> JSONNode.Kind {
        place += 1
        try enter()
        defer { depth -= 1 }
        var fields: [(key: String, value: JSONNode)] = []
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipSpace()
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else { throw fault("Expected string") }
            let key = try string()
            guard take(UInt8(ascii: ":")) else { throw fault("Expected \":\"") }
            fields.append((key, try value()))
            if take(UInt8(ascii: "}")) { return .object(fields) }
            guard take(UInt8(ascii: ",")) else { throw fault("Expected \",\" or \"}\"") }
        }
    }

    private mutating func enter() throws(SQLError) {
        depth += 1
        guard depth < Datum.maximumDepth else { throw SQLError(.statementTooComplex, "stack depth limit exceeded") }
    }

    private mutating func string() throws(SQLError) -> String {
        place += 1
        var result: [UInt8] = []
        func bad(_ detail: String) -> SQLError {
            SQLError(.invalidTextRepresentation, "invalid input syntax for type json", detail: detail)
        }
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
            if byte < 32 { throw bad("Character with value 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16)) must be escaped.") }
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard place < bytes.count else { break }
            let escape = bytes[place]
            place += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
            case UInt8(ascii: "b"): result.append(8)
            case UInt8(ascii: "f"): result.append(12)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "t"): result.append(9)
            case UInt8(ascii: "u"):
                var code = try fourDigits()
                if decodesStrings {
                    if code == 0 {
                        throw SQLError(
                            .untranslatableCharacter, "unsupported Unicode escape sequence", detail: "\\u0000 cannot be converted to text.")
                    }
                    if code >= 0xD800, code < 0xDC00 {
                        guard place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u") else {
                            throw bad("Unicode low surrogate must follow a high surrogate.")
                        }
                        place += 2
                        let low = try fourDigits()
                        guard low >= 0xDC00, low < 0xE000 else { throw bad("Unicode low surrogate must follow a high surrogate.") }
                        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                    } else if code >= 0xDC00, code < 0xE000 {
                        throw bad("Unicode low surrogate must follow a high surrogate.")
                    }
                }
                if let scalar = Unicode.Scalar(code) { result.append(contentsOf: String(Character(scalar)).utf8) }
            default: throw bad("Escape sequence \"\\\(String(decoding: [escape], as: UTF8.self))\" is invalid.")
            }
        }
        throw SQLError(.invalidTextRepresentation, "invalid input syntax for type json", detail: "The input string ended unexpectedly.")
    }

    private mutating func fourDigits() throws(SQLError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard place < bytes.count, let digit = ASCII.hexadecimal(bytes[place]) else {
                throw SQLError(
                    .invalidTextRepresentation, "invalid input syntax for type json",
                    detail: "\"\\u\" must be followed by four hexadecimal digits.")
            }
            code = code << 4 | UInt32(digit)
            place += 1
        }
        return code
    }
}
