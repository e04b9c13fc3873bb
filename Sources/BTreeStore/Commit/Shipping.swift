package import Ground
internal import Synchronization

/// What became durable lately, for the standbys that follow this file, and how far each of these has come.
///
/// A step is the changes of a record of the journal, or of a flush of pages, that lead from one durable state to the next. It is kept when
/// its sync has returned, never before: so no standby is ahead of what a crash leaves here. Of a flush whose changes nobody noted down, as
/// those of a large transaction, there is no step: the standbys get a delta then, as after a longer absence.
final class Shipping: @unchecked Sendable {
    // Sendable: what changes is atomic, or used only under the monitor.
    private let monitor = Monitor()
    private let limit: Int
    /// The opening whose states are told; nil: nobody has asked.
    private var origin: (opening: UInt64, salt: UInt64)?
    private var newest: TransactionID
    /// The state before the first step.
    private var floor: TransactionID
    private var steps: [Step] = []
    private var byteCount = 0
    private var asked = MonotonicTime.now
    private var waiting: [String: @Sendable () -> Void] = [:]
    private var followers: [String: Follower] = [:]
    private var isClosed = false
    /// How many standbys hard commits wait for, and how long at most.
    private let required = Atomic<Int>(0)
    private var patience: Duration?
    /// They waited in vain, and wait no more until enough standbys have everything again, but for what was written a moment ago.
    private var hasCeased = false
    private var ceased = MonotonicTime.now
    /// When those commits began to wait that wait now, and for which state.
    private var waits: [UInt64: (start: MonotonicTime, target: TransactionID)] = [:]
    private var waitCount: UInt64 = 0

    private struct Step {
        /// The state that it leads to.
        var transaction: TransactionID
        var changes: [UInt8]
    }

    struct Follower {
        var transaction: TransactionID
        var seen: MonotonicTime
        /// The newest state when it was heard of.
        var newest: TransactionID
        /// Whether it has everything, or, since commits have ceased to wait, all that there was when it asked before: where there are writes all
        /// the time, no standby ever has everything.
        var isNear: Bool
    }

    /// Steps are forgotten when nobody has asked for them for so long.
    private static let keepingTime = Duration.seconds(600)
    /// Bytes of steps that are handed out at a time.
    private static let takenByteCount = 4 << 20
    /// A standby asks each second. One that was not heard of for so long is not there, and a commit that waits for so long waits in vain so far.
    private static let longestSilence = Duration.seconds(5)
    /// One that was not heard of for so long does not come back, or comes anew: standbys that are made again and again are new files each time.
    private let departure: Duration

    init(newest: TransactionID, limit: Int = 64 << 20, departure: Duration = .seconds(86_400)) {
        self.newest = newest
        floor = newest
        self.limit = limit
        self.departure = departure
    }

    /// Whether steps are kept.
    var isWanted: Bool { monitor.withLock { origin != nil } }

    /// Keeps steps from now on.
    func begin(opening: UInt64, salt: UInt64) {
        monitor.withLock {
            asked = .now
            if let origin, origin == (opening, salt) { return }
            origin = (opening, salt)
            forget()
        }
    }

    /// Keeps none any more: the states from here on are of another opening, as which nobody has asked for them.
    func end() {
        monitor.withLock {
            origin = nil
            forget()
        }
    }

    private func forget() {
        floor = newest
        steps = []
        byteCount = 0
    }

    /// Notes a state that has become durable.
    ///
    /// - Parameter changes: as the journal has them; nil: they are not known.
    func add(_ transaction: TransactionID, _ changes: [UInt8]?) {
        let waiting = monitor.withLock { () -> [String: @Sendable () -> Void] in
            guard transaction > newest else { return [:] }
            newest = transaction
            if origin != nil && MonotonicTime.now - asked > Self.keepingTime { origin = nil }
            if let changes, origin != nil {
                steps.append(Step(transaction: transaction, changes: changes))
                byteCount += changes.count
                var dropped = 0
                while byteCount > limit && dropped < steps.count {
                    byteCount -= steps[dropped].changes.count
                    floor = steps[dropped].transaction
                    dropped += 1
                }
                steps.removeFirst(dropped)
            } else {
                forget()
            }
            defer { self.waiting = [:] }
            return self.waiting
        }
        for body in waiting.values { body() }
    }

    // MARK: Standbys

    /// The steps behind a state, up to some megabytes of them, and the state that they lead to.
    func take(since transaction: TransactionID, opening: UInt64, salt: UInt64) -> ShippedChanges {
        monitor.withLock {
            asked = .now
            guard let origin, origin == (opening, salt) else { return .gone }
            if transaction == newest { return .nothing }
            var index = 0
            if transaction != floor {
                var (low, high) = (0, steps.count)
                while low < high {
                    let middle = (low + high) / 2
                    if steps[middle].transaction < transaction { low = middle + 1 } else { high = middle }
                }
                guard low < steps.count, steps[low].transaction == transaction else { return .gone }
                index = low + 1
            }
            guard index < steps.count else { return .gone }
            var changes: [[UInt8]] = []
            var count = 0
            var last = transaction
            while index < steps.count && (changes.isEmpty || count + steps[index].changes.count <= Self.takenByteCount) {
                if !steps[index].changes.isEmpty { changes.append(steps[index].changes) }
                count += steps[index].changes.count
                last = steps[index].transaction
                index += 1
            }
            return .changes(changes, to: last, isAll: last == newest)
        }
    }

