import Ground

// States with names. Making one is O(1): it is a record that leads to the root of the newest flush, whose pages stay from then on because
// the state counts among those that are protected. Dropping one costs what it frees.

extension Store {
    /// Gives what is committed now a name, under which it can be read until it is dropped. It is durable when this returns.
    ///
    /// Its pages stay in the file, whatever is written later: a state costs what has changed since.
    ///
    /// - Throws: `stateExists`; `stateRefused` if no state can have that name, or the file has none: a store in memory, or a file of
    ///   format 1 (``upgradeFormat()``); and what a commit throws.
    @discardableResult
    public func createState(_ name: String) throws(StoreError) -> NamedState {
        try createState(name, microseconds: Int64(SystemFacts.secondsSince1970 * 1_000_000))
    }

    /// - Parameter microseconds: the time that it says it was made, asked for when all is committed that the state has.
    @discardableResult
    package func createState(_ name: String, microseconds: @autoclosure () -> Int64) throws(StoreError) -> NamedState {
        let key = try NamedState.key(name)
        try checkStates()
        // What was applied before belongs to the state.
        if try core.pipeline.inTurn(core.writer.hasUnflushed) { try core.pipeline.flushNow() }
        var transaction = try beginWrite()
        try core.pipeline.loadSpace()
        try core.writer.refreshNamedStates()
        if try transaction.get(key.span) != nil { throw .stateExists(name: name) }
        // No flush of pages begins while this transaction is open, so the record is made on top of the very flush that it tells of.
        core.pipeline.beginQuiet()
        let meta = core.writer.durable.meta
        core.pipeline.endQuiet()
        let state = NamedState(name: name, meta: meta, opening: opening, microseconds: microseconds())
        try transaction.put(key.span, state.encoded().span)
        core.writer.hold(state)
        try transaction.commit(.hard)
        return state
    }

    /// Takes the name from a state. What no other state has is free to use soon after.
    ///
    /// Snapshots of it stay as they are.
    ///
    /// - Throws: `stateNotFound`, and what a commit throws.
    public func dropState(_ name: String) throws(StoreError) { try dropStates([name]) }

    /// The same for several at once. If one of them is not there, none is dropped.
    public func dropStates(_ names: [String]) throws(StoreError) {
        var keys: [[UInt8]] = []
        for name in names { keys.append(try NamedState.key(name)) }
        try checkStates()
        var transaction = try beginWrite()
        for (name, key) in zip(names, keys) {
            guard try transaction.delete(key.span) else { throw .stateNotFound(name: name) }
        }
        try core.pipeline.loadSpace()
        try transaction.commit(.hard)
        try core.pipeline.inTurn(core.writer.refreshNamedStates())
        // Its pages are free after a flush that knows nothing of it, and the upkeep goes through what was dropped since.
        try core.pipeline.flushNow()
    }

    /// The states that have names, in order of these.
    public func states() throws(StoreError) -> [NamedState] { try states(asSeenIn: try snapshot()) }

    /// Those that have names in a snapshot, in order of these.
    public func states(asSeenIn snapshot: Snapshot) throws(StoreError) -> [NamedState] {
        defer { withExtendedLifetime(snapshot) {} }
        return try NamedState.all(in: snapshot.view)
    }

    /// A state that has a name, to read.
    ///
    /// - Throws: `stateNotFound`.
    public func snapshot(of name: String) throws(StoreError) -> Snapshot { try snapshot(of: name, asSeenIn: try snapshot()) }

    /// A state that has a name in another snapshot: as long as that one lives, the pages of such states are kept.
    ///
    /// - Throws: `stateNotFound`.
    public func snapshot(of name: String, asSeenIn other: Snapshot) throws(StoreError) -> Snapshot {
        defer { withExtendedLifetime(other) {} }
        guard let state = try NamedState.find(name, in: other.view) else { throw .stateNotFound(name: name) }
        return Snapshot(core, try core.beginSnapshot(of: state, other.view.reader))
    }

    private func checkStates() throws(StoreError) {
        if isReadOnly { throw .readOnly }
        if core.file.isVolatile { throw .stateRefused(reason: "a store in memory has no named states; use a file") }
        core.turn.take()
        defer { core.turn.end() }
        if !core.writer.hasStates {
            throw .stateRefused(
                reason: "the file \(core.file.path) has format 1, which has no named states; `pando compact --format 2` upgrades it")
        }
    }

    /// Makes the file one of the newest format, in place, with digests (``RangeDigest``), for which all of it is read. Releases that don't know
    /// that format can't open it any more. If it is cut off, doing it again goes on.
    public func upgradeFormat() throws(StoreError) {
        if isReadOnly { throw .readOnly }
        if core.file.isVolatile { return }
        try core.pipeline.inTurn(core.pipeline.claim())
        try core.pipeline.flushNow()
        try core.pipeline.inTurn(core.writer.upgrade())
        try addDigests()
    }

    /// Branches that get digests in a transaction: the records below the lowest of them are read meanwhile.
    private static let digestBranches = 16

    /// Gives digests to the branches that have none.
    private func addDigests() throws(StoreError) {
        var hasChanged = false
        var level = 1
        while level <= core.published.newest.view.root.level {
            var start: [UInt8]? = []
            while let from = start {
                let snapshot = try snapshot()
                let found = try snapshot.view.branchesWithoutDigests(level: level, from: from, limit: Self.digestBranches)
                start = found.next
                if found.keys.isEmpty { continue }
                hasChanged = true
                try core.pipeline.changeInTurn { (tree) throws(StoreError) in
                    for key in found.keys {
                        try withBytes(key) { (key) throws(StoreError) in try tree.addDigests(key, level: level) }
                    }
                }
            }
            level += 1
        }
        if hasChanged { try core.pipeline.flushNow() }
    }
}
