import Ground

/// Places of a word in documents, as bytes that are read one after the other. Each document's: how many, unless its count says so; the first,
/// and what lies between each and the one before (variable).
enum PositionBlock {
    /// Whatever is read, no place is as high.
    static let placeLimit = DocumentWords.positionsOfField * 256

    static func append(_ positions: some Collection<UInt64>, saysCount: Bool = true, to writer: inout PackedNumberWriter) {
        if saysCount { writer.variable(UInt64(positions.count)) }
        var last: UInt64 = 0
        for position in positions {
            writer.variable(position - last)
            last = position
        }
    }

    /// Appends the places of one document. False for what are none: then some may have been appended.
    ///
    /// - Parameter known: how many there are; nil: it says so itself.
    static func read(_ reader: inout PackedNumberReader, count known: UInt64? = nil, to positions: inout [UInt64]) -> Bool {
        guard let count = known ?? reader.variable(), count <= placeLimit else { return false }
        var last: UInt64 = 0
        for _ in 0..<count {
            guard let gap = reader.variable(), gap < placeLimit, last + gap < placeLimit else { return false }
            last += gap
            positions.append(last)
        }
        return true
    }

    static func encode(_ documents: [[UInt64]], sayCounts: Bool = true) -> [UInt8] {
        var writer = PackedNumberWriter()
        for positions in documents { append(positions, saysCount: sayCounts, to: &writer) }
        return writer.bytes
    }
}

/// The places of a word in the documents of a list, in a row, and where in it each document's end.
struct ListPlaces: Equatable {
    fileprivate(set) var places: [UInt64] = []
    fileprivate(set) var ends: [Int] = []

    init(_ documents: [[UInt64]] = []) {
        for document in documents { append(document) }
    }

    mutating func removeAll() {
        places.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
    }

    mutating func append(_ more: some Collection<UInt64>) {
        places += more
        ends.append(places.count)
    }

    /// Appends those of one more document that are read as ``PositionBlock`` has them. Answers how many they are; nil for what are none.
    @inline(__always)
    mutating func append(_ reader: inout some PackedReading) -> UInt64? {
        guard let count = reader.variable(), count <= PositionBlock.placeLimit else { return nil }
        var last: UInt64 = 0
        for _ in 0..<count {
            guard let gap = reader.variable(), gap < PositionBlock.placeLimit, last &+ gap < PositionBlock.placeLimit else { return nil }
            last &+= gap
            places.append(last)
        }
        ends.append(places.count)
        return count
    }

    /// Appends those of one more document.
    mutating func append(_ run: inout PlaceRun) {
        while run.isThere {
            places.append(run.place)
            run.next()
        }
        ends.append(places.count)
    }

    /// Leaves out some of those that were appended last.
    mutating func keepOfLast(_ isKept: (UInt64) -> Bool) {
        guard !ends.isEmpty else { return }
        let last = range(ends.count - 1)
        var end = last.lowerBound
        for place in last where isKept(places[place]) {
            places[end] = places[place]
            end += 1
        }
        places.removeLast(places.count - end)
        ends[ends.count - 1] = end
    }

    func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    subscript(index: Int) -> ArraySlice<UInt64> { places[range(index)] }

    /// Whether a place is among a document's, which ascend.
    func contains(_ place: UInt64, ofDocument index: Int) -> Bool {
        let range = range(index)
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high {
            let middle = (low + high) / 2
            if places[middle] < place { low = middle + 1 } else { high = middle }
        }
        return low < range.upperBound && places[low] == place
    }

    /// Reads those of so many documents as ``PositionBlock`` has them. False if they are not all of the rest.
    mutating func read(_ reader: inout PackedNumberReader, counts: [UInt64]?, documents: Int) -> Bool {
        for index in 0..<documents {
            guard PositionBlock.read(&reader, count: counts?[index], to: &places) else { return false }
            ends.append(places.count)
        }
        return reader.isAtEnd
    }
}

