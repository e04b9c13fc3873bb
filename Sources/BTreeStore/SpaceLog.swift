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
    private var sumPages: Int?
    /// Entries that no flush has written yet.
    private(set) var pending: [UInt8] = []

    mutating func append(_ entry: Entry) {
        entry.encode(to: &pending)
    }

    /// Whether to write the chain anew. Making the sum to find out costs something too, so it is made only when the chain has
    /// become twice as long as the last one.
    mutating func shouldCondense(pageSize: Int, sum: () -> [Entry]) -> Bool {
        if let sumPages, chain.count <= 2 * sumPages + 4 { return false }
        var bytes: [UInt8] = []
        for entry in sum() { entry.encode(to: &bytes) }
        let pages = Self.pages(of: bytes, pageSize: pageSize).count
        sumPages = pages
        return chain.count > 2 * pages + 4
    }

    mutating func clearPending() {
        pending = []
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

    /// The entries that bytes hold: nil if they are malformed.
    static func decode(_ bytes: ArraySlice<UInt8>) -> [SpaceLog.Entry]? {
        var entries: [SpaceLog.Entry] = []
        var index = bytes.startIndex
        func take(_ width: Int) -> UInt64 {
            var value: UInt64 = 0
            for shift in 0..<width { value |= UInt64(bytes[index + shift]) << UInt64(8 * shift) }
            index += width
            return value
        }
        while index < bytes.endIndex {
            let size = byteCount(bytes[index])
            guard size > 0 && index + size <= bytes.endIndex else { return nil }
            switch take(1) {
            case 1: entries.append(.free(PageRun(start: take(6), count: take(4))))
            case 2: entries.append(.freed(FreedRun(start: take(6), count: take(4), birth: take(6), freed: take(6))))
            case 3: entries.append(.take(PageRun(start: take(6), count: take(4))))
            case 4:
                let level = Int(take(1))
                let reference = PageReference(page: take(6), birth: take(6), size: take(6), checksum: take(8))
                entries.append(.cut(CutSubtree(reference: reference, level: level, freed: take(6))))
            default: entries.append(.walked(take(6)))
            }
        }
        return entries
    }
}
