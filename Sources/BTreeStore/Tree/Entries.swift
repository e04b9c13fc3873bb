import Ground

/// The entries of one or two pages, with those that are to join them, in order: pages are split, merged and compacted from them.
///
/// They are borrowed from the pages, which must not change before the last `build`.
@safe struct Entries {
    /// A key in two parts, so that it need not be put together, with its payload.
    @safe struct Entry {
        var prefix: Bytes
        var suffix: Bytes
        var payload: UnsafeRawPointer
        var payloadCount: Int
        var isOverflow: Bool
        /// Of a branch that has digests: that of the child.
        var digest = RangeDigest.zero

        init(prefix: Bytes, suffix: Bytes, payload: UnsafeRawPointer, payloadCount: Int, isOverflow: Bool) {
            self.prefix = prefix
            self.suffix = suffix
            unsafe self.payload = unsafe payload
            self.payloadCount = payloadCount
            self.isOverflow = isOverflow
        }

        var keyCount: Int { prefix.count + suffix.count }

        /// Bytes of the key from `start` on, appended to `target`.
        func copyKey(from start: Int, to target: UnsafeMutableRawPointer) {
            let fromPrefix = max(0, prefix.count - start)
            if fromPrefix > 0 { unsafe target.copyMemory(from: prefix.base + start, byteCount: fromPrefix) }
            let skipped = max(0, start - prefix.count)
            unsafe (target + fromPrefix).copyMemory(from: suffix.base + skipped, byteCount: suffix.count - skipped)
        }

        func byte(_ index: Int) -> Int {
            unsafe index < prefix.count ? prefix.base.load8(index) : suffix.base.load8(index - prefix.count)
        }
    }

    let isLeaf: Bool
    let level: Int
    let capacity: Int
    private(set) var entries: [Entry] = []
    /// Whether these are entries of a branch, and each has a digest.
    private(set) var hasDigests: Bool

    init(level: Int, capacity: Int) {
        self.level = level
        self.capacity = capacity
        isLeaf = level == 0
        hasDigests = !isLeaf
    }

    var count: Int { entries.count }

    /// Adds a page's entries. `separator` is the key of child 0, in two parts, if that child isn't to be the first one.
    mutating func append(_ page: Page, separator: (prefix: Bytes, suffix: Bytes)? = nil) {
        let prefix = page.prefix
        let none = unsafe Bytes(page.base, 0)
        if !page.hasDigests { hasDigests = false }
        for index in 0..<page.count {
            if isLeaf {
                let cell = page.leafCell(index)
                unsafe entries.append(
                    Entry(
                        prefix: prefix, suffix: cell.suffix, payload: cell.payload,
                        payloadCount: cell.payloadLength, isOverflow: cell.isOverflow))
            } else {
                let child = unsafe page.base + (page.childrenOffset + PageReference.byteCount * index)
                var entry = unsafe Entry(
                    prefix: index == 0 ? separator?.prefix ?? none : prefix,
                    suffix: index == 0 ? separator?.suffix ?? none : page.branchSuffix(index),
                    payload: child, payloadCount: PageReference.byteCount, isOverflow: false)
                if page.hasDigests { entry.digest = page.digest(index) }
                entries.append(entry)
            }
        }
    }

    /// - Parameter digest: of a child of a branch that has digests.
    mutating func insert(_ index: Int, _ key: Bytes, _ payload: Payload, digest: RangeDigest = .zero) {
        var entry = unsafe Entry(
            prefix: Bytes(key.base, 0), suffix: key, payload: payload.base, payloadCount: payload.count,
            isOverflow: isLeaf && payload.isOverflow)
        entry.digest = digest
        entries.insert(entry, at: index)
    }

    /// Gives the children of a branch, all of them, digests.
    mutating func set(digests: [RangeDigest]) {
        for (index, digest) in digests.enumerated() { entries[index].digest = digest }
        hasDigests = true
    }

    mutating func replace(_ index: Int, _ payload: Payload) {
        unsafe entries[index].payload = unsafe payload.base
        entries[index].payloadCount = payload.count
        entries[index].isOverflow = payload.isOverflow
    }

    // MARK: Sizes

    /// How many leading bytes the keys of two entries share.
    func commonLength(_ first: Int, _ last: Int) -> Int {
        let left = entries[first], right = entries[last]
        // Entries of one page share its prefix; mostly the rest is short.
        var length = unsafe left.prefix.base == right.prefix.base ? min(left.prefix.count, right.prefix.count) : 0
        let limit = min(left.keyCount, right.keyCount)
        while length < limit && left.byte(length) == right.byte(length) { length += 1 }
        return length
    }

