/// A growing buffer of bytes to write into: JSON, keys, HTTP. Cheap to append to, made to be cleared and used again.
///
/// A value: a copy is independent (the bytes are copied when one of the two is changed).
///
/// Why this is safe: the memory belongs to a storage object that is checked to be ours alone before each change; the first
/// `count` bytes are initialised; pointers leave only into the closures below.
@safe @usableFromInline package struct ByteBuffer: @unchecked Sendable {
    @usableFromInline var storage: Storage
    /// Bytes written.
    @usableFromInline package internal(set) var count = 0

    @safe @usableFromInline final class Storage {
        @usableFromInline let start: UnsafeMutableRawPointer
        @usableFromInline let capacity: Int

        init(capacity: Int) {
            unsafe start = allocateBytes(capacity)
            self.capacity = capacity
        }

        deinit { unsafe freeBytes(start) }
    }

    package init(capacity: Int = 256) {
        storage = Storage(capacity: max(capacity, 16))
    }

    @inlinable package var isEmpty: Bool { count == 0 }

    /// Bytes that can be appended before there is more memory needed.
    @inlinable package var room: Int { storage.capacity - count }

    /// Room for `n` more bytes, so that what follows does not allocate.
    @inlinable @inline(__always) package mutating func reserve(_ n: Int) {
        if storage.capacity - count < n || !isKnownUniquelyReferenced(&storage) { reallocate(n) }
    }

    @inline(never) @usableFromInline mutating func reallocate(_ n: Int) {
        let fits = storage.capacity - count >= n
        let larger = Storage(capacity: fits ? storage.capacity : max(count + n, storage.capacity * 2))
        unsafe larger.start.copyMemory(from: storage.start, byteCount: count)
        storage = larger
    }

    @inlinable package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe storage.start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    @inlinable package mutating func append(_ bytes: Span<UInt8>) {
        bytes.withBytes { append($0) }
    }

    @inlinable package mutating func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }

    @inlinable package mutating func append(_ string: String) {
        string.withBytes { append($0) }
    }

    @inlinable package mutating func append(_ literal: StaticString) {
        reserve(literal.utf8CodeUnitCount)
        unsafe (storage.start + count).copyMemory(from: literal.utf8Start, byteCount: literal.utf8CodeUnitCount)
        count += literal.utf8CodeUnitCount
    }

    @inlinable package mutating func append(_ other: ByteBuffer) {
        append(other.raw)
    }

    @inlinable package mutating func append(_ bytes: Bytes) {
        reserve(bytes.count)
        unsafe bytes.copy(to: storage.start + count)
        count += bytes.count
    }

    /// Adds what somebody else writes: up to so many bytes.
    /// - Parameter write: gets where to, and returns how many there are; less than zero is none.
    /// - Returns: what `write` has returned.
    package mutating func append(atMost n: Int, _ write: (UnsafeMutableRawPointer, Int) -> Int32) -> Int32 {
        reserve(n)
        let written = unsafe write(storage.start + count, n)
        count += min(max(Int(written), 0), n)
        return written
    }

    /// For what the system's libraries give. The bytes are copied.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        reserve(bytes.count)
        if let start = bytes.baseAddress { unsafe (storage.start + count).copyMemory(from: start, byteCount: bytes.count) }
        count += bytes.count
    }

    /// Like `append`, where there is room already.
    @inlinable @inline(__always) package mutating func put(_ byte: UInt8) {
        assert(storage.capacity > count)
        unsafe storage.start.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Stores eight bytes, lowest first, and counts `n` of them. There must be room for eight.
    @inlinable @inline(__always) package mutating func putWord(_ word: UInt64, counting n: Int) {
        assert(storage.capacity - count >= 8)
        unsafe storage.start.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
        count += n
    }

    /// Forgets what was written; the memory stays for what comes.
    @inlinable package mutating func removeAll() { count = 0 }

    /// Forgets the bytes from `newCount` on.
    @inlinable package mutating func truncate(to newCount: Int) {
        precondition(newCount >= 0 && newCount <= count)
        count = newCount
    }

    /// Removes the first `n` bytes, moving the rest to the front.
    @inlinable package mutating func removeFirst(_ n: Int) {
        precondition(n >= 0 && n <= count)
        reserve(0)
        unsafe storage.start.copyMemory(from: storage.start + n, byteCount: count - n)
        count -= n
    }

    @usableFromInline package subscript(index: Int) -> UInt8 {
        @inlinable get {
            precondition(index >= 0 && index < count)
            return unsafe storage.start.load(fromByteOffset: index, as: UInt8.self)
        }
        @inlinable set {
            precondition(index >= 0 && index < count)
            reserve(0)
            unsafe storage.start.storeBytes(of: newValue, toByteOffset: index, as: UInt8.self)
        }
    }

    /// Puts four bytes, highest first, in the place of those that are there.
    @inlinable package mutating func set(bigEndian number: UInt32, at index: Int) {
        precondition(index >= 0 && index + 4 <= count)
        reserve(0)
        unsafe storage.start.storeBytes(of: number.bigEndian, toByteOffset: index, as: UInt32.self)
    }

    /// What was written; valid until the next change.
    @usableFromInline package var span: Span<UInt8> {
        @_lifetime(borrow self) @inlinable borrowing get {
            let bytes = unsafe UnsafeBufferPointer(start: storage.start.assumingMemoryBound(to: UInt8.self), count: count)
            return unsafe _overrideLifetime(bytes.span, borrowing: self)
        }
    }

    /// For system calls. The pointer is valid inside the closure.
    @inlinable package func withUnsafeBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        defer { withExtendedLifetime(storage) {} }
        return try unsafe body(UnsafeRawBufferPointer(start: storage.start, count: count))
    }

    /// A copy of the bytes.
    @inlinable package var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }

    /// The bytes as text; what is not UTF-8 is repaired.
    @inlinable package var string: String { unsafe withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) } }

    /// Valid until the next change, while this buffer lives.
    @inlinable package var raw: Bytes { unsafe Bytes(UnsafeRawPointer(storage.start), count) }
}

