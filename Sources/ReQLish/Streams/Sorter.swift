/// The keys of an order, the most important first.
struct SortOrder {
    let keys: [SortKey]

    /// A row with what the keys say of it. Throws what they throw.
    func entry(_ row: Datum, _ execution: Execution) throws(ReQLError) -> SortEntry {
        let first = try keys[0].value(of: row, execution)
        guard keys.count > 1 else { return SortEntry(row: row, first: first, others: []) }
        var others: [Datum?] = []
        others.reserveCapacity(keys.count - 1)
        for key in keys[1...] { others.append(try key.value(of: row, execution)) }
        return SortEntry(row: row, first: first, others: others)
    }

    func compare(_ left: SortEntry, _ right: SortEntry) -> Int {
        var order = keys[0].compare(left.first, right.first)
        var position = 1
        while order == 0, position < keys.count {
            order = keys[position].compare(left.others[position - 1], right.others[position - 1])
            position += 1
        }
        return order
    }
}

/// A row on its way into an order.
struct SortEntry {
    let row: Datum
    /// What it is sorted by first, which is all in most orders.
    let first: Datum?
    let others: [Datum?]

    var values: [Datum?] { [first] + others }

    /// What keeping it takes. Places count twice: an array has room for more than is in it, and sorting needs some beside.
    var heldByteCount: Int {
        var byteCount = 2 * MemoryLayout<SortEntry>.stride + row.heldByteCount + (first?.heldByteCount ?? 0)
        if !others.isEmpty { byteCount += 48 }
        for value in others { byteCount += MemoryLayout<Datum?>.stride + (value?.heldByteCount ?? 0) }
        return byteCount
    }
}

/// Puts rows in order, those that are equal as they came: in memory as long as they fit into that of the query, and beyond in a temporary
/// file.
///
/// With a limit it never keeps many more rows than are wanted.
final class Sorter {
    private let order: SortOrder
    private let limit: Int?
    private let execution: Execution
    private var entries: [SortEntry] = []
    /// The last of the rows wanted, as far as is known yet: what comes behind it is not wanted.
    private var last: SortEntry?
    private let held: HeldMemory
    private var runs: SortedRuns?

    init(_ order: SortOrder, limit: Int? = nil, _ execution: Execution) {
        self.order = order
        self.limit = limit
        self.execution = execution
        held = HeldMemory(execution.memory)
    }

    /// Takes a row. Throws what its keys throw, `resourceLimit` if it doesn't fit into memory nor may go anywhere else, and
    /// `operationFailed` if the temporary file fails.
    func add(_ row: Datum) throws(ReQLError) {
        let entry = try order.entry(row, execution)
        if limit == 0 { return }
        // Of rows that are equal those that came before stay.
        if let last, order.compare(entry, last) >= 0 { return }
        let byteCount = entry.heldByteCount
        do {
            try held.add(byteCount: byteCount)
        } catch {
            guard try makeRoom() else { throw error }
            try held.add(byteCount: byteCount)
        }
        entries.append(entry)
        // A large row counts twice: here, and as a value. So there must be room for others to be made before this is full.
        if byteCount >= QueryMemory.largeValue, execution.memory.isTight { _ = try makeRoom() }
        if let limit, entries.count >= 2 * limit + 64 { try cut() }
    }

    private func sortEntries() {
        // The standard library's sort keeps the order of equal rows, as `orderBy` promises; a test holds it to that.
        entries.sort { order.compare($0, $1) < 0 }
    }

    /// Keeps only what is wanted.
    private func cut() throws(ReQLError) {
        sortEntries()
        guard let limit, entries.count >= limit else { return }
        entries.removeLast(entries.count - limit)
        last = entries.last
        held.removeAll()
        for entry in entries { try held.add(byteCount: entry.heldByteCount) }
    }

    /// Lets go of rows that are not wanted, or puts all of them aside. False if there are none, or nowhere to put them.
    private func makeRoom() throws(ReQLError) -> Bool {
        let count = entries.count
        try cut()
        if entries.count < count { return true }
        guard count > 0, execution.spilling != nil else { return false }
        try spill()
        return true
    }

    private func spill() throws(ReQLError) {
        let runs = if let runs { runs } else { try SortedRuns(order, execution) }
        self.runs = runs
        sortEntries()
        try runs.append(entries)
        entries.removeAll(keepingCapacity: true)
        held.removeAll()
    }

    /// The outcome for the rows.
    enum Outcome {
        /// In order, counted by `held`.
        case rows([Datum], HeldMemory)
        case runs(SortedRuns)
    }

    func finish() throws(ReQLError) -> Outcome {
        guard let runs else {
            sortEntries()
            if let limit, entries.count > limit { entries.removeLast(entries.count - limit) }
            let rows = entries.map(\.row)
            entries = []
            return .rows(rows, held)
        }
        if !entries.isEmpty { try spill() }
        entries = []
        return .runs(try runs.mergedUntilFew())
    }
}
