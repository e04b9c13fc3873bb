import Ground

/// The advisory locks of a process: who holds them, and who waits for them, in the order in which they came.
struct AdvisoryLocks: Sendable {
    /// How often somebody holds a lock.
    private struct Count: Sendable {
        var held = 0
        /// How many of these end with the transaction.
        var ofTransaction = 0
    }

    /// More than that many holders of locks are refused.
    private static let limit = 100_000

    private var holders: [AdvisoryLock: [LockHolder: Count]] = [:]
    /// How many locks are held, each counted for each of its holders.
    private var heldCount = 0
    /// Never empty for a lock; by the lock as one that is not shared.
    private var requests: [AdvisoryLock: [LockRequest]] = [:]

    /// The locks that are held, and by whom.
    var held: [(lock: AdvisoryLock, holder: LockHolder)] { holders.flatMap { lock, holders in holders.keys.map { (lock, $0) } } }
    /// Those that are waited for.
    var awaited: [LockRequest] { requests.values.flatMap(\.self) }

    // MARK: Taking

    /// What came of taking a lock.
    enum Taking {
        case taken, isOthers
        /// It is the transaction's already, and goes with it however often it is taken.
        case wasHeld
    }

    /// Takes a lock if nobody else holds it in a way that keeps this one out, or has waited for it before.
    mutating func take(_ lock: AdvisoryLock, by holder: LockHolder, isOfTransaction: Bool) throws(SQLError) -> Taking {
        guard isFree(lock, for: holder, behind: requests[lock.exclusive] ?? []) else { return .isOthers }
        if isOfTransaction, let count = holders[lock]?[holder], count.ofTransaction > 0 { return .wasHeld }
        if heldCount >= Self.limit, holders[lock]?[holder] == nil {
            throw SQLError(
                SQLState(rawValue: "53200"), "out of shared memory",
                hint: "\(Self.limit) advisory locks are held, as many as there may be; let go of some.")
        }
        add(lock, holder, isOfTransaction)
        return .taken
    }

    /// Waits for a lock, behind all that wait for it. Who holds it already, in the other way, goes before these: they wait for him.
    mutating func await(_ request: LockRequest) {
        let lock = request.lock.exclusive
        if isHeld(lock, by: request.holder) {
            requests[lock, default: []].insert(request, at: 0)
        } else {
            requests[lock, default: []].append(request)
        }
        // It may have become free since it was tried.
        grant(lock)
    }

    /// Ends a wait. The lock is not held then, though it may just have been granted.
    mutating func withdraw(_ request: LockRequest) {
        let lock = request.lock.exclusive
        if let place = requests[lock]?.firstIndex(where: { $0 === request }) {
            requests[lock]?.remove(at: place)
            grant(lock)
        } else {
            _ = release(request.lock, by: request.holder, isOfTransaction: request.isOfTransaction)
        }
    }

    private mutating func add(_ lock: AdvisoryLock, _ holder: LockHolder, _ isOfTransaction: Bool) {
        var count = holders[lock]?[holder] ?? Count()
        if count.held == 0 { heldCount += 1 }
        count.held += 1
        if isOfTransaction { count.ofTransaction += 1 }
        holders[lock, default: [:]][holder] = count
    }

    private func isHeld(_ lock: AdvisoryLock, by holder: LockHolder) -> Bool {
        holders[lock.exclusive]?[holder] != nil || holders[lock.shared]?[holder] != nil
    }

    /// - Parameter others: who came before.
    private func isFree(_ lock: AdvisoryLock, for holder: LockHolder, behind others: some Sequence<LockRequest>) -> Bool {
        if holders[lock.exclusive]?.keys.contains(where: { $0 != holder }) == true { return false }
        if !lock.isShared, holders[lock.shared]?.keys.contains(where: { $0 != holder }) == true { return false }
        if isHeld(lock, by: holder) { return true }
        return !others.contains { $0.holder != holder && (!lock.isShared || !$0.lock.isShared) }
    }

    /// Gives a lock to those who wait for it and can have it now.
    private mutating func grant(_ lock: AdvisoryLock) {
        guard let waiting = requests[lock] else { return }
        var left: [LockRequest] = []
        for request in waiting {
            if isFree(request.lock, for: request.holder, behind: left) {
                add(request.lock, request.holder, request.isOfTransaction)
                request.grant()
            } else {
                left.append(request)
            }
        }
        requests[lock] = left.isEmpty ? nil : left
    }

