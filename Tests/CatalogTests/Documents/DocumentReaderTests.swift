import TestSupport
import Testing

@testable import Catalog

/// What is made of a text directly is what is made of it by way of a value, byte for byte.
@Suite struct DocumentReaderTests {
    @Test(arguments: [0x7EC5_0001 as UInt64, 0x7EC5_0002, 0x7EC5_0003])
    func textsOfAllSpellings(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var reader = DocumentReader()
        var directCount = 0
        for _ in 0..<1500 {
            var text = SpelledText(&random)
            text.write(.object(ModelValue.randomFields(&random, count: random.below(8), depth: 3)), &random)
            if random.below(4) == 0 { text.damage(&random) }
            if try expectSame(text.bytes, &reader, "seed \(seed)") { directCount += 1 }
        }
        #expect(directCount > 100, "seed \(seed)")
    }

    @Test func corpus() throws {
        var reader = DocumentReader()
        for folder in ["good", "bad"] {
            for (name, bytes) in try JSONCorpusTests.files(folder) {
                _ = try expectSame(bytes, &reader, name)
                _ = try expectSame(Array(#"{"b": 1, "a": "#.utf8) + bytes + Array("}".utf8), &reader, name)
            }
        }
    }

    @Test(arguments: [
        #"{"a":1}"#, #"{ "b" : [ ] , "a" : { } }"#, #"{"b":1,"a":{"d":1,"c":2},"aa":"\u00e9\/\n"}"#,
        #"{"a":-0.5,"b":0.000001,"c":123456789012345}"#,
        #"{"a":1.50,"b":1e3,"c":-0,"d":0.1234567890123456789,"e":1E-7,"f":0.0000001,"g":9007199254740993}"#, "{}",
    ])
    func isDirect(text: String) throws {
        var reader = DocumentReader()
        #expect(try expectSame(Array(text.utf8), &reader, text))
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"b":1,"a":2,"b":3}"#, #"{"a\n":1}"#, #"{"t":{"$reql_type$":"TIME","epoch_time":1,"timezone":"Z"}}"#,
        #"{"a":01}"#, #"{"a":1}}"#, #"{"a":1"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e999999}"#, #"{"a":"\x"}"#, "[1]", "5", "",
        #"{"a":tru}"#, #"{"a" 1}"#, #"{"a":1,}"#, #"{"a":[1,]}"#, #"{"a":[1}"#, "{\"a\":\"\u{1}\"}", #"{"a":"\ud800"}"#,
    ])
    func isLeftToTheParser(text: String) throws {
        var reader = DocumentReader()
        #expect(try !expectSame(Array(text.utf8), &reader, text))
    }

    @Test func manyFieldsInAnyOrder() throws {
        var reader = DocumentReader()
        let fields = (0..<500).map { #""field number \#($0 * 7919 % 500)":\#($0)"# }
        let text = "{" + fields.joined(separator: ",") + #","inner":{"# + fields.reversed().joined(separator: " , ") + "}}"
        #expect(try expectSame(Array(text.utf8), &reader, "500 fields"))
    }

    @Test func bounds() throws {
        var reader = DocumentReader()
        for count in [100_000, 100_001] {
            let text = #"{"a":["# + String(repeating: "1,", count: count - 1) + "1]}"
            #expect(try expectSame(Array(text.utf8), &reader, "\(count) elements") == (count == 100_000))
        }
        for depth in [999, 1000] {
            let text = #"{"a":"# + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
            #expect(try expectSame(Array(text.utf8), &reader, "\(depth) levels in it") == (depth == 999))
        }
    }

    /// Whether the text was taken directly.
    private func expectSame(_ text: [UInt8], _ reader: inout DocumentReader, _ comment: String) throws -> Bool {
        let shown = Comment(rawValue: "\(String(decoding: text.prefix(500), as: UTF8.self)), \(comment)")
        var wanted: Datum?
        var failure: String?
        do { wanted = try Datum(json: text) } catch { failure = "\(error)" }
        do {
            let document = try reader.read(text.span)
            #expect(failure == nil, shown)
            guard let wanted else { return false }
            #expect(document.isIdentical(to: wanted), shown)
            guard document.isStoredDocument else { return false }
            let bytes: [UInt8] = try Document.encode(document)
            let wantedBytes: [UInt8] = try Document.encode(wanted)
            #expect(bytes == wantedBytes, shown)
            return true
        } catch {
            #expect("\(error)" == failure, shown)
            return false
        }
    }
}

/// A value as JSON, spelled as other writers might.
private struct SpelledText {
    var bytes: [UInt8] = []
    private let spaces: Bool
    private let escapes: Bool

    init(_ random: inout SeededGenerator) {
        spaces = random.below(2) == 0
        escapes = random.below(2) == 0
    }

    mutating func write(_ value: ModelValue, _ random: inout SeededGenerator) {
        space(&random)
        switch value {
        case .null, .binary, .time: bytes += Array("null".utf8)
        case .bool(let value): bytes += Array("\(value)".utf8)
        case .number(let value): write(value, &random)
        case .string(let value): write(value, &random)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                write(element, &random)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let fields):
            bytes.append(UInt8(ascii: "{"))
            // A dictionary's own order changes with each process; a seed must not.
            for (index, key) in fields.keys.sorted().shuffled(using: &random).enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                space(&random)
                write(key, &random)
                space(&random)
                bytes.append(UInt8(ascii: ":"))
                write(fields[key]!, &random)
            }
            bytes.append(UInt8(ascii: "}"))
        }
        space(&random)
    }

    private mutating func space(_ random: inout SeededGenerator) {
        guard spaces else { return }
        for _ in 0..<random.below(3) { bytes.append([0x20, 0x0A, 0x0D, 0x09][random.below(4)]) }
    }

    private mutating func write(_ number: Double, _ random: inout SeededGenerator) {
        switch random.below(4) {
        case 0: bytes += Array("\(random.below(2_000_000) - 1_000_000).\(random.below(1_000_000))".utf8)
        case 1: bytes += Array("\(random.below(1000))e\(random.below(30) - 15)".utf8)
        default: bytes += Array("\(number)".utf8)
        }
    }

    private mutating func write(_ text: String, _ random: inout SeededGenerator) {
        bytes.append(UInt8(ascii: "\""))
        for unit in text.utf16 {
            if unit < 0x20 || unit == 0x22 || unit == 0x5C || escapes && (unit >= 0x80 || random.below(5) == 0) {
                let digits = String(unit, radix: 16, uppercase: random.below(2) == 0)
                bytes += Array((#"\u"# + String(repeating: "0", count: 4 - digits.count) + digits).utf8)
            } else if unit < 0x80 {
                bytes.append(UInt8(unit))
            } else {
                // Of a pair the first brings both.
                guard unit & 0xFC00 != 0xDC00 else { continue }
                bytes += Array((unit & 0xFC00 == 0xD800 ? "😀" : "ñ").utf8)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Changes, removes or adds a byte.
    mutating func damage(_ random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = random.below(bytes.count)
        switch random.below(3) {
        case 0: bytes[index] = [0x22, 0x2C, 0x3A, 0x5C, 0x7B, 0x7D, 0x5B, 0x5D, 0x30, 0xFF, 0x00, 0x2E][random.below(12)]
        case 1: bytes.remove(at: index)
        default: bytes.insert(UInt8(random.below(256)), at: index)
        }
    }
}
