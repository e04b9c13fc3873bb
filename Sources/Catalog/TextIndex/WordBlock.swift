/// Lists of words that follow each other, in one record.
///
///     …      the lowest of the last numbers (variable)
///     then each list, by their words, and those of one word by their numbers:
///     1, 1   how many bytes its word shares with the one before, and how many more it has
///     …      these
///     …      its last number, less the lowest; bytes of its documents; bytes of their places (variable)
///     …      documents (``PostingBlock``), places (``PositionBlock``)
///
/// The record's key has the word and the last number of its last list. So the first record from a word on is the first that may have it.
enum WordBlock {
    /// A list, or what a record has of it.
    struct List {
        let word: [UInt8]
        let last: UInt64
        let postings: [UInt8]
        let places: [UInt8]

        var byteCount: Int { word.count + postings.count + places.count + 8 }
    }

    /// About as many bytes are put in a record, unless one list has more. Few enough that little of a page is left over.
    static let byteLimit = 640

    static func encode(_ lists: [List]) -> [UInt8] {
        var writer = PackedNumberWriter()
        let base = lists.reduce(UInt64.max) { min($0, $1.last) }
        writer.variable(base)
        var before: [UInt8] = []
        for list in lists {
            var shared = 0
            while shared < before.count, shared < list.word.count, before[shared] == list.word[shared] { shared += 1 }
            writer.append(UInt8(truncatingIfNeeded: shared))
            writer.append(UInt8(truncatingIfNeeded: list.word.count - shared))
            writer.append(list.word[shared...])
            writer.variable(list.last - base)
            writer.variable(UInt64(list.postings.count))
            writer.variable(UInt64(list.places.count))
            writer.append(list.postings)
            writer.append(list.places)
            before = list.word
        }
        return writer.bytes
    }
}

/// Goes through the lists of a ``WordBlock``. Whatever the bytes are, it ends, and what it tells of lies within them.
struct WordBlockReader {
    enum Step {
        case list, end, damage
    }

    private var reader: PackedNumberReader
    private let base: UInt64
    private(set) var word: [UInt8] = []
    private(set) var last: UInt64 = 0
    /// Where the list's documents and their places are in the record.
    private(set) var postings = 0..<0
    private(set) var places = 0..<0

    /// nil for what is no block.
    init?(_ bytes: [UInt8]) {
        reader = PackedNumberReader(bytes)
        guard let base = reader.variable(), base < DocumentWords.countLimit else { return nil }
        self.base = base
    }

    mutating func next() -> Step {
        if reader.isAtEnd { return .end }
        guard let shared = reader.byte(), Int(shared) <= word.count, let count = reader.byte(), let rest = reader.range(Int(count)),
            let distance = reader.variable(), distance < DocumentWords.countLimit, let postingCount = reader.variable(),
            let placeCount = reader.variable(), let postings = reader.range(Int(clamping: postingCount)),
            let places = reader.range(Int(clamping: placeCount))
        else { return .damage }
        word.removeSubrange(Int(shared)...)
        reader.append(rest, to: &word)
        guard !word.isEmpty, word.count <= TextAnalyzer.longestWord else { return .damage }
        last = base + distance
        self.postings = postings
        self.places = places
        return .list
    }
}
