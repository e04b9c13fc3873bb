import Ground

/// The documents that meet one of several parts of a query.
struct MatchGroup {
    private var matches: [Match] = []
    /// What no document of the range in hand scores more than for each match, and the matches by that, the least first.
    private var promises: [Double] = []
    private var order: [Int] = []
    /// The first of `order` without which no document of the range is wanted. Those before it add to scores, and find nothing by themselves.
    private var needed = 0

    init(_ parts: [TextQuery.Part], _ source: TextIndexSource, _ scorer: Scorer) throws(CatalogError) {
        for part in parts {
            if let match = try Match(part, source, scorer) { matches.append(match) }
        }
        promises = [Double](repeating: 0, count: matches.count)
        order = Array(matches.indices)
    }

    /// An upper bound.
    var documents: Int { matches.reduce(0) { $0 + $1.documents } }

    /// How many documents are found, dead ones with them, where that is known without looking; else nil.
    var knownCount: Int? { matches.count == 1 ? matches[0].knownCount : matches.isEmpty ? 0 : nil }

    var listCount: Int { matches.reduce(0) { $0 + $1.listCount } }

    /// The list that all documents of the group are found by, wherever its words stand, and what the list's words weigh; nil if there is more
    /// to it.
    var onlyList: (PostingList, weight: Double)? { matches.count == 1 ? matches[0].onlyList : nil }

    /// The first document with at least that number; nil if there is none. Of documents of the range in hand those are left out that
    /// ``require(_:)`` has told.
    mutating func advance(to number: UInt64) throws(CatalogError) -> UInt64? {
        var least: UInt64?
        for place in needed..<order.count {
            guard let found = try matches[order[place]].advance(to: number) else { continue }
            least = min(least ?? found, found)
        }
        return least
    }

    /// The score of the document that the group stands at.
    mutating func score(of number: UInt64, _ source: TextIndexSource) throws(CatalogError) -> Double {
        let length = try source.length(of: number)
        var score = 0.0
        for index in matches.indices {
            guard try matches[index].advance(to: number) == number else { continue }
            score += matches[index].score(length)
        }
        return score
    }

    /// Begins a range: what no document from the number on scores more than, and the last number for which that is so.
    mutating func promise(from number: UInt64) throws(CatalogError) -> (Double, last: UInt64) {
        var promise = 0.0
        var last = UInt64.max
        for index in matches.indices {
            let (bound, end) = try matches[index].promise(from: number)
            promises[index] = bound
            promise += bound
            last = min(last, end)
        }
        order.sort { promises[$0] < promises[$1] }
        needed = 0
        return (promise, last)
    }

    /// From here on documents of the range with less than that score are left out.
    mutating func require(_ score: Double) {
        guard needed < order.count - 1 else { return }
        var sum = 0.0
        for place in 0..<needed { sum += promises[order[place]] }
        while needed < order.count - 1 {
            sum += promises[order[needed]]
            guard sum * TextSearch.tolerance < score else { return }
            needed += 1
        }
    }
}

/// The documents that meet a part of a query: those that have all of its words, where they have to stand.
private struct Match {
    private enum Places {
        case anywhere
        case offsets([Int])
        /// With how many times each word is asked for, if one stands again.
        case within(Int, times: [Int]?)
    }

    /// Of several the rarest first.
    private let lists: [PostingList]
    private let weights: [Double]
    private let places: Places
    /// Of a phrase of two words, how far behind the first list's word the other stands, if that is told by what is stored.
    private let pairDistance: Int?
    /// Where alone its words count; nil: everywhere.
    private let field: Int?
    private let scorer: Scorer
    /// The document that was found last.
    private var found: UInt64?
    private var isAtEnd = false
    /// Where the words stand in a document.
    private var present = ListPlaces()

