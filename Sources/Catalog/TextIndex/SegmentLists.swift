import Ground

/// The lists of a segment, in the order of their words, and those of one word in the order of their numbers.
final class SegmentLists {
    private let keys: TextIndexKeys
    private let segment: TextIndexState.Segment
    private let source: KeyValueSnapshot
    private let part: [UInt8]
    private var cursor: KeyValueCursor
    /// The record, and the reader of its lists; nil before the first record, and in a segment where each record is a list.
    private var record: [UInt8] = []
    private var reader: WordBlockReader?
    private(set) var word: [UInt8] = []
    private(set) var last: UInt64 = 0

    /// - Parameter start: a word, or the beginning of one: lists of words from it on come, and maybe some before it.
    init(
        _ keys: TextIndexKeys, _ segment: TextIndexState.Segment, _ source: KeyValueSnapshot, from start: [UInt8] = []
    ) throws(CatalogError) {
        self.keys = keys
        self.segment = segment
        self.source = source
        part = keys.postings(segment.id)
        var interval = KeyInterval.prefix(part)
        if !start.isEmpty { interval.lower = part + start }
        cursor = try source.cursor(interval)
    }

    /// Goes on to the last record that has lists of the word, if it has more than this one: a frequent word has many.
    func passWord() throws(CatalogError) {
        guard let ending = TextIndexKeys.block(cursor.keyBytes, behind: part.count) else { throw keys.damaged(cursor.keyBytes) }
        guard ending.word == word else { return }
        reader = nil
        cursor.seek(to: part + word + [1])
    }

    /// Moves on; false at the end.
    func next() throws(CatalogError) -> Bool {
        while true {
            switch reader?.next() {
            case .list?:
                word = reader?.word ?? []
                last = reader?.last ?? 0
                return true
            case .damage?: throw keys.damaged(cursor.keyBytes)
            case .end?, nil: break
            }
            guard try cursor.next() else { return false }
            record = try cursor.value.bytes
            guard segment.format != .separate else {
                guard let named = TextIndexKeys.block(cursor.keyBytes, behind: part.count) else { throw keys.damaged(cursor.keyBytes) }
                (word, last) = named
                return true
            }
            guard let lists = WordBlockReader(record) else { throw keys.damaged(cursor.keyBytes) }
            reader = lists
        }
    }

    /// The list that ``next()`` moved to.
    var list: StoredList {
        guard let reader else {
            let key = TextIndexKeys.block(keys.positions(segment.id), word, last: last)
            return StoredList(last: last, bytes: record, postings: record.indices, places: .record(key))
        }
        return StoredList(last: last, bytes: record, postings: reader.postings, places: .range(reader.places))
    }

    /// Where it stands: what a key has behind its part that is the list's own.
    var position: [UInt8] { TextIndexKeys.block([], word, last: last) }

    /// The key of the record that the list is in.
    var key: [UInt8] { cursor.keyBytes }
}

/// A list in its record.
struct StoredList {
    enum Places {
        case range(Range<Int>)
        /// They have a record of their own, as in segments of the first format.
        case record([UInt8])
    }

    let last: UInt64
    let bytes: [UInt8]
    let postings: Range<Int>
    let places: Places

    /// nil for what can't be read.
    var head: PostingBlock.Head? { PostingBlock.head(bytes, in: postings) }

    /// Appends its documents. False for what can't be read.
    func appendDocuments(_ head: PostingBlock.Head, to documents: inout PostingBlock.Documents) -> Bool {
        PostingBlock.decode(bytes, in: postings, head, last: last, to: &documents)
    }

    /// Finds the places of its documents; nil for what can't be read.
    func placeReader(
        _ head: PostingBlock.Head, _ documents: PostingBlock.Documents, _ source: KeyValueSnapshot
    ) throws(CatalogError) -> PlaceBlock.Reader? {
        var bytes = bytes
        let range: Range<Int>
        switch places {
        case .range(let own): range = own
        case .record(let key):
            guard let value = try source.get(key) else { return nil }
            bytes = value.bytes
            range = bytes.indices
        }
        return PlaceBlock.Reader(
            bytes, in: range, documents: documents.count, isPlain: head.isFew || head.hasLengths,
            counts: head.countsArePlaces ? documents.counts : nil)
    }

    /// How many bytes it takes; of places with a record of their own, none.
    var byteCount: Int {
        if case .range(let range) = places { postings.count + range.count } else { postings.count }
    }
}
