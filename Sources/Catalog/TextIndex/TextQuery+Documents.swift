extension TextQuery {
    /// Whether a document with these words is an answer, told without an index.
    func finds(_ words: DocumentWords) -> Bool {
        !groups.isEmpty && groups.allSatisfy { $0.contains { $0.places(in: words) != nil } }
            && !excluded.contains { $0.places(in: words) != nil }
    }
}

extension TextQuery.Part {
    /// Where the words stand that meet this part; nil if it is not met.
    func places(in document: DocumentWords) -> [UInt64]? {
        switch self {
        case .word(let term): return document.word(term)?.positions
        case .prefix(let start): return Self.all(document.words(beginningWith: start)[...])
        case .similar(let term, let distance):
            let similar = SimilarWords(term, distance: distance)
            return Self.all(document.words(beginningWith: similar.start).filter { similar.contains($0.term) }[...])
        case .phrase(let words):
            guard let found = Self.positions(of: words.map(\.term), in: document) else { return nil }
            let met = WordPlaces.phrase(found, words.map(\.offset))
            return met.isEmpty ? nil : met
        case .near(let terms, let distance):
            guard let found = Self.positions(of: terms, in: document), WordPlaces.areNear(found, distance) else { return nil }
            return found.flatMap { $0 }.sorted()
        case .inField(let number, let part):
            return part.places(in: document.only(field: number))
        case .unscored(let part): return part.places(in: document)
        }
    }

    private static func all(_ words: ArraySlice<DocumentWords.Word>) -> [UInt64]? {
        words.isEmpty ? nil : words.flatMap(\.positions).sorted()
    }

    private static func positions(of terms: [[UInt8]], in document: DocumentWords) -> [[UInt64]]? {
        let found = terms.compactMap { document.word($0)?.positions }
        return found.count == terms.count ? found : nil
    }
}

/// The rules for words that have to stand in a certain way, in one field.
enum WordPlaces {
    /// Words that may stand between others at most: who asks for more asks for so many.
    static let greatestDistance = 65_536

    /// Where the words of a phrase stand that is met.
    ///
    /// - Parameters:
    ///   - places: of each word, ascending.
    ///   - offsets: from the first word, which has 0.
    static func phrase(_ places: [[UInt64]], _ offsets: [Int]) -> [UInt64] {
        guard let first = places.first else { return [] }
        let others = places.dropFirst().map { Set($0) }
        var met: Set<UInt64> = []
        for start in first {
            let run = offsets.map { start + UInt64($0) }
            guard run.allSatisfy({ field(of: $0) == field(of: start) }), zip(others, run.dropFirst()).allSatisfy({ $0.contains($1) }) else {
                continue
            }
            met.formUnion(run)
        }
        return met.sorted()
    }

    /// Whether a phrase stands somewhere.
    ///
    /// - Parameters:
    ///   - places: of each word, ascending. Changed.
    ///   - offsets: as above.
    static func hasPhrase(_ places: inout [[UInt64]], _ offsets: [Int]) -> Bool {
        guard let first = offsets.first else { return false }
        // What is left of the first word's places when the others have been looked at.
        for word in places.indices.dropFirst() {
            var kept = 0
            var next = 0
            let distance = Int64(offsets[word] - first)
            for index in places[0].indices {
                let start = places[0][index]
                let (wanted, isNegative) = Int64(truncatingIfNeeded: start).addingReportingOverflow(distance)
                guard !isNegative, wanted >= 0, field(of: UInt64(wanted)) == field(of: start) else { continue }
                while next < places[word].count, places[word][next] < UInt64(wanted) { next += 1 }
                guard next < places[word].count else { break }
                guard places[word][next] == UInt64(wanted) else { continue }
                places[0][kept] = start
                kept += 1
            }
            if kept == 0 { return false }
            places[0].removeSubrange(kept...)
        }
        return !(places.first?.isEmpty ?? true)
    }

    /// Whether there is a place of each word so that the first and the last of them have at most so many words between them, beside the others.
    static func areNear(_ places: [[UInt64]], _ distance: Int) -> Bool {
        var indices = [Int](repeating: 0, count: places.count)
        while true {
            var least = 0
            var greatest = 0
            for word in places.indices {
                guard indices[word] < places[word].count else { return false }
                if places[word][indices[word]] < places[least][indices[least]] { least = word }
                if places[word][indices[word]] > places[greatest][indices[greatest]] { greatest = word }
            }
            let (first, last) = (places[least][indices[least]], places[greatest][indices[greatest]])
            let longest = UInt64(min(max(0, distance), greatestDistance) + places.count - 1)
            if field(of: first) == field(of: last), last - first <= longest { return true }
            indices[least] += 1
        }
    }

    static func field(of place: UInt64) -> UInt64 { place / DocumentWords.positionsOfField }
}
