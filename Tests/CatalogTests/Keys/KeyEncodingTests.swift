import Ground
import TestSupport
import Testing

@testable import Catalog

/// The encodings are the file's format: a change here is a change of the format.
@Suite struct KeyEncodingTests {
    static let primaryKeys: [(Datum, String)] = [
        ("user_123", "757365725f313233"),
        ("", "0f"),
        ("\u{9}tab", "0f09746162"),
        ("\u{f}", "0f0f"),
        ("\u{10}", "10"),
        ("ñ", "c3b1"),
        (5, "06c014000000000000"),
        (0, "068000000000000000"),
        (-0.0, "068000000000000000"),
        (-1.5, "064007ffffffffffff"),
        (false, "03"),
        (true, "04"),
        (.binary([1, 0, 255]), "080100ffff00"),
        (.time(epochSeconds: 1.5, offsetMinutes: 60), "09bff8000000000000"),
        (["a", true], "020f61000400"),
        ([], "0200"),
        ([[], ""], "0202000f0000"),
    ]

    @Test(arguments: primaryKeys) func primaryKeyGolden(key: Datum, hex: String) throws {
        let bytes = try PrimaryKey.encode(key)
        #expect(bytes.hex == hex)
        #expect(try PrimaryKey.decode(bytes) == key)
    }

    private static func byteCount(ofFirstIn bytes: [UInt8]) -> Int? {
        bytes.span.withBytes { KeyEncoding.byteCount(ofFirstIn: $0) }
    }

    /// What a value takes is known without reading it, whatever stands behind it.
    @Test func aValueIsPassedAsItIsRead() throws {
        let values =
            Self.primaryKeys.map(\.0) + [
                Datum(DecimalNumber(9_007_199_254_740_993)), Datum(DecimalNumber(-9_007_199_254_740_993)), "a\u{0}b", .binary([0, 0, 255]),
                [[], ["a\u{0}", [1, 2]], true],
            ]
        for value in values {
            for next in values {
                var bytes: [UInt8] = []
                try KeyEncoding.append(value, allowsBounds: false, to: &bytes)
                let count = bytes.count
                try KeyEncoding.append(next, allowsBounds: false, to: &bytes)
                #expect(Self.byteCount(ofFirstIn: bytes) == count, "\(value) before \(next)")
            }
        }
    }

    @Test func boundsStandOutsideAllKeys() throws {
        #expect(try PrimaryKey.encode(bound: .minval).hex == "01")
        #expect(try PrimaryKey.encode(bound: .maxval).hex == "ff")
        #expect(try PrimaryKey.encode(bound: ["a", .maxval]).hex == "020f61001000")
    }

