import Foundation
import TestSupport
import Testing

@testable import Catalog

/// Stems beside those of PostgreSQL 15 (`ts_lexize('<language>_stem', word)`), which are empty for words that are left out.
///
/// A sample of them lies with the tests. `TEXT_TRUTH=file` compares with a longer list of the same form.
@Suite struct StemmerTests {
    private static let truth: [String: [(word: String, stem: String)]] = {
        let sample = Bundle.module.url(forResource: "Truth/stems", withExtension: "tsv")
        let file = ProcessInfo.processInfo.environment["TEXT_TRUTH"].map { URL(fileURLWithPath: $0) } ?? sample
        guard let file, let text = try? String(contentsOf: file, encoding: .utf8) else { return [:] }
        var truth: [String: [(word: String, stem: String)]] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3 else { continue }
            truth[parts[0], default: []].append((parts[1], parts[2]))
        }
        return truth
    }()

    @Test(arguments: TextLanguage.allCases)
    func stemsAreThoseOfPostgreSQL(_ language: TextLanguage) throws {
        let words = try #require(Self.truth[language.rawValue], "PostgreSQL's stems of \(language)")
        #expect(words.count >= 200)
        let stopWords = StopWords.of(language)
        let wrong = words.filter { word, stem in
            let isStopWord = stopWords.contains(word.lowercased().unicodeScalars.map(\.value))
            return isStopWord != stem.isEmpty || !isStopWord && language.stem(word.lowercased()) != stem
        }
        let shown = wrong.prefix(12).map { "\($0.word) → \(language.stem($0.word.lowercased())), not \($0.stem)" }
        if !wrong.isEmpty { Issue.record("\(wrong.count) of \(words.count) in \(language): \(shown.joined(separator: "; "))") }
    }

    /// Beginnings of words with ends of others: what they become is not known, but it is something.
    @Test(arguments: TextLanguage.allCases)
    func anyLettersHaveAStem(_ language: TextLanguage) throws {
        let words = try #require(Self.truth[language.rawValue]).prefix(400).map { Array($0.word.unicodeScalars.map(\.value)) }
        var generator = Fuzzing.generator
        for _ in 0..<3_000 {
            let (first, last) = (words.randomElement(using: &generator) ?? [], words.randomElement(using: &generator) ?? [])
            let word =
                first.prefix(Int.random(in: 0...first.count, using: &generator))
                + last.suffix(Int.random(in: 0...last.count, using: &generator))
            #expect(language.stem(Array(word)).isEmpty == word.isEmpty)
        }
        #expect(language.stem("") == "")
    }
}
