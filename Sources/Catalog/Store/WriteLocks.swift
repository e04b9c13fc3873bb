import Ground
import Synchronization

/// What transactions that were set aside have written, and rest on: whoever wants to write just that has to wait for them, and nobody else.
///
/// It grows and shrinks in the writer's turn only.
final class WriteLocks: Sendable {
    private struct State {
        /// Keys that were written, or read so that nobody else may read them so, in their order, with who did.
        var written: [(key: [UInt8], owner: UInt64)] = []
        /// Keys that were read and have to stay as they are.
        var read: [[UInt8]: [UInt64]] = [:]
        var ranges: [(interval: KeyInterval, owner: UInt64, isExclusive: Bool)] = []
    }

    private let state = Mutex(State())
    private let count = Atomic<Int>(0)

    /// Whether there is any lock.
    var isActive: Bool { count.load(ordering: .acquiring) > 0 }

    /// - Parameter keys: in any order, each once.
    func add(written keys: [[UInt8]], read notes: ReadNotes, owner: UInt64) {
        let (all, exclusive) = (notes.all, notes.exclusive)
        state.withLock { state in
            let added = (keys + exclusive.keys).sorted { $0.lexicographicallyPrecedes($1) }
            var merged: [(key: [UInt8], owner: UInt64)] = []
            merged.reserveCapacity(state.written.count + added.count)
            var position = 0
            for key in added {
                let end = state.written.firstPosition(notBelow: key)
                merged += state.written[position..<end]
                merged.append((key, owner))
                position = end
            }
            merged += state.written[position...]
            state.written = merged
            for key in all.keys { state.read[key, default: []].append(owner) }
            for interval in all.ranges { state.ranges.append((interval, owner, false)) }
            for interval in exclusive.ranges { state.ranges.append((interval, owner, true)) }
        }
        count.add(1, ordering: .releasing)
    }

    func remove(owner: UInt64) {
        state.withLock { state in
            state.written.removeAll { $0.owner == owner }
            state.ranges.removeAll { $0.owner == owner }
            state.read = state.read.compactMapValues { owners in
                let left = owners.filter { $0 != owner }
                return left.isEmpty ? nil : left
            }
        }
        count.subtract(1, ordering: .releasing)
    }

    /// Who keeps a key from being written; nil if nobody but `owner`.
    func blocker(ofWriting key: [UInt8], by owner: UInt64) -> UInt64? {
        state.withLock { state in
            if let found = state.written.owner(in: KeyInterval(lower: key, upper: key + [0]), but: owner) { return found }
            if let found = state.read[key]?.first(where: { $0 != owner }) { return found }
            return state.ranges.first { $0.owner != owner && $0.interval.contains(key) }?.owner
        }
    }

    /// Who keeps a range from being deleted.
    func blocker(ofDeleting interval: KeyInterval, by owner: UInt64) -> UInt64? {
        state.withLock { state in
            if let found = state.written.owner(in: interval, but: owner) { return found }
            if let found = state.ranges.first(where: { $0.owner != owner && $0.interval.overlaps(interval) }) { return found.owner }
            return state.read.first { key, owners in interval.contains(key) && owners.contains { $0 != owner } }?.value.first {
                $0 != owner
            }
        }
    }

    /// Who has written something of a range that has to stay as it is, or lets nobody else keep it so.
    func blocker(ofReading interval: KeyInterval, by owner: UInt64) -> UInt64? {
        state.withLock { state in
            if let found = state.written.owner(in: interval, but: owner) { return found }
            return state.ranges.first { $0.isExclusive && $0.owner != owner && $0.interval.overlaps(interval) }?.owner
        }
    }
}

extension [(key: [UInt8], owner: UInt64)] {
    fileprivate func firstPosition(notBelow key: [UInt8]) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].key.lexicographicallyPrecedes(key) { low = middle + 1 } else { high = middle }
        }
        return low
    }

    fileprivate func owner(in interval: KeyInterval, but owner: UInt64) -> UInt64? {
        var position = firstPosition(notBelow: interval.lower)
        while position < count, interval.upper.map({ self[position].key.lexicographicallyPrecedes($0) }) ?? true {
            if self[position].owner != owner { return self[position].owner }
            position += 1
        }
        return nil
    }
}

extension KeyInterval {
    fileprivate func overlaps(_ other: KeyInterval) -> Bool {
        (upper.map { other.lower.lexicographicallyPrecedes($0) } ?? true)
            && (other.upper.map { lower.lexicographicallyPrecedes($0) } ?? true)
    }
}

/// What a write transaction asks before it reads and writes: whether others have locked that, and what is to be noted of it.
final class TransactionAccess {
    /// The number of the open transaction that it belongs to; 0 for a transaction that nobody can set aside.
    private let owner: UInt64
    /// Nil if nothing was locked when the transaction got its turn. Nothing is while it has it.
    private let locks: WriteLocks?
    let notes: ReadNotes?
    /// Who was in the way.
    private(set) var blocker: UInt64?

    init(owner: UInt64, _ locks: WriteLocks?, _ notes: ReadNotes?) {
        self.owner = owner
        self.locks = locks
        self.notes = notes
    }

    var meetsLocks: Bool { locks != nil }

    func willWrite(_ key: [UInt8]) throws(CatalogError) {
        guard let locks, let found = locks.blocker(ofWriting: key, by: owner) else { return }
        throw refusal(found)
    }

    func willWrite(_ interval: KeyInterval) throws(CatalogError) {
        guard let locks, let found = locks.blocker(ofDeleting: interval, by: owner) else { return }
        throw refusal(found)
    }

    func willRead(_ key: [UInt8]) throws(CatalogError) {
        guard let notes, notes.isOn else { return }
        notes.note(key)
    }

    func willRead(_ interval: KeyInterval) throws(CatalogError) {
        guard let notes, notes.isOn else { return }
        notes.note(interval)
    }

    /// Before something is read that has to stay as it is until this transaction commits: whether a value is taken, how a table is
    /// declared, that a row is there which another one refers to.
    ///
    /// - Parameter exclusively: whether nobody else may keep it as it is meanwhile.
    func willRest(on interval: KeyInterval, exclusively: Bool = false) throws(CatalogError) {
        try check(([], [interval]), exclusively: exclusively)
        notes?.noteAlways(interval, exclusively: exclusively)
    }

    func willRest(on key: [UInt8]) throws(CatalogError) {
        try check(([key], []), exclusively: false)
        notes?.noteAlways(key)
    }

    /// Throws if others have written what was read, or, exclusively, keep it as it is.
    func check(_ read: ReadNotes.Parts, exclusively: Bool) throws(CatalogError) {
        guard let locks else { return }
        for key in read.keys {
            let found =
                exclusively
                ? locks.blocker(ofWriting: key, by: owner) : locks.blocker(ofReading: KeyInterval(lower: key, upper: key + [0]), by: owner)
            if let found { throw refusal(found) }
        }
        for range in read.ranges {
            let found = exclusively ? locks.blocker(ofDeleting: range, by: owner) : locks.blocker(ofReading: range, by: owner)
            if let found { throw refusal(found) }
        }
    }

    func takeBlocker() -> UInt64? { blocker.take() }

    private func refusal(_ found: UInt64) -> CatalogError {
        blocker = found
        return CatalogError(
            .locked, "An open transaction has written what this would write, or rests on it. Try again when that one has ended.")
    }
}