// MARK: Decimal digits

extension ByteBuffer {
    /// The number of decimal digits that a number has; 1 for 0.
    @inlinable package static func decimalCount(_ number: UInt64) -> Int {
        var count = 1
        var rest = number
        while rest >= 10_000 {
            rest /= 10_000
            count += 4
        }
        return count + (rest >= 1000 ? 3 : rest >= 100 ? 2 : rest >= 10 ? 1 : 0)
    }

    @inlinable package mutating func append(decimal number: Int) {
        reserve(21)
        if number < 0 { put(UInt8(ascii: "-")) }
        put(decimal: UInt64(number.magnitude))
    }

    /// Needs room for 20 bytes.
    @inlinable @inline(__always) package mutating func put(decimal number: UInt64) {
        if number < 10 { return put(0x30 + UInt8(truncatingIfNeeded: number)) }
        let length = Self.decimalCount(number)
        assert(storage.capacity - count >= length)
        writeDigits(number, endingAt: count + length)
        count += length
    }

    /// The digits with a point after the first `n`, if there are more. Needs room for 21 bytes.
    @inlinable package mutating func put(decimal number: UInt64, pointAfter n: Int) {
        let start = count
        put(decimal: number)
        let fraction = count - start - n
        guard fraction > 0 else { return }
        let point = unsafe storage.start + start + n
        unsafe (point + 1).copyMemory(from: point, byteCount: fraction)
        unsafe point.storeBytes(of: UInt8(ascii: "."), as: UInt8.self)
        count += 1
    }

    @inlinable @inline(__always) mutating func writeDigits(_ number: UInt64, endingAt end: Int) {
        let start = unsafe storage.start
        var rest = number
        var position = end
        while rest >= 10 {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            position -= 1
            unsafe start.storeBytes(of: 0x30 + UInt8(truncatingIfNeeded: digit), toByteOffset: position, as: UInt8.self)
            rest = quotient
        }
        unsafe start.storeBytes(of: 0x30 + UInt8(truncatingIfNeeded: rest), toByteOffset: position - 1, as: UInt8.self)
    }
}
