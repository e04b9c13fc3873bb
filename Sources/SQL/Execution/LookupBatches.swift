import Catalog
import ReQLish
import Synchronization

/// The rows that a scan finds by integers for batches of rows outside. Those of one batch are looked up together, and by several threads as
/// long as there are cores for them.
final class LookupBatches {
    /// What one thread looks up.
    ///
    /// Why it is Sendable: one thread at a time has it, a helper from its start until it was joined.
    private final class Part: ChunkPart, @unchecked Sendable {
        private let makeLookup: () throws(CatalogError) -> DocumentLookup
        private var lookup: DocumentLookup?
        private let readsDocuments: Bool
        var keys: LookupKeys
        var found: DocumentLookup.Found
        private(set) var isAtEnd = false
        private(set) var hasMore = false
        private(set) var error: CatalogError?
        private let isStopped = Atomic(false)

        /// So many rows are taken up before more are read.
        private static let most = 4096

        init(
            _ keys: LookupKeys, _ columns: StoredColumns, readsDocuments: Bool,
            _ makeLookup: @escaping () throws(CatalogError) -> DocumentLookup
        ) {
            self.keys = keys
            self.readsDocuments = readsDocuments
            self.makeLookup = makeLookup
            found = DocumentLookup.Found(columns)
        }

        func read(_ count: Int, from start: Int) {
            let end = min(start + count, keys.count)
            isAtEnd = end == keys.count
            do throws(CatalogError) {
                let lookup = if let lookup { lookup } else { try makeLookup() }
                self.lookup = lookup
                lookup.begin(start..<end)
            } catch {
                self.error = error
            }
            goOn()
        }

        func goOn() {
            found.removeAll()
            hasMore = false
            guard error == nil, let lookup, !isStopped.load(ordering: .relaxed) else { return }
            do throws(CatalogError) {
                if readsDocuments { hasMore = try lookup.read(keys, &found, of: Self.most) } else { try lookup.findAny(keys, &found) }
            } catch {
                self.error = error
            }
        }

        func stop() { isStopped.store(true, ordering: .relaxed) }
    }

    private let run: Run
    private let key: IntegerKey
    private let keys: LookupKeys
    private let makePart: () -> Part
    private let readsDocuments: Bool
    private let setup: ScanSetup
    private let keyField: String
    private let emptyRow: Row
    /// Nothing that was found.
    let empty: DocumentLookup.Found
    /// What the next batch is looked up with.
    private var parts: [Part] = []
    private var chunks: Chunks<Part>?
    private var part: Part?
    /// Of each look-up the row outside that it is for.
    private(set) var outside: [Int32] = []

    /// So few are looked up one by one: then nothing has to be made for many.
    static let leastCount = 16
    /// So much of what is looked up makes a thread's chunk: a row costs ``ScanPlan/lookupCost`` or less.
    private static let chunkCost = 256 * ScanPlan.lookupCost
    private let chunkCount: Int

    /// Nil if its rows are not found by integers alone.
    ///
    /// - Parameters:
    ///   - cost: what a look-up costs, about.
    ///   - most: so many rows of a look-up are enough.
    ///   - readsDocuments: whether it is asked which rows there are, and not only whether there are any.
    init?(
        _ scan: ScanPlan, _ run: Run, cost: Int = ScanPlan.lookupCost, most: Int = .max, readsDocuments: Bool = true
    ) throws(SQLError) {
        guard let setup = scan.lookupSetup(run), let key = scan.integerKey, let columns = setup.columns,
            let makeLookup = try scan.lookupMaker(setup, run)
        else { return nil }
        self.run = run
        self.key = key
        chunkCount = max(1, Self.chunkCost / max(cost, ScanPlan.lookupCost))
        self.setup = setup
        self.readsDocuments = readsDocuments
        keyField = scan.table.config.primaryKey
        emptyRow = scan.emptyRow
        empty = DocumentLookup.Found(columns)
        let keys = LookupKeys(width: key.width, isArray: key.isArray, isWhole: key.isWhole, most: most)
        self.keys = keys
        makePart = { Part(keys, columns, readsDocuments: readsDocuments, makeLookup) }
    }

