import Ground

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// Looks for documents in a text index, and ranks them by BM25.
package struct TextSearch {
    /// How BM25 weighs counts and lengths.
    struct Ranking: Sendable {
        /// How soon more of the same word counts less.
        var k1 = 1.2
        /// How much a longer document needs more of it: 0 not at all, 1 in proportion.
        var b = 0.75
    }

    struct Hit: Equatable {
        let number: UInt64
        /// The document's primary key, encoded.
        let key: [UInt8]
        let score: Double
    }

    /// What a search looked at.
    package struct Work: Equatable {
        package init() {}

        package fileprivate(set) var lists = 0
        package fileprivate(set) var documentsScored = 0
        /// How often documents were passed over because their blocks promise too little.
        package fileprivate(set) var blocksSkipped = 0

        /// In words, for plans.
        package var text: String { "looked at \(lists) lists, scored \(documentsScored) documents, skipped \(blocksSkipped) blocks" }

        package static func += (sum: inout Work, other: Work) {
            sum.lists += other.lists
            sum.documentsScored += other.documentsScored
            sum.blocksSkipped += other.blocksSkipped
        }
    }

    private let source: TextIndexSource
    private let scorer: Scorer
    private(set) var work = Work()
    /// What may stop it.
    var cancellation: Cancellation?

    /// - Parameter prefix: the index's.
    init(prefix: [UInt8], _ snapshot: KeyValueSnapshot, ranking: Ranking = Ranking()) throws(CatalogError) {
        self.init(try TextIndexSource(prefix: prefix, snapshot), ranking: ranking)
    }

    init(_ source: TextIndexSource, ranking: Ranking = Ranking()) {
        self.source = source
        scorer = Scorer(ranking, source.state)
    }

    /// How many documents are found.
    mutating func count(_ query: TextQuery) throws(CatalogError) -> Int {
        let groups = try groups(of: query)
        if let known = knownCount(query, groups) { return known }
        var count = 0
        try visit(query, groups, isScored: false) { _, _ in
            count += 1
            return .any
        }
        return count
    }

    /// How many documents are found if the lists alone say it.
    private mutating func knownCount(_ query: TextQuery, _ groups: [MatchGroup]) -> Int? {
        guard groups.count == 1, query.groups[0].count == 1, query.excluded.isEmpty,
            source.state.segments.allSatisfy({ $0.dead == 0 }), let count = groups[0].knownCount
        else { return nil }
        work.lists += groups[0].listCount
        return count
    }

    /// How many documents may be found at most, told by the lists alone. Throws `.tooLarge` for a beginning of too many words, which the
    /// search would throw: also for one of those that are excluded.
    func mostDocuments(_ query: TextQuery) throws(CatalogError) -> Int {
        var most = Int.max
        for parts in query.groups { most = min(most, try MatchGroup(parts, source, scorer).documents) }
        _ = try MatchGroup(query.excluded, source, scorer)
        return most == .max ? 0 : most
    }

    /// The keys of the first documents that are found from a number on, in the order of their numbers.
    ///
    /// - Returns: Beside them the number from which the search goes on; nil if these are all.
    mutating func keys(
        _ query: TextQuery, from number: UInt64, limit: Int
    ) throws(CatalogError) -> (keys: [[UInt8]], next: UInt64?) {
        var keys: [[UInt8]] = []
        var next: UInt64?
        let source = source
        try visit(query, isScored: false, from: number) { number, _ throws(CatalogError) in
            keys.append(try source.key(of: number))
            guard keys.count == limit else { return .any }
            next = number + 1
            return .none
        }
        return (keys, next)
    }

    /// The best documents, the best first; of equal ones those with the lower keys.
    /// - Parameter numbers: of those that are looked at, ascending; nil: all.
    mutating func best(_ limit: Int, _ query: TextQuery, among numbers: [UInt64]? = nil) throws(CatalogError) -> [Hit] {
        guard limit > 0 else { return [] }
        var best = BestHits(limit, source)
        let groups = try groups(of: query)
        if numbers == nil, groups.count == 1, query.excluded.isEmpty, query.preferred.isEmpty, let (list, weight) = groups[0].onlyList {
            try visitBest(of: list, weight, &best)
            return try best.sorted()
        }
        try visit(query, groups, isScored: true, among: numbers) { number, score throws(CatalogError) in
            if let least = best.threshold, score < least { return .above(least) }
            try best.insert(number, score)
            guard let least = best.threshold else { return .any }
            return .above(least)
        }
        return try best.sorted()
    }

    /// Looks for the best documents of one list, block by block, the one that promises most first: so it looks at few.
    private mutating func visitBest(of list: PostingList, _ weight: Double, _ best: inout BestHits) throws(CatalogError) {
        work.lists += 1
        var promises: [(bound: Double, block: Int)] = []
        promises.reserveCapacity(list.blockCount)
        for block in 0..<list.blockCount { promises.append((try list.bound(of: block, weight, scorer), block)) }
        promises.sort { $0.bound != $1.bound ? $0.bound > $1.bound : $0.block < $1.block }
        for (place, (bound, block)) in promises.enumerated() {
            if let cancellation, cancellation.isCancelled { throw Cancellation.error }
            if let least = best.threshold, bound * Self.tolerance < least {
                work.blocksSkipped += promises.count - place
                return
            }
            try list.visit(block) { number, frequency throws(CatalogError) in
                if try source.dead.contains(number) { return }
                work.documentsScored += 1
                let score = scorer.score(weight, frequency: frequency, length: try source.length(of: number))
                if let least = best.threshold, score < least { return }
                try best.insert(number, score)
            }
        }
    }

    private func groups(of query: TextQuery) throws(CatalogError) -> [MatchGroup] {
        var groups: [MatchGroup] = []
        for parts in query.groups { groups.append(try MatchGroup(parts, source, scorer)) }
        return groups
    }

    /// What raises scores and need not be met. A beginning of too many words raises those of nearly all documents: then none.
    private func preferred(of query: TextQuery) throws(CatalogError) -> MatchGroup {
        do throws(CatalogError) { return try MatchGroup(query.preferred, source, scorer) } catch {
            guard error.kind == .tooLarge else { throw error }
            return try MatchGroup([], source, scorer)
        }
    }

    /// Which documents are wanted behind the one that was visited.
    private enum Wanted {
        case any, none
        /// Those with no lower score.
        case above(Double)
    }

    /// Visits the documents that are found, in the order of their numbers.
    ///
    /// - Parameters:
    ///   - known: the query's groups, unless they are still to be made.
    ///   - numbers: of those that are looked at, ascending; nil: all.
    ///   - visit: is given a document's number and its score.
    private mutating func visit(
        _ query: TextQuery, _ known: [MatchGroup]? = nil, isScored: Bool, from first: UInt64 = 0, among numbers: [UInt64]? = nil,
        _ visit: (UInt64, Double) throws(CatalogError) -> Wanted
    ) throws(CatalogError) {
        guard !query.groups.isEmpty else { return }
        var groups = if let known { known } else { try groups(of: query) }
        // The rarest decides where the others look.
        groups.sort { $0.documents < $1.documents }
        var excluded = try MatchGroup(query.excluded, source, scorer)
        var preferred = if isScored { try preferred(of: query) } else { try MatchGroup([], source, scorer) }
        work.lists += groups.reduce(excluded.listCount + preferred.listCount) { $0 + $1.listCount }
        var least: Double?
        var number = first
        var steps = 0
        // What no document up to `end` scores more than, together and in each group.
        var promises = [Double](repeating: 0, count: groups.count)
        var promise = 0.0
        var end: UInt64?
        var place = 0
        search: while true {
            if let numbers {
                while place < numbers.count, numbers[place] < number { place += 1 }
                guard place < numbers.count else { return }
                number = numbers[place]
            }
            steps &+= 1
            if steps & 0xFFF == 0, let cancellation, cancellation.isCancelled { throw Cancellation.error }
            if let wanted = least {
                if end.map({ number > $0 }) ?? true {
                    var last: UInt64
                    (promise, last) = try preferred.promise(from: number)
                    for index in groups.indices {
                        let (bound, groupEnd) = try groups[index].promise(from: number)
                        promises[index] = bound
                        promise += bound
                        last = min(last, groupEnd)
                    }
                    end = last
                }
                // Documents whose blocks promise too little are passed over.
                if promise * Self.tolerance < wanted {
                    guard let last = end, last < .max else { return }
                    work.blocksSkipped += 1
                    number = last + 1
                    continue
                }
                for index in groups.indices { groups[index].require(wanted - (promise - promises[index]) * Self.tolerance) }
            }
            for index in groups.indices {
                guard let found = try groups[index].advance(to: number) else {
                    // Behind the range others may find more.
                    guard let last = end, last < .max else { return }
                    number = last + 1
                    continue search
                }
                if let last = end, found > last {
                    number = last + 1
                    continue search
                }
                if found > number {
                    number = found
                    if index > 0 || numbers != nil { continue search }
                }
            }
            let isGone = try source.dead.contains(number)
            if !isGone, try excluded.advance(to: number) != number {
                var score = 0.0
                if isScored {
                    work.documentsScored += 1
                    score = try preferred.score(of: number, source)
                    for index in groups.indices { score += try groups[index].score(of: number, source) }
                }
                switch try visit(number, score) {
                case .any: break
                case .above(let needed): least = needed
                case .none: return
                }
            }
            number += 1
        }
    }

    /// Sums of the same numbers in another order differ in their last digits.
    static let tolerance = 1 + 1e-9
}

/// BM25. Numbers of documents count those that are gone and still stand in a segment, as in other indexes of segments: both rise alike.
struct Scorer: Sendable {
    private let k1: Double
    private let documents: Double
    /// By the byte of a length: what it adds to a count below the line.
    private let norms: [Double]

    init(_ ranking: TextSearch.Ranking, _ state: TextIndexState) {
        k1 = ranking.k1
        documents = Double(state.segments.reduce(state.pending) { $0 + $1.documents })
        let average = max(1, Double(state.length) / Double(max(1, state.documents)))
        norms = (0...255).map { byte in
            ranking.k1 * (1 - ranking.b + ranking.b * Double(DocumentLength.length(UInt8(byte))) / average)
        }
    }

    /// How much a word says that so many documents have.
    func weight(documents count: Int) -> Double {
        let ratio = (documents - Double(count) + 0.5) / (Double(count) + 0.5)
        return log(1 + max(0, ratio)) * (k1 + 1)
    }

    func score(_ weight: Double, frequency: Double, length: UInt8) -> Double {
        weight * frequency / (frequency + norms[Int(length)])
    }
}
