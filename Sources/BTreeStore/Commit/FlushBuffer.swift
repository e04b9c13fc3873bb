import Ground

/// Collects pages that lie next to each other in the file and writes them with one call.
@safe final class FlushBuffer {
    private let file: any StorageFile
    private let pageSize: Int
    private var base: UnsafeMutableRawPointer
    /// A second buffer, which a thread writes while `base` is filled: for flushes of more than fits into one.
    private var behind: Behind?

    @safe private struct Behind {
        let writer: WriteBehind
        let base: UnsafeMutableRawPointer
    }

    /// Pages that fit into the buffer, and bytes of a page that its layout may use.
    private let pageRoom: Int
    private let capacity: Int
    /// The first page in `base`, and the number of pages.
    private var start = PageNumber.none
    private var count = 0

    init(_ file: any StorageFile, pageSize: Int) {
        self.file = file
        self.pageSize = pageSize
        capacity = file.capacity(pageSize: pageSize)
        pageRoom = max(1, (1 << 20) / pageSize)
        unsafe base = .allocate(byteCount: pageRoom * pageSize, alignment: 4096)
    }

    deinit {
        if let behind {
            behind.writer.stop()
            unsafe behind.base.deallocate()
        }
        unsafe base.deallocate()
    }

    /// Room for the page `number`, to be filled in before the next call.
    private func room(_ number: PageNumber) throws(StoreError) -> UnsafeMutableRawPointer {
        if count == pageRoom {
            try passOn()
        } else if number != start + PageCount(count) {
            try finish()
        }
        if count == 0 { start = number }
        count += 1
        return unsafe base + (count - 1) * pageSize
    }

    /// Has what was collected written, while more comes.
    private func passOn() throws(StoreError) {
        if behind == nil, !file.isVolatile, let writer = WriteBehind(file) {
            unsafe behind = Behind(writer: writer, base: .allocate(byteCount: pageRoom * pageSize, alignment: 4096))
        }
        guard let behind else { return try finish() }
        unsafe try behind.writer.write(UnsafeRawBufferPointer(start: base, count: count * pageSize), at: start.offset(pageSize: pageSize))
        count = 0
        self.behind = unsafe Behind(writer: behind.writer, base: base)
        unsafe base = behind.base
    }

    /// Forgets what was collected, after a failure, and waits until nothing is being written.
    func abandon() {
        count = 0
        try? behind?.writer.wait()
    }

    /// Writes what was collected, and returns when all of it is written.
    func finish() throws(StoreError) {
        // The disk begins with a large piece at once.
        if behind != nil && count > pageRoom / 2 { try passOn() }
        try behind?.writer.wait()
        guard count > 0 else { return }
        let bytes = count * pageSize
        count = 0
        unsafe try file.write(UnsafeRawBufferPointer(start: base, count: bytes), at: start.offset(pageSize: pageSize))
    }

    /// Writes a tree page as `number`, with the places that its children got in place of their addresses. Notes place and checksum.
    func append(_ source: WritablePage, number: PageNumber, birth: TransactionID) throws(StoreError) {
        let page = unsafe WritablePage(try room(number))
        if source.page.isOverlay {
            guard page.merge(source.page, capacity: capacity) else {
                throw .damaged(page: source.page.overlaid.number, reason: PageReader.changed)
            }
        } else {
            page.copy(from: source.page, capacity: capacity)
        }
        page.set(number: number, birth: birth)
        page.clearGap(capacity: capacity)
        let view = page.page
        for index in 0..<(view.isLeaf && view.overflow == 0 ? 0 : view.count) {
            if !view.isLeaf {
                let child = view.child(index)
                if child.isInMemory { page.setChild(index, child.flushed(birth: birth)) }
            } else if view.leafCell(index).isOverflow {
                let run = view.leafCell(index).run
                if run.isInMemory { page.setRun(index, run.flushed(birth: birth)) }
            }
        }
        source.flushedNumber = number
        source.flushedChecksum = sealed(page, number, birth, .page)
    }

