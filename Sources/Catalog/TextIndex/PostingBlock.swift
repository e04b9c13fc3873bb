/// A document that has a word.
struct Posting: Equatable {
    var number: UInt64
    /// How often the word is there, by the weights of its fields.
    var count: UInt64
    /// The document's length, as ``DocumentLength`` rounds it.
    var length: UInt8
}

/// Lengths of documents in a byte: exact up to 31, then in steps of 4.4 %. That is enough to rank by.
enum DocumentLength {
    static func byte(_ length: UInt64) -> UInt8 {
        var low = 0
        var high = table.count - 1
        while low < high {
            let middle = (low + high + 1) / 2
            if table[middle] <= length { low = middle } else { high = middle - 1 }
        }
        return UInt8(low)
    }

    static func length(_ byte: UInt8) -> UInt64 { table[Int(byte)] }

    /// Sixteen steps for each doubling from 32 on. By integers, so it is the same on every machine: 32 · 2^(n/16).
    private static let table: [UInt64] = {
        let steps: [UInt64] = [32, 33, 35, 36, 38, 40, 41, 43, 45, 47, 49, 52, 54, 56, 59, 61]
        var table = [UInt64](0..<32)
        for doubling in UInt64(0)..<14 { table += steps.map { $0 << doubling } }
        return table
    }()
}

/// Up to 128 documents that have a word, as bytes.
///
///     1, 1   how they stand, and how many, less one:
///            0nnnnnnn           many
///            10000000 0nnnnnnn  many, each of which has as many places as its count says
///            1100pnnn           few; p: the same of their places
///
/// Many, which are more than 8 but for those that earlier versions have written:
///
///     1, 1   bits of a gap, bits of a count
///     1      how many bounds, then each: count (variable), length (1)
///     …      last number less first (variable)
///     …      gaps between numbers less one; counts less one: packed
///     1 each lengths
///
/// A document whose count is at most a bound's and whose length is at least that bound's scores no more than the bound would. Each document of
/// a block is below one of its bounds.
///
/// Few, which bound themselves:
///
///     …      gaps between numbers less one; counts less one (variable)
///     1 each lengths
enum PostingBlock {
    static let limit = 128
    private static let boundLimit = 8
    private static let fewLimit = 8
    /// As many documents have a bound, unless there are ``boundLimit`` already.
    private static let documentsPerBound = 16

    /// - Parameters:
    ///   - postings: 1 to 128, by their numbers.
    ///   - countsArePlaces: whether each has as many places as its count says.
    static func encode(_ postings: [Posting], countsArePlaces: Bool = false) -> [UInt8] {
        var writer = PackedNumberWriter()
        let size = UInt8(truncatingIfNeeded: postings.count - 1)
        guard postings.count > fewLimit else {
            writer.append(size | 0xC0 | (countsArePlaces ? 0x08 : 0))
            for index in 1..<max(1, postings.count) { writer.variable(postings[index].number - postings[index - 1].number - 1) }
            for posting in postings { writer.variable(posting.count - 1) }
            for posting in postings { writer.append(posting.length) }
            return writer.bytes
        }
        if countsArePlaces { writer.append(0x80) }
        writer.append(size)
        var highestGap: UInt64 = 0
        var highestCount: UInt64 = 0
        for index in postings.indices {
            highestCount = max(highestCount, postings[index].count - 1)
            if index > 0 { highestGap = max(highestGap, postings[index].number - postings[index - 1].number - 1) }
        }
        let gapWidth = PackedNumberWriter.width(of: highestGap)
        let countWidth = PackedNumberWriter.width(of: highestCount)
        writer.append(UInt8(gapWidth))
        writer.append(UInt8(countWidth))
        let bounds = bounds(postings)
        writer.append(UInt8(bounds.count))
        for bound in bounds {
            writer.variable(bound.count)
            writer.append(bound.length)
        }
        writer.variable(postings[postings.count - 1].number - postings[0].number)
        for index in 1..<postings.count { writer.packed(postings[index].number - postings[index - 1].number - 1, width: gapWidth) }
        for posting in postings { writer.packed(posting.count - 1, width: countWidth) }
        writer.finishPacked()
        for posting in postings { writer.append(posting.length) }
        return writer.bytes
    }

    typealias Bound = (count: UInt64, length: UInt8)

    /// What a block says without its documents.
    struct Head {
        var documents = 0
        /// Whether each document has as many places as its count says.
        var countsArePlaces = false
        var bounds: [Bound] = []
        fileprivate var isFew = false
        fileprivate var gapWidth = 0
        fileprivate var countWidth = 0
        fileprivate var place = 0
    }

    /// nil for what is no block.
    static func head(_ bytes: [UInt8], in range: Range<Int>? = nil) -> Head? {
        var reader = PackedNumberReader(bytes, in: range ?? bytes.indices)
        guard let form = reader.byte() else { return nil }
        var head = Head()
        if form & 0xF0 == 0xC0 {
            head.isFew = true
            head.countsArePlaces = form & 0x08 != 0
            head.documents = Int(form & 0x07) + 1
            head.place = reader.place
            guard let few = few(&reader, head.documents) else { return nil }
            head.bounds = few.map { ($0.count, $0.length) }
            return head
        }
        var size = form
        if form & 0x80 != 0 {
            guard form == 0x80, let next = reader.byte() else { return nil }
            head.countsArePlaces = true
            size = next
        }
        guard size < limit, let gapWidth = reader.byte(), gapWidth <= 40, let countWidth = reader.byte(), countWidth <= 40,
            let boundCount = reader.byte(), boundCount > 0, boundCount <= boundLimit
        else { return nil }
        head.documents = Int(size) + 1
        head.gapWidth = Int(gapWidth)
        head.countWidth = Int(countWidth)
        for _ in 0..<boundCount {
            guard let count = reader.variable(), let length = reader.byte() else { return nil }
            head.bounds.append((count, length))
        }
        head.place = reader.place
        return head
    }

