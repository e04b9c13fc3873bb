package import Ground

/// A transaction that goes on from one statement, or request, of its client to the next.
///
/// It takes the writer's turn with its first write. While its client is waited for (``rest()``), the turn is lent: when somebody else has
/// waited longer than ``CatalogOptions/writerGrace``, the transaction is *set aside*. What it has changed is taken out as differences, the
/// turn goes on, and the next statement takes the turn again and puts the differences back.
///
/// While a transaction changes single records by their keys, and few of them, these changes are not in the tree at all before the commit
/// (``ChangesBeside``): it gives the turn up after each statement, and nothing has to be taken out and put back.
///
/// Why this is safe: it is used by one thread at a time, that which serves its client. A thread that waits for the turn may set it aside
/// meanwhile, but only while it is lent, and `monitor` tells both when that begins and ends.
package final class OpenTransaction: @unchecked Sendable {
    package enum Isolation: Sendable, Hashable {
        /// Each statement reads the newest state. What was written stays locked.
        case readCommitted
        /// All read one state. If what was read has changed when the transaction writes, or goes on to, it fails.
        case serializable
    }

    enum Phase {
        /// Nothing was written.
        case reading
        case writing
        /// The turn is lent.
        case lent
        case aside(SetAside)
        case failed(CatalogError)
        case ended
    }

    struct Savepoint {
        enum Place {
            case beforeWriting
            /// Nil while the transaction is set aside.
            case state(CatalogSnapshot?)
        }

        /// Empty if whoever made it knows its number.
        let name: String
        var place: Place
        /// What the transaction has told beside its changes; nil if it had not written.
        let told: SetAside.Told?
    }

    /// Tells it from all others of this opening.
    package let number: UInt64
    package let isolation: Isolation
    package let user: String?
    /// The number of the session that it is of alone; nil if it is of none, or of several.
    let session: Int32?
    /// Whether it refuses to write.
    package let isReadOnly: Bool
    let catalog: Catalog
    let notes: ReadNotes
    private var isBorrowed = false
    private let monitor = Monitor()
    var phase = Phase.reading
    var writer: CatalogTransaction?
    /// The state that a serializable one reads before it writes.
    private var fixed: CatalogSnapshot?
    /// What its reads may have seen before it was durable, unless it was begun to read only.
    var seen: SeenMark?
    var savepoints: [Savepoint] = []
    package var endings = TransactionEndings()
    /// What SQL keeps of a transaction of several requests from one of them to the next.
    package var keptForSQL: AnyObject?
    private var lastSteps: [String: (inout CatalogTransaction) throws(CatalogError) -> Void] = [:]
    /// The number by which the turn was lent, as the client's thread knows: what has become of it since shows ``reclaim()``.
    private var lending: UInt64?
    var isLent: Bool { lending != nil }
    /// Whether it had changed so little when its client was last waited for that it takes less to set it aside, and to go on later, than to
    /// wait for the client.
    var isLight = false
    /// Whether to go on with it, and to commit it, takes no longer than a write of one document.
    package var isShort: Bool { isLight || !hasWritten }
    /// Whether its statements may go on without its changes in the tree. It has the turn then, or was set aside.
    var keepsBeside = false
    /// What stood beside the tree when the running statement began, if it keeps there what it changes.
    var beforeStatement: ChangesBeside?
    let need = TreeNeed()
    /// Whether others are kept from what it has locked.
    private(set) var hasLocks = false
    /// How long it waits for the writer's turn where no deadline is named; nil: without end.
    package var patience: Duration?
    /// Whether its next statement is going to write much: then those of others that write little go first.
    package var isLong = false
    /// Whether it changes single rows and nothing else, so that an engine may get it together with others.
    package var sharesCommit = false
    /// Where it will be committed, if it may become one transaction with those before it, which are to be committed there.
    package var group: TransactionGroup?
    /// ``CatalogTransaction/changeMark`` when it began.
    private var changeMark = 0
    /// How often it was set aside.
    package private(set) var setAsideCount = 0

    init(_ catalog: Catalog, number: UInt64, _ isolation: Isolation, user: String?, isReadOnly: Bool, session: Int32?) {
        self.catalog = catalog
        self.number = number
        self.isolation = isolation
        self.user = user
        self.session = session
        self.isReadOnly = isReadOnly
        notes = ReadNotes(notesAll: isolation == .serializable, onlyContents: isolation == .readCommitted)
    }

    /// One state that is read several times, and nothing else.
    package init(reading state: CatalogSnapshot, of catalog: Catalog) {
        self.catalog = catalog
        number = 0
        isolation = .serializable
        user = nil
        session = nil
        isReadOnly = true
        notes = ReadNotes(notesAll: false, onlyContents: true)
        isBorrowed = true
        fixed = state
    }

    /// What somebody else has begun, and ends: it keeps the turn until it is given back.
    package init(borrowing writer: consuming CatalogTransaction) {
        catalog = writer.catalog
        number = 0
        isolation = .readCommitted
        user = writer.user
        session = nil
        isReadOnly = false
        notes = ReadNotes(notesAll: false, onlyContents: true)
        isBorrowed = true
        phase = .writing
        self.writer = consume writer
    }

    /// Nil if it was given back before.
    package func giveBack() -> CatalogTransaction? {
        phase = .ended
        return writer.take()
    }

    /// Whether it has read something that is in a database. From any thread.
    func uses(_ database: DatabaseConfig) -> Bool { notes.has(prefix: CatalogKeys.contentsPrefix(ofDatabase: database.id)) }

    package var hasWritten: Bool {
        if isLent { return true }
        switch phase {
        case .writing, .lent, .aside: return true
        case .reading, .failed, .ended: return false
        }
    }

    /// Whether a statement can go on at once.
    package var hasTurn: Bool { !isLent && writer != nil }

    private static let ended = CatalogError(.closed, "The transaction has ended.")

    // MARK: Statements

    /// The state that the next statement reads. Goes on with a transaction that was set aside.
    package func snapshot() throws(CatalogError) -> CatalogSnapshot {
        try goOn(until: nil)
        if writer != nil { return try writer!.snapshot(isShared: sharesCommit) }
        if let fixed { return fixed }
        var seen = seen
        let snapshot = try catalog.snapshot(isolation == .serializable ? notes : nil, noting: &seen)
        if !isReadOnly { self.seen = seen }
        guard isolation == .serializable else { return snapshot }
        fixed = snapshot
        return snapshot
    }

    /// Changes something. Takes the writer's turn if the transaction doesn't have it.
    package func write<Result, Failure>(
        _ body: (inout CatalogTransaction) throws(Failure) -> Result, until deadline: MonotonicTime? = nil,
        refusing refusal: (CatalogError) -> Failure
    ) throws(Failure) -> Result {
        do throws(CatalogError) { try takeTurn(until: deadline) } catch { throw refusal(error) }
        return try body(&writer!)
    }

    /// Takes the writer's turn before something is read that will be written.
    ///
    /// - Throws: `.locked` if others had it until then, `.serializationFailure` if what was read has changed meanwhile.
    package func takeTurn(until deadline: MonotonicTime? = nil) throws(CatalogError) {
        try goOn(until: deadline)
        guard writer == nil else { return }
        if isReadOnly { throw CatalogError(.readOnly, "The transaction was begun to be read only; begin another one to write.") }
        writer = try beginWrite(until: deadline)
        phase = .writing
        do throws(CatalogError) {
            guard let fixed else { return }
            try catalog.requireUnchanged(notes, since: fixed.store)
            self.fixed = try catalog.snapshot(notes)
        } catch {
            fail(error)
            throw error
        }
    }

    func fail(_ error: CatalogError) {
        dropLocks()
        writer = nil
        phase = .failed(error)
        catalog.openTransactions.wakeWaiters(of: self)
    }

    func beginWrite(until deadline: MonotonicTime?) throws(CatalogError) -> CatalogTransaction {
        if var transaction = group?.goOn() {
            transaction.beginAgain(user: user, access)
            changeMark = transaction.changeMark
            return transaction
        }
        let end = deadline ?? patience.map { .now + $0 }
        // Who finds locked what another transaction has written waits for it, so nothing is lost if that one is set aside at once.
        let sparing = deadline.map { $0 <= .now } ?? false
        guard let store = try catalog.store.beginWrite(until: end, isLong: isLong, shares: sharesCommit, sparing: sparing) else {
            throw Catalog.turnNotFree
        }
        try catalog.takeInNews(store.engine)
        var transaction = CatalogTransaction(store, in: catalog)
        transaction.store.access = access
        transaction.user = user
        changeMark = transaction.changeMark
        return transaction
    }

    /// Whose locks it meets is known once it has the turn: those that wait for their clients are set aside for it.
    private var access: TransactionAccess { TransactionAccess(owner: number, meetsOthersLocks ? catalog.locks : nil, notes) }

    /// Ends a lending of the turn. Whether the transaction was set aside meanwhile is known then.
    func reclaim() {
        guard let number = lending.take() else { return }
        if catalog.store.reclaimTurn(number) {
            phase = .writing
        } else {
            monitor.withLock { while case .lent = phase { monitor.wait() } }
        }
    }

    /// Has the transaction's changes in the newest state again, if it was set aside.
    package func goOn(until deadline: MonotonicTime?) throws(CatalogError) {
        reclaim()
        switch phase {
        case .reading, .lent: return
        case .writing: if isBeside, !keepsBeside { try putIntoTree() }
        case .failed(let error): throw error
        case .ended: throw Self.ended
        case .aside(let aside):
            writer = try beginWrite(until: deadline)
            // The locks are not needed while it has the turn.
            dropLocks()
            do throws(CatalogError) {
                var states = try writer!.putBack(aside, notes)[...]
                for index in savepoints.indices {
                    if case .state = savepoints[index].place { savepoints[index].place = .state(states.popFirst()) }
                }
                if fixed != nil { fixed = try catalog.snapshot(notes) }
                phase = .writing
            } catch {
                fail(error)
                throw error
            }
        }
    }

    /// Whether the next statement can go on without waiting, and with nothing to compare or to put back before.
    ///
    /// - Parameters:
    ///   - toWrite: whether it is going to write. Then it has the writer's turn if this is true.
    ///   - byKey: whether it looks at single records by their keys, and changes them, and nothing else: then the changes of the transaction
    ///     need not be in the tree. Who finds out that they have to be says ``needsTree()``.
    package func isReady(toWrite: Bool, byKey: Bool = false) -> Bool {
        if let number = lending {
            if catalog.store.reclaimTurn(number) {
                lending = nil
                phase = .writing
            } else {
                guard isLight else { return false }
                reclaim()
            }
        }
        switch phase {
        case .writing: return true
        case .aside(let aside) where byKey && staysBeside(aside): return toWrite ? beginBesideAtOnce(aside) : true
        case .aside where isLight:
            // Where that fails for good, whoever runs the statement hears of it.
            do throws(CatalogError) { try goOn(until: .now) } catch { return false }
            return true
        case .reading where !toWrite: return true
        case .reading where byKey && staysBeside(nil) && !catalog.openTransactions.hasOne: return beginBesideAtOnce(nil)
        case .reading where !isReadOnly && fixed == nil:
            do throws(CatalogError) { writer = try beginWrite(until: .now) } catch { return false }
            phase = .writing
            isLight = true
            return true
        case .reading, .lent, .aside, .failed, .ended: return false
        }
    }

    /// Whether others have something locked that a statement could come upon: it should be able to go back to its beginning then.
    package var mayMeetLocks: Bool { writer != nil && meetsOthersLocks }
    private var meetsOthersLocks: Bool { catalog.locks.hasOwners(besides: hasLocks ? 1 : 0) }

    /// Who has locked what the last change wanted, if it failed for that.
    package func takeBlocker() -> OpenTransaction? {
        guard writer != nil, let number = writer!.store.access?.takeBlocker() else { return nil }
        return catalog.openTransactions.transaction(number)
    }

    /// Has those look again who wait for it: it has taken something back.
    package func wakeWaiters() { catalog.openTransactions.wakeWaiters(of: self) }

    /// Undoes everything and gives the turn up, but stays open: as if nothing had been written yet.
    package func undo() {
        reclaim()
        dropLocks()
        dropWriter()
        beforeStatement = nil
        switch phase {
        case .writing, .lent, .aside: phase = .reading
        case .reading, .failed, .ended: break
        }
    }

    /// Notes all that is read meanwhile: until the end, records that are read by their keys stay where they are, and ranges as they are.
    ///
    /// - Throws: `.locked` if others have made or removed such a record, or written something of a range.
    package func restingOnReads<Result, Failure>(
        _ body: () throws(Failure) -> Result, refusing refusal: (CatalogError) -> Failure
    ) throws(Failure) -> Result {
        let isNoted = notes.beginStatement()
        var isKept = false
        defer { if isNoted { notes.endStatement(keeps: isKept) } }
        let result = try body()
        if mayMeetLocks, let access = writer!.store.access {
            do throws(CatalogError) {
                // A serializable one keeps nothing from others, and they nothing from it.
                try access.check(isNoted ? notes.ofStatement : notes.all)
            } catch {
                throw refusal(error)
            }
        }
        isKept = true
        return result
    }

    /// Keeps all documents of a table as they are, and with them everything that follows from them.
    package func rest(on table: TableConfig, _ strength: LockStrength) throws(CatalogError) {
        guard writer != nil else { return }
        try writer!.store.access?.willRest(on: .prefix(table.documentsPrefix), strength)
    }

    /// Keeps what is defined as it is: nobody drops it, or declares it anew. Where there is none, nobody makes one.
    package func rest(onTable name: String, in database: DatabaseConfig, _ strength: LockStrength) throws(CatalogError) {
        guard writer != nil else { return }
        try writer!.rest(onTable: name, in: database, strength)
    }

    /// The same of a view, a type, a schema, a sequence.
    package func rest(
        onObject name: String, ofKind kind: String, in database: DatabaseConfig, _ strength: LockStrength
    ) throws(CatalogError) {
        guard writer != nil else { return }
        try writer!.rest(onObject: name, ofKind: kind, in: database, strength)
    }

    // MARK: Waiting for the client

    /// Says that the client is waited for.
    package func rest() {
        guard !isLent, !isBorrowed, case .writing = phase else { return }
        if isBeside, restBeside() { return }
        isLight = writer!.isLight() && isolation == .readCommitted
        if catalog.options.setsAsideAtOnce { return setAside() }
        phase = .lent
        let grace = writer!.isHeavy() ? catalog.options.heavyGrace : catalog.options.writerGrace
        lending = catalog.store.lendTurn(for: grace, isLight: isLight) { self.setAsideLent() }
        if catalog.writesBesideOthers { catalog.companion { TurnPassing() }.passSoon(catalog) }
    }

    /// Gives the turn up at once, because it has to wait for another transaction.
    package func setAside() {
        guard !isLent, !isBorrowed, case .writing = phase else { return }
        if isBeside, restBeside() { return }
        phase = .lent
        setAsideLent()
    }

    private func setAsideLent() {
        monitor.withLock {
            guard case .lent = phase, writer != nil else { return }
            setAsideCount += 1
            catalog.openTransactions.noteSetAside()
            do throws(CatalogError) {
                var states: [KeyValueSnapshot] = []
                for case .state(let state?) in savepoints.map(\.place) { states.append(state.store) }
                let base = try catalog.store.snapshot()
                let (layers, textIndexes) = try writer!.differences(
                    to: states, from: base, limit: catalog.options.setAsideByteCount)
                let aside = SetAside(
                    layers: layers, base: notes.isEmpty ? nil : base, told: writer!.takeTold(), textIndexes: textIndexes)
                keepLocks(aside)
                for index in savepoints.indices {
                    if case .state = savepoints[index].place { savepoints[index].place = .state(nil) }
                }
                writer!.shareConfigs()
                phase = .aside(aside)
            } catch {
                // The turn among processes was lost, and another one has committed: what there is now does not tell what was changed here.
                phase = .failed(error.kind == .invalidState && catalog.writesBesideOthers ? .notSerializable : error)
            }
            // Only now may others write.
            writer = nil
        }
        monitor.broadcast()
        if case .failed = phase { catalog.openTransactions.wakeWaiters(of: self) }
    }

    func keepLocks(_ aside: SetAside) {
        guard isolation == .readCommitted else { return }
        dropLocks()
        catalog.locks.add(written: aside.written, read: notes, owner: number)
        hasLocks = true
    }

    func dropLocks() {
        guard hasLocks else { return }
        catalog.locks.remove(owner: number)
        hasLocks = false
    }

    // MARK: The end

    /// Whether it goes on from one call to the next, and may be set aside between them.
    package var goesOn: Bool { !isBorrowed }

    /// Has something done right before the commit, if the transaction has written. What has the same name replaces it.
    package func beforeCommit(_ name: String, _ body: @escaping (inout CatalogTransaction) throws(CatalogError) -> Void) {
        lastSteps[name] = body
    }

    /// Makes everything visible, and durable as asked; it has ended then, whatever comes of it. One that has only read waits until what it
    /// has read of hard commits is durable, unless it was begun to read only.
    ///
    /// - Parameter deferred: what waits in its place until an engine has it.
    package func commit(_ durability: Durability, deferring deferred: DeferredCommits? = nil) throws(CatalogError) {
        defer { end() }
        needsTree()
        try goOn(until: nil)
        if writer != nil { for step in lastSteps.values { try step(&writer!) } }
        let written = writer.take()
        phase = .ended
        if let written {
            try written.commit(durability, deferring: deferred)
        } else if let seen, durability == .hard {
            try catalog.waitUntilDurable(seen)
        }
        endings.end(isCommitted: true)
    }

    /// Undoes everything. It may have ended already.
    package func rollback() {
        undo()
        end()
    }

    /// Rolls back, but for those before it.
    private func dropWriter() {
        if let writer = writer.take() { writer.giveUp(since: changeMark, in: group) }
        group = nil
    }

    private func end() {
        dropLocks()
        dropWriter()
        phase = .ended
        fixed = nil
        savepoints = []
        lastSteps = [:]
        keptForSQL = nil
        endings.end(isCommitted: false)
        catalog.openTransactions.hasEnded(self)
    }
}
