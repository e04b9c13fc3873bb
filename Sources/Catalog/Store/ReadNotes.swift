import Ground
import Synchronization

/// What a transaction has read, as keys and ranges of the tree: if nothing in them has changed, it would read the same again.
///
/// Sendable: threads that scan for one query note here too.
final class ReadNotes: Sendable {
    fileprivate struct State {
        var isOn: Bool
        var keys: Set<[UInt8]> = []
        var ranges: Set<KeyInterval> = []
        /// Prefixes of what was read so often that only the table is known any more.
        var tables: Set<[UInt8]> = []
    }

    /// With more than this, what was read of a table is the whole table.
    static let maximumCount = 10_000

    private let state: Mutex<State>
    /// Whether what describes databases and tables is left out: it is noted where it counts.
    private let onlyContents: Bool

    init(isOn: Bool, onlyContents: Bool) {
        state = Mutex(State(isOn: isOn))
        self.onlyContents = onlyContents
    }

    private func leavesOut(_ key: [UInt8]) -> Bool { onlyContents && key.starts(with: CatalogKeys.metadata.utf8) }

    /// Whether reads are noted as they come.
    var isOn: Bool {
        get { state.withLock { $0.isOn } }
        set { state.withLock { $0.isOn = newValue } }
    }

    func note(_ key: [UInt8]) {
        state.withLock { if $0.isOn, !leavesOut(key) { $0.add(key) } }
    }

    func note(_ interval: KeyInterval) {
        state.withLock { if $0.isOn, !leavesOut(interval.lower) { $0.add(interval) } }
    }

    /// Notes what counts for every transaction, whether or not reads are noted.
    func noteAlways(_ key: [UInt8]) { state.withLock { $0.add(key) } }
    func noteAlways(_ interval: KeyInterval) { state.withLock { $0.add(interval) } }

    var isEmpty: Bool { state.withLock { $0.keys.isEmpty && $0.ranges.isEmpty && $0.tables.isEmpty } }

    /// Single keys, and ranges of them.
    var all: (keys: [[UInt8]], ranges: [KeyInterval]) {
        state.withLock { (Array($0.keys), $0.ranges + $0.tables.map { .prefix($0) }) }
    }

    /// All of it in the order of keys, to be searched.
    var sorted: SortedIntervals {
        let (keys, ranges) = all
        return SortedIntervals(keys.map { KeyInterval(lower: $0, upper: $0 + [0]) } + ranges)
    }
}

extension ReadNotes.State {
    fileprivate mutating func add(_ key: [UInt8]) {
        if !tables.isEmpty, tables.contains(key.tablePrefix) { return }
        keys.insert(key)
        shrink()
    }

    fileprivate mutating func add(_ interval: KeyInterval) {
        if interval.isEmpty { return }
        if !tables.isEmpty, case let table = interval.lower.tablePrefix, tables.contains(table), interval.upper?.tablePrefix == table {
            return
        }
        ranges.insert(interval)
        shrink()
    }

    private mutating func shrink() {
        guard keys.count + ranges.count > ReadNotes.maximumCount else { return }
        for key in keys { tables.insert(key.tablePrefix) }
        keys = []
        ranges = ranges.filter { range in
            let table = range.lower.tablePrefix
            guard range.upper?.tablePrefix == table else { return true }
            tables.insert(table)
            return false
        }
    }
}

extension [UInt8] {
    /// `db:<database id>:table:<table id>:`, or `__meta__:`; all of a key that is shorter.
    var tablePrefix: [UInt8] {
        var colons = first == UInt8(ascii: "d") ? 4 : 1
        guard
            let end = firstIndex(where: { byte in
                if byte == UInt8(ascii: ":") { colons -= 1 }
                return colons == 0
            })
        else { return self }
        return Array(self[...end])
    }
}

/// Ranges of keys in their order, those that touch made one.
struct SortedIntervals {
    private var intervals: [KeyInterval] = []

    init(_ given: [KeyInterval]) {
        let sorted = given.sorted { $0.lower.lexicographicallyPrecedes($1.lower) }
        for interval in sorted {
            guard let last = intervals.last, last.upper.map({ !$0.lexicographicallyPrecedes(interval.lower) }) ?? true else {
                intervals.append(interval)
                continue
            }
            if let upper = last.upper, interval.upper.map({ upper.lexicographicallyPrecedes($0) }) ?? true {
                intervals[intervals.count - 1].upper = interval.upper
            }
        }
    }

    var isEmpty: Bool { intervals.isEmpty }

    func contains(_ key: [UInt8]) -> Bool {
        let next = firstPosition(above: key)
        return next > 0 && intervals[next - 1].upper.map { key.lexicographicallyPrecedes($0) } ?? true
    }

    /// Whether they have a key from the first one up to the second one, or to the end.
    func overlap(_ lower: [UInt8], _ upper: [UInt8]?) -> Bool {
        if contains(lower) { return true }
        let next = firstPosition(above: lower)
        return next < intervals.count && upper.map { intervals[next].lower.lexicographicallyPrecedes($0) } ?? true
    }

    /// The first one that begins above a key.
    private func firstPosition(above key: [UInt8]) -> Int {
        var (low, high) = (0, intervals.count)
        while low < high {
            let middle = (low + high) / 2
            if key.lexicographicallyPrecedes(intervals[middle].lower) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