    /// Calls `body` once there is a newer state than `transaction`, on any thread; at once if there is one. It takes the place of what was to
    /// be called for the same standby before.
    func whenNewer(than transaction: TransactionID, for standby: String, _ body: @escaping @Sendable () -> Void) {
        let isThere = monitor.withLock {
            if newest > transaction || isClosed { return true }
            waiting[standby] = body
            return false
        }
        if isThere { body() }
    }

    /// Calls those who wait for a newer state, though there is none: they are to wait no longer.
    func endWaits() {
        let waiting = monitor.withLock { () -> [String: @Sendable () -> Void] in
            defer { self.waiting = [:] }
            return self.waiting
        }
        for body in waiting.values { body() }
    }

    /// Notes that a standby has made everything up to a state durable, if it is one of the states that are told: the opening of a copy of the
    /// file, which went its own way, may have the same number and other transactions, and a machine that was put back as it once was knows
    /// nothing of later ones.
    func acknowledge(_ name: String, _ transaction: TransactionID, opening: UInt64, salt: UInt64) {
        monitor.withLock {
            guard let origin, origin == (opening, salt), transaction <= newest else { return }
            let now = MonotonicTime.now
            let isNear =
                followers[name].map { transaction >= $0.newest && $0.seen > ceased && now - $0.seen < Self.longestSilence } ?? false
            followers[name] = Follower(transaction: transaction, seen: now, newest: newest, isNear: isNear || transaction >= newest)
            // What waits now may count on one that has gone since.
            let oldest = waits.values.map(\.target).min() ?? .limit
            followers = followers.filter { now - $0.value.seen < departure || $0.value.transaction >= oldest }
            let nearCount = followers.values.count { $0.isNear && now - $0.seen < Self.longestSilence }
            if hasCeased && nearCount >= required.load(ordering: .relaxed) { hasCeased = false }
            monitor.broadcast()
        }
    }

    private func isAcknowledged(_ transaction: TransactionID) -> Bool {
        followers.values.count { $0.transaction >= transaction } >= required.load(ordering: .relaxed)
    }

    /// Whether commits don't find the standbys that they are to wait for.
    private func isDegraded(at now: MonotonicTime) -> Bool {
        let required = required.load(ordering: .relaxed)
        if required == 0 { return false }
        if hasCeased || followers.values.count(where: { now - $0.seen < Self.longestSilence }) < required { return true }
        return waits.values.contains { now - $0.start >= Self.longestSilence }
    }

    var report: ShippingReport {
        monitor.withLock {
            ShippingReport(
                newest: newest, keptByteCount: byteCount, required: required.load(ordering: .relaxed), isDegraded: isDegraded(at: .now),
                followers: followers.map { (name: $0.key, transaction: $0.value.transaction, seen: $0.value.seen) }.sorted {
                    $0.name < $1.name
                })
        }
    }

    // MARK: Commits

    /// Has hard commits wait for standbys.
    ///
    /// - Parameter patience: how long at most; nil: for ever.
    func require(_ count: Int, patience: Duration?) {
        monitor.withLock {
            required.store(count, ordering: .relaxed)
            self.patience = patience
            hasCeased = false
            monitor.broadcast()
        }
    }

    /// Whether hard commits wait for standbys.
    var isRequired: Bool { required.load(ordering: .relaxed) > 0 }

    /// Waits until enough standbys have what is durable here now.
    func waitForStandbys() {
        if required.load(ordering: .relaxed) == 0 { return }
        monitor.withLock {
            let target = newest
            if isClosed || hasCeased || isAcknowledged(target) { return }
            let (start, number) = (MonotonicTime.now, waitCount)
            waitCount += 1
            waits[number] = (start, target)
            defer { waits[number] = nil }
            let deadline = patience.map { start + $0 }
            while !isClosed && !hasCeased && !isAcknowledged(target) {
                guard let deadline else {
                    monitor.wait()
                    continue
                }
                let rest = deadline - .now
                if rest <= .zero {
                    (hasCeased, ceased) = (true, .now)
                    for name in followers.keys { followers[name]?.isNear = false }
                    monitor.broadcast()
                    return
                }
                monitor.wait(microseconds: Int(rest / .microseconds(1)) + 1)
            }
        }
    }

    func close() {
        let waiting = monitor.withLock { () -> [String: @Sendable () -> Void] in
            isClosed = true
            monitor.broadcast()
            defer { self.waiting = [:] }
            return self.waiting
        }
        for body in waiting.values { body() }
    }
}

/// What there is behind a state.
enum ShippedChanges {
    /// The changes of journal records, one behind the other, and whether there are no more.
    case changes([[UInt8]], to: TransactionID, isAll: Bool)
    /// It is the newest.
    case nothing
    /// It is too long ago, or of another opening: only a delta leads on from it.
    case gone
}

/// What is known of the standbys of a file.
package struct ShippingReport: Sendable {
    package var newest: TransactionID
    /// Bytes of changes that are kept for short absences.
    package var keptByteCount: Int
    /// How many standbys hard commits wait for.
    package var required: Int
    /// Whether they don't find so many, or have ceased to wait.
    package var isDegraded: Bool
    package var followers: [(name: String, transaction: TransactionID, seen: MonotonicTime)]
}
