import Catalog
import TestSupport
import Testing

@testable import SQL

/// JSON texts that are read at once, beside what is made of them by the reader that knows what PostgreSQL says of each mistake.
@Suite struct PlainJSONTests {
    private func number(_ generator: inout some RandomNumberGenerator) -> String {
        let digits = String(UInt64.random(in: 0...UInt64.max, using: &generator) >> UInt64.random(in: 0...63, using: &generator))
        let sign = Bool.random(using: &generator) ? "-" : ""
        switch Int.random(in: 0...4, using: &generator) {
        case 0: return sign + digits
        case 1: return sign + "0." + digits
        case 2: return sign + digits + ".50"
        case 3: return sign + digits + "e" + String(Int.random(in: -9...9, using: &generator))
        default: return sign + String(Int.random(in: 0...1000, using: &generator)) + "." + String(Int.random(in: 0...99, using: &generator))
        }
    }

    private func string(_ generator: inout some RandomNumberGenerator) -> String {
        let parts = ["a", "ü", "\\n", "\\\\", "\\\"", "\\/", "e", "1", "-0", "u", "\\u00e9", "\\ud83d\\ude00", "😀", " ", "{", "null"]
        return "\"" + (0..<Int.random(in: 0...4, using: &generator)).map { _ in parts.randomElement(using: &generator) ?? "" }.joined()
            + "\""
    }

    private func text(_ depth: Int, _ generator: inout some RandomNumberGenerator) -> String {
        let space = ["", "", " ", "\n\t"].randomElement(using: &generator) ?? ""
        switch Int.random(in: 0...(depth > 0 ? 7 : 5), using: &generator) {
        case 0: return space + "null"
        case 1: return space + (Bool.random(using: &generator) ? "true" : "false")
        case 2, 3: return number(&generator) + space
        case 4, 5: return space + string(&generator)
        case 6:
            return "[" + (0..<Int.random(in: 0...4, using: &generator)).map { _ in text(depth - 1, &generator) }.joined(separator: ",")
                + "]"
        default:
            let fields = (0..<Int.random(in: 0...5, using: &generator)).map { _ in string(&generator) + ":" + text(depth - 1, &generator) }
            return "{" + space + fields.joined(separator: ",") + "}"
        }
    }

    @Test func bothReadersAgree() throws {
        var generator = Fuzzing.generator
        var plain = 0
        for _ in 0..<30_000 {
            let text = text(4, &generator)
            if JSONText.isPlain(text) { plain += 1 }
            let expected = try JSONText.datum(JSONReader.read(text))
            let found = try JSONText.datum(text)
            #expect(found == expected && JSONText.text(found) == JSONText.text(expected), "\(text)")
        }
        #expect(plain > 3_000 && plain < 29_000, "\(plain)")
    }

    @Test func damagedTextsAreRefusedAlike() throws {
        var generator = Fuzzing.generator
        for _ in 0..<20_000 {
            var bytes = Array(text(3, &generator).utf8)
            guard !bytes.isEmpty else { continue }
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] =
                Array("{}[],:\"\\ux01-.e \u{1}".utf8).randomElement(using: &generator) ?? 0
            let text = String(decoding: bytes, as: UTF8.self)
            #expect((try? JSONText.datum(text)) == (try? JSONText.datum(JSONReader.read(text))), "\(text)")
        }
    }

    @Test func depthEndsAlike() throws {
        for depth in [Datum.maximumDepth - 2, Datum.maximumDepth - 1, Datum.maximumDepth, Datum.maximumDepth + 1] {
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            #expect(((try? JSONText.datum(text)) == nil) == ((try? JSONReader.read(text)) == nil), "\(depth)")
        }
    }
}
