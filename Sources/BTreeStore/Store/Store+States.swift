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

    /// - Parameter microseconds: the time that it says it was made.
    @discardableResult
    func createState(_ name: String, microseconds: Int64) throws(StoreError) -> NamedState {
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
        let state = NamedState(name: name, meta: meta, opening: opening, microseconds: microseconds)
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
    public func dropState(_ name: String) throws(StoreError) {
        let key = try NamedState.key(name)
        try checkStates()
        var transaction = try beginWrite()
        guard try transaction.delete(key.span) else { throw .stateNotFound(name: name) }
        try core.pipeline.loadSpace()
        try transaction.commit(.hard)
        try core.pipeline.inTurn(core.writer.refreshNamedStates())
        // Its pages are free after a flush that knows nothing of it, and the upkeep goes through what was dropped since.
        try core.pipeline.flushNow()
    }

    /// The states that have names, in order of these.
    public func states() throws(StoreError) -> [NamedState] {
        let snapshot = try snapshot()
        defer { withExtendedLifetime(snapshot) {} }
        return try NamedState.all(in: snapshot.view)
    }

    /// A state that has a name, to read.
    ///
    /// - Throws: `stateNotFound`.
    public func snapshot(of name: String) throws(StoreError) -> Snapshot {
        // As long as this one lives, the pages of the states that have a name in it are kept.
        let newest = try snapshot()
        defer { withExtendedLifetime(newest) {} }
        guard let state = try NamedState.find(name, in: newest.view) else { throw .stateNotFound(name: name) }
        return Snapshot(core, try core.beginSnapshot(of: state, newest.view.reader))
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

    /// Makes the file one of the newest format, in place. Releases that don't know that format can't open it any more.
    public func upgradeFormat() throws(StoreError) {
        if isReadOnly { throw .readOnly }
        if core.file.isVolatile { return }
        try core.pipeline.inTurn(core.pipeline.claim())
        try core.pipeline.flushNow()
        try core.pipeline.inTurn(core.writer.upgrade())
    }
}
