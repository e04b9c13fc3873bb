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
        if word != self.word {
            try finishList(&store)
            self.word = word
        }
        try append(posting, &store)
        places.append(more)
        if UInt64(more.count) != posting.count { countsArePlaces = false }
    }

    /// The same for a part of a list, as ``ListPart`` has it, that lies in bytes from a place on up to their end. Answers false for what is none.
    mutating func append(
        part bytes: Bytes, at place: Int, first: UInt64, of word: Bytes, _ store: inout KeyValueTransaction
    ) throws(CatalogError) -> Bool {
        if !self.word.span.withBytes({ $0 == word }) {
            try finishList(&store)
            self.word = word.copy()
        }
        var reader = PackedBytesReader(bytes, in: place..<bytes.count)
        var number = first
        while !reader.isAtEnd {
            guard let gap = reader.variable(), gap < DocumentWords.countLimit, let length = reader.byte(), let count = reader.variable()
            else { return false }
            number += gap
            try append(Posting(number: number, count: count, length: length), &store)
            guard let more = places.append(&reader) else { return false }
            if more != count { countsArePlaces = false }
        }
        return true
    }

    /// A document of the word, whose places come next.
    private mutating func append(_ posting: Posting, _ store: inout KeyValueTransaction) throws(CatalogError) {
        if postings.count == PostingBlock.limit || places.places.count >= Self.placeLimit { try finishList(&store) }
        if let last = postings.last, last.number >= posting.number {
            throw keys.damaged(TextIndexKeys.block(key, word, last: posting.number))
        }
        postings.append(posting)
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
