package import Ground
import Synchronization

/// The right to write, where it has an end because another server may get it: without a lease it has none.
///
/// It is asked for three times in each write. No write begins after the end, and none is committed; one whose commit was under way then is
/// not acknowledged, since whoever has the right by now may not have it. Whoever keeps the lease extends it.
///
/// What writes by transactions of ``Catalog`` passes it in these: documents, tables, accounts and tokens, sequences, the removal of what has
/// expired, index builds and the tidying of text indexes. Named states, the history and ``Catalog/compact(progress:)``, which have
/// transactions of the store's own, ask for it themselves. The rest needs none. What a standby receives, its own named states, and the
/// promotion itself come from, or before, the right. The flushes of what was committed earlier add nothing to it. And for keys, for another
/// format and for chains of deltas a command opens the file when no server has it.
package final class WritePermit: Sendable {
    private struct Facts {
        /// What is kept for whom, for those who ask; empty: there is no lease.
        var name = ""
        var holder: String?
        var hasBegun = false
        var isEnding = false
    }

    private static let never: Int64 = .max
    private static let longAgo: Int64 = .min

    private let start = MonotonicTime.now
    private let clock: @Sendable () -> MonotonicTime
    /// Microseconds since the start, until when writes begin, and until when they are acknowledged.
    private let beginEnd = Atomic<Int64>(never)
    private let end = Atomic<Int64>(never)
    private let facts = Mutex(Facts())

    package init(clock: @escaping @Sendable () -> MonotonicTime = { .now }) { self.clock = clock }

    // MARK: Who writes

    /// - Throws: `.writesStopped` if there is no right to write, or none any more.
    @inline(__always) func requireBegin() throws(CatalogError) {
        let end = beginEnd.load(ordering: .relaxed)
        if end != Self.never { try requireBegin(before: end) }
    }

    /// Before what was written becomes the file's.
    ///
    /// - Throws: `.writesStopped` if the right has ended; what began before ``endWrites()`` goes on.
    @inline(__always) func requireCommit() throws(CatalogError) {
        let end = end.load(ordering: .relaxed)
        if end != Self.never { try requireCommit(before: end) }
    }

    /// For what is done already.
    ///
    /// - Throws: `.indeterminate` if the right has ended.
    @inline(__always) func requireAcknowledgement() throws(CatalogError) {
        let end = end.load(ordering: .relaxed)
        if end != Self.never { try requireAcknowledgement(before: end) }
    }

    private func requireBegin(before end: Int64) throws(CatalogError) {
        if microseconds(clock()) < end { return }
        throw refusal
    }

    private func requireCommit(before end: Int64) throws(CatalogError) {
        if microseconds(clock()) < end { return }
        let name = facts.withLock { $0.name }
        throw CatalogError(
            .writesStopped,
            "The lease \(name) ended while this was under way, so another server may be the primary: nothing of it was written.")
    }

    private func requireAcknowledgement(before end: Int64) throws(CatalogError) {
        if microseconds(clock()) < end { return }
        let name = facts.withLock { $0.name }
        throw CatalogError(
            .indeterminate,
            "The lease \(name) ended while this was under way, so another server may be the primary: nobody knows whether that one has it.")
    }

    private var refusal: CatalogError {
        let facts = facts.withLock { $0 }
        let reason =
            facts.isEnding
            ? "This server is being stopped, and gives the lease \(facts.name) back: ask the next primary."
            : facts.hasBegun
                ? "The lease \(facts.name) could not be renewed, so another server may be the primary: nothing is written until it is."
                : "This server does not have the lease \(facts.name), without which it writes nothing."
        return CatalogError(.writesStopped, reason)
    }

    private func microseconds(_ time: MonotonicTime) -> Int64 { Int64((time - start) / .microseconds(1)) }

    // MARK: Who keeps the lease

    /// From now on there is only the right that ``extend(until:)`` gives.
    package func limit(by name: String) {
        facts.withLock { facts in
            facts.name = name
            setEnds(Self.longAgo, begins: true)
        }
    }

    /// - Returns: whether writes had been stopped until now.
    @discardableResult package func extend(until time: MonotonicTime) -> Bool {
        facts.withLock { facts in
            facts.hasBegun = true
            let wasOver = end.load(ordering: .relaxed) <= microseconds(clock())
            setEnds(microseconds(time), begins: !facts.isEnding)
            return wasOver
        }
    }

    /// Ends the right at once.
    package func withdraw() {
        facts.withLock { _ in setEnds(Self.longAgo, begins: true) }
    }

    /// No write begins any more; those that have begun are acknowledged as long as there is the right.
    package func endWrites() {
        facts.withLock { facts in
            facts.isEnding = true
            beginEnd.store(Self.longAgo, ordering: .relaxed)
        }
    }

    /// Whether ``endWrites()`` was called, so that nothing new is to be waited for.
    package var isEnding: Bool { facts.withLock { $0.isEnding } }

    private func setEnds(_ time: Int64, begins: Bool) {
        if begins { beginEnd.store(time, ordering: .relaxed) }
        end.store(time, ordering: .relaxed)
    }

    /// Notes who has the lease, by the address that others reach; nil: nobody, as far as is known.
    package func note(holder: String?) { facts.withLock { $0.holder = holder } }

    // MARK: Who asks

    /// How long the right lasts that has begun; nil if there is no end to it, or it hasn't begun.
    package var secondsLeft: Double? {
        guard facts.withLock({ $0.hasBegun }) else { return nil }
        let end = end.load(ordering: .relaxed)
        return end == Self.longAgo ? 0 : max(0, Double(end - microseconds(clock())) / 1_000_000)
    }

    /// Why nothing is written that could be; nil if there is no reason.
    var trouble: CatalogError? {
        guard facts.withLock({ $0.hasBegun }) else { return nil }
        do throws(CatalogError) { try requireBegin() } catch { return error }
        return nil
    }

    /// What `/_status` and `server_status` tell; nil without a lease.
    var datum: Datum? {
        let facts = facts.withLock { $0 }
        guard !facts.name.isEmpty else { return nil }
        return [
            "name": Datum(facts.name), "holder": facts.holder.map { Datum($0) } ?? .null, "seconds": secondsLeft.map { Datum($0) } ?? .null,
        ]
    }
}

extension Catalog {
    /// The right to write this file. An engine has its own ways.
    package var permit: WritePermit { store.trouble.permit }
}
