import Catalog
import Ground
import ReQLish

/// The transaction of a session: what it reads, the writer's slot once it writes, savepoints.
///
/// A block that has not written reads the newest state for each statement, or one state if it is serializable. The first write takes the
/// slot, and the block keeps it to its end.
final class SessionTransaction {
    private enum Phase { case none, implicit, block }

    private struct Savepoint {
        var name: String
        var snapshot: CatalogSnapshot?
        var temporary: CatalogSnapshot?
        var settingsDepth: Int
        var isReadOnly: Bool
    }

    /// It is the session's.
    private unowned let session: Session
    private let catalog: Catalog
    private var phase = Phase.none
    private var hasFailed = false
    private var writer: CatalogTransaction?
    private var temporaryWriter: CatalogTransaction?
    /// What the slot was taken for has changed nothing yet.
    private var savepoints: [Savepoint] = []
    private var settingsDepth = 1
    /// The state of a serializable block.
    private var fixed: CatalogSnapshot?
    private(set) var startTime: Int64?
    var isReadOnly = false
    var isolation = "read committed"
    private var hasRead = false
    /// Deferred foreign keys to be checked at the end: their names by their ids.
    var deferredKeys: [String: String] = [:]
    private var deferrals: [String: Bool] = [:]
    private var allDeferred: Bool?

    init(_ session: Session, _ catalog: Catalog) {
        self.session = session
        self.catalog = catalog
    }

    var status: SQLConnection.TransactionStatus { phase != .block ? .idle : hasFailed ? .failed : .inBlock }
    var isBlock: Bool { phase == .block }
    var isFailed: Bool { hasFailed }
    var hasWritten: Bool { writer != nil }

    // MARK: - Reading

    /// The state that the next statement reads.
    /// - Parameter isForTypes: whether only types are looked up, which is no statement that reads.
    func readState(isForTypes: Bool = false) throws(SQLError) -> ReadState {
        if !isForTypes { hasRead = true }
        return try translating { () throws(CatalogError) in
            let snapshot: CatalogSnapshot
            if writer != nil {
                snapshot = try writer!.snapshot()
            } else if phase == .block, !isForTypes, isolation != "read committed", isolation != "read uncommitted" {
                if fixed == nil { fixed = try catalog.snapshot() }
                snapshot = fixed!
            } else {
                snapshot = try catalog.snapshot()
            }
            var temporary: (CatalogSnapshot, DatabaseConfig)?
            if let store = session.temporaryStore {
                let snapshot = temporaryWriter != nil ? try temporaryWriter!.snapshot() : try store.snapshot()
                if let database = try snapshot.database(Session.temporaryDatabase) { temporary = (snapshot, database) }
            }
            return ReadState(snapshot, try snapshot.database(session.database), temporary: temporary)
        }
    }

    // MARK: - Writing

    /// Does something in the write transaction, which begins if there is none.
    func writing<Result>(
        isTemporary: Bool = false, _ body: (inout CatalogTransaction) throws(CatalogError) -> Result
    ) throws(SQLError) -> Result {
        if isTemporary {
            let store = try session.makeTemporaryStore()
            return try translating { () throws(CatalogError) in
                if temporaryWriter == nil { temporaryWriter = try store.beginWrite() }
                return try body(&temporaryWriter!)
            }
        }
        if writer == nil { try takeSlot() }
        return try translating { () throws(CatalogError) in try body(&writer!) }
    }

    /// Takes the writer's turn, unless the transaction has it or may not write. Throws `55P03` after `lock_timeout`, or at once.
    func prepareToWrite(isNoWait: Bool) throws(SQLError) {
        guard writer == nil, !isReadOnly else { return }
        try takeSlot(isNoWait: isNoWait)
    }

    /// Whether another transaction has the writer's turn.
    var isSlotTaken: Bool { writer == nil && catalog.wasWriting }

    /// Waits while another transaction writes, so that the wait can be cancelled and has its limits.
    private func waitForSlot(isNoWait: Bool) throws(SQLError) {
        guard catalog.wasWriting else { return }
        let refusal = SQLError(SQLState(rawValue: "55P03"), isNoWait ? "could not obtain lock" : "canceling statement due to lock timeout")
        if isNoWait { throw refusal }
        let limit = session.setting("lock_timeout").flatMap(SessionSettings.milliseconds) ?? 0
        let end = MonotonicTime.now + .milliseconds(limit)
        _ = session.canceller.begin()
        while catalog.wasWriting {
            if limit > 0, MonotonicTime.now > end { throw refusal }
            try session.pause(for: .microseconds(500))
        }
    }

    private func takeSlot(isNoWait: Bool = false) throws(SQLError) {
        if isReadOnly {
            throw SQLError(SQLState(rawValue: "25006"), "cannot execute this statement in a read-only transaction")
        }
        try waitForSlot(isNoWait: isNoWait)
        try translating { () throws(CatalogError) in
            writer = try catalog.beginWrite()
            writer!.user = session.account
        }
        // Somebody has committed what this transaction has read the state before of.
        if let fixed, try translating({ () throws(CatalogError) in try catalog.snapshot().transaction }) != fixed.transaction {
            writer = nil
            throw SQLError(
                SQLState(rawValue: "40001"), "could not serialize access due to concurrent update",
                hint: "The transaction might succeed if retried.")
        }
    }

    private func translating<Result>(_ body: () throws(CatalogError) -> Result) throws(SQLError) -> Result {
        do throws(CatalogError) { return try body() } catch { throw SQLError(error) }
    }

