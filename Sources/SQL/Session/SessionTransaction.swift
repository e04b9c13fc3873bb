import Catalog
import Ground
import ReQLish

/// The transaction of a session: what it reads and writes, savepoints, deferred constraints.
///
/// A block that has not written reads the newest state for each statement, or one state if it is serializable. The first write takes the
/// writer's turn, and the block keeps it to its end, unless its client is waited for while somebody else waits for the turn
/// (``OpenTransaction``).
final class SessionTransaction {
    private enum Phase { case none, implicit, block }

    /// It is the session's.
    unowned let session: Session
    let catalog: Catalog
    private var phase = Phase.none
    var hasFailed = false
    /// What is shared with others: from the first write on, of a serializable block from its first read on.
    var open: OpenTransaction?
    /// The transaction of a document that another door writes, while it is held to its declaration.
    private var lender: CatalogTransaction?
    /// Whether it is somebody else's, who ends it.
    private(set) var isBorrowed = false
    var temporaryWriter: CatalogTransaction?
    var savepoints: [Savepoint] = []
    /// The number of the savepoint that was made last, and of the first to which the session has gone back since it was last asked.
    var lastSavepoint: UInt64 = 0
    var goneSavepoint: UInt64?
    var settingsDepth = 1
    /// The tables that were made or truncated, and at how many savepoints: COPY FREEZE is of those of its own part of the transaction.
    var freshTables: [String: Int] = [:]
    private(set) var startTime: Int64?
    /// How many transactions the session has ended.
    private(set) var endCount = 0
    var isReadOnly = false
    var isolation = "read committed"
    /// What AND CHAIN gave on from the transaction before.
    private(set) var modesTakenOver: [TransactionMode] = []
    private var hasRead = false
    /// What a block has seen that has begun nothing to be shared with others.
    private var seen: SeenMark?
    /// Whether what is done is done without the turn, and whether it has asked for it nevertheless.
    private var isComputing = false
    private var hasWantedTurn = false
    /// What deferred constraints are asked about at the end, by their ids.
    var deferredKeys: [String: DeferredCheck] = [:]
    /// What SET CONSTRAINTS has said of some, and of all others.
    var deferrals: [String: Bool] = [:]
    var allDeferred: Bool?

    init(_ session: Session, _ catalog: Catalog) {
        self.session = session
        self.catalog = catalog
    }

    var status: SQLConnection.TransactionStatus { phase != .block ? .idle : hasFailed ? .failed : .inBlock }
    var isBlock: Bool { phase == .block }
    var isFailed: Bool { hasFailed }
    var hasWritten: Bool { open?.hasWritten ?? false }
    /// Whether a statement can read without waiting for anybody: the newest state, or what a block that wasn't set aside has made of it.
    /// - Parameter byKey: whether it looks at single rows by their keys, and at nothing else.
    func canReadAtOnce(byKey: Bool) -> Bool {
        !isSerializable && !hasFailed && !isBorrowed && lender == nil && open?.isReady(toWrite: false, byKey: byKey) ?? true
    }

    /// Whether a statement of a block can write without waiting for anybody. Then the block has the writer's turn.
    /// - Parameter byKey: whether it changes single rows, and nothing else.
    func canWriteAtOnce(byKey: Bool) -> Bool {
        guard phase == .block, !isSerializable, !isReadOnly, !hasFailed, !isBorrowed, lender == nil else { return false }
        return opened().isReady(toWrite: true, byKey: byKey && savepoints.isEmpty)
    }

    /// Says that the statement about to run looks at more than single rows.
    func needsTree() { open?.needsTree() }

    /// Whether it is a block that has changed little, and nothing is to be looked at again when it is committed: to go on with it, and to
    /// commit it, takes no longer than a write of one document.
    var isLightBlock: Bool {
        phase == .block && !isSerializable && !hasFailed && !isBorrowed && lender == nil && temporaryWriter == nil && deferredKeys.isEmpty
            && open?.isShort ?? true
    }

    var hasTurn: Bool { open?.hasTurn ?? false }

