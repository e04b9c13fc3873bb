// Comparing two states. Both trees are walked side by side in the order of their keys. Where the same page is next on both sides, by
// number, birth and checksum, nothing below it can differ, and it is passed over unread. So for states of one file, or of a file and
// its backup, which keeps page numbers, the time depends on what was changed and not on what there is. Keys are compared where they
// lie; only the key of a record that differs is copied.
//
// Files that have no pages in common are compared by digests, if both have them: where as many records of one digest come next on both sides,
// these are passed over unread. First all children of a branch that are left are tried, then half of them, and so on, so each difference
// costs O(log n) digests, each of which is found in O(log n).

import Ground

/// A record that differs between two states.
public struct RecordDifference: Sendable {
    public var key: [UInt8]
    /// Its value in the older state: nil if it wasn't there.
    public var old: StoredBytes?
    /// Its value in the newer state: nil if it is no longer there.
    public var new: StoredBytes?
}

/// The differences between two snapshots, in ascending order of keys. Holds both.
public struct Differences {
    private let snapshots: (old: Snapshot, new: Snapshot)
    private var old: Side
    private var new: Side
    /// Pages that were next on both sides.
    private var sharedCount = 0
    private var usesDigests: Bool
    /// Pages that were read to find out what differs.
    public var pagesRead: Int { old.pagesRead + new.pagesRead }

    init(old: Snapshot, new: Snapshot) {
        snapshots = (old, new)
        self.old = Side(old.view)
        self.new = Side(new.view)
        // What is wrong with the root is found when it is opened.
        usesDigests = (try? old.hasDigests && new.hasDigests) ?? false
    }

    /// Begins anew, with the records of a range, of two states that have pages in common. What there is of it is used again.
    mutating func restart(_ bounds: Bounds) {
        usesDigests = false
        old.restart(bounds)
        new.restart(bounds)
    }

    /// The next record that differs: nil after the last.
    ///
    /// - Throws: `damaged` if a page isn't what its parent says.
    public mutating func next() throws(StoreError) -> RecordDifference? {
        while true {
            switch (old.head, new.head) {
            case (nil, nil): return nil
            case (.subtree(let left)?, .subtree(let right)?):
                if left.reference == right.reference && left.level == right.level {
                    sharedCount += 1
                    old.advance()
                    new.advance()
                    continue
                }
                if try passOverEqual(left, right) { continue }
                // The subtree that may begin first is opened; both, if neither does.
                let order = left.level == right.level ? KeyInPage.compare(left.lower, right.lower) : right.level - left.level
                if order <= 0 { try old.open() }
                if order >= 0 { try new.open() }
            case (.subtree(let left)?, .record(let record)?):
                if KeyInPage.compare(record, left.lower) < 0 { return try added(record) }
                try old.open()
            case (.record(let record)?, .subtree(let right)?):
                if KeyInPage.compare(record, right.lower) < 0 { return try removed(record) }
                try new.open()
            case (.subtree?, nil): try old.open()
            case (nil, .subtree?): try new.open()
            case (.record(let record)?, nil): return try removed(record)
            case (nil, .record(let record)?): return try added(record)
            case (.record(let left)?, .record(let right)?):
                let order = KeyInPage.compare(left, right)
                if order < 0 { return try removed(left) }
                if order > 0 { return try added(right) }
                old.advance()
                new.advance()
                let leftCell = left.page.leafCell(left.index), rightCell = right.page.leafCell(right.index)
                if leftCell.isOverflow && rightCell.isOverflow && leftCell.run == rightCell.run { continue }
                let before = try old.view.reader.value(leftCell), after = try new.view.reader.value(rightCell)
                if !before.equals(after) { return RecordDifference(key: left.copy(), old: before, new: after) }
            }
        }
    }

    /// Passes over records that come next on both sides, if their digests tell that they are equal.
    ///
    /// All records before the heads have been gone through on both sides. So what one side still has before the end of some subtrees of the
    /// other is what lies between the lower one of the two heads and that end.
    private mutating func passOverEqual(_ left: Subtree, _ right: Subtree) throws(StoreError) -> Bool {
        // Where there are common pages, they tell sooner.
        guard usesDigests, sharedCount * 4 <= pagesRead else { return false }
        let lower = (KeyInPage.compare(right.lower, left.lower) < 0 ? right.lower : left.lower)?.copy() ?? []
        if left.level >= right.level { return try Self.passOverEqual(&old, &new, from: lower) }
        return try Self.passOverEqual(&new, &old, from: lower)
    }

