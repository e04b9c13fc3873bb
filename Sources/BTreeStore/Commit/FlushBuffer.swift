/// Collects pages that lie next to each other in the file and writes them with one call.
@safe final class FlushBuffer {
    private let file: any StorageFile
    private let pageSize: Int
    private var base: UnsafeMutableRawPointer
    /// What a second thread writes while `base` is filled: for flushes of more than fits into one.
    private var behind: Behind?

    @safe private struct Behind {
        let writer: WriteBehind
        let base: UnsafeMutableRawPointer
    }

    private let capacity: Int
    private var start: UInt64 = 0
    private var count = 0

    init(_ file: any StorageFile, pageSize: Int) {
        self.file = file
        self.pageSize = pageSize
        capacity = max(1, (1 << 20) / pageSize)
        unsafe base = .allocate(byteCount: capacity * pageSize, alignment: 4096)
    }

    deinit {
        if let behind {
            behind.writer.stop()
            unsafe behind.base.deallocate()
        }
        unsafe base.deallocate()
    }

    /// Room for the page `number`, to be filled in before the next call.
    private func room(_ number: UInt64) throws(StoreError) -> UnsafeMutableRawPointer {
        if count == capacity {
            try passOn()
        } else if number != start + UInt64(count) {
            try finish()
        }
        if count == 0 { start = number }
        count += 1
        return unsafe base + (count - 1) * pageSize
    }

    /// Has what was collected written, while more comes.
    private func passOn() throws(StoreError) {
        if behind == nil, !file.isVolatile, let writer = WriteBehind(file) {
            unsafe behind = Behind(writer: writer, base: .allocate(byteCount: capacity * pageSize, alignment: 4096))
        }
        guard let behind else { return try finish() }
        unsafe try behind.writer.write(UnsafeRawBufferPointer(start: base, count: count * pageSize), at: start * UInt64(pageSize))
        count = 0
        self.behind = unsafe Behind(writer: behind.writer, base: base)
        unsafe base = behind.base
    }

    /// Forgets what was collected, after a failure; nothing is being written any more then.
    func abandon() {
        count = 0
        try? behind?.writer.wait()
    }

    /// Writes what was collected. Returns when all of it is written.
    func finish() throws(StoreError) {
        try behind?.writer.wait()
        guard count > 0 else { return }
        let bytes = count * pageSize
        count = 0
        unsafe try file.write(UnsafeRawBufferPointer(start: base, count: bytes), at: start * UInt64(pageSize))
    }

    /// Writes a tree page as `number`, with its children in memory replaced by the places they got. Notes place and checksum.
    func append(_ source: WritablePage, number: UInt64, birth: UInt64) throws(StoreError) {
        let page = unsafe WritablePage(try room(number))
        if source.page.isOverlay {
            page.merge(source.page, pageSize: pageSize)
        } else {
            page.copy(from: source.page, pageSize: pageSize)
        }
        page.set(number: number, birth: birth)
        page.clearGap(pageSize: pageSize)
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
        source.flushedChecksum = unsafe checksum(UnsafeRawPointer(page.base), pageSize)
    }

    /// Writes an overflow run from page `number` on.
    func append(run: WritablePage, valueByteCount: Int, number: UInt64) throws(StoreError) {
        run.flushedNumber = number
        run.flushedChecksum = unsafe checksum(UnsafeRawPointer(run.base), valueByteCount)
        let pageCount = run.byteCount / pageSize
        // Many short ones go into one write.
        if pageCount <= capacity / 16 {
            for index in 0..<pageCount {
                let page = unsafe try room(number + UInt64(index))
                unsafe page.copyMemory(from: run.base + index * pageSize, byteCount: pageSize)
            }
            return
        }
        try finish()
        unsafe try file.write(
            UnsafeRawBufferPointer(start: run.base, count: run.byteCount), at: number * UInt64(pageSize))
    }

    /// Writes a page of the free-space log. Answers the reference to it.
    func append(
        logPage entries: ArraySlice<UInt8>, count entryCount: Int, previous: PageReference, number: UInt64, birth: UInt64
    ) throws(StoreError) -> PageReference {
        let page = unsafe WritablePage(try room(number))
        unsafe page.base.initializeMemory(as: UInt8.self, repeating: 0, count: pageSize)
        page.format(kind: Page.spaceKind, level: 0)
        page.set(count: entryCount)
        page.set(heapBytes: entries.count)
        page.set(number: number, birth: birth)
        unsafe page.base.store48(previous.page, Page.headerSize)
        unsafe page.base.store48(previous.birth, Page.headerSize + 6)
        unsafe page.base.store64(previous.checksum, Page.headerSize + 12)
        unsafe entries.withUnsafeBytes {
            unsafe (page.base + SpaceLog.entriesOffset).copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
        }
        return PageReference(
            page: number, birth: birth, checksum: unsafe checksum(UnsafeRawPointer(page.base), pageSize))
    }

    /// Writes zeros from `offset` up to `end`.
    func writeZeros(from offset: UInt64, to end: UInt64) throws(StoreError) {
        try finish()
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: capacity * pageSize)
        var offset = offset
        while offset < end {
            let bytes = Int(min(UInt64(capacity * pageSize), end - offset))
            unsafe try file.write(UnsafeRawBufferPointer(start: base, count: bytes), at: offset)
            offset += UInt64(bytes)
        }
    }
}

extension PageReference {
    /// Of a page or run in memory: the reference to where a flush has put it.
    func flushed(birth: UInt64) -> PageReference {
        let page = WritablePage(self)
        return PageReference(page: page.flushedNumber, birth: birth, size: size, checksum: page.flushedChecksum)
    }
}

extension WritablePage {
    /// Bytes of no meaning are zero in the file, so that the same contents make the same bytes.
    func clearGap(pageSize: Int) {
        let start = page.headsOffset + page.slotSize * page.count
        unsafe (base + start).initializeMemory(as: UInt8.self, repeating: 0, count: gap(pageSize: pageSize))
    }
}
