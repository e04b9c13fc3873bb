/// What a text index knows of itself: the value at `n`.
struct TextIndexState: Equatable {
    /// How the lists of a segment stand.
    enum Format: UInt64 {
        /// Each in a record of its own, and its places in another: earlier versions wrote so.
        case separate
        /// Several in a record (``WordBlock``), with the lengths of their documents.
        case packed
        /// The same without lengths, which stand beside (``SegmentLengths``).
        case plain
    }

    struct Segment: Equatable {
        var id: UInt32
        /// Numbers of its first and last document.
        var first: UInt64
        var last: UInt64
        /// How many documents were put into it, and how many of these are gone since.
        var documents: UInt64
        var dead: UInt64
        var format = Format.plain
        /// How many records its lists take; of the first format nothing is known.
        var records: UInt64 = 0
    }

    var nextNumber: UInt64 = 0
    var nextSegment: UInt32 = 0
    /// Documents that are there.
    var documents: UInt64 = 0
    /// The sum of their lengths.
    var length: UInt64 = 0
    /// Documents that are in no segment yet, and what their records take.
    var pending: UInt64 = 0
    var pendingBytes: UInt64 = 0
    /// In the order of their numbers.
    var segments: [Segment] = []

    static let version: UInt8 = 3
    /// Its segments are all of the first format, and don't say so. The second had none of the last.
    private static let firstVersion: UInt8 = 1
    /// No number is as high: so sums of them, which may be damaged, are no overflow.
    private static let limit: UInt64 = 1 << 48

    var encoded: [UInt8] {
        var writer = PackedNumberWriter()
        writer.append(Self.version)
        for number in [nextNumber, UInt64(nextSegment), documents, length, pending, pendingBytes, UInt64(segments.count)] {
            writer.variable(number)
        }
        for segment in segments {
            let numbers = [UInt64(segment.id), segment.first, segment.last, segment.documents, segment.dead]
            for number in numbers + [segment.format.rawValue, segment.records] { writer.variable(number) }
        }
        return writer.bytes
    }

    init() {}

    /// nil for what is no state.
    init?(_ bytes: [UInt8]) {
        var reader = PackedNumberReader(bytes)
        guard let version = reader.byte(), Self.firstVersion...Self.version ~= version else { return nil }
        let width = version == Self.firstVersion ? 5 : 7
        var numbers: [UInt64] = []
        while !reader.isAtEnd {
            guard let number = reader.variable(), number < Self.limit else { return nil }
            numbers.append(number)
        }
        guard numbers.count >= 7, UInt64(numbers.count - 7) % UInt64(width) == 0,
            UInt64(numbers.count - 7) / UInt64(width) == numbers[6],
            numbers[1] < UInt32.max
        else { return nil }
        nextNumber = numbers[0]
        nextSegment = UInt32(truncatingIfNeeded: numbers[1])
        documents = numbers[2]
        length = numbers[3]
        pending = numbers[4]
        pendingBytes = numbers[5]
        for start in stride(from: 7, to: numbers.count, by: width) {
            guard let format = width == 5 ? .separate : Format(rawValue: numbers[start + 5]) else { return nil }
            segments.append(
                Segment(
                    id: UInt32(truncatingIfNeeded: numbers[start]), first: numbers[start + 1], last: numbers[start + 2],
                    documents: numbers[start + 3], dead: numbers[start + 4], format: format, records: width == 5 ? 0 : numbers[start + 6]))
        }
    }

    /// The segment that a number is in; nil if the document is pending.
    func segment(of number: UInt64) -> Int? {
        segments.firstIndex { $0.first <= number && number <= $0.last }
    }
}
