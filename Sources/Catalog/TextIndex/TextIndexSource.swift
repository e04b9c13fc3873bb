import Ground

/// A text index in one state: what its segments and its pending documents say of words.
final class TextIndexSource {
    let keys: TextIndexKeys
    let snapshot: KeyValueSnapshot
    let state: TextIndexState
    let dead: DeadDocuments
    private let lengths: DocumentLengths
    private let known: PendingWords
    private var pendingDocuments: [(number: UInt64, words: DocumentWords)]?
    /// What keeps the records of lists.
    private var owners: [any AnyObject & Sendable] = []

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
        lengths = DocumentLengths(keys, state.segments, snapshot)
    }

    func pending() throws(CatalogError) -> [(number: UInt64, words: DocumentWords)] {
        if let pendingDocuments { return pendingDocuments }
        let documents = state.pending > 0 ? try known.documents(keys, snapshot) : []
        pendingDocuments = documents
        return documents
    }

    /// The length of a document, as ``DocumentLength`` has it.
    func length(of number: UInt64) throws(CatalogError) -> UInt8 {
        guard state.pending > 0, let pendingDocuments, let first = pendingDocuments.first, number >= first.number else {
            return try lengths.byte(of: number)
        }
        var low = 0
        var high = pendingDocuments.count
        while low < high {
            let middle = (low + high) / 2
            if pendingDocuments[middle].number < number { low = middle + 1 } else { high = middle }
        }
        guard low < pendingDocuments.count, pendingDocuments[low].number == number else { return try lengths.byte(of: number) }
        return DocumentLength.byte(pendingDocuments[low].words.length)
    }

    /// The list of a word.
    func list(_ word: [UInt8]) throws(CatalogError) -> PostingList {
        var blocks: [PostingList.Block] = []
        for segment in state.segments { try addLists(of: word, in: segment, to: &blocks) }
        var made = PostingList.Made()
        for (number, words) in try pending() {
            if let found = words.word(word) { made.append(number, count: found.count, found.positions) }
        }
        return try PostingList(word, blocks + made.blocks, made, self)
    }

    private func addLists(
        of word: [UInt8], in segment: TextIndexState.Segment, to blocks: inout [PostingList.Block]
    ) throws(CatalogError) {
        let part = keys.postings(segment.id)
        var interval = KeyInterval.prefix(part)
        interval.lower = part + word + [0]
        var cursor = try snapshot.cursor(interval)
        while try cursor.next() {
            let value = try cursor.value
            keep(value.owner)
            let record = value.stored
            guard segment.format != .separate else {
                guard let named = TextIndexKeys.block(cursor.keyBytes, behind: part.count) else { throw keys.damaged(cursor.keyBytes) }
                guard named.word == word else { return }
                let list = LyingList(
                    last: named.last, record: record, postings: 0..<record.count, places: nil, segment: segment.id)
                guard let list else { throw keys.damaged(cursor.keyBytes) }
                blocks.append(.init(last: named.last, content: .stored(list)))
                continue
            }
            guard var lists = WordSearchInBlock(record) else { throw keys.damaged(cursor.keyBytes) }
            search: while true {
                switch word.span.withBytes({ lists.next($0) }) {
                case .before: continue
                case .behind: return
                case .end: break search
                case .damage: throw keys.damaged(cursor.keyBytes)
                case .found:
                    let list = LyingList(
                        last: lists.last, record: record, postings: lists.postings, places: lists.places, segment: segment.id)
                    guard let list else { throw keys.damaged(cursor.keyBytes) }
                    blocks.append(.init(last: list.last, content: .stored(list)))
                }
            }
        }
    }

    /// Has what keeps bytes live as long as this.
    private func keep(_ owner: any AnyObject & Sendable) {
        if owners.last !== owner { owners.append(owner) }
    }

    /// The record of a list's places that have one of their own; nil if there is none.
    func placeRecord(_ list: LyingList, of word: [UInt8]) throws(CatalogError) -> Bytes? {
        guard let value = try snapshot.get(TextIndexKeys.block(keys.positions(list.segment), word, last: list.last)) else { return nil }
        keep(value.owner)
        return value.stored
    }

    /// More words than this that begin alike or are similar are not looked for.
    static let expansionLimit = 1_024

    /// One list of all words that begin so: in it a document has them as often as all of them together.
    ///
    /// - Parameter field: in which one of them has to stand; nil: anywhere.
    /// - Returns: nil if there is no such word.
    func list(beginningWith start: [UInt8], inField field: Int? = nil) throws(CatalogError) -> PostingList? {
        try list(beginningWith: start, inField: field, whole: 1) { _ in 1 }
    }

    /// The same of similar words, of which each counts the less the less similar it is.
    func list(similarTo words: SimilarWords, inField field: Int? = nil) throws(CatalogError) -> PostingList? {
        try list(beginningWith: words.start, inField: field, whole: SimilarWords.whole) { words.share(of: $0) }
    }

    /// - Parameter share: how much of `whole` a word's occurrences count each; 0: it is not looked for.
    private func list(
        beginningWith start: [UInt8], inField field: Int?, whole: UInt64, share: ([UInt8]) -> UInt64
    ) throws(CatalogError) -> PostingList? {
        var union = WordUnion(field)
        for segment in state.segments {
            let lists = try SegmentLists(keys, segment, snapshot, from: start)
            var before: [UInt8] = []
            var times: UInt64 = 0
            while try lists.next() {
                let word = lists.word
                if word != before {
                    guard word.starts(with: start) else {
                        if word.lexicographicallyPrecedes(start) { continue } else { break }
                    }
                    before = word
                    times = share(word)
                    if times > 0 { union.note(word, ofSegment: segment.id) }
                }
                if times > 0, union.count <= Self.expansionLimit {
                    guard try union.add(lists.list, times, snapshot) else { throw keys.damaged(lists.key) }
                } else {
                    try lists.passWord()
                }
            }
        }
        for (number, document) in try pending() {
            for word in document.words(beginningWith: start) {
                let times = share(word.term)
                guard times > 0 else { continue }
                union.note(word.term, ofSegment: nil)
                union.add(word, times, of: number)
            }
        }
        let count = union.count
        guard count <= Self.expansionLimit else { throw Self.tooManyWords(count, beginningWith: start) }
        if count == 0 { return nil }
        let made = union.made
        return try PostingList(start, made.blocks, made, self, whole: whole)
    }
}

