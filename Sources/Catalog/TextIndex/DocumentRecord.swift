import Ground

/// The words of one document as they are stored while it is pending: what ``DocumentWords`` reads and writes.
///
/// Who writes a document makes it straight from its texts. A document has some two hundred different words, and none of them is taken out of
/// the analyzer's table for it.
struct DocumentRecord: Equatable {
    let bytes: [UInt8]
    /// The sum of all counts; 0 if there are no words.
    let length: UInt64

    private struct Word: BitwiseCopyable {
        let term: Int
        var count: UInt64 = 0
        /// How many places it has, and where the next goes.
        var places = 0
        var end = 0
    }

    init(_ words: DocumentWords) {
        bytes = words.encoded
        length = words.length
    }

    /// Words beyond the positions of a field are left out.
    init(_ fields: [DocumentWords.Field], _ analyzer: inout TextAnalyzer) {
        analyzer.forgetIfMany()
        // By the analyzer's numbers, which word of the document it is, more one.
        var numbers: [UInt32] = []
        swap(&numbers, &analyzer.marks)
        var words: [Word] = []
        var found: [(word: UInt32, place: UInt64)] = []
        var length: UInt64 = 0
        DocumentWords.visit(fields, &analyzer) { analyzer, term, place, weight in
            length += weight
            if term >= numbers.count {
                numbers += repeatElement(0, count: max(analyzer.termCount, numbers.count * 2) - numbers.count)
            }
            if numbers[term] == 0 {
                words.append(Word(term: term))
                numbers[term] = UInt32(truncatingIfNeeded: words.count)
            }
            let word = numbers[term] - 1
            words[Int(word)].count += weight
            words[Int(word)].places += 1
            found.append((word, place))
        }
        var sum = 0
        for index in words.indices {
            words[index].end = sum
            sum += words[index].places
        }
        var places = [UInt64](repeating: 0, count: sum)
        for (word, place) in found {
            places[words[Int(word)].end] = place
            words[Int(word)].end += 1
        }
        var writer = PackedNumberWriter()
        writer.variable(length)
        writer.reserve(2 * sum + 10 * words.count)
        let terms = analyzer.termTable
        for number in terms.sorted(words.lazy.map(\.term)) {
            let word = words[Int(numbers[number]) - 1]
            terms.withWord(number) { term in
                writer.append(UInt8(truncatingIfNeeded: term.count))
                writer.append(term)
            }
            writer.variable(word.count)
            writer.variable(UInt64(word.places))
            var last: UInt64 = 0
            for index in word.end - word.places..<word.end {
                writer.variable(places[index] - last)
                last = places[index]
            }
        }
        for word in words { numbers[word.term] = 0 }
        swap(&numbers, &analyzer.marks)
        bytes = writer.bytes
        self.length = length
    }
}
