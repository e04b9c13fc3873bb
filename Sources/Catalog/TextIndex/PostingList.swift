import Ground

/// The documents that have a word, in the order of their numbers, read block by block as far as they are asked for.
struct PostingList {
    /// A block where it lies, or one that was made here: of pending documents, or of several words at once.
    fileprivate struct Block {
        enum Content {
            case stored(StoredList)
            case made([Posting], positions: [[UInt64]])
        }

        let last: UInt64
        let head: PostingBlock.Head
        let content: Content
    }

    private let word: [UInt8]
    private let blocks: [Block]
    private let source: TextIndexSource
    private var block = 0
    private var postings: [Posting] = []
    private var index = 0
    private var positions: [[UInt64]]?
    /// How many documents have the word, with those that are gone and still stand in a segment.
    let documents: Int

    /// - Parameter word: whose list it is, or the first of those whose it is.
    fileprivate init(_ word: [UInt8], _ blocks: [Block], _ source: TextIndexSource) throws(CatalogError) {
        self.word = word
        self.blocks = blocks
        self.source = source
        documents = blocks.reduce(0) { $0 + $1.head.documents }
        try load()
    }

    /// The document that the list stands at; nil behind the last one. It may be gone.
    var current: Posting? { index < postings.count ? postings[index] : nil }

    private var damaged: CatalogError { source.keys.damaged(TextIndexKeys.block(source.keys.postings(0), word, last: blocks[block].last)) }

    private mutating func load() throws(CatalogError) {
        index = 0
        positions = nil
        postings = []
        guard block < blocks.count else { return }
        switch blocks[block].content {
        case .stored(let list):
            guard let read = list.decodedPostings() else { throw damaged }
            postings = read
        case .made(let made, _): postings = made
        }
    }

    /// Goes on to the first document with at least that number.
    mutating func advance(to number: UInt64) throws(CatalogError) {
        guard let current, current.number < number else { return }
        if blocks[block].last < number {
            block = blockOf(number)
            try load()
        }
        while index < postings.count, postings[index].number < number { index += 1 }
    }

    mutating func next() throws(CatalogError) {
        index += 1
        guard index >= postings.count, block < blocks.count else { return }
        block += 1
        try load()
    }

