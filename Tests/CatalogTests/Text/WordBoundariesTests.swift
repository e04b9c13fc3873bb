import Foundation
import TestSupport
import Testing

@testable import Catalog

/// Boundaries of words beside Unicode's own test, which is here whole.
@Suite struct WordBoundariesTests {
    @Test func everyLineOfUnicodesTest() throws {
        let file = try #require(Bundle.module.url(forResource: "Truth/WordBreakTest", withExtension: "txt"))
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("÷") }
        #expect(lines.count == 1823)
        for line in lines {
            var text: [UInt8] = []
            var expected: [Int] = []
            for token in line.split(separator: " ") {
                switch token {
                case "÷": expected.append(text.count)
                case "×": break
                default:
                    let scalar = try #require(UInt32(token, radix: 16).flatMap(Unicode.Scalar.init))
                    text += Array(String(scalar).utf8)
                }
            }
            var boundaries = WordBoundaries(text)
            var found = [0]
            while let piece = boundaries.next() { found.append(piece.upperBound) }
            #expect(found == expected, "\(line)")
        }
    }

    @Test func whateverTheBytesItEnds() {
        var generator = Fuzzing.generator
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...40, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            var boundaries = WordBoundaries(text)
            var end = 0
            while let piece = boundaries.next() {
                #expect(piece.lowerBound == end && piece.upperBound > end)
                end = piece.upperBound
            }
            #expect(end == text.count)
        }
    }
}
