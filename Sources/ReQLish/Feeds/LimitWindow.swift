import Catalog

/// The first rows in the order of an index, and some more, so that another can take the place of one that leaves.
///
/// It knows the order up to its last entry; `isComplete` says that there is nothing behind it either.
struct LimitWindow {
    /// A row at one of its places in the index.
    struct Entry {
        /// The indexed value.
        let value: Datum
        let key: Datum
        /// Counts the equal values of one row in a multi index.
        let ordinal: Int
        /// What is told of the row.
        let row: Datum
        /// What keeping it takes.
        var byteCount = 0
    }

    /// A change of a place in the window. A side that is nil was not in it.
    struct Change {
        var old: (offset: Int, row: Datum)?
        var new: (offset: Int, row: Datum)?
    }

    let limit: Int
    let isDescending: Bool
    private(set) var entries: [Entry] = []
    private(set) var isComplete = false
    /// What all entries take.
    private(set) var byteCount = 0

    init(limit: Int, isDescending: Bool) {
        self.limit = limit
        self.isDescending = isDescending
    }

    /// How many entries to read: those beyond the limit may leave before more have to be read.
    var wantedCount: Int { limit + max(limit / 2, 64) }

    private var count: Int { min(limit, entries.count) }

    /// What the feed's reader knows.
    var rows: ArraySlice<Entry> { entries[..<count] }

    /// Whether rows may be missing from the window.
    var lacksRows: Bool { entries.count < limit && !isComplete }

    /// Whether it would lack rows after losing `count` of them.
    func lacksRows(without count: Int) -> Bool { entries.count - count < limit && !isComplete }

    /// Begins anew with entries that were read in order.
    mutating func fill(_ entries: [Entry], isComplete: Bool) {
        self.entries = entries
        self.isComplete = isComplete
        byteCount = entries.reduce(0) { $0 + $1.byteCount }
    }

    // MARK: One row

    /// Takes in what happened to one row: it had the old entries, and has the new ones now.
    /// - Returns: what that means for the window. Rows that only moved up or down are not among it.
    mutating func replace(_ old: [Entry], by new: [Entry]) -> [Change] {
        let moved = old.count + new.count
        let countBefore = count
        let lastBefore = countBefore == limit ? rows.last : nil
        let tailBefore = Array(entries.indices[..<countBefore].suffix(moved)).map { ($0, entries[$0]) }

        var own: [(offset: Int, row: Datum)] = []
        var found: [Int] = []
        for entry in old {
            guard let position = position(of: entry) else { continue }
            found.append(position)
            if position < countBefore { own.append((position, entries[position].row)) }
        }
        for position in found.sorted(by: >) { byteCount -= entries.remove(at: position).byteCount }
        for entry in new { insert(entry) }
        var ownNow: [(offset: Int, row: Datum)] = []
        for entry in new {
            if let position = position(of: entry), position < count { ownNow.append((position, entry.row)) }
        }
        own.sort { $0.offset < $1.offset }
        ownNow.sort { $0.offset < $1.offset }

        // Others have crossed the window's end by as many places as this row has come or gone.
        let key = (old.first ?? new.first)?.key
        var left: [(offset: Int, row: Datum)] = []
        for (offset, entry) in tailBefore where entry.key != key {
            guard let position = position(of: entry), position >= count else { continue }
            left.append((offset, entry.row))
        }
        var entered: [(offset: Int, row: Datum)] = []
        for offset in entries.indices[..<count].suffix(moved) where entries[offset].key != key {
            guard let lastBefore, !isInOrder(entries[offset], lastBefore), !isSame(entries[offset], lastBefore) else { continue }
            entered.append((offset, entries[offset].row))
        }
        trim()
        return Self.pair(own, ownNow)
            + Self.pair(
                left + own.dropFirst(ownNow.count), entered + ownNow.dropFirst(own.count), isOwn: false)
    }

    /// Places side by side; what has no counterpart is left out for the row's own, and stands alone for others.
    private static func pair(
        _ old: [(offset: Int, row: Datum)], _ new: [(offset: Int, row: Datum)], isOwn: Bool = true
    ) -> [Change] {
        let count = isOwn ? min(old.count, new.count) : max(old.count, new.count)
        return (0..<count).map { index in
            Change(old: index < old.count ? old[index] : nil, new: index < new.count ? new[index] : nil)
        }
    }

    private mutating func insert(_ entry: Entry) {
        let place = place(of: entry)
        // What lies behind the last entry is only known if nothing does.
        if place == entries.count, !isComplete { return }
        entries.insert(entry, at: place)
        byteCount += entry.byteCount
    }

    private mutating func trim() {
        guard entries.count > 2 * wantedCount else { return }
        for entry in entries[wantedCount...] { byteCount -= entry.byteCount }
        entries.removeSubrange(wantedCount...)
        isComplete = false
    }

    // MARK: Two states

    /// What leads from one state of the window to another, row by row.
    static func changes(from old: some Collection<Entry>, to new: some Collection<Entry>) -> [Change] {
        var before: [Datum: [(offset: Int, row: Datum)]] = [:]
        for (offset, entry) in old.enumerated().reversed() { before[entry.key, default: []].append((offset, entry.row)) }
        var changes: [Change] = []
        var entered: [(offset: Int, row: Datum)] = []
        for (offset, entry) in new.enumerated() {
            if let place = before[entry.key]?.popLast() {
                changes.append(Change(old: place, new: (offset, entry.row)))
            } else {
                entered.append((offset, entry.row))
            }
        }
        let left = before.values.flatMap { $0 }.sorted { $0.offset < $1.offset }
        return changes + pair(left, entered, isOwn: false)
    }

    // MARK: Order

    private func compare(_ left: Entry, _ right: Entry) -> Int {
        var order = Datum.compare(left.value, right.value)
        if order == 0 { order = Datum.compare(left.key, right.key) }
        if order == 0 { order = left.ordinal - right.ordinal }
        return isDescending ? -order : order
    }

    private func isInOrder(_ left: Entry, _ right: Entry) -> Bool { compare(left, right) < 0 }
    private func isSame(_ left: Entry, _ right: Entry) -> Bool { compare(left, right) == 0 }

    /// Where an entry stands or would stand.
    private func place(of entry: Entry) -> Int {
        var (lower, upper) = (0, entries.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if isInOrder(entries[middle], entry) { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }

    private func position(of entry: Entry) -> Int? {
        let place = place(of: entry)
        return place < entries.count && isSame(entries[place], entry) ? place : nil
    }
}