    // MARK: - In somebody else's transaction

    /// Works in a transaction that somebody else has begun and will end.
    func borrow(_ transaction: inout CatalogTransaction?) {
        writer = transaction.take()
        start()
        phase = .block
    }

    func giveBack(to transaction: inout CatalogTransaction?) {
        transaction = writer.take()
        end(committed: false)
    }

    /// Does something that changes all or nothing.
    func atomically<Result>(_ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        let before = try translating { () throws(CatalogError) in try writer!.snapshot() }
        do throws(SQLError) { return try body() } catch {
            try translating { () throws(CatalogError) in try writer!.revert(to: before) }
            hasFailed = false
            throw error
        }
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
        isolation = session.setting("default_transaction_isolation") ?? "read committed"
        isReadOnly = session.setting("default_transaction_read_only") == "on"
        session.settingsStore.begin()
        settingsDepth = 1
        hasFailed = false
        hasRead = false
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
                if hasRead, level != isolation {
                    throw SQLError(SQLState(rawValue: "25001"), "SET TRANSACTION ISOLATION LEVEL must be called before any query")
                }
                isolation = level
                try session.settingsStore.set("transaction_isolation", level, isLocal: true)
            case .readOnly(let flag, _):
                if !flag, isReadOnly, hasRead {
                    throw SQLError(SQLState(rawValue: "25001"), "transaction read-write mode must be set before any query")
                }
                isReadOnly = flag
                try session.settingsStore.set("transaction_read_only", flag ? "on" : "off", isLocal: true)
            case .deferrable(let flag, _):
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
        do throws(SQLError) {
            try session.checkDeferredKeys()
            try session.actOnCommit()
            try session.storeTouchedSequences()
            let isSoft = session.setting("synchronous_commit") == "off"
            if let transaction = writer.take() {
                do throws(CatalogError) { try transaction.commit(isSoft ? .soft : .hard) } catch { throw SQLError(error) }
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

    func rollback() {
        writer = nil
        temporaryWriter = nil
        end(committed: false)
    }

    private func end(committed: Bool) {
        phase = .none
        hasFailed = false
        savepoints = []
        fixed = nil
        startTime = nil
        isReadOnly = false
        isolation = "read committed"
        deferredKeys = [:]
        deferrals = [:]
        allDeferred = nil
        session.settingsStore.end(committed: committed)
        session.transactionHasEnded(committed: committed)
    }

    /// An error: a block has failed, an implicit transaction is undone.
    func fail() {
        switch phase {
        case .none: break
        case .implicit: rollback()
        case .block: hasFailed = true
        }
    }

    // MARK: - Savepoints

    var savepointCount: Int { savepoints.count }

    func savepoint(_ name: String) throws(SQLError) {
        try translating { () throws(CatalogError) in
            let snapshot = writer != nil ? try writer!.snapshot() : nil
            let temporary = temporaryWriter != nil ? try temporaryWriter!.snapshot() : nil
            savepoints.append(
                Savepoint(name: name, snapshot: snapshot, temporary: temporary, settingsDepth: settingsDepth, isReadOnly: isReadOnly))
        }
        session.settingsStore.savepoint()
        settingsDepth += 1
    }

    func release(_ name: String) throws(SQLError) {
        guard let index = savepoints.lastIndex(where: { $0.name == name }) else { throw Self.unknown(name) }
        session.settingsStore.release(to: savepoints[index].settingsDepth)
        settingsDepth = savepoints[index].settingsDepth
        // READ ONLY that was said inside ends with it.
        if isReadOnly != savepoints[index].isReadOnly {
            isReadOnly = savepoints[index].isReadOnly
            try session.settingsStore.set("transaction_read_only", isReadOnly ? "on" : "off", isLocal: true)
        }
        savepoints.removeSubrange(index...)
        for cursor in session.cursors.values { cursor.savepointCount = min(cursor.savepointCount, index) }
    }

    func rollBack(to name: String) throws(SQLError) {
        guard let index = savepoints.lastIndex(where: { $0.name == name }) else { throw Self.unknown(name) }
        let savepoint = savepoints[index]
        try translating { () throws(CatalogError) in
            if writer != nil {
                if let snapshot = savepoint.snapshot { try writer!.revert(to: snapshot) } else { writer = nil }
            }
            if temporaryWriter != nil {
                if let snapshot = savepoint.temporary { try temporaryWriter!.revert(to: snapshot) } else { temporaryWriter = nil }
            }
        }
        session.settingsStore.rollBack(to: savepoint.settingsDepth)
        settingsDepth = savepoint.settingsDepth + 1
        savepoints.removeSubrange((index + 1)...)
        isReadOnly = savepoint.isReadOnly
        // Those that were made since are gone.
        session.cursors = session.cursors.filter { $0.value.savepointCount <= index }
        hasFailed = false
    }

    private static func unknown(_ name: String) -> SQLError {
        SQLError(SQLState(rawValue: "3B001"), "savepoint \"\(name)\" does not exist")
    }

    // MARK: - Deferred constraints

    func deferral(of constraint: String) -> Bool? { deferrals[constraint] ?? allDeferred }

    func setDeferral(_ names: [String], _ isDeferred: Bool) {
        if names.isEmpty {
            allDeferred = isDeferred
            deferrals = [:]
        }
        for name in names { deferrals[name] = isDeferred }
    }
}
