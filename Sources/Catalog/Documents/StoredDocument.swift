import Ground

/// A document in its stored form, read in place. The bytes are kept alive by the ``Datum`` that this was made from.
///
/// The bytes come from a page whose checksum was verified. Should they be wrong all the same, nothing outside them is read:
/// a field that can't be read is null, one that can't be found is absent. ``Document/check(_:)`` says what is wrong.
struct StoredDocument {
    let bytes: Bytes
    let fieldCount: Int
    private let width: Int
    private let jsonCount: Int

    /// - Precondition: the bytes begin a document, which `init?(checking:)` has seen.
    @inline(__always) init(_ bytes: Bytes) {
        self.bytes = bytes
        let flags = bytes[bytes.count - 1]
        width = 1 << Int(flags & Document.widthMask)
        fieldCount = bytes.littleEndian(at: bytes.count - 1 - width, width: width)
        jsonCount = bytes.count - 1 - (fieldCount + 1) * width
    }

    /// Nil if the trailer contradicts itself.
    init?(checking bytes: Bytes) {
        guard bytes.count >= 4 else { return nil }
        let flags = bytes[bytes.count - 1]
        guard flags & ~(Document.binaryFlag | Document.widthMask) == 0, flags & Document.widthMask != 3 else { return nil }
        let width = 1 << Int(flags & Document.widthMask)
        guard bytes.count >= 3 + width else { return nil }
        let count = bytes.littleEndian(at: bytes.count - 1 - width, width: width)
        guard bytes.count - 1 - (count + 1) * width >= 2 else { return nil }
        self.init(bytes)
        guard json[0] == UInt8(ascii: "{"), json[jsonCount - 1] == UInt8(ascii: "}") else { return nil }
    }

    var json: Bytes { bytes[0..<jsonCount] }
    var hasBinary: Bool { bytes[bytes.count - 1] & Document.binaryFlag != 0 }

    /// Where the opening quote of a field's key is; never outside the JSON.
    @inline(__always) private func offset(_ index: Int) -> Int {
        min(bytes.littleEndian(at: jsonCount + index * width, width: width), jsonCount - 1)
    }

    /// A field from the opening quote of its key to the end of its value.
    @inline(__always) func fieldRange(_ index: Int) -> Range<Int> {
        let start = offset(index)
        let next = index + 1 < fieldCount ? offset(index + 1) : jsonCount
        return start..<max(start, next - 1)
    }

    func find(_ key: Bytes) -> Int? {
        var low = 0
        var high = fieldCount
        while low < high {
            let middle = (low + high) / 2
            let order = Self.compareKey(json, at: offset(middle) + 1, with: key)
            if order == 0 { return middle }
            if order < 0 { low = middle + 1 } else { high = middle }
        }
        return nil
    }

    /// Compares the key of a field with plain bytes: below zero, zero or above.
    func compareKey(at index: Int, with key: Bytes) -> Int {
        Self.compareKey(json, at: offset(index) + 1, with: key)
    }

    /// Compares the JSON string whose first character is at `index` with plain bytes.
    private static func compareKey(_ json: Bytes, at index: Int, with key: Bytes) -> Int {
        var index = index
        for position in 0..<key.count {
            guard index < json.count else { return -1 }
            var byte = json[index]
            index += 1
            if byte == UInt8(ascii: "\"") { return -1 }
            if byte == UInt8(ascii: "\\") { byte = unescape(json, &index) }
            if byte != key[position] { return Int(byte) - Int(key[position]) }
        }
        return index < json.count && json[index] != UInt8(ascii: "\"") ? 1 : 0
    }

    /// The byte that a canonical escape stands for; `index` is behind the backslash and moves behind the escape.
    private static func unescape(_ json: Bytes, _ index: inout Int) -> UInt8 {
        guard index < json.count else { return 0 }
        let letter = json[index]
        index += 1
        switch letter {
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "u"):
            guard index + 4 <= json.count else { return 0 }
            index += 4
            let low = json[index - 1]
            return (json[index - 2] == UInt8(ascii: "1") ? 0x10 : 0) | (low <= 0x39 ? low &- 0x30 : low &- 0x37) & 15
        default: return letter
        }
    }

    /// Where a field's value begins: behind the key's closing quote and the colon.
    private func valueStart(_ field: Range<Int>) -> Int {
        var index = field.lowerBound + 1
        while index < field.upperBound, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 2, field.upperBound)
    }

    func value(at index: Int, owner: AnyObject?) -> Datum {
        let field = fieldRange(index)
        return Self.value(bytes[valueStart(field)..<field.upperBound], owner: owner)
    }

    func withKey<R, E: Error>(at index: Int, _ body: (Bytes) throws(E) -> R) throws(E) -> R {
        let field = fieldRange(index)
        let start = min(field.lowerBound + 1, field.upperBound)
        let key = bytes[start..<max(start, valueStart(field) - 2)]
        guard key.contains(UInt8(ascii: "\\")) else { return try body(key) }
        var plain = ByteBuffer(capacity: key.count)
        Self.unescape(key, into: &plain)
        return try plain.span.withBytes(body)
    }

    /// Appends what the text of a canonical JSON string stands for.
    static func unescape(_ text: Bytes, into plain: inout ByteBuffer) {
        var position = 0
        while position < text.count {
            let byte = text[position]
            position += 1
            plain.append(byte == UInt8(ascii: "\\") ? unescape(text, &position) : byte)
        }
    }

    /// A value from its canonical JSON. A string without escapes stays where it is and keeps `owner`.
    static func value(_ json: Bytes, owner: AnyObject?) -> Datum {
        guard json.count > 0 else { return .null }
        switch json[0] {
        case UInt8(ascii: "\""):
            guard json.count >= 2 else { return .null }
            let text = json[1..<json.count - 1]
            if text.count == 0 { return Datum(node: DatumNode(.string), owner: nil) }
            if !text.contains(UInt8(ascii: "\\")) {
                return Datum(
                    node: DatumNode(.string, textOffset: text.address, byteCount: text.count, place: .foreign), owner: owner)
            }
        case UInt8(ascii: "t"): return .true
        case UInt8(ascii: "f"): return .false
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), 0x30...0x39:
            var parser = JSONParser(json)
            var read = Decimal64()
            guard let number = try? parser.parseNumber(&read) else { return .null }
            // Its text is canonical, so the digits can stay where they are.
            guard (try? parser.digits(from: 0, of: number, read)) != nil else { return Datum(number) }
            return Datum(node: DatumNode(number: number, digits: json.address, place: .foreign), owner: owner)
        default: break
        }
        return (try? Datum(json: json, options: JSONOptions())) ?? .null
    }
}

extension Bytes {
    func contains(_ byte: UInt8) -> Bool {
        for index in 0..<count where self[index] == byte { return true }
        return false
    }
}