    // MARK: Letting go

    /// Lets go of a lock once.
    /// - Parameter isOfTransaction: whether it was taken for a transaction, which alone lets go of it.
    /// - Returns: whether it was held so.
    mutating func release(_ lock: AdvisoryLock, by holder: LockHolder, isOfTransaction: Bool) -> Bool {
        guard var count = holders[lock]?[holder], isOfTransaction || count.held > count.ofTransaction else { return false }
        count.held -= 1
        if isOfTransaction { count.ofTransaction -= 1 }
        if count.held > 0 { holders[lock]?[holder] = count } else { remove(lock, holder) }
        return true
    }

    /// Ends all that somebody holds and waits for.
    mutating func releaseAll(of holder: LockHolder) {
        if holders.isEmpty, requests.isEmpty { return }
        for request in awaited where request.holder == holder { withdraw(request) }
        for lock in holders.keys.filter({ holders[$0]?[holder] != nil }) { remove(lock, holder) }
    }

    private mutating func remove(_ lock: AdvisoryLock, _ holder: LockHolder) {
        holders[lock]?[holder] = nil
        if holders[lock]?.isEmpty == true { holders[lock] = nil }
        heldCount -= 1
        grant(lock.exclusive)
    }

    // MARK: Circles

    /// Whether somebody waits for a lock of one who waits for him, in one step or several.
    /// - Parameter others: who waits for whom for something else.
    func isCircle(_ request: LockRequest, _ others: [(waiter: LockHolder, blocker: LockHolder)]) -> Bool {
        let byHolder = Dictionary(grouping: awaited, by: \.holder)
        let elsewhere = Dictionary(grouping: others, by: \.waiter)
        var seen: Set<LockHolder> = []
        var next = blockers(of: request)
        while let holder = next.popLast() {
            if holder == request.holder { return true }
            guard seen.insert(holder).inserted else { continue }
            for request in byHolder[holder] ?? [] { next += blockers(of: request) }
            for wait in elsewhere[holder] ?? [] { next.append(wait.blocker) }
        }
        return false
    }

    /// Who keeps a lock from somebody: those who hold it, and those who came before.
    private func blockers(of request: LockRequest) -> [LockHolder] {
        let lock = request.lock
        var blockers = Array((holders[lock.exclusive] ?? [:]).keys)
        if !lock.isShared { blockers += (holders[lock.shared] ?? [:]).keys }
        if !isHeld(lock, by: request.holder) {
            for other in requests[lock.exclusive] ?? [] {
                if other === request { break }
                if !lock.isShared || !other.lock.isShared { blockers.append(other.holder) }
            }
        }
        return blockers.filter { $0 != request.holder }
    }
}

/// A lock that means what its users agree on.
struct AdvisoryLock: Hashable, Sendable {
    var database: String
    var key: Int64
    /// Whether two numbers of four bytes were given, which are locks of their own.
    var isPair: Bool
    var isShared: Bool

    var exclusive: AdvisoryLock { with(isShared: false) }
    var shared: AdvisoryLock { with(isShared: true) }

    private func with(isShared: Bool) -> AdvisoryLock { AdvisoryLock(database: database, key: key, isPair: isPair, isShared: isShared) }
}

/// Who holds an advisory lock.
enum LockHolder: Hashable, Sendable {
    case session(Int32)
    /// One whose statements are of several sessions, one after the other.
    case transaction(UInt64)
}

/// Somebody who waits for an advisory lock.
final class LockRequest: Sendable {
    let lock: AdvisoryLock
    let holder: LockHolder
    let isOfTransaction: Bool
    private let isGranted = Monitored(false)

    init(_ lock: AdvisoryLock, by holder: LockHolder, isOfTransaction: Bool) {
        self.lock = lock
        self.holder = holder
        self.isOfTransaction = isOfTransaction
    }

    fileprivate func grant() { isGranted.update { $0 = true } }

    /// Waits until it is granted, or until then.
    /// - Returns: whether it was granted.
    func wait(until time: MonotonicTime) -> Bool { isGranted.wait(until: time.instant) { $0 ? true : nil } ?? false }
}
