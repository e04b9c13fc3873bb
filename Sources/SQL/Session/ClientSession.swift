import Catalog
import Ground
import ReQLish

/// What lasts as long as a client's connection: its database, settings, transaction, prepared statements, cursors and notices.
final class Session: SQLSession {
    let pando: Pando
    /// The account; nil for the application that holds the file itself.
    let account: String?
    var database: String
    let settingsStore = SessionSettings()
    private(set) lazy var transaction = SessionTransaction(self, pando.catalog)
    let canceller = StatementCanceller()
    /// What the statement that runs may keep.
    private(set) var memory: QueryMemory
    var statementMemory: QueryMemory? { memory }
    /// Whether the statement that runs has still to compute what it writes, without the turn.
    var computesFirst = false
    /// Whether somebody has said already which documents the next statement looks for.
    var documentsAreExpected = false
    /// Told between the computing of what a statement writes and its writing, for tests.
    var hasComputed: (() -> Void)?
    /// What the statement that runs has begun.
    var runs: [Run] = []
    var notices: [SQLNotice] = []
    /// Whether the client takes values by types, and not as JSON: fields of open tables have one then.
    var tellsTypes = false
    /// Made by PREPARE.
    var preparedStatements: [String: PreparedStatement] = [:]
    /// How many prepared statements there may be, and how many bytes their texts may have; nil: nobody says.
    var statementLimits: (count: Int, bytes: Int)?
    /// The bytes of those that PREPARE has made, and perhaps of some that are gone.
    var preparedByteCount = 0
    /// Of texts that a client sends again and again with other values.
    var shortTexts = ShortTexts()
    var cursors: [String: SessionCursor] = [:]
    /// What the names of a definition have led to so far; nil outside of one.
    var namedDefinitions: Set<NamedDefinition>?
    var statementTime: Int64 = Session.now()
    /// What the statement that runs is called, if it defines something.
    var definitionName: String?
    /// Where its statements are counted.
    var door = QueryDoor.application
    /// Whether somebody else tells how long they take, and how many have ended meanwhile.
    var isTimedByTurn = false
    var untimedCount = 0
    /// When the statement that runs has taken long enough.
    var timeout: MonotonicTime?
    /// When it has kept others from writing for long enough; nil while others can write.
    var turnLimit: MonotonicTime? { didSet { if turnLimit != oldValue { canceller.turnLimit = turnLimit } } }
    /// What the statement that runs was read from, and where in it.
    var running: (source: SourceText, start: Int)?
    /// When it has waited long enough for other transactions.
    var lockDeadline: MonotonicTime?
    /// What the statement waits for.
    var wait: LockWait?
    /// Whether the running statement writes nothing, so that others may have the turn while it waits for something else.
    var lendsTurn = false
    /// Whether a statement waits for what other transactions have locked, in place of failing.
    var waitsForLocks = true
    /// Has a statement that waits begun again; nil: it waits on its thread.
    var wakeFromWait: (@Sendable () -> Void)?
    /// What waits for the disk in place of commits; nil: they wait themselves.
    var flush: DeferredFlush?
    private(set) var temporaryStore: Catalog?
    /// What its tables take, as far as it is counted: as much as a query may, among all queries.
    private var temporaryMemory: QueryMemory?
    private var temporaryByteCount = 0
    /// ON COMMIT of the session's own tables, by their ids.
    var commitActions: [String: CreateTable.CommitAction] = [:]
    /// What NOTIFY of other sessions sends to this one.
    let mailbox = Mailbox()
    /// What NOTIFY of the transaction has said, to be told when it commits.
    var notifications = PendingNotifications()
    /// Where they stand among those of others, once that is known.
    var notificationPlace: UInt64?
    /// Channels that the transaction listens to from its end on, or no longer; nil is all.
    var listenings: [(channel: String?, isOn: Bool)] = []
    /// Of channels that have the name of a table: what tells of its changes.
    var channelWatches: [String: (watch: Watch, receiver: TableChannel)] = [:]
    /// Advisory locks to be let go of at the end of the transaction, or when it goes back to before they were taken.
    var transactionLocks: [(lock: AdvisoryLock, holder: LockHolder)] = []
    /// How often the running statement has taken which of them for longer than its transaction.
    var statementLocks: [HeldLock: Int] = [:]
    /// What EXPLAIN ANALYZE measures, while it runs a statement.
    var measures: PlanMeasures?
    /// Whether the transaction has asked for its number.
    private var hasTransactionNumber = false
    /// The number by which others know the session, from when it is first asked for.
    private(set) lazy var number: Int32 = {
        isKnown = true
        let sessions = ServerSessions.of(pando.catalog)
        sessions.show(in: pando.server)
        return sessions.add(user: loginUser, database: database, client, activity, canceller, mailbox)
    }()
    private(set) var isKnown = false
    /// What others see of its statements.
    let activity = SessionActivity()
    /// The last values that sequences gave this session.
    var sequenceValues: [String: Int64] = [:]
    /// Labels that the block has added to enums.
    var addedLabels: [UInt32: Set<String>] = [:]
    var lastSequence: String?
    private var touchedSequences: [String: SequenceRelation] = [:]
    var restartedSequences = RestartedSequences()
    private var hasSetSequence = false
    /// Those of the command being run.
    var commandParameters = CommandParameters()
    /// The declarations that the statement being run was bound to.
    var definitions: Definitions?
    /// What tables that it wrote ask of their rows, by their ids.
    var tableRules: [String: TableRules] = [:]
    /// Values for the parameters of the statement that is being run, where they came with it.
    var arguments: StatementArguments?
    /// Both ends of the connection, if it comes over a network.
    var client: QueryClient?
    var server: QueryClient?
    /// When everything that runs is to be given up, whatever the settings allow.
    var limit: MonotonicTime?

