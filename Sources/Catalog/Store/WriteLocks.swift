import Ground
import Synchronization

/// How firmly a transaction keeps a record as it is, as PostgreSQL's locks of rows do.
package enum LockStrength: Int, CaseIterable, Sendable {
    /// It stays where it is: another row refers to it. Others may change it.
    case keyShare
    /// It stays as it is, for several at a time.
    case share
    /// It is changed where it is, or is going to be.
    case noKeyUpdate
    /// It is made or removed, or is going to be.
    case update

    /// Those of others that it doesn't go together with: from this one on.
    fileprivate var leastConflicting: LockStrength { Self.allCases[3 - rawValue] }
}

/// What transactions that were set aside have written, and rest on: whoever wants to write just that has to wait for them, and nobody else.
///
/// It grows and shrinks in the writer's turn only. What a transaction has locked is added, found and removed in O(log n) each.
final class WriteLocks: Sendable {
    /// Keys that were written, each once.
    struct Written {
        /// There is a record before and after.
        var changed: [[UInt8]] = []
        /// Those of records that are new, or gone.
        var others: [[UInt8]] = []
    }

    private struct Holder {
        var owner: UInt64
        /// Whether it has written there, and not only read.
        var hasWritten: Bool
    }

    private struct State {
        /// By strength.
        let locks = LockStrength.allCases.map { _ in IntervalIndex<Holder>() }
        var held: [UInt64: [Lock]] = [:]
        var last = 0

        mutating func add(_ interval: KeyInterval, _ strength: LockStrength, _ owner: UInt64, isWritten: Bool = false) {
            last += 1
            locks[strength.rawValue].insert(Holder(owner: owner, hasWritten: isWritten), interval, number: last)
            held[owner, default: []].append(Lock(interval: interval, number: last, strength: strength))
        }

        func owner(
            _ interval: KeyInterval, from strength: LockStrength, but owner: UInt64, areWriters: Bool = false
        ) -> UInt64? {
            var found: UInt64?
            for index in locks[strength.rawValue...].reversed() where found == nil && index.count > 0 {
                index.forEach(overlapping: interval) { holder in
                    if holder.owner == owner || areWriters && !holder.hasWritten { return true }
                    found = holder.owner
                    return false
                }
            }
            return found
        }
    }

    private struct Lock {
        var interval: KeyInterval
        var number: Int
        var strength: LockStrength
    }

    private let state = Mutex(State())
    private let count = Atomic<Int>(0)

    /// Whether there is any lock.
    var isActive: Bool { hasOwners(besides: 0) }

    /// Whether more than so many transactions have locked something.
    func hasOwners(besides count: Int) -> Bool { self.count.load(ordering: .acquiring) > count }

    func add(written: Written, read notes: ReadNotes, owner: UInt64) {
        state.withLock { state in
            for key in written.changed { state.add(.only(key), .noKeyUpdate, owner, isWritten: true) }
            for key in written.others { state.add(.only(key), .update, owner, isWritten: true) }
            for strength in LockStrength.allCases {
                let (keys, ranges) = notes.kept(strength)
                for key in keys { state.add(.only(key), strength, owner) }
                for interval in ranges { state.add(interval, strength, owner) }
            }
        }
        count.add(1, ordering: .releasing)
    }

    func remove(owner: UInt64) {
        state.withLock { state in
            for lock in state.held.removeValue(forKey: owner) ?? [] {
                state.locks[lock.strength.rawValue].remove(lock.interval, number: lock.number)
            }
        }
        count.subtract(1, ordering: .releasing)
    }

    /// Who keeps something from being locked so; nil if nobody but `owner`.
    func blocker(of interval: KeyInterval, _ strength: LockStrength, by owner: UInt64) -> UInt64? {
        state.withLock { $0.owner(interval, from: strength.leastConflicting, but: owner) }
    }

    /// Who has written a record; nil if nobody but `owner`.
    func writer(of key: [UInt8], but owner: UInt64) -> UInt64? {
        state.withLock { $0.owner(.only(key), from: .noKeyUpdate, but: owner, areWriters: true) }
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

    /// Whether others have locked a record so that it can't be written, or not unless it is there already.
    func isLocked(_ key: [UInt8]) -> Bool { locks?.blocker(of: .only(key), .update, by: owner) != nil }

    /// - Parameter isThere: whether there is a record with that key, and will be.
    func willWrite(_ key: [UInt8], isThere: Bool = false) throws(CatalogError) {
        if locks != nil { try require(.only(key), isThere ? .noKeyUpdate : .update) }
    }

    func willWrite(_ interval: KeyInterval) throws(CatalogError) { try require(interval, .update) }

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
    func willRest(on interval: KeyInterval, _ strength: LockStrength = .share) throws(CatalogError) {
        try require(interval, strength)
        notes?.keep(interval, strength)
    }

    func willRest(on key: [UInt8], _ strength: LockStrength = .share) throws(CatalogError) {
        if locks != nil { try require(.only(key), strength) }
        notes?.keep(key, strength)
    }

    /// The same; false where it would throw.
    func rests(on key: [UInt8], _ strength: LockStrength) -> Bool {
        if let locks, locks.blocker(of: .only(key), strength, by: owner) != nil { return false }
        notes?.keep(key, strength)
        return true
    }

    /// Throws if others have written a record, whose fate is open then.
    func requireSettled(_ key: [UInt8]) throws(CatalogError) {
        if let found = locks?.writer(of: key, but: owner) { throw refusal(found) }
    }

    /// Throws if others have made or removed records that were read, or changed something in a range that was.
    func check(_ read: ReadNotes.Parts) throws(CatalogError) {
        guard locks != nil else { return }
        for key in read.keys { try require(.only(key), .keyShare) }
        for interval in read.ranges { try require(interval, .share) }
    }

    func takeBlocker() -> UInt64? { blocker.take() }

    private func require(_ interval: KeyInterval, _ strength: LockStrength) throws(CatalogError) {
        if let found = locks?.blocker(of: interval, strength, by: owner) { throw refusal(found) }
    }

    private func refusal(_ found: UInt64) -> CatalogError {
        blocker = found
        return CatalogError(
            .locked, "An open transaction has written what this would write, or rests on it. Try again when that one has ended.")
    }
}