    private static func passOverEqual(_ side: inout Side, _ other: inout Side, from lower: [UInt8]) throws(StoreError) -> Bool {
        while let run = try side.nextRun() {
            let bounds = Bounds(KeyRange(lower: lower, upper: run.upper))
            if try other.view.digest(bounds) == run.digest, try other.view.count(bounds) == run.records {
                side.passOver(run)
                try other.seek(run.upper)
                return true
            }
            side.giveUp(run)
        }
        return false
    }

    private mutating func removed(_ record: KeyInPage) throws(StoreError) -> RecordDifference {
        old.advance()
        return RecordDifference(key: record.copy(), old: try old.view.reader.value(record.page.leafCell(record.index)), new: nil)
    }

    private mutating func added(_ record: KeyInPage) throws(StoreError) -> RecordDifference {
        new.advance()
        return RecordDifference(key: record.copy(), old: nil, new: try new.view.reader.value(record.page.leafCell(record.index)))
    }

    /// One of the trees, gone through as far as the records and subtrees before its head.
    private struct Side {
        enum Head {
            case subtree(Subtree)
            case record(KeyInPage)
        }

        /// An opened page, with the entry that is next in it, and the one before which it ends. There is one for each level, from the root
        /// down.
        private struct Step {
            var page: Page
            var index: Int
            var end: Int
            var level: Int
            var lower: KeyInPage?
            /// How many entries, from the next one on, to compare by their digests; none, if one alone is to be opened.
            var trial: Int
        }

        /// Subtrees that come next.
        struct Run {
            var count: Int
            var digest: RangeDigest
            var records: UInt64
            /// No key in them sorts at or above this; nil: nothing comes after them.
            var upper: [UInt8]?
        }

        let view: TreeView
        private var bounds = Bounds(.all)
        private var root: Subtree?
        private var steps: [Step] = []
        private(set) var pagesRead = 0
        private var triesRoot = true
        /// The key that was sought last.
        private var sought: [UInt8]?

        init(_ view: TreeView) {
            self.view = view
            restart(bounds)
        }

        mutating func restart(_ bounds: Bounds) {
            self.bounds = bounds
            steps.removeAll(keepingCapacity: true)
            root = view.root.isEmpty || bounds.isEmpty ? nil : Subtree(reference: view.root.reference, level: view.root.level, lower: nil)
        }

        var head: Head? {
            if let root { return .subtree(root) }
            guard let step = steps.last else { return nil }
            if step.level == 0 { return .record(KeyInPage(page: step.page, index: step.index)) }
            return .subtree(
                Subtree(
                    reference: step.page.child(step.index), level: step.level - 1,
                    lower: step.index == 0 ? step.lower : KeyInPage(page: step.page, index: step.index)))
        }

        /// Goes into the subtree at the head, to what it has within the bounds; passes over it if that is nothing.
        mutating func open() throws(StoreError) {
            guard case .subtree(let subtree)? = head else { return }
            let page = try view.reader.page(subtree.reference, level: subtree.level)
            pagesRead += 1
            root = nil
            var (index, end) = (0, page.count)
            if let lower = bounds.lower { index = withBytes(lower) { page.position(of: $0, isLeaf: subtree.level == 0) } }
            if let upper = bounds.upper {
                end = withBytes(upper) { page.position(of: $0, isLeaf: subtree.level == 0) } + (subtree.level == 0 ? 0 : 1)
            }
            guard index < end else { return advance() }
            steps.append(Step(page: page, index: index, end: end, level: subtree.level, lower: subtree.lower, trial: page.count))
        }

        /// Passes over the head.
        mutating func advance() {
            root = nil
            while let last = steps.indices.last {
                steps[last].index += 1
                // After one that was opened, few are tried first.
                steps[last].trial = max(steps[last].trial, steps[last].level == 1 ? 2 : 1)
                if steps[last].index < steps[last].end { return }
                steps.removeLast()
            }
        }

        // MARK: By digests

        /// The subtrees to compare next: nil if the head is to be opened.
        func nextRun() throws(StoreError) -> Run? {
            if root != nil {
                guard triesRoot else { return nil }
                return Run(count: 1, digest: try view.digest(Bounds(.all)), records: view.root.records, upper: nil)
            }
            guard let step = steps.last, step.page.hasDigests else { return nil }
            let count = min(step.trial, step.end - step.index)
            // To compare a leaf alone is no less work than to open it.
            guard count > (step.level == 1 ? 1 : 0) else { return nil }
            let last = step.index + count - 1
            return Run(
                count: count, digest: step.page.digest(step.index..<last + 1),
                records: step.page.records(before: last + 1) - step.page.records(before: step.index), upper: key(after: last))
        }

