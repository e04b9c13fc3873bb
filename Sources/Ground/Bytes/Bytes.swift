#if canImport(Glibc)
    public import Glibc
#elseif canImport(Musl)
    public import Musl
#elseif canImport(Darwin)
    public import Darwin
#endif

/// A range of bytes that someone else keeps alive: a key or a value in a page, the text of a value, the input of a parser.
///
/// Why this is safe: a value is made from memory of known length, every caller holds the memory's owner for as long as it
/// uses the value, and each index comes from a comparison with `count` (asserted again in debug builds).
@safe @usableFromInline package struct Bytes: @unchecked Sendable {
    @usableFromInline package let base: UnsafeRawPointer
    @usableFromInline package let count: Int

    @inlinable @inline(__always) package init(_ base: UnsafeRawPointer, _ count: Int) {
        unsafe self.base = unsafe base
        self.count = count
    }

    /// The bytes of a buffer. An empty one may have no address; nothing is read from it then.
    @inlinable @inline(__always) package init(_ buffer: UnsafeRawBufferPointer) {
        unsafe self.base = unsafe buffer.baseAddress ?? Self.nowhere
        self.count = buffer.count
    }

    /// The bytes at an address that was kept as a number.
    @inlinable @inline(__always) package init(address: UInt64, count: Int) {
        unsafe self.base = UnsafeRawPointer(bitPattern: UInt(address)) ?? Self.nowhere
        self.count = count
    }

    @inlinable package static var empty: Bytes { unsafe Bytes(nowhere, 0) }

    @usableFromInline static var nowhere: UnsafeRawPointer {
        @inlinable get { unsafe UnsafeRawPointer(bitPattern: 8).unsafelyUnwrapped }
    }

    @inlinable package var address: UInt64 { unsafe UInt64(UInt(bitPattern: base)) }

    // MARK: Numbers

    @inlinable @inline(__always) package subscript(index: Int) -> UInt8 {
        assert(index >= 0 && index < count)
        return unsafe base.load(fromByteOffset: index, as: UInt8.self)
    }

    /// The eight bytes from `index` on, the first one lowest.
    @inlinable @inline(__always) package func word(at index: Int) -> UInt64 {
        assert(index >= 0 && index + 8 <= count)
        return unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
    }

    /// A little-endian number of `width` bytes, 1, 2 or 4.
    @inlinable @inline(__always) package func littleEndian(at index: Int, width: Int) -> Int {
        assert(index >= 0 && index + width <= count)
        switch width {
        case 1: return unsafe Int(base.load(fromByteOffset: index, as: UInt8.self))
        case 2: return unsafe Int(UInt16(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt16.self)))
        default: return unsafe Int(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt32.self)))
        }
    }

    /// The first eight bytes as a number that is ordered as they are; zeros stand for what is missing.
    @inlinable @inline(__always) package var orderedPrefix: UInt64 {
        if count >= 8 { return word(at: 0).byteSwapped }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(self[index]) << UInt64(56 - 8 * index) }
        return word
    }

    /// Up to four bytes from `offset` on as a number that is ordered as they are; zeros stand for what is missing.
    @inlinable @inline(__always) package func head(at offset: Int) -> UInt32 {
        unsafe keyHead(base + offset, count - offset)
    }

    // MARK: Parts and order

    @inlinable @inline(__always) package subscript(range: Range<Int>) -> Bytes {
        assert(range.lowerBound >= 0 && range.upperBound <= count)
        return unsafe Bytes(base + range.lowerBound, range.count)
    }

    @inlinable @inline(__always) package func dropFirst(_ n: Int) -> Bytes { self[n..<count] }

    /// Below zero, zero or above: bytes as unsigned numbers, a prefix first.
    @inlinable @inline(__always) package static func compare(_ left: Bytes, _ right: Bytes) -> Int {
        unsafe compareBytes(left.base, left.count, right.base, right.count)
    }

    @inlinable @inline(__always) package static func == (a: Bytes, b: Bytes) -> Bool {
        unsafe a.count == b.count && memcmp(a.base, b.base, a.count) == 0
    }

    /// Whether these are the same as as many others, of which the first `known` are known to be.
    @inlinable @inline(__always) package func equals(_ other: Bytes, from known: Int) -> Bool {
        assert(count == other.count && known <= count)
        // The last sixteen with a few bytes that are known are two comparisons.
        guard count >= 16, count &- known <= 16 else { return self[known..<count] == other[known..<count] }
        return word(at: count &- 8) == other.word(at: count &- 8) && word(at: count &- 16) == other.word(at: count &- 16)
    }

    @inlinable @inline(__always) package func equals(_ literal: StaticString) -> Bool {
        unsafe count == literal.utf8CodeUnitCount && memcmp(base, literal.utf8Start, count) == 0
    }

    @inlinable package func hash(into hasher: inout Hasher) {
        unsafe hasher.combine(bytes: UnsafeRawBufferPointer(start: base, count: count))
    }

    // MARK: Copies

    /// Valid UTF-8 as a string; anything else is repaired.
    @inlinable package var string: String {
        unsafe String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
    }

    @inlinable package func copy() -> [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    @inlinable @inline(__always) package func append(to bytes: inout [UInt8]) {
        unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: base, count: count))
    }

    @inlinable @inline(__always) package func copy(to destination: UnsafeMutableRawPointer) {
        unsafe destination.copyMemory(from: base, byteCount: count)
    }

    /// The same, without a call where there are eight to thirty-two.
    @inlinable @inline(__always) package func copyFew(to destination: UnsafeMutableRawPointer) {
        guard count >= 8, count <= 32 else { return unsafe copy(to: destination) }
        let end = count &- 8
        let (first, last) = (word(at: 0), word(at: end))
        if count > 16 {
            let (second, third) = (word(at: 8), word(at: end &- 8))
            unsafe destination.storeBytes(of: second.littleEndian, toByteOffset: 8, as: UInt64.self)
            unsafe destination.storeBytes(of: third.littleEndian, toByteOffset: end &- 8, as: UInt64.self)
        }
        unsafe destination.storeBytes(of: first.littleEndian, as: UInt64.self)
        unsafe destination.storeBytes(of: last.littleEndian, toByteOffset: end, as: UInt64.self)
    }

    // MARK: Spans

    /// The bytes as a span, for the length of `body`.
    @inlinable package func withSpan<R, E: Error>(_ body: (Span<UInt8>) throws(E) -> R) throws(E) -> R {
        let buffer = unsafe UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: count)
        return try unsafe body(buffer.span)
    }

    /// The bytes as a span that lives as long as what keeps them alive.
    @_lifetime(borrow owner)
    @inlinable @inline(__always) package func span<Owner: ~Copyable>(of owner: borrowing Owner) -> Span<UInt8> {
        let buffer = unsafe UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: count)
        return unsafe _overrideLifetime(buffer.span, borrowing: owner)
    }
}

extension Span<UInt8> {
    @inlinable @inline(__always)
    package func withBytes<R: ~Copyable, E: Error>(_ body: (Bytes) throws(E) -> R) throws(E) -> R {
        try unsafe withUnsafeBytes { bytes throws(E) in try unsafe body(Bytes(bytes)) }
    }
}

extension String {
    /// The UTF-8 bytes; a copy only if the string is not stored as native UTF-8.
    @inlinable package func withBytes<R: ~Copyable, E: Error>(_ body: (Bytes) throws(E) -> R) throws(E) -> R {
        var copy = self
        return try copy.withContiguousBytes(body)
    }

    @inlinable mutating func withContiguousBytes<R: ~Copyable, E: Error>(_ body: (Bytes) throws(E) -> R) throws(E) -> R {
        makeContiguousUTF8()
        return try utf8.span.withBytes(body)
    }
}