    /// Begins to look up the rows for some rows outside. False if one of them asks for more than integers that their doubles tell.
    ///
    /// - Parameter fill: gives the slots what they are for a row outside.
    func begin(_ count: Int, _ fill: (Int) throws(SQLError) -> Void) throws(SQLError) -> Bool {
        var keys = keys
        outside.removeAll(keepingCapacity: true)
        for index in 0..<count {
            try fill(index)
            switch try key.wanted(run) {
            case .nothing: continue
            case .others: return false
            case .integers(let integers): guard keys.append(integers) else { return false }
            }
            outside.append(Int32(truncatingIfNeeded: index))
        }
        part = nil
        // Threads that nobody has waited for were stopped.
        if chunks != nil { parts = [] }
        chunks = nil
        guard !outside.isEmpty else { return true }
        for part in parts { part.keys = keys }
        let makePart = makePart
        let asked = keys
        chunks = Chunks(parts, from: 0, to: keys.count, run.session.pando.scanThreads, of: chunkCount) {
            let part = makePart()
            part.keys = asked
            return part
        }
        return true
    }

    /// Exchanges what was found next for what was found before; false at the end.
    func next(_ found: inout DocumentLookup.Found) throws(SQLError) -> Bool {
        guard let chunks else { return false }
        while true {
            if let part, part.hasMore { part.goOn() } else { part = chunks.next() }
            guard let part else {
                parts = chunks.parts
                self.chunks = nil
                return false
            }
            if let error = part.error { throw SQLError(error) }
            try run.check()
            swap(&found, &part.found)
            if !found.owners.isEmpty || found.document != nil || !found.cut.isEmpty { return true }
        }
    }

    /// Goes over the rows that were found and may pass, in the order of the rows outside.
    ///
    /// - Parameters:
    ///   - fill: what ``begin(_:_:)`` had.
    ///   - body: has the place of the row outside, and what appends its row to those of somebody who has the row outside, if the condition
    ///     is true.
    @inline(__always) func forEach(
        _ found: DocumentLookup.Found, _ fill: (Int) throws(SQLError) -> Void,
        _ body: (_ index: Int, _ append: (_ base: Row, _ rows: inout [Row]) throws(SQLError) -> Void) throws(SQLError) -> Void
    ) throws(SQLError) {
        let (setup, run) = (setup, run)
        let (passed, rest) = setup.told(found.columns, run)
        let isDependent = !(rest?.slots.isEmpty ?? true)
        var last = -1
        for place in passed {
            let place = Int(place)
            let index = Int(outside[Int(found.owners[place])])
            if isDependent, index != last { try fill(index) }
            last = index
            try body(index) { base, rows throws(SQLError) in try setup.appendRow(place, found.columns, rest, base, to: &rows, run) }
        }
        guard let (document, _, owner) = found.document else { return }
        let index = Int(outside[owner])
        try fill(index)
        try body(index) { base, rows throws(SQLError) in try setup.appendRow(document, keyField, base, to: &rows, run) }
    }

    /// Notes for which rows outside a row was found that passes.
    func note(
        _ found: DocumentLookup.Found, in isFound: inout [Bool], _ fill: (Int) throws(SQLError) -> Void
    ) throws(SQLError) {
        guard readsDocuments else {
            for owner in found.owners { isFound[Int(outside[Int(owner)])] = true }
            return
        }
        let (passed, rest) = setup.told(found.columns, run)
        let isDependent = !(rest?.slots.isEmpty ?? true)
        var row = emptyRow
        var last = -1
        for place in passed {
            let index = Int(outside[Int(found.owners[Int(place)])])
            if isFound[index] { continue }
            if let rest {
                if isDependent, index != last { try fill(index) }
                last = index
                isFound[index] = try setup.isTrue(rest, Int(place), found.columns, &row, run)
            } else {
                isFound[index] = true
            }
        }
        guard let (document, _, owner) = found.document, case let index = Int(outside[owner]), !isFound[index] else { return }
        try fill(index)
        var rows: [Row] = []
        try setup.appendRow(document, keyField, emptyRow, to: &rows, run)
        isFound[index] = !rows.isEmpty
    }
}
