import Ground

/// The documents that have a word, in the order of their numbers, read block by block as far as they are asked for.
final class PostingList {
    /// A block where it lies, or a part of what was made here: of pending documents, or of several words at once.
    struct Block {
        enum Content {
            case stored(LyingList)
            case made(Range<Int>)
        }

        let last: UInt64
        let content: Content

        var documents: Int {
            switch content {
            case .stored(let list): list.head.documents
            case .made(let range): range.count
            }
        }
    }

    /// What was made, and the places of each document unless nobody asks for them.
    struct Made {
        var documents = PostingBlock.Documents()
        var places = ListPlaces()

        mutating func append(_ number: UInt64, count: UInt64, _ more: [UInt64]) {
            documents.numbers.append(number)
            documents.counts.append(count)
            places.append(more)
        }

        var blocks: [Block] {
            stride(from: 0, to: documents.count, by: PostingBlock.limit).map { start in
                let range = start..<min(start + PostingBlock.limit, documents.count)
                return Block(last: documents.numbers[range.upperBound - 1], content: .made(range))
            }
        }
    }

    private let word: [UInt8]
    private let blocks: [Block]
    private let made: Made
    private let source: TextIndexSource
    private var block = 0
    /// Of the block's documents, as many as there are, their numbers.
    private var numbers = [UInt64](repeating: 0, count: PostingBlock.limit)
    private var count = 0
    /// How often each has the word, once somebody has asked.
    private var counts = [UInt64](repeating: 0, count: PostingBlock.limit)
    private var hasCounts = false
    /// Where in a stored block of many they are.
    private var layout: PostingBlock.Layout?
    private var index = 0
    /// The block's, once somebody has asked.
    private var places = StoredPlaces()
    private var hasPlaces = false
    /// Where in what was made the block begins; nil for a stored one.
    private var madeStart: Int?
    /// What no document of a block scores more than; below zero where that is not known yet.
    private var bounds: [Double] = []
    /// How many documents have the word, with those that are gone and still stand in a segment.
    let documents: Int

    /// What a count of one stands for.
    private let unit: Double

    /// - Parameters:
    ///   - word: whose list it is, or the first of those whose it is.
    ///   - whole: what counts as an occurrence.
    init(_ word: [UInt8], _ blocks: [Block], _ made: Made, _ source: TextIndexSource, whole: UInt64 = 1) throws(CatalogError) {
        unit = 1 / Double(whole)
        self.word = word
        self.blocks = blocks
        self.made = made
        self.source = source
        documents = blocks.reduce(0) { $0 + $1.documents }
        try load()
    }

    /// The number of the document that the list stands at; nil behind the last one. It may be gone.
    var current: UInt64? { index < count ? numbers[index] : nil }

    /// How often the document has the word.
    var frequency: Double {
        readCounts()
        return Double(counts[index]) * unit
    }

    private func damaged(_ block: Int) -> CatalogError {
        source.keys.damaged(TextIndexKeys.block(source.keys.postings(0), word, last: blocks[block].last))
    }

    private func load() throws(CatalogError) {
        index = 0
        count = 0
        hasPlaces = false
        madeStart = nil
        layout = nil
        hasCounts = true
        guard block < blocks.count else { return }
        switch blocks[block].content {
        case .stored(let list):
            let head = list.head
            if head.isFew {
                guard
                    PostingBlock.decodeFew(list.record, in: list.postings, head, last: list.last, to: &numbers, 0, &counts, 0)
                else { throw damaged(block) }
            } else {
                guard let found = PostingBlock.layout(list.record, in: list.postings, head, last: list.last),
                    PostingBlock.decodeNumbers(list.record, head, found, last: list.last, to: &numbers, at: 0)
                else { throw damaged(block) }
                layout = found
                hasCounts = false
            }
            count = head.documents
        case .made(let range):
            madeStart = range.lowerBound
            for (place, from) in range.enumerated() {
                numbers[place] = made.documents.numbers[from]
                counts[place] = made.documents.counts[from]
            }
            count = range.count
        }
    }

    private func readCounts() {
        guard !hasCounts, let layout, case .stored(let list) = blocks[block].content else { return }
        PostingBlock.decodeCounts(list.record, list.head, layout, to: &counts, at: 0)
        hasCounts = true
    }

    /// So many documents are passed over at once.
    private static let step = 8

