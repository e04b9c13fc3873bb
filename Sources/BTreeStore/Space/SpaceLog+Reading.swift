// Reading the free-space log back.

extension SpaceLog {
    /// One page of the log as it is in the file.
    struct LogPage {
        var previous: PageReference
        /// As they stand in the page.
        var bytes: [UInt8]
        var entries: [Entry]
    }

    /// - Throws: `damaged` if the page isn't what the reference says.
    static func readPage(_ file: any StorageFile, _ reference: PageReference, pageSize: Int) throws(StoreError) -> LogPage {
        let number = PageNumber(rawValue: reference.page)
        let bytes = try readBytes(file, at: reference.page * UInt64(pageSize), count: pageSize)
        guard reference.page >= 2, bytes.count == pageSize else {
            throw .damaged(page: number, reason: "it belongs to the free-space log, but the file ends before it")
        }
        let parts = unsafe bytes.withUnsafeBytes { buffer -> (LogPage, Int)? in
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            let page = unsafe Page(base)
            guard unsafe checksum(base, pageSize) == reference.checksum, page.number == reference.page,
                page.birth == reference.birth, page.kind == Page.spaceKind, entriesOffset + page.heapBytes <= pageSize
            else { return nil }
            let previous = unsafe PageReference(
                page: base.load48(Page.headerSize), birth: base.load48(Page.headerSize + 6),
                checksum: base.load64(Page.headerSize + 12))
            return (
                LogPage(previous: previous, bytes: Array(bytes[entriesOffset..<entriesOffset + page.heapBytes]), entries: []), page.count
            )
        }
        guard let (head, count) = parts else { throw .damaged(page: number, reason: "it should be a page of the free-space log") }
        guard let entries = Entry.decode(head.bytes), entries.count == count, head.previous.birth <= reference.birth else {
            throw .damaged(page: number, reason: "its entries are malformed")
        }
        var page = head
        page.entries = entries
        return page
    }

    /// All pages of the log, newest first.
    static func readChain(
        _ file: any StorageFile, last: PageReference, pageSize: Int, highWater: UInt64
    ) throws(StoreError) -> [(reference: PageReference, page: LogPage)] {
        var chain: [(PageReference, LogPage)] = []
        var reference = last
        while reference.page != 0 {
            // A page can't come twice in a sound chain; more pages than the file has means a loop.
            guard reference.page < highWater, UInt64(chain.count) < highWater else {
                throw .damaged(page: PageNumber(rawValue: reference.page), reason: "the free-space log leads nowhere")
            }
            let page = try readPage(file, reference, pageSize: pageSize)
            chain.append((reference, page))
            reference = page.previous
        }
        return chain
    }
}

extension SpaceLog.Entry {
    /// The entries that bytes hold: nil if they are malformed.
    static func decode(_ bytes: [UInt8]) -> [SpaceLog.Entry]? {
        // A number of 6 bytes is read as 8.
        let padded = bytes + [0, 0]
        return unsafe padded.withUnsafeBytes { unsafe decode($0.baseAddress.unsafelyUnwrapped, bytes.count) }
    }

    private static func decode(_ base: UnsafeRawPointer, _ byteCount: Int) -> [SpaceLog.Entry]? {
        var entries: [SpaceLog.Entry] = []
        entries.reserveCapacity(byteCount / 8)
        var index = 0
        while index < byteCount {
            let entry = unsafe base + index
            let kind = unsafe UInt8(entry.load8(0))
            index += Self.byteCount(kind)
            guard index <= byteCount else { return nil }
            switch kind {
            case 1: unsafe entries.append(.free(PageRun(start: entry.load48(1), count: UInt64(entry.load32(7)))))
            case 2:
                unsafe entries.append(
                    .freed(
                        FreedRun(
                            start: entry.load48(1), count: UInt64(entry.load32(7)), birth: entry.load48(11), freed: entry.load48(17))))
            case 3: unsafe entries.append(.take(PageRun(start: entry.load48(1), count: UInt64(entry.load32(7)))))
            case 4:
                let reference = unsafe readReference(entry + 2)
                unsafe entries.append(
                    .cut(CutSubtree(reference: reference, level: entry.load8(1), freed: entry.load48(2 + PageReference.byteCount))))
            case 5: unsafe entries.append(.walked(entry.load48(1)))
            default: return nil
            }
        }
        return entries
    }
}

extension Writer {
    /// Reads the free-space log, if it wasn't yet.
    func loadSpace(_ core: Core) throws(StoreError) {
        if space != nil { return }
        var loaded = FreeSpace(highWater: durable.highWater)
        let chain = try SpaceLog.readChain(
            core.file, last: durable.space, pageSize: core.pageSize, highWater: durable.highWater)
        let entries = chain.reversed().flatMap(\.page.entries)
        let protected = try core.protectedStates(durable: durable.transaction, next: nextVersion)
        guard loaded.replay(entries, protected: protected) else {
            throw .damaged(
                page: chain.first.map { PageNumber(rawValue: $0.reference.page) },
                reason: "the free-space log tells of pages that the file doesn't have")
        }
        loaded.log.chain = chain.reversed().map(\.reference)
        loaded.log.tail = chain.first?.page.bytes ?? []
        space = loaded
        // A crash may have left the file longer than need be; by how much, readers elsewhere may see.
        let pages = try core.file.byteCount() / UInt64(core.pageSize)
        if pages > loaded.highWater + max(loaded.highWater / 4, 1 << 10) { shrunkAt = durable.transaction }
    }
}
