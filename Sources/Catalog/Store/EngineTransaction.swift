import Ground

/// What a write transaction knows of the engine's state that it began with.
final class EngineTransaction {
    /// With more than this, what was read is forgotten.
    private static let maximumByteCount = 16 << 20
    /// How many keys are asked for at once.
    private static let largestKeyCount = 1024

    let store: EngineStore
    private(set) var view: any EngineView
    /// What was read: nil inside for a key that the engine does not have.
    private var known: [RecordKey: [UInt8]?] = [:]
    private var byteCount = 0
    private var hasTurn = true
    /// Whether somebody may read the view when the transaction is over.
    var showsView = false
    /// Where commits stand on which the transaction is made, as long as it shares its own.
    private(set) var shared: SharedCommits?
    /// Keys that were read of those.
    private var rests: Set<RecordKey> = []
    /// The turn of several transactions that it is a part of; nil if it has one of its own.
    private var turn: UInt64?
    /// A record as it is put into the tree, with what the transaction does to it.
    var marked = ByteBuffer()
    /// What the engine was given before the commit.
    private var ahead = RecordsAhead()

    /// Nil if other processes wrote until the deadline.
    ///
    /// - Parameter shares: whether it may be sent with others, and begins behind those that are on their way.
    init?(_ store: EngineStore, until deadline: MonotonicTime?, shares: Bool = false) throws(CatalogError) {
        self.store = store
        if store.engine.isShared {
            if let (turn, view) = try store.turnCommits.join(if: shares) {
                (self.turn, self.view) = (turn, view)
                return
            }
        } else {
            if shares, store.sharedCommits.mayBegin {
                shared = store.sharedCommits
                view = try store.sharedCommits.begin(store)
                return
            }
            guard try store.sharedCommits.drain(store, until: deadline) else { return nil }
        }
        while true {
            guard let number = try store.engine.beginTurn(until: deadline) else { return nil }
            do throws(CatalogError) {
                if let view = try store.view(ofTurnAt: number) {
                    self.view = view
                    if shares, store.engine.isShared { turn = store.beginSharedTurn(view) }
                    return
                }
            } catch {
                store.engine.endTurn()
                throw error
            }
            // A process that stood still for long has lost the turn. Nothing rests on it yet.
            store.engine.endTurn()
        }
    }

    deinit { endTurn() }

    /// Has other processes write. What the transaction holds is forgotten then, or committed.
    func endTurn() {
        if hasTurn, shared == nil, turn.map({ store.turnCommits.leave($0) }) ?? true {
            forgetAhead()
            if showsView { try? view.begin() }
            store.engine.endTurn()
        }
        hasTurn = false
    }

    // MARK: Records that are sent before the commit

    /// Whether those that are loaded are new, and none of their keys is one that the transaction has changed before.
    private(set) var loadsAmongNone = false

    /// Says that new records follow, in ascending order of their keys.
    /// - Parameter amongNone: whether the transaction has changed nothing between them.
    func beginToSend(amongNone: Bool) {
        loadsAmongNone = amongNone
        if amongNone, turn == nil, shared == nil { ahead.begin() }
    }

    /// One of those. The engine takes it while others are made.
    func send(_ key: [UInt8], _ value: Span<UInt8>) { ahead.add(key, value, to: store.engine) }

    /// Where those stand that were sent.
    var sentInterval: KeyInterval? { ahead.sent }

    /// Before a record is changed: one that was sent is not what the engine is to have.
    func willChange(_ key: [UInt8]) { if ahead.sent?.contains(key) == true { forgetAhead() } }

    private func forgetAhead() {
        if ahead.sent != nil { store.engine.forgetAhead() }
        ahead = RecordsAhead()
    }

    /// Ends the turn with a commit.
    func commit(_ changes: EngineChanges, _ durability: Durability) throws(CatalogError) {
        if showsView { try view.begin() }
        hasTurn = false
        try store.commit(changes, after: view.number, durability)
    }

    /// Puts the commit behind those that are on their way; nil if it has to be made alone.
    func share(_ changes: EngineChanges, _ durability: Durability) throws(CatalogError) -> SharedCommits.Place? {
        guard let shared else { return nil }
        if !changes.changesMetadata, changes.isSmall { return shared.enter(changes, rests: rests, durability) }
        try goAlone()
        return nil
    }

