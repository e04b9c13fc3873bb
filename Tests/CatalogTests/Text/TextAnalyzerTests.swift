import Foundation
import Ground
import TestSupport
import Testing

@testable import Catalog

@Suite struct TextAnalyzerTests {
    private func words(_ text: String, _ language: TextLanguage? = nil, stopWords: [String]? = nil) -> [String] {
        var analyzer = TextAnalyzer(language, stopWords: stopWords)
        return analyzer.words(of: Array(text.utf8)).map { "\($0.position) \(String(decoding: $0.term, as: UTF8.self))" }
    }

    private func terms(_ text: String, _ language: TextLanguage? = nil) -> [String] {
        var analyzer = TextAnalyzer(language)
        return analyzer.words(of: Array(text.utf8)).map { String(decoding: $0.term, as: UTF8.self) }
    }

    @Test func numbersAndNamesOfPrograms() {
        #expect(terms("1.5 v1.2.3 foo_bar foo-bar 1,000 __ _a 3.") == ["1.5", "v1.2.3", "foo_bar", "foo", "bar", "1,000", "_a", "3"])
    }

    @Test func whatStandsBetweenLettersPartsWords() {
        #expect(words("ada@example.com") == ["0 ada", "1 example", "2 com"])
        #expect(terms("O'Reilly don’t https://a.b/c?d=e") == ["o", "reilly", "don", "t", "https", "a", "b", "c", "d", "e"])
    }

    @Test func stopWordsHavePositions() {
        #expect(words("The quick and the dead foxes", .english) == ["1 quick", "4 dead", "5 fox"])
        #expect(words("The quick and the dead", .english, stopWords: []) == ["0 the", "1 quick", "2 and", "3 the", "4 dead"])
        #expect(words("Quick DEAD foxes", .english, stopWords: ["quick"]) == ["1 dead", "2 fox"])
    }

    @Test func caseAndMarksAndEncodingMakeNoDifference() {
        #expect(terms("STRASSE straße Straße") == ["strasse", "strasse", "strasse"])
        #expect(terms("Ångström A\u{30A}ngstro\u{308}m angstrom") == ["angstrom", "angstrom", "angstrom"])
        #expect(terms("ﬁne Ｆｕｌｌ co\u{AD}operate Łódź Øre Việt") == ["fine", "full", "cooperate", "lodz", "ore", "viet"])
        #expect(terms("ΣΊΣΥΦΟΣ Σίσυφος") == ["σισυφοσ", "σισυφοσ"])
        #expect(terms("שָׁלוֹם שלום") == ["שלום", "שלום"])
    }

    @Test func marksStayWhereTheyMakeAnotherLetter() {
        #expect(terms("sjön", .swedish) == ["sjön"])
        #expect(terms("el año ano", .spanish) == ["año", "ano"])
        #expect(terms("IŞIK ışık", .turkish) == ["ışık", "ışık"])
        #expect(terms("мой ёлка") == ["мой", "елка"])
        #expect(terms("știința ştiinţa", .romanian) == terms("ştiinţa știința", .romanian))
    }

    @Test func scriptsWithoutSpacesBecomePairs() {
        #expect(words("日本語テスト") == ["0 日本", "1 本語", "2 語テ", "3 テス", "4 スト"])
        #expect(words("東 京, 한국어") == ["0 東", "1 京", "2 한국", "3 국어"])
        #expect(terms("ภาษาไทย").count == 6)
        #expect(terms("ＡＢＣ株式会社 C言語") == ["abc", "株式", "式会", "会社", "c", "言語"])
        #expect(terms("か\u{3099}く") == ["がく"])
        #expect(terms("\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}") == ["한국"])
    }

    @Test func rangesAreThoseOfTheText() {
        let text = Array("Über die Brücken.".utf8)
        var analyzer = TextAnalyzer(.german)
        let words = analyzer.words(of: text)
        #expect(words.map { String(decoding: text[$0.range], as: UTF8.self) } == ["Brücken"])
        #expect(words.map { String(decoding: $0.term, as: UTF8.self) } == ["bruck"])
    }

    @Test func longWordsAreLeftOut() {
        #expect(words("a \(String(repeating: "x", count: 256)) b") == ["0 a", "2 b"])
        #expect(words(String(repeating: "x", count: 255)).count == 1)
    }

