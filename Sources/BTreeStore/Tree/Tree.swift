import Ground

/// The tree that the one writer changes: copy on write, page by page.
///
/// A page that the running transaction made lies in memory and is changed where it is. Any other page, in the file or in memory,
/// may be seen by snapshots: it is copied first, and noted as freed. If little changes in a leaf of the file, only that is put into
/// memory (`Page+Overlay.swift`). What a flush wrote is in the file from then on.
///
/// Used only in the writer's turn.
final class Tree {
    let pageSize: Int
    let capacity: Int
    let memory: PageMemory
    var view: TreeView
    /// The number of the transaction at work, which may change the pages that it made.
    var transaction: TransactionID { didSet { place = nil } }

    /// Whether branches get digests of what is below them.
    var keepsDigests = false

    /// The state whose pages stay in the file until another one is durable: `none` if there is none.
    var durable = TransactionID.none

    /// Pages of the file that the newest state no longer has, since the last flush.
    var freed: [FreedRun] = []
    /// Subtrees that range deletes cut off, since the last flush.
    var cuts: [CutSubtree] = []
    /// Pages in memory that the newest state no longer has and that a snapshot may still see.
    var retired = RetiredPages()

    /// The way of the last descent: at each level the page, and which child was taken.
    let steps = Steps(capacity: Root.maximumDepth + 1)
    /// Where the last record was put (`Tree+Series.swift`): nil if `steps` don't lead there any more.
    var place: Place?
    let scratch: Scratch

    var root: Root {
        get { view.root }
        set {
            place = nil
            view.root = newValue
        }
    }

    init(view: TreeView, transaction: TransactionID) {
        pageSize = view.reader.pageSize
        capacity = view.reader.capacity
        self.view = view
        self.transaction = transaction
        memory = PageMemory(pageSize: pageSize, capacity: capacity)
        scratch = Scratch(pageSize: capacity)
    }

    deinit {
        if !root.isEmpty { retireSubtree(root.reference, level: root.level, since: .none) }
        retired.freeAll(memory)
    }

    // MARK: Pages to write

    /// The whole page that a reference leads to, copied unless this transaction made it. The caller notes the copy in the parent.
    func writable(_ reference: PageReference, level: Int) throws(StoreError) -> WritablePage {
        if isSealed && !reference.isInMemory { return try decrypted(reference, level: level) }
        let page = try view.reader.page(reference, level: level)
        if reference.isInMemory && !page.isOverlay && WritablePage(reference).created == transaction { return WritablePage(reference) }
        let copy = memory.allocate(created: transaction)
        var isSound = true
        if page.isOverlay {
            isSound = copy.merge(page, capacity: capacity)
        } else {
            copy.copy(from: page, capacity: capacity)
            // The page may have changed on the disk since it was verified, so the copy is checked: it will get a checksum of its own.
            isSound = reference.isInMemory || copy.page.hasChecksum(reference.checksum, capacity: capacity)
        }
        guard isSound else {
            memory.free(copy)
            throw .damaged(page: reference.isInMemory ? page.overlaid.number : reference.page, reason: PageReader.changed)
        }
        discard(reference)
        return copy
    }

    /// Whether pages of the file are decrypted before they are looked at. Then what changes in one of them is decrypted into memory of its own:
    /// if it lay over a frame, it would keep that frame, and with it all others of its generation.
    var isSealed: Bool { Page.isSealed(capacity: capacity) }

    private func decrypted(_ reference: PageReference, level: Int) throws(StoreError) -> WritablePage {
        let copy = memory.allocate(created: transaction)
        do throws(StoreError) {
            try view.reader.decrypt(reference, level: level, to: copy)
        } catch {
            memory.free(copy)
            throw error
        }
        discard(reference)
        return copy
    }

    func writableRoot() throws(StoreError) -> WritablePage {
        place = nil
        let page = try writable(root.reference, level: root.level)
        root.reference = page.reference(size: root.reference.size)
        return page
    }

    func writableChild(_ parent: WritablePage, _ index: Int, level: Int) throws(StoreError) -> WritablePage {
        let reference = parent.page.child(index)
        let page = try writable(reference, level: level)
        parent.setChild(index, page.reference(size: reference.size))
        return page
    }

    /// Goes down to the leaf where `key` belongs, making each branch on the way writable, and notes the way in `steps`. The leaf is
    /// not writable yet.
    func descend(_ key: Bytes) throws(StoreError) -> (leaf: PageReference, known: Int) {
        var known = 0
        if root.level == 0 { return (root.reference, known) }
        var page = try writableRoot()
        var level = root.level
        while true {
            let child = page.page.searchBranch(key, known: &known)
            steps[level] = Steps.Step(page: page, index: child)
            level -= 1
            if level == 0 { return (page.page.child(child), known) }
            page = try writableChild(page, child, level: level)
        }
    }

