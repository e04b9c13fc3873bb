import Ground

/// A document that has a word.
struct Posting: Equatable {
    var number: UInt64
    /// How often the word is there, by the weights of its fields.
    var count: UInt64
    /// The document's length, as ``DocumentLength`` rounds it.
    var length: UInt8
}

/// Up to 128 documents that have a word, as bytes.
///
///     1, 1   how they stand, and how many, less one:
///            1001000p nnnnnnnn  many; p: each has as many places as its count says
///            1010pnnn           few, 8 at most
///            0nnnnnnn           many, with lengths
///            10000000 0nnnnnnn  many, with lengths, each with as many places as its count says
///            1100pnnn           few, with lengths
///
/// Those with lengths are what earlier versions have written. Now lengths stand beside (``SegmentLengths``). Many:
///
///     1, 1   bits of a gap, bits of a count
///     1      how many bounds, then each: count (variable), length (1)
///     …      last number less first (variable)
///     …      gaps between numbers less one; counts less one: packed
///     1 each lengths, if there are such
///
/// A document whose count is at most a bound's and whose length is at least that bound's scores no more than the bound would. Each document of
/// a block is below one of its bounds.
///
/// Few, which bound themselves:
///
///     …      gaps between numbers less one; counts less one (variable)
///     1 each lengths, if there are such
enum PostingBlock {
    static let limit = 128
    static let fewLimit = 8
    private static let boundLimit = 8
    /// As many documents have a bound, unless there are ``boundLimit`` already.
    private static let documentsPerBound = 16

    /// - Parameters:
    ///   - postings: 1 to 128, by their numbers.
    ///   - countsArePlaces: whether each has as many places as its count says.
    static func append(_ postings: [Posting], countsArePlaces: Bool, to writer: inout PackedNumberWriter) {
        let size = UInt8(truncatingIfNeeded: postings.count - 1)
        guard postings.count > fewLimit else {
            writer.append(size | 0xA0 | (countsArePlaces ? 0x08 : 0))
            for index in 1..<max(1, postings.count) { writer.variable(postings[index].number - postings[index - 1].number - 1) }
            for posting in postings { writer.variable(posting.count - 1) }
            return
        }
        var highestGap: UInt64 = 0
        var highestCount: UInt64 = 0
        for index in postings.indices {
            highestCount = max(highestCount, postings[index].count - 1)
            if index > 0 { highestGap = max(highestGap, postings[index].number - postings[index - 1].number - 1) }
        }
        let gapWidth = PackedNumberWriter.width(of: highestGap)
        let countWidth = PackedNumberWriter.width(of: highestCount)
        let bounds = bounds(postings)
        for byte in [countsArePlaces ? 0x91 : 0x90, size, UInt8(gapWidth), UInt8(countWidth), UInt8(bounds.count)] { writer.append(byte) }
        for bound in bounds {
            writer.variable(bound.count)
            writer.append(bound.length)
        }
        writer.variable(postings[postings.count - 1].number - postings[0].number)
        writer.packed(bits: (postings.count - 1) * gapWidth + postings.count * countWidth) { packing in
            for index in 1..<postings.count {
                packing.append(postings[index].number - postings[index - 1].number - 1, width: gapWidth)
            }
            for posting in postings { packing.append(posting.count - 1, width: countWidth) }
        }
    }

    static func encode(_ postings: [Posting], countsArePlaces: Bool = false) -> [UInt8] {
        var writer = PackedNumberWriter()
        append(postings, countsArePlaces: countsArePlaces, to: &writer)
        return writer.bytes
    }

    typealias Bound = (count: UInt64, length: UInt8)

    /// What a block says without its documents.
    struct Head {
        var documents = 0
        /// Whether each document has as many places as its count says.
        var countsArePlaces = false
        /// Whether it says the lengths of its documents.
        var hasLengths = false
        /// Whether it bounds itself: then it says no bounds.
        var isFew = false
        fileprivate var gapWidth = 0
        fileprivate(set) var countWidth = 0
        fileprivate var boundCount = 0
        /// Where the bounds begin, or the documents of few.
        fileprivate var place = 0
    }

    /// nil for what is no block.
    static func head(_ bytes: [UInt8], in range: Range<Int>? = nil) -> Head? {
        bytes.span.withBytes { head($0, in: range ?? bytes.indices) }
    }

    static func head(_ bytes: Bytes, in range: Range<Int>) -> Head? {
        var reader = PackedBytesReader(bytes, in: range)
        guard let form = reader.byte() else { return nil }
        var head = Head()
        if form & 0xF0 == 0xA0 || form & 0xF0 == 0xC0 {
            head.isFew = true
            head.hasLengths = form & 0xF0 == 0xC0
            head.countsArePlaces = form & 0x08 != 0
            head.documents = Int(form & 0x07) + 1
            head.place = reader.place
            return head
        }
        var size = form
        if form & 0x80 != 0 {
            guard form == 0x80 || form & 0xFE == 0x90, let next = reader.byte() else { return nil }
            head.countsArePlaces = form != 0x90
            size = next
        }
        head.hasLengths = form <= 0x80
        guard size < limit, let gapWidth = reader.byte(), gapWidth <= 40, let countWidth = reader.byte(), countWidth <= 40,
            let boundCount = reader.byte(), boundCount > 0, boundCount <= boundLimit
        else { return nil }
        head.documents = Int(size) + 1
        head.gapWidth = Int(gapWidth)
        head.countWidth = Int(countWidth)
        head.boundCount = Int(boundCount)
        head.place = reader.place
        return head
    }