    init(_ pando: Pando, user: String?, database: String) {
        self.pando = pando
        account = user
        self.database = database
        memory = pando.requestMemory(of: user)
    }

    /// A statement has returned: ends what nobody reads on.
    func endRuns() {
        for run in runs where !run.isHeld { run.end() }
        runs.removeAll(keepingCapacity: true)
        memory.forgetExpected()
    }

    /// A statement begins, with a memory of its own.
    func beginMemory() throws(SQLError) {
        memory = pando.requestMemory(of: account)
        guard pando.limits.concernDatabases, let database = try databaseConfig() else { return }
        do throws(DatumError) { try pando.limits.join(database, memory) } catch { throw SQLError(outOfMemory: error) }
    }

    static let temporaryDatabase = "pg_temp"

    var catalog: Catalog { pando.catalog }

    /// Who logged in.
    var loginUser: String { account ?? UserConfig.administrator }
    var settings: OutputSettings { settingsStore.output }
    var transactionTime: Int64 { transaction.startTime ?? statementTime }
    /// Those of the statement that runs, and between statements those of now.
    var types: any TypeCatalog {
        if definitions == nil, let state = try? transaction.readState(isForTypes: true) { definitions = Definitions(self, state) }
        return definitions ?? NeutralSession.noTypes
    }

    func setting(_ name: String) -> String? { settingsStore.value(name) }

    /// `current_user` and its kin.
    func sessionText(_ name: String) -> SQLValue {
        let text: String? =
            switch name {
            case "current_database": database
            case "session_user": authorization
            case "current_schema": definitions.map(\.currentSchema) ?? "public"
            default: user
            }
        return text.map { .text($0) } ?? .null
    }

    /// Microseconds from 2000-01-01 in UTC.
    static func now() -> Int64 { Int64(SystemFacts.secondsSince1970 * 1_000_000) - 946_684_800_000_000 }

    /// Databases that clients begin in, made by the first definition in them.
    static func isMadeWhenNeeded(_ database: String, _ catalog: Catalog) -> Bool {
        database == catalog.options.onlyDatabase ?? "postgres"
    }

    static func noDatabase(_ name: String) -> SQLError {
        guard name == CatalogNames.systemDatabase else {
            return SQLError(SQLState(rawValue: "3D000"), "database \"\(name)\" does not exist")
        }
        return SQLError(
            SQLState(rawValue: "3D000"), "database \"\(name)\" does not exist in SQL",
            detail: "It is ReQL's system database, whose tables are made when ReQL reads them.",
            hint: "Ask for them in ReQL, as r.db(\"\(name)\").table(\"stats\"), and connect to another database.")
    }

