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
        let (end, isValid) = token(at: start)
        guard isValid else { throw invalid(start..<end) }
        place = end
        switch bytes[start] {
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "t"): return .bool(true)
        case UInt8(ascii: "f"): return .bool(false)
        default:
            place = start
            throw fault("Expected JSON value")
        }
    }

    private mutating func number() throws(SQLError) -> String {
        let start = place
        let (end, isValid) = token(at: start)
        guard isValid else { throw invalid(start..<end) }
        place = end
        return String(decoding: bytes[start..<end], as: UTF8.self)
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
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else {
                throw fault(fields.isEmpty ? "Expected string or \"}\"" : "Expected string")
            }
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
        let start = place
        place += 1
        var result: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            if byte == UInt8(ascii: "\"") {
                place += 1
                return String(decoding: result, as: UTF8.self)
            }
            if byte < 32 {
                throw bad("Character with value 0x\(byte < 16 ? "0" : "")\(String(byte, radix: 16)) must be escaped.", before: place)
            }
            place += 1
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
                var code = try fourDigits(of: start)
                if decodesStrings {
                    if code == 0 {
                        throw SQLError(
                            .untranslatableCharacter, "unsupported Unicode escape sequence", detail: "\\u0000 cannot be converted to text.",
                            context: context(before: place))
                    }
                    if code >= 0xD800, code < 0xDC00 {
                        let lone = "Unicode low surrogate must follow a high surrogate."
                        guard place + 1 < bytes.count, bytes[place] == UInt8(ascii: "\\"), bytes[place + 1] == UInt8(ascii: "u") else {
                            throw bad(lone, before: endOfCharacter(at: place))
                        }
                        place += 2
                        let low = try fourDigits(of: start)
                        guard low >= 0xDC00, low < 0xE000 else { throw bad(lone, before: place) }
                        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                    } else if code >= 0xDC00, code < 0xE000 {
                        throw bad("Unicode low surrogate must follow a high surrogate.", before: place)
                    }
                }
                if let scalar = Unicode.Scalar(code) { result.append(contentsOf: String(Character(scalar)).utf8) }
            default:
                let end = endOfCharacter(at: place - 1)
                throw bad("Escape sequence \"\\\(String(decoding: bytes[(place - 1)..<end], as: UTF8.self))\" is invalid.", before: end)
            }
        }
        throw invalid(start..<bytes.count)
    }

    /// - Parameter start: of the string in which they stand.
    private mutating func fourDigits(of start: Int) throws(SQLError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard place < bytes.count else { throw invalid(start..<bytes.count) }
            guard let digit = ASCII.hexadecimal(bytes[place]) else {
                throw bad("\"\\u\" must be followed by four hexadecimal digits.", before: endOfCharacter(at: place))
            }
            code = code << 4 | UInt32(digit)
            place += 1
        }
        return code
    }
}

// What is wrong with a text, told as PostgreSQL tells it.
extension JSONReader {
    /// Another token stands where one was expected, or none does.
    private func fault(_ expected: String) -> SQLError {
        guard place < bytes.count else { return bad("The input string ended unexpectedly.", before: bytes.count) }
        if bytes[place] == UInt8(ascii: "\"") {
            var reader = self
            do throws(SQLError) { _ = try reader.string() } catch { return error }
            return bad("\(expected), but found \"\(text(place..<reader.place))\".", before: reader.place)
        }
        let (end, isValid) = token(at: place)
        return isValid ? bad("\(expected), but found \"\(text(place..<end))\".", before: end) : invalid(place..<end)
    }

    private func invalid(_ range: Range<Int>) -> SQLError { bad("Token \"\(text(range))\" is invalid.", before: range.upperBound) }

    private func bad(_ detail: String, before end: Int) -> SQLError {
        SQLError(.invalidTextRepresentation, "invalid input syntax for type json", detail: detail, context: context(before: end))
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func endOfCharacter(at start: Int) -> Int {
        var end = min(start + 1, bytes.count)
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }
        return end
    }

    /// The line in which the error is, with at most 50 bytes up to where it ends.
    private func context(before end: Int) -> String {
        let newline = UInt8(ascii: "\n")
        let line = bytes[..<end].reduce(1) { $1 == newline ? $0 + 1 : $0 }
        let lineStart = bytes[..<end].lastIndex(of: newline).map { $0 + 1 } ?? 0
        var start = lineStart
        while end - start >= 50 { start = endOfCharacter(at: start) }
        if start - lineStart <= 3 { start = lineStart }
        let goesOn = end < bytes.count && bytes[end] != newline && bytes[end] != UInt8(ascii: "\r")
        return "JSON data, line \(line): \(start > lineStart ? "..." : "")\(text(start..<end))\(goesOn ? "..." : "")"
    }

    /// Where a token ends that is no string, and whether it is one: letters and digits belong to what they stand beside.
    private func token(at start: Int) -> (end: Int, isValid: Bool) {
        func isDigit(_ place: Int) -> Bool { place < bytes.count && ASCII.isDigit(bytes[place]) }
        func isPart(_ place: Int) -> Bool {
            guard place < bytes.count else { return false }
            let byte = bytes[place]
            return ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: "_") || byte >= 128
        }
        func skipDigits(_ end: inout Int) -> Bool {
            guard isDigit(end) else { return false }
            while isDigit(end) { end += 1 }
            return true
        }
        var end = start
        switch bytes[start] {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ":"):
            return (start + 1, true)
        case UInt8(ascii: "-"), 48...57:
            if bytes[start] == UInt8(ascii: "-") { end += 1 }
            var isValid = true
            if isDigit(end), bytes[end] == 48 { end += 1 } else { isValid = skipDigits(&end) }
            if end < bytes.count, bytes[end] == UInt8(ascii: ".") {
                end += 1
                isValid = skipDigits(&end) && isValid
            }
            if end < bytes.count, bytes[end] | 0x20 == UInt8(ascii: "e") {
                end += 1
                if end < bytes.count, bytes[end] == UInt8(ascii: "-") || bytes[end] == UInt8(ascii: "+") { end += 1 }
                isValid = skipDigits(&end) && isValid
            }
            while isPart(end) {
                end += 1
                isValid = false
            }
            return (end, isValid)
        default:
            while isPart(end) { end += 1 }
            let word = bytes[start..<end]
            let isKnown = word.elementsEqual("null".utf8) || word.elementsEqual("true".utf8) || word.elementsEqual("false".utf8)
            return (max(end, start + 1), isKnown)
        }
    }
}