    /// Whether others may commit in the same turn.
    var sharesTurn: Bool { turn != nil }

    /// Leaves the changes in the tree to whoever sends what the turn has; nil if they have to be sent now.
    func leave(_ byteCount: Int, _ news: NewsParts) -> TurnCommits.Place? {
        guard store.turnCommits.hasRoom(byteCount) else { return nil }
        hasTurn = false
        return store.turnCommits.enter(byteCount, news)
    }

    /// Sends all that the turn has.
    func send(
        _ transaction: consuming OverlayTransaction, changesMetadata: Bool, _ news: NewsParts
    ) throws(CatalogError) {
        hasTurn = false
        try store.turnCommits.send(transaction, (changesMetadata, news), store)
    }

    /// Waits until the commits that the transaction is made on have been made: then the newest state has them. Before anything is read of the
    /// engine but single keys.
    func goAlone() throws(CatalogError) {
        guard let shared else { return }
        let patience = Duration.seconds(30)
        guard try shared.drain(store, until: .now + patience, resting: rests) else {
            throw CatalogError(.locked, "Another write has been on its way to \(store.engine.name) for \(patience); try again.")
        }
        self.shared = nil
        view = try store.view()
    }

    /// The number that the commit is told by.
    var nextNumber: UInt64 {
        if !store.engine.isShared { return store.sharedCommits.nextNumber(on: view) }
        return view.number + 1 + UInt64(turn == nil ? 0 : store.turnCommits.count)
    }

    func value(_ key: [UInt8]) throws(CatalogError) -> [UInt8]? {
        let record = RecordKey(key)
        if let found = known[record] { return found }
        try fetch([key])
        if let found = known[record] { return found }
        // It was too large to come with others.
        note(try values(of: [record]))
        return known[record] ?? nil
    }

    /// Notes that there is no record with a key, which nobody but the transaction knows.
    func expectNew(_ key: [UInt8]) { known.updateValue(nil, forKey: RecordKey(key)) }

    /// Reads values before they are asked for, as far as there is room for them.
    func fetch(_ keys: [[UInt8]]) throws(CatalogError) {
        if byteCount > Self.maximumByteCount { (known, byteCount) = ([:], 0) }
        guard keys.count > Self.largestKeyCount else { return try fetchTogether(keys) }
        var rest = keys[...]
        while !rest.isEmpty, byteCount <= Self.maximumByteCount {
            try fetchTogether(Array(rest.prefix(Self.largestKeyCount)))
            rest = rest.dropFirst(Self.largestKeyCount)
        }
    }

    private func fetchTogether(_ keys: [[UInt8]]) throws(CatalogError) {
        if keys.isEmpty { return }
        let keys = keys.map { RecordKey($0) }
        guard shared != nil || turn != nil else { return note(try values(of: keys)) }
        let commits = store.sharedCommits
        var found: [RecordKey: [UInt8]?] = [:]
        var missing: [RecordKey] = []
        for key in keys {
            if let changed = shared?.changed(key) {
                found.updateValue(changed, forKey: key)
                rests.insert(key)
            } else if let known = commits.known(key, in: view) {
                found.updateValue(known, forKey: key)
            } else {
                missing.append(key)
            }
        }
        if !missing.isEmpty {
            // Together with what those want to know who are next.
            let read = try values(of: Array(Set(missing + commits.expectedKeys())))
            commits.know(read, in: view)
            for key in missing { if let value = read[key] { found.updateValue(value, forKey: key) } }
        }
        note(found)
    }

    private func values(of keys: [RecordKey]) throws(CatalogError) -> [RecordKey: [UInt8]?] {
        let rows = try view.rows(ahead: keys.map(\.bytes))
        var values: [RecordKey: [UInt8]?] = [:]
        for key in keys where !rows.omitted.contains(key.bytes) { values.updateValue(nil, forKey: key) }
        for index in 0..<rows.count { values[RecordKey(rows.key(index).copy())] = rows.value(index).copy() }
        return values
    }

    private func note(_ values: [RecordKey: [UInt8]?]) {
        for (key, value) in values {
            known.updateValue(value, forKey: key)
            byteCount += key.bytes.count + (value?.count ?? 0) + 64
        }
    }
}
