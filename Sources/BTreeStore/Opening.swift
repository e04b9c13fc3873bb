// Opening a file: finding the newest state that is whole.
//
// The newest meta page may tell of pages that never reached the disk: it was written together with them and synced once.
// Unless it is `whole`, everything born after the flush before it is verified. If anything is missing, the other meta page
// holds: its sync had returned before the newer flush began, and nothing that it can reach had been used again.

extension Core {
    /// - Parameter identity: the UUID of a file that has to be made.
    static func open(_ file: any StorageFile, options: StoreOptions, identity: FileID? = nil) throws(StoreError) -> Core {
        guard MetaPage.isSupported(pageSize: options.pageSize) else { throw .unsupportedPageSize(options.pageSize) }
        if !options.readOnly { try file.lockWriter() }
        do throws(StoreError) {
            if try isBlank(file) {
                guard !options.readOnly else { throw .notPandoFile(path: file.path) }
                try create(file, pageSize: options.pageSize, identity: identity ?? .random())
            }
            let found = try OpenedState.find(file, trustsWriter: options.readOnly)
            if !options.readOnly { try found.makeDurable(file) }
            return Core(
                file: file, meta: found.meta, slot: found.slot, mapping: found.mapping, nextVersion: found.newest + 1, options: options)
        } catch {
            if !options.readOnly { file.unlockWriter() }
            throw error
        }
    }

    /// A file that nothing was written to, or that was cut off before anything was durable.
    private static func isBlank(_ file: any StorageFile) throws(StoreError) -> Bool {
        let byteCount = try file.byteCount()
        if byteCount == 0 { return true }
        guard byteCount <= 2 * 65536 else { return false }
        return try readBytes(file, at: 0, count: Int(byteCount)).allSatisfy { $0 == 0 }
    }

    private static func create(_ file: any StorageFile, pageSize: Int, identity: FileID) throws(StoreError) {
        let empty = MetaPage(
            pageSize: pageSize, uuid: identity, opening: 0, transaction: 0, previous: 0, root: Root(), isWhole: true, highWater: 2)
        var first = empty
        first.transaction = 1
        var bytes = [UInt8](repeating: 0, count: 2 * pageSize)
        bytes.replaceSubrange(0..<MetaPage.byteCount, with: first.encoded())
        bytes.replaceSubrange(pageSize..<pageSize + MetaPage.byteCount, with: empty.encoded())
        try writeBytes(bytes, file, at: 0)
        try file.sync()
    }
}

/// Both meta pages as they can be read now.
struct MetaPages {
    /// The good ones with their slots, newest first.
    var good: [(slot: Int, meta: MetaPage)] = []

    /// - Throws: `newerFormat`, `notPandoFile` or `damaged` if there is no good one.
    init(_ file: any StorageFile) throws(StoreError) {
        var readings: [MetaPage.Reading] = [MetaPage.decode(try readBytes(file, at: 0, count: MetaPage.byteCount))]
        // Where page 1 begins is for page 0 to say; if it can't, every page size is tried.
        var sizes = (9...16).map { 1 << $0 }
        if case .good(let meta) = readings[0] {
            good.append((0, meta))
            sizes = [meta.pageSize]
        }
        for size in sizes {
            let reading = MetaPage.decode(try readBytes(file, at: UInt64(size), count: MetaPage.byteCount))
            readings.append(reading)
            if case .good(let meta) = reading, meta.pageSize == size {
                good.append((1, meta))
                break
            }
        }
        for case .newerFormat(let version) in readings where good.isEmpty {
            throw .newerFormat(path: file.path, version: version, supported: Int(MetaPage.currentVersion))
        }
        if good.isEmpty {
            if readings.contains(.damaged) {
                throw .damaged(page: PageNumber(rawValue: 0), reason: "neither meta page is whole")
            }
            throw .notPandoFile(path: file.path)
        }
        good.sort { $0.meta.transaction > $1.meta.transaction }
    }
}

