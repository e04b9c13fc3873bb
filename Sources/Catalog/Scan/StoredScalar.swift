import Ground

/// A constant that values are compared with where they lie, as canonical JSON. Somebody else keeps its texts: a comparison counts no
/// references.
struct StoredScalar {
    private let kind: DatumKind
    private let number: Double
    /// Whether a number has more digits than its double shows: they are the plain text.
    private let hasDigits: Bool
    /// A string's bytes, and the same as JSON.
    private let plain: Bytes
    private let quoted: Bytes

    /// - Precondition: `DocumentTest.canCompare(with: constant)`.
    init(_ constant: Datum, _ texts: inout KeptTexts) {
        kind = constant.kind
        number = constant.kind == .bool ? (constant.isTruthy ? 1 : 0) : constant.number ?? 0
        var buffer = ByteBuffer()
        if constant.hasDigits, let decimal = constant.decimal {
            hasDigits = true
            decimal.write(into: &buffer)
            plain = texts.keep(buffer.raw)
            quoted = .empty
            return
        }
        hasDigits = false
        guard constant.kind == .string else {
            (plain, quoted) = (.empty, .empty)
            return
        }
        plain = constant.withBytes { texts.keep($0) }
        JSONWriter.writeString(plain, into: &buffer)
        quoted = texts.keep(buffer.raw)
    }

    /// Whether a value stands in a relation to the constant; `.undecided` if that can't be told from here.
    @inline(__always) func holds(_ relation: Comparison, _ json: Bytes) -> Verdict {
        if kind == .string, relation == .equal || relation == .notEqual {
            // Of a string there is one canonical text.
            return (json == quoted) == (relation == .equal) ? .passes : .fails
        }
        guard let order = compare(json) else { return .undecided }
        let holds =
            switch relation {
            case .equal: order == 0
            case .notEqual: order != 0
            case .less: order < 0
            case .lessOrEqual: order <= 0
            case .greater: order > 0
            case .greaterOrEqual: order >= 0
            }
        return holds ? .passes : .fails
    }

    /// Whether a value is of the constant's kind: a bool, a number or a string.
    @inline(__always) func isAlike(_ json: Bytes) -> Bool {
        let first = json[0]
        switch kind {
        case .number: return first &- 0x30 < 10 || first == UInt8(ascii: "-")
        case .string: return first == UInt8(ascii: "\"")
        case .bool: return first == UInt8(ascii: "t") || first == UInt8(ascii: "f")
        default: return false
        }
    }

    /// Where the value stands to the constant: below zero, zero or above; nil if it takes decoding.
    @inline(__always) private func compare(_ json: Bytes) -> Int? {
        let first = json[0]
        switch first {
        case 0x30...0x39, UInt8(ascii: "-"):
            guard kind == .number else { return DatumKind.number < kind ? -1 : 1 }
            guard let value = Self.number(json) else { return nil }
            if value < number { return -1 }
            if value > number { return 1 }
            return !hasDigits && JSONParser.isShownBriefly(number, json.count) ? 0 : compareDigits(json)
        case UInt8(ascii: "\""):
            guard kind == .string else { return 1 }
            let text = json[1..<max(1, json.count - 1)]
            return text.contains(UInt8(ascii: "\\")) ? nil : Bytes.compare(text, plain)
        case UInt8(ascii: "t"), UInt8(ascii: "f"):
            guard kind == .bool else { return DatumKind.bool < kind ? -1 : 1 }
            return (first == UInt8(ascii: "t") ? 1 : 0) - (number == 0 ? 0 : 1)
        case UInt8(ascii: "n"):
            return kind == .null ? 0 : DatumKind.null < kind ? -1 : 1
        case UInt8(ascii: "["): return -1
        // An object, a time or a binary value: above numbers, below strings.
        case UInt8(ascii: "{"): return kind == .string ? -1 : 1
        default: return nil
        }
    }

    /// Numbers of one nearest double.
    @inline(never) private func compareDigits(_ json: Bytes) -> Int {
        DecimalNumber.compare(DecimalNumber(json: json), hasDigits ? DecimalNumber(json: plain) : DecimalNumber(shown: number))
    }

    /// The value if it is a number.
    @inline(__always) static func storedNumber(_ json: Bytes) -> Double? {
        let first = json[0]
        return first &- 0x30 < 10 || first == UInt8(ascii: "-") ? number(json) : nil
    }

    /// A canonical number; nil if it can't be read.
    @inline(__always) private static func number(_ json: Bytes) -> Double? {
        // Most numbers have a few digits, and maybe a point among them.
        guard json.count <= 16, json[0] != UInt8(ascii: "-") else { return parsed(json) }
        var value = 0
        var index = 0
        var point = json.count
        while index < json.count {
            let digit = json[index] &- 0x30
            if digit < 10 {
                value = value &* 10 &+ Int(digit)
            } else {
                guard json[index] == UInt8(ascii: "."), point == json.count, index > 0 else { return parsed(json) }
                point = index
            }
            index &+= 1
        }
        if point == json.count { return json.count < 16 ? Double(value) : parsed(json) }
        let places = json.count &- 1 &- point
        return places > 0 ? Decimal64.quotient(value, places) : parsed(json)
    }

    @inline(never) private static func parsed(_ json: Bytes) -> Double? {
        var parser = JSONParser(json)
        guard let number = try? parser.parseNumber(), parser.index == json.count else { return nil }
        return number
    }
}

/// Bytes that stay where they are as long as this is kept: what those are compared with that lie in pages.
///
/// Each is a copy of its own: the references of one that several threads look at would be counted by all of them.
struct KeptTexts {
    private var owners: [Datum] = []

    mutating func keep(_ bytes: Bytes) -> Bytes {
        let owner = Datum(.string, bytes: bytes)
        owners.append(owner)
        return owner.withBytes { $0 }
    }
}
