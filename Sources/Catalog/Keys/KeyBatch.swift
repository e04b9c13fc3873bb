/// Many tree keys side by side in one piece of memory, to be brought into their order: records that are put in order go to
/// neighbouring pages.
struct KeyBatch {
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []
    /// How many bytes all keys have in common, so that those behind them tell keys apart.
    private let commonCount: Int

    struct Entry {
        /// The first eight bytes behind the common ones, as a number that is ordered as they are.
        fileprivate var prefix: UInt64
        fileprivate var start: Int
        fileprivate var count: Int
        /// What the caller gave.
        var tag: Int
    }

    /// - Parameter prefix: what all keys begin with.
    init(prefix: [UInt8], capacity: Int) {
        commonCount = prefix.count
        entries.reserveCapacity(capacity)
        bytes.reserveCapacity(capacity * (prefix.count + 16))
    }

    var count: Int { entries.count }

    /// What all keys take together.
    var byteCount: Int { bytes.count }

    /// Adds the key that `append` appends, or none if that returns false.
    mutating func add(tag: Int = 0, _ append: (inout [UInt8]) throws(CatalogError) -> Bool) throws(CatalogError) {
        let start = bytes.count
        guard try append(&bytes) else {
            bytes.removeSubrange(start...)
            return
        }
        let count = bytes.count - start
        let prefix = bytes.span.extracting((start + commonCount)...).withRawBytes { $0.orderedPrefix }
        entries.append(Entry(prefix: prefix, start: start, count: count, tag: tag))
    }

    /// Brings the keys into order. False if one is there twice.
    mutating func sort() -> Bool {
        var entries = entries
        self.entries = []
        defer { self.entries = entries }
        return bytes.span.withRawBytes { bytes in
            if Self.isAscending(entries, bytes) { return true }
            entries.sort { Self.compare($0, $1, bytes) < 0 }
            return Self.isAscending(entries, bytes)
        }
    }

    private static func isAscending(_ entries: [Entry], _ bytes: RawBytes) -> Bool {
        for index in entries.indices.dropFirst() where compare(entries[index - 1], entries[index], bytes) >= 0 { return false }
        return true
    }

    private static func compare(_ a: Entry, _ b: Entry, _ bytes: RawBytes) -> Int {
        if a.prefix != b.prefix { return a.prefix < b.prefix ? -1 : 1 }
        return RawBytes.compare(bytes[a.start..<a.start + a.count], bytes[b.start..<b.start + b.count])
    }

    subscript(index: Int) -> Entry { entries[index] }

    /// A copy of a key.
    func bytes(_ index: Int) -> [UInt8] {
        Array(bytes[entries[index].start..<entries[index].start + entries[index].count])
    }

    /// The bytes of a key.
    @_lifetime(borrow self)
    func key(_ index: Int) -> Span<UInt8> {
        bytes.span.extracting(entries[index].start..<entries[index].start + entries[index].count)
    }
}
