import Ground

// Digests in pages: behind a branch's references stand as many digests, 16 bytes each, if a bit of its header says so. A branch has digests
// only if all branches below it have.
//
// Why this is safe: a page from the file was validated with the room that its digests take, and one in memory was made with it. Keys are put
// together in memory of their own, which none is longer than; that is looked at again, because it is written to.

extension Page {
    static let digestByteCount = 16
    static let valueHashByteCount = 8
    /// In the overflow field of a branch: it has digests.
    static let digestFlag = 0x8000

    var hasDigests: Bool { unsafe base.load16(Self.overflowOffset) & Self.digestFlag != 0 }

    private var digestsOffset: Int { childrenOffset &+ PageReference.byteCount &* count }

    /// The digest of the records below a child.
    @inline(__always)
    func digest(_ index: Int) -> RangeDigest {
        let pointer = unsafe base + (digestsOffset &+ Self.digestByteCount &* index)
        return unsafe RangeDigest(low: pointer.load64(0), high: pointer.load64(8))
    }

    /// The digest of the records below some children.
    func digest(_ children: Range<Int>) -> RangeDigest {
        var sum = RangeDigest.zero
        for index in children { sum += digest(index) }
        return sum
    }
}

extension WritablePage {
    func set(digest: RangeDigest, _ index: Int) {
        let offset = page.childrenOffset &+ PageReference.byteCount &* page.count &+ Page.digestByteCount &* index
        unsafe base.store64(digest.low, offset)
        unsafe base.store64(digest.high, offset &+ 8)
    }

    /// Notes that the records below a child have changed, if the branch has digests.
    func add(digest change: RangeDigest, _ index: Int) {
        if page.hasDigests { set(digest: page.digest(index) + change, index) }
    }

    /// Says that a branch without children, or all of whose digests will be set, has digests.
    func setHasDigests() {
        unsafe base.store16(UnsafeRawPointer(base).load16(Page.overflowOffset) | Page.digestFlag, Page.overflowOffset)
    }

    /// Says that a leaf below a branch may have overflow cells.
    func noteOverflowBelow() {
        unsafe base.store16(UnsafeRawPointer(base).load16(Page.overflowOffset) | 1, Page.overflowOffset)
    }
}

extension Payload {
    /// XXH64 of the value, if that is known without reading it: nil for a large one that is encrypted and was written before its file had
    /// digests.
    func valueHash(capacity: Int) -> UInt64? {
        if !isOverflow { return unsafe checksum(base, count) }
        if count > PageReference.byteCount { return unsafe base.load64(PageReference.byteCount) }
        let run = unsafe readReference(base)
        if run.isInMemory { return WritablePage(run).valueHash }
        return Page.isSealed(capacity: capacity) ? nil : run.checksum
    }
}

extension Page {
    private static var keyRoom: Int { maximumKeyLength(pageSize: 65536) }

    /// The digest of some of a leaf's records.
    ///
    /// - Parameter hash: what reads a large value and gives its XXH64.
    func digest(
        leaf range: Range<Int>, capacity: Int, hash: (PageReference) throws(StoreError) -> UInt64
    ) throws(StoreError) -> RangeDigest {
        if range.isEmpty { return .zero }
        let result: Result<RangeDigest, StoreError> = unsafe withUnsafeTemporaryAllocation(byteCount: Self.keyRoom, alignment: 16) { room in
            let key = unsafe room.baseAddress.unsafelyUnwrapped
            let prefix = self.prefix
            do throws(StoreError) {
                var sum = RangeDigest.zero
                for index in range {
                    let cell = leafCell(index)
                    let count = prefix.count + cell.suffix.count
                    guard count <= Self.keyRoom else { throw .damaged(page: number, reason: PageReader.changed) }
                    if index == range.lowerBound { unsafe key.copyMemory(from: prefix.base, byteCount: prefix.count) }
                    unsafe (key + prefix.count).copyMemory(from: cell.suffix.base, byteCount: cell.suffix.count)
                    let known = cell.asPayload.valueHash(capacity: capacity)
                    let valueHash: UInt64
                    if let known { valueHash = known } else { valueHash = try hash(cell.run) }
                    sum += unsafe RangeDigest(Bytes(UnsafeRawPointer(key), count), valueHash: valueHash)
                }
                return .success(sum)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

extension Page.LeafCell {
    var asPayload: Payload { unsafe Payload(payload, payloadLength, isOverflow: isOverflow) }
}

extension PageReader {
    /// XXH64 of a record's value.
    @inline(__always)
    func valueHash(_ payload: Payload) throws(StoreError) -> UInt64 {
        if let known = payload.valueHash(capacity: capacity) { return known }
        return try valueHash(in: unsafe readReference(payload.base))
    }

    @inline(never)
    private func valueHash(in run: PageReference) throws(StoreError) -> UInt64 {
        let value = try value(in: run)
        return unsafe checksum(value.pointer, value.count)
    }

    /// The digest of some of a leaf's records.
    func digest(leaf: Page, _ range: Range<Int>) throws(StoreError) -> RangeDigest {
        try leaf.digest(leaf: range, capacity: capacity) { (run) throws(StoreError) in try valueHash(in: run) }
    }

    /// The digest of all records of a page, which is a leaf or a branch that has digests.
    func digest(_ page: Page) throws(StoreError) -> RangeDigest {
        page.isLeaf ? try digest(leaf: page, 0..<page.count) : page.digest(0..<page.count)
    }
}
