import Ground

/// A walk over a tree's branches in key order, each before those below it, beginning with the path of a key.
struct BranchWalk {
    struct Branch {
        var page: Page
        var reference: PageReference
        var level: Int
        /// A key whose path leads to it, and that no key in it sorts below.
        var lower: [UInt8]

        /// A key whose path leads to a child, and that no key in the child sorts below.
        func lower(_ index: Int) -> [UInt8] { index == 0 ? lower : page.key(index) }
    }

    private let view: TreeView
    private let bottom: Int
    /// The branches from the root down to where the walk is, with the child that comes next in each.
    private var stack: [(branch: Branch, next: Int)] = []
    private var key: [UInt8]?
    /// Branches of the bottom level after the first have greater keys than this.
    private var last: [UInt8]
    private var hasBegun = false

    /// - Parameter bottom: the level of the last branches to visit, 1 or more.
    init(_ view: TreeView, from key: [UInt8], bottom: Int = 1) {
        self.view = view
        self.key = key
        last = key
        self.bottom = bottom
    }

    /// The next branch: nil at the end.
    ///
    /// - Throws: `damaged`, also if keys don't ascend. In a crafted file several references may lead to one page; keys can't ascend
    ///   then, so no walk is longer than the file.
    mutating func next() throws(StoreError) -> Branch? {
        if !hasBegun {
            hasBegun = true
            guard !view.root.isEmpty, view.root.level >= bottom else { return nil }
            return try push(view.root.reference, level: view.root.level, lower: [])
        }
        while let (branch, index) = stack.last {
            if branch.level > bottom && index < branch.page.count {
                stack[stack.count - 1].next += 1
                return try push(branch.page.child(index), level: branch.level - 1, lower: branch.lower(index))
            }
            stack.removeLast()
        }
        return nil
    }

    private mutating func push(_ reference: PageReference, level: Int, lower: [UInt8]) throws(StoreError) -> Branch {
        let branch = Branch(page: try view.reader.page(reference, level: level), reference: reference, level: level, lower: lower)
        var first = 0
        if let key {
            var known = 0
            first = withBytes(key) { branch.page.searchBranch($0, known: &known) }
            if level == bottom { self.key = nil }
        } else if level == bottom {
            guard last.lexicographicallyPrecedes(lower) else {
                throw .damaged(page: reference.page, reason: "its keys don't lie above those before it")
            }
            last = lower
        }
        stack.append((branch, first))
        return branch
    }
}
