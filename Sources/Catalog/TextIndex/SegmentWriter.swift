import Ground

/// Writes the records of a segment, word by word.
struct SegmentWriter {
    private let keys: TextIndexKeys
    private let key: [UInt8]
    private var word: [UInt8] = []
    private var postings: [Posting] = []
    private var places = ListPlaces()
    private var countsArePlaces = true
    /// What the next record has until now, and how many bytes that is.
    private var lists: [WordBlock.List] = []
    private var byteCount = 0
    private(set) var blocks: UInt64 = 0

    /// A list goes on in another part when it has as many places: values of half a page are put outside, and have pages of their own.
    private static let placeLimit = 768

    init(_ keys: TextIndexKeys, _ segment: UInt32) {
        self.keys = keys
        key = keys.postings(segment)
    }

    /// - Parameter posting: with a higher number than those of the word before it.
    mutating func append(
        _ posting: Posting, _ more: some Collection<UInt64>, of word: [UInt8], _ store: inout KeyValueTransaction
    ) throws(CatalogError) {
        if word != self.word || postings.count == PostingBlock.limit || places.places.count >= Self.placeLimit {
            try finishList(&store)
            self.word = word
        }
        if let last = postings.last, last.number >= posting.number {
            throw keys.damaged(TextIndexKeys.block(key, word, last: posting.number))
        }
        postings.append(posting)
        places.append(more)
        if UInt64(more.count) != posting.count { countsArePlaces = false }
    }

    private mutating func finishList(_ store: inout KeyValueTransaction) throws(CatalogError) {
        guard let last = postings.last?.number else { return }
        var writer = PackedNumberWriter()
        PlaceBlock.append(places, saysCounts: !countsArePlaces, to: &writer)
        let list = WordBlock.List(
            word: word, last: last, postings: PostingBlock.encode(postings, countsArePlaces: countsArePlaces), places: writer.bytes)
        postings.removeAll(keepingCapacity: true)
        places.removeAll()
        countsArePlaces = true
        if byteCount + list.byteCount > WordBlock.byteLimit { try put(&store) }
        lists.append(list)
        byteCount += list.byteCount
    }

    private mutating func put(_ store: inout KeyValueTransaction) throws(CatalogError) {
        guard let last = lists.last else { return }
        try store.put(TextIndexKeys.block(key, last.word, last: last.last), WordBlock.encode(lists))
        blocks += 1
        lists.removeAll(keepingCapacity: true)
        byteCount = 0
    }

    /// Writes what is left.
    mutating func finish(_ store: inout KeyValueTransaction) throws(CatalogError) {
        try finishList(&store)
        try put(&store)
    }
}