/// The documents of several words, gathered list by list.
private struct WordUnion {
    /// In which one of the words has to stand; nil: anywhere.
    private let field: UInt64?
    private var documents = PostingBlock.Documents()
    private var isInField: [Bool] = []
    private var places: [UInt64] = []
    /// Words of one segment come in their order, each once. Those of several may be the same.
    private var firstSegment: UInt32?
    private var wordsOfFirst: [[UInt8]] = []
    /// Those that are not among them.
    private var others: Set<[UInt8]> = []

    init(_ field: Int?) { self.field = field.map { UInt64($0) } }

    /// How many different words there are.
    var count: Int { wordsOfFirst.count + others.count }

    /// - Parameter segment: nil: of a pending document.
    mutating func note(_ word: [UInt8], ofSegment segment: UInt32?) {
        if let segment, firstSegment ?? segment == segment {
            firstSegment = segment
            wordsOfFirst.append(word)
        } else if !isOfFirst(word) {
            others.insert(word)
        }
    }

    private func isOfFirst(_ word: [UInt8]) -> Bool {
        var (low, high) = (0, wordsOfFirst.count)
        while low < high {
            let middle = (low + high) / 2
            if wordsOfFirst[middle].lexicographicallyPrecedes(word) { low = middle + 1 } else { high = middle }
        }
        return low < wordsOfFirst.count && wordsOfFirst[low] == word
    }

    /// - Parameter times: how much an occurrence counts.
    /// - Returns: false for what is no list.
    mutating func add(_ list: StoredList, _ times: UInt64, _ snapshot: KeyValueSnapshot) throws(CatalogError) -> Bool {
        guard let head = list.head else { return false }
        let start = documents.count
        defer {
            if times > 1 { for index in start..<documents.count { documents.counts[index] &*= times } }
        }
        guard let field else { return list.appendDocuments(head, to: &documents) }
        var own = PostingBlock.Documents()
        guard list.appendDocuments(head, to: &own), let reader = try list.placeReader(head, own, snapshot) else { return false }
        documents.numbers += own.numbers
        documents.counts += own.counts
        for index in 0..<own.count {
            places.removeAll(keepingCapacity: true)
            reader.append(index, to: &places)
            isInField.append(places.contains { WordPlaces.field(of: $0) == field })
        }
        return true
    }

    mutating func add(_ word: DocumentWords.Word, _ times: UInt64, of number: UInt64) {
        documents.numbers.append(number)
        documents.counts.append(word.count &* times)
        if let field { isInField.append(word.positions.contains { WordPlaces.field(of: $0) == field }) }
    }

    /// Each document once. Nobody asks for its places.
    var made: PostingList.Made {
        var made = PostingList.Made()
        guard let least = documents.numbers.min(), let greatest = documents.numbers.max() else { return made }
        let span = greatest - least
        if span <= UInt64(documents.count) * Self.numbersPerDocument + 4_096 {
            // Side by side they are in order without being sorted.
            var counts = [UInt64](repeating: 0, count: Int(span) + 1)
            var isFound = [Bool](repeating: field == nil, count: field == nil ? 0 : counts.count)
            for index in 0..<documents.count {
                let place = Int(documents.numbers[index] - least)
                counts[place] &+= documents.counts[index]
                if field != nil, isInField[index] { isFound[place] = true }
            }
            for place in counts.indices where counts[place] > 0 && (field == nil || isFound[place]) {
                made.documents.numbers.append(least + UInt64(place))
                made.documents.counts.append(counts[place])
            }
            return made
        }
        let order = documents.numbers.indices.sorted { documents.numbers[$0] < documents.numbers[$1] }
        var index = 0
        while index < order.count {
            let number = documents.numbers[order[index]]
            var count: UInt64 = 0
            var isFound = field == nil
            while index < order.count, documents.numbers[order[index]] == number {
                count &+= documents.counts[order[index]]
                if field != nil, isInField[order[index]] { isFound = true }
                index += 1
            }
            guard isFound else { continue }
            made.documents.numbers.append(number)
            made.documents.counts.append(count)
        }
        return made
    }

    private static let numbersPerDocument: UInt64 = 64
}
