import Ground

/// The documents that meet one of several parts of a query.
struct MatchGroup {
    private var matches: [Match] = []

    init(_ parts: [TextQuery.Part], _ source: TextIndexSource, _ scorer: Scorer) throws(CatalogError) {
        for part in parts {
            if let match = try Match(part, source, scorer) { matches.append(match) }
        }
    }

    /// An upper bound.
    var documents: Int { matches.reduce(0) { $0 + $1.documents } }

    var listCount: Int { matches.reduce(0) { $0 + $1.listCount } }

    /// The first document with at least that number; nil if there is none.
    mutating func advance(to number: UInt64) throws(CatalogError) -> UInt64? {
        var least: UInt64?
        for index in matches.indices {
            guard let found = try matches[index].advance(to: number) else { continue }
            least = min(least ?? found, found)
        }
        return least
    }

    /// The score of the document that the group stands at.
    func score(of number: UInt64) -> Double {
        matches.reduce(0) { $0 + $1.score(of: number) }
    }

    /// What no document from the number on scores more than, and the last number for which that is so.
    func promise(from number: UInt64) -> (Double, last: UInt64) {
        var promise = 0.0
        var last = UInt64.max
        for match in matches {
            let (bound, end) = match.promise(from: number)
            promise += bound
            last = min(last, end)
        }
        return (promise, last)
    }
}

/// The documents that meet a part of a query: those that have all of its words, where they have to stand.
private struct Match {
    private enum Places {
        case anywhere
        case offsets([Int])
        case within(Int)
    }

    private var lists: [PostingList]
    private let weights: [Double]
    private let places: Places
    /// Where alone its words count; nil: everywhere.
    private let field: Int?
    private let scorer: Scorer
    /// The document that was found last.
    private var found: UInt64?
    private var isAtEnd = false

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
            for word in words { lists.append(try source.list(word.term)) }
            places = .offsets(words.map(\.offset))
        case .near(let terms, let distance):
            for term in terms { lists.append(try source.list(term)) }
            places = .within(distance)
        case .prefix(let start):
            let words = try source.words(beginningWith: start)
            guard !words.isEmpty else { return nil }
            lists = [try source.list(words)]
            places = .anywhere
        case .similar(let term, let distance):
            let similar = SimilarWords(term, distance: distance)
            let words = try source.words(beginningWith: similar.start) { similar.contains($0) }
            guard !words.isEmpty else { return nil }
            lists = [try source.list(words)]
            places = .anywhere
        }
        guard lists.allSatisfy({ $0.documents > 0 }) else { return nil }
        self.lists = lists
        self.scorer = scorer
        self.field = field
        weights = lists.map { isScored ? scorer.weight(documents: $0.documents) : 0 }
    }

    var documents: Int { lists.map(\.documents).min() ?? 0 }
    var listCount: Int { lists.count }

    mutating func advance(to number: UInt64) throws(CatalogError) -> UInt64? {
        if isAtEnd { return nil }
        if let found, found >= number { return found }
        var target = number
        search: while true {
            for index in lists.indices {
                try lists[index].advance(to: target)
                guard let current = lists[index].current?.number else {
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

    func score(of number: UInt64) -> Double {
        guard found == number, !isAtEnd else { return 0 }
        var score = 0.0
        for (list, weight) in zip(lists, weights) {
            if let posting = list.current { score += scorer.score(weight, count: posting.count, length: posting.length) }
        }
        return score
    }

    func promise(from number: UInt64) -> (Double, last: UInt64) {
        guard !isAtEnd else { return (0, .max) }
        var promise = 0.0
        var last = UInt64.max
        for (list, weight) in zip(lists, weights) {
            guard let (bounds, end) = list.bounds(from: number) else { return (0, .max) }
            promise += bounds.reduce(0) { max($0, scorer.score(weight, count: $1.count, length: $1.length)) }
            last = min(last, end)
        }
        return (promise, last)
    }

    /// Whether the words stand where they have to in the document that all lists have come to.
    private mutating func stands() throws(CatalogError) -> Bool {
        if case .anywhere = places, field == nil { return true }
        var found: [[UInt64]] = []
        for index in lists.indices {
            var places = try lists[index].places()
            if let field { places.removeAll { WordPlaces.field(of: $0) != UInt64(field) } }
            if places.isEmpty { return false }
            found.append(places)
        }
        switch places {
        case .anywhere: return true
        case .offsets(let offsets): return !WordPlaces.phrase(found, offsets).isEmpty
        case .within(let distance): return WordPlaces.areNear(found, distance)
        }
    }
}
