@testable import Catalog

// What texts are cut into, and what a text index keeps of it; and documents of XML.

let targets: [String: @Sendable ([UInt8]) -> Void] = ["words": fuzzWords, "postings": fuzzPostings, "xml": fuzzXML]

private let languages: [TextLanguage?] = [nil] + TextLanguage.allCases

/// Words lie in the text in their order, are what they were the first time, and come back from an index's record; tokens as PostgreSQL has
/// them are within the text and come to an end; whatever is typed is a query.
@Sendable private func fuzzWords(_ input: [UInt8]) {
    guard let first = input.first else { return }
    let language = languages[Int(first) % languages.count]
    let text = Array(String(decoding: input.dropFirst(), as: UTF8.self).utf8)
    var analyzer = TextAnalyzer(language)
    let words = analyzer.words(of: text)
    expect(analyzer.words(of: text) == words, "the second time there are other words")
    var position = -1
    for word in words {
        expect(word.range.lowerBound >= 0 && word.range.upperBound <= text.count && !word.range.isEmpty, "a word is outside: \(word)")
        expect(!word.term.isEmpty && word.term.count <= TextAnalyzer.longestWord, "a word of \(word.term.count) bytes")
        expect(word.position > position, "positions fall: \(word)")
        position = word.position
    }
    let document = DocumentWords([DocumentWords.Field([text, text], weight: 3)], &analyzer)
    expect(DocumentWords(document.encoded) == document, "written and read as other words")
    if let query = String(validating: text, as: UTF8.self).map({ TextQuery($0, &analyzer) }) { _ = query.finds(document) }

    var tokenizer = TextTokenizer(text)
    var count = 0
    while let token = tokenizer.next() {
        count += 1
        expect(token.range.lowerBound >= 0 && token.range.upperBound <= text.count, "a token is outside: \(token)")
        expect(count <= 4 * text.count + 4, "tokens have no end")
    }
    let configuration = SearchConfiguration.all[Int(first) % SearchConfiguration.all.count]
    var lexemes = SearchLexemes(configuration)
    lexemes.analyze(text) { token, lexeme, _ in
        expect(lexeme == nil || token.kind.hasDictionary, "a lexeme without a dictionary: \(token)")
    }
}

/// Lists of a record lie within it, and come back from another.
private func fuzzLists(_ bytes: [UInt8]) {
    guard var reader = WordBlockReader(bytes) else { return }
    var lists: [WordBlock.List] = []
    while reader.next() == .list {
        expect(reader.places.upperBound <= bytes.count && reader.postings.upperBound <= reader.places.lowerBound, "a list is outside")
        let list = StoredList(last: reader.last, bytes: bytes, postings: reader.postings, places: .range(reader.places))
        var documents = PostingBlock.Documents()
        if let head = list.head, list.appendDocuments(head, to: &documents) {
            let places = PlaceBlock.Reader(
                bytes, in: reader.places, documents: documents.count, isPlain: head.isFew || head.hasLengths,
                counts: head.countsArePlaces ? documents.counts : nil)
            var found: [UInt64] = []
            for index in 0..<documents.count { places?.append(index, to: &found) }
        }
        lists.append(
            WordBlock.List(
                word: reader.word, last: reader.last, postings: Array(bytes[reader.postings]), places: Array(bytes[reader.places])))
    }
    guard !lists.isEmpty, var again = WordBlockReader(WordBlock.encode(lists)) else { return }
    for list in lists {
        expect(again.next() == .list && again.word == list.word && again.last == list.last, "a list comes back as another")
    }
    expect(again.next() == .end, "lists have no end")
}

private func documents(_ bytes: [UInt8], last: UInt64) -> PostingBlock.Documents? {
    guard let head = PostingBlock.head(bytes) else { return nil }
    var documents = PostingBlock.Documents()
    return PostingBlock.decode(bytes, head, last: last, to: &documents) ? documents : nil
}

/// Places that can be read can be written and are the same again.
private func fuzzPlaces(_ bytes: [UInt8]) {
    for count in [1, 3, 128] {
        for counts in [nil, (0..<count).map { 1 + UInt64($0 % 3) }] {
            let isPlain = count <= PostingBlock.fewLimit
            guard let reader = PlaceBlock.Reader(bytes, in: bytes.indices, documents: count, isPlain: isPlain, counts: counts) else {
                continue
            }
            var list = ListPlaces()
            for index in 0..<count {
                var places: [UInt64] = []
                reader.append(index, to: &places)
                list.append(places)
            }
            // Numbers of more bits than places have are written as bytes that are refused.
            guard list.places.allSatisfy({ $0 < PositionBlock.placeLimit }) else { continue }
            var writer = PackedNumberWriter()
            PlaceBlock.append(list, saysCounts: counts == nil, to: &writer)
            let again = PlaceBlock.Reader(writer.bytes, in: writer.bytes.indices, documents: count, isPlain: isPlain, counts: counts)
            for index in 0..<count {
                var places: [UInt64] = []
                again?.append(index, to: &places)
                expect(places == Array(list[index]), "places are others")
            }
        }
    }
}

/// What can be read as a block can be written and is the same again; what is made of the input comes back.
@Sendable private func fuzzPostings(_ input: [UInt8]) {
    let last = input.prefix(5).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let bytes = Array(input.dropFirst(5))
    if let read = documents(bytes, last: last) {
        expect(read.count <= PostingBlock.limit && read.numbers.last == last, "\(read.count) documents")
        let again = PostingBlock.encode(zip(read.numbers, read.counts).map { Posting(number: $0, count: $1, length: 0) })
        expect(documents(again, last: last) == read, "written and read as others")
    }
    fuzzPlaces(bytes)
    fuzzLists(bytes)
    _ = DocumentWords(bytes)
    _ = TextIndexState(bytes)
    _ = IndexedDocument(bytes)
    if let merge = SegmentMerge(bytes) { expect(SegmentMerge(merge.encoded) == merge, "a merge comes back as another") }

    var postings: [Posting] = []
    var number: UInt64 = 0
    var rest = bytes[...]
    while rest.count >= 4, postings.count < PostingBlock.limit {
        let four = Array(rest.prefix(4))
        rest = rest.dropFirst(4)
        number += 1 + UInt64(four[0]) << UInt64(four[1] % 24)
        postings.append(Posting(number: number, count: 1 + UInt64(four[2]) << UInt64(four[1] % 24), length: four[3]))
    }
    guard let end = postings.last?.number else { return }
    let block = PostingBlock.encode(postings)
    let expected = PostingBlock.Documents(numbers: postings.map(\.number), counts: postings.map(\.count))
    expect(documents(block, last: end) == expected, "a block comes back as another")
    guard let head = PostingBlock.head(block) else { fatalError("no head") }
    guard !head.isFew else { return }
    guard let bounds = PostingBlock.bounds(block, head) else { fatalError("no bounds") }
    for posting in postings {
        expect(bounds.contains { posting.count <= $0.count && posting.length >= $0.length }, "no bound for \(posting)")
    }
}