/// The state that an opening begins with.
struct OpenedState {
    var meta: MetaPage
    var slot: Int
    var mapping: Mapping
    /// The greatest transaction that any meta page tells of.
    var newest: UInt64
    /// What was verified on the way, and so may be in the page cache only.
    var walked: [PageRun] = []

    /// - Parameter trustsWriter: a writer that is alive has seen to it that the newest state is whole.
    static func find(_ file: any StorageFile, trustsWriter: Bool) throws(StoreError) -> OpenedState {
        let metas = try MetaPages(file)
        let isTrusted = trustsWriter ? try file.isWriterElsewhere() : false
        var firstError: StoreError?
        for (slot, meta) in metas.good {
            do throws(StoreError) {
                let expected = meta.highWater * UInt64(meta.pageSize)
                let byteCount = try file.byteCount()
                guard byteCount >= expected else {
                    throw .truncated(path: file.path, byteCount: byteCount, expected: expected)
                }
                let mapping = try Mapping.reserve(file, pageSize: meta.pageSize, atLeast: expected)
                var state = OpenedState(meta: meta, slot: slot, mapping: mapping, newest: metas.good[0].meta.transaction)
                if !meta.isWhole && !isTrusted { try state.walk(file) }
                return state
            } catch {
                if firstError == nil { firstError = error }
            }
        }
        throw firstError ?? .notPandoFile(path: file.path)
    }

    /// Verifies everything that was born after the flush before.
    private mutating func walk(_ file: any StorageFile) throws(StoreError) {
        let reader = PageReader(mapping: mapping, pageSize: meta.pageSize, pageLimit: meta.highWater)
        if !meta.root.isEmpty { try walk(meta.root.reference, level: meta.root.level, reader) }
        var log = meta.space
        while log.page != 0 && log.birth > meta.previous {
            let page = try SpaceLog.readPage(file, log, pageSize: meta.pageSize)
            walked.append(PageRun(start: log.page, count: 1))
            log = page.previous
        }
    }

    private mutating func walk(_ reference: PageReference, level: Int, _ reader: PageReader) throws(StoreError) {
        guard reference.birth > meta.previous else { return }
        let page = try reader.page(reference, level: level)
        walked.append(PageRun(start: reference.page, count: 1))
        for index in 0..<page.count {
            if level > 0 {
                try walk(page.child(index), level: level - 1, reader)
            } else if page.overflow > 0, page.leafCell(index).isOverflow, case let run = page.leafCell(index).run,
                run.birth > meta.previous
            {
                _ = try reader.value(in: run)
                walked.append(PageRun(start: run.page, count: run.pageCount(pageSize: reader.pageSize)))
            }
        }
    }

    /// Writes what was walked once more and syncs it. After a kill it may be in the page cache and not on the disk, and after a
    /// failed sync the system may think it clean; nothing may be used again before this state is durable.
    func makeDurable(_ file: any StorageFile) throws(StoreError) {
        if walked.isEmpty { return }
        for run in walked {
            let offset = run.start * UInt64(meta.pageSize)
            try writeBytes(try readBytes(file, at: offset, count: Int(run.count) * meta.pageSize), file, at: offset)
        }
        try file.sync()
        try writeBytes(meta.encoded(), file, at: UInt64(slot * meta.pageSize))
        try file.sync()
    }
}

extension Mapping {
    /// Much more address space than the file needs now, so that it seldom has to be made anew.
    static func reserve(_ file: any StorageFile, pageSize: Int, atLeast byteCount: UInt64) throws(StoreError) -> Mapping {
        let wanted = max(64 << 30, Int(byteCount).nextPowerOfTwo * 4)
        return try Mapping(file, byteCount: wanted, pageShift: pageSize.trailingZeroBitCount)
    }
}

extension Int {
    fileprivate var nextPowerOfTwo: Int { self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount) }
}
