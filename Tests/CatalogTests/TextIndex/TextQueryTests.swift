import TestSupport
import Testing

@testable import Catalog

@Suite struct TextQueryTests {
    private func query(_ text: String, _ language: TextLanguage? = nil, anyWord: Bool = false) -> TextQuery {
        var analyzer = TextAnalyzer(language)
        return TextQuery(text, &analyzer, .init(anyWord: anyWord))
    }

    private func word(_ text: String) -> TextQuery.Part { .word(Array(text.utf8)) }

    private func phrase(_ words: String...) -> TextQuery.Part {
        .phrase(words.enumerated().map { (Array($0.element.utf8), $0.offset) })
    }

    @Test func wordsAndSigns() {
        #expect(query("copy on write") == TextQuery(groups: [[word("copy")], [word("on")], [word("write")]]))
        #expect(
            query("\"copy on\" tree* -lsm")
                == TextQuery(groups: [[phrase("copy", "on")], [.prefix(Array("tree".utf8))]], excluded: [word("lsm")]))
        #expect(query("a OR b c") == TextQuery(groups: [[word("a"), word("b")], [word("c")]]))
        #expect(query("a b", anyWord: true) == TextQuery(groups: [[word("a"), word("b")]]))
        #expect(
            query("cats~ catastrophes~ cat~")
                == TextQuery(groups: [
                    [word("cats")], [.similar(Array("catastrophes".utf8), distance: 2)], [word("cat")],
                ]))
        #expect(query("\"b a\"~5") == TextQuery(groups: [[.near([Array("b".utf8), Array("a".utf8)], distance: 5)]]))
        #expect(query("-\"x y\"") == TextQuery(excluded: [phrase("x", "y")]))
    }

    @Test func synonymsStandForEachOther() {
        func asked(_ text: String) -> TextQuery {
            var analyzer = TextAnalyzer(.english)
            var options = TextQuery.Options()
            options.synonyms = [["tellies", "television"], ["New York", "nyc", "big apple"], ["the"]]
            return TextQuery(text, &analyzer, options)
        }
        #expect(asked("telly cheap") == TextQuery(groups: [[word("telli"), word("televis")], [word("cheap")]]))
        #expect(asked("nyc") == TextQuery(groups: [[word("nyc"), phrase("new", "york"), phrase("big", "appl")]]))
        #expect(
            asked("\"new york\" -television")
                == TextQuery(
                    groups: [[phrase("new", "york"), word("nyc"), phrase("big", "appl")]], excluded: [word("televis"), word("telli")]))
        #expect(asked("tv* the") == TextQuery(groups: [[.prefix(Array("tv".utf8))]]))
    }

    @Test func whatIsSeveralWordsIsAPhrase() {
        #expect(query("foo-bar") == TextQuery(groups: [[phrase("foo", "bar")]]))
        #expect(query("日本語") == TextQuery(groups: [[.phrase([(Array("日本".utf8), 0), (Array("本語".utf8), 1)])]]))
        #expect(query("\"end of the day\"", .english) == TextQuery(groups: [[.phrase([(Array("end".utf8), 0), (Array("day".utf8), 3)])]]))
    }

    @Test(arguments: [
        "", " ", "OR", "-", "\"", "\"\"", "*", "~", "-OR -", "\"~5", "!!", "OR OR a OR", "\"a\"~99999999999999", "--a", "the",
        "\"\"\"a\"\"\"", "\"\"a\"\"", "~~a~~*", "a**", "\u{0}", "-\"-\"-",
    ])
    func nothingIsAnError(_ text: String) {
        let query = query(text, .english)
        #expect(query.groups.count <= 1)
    }

    @Test func whateverIsTypedIsAQuery() {
        var generator = Fuzzing.generator
        let signs = Array("\"\"--**~~OR ab日é'5\t".unicodeScalars)
        for _ in 0..<2_000 {
            let text = String(String.UnicodeScalarView((0..<20).map { _ in signs.randomElement(using: &generator) ?? " " }))
            _ = query(text)
        }
    }

    @Test func similarWords() {
        func isSimilar(_ a: String, _ b: String, _ distance: Int) -> Bool {
            SimilarWords(Array(a.utf8), distance: distance).contains(Array(b.utf8))
        }
        #expect(isSimilar("phone", "phnoe", 1))
        #expect(isSimilar("phone", "phones", 1) && isSimilar("phone", "pone", 1) && isSimilar("phone", "phine", 1))
        #expect(!isSimilar("phone", "pines", 1))
        #expect(isSimilar("phone", "pines", 3))
        #expect(isSimilar("größe", "grösse", 2) && !isSimilar("größe", "grösse", 1))
    }
}
