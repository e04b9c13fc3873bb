import Ground
import Synchronization

/// What a transaction has read, as keys and ranges of the tree: if nothing in them has changed, it would read the same again.
///
/// Sendable: threads that scan for one query note here too.
final class ReadNotes: Sendable {
    /// Single keys, and ranges of them.
    typealias Parts = (keys: [[UInt8]], ranges: [KeyInterval])

    private struct State {
        /// By how firmly it has to stay as it is; what was read and nothing more is among the shared.
        var kept = LockStrength.allCases.map { _ in Notes() }
        /// What a statement reads whose reads are noted, while the transaction's aren't: it is kept when the statement is through.
        var ofStatement: Notes?
        var walkCount = 0

        var shared: Notes {
            get { kept[LockStrength.share.rawValue] }
            _modify { yield &kept[LockStrength.share.rawValue] }
        }
    }

    /// With more than this, what was read of a table is the whole table.
    static let maximumCount = 10_000

    private let state = Mutex(State())
    /// Whether all reads are noted as they come.
    private let notesAll: Bool
    /// Whether what describes databases and tables is left out: it is noted where it counts.
    private let onlyContents: Bool

    /// - Parameter notesAll: whether all reads are noted as they come.
    init(notesAll: Bool, onlyContents: Bool) {
        self.notesAll = notesAll
        self.onlyContents = onlyContents
    }

    private func leavesOut(_ key: [UInt8]) -> Bool { onlyContents && key.starts(with: CatalogKeys.metadata.utf8) }

    /// Whether reads are noted as they come.
    var isOn: Bool { notesAll || state.withLock { $0.ofStatement != nil } }

    func note(_ key: [UInt8]) {
        if leavesOut(key) { return }
        state.withLock { if notesAll { $0.shared.add(key) } else { $0.ofStatement?.add(key) } }
    }

    func note(_ interval: KeyInterval) {
        if leavesOut(interval.lower) { return }
        state.withLock { if notesAll { $0.shared.add(interval) } else { $0.ofStatement?.add(interval) } }
    }

    /// Notes a range as what a cursor begins to go through, whole for as long as it goes; nil if nothing is noted.
    func walk(_ interval: KeyInterval, reversed: Bool) -> ReadWalk? {
        if leavesOut(interval.lower) || interval.isEmpty { return nil }
        return state.withLock { state in
            guard notesAll || state.ofStatement != nil else { return nil }
            state.walkCount += 1
            if notesAll { state.shared.walks[state.walkCount] = interval } else { state.ofStatement?.walks[state.walkCount] = interval }
            return ReadWalk(self, number: state.walkCount, interval, isReversed: reversed)
        }
    }

    /// Notes what a cursor has gone through, in place of the whole range. A statement that has ended before it has read all of that.
    fileprivate func endWalk(_ number: Int, _ interval: KeyInterval?) {
        state.withLock { state in
            if state.shared.walks.removeValue(forKey: number) != nil {
                if let interval { state.shared.add(interval) }
            } else if state.ofStatement?.walks.removeValue(forKey: number) != nil {
                if let interval { state.ofStatement?.add(interval) }
            }
        }
    }

    /// Notes what counts for every transaction, whether or not reads are noted.
    func keep(_ key: [UInt8], _ strength: LockStrength) { state.withLock { $0.kept[strength.rawValue].add(key) } }

    func keep(_ interval: KeyInterval, _ strength: LockStrength) { state.withLock { $0.kept[strength.rawValue].add(interval) } }

    // MARK: Statements whose reads are noted

    /// Notes from now on what is read. Returns whether it wasn't so before.
    func beginStatement() -> Bool {
        guard !notesAll else { return false }
        return state.withLock { state in
            guard state.ofStatement == nil else { return false }
            state.ofStatement = Notes()
            return true
        }
    }

    /// What was read since ``beginStatement()``.
    var ofStatement: Parts { state.withLock { $0.ofStatement?.parts ?? ([], []) } }