    /// A state that a short statement can be bound in without waiting for anybody; nil if there is none.
    func stateForBinding() throws(SQLError) -> ReadState? {
        if !isBlock || open.map(\.hasTurn) ?? false { return try readState() }
        // It has changed no table.
        guard isLightBlock else { return nil }
        return try translating { () throws(CatalogError) in
            let snapshot = try catalog.snapshot()
            return ReadState(snapshot, try snapshot.database(session.database), temporary: nil)
        }
    }

    private var isSerializable: Bool { phase == .block && isolation != "read committed" && isolation != "read uncommitted" }

    // MARK: - Reading

    /// The state that the next statement reads.
    /// - Parameters:
    ///   - isForTypes: whether only types are looked up, which is no statement that reads.
    ///   - byKey: whether it looks at single rows by their keys, and at nothing else.
    func readState(isForTypes: Bool = false, byKey: Bool = false) throws(SQLError) -> ReadState {
        if !isForTypes { hasRead = true }
        if byKey, let open, !isSerializable {
            let state = try translating { () throws(CatalogError) in
                try open.snapshotBeside().map { snapshot throws(CatalogError) in
                    ReadState(snapshot, try snapshot.database(session.database), temporary: nil)
                }
            }
            if let state { return state }
        }
        if isForTypes ? hasWritten : open != nil || isSerializable { try goOn() }
        let state = try translating { () throws(CatalogError) in
            let snapshot: CatalogSnapshot
            if lender != nil {
                snapshot = try lender!.snapshot()
            } else if let open, !isForTypes || open.hasTurn {
                snapshot = isForTypes ? try open.snapshot().unnoted : try open.snapshot()
            } else {
                snapshot = phase == .block && !isReadOnly ? try catalog.snapshot(noting: &seen) : try catalog.snapshot()
            }
            var temporary: (CatalogSnapshot, DatabaseConfig)?
            if let store = session.temporaryStore {
                let snapshot = temporaryWriter != nil ? try temporaryWriter!.snapshot() : try store.snapshot()
                if let database = try snapshot.database(Session.temporaryDatabase) { temporary = (snapshot, database) }
            }
            return ReadState(snapshot, try snapshot.database(session.database), temporary: temporary)
        }
        if state.database == nil, !isForTypes, lender == nil { try session.requireDatabase() }
        return state
    }

    // MARK: - Writing

    /// Does something in the write transaction, which begins if there is none.
    func writing<Result>(
        isTemporary: Bool = false, _ body: (inout CatalogTransaction) throws(CatalogError) -> Result
    ) throws(SQLError) -> Result {
        if isTemporary {
            let store = try session.makeTemporaryStore()
            let result: Result = try translating { () throws(CatalogError) in
                if temporaryWriter == nil { temporaryWriter = try store.beginWrite() }
                return try Self.held(&temporaryWriter!, session, body)
            }
            try session.countTemporaryTables()
            return result
        }
        if lender != nil { return try translating { () throws(CatalogError) in try Self.held(&lender!, session, body) } }
        try takeTurn()
        guard let open else { throw SQLError(SQLState(rawValue: "25P01"), "there is no transaction in progress") }
        return try translating { () throws(CatalogError) in
            try open.write({ transaction throws(CatalogError) in
                // What a gate knows of the rows is known no more.
                transaction.gate = nil
                return try Self.held(&transaction, session, body)
            }) { $0 }
        }
    }

    /// Does something that a commit does last, for others would meet it in their transactions: now, or in one that goes on between calls
    /// when that is committed.
    func beforeCommit(_ name: String, _ body: @escaping (inout CatalogTransaction) throws(CatalogError) -> Void) throws(SQLError) {
        if isBorrowed, let open, open.goesOn { open.beforeCommit(name, body) } else { try writing(body) }
    }