/// The places of a list's documents, as bytes in which each document's are found without those before them.
///
///     1      bits of a first place; 255: the rest is as ``PositionBlock`` has it, which takes less
///     1      bits of a gap
///     …      the lowest first place (variable)
///     1      bits of a count, unless the documents' counts say how many places they have
///     …      counts less one, if they are here; first places less the lowest; gaps between a document's places less one: packed
///
/// Few documents' stand as ``PositionBlock`` has them.
enum PlaceBlock {
    static let variable: UInt8 = 255
    static let widest = 40

    /// - Parameter saysCounts: whether the documents' counts don't say how many places they have.
    static func append(_ list: ListPlaces, saysCounts: Bool, to writer: inout PackedNumberWriter) {
        let documents = list.ends.count
        guard documents > PostingBlock.fewLimit else { return appendVariable(list, saysCounts, &writer) }
        var lowest = UInt64.max
        var highest: UInt64 = 0
        var highestGap: UInt64 = 0
        var highestCount = 0
        var variableByteCount = 0
        var isAscending = true
        let (places, ends) = (list.places.span, list.ends.span)
        var start = 0
        for index in 0..<documents {
            let end = ends[index]
            guard start < end else { return appendVariable(list, saysCounts, &writer, marked: true) }
            var last = places[start]
            lowest = min(lowest, last)
            highest = max(highest, last)
            highestCount = max(highestCount, end - start - 1)
            variableByteCount += byteCount(last)
            for place in start + 1..<end {
                let gap = places[place] &- last
                isAscending = isAscending && places[place] > last
                highestGap = max(highestGap, gap)
                variableByteCount += byteCount(gap)
                last = places[place]
            }
            start = end
        }
        let firstWidth = PackedNumberWriter.width(of: highest - lowest)
        // A gap has a bit at least, so that bytes say no more places than they have bits.
        let gapWidth = max(1, PackedNumberWriter.width(of: max(highestGap, 1) - 1))
        let countWidth = saysCounts ? PackedNumberWriter.width(of: UInt64(highestCount)) : 0
        let packedByteCount = (documents * (firstWidth + countWidth) + (list.places.count - documents) * gapWidth) / 8
        // The packed ones are found faster.
        guard isAscending, max(firstWidth, gapWidth) <= widest, packedByteCount <= variableByteCount + variableByteCount / 8 else {
            return appendVariable(list, saysCounts, &writer, marked: true)
        }
        writer.append(UInt8(firstWidth))
        writer.append(UInt8(gapWidth))
        writer.variable(lowest)
        if saysCounts {
            writer.append(UInt8(countWidth))
        }
        writer.packed(bits: documents * (firstWidth + countWidth) + (list.places.count - documents) * gapWidth) { packing in
            let (places, ends) = (list.places.span, list.ends.span)
            if saysCounts {
                for index in 0..<documents {
                    packing.append(UInt64(ends[index] - (index == 0 ? 0 : ends[index - 1]) - 1), width: countWidth)
                }
            }
            for index in 0..<documents { packing.append(places[index == 0 ? 0 : ends[index - 1]] - lowest, width: firstWidth) }
            var start = 0
            for index in 0..<documents {
                for place in start + 1..<ends[index] { packing.append(places[place] - places[place - 1] - 1, width: gapWidth) }
                start = ends[index]
            }
        }
    }

    private static func appendVariable(
        _ list: ListPlaces, _ saysCounts: Bool, _ writer: inout PackedNumberWriter, marked: Bool = false
    ) {
        if marked { writer.append(variable) }
        for index in list.ends.indices { PositionBlock.append(list[index], saysCount: saysCounts, to: &writer) }
    }

    private static func byteCount(_ number: UInt64) -> Int { number < 0x80 ? 1 : number < 0x4000 ? 2 : 3 }

