import Ground
import Synchronization

/// Commits of this process that an engine gets together, where it alone writes: those that are made while one is on its way go in the next one.
///
/// A transaction that shares its commit leaves the writer's turn before it is committed. The one behind it is made on the same state of the
/// engine, and on what the ones before it have changed, which stands here until a state has it. It may ask for single keys so; before it reads
/// anything else it waits until no commit is on its way. All others wait for that before they begin, so that nothing stands between the newest
/// state and what they change. As nobody else writes, one state does for many commits: to have a newer one after each would be a trip, and
/// what was read of it were to be read again.
///
/// What the engine refuses is sent again one by one, so that each is refused for itself alone. Then those that have read what a refused one had
/// changed fail as well.
final class SharedCommits: Sendable {
    /// A transaction that has more than this to be sent, or more keys, goes alone.
    static let largestByteCount = 256 << 10
    static let largestKeyCount = 1000
    /// How many are sent together.
    private static let largestCount = 256
    /// For how long transactions begin with one state, and with how many keys that it doesn't have.
    private static let viewTime = Duration.milliseconds(50)
    private static let largestPendingCount = 4096

    /// What a transaction has changed.
    struct Change {
        fileprivate let changes: EngineChanges
        fileprivate let durability: Durability
        fileprivate let ticket: UInt64
        /// What it is told by.
        fileprivate let number: UInt64
        /// Keys that it has read of those before it.
        fileprivate let rests: Set<RecordKey>
    }

    typealias Place = Combiner<Change, Result<Void, CatalogError>>.Place

    private struct Pending {
        var value: [UInt8]?
        var ticket: UInt64
    }

    private struct State {
        /// What no state that a transaction begins with may have yet.
        var pending: [RecordKey: Pending] = [:]
        /// The state that transactions begin with until then, if it doesn't lack too much.
        var kept: (view: any EngineView, end: MonotonicTime)?
        /// Each transaction that shares has one, in the order of turns.
        var ticket: UInt64 = 0
        /// Those up to this one are committed, or have failed.
        var settledTicket: UInt64 = 0
        /// The number of the state that the next commit is made on.
        var number: UInt64 = 0
        /// The greatest number that a commit was told by.
        var toldNumber: UInt64 = 0
        /// What was changed by those that have failed, until none of those behind them is left.
        var failed: Set<RecordKey> = []
        /// Keys that transactions will ask for which wait for the turn.
        var expected: [UInt64: [RecordKey]] = [:]
        var expectation: UInt64 = 0
        /// Records of one state that were read for all of these.
        var known: (view: UInt64, values: [RecordKey: [UInt8]?]) = (0, [:])

        mutating func forgetRecords(unlessOf view: any EngineView) {
            if known.view != view.number { known = (view.number, [:]) }
        }
    }

    private let state = Mutex(State())
    private let sending = Combiner<Change, Result<Void, CatalogError>>(largestCount: SharedCommits.largestCount)

    /// Waits until no commit is on its way. Called in the writer's turn, so none begins meanwhile.
    ///
    /// - Parameter rests: keys that whoever has the turn has read of those.
    /// - Returns: false if one still is.
    /// - Throws: `.serializationFailure` if one of those keys was not committed.
    func drain(_ store: EngineStore, until deadline: MonotonicTime?, resting rests: Set<RecordKey> = []) throws(CatalogError) -> Bool {
        guard sending.isIdle || sending.empty(until: deadline?.instant, { settle($0, store) }) else { return false }
        let (isBroken, old) = state.withLock { state in
            // Whoever has the turn may change what nothing here tells of.
            defer { (state.pending, state.failed, state.kept) = ([:], [], nil) }
            return (!state.failed.isDisjoint(with: rests), state.kept)
        }
        withExtendedLifetime(old) {}
        if isBroken { throw Self.restsOnFailure }
        return true
    }

    // MARK: In the writer's turn

    /// Whether a transaction can begin among those that share.
    var mayBegin: Bool { state.withLock { $0.failed.isEmpty } }