    /// Takes the writer's turn, unless the transaction has it or may not write. Throws `55P03` after `lock_timeout`, or at once.
    /// - Parameters:
    ///   - isLong: whether statements of others that write little go first.
    ///   - byKey: whether the statement changes single rows, and nothing else.
    func prepareToWrite(isNoWait: Bool, isLong: Bool = false, byKey: Bool = false) throws(SQLError) {
        guard !isReadOnly else { return }
        let open = opened()
        open.isLong = isLong
        open.sharesCommit = byKey && phase != .block && session.flush != nil
        // One that waits for nobody is committed at once.
        open.group = open.sharesCommit && !session.settingsStore.statements.commitsSoftly ? session.flush?.commits : nil
        try takeTurn(isNoWait: isNoWait, byKey: byKey && phase == .block && savepoints.isEmpty)
    }

    /// Whether a statement may compute what it writes before it takes the turn: what it reads need not be the state that it writes on.
    var mayComputeFirst: Bool {
        let isNewest = isolation == "read committed" || isolation == "read uncommitted"
        return isNewest && !isReadOnly && !hasWritten && !isBorrowed && lender == nil && !hasFailed
    }

    /// Throws ``Session/turnIsNeeded`` if the statement has begun without the turn.
    func requireTurn() throws(SQLError) {
        if lender != nil || open?.hasTurn == true { return }
        if isComputing { hasWantedTurn = true }
        throw SQLError(Session.turnIsNeeded, "the statement needs the writer's turn from its beginning")
    }

    /// Does something that shouldn't need the turn. False if it did after all, and has to be done again with the turn.
    func withoutTurn(_ body: () throws(SQLError) -> Void) throws(SQLError) -> Bool {
        (isComputing, hasWantedTurn) = (true, false)
        defer { isComputing = false }
        do throws(SQLError) { try body() } catch { if !hasWantedTurn { throw error } }
        return !hasWantedTurn
    }

    /// The transaction as others see it, which begins if there is none.
    func opened() -> OpenTransaction {
        if let open { return open }
        let made = catalog.openTransactions.begin(
            catalog, isSerializable ? .serializable : .readCommitted, user: session.account,
            session: session.isKnown ? session.number : nil)
        open = made
        return made
    }

    private func takeTurn(isNoWait: Bool = false, byKey: Bool = false) throws(SQLError) {
        if let open, open.hasTurn { return }
        if isComputing {
            hasWantedTurn = true
            throw SQLError(SQLState(rawValue: "25P01"), "there is no transaction in progress that writes")
        }
        if !hasWritten, isReadOnly {
            let name = session.definitionName ?? "this statement"
            throw SQLError(SQLState(rawValue: "25006"), "cannot execute \(name) in a read-only transaction")
        }
        let open = opened()
        try waiting(isNoWait: isNoWait) { deadline throws(CatalogError) in
            if byKey { try open.takeTurnByKey(until: deadline) } else { try open.takeTurn(until: deadline) }
        }
        session.hasTakenTurn()
    }

    /// Puts back what was done before the transaction was set aside, if it was.
    func goOn() throws(SQLError) {
        let open = opened()
        if open.hasTurn { return }
        try waiting(isNoWait: false) { deadline throws(CatalogError) in try open.goOn(until: deadline) }
        if open.hasTurn { session.hasTakenTurn() }
    }

    /// Waits for the writer's turn as long as `lock_timeout` says, and until the statement is cancelled. Whoever has the turn uses it, so
    /// it is mostly not long.
    private func waiting(isNoWait: Bool, _ body: (MonotonicTime) throws(CatalogError) -> Void) throws(SQLError) {
        // One that can't go on in the transaction of those before it would wait for that one.
        if open?.group == nil { session.flush?.commits.end() }
        let end = lockTimeout.map { MonotonicTime.now + $0 }
        /// False if it is to be tried again.
        func look(for time: Duration) throws(SQLError) -> Bool {
            let look = MonotonicTime.now + time
            do throws(CatalogError) { try body(end.map { min($0, look) } ?? look) } catch {
                guard error.kind == .locked else { throw SQLError(error) }
                if isNoWait { throw Self.lockRefusal(isNoWait: true) }
                if let end, MonotonicTime.now >= end { throw Self.lockRefusal(isNoWait: false) }
                try session.checkStopped()
                return false
            }
            return true
        }
        if try look(for: .milliseconds(isNoWait ? 20 : 50)) { return }
        try ThreadRelief.waiting { _ throws(SQLError) in while try !look(for: .milliseconds(200)) {} }
    }