    /// The leaf that the last descent led to, to be changed: whole, or an overlay with room for `room` more bytes of slots and cells.
    func writableLeaf(_ reference: PageReference, room: Int) throws(StoreError) -> WritablePage {
        if isSealed && !reference.isInMemory { return try writableWhole(reference) }
        let page = try view.reader.page(reference, level: 0)
        if reference.isInMemory {
            let own = WritablePage(reference)
            if own.created == transaction && (!page.isOverlay || room <= own.gap) { return own }
        }
        let leaf: WritablePage
        // Only pages of the durable state become bases: they must stay anyway; others are worth freeing.
        let mayOverlay = page.isOverlay || !reference.isInMemory && reference.birth <= durable && pageSize <= Page.overlayPageSizeLimit
        if mayOverlay, case let byteCount = page.overlayByteCount(adding: room), byteCount <= pageSize / 2 {
            leaf = memory.allocate(byteCount: byteCount, created: transaction)
            leaf.overlay(page, checksum: reference.isInMemory ? WritablePage(reference).baseChecksum : reference.checksum)
            // The base of the old overlay is that of the new one, so it stays.
            if reference.isInMemory { letGo(WritablePage(reference)) }
        } else {
            leaf = try writable(reference, level: 0)
        }
        replaceLeaf(with: leaf)
        return leaf
    }

    /// The leaf that the last descent led to, as a whole page to be changed.
    func writableWhole(_ reference: PageReference) throws(StoreError) -> WritablePage {
        let leaf = try writable(reference, level: 0)
        replaceLeaf(with: leaf)
        return leaf
    }

    /// Notes the new place of the leaf that the last descent led to.
    func replaceLeaf(with leaf: WritablePage) {
        if root.level == 0 {
            root.reference = leaf.reference(size: root.reference.size)
        } else {
            let step = steps[1]
            step.page.setChild(step.index, leaf.reference(size: step.page.page.child(step.index).size))
        }
    }

    // MARK: Pages to let go

    func retire(_ page: WritablePage) {
        memory.retire(page)
        retired.append(page, freed: transaction)
    }

    /// Retires the pages that a subtree has in memory and that were made at or after `since`.
    func retireSubtree(_ reference: PageReference, level: Int, since: TransactionID) {
        guard reference.isInMemory, WritablePage(reference).created >= since else { return }
        let page = WritablePage(reference).page
        for index in 0..<page.count {
            if level > 0 {
                retireSubtree(page.child(index), level: level - 1, since: since)
            } else if page.overflow == 0 {
                break
            } else if page.ownsCell(index), page.leafCell(index).isOverflow, case let run = page.leafCell(index).run, run.isInMemory,
                WritablePage(run).created >= since
            {
                // Only own cells are read: a cell of the base leads to no memory, and if nobody reads this tree any more, the base may be
                // another page by now.
                retire(WritablePage(run))
            }
        }
        retire(WritablePage(reference))
    }

    /// Lets go of a block in memory that the tree no longer refers to.
    private func letGo(_ page: WritablePage) {
        if page.created == transaction { memory.free(page) } else { retire(page) }
    }

    /// Lets go of a page that the tree no longer refers to, with the base below it if it is an overlay.
    func discard(_ reference: PageReference) {
        guard reference.isInMemory else { return free(PageRun(reference.page), birth: reference.birth) }
        let page = WritablePage(reference)
        if page.page.isOverlay { free(PageRun(page.page.overlaid.number), birth: page.page.overlaid.birth) }
        letGo(page)
    }

    /// Lets go of an overflow run that the tree no longer refers to.
    func discardRun(_ run: PageReference) {
        if run.isInMemory { letGo(WritablePage(run)) } else { free(run.run(pageSize: pageSize, capacity: capacity), birth: run.birth) }
    }

    private func free(_ run: PageRun, birth: TransactionID) {
        freed.append(FreedRun(run: run, birth: birth, freed: transaction))
    }

    /// Lets go of a whole subtree without reading those of its pages that are in the file: that is done when pages are wanted.
    func cut(_ reference: PageReference, level: Int) {
        if reference.isInMemory {
            let page = WritablePage(reference).page
            for index in 0..<page.count {
                if level > 0 {
                    cut(page.child(index), level: level - 1)
                } else if page.leafCell(index).isOverflow {
                    discardRun(page.leafCell(index).run)
                }
            }
            discard(reference)
        } else if level == 0 && !reference.mayOverflow {
            discard(reference)
        } else {
            cuts.append(CutSubtree(reference: reference, level: level, freed: transaction))
        }
    }

    /// Makes the root's only child the root, and a tree without records empty.
    func shrinkRoot() throws(StoreError) {
        while root.level > 0 {
            let page = try view.reader.page(root.reference, level: root.level)
            if page.count > 1 { return }
            let old = root.reference
            root = page.count == 0 ? Root() : Root(reference: page.child(0), depth: root.depth - 1)
            discard(old)
            if root.isEmpty { return }
        }
        if root.isEmpty { return }
        if root.reference.isInMemory && WritablePage(root.reference).page.count == 0 {
            discard(root.reference)
            root = Root()
        }
    }
}