    func databaseConfig() throws(SQLError) -> DatabaseConfig? {
        do throws(CatalogError) { return try pando.catalog.snapshot().database(database) } catch { throw SQLError(error) }
    }

    func reportedSettings() -> [(name: String, value: String)] {
        settingsStore.note(isStandby: catalog.isStandby)
        return settingsStore.reported(user: authorization, isSuperuser: shownSetting("is_superuser") ?? "off")
    }

    func takeChangedSettings() -> [(name: String, value: String)] {
        settingsStore.note(isStandby: catalog.isStandby)
        return settingsStore.takeChanges(isSuperuser: shownSetting("is_superuser") ?? "off")
    }

    func notice(_ message: String, _ severity: SQLNotice.Severity = .notice, _ state: String = "00000", hint: String? = nil) {
        tell(SQLNotice(severity: severity, state: SQLState(rawValue: state), message: message, hint: hint))
    }

    /// The same where a statement that is read twice would tell it twice.
    func noticeOnce(_ message: String, _ severity: SQLNotice.Severity, _ state: String, hint: String?) {
        if !notices.contains(where: { $0.message == message }) { notice(message, severity, state, hint: hint) }
    }

    /// A statement may have something to tell of each of its rows: of very many, that is too much to hold until they are sent.
    func tell(_ notice: SQLNotice) {
        if notices.count < Self.noticeLimit { notices.append(notice) }
    }

    private static let noticeLimit = 10_000

    func close() {
        if let wait { transaction.giveUp(wait) }
        wait = nil
        transaction.rollback()
        channelWatches = [:]
        cursors = [:]
        // They know the session.
        definitions = nil
        tableRules = [:]
        preparedStatements = [:]
        endRuns()
        try? temporaryStore?.close()
        temporaryStore = nil
        (temporaryMemory, temporaryByteCount) = (nil, 0)
        if isKnown { ServerSessions.of(pando.catalog).remove(number) }
        isKnown = false
    }

    func makeTemporaryStore() throws(SQLError) -> Catalog {
        if let temporaryStore { return temporaryStore }
        do throws(CatalogError) {
            var options = CatalogOptions()
            options.names = .rethinkdb
            // What is changed is written to memory, too: nothing is gained where it waits for long.
            options.changeByteCount = 2 << 20
            let store = try Catalog.inMemory(options: options)
            var transaction = try store.beginWrite()
            try transaction.createDatabase(Self.temporaryDatabase)
            try transaction.commit(.none)
            temporaryStore = store
            return store
        } catch {
            throw SQLError(error)
        }
    }

    /// Counts what the session's own tables take, after they were written. Throws `53200` if that is too much; what is there is counted then
    /// as well, and what others leave in it can be used.
    func countTemporaryTables() throws(SQLError) {
        guard let temporaryStore, case let more = temporaryStore.fileByteCount - temporaryByteCount, more != 0 else { return }
        let memory = if let temporaryMemory { temporaryMemory } else { pando.requestMemory(of: account) }
        temporaryMemory = memory
        temporaryByteCount += more
        guard more > 0 else { return memory.giveBack(byteCount: -more) }
        do throws(DatumError) { try memory.take(byteCount: more) } catch {
            memory.note(byteCount: more)
            throw SQLError(outOfMemory: error)
        }
    }

    /// DISCARD TEMP.
    func dropTemporaryTables() throws(SQLError) {
        guard temporaryStore != nil else { return }
        commitActions = [:]
        try transaction.writing(isTemporary: true) { transaction throws(CatalogError) in
            _ = try transaction.dropDatabase(Self.temporaryDatabase)
            try transaction.createDatabase(Self.temporaryDatabase)
        }
    }

