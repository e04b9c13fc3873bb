import Ground

/// The words of one document, as an index takes them in.
struct DocumentWords: Equatable {
    struct Word: Equatable {
        let term: [UInt8]
        /// How often it is there, each time as often as its field's weight says.
        var count: UInt64
        /// Where, ascending: the field's number · 65,536 + the position in it.
        var positions: [UInt64]
    }

    /// A field's texts, and how much a word in it counts.
    struct Field {
        var texts: [[UInt8]]
        var weight: UInt64 = 1

        init(_ texts: [[UInt8]], weight: UInt64 = 1) {
            self.texts = texts
            self.weight = weight
        }
    }

    /// By their terms, ascending.
    private(set) var words: [Word] = []
    /// The sum of all counts.
    private(set) var length: UInt64 = 0

    static let positionsOfField: UInt64 = 65_536
    /// No document has as many words, whatever weighs them: so sums of counts, which may be damaged, are no overflow.
    static let countLimit: UInt64 = 1 << 40
    /// Between two texts of a field, so that no phrase goes over from one to the other.
    static let gap: UInt64 = 100

    /// Words beyond the positions of a field are left out.
    init(_ fields: [Field], _ analyzer: inout TextAnalyzer) {
        analyzer.forgetIfMany()
        // By the analyzer's numbers, where in `words` a word is, more one; and the numbers that this document has.
        var places: [UInt32] = []
        swap(&places, &analyzer.marks)
        var terms: [Int] = []
        Self.visit(fields, &analyzer) { analyzer, term, place, weight in
            length += weight
            if term >= places.count {
                places += repeatElement(0, count: max(analyzer.termCount, places.count * 2) - places.count)
            }
            if places[term] > 0 {
                words[Int(places[term]) - 1].count += weight
                words[Int(places[term]) - 1].positions.append(place)
            } else {
                words.append(Word(term: analyzer.term(term), count: weight, positions: [place]))
                places[term] = UInt32(truncatingIfNeeded: words.count)
                terms.append(term)
            }
        }
        for term in terms { places[term] = 0 }
        swap(&places, &analyzer.marks)
        Self.sort(&words)
    }

    /// Tells of each word of the texts the analyzer's number of it, its place, and how much it counts.
    @inline(__always)
    static func visit(
        _ fields: [Field], _ analyzer: inout TextAnalyzer, _ found: (borrowing TextAnalyzer, Int, UInt64, UInt64) -> Void
    ) {
        for (number, field) in fields.enumerated() {
            var start: UInt64 = 0
            for text in field.texts {
                var end = start
                let limit = Int(Self.positionsOfField - min(start, Self.positionsOfField))
                analyzer.analyzeNumbers(text, ofDocument: true, below: limit) { analyzer, term, wordPosition, _ in
                    let position = start + UInt64(wordPosition)
                    guard position < Self.positionsOfField else { return }
                    end = position + 1
                    found(analyzer, term, UInt64(number) * Self.positionsOfField + position, field.weight)
                }
                start = end + Self.gap
            }
        }
    }

    /// By their terms. Most are told apart by their first bytes.
    private static func sort(_ words: inout [Word]) {
        var order: [(start: UInt64, index: Int)] = []
        for (index, word) in words.enumerated() {
            let term = word.term
            order.append((term.span.withBytes { $0.orderedPrefix }, index))
        }
        order.sort {
            $0.start != $1.start ? $0.start < $1.start : words[$0.index].term.lexicographicallyPrecedes(words[$1.index].term)
        }
        words = order.map { words[$0.index] }
    }

    /// - Parameter words: each once, in any order.
    init(_ words: [Word]) {
        self.words = words.sorted { $0.term.lexicographicallyPrecedes($1.term) }
        length = words.reduce(0) { $0 + $1.count }
    }

    /// The record of a pending document.
    var encoded: [UInt8] {
        var writer = PackedNumberWriter()
        writer.variable(length)
        for word in words {
            writer.append(UInt8(truncatingIfNeeded: word.term.count))
            writer.append(word.term)
            writer.variable(word.count)
            PositionBlock.append(word.positions, to: &writer)
        }
        return writer.bytes
    }

    /// nil for what is no record.
    init?(_ bytes: [UInt8]) {
        var reader = PackedNumberReader(bytes)
        guard let length = reader.variable(), length < Self.countLimit else { return nil }
        self.length = length
        while !reader.isAtEnd {
            guard let size = reader.byte(), size > 0, let term = reader.bytes(Int(size)), let count = reader.variable(), count > 0,
                count < Self.countLimit, words.last?.term.lexicographicallyPrecedes(term) ?? true
            else { return nil }
            var positions: [UInt64] = []
            guard PositionBlock.read(&reader, to: &positions) else { return nil }
            words.append(Word(term: term, count: count, positions: positions))
        }
    }

    /// What of it stands in one field. Counts are those of all fields.
    func only(field number: Int) -> DocumentWords {
        var only = self
        only.words = words.compactMap { word in
            let positions = word.positions.filter { WordPlaces.field(of: $0) == UInt64(number) }
            return positions.isEmpty ? nil : Word(term: word.term, count: word.count, positions: positions)
        }
        return only
    }

    func word(_ term: [UInt8]) -> Word? {
        let place = place(of: term)
        return place < words.count && words[place].term == term ? words[place] : nil
    }

    func words(beginningWith start: [UInt8]) -> ArraySlice<Word> {
        words[place(of: start)...].prefix { $0.term.starts(with: start) }
    }

    /// The first word that is not before the term.
    private func place(of term: [UInt8]) -> Int {
        var low = 0
        var high = words.count
        term.span.withBytes { term in
            while low < high {
                let middle = (low + high) / 2
                let other = words[middle].term
                if other.span.withBytes({ Bytes.compare($0, term) < 0 }) { low = middle + 1 } else { high = middle }
            }
        }
        return low
    }
}
