import Ground
import TestSupport
import Testing

@testable import Catalog

@Suite struct PostingBlockTests {
    private func postings(_ count: Int, gap: UInt64, _ generator: inout some RandomNumberGenerator) -> [Posting] {
        var number = UInt64.random(in: 0..<1 << 30, using: &generator)
        return (0..<count).map { _ in
            number += UInt64.random(in: 1...gap, using: &generator)
            let count = Bool.random(using: &generator) ? 1 : UInt64.random(in: 1...2_000, using: &generator)
            return Posting(number: number, count: count, length: UInt8.random(in: 0...255, using: &generator))
        }
    }

    private func documents(_ bytes: [UInt8], last: UInt64) -> PostingBlock.Documents? {
        guard let head = PostingBlock.head(bytes) else { return nil }
        var documents = PostingBlock.Documents()
        return PostingBlock.decode(bytes, head, last: last, to: &documents) ? documents : nil
    }

    @Test(arguments: [1, 2, 100, 1 << 32])
    func whatGoesInComesOut(gap: UInt64) throws {
        var generator = Fuzzing.generator
        for _ in 0..<300 {
            let postings = postings(Int.random(in: 1...128, using: &generator), gap: gap, &generator)
            let countsArePlaces = Bool.random(using: &generator)
            let bytes = PostingBlock.encode(postings, countsArePlaces: countsArePlaces)
            let last = try #require(postings.last).number
            #expect(documents(bytes, last: last) == .init(numbers: postings.map(\.number), counts: postings.map(\.count)))
            let head = try #require(PostingBlock.head(bytes))
            #expect(head.documents == postings.count && head.countsArePlaces == countsArePlaces && !head.hasLengths)
            #expect(head.isFew == (postings.count <= 8))
            guard !head.isFew else { continue }
            let bounds = try #require(PostingBlock.bounds(bytes, head))
            #expect(postings.allSatisfy { posting in bounds.contains { $0.count >= posting.count && $0.length <= posting.length } })
        }
    }