    /// The prefix length of a page of these entries. Child 0 of a branch has no key to take part in it.
    private func prefixLength(_ range: Range<Int>) -> Int {
        let first = isLeaf ? range.lowerBound : range.lowerBound + 1
        guard first < range.upperBound else { return 0 }
        var length = first == range.upperBound - 1 ? entries[first].keyCount : commonLength(first, range.upperBound - 1)
        // Where keys ascend, those between share it too. A crafted file may hold shorter ones.
        for index in first..<range.upperBound { length = min(length, entries[index].keyCount) }
        return length
    }

    /// Bytes that a page of these entries uses.
    func byteCount(_ range: Range<Int>) -> Int {
        let prefixLength = self.prefixLength(range)
        var total = Page.headerSize + prefixLength
        for index in range { total += self.size(index, prefixLength, isFirst: index == range.lowerBound) }
        return total
    }

    private func size(_ index: Int, _ prefixLength: Int, isFirst: Bool) -> Int {
        let entry = entries[index]
        if isLeaf { return Page.leafSlotSize + Page.leafCellHeaderSize + entry.keyCount - prefixLength + entry.payloadCount }
        return Page.branchSlotSize(hasDigests: hasDigests) + (isFirst ? 0 : Page.branchCellHeaderSize + entry.keyCount - prefixLength)
    }

    func fits(_ range: Range<Int>) -> Bool { byteCount(range) <= capacity }

    func isKey(_ index: Int, equal key: Bytes) -> Bool {
        let entry = entries[index]
        guard entry.keyCount == key.count, key.hasPrefix(entry.prefix) else { return false }
        let rest = key.count - entry.prefix.count
        return unsafe compareBytes(key.base + entry.prefix.count, rest, entry.suffix.base, rest) == 0
    }

    // MARK: Splitting

    /// Where to divide the entries between two pages that can each hold their part: nearest to `preferred` if given, else to half of
    /// the bytes.
    ///
    /// - Throws: `damaged` if there is no such place: then keys don't ascend as they should.
    func splitPoint(preferred: Int?) throws(StoreError) -> Int {
        var middle = preferred ?? 0
        if preferred == nil {
            let prefixLength = self.prefixLength(0..<count)
            let total = (0..<count).reduce(0) { $0 + size($1, prefixLength, isFirst: $1 == 0) }
            var left = 0
            while middle < count - 1 && left + size(middle, prefixLength, isFirst: middle == 0) / 2 < total / 2 {
                left += size(middle, prefixLength, isFirst: middle == 0)
                middle += 1
            }
        }
        middle = min(max(middle, 1), count - 1)
        for distance in 0..<count {
            for candidate in [middle - distance, middle + distance] where candidate >= 1 && candidate < count {
                if fits(0..<candidate) && fits(candidate..<count) { return candidate }
            }
        }
        // The limits on keys and values see to it that there is always such a place, at an end if nowhere else.
        throw .damaged(page: nil, reason: "the \(count) entries of a page at level \(level) don't fit two pages")
    }

    /// The separator between the entries before `split` and the rest, copied to `scratch`: between leaves the shortest possible one.
    func separator(_ split: Int, to scratch: Scratch, level: Int) -> Bytes {
        let target = unsafe scratch.separatorRoom(level: level)
        let entry = entries[split]
        let length = separatorLength(split)
        let fromPrefix = min(length, entry.prefix.count)
        unsafe target.copyMemory(from: entry.prefix.base, byteCount: fromPrefix)
        unsafe (target + fromPrefix).copyMemory(from: entry.suffix.base, byteCount: length - fromPrefix)
        return unsafe Bytes(UnsafeRawPointer(target), length)
    }

    private func separatorLength(_ split: Int) -> Int {
        let keyCount = entries[split].keyCount
        return isLeaf ? min(commonLength(split - 1, split) + 1, keyCount) : keyCount
    }

    // MARK: Packing

    /// The entries divided among pages so that each is full before the next one begins.
    func fullPages() -> [Range<Int>] {
        var parts: [Range<Int>] = []
        var start = 0
        while start < count {
            let end = fullPage(from: start)
            parts.append(start..<end)
            start = end
        }
        // A branch has something to choose between.
        if !isLeaf, parts.count > 1, parts[parts.count - 1].count == 1, parts[parts.count - 2].count > 2 {
            let last = count - 2
            parts[parts.count - 2] = parts[parts.count - 2].lowerBound..<last
            parts[parts.count - 1] = last..<count
        }
        return parts
    }

