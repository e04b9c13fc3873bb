/// Words that differ from another by a few letters: left out, put in, exchanged, or changed with their neighbour.
struct SimilarWords {
    private let letters: [Unicode.Scalar]
    private let distance: Int

    init(_ term: [UInt8], distance: Int) {
        letters = Array(String(decoding: term, as: UTF8.self).unicodeScalars)
        self.distance = distance
    }

    /// The first letter, which is taken to be right.
    var start: [UInt8] { letters.first.map { Array(String($0).utf8) } ?? [] }

    /// By the distance of optimal string alignment.
    func contains(_ term: [UInt8]) -> Bool {
        let other = Array(String(decoding: term, as: UTF8.self).unicodeScalars)
        guard abs(other.count - letters.count) <= distance else { return false }
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
            guard next.contains(where: { $0 <= distance }) else { return false }
            beforeLast = last
            last = next
        }
        return (last.last ?? 0) <= distance
    }
}