        /// Where a child of the last page that was opened ends; nil if nothing comes after it.
        private func key(after child: Int) -> [UInt8]? {
            var last: Int? = child
            for step in steps.reversed() {
                // In the pages above it is the last that was opened.
                let next = (last ?? step.index) + 1
                if next < step.end { return step.page.key(next) }
                last = nil
            }
            return nil
        }

        mutating func passOver(_ run: Run) {
            if let last = steps.indices.last {
                steps[last].index += run.count - 1
                steps[last].trial = 2 * run.count
            }
            advance()
        }

        mutating func giveUp(_ run: Run) {
            triesRoot = false
            if let last = steps.indices.last { steps[last].trial = run.count / 2 }
        }

        /// Passes over all before a key.
        mutating func seek(_ key: [UInt8]?) throws(StoreError) {
            root = nil
            steps = []
            guard let key else { return }
            // In a crafted file they may not ascend, and then there would be no end.
            guard sought?.lexicographicallyPrecedes(key) ?? true else {
                throw .damaged(page: nil, reason: "the keys of its branches don't ascend")
            }
            sought = key
            try withBytes(key) { (key) throws(StoreError) in
                var (reference, known) = (view.root.reference, 0)
                var lower: KeyInPage?
                for level in stride(from: view.root.level, through: 0, by: -1) {
                    let page = try view.reader.page(reference, level: level)
                    pagesRead += 1
                    let index = level > 0 ? page.searchBranch(key, known: &known) : page.searchLeaf(key, known: known).index
                    steps.append(Step(page: page, index: index, end: page.count, level: level, lower: lower, trial: page.count))
                    if level == 0 { break }
                    reference = page.child(index)
                    guard index > 0 else { continue }
                    lower = KeyInPage(page: page, index: index)
                    // A subtree that begins with the key is not opened.
                    if withBytes(page.key(index), { Bytes.compare($0, key) == 0 }) { return }
                }
                if let leaf = steps.last, leaf.index == leaf.end {
                    steps[steps.count - 1].index -= 1
                    advance()
                }
            }
        }
    }

    /// A page that wasn't opened. No key in it sorts below `lower`; nil is below all keys.
    private struct Subtree {
        var reference: PageReference
        var level: Int
        var lower: KeyInPage?
    }
}

/// A key where it lies: an entry of a page that the snapshots hold.
private struct KeyInPage {
    var page: Page
    var index: Int

    func copy() -> [UInt8] { page.key(index) }

    /// Below zero, zero or above; nil is below all keys.
    static func compare(_ left: KeyInPage?, _ right: KeyInPage?) -> Int {
        guard let left, let right else { return (left == nil ? 0 : 1) - (right == nil ? 0 : 1) }
        return compare(left, right)
    }

    static func compare(_ left: KeyInPage, _ right: KeyInPage) -> Int {
        let (prefix, other) = (left.page.prefix, right.page.prefix)
        let (suffix, otherSuffix) = (left.page.suffix(left.index), right.page.suffix(right.index))
        let common = min(prefix.count, other.count)
        let order = Bytes.compare(prefix[0..<common], other[0..<common])
        if order != 0 { return order }
        if prefix.count == other.count { return Bytes.compare(suffix, otherSuffix) }
        return prefix.count > other.count
            ? compare(prefix.dropFirst(common), suffix, otherSuffix) : -compare(other.dropFirst(common), otherSuffix, suffix)
    }

    /// How two parts of a key, one after the other, compare with all of another one.
    private static func compare(_ first: Bytes, _ second: Bytes, _ whole: Bytes) -> Int {
        guard whole.count >= first.count else {
            let order = Bytes.compare(first[0..<whole.count], whole)
            return order == 0 ? 1 : order
        }
        let order = Bytes.compare(first, whole[0..<first.count])
        return order == 0 ? Bytes.compare(second, whole.dropFirst(first.count)) : order
    }
}

extension Page {
    /// Of a leaf, the first record that is not below a key; of a branch, the child in which the key belongs.
    fileprivate func position(of key: Bytes, isLeaf: Bool) -> Int {
        if isLeaf { return searchLeaf(key).index }
        var known = 0
        return searchBranch(key, known: &known)
    }
}

extension Snapshot {
    /// The differences from an older state, of this store or of another one, such as a backup of it. Pages that both have are not read:
    /// O(changes · log n) for states of one file and its backups.
    public func differences(from older: Snapshot) -> Differences {
        Differences(old: older, new: self)
    }
}
