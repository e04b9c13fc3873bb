import Ground

/// The places of a list's documents where they lie, as ``PlaceBlock`` has them, read for one document behind the other.
///
/// Whatever the bytes are, what it finds lies within them.
struct StoredPlaces {
    private var bytes = Bytes.empty
    private var end = 0
    /// Of packed places; 0: they are read one after the other.
    private var gapWidth = 0
    private var firstWidth = 0
    private var lowest: UInt64 = 0
    /// The bits at which first places begin, and gaps, and where these end.
    private var firsts = 0
    private var gaps = 0
    private var gapEnd = 0
    /// The bits of a count less one, and where these begin, of packed places.
    private var countWidth = 0
    private var counts = 0
    /// Of others, where they begin, and whether documents say how many they have.
    private var start = 0
    private var saysCounts = false
    /// How many documents were passed over, and how many gaps these have, or where behind them the next begins.
    private var passed = 0
    private var sum = 0

    /// None.
    init() {}

    /// nil for what are no places.
    ///
    /// - Parameters:
    ///   - range: of the bytes, in which they lie.
    ///   - isPlain: whether they stand as ``PositionBlock`` has them, with nothing before.
    ///   - known: if documents' counts say how many places they have: how many bits one takes in the same bytes, and the first bit; of few
    ///     documents these say nothing.
    init?(_ bytes: Bytes, in range: Range<Int>, documents: Int, isPlain: Bool, counts known: (width: Int, bit: Int)?) {
        self.bytes = bytes
        end = range.upperBound
        var reader = PackedBytesReader(bytes, in: range)
        var form = PlaceBlock.variable
        if !isPlain {
            guard let width = reader.byte() else { return nil }
            form = width
        }
        guard form != PlaceBlock.variable else {
            saysCounts = known == nil
            (start, sum) = (reader.place, reader.place)
            return
        }
        guard form <= PlaceBlock.widest, let gapWidth = reader.byte(), gapWidth > 0, gapWidth <= PlaceBlock.widest,
            let lowest = reader.variable(), lowest < PositionBlock.placeLimit
        else { return nil }
        var own = 0
        if let known {
            (countWidth, counts) = known
        } else {
            guard let width = reader.byte(), width <= PlaceBlock.widest else { return nil }
            (countWidth, counts) = (Int(width), reader.place * 8)
            own = documents * countWidth
        }
        firstWidth = Int(form)
        self.gapWidth = Int(gapWidth)
        self.lowest = lowest
        firsts = reader.place * 8 + own
        gaps = firsts + documents * firstWidth
        gapEnd = range.upperBound * 8
        guard gaps <= gapEnd else { return nil }
    }

    /// The places of a document; nil for what are none.
    ///
    /// - Parameter known: how often each document has the word, where ``needsCounts`` says so.
    mutating func run(of index: Int, _ known: [UInt64]) -> PlaceRun? {
        guard isPacked else {
            if index < passed { (passed, sum) = (0, start) }
            return variableRun(of: index, known)
        }
        return packed(of: index).map { PlaceRun(bytes, $0) }
    }

    /// Whether each document's are found without what is before them.
    var isPacked: Bool { gapWidth > 0 }

    /// A document's packed places: the first, and the gaps behind it.
    struct Packed {
        var first: UInt64
        /// The bit at which the next gap begins, how many there are, and how many bits each has.
        var bit: Int
        var count: Int
        let width: Int
    }

    /// nil for what are none.
    @inline(__always)
    mutating func packed(of index: Int) -> Packed? {
        if index < passed { (passed, sum) = (0, 0) }
        while passed < index {
            sum &+= Int(truncatingIfNeeded: bytes.packedNumber(atBit: counts &+ passed &* countWidth, width: countWidth))
            passed &+= 1
        }
        let more = Int(truncatingIfNeeded: bytes.packedNumber(atBit: counts &+ index &* countWidth, width: countWidth))
        // A count has 40 bits at most, and a gap one at least, so these are no overflow.
        let bit = gaps &+ sum &* gapWidth
        guard bit &+ more &* gapWidth <= gapEnd else { return nil }
        let first = bytes.packedNumber(atBit: firsts &+ index &* firstWidth, width: firstWidth)
        return Packed(first: lowest &+ first, bit: bit, count: more, width: gapWidth)
    }

    /// Whether one of a document's packed places lies at a distance before one of another's, in the same field.
    @inline(__always)
    static func havePair(_ own: StoredPlaces, _ first: Packed, _ other: StoredPlaces, _ second: Packed, distance: Int) -> Bool {
        let (ownBytes, otherBytes) = (own.bytes, other.bytes)
        var (place, bit, rest) = (first.first, first.bit, first.count)
        var (next, nextBit, nextRest) = (second.first, second.bit, second.count)
        while true {
            if let wanted = WordPlaces.place(place, distance) {
                while next < wanted {
                    guard nextRest > 0 else { return false }
                    next &+= otherBytes.packedNumber(atBit: nextBit, width: second.width) &+ 1
                    nextBit &+= second.width
                    nextRest &-= 1
                }
                if next == wanted { return true }
            }
            guard rest > 0 else { return false }
            place &+= ownBytes.packedNumber(atBit: bit, width: first.width) &+ 1
            bit &+= first.width
            rest &-= 1
        }
    }

    /// Whether documents' counts have to be known.
    var needsCounts: Bool { gapWidth == 0 && !saysCounts }

    @inline(never)
    private mutating func variableRun(of index: Int, _ known: [UInt64]) -> PlaceRun? {
        var reader = PackedBytesReader(bytes, in: sum..<end)
        while true {
            guard let count = saysCounts ? reader.variable() : known[passed], count <= PositionBlock.placeLimit else { return nil }
            if passed == index { return PlaceRun(reader, count: Int(count)) }
            for _ in 0..<count { guard reader.variable() != nil else { return nil } }
            passed += 1
            sum = reader.place
        }
    }
}

/// The places of a word in one document, one after the other.
struct PlaceRun {
    /// Where it is.
    private(set) var place: UInt64 = 0
    /// Whether it is at a place. What can't be read is behind the last one.
    private(set) var isThere = true
    /// Whether all that was read are places.
    private(set) var isSound = true
    private var reader: PackedBytesReader
    private var rest: Int
    /// Where the next gap begins, and how many bits it has; 0: it is read.
    private var bit = 0
    private let width: Int

    init(_ bytes: Bytes, _ packed: StoredPlaces.Packed) {
        (place, bit, rest, width) = (packed.first, packed.bit, packed.count, packed.width)
        reader = PackedBytesReader(bytes, in: 0..<0)
    }

    init(_ reader: PackedBytesReader, count: Int) {
        (self.reader, rest, width) = (reader, count, 0)
        next()
    }

    mutating func next() {
        guard rest > 0 else { return isThere = false }
        rest &-= 1
        if width > 0 {
            place &+= reader.bytes.packedNumber(atBit: bit, width: width) &+ 1
            bit &+= width
        } else if let gap = reader.variable(), gap < PositionBlock.placeLimit, place &+ gap < PositionBlock.placeLimit {
            place &+= gap
        } else {
            (isThere, isSound) = (false, false)
        }
    }

    /// Whether a place lies at a distance before a place of another, in the same field.
    mutating func hasPair(_ other: inout PlaceRun, distance: Int) -> Bool {
        while isThere {
            if let wanted = WordPlaces.place(place, distance) {
                while other.isThere, other.place < wanted { other.next() }
                if !other.isThere { return false }
                if other.place == wanted { return true }
            }
            next()
        }
        return false
    }
}