    @Test func whateverTheBytesItEnds() {
        var generator = Fuzzing.generator
        var analyzers = TextLanguage.allCases.map { TextAnalyzer($0) } + [TextAnalyzer(nil)]
        let letters = Array("aeiounst'’-.é日あ\u{301}\u{200D}ёßşğ़कित้ก한😀1_ ".unicodeScalars)
        for round in 0..<3_000 {
            let text: [UInt8]
            if round % 2 == 0 {
                text = (0..<60).map { _ in UInt8.random(in: 0...255, using: &generator) }
            } else {
                text = (0..<40).flatMap { _ in Array(String(letters.randomElement(using: &generator) ?? "a").utf8) }
            }
            let index = round % analyzers.count
            for word in analyzers[index].words(of: text) {
                #expect(!word.term.isEmpty && word.range.upperBound <= text.count)
            }
        }
    }

    /// Words of ASCII are found eight bytes at a time. They are those of the rules of UAX #29, piece by piece.
    @Test func wordsOfASCIIAreThoseOfItsPieces() {
        var generator = Fuzzing.generator
        var analyzer = TextAnalyzer(nil)
        let letters = Array("aaabcXYZ0123__..,,;;''\":-  \n\r\t\0~".utf8)
        for round in 0..<20_000 {
            var text: [UInt8] = []
            for _ in 0..<Int.random(in: 0...20, using: &generator) {
                let letter = letters.randomElement(using: &generator) ?? 0x20
                text += repeatElement(letter, count: round % 4 == 0 ? Int.random(in: 1...20, using: &generator) : 1)
            }
            var ranges: [Range<Int>] = []
            var boundaries = WordBoundaries(text)
            while let piece = boundaries.next() {
                var start: Int?
                func finish(_ end: Int) {
                    if let begun = start, text[begun..<end].contains(where: { Bytes.isPlain($0) }) { ranges.append(begun..<end) }
                    start = nil
                }
                for place in piece {
                    let isNumber = start != nil && text[place - 1] >= 0x30 && text[place - 1] <= 0x39
                    if Bytes.isPlain(text[place]) || text[place] == UInt8(ascii: "_") || (isNumber && place + 1 < piece.upperBound) {
                        start = start ?? place
                    } else {
                        finish(place)
                    }
                }
                finish(piece.upperBound)
            }
            let found = analyzer.words(of: text)
            #expect(found.map(\.range) == ranges, "\(String(decoding: text, as: UTF8.self).debugDescription)")
            #expect(found.map(\.position) == Array(ranges.indices))
            #expect(found.map(\.term) == ranges.map { Array(String(decoding: text[$0], as: UTF8.self).lowercased().utf8) })
        }
    }

    @Test func wordsOfAnyLengthAreFoldedAlike() {
        let long = "copyonwriteoftreesandpages"
        for language in [nil, .english, .turkish] as [TextLanguage?] {
            var analyzer = TextAnalyzer(language, stopWords: [])
            for length in 1...long.count {
                let word = String(long.prefix(length))
                // Twice, for the second time it was met lately; and at a text's end, where no eight bytes are left.
                for text in [word, word.capitalized, "\(word.capitalized) \(word)", "\(word)… \(word.capitalized)", word] {
                    let terms = Set(analyzer.words(of: Array(text.utf8)).map(\.term))
                    #expect(terms.count == 1, "\(text)")
                }
            }
        }
    }

    /// Whatever stands in a text without a blank, no step looks back to the beginning: twice the text takes twice the steps, and ten megabytes
    /// take no more for each byte than these.
    @Test func aLongTextTakesStepsInProportion() {
        // The last two: a code point that is not assigned, and half of a pair of UTF-16, which is no UTF-8.
        let units: [[UInt8]] =
            ["x", "日", "1.", "a'", "a'\u{301}", "a.", "a_", "1,", "א\"", "\u{301}", "👩\u{200D}", "🇩🇪", "한", "々", "'", "."].map {
                Array($0.utf8)
            } + [[0xCD, 0xB8], [0xED, 0xA0, 0x80]]
        for unit in units {
            func steps(_ count: Int) -> Int {
                let text = Array(repeatElement(unit, count: count).joined())
                var analyzer = TextAnalyzer(.english)
                var words = 0
                analyzer.analyze(text) { _ in words += 1 }
                #expect(words <= text.count)
                #expect(analyzer.stepCount <= 6 * text.count, "\(unit)")
                return analyzer.stepCount
            }
            let few = steps(20_000)
            #expect(steps(40_000) <= 2 * few + 100, "\(unit)")
        }
    }
}