    /// Finds the places of each document. Whatever the bytes are, what it finds lies within them.
    final class Reader {
        private let bytes: [UInt8]
        private let isPacked: Bool
        /// What was read one after the other; nothing if they are packed.
        private var all = ListPlaces()
        private var firstWidth = 0
        private var gapWidth = 0
        private var lowest: UInt64 = 0
        /// Where the first places begin.
        private var start = 0
        /// How many gaps there are up to the end of each document.
        private var ends: [Int] = []

        /// nil for what are no places of so many documents.
        ///
        /// - Parameters:
        ///   - isPlain: whether they stand as ``PositionBlock`` has them, with nothing before.
        ///   - counts: of the documents, if they say how many places they have.
        init?(_ bytes: [UInt8], in range: Range<Int>, documents: Int, isPlain: Bool, counts: [UInt64]?) {
            self.bytes = bytes
            var reader = PackedNumberReader(bytes, in: range)
            var form = variable
            if !isPlain {
                guard let width = reader.byte() else { return nil }
                form = width
            }
            isPacked = form != variable
            guard isPacked else {
                guard all.read(&reader, counts: counts, documents: documents) else { return nil }
                return
            }
            guard form <= widest, let gapWidth = reader.byte(), gapWidth > 0, gapWidth <= widest, let lowest = reader.variable(),
                lowest < PositionBlock.placeLimit
            else { return nil }
            var countWidth = 0
            if counts == nil {
                guard let width = reader.byte(), width <= widest else { return nil }
                countWidth = Int(width)
            }
            self.lowest = lowest
            self.gapWidth = Int(gapWidth)
            firstWidth = Int(form)
            let room = (range.upperBound - reader.place) * 8
            let countStart = reader.place * 8
            let used = documents * (countWidth + firstWidth)
            guard used <= room else { return nil }
            start = countStart + documents * countWidth
            var ends: [Int] = []
            ends.reserveCapacity(documents)
            var sum = 0
            if let counts {
                for index in 0..<documents {
                    let more = counts[index] &- 1
                    guard more <= UInt64(room) else { return nil }
                    sum += Int(more)
                    ends.append(sum)
                }
            } else {
                let isSound = bytes.span.withBytes { bytes in
                    for index in 0..<documents {
                        let more = bytes.packedNumber(atBit: countStart + index * countWidth, width: countWidth)
                        guard more <= UInt64(room) else { return false }
                        sum += Int(more)
                        ends.append(sum)
                    }
                    return true
                }
                guard isSound else { return nil }
            }
            self.ends = ends
            guard (used + sum * self.gapWidth + 7) / 8 * 8 == room else { return nil }
        }

        /// Appends the places of a document.
        func append(_ index: Int, to places: inout [UInt64]) {
            guard isPacked else {
                for place in all.range(index) { places.append(all.places[place]) }
                return
            }
            let own = bytes
            own.span.withBytes { bytes in
                var run = run(ofDocument: index, bytes)
                repeat { places.append(run.place) } while run.next(bytes)
            }
        }

        /// The packed places of a document, one after the other.
        private struct Run {
            private(set) var place: UInt64
            private var bit: Int
            private var rest: Int
            private let width: Int

            init(first: UInt64, gapsAtBit bit: Int, count: Int, width: Int) {
                (place, self.bit, rest, self.width) = (first, bit, count, width)
            }

            @inline(__always)
            mutating func next(_ bytes: Bytes) -> Bool {
                guard rest > 0 else { return false }
                rest &-= 1
                place &+= bytes.packedNumber(atBit: bit, width: width) &+ 1
                bit &+= width
                return true
            }
        }

        private func run(ofDocument index: Int, _ bytes: Bytes) -> Run {
            let before = index == 0 ? 0 : ends[index - 1]
            return Run(
                first: lowest &+ bytes.packedNumber(atBit: start + index * firstWidth, width: firstWidth),
                gapsAtBit: start + ends.count * firstWidth + before * gapWidth, count: ends[index] - before, width: gapWidth)
        }
    }
}