    /// The bounds that a block of many says; nil for what is no block.
    static func bounds(_ bytes: [UInt8], in range: Range<Int>? = nil, _ head: Head) -> [Bound]? {
        var bounds: [Bound] = []
        let isWhole = bytes.span.withBytes { whole in
            visitBounds(whole, in: range ?? bytes.indices, head) { bounds.append(($0, $1)) }
        }
        return isWhole ? bounds : nil
    }

    /// Visits them. False for what is no block.
    static func visitBounds(
        _ bytes: Bytes, in range: Range<Int>, _ head: Head, _ body: (_ count: UInt64, _ length: UInt8) -> Void
    ) -> Bool {
        var reader = PackedBytesReader(bytes, in: head.place..<range.upperBound)
        for _ in 0..<head.boundCount {
            guard let count = reader.variable(), let length = reader.byte() else { return false }
            body(count, length)
        }
        return true
    }

    /// The documents of a block, and how often each has the word.
    struct Documents: Equatable {
        var numbers: [UInt64] = []
        var counts: [UInt64] = []

        var count: Int { numbers.count }

        mutating func removeAll() {
            numbers.removeAll(keepingCapacity: true)
            counts.removeAll(keepingCapacity: true)
        }
    }

    /// Appends the documents of a block whose last one has the number `last`. False for what is no block: then some may have been appended.
    static func decode(
        _ bytes: [UInt8], in range: Range<Int>? = nil, _ head: Head, last: UInt64, to documents: inout Documents
    ) -> Bool {
        bytes.span.withBytes { decode($0, in: range ?? bytes.indices, head, last: last, to: &documents) }
    }

    static func decode(_ bytes: Bytes, in range: Range<Int>, _ head: Head, last: UInt64, to documents: inout Documents) -> Bool {
        let (start, countStart) = (documents.numbers.count, documents.counts.count)
        documents.numbers += repeatElement(0, count: head.documents)
        documents.counts += repeatElement(0, count: head.documents)
        guard !head.isFew else {
            return decodeFew(bytes, in: range, head, last: last, to: &documents.numbers, start, &documents.counts, countStart)
        }
        guard let layout = layout(bytes, in: range, head, last: last) else { return false }
        decodeCounts(bytes, head, layout, to: &documents.counts, at: countStart)
        return decodeNumbers(bytes, head, layout, last: last, to: &documents.numbers, at: start)
    }

    /// Where in a block of many its documents are.
    struct Layout {
        let first: UInt64
        /// The bit at which gaps begin, and counts.
        let gaps: Int
        let counts: Int
    }

    /// nil for what is no block.
    static func layout(_ bytes: Bytes, in range: Range<Int>, _ head: Head, last: UInt64) -> Layout? {
        var reader = PackedBytesReader(bytes, in: head.place..<range.upperBound)
        for _ in 0..<head.boundCount { guard reader.variable() != nil, reader.byte() != nil else { return nil } }
        guard let span = reader.variable(), span <= last else { return nil }
        let gapBits = (head.documents - 1) * head.gapWidth
        let packed = (gapBits + head.documents * head.countWidth + 7) / 8
        guard range.upperBound - reader.place == packed + (head.hasLengths ? head.documents : 0) else { return nil }
        return Layout(first: last - span, gaps: reader.place * 8, counts: reader.place * 8 + gapBits)
    }

    /// The numbers of many documents, into an array that has room for them from a place on. False for what is no block.
    static func decodeNumbers(
        _ bytes: Bytes, _ head: Head, _ layout: Layout, last: UInt64, to numbers: inout [UInt64], at start: Int
    ) -> Bool {
        var numbers = numbers.mutableSpan
        var number = layout.first
        var bit = layout.gaps
        numbers[start] = number
        for index in 1..<max(head.documents, 1) {
            number &+= bytes.packedNumber(atBit: bit, width: head.gapWidth) &+ 1
            numbers[start &+ index] = number
            bit &+= head.gapWidth
        }
        return number == last
    }

    /// How often each has the word.
    static func decodeCounts(_ bytes: Bytes, _ head: Head, _ layout: Layout, to counts: inout [UInt64], at start: Int) {
        var counts = counts.mutableSpan
        var bit = layout.counts
        for index in 0..<head.documents {
            counts[start &+ index] = bytes.packedNumber(atBit: bit, width: head.countWidth) &+ 1
            bit &+= head.countWidth
        }
    }

    /// Both of few.
    static func decodeFew(
        _ bytes: Bytes, in range: Range<Int>, _ head: Head, last: UInt64, to numbers: inout [UInt64], _ start: Int,
        _ counts: inout [UInt64], _ countStart: Int
    ) -> Bool {
        var reader = PackedBytesReader(bytes, in: head.place..<range.upperBound)
        var number: UInt64 = 0
        numbers[start] = 0
        for index in 1..<max(1, head.documents) {
            guard let gap = reader.variable(), gap < DocumentWords.countLimit else { return false }
            number += gap + 1
            numbers[start + index] = number
        }
        guard number <= last else { return false }
        for index in start..<start + head.documents { numbers[index] += last - number }
        for index in 0..<head.documents {
            guard let count = reader.variable(), count < DocumentWords.countLimit else { return false }
            counts[countStart + index] = count + 1
        }
        if head.hasLengths { guard reader.range(head.documents) != nil else { return false } }
        return reader.isAtEnd
    }

    /// The least set of pairs that bounds all: by their lengths, with rising counts.
    private static func bounds(_ postings: [Posting]) -> [Bound] {
        // Of each length the highest count.
        var highest = [UInt64](repeating: 0, count: 256)
        for posting in postings { highest[Int(posting.length)] = max(highest[Int(posting.length)], posting.count) }
        var bounds: [Bound] = []
        for length in 0..<256 where highest[length] > bounds.last?.count ?? 0 { bounds.append((highest[length], UInt8(length))) }
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
