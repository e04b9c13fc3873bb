import Ground

/// Many tree keys side by side in one piece of memory, to be brought into their order: records that are put in order go to
/// neighbouring pages.
///
/// All of them begin with the same bytes, which are held once.
struct KeyBatch {
    /// What all keys begin with.
    let common: [UInt8]
    /// What follows in each key.
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    struct Entry: BitwiseCopyable {
        /// The first eight bytes behind the common ones, as a number that is ordered as they are.
        fileprivate(set) var prefix: UInt64
        /// Where they begin, and in the last 16 bits how many they are.
        fileprivate var place: UInt64
        /// What the caller gave.
        var tag: Int

        fileprivate var range: Range<Int> {
            let start = Int(place >> 16)
            return start..<start + Int(place & 0xFFFF)
        }
    }

    /// - Parameter prefix: what all keys begin with.
    init(prefix: [UInt8], capacity: Int) {
        common = prefix
        entries.reserveCapacity(capacity)
        bytes.reserveCapacity(capacity * 16)
    }

    var count: Int { entries.count }

    /// The memory that the keys take.
    var byteCount: Int { bytes.count + entries.count * MemoryLayout<Entry>.stride }

    /// Adds the key that consists of the common bytes and those that `append` appends, or none if that returns false.
    mutating func add(tag: Int = 0, _ append: (inout [UInt8]) throws(CatalogError) -> Bool) throws(CatalogError) {
        let start = bytes.count
        guard try append(&bytes) else {
            bytes.removeSubrange(start...)
            return
        }
        note(start, tag)
    }

    /// Adds keys of another batch that begin as these do. Their tags come from `tag`, which gets the old ones.
    mutating func add(_ other: KeyBatch, tag: (Int) -> Int) {
        let moved = UInt64(bytes.count) << 16
        bytes += other.bytes
        for var entry in other.entries {
            entry.place += moved
            entry.tag = tag(entry.tag)
            entries.append(entry)
        }
    }

    private mutating func note(_ start: Int, _ tag: Int) {
        let count = bytes.count - start
        precondition(count <= 0xFFFF, "a key is shorter than that")
        let prefix = bytes.span.extracting(start...).withBytes { $0.orderedPrefix }
        entries.append(Entry(prefix: prefix, place: UInt64(start) << 16 | UInt64(count), tag: tag))
    }

    /// Forgets the keys from a position on.
    mutating func truncate(to count: Int) { entries.removeSubrange(count...) }

    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        entries.removeAll(keepingCapacity: true)
    }

    subscript(index: Int) -> Entry { entries[index] }

    /// The bytes of a key behind the common ones.
    @_lifetime(borrow self)
    func suffix(_ index: Int) -> Span<UInt8> {
        bytes.span.extracting(entries[index].range)
    }

    /// Writes a key to a buffer that has held nothing but keys of this batch.
    func write(_ index: Int, to buffer: inout ByteBuffer) {
        Self.write(suffix(index), behind: common, to: &buffer)
    }

    static func write(_ suffix: Span<UInt8>, behind common: [UInt8], to buffer: inout ByteBuffer) {
        if buffer.count < common.count {
            buffer.removeAll()
            buffer.append(common)
        }
        buffer.truncate(to: common.count)
        buffer.append(suffix)
    }

    // MARK: Order

    /// The number of keys from which on their first bytes are sorted by a radix.
    private static let manyCount = 256

    /// Brings the keys into order; equal ones by their tags. False if there are such.
    mutating func sort() -> Bool {
        var entries = entries
        self.entries = []
        defer { self.entries = entries }
        return bytes.span.withBytes { bytes in
            if Self.isAscending(entries[...], bytes) { return true }
            if entries.count >= Self.manyCount { Self.sortByPrefix(&entries) }
            // What is left to be sorted are keys that agree in their first eight bytes.
            var isUnique = true
            var start = 0
            while start < entries.count {
                var end = start + 1
                if entries.count < Self.manyCount {
                    end = entries.count
                } else {
                    while end < entries.count, entries[end].prefix == entries[start].prefix { end += 1 }
                }
                if end - start > 1, !Self.isAscending(entries[start..<end], bytes) {
                    entries[start..<end].sort { a, b in
                        let order = Self.compare(a, b, bytes)
                        return order != 0 ? order < 0 : a.tag < b.tag
                    }
                    isUnique = Self.isAscending(entries[start..<end], bytes) && isUnique
                }
                start = end
            }
            return isUnique
        }
    }

    /// A stable sort by `prefix`, one byte after the other from the last one on.
    private static func sortByPrefix(_ entries: inout [Entry]) {
        var varying: UInt64 = 0
        for entry in entries { varying |= entry.prefix ^ entries[0].prefix }
        var sorted = entries
        var ends = [Int](repeating: 0, count: 256)
        for shift in stride(from: UInt64(0), to: 64, by: 8) where varying >> shift & 0xFF != 0 {
            for byte in 0..<256 { ends[byte] = 0 }
            for entry in entries { ends[Int(entry.prefix >> shift & 0xFF)] += 1 }
            var start = 0
            for byte in 0..<256 { (ends[byte], start) = (start, start + ends[byte]) }
            for entry in entries {
                let byte = Int(entry.prefix >> shift & 0xFF)
                sorted[ends[byte]] = entry
                ends[byte] += 1
            }
            swap(&entries, &sorted)
        }
    }

    private static func isAscending(_ entries: ArraySlice<Entry>, _ bytes: Bytes) -> Bool {
        for index in entries.indices.dropFirst() where compare(entries[index - 1], entries[index], bytes) >= 0 { return false }
        return true
    }

    @inline(__always) private static func compare(_ a: Entry, _ b: Entry, _ bytes: Bytes) -> Int {
        if a.prefix != b.prefix { return a.prefix < b.prefix ? -1 : 1 }
        return Bytes.compare(bytes[a.range], bytes[b.range])
    }
}
