import Ground

/// The documents that have a word, in the order of their numbers, read block by block as far as they are asked for.
struct PostingList {
    /// A block where it lies, or a part of what was made here: of pending documents, or of several words at once.
    struct Block {
        enum Content {
            case stored(StoredList, PostingBlock.Head)
            case made(Range<Int>)
        }

        let last: UInt64
        let content: Content

        var documents: Int {
            switch content {
            case .stored(_, let head): head.documents
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
    /// Those of the block.
    private var present = PostingBlock.Documents()
    private var index = 0
    /// nil as long as nobody has asked for the block's.
    private var placeReader: PlaceBlock.Reader?
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
    var current: UInt64? { index < present.numbers.count ? present.numbers[index] : nil }

    /// How often the document has the word.
    var frequency: Double { Double(present.counts[index]) * unit }

    private var damaged: CatalogError { source.keys.damaged(TextIndexKeys.block(source.keys.postings(0), word, last: blocks[block].last)) }

    private mutating func load() throws(CatalogError) {
        index = 0
        placeReader = nil
        madeStart = nil
        present.removeAll()
        guard block < blocks.count else { return }
        if case .made(let range) = blocks[block].content { madeStart = range.lowerBound }
        try read(blocks[block], into: &present)
    }

    private func read(_ block: Block, into documents: inout PostingBlock.Documents) throws(CatalogError) {
        switch block.content {
        case .stored(let list, let head): guard list.appendDocuments(head, to: &documents) else { throw damaged }
        case .made(let range):
            documents.numbers += made.documents.numbers[range]
            documents.counts += made.documents.counts[range]
        }
    }

    /// So many documents are passed over at once.
    private static let step = 8

    /// Goes on to the first document with at least that number.
    mutating func advance(to number: UInt64) throws(CatalogError) {
        guard index < present.numbers.count, present.numbers[index] < number else { return }
        if blocks[block].last < number {
            block = blockOf(number)
            try load()
        }
        index = Self.place(of: number, in: present.numbers, from: index)
    }

    /// Where the first of ascending numbers is that is not below one.
    private static func place(of number: UInt64, in numbers: [UInt64], from start: Int) -> Int {
        let numbers = numbers.span
        var place = start
        while place &+ step < numbers.count, numbers[place &+ step] < number { place &+= step }
        while place < numbers.count, numbers[place] < number { place &+= 1 }
        return place
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
    mutating func bound(from number: UInt64, _ weight: Double, _ scorer: Scorer) throws(CatalogError) -> (Double, last: UInt64)? {
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
        if case .stored(let list, let head) = blocks[place].content, !head.isFew {
            let isWhole = PostingBlock.visitBounds(list.bytes, in: list.postings, head) { count, length in
                highest = max(highest, scorer.score(weight, frequency: Double(count), length: length))
            }
            guard isWhole else { throw damaged }
            return highest
        }
        try visit(place) { number, frequency throws(CatalogError) in
            highest = max(highest, scorer.score(weight, frequency: frequency, length: try source.length(of: number)))
        }
        return highest
    }

    /// Visits the documents of a block, and how often each has the word.
    func visit(_ place: Int, _ body: (UInt64, _ frequency: Double) throws(CatalogError) -> Void) throws(CatalogError) {
        var documents = PostingBlock.Documents()
        try read(blocks[place], into: &documents)
        for index in 0..<documents.count { try body(documents.numbers[index], Double(documents.counts[index]) * unit) }
    }

    /// Appends where the word stands in the present document.
    ///
    /// Phrases ask for it in every document that has their words, so it takes nothing out of the block to look at it.
    mutating func appendPlaces(to places: inout ListPlaces) throws(CatalogError) {
        if let madeStart {
            let place = madeStart + index
            places.append(index < present.numbers.count && place < made.places.ends.count ? made.places[place] : [])
            return
        }
        guard index < present.numbers.count else { return places.append([]) }
        try readPlaces().append(index, to: &places)
    }

    /// What tells where the word stands in the present document; nil if that was made here.
    mutating func storedPlaces() throws(CatalogError) -> PlaceBlock.Reader.Document? {
        guard madeStart == nil, index < present.numbers.count else { return nil }
        return (try readPlaces(), index)
    }

    private mutating func readPlaces() throws(CatalogError) -> PlaceBlock.Reader {
        if let placeReader { return placeReader }
        guard case .stored(let list, let head) = blocks[block].content,
            let reader = try list.placeReader(head, present, source.snapshot)
        else { throw damaged }
        placeReader = reader
        return reader
    }
}
