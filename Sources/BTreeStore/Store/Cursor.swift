private import CSystem
package import Ground

/// A place before, at or after a record of a snapshot, which moves in one direction. It holds its snapshot.
///
/// ```
/// var cursor = try snapshot.cursor(.prefix(bytes))
/// while try cursor.next() { use(cursor.key, cursor.value) }
/// ```
@safe public struct Cursor: ~Copyable {
    /// The cursor's place, which says what the next step does.
    private enum Place {
        /// Yet to be found: the first record from `target` on in the cursor's direction, or the outermost one.
        case unplaced(target: [UInt8]?)
        /// At a record of the leaf.
        case placed
        case over
    }

    private let snapshot: Snapshot
    private var bounds: Bounds
    private let isReversed: Bool
    /// In an encrypted file, the decrypted pages that it reads if these are others than its snapshot's.
    private var lease: Lease?
    /// Whether its values lie in memory, decrypted, which whoever keeps one of them keeps with all that is around it.
    public let isOfDecryptedPages: Bool
    /// There if values are good only until the cursor moves: the last large one of an encrypted file that was decrypted for this cursor alone.
    private let passing: Passing?
    private var place = Place.unplaced(target: nil)

    /// The leaf, the record in it, and the record before which the range ends in this leaf: the bounds are looked up once for each leaf,
    /// not compared with each key.
    private var leaf: Page
    private var index = 0
    private var end = 0
    /// The branches above: at each level, from 1 up, the page and the child taken.
    private let steps: UnsafeMutablePointer<(page: Page, index: Int)>
    /// The leaf's prefix, and behind it the suffix of the key that was last asked for.
    private let keyBuffer: UnsafeMutableRawPointer
    private var prefixLength = 0
    /// The part of the next leaf that has not been prefetched yet, and how much of it each step prefetches.
    private var ahead: UnsafeRawPointer
    private var aheadByteCount = 0
    private var aheadStep = 0
    /// Whether all of this leaf was prefetched.
    private var isExpected = false

    init(_ snapshot: Snapshot, _ bounds: Bounds, reversed: Bool, forgets: Bool) {
        self.snapshot = snapshot
        isOfDecryptedPages = snapshot.view.reader.mapping.file.cipher != nil
        passing = forgets ? Passing() : nil
        self.bounds = bounds
        isReversed = reversed
        unsafe steps = .allocate(capacity: snapshot.view.root.depth + 1)
        unsafe keyBuffer = .allocate(byteCount: snapshot.view.reader.pageSize, alignment: 16)
        leaf = unsafe Page(UnsafeRawPointer(keyBuffer))
        unsafe ahead = UnsafeRawPointer(keyBuffer)
        if bounds.isEmpty || snapshot.view.root.isEmpty { place = .over }
    }

    deinit {
        unsafe steps.deallocate()
        unsafe keyBuffer.deallocate()
    }

    /// Begins anew before the first record of another range, or reversed, after the last one. What the cursor has is used again.
    public mutating func restart(_ range: KeyRange) {
        bounds = Bounds(range)
        place = bounds.isEmpty || snapshot.view.root.isEmpty ? .over : .unplaced(target: nil)
    }

    // MARK: The record