    /// The state to begin with; what it has is not looked for here any more.
    func begin(_ store: EngineStore) throws(CatalogError) -> any EngineView {
        let now = MonotonicTime.now
        if let known = viewAtHand { return known }
        let isIdle = sending.isIdle
        let settled = state.withLock { $0.settledTicket }
        let view = try store.view()
        let old = state.withLock { state in
            defer { state.kept = (view, now + Self.viewTime) }
            if isIdle { state.number = max(state.number, view.number) }
            if !state.pending.isEmpty { state.pending = state.pending.filter { $0.value.ticket > settled } }
            state.forgetRecords(unlessOf: view)
            return state.kept
        }
        // Not under the lock: it may be let go of.
        withExtendedLifetime(old) {}
        // The view may be one that a reader has kept alive alone.
        store.watchViews()
        return view
    }

    /// The state that transactions begin with now, if it may be had for a while yet. Its metadata is the newest one: whoever changes that shares
    /// no commit, and no state is left here when he begins.
    var viewAtHand: (any EngineView)? {
        state.withLock { state in
            state.kept.flatMap { $0.end > .now && $0.view.isUsable && state.pending.count <= Self.largestPendingCount ? $0.view : nil }
        }
    }

    /// Lets go of the state that transactions begin with, if its time is over; nil: in any case. Returns whether there still is one.
    @discardableResult
    func letGoOfOldView(at time: MonotonicTime? = .now) -> Bool {
        let old = state.withLock { state -> (any EngineView)? in
            guard let kept = state.kept, time.map({ kept.end < $0 }) ?? true else { return nil }
            state.kept = nil
            return kept.view
        }
        withExtendedLifetime(old) {}
        return state.withLock { $0.kept != nil }
    }

    /// The number by which the commit is told of the transaction that has the turn.
    func nextNumber(on view: any EngineView) -> UInt64 {
        state.withLock { state in
            state.toldNumber = max(state.toldNumber, view.number) + 1
            return state.toldNumber
        }
    }

    /// What those before have made of a key; nil if nothing.
    func changed(_ key: RecordKey) -> [UInt8]?? { state.withLock { $0.pending[key].map(\.value) } }

    /// What was read of a key for all.
    func known(_ key: RecordKey, in view: any EngineView) -> [UInt8]?? {
        state.withLock { $0.known.view == view.number ? $0.known.values[key] : nil }
    }

    /// Before a state is read for all.
    func forgetRecords(unlessOf view: any EngineView) { state.withLock { $0.forgetRecords(unlessOf: view) } }

    /// Keys that will be asked for by those who wait for the turn, as far as nothing is known of them.
    func expectedKeys() -> [RecordKey] {
        state.withLock { state in
            state.expected.values.flatMap { $0 }.filter { state.known.values[$0] == nil && state.pending[$0] == nil }
        }
    }

    func know(_ values: [RecordKey: [UInt8]?], in view: any EngineView) {
        state.withLock { state in
            guard state.known.view == view.number else { return }
            if state.known.values.count > Self.largestKeyCount * 4 { state.known.values = [:] }
            state.known.values.merge(values) { $1 }
        }
    }

    /// Puts a commit behind those before it. Whoever does so has to ``wait(for:_:)`` once the turn is over.
    func enter(_ changes: EngineChanges, rests: Set<RecordKey>, _ durability: Durability) -> Place {
        let (ticket, number) = state.withLock { state in
            state.ticket += 1
            for records in [changes.puts, changes.inserts] {
                for (key, value) in records { state.pending[RecordKey(key)] = Pending(value: value, ticket: state.ticket) }
            }
            for key in changes.deletes { state.pending[RecordKey(key)] = Pending(value: nil, ticket: state.ticket) }
            return (state.ticket, state.toldNumber)
        }
        return sending.enter(Change(changes: changes, durability: durability, ticket: ticket, number: number, rests: rests))
    }

    // MARK: Outside of it

    /// Whether commits are on their way, so that others may wait for the turn.
    var areOnTheirWay: Bool { state.withLock { $0.ticket > $0.settledTicket } }

