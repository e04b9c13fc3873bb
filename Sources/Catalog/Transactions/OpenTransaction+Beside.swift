package import Ground

// A transaction whose changes are kept beside the tree, because its statements read and change single records by their keys. One that begins
// alone has them in the tree until somebody else wants the turn: nothing takes less than to keep the turn.
extension OpenTransaction {
    var isBeside: Bool { writer != nil && writer!.store.beside != nil }

    /// Whether the running statement keeps beside the tree what it changes, too: it is undone by ``undoBeside()``.
    package var changesBeside: Bool { keepsBeside && isBeside }

    /// - Parameter aside: nil if it has changed nothing.
    func staysBeside(_ aside: SetAside?) -> Bool {
        guard isolation == .readCommitted, !isReadOnly, savepoints.isEmpty, catalog.store.engine == nil else { return false }
        return aside.map { isLight && $0.changesBeside != nil } ?? true
    }

    /// Takes the turn. The locks stay: nothing else keeps others from what was changed.
    ///
    /// - Throws: `.locked` if others had it until then, `.serializationFailure` if what was read has changed meanwhile.
    func beginBeside(_ aside: SetAside?, until deadline: MonotonicTime?) throws(CatalogError) {
        var begun = try beginWrite(until: deadline)
        if let base = aside?.base { try catalog.requireUnchanged(notes, since: base) }
        begun.store.beside = ChangesBeside(aside?.changesBeside ?? [], need)
        writer = consume begun
        (keepsBeside, isLight, phase) = (true, true, .writing)
        beginStatement()
    }

    /// Notes what stands beside the tree before a statement: it may be undone alone, as a turn may have several.
    package func beginStatement() {
        _ = need.take()
        beforeStatement = !isLent && isBeside ? writer!.store.beside : nil
    }

    /// For a statement that turns out to be another one than was thought when it began. Throws if it began with changes beside the tree: it has
    /// to begin anew.
    package func requireTree() throws(CatalogError) {
        if changesBeside, let beside = writer!.store.beside { throw beside.refusal }
        if writer != nil { try writer!.store.engine?.goAlone() }
    }

    /// The same if nobody has it. Where that fails, whoever runs the statement hears of it.
    func beginBesideAtOnce(_ aside: SetAside?) -> Bool {
        do throws(CatalogError) { try beginBeside(aside, until: .now) } catch { return false }
        return true
    }

    /// Takes the turn for a statement that looks at single records by their keys, and changes them, and nothing else.
    ///
    /// - Throws: `.locked` if others had it until then, `.serializationFailure` if what was read has changed meanwhile.
    package func takeTurnByKey(until deadline: MonotonicTime?) throws(CatalogError) {
        reclaim()
        switch phase {
        case .aside(let aside) where staysBeside(aside):
            do throws(CatalogError) { try beginBeside(aside, until: deadline) } catch {
                if error.kind == .serializationFailure { fail(error) }
                throw error
            }
        case .reading where staysBeside(nil) && !catalog.openTransactions.hasOne: try beginBeside(nil, until: deadline)
        case .reading, .writing, .lent, .aside, .failed, .ended: try takeTurn(until: deadline)
        }
    }

    /// The state that a statement reads which looks at single records by their keys, for which nobody is waited for; nil if it has to be
    /// read as others are.
    package func snapshotBeside() throws(CatalogError) -> CatalogSnapshot? {
        reclaim()
        guard case .aside(let aside) = phase, staysBeside(aside), let changes = aside.changesBeside else { return nil }
        var seen = seen
        let snapshot = try catalog.snapshot(nil, noting: &seen).with(ChangesBeside(changes, need))
        self.seen = seen
        return snapshot
    }

    /// Says that what the transaction has changed has to be in the tree from now on.
    package func needsTree() { keepsBeside = false }

    func putIntoTree() throws(CatalogError) {
        dropLocks()
        beforeStatement = nil
        do throws(CatalogError) { try writer!.putIntoTree() } catch {
            fail(error)
            throw error
        }
    }

    /// Whether the running statement has wanted to see more of the transaction's changes than single records. Then it is as if it had not
    /// begun, and goes on with the changes in the tree.
    package func startAgainInTree() -> Bool {
        guard isBeside, need.take(), let beforeStatement else { return false }
        writer!.store.beside = beforeStatement
        // What the statements before it have told is told anew with their changes.
        writer!.forgetTold()
        needsTree()
        return true
    }

    /// Undoes what the running statement has done beside the tree, and gives the turn up: it has to wait for another transaction.
    package func undoBeside() {
        guard isBeside, let beforeStatement else { return fail(.notSerializable) }
        writer!.store.beside = beforeStatement
        writer!.forgetTold()
        guard beforeStatement.isEmpty, !hasLocks else { return setAside() }
        writer = nil
        self.beforeStatement = nil
        phase = .reading
    }

    /// Gives the turn up. False if the changes belong into the tree, where they are now.
    func restBeside() -> Bool {
        do throws(CatalogError) {
            let told = writer!.takeTold()
            guard told.isNothing, let changes = writer!.store.beside?.remaining else {
                try putIntoTree()
                return false
            }
            let base = notes.isEmpty ? nil : try catalog.store.snapshot()
            let aside = SetAside(layers: [changes], base: base, told: told)
            keepLocks(aside)
            writer!.shareConfigs()
            phase = .aside(aside)
        } catch {
            fail(error)
        }
        writer = nil
        beforeStatement = nil
        return true
    }
}