    /// ON COMMIT, just before it.
    func actOnCommit() throws(SQLError) {
        guard temporaryStore != nil, !commitActions.isEmpty else { return }
        let definitions = Definitions(self, try transaction.readState())
        for table in try definitions.tables() where table.isTemporary {
            guard let action = commitActions[table.config.id], action != .preserveRows else { continue }
            let config = table.config
            if action == .deleteRows, table.documentCount == 0 { continue }
            if action == .drop {
                commitActions[config.id] = nil
                try Definer(self, definitions, try SourceText("")).dropTable(table, .cascade, definitions)
            } else {
                try transaction.writing(isTemporary: true) { transaction throws(CatalogError) in _ = try transaction.deleteAll(in: config) }
            }
        }
    }

    // MARK: - Sequences

    /// - Parameter isSet: whether it was told where to go on, which is to be so also after the server was started again.
    func touched(_ sequence: SequenceRelation, isSet: Bool = false) {
        touchedSequences[sequence.id] = sequence
        if isSet, !sequence.isTemporary { hasSetSequence = true }
    }

    /// The sequence of a name, as `nextval` takes it, or of a number.
    func sequence(_ value: SQLValue, _ state: ReadState) throws(SQLError) -> SequenceRelation {
        let definitions = Definitions(self, state)
        if case .int(let oid) = value {
            if let found = try definitions.sequences().first(where: { Int64($0.oid) == oid }) { return found }
            if let other = name(ofObject: UInt32(clamping: oid), as: .regclass) {
                throw SQLError(SQLState(rawValue: "42809"), "\"\(other)\" is not a sequence")
            }
            throw SQLError(SQLState(rawValue: "42P01"), "could not open relation with OID \(oid)")
        }
        guard case .text(let text) = value else { throw SQLError(SQLState(rawValue: "42P01"), "no sequence") }
        let name = QualifiedName(written: text)
        switch try definitions.relation(name) {
        case .sequence(let sequence)?: return sequence
        case nil: throw SQLError(SQLState(rawValue: "42P01"), "relation \"\(text)\" does not exist")
        default: throw SQLError(SQLState(rawValue: "42809"), "\"\(name.last)\" is not a sequence")
        }
    }

    /// Notes in the file how far sequences are: just so where the transaction writes anyway or has set one, and some values ahead where it
    /// has only taken some.
    func storeTouchedSequences() throws(SQLError) {
        let touched = touchedSequences
        if !touched.isEmpty { touchedSequences = [:] }
        defer { hasSetSequence = false }
        guard !touched.isEmpty else { return }
        let states = SequenceStates.of(pando.catalog)
        let isExact = transaction.hasWritten || hasSetSequence
        for sequence in touched.values where !sequence.isTemporary && (isExact || states.needsRecord(sequence)) {
            try transaction.beforeCommit("sequence " + sequence.key) { transaction throws(CatalogError) in
                let state = try states.record(of: sequence, isAhead: !isExact)
                guard let database = try transaction.snapshot().database(id: sequence.database),
                    // The sequence may have been altered since.
                    let content = try transaction.snapshot().object("sequence", sequence.key, in: database)
                else { return }
                let changed = try datumChanging(content, [("last", Datum(String(state.last))), ("is_called", Datum(state.isCalled))])
                try transaction.putObject("sequence", sequence.key, changed, in: database, isDefinition: false)
            }
        }
    }

    func isUncommitted(label: String, of type: UInt32) -> Bool { addedLabels[type]?.contains(label) ?? false }

    /// What `txid_current` tells. Outside of a transaction, a number that is nobody's.
    func transactionNumber(above committed: UInt64) -> UInt64 {
        let sessions = ServerSessions.of(pando.catalog)
        let taken = sessions.transactionNumber(of: number, above: committed)
        if transaction.startTime == nil {
            sessions.endTransaction(of: number, at: committed, isCommitted: true)
        } else {
            hasTransactionNumber = true
        }
        return taken
    }

