private import CCipher

#if canImport(Glibc)
    public import Glibc
#elseif canImport(Musl)
    public import Musl
#elseif canImport(Darwin)
    public import Darwin
#endif

// Loads, stores and comparisons on raw memory. Little-endian, unaligned, unchecked: callers prove the bounds.
//
// Page numbers, transactions and counts take 48 bits on a page. A 48-bit load reads 8 bytes and drops the upper two, so a
// field of that width is never the last one of anything.

extension UnsafeRawPointer {
    @inlinable @inline(__always) package func load8(_ offset: Int) -> Int {
        unsafe Int(loadUnaligned(fromByteOffset: offset, as: UInt8.self))
    }

    @inlinable @inline(__always) package func load16(_ offset: Int) -> Int {
        unsafe Int(UInt16(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
    }

    @inlinable @inline(__always) package func load32(_ offset: Int) -> UInt32 {
        unsafe UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    @inlinable @inline(__always) package func load48(_ offset: Int) -> UInt64 {
        unsafe load64(offset) & 0xFFFF_FFFF_FFFF
    }

    @inlinable @inline(__always) package func load64(_ offset: Int) -> UInt64 {
        unsafe UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

extension UnsafeMutableRawPointer {
    @inlinable @inline(__always) package func store8(_ value: Int, _ offset: Int) {
        unsafe storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: offset, as: UInt8.self)
    }

    @inlinable @inline(__always) package func store16(_ value: Int, _ offset: Int) {
        unsafe storeBytes(of: UInt16(truncatingIfNeeded: value).littleEndian, toByteOffset: offset, as: UInt16.self)
    }

    @inlinable @inline(__always) package func store32(_ value: UInt32, _ offset: Int) {
        unsafe storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    @inlinable @inline(__always) package func store48(_ value: UInt64, _ offset: Int) {
        unsafe store32(UInt32(truncatingIfNeeded: value), offset)
        unsafe store16(Int(truncatingIfNeeded: value >> 32), offset + 4)
    }

    @inlinable @inline(__always) package func store64(_ value: UInt64, _ offset: Int) {
        unsafe storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
    }

    @inlinable @inline(__always) package func move(_ count: Int, from source: Int, to target: Int) {
        unsafe (self + target).copyMemory(from: self + source, byteCount: count)
    }
}

/// Memory from `malloc` itself, which aligns it to 16 bytes. Swift's `allocate` names the alignment, and that makes glibc take twice the time
/// for small blocks.
@inlinable @inline(__always) package func allocateBytes(_ count: Int) -> UnsafeMutableRawPointer {
    guard let start = unsafe malloc(count) else { preconditionFailure("There is no memory left.") }
    return unsafe start
}

/// Gives back what ``allocateBytes(_:)`` has answered.
@inlinable @inline(__always) package func freeBytes(_ start: UnsafeMutableRawPointer) { unsafe free(start) }

/// The first four bytes of a key as a number that is ordered as they are, short ones filled up with zeros.
@inlinable @inline(__always) package func keyHead(_ base: UnsafeRawPointer, _ count: Int) -> UInt32 {
    if count >= 4 {
        return unsafe UInt32(bigEndian: base.loadUnaligned(as: UInt32.self))
    }
    var head: UInt32 = 0
    for index in 0..<max(0, count) {
        head |= unsafe UInt32(base.load8(index)) << UInt32(24 - 8 * index)
    }
    return head
}

/// Below zero, zero, above zero as the left bytes sort before, equal or after the right ones.
@inlinable @inline(__always)
package func compareBytes(_ left: UnsafeRawPointer, _ leftCount: Int, _ right: UnsafeRawPointer, _ rightCount: Int) -> Int {
    let common = min(leftCount, rightCount)
    var index = 0
    while index &+ 8 <= common {
        let a = unsafe left.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        let b = unsafe right.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        if a != b { return UInt64(bigEndian: a) < UInt64(bigEndian: b) ? -1 : 1 }
        index &+= 8
    }
    while index < common {
        let difference = unsafe left.load8(index) &- right.load8(index)
        if difference != 0 { return difference }
        index &+= 1
    }
    return leftCount &- rightCount
}

/// The number of leading bytes that two runs of `count` bytes have in common.
package func commonLength(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Int {
    var index = 0
    while index + 8 <= count {
        let difference = unsafe left.load64(index) ^ right.load64(index)
        if difference != 0 { return index + difference.trailingZeroBitCount / 8 }
        index += 8
    }
    while index < count, unsafe left.load8(index) == right.load8(index) { index += 1 }
    return index
}

/// Lends bytes to `body`.
@inlinable package func withBytes<Result, Failure: Error>(
    _ bytes: [UInt8], _ body: (Bytes) throws(Failure) -> Result
) throws(Failure) -> Result {
    try withBytes(bytes.span, body)
}

/// Lends bytes to `body`.
@inlinable @inline(__always)
package func withBytes<Result, Failure: Error>(
    _ bytes: Span<UInt8>, _ body: (Bytes) throws(Failure) -> Result
) throws(Failure) -> Result {
    try unsafe bytes.withUnsafeBytes { (buffer) throws(Failure) in unsafe try body(Bytes(buffer)) }
}

extension [UInt8] {
    /// Overwrites what was a secret, so that it isn't found in memory that somebody else gets. Other arrays of the same bytes stay.
    package mutating func erase() {
        unsafe withUnsafeMutableBytes { bytes in
            if let start = bytes.baseAddress { unsafe pando_erase(start, bytes.count) }
        }
    }
}
