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

    @Test(arguments: [1, 2, 100, 1 << 32])
    func whatGoesInComesOut(gap: UInt64) throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let postings = postings(Int.random(in: 1...128, using: &generator), gap: gap, &generator)
            let countsArePlaces = Bool.random(using: &generator)
            let bytes = PostingBlock.encode(postings, countsArePlaces: countsArePlaces)
            let last = try #require(postings.last).number
            #expect(PostingBlock.decode(bytes, last: last) == postings)
            let head = try #require(PostingBlock.head(bytes))
            #expect(head.documents == postings.count && head.countsArePlaces == countsArePlaces)
            #expect(postings.allSatisfy { posting in head.bounds.contains { $0.count >= posting.count && $0.length <= posting.length } })
        }
    }

    @Test func damagedBlocksAreRefusedOrSound() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let postings = postings(Int.random(in: 1...20, using: &generator), gap: 50, &generator)
            var bytes = PostingBlock.encode(postings)
            for _ in 0...2 { bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &generator)) }
            if let read = PostingBlock.decode(bytes, last: postings[postings.count - 1].number) {
                #expect(zip(read, read.dropFirst()).allSatisfy { $0.number < $1.number })
            }
            _ = PositionBlock.decode(bytes, of: postings)
            _ = DocumentWords(bytes)
            _ = TextIndexState(bytes)
            _ = IndexedDocument(bytes)
        }
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
