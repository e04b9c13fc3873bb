/// The pages and overflow runs that a tree has in memory, children before parents: leaves first, then level by level. So the
/// pages of the upper levels, which the next flushes replace, lie side by side and are free side by side.
struct DirtyPages {
    private(set) var pages: [WritablePage] = []
    private(set) var runs: [(page: WritablePage, valueByteCount: Int)] = []
    /// Where they went: a place for each run, then those of the pages.
    var places: [PageRun] = []
    /// Places that are left over.
    var spare: [UInt64] = []
    private(set) var pageCount: UInt64 = 0

    init(_ tree: Tree) {
        if tree.root.isEmpty { return }
        var levels = [[WritablePage]](repeating: [], count: tree.root.depth)
        visit(tree.root.reference, level: tree.root.level, pageSize: tree.pageSize, &levels)
        pages = levels.count == 1 ? levels[0] : Array(levels.joined())
    }

    /// Frees the pages below overlays, which no state has from the flush `version` on. Some at a time, as there may be many.
    func freeBases(in space: inout FreeSpace?, version: UInt64, protected: [UInt64]) {
        for start in stride(from: 0, to: pages.count, by: 4096) {
            let bases = pages[start..<min(start + 4096, pages.count)].lazy.map(\.page).filter(\.isOverlay).map(\.overlaid)
            let runs = bases.map { FreedRun(start: $0.number, count: 1, birth: $0.birth, freed: version) }
            space?.absorb(Array(runs), protected: protected)
        }
    }

    private mutating func visit(_ reference: PageReference, level: Int, pageSize: Int, _ levels: inout [[WritablePage]]) {
        guard reference.isInMemory else { return }
        let page = WritablePage(reference)
        let view = page.page
        if level > 0 {
            for index in 0..<view.count { visit(view.child(index), level: level - 1, pageSize: pageSize, &levels) }
        } else if view.overflow > 0 {
            for index in 0..<view.count {
                let cell = view.leafCell(index)
                guard cell.isOverflow, case let run = cell.run, run.isInMemory else { continue }
                runs.append((WritablePage(run), Int(run.size)))
                pageCount += run.pageCount(pageSize: pageSize)
            }
        }
        levels[level].append(page)
        pageCount += 1
    }
}
