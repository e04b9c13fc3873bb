// The states that are protected: their pages are not used.

/// A state with a name.
struct HeldState {
    let state: NamedState
    /// The number from which on no state has the name.
    var dropped: TransactionID?
}

extension Writer {
    /// The states whose pages may not be used.
    func protectedStates() throws(StoreError) -> ProtectedStates {
        let states = try seenStates()
        let durable = durableFlush
        // Who sees a state in which a name was not dropped yet may come to look for it there.
        named.removeAll { held in
            held.dropped.map { dropped in durable >= dropped && !states.contains { $0 < dropped } } ?? false
        }
        return ProtectedStates(states + named.map(\.state.transaction))
    }

    /// The states that somebody reads, and those that somebody would begin with, also after a crash.
    func seenStates() throws(StoreError) -> [TransactionID] {
        let live = published.live()
        if file.isVolatile { return live }
        return try live + [durableFlush, newestFlush] + file.readersElsewhere(below: nextTransaction)
    }

    /// Brings what is known of named states up to what the tree has.
    func refreshNamedStates() throws(StoreError) {
        let found = try NamedState.all(in: tree.view)
        for index in named.indices where named[index].dropped == nil && !found.contains(named[index].state) {
            named[index].dropped = nextTransaction
        }
        for state in found where !named.contains(where: { $0.state == state && $0.dropped == nil }) { hold(state) }
    }

    func hold(_ state: NamedState) { named.append(HeldState(state: state)) }

    var namedStates: [NamedState] { named.map(\.state) }
    var hasStates: Bool { version >= MetaPage.stateVersion && !file.isVolatile }

    /// Finds the states that have names in the durable state.
    func loadNamedStates() throws(StoreError) {
        guard hasStates else { return }
        let view = TreeView(reader: tree.view.reader, root: durable.meta.root)
        named = try NamedState.all(in: view).map { HeldState(state: $0) }
    }

    /// Makes the file one of the newest format, all in the writer's turn.
    func upgrade() throws(StoreError) {
        if version == MetaPage.currentVersion && tree.keepsDigests { return }
        version = MetaPage.currentVersion
        readFeatures |= MetaPage.digestFeature
        tree.keepsDigests = true
        try flush(whole: true)
        try copyMeta()
    }
}
