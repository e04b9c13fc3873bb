// Comparing two states. Both trees are walked side by side in the order of their keys. Where the same page is next on both sides, by
// number, birth and checksum, nothing below it can differ, and it is passed over unread. So for states of one file, or of a file and
// its backup, which keeps page numbers, the time depends on what was changed and not on what there is.

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
    /// Whether keys from the first one up to the second one matter, which may be the end; nil: all do.
    private let isWanted: (([UInt8], [UInt8]?) -> Bool)?
    /// Pages that were read to find out what differs.
    public var pagesRead: Int { old.pagesRead + new.pagesRead }

    init(old: Snapshot, new: Snapshot, isWanted: (([UInt8], [UInt8]?) -> Bool)? = nil) {
        snapshots = (old, new)
        self.isWanted = isWanted
        self.old = Side(old.view)
        self.new = Side(new.view)
    }

    /// The next record that differs: nil after the last.
    ///
    /// - Throws: `damaged` if a page isn't what its parent says.
    public mutating func next() throws(StoreError) -> RecordDifference? {
        while true {
            if let isWanted {
                // What is left out on one side only counts as a difference, of keys that don't matter.
                old.passOver(unless: isWanted)
                new.passOver(unless: isWanted)
            }
            switch (old.head, new.head) {
            case (nil, nil): return nil
            case (.subtree(let left)?, .subtree(let right)?):
                if left.reference == right.reference && left.level == right.level {
                    old.advance()
                    new.advance()
                    continue
                }
                // The subtree that may begin first is opened; both, if neither does.
                let opensOld = left.level > right.level || left.level == right.level && !right.begins(before: left)
                let opensNew = right.level > left.level || left.level == right.level && !left.begins(before: right)
                if opensOld { try old.open() }
                if opensNew { try new.open() }
            case (.subtree(let left)?, .record(let key, let page, let index)?):
                if left.isAbove(key) { return try added(key, page, index) }
                try old.open()
            case (.record(let key, let page, let index)?, .subtree(let right)?):
                if right.isAbove(key) { return try removed(key, page, index) }
                try new.open()
            case (.subtree?, nil): try old.open()
            case (nil, .subtree?): try new.open()
            case (.record(let key, let page, let index)?, nil): return try removed(key, page, index)
            case (nil, .record(let key, let page, let index)?): return try added(key, page, index)
            case (.record(let left, let leftPage, let leftIndex)?, .record(let right, let rightPage, let rightIndex)?):
                if left.lexicographicallyPrecedes(right) { return try removed(left, leftPage, leftIndex) }
                if right.lexicographicallyPrecedes(left) { return try added(right, rightPage, rightIndex) }
                old.advance()
                new.advance()
                let leftCell = leftPage.leafCell(leftIndex), rightCell = rightPage.leafCell(rightIndex)
                if leftCell.isOverflow && rightCell.isOverflow && leftCell.run == rightCell.run { continue }
                let before = try old.view.reader.value(leftCell), after = try new.view.reader.value(rightCell)
                if !before.equals(after) { return RecordDifference(key: left, old: before, new: after) }
            }
        }
    }

    private mutating func removed(_ key: [UInt8], _ page: Page, _ index: Int) throws(StoreError) -> RecordDifference {
        old.advance()
        return RecordDifference(key: key, old: try old.view.reader.value(page.leafCell(index)), new: nil)
    }

    private mutating func added(_ key: [UInt8], _ page: Page, _ index: Int) throws(StoreError) -> RecordDifference {
        new.advance()
        return RecordDifference(key: key, old: nil, new: try new.view.reader.value(page.leafCell(index)))
    }

    /// One of the trees, gone through as far as the records and subtrees before its head.
    private struct Side {
        enum Head {
            case subtree(Subtree)
            case record(key: [UInt8], Page, Int)
        }

        /// An opened page, with the entry that is next in it. There is one for each level, from the root down.
        private struct Step {
            var page: Page
            var index = 0
            var level: Int
            var lower: [UInt8]
            /// No key in it sorts at or above this; nil: it is the last one of its level.
            var upper: [UInt8]?
        }

        let view: TreeView
        private var root: Subtree?
        private var steps: [Step] = []
        private(set) var pagesRead = 0

        init(_ view: TreeView) {
            self.view = view
            if !view.root.isEmpty { root = Subtree(reference: view.root.reference, level: view.root.level, lower: []) }
        }

        var head: Head? {
            if let root { return .subtree(root) }
            guard let step = steps.last else { return nil }
            if step.level == 0 { return .record(key: step.page.key(step.index), step.page, step.index) }
            return .subtree(
                Subtree(
                    reference: step.page.child(step.index), level: step.level - 1,
                    lower: step.index == 0 ? step.lower : step.page.key(step.index)))
        }

        /// No key of the subtree at the head sorts at or above this.
        private var upperOfHead: [UInt8]? {
            guard root == nil, let step = steps.last else { return nil }
            return step.index + 1 < step.page.count ? step.page.key(step.index + 1) : step.upper
        }

        /// Passes over subtrees that don't matter.
        mutating func passOver(unless isWanted: ([UInt8], [UInt8]?) -> Bool) {
            while case .subtree(let subtree)? = head, !isWanted(subtree.lower, upperOfHead) { advance() }
        }

        /// Goes into the subtree at the head.
        mutating func open() throws(StoreError) {
            guard case .subtree(let subtree)? = head else { return }
            let page = try view.reader.page(subtree.reference, level: subtree.level)
            pagesRead += 1
            let upper = upperOfHead
            root = nil
            steps.append(Step(page: page, level: subtree.level, lower: subtree.lower, upper: upper))
        }

        /// Passes over the head.
        mutating func advance() {
            root = nil
            while let last = steps.indices.last {
                steps[last].index += 1
                if steps[last].index < steps[last].page.count { return }
                steps.removeLast()
            }
        }
    }

    /// A page that wasn't opened. No key in it sorts below `lower`.
    private struct Subtree {
        var reference: PageReference
        var level: Int
        var lower: [UInt8]

        func isAbove(_ key: [UInt8]) -> Bool { key.lexicographicallyPrecedes(lower) }
        func begins(before other: Subtree) -> Bool { lower.lexicographicallyPrecedes(other.lower) }
    }
}

extension Snapshot {
    /// The differences from an older state, of this store or of another one, such as a backup of it. Pages that both have are not read:
    /// O(changes · log n) for states of one file and its backups.
    public func differences(from older: Snapshot) -> Differences {
        Differences(old: older, new: self)
    }

    /// The same, without those of keys that don't matter: some of these may be among them all the same, but their pages are passed over.
    ///
    /// - Parameter isWanted: whether keys from the first one up to the second one, or to the end, may matter.
    package func differences(from older: Snapshot, where isWanted: @escaping ([UInt8], [UInt8]?) -> Bool) -> Differences {
        Differences(old: older, new: self, isWanted: isWanted)
    }
}
