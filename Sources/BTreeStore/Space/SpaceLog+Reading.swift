import Ground

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
        let number = reference.page
        var bytes = try readBytes(file, at: number.offset(pageSize: pageSize), count: pageSize)
        guard number >= .first, bytes.count == pageSize else {
            throw .damaged(page: number, reason: "it belongs to the free-space log, but the file ends before it")
        }
        let capacity = file.capacity(pageSize: pageSize)
        if let cipher = file.cipher {
            _ = unsafe bytes.withUnsafeMutableBytes { unsafe cipher.open($0.baseAddress.unsafelyUnwrapped, capacity, reference, .log) }
        }
        let parts = unsafe bytes.withUnsafeBytes { buffer -> (LogPage, Int)? in
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            let page = unsafe Page(base)
            guard page.hasChecksum(reference.checksum, capacity: capacity), page.number == number,
                page.birth == reference.birth, page.kind == Page.spaceKind,
                entriesOffset + page.heapBytes <= capacity
            else { return nil }
            let previous = unsafe PageReference(
                page: PageNumber(rawValue: base.load48(Page.headerSize)), birth: TransactionID(rawValue: base.load48(Page.headerSize + 6)),
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
        _ file: any StorageFile, last: PageReference, pageSize: Int, highWater: PageNumber
    ) throws(StoreError) -> [(reference: PageReference, page: LogPage)] {
        var chain: [(PageReference, LogPage)] = []
        try forEachPage(file, last: last, pageSize: pageSize, highWater: highWater) { chain.append(($0, $1)) }
        return chain
    }

    /// Does something with each page of the log, newest first.
    static func forEachPage(
        _ file: any StorageFile, last: PageReference, pageSize: Int, highWater: PageNumber,
        _ body: (PageReference, LogPage) throws(StoreError) -> Void
    ) throws(StoreError) {
        var reference = last
        var count: PageCount = 0
        while reference.page != .none {
            // A sound chain has each page once; if it has more pages than the file, it goes in a circle.
            guard reference.page < highWater, count < highWater.preceding else {
                throw .damaged(page: reference.page, reason: "the free-space log leads nowhere")
            }
            let page = try readPage(file, reference, pageSize: pageSize)
            try body(reference, page)
            count += 1
            reference = page.previous
        }
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
            case 1: unsafe entries.append(.free(run(entry)))
            case 2:
                unsafe entries.append(
                    .freed(FreedRun(run: run(entry), birth: transaction(entry, 11), freed: transaction(entry, 17))))
            case 3: unsafe entries.append(.take(run(entry)))
            case 4:
                let reference = unsafe readReference(entry + 2)
                unsafe entries.append(
                    .cut(CutSubtree(reference: reference, level: entry.load8(1), freed: transaction(entry, 2 + PageReference.byteCount))))
            case 5: unsafe entries.append(.walked(PageNumber(rawValue: entry.load48(1))))
            default: return nil
            }
        }
        return entries
    }

    private static func run(_ entry: UnsafeRawPointer) -> PageRun {
        unsafe PageRun(start: PageNumber(rawValue: entry.load48(1)), count: PageCount(rawValue: UInt64(entry.load32(7))))
    }

    private static func transaction(_ entry: UnsafeRawPointer, _ offset: Int) -> TransactionID {
        unsafe TransactionID(rawValue: entry.load48(offset))
    }
}

extension FreeSpace {
    static let logFault = "the free-space log tells of pages that the file doesn't have, or that were freed later"

    /// The space as the log of a flush in the file has it: nil for `logFault`.
    static func read(_ file: any StorageFile, _ meta: MetaPage, protected: ProtectedStates) throws(StoreError) -> FreeSpace? {
        var space = FreeSpace(highWater: meta.highWater)
        var told = ToldPages()
        var isSound = true
        try SpaceLog.forEachPage(file, last: meta.space, pageSize: meta.pageSize, highWater: meta.highWater) { reference, page in
            if space.log.chain.isEmpty { space.log.tail = page.bytes }
            space.log.chain.append(reference)
            for entry in page.entries.reversed() {
                isSound = isSound && space.replay(entry, &told, newest: meta.transaction, protected: protected)
            }
        }
        guard isSound else { return nil }
        space.log.chain.reverse()
        space.log.noteSum(space.condensedByteCount, capacity: file.capacity(pageSize: meta.pageSize))
        return space
    }
}
