/// The word and the run of paired letters that were begun.
struct WordPieces {
    let hasEnds: Bool
    var position = 0
    var word: (range: Range<Int>, hasText: Bool)?
    /// Letters of scripts without spaces, each with what is attached to it.
    var pairs: [Range<Int>] = []
    /// Whether the character before is a digit.
    var isNumber = false

    init(hasEnds: Bool) {
        self.hasEnds = hasEnds
    }

    mutating func add(_ range: Range<Int>, _ kind: WordBreakClass) {
        isNumber = kind == .numeric
        word = ((word?.range.lowerBound ?? range.lowerBound)..<range.upperBound, (word?.hasText ?? false) || kind.isLetter || isNumber)
    }

    mutating func addPaired(_ range: Range<Int>) {
        isNumber = false
        pairs.append(range)
    }

    mutating func attach(_ range: Range<Int>) {
        if let begun = word {
            word = (begun.range.lowerBound..<range.upperBound, begun.hasText)
        } else if let last = pairs.last {
            pairs[pairs.count - 1] = last.lowerBound..<range.upperBound
        }
    }
}