    /// The first block from here on that may have the number.
    private func blockOf(_ number: UInt64) -> Int {
        var low = block
        var high = blocks.count
        while low < high {
            let middle = (low + high) / 2
            if blocks[middle].last < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// What bounds the scores of documents from the number on, and the last number for which it does; nil behind the last one.
    func bounds(from number: UInt64) -> (bounds: [PostingBlock.Bound], last: UInt64)? {
        let place = blockOf(number)
        return place < blocks.count ? (blocks[place].head.bounds, blocks[place].last) : nil
    }

    /// What bounds all scores.
    var allBounds: [PostingBlock.Bound] { blocks.flatMap(\.head.bounds) }

    /// Where the word stands in the present document.
    mutating func places() throws(CatalogError) -> [UInt64] {
        guard block < blocks.count, index < postings.count else { return [] }
        if positions == nil {
            switch blocks[block].content {
            case .stored(let list):
                guard let read = try list.decodedPlaces(of: postings, source.snapshot) else { throw damaged }
                positions = read
            case .made(_, let made): positions = made
            }
        }
        return positions?[index] ?? []
    }
}

/// A text index in one state: what its segments and its pending documents say of words.
final class TextIndexSource {
    let keys: TextIndexKeys
    let snapshot: KeyValueSnapshot
    let state: TextIndexState
    let dead: DeadDocuments
    private let known: PendingWords
    private var pendingDocuments: [(number: UInt64, words: DocumentWords)]?

    /// - Parameter known: what is remembered of earlier states.
    init(prefix: [UInt8], _ snapshot: KeyValueSnapshot, _ known: PendingWords = PendingWords()) throws(CatalogError) {
        self.known = known
        let keys = TextIndexKeys(prefix: prefix)
        var state = TextIndexState()
        if let value = try snapshot.get(keys.state) {
            guard let read = TextIndexState(value.bytes) else { throw keys.damaged(keys.state) }
            state = read
        }
        self.keys = keys
        self.snapshot = snapshot
        self.state = state
        dead = DeadDocuments(keys, state.segments, snapshot)
    }

    func pending() throws(CatalogError) -> [(number: UInt64, words: DocumentWords)] {
        if let pendingDocuments { return pendingDocuments }
        let documents = state.pending > 0 ? try known.documents(keys, snapshot) : []
        pendingDocuments = documents
        return documents
    }

    /// The list of a word.
    func list(_ word: [UInt8]) throws(CatalogError) -> PostingList {
        var blocks: [PostingList.Block] = []
        for segment in state.segments {
            let lists = try SegmentLists(keys, segment, snapshot, from: word + [0])
            while try lists.next() {
                if lists.word != word {
                    // Others are before it in its first record.
                    if lists.word.lexicographicallyPrecedes(word) { continue } else { break }
                }
                let list = lists.list
                guard let head = list.head else { throw keys.damaged(lists.key) }
                blocks.append(.init(last: list.last, head: head, content: .stored(list)))
            }
        }
        var made: [(Posting, [UInt64])] = []
        for (number, words) in try pending() {
            guard let found = words.word(word) else { continue }
            made.append((Posting(number: number, count: found.count, length: DocumentLength.byte(words.length)), found.positions))
        }
        return try PostingList(word, blocks + Self.blocks(made), self)
    }

    /// One list of several words, in which a document has them as often as all of them together.
    func list(_ words: [[UInt8]]) throws(CatalogError) -> PostingList {
        if words.count == 1 { return try list(words[0]) }
        var documents: [UInt64: (Posting, [UInt64])] = [:]
        for word in words {
            var list = try list(word)
            while let posting = list.current {
                let places = try list.places()
                if let (known, others) = documents[posting.number] {
                    let both = Posting(number: posting.number, count: known.count + posting.count, length: posting.length)
                    documents[posting.number] = (both, (others + places).sorted())
                } else {
                    documents[posting.number] = (posting, places)
                }
                try list.next()
            }
        }
        return try PostingList(words.first ?? [], Self.blocks(documents.values.sorted { $0.0.number < $1.0.number }), self)
    }

    private static func blocks(_ documents: [(Posting, [UInt64])]) -> [PostingList.Block] {
        stride(from: 0, to: documents.count, by: PostingBlock.limit).compactMap { start in
            let part = documents[start..<min(start + PostingBlock.limit, documents.count)]
            let postings = part.map(\.0)
            guard let last = postings.last, let head = PostingBlock.head(PostingBlock.encode(postings)) else { return nil }
            return .init(last: last.number, head: head, content: .made(postings, positions: part.map(\.1)))
        }
    }

    /// Words of more than this many that begin alike or are similar are not looked for.
    static let expansionLimit = 1_024

    /// The words that begin so and that the condition lets pass, in order.
    func words(beginningWith start: [UInt8], where passes: ([UInt8]) -> Bool = { _ in true }) throws(CatalogError) -> [[UInt8]] {
        var words: Set<[UInt8]> = []
        for segment in state.segments {
            let lists = try SegmentLists(keys, segment, snapshot, from: start)
            var before: [UInt8] = []
            while try lists.next() {
                let word = lists.word
                guard word.starts(with: start) else {
                    if word.lexicographicallyPrecedes(start) { continue } else { break }
                }
                if word == before {
                    try lists.passWord()
                } else if passes(word) {
                    words.insert(word)
                }
                before = word
            }
        }
        for (_, document) in try pending() {
            for word in document.words where word.term.starts(with: start) && passes(word.term) { words.insert(word.term) }
        }
        guard words.count <= Self.expansionLimit else {
            throw CatalogError(
                .tooLarge,
                "\(words.count) words begin like `\(String(decoding: start, as: UTF8.self))`; the limit is \(Self.expansionLimit). "
                    + "Ask for more letters.")
        }
        return words.sorted { $0.lexicographicallyPrecedes($1) }
    }
}