    func transactionHasEnded(committed: Bool) {
        if !touchedSequences.isEmpty { touchedSequences = [:] }
        restartedSequences.end(committed: committed, SequenceStates.of(pando.catalog))
        hasSetSequence = false
        if !addedLabels.isEmpty { addedLabels = [:] }
        if !cursors.isEmpty {
            // Those of transactions before stay, whatever becomes of this one.
            cursors = cursors.filter { $0.value.isHeld && (committed || $0.value.isKept) }
            for cursor in cursors.values { cursor.isKept = true }
        }
        if hasTransactionNumber {
            hasTransactionNumber = false
            let newest = (try? pando.catalog.snapshot().transaction) ?? .max
            ServerSessions.of(pando.catalog).endTransaction(of: number, at: newest, isCommitted: committed)
        }
        unlock(after: 0)
        if committed {
            watchAnew(tells: true)
            for change in listenings {
                if change.isOn, let channel = change.channel {
                    mailbox.listen(channel)
                    watchTable(of: channel)
                } else {
                    mailbox.unlisten(change.channel)
                    if let channel = change.channel { channelWatches[channel] = nil } else { channelWatches = [:] }
                }
            }
        }
        if committed && !notifications.isEmpty || notificationPlace != nil {
            ServerSessions.of(pando.catalog).deliver(committed ? notifications.list : [], at: notificationPlace)
            notificationPlace = nil
        }
        if !listenings.isEmpty { listenings = [] }
        if !notifications.isEmpty { notifications = PendingNotifications() }
    }

    /// - Parameter names: the constraints that are checked; empty: all.
    func checkDeferredKeys(_ names: Set<String> = []) throws(SQLError) {
        let keys = transaction.deferredKeys
        guard !keys.isEmpty else { return }
        if names.isEmpty { for id in keys.keys { transaction.settleDeferred(id) } }
        let state = try transaction.readState()
        let definitions = Definitions(self, state)
        self.definitions = definitions
        let run = Run(self, state, parameters: [], slotCount: 0, canceller.begin())
        for table in try definitions.tables() {
            for constraint in table.declaration.constraints where keys[constraint.id] != nil {
                guard names.isEmpty || names.contains(constraint.name) else { continue }
                transaction.settleDeferred(constraint.id)
                guard let check = keys[constraint.id], !check.isEmpty else { continue }
                try settle(check, of: constraint, table, definitions, run)
            }
        }
    }

    /// What is read holds until the transaction ends.
    private func settle(
        _ check: DeferredCheck, of constraint: Declaration.Constraint, _ table: TableRelation, _ definitions: Definitions, _ run: Run
    ) throws(SQLError) {
        guard constraint.kind == .foreign else {
            return try transaction.restingOnReads { () throws(SQLError) in
                let guardian = try run.writes.guardian(table, definitions)
                for unique in guardian.deferrable where unique.name == constraint.name { try unique.check(check, guardian, run) }
            }
        }
        guard !check.isWhole, let target = try constraint.references.flatMap({ id throws(SQLError) in try definitions.table(id: id) })
        else { return try validate(constraint, table, definitions, run) }
        let key = ForeignKey(constraint: constraint, table: table, target: target, definitions)
        try transaction.restingOnReads { () throws(SQLError) in try run.writes.settle(check, of: key, definitions) }
    }

    /// Looks at all rows of a foreign key's table.
    func validate(
        _ constraint: Declaration.Constraint, _ table: TableRelation, _ definitions: Definitions, _ run: Run
    ) throws(SQLError) {
        guard let target = try constraint.references.flatMap({ id throws(SQLError) in try definitions.table(id: id) }) else { return }
        let key = ForeignKey(constraint: constraint, table: table, target: target, definitions)
        // The rows that are referred to stay where they are until the transaction ends.
        try transaction.restingOnReads { () throws(SQLError) in
            var rows: [Row] = []
            try run.writes.guardian(table, definitions).eachRow(Set(key.columns)) { _, row throws(SQLError) in
                rows.append(key.columns.map { row[$0] })
                guard rows.count == 4096 else { return }
                try key.check(rows, run.writes, definitions, run)
                rows.removeAll(keepingCapacity: true)
            }
            try key.check(rows, run.writes, definitions, run)
        }
    }
}

/// The object with fields replaced.
func datumChanging(_ datum: Datum, _ changes: [(String, Datum?)]) throws(CatalogError) -> Datum {
    do { return try datum.changing(changes) } catch { throw CatalogError(.notStorable, error.message) }
}
