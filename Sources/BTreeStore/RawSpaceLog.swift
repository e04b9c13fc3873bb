// Reading the free-space log back.

extension SpaceLog {
    /// One page of the log as it is in the file.
    struct LogPage {
        var previous: PageReference
        var entries: [UInt8]
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
            return (LogPage(previous: previous, entries: Array(bytes[entriesOffset..<entriesOffset + page.heapBytes])), page.count)
        }
        guard let (page, count) = parts else { throw .damaged(page: number, reason: "it should be a page of the free-space log") }
        guard let entries = Entry.decode(page.entries[...]), entries.count == count, page.previous.birth <= reference.birth else {
            throw .damaged(page: number, reason: "its entries are malformed")
        }
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

extension Writer {
    /// Reads the free-space log, if it wasn't yet.
    func loadSpace(_ core: Core) throws(StoreError) {
        if space != nil { return }
        var loaded = FreeSpace(highWater: durable.highWater)
        let chain = try SpaceLog.readChain(
            core.file, last: durable.space, pageSize: core.pageSize, highWater: durable.highWater)
        let entries = chain.reversed().flatMap { SpaceLog.Entry.decode($0.page.entries[...]) ?? [] }
        let protected = try core.protectedStates(durable: durable.transaction, next: nextVersion)
        guard loaded.replay(entries, protected: protected) else {
            throw .damaged(
                page: chain.first.map { PageNumber(rawValue: $0.reference.page) },
                reason: "the free-space log tells of pages that the file doesn't have")
        }
        loaded.log.chain = chain.reversed().map(\.reference)
        loaded.log.tail = chain.first?.page.entries ?? []
        space = loaded
    }
}