    /// Says what a transaction will ask for that waits for the turn.
    func expect(_ keys: [[UInt8]]) -> UInt64 {
        state.withLock { state in
            state.expectation += 1
            state.expected[state.expectation] = keys.map { RecordKey($0) }
            return state.expectation
        }
    }

    func forget(_ expectation: UInt64) { state.withLock { $0.expected[expectation] = nil } }

    /// Returns once the changes are committed.
    func wait(for place: Place, _ store: EngineStore) throws(CatalogError) {
        try sending.answer(place) { settle($0, store) }.get()
    }

    private func settle(_ changes: [Change], _ store: EngineStore) -> [Result<Void, CatalogError>] {
        let results = send(changes, store)
        state.withLock { $0.settledTicket = changes[changes.count - 1].ticket }
        return results
    }

    private func send(_ changes: [Change], _ store: EngineStore) -> [Result<Void, CatalogError>] {
        let failed = state.withLock { $0.failed }
        if failed.isEmpty {
            do throws(CatalogError) {
                try commit(changes, store)
                return changes.map { _ in .success(()) }
            } catch {
                learnNumber(store)
                // Nothing is known of any of them, or nobody will write any more.
                guard changes.count > 1, error.kind != .writesStopped, error.kind != .indeterminate else {
                    fail(changes)
                    return changes.map { _ in .failure(error) }
                }
            }
        }
        return changes.map { change in
            let rests = state.withLock { !$0.failed.isDisjoint(with: change.rests) }
            do throws(CatalogError) {
                if rests { throw Self.restsOnFailure }
                try commit([change], store)
                return .success(())
            } catch {
                learnNumber(store)
                fail([change])
                return .failure(error)
            }
        }
    }

    private func commit(_ all: [Change], _ store: EngineStore) throws(CatalogError) {
        let number = state.withLock { $0.number }
        var changes = EngineChanges(all.map(\.changes))
        // The state has no smaller number than what was told of it.
        if let told = all.last?.number, told > number { changes.count = max(changes.count, Int(told - number)) }
        let committed = try store.commit(changes, after: number, all[0].durability)
        state.withLock { $0.number = committed }
    }

    /// What the engine has refused may have taken several attempts, each of which counts.
    private func learnNumber(_ store: EngineStore) {
        let number = (try? store.engine.newestNumber()) ?? store.engine.knownNumber
        state.withLock { $0.number = max($0.number, number) }
    }

    private func fail(_ changes: [Change]) {
        state.withLock { state in
            for change in changes {
                for (key, _) in change.changes.puts + change.changes.inserts { state.failed.insert(RecordKey(key)) }
                for key in change.changes.deletes { state.failed.insert(RecordKey(key)) }
            }
        }
    }

    static let restsOnFailure = CatalogError(
        .serializationFailure, "What this was computed from was not committed, for another write before it has failed. Try again.")
}

extension EngineChanges {
    /// The changes of several transactions, one after the other.
    fileprivate init(_ all: [EngineChanges]) {
        guard all.count > 1 else {
            self = all[0]
            return
        }
        // Whether the engine has it shows the first one that changes it.
        var last: [RecordKey: (value: [UInt8]?, isNew: Bool)] = [:]
        func change(_ key: [UInt8], _ value: [UInt8]?, isNew: Bool = false) {
            let key = RecordKey(key)
            last[key] = (value, last[key]?.isNew ?? isNew)
        }
        for changes in all {
            for (key, value) in changes.puts { change(key, value) }
            for (key, value) in changes.inserts { change(key, value, isNew: true) }
            for key in changes.deletes { change(key, nil) }
        }
        self.init()
        for (key, (value, isNew)) in last.sorted(by: { $0.key < $1.key }) {
            guard let value else {
                if !isNew { deletes.append(key.bytes) }
                continue
            }
            if isNew { inserts.append((key.bytes, value)) } else { puts.append((key.bytes, value)) }
        }
        count = all.count
    }

    /// Whether it is little enough to be sent with others.
    var isSmall: Bool {
        guard keyCount <= SharedCommits.largestKeyCount, ahead == nil else { return false }
        return byteCount <= SharedCommits.largestByteCount
    }
}