    /// Nil: it waits without end.
    var lockTimeout: Duration? { session.settingsStore.statements.lockTimeout }

    static func lockRefusal(isNoWait: Bool) -> SQLError {
        SQLError(SQLState(rawValue: "55P03"), isNoWait ? "could not obtain lock" : "canceling statement due to lock timeout")
    }

    func translating<Result>(_ body: () throws(CatalogError) -> Result) throws(SQLError) -> Result {
        do throws(CatalogError) { return try body() } catch { throw SQLError(error) }
    }

    // MARK: - In somebody else's transaction

    /// Does something in a transaction of somebody else, who gets it back.
    func lent<Value>(_ transaction: inout CatalogTransaction, _ body: () throws(SQLError) -> Value) throws(SQLError) -> Value {
        lender = consume transaction
        let result: Result<Value, SQLError>
        do throws(SQLError) { result = .success(try body()) } catch { result = .failure(error) }
        transaction = lender.take()!
        return try result.get()
    }

    /// Does something where whoever calls has held the rows to their declarations.
    private static func held<Result>(
        _ transaction: inout CatalogTransaction, _ session: Session, _ body: (inout CatalogTransaction) throws(CatalogError) -> Result
    ) throws(CatalogError) -> Result {
        let holds = transaction.holdsDeclarations
        transaction.holdsDeclarations = false
        defer { transaction.holdsDeclarations = holds }
        transaction.skippedLexemes = 0
        let result = try body(&transaction)
        if transaction.skippedLexemes > 0 { for notice in SQLNotice.ofSkipped(transaction.skippedLexemes) { session.tell(notice) } }
        return result
    }

    /// Works in a transaction that somebody else has begun and will end.
    func join(_ transaction: OpenTransaction) {
        open = transaction
        isBorrowed = true
        start()
        phase = .block
        isReadOnly = transaction.isReadOnly
        isolation = transaction.isolation == .serializable ? "serializable" : "read committed"
        for name in transaction.savepointNames() { noteSavepoint(name) }
    }

    // MARK: - Beginning and ending

    /// Called before each statement outside of a block.
    func beginImplicit() {
        guard phase == .none else { return }
        phase = .implicit
        start()
    }

    private func start() {
        startTime = Session.now()
        isolation = session.settingsStore.statements.isolation
        isReadOnly = session.settingsStore.statements.isReadOnly
        session.settingsStore.note(isStandby: session.catalog.isStandby)
        session.settingsStore.begin()
        settingsDepth = 1
        hasFailed = false
        hasRead = false
        modesTakenOver = []
    }

    /// Begins a block with what AND CHAIN gives on.
    func goOn(with modes: [TransactionMode]) throws(SQLError) {
        try begin(modes)
        modesTakenOver = modes
    }

    func begin(_ modes: [TransactionMode]) throws(SQLError) {
        if phase == .block {
            session.notice("there is already a transaction in progress", .warning, "25001")
        } else {
            if phase == .none { start() }
            phase = .block
        }
        try apply(modes)
    }

    func apply(_ modes: [TransactionMode]) throws(SQLError) {
        for mode in modes {
            switch mode {
            case .isolation(let level, _):
                if hasRead || open != nil, level != isolation {
                    throw SQLError(SQLState(rawValue: "25001"), "SET TRANSACTION ISOLATION LEVEL must be called before any query")
                }
                isolation = level
                try session.settingsStore.set("transaction_isolation", level, isLocal: true)
            case .readOnly(let flag, _):
                if !flag, isReadOnly, hasRead {
                    throw SQLError(SQLState(rawValue: "25001"), "transaction read-write mode must be set before any query")
                }
                if !flag, session.catalog.isStandby {
                    throw SQLError(.featureNotSupported, "cannot set transaction read-write mode during recovery")
                }
                isReadOnly = flag
                try session.settingsStore.set("transaction_read_only", flag ? "on" : "off", isLocal: true)
            case .deferrable(let flag, _):
                if hasRead {
                    throw SQLError(SQLState(rawValue: "25001"), "SET TRANSACTION [NOT] DEFERRABLE must be called before any query")
                }
                try session.settingsStore.set("transaction_deferrable", flag ? "on" : "off", isLocal: true)
            }
        }
    }