    /// Few documents, whose numbers are those behind the first one's.
    private static func few(_ reader: inout PackedNumberReader, _ documents: Int) -> [Posting]? {
        var postings = [Posting(number: 0, count: 0, length: 0)]
        for index in 1..<max(1, documents) {
            guard let gap = reader.variable(), gap < DocumentWords.countLimit else { return nil }
            postings.append(Posting(number: postings[index - 1].number + gap + 1, count: 0, length: 0))
        }
        for index in postings.indices {
            guard let count = reader.variable(), count < DocumentWords.countLimit else { return nil }
            postings[index].count = count + 1
        }
        for index in postings.indices {
            guard let length = reader.byte() else { return nil }
            postings[index].length = length
        }
        return postings
    }

    /// The documents of a block whose last one has the number `last`; nil for what is no block.
    static func decode(_ bytes: [UInt8], in range: Range<Int>? = nil, last: UInt64) -> [Posting]? {
        let range = range ?? bytes.indices
        guard let head = head(bytes, in: range) else { return nil }
        var reader = PackedNumberReader(bytes, in: head.place..<range.upperBound)
        if head.isFew {
            guard var postings = few(&reader, head.documents), reader.isAtEnd else { return nil }
            let span = postings[postings.count - 1].number
            guard span <= last else { return nil }
            for index in postings.indices { postings[index].number += last - span }
            return postings
        }
        guard let span = reader.variable(), span <= last else { return nil }
        var postings = [Posting(number: last - span, count: 0, length: 0)]
        postings.reserveCapacity(head.documents)
        for _ in 1..<max(head.documents, 1) {
            guard let gap = reader.packed(width: head.gapWidth) else { return nil }
            postings.append(Posting(number: postings[postings.count - 1].number + gap + 1, count: 0, length: 0))
        }
        guard postings[postings.count - 1].number == last else { return nil }
        for index in postings.indices {
            guard let count = reader.packed(width: head.countWidth) else { return nil }
            postings[index].count = count + 1
        }
        reader.finishPacked()
        for index in postings.indices {
            guard let length = reader.byte() else { return nil }
            postings[index].length = length
        }
        return reader.isAtEnd ? postings : nil
    }

    /// The least set of pairs that bounds all: by their lengths, with rising counts.
    private static func bounds(_ postings: [Posting]) -> [Bound] {
        var bounds: [Bound] = []
        let ordered = postings.sorted { $0.length != $1.length ? $0.length < $1.length : $0.count > $1.count }
        for posting in ordered where posting.count > bounds.last?.count ?? 0 { bounds.append((posting.count, posting.length)) }
        let limit = max(1, min(boundLimit, postings.count / documentsPerBound))
        // Two neighbours become one that is above both.
        while bounds.count > limit {
            let index = bounds.count / 2
            bounds[index].length = bounds[index - 1].length
            bounds.remove(at: index - 1)
        }
        return bounds
    }
}

/// The places of a word in the documents of a block, each: how many, unless its count says so; the first, and what lies between each and the
/// one before.
enum PositionBlock {
    static func append(_ positions: [UInt64], saysCount: Bool = true, to writer: inout PackedNumberWriter) {
        if saysCount { writer.variable(UInt64(positions.count)) }
        var last: UInt64 = 0
        for position in positions {
            writer.variable(position - last)
            last = position
        }
    }

    /// - Parameter known: how many there are; nil: it says so itself.
    static func read(_ reader: inout PackedNumberReader, count known: UInt64? = nil) -> [UInt64]? {
        guard let count = known ?? reader.variable(), count <= DocumentWords.positionsOfField * 256 else { return nil }
        var positions: [UInt64] = []
        var last: UInt64 = 0
        for _ in 0..<count {
            guard let gap = reader.variable(), gap <= DocumentWords.positionsOfField * 256 else { return nil }
            last += gap
            positions.append(last)
        }
        return positions
    }

    static func encode(_ documents: [[UInt64]], sayCounts: Bool = true) -> [UInt8] {
        var writer = PackedNumberWriter()
        for positions in documents { append(positions, saysCount: sayCounts, to: &writer) }
        return writer.bytes
    }

    /// The places in each of the documents; nil for what is no block of so many.
    ///
    /// - Parameter countsArePlaces: whether how many they are is what their counts say.
    static func decode(
        _ bytes: [UInt8], in range: Range<Int>? = nil, of postings: [Posting], countsArePlaces: Bool = false
    ) -> [[UInt64]]? {
        var reader = PackedNumberReader(bytes, in: range ?? bytes.indices)
        var documents: [[UInt64]] = []
        documents.reserveCapacity(postings.count)
        for posting in postings {
            guard let positions = read(&reader, count: countsArePlaces ? posting.count : nil) else { return nil }
            documents.append(positions)
        }
        return reader.isAtEnd ? documents : nil
    }
}