    @Test func damagedBlocksAreRefusedOrSound() {
        var generator = Fuzzing.generator
        for _ in 0..<20_000 {
            let postings = postings(Int.random(in: 1...20, using: &generator), gap: 50, &generator)
            var bytes = PostingBlock.encode(postings)
            for _ in 0...2 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator)) }
            if let read = documents(bytes, last: postings[postings.count - 1].number) {
                #expect(zip(read.numbers, read.numbers.dropFirst()).allSatisfy { $0 < $1 })
                #expect(read.counts.count == read.count)
            }
            if let head = PostingBlock.head(bytes) { _ = PostingBlock.bounds(bytes, head) }
            _ = DocumentWords(bytes)
            _ = TextIndexState(bytes)
            _ = IndexedDocument(bytes)
        }
    }

    private func places(_ documents: Int, _ generator: inout some RandomNumberGenerator) -> ListPlaces {
        var list = ListPlaces()
        let gaps: [UInt64] = [1, 3, 400, 70_000]
        let gap = gaps.randomElement(using: &generator) ?? 1
        for _ in 0..<documents {
            var place: UInt64 = .random(in: 0...gap, using: &generator)
            var places: [UInt64] = []
            for _ in 0..<Int.random(in: 1...(Bool.random(using: &generator) ? 2 : 30), using: &generator) {
                places.append(place)
                place += UInt64.random(in: 1...gap, using: &generator)
            }
            list.append(places)
        }
        return list
    }

    /// Each document's places are found, whether their counts are known or said.
    @Test func placesAreFoundDocumentByDocument() throws {
        var generator = Fuzzing.generator
        for _ in 0..<400 {
            let documents = Int.random(in: 1...128, using: &generator)
            let list = places(documents, &generator)
            let counts = (0..<documents).map { UInt64(list[$0].count) }
            for known in [counts, nil] as [[UInt64]?] {
                var writer = PackedNumberWriter()
                PlaceBlock.append(list, saysCounts: known == nil, to: &writer)
                let range = 1..<(writer.bytes.count + 1)
                let reader = try #require(
                    PlaceBlock.Reader([7] + writer.bytes + [7], in: range, documents: documents, isPlain: documents <= 8, counts: known))
                for index in (0..<documents).shuffled(using: &generator) {
                    var found: [UInt64] = []
                    reader.append(index, to: &found)
                    #expect(found == Array(list[index]))
                }
                // Where they lie, with counts that are packed as those of a block are.
                var bytes: [UInt8] = [7] + writer.bytes
                let width = PackedNumberWriter.width(of: counts.reduce(0) { max($0, $1 - 1) })
                var packed = PackedNumberWriter()
                packed.packed(bits: counts.count * width) { packing in
                    for count in counts { packing.append(count - 1, width: width) }
                }
                bytes += packed.bytes
                try bytes.span.withBytes { bytes throws in
                    var places = try #require(
                        StoredPlaces(
                            bytes, in: range, documents: documents, isPlain: documents <= 8,
                            counts: known == nil ? nil : (width: width, bit: range.upperBound * 8)))
                    for index in Array(0..<documents) + (0..<documents).shuffled(using: &generator) {
                        let stored = places.run(of: index, counts)
                        var run = try #require(stored)
                        var found = ListPlaces()
                        found.append(&run)
                        #expect(Array(found[0]) == Array(list[index]) && run.isSound)
                    }
                }
            }
        }
    }

    @Test func damagedPlacesAreReadWithinTheirBytes() {
        var generator = Fuzzing.generator
        for _ in 0..<5_000 {
            let documents = Int.random(in: 1...128, using: &generator)
            var writer = PackedNumberWriter()
            let list = places(documents, &generator)
            let isKnown = Bool.random(using: &generator)
            PlaceBlock.append(list, saysCounts: !isKnown, to: &writer)
            var bytes = writer.bytes
            for _ in 0...2 { bytes[Int.random(in: 0..<min(8, bytes.count), using: &generator)] = .random(in: 0...255, using: &generator) }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator)) }
            let counts = (0..<documents).map { UInt64(list[$0].count) }
            let wrong = counts.map { Bool.random(using: &generator) ? $0 : UInt64.random(in: 1...1 << 40, using: &generator) }
            for known in (isKnown ? [counts, wrong] : [nil]) as [[UInt64]?] {
                let reader = PlaceBlock.Reader(bytes, in: bytes.indices, documents: documents, isPlain: documents <= 8, counts: known)
                var found: [UInt64] = []
                for index in 0..<documents { reader?.append(index, to: &found) }
                bytes.span.withBytes { bytes in
                    let stored = StoredPlaces(
                        bytes, in: 0..<bytes.count, documents: documents, isPlain: documents <= 8,
                        counts: known == nil ? nil : (width: 3, bit: 0))
                    guard var stored else { return }
                    for index in 0..<documents {
                        guard var run = stored.run(of: index, known ?? []) else { continue }
                        var found = ListPlaces()
                        found.append(&run)
                        #expect(found.places.count <= 8 * bytes.count + 1)
                    }
                }
            }
        }
    }

    /// Words that are gathered and sorted all at once are those that went in, as texts or as words. Long lists come in parts.
    @Test(arguments: [false, true]) func gatheredWordsComeOutByWord(asWords: Bool) throws {
        var analyzer = TextAnalyzer(nil)
        var lists = WordLists()
        let texts = ["log tree tree", "", "tree paper", "a very long word: copyonwriteofpages", "copyonwriteoftrees log"]
        func add(_ text: String, _ number: UInt64) {
            let field = DocumentWords.Field([Array(text.utf8)], weight: 3)
            if asWords {
                let words = DocumentWords([field], &analyzer)
                if !words.words.isEmpty { lists.add(words, number) }
            } else {
                let length = lists.add([field], number, &analyzer)
                #expect(length == UInt64(3 * text.split(separator: " ").count))
            }
        }
        for (number, text) in texts.enumerated() { add(text, UInt64(number) * 7) }
        for number in 0..<5000 { add(String(repeating: "often ", count: number % 3 + 1), UInt64(100 + number * number)) }
        var found: [String] = []
        var often: [[UInt64]] = []
        var parts = 0
        try lists.visitParts(of: asWords ? nil : analyzer) { word, first, part throws(CatalogError) in
            let word = String(decoding: word, as: UTF8.self)
            if word == "often" { parts += 1 }
            let isWhole = try ListPart.visit(part, first: first) { posting, places throws(CatalogError) in
                if word == "often" {
                    often.append([posting.number, posting.count] + places)
                } else {
                    found.append("\(word) \(posting.number) \(posting.count) \(places)")
                }
            }
            #expect(isWhole)
        }
        #expect(
            found == [
                "a 21 3 [0]", "copyonwriteofpages 21 3 [4]", "copyonwriteoftrees 28 3 [0]", "log 0 3 [0]", "log 28 3 [1]", "long 21 3 [2]",
                "paper 14 3 [1]", "tree 0 6 [1, 2]", "tree 14 3 [0]", "very 21 3 [1]", "word 21 3 [3]",
            ])
        let expected = (0..<5000).map { (number: Int) -> [UInt64] in
            let count = UInt64(number % 3 + 1)
            return [UInt64(100 + number * number), 3 * count] + Array(0..<count)
        }
        #expect(often == expected && parts > 3)
    }

    @Test func lengthsAreRoundedDown() {
        for length in UInt64(0)..<5_000 {
            let rounded = DocumentLength.length(DocumentLength.byte(length))
            #expect(rounded <= length && Double(rounded) >= Double(length) * 0.94)
            #expect(length >= 32 || rounded == length)
        }
        #expect(DocumentLength.byte(.max) == 255)
    }

    @Test func recordsAndStatesComeBack() throws {
        var analyzer = TextAnalyzer(.english)
        let words = DocumentWords([.init([Array("The quick, quick fox".utf8), Array("dead dogs".utf8)], weight: 4)], &analyzer)
        #expect(words.length == 20)
        #expect(words.word(Array("quick".utf8))?.count == 8)
        #expect(words.word(Array("dog".utf8))?.positions == [105])
        #expect(DocumentWords(words.encoded) == words)
        var state = TextIndexState()
        state.nextNumber = 1 << 39
        state.segments = [.init(id: 7, first: 1, last: 1 << 39, documents: 200, dead: 3, records: 12)]
        #expect(TextIndexState(state.encoded) == state)
    }
}
