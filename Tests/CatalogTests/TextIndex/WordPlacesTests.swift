import Ground
import TestSupport
import Testing

@testable import Catalog

/// Where the words of a document have to stand, beside every way to choose a place of each.
@Suite struct WordPlacesTests {
    /// Ascending places in two fields.
    private func places(_ generator: inout some RandomNumberGenerator) -> [UInt64] {
        let field = DocumentWords.positionsOfField
        let all = (0..<Int.random(in: 1...6, using: &generator)).map { _ in
            Bool.random(using: &generator) ? UInt64.random(in: 0...8, using: &generator) : field - 4 + .random(in: 0...8, using: &generator)
        }
        return Set(all).sorted()
    }

    @Test func phrasesAreFoundWhereAllWordsStand() {
        var generator = Fuzzing.generator
        var found = 0
        for _ in 0..<20_000 {
            let words = (0..<Int.random(in: 2...4, using: &generator)).map { _ in places(&generator) }
            let offsets = words.map { _ in Int.random(in: 0...4, using: &generator) }
            let expected = words[0].contains { start in
                zip(words, offsets).allSatisfy { word, offset in
                    let wanted = Int(start) + offset - offsets[0]
                    guard wanted >= 0, WordPlaces.field(of: UInt64(wanted)) == WordPlaces.field(of: start) else { return false }
                    return word.contains(UInt64(wanted))
                }
            }
            #expect(WordPlaces.hasPhrase(ListPlaces(words), offsets) == expected, "\(words) \(offsets)")
            found += expected ? 1 : 0
        }
        #expect(found > 1_000 && found < 19_000)
        #expect(WordPlaces.hasPhrase(ListPlaces([[3]]), [0]))
        #expect(!WordPlaces.hasPhrase(ListPlaces([]), []))
    }

    /// Two words are compared as their places lie, packed or one after the other.
    @Test func phrasesOfTwoAreFoundInStoredPlaces() throws {
        var generator = Fuzzing.generator
        var found = 0
        for _ in 0..<400 {
            let documents = Int.random(in: 1...40, using: &generator)
            // Side by side, and where one field ends.
            let words = (0..<2).map { _ in
                ListPlaces(
                    (0..<documents).map { _ in
                        let all = (0..<Int.random(in: 1...6, using: &generator)).map { _ in UInt64.random(in: 0...16, using: &generator) }
                        return Set(all).sorted().map { DocumentWords.positionsOfField - 8 + $0 }
                    })
            }
            let stored = words.map { list in
                var writer = PackedNumberWriter()
                PlaceBlock.append(list, saysCounts: true, to: &writer)
                return writer.bytes
            }
            let (own, others) = (stored[0], stored[1])
            try own.span.withBytes { first throws in
                try others.span.withBytes { second throws in
                    var places = try [first, second].map { bytes in
                        try #require(
                            StoredPlaces(bytes, in: 0..<bytes.count, documents: documents, isPlain: documents <= 8, counts: nil))
                    }
                    for index in 0..<documents {
                        let other = Int.random(in: 0..<documents, using: &generator)
                        let distance = Int.random(in: -4...4, using: &generator)
                        let runs = (places[0].run(of: index, []), places[1].run(of: other, []))
                        var run = try #require(runs.0)
                        var otherRun = try #require(runs.1)
                        let isThere = run.hasPair(&otherRun, distance: distance)
                        let list = ListPlaces([Array(words[0][index]), Array(words[1][other])])
                        #expect(run.isSound && otherRun.isSound)
                        #expect(isThere == WordPlaces.hasPhrase(list, [0, distance]), "\(list) \(distance)")
                        found += isThere ? 1 : 0
                    }
                }
            }
        }
        #expect(found > 500)
    }

    @Test func wordsAreNearWhereSomeOfTheirPlacesAre() {
        var generator = Fuzzing.generator
        for _ in 0..<5_000 {
            let words = (0..<Int.random(in: 2...3, using: &generator)).map { _ in places(&generator) }
            let distance = Int.random(in: 0...5, using: &generator)
            func isNear(_ rest: ArraySlice<[UInt64]>, _ chosen: [UInt64]) -> Bool {
                guard let word = rest.first else {
                    let (first, last) = (chosen.min() ?? 0, chosen.max() ?? 0)
                    return WordPlaces.field(of: first) == WordPlaces.field(of: last) && last - first <= UInt64(distance + words.count - 1)
                }
                return word.contains { isNear(rest.dropFirst(), chosen + [$0]) }
            }
            #expect(WordPlaces.areNear(ListPlaces(words), distance) == isNear(words[...], []), "\(words) \(distance)")
        }
    }

    @Test func wordsThatRepeatAreNearWhereTheyStandAsOften() {
        var generator = Fuzzing.generator
        var found = 0
        for _ in 0..<5_000 {
            let known = [places(&generator), places(&generator)]
            let terms = (0..<Int.random(in: 2...4, using: &generator)).map { _ in Int.random(in: 0...1, using: &generator) }
            let distance = Int.random(in: 0...4, using: &generator)
            func isNear(_ rest: ArraySlice<Int>, _ chosen: [(term: Int, place: UInt64)]) -> Bool {
                guard let term = rest.first else {
                    let (first, last) = (chosen.map(\.place).min() ?? 0, chosen.map(\.place).max() ?? 0)
                    return WordPlaces.field(of: first) == WordPlaces.field(of: last) && last - first <= UInt64(distance + terms.count - 1)
                }
                return known[term].contains { place in
                    !chosen.contains { $0.term == term && $0.place == place } && isNear(rest.dropFirst(), chosen + [(term, place)])
                }
            }
            let times = WordPlaces.times(terms.map { [UInt8($0)] })
            #expect((times == nil) == (Set(terms).count == terms.count))
            let isFound = WordPlaces.areNear(ListPlaces(terms.map { known[$0] }), distance, times)
            #expect(isFound == isNear(terms[...], []), "\(known) \(terms) \(distance)")
            found += isFound ? 1 : 0
        }
        #expect(found > 200 && found < 4_800)
        #expect(WordPlaces.times([[1], [2], [1], [1]]) == [3, 1, 0, 0])
    }

    @Test func someOfTheLastPlacesAreLeftOut() {
        var list = ListPlaces([[1, 2, 3], [2, 5, 8]])
        list.keepOfLast { $0 != 5 }
        #expect(list == ListPlaces([[1, 2, 3], [2, 8]]))
        list.keepOfLast { _ in false }
        #expect(list == ListPlaces([[1, 2, 3], []]))
        #expect(list.contains(2, ofDocument: 0) && !list.contains(4, ofDocument: 0) && !list.contains(2, ofDocument: 1))
    }
}
