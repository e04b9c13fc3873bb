import Ground
import TestSupport
import Testing

@testable import Catalog

@Suite struct JSONNumberTests {
    static let golden: [(Double, String)] = [
        (0, "0"), (-0.0, "-0.0"), (1, "1"), (-1, "-1"), (10, "10"), (1234567890, "1234567890"),
        (9_007_199_254_740_992, "9007199254740992"), (-9_007_199_254_740_992, "-9007199254740992"),
        (9_007_199_254_740_994, "9007199254740994.0"), (1e16, "10000000000000000.0"), (123456789012345683968, "123456789012345680000.0"),
        (1e20, "100000000000000000000.0"), (1e21, "1e21"), (-1.5e21, "-1.5e21"), (1e22, "1e22"), (1e23, "1e23"),
        (0.5, "0.5"), (0.1, "0.1"), (-12.75, "-12.75"), (41.33, "41.33"), (0.000001, "0.000001"), (0.0000012, "0.0000012"),
        (1e-7, "1e-7"), (1.25e-7, "1.25e-7"), (8.726646259990191e-09, "8.726646259990191e-9"),
        (1.7976931348623157e308, "1.7976931348623157e308"), (.leastNonzeroMagnitude, "5e-324"),
        (2.2250738585072014e-308, "2.2250738585072014e-308"),
        (.leastNormalMagnitude.nextDown, "2.225073858507201e-308"), (0.3, "0.3"), (0.1 + 0.2, "0.30000000000000004"),
        (9007199254740993.0 / 4, "2251799813685248"), (1.0 / 3, "0.3333333333333333"), (2.0 / 3, "0.6666666666666666"),
    ]

    @Test(arguments: golden) func writesTheShortestForm(number: Double, text: String) throws {
        #expect(Datum(number).description == text)
        #expect(try Datum(json: text).number?.bitPattern == number.bitPattern)
    }

    /// Cases that are known to be hard to round.
    @Test(arguments: [
        "9007199254740993", "9007199254740993.0", "9007199254740995", "9007199254740993.00000000000000000000000000001",
        "2.2250738585072011e-308", "2.2250738585072012e-308", "1.7976931348623158e308", "4.9406564584124654e-324",
        "2.4703282292062327208e-324", "2.4703282292062328e-324", "1e-400", "0e999999999999",
        "0.000000000000000000000000000000000000000000000000000000000000001e63", "6929495644600919.5", "3.518437208883201171875e13",
        "100000000000000016777215", "100000000000000016777216", "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124", "1.00000000000000011102230246251565404236316680908203126",
        "8.988465674311582e307", "123456789012345678901234567890", "0.12345678901234567890123456789e-5", "6.631236846766476e-316",
        "7.2057594037927933e16", "5e-324", "2.225073858507201136057409796709131975934819546351645648023426109724822222021e-308",
        "1090544144181609348671888949248", "1090544144181609348835077142190", "18446744073709551615", "18446744073709551616",
        "9223372036854775808", "12345678901234567890123e-4", "0.1e1", "1E5", "1e+5", "-0", "-0.0e5", "10e-1",
    ]) func readsToTheNearest(text: String) throws {
        #expect(try Datum(json: text).number?.bitPattern == Double(text)!.bitPattern)
    }

    @Test(arguments: ["1e131072", "-12e131071", "1e-16384", "1e999999999999999999999", "1e-999999999999999999999"])
    func tooManyDigitsAreAnError(text: String) {
        #expect(throws: JSONError.self) { try Datum(json: text) }
    }

    /// Random doubles, by their bits, are written as the standard library writes them and read back to the same bits.
    @Test func randomBitsComeBack() throws {
        var random = SeededGenerator(seed: 1)
        var buffer = ByteBuffer()
        for _ in 0..<200_000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            buffer.removeAll()
            JSONWriter.writeNumber(number, into: &buffer)
            var parser = JSONParser(buffer.raw)
            let back = try parser.parseNumber()
            guard back.bitPattern == number.bitPattern, digits(buffer.string) == digits(number.description) else {
                Issue.record("\(number) (\(number.bitPattern)) is written as \(buffer.string), which reads as \(back)")
                return
            }
        }
    }

    /// Below a power of two the doubles are twice as dense, which is where shortest forms go wrong.
    @Test func powersOfTwoAndTheirNeighboursComeBack() throws {
        for exponent in -1074...1023 {
            let power = Double(sign: .plus, exponent: exponent, significand: 1)
            for number in [power.nextDown, power, power.nextUp] where number > 0 {
                let text = Datum(number).description
                #expect(try Datum(json: text).number?.bitPattern == number.bitPattern)
                #expect(digits(text) == digits(number.description))
            }
        }
    }

    /// Random decimals with 1 to 25 digits are read as the standard library reads them.
    @Test func randomDecimalsAreReadToTheNearest() throws {
        var random = SeededGenerator(seed: 2)
        for _ in 0..<200_000 {
            var text = String(random.next())
            if random.next() % 4 == 0 { text += String(random.next() % 1_000_000) }
            let count = Int(random.next() % UInt64(text.utf8.count)) + 1
            text = String(text.prefix(count))
            let point = Int(random.next() % UInt64(count))
            if point > 0, text.first != "0" { text.insert(".", at: text.index(text.startIndex, offsetBy: point)) }
            if random.next() % 2 == 0 { text += "e\(Int(random.next() % 660) - 340)" }
            let expected = Double(text)!
            guard expected.isFinite else { continue }
            let read = try text.withBytes { bytes throws(JSONParser.Failure) in
                var parser = JSONParser(bytes)
                return try parser.parseNumber()
            }
            guard read.bitPattern == expected.bitPattern else {
                Issue.record("\(text) is read as \(read) instead of \(expected)")
                return
            }
        }
    }

    /// A number's digits without zeros at both ends, whatever the notation.
    private func digits(_ text: String) -> String {
        let digits = text.utf8.prefix { $0 != UInt8(ascii: "e") }.filter { $0 >= 0x30 && $0 <= 0x39 }
        var plain = String(decoding: digits, as: UTF8.self)[...].utf8
        while plain.first == 0x30 { plain.removeFirst() }
        while plain.last == 0x30 { plain.removeLast() }
        return String(Substring(plain))
    }
}
