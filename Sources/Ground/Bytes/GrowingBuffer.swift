/// A growing array of plain values for one owner: no reference counting, no copy on write.
///
/// Why this is safe: the memory belongs to this noncopyable value alone, everything below `count` is initialised, elements
/// are plain bits, and each index is compared with `count` in debug builds; callers get their indices from `count` itself.
@safe @usableFromInline package struct GrowingBuffer<Element: BitwiseCopyable>: ~Copyable, @unchecked Sendable {
    @usableFromInline var start: UnsafeMutablePointer<Element>
    @usableFromInline package internal(set) var count = 0
    @usableFromInline package internal(set) var capacity: Int

    @inlinable package init(capacity: Int = 16) {
        self.capacity = max(capacity, 1)
        unsafe start = Self.allocate(self.capacity)
    }

    @inlinable deinit { unsafe freeBytes(start) }

    @inlinable @inline(__always) static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Element> {
        assert(MemoryLayout<Element>.alignment <= 16)
        return unsafe allocateBytes(capacity * MemoryLayout<Element>.stride).assumingMemoryBound(to: Element.self)
    }

    @usableFromInline package subscript(index: Int) -> Element {
        @inlinable @inline(__always) get {
            assert(index >= 0 && index < count)
            return unsafe start[index]
        }
        @inlinable @inline(__always) set {
            assert(index >= 0 && index < count)
            unsafe start[index] = newValue
        }
    }

    @inlinable @inline(__always) package mutating func append(_ element: Element) {
        if count == capacity { grow(to: count + 1) }
        unsafe (start + count).initialize(to: element)
        count += 1
    }

    /// Room for `n` more elements.
    @inlinable @inline(__always) package mutating func reserve(_ n: Int) {
        if capacity - count < n { grow(to: count + n) }
    }

    @inlinable @inline(never) mutating func grow(to needed: Int) {
        let larger = max(needed, capacity * 2)
        let moved = unsafe Self.allocate(larger)
        unsafe moved.update(from: start, count: count)
        unsafe freeBytes(start)
        unsafe start = moved
        capacity = larger
    }

    /// Whether the next element needs more memory.
    @inlinable @inline(__always) package var isFull: Bool { count == capacity }

    /// The capacity after room was reserved for `n` more elements.
    @inlinable package func capacity(reserving n: Int) -> Int { capacity - count < n ? max(count + n, capacity * 2) : capacity }

    /// Forgets the elements from `newCount` on.
    @inlinable @inline(__always) package mutating func truncate(to newCount: Int) {
        assert(newCount >= 0 && newCount <= count)
        count = newCount
    }

    @inlinable @inline(__always) package mutating func removeLast() -> Element {
        assert(count > 0)
        count -= 1
        return unsafe start[count]
    }

    /// Gives memory above `bound` elements back, so that one giant does not stay with a buffer that is used again.
    @inlinable package mutating func shrink(to bound: Int) {
        guard capacity > bound, count <= bound else { return }
        let moved = unsafe Self.allocate(bound)
        unsafe moved.update(from: start, count: count)
        unsafe freeBytes(start)
        unsafe start = moved
        capacity = bound
    }

    /// Moves the elements from `first` on to the end of another buffer.
    @inlinable @inline(__always) package mutating func move(from first: Int, to other: inout GrowingBuffer<Element>) {
        let n = count - first
        other.reserve(n)
        unsafe (other.start + other.count).update(from: start + first, count: n)
        other.count += n
        count = first
    }

    /// The elements as bytes; valid until the next change.
    @inlinable package var raw: Bytes { unsafe Bytes(UnsafeRawPointer(start), count * MemoryLayout<Element>.stride) }

    @inlinable @inline(__always) package borrowing func copy(to destination: UnsafeMutableRawPointer) {
        unsafe destination.copyMemory(from: start, byteCount: count * MemoryLayout<Element>.stride)
    }
}

extension GrowingBuffer<UInt8> {
    @inlinable @inline(__always) package mutating func append(_ bytes: Bytes) {
        reserve(bytes.count)
        unsafe bytes.copy(to: UnsafeMutableRawPointer(start + count))
        count += bytes.count
    }

    /// Stores eight bytes at the end and counts `n` of them. There must be room for eight.
    @inlinable @inline(__always) package mutating func appendWord(_ word: UInt64, counting n: Int) {
        assert(capacity - count >= 8)
        unsafe UnsafeMutableRawPointer(start + count).storeBytes(of: word.littleEndian, as: UInt64.self)
        count += n
    }

    /// A look at the elements; valid until the next change.
    @inlinable @inline(__always) package func bytes(from first: Int, count n: Int) -> Bytes {
        assert(first >= 0 && n >= 0 && first + n <= count)
        return unsafe Bytes(UnsafeRawPointer(start + first), n)
    }

    /// The first eight of `n` bytes as a number that is ordered as they are; zeros stand for what is missing.
    @inlinable @inline(__always) package func prefix(at first: Int, count n: Int) -> UInt64 {
        if first + 8 <= count {
            let word = UInt64(bigEndian: unsafe UnsafeRawPointer(start + first).loadUnaligned(as: UInt64.self))
            return n >= 8 ? word : n == 0 ? 0 : word & ~(~0 >> UInt64(8 * n))
        }
        var word: UInt64 = 0
        for index in 0..<min(n, 8) { word |= UInt64(self[first + index]) << UInt64(56 - 8 * index) }
        return word
    }
}
