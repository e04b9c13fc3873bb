/// Documents' words turned around: for each word the documents that have it.
struct WordLists {
    /// A list, or a part of one.
    struct List {
        let word: [UInt8]
        /// The number of its first document.
        let first: UInt64
        fileprivate var last: UInt64
        /// Of each document: what lies between its number and the one before, its length, count and places.
        fileprivate var writer = PackedNumberWriter()

        fileprivate init(_ word: [UInt8], _ first: UInt64) {
            self.word = word
            self.first = first
            last = first
        }

        var bytes: [UInt8] { writer.bytes }

        static func isBefore(_ left: List, _ right: List) -> Bool {
            left.word == right.word ? left.first < right.first : left.word.lexicographicallyPrecedes(right.word)
        }
    }

    private var indices: [[UInt8]: Int] = [:]
    /// The last parts of all lists, and those before them.
    private var lists: [List] = []
    private var full: [List] = []
    /// About how much memory it takes.
    private(set) var byteCount = 0

    private static let listByteCount = 160
    /// Longer lists go on in another part.
    private static let partByteCount = 1 << 15

    /// - Parameter number: higher than those before it.
    mutating func add(_ document: DocumentWords, _ number: UInt64) {
        let length = DocumentLength.byte(document.length)
        for word in document.words {
            let index: Int
            if let known = indices[word.term] {
                index = known
                if lists[index].writer.bytes.count >= Self.partByteCount {
                    full.append(lists[index])
                    lists[index] = List(word.term, number)
                }
            } else {
                index = lists.count
                indices[word.term] = index
                lists.append(List(word.term, number))
                byteCount += Self.listByteCount + word.term.count
            }
            let before = lists[index].writer.bytes.count
            lists[index].writer.variable(number - lists[index].last)
            lists[index].last = number
            lists[index].writer.append(length)
            lists[index].writer.variable(word.count)
            PositionBlock.append(word.positions, to: &lists[index].writer)
            byteCount += lists[index].writer.bytes.count - before
        }
    }

    /// Gives all lists out, in no order, and is empty then.
    mutating func removeAll() -> [List] {
        let all = full + lists
        self = WordLists()
        return all
    }

    /// Visits the documents of a list that was given out. Answers false for what is none.
    static func visit(
        _ list: [UInt8], at place: Int = 0, first: UInt64, _ body: (Posting, [UInt64]) throws(CatalogError) -> Void
    ) throws(CatalogError) -> Bool {
        var reader = PackedNumberReader(list, at: place)
        var number = first
        while !reader.isAtEnd {
            guard let gap = reader.variable(), gap < DocumentWords.countLimit, let length = reader.byte(), let count = reader.variable(),
                let places = PositionBlock.read(&reader)
            else { return false }
            number += gap
            try body(Posting(number: number, count: count, length: length), places)
        }
        return true
    }
}
