import Ground
import Synchronization

/// Commits of this process that an engine gets together, where other processes write as well: those that are made in one turn among the
/// processes.
///
/// To take that turn, and to end it with a commit, are trips to the engine, and wait for its disk. So a transaction that shares its commit leaves
/// what it has changed in the tree in memory, and the turn to the next one of this process, which reads the same state of the engine and finds in
/// the tree what was changed since. One of those who wait for their commits sends them, once those who want to write meanwhile have done so, but
/// no later than after as long as the last commit took. Whoever doesn't share begins when that is done.
///
/// They are one commit of the engine. If it is refused all of them have failed, as each may have read what those before it had changed.
final class TurnCommits: Sendable {
    /// A commit that is waited for.
    final class Place: Sendable {
        fileprivate let result = Monitored<Result<Void, CatalogError>?>(nil)
    }

    private struct State {
        /// What the transactions of the open turn read; nil if none is open.
        var view: (any EngineView)?
        /// Tells a turn from those before.
        var turn: UInt64 = 0
        /// How many transactions there are that have not ended.
        var users = 0
        /// Those that have, and are to be sent.
        var places: [Place] = []
        var byteCount = 0
        /// What other processes are told of them.
        var news = NewsParts()
        /// Whether somebody is about to send them.
        var hasSender = false
        /// Set when the tree could not be emptied: what is in it must never be sent again.
        var failure: CatalogError?

        func has(_ place: Place) -> Bool { places.contains { $0 === place } }

        /// Ends the turn, unless nothing waits: then who began it does.
        mutating func close(evenIfNothingWaits: Bool) -> (places: [Place], news: NewsParts, view: (any EngineView)?) {
            guard evenIfNothingWaits || !places.isEmpty else { return ([], NewsParts(), nil) }
            defer { (places, news, byteCount, view) = ([], NewsParts(), 0, nil) }
            return (places, news, view)
        }
    }

    private let state = Mutex(State())
    private let tree: OverlayTree
    private let waitingAlone = Atomic(0)

    private static let largestCount = 256
    /// How often whoever waits for the writer's turn to send commits looks whether somebody else has.
    private static let interval = Duration.milliseconds(10)

    /// - Parameter tree: what the transactions have changed is there.
    init(_ tree: OverlayTree) { self.tree = tree }

    // MARK: In the writer's turn

    /// The open turn, of which the caller's transaction is now a part if it shares; nil if it has to begin its own.
    func join(if shares: Bool) throws(CatalogError) -> (turn: UInt64, view: any EngineView)? {
        let (found, failure) = state.withLock { state -> ((UInt64, any EngineView)?, CatalogError?) in
            guard state.failure == nil, shares, let view = state.view else { return (nil, state.failure) }
            state.users += 1
            return ((state.turn, view), nil)
        }
        if let failure { throw failure }
        return found
    }

    /// Opens the turn that the caller has taken. Returns its number.
    func open(_ view: any EngineView) -> UInt64 {
        state.withLock { state in
            (state.view, state.users) = (view, 1)
            state.turn += 1
            return state.turn
        }
    }

    /// How many commits wait to be sent.
    var count: Int { state.withLock { $0.places.count } }

    /// Whether one more may wait with them. Not while somebody wants the turn for himself.
    func hasRoom(_ byteCount: Int) -> Bool {
        guard waitingAlone.load(ordering: .relaxed) == 0 else { return false }
        return state.withLock { $0.places.count < Self.largestCount && $0.byteCount + byteCount <= SharedCommits.largestByteCount }
    }

    /// Puts a commit behind the others, whose changes stand in the tree. Whoever does so has to ``wait(for:_:)``.
    func enter(_ byteCount: Int, _ news: NewsParts) -> Place {
        let place = Place()
        state.withLock { state in
            state.users -= 1
            state.places.append(place)
            state.byteCount += byteCount
            state.news += news
        }
        return place
    }