    /// Seals a page that is ready to be written, if the file is encrypted.
    ///
    /// - Returns: what the reference to it notes.
    private func sealed(_ page: WritablePage, _ number: PageNumber, _ birth: TransactionID, _ kind: PageCipher.Kind) -> UInt64 {
        guard let cipher = file.cipher else { return unsafe checksum(UnsafeRawPointer(page.base), pageSize) }
        return unsafe cipher.seal(UnsafeRawBufferPointer(start: page.base, count: capacity), into: page.base, number, birth, kind)
    }

    /// Writes an overflow run from page `number` on.
    func append(run: WritablePage, valueByteCount: Int, number: PageNumber, birth: TransactionID) throws(StoreError) {
        run.flushedNumber = number
        guard let cipher = file.cipher else {
            run.flushedChecksum = run.valueHash
            return unsafe try append(run: UnsafeRawPointer(run.base), byteCount: run.byteCount, number: number)
        }
        // Snapshots may look at the value while it is written, so it is sealed in other memory.
        let out = UnsafeMutableRawPointer.allocate(byteCount: run.byteCount, alignment: 16)
        defer { unsafe out.deallocate() }
        let end = valueByteCount + PageCipher.sealByteCount
        unsafe (out + end).initializeMemory(as: UInt8.self, repeating: 0, count: run.byteCount - end)
        let value = unsafe UnsafeRawBufferPointer(start: run.base, count: valueByteCount)
        run.flushedChecksum = unsafe cipher.seal(value, into: out, number, birth, .run)
        unsafe try append(run: UnsafeRawPointer(out), byteCount: run.byteCount, number: number)
    }

    private func append(run: UnsafeRawPointer, byteCount: Int, number: PageNumber) throws(StoreError) {
        let pageCount = byteCount / pageSize
        // Many short runs go into one write.
        if pageCount <= pageRoom / 16 {
            for index in 0..<pageCount {
                let page = unsafe try room(number + PageCount(index))
                unsafe page.copyMemory(from: run + index * pageSize, byteCount: pageSize)
            }
            return
        }
        try finish()
        unsafe try file.write(
            UnsafeRawBufferPointer(start: run, count: byteCount), at: number.offset(pageSize: pageSize))
    }

    /// Writes a page of the free-space log, and returns the reference to it.
    func append(
        logPage entries: ArraySlice<UInt8>, previous: PageReference, number: PageNumber, birth: TransactionID
    ) throws(StoreError) -> PageReference {
        let page = unsafe WritablePage(try room(number))
        unsafe page.base.initializeMemory(as: UInt8.self, repeating: 0, count: pageSize)
        page.format(kind: Page.spaceKind, level: 0)
        page.set(count: SpaceLog.Entry.count(in: entries))
        page.set(heapBytes: entries.count)
        page.set(number: number, birth: birth)
        unsafe page.base.store48(previous.page.rawValue, Page.headerSize)
        unsafe page.base.store48(previous.birth.rawValue, Page.headerSize + 6)
        unsafe page.base.store64(previous.checksum, Page.headerSize + 12)
        unsafe entries.withUnsafeBytes {
            unsafe (page.base + SpaceLog.entriesOffset).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
        }
        return PageReference(page: number, birth: birth, checksum: sealed(page, number, birth, .log))
    }

    /// Writes zeros from `offset` up to `end`.
    func writeZeros(from offset: UInt64, to end: UInt64) throws(StoreError) {
        try finish()
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: pageRoom * pageSize)
        var offset = offset
        while offset < end {
            let bytes = Int(min(UInt64(pageRoom * pageSize), end - offset))
            unsafe try file.write(UnsafeRawBufferPointer(start: base, count: bytes), at: offset)
            offset += UInt64(bytes)
        }
    }
}

extension PageReference {
    /// The reference to the place that a flush gave to this page or run in memory.
    func flushed(birth: TransactionID) -> PageReference {
        let page = WritablePage(self)
        return PageReference(page: page.flushedNumber, birth: birth, size: size, checksum: page.flushedChecksum)
    }
}

extension WritablePage {
    /// Sets unused bytes to zero, so that the same contents make the same bytes in the file.
    func clearGap(capacity: Int) {
        let start = page.headsOffset + page.slotSize * page.count
        unsafe (base + start).initializeMemory(as: UInt8.self, repeating: 0, count: gap(capacity: capacity))
    }
}
