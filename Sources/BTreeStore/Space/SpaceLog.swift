/// The free-space log: what became of pages, oldest entry first, in a chain of pages. The meta page refers to the last of them.
///
/// A flush adds its entries and writes the last page anew; the pages before it stay. The *sum* is the fewest entries that say the same.
/// When the chain is much longer than its sum, the sum is written in its place.
///
/// A log page has the header of all pages (kind 3, count of entries, and in the place of heap bytes the bytes of entries),
/// the reference to the page before (page 6, birth 6, checksum 8; all zero in the first), and entries from byte 44 on. An
/// entry begins with its kind and never crosses pages.
struct SpaceLog {
    enum Entry: Equatable {
        /// Pages that no state has.
        case free(PageRun)
        /// Pages that the states in [birth, freed) have.
        case freed(FreedRun)
        /// Pages in use again.
        case take(PageRun)
        /// A subtree whose pages haven't been looked at yet.
        case cut(CutSubtree)
        /// The subtree with this root has been looked at: its root is freed, its children are cut or freed.
        case walked(PageNumber)

        var run: PageRun? {
            switch self {
            case .free(let run), .take(let run): run
            case .freed(let freed): freed.run
            case .cut(let cut): PageRun(cut.reference.page)
            case .walked: nil
            }
        }

        /// The transaction that let go of it, where that is told.
        var freed: TransactionID? {
            switch self {
            case .freed(let freed): freed.freed
            case .cut(let cut): cut.freed
            case .free, .take, .walked: nil
            }
        }
    }

    static let entriesOffset = 44

    /// The pages of the chain, oldest first.
    var chain: [PageReference] = []
    /// The entries of the last page.
    var tail: [UInt8] = []
    /// How many bytes, and how many pages, the sum took when it was last computed.
    private var sumByteCount = 0
    private var sumPages = 0
    /// Entries that no flush has written yet.
    private(set) var pending: [UInt8] = []
    /// They became too many and were dropped: the next flush writes the sum.
    private var isIncomplete = false
    /// With fewer bytes of entries they aren't given up in any case; nor while they are less than half of the sum, which takes longer to
    /// write.
    private static let leastPendingLimit = 256 << 10

    mutating func append(_ entry: Entry) {
        if isIncomplete { return }
        entry.encode(to: &pending)
        if pending.count > max(Self.leastPendingLimit, sumByteCount / 2) { giveUp() }
    }

    /// Whether the chain, with what is to be added to it, is more than twice as long as its sum was last time. Long transactions write
    /// many entries, most of which the next ones take back, and opening the file for writing reads them all.
    func isLong(capacity: Int) -> Bool {
        isIncomplete || chain.count + pending.count / (capacity - Self.entriesOffset) > 2 * sumPages + 4
    }

    /// Whether to write the sum, of `sumByteCount` bytes, in place of the chain.
    mutating func shouldCondense(capacity: Int, sumByteCount: Int) -> Bool {
        noteSum(sumByteCount, capacity: capacity)
        return isLong(capacity: capacity)
    }

    mutating func noteSum(_ byteCount: Int, capacity: Int) {
        sumByteCount = byteCount
        sumPages = byteCount / (capacity - Self.entriesOffset) + 1
    }

    /// Drops the pending entries and has the next flush write the sum.
    mutating func giveUp() {
        isIncomplete = true
        pending = []
    }

    mutating func clearPending() {
        pending = []
        isIncomplete = false
    }

    /// Divides entries among pages.
    static func pages(of bytes: [UInt8], capacity: Int) -> [ArraySlice<UInt8>] {
        var pages: [ArraySlice<UInt8>] = []
        let room = capacity - entriesOffset
        var start = 0
        var index = 0
        while index < bytes.count {
            let size = Entry.byteCount(bytes[index])
            if index + size - start > room {
                pages.append(bytes[start..<index])
                start = index
            }
            index += size
        }
        if start < bytes.count { pages.append(bytes[start...]) }
        return pages
    }
}

extension SpaceLog.Entry {
    /// Bytes of an entry of this kind: 0 if there is no such kind.
    static func byteCount(_ kind: UInt8) -> Int {
        switch kind {
        case 1, 3: 1 + 6 + 4
        case 2: 1 + 6 + 4 + 6 + 6
        case 4: 1 + 1 + PageReference.byteCount + 6
        case 5: 1 + 6
        default: 0
        }
    }

    func encode(to bytes: inout [UInt8]) {
        func put(_ value: UInt64, _ width: Int) {
            for shift in 0..<width { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
        }
        /// A run longer than its 4 bytes can say becomes several entries.
        func putRun(_ kind: UInt64, _ run: PageRun, _ rest: () -> Void) {
            var start = run.start.rawValue
            var count = run.count.rawValue
            while count > 0 {
                let part = min(count, UInt64(UInt32.max))
                put(kind, 1)
                put(start, 6)
                put(part, 4)
                rest()
                start += part
                count -= part
            }
        }
        switch self {
        case .free(let run): putRun(1, run) {}
        case .freed(let freed):
            putRun(2, freed.run) {
                put(freed.birth.rawValue, 6)
                put(freed.freed.rawValue, 6)
            }
        case .take(let run): putRun(3, run) {}
        case .cut(let cut):
            put(4, 1)
            put(UInt64(cut.level), 1)
            put(cut.reference.page.rawValue, 6)
            put(cut.reference.birth.rawValue, 6)
            put(cut.reference.size, 6)
            put(cut.reference.checksum, 8)
            put(cut.freed.rawValue, 6)
        case .walked(let page):
            put(5, 1)
            put(page.rawValue, 6)
        }
    }

    /// How many entries the bytes hold, which must be sound.
    static func count(in bytes: ArraySlice<UInt8>) -> Int {
        var count = 0
        var index = bytes.startIndex
        while index < bytes.endIndex {
            index += byteCount(bytes[index])
            count += 1
        }
        return count
    }
}