    /// Goes on to the first document with at least that number.
    @inline(__always)
    func advance(to number: UInt64) throws(CatalogError) {
        guard index < count, numbers[index] < number else { return }
        if numbers[count &- 1] < number {
            block = blockOf(number)
            try load()
        }
        var place = index
        while place &+ Self.step < count, numbers[place &+ Self.step] < number { place &+= Self.step }
        while place < count, numbers[place] < number { place &+= 1 }
        index = place
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
    func bound(from number: UInt64, _ weight: Double, _ scorer: Scorer) throws(CatalogError) -> (Double, last: UInt64)? {
        let place = blockOf(number)
        guard place < blocks.count else { return nil }
        if bounds.isEmpty { bounds = [Double](repeating: -1, count: blocks.count) }
        if bounds[place] < 0 { bounds[place] = try bound(of: place, weight, scorer) }
        return (bounds[place], blocks[place].last)
    }

    var blockCount: Int { blocks.count }

    /// What no document of a block scores more than.
    func bound(of place: Int, _ weight: Double, _ scorer: Scorer) throws(CatalogError) -> Double {
        var highest = 0.0
        if case .stored(let list) = blocks[place].content, !list.head.isFew {
            let isWhole = PostingBlock.visitBounds(list.record, in: list.postings, list.head) { count, length in
                highest = max(highest, scorer.score(weight, frequency: Double(count), length: length))
            }
            guard isWhole else { throw damaged(place) }
            return highest
        }
        try visit(place) { number, frequency throws(CatalogError) in
            highest = max(highest, scorer.score(weight, frequency: frequency, length: try source.length(of: number)))
        }
        return highest
    }

    /// Visits the documents of a block, and how often each has the word.
    func visit(_ place: Int, _ body: (UInt64, _ frequency: Double) throws(CatalogError) -> Void) throws(CatalogError) {
        switch blocks[place].content {
        case .stored(let list):
            guard let documents = list.documents else { throw damaged(place) }
            for index in 0..<documents.count { try body(documents.numbers[index], Double(documents.counts[index]) * unit) }
        case .made(let range):
            for index in range { try body(made.documents.numbers[index], Double(made.documents.counts[index]) * unit) }
        }
    }

    /// Appends where the word stands in the present document.
    func appendPlaces(to places: inout ListPlaces) throws(CatalogError) {
        guard index < count else { return places.append([]) }
        if let madeStart {
            let place = madeStart + index
            return places.append(place < made.places.ends.count ? made.places[place] : [])
        }
        var run = try run()
        places.append(&run)
        guard run.isSound else { throw damaged(block) }
    }

    /// Whether all of its documents are stored.
    var isStored: Bool { made.documents.count == 0 }

    /// The first document from a number on in which the word stands at a distance before another word, in the same field; nil if there is none.
    /// Of both words all documents are stored.
    static func nextPair(
        _ list: PostingList, _ other: PostingList, distance: Int, from number: UInt64
    ) throws(CatalogError) -> UInt64? {
        var target = number
        while true {
            try list.advance(to: target)
            guard list.index < list.count else { return nil }
            target = list.numbers[list.index]
            try other.advance(to: target)
            guard other.index < other.count else { return nil }
            let next = other.numbers[other.index]
            if next > target {
                target = next
                continue
            }
            if try list.hasPair(other, distance: distance) { return target }
            target &+= 1
        }
    }

    /// Whether the word stands in the present document at a distance before where another stands in its own, in the same field. Both are stored.
    @inline(__always)
    func hasPair(_ other: PostingList, distance: Int) throws(CatalogError) -> Bool {
        if !hasPlaces { try readPlaces() }
        if !other.hasPlaces { try other.readPlaces() }
        guard places.isPacked, other.places.isPacked else {
            var (run, otherRun) = (try run(), try other.run())
            let isThere = run.hasPair(&otherRun, distance: distance)
            guard run.isSound, otherRun.isSound else { throw damaged(block) }
            return isThere
        }
        guard let first = places.packed(of: index), let second = other.places.packed(of: other.index) else { throw damaged(block) }
        return StoredPlaces.havePair(places, first, other.places, second, distance: distance)
    }

    /// Where the word stands in the present document, of a block that is stored.
    private func run() throws(CatalogError) -> PlaceRun {
        if !hasPlaces { try readPlaces() }
        guard let run = places.run(of: index, counts) else { throw damaged(block) }
        return run
    }

    private func readPlaces() throws(CatalogError) {
        guard case .stored(let list) = blocks[block].content else { throw damaged(block) }
        let head = list.head
        let isPlain = head.isFew || head.hasLengths
        let known = head.countsArePlaces ? (width: head.countWidth, bit: layout?.counts ?? 0) : nil
        var found: StoredPlaces?
        if let range = list.places {
            found = StoredPlaces(list.record, in: range, documents: head.documents, isPlain: isPlain, counts: known)
        } else if isPlain, let record = try source.placeRecord(list, of: word) {
            found = StoredPlaces(record, in: 0..<record.count, documents: head.documents, isPlain: true, counts: known)
        }
        guard let found else { throw damaged(block) }
        if found.needsCounts { readCounts() }
        places = found
        hasPlaces = true
    }
}
