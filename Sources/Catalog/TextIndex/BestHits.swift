/// The documents with the highest scores. Only of those that score the same keys are looked up, for these stand in the order of their keys.
struct BestHits {
    private struct Candidate {
        let number: UInt64
        let score: Double
        var key: [UInt8]?
    }

    private let limit: Int
    private let source: TextIndexSource
    /// A heap with the worst on top.
    private var candidates: [Candidate] = []

    init(_ limit: Int, _ source: TextIndexSource) {
        self.limit = limit
        self.source = source
    }

    /// The score that a document needs; nil as long as any is wanted.
    var threshold: Double? { candidates.count == limit ? candidates[0].score : nil }

    mutating func sorted() throws(CatalogError) -> [TextSearch.Hit] {
        var hits: [TextSearch.Hit] = []
        for index in candidates.indices {
            hits.append(
                TextSearch.Hit(number: candidates[index].number, key: try key(of: &candidates[index]), score: candidates[index].score))
        }
        return hits.sorted { $0.score != $1.score ? $0.score > $1.score : $0.key.lexicographicallyPrecedes($1.key) }
    }

    private func key(of candidate: inout Candidate) throws(CatalogError) -> [UInt8] {
        if let key = candidate.key { return key }
        let key = try source.key(of: candidate.number)
        candidate.key = key
        return key
    }

    private func isWorse(_ left: inout Candidate, _ right: inout Candidate) throws(CatalogError) -> Bool {
        if left.score != right.score { return left.score < right.score }
        let key = try key(of: &right)
        return key.lexicographicallyPrecedes(try self.key(of: &left))
    }

    /// Whether one of the heap is worse than another.
    private mutating func isWorse(at left: Int, than right: Int) throws(CatalogError) -> Bool {
        var (one, other) = (candidates[left], candidates[right])
        let isWorse = try isWorse(&one, &other)
        (candidates[left], candidates[right]) = (one, other)
        return isWorse
    }

    mutating func insert(_ number: UInt64, _ score: Double) throws(CatalogError) {
        var new = Candidate(number: number, score: score)
        if candidates.count < limit {
            candidates.append(new)
            var child = candidates.count - 1
            while child > 0, try isWorse(at: child, than: (child - 1) / 2) {
                candidates.swapAt(child, (child - 1) / 2)
                child = (child - 1) / 2
            }
            return
        }
        var worst = candidates[0]
        let isBetter = try isWorse(&worst, &new)
        candidates[0] = isBetter ? new : worst
        guard isBetter else { return }
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < candidates.count {
                if try isWorse(at: child, than: least) { least = child }
            }
            guard least != parent else { return }
            candidates.swapAt(parent, least)
            parent = least
        }
    }
}

extension TextIndexSource {
    func key(of number: UInt64) throws(CatalogError) -> [UInt8] {
        guard let value = try snapshot.get(keys.document(number)), let document = IndexedDocument(value.bytes) else {
            throw keys.damaged(keys.document(number))
        }
        return document.key
    }

    /// The number of the document with an encoded key; nil if it has no words.
    func number(ofKey key: [UInt8]) throws(CatalogError) -> UInt64? {
        try snapshot.get(keys.number(ofKey: key)).map { TextIndexKeys.number($0.bytes) }
    }
}