    /// - Parameter keeps: whether the rows that were read since ``beginStatement()`` by their keys have to stay, and ranges as they are.
    func endStatement(keeps: Bool) {
        state.withLock { state in
            guard let notes = state.ofStatement.take(), keeps else { return }
            let (keys, ranges) = notes.parts
            for key in keys { state.kept[LockStrength.keyShare.rawValue].add(key) }
            for interval in ranges { state.shared.add(interval) }
        }
    }

    // MARK: All

    var isEmpty: Bool { state.withLock { $0.kept.allSatisfy(\.isEmpty) } }

    func kept(_ strength: LockStrength) -> Parts { state.withLock { $0.kept[strength.rawValue].parts } }

    var all: Parts {
        let parts = LockStrength.allCases.map(kept)
        return (parts.flatMap(\.keys), parts.flatMap(\.ranges))
    }

    /// Whether something was read of what a prefix of keys stands for.
    func has(prefix: String) -> Bool {
        let (keys, ranges) = all
        let isUnder = { (key: [UInt8]) in key.starts(with: prefix.utf8) }
        return keys.contains(where: isUnder) || ranges.contains { isUnder($0.lower) }
    }

    /// What has to be the same.
    var unchanged: [KeyInterval] {
        LockStrength.allCases.filter { $0 != .keyShare }.flatMap { strength in
            let (keys, ranges) = kept(strength)
            return keys.map(KeyInterval.only) + ranges
        }
    }
}

private struct Notes {
    private var keys: Set<[UInt8]> = []
    private var ranges: Set<KeyInterval> = []
    /// What cursors go through that are still there.
    var walks: [Int: KeyInterval] = [:]
    /// Prefixes of what was read so often that only the table is known any more.
    private var tables: Set<[UInt8]> = []

    var isEmpty: Bool { keys.isEmpty && ranges.isEmpty && tables.isEmpty && walks.isEmpty }
    var parts: ReadNotes.Parts { (Array(keys), ranges + tables.map(KeyInterval.documents(underTablePrefix:)) + walks.values) }

    mutating func add(_ key: [UInt8]) {
        if !tables.isEmpty, tables.contains(key.tablePrefix) { return }
        keys.insert(key)
        shrink()
    }

    mutating func add(_ interval: KeyInterval) {
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

/// How far a cursor has gone through a range that is noted. For the thread that has the cursor.
final class ReadWalk {
    enum Place { case start, record, unknown, end }

    private let notes: ReadNotes
    private let number: Int
    private let interval: KeyInterval
    private let isReversed: Bool
    private var place = Place.start
    /// Whether it has not gone through the range from one end on.
    private var hasJumped = false

    fileprivate init(_ notes: ReadNotes, number: Int, _ interval: KeyInterval, isReversed: Bool) {
        self.notes = notes
        self.number = number
        self.interval = interval
        self.isReversed = isReversed
    }

    var isAtRecord: Bool { place == .record && !hasJumped }

    @inline(__always) func moved(to place: Place) { self.place = place }

    func jumped() { hasJumped = true }

    func jumped(into other: KeyInterval) {
        hasJumped = true
        notes.note(other)
    }

    /// The cursor is gone.
    /// - Parameter key: of the record that it was at last.
    func end(at key: [UInt8]?) {
        var read: KeyInterval? = interval
        if let key {
            if isReversed { read?.lower = key } else { read?.upper = KeyInterval.only(key).upper }
        } else if place == .start, !hasJumped {
            read = nil
        }
        notes.endWalk(number, read)
    }
}

extension KeyInterval {
    /// What has to stay as it is if something was read all over a table, and of metadata all. What else stands under the table's prefix follows
    /// from its documents, and changes where nobody sees it: segments of text indexes are merged, an index is built, a log is cut.
    fileprivate static func documents(underTablePrefix prefix: [UInt8]) -> KeyInterval {
        .prefix(prefix.starts(with: CatalogKeys.contents.utf8) ? prefix + CatalogKeys.documents.utf8 : prefix)
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
