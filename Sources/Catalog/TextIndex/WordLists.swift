import Ground

/// Documents' words turned around: for each word the documents that have it.
///
/// Documents come one after the other. What a word's list gets of one is appended as it is going to be sorted and stored, a few bytes.
struct WordLists {
    /// The end of a word's list.
    private struct List: BitwiseCopyable {
        var first: UInt64 = 0
        var last: UInt64 = 0
        var chain = ByteChains.Chain()
    }

    /// A word of the document that is being added.
    private struct Word: BitwiseCopyable {
        let term: Int
        /// How often it is there, by the weights of its fields.
        var count: UInt64 = 0
        /// How many places it has, and where the next goes.
        var places = 0
        var end = 0
    }

    /// What has a number of its own here: the words of documents that no analyzer has numbered.
    private var own = WordTable()
    private var chains = ByteChains()
    private var lists: [List] = []
    /// By their terms, more one; 0 where there is none.
    private var listNumbers: [UInt32] = []
    /// Parts of lists that have become long, by the lists that go on.
    private var parts: [Int: [List]] = [:]

    // Of the document that is being added.
    private var words: [Word] = []
    /// By their terms, more one; 0 where the document has no such word.
    private var wordNumbers: [UInt32] = []
    /// Which word stands where.
    private var found: [(word: UInt32, place: UInt64)] = []
    private var ordered: [UInt64] = []
    private var writer = PackedNumberWriter()

    /// Longer lists go on in another part.
    private static let partByteCount = 1 << 13

    /// About how much memory it takes.
    var byteCount: Int { chains.byteCount + own.byteCount + lists.count * MemoryLayout<List>.stride + listNumbers.count * 8 }

    /// - Parameters:
    ///   - number: higher than those before it.
    mutating func add(_ document: DocumentWords, _ number: UInt64) {
        for word in document.words { note(own.insert(word.term).number, word.positions, word.count) }
        finish(number, document.length)
    }

    /// The same for a record that says them.
    ///
    /// - Returns: the document's length; nil for what is no record, of which the lists may have some of the words then.
    mutating func add(record: [UInt8], _ number: UInt64) -> UInt64? {
        var reader = PackedNumberReader(record)
        guard let length = reader.variable(), length < DocumentWords.countLimit else { return nil }
        var positions: [UInt64] = []
        var before = 0..<0
        while !reader.isAtEnd {
            guard let size = reader.byte(), size > 0, let term = reader.range(Int(size)), let count = reader.variable(), count > 0,
                count < DocumentWords.countLimit, record.span.withBytes({ Bytes.compare($0[before], $0[term]) < 0 })
            else { return nil }
            before = term
            positions.removeAll(keepingCapacity: true)
            guard PositionBlock.read(&reader, to: &positions) else { return nil }
            note(own.insert(record, in: term).number, positions, count)
        }
        finish(number, length)
        return length
    }

    /// The same for texts. An analyzer's numbers are those of all of the lists then: it may be used for no more than these, and forgets nothing.
    ///
    /// - Returns: the document's length; 0 if it has no words, and is not here then.
    mutating func add(_ fields: [DocumentWords.Field], _ number: UInt64, _ analyzer: inout TextAnalyzer) -> UInt64 {
        var length: UInt64 = 0
        DocumentWords.visit(fields, &analyzer) { _, term, place, weight in
            note(term, CollectionOfOne(place), weight)
            length += weight
        }
        if length > 0 { finish(number, length) }
        return length
    }

    @inline(__always)
    private mutating func note(_ term: Int, _ more: some Collection<UInt64>, _ count: UInt64) {
        if term >= wordNumbers.count {
            wordNumbers += repeatElement(0, count: max(term + 1, wordNumbers.count * 2, 1 << 10) - wordNumbers.count)
        }
        if wordNumbers[term] == 0 {
            words.append(Word(term: term))
            wordNumbers[term] = UInt32(truncatingIfNeeded: words.count)
        }
        let word = Int(wordNumbers[term]) - 1
        words[word].count += count
        words[word].places += more.count
        for place in more { found.append((UInt32(truncatingIfNeeded: word), place)) }
    }

