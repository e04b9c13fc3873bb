/// The first rows of an order, of as many as come: never many more are kept than are wanted.
struct TopRows {
    private let limit: Int
    private let keys: [SortKey]
    private var entries: [(row: Datum, keys: [Datum?])] = []
    /// Counts the rows that are kept.
    let held: HeldMemory
    /// The keys of the last row of those wanted, once there are so many.
    private var last: [Datum?]?

    init(limit: Int, by keys: [SortKey], _ memory: QueryMemory) {
        held = HeldMemory(memory)
        self.limit = limit
        self.keys = keys
    }

    /// Takes a row. Throws what its keys throw, and `resourceLimit` if the rows that are kept take too much memory.
    mutating func add(_ row: Datum, _ execution: Execution) throws(ReQLError) {
        var values: [Datum?] = []
        values.reserveCapacity(keys.count)
        for key in keys { values.append(try key.value(of: row, execution)) }
        // Of rows that are equal those that came before stay.
        if limit == 0 { return }
        if let last, !OrderByNode.areInOrder(values, last, by: keys) { return }
        try held.add(row)
        entries.append((row, values))
        if entries.count >= 2 * limit + 64 { try cut() }
    }

    /// Keeps only what is wanted.
    private mutating func cut() throws(ReQLError) {
        // The standard library's sort keeps the order of equal rows.
        entries.sort { OrderByNode.areInOrder($0.keys, $1.keys, by: keys) }
        if entries.count > limit { entries.removeLast(entries.count - limit) }
        if entries.count == limit { last = entries.last?.keys }
        held.removeAll()
        for entry in entries { try held.add(entry.row) }
    }

    /// The rows in order.
    mutating func sorted() throws(ReQLError) -> [Datum] {
        try cut()
        return entries.map(\.row)
    }
}
