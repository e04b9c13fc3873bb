/// The free-space log: what became of pages, oldest entry first, in a chain of pages that the meta page knows the last of.
///
/// A flush adds its entries and writes the last page anew; pages before it stay. When the chain is much longer than its sum,
/// it is written anew as that.
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
        case walked(UInt64)

        var run: PageRun? {
            switch self {
            case .free(let run), .take(let run): run
            case .freed(let run): PageRun(start: run.start, count: run.count)
            case .cut(let cut): PageRun(start: cut.reference.page, count: 1)
            case .walked: nil
            }
        }
    }

    static let entriesOffset = 44

    /// The pages of the chain, oldest first.
    var chain: [PageReference] = []
    /// The entries of the last page.
    var tail: [UInt8] = []
    /// How many pages its sum took when that was last looked at.
    private var sumPages = 0
    /// Entries that no flush has written yet.
    private(set) var pending: [UInt8] = []
    /// There were so many of them that they were given up: the next flush writes the sum.
    private var isIncomplete = false
    private static let pendingLimit = 256 << 10

    mutating func append(_ entry: Entry) {
        if isIncomplete { return }
        entry.encode(to: &pending)
        if pending.count > Self.pendingLimit { giveUp() }
    }

    /// Whether the chain with what is to be added to it is more than twice as long as its sum was last time. Long transactions write
    /// many entries, most of which the next ones take back, and whoever opens the file reads them all.
    func isLong(pageSize: Int) -> Bool {
        isIncomplete || pageCount(pageSize: pageSize) > 2 * sumPages + 4
    }

    /// Whether to write the chain anew, as its sum of so many bytes.
    mutating func shouldCondense(pageSize: Int, sumByteCount: Int) -> Bool {
        sumPages = sumByteCount / (pageSize - Self.entriesOffset) + 1
        return isLong(pageSize: pageSize)
    }

    private func pageCount(pageSize: Int) -> Int { chain.count + pending.count / (pageSize - Self.entriesOffset) }

    /// Has the next flush write the sum.
    mutating func giveUp() {
        isIncomplete = true
        pending = []
    }

    mutating func clearPending() {
        pending = []
        isIncomplete = false
    }

    /// Divides entries among pages.
    static func pages(of bytes: [UInt8], pageSize: Int) -> [ArraySlice<UInt8>] {
        var pages: [ArraySlice<UInt8>] = []
        let room = pageSize - entriesOffset
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
        func putRun(_ kind: UInt64, _ start: UInt64, _ count: UInt64, _ rest: () -> Void) {
            var start = start
            var count = count
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
        case .free(let run): putRun(1, run.start, run.count) {}
        case .freed(let run):
            putRun(2, run.start, run.count) {
                put(run.birth, 6)
                put(run.freed, 6)
            }
        case .take(let run): putRun(3, run.start, run.count) {}
        case .cut(let cut):
            put(4, 1)
            put(UInt64(cut.level), 1)
            put(cut.reference.page, 6)
            put(cut.reference.birth, 6)
            put(cut.reference.size, 6)
            put(cut.reference.checksum, 8)
            put(cut.freed, 6)
        case .walked(let page):
            put(5, 1)
            put(page, 6)
        }
    }

    /// How many entries sound bytes hold.
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
