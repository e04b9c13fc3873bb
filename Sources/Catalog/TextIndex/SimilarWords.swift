/// Words that differ from another by a few letters: left out, put in, exchanged, or changed with their neighbour.
struct SimilarWords {
    private let letters: [Unicode.Scalar]
    private let limit: Int

    init(_ term: [UInt8], distance: Int) {
        letters = Array(String(decoding: term, as: UTF8.self).unicodeScalars)
        limit = distance
    }

    /// The first letter, which is taken to be right.
    var start: [UInt8] { letters.first.map { Array(String($0).utf8) } ?? [] }

    /// The distance of optimal string alignment; nil if it is more than is asked for.
    func distance(to term: [UInt8]) -> Int? {
        let other = Array(String(decoding: term, as: UTF8.self).unicodeScalars)
        guard abs(other.count - letters.count) <= limit else { return nil }
        var beforeLast: [Int] = []
        var last = Array(0...other.count)
        for (row, letter) in letters.enumerated() {
            var next = [row + 1]
            for (column, otherLetter) in other.enumerated() {
                var best = min(next[column] + 1, last[column + 1] + 1, last[column] + (letter == otherLetter ? 0 : 1))
                if row > 0, column > 0, letter == other[column - 1], letters[row - 1] == otherLetter {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                next.append(best)
            }
            guard next.contains(where: { $0 <= limit }) else { return nil }
            beforeLast = last
            last = next
        }
        return last.last.flatMap { $0 <= limit ? $0 : nil }
    }

    func contains(_ term: [UInt8]) -> Bool { distance(to: term) != nil }

    /// How much of ``whole`` an occurrence of a word counts: a half at distance 1, a third at 2; nothing if it is not similar.
    func share(of term: [UInt8]) -> UInt64 { distance(to: term).map { Self.whole / UInt64($0 + 1) } ?? 0 }

    /// Divisible by what distances divide it by.
    static let whole: UInt64 = 6
}
