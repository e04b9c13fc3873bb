import Ground

/// A list of a word where it lies in its record, which a ``TextIndexSource`` keeps.
struct LyingList {
    let last: UInt64
    /// The record, and where in it the list's documents are and their places; without these they have a record of their own, as in segments of
    /// the first format.
    let record: Bytes
    let postings: Range<Int>
    let places: Range<Int>?
    let segment: UInt32
    let head: PostingBlock.Head

    /// nil for what can't be read.
    init?(last: UInt64, record: Bytes, postings: Range<Int>, places: Range<Int>?, segment: UInt32) {
        guard let head = PostingBlock.head(record, in: postings) else { return nil }
        self.head = head
        self.last = last
        self.record = record
        self.postings = postings
        self.places = places
        self.segment = segment
    }

    /// Its documents, and how often each has the word; nil if they can't be read.
    var documents: PostingBlock.Documents? {
        var documents = PostingBlock.Documents()
        return PostingBlock.decode(record, in: postings, head, last: last, to: &documents) ? documents : nil
    }
}

/// Goes through the lists of a ``WordBlock`` and says how their words stand to one. Whatever the bytes are, it ends, and what it tells of lies
/// within them.
struct WordSearchInBlock {
    enum Step {
        /// A list of a word before the one that is looked for, of that one, and of one behind it.
        case before, found, behind
        case end, damage
    }

    private var reader: PackedBytesReader
    private let base: UInt64
    /// How long the word is that it stands at, how many bytes of it are those of the one that is looked for, and how it stands to that.
    private var count = 0
    private var common = 0
    private var step = Step.before
    private(set) var last: UInt64 = 0
    private(set) var postings = 0..<0
    private(set) var places = 0..<0

    /// nil for what is no block.
    init?(_ record: Bytes) {
        reader = PackedBytesReader(record, in: 0..<record.count)
        guard let base = reader.variable(), base < DocumentWords.countLimit else { return nil }
        self.base = base
    }

    /// Moves on to the next list.
    mutating func next(_ word: Bytes) -> Step {
        if reader.isAtEnd { return .end }
        guard let shared = reader.byte(), Int(shared) <= count, let more = reader.byte(), let rest = reader.range(Int(more)),
            let distance = reader.variable(), distance < DocumentWords.countLimit, let postingCount = reader.variable(),
            let placeCount = reader.variable(), let postings = reader.range(Int(clamping: postingCount)),
            let places = reader.range(Int(clamping: placeCount))
        else { return .damage }
        count = Int(shared) + rest.count
        guard count > 0, count <= TextAnalyzer.longestWord else { return .damage }
        // What is shared with the one before beyond the first byte that is another changes nothing.
        if Int(shared) <= common { compare(rest, behind: Int(shared), word) }
        last = base + distance
        self.postings = postings
        self.places = places
        return step
    }

    private mutating func compare(_ rest: Range<Int>, behind shared: Int, _ word: Bytes) {
        common = shared
        for place in rest {
            guard common < word.count else { return step = .behind }
            let (own, other) = (reader.byte(at: place), word[common])
            guard own == other else { return step = own < other ? .before : .behind }
            common += 1
        }
        step = common == word.count ? .found : .before
    }
}
