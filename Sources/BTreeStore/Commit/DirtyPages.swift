/// The pages and overflow runs that a tree has in memory, children before parents: leaves first, then level by level. So the
/// pages of the upper levels, which the next flushes replace, lie side by side and are free side by side.
struct DirtyPages {
    private(set) var pages: [WritablePage] = []
    private(set) var runs: [(page: WritablePage, valueByteCount: Int)] = []
    /// Their places in the file: one for each run, then those of the pages.
    var places: [PageRun] = []
    /// Places that are left over.
    var spare: [PageNumber] = []
    private(set) var pageCount: PageCount = 0

    init() {}

    init(_ tree: Tree) {
        if tree.root.isEmpty { return }
        var levels = [[WritablePage]](repeating: [], count: tree.root.depth)
        visit(tree.root.reference, level: tree.root.level, tree, &levels)
        pages = levels.count == 1 ? levels[0] : Array(levels.joined())
    }

    /// Frees the pages below overlays, which no state has from the flush on. Some at a time, as there may be many.
    func freeBases(in space: inout FreeSpace?, flush: TransactionID, protected: ProtectedStates) {
        for start in stride(from: 0, to: pages.count, by: 4096) {
            let bases = pages[start..<min(start + 4096, pages.count)].lazy.map(\.page).filter(\.isOverlay).map(\.overlaid)
            let freed = bases.map { FreedRun(run: PageRun($0.number), birth: $0.birth, freed: flush) }
            space?.absorb(Array(freed), protected: protected)
        }
    }

    private mutating func visit(_ reference: PageReference, level: Int, _ tree: Tree, _ levels: inout [[WritablePage]]) {
        guard reference.isInMemory else { return }
        let page = WritablePage(reference)
        if level > 0 {
            let view = page.page
            for index in 0..<view.count { visit(view.child(index), level: level - 1, tree, &levels) }
        } else {
            appendRuns(of: page, tree)
        }
        levels[level].append(page)
        pageCount += 1
    }

    /// Adds a leaf with its overflow runs, behind all other pages.
    ///
    /// - Returns: the bytes of memory that they take.
    mutating func append(leaf: WritablePage, _ tree: Tree) -> Int {
        let first = runs.count
        appendRuns(of: leaf, tree)
        pages.append(leaf)
        pageCount += 1
        return runs[first...].reduce(leaf.byteCount) { $0 + $1.page.byteCount }
    }

    private mutating func appendRuns(of leaf: WritablePage, _ tree: Tree) {
        let view = leaf.page
        if view.overflow == 0 { return }
        for index in 0..<view.count {
            let cell = view.leafCell(index)
            guard cell.isOverflow, case let run = cell.run, run.isInMemory else { continue }
            runs.append((WritablePage(run), Int(run.size)))
            pageCount += run.run(pageSize: tree.pageSize, capacity: tree.capacity).count
        }
    }
}