    /// The first entry that a page beginning with entry `start` has no room for.
    private func fullPage(from start: Int) -> Int {
        var prefixLength = 0
        // The bytes of the keys without a shared prefix, and the number of keys.
        var total = Page.headerSize
        var keys = 0
        let firstKey = isLeaf ? start : start + 1
        for index in start..<count {
            total += size(index, 0, isFirst: index == start)
            if index >= firstKey {
                keys += 1
                prefixLength = index == firstKey ? entries[index].keyCount : min(prefixLength, commonLength(firstKey, index))
            }
            if index > start && total + prefixLength - keys * prefixLength > capacity { return index }
        }
        return count
    }

    /// Adds a branch's children, with those that `children` make when divided into `parts` in place of some of them. The caller sets the
    /// references and digests of these; until then each has those of the first child replaced.
    mutating func append(_ page: Page, replacing replaced: Range<Int>, with parts: [Range<Int>], of children: Entries) {
        append(page)
        let first = entries[replaced.lowerBound]
        let new = parts.enumerated().map { index, part in
            if index == 0 { return first }
            // The separator is the beginning of a key that lies in the pages the children were taken from.
            let key = children.entries[part.lowerBound]
            let length = children.separatorLength(part.lowerBound)
            let fromPrefix = min(length, key.prefix.count)
            return unsafe Entry(
                prefix: Bytes(key.prefix.base, fromPrefix), suffix: Bytes(key.suffix.base, length - fromPrefix),
                payload: first.payload, payloadCount: first.payloadCount, isOverflow: false)
        }
        entries.replaceSubrange(replaced, with: new)
    }

    // MARK: Building

    /// Makes `page` the page of these entries. It must not be one of the pages that they were taken from.
    ///
    /// - Returns: the records in a leaf, or below a branch.
    @discardableResult
    func build(_ range: Range<Int>, into page: WritablePage) -> UInt64 {
        let prefixLength = self.prefixLength(range)
        page.format(kind: isLeaf ? Page.leafKind : Page.branchKind, level: level)
        let base = unsafe page.base
        unsafe base.store16(prefixLength, Page.prefixLengthOffset)
        let keyed = isLeaf ? range.lowerBound : range.lowerBound + 1
        if keyed < range.upperBound && prefixLength > 0 {
            let entry = entries[keyed]
            let fromPrefix = min(prefixLength, entry.prefix.count)
            unsafe (base + Page.headerSize).copyMemory(from: entry.prefix.base, byteCount: fromPrefix)
            unsafe (base + Page.headerSize + fromPrefix).copyMemory(from: entry.suffix.base, byteCount: prefixLength - fromPrefix)
        }
        page.set(count: range.count)

        let heads = Page.headerSize + prefixLength
        let offsets = heads + 4 * range.count
        let children = offsets + 2 * range.count
        if hasDigests { page.setHasDigests() }
        var end = capacity
        var overflow = 0
        var records: UInt64 = 0
        for (slot, index) in range.enumerated() {
            let entry = entries[index]
            if !isLeaf {
                let target = unsafe base + (children + PageReference.byteCount * slot)
                unsafe target.copyMemory(from: entry.payload, byteCount: PageReference.byteCount)
                let child = unsafe readReference(target)
                records += child.records
                if child.mayOverflow { overflow = 1 }
                if hasDigests { page.set(digest: entry.digest, slot) }
                if slot == 0 {
                    unsafe base.store32(0, heads)
                    unsafe base.store16(0, offsets)
                    continue
                }
            }
            let suffixLength = entry.keyCount - prefixLength
            let header = isLeaf ? Page.leafCellHeaderSize : Page.branchCellHeaderSize
            end -= header + suffixLength + (isLeaf ? entry.payloadCount : 0)
            let cell = unsafe base + end
            unsafe cell.store16(suffixLength | (entry.isOverflow ? Page.overflowFlag : 0), 0)
            unsafe entry.copyKey(from: prefixLength, to: cell + header)
            if isLeaf {
                unsafe cell.store16(entry.payloadCount, 2)
                unsafe (cell + header + suffixLength).copyMemory(from: entry.payload, byteCount: entry.payloadCount)
                if entry.isOverflow { overflow += 1 }
            }
            unsafe base.store32(keyHead(UnsafeRawPointer(cell + header), suffixLength), heads + 4 * slot)
            unsafe base.store16(end, offsets + 2 * slot)
        }
        page.set(heapBytes: capacity - end)
        page.set(overflow: overflow | (hasDigests ? Page.digestFlag : 0))
        return isLeaf ? UInt64(range.count) : records
    }
}
