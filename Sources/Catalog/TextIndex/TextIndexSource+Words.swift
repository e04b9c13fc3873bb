import Ground

/// A word of a text index, and how many documents have it.
package struct CountedWord: Equatable {
    package let word: String
    package let documents: Int
}

extension TextIndexSource {
    /// The words that begin so, those of most documents first, and of as many by their bytes. Documents that are gone don't count.
    func words(beginningWith start: [UInt8], limit: Int) throws(CatalogError) -> [CountedWord] {
        var counts: [[UInt8]: Int] = [:]
        for segment in state.segments {
            let lists = try SegmentLists(keys, segment, snapshot, from: start)
            while try lists.next() {
                let word = lists.word
                guard word.starts(with: start) else {
                    if word.lexicographicallyPrecedes(start) { continue } else { break }
                }
                let before = counts[word] ?? 0
                counts[word] = before
                if counts.count <= Self.expansionLimit {
                    guard let count = try living(in: lists.list, of: segment) else { throw keys.damaged(lists.key) }
                    counts[word] = before + count
                } else {
                    // It is too many already; the error tells how many.
                    try lists.passWord()
                }
            }
        }
        for (_, document) in try pending() {
            for word in document.words(beginningWith: start) { counts[word.term, default: 0] += 1 }
        }
        guard counts.count <= Self.expansionLimit else { throw Self.tooManyWords(counts.count, beginningWith: start) }
        let ordered = counts.filter { $0.value > 0 }.sorted {
            $0.value != $1.value ? $0.value > $1.value : $0.key.lexicographicallyPrecedes($1.key)
        }
        return ordered.prefix(limit).map { CountedWord(word: String(decoding: $0.key, as: UTF8.self), documents: $0.value) }
    }

    /// How many documents of a list are there still; nil for what is no list.
    private func living(in list: StoredList, of segment: TextIndexState.Segment) throws(CatalogError) -> Int? {
        guard let head = list.head else { return nil }
        guard segment.dead > 0 else { return head.documents }
        var documents = PostingBlock.Documents()
        guard list.appendDocuments(head, to: &documents) else { return nil }
        var count = 0
        for number in documents.numbers {
            if try !dead.contains(number) { count += 1 }
        }
        return count
    }

    static func tooManyWords(_ count: Int, beginningWith start: [UInt8]) -> CatalogError {
        CatalogError(
            .tooLarge,
            "\(count) words begin like `\(String(decoding: start, as: UTF8.self))`; the limit is \(expansionLimit). Ask for more letters.")
    }
}
