import Ground

/// Documents' words turned around: for each word the documents that have it.
///
/// Words are gathered as they stand in the documents, each by its number, and brought into the order of these numbers all at once.
struct WordLists {
    /// One word at one place of a document.
    fileprivate struct Occurrence: BitwiseCopyable {
        var term: UInt32
        /// Which of the documents that were added.
        var document: UInt32
        var place: UInt32
        /// What it adds to how often the document has the word.
        var weight: UInt32
    }

    private var terms = WordTable()
    /// By the analyzer's numbers, those of ``terms`` more one; 0 where there is none yet.
    private var known: [UInt32] = []
    private var occurrences: [Occurrence] = []
    private var numbers: [UInt64] = []
    private var lengths: [UInt8] = []

    /// About how much memory it takes, together with what it is sorted into.
    var byteCount: Int { occurrences.count * 2 * MemoryLayout<Occurrence>.stride + terms.count * 128 }

    var isEmpty: Bool { occurrences.isEmpty }

    /// - Parameters:
    ///   - number: higher than those before it.
    mutating func add(_ document: DocumentWords, _ number: UInt64) {
        begin(number)
        for word in document.words {
            let term = UInt32(truncatingIfNeeded: terms.insert(word.term).number)
            // The first place has what the others leave of the count.
            let others = UInt64(max(word.positions.count, 1) - 1)
            var weight = word.count > others ? word.count - others : 1
            for place in word.positions {
                note(term, place, UInt32(clamping: weight))
                weight = 1
            }
        }
        end(document.length)
    }

    /// The same for texts. Only this may have used the analyzer since the lists were empty.
    ///
    /// - Returns: the document's length; 0 if it has no words, and is not here then.
    mutating func add(_ fields: [DocumentWords.Field], _ number: UInt64, _ analyzer: inout TextAnalyzer) -> UInt64 {
        begin(number)
        let before = occurrences.count
        var length: UInt64 = 0
        DocumentWords.visit(fields, &analyzer) { analyzer, term, place, weight in
            if term >= known.count { known += repeatElement(0, count: max(analyzer.termCount, known.count * 2) - known.count) }
            if known[term] == 0 { known[term] = UInt32(truncatingIfNeeded: terms.insert(analyzer.term(term)).number + 1) }
            note(known[term] - 1, place, UInt32(clamping: weight))
            length += weight
        }
        if occurrences.count == before { numbers.removeLast() } else { end(length) }
        return length
    }

    private mutating func begin(_ number: UInt64) { numbers.append(number) }
    private mutating func end(_ length: UInt64) { lengths.append(DocumentLength.byte(length)) }

    private mutating func note(_ term: UInt32, _ place: UInt64, _ weight: UInt32) {
        occurrences.append(
            Occurrence(
                term: term, document: UInt32(truncatingIfNeeded: numbers.count - 1), place: UInt32(truncatingIfNeeded: place),
                weight: weight))
    }

    /// Gives all out, and is empty then.
    mutating func removeAll() -> Sorted {
        let all = self
        self = WordLists()
        return Sorted(all.terms, all.occurrences, all.numbers, all.lengths)
    }

    /// Lists by their words.
    struct Sorted {
        private let table: WordTable
        private let numbers: [UInt64]
        private let lengths: [UInt8]
        /// Term by term.
        private let occurrences: [Occurrence]
        /// Where each term's end, which begin where those of the term before it end.
        private let ends: [Int]
        /// The terms in the order of their words.
        let terms: [Int]

        fileprivate init(_ table: WordTable, _ mixed: [Occurrence], _ numbers: [UInt64], _ lengths: [UInt8]) {
            self.table = table
            self.numbers = numbers
            self.lengths = lengths
            var ends = [Int](repeating: 0, count: table.count)
            for one in mixed { ends[Int(one.term)] += 1 }
            var sum = 0
            for term in ends.indices { (ends[term], sum) = (sum, sum + ends[term]) }
            var ordered = mixed
            for one in mixed {
                ordered[ends[Int(one.term)]] = one
                ends[Int(one.term)] += 1
            }
            self.ends = ends
            occurrences = ordered
            terms = table.sorted
        }

        func word(_ term: Int) -> [UInt8] { table[term] }

        /// Visits the documents that have a word, with its places in them.
        func visit(_ term: Int, _ body: (Posting, [UInt64]) throws(CatalogError) -> Void) throws(CatalogError) {
            var places: [UInt64] = []
            var index = term == 0 ? 0 : ends[term - 1]
            while index < ends[term] {
                let document = occurrences[index].document
                var count: UInt64 = 0
                places.removeAll(keepingCapacity: true)
                while index < ends[term] {
                    let one = occurrences[index]
                    guard one.document == document else { break }
                    count += UInt64(one.weight)
                    places.append(UInt64(one.place))
                    index += 1
                }
                try body(Posting(number: numbers[Int(document)], count: count, length: lengths[Int(document)]), places)
            }
        }
    }
}

/// A part of a list, as bytes that are sorted among others: the number of its first document stands elsewhere. Of each document: what lies
/// between its number and the one before, its length, count and places.
enum ListPart {
    static func append(_ posting: Posting, _ places: [UInt64], behind last: UInt64, to writer: inout PackedNumberWriter) {
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