    /// Commits. Returns whether it did: a failed block is rolled back.
    func commit() throws(SQLError) -> Bool {
        guard phase != .none else { return true }
        if hasFailed {
            rollback()
            return false
        }
        needsTree()
        do throws(SQLError) {
            try session.checkDeferredKeys()
            try session.actOnCommit()
            try session.storeTouchedSequences()
            if !session.notifications.isEmpty || !session.listenings.isEmpty { try prepareToNotify() }
            let isSoft = session.settingsStore.statements.commitsSoftly
            if open != nil { try goOn() }
            let seen = hasWritten || isSoft ? nil : seen
            let flush = isSoft ? nil : session.flush
            if let transaction = open.take() {
                let durability: Durability = isSoft ? .soft : flush == nil ? .hard : .none
                do throws(CatalogError) { try transaction.commit(durability, deferring: flush?.commits) } catch { throw SQLError(error) }
                flush?.isWanted(of: catalog)
            }
            if let seen {
                try translating { () throws(CatalogError) in
                    if let flush { flush.isWanted(of: catalog, isReading: true) } else { try catalog.waitUntilDurable(seen) }
                }
            }
            if let transaction = temporaryWriter.take() {
                do throws(CatalogError) { try transaction.commit(.none) } catch { throw SQLError(error) }
            }
        } catch {
            rollback()
            throw error
        }
        end(committed: true)
        return true
    }

    /// Has what NOTIFY has said told in the order of commits: its place is known where the transaction is committed. One that listens has a
    /// place as well: what is sent by those who are committed after it is told when it is known to listen.
    private func prepareToNotify() throws(SQLError) {
        let (session, sessions) = (session, ServerSessions.of(catalog))
        try sessions.requireRoom(for: session.notifications, in: session.database)
        guard let open, hasWritten else {
            session.notificationPlace = sessions.takeNotificationPlace()
            return
        }
        open.beforeCommit("notify") { _ in session.notificationPlace = sessions.takeNotificationPlace() }
    }

    func rollback() {
        if isBorrowed { open = nil } else { open.take()?.rollback() }
        isBorrowed = false
        temporaryWriter = nil
        end(committed: false)
    }

    private func end(committed: Bool) {
        endCount += 1
        phase = .none
        hasFailed = false
        if !savepoints.isEmpty { savepoints = [] }
        if !freshTables.isEmpty { freshTables = [:] }
        startTime = nil
        isReadOnly = false
        seen = nil
        isolation = "read committed"
        if !deferredKeys.isEmpty { deferredKeys = [:] }
        if !deferrals.isEmpty { deferrals = [:] }
        allDeferred = nil
        session.settingsStore.end(committed: committed)
        session.transactionHasEnded(committed: committed)
    }

    /// An error: a block has failed, an implicit transaction is undone.
    func fail() {
        switch phase {
        case .none: break
        case .implicit: rollback()
        case .block:
            hasFailed = true
            session.unlock(after: savepoints.last?.lockCount ?? 0)
            // There is nothing to go back to but the beginning: others need not wait for what is undone.
            if savepoints.isEmpty, !isBorrowed { open.take()?.rollback() }
        }
    }

    // MARK: - Deferred constraints

    /// Says that values which were noted for deferred constraints may mean nothing any more.
    func lookAtAllDeferred() { for id in deferredKeys.keys { deferredKeys[id]?.lookAtAll() } }

    /// Says that a constraint is asked about what was noted for it, which is not there any more unless a savepoint brings it back.
    func settleDeferred(_ id: String) {
        if savepoints.isEmpty { deferredKeys[id] = nil } else { deferredKeys[id]?.settle() }
    }

    func deferral(of constraint: String) -> Bool? { deferrals[constraint] ?? allDeferred }

    func setDeferral(_ names: [String], _ isDeferred: Bool) {
        if names.isEmpty {
            allDeferred = isDeferred
            deferrals = [:]
        }
        for name in names { deferrals[name] = isDeferred }
    }
}