    /// The key of the record that `next()` moved to; valid until the cursor moves. Only after `next()` has answered true.
    public var key: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            let suffix = leaf.leafCell(index).suffix
            unsafe (keyBuffer + prefixLength).copyMemory(from: suffix.base, byteCount: suffix.count)
            let span = unsafe Span<UInt8>(
                _unsafeStart: keyBuffer.assumingMemoryBound(to: UInt8.self), count: prefixLength + suffix.count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The record's value where it lies, valid as long as the snapshot, or until the cursor moves if it forgets. Only after `next()` has
    /// answered true.
    public var value: StoredBytes {
        get throws(StoreError) {
            let cell = leaf.leafCell(index)
            if cell.isOverflow { return try valueOutside(cell.run) }
            return unsafe StoredBytes(pointer: cell.payload, count: cell.payloadLength)
        }
    }

    /// By itself, so that the others need no registers for it.
    @inline(never)
    private func valueOutside(_ run: PageReference) throws(StoreError) -> StoredBytes {
        guard let passing else { return try reader.value(in: run) }
        if let last = passing.value, last.run == run { return last.bytes }
        passing.value = nil
        let reader = reader
        guard let copy = try reader.passingValue(in: run, keeper: pages) else { return try reader.value(in: run) }
        passing.value = copy
        return copy.bytes
    }

    private var reader: PageReader {
        var reader = snapshot.view.reader
        if let lease { reader.mapping = lease.mapping }
        return reader
    }

    /// Keeps the values that it moves to until its next move, wherever it goes later. Whoever holds this may keep such a value.
    public var keeper: any AnyObject & Sendable { passing?.value ?? pages }

    /// What the pages that it reads are kept by.
    private var pages: any AnyObject & Sendable { lease ?? snapshot }

    private final class Passing {
        var value: ValueCopy?
    }

    /// A snapshot, and pages of an encrypted file that were decrypted for it.
    private final class Lease: Sendable {
        let snapshot: Snapshot
        let mapping: Mapping

        init(_ snapshot: Snapshot, _ mapping: Mapping) {
            self.snapshot = snapshot
            self.mapping = mapping
        }
    }

    // MARK: Moving

    /// Moves to the next record in the cursor's direction, the first time to the first one. O(1) on the whole.
    ///
    /// - Returns: false at the range's end, and from then on.
    /// - Throws: `damaged`; the cursor is over then.
    public mutating func next() throws(StoreError) -> Bool {
        if case .placed = place {
            if isReversed {
                if index > end {
                    index &-= 1
                    return true
                }
            } else if index &+ 1 < end {
                index &+= 1
                prefetch()
                return true
            }
        }
        return try nextElsewhere()
    }

    /// Prefetches a part of the next leaf, so that all of it is there when the cursor comes to it. In a leaf that wasn't prefetched, as
    /// the first one and those in memory, prefetches the cell that the next step leads to.
    @inline(__always)
    private mutating func prefetch() {
        if aheadByteCount > 0 {
            let part = min(aheadStep, aheadByteCount)
            aheadByteCount &-= part
            var line = 0
            while line < part {
                unsafe pando_prefetch(ahead + line)
                line &+= Self.cacheLine
            }
            unsafe ahead += part
        }
        guard !isExpected, index &+ 1 < end else { return }
        let cell = unsafe leaf.cell(index &+ 1)
        unsafe pando_prefetch(cell)
        unsafe pando_prefetch(cell + 64)
        unsafe pando_prefetch(cell + 128)
    }

    private static let cacheLine = 64

    /// Notes which leaf comes after the one that the cursor has just come to, if it is in the same branch.
    private mutating func lookAhead() {
        (aheadByteCount, aheadStep) = (0, 0)
        guard !isReversed, snapshot.view.root.depth > 1 else { return }
        let (branch, child) = unsafe steps[1]
        let reader = reader
        guard child + 1 < branch.count, end == leaf.count, case let reference = branch.child(child + 1),
            !reference.isInMemory, reference.page < reader.pageLimit
        else { return }
        if Page.isSealed(capacity: reader.capacity) {
            guard let place = unsafe reader.mapping.frames(reference) else { return }
            unsafe ahead = place
        } else {
            unsafe ahead = reader.mapping.address(reference.page)
        }
        aheadByteCount = reader.pageSize
        let records = max(1, end - index - 1)
        aheadStep = (reader.pageSize / Self.cacheLine + records - 1) / records * Self.cacheLine
    }

    /// Moves to a record of another leaf, or to the first record of all.
    @inline(never)
    private mutating func nextElsewhere() throws(StoreError) -> Bool {
        switch place {
        case .over: return false
        case .placed:
            place = .over
            // Where the range ends before the leaf does, the next leaf has nothing of it.
            guard isReversed ? end == 0 : end == leaf.count, try nextLeaf() else { return false }
        case .unplaced(let target):
            place = .over
            guard try settle(target) else { return false }
        }
        place = .placed
        return true
    }

    /// The next call of `next()` moves to the first record at or after `key`, or for a reversed cursor, at or before it; within
    /// the range in any case.
    public mutating func seek(to key: Span<UInt8>) {
        if bounds.isEmpty || snapshot.view.root.isEmpty { return }
        place = .unplaced(target: withBytes(key) { $0.copy() })
    }

    /// Passes over `count` records, like as many calls of `next()`. O(log n).
    public mutating func skip(_ count: UInt64) throws(StoreError) {
        if count == 0 { return }
        // By ranks: that of the record that the cursor stands at, or would move to, and that of the one where it is to stand.
        let view = snapshot.view
        let (first, last) = try view.ranks(bounds)
        var passed: UInt64
        switch place {
        case .over: return
        case .placed:
            let rank = try withBytes(key) { (key) throws(StoreError) in try view.rank(key) }
            passed = isReversed ? last - min(last, rank) : max(first, rank) - first + 1
        case .unplaced(let target):
            guard let target else {
                passed = 0
                break
            }
            // A reversed cursor may stop at the target itself.
            let rank = try withBytes(isReversed ? target + [0] : target) { (key) throws(StoreError) in try view.rank(key) }
            passed = isReversed ? last - min(last, rank) : max(first, rank) - first
        }
        let (sum, isBeyond) = passed.addingReportingOverflow(count)
        passed = sum
        guard !isBeyond, passed <= last - first else {
            place = .over
            return
        }
        // Stand at the last of the records passed over.
        let rank = isReversed ? last - passed : first + passed - 1
        let (page, index) = try view.select(rank)
        place = .over
        if try settle(page.key(index)) { place = .placed }
    }

    // MARK: Many records

    /// Moves to the first record at or after `key`, unless the cursor stands behind that already. For one that goes forward. O(log n), and less
    /// where that record is in the same leaf.
    ///
    /// - Returns: false at the range's end, and from then on.
    package mutating func advance(to key: Bytes) throws(StoreError) -> Bool {
        precondition(!isReversed)
        guard case .placed = place else { return false }
        if withBytes(self.key, { Bytes.compare($0, key) }) >= 0 { return true }
        let found = leaf.searchLeaf(key).index
        if found < end {
            index = found
            return true
        }
        place = .over
        // Where the range ends before the leaf does, the next leaf has nothing of it.
        guard end == leaf.count, try settle(ahead: key) else { return false }
        place = .placed
        return true
    }

    /// Calls `body` with the keys of the leaf from the record that the cursor stands at on, as long as it answers true. For a cursor that goes
    /// forward, after `next()` has answered true.
    ///
    /// - Parameter body: gets a key, good until it returns, and how many of its first bytes are those of the key of the call before.
    /// - Returns: whether it answered true for all of them, and so for the record at which the cursor stands then.
    @inline(__always)
    package mutating func forEachKeyOfLeaf(_ body: (_ key: Bytes, _ shared: Int) -> Bool) -> Bool {
        var shared = 0
        while true {
            let suffix = leaf.leafCell(index).suffix
            unsafe suffix.copyFew(to: keyBuffer + prefixLength)
            guard body(unsafe Bytes(UnsafeRawPointer(keyBuffer), prefixLength &+ suffix.count), shared) else { return false }
            guard index &+ 1 < end else { return true }
            shared = prefixLength
            index &+= 1
            prefetch()
        }
    }

    // MARK: Placing

    /// Goes to the first record from `target` on in the cursor's direction.
    private mutating func settle(_ target: [UInt8]?) throws(StoreError) -> Bool {
        var isLate = false
        isExpected = false
        (aheadByteCount, aheadStep) = (0, 0)
        if isReversed {
            // Behind all that is below the upper bound, or behind the target, and so at it if it is there.
            var limit = bounds.upper
            if let target, limit.map({ target.lexicographicallyPrecedes($0) }) ?? true { limit = target + [0] }
            try descend(limit)
            if let limit { index = withBytes(limit) { leaf.searchLeaf($0).index } - 1 } else { index = leaf.count - 1 }
            isLate = index < 0
        } else {
            var limit = bounds.lower
            if let target, limit.map({ $0.lexicographicallyPrecedes(target) }) ?? true { limit = target }
            try descend(limit)
            if let limit { index = withBytes(limit) { leaf.searchLeaf($0).index } } else { index = 0 }
            isLate = index >= leaf.count
        }
        if isLate { return try nextLeaf() }
        return enterLeaf()
    }

    /// Goes to the first record from `key` on, which is behind the leaf: down from the lowest branch above the leaf that has the place. For a
    /// cursor that goes forward.
    private mutating func settle(ahead key: Bytes) throws(StoreError) -> Bool {
        if passing != nil { try forget() }
        isExpected = false
        (aheadByteCount, aheadStep) = (0, 0)
        let top = snapshot.view.root.level
        guard top > 0 else { return false }
        var level = 1
        while true {
            let page = unsafe steps[level].page
            var known = 0
            let child = page.searchBranch(key, known: &known)
            // A branch doesn't say where its last child ends.
            if child + 1 < page.count || level == top {
                unsafe steps[level].index = child
                break
            }
            level += 1
        }
        var known = 0
        var reference = unsafe steps[level].page.child(steps[level].index)
        while level > 1 {
            level -= 1
            let page = try reader.page(reference, level: level)
            let child = page.searchBranch(key, known: &known)
            unsafe steps[level] = (page, child)
            reference = page.child(child)
        }
        leaf = try reader.page(reference, level: 0)
        index = leaf.searchLeaf(key).index
        if index >= leaf.count { return try nextLeaf() }
        return enterLeaf()
    }

    /// Goes down to the leaf where `key` belongs, or to the outermost one.
    private mutating func descend(_ key: [UInt8]?) throws(StoreError) {
        let root = snapshot.view.root
        var reference = root.reference
        var known = 0
        for level in stride(from: root.level, to: 0, by: -1) {
            let page = try reader.page(reference, level: level)
            let child: Int
            if let key {
                child = withBytes(key) { page.searchBranch($0, known: &known) }
            } else {
                child = isReversed ? page.count - 1 : 0
            }
            unsafe steps[level] = (page, child)
            reference = page.child(child)
        }
        reader.prefetch(reference)
        leaf = try reader.page(reference, level: 0)
    }

    /// Goes on with the pages that are being decrypted now, when those that it reads have their share of the memory: these may be given up
    /// then, and a scan takes no more memory however long it is. The way down to the leaf is gone once more.
    private mutating func forget() throws(StoreError) {
        guard let current = snapshot.currentMapping(unlessIn: lease?.mapping) else { return }
        lease = Lease(snapshot, current)
        passing?.value = nil
        let root = snapshot.view.root
        var reference = root.reference
        for level in stride(from: root.level, to: 0, by: -1) {
            let page = try reader.page(reference, level: level)
            unsafe steps[level].page = page
            reference = unsafe page.child(steps[level].index)
        }
    }

    /// Goes to the next leaf's outermost record.
    private mutating func nextLeaf() throws(StoreError) -> Bool {
        if passing != nil { try forget() }
        var level = 1
        let depth = snapshot.view.root.depth
        while true {
            guard level < depth else { return false }
            let child = unsafe steps[level].index + (isReversed ? -1 : 1)
            if unsafe child >= 0 && child < steps[level].page.count {
                unsafe steps[level].index = child
                break
            }
            level += 1
        }
        var reference = unsafe steps[level].page.child(steps[level].index)
        while level > 1 {
            level -= 1
            let page = try reader.page(reference, level: level)
            let child = isReversed ? page.count - 1 : 0
            unsafe steps[level] = (page, child)
            reference = page.child(child)
        }
        leaf = try reader.page(reference, level: 0)
        index = isReversed ? leaf.count - 1 : 0
        isExpected = aheadStep > 0 && aheadByteCount == 0
        guard enterLeaf() else { return false }
        lookAhead()
        return true
    }

    /// Looks up where the range ends in the leaf, and takes the leaf's prefix.
    ///
    /// - Returns: false if the record at `index` is beyond the range already.
    private mutating func enterLeaf() -> Bool {
        let prefix = leaf.prefix
        prefixLength = prefix.count
        unsafe keyBuffer.copyMemory(from: prefix.base, byteCount: prefix.count)
        if isReversed {
            end = bounds.lower.map { withBytes($0) { leaf.searchLeaf($0).index } } ?? 0
            return index >= end
        }
        end = bounds.upper.map { withBytes($0) { leaf.searchLeaf($0).index } } ?? leaf.count
        return index < end
    }
}