    /// Appends the document to the lists of its words.
    private mutating func finish(_ number: UInt64, _ length: UInt64) {
        var sum = 0
        for word in words.indices {
            words[word].end = sum
            sum += words[word].places
        }
        if ordered.count < sum { ordered += repeatElement(0, count: sum - ordered.count) }
        for (word, place) in found {
            ordered[words[Int(word)].end] = place
            words[Int(word)].end += 1
        }
        found.removeAll(keepingCapacity: true)
        let length = DocumentLength.byte(length)
        if listNumbers.count < wordNumbers.count { listNumbers += repeatElement(0, count: wordNumbers.count - listNumbers.count) }
        for word in words {
            wordNumbers[word.term] = 0
            if listNumbers[word.term] == 0 {
                lists.append(List())
                listNumbers[word.term] = UInt32(truncatingIfNeeded: lists.count)
            }
            let listNumber = Int(listNumbers[word.term]) - 1
            var list = lists[listNumber]
            if list.chain.byteCount >= Self.partByteCount {
                parts[listNumber, default: []].append(list)
                list = List()
            }
            if list.chain.byteCount == 0 { (list.first, list.last) = (number, number) }
            ListPart.append(
                Posting(number: number, count: word.count, length: length), ordered[word.end - word.places..<word.end], behind: list.last,
                to: &writer)
            list.last = number
            chains.append(writer.bytes, to: &list.chain)
            lists[listNumber] = list
            writer.removeAll()
        }
        words.removeAll(keepingCapacity: true)
    }

    /// Visits the parts of all lists, by their words.
    ///
    /// - Parameters:
    ///   - analyzer: the one that has numbered the words; nil if they came with documents.
    ///   - body: gets a word, the number of the part's first document, and the part as ``ListPart`` has it.
    func visitParts(
        of analyzer: TextAnalyzer?, _ body: (_ word: [UInt8], _ first: UInt64, _ part: [UInt8]) throws(CatalogError) -> Void
    ) throws(CatalogError) {
        let table = analyzer?.termTable ?? own
        var bytes: [UInt8] = []
        for term in table.sorted where term < listNumbers.count && listNumbers[term] > 0 {
            let word = table[term]
            let list = Int(listNumbers[term]) - 1
            for part in parts[list, default: []] + [lists[list]] {
                bytes.removeAll(keepingCapacity: true)
                chains.append(part.chain, to: &bytes)
                try body(word, part.first, bytes)
            }
        }
    }
}

/// A part of a list, as bytes that are sorted among others: the number of its first document stands elsewhere. Of each document: what lies
/// between its number and the one before, its length, count and places.
enum ListPart {
    static func append(_ posting: Posting, _ places: some Collection<UInt64>, behind last: UInt64, to writer: inout PackedNumberWriter) {
        writer.variable(posting.number - last)
        writer.append(posting.length)
        writer.variable(posting.count)
        PositionBlock.append(places, to: &writer)
    }

    /// Visits the documents of a part. Answers false for what is none.
    static func visit(
        _ part: [UInt8], at place: Int = 0, first: UInt64, _ body: (Posting, [UInt64]) throws(CatalogError) -> Void
    ) throws(CatalogError) -> Bool {
        var reader = PackedNumberReader(part, at: place)
        var number = first
        var places: [UInt64] = []
        while !reader.isAtEnd {
            places.removeAll(keepingCapacity: true)
            guard let gap = reader.variable(), gap < DocumentWords.countLimit, let length = reader.byte(), let count = reader.variable(),
                PositionBlock.read(&reader, to: &places)
            else { return false }
            number += gap
            try body(Posting(number: number, count: count, length: length), places)
        }
        return true
    }
}
