import Ground

/// The changed leaves of a part of the tree, to be written while the rest stays in memory.
struct Slice {
    /// A leaf in memory, and its place in the branch above it, which the running transaction made.
    struct Leaf {
        var reference: PageReference
        var parent: WritablePage
        var index: Int
    }

    private(set) var leaves: [Leaf] = []
    private(set) var dirty = DirtyPages()
    /// The key from which on the next slice takes leaves: nil if this one reaches to the end of the tree.
    fileprivate(set) var end: [UInt8]?
    /// Bytes of memory that it still wants.
    private var rest: Int
    /// Pages of the file that it may have, except for the large values of its last leaf.
    private let pageLimit: PageCount

    init(byteCount: Int, pageLimit: PageCount) {
        rest = byteCount
        self.pageLimit = pageLimit
    }

    fileprivate var isFull: Bool { rest <= 0 || dirty.pageCount >= pageLimit }

    fileprivate mutating func append(_ leaf: Leaf, _ tree: Tree) {
        leaves.append(leaf)
        rest -= dirty.append(leaf: WritablePage(leaf.reference), tree)
    }
}

extension Tree {
    /// Changed leaves in the order of their keys, from `start` on, until the slice is full. Makes the branches above them writable.
    func slice(from start: [UInt8]?, _ empty: Slice) throws(StoreError) -> Slice {
        var slice = empty
        guard root.level > 0 && root.reference.isInMemory else { return slice }
        let page = try writableRoot()
        if let start {
            try withBytes(start) { (start) throws(StoreError) in try collect(page, level: root.level, from: start, &slice) }
        } else {
            try collect(page, level: root.level, from: nil, &slice)
        }
        return slice
    }

    private func collect(_ branch: WritablePage, level: Int, from start: Bytes?, _ slice: inout Slice) throws(StoreError) {
        var known = 0
        let first = start.map { branch.page.searchBranch($0, known: &known) } ?? 0
        for index in first..<branch.page.count {
            // Above a changed leaf all branches are changed too.
            let child = branch.page.child(index)
            if !child.isInMemory { continue }
            if slice.isFull && index > 0 {
                slice.end = branch.page.key(index)
                return
            }
            if level == 1 {
                slice.append(Slice.Leaf(reference: child, parent: branch, index: index), self)
            } else {
                let below = try writableChild(branch, index, level: level - 1)
                try collect(below, level: level - 1, from: index == first ? start : nil, &slice)
                if slice.end != nil { return }
            }
        }
    }

    /// Notes that the leaves of a slice are in the file, as pages born at `birth`, and lets go of them in memory.
    func noteWritten(_ slice: Slice, birth: TransactionID) {
        for leaf in slice.leaves {
            leaf.parent.setChild(leaf.index, leaf.reference.flushed(birth: birth))
            retireSubtree(leaf.reference, level: 0, since: .none)
        }
    }
}
