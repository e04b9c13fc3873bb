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
        /// Whether others are before it in ``WordLists/parts``.
        var goesOn = false
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
        let (length, ordered) = (DocumentLength.byte(length), ordered)
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
                list = List(goesOn: true)
            }
            if list.chain.byteCount == 0 { (list.first, list.last) = (number, number) }
            let posting = Posting(number: number, count: word.count, length: length)
            let range = word.end - word.places..<word.end
            let isWritten = chains.append(atMost: ListPart.byteLimit(places: word.places), to: &list.chain) { target, place in
                ListPart.write(posting, ordered.span, range, behind: list.last, to: &target, at: place)
            }
            if !isWritten {
                ListPart.append(posting, ordered[range], behind: list.last, to: &writer)
                chains.append(writer.bytes, to: &list.chain)
                writer.removeAll()
            }
            list.last = number
            lists[listNumber] = list
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
        func visit(_ part: List, of word: [UInt8]) throws(CatalogError) {
            bytes.removeAll(keepingCapacity: true)
            chains.append(part.chain, to: &bytes)
            try body(word, part.first, bytes)
        }
        for term in table.sorted(listNumbers.indices.filter { listNumbers[$0] > 0 }) {
            let word = table[term]
            let number = Int(listNumbers[term]) - 1
            if lists[number].goesOn { for part in parts[number, default: []] { try visit(part, of: word) } }
            try visit(lists[number], of: word)
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

    /// How many bytes a document takes at most: numbers, counts and places are below 2^40, 2^40 and 2^28.
    static func byteLimit(places: Int) -> Int { 6 + 1 + 6 + 4 + 4 * places }

    /// The same as ``append(_:_:behind:to:)``, into bytes that have room for it. Answers where it ends.
    @inline(__always)
    static func write(
        _ posting: Posting, _ places: Span<UInt64>, _ range: Range<Int>, behind last: UInt64, to target: inout MutableSpan<UInt8>,
        at start: Int
    ) -> Int {
        var place = variable(posting.number - last, to: &target, at: start)
        target[place] = posting.length
        place = variable(posting.count, to: &target, at: place &+ 1)
        place = variable(UInt64(range.count), to: &target, at: place)
        var before: UInt64 = 0
        for index in range {
            place = variable(places[index] &- before, to: &target, at: place)
            before = places[index]
        }
        return place
    }

    @inline(__always)
    private static func variable(_ number: UInt64, to target: inout MutableSpan<UInt8>, at start: Int) -> Int {
        var (rest, place) = (number, start)
        while rest > 0x7F {
            target[place] = UInt8(truncatingIfNeeded: rest) | 0x80
            rest &>>= 7
            place &+= 1
        }
        target[place] = UInt8(truncatingIfNeeded: rest)
        return place &+ 1
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