    /// Takes a transaction out that has changed nothing. True if it was all that there was of the turn, which is over then: the engine is to be
    /// told.
    func leave(_ turn: UInt64) -> Bool {
        // Not let go of under the lock.
        let view = state.withLock { state -> (any EngineView)? in
            guard state.turn == turn, state.view != nil else { return nil }
            state.users -= 1
            return state.users == 0 && state.places.isEmpty ? state.view.take() : nil
        }
        return view != nil
    }

    /// Sends what waits, and what the transaction itself has changed if it is a part of the turn, and ends the turn. Nothing is left in the tree.
    ///
    /// - Parameters:
    ///   - transaction: the one that is open in the tree.
    ///   - own: what is told of its own changes; nil: it has none.
    /// - Throws: if they are not committed.
    func send(
        _ transaction: consuming OverlayTransaction, _ own: (changesMetadata: Bool, news: NewsParts)? = nil, _ store: EngineStore
    ) throws(CatalogError) {
        let (places, news, view) = state.withLock { $0.close(evenIfNothingWaits: own != nil) }
        guard let view else { return transaction.rollback() }
        var failure: CatalogError?
        do throws(CatalogError) {
            // What they have changed may come to nothing, and yet have been told.
            var changes = try transaction.changes()
            changes.count = places.count + (own == nil ? 0 : 1)
            changes.changesMetadata = own?.changesMetadata ?? false
            changes.news = news
            if let own { changes.news += own.news }
            try store.commit(changes, after: view.number, .hard)
        } catch {
            failure = error
            store.engine.endTurn()
        }
        if places.isEmpty {
            transaction.rollback()
        } else {
            do throws(CatalogError) { try transaction.empty() } catch { state.withLock { $0.failure = error } }
        }
        let result: Result<Void, CatalogError> = failure.map { .failure($0) } ?? .success(())
        for place in places { place.result.update { $0 = result } }
        if let failure { throw failure }
    }
    // MARK: Outside of it

    /// Says that somebody waits for the writer's turn who begins behind all that waits: nothing is left to others until he has it, so he need not
    /// send them again and again.
    func beginWaitingAlone() { waitingAlone.add(1, ordering: .relaxed) }
    func endWaitingAlone() { waitingAlone.subtract(1, ordering: .relaxed) }

    /// Returns once the changes are committed.
    func wait(for place: Place, _ store: EngineStore) throws(CatalogError) {
        while true {
            let isSender = state.withLock { state in
                guard !state.hasSender, state.has(place) else { return false }
                state.hasSender = true
                return true
            }
            if isSender {
                sendOthers(until: place, store)
                let rest = state.withLock { state in
                    state.hasSender = false
                    return state.places
                }
                // One of those who wait for them is the next sender.
                for place in rest { place.result.update { _ in } }
            }
            let result = place.result.wait { result -> Result<Void, CatalogError>?? in
                if let result { return .some(result) }
                return state.withLock { !$0.hasSender && $0.has(place) } ? .some(nil) : nil
            }
            if let result { return try result.get() }
        }
    }

    /// Sends what waits, if nobody else does until the caller has the writer's turn.
    private func sendOthers(until place: Place, _ store: EngineStore) {
        while place.result.wait(until: .now, { $0 == nil ? nil : () }) == nil {
            do throws(CatalogError) {
                guard let transaction = try tree.beginBehindOthers(until: .now + Self.interval) else { continue }
                // What became of it the places say.
                try? send(transaction, nil, store)
            } catch {
                fail(error, store)
            }
        }
    }

    /// Has all of them fail that wait: the tree takes nothing any more.
    func fail(_ error: CatalogError, _ store: EngineStore) {
        let (places, view) = state.withLock { state in
            state.failure = error
            let (places, _, view) = state.close(evenIfNothingWaits: true)
            return (places, view)
        }
        if view != nil { store.engine.endTurn() }
        for place in places { place.result.update { $0 = .failure(error) } }
    }
}
