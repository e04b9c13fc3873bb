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
        #expect(query("\"b a\"~100000") == TextQuery(groups: [[.near([Array("b".utf8), Array("a".utf8)], distance: 65_536)]]))
        #expect(query("\"b a\"~99999999999999999999 c").groups.count == 2)
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

    @Test func severalWordsWithAStarAreAnalyzed() {
        #expect(query("e-mails*", .english) == TextQuery(groups: [[phrase("e", "mail")]]))
        #expect(
            query("state-of-the-art*", .english) == TextQuery(groups: [[.phrase([(Array("state".utf8), 0), (Array("art".utf8), 3)])]]))
        #expect(query("the-trees*", .english) == TextQuery(groups: [[word("tree")]]))
        #expect(query("trees*", .english) == TextQuery(groups: [[.prefix(Array("trees".utf8))]]))
        #expect(query("of-the*", .english) == TextQuery())
    }

    @Test func aWordThatIsLeftOutMayBeTheBeginningOfOne() {
        func asked(_ text: String, anyWord: Bool = false) -> TextQuery {
            var analyzer = TextAnalyzer(.english)
            return TextQuery(text, &analyzer, .init(anyWord: anyWord, lastIsPrefix: true), fields: ["title"])
        }
        let the = TextQuery.Part.prefix(Array("the".utf8))
        #expect(asked("the") == TextQuery(groups: [[the]]))
        #expect(asked("title:the") == TextQuery(groups: [[.inField(0, the)]]))
        #expect(asked("tree OR the") == TextQuery(groups: [[word("tree"), the]]))
        #expect(asked("tree the", anyWord: true) == TextQuery(groups: [[word("tree"), the]]))
        // Who has typed it to its end would find less if it had to be met.
        #expect(asked("tree the") == TextQuery(groups: [[word("tree")]], preferred: [the]))
        #expect(asked("tree title:the") == TextQuery(groups: [[word("tree")]], preferred: [.inField(0, the)]))
        #expect(asked("the tree").preferred.isEmpty)
        for none in ["the tree -the", "\"the\"", "-the", "a", "!!"] {
            #expect(!asked(none).groups.joined().contains(the) && asked(none).excluded.isEmpty && asked(none).preferred.isEmpty, "\(none)")
        }
    }

    @Test(arguments: [
        ("\"tree tree\"~2", "a tree", false), ("\"tree tree\"~2", "tree page trees", true), ("\"trees tree\"~0", "tree tree", true),
        ("\"tree tree\"~1", "tree page copy tree", false), ("\"tree tree tree\"~3", "tree tree", false),
        ("\"tree page tree\"~1", "page tree copy tree", true), ("\"tree page tree\"~0", "page tree copy tree", false),
    ])
    func wordsThatRepeatStandAsOften(asked: String, text: String, isFound: Bool) {
        var analyzer = TextAnalyzer(.english)
        let query = TextQuery(asked, &analyzer)
        let words = document(text, &analyzer)
        #expect(query.finds(words) == isFound)
    }

    private func document(_ text: String, _ analyzer: inout TextAnalyzer) -> DocumentWords {
        DocumentWords([DocumentWords.Field([Array(text.utf8)])], &analyzer)
    }

    /// The last letter of a run, and the first and the last beside another script: runs are pairs of letters but for these.
    @Test(arguments: [
        ("に", "3月に"), ("月", "3月に"), ("3月", "3月に"), ("月に", "3月に"), ("む", "東京都に住む"), ("京Tower", "東京Tower東京"),
        ("Tower東", "東京Tower東京"), ("東京Tower東京", "東京Tower東京"), ("를", "한국어를 검색"), ("ย", "ภาษาไทย"), ("人々", "人々の"), ("々", "人々"),
        ("人", "人々"), ("々の", "人々の"), ("人々の", "人々の"), ("あ", "ああ"),
    ])
    func endsOfRunsAreFound(_ asked: String, in text: String) {
        var analyzer = TextAnalyzer(nil)
        let query = TextQuery(asked, &analyzer)
        let words = document(text, &analyzer)
        #expect(query.finds(words))
    }

    @Test func endsOfRunsStandOnceAndAtTheirPairs() {
        var analyzer = TextAnalyzer(nil)
        func places(_ text: String) -> [String] {
            document(text, &analyzer).words.map { "\(String(decoding: $0.term, as: UTF8.self)) \($0.positions)" }
        }
        #expect(places("ああ") == ["あ [0]", "ああ [0]"])
        #expect(places("日本語 x") == ["x [2]", "日 [0]", "日本 [0]", "本語 [1]", "語 [1]"])
        let apart = TextQuery("日語", &analyzer)
        let words = document("日本語", &analyzer)
        #expect(!apart.finds(words))
        let asked = analyzer.words(of: Array("日本語".utf8))
        #expect(asked.count == 2)
    }

    /// Words of an index that was made before stay as they are in it.
    @Test func indexesOfTheFirstVersionKeepTheirWords() {
        var analyzer = TextAnalyzer(nil, version: 1)
        func terms(_ text: String) -> [String] { document(text, &analyzer).words.map { String(decoding: $0.term, as: UTF8.self) } }
        #expect(terms("日本語") == ["日本", "本語"])
        #expect(Set(terms("人々の")) == ["人", "々", "の"])
        let query = TextQuery("人々", &analyzer)
        let words = document("人々の", &analyzer)
        #expect(query.finds(words))
        let old: Datum = ["version": 1, "fields": [["path": ["t"], "weight": 1]]]
        #expect(TextIndexDefinition(json: old)?.version == 1)
        #expect(TextIndexDefinition(fields: [.init(path: ["t"])], language: nil).version == 2)
    }

    @Test func marksThatOverlapAreOne() {
        func marked(_ asked: String, in text: String) -> String? {
            var analyzer = TextAnalyzer(nil)
            let places = TextQuery(asked, &analyzer).places(in: document(text, &analyzer))
            return MarkedText.texts([Array(text.utf8)], ofField: 0, places, &analyzer).first?
                .marked(wordCount: nil, before: "[", after: "]") { String(decoding: $0, as: UTF8.self) }
        }
        #expect(marked("全文検索", in: "全文検索の仕組み") == "[全文検索]の仕組み")
        #expect(marked("全文 仕組み tower", in: "全文検索の仕組みTower") == "[全文]検索の[仕組み][Tower]")
    }

    /// Of a longer text nothing more is looked at.
    @Test func wordsBehindTheLastPlaceAreNotRead() {
        let text = Array((0..<80_000).map { "w\($0)" }.joined(separator: " ").utf8)
        let letters = Array((0..<40_000).map { String(Character(Unicode.Scalar(0x4E00 + UInt32($0 % 20_000)) ?? "日")) }.joined().utf8)
        var analyzer = TextAnalyzer(nil)
        let words = DocumentWords([DocumentWords.Field([text, text, letters])], &analyzer)
        #expect(words.words.count == 65_536 && analyzer.termCount == 65_536)
        let marked = MarkedText.texts([text, letters], ofField: 0, [0], &analyzer)
        // It has forgotten the first text's words, and has met none of the second.
        #expect(marked.map(\.words.count) == [65_536, 0] && analyzer.termCount == 0)
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