    /// nil if no document can.
    init?(_ part: TextQuery.Part, _ source: TextIndexSource, _ scorer: Scorer) throws(CatalogError) {
        var lists: [PostingList] = []
        var part = part
        var field: Int?
        var isScored = true
        if case .unscored(let inner) = part { (isScored, part) = (false, inner) }
        if case .inField(let number, let inner) = part { (field, part) = (number, inner) }
        switch part {
        case .inField, .unscored: return nil
        case .word(let term):
            lists = [try source.list(term)]
            places = .anywhere
        case .phrase(let words):
            var found: [(list: PostingList, offset: Int)] = []
            for word in words { found.append((try source.list(word.term), word.offset)) }
            found.sort { $0.list.documents < $1.list.documents }
            lists = found.map(\.list)
            places = .offsets(found.map(\.offset))
        case .near(let terms, let distance):
            var found: [(list: PostingList, term: [UInt8])] = []
            for term in terms { found.append((try source.list(term), term)) }
            found.sort { $0.list.documents < $1.list.documents }
            lists = found.map(\.list)
            places = .within(distance, times: WordPlaces.times(found.map(\.term)))
        case .prefix(let start):
            guard let list = try source.list(beginningWith: start, inField: field) else { return nil }
            lists = [list]
            places = .anywhere
            field = nil
        case .similar(let term, let distance):
            guard let list = try source.list(similarTo: SimilarWords(term, distance: distance), inField: field) else { return nil }
            lists = [list]
            places = .anywhere
            field = nil
        }
        guard lists.allSatisfy({ $0.documents > 0 }) else { return nil }
        self.lists = lists
        if case .offsets(let offsets) = places, offsets.count == 2, field == nil, lists.allSatisfy(\.isStored) {
            pairDistance = offsets[1] - offsets[0]
        } else {
            pairDistance = nil
        }
        self.scorer = scorer
        self.field = field
        weights = lists.map { isScored ? scorer.weight(documents: $0.documents) : 0 }
    }

    var documents: Int { lists.map(\.documents).min() ?? 0 }
    var listCount: Int { lists.count }

    var onlyList: (PostingList, weight: Double)? {
        if case .anywhere = places, field == nil, lists.count == 1 { return (lists[0], weights[0]) }
        return nil
    }

    var knownCount: Int? { onlyList?.0.documents }

    mutating func advance(to number: UInt64) throws(CatalogError) -> UInt64? {
        if isAtEnd { return nil }
        if let found, found >= number { return found }
        if let pairDistance {
            found = try PostingList.nextPair(lists[0], lists[1], distance: pairDistance, from: number)
            isAtEnd = found == nil
            return found
        }
        var target = number
        search: while true {
            for (index, list) in lists.enumerated() {
                try list.advance(to: target)
                guard let current = list.current else {
                    isAtEnd = true
                    return nil
                }
                if current > target {
                    target = current
                    if index > 0 { continue search }
                }
            }
            if try stands() {
                found = target
                return target
            }
            target += 1
        }
    }

    /// The score of the document that was found.
    func score(_ length: UInt8) -> Double {
        var score = 0.0
        for index in lists.indices { score += scorer.score(weights[index], frequency: lists[index].frequency, length: length) }
        return score
    }

    mutating func promise(from number: UInt64) throws(CatalogError) -> (Double, last: UInt64) {
        guard !isAtEnd else { return (0, .max) }
        var promise = 0.0
        var last = UInt64.max
        for index in lists.indices {
            guard let (bound, end) = try lists[index].bound(from: number, weights[index], scorer) else { return (0, .max) }
            promise += bound
            last = min(last, end)
        }
        return (promise, last)
    }

    /// Whether the words stand where they have to in the document that all lists have come to.
    private mutating func stands() throws(CatalogError) -> Bool {
        if case .anywhere = places, field == nil { return true }
        // Mostly two of its words tell that a phrase is not there.
        if case .offsets(let offsets) = places, offsets.count > 2, field == nil, lists[0].isStored, lists[1].isStored,
            try !lists[0].hasPair(lists[1], distance: offsets[1] - offsets[0])
        {
            return false
        }
        present.removeAll()
        for index in lists.indices {
            try lists[index].appendPlaces(to: &present)
            if let field { present.keepOfLast { WordPlaces.field(of: $0) == UInt64(field) } }
            if present.range(index).isEmpty { return false }
        }
        switch places {
        case .anywhere: return true
        case .offsets(let offsets): return WordPlaces.hasPhrase(present, offsets)
        case .within(let distance, let times): return WordPlaces.areNear(present, distance, times)
        }
    }
}
