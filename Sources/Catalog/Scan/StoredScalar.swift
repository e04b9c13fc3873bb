import Ground

/// A constant that values are compared with where they lie, as canonical JSON.
struct StoredScalar {
    private let kind: DatumKind
    private let number: Double
    /// A number's digits, where it has more than its double shows.
    private let decimal: DecimalNumber?
    /// A string's bytes, and the same as JSON.
    private let plain: Bytes
    private let quoted: Bytes
    /// Keeps the bytes where they are.
    private let texts: (plain: Datum, quoted: Datum)

    /// - Precondition: `DocumentTest.canCompare(with: constant)`.
    init(_ constant: Datum) {
        kind = constant.kind
        number = constant.kind == .bool ? (constant.isTruthy ? 1 : 0) : constant.number ?? 0
        decimal = constant.hasDigits ? constant.decimal : nil
        // A copy of its own: the references of one that several threads look at would be counted by all of them.
        let plainText = constant.kind == .string ? constant.withBytes { Datum(.string, bytes: $0) } : Datum("")
        var buffer = ByteBuffer()
        plainText.withBytes { JSONWriter.writeString($0, into: &buffer) }
        let quotedText = Datum(.string, bytes: buffer.raw)
        texts = (plainText, quotedText)
        plain = plainText.withBytes { $0 }
        quoted = quotedText.withBytes { $0 }
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

    /// Where the value stands to the constant: below zero, zero or above; nil if it takes decoding.
    @inline(__always) private func compare(_ json: Bytes) -> Int? {
        let first = json[0]
        switch first {
        case 0x30...0x39, UInt8(ascii: "-"):
            guard kind == .number else { return DatumKind.number < kind ? -1 : 1 }
            guard let value = Self.number(json) else { return nil }
            if value < number { return -1 }
            if value > number { return 1 }
            return decimal == nil && JSONParser.isShownBriefly(number, json.count) ? 0 : compareDigits(json)
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
        DecimalNumber.compare(DecimalNumber(json: json), decimal ?? DecimalNumber(shown: number))
    }

    /// The value if it is a number.
    @inline(__always) static func storedNumber(_ json: Bytes) -> Double? {
        let first = json[0]
        return first &- 0x30 < 10 || first == UInt8(ascii: "-") ? number(json) : nil
    }

    /// A canonical number; nil if it can't be read.
    @inline(__always) private static func number(_ json: Bytes) -> Double? {
        // Most numbers are integers of a few digits.
        if json.count <= 15, json[0] != UInt8(ascii: "-") {
            var value = 0
            var index = 0
            while index < json.count {
                let digit = json[index] &- 0x30
                guard digit < 10 else { return parsed(json) }
                value = value &* 10 &+ Int(digit)
                index &+= 1
            }
            return Double(value)
        }
        return parsed(json)
    }

    @inline(never) private static func parsed(_ json: Bytes) -> Double? {
        var parser = JSONParser(json)
        guard let number = try? parser.parseNumber(), parser.index == json.count else { return nil }
        return number
    }
}
