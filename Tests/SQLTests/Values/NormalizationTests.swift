import Foundation
import TestSupport
import Testing

@testable import SQL

@Suite struct NormalizationTests {
    private static func isKnown(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.age.map { $0.major <= 14 } ?? false
    }

    private static func check(_ text: String, _ comment: @autoclosure () -> String) throws {
        let forms = [
            ("NFC", text.precomposedStringWithCanonicalMapping), ("NFD", text.decomposedStringWithCanonicalMapping),
            ("NFKC", text.precomposedStringWithCompatibilityMapping), ("NFKD", text.decomposedStringWithCompatibilityMapping),
        ]
        for (form, expected) in forms {
            let found = try Normalization.normalized(text, form)
            guard Array(found.utf8) != Array(expected.utf8) else { continue }
            Issue.record("\(form) of \(text.unicodeScalars.map { String($0.value, radix: 16) }), \(comment())")
        }
    }

    /// As Foundation has it.
    @Test func everyCharacter() throws {
        for value in UInt32(0xA0)...0x2FFFF {
            guard let scalar = Unicode.Scalar(value), Self.isKnown(scalar) else { continue }
            try Self.check(String(scalar), "alone")
        }
    }

    /// As Python's `unicodedata` has it: Foundation leaves some of these apart.
    @Test(arguments: [
        ("\u{323}\u{1161}\u{AC00}\u{11A8}\u{11A8}", "\u{323}\u{1161}\u{AC01}\u{11A8}"),
        ("\u{1100}\u{1161}\u{11A7}", "\u{AC00}\u{11A7}"), ("\u{1100}\u{1100}\u{1161}\u{11A8}", "\u{1100}\u{AC01}"),
    ])
    func hangul(text: String, composed: String) throws {
        #expect(try Array(Normalization.normalized(text, "NFC").unicodeScalars) == Array(composed.unicodeScalars))
        #expect(
            try Array(Normalization.normalized(composed, "NFD").unicodeScalars)
                == Array(Normalization.normalized(text, "NFD").unicodeScalars))
    }

    @Test func marksInAnyOrder() throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        let letters: [UInt32] = [0x61, 0x41, 0x3B1, 0x915, 0x1E9B, 0xFB01, 0x212B]
        let marks: [UInt32] = [0x300, 0x301, 0x327, 0x323, 0x345, 0x3099, 0x93C, 0x315]
        for _ in 0..<2000 {
            var scalars = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...9, using: &generator) {
                let chosen = Bool.random(using: &generator) ? letters : marks
                if let scalar = Unicode.Scalar(chosen.randomElement(using: &generator) ?? 0x61) { scalars.append(scalar) }
            }
            try Self.check(String(scalars), "seed \(seed)")
        }
    }
}
