import Ground

/// A tree to read: a root and the way to find pages. Snapshots and the write transaction read through it.
struct TreeView {
    var reader: PageReader
    var root: Root

    /// The value of a key. O(log n), no allocation.
    @inline(__always)
    func find(_ key: Bytes) throws(StoreError) -> StoredBytes? {
        if root.isEmpty { return nil }
        var reference = root.reference
        var level = root.level
        var known = 0
        while true {
            let page = try reader.page(reference, level: level)
            if level == 0 {
                let (index, found) = page.searchLeaf(key, known: known)
                return found ? try reader.value(page.leafCell(index)) : nil
            }
            reference = page.child(page.searchBranch(key, known: &known))
            level &-= 1
        }
    }

    /// The leaf where a key belongs, and how many leading bytes of the key all of its keys have. Memory is asked for the leaf.
    func leaf(of key: Bytes) throws(StoreError) -> (reference: PageReference, known: Int) {
        var reference = root.reference
        var known = 0
        for level in stride(from: root.level, to: 0, by: -1) {
            let page = try reader.page(reference, level: level)
            reference = page.child(page.searchBranch(key, known: &known))
        }
        if root.level > 0 { reader.prefetch(reference) }
        return (reference, known)
    }

    /// The value of a key whose leaf is known.
    func find(_ key: Bytes, in leaf: (reference: PageReference, known: Int)) throws(StoreError) -> StoredBytes? {
        let page = try reader.page(leaf.reference, level: 0)
        let (index, found) = page.searchLeaf(key, known: leaf.known)
        return found ? try reader.value(page.leafCell(index)) : nil
    }

    func contains(_ key: Bytes) throws(StoreError) -> Bool {
        if root.isEmpty { return false }
        var reference = root.reference
        var known = 0
        for level in stride(from: root.level, to: 0, by: -1) {
            let page = try reader.page(reference, level: level)
            reference = page.child(page.searchBranch(key, known: &known))
        }
        return try reader.page(reference, level: 0).searchLeaf(key, known: known).found
    }

    /// How many records sort below a key. O(log n): branches count what is below each child.
    func rank(_ key: Bytes) throws(StoreError) -> UInt64 {
        if root.isEmpty { return 0 }
        var reference = root.reference
        var known = 0
        var rank: UInt64 = 0
        for level in stride(from: root.level, to: 0, by: -1) {
            let page = try reader.page(reference, level: level)
            let child = page.searchBranch(key, known: &known)
            rank += page.records(before: child)
            reference = page.child(child)
        }
        return rank + UInt64(try reader.page(reference, level: 0).searchLeaf(key, known: known).index)
    }

    /// How many records a range holds. O(log n).
    func count(_ bounds: Bounds) throws(StoreError) -> UInt64 {
        let (lower, upper) = try ranks(bounds)
        return upper - lower
    }

    /// The ranks of a range's first record and of the first one after it.
    func ranks(_ bounds: Bounds) throws(StoreError) -> (lower: UInt64, upper: UInt64) {
        let lower = try rank(bounds.lower) ?? 0
        let upper = try rank(bounds.upper) ?? root.records
        return (lower, max(lower, upper))
    }

    private func rank(_ bound: [UInt8]?) throws(StoreError) -> UInt64? {
        guard let bound else { return nil }
        return try withBytes(bound) { (key) throws(StoreError) in try rank(key) }
    }

    /// The record of a rank below `root.records`. O(log n).
    func select(_ rank: UInt64) throws(StoreError) -> (page: Page, index: Int) {
        var rest = rank
        var reference = root.reference
        for level in stride(from: root.level, to: 0, by: -1) {
            let page = try reader.page(reference, level: level)
            var child = 0
            while child < page.count - 1, case let records = page.child(child).records, records <= rest {
                rest -= records
                child += 1
            }
            reference = page.child(child)
        }
        let page = try reader.page(reference, level: 0)
        guard rest < UInt64(page.count) else {
            throw .damaged(page: reference.page, reason: "its parent counts more records than it holds")
        }
        return (page, Int(rest))
    }
}

/// A range of keys that includes its lower bound and not its upper one.
struct Bounds {
    var lower: [UInt8]?
    var upper: [UInt8]?

    init(_ range: KeyRange) {
        // The next key after any key is that key and a zero byte.
        lower = range.lower.map { range.lowerInclusive ? $0 : $0 + [0] }
        upper = range.upper.map { range.upperInclusive ? $0 + [0] : $0 }
    }

    /// Whether no key can lie in it.
    var isEmpty: Bool {
        guard let upper else { return false }
        guard let lower else { return upper.isEmpty }
        return withBytes(lower) { lower in withBytes(upper) { upper in Bytes.compare(lower, upper) >= 0 } }
    }
}