    @Test func whatIsNoKeyIsRefused() {
        func kind(_ datum: Datum) -> CatalogError.Kind? {
            do throws(CatalogError) {
                _ = try PrimaryKey.encode(datum)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(kind(.null) == .keyNull)
        #expect(kind(["a", .null]) == .keyNull)
        #expect(kind(.emptyObject) == .invalidKey)
        #expect(kind([["a", .emptyObject]]) == .invalidKey)
        #expect(kind(.minval) == .invalidKey)
        #expect(kind("a\u{0}b") == .invalidKey)
        #expect(kind([["a\u{0}b"]]) == .invalidKey)
        #expect(kind(Datum(String(repeating: "x", count: 127))) == nil)
        #expect(kind(Datum(String(repeating: "x", count: 128))) == .keyTooLong)
        #expect(kind([Datum(String(repeating: "x", count: 125))]) == nil)
        #expect(kind([Datum(String(repeating: "x", count: 126))]) == .keyTooLong)
    }

    /// What is encoded from the text of a key is what is encoded from its value, and refused with the same words.
    @Test func keysFromTheirTexts() throws {
        func outcome(_ encode: (inout [UInt8]) throws(CatalogError) -> Void) -> String {
            var key: [UInt8] = [1, 2, 3]
            do throws(CatalogError) {
                try encode(&key)
                return key.hex
            } catch {
                return error.message
            }
        }
        let parts: [Datum] = [
            1, -7, 0, Datum(9_007_199_254_740_993), 1.5, "", "a", "a,b", "]", "[1,2]", "say \"so\"", "\\", "\u{0}", "\t", "ü,", true, .null,
            [], [1], ["x", [2]], .emptyObject, Datum(String(repeating: "y", count: 130)),
        ]
        var random = SeededGenerator(seed: 0x9E)
        var keys = parts
        for _ in 0..<2_000 { keys.append(Datum(elements: (0..<random.below(5)).map { _ in parts[random.below(parts.count)] })) }
        for key in keys {
            let json = [UInt8](key.description.utf8)
            let expected = outcome { bytes throws(CatalogError) in try PrimaryKey.append(key, to: &bytes) }
            let found = json.span.withBytes { json in
                outcome { bytes throws(CatalogError) in try PrimaryKey.append(json: json, to: &bytes) }
            }
            #expect(found == expected, "\(key)")
        }
    }

    @Test func theMessageOfALongKeyIsShort() {
        func message(_ count: Int) -> String {
            let text = String(repeating: "ü", count: count)
            do throws(CatalogError) {
                _ = try PrimaryKey.encode(Datum(text))
                return ""
            } catch {
                return error.message
            }
        }
        #expect(message(900) == "Primary key too long (max 127 characters): \"" + String(repeating: "ü", count: 900) + "\"")
        #expect(
            message(500_000) == "Primary key too long (max 127 characters): \"" + String(repeating: "ü", count: 999)
                + "… (1000000 bytes of UTF-8)")
    }

    @Test(arguments: ["", "00", "0f61ff", "0280", "02", "06", "0640", "060000000000000000", "0861", "0300", "05", "07", "ff80", "0200ff"])
    func malformedPrimaryKeysAreErrors(hex: String) {
        #expect(throws: CatalogError.self) { try PrimaryKey.decode([UInt8](hex: hex)) }
    }

    static let indexEntries: [(Datum, Datum, Int, String)] = [
        (36, "u1", 0, "06c042000000000000" + "0f753100" + "0000"),
        ("a\u{0}b", 7, 3, "0f6100ff6200" + "06c01c000000000000" + "0003"),
        (["x", false], ["k", 1], 0x7FFF, "020f78000300" + "020f6b0006bff000000000000000" + "7fff"),
        (
            Datum(String(repeating: "z", count: 600)), "u", 1,
            "0f" + String(repeating: "7a", count: 511) + "0f7500" + "8001"
        ),
    ]

    @Test(arguments: indexEntries) func indexEntryGolden(value: Datum, primaryKey: Datum, ordinal: Int, hex: String) throws {
        let bytes = try #require(try IndexKey.encode(value: value, primaryKey: primaryKey, ordinal: ordinal))
        #expect(bytes.hex == hex)
        let entry = try IndexKey.decode(bytes)
        #expect(entry.primaryKey == primaryKey)
        #expect(entry.ordinal == ordinal)
        #expect(entry.value == (value.utf8Count > 511 ? nil : value))
    }

    @Test func whatIsNoKeyIsNotIndexed() throws {
        for value: Datum in [.null, .emptyObject, [1, .null], [["a", ["b": 1]]], .minval] {
            #expect(try IndexKey.encode(value: value, primaryKey: "u") == nil)
        }
        #expect(throws: CatalogError.self) { try IndexKey.encode(value: 1, primaryKey: .null) }
        #expect(throws: CatalogError.self) { try IndexKey.encode(value: 1, primaryKey: "u", ordinal: 0x8000) }
    }

    /// Bounds that are cut take in every entry that agrees with them as far as it goes; the range says that it does so.
    @Test func rangesWithCutBoundsLoseNothing() throws {
        func long(_ ending: String) -> Datum { Datum(String(repeating: "z", count: 600) + ending) }
        let values: [Datum] = ["y", long(""), long("a"), long("b"), long("c"), "{"]
        let entries = try values.map { ($0, try #require(try IndexKey.encode(value: $0, primaryKey: "k"))) }
        for lower in values {
            for upper in values {
                for (includesLower, includesUpper) in [(true, true), (true, false), (false, true), (false, false)] {
                    let range = try IndexKey.range(
                        lower: lower, lowerInclusive: includesLower, upper: upper, upperInclusive: includesUpper)
                    #expect(range.isExact == (lower.utf8Count < 600 && upper.utf8Count < 600))
                    for (value, key) in entries {
                        let isInside = !key.lexicographicallyPrecedes(range.lower) && key.lexicographicallyPrecedes(range.upper)
                        let shouldBe = (includesLower ? value >= lower : value > lower) && (includesUpper ? value <= upper : value < upper)
                        #expect(isInside || !shouldBe)
                        if range.isExact { #expect(isInside == shouldBe) }
                    }
                }
            }
        }
        let inside = try IndexKey.range(of: long("b"))
        #expect(entries.filter { !$0.1.lexicographicallyPrecedes(inside.lower) && $0.1.lexicographicallyPrecedes(inside.upper) }.count == 4)
    }

    @Test func anEntryCoversItsValueOnlyIfNothingIsLost() throws {
        let values: [(Datum, Bool)] = [
            (1, true), (0, false), (-0.0, false), ("a", true), (.time(epochSeconds: 1, offsetMinutes: 0), false), ([1, 0], false),
        ]
        for (value, isExact) in values {
            let bytes = try #require(try IndexKey.encode(value: value, primaryKey: "u"))
            #expect(try IndexKey.decode(bytes).isExact == isExact)
        }
    }
}

extension [UInt8] {
    var hex: String {
        map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    init(hex: String) {
        let digits = Array<Character>(hex)
        self = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! }
    }
}
