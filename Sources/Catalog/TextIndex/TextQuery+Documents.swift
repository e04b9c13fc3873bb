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
            guard let found = Self.positions(of: terms, in: document),
                WordPlaces.areNear(ListPlaces(found), distance, WordPlaces.times(terms))
            else { return nil }
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
    ///   - list: the places of each word, ascending.
    ///   - offsets: as above.
    static func hasPhrase(_ list: ListPlaces, _ offsets: [Int]) -> Bool {
        guard offsets.count > 1, list.ends.count == offsets.count else { return list.ends.count == 1 && !list.places.isEmpty }
        let (places, ends) = (list.places.span, list.ends.span)
        let distance = offsets[1] - offsets[0]
        // The second word's places are gone through beside the first one's; where both fit, the others are looked up.
        var next = ends[0]
        for index in 0..<ends[0] {
            let start = places[index]
            guard let wanted = place(start, distance) else { continue }
            while next < ends[1], places[next] < wanted { next &+= 1 }
            guard next < ends[1] else { return false }
            guard places[next] == wanted else { continue }
            let isWhole = (2..<max(2, offsets.count)).allSatisfy { word in
                place(start, offsets[word] - offsets[0]).map { list.contains($0, ofDocument: word) } ?? false
            }
            if isWhole { return true }
        }
        return false
    }

    /// The place at a distance from another; nil if that is in another field, or nowhere.
    @inline(__always)
    static func place(_ start: UInt64, _ distance: Int) -> UInt64? {
        let wanted = start &+ UInt64(bitPattern: Int64(distance))
        return field(of: wanted) == field(of: start) ? wanted : nil
    }

    /// Whether there is a place of each word so that the first and the last of them have at most so many words between them, beside the others.
    ///
    /// - Parameters:
    ///   - list: the places of each word, ascending.
    ///   - times: as ``times(_:)`` tells.
    static func areNear(_ list: ListPlaces, _ distance: Int, _ times: [Int]? = nil) -> Bool {
        if let times { return areNear(list, distance, repeated: times) }
        let words = list.ends.indices
        var indices = words.map { list.range($0).lowerBound }
        let longest = UInt64(min(max(0, distance), greatestDistance) + words.count - 1)
        while true {
            var least = 0
            var greatest = 0
            for word in words {
                guard indices[word] < list.ends[word] else { return false }
                if list.places[indices[word]] < list.places[indices[least]] { least = word }
                if list.places[indices[word]] > list.places[indices[greatest]] { greatest = word }
            }
            let (first, last) = (list.places[indices[least]], list.places[indices[greatest]])
            if field(of: first) == field(of: last), last - first <= longest { return true }
            indices[least] += 1
        }
    }

    /// The same of words that repeat: a word has to stand at as many places as it is asked for times, which follow each other in its list.
    private static func areNear(_ list: ListPlaces, _ distance: Int, repeated times: [Int]) -> Bool {
        let words = list.ends.indices.filter { times[$0] > 0 }
        var indices = list.ends.indices.map { list.range($0).lowerBound }
        let longest = UInt64(min(max(0, distance), greatestDistance) + times.count - 1)
        while true {
            var least: Int?
            var (first, last) = (UInt64.max, UInt64(0))
            for word in words {
                let end = indices[word] + times[word] - 1
                guard end < list.ends[word] else { return false }
                let place = list.places[indices[word]]
                if place < first { (least, first) = (word, place) }
                last = max(last, list.places[end])
            }
            guard let least else { return false }
            if field(of: first) == field(of: last), last - first <= longest { return true }
            indices[least] += 1
        }
    }

    /// How many times each word is asked for, with 0 where one stands again; nil if all are different.
    static func times(_ terms: [[UInt8]]) -> [Int]? {
        var firsts: [[UInt8]: Int] = [:]
        var times: [Int] = []
        for (index, term) in terms.enumerated() {
            let first = firsts[term] ?? index
            firsts[term] = first
            times.append(0)
            times[first] += 1
        }
        return firsts.count < terms.count ? times : nil
    }

    static func field(of place: UInt64) -> UInt64 { place / DocumentWords.positionsOfField }
}
