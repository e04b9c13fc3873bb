#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#elseif canImport(Glibc)
    import Glibc
#endif

/// `ts_rank` and `ts_rank_cd`, to the last digit: in numbers of single precision where PostgreSQL has them.
struct TextRank {
    /// What the weights D, C, B, A count.
    let weights: [Float]
    let vector: TSVector
    let query: TSQuery
    /// Bits: what the rank is divided by.
    let normalization: Int

    static let defaultWeights: [Float] = [0.1, 0.2, 0.4, 1]

    private static let logOfLength = 1
    private static let length = 2
    private static let distance = 4
    private static let words = 8
    private static let logOfWords = 16
    private static let itself = 32

    // MARK: How often

    var value: Float {
        guard !vector.lexemes.isEmpty, let root = query.items.last else { return 0 }
        let isConjunction =
            switch root {
            case .and, .phrase: true
            default: false
            }
        var rank = isConjunction ? ofConjunction : ofDisjunction
        if rank < 0 { rank = 1e-20 }
        if normalization & Self.logOfLength != 0 { rank = Float(Double(rank) / (log(Double(vector.length + 1)) / log(2.0))) }
        if normalization & Self.length != 0, vector.length > 0 { rank /= Float(vector.length) }
        if normalization & Self.words != 0 { rank /= Float(vector.lexemes.count) }
        if normalization & Self.logOfWords != 0 { rank = Float(Double(rank) / (log(Double(vector.lexemes.count + 1)) / log(2.0))) }
        if normalization & Self.itself != 0 { rank /= rank + 1 }
        return rank
    }

    /// The operands in the order of their words, each word once: of a word and a prefix that are spelled alike the right one.
    private var distinctOperands: [TSQuery.Operand] {
        var operands: [TSQuery.Operand] = []
        for operand in query.operands.enumerated().sorted(by: { a, b in
            let order = TSVector.compare(a.element.word, b.element.word)
            return order == 0 ? a.offset > b.offset : order < 0
        }).map(\.element) where operands.last?.word != operand.word {
            operands.append(operand)
        }
        return operands
    }

    /// What stands for positions where there are none.
    private static let unknown = [TSVector.Position(TSVector.Position.maximum)]

    private var ofDisjunction: Float {
        let operands = distinctOperands
        var rank: Float = 0
        for operand in operands {
            for index in vector.matching(operand.word, isPrefix: operand.isPrefix) {
                let known = vector.lexemes[index].positions
                var sum: Float = 0
                var best: Float = -1
                var bestPlace = 0
                for (place, position) in (known.isEmpty ? Self.unknown : known).enumerated() {
                    let weight = weights[position.weight]
                    sum += weight / Float((place + 1) * (place + 1))
                    if weight > best {
                        best = weight
                        bestPlace = place
                    }
                }
                let count: Float = best + sum - best / Float((bestPlace + 1) * (bestPlace + 1))
                rank = Float(Double(rank) + Double(count) / 1.64493406685)
            }
        }
        return operands.isEmpty ? rank : rank / Float(operands.count)
    }

    /// How near words are to each other.
    private static func nearness(_ distance: Int) -> Float {
        if distance > 100 { return 1e-30 }
        return Float(1.0 / (1.005 + 0.05 * exp(Double(Float(distance)) / 1.5 - 2)))
    }

    private var ofConjunction: Float {
        let operands = distinctOperands
        guard operands.count > 1 else { return ofDisjunction }
        var found: [(positions: [TSVector.Position], isKnown: Bool)?] = Array(repeating: nil, count: operands.count)
        var rank: Float = -1
        for (place, operand) in operands.enumerated() {
            for index in vector.matching(operand.word, isPrefix: operand.isPrefix) {
                let known = vector.lexemes[index].positions
                let mine = known.isEmpty ? (Self.unknown, false) : (known, true)
                found[place] = mine
                for other in found[..<place].compactMap({ $0 }) {
                    for a in mine.0 {
                        for b in other.positions {
                            var distance = abs(a.place - b.place)
                            if distance == 0 {
                                if mine.1, other.isKnown { continue }
                                distance = TSVector.Position.maximum + 1
                            }
                            let product: Float = weights[a.weight] * weights[b.weight] * Self.nearness(distance)
                            let weight = Float(Double(product).squareRoot())
                            rank = rank < 0 ? weight : Float(1.0 - (1.0 - Double(rank)) * (1.0 - Double(weight)))
                        }
                    }
                }
            }
        }
        return rank
    }

