#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Bytes that someone else keeps alive: the text of a ``DatumTree``, a document in a page, the input of a parser.
///
/// Why this is safe: a value is made from memory of known length, every caller holds the memory's owner for as long as it
/// uses the value, and each index comes from a comparison with `count` (asserted again in debug builds). It never leaves
/// this module.
@safe struct RawBytes: @unchecked Sendable {
    private let start: UnsafeRawPointer
    let count: Int

    init(start: UnsafeRawPointer, count: Int) {
        unsafe self.start = start
        self.count = count
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        unsafe self.start = bytes.baseAddress ?? Self.nowhere
        self.count = bytes.count
    }

    /// The bytes at an address kept in a ``DatumNode``.
    init(address: UInt64, count: Int) {
        unsafe self.start = UnsafeRawPointer(bitPattern: UInt(address)) ?? Self.nowhere
        self.count = count
    }

    static var empty: RawBytes { unsafe RawBytes(start: nowhere, count: 0) }

    var address: UInt64 { unsafe UInt64(UInt(bitPattern: start)) }

    var pointer: UnsafeRawPointer { unsafe start }

    private static var nowhere: UnsafeRawPointer { unsafe UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped }

    @inline(__always) subscript(index: Int) -> UInt8 {
        assert(index >= 0 && index < count)
        return unsafe start.load(fromByteOffset: index, as: UInt8.self)
    }

    /// The eight bytes from `index` on, the first one lowest.
    @inline(__always) func word(at index: Int) -> UInt64 {
        assert(index >= 0 && index + 8 <= count)
        return unsafe UInt64(littleEndian: start.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// A little-endian number of `width` bytes, 1, 2 or 4.
    @inline(__always) func littleEndian(at index: Int, width: Int) -> Int {
        assert(index >= 0 && index + width <= count)
        switch width {
        case 1: return unsafe Int(start.load(fromByteOffset: index, as: UInt8.self))
        case 2: return unsafe Int(UInt16(littleEndian: start.loadUnaligned(fromByteOffset: index, as: UInt16.self)))
        default: return unsafe Int(UInt32(littleEndian: start.loadUnaligned(fromByteOffset: index, as: UInt32.self)))
        }
    }

    /// The first eight bytes as a number that is ordered as they are; zeros stand for what is missing.
    @inline(__always) var orderedPrefix: UInt64 {
        if count >= 8 { return word(at: 0).byteSwapped }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(self[index]) << UInt64(56 - 8 * index) }
        return word
    }

    @inline(__always) subscript(range: Range<Int>) -> RawBytes {
        assert(range.lowerBound >= 0 && range.upperBound <= count)
        return unsafe RawBytes(start: start + range.lowerBound, count: range.count)
    }

    @inline(__always) func dropFirst(_ n: Int) -> RawBytes { self[n..<count] }

    /// Below zero, zero or above: bytes as unsigned numbers, a prefix first.
    @inline(__always) static func compare(_ a: RawBytes, _ b: RawBytes) -> Int {
        let order = unsafe memcmp(a.start, b.start, min(a.count, b.count))
        return order != 0 ? Int(order) : a.count - b.count
    }

    @inline(__always) static func == (a: RawBytes, b: RawBytes) -> Bool {
        unsafe a.count == b.count && memcmp(a.start, b.start, a.count) == 0
    }

    @inline(__always) func equals(_ literal: StaticString) -> Bool {
        unsafe count == literal.utf8CodeUnitCount && memcmp(start, literal.utf8Start, count) == 0
    }

    func hash(into hasher: inout Hasher) {
        unsafe hasher.combine(bytes: UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Valid UTF-8 as a string; anything else is repaired.
    var string: String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
    }

    @inline(__always) func append(to bytes: inout [UInt8]) {
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
    }

    var array: [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// The bytes as a span, for callers outside this module.
    func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let buffer = unsafe UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
        return try unsafe body(buffer.span)
    }

    /// The bytes as a span that lives as long as the value that keeps them alive.
    @_lifetime(borrow owner)
    func span(of owner: borrowing Datum) -> Span<UInt8> {
        let buffer = unsafe UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
        return unsafe _overrideLifetime(buffer.span, borrowing: owner)
    }

    /// The bytes as a span that lives as long as the block that they lie in.
    @_lifetime(borrow owner)
    @inline(__always) func span(of owner: borrowing DocumentBlock) -> Span<UInt8> {
        let buffer = unsafe UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
        return unsafe _overrideLifetime(buffer.span, borrowing: owner)
    }

    @inline(__always) func copy(to destination: UnsafeMutableRawPointer) {
        unsafe destination.copyMemory(from: start, byteCount: count)
    }
}

extension Span<UInt8> {
    func withRawBytes<R: ~Copyable, E: Error>(_ body: (RawBytes) throws(E) -> R) throws(E) -> R {
        try unsafe withUnsafeBytes { bytes throws(E) in try unsafe body(RawBytes(bytes)) }
    }
}

extension String {
    /// The UTF-8 bytes; a copy only if the string is not stored as native UTF-8.
    func withRawBytes<R: ~Copyable, E: Error>(_ body: (RawBytes) throws(E) -> R) throws(E) -> R {
        var copy = self
        return try copy.withContiguousBytes(body)
    }

    private mutating func withContiguousBytes<R: ~Copyable, E: Error>(_ body: (RawBytes) throws(E) -> R) throws(E) -> R {
        makeContiguousUTF8()
        return try utf8.span.withRawBytes(body)
    }
}

extension Datum {
    /// A document in its stored form (see ``Document``) in memory that `owner` keeps alive and unchanged. O(1).
    ///
    /// Nil if the bytes are no document. Only the table of fields is looked at here.
    public init?(storedDocument pointer: UnsafeRawPointer, count: Int, owner: any AnyObject & Sendable) {
        self.init(storedDocument: unsafe RawBytes(start: pointer, count: count), owner: owner)
    }
}
