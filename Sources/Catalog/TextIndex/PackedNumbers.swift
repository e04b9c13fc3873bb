import Ground

/// Writes numbers of few bits one behind the other, and others in as many bytes as they need.
struct PackedNumberWriter {
    private(set) var bytes: [UInt8] = []

    /// Seven bits a byte, the lowest first; all but the last byte have the highest bit.
    mutating func variable(_ number: UInt64) {
        var rest = number
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func append(_ byte: UInt8) { bytes.append(byte) }

    mutating func append(_ other: some Sequence<UInt8>) { bytes += other }

    mutating func append(_ other: Bytes) { other.append(to: &bytes) }

    mutating func reserve(_ count: Int) { bytes.reserveCapacity(count) }

    /// Numbers that are packed one behind the other.
    struct Packing: ~Copyable, ~Escapable {
        private var target: MutableSpan<UInt8>
        private var place: Int
        private var bits: UInt64 = 0
        private var bitCount = 0

        @_lifetime(copy target)
        fileprivate init(_ target: consuming MutableSpan<UInt8>, at place: Int) {
            self.target = target
            self.place = place
        }

        /// The lowest `width` bits, at most 56.
        @inline(__always)
        mutating func append(_ number: UInt64, width: Int) {
            bits |= number &<< UInt64(bitCount)
            bitCount &+= width
            while bitCount >= 8 {
                target[place] = UInt8(truncatingIfNeeded: bits)
                place &+= 1
                bits &>>= 8
                bitCount &-= 8
            }
        }

        fileprivate mutating func finish() {
            if bitCount > 0 { target[place] = UInt8(truncatingIfNeeded: bits) }
        }
    }

    /// A run of packed numbers that take so many bits, which `body` appends.
    @inline(__always)
    mutating func packed(bits count: Int, _ body: (inout Packing) -> Void) {
        let start = bytes.count
        bytes += repeatElement(0, count: (count + 7) / 8)
        var packing = Packing(bytes.mutableSpan, at: start)
        body(&packing)
        packing.finish()
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    static func width(of number: UInt64) -> Int { UInt64.bitWidth - number.leadingZeroBitCount }
}

/// Reads what ``PackedNumberWriter`` wrote. Whatever the bytes are, it ends: nil is what can't be read.
protocol PackedReading {
    /// Where the next byte is, and where the last one ends.
    var place: Int { get set }
    var end: Int { get }
    func byte(at place: Int) -> UInt8
}

extension PackedReading {
    @inline(__always)
    var isAtEnd: Bool { place == end }

    @inline(__always)
    mutating func byte() -> UInt8? {
        guard place < end else { return nil }
        place &+= 1
        return byte(at: place &- 1)
    }

    /// Where the next `count` bytes are, which it passes over.
    @inline(__always)
    mutating func range(_ count: Int) -> Range<Int>? {
        guard count >= 0, count <= end - place else { return nil }
        place += count
        return (place - count)..<place
    }

    @inline(__always)
    mutating func variable() -> UInt64? {
        guard let byte = byte() else { return nil }
        return byte < 0x80 ? UInt64(byte) : rest(of: byte)
    }

    private mutating func rest(of first: UInt8) -> UInt64? {
        var number = UInt64(first & 0x7F)
        for shift in stride(from: UInt64(7), to: 63, by: 7) {
            guard let byte = byte() else { return nil }
            number |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return number }
        }
        return nil
    }
}

/// Reads an array.
struct PackedNumberReader: PackedReading {
    private let bytes: [UInt8]
    var place: Int
    let end: Int

    init(_ bytes: [UInt8], at place: Int = 0) {
        self.init(bytes, in: place..<bytes.count)
    }

    /// - Parameter range: of the bytes; it reads no others.
    init(_ bytes: [UInt8], in range: Range<Int>) {
        self.bytes = bytes
        place = range.lowerBound
        end = range.upperBound
    }

    @inline(__always)
    func byte(at place: Int) -> UInt8 { bytes[place] }

    mutating func bytes(_ count: Int) -> [UInt8]? {
        range(count).map { Array(bytes[$0]) }
    }

    /// Appends bytes that ``range(_:)`` has told of.
    func append(_ range: Range<Int>, to other: inout [UInt8]) { other += bytes[range] }
}

/// Reads bytes where they lie.
struct PackedBytesReader: PackedReading {
    let bytes: Bytes
    var place: Int
    let end: Int

    /// - Parameter range: of the bytes; it reads no others.
    init(_ bytes: Bytes, in range: Range<Int>) {
        self.bytes = bytes
        place = range.lowerBound
        end = range.upperBound
    }

    @inline(__always)
    func byte(at place: Int) -> UInt8 { bytes[place] }
}

extension Bytes {
    /// A number of `width` bits, at most 56, that begins at a bit, as ``PackedNumberWriter/packed(bits:_:)`` has written it. The caller has seen
    /// that its bits lie within the bytes.
    @inline(__always)
    func packedNumber(atBit bit: Int, width: Int) -> UInt64 {
        wordOrRest(at: bit >> 3) &>> UInt64(bit & 7) & ((1 &<< UInt64(width)) &- 1)
    }
}