    // MARK: How near together

    /// A place of the text with the operands that stand there.
    private struct Entry {
        let position: TSVector.Position
        let lexeme: Int
        var operands: [Int]
    }

    var coverDensity: Float {
        let inverse = weights.map { 1.0 / Double($0) }
        let entries = entries
        guard !entries.isEmpty else { return 0 }
        var rank = 0.0
        var (distances, lastMiddle, count) = (0.0, 0.0, 0)
        var start = 0
        while let (first, last) = cover(entries, from: &start) {
            var sum = 0.0
            for entry in entries[first...last] { sum += inverse[entry.position.weight] }
            let density = Double(last - first + 1) / sum
            let (begin, end) = (entries[first].position.place, entries[last].position.place)
            var noise = (end - begin) - (last - first)
            if noise < 0 { noise = (last - first) / 2 }
            rank += density / Double(1 + noise)
            let middle = Double(end + begin) / 2
            if count > 0, middle > lastMiddle { distances += 1.0 / (middle - lastMiddle) }
            lastMiddle = middle
            count += 1
        }
        if normalization & Self.logOfLength != 0 { rank /= log(Double(vector.length + 1)) }
        if normalization & Self.length != 0, vector.length > 0 { rank /= Double(vector.length) }
        if normalization & Self.distance != 0, count > 0, distances > 0 { rank /= Double(count) / distances }
        if normalization & Self.words != 0 { rank /= Double(vector.lexemes.count) }
        if normalization & Self.logOfWords != 0 { rank /= log(Double(vector.lexemes.count + 1)) / log(2.0) }
        if normalization & Self.itself != 0 { rank /= rank + 1 }
        return Float(rank)
    }

    private var entries: [Entry] {
        var entries: [Entry] = []
        for (number, item) in query.items.enumerated() {
            guard case .operand(let operand) = item else { continue }
            for index in vector.matching(operand.word, isPrefix: operand.isPrefix) {
                for position in vector.lexemes[index].positions
                where operand.weights == 0 || operand.weights & 1 << UInt8(position.weight) != 0 {
                    entries.append(Entry(position: position, lexeme: index, operands: [number]))
                }
            }
        }
        entries.sort { a, b in
            (a.position.place, a.position.weight, a.lexeme) < (b.position.place, b.position.weight, b.lexeme)
        }
        var joined: [Entry] = []
        for entry in entries {
            if let last = joined.last, last.position == entry.position, last.lexeme == entry.lexeme {
                joined[joined.count - 1].operands += entry.operands
            } else {
                joined.append(entry)
            }
        }
        return joined
    }

    /// The next shortest run of entries for which the query holds.
    private func cover(_ entries: [Entry], from start: inout Int) -> (first: Int, last: Int)? {
        while start < entries.count {
            var seen = Seen(count: query.items.count)
            var last = start
            var isFound = false
            while last < entries.count {
                seen.add(entries[last], isBackward: false)
                if seen.satisfy(query) {
                    isFound = true
                    break
                }
                last += 1
            }
            guard isFound, entries[last].position.place > 0 else { return nil }
            seen = Seen(count: query.items.count)
            var first = last
            while first >= start {
                seen.add(entries[first], isBackward: true)
                if seen.satisfy(query) {
                    start = first + 1
                    return (first, last)
                }
                first -= 1
            }
            start += 1
        }
        return nil
    }

    /// The operands that were seen on the way, with their places.
    private struct Seen {
        private var places: [[Int]]
        private var isThere: [Bool]
        private var isBackward = false

        init(count: Int) {
            places = Array(repeating: [], count: count)
            isThere = Array(repeating: false, count: count)
        }

        mutating func add(_ entry: Entry, isBackward: Bool) {
            self.isBackward = isBackward
            for operand in entry.operands {
                isThere[operand] = true
                if places[operand].last != entry.position.place { places[operand].append(entry.position.place) }
            }
        }

        func satisfy(_ query: TSQuery) -> Bool {
            TSQueryMatch.holds(query) { index, _, wantsPlaces in
                guard isThere[index] else { return .plain(.no) }
                var part = TSQueryMatch.Part.plain(.yes)
                if wantsPlaces { part.places = isBackward ? places[index].reversed() : places[index] }
                return part
            }
        }
    }
}
