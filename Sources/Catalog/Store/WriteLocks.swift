import Ground
import Synchronization

/// What transactions that were set aside have written, and rest on: whoever wants to write just that has to wait for them, and nobody else.
///
/// It grows and shrinks in the writer's turn only. What a transaction has locked is added, found and removed in O(log n) each.
final class WriteLocks: Sendable {
    private struct State {
        /// What was written, or read so that nobody else may read it so, with who did.
        let exclusive = IntervalIndex<UInt64>()
        /// What was read and has to stay as it is.
        let shared = IntervalIndex<UInt64>()
        var held: [UInt64: [Lock]] = [:]
        var last = 0

        mutating func add(_ interval: KeyInterval, isExclusive: Bool, owner: UInt64) {
            last += 1
            (isExclusive ? exclusive : shared).insert(owner, interval, number: last)
            held[owner, default: []].append(Lock(interval: interval, number: last, isExclusive: isExclusive))
        }
    }

    private struct Lock {
        var interval: KeyInterval
        var number: Int
        var isExclusive: Bool
    }

    private let state = Mutex(State())
    private let count = Atomic<Int>(0)

    /// Whether there is any lock.
    var isActive: Bool { count.load(ordering: .acquiring) > 0 }

    /// - Parameter keys: each once.
    func add(written keys: [[UInt8]], read notes: ReadNotes, owner: UInt64) {
        let (all, exclusive) = (notes.all, notes.exclusive)
        state.withLock { state in
            for key in keys + exclusive.keys { state.add(.only(key), isExclusive: true, owner: owner) }
            for interval in exclusive.ranges { state.add(interval, isExclusive: true, owner: owner) }
            for key in all.keys { state.add(.only(key), isExclusive: false, owner: owner) }
            for interval in all.ranges { state.add(interval, isExclusive: false, owner: owner) }
        }
        count.add(1, ordering: .releasing)
    }

    func remove(owner: UInt64) {
        state.withLock { state in
            for lock in state.held.removeValue(forKey: owner) ?? [] {
                (lock.isExclusive ? state.exclusive : state.shared).remove(lock.interval, number: lock.number)
            }
        }
        count.subtract(1, ordering: .releasing)
    }

    /// Who keeps something from being written, or deleted; nil if nobody but `owner`.
    func blocker(ofWriting interval: KeyInterval, by owner: UInt64) -> UInt64? {
        state.withLock { $0.exclusive.owner(in: interval, but: owner) ?? $0.shared.owner(in: interval, but: owner) }
    }

    /// Who has written something of a range that has to stay as it is, or lets nobody else keep it so.
    func blocker(ofReading interval: KeyInterval, by owner: UInt64) -> UInt64? {
        state.withLock { $0.exclusive.owner(in: interval, but: owner) }
    }
}

extension IntervalIndex<UInt64> {
    fileprivate func owner(in interval: KeyInterval, but owner: UInt64) -> UInt64? {
        var found: UInt64?
        forEach(overlapping: interval) { other in
            if other == owner { return true }
            found = other
            return false
        }
        return found
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
        if locks != nil { try willWrite(.only(key)) }
    }

    func willWrite(_ interval: KeyInterval) throws(CatalogError) {
        guard let locks, let found = locks.blocker(ofWriting: interval, by: owner) else { return }
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
        for interval in read.keys.map(KeyInterval.only) + read.ranges {
            let found = exclusively ? locks.blocker(ofWriting: interval, by: owner) : locks.blocker(ofReading: interval, by: owner)
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
