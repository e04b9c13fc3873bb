import Ground
import TestSupport
import Testing

@testable import Catalog

/// Numbers with more digits than a double shows.
@Suite struct NumberDigitsTests {
    static let golden: [(String, String)] = [
        ("9007199254740993", "9007199254740993"), ("-9007199254740993", "-9007199254740993"),
        ("9223372036854775807", "9223372036854775807"), ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775808", "-9223372036854775808"), ("18446744073709551616", "18446744073709551616"),
        ("12345678901234567890123456789012345", "12345678901234567890123456789012345"),
        ("0.10000000000000001", "0.10000000000000001"), ("1.00000000000000000000000000000000000", "1"), ("0.1000000000000000000", "0.1"),
        ("1e309", "1e309"), ("-1.50e400", "-1.5e400"), ("1e-400", "1e-400"), ("3e-324", "3e-324"),
        ("123456789012345678e-20", "0.00123456789012345678"),
        ("123456789012345678e-30", "1.23456789012345678e-13"), ("12345678901234567e10", "123456789012345670000000000"),
        ("9007199254740993e22", "9.007199254740993e37"), ("9007199254740993.0", "9007199254740993"),
        ("100000000000000000000000", "1e23"), ("9007199254740994", "9007199254740994.0"),
    ]

    @Test(arguments: golden) func areGivenBackInOneForm(text: String, shown: String) throws {
        #expect(try Datum(json: text).description == shown)
        // As a part of a value, in a stored document, and of it.
        let document = try Datum(json: #"{"a":[\#(text),"x"],"b":\#(text)}"#)
        #expect(document.description == #"{"a":[\#(shown),"x"],"b":\#(shown)}"#)
        let stored = try storedDocument(#"{"b": \#(text), "a": [\#(text), "x"]}"#)
        #expect(stored.isStoredDocument)
        #expect(stored.description == document.description)
        #expect(try Document.encode(stored) == Document.encode(document))
        #expect(stored[field: "b"]?.description == shown)
        #expect(stored[field: "b"]?.owned.description == shown)
        #expect(stored[field: "a"]?[0].owned.description == shown)
        #expect(stored.decoded == document)
        #expect(stored.decoded.hashValue == document.hashValue)
        let bytes = try Document.encode(document)
        let complaint = Document.check(bytes.span)
        #expect(complaint == nil)
    }

    private func storedDocument(_ json: String) throws(JSONError) -> Datum {
        var reader = DocumentReader()
        return try reader.read(Array(json.utf8).span)
    }

    /// The bytes are the file's format.
    @Test(arguments: [
        ("9007199254740993", "06c34000000000000020800010" + "5b08145d374b0a5e00")
    ]) func keysAreGolden(text: String, hex: String) throws {
        let key = try PrimaryKey.encode(Datum(json: text))
        #expect(key.hex == hex)
        #expect(try PrimaryKey.decode(key).description == text)
    }

    @Test func integersOfSwiftKeepTheirDigits() throws {
        #expect(Datum(Int.max).description == "9223372036854775807")
        #expect(Datum(Int.min).description == "-9223372036854775808")
        #expect(Datum(Int.max).int64 == Int64.max)
        #expect(Datum(Int.min).int64 == Int64.min)
        #expect(try Datum(json: "9223372036854775808").int64 == nil)
        #expect(try Datum(json: "4503599627370496.1").integer == nil)
        #expect(try Datum(json: "9007199254740993").integer == nil)
        #expect(try Datum(json: "9007199254740993").number == 9007199254740992)
    }

    /// What spares numbers a closer look holds: read by any way, a number is the decimal that its text says.
    @Test func aCloserLookIsSparedOnlyWhereItWouldFindNothing() throws {
        var random = SeededGenerator(seed: 16)
        for _ in 0..<20_000 {
            let digits = (0..<1 + random.below(20)).map { UInt8($0 == 0 ? 1 + random.below(9) : random.below(10)) }
            let decimal = DecimalNumber(isNegative: random.below(2) == 0, digits: digits, point: random.below(700) - 350)
            if decimal.isShownBriefly { #expect(DecimalNumber(shown: decimal.nearestDouble) == decimal) }
            let sign = decimal.isNegative ? "-" : ""
            let text = digits.map { String($0) }.joined() + "e\(decimal.point - digits.count)"
            #expect(try Datum(json: sign + text).decimal == decimal)
            #expect(Datum(decimal).decimal == decimal)
            if (0..<20).contains(decimal.point) {
                let shown = decimal.digits.map { String($0) }.joined() + String(repeating: "0", count: 20)
                let plain = (decimal.point == 0 ? "0" : shown.prefix(decimal.point)) + "." + shown.dropFirst(decimal.point)
                #expect(try Datum(json: sign + plain).decimal == decimal)
            }
        }
    }

    /// Decimals around doubles, around powers of ten and at the ends of the range are compared, hashed, encoded as keys and read back as a
    /// model of aligned digits says.
    @Test func orderIsThatOfTheValues() throws {
        var random = SeededGenerator(seed: 15)
        var texts = [
            "0", "-0.0", "1e400", "-1e400", "1e-400", "-1e-400", "5e-324", "4e-324", "-4e-324", "1.7976931348623157e308", "1.8e308",
        ]
        for _ in 0..<400 {
            let base: Double =
                switch random.below(4) {
                case 0: Double(Int64(truncatingIfNeeded: random.next()))
                case 1: Double(9_007_199_254_740_992 + random.below(20))
                case 2: Double(sign: .plus, exponent: random.below(60) - 30, significand: 1)
                default: Double(random.below(1000)) / 8
                }
            let decimal = DecimalNumber(shown: base)
            texts.append(decimal.description)
            for _ in 0..<3 {
                var digits = decimal.digits.isEmpty ? [1] : decimal.digits
                while digits.count < 17 + random.below(6) { digits.append(UInt8(random.below(10))) }
                if random.below(2) == 0, let last = digits.lastIndex(where: { $0 > 0 }) { digits[last] -= 1 }
                texts.append(DecimalNumber(isNegative: decimal.isNegative, digits: digits, point: decimal.point).description)
            }
        }
        let datums = try texts.map { try Datum(json: $0) }
        let keys = try datums.map { try PrimaryKey.encode($0) }
        let entries = try datums.map { try #require(try IndexKey.encode(value: ["a", $0], primaryKey: $0)) }
        for (index, datum) in datums.enumerated() {
            #expect(try PrimaryKey.decode(keys[index]) == datum)
            #expect(try IndexKey.decode(entries[index]).value == ["a", datum])
            #expect(IndexKey.valueByteCount(entries[index][...])?.count == IndexKey.encode(value: ["a", datum])?.bytes.count)
            #expect(try Datum(json: datum.description).isIdentical(to: datum))
            for _ in 0..<40 {
                let other = random.below(datums.count)
                let expected = compare(texts[index], texts[other])
                let order = Datum.compare(datum, datums[other])
                guard order.signum() == expected else {
                    Issue.record("\(texts[index]) and \(texts[other]) compare as \(order)")
                    return
                }
                let keyOrder = keys[index] == keys[other] ? 0 : keys[index].lexicographicallyPrecedes(keys[other]) ? -1 : 1
                #expect(keyOrder == expected, "the keys of \(texts[index]) and \(texts[other])")
                if expected == 0 { #expect(datum.hashValue == datums[other].hashValue) }
                // A range of an index that ends with a value holds that value and nothing above.
                let range = try IndexKey.range(lower: .minval, upper: datums[other], upperInclusive: true)
                let entry = try #require(try IndexKey.encode(value: datum, primaryKey: "k"))
                #expect((entry.lexicographicallyPrecedes(range.upper)) == (expected <= 0))
                let above = try IndexKey.range(lower: datums[other], lowerInclusive: false, upper: .maxval)
                #expect((!entry.lexicographicallyPrecedes(above.lower)) == (expected > 0))
                var kept = KeptTexts()
                let test = StoredScalar(datums[other], &kept)
                let holds = withExtendedLifetime(kept) {
                    Array(datum.description.utf8).span.withBytes { test.holds(.less, $0) == .passes }
                }
                #expect(holds == (expected < 0), "\(texts[index]) < \(texts[other]) on stored bytes")
            }
        }
    }

    /// The order of two texts by their digits, brought to one length.
    private func compare(_ left: String, _ right: String) -> Int {
        func aligned(_ text: String) -> (sign: Int, digits: [UInt8]) {
            var digits = [UInt8](repeating: 0, count: 1000)
            let parts = text.split(separator: "e")
            let isNegative = parts[0].hasPrefix("-")
            let mantissa = parts[0].drop { $0 == "-" }
            let exponent = parts.count > 1 ? Int(parts[1])! : 0
            let point = mantissa.firstIndex(of: ".").map { mantissa.distance(from: mantissa.startIndex, to: $0) } ?? mantissa.count
            for (index, digit) in mantissa.filter({ $0 != "." }).enumerated() {
                digits[500 + index - point - exponent] = digit.asciiValue! - 0x30
            }
            return (digits.allSatisfy { $0 == 0 } ? 0 : isNegative ? -1 : 1, digits)
        }
        let (a, b) = (aligned(left), aligned(right))
        if a.sign != b.sign { return a.sign < b.sign ? -1 : 1 }
        if a.digits == b.digits { return 0 }
        return a.digits.lexicographicallyPrecedes(b.digits) == (a.sign > 0) ? -1 : 1
    }

    /// What is spilled to a temporary file, spliced and merged keeps the digits.
    @Test func partsOfValuesKeepThem() throws {
        let number = try Datum(json: "9007199254740993")
        let array = try Datum.array([number, "text", number, .binary([1, 2])])
        #expect(array.description.hasPrefix(#"[9007199254740993,"text",9007199254740993,"#))
        let object = try Datum.object([("a", array), ("b", number)])
        #expect(try object.merging(Datum.object([("c", array[0])]))[field: "c"] == number)
        #expect(array[2].owned.description == "9007199254740993")
        let stored = try storedDocument(object.description)
        #expect(try stored.setting("d", to: number).description == object.setting("d", to: number).description)
        #expect(array.heldByteCount > Datum(elements: [1, "text", 1, .binary([1, 2])]).heldByteCount)
    }
}
