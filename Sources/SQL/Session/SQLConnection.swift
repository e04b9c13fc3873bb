package import Ground
package import ReQLish

/// One client's session: its database, its settings, its transaction, its prepared statements. For one thread at a time.
///
/// A simple query is a ``script(_:)``, whose results are taken one after the other. The extended protocol prepares, executes, and says
/// ``sync()`` at the end of each message group. Both run what stands outside of blocks in one implicit transaction.
package final class SQLConnection {
    package enum TransactionStatus: Sendable {
        case idle, inBlock, failed
    }

    let session: Session
    /// What others see of the session beside its statements.
    private var shownAtRest: (applicationName: String, database: String)?

    /// - Parameter user: the account; nil for the application that holds the file itself.
    package init(_ pando: Pando, user: String?, database: String) throws(SQLError) {
        session = Session(pando, user: user, database: database)
        SQLDeclarations.register(with: pando)
        guard let config = try session.databaseConfig() else {
            guard Session.isMadeWhenNeeded(database, pando.catalog) else { throw Session.noDatabase(database) }
            return
        }
        try session.takeSettings(of: config)
    }

    /// Has fields of open tables told as values of the types that all of them have, for a client who wants a type of each column.
    package func tellTypes() { session.tellsTypes = true }

    /// By which door its statements come, as metrics tell.
    package var door: QueryDoor {
        get { session.door }
        set { session.door = newValue }
    }

    /// Whether whoever runs the session says how long its statements take, and counts them.
    package var isTimedByTurn: Bool {
        get { session.isTimedByTurn }
        set { session.isTimedByTurn = newValue }
    }

    /// How many statements have ended while ``isTimedByTurn``, since this was last asked.
    package func takeStatementCount() -> Int {
        defer { session.untimedCount = 0 }
        return session.untimedCount
    }

    /// What ReadyForQuery tells.
    package var transactionStatus: TransactionStatus { session.transaction.status }

    /// The session as functions, input and output see it.
    package var functions: any SQLSession { session }

    package var database: String { session.database }

    /// The number by which other sessions know this one, and clients cancel it.
    package var number: Int32 { session.number }

    /// What other sessions have for this one.
    package var mailbox: Mailbox { session.mailbox }

    /// Notes between which ends of a network the session is.
    package func setAddresses(client: QueryClient?, server: QueryClient?) {
        (session.client, session.server) = (client, server)
    }

    /// Has others see that the session runs a statement, or has done so.
    package func show(_ statement: String?) {
        if let statement { return session.activity.begin(.string(statement)) }
        session.activity.rest(transactionStatus, since: transactionStatus == .idle ? nil : session.transaction.startTime)
        let applicationName = session.settingsStore.statements.applicationName
        let database = session.database
        if let shownAtRest, shownAtRest == (applicationName, database) { return }
        shownAtRest = (applicationName, database)
        ServerSessions.of(session.catalog).change(session.number) { member in
            member.applicationName = applicationName
            member.database = database
        }
    }

    // MARK: Statements

    /// Reads one statement and finds its parameters' types and its columns. An empty text is a statement that does nothing.
    ///
    /// - Parameter parameterTypes: those that the client gave; nil, or the type unknown, where it is to be found out.
    package func prepare(_ text: String, parameterTypes: [SQLType?] = []) throws(SQLError) -> PreparedStatement {
        try beginReading(text)
        return try failing { () throws(SQLError) in try session.prepare(text, parameterTypes) }
    }

    /// Begins a statement. Its rows are to be read, or the result closed, before the next one begins, but for SELECT, of which several can
    /// be read in turns.
    ///
    /// - Parameter parameters: values of the statement's parameter types.
    package func execute(_ statement: PreparedStatement, parameters: [SQLValue] = []) throws(SQLError) -> StatementResult {
        try session.beginMemory()
        return try failing { () throws(SQLError) in
            let result = try session.execute(statement, parameters)
            result.memory = session.memory
            return result
        }
    }

    /// The prepared statements by their names, those of SQL's PREPARE among them; the one without a name is the protocol's alone.
    package subscript(statement name: String) -> PreparedStatement? {
        get { session.preparedStatements[name] }
        set { session.preparedStatements[name] = newValue }
    }

    /// The columns of a cursor that DECLARE opened, which the protocol takes for a portal; nil if there is none of the name.
    package func columns(ofCursor name: String) -> [ResultColumn]? { session.cursors[name]?.columns.map { $0.resultColumn(session.types) } }

    /// The statements of a simple query. Nothing has run yet; the text is read whole, so a syntax error anywhere keeps all from running.
    package func script(_ text: String) throws(SQLError) -> SQLScript {
        try beginReading(text)
        return try failing { () throws(SQLError) in SQLScript(self, try Script(text, isOfClient: true)) }
    }

    /// A long text is read on a memory of its own, and until it is cancelled.
    private func beginReading(_ text: String) throws(SQLError) {
        guard text.utf8.count >= SourceText.longByteCount else { return }
        try session.beginMemory()
        session.memory.stop { [canceller = session.canceller] in canceller.isCancelledAhead }
    }

    /// Ends the implicit transaction: commits, or undoes all of it if something failed. Does nothing in a block.
    package func sync() throws(SQLError) {
        defer { session.endRuns() }
        try session.endImplicitTransaction()
    }

    /// An error that somebody else found (in a parameter's bytes, in the lines of a COPY) ends what an error of a statement ends.
    package func fail() { session.transaction.fail() }

    func failing<Result>(_ body: () throws(SQLError) -> Result) throws(SQLError) -> Result {
        defer { session.endRuns() }
        do throws(SQLError) { return try QueryMemory.ofThread.with(session.memory, body) } catch {
            // A statement that waits has not failed.
            if session.wait == nil { fail() }
            throw session.explained(error)
        }
    }

    // MARK: Waiting

    /// Says that the client is waited for: its open transaction keeps nobody else waiting meanwhile.
    package func awaitClient() {
        session.transaction.rest()
        session.turnLimit = nil
    }

    /// Has statements that come upon what another transaction has locked fail at once, with `55P03`: whoever waits for them has a thread
    /// that others need.
    package func refuseToWait() { session.waitsForLocks = false }

    /// Has statements that come upon what another transaction has locked throw, and wait without a thread. While ``isWaiting`` says so
    /// after an error, the statement has not failed: the same call is to be made again when ``isReady``, which changes with `wake` or at
    /// ``waitDeadline``.
    package func waitElsewhere(_ wake: @escaping @Sendable () -> Void) { session.wakeFromWait = wake }

    package var isWaiting: Bool { session.wait != nil }
    package var isReady: Bool { session.isWaitReady }
    package var waitDeadline: MonotonicTime? { session.waitDeadline }

    // MARK: What there is to tell

    /// Notices and warnings since this was last asked, as far as the settings say that clients are told of them.
    package func takeNotices() -> [SQLNotice] {
        guard !session.notices.isEmpty else { return [] }
        defer { session.notices = [] }
        let least = SQLNotice.rank(session.settingsStore.statements.leastSeverity)
        return session.notices.filter { $0.severity == .info || SQLNotice.rank($0.severity.rawValue) >= least }
    }

    /// How long the session may wait for its client's next statement, and how long in a transaction; nil is for ever.
    package var idleTimes: (session: Duration?, transaction: Duration?) {
        let settings = session.settingsStore.statements
        return (settings.idleTime, settings.transactionIdleTime)
    }

    /// The settings that clients are told of, in order.
    package var reportedSettings: [(name: String, value: String)] { session.reportedSettings() }

    /// Those of them that changed since this was last asked.
    package func takeChangedSettings() -> [(name: String, value: String)] { session.takeChangedSettings() }

    /// Changes a setting as the start of a connection does. Throws `42704`, `22023`.
    package func set(_ name: String, to value: String) throws(SQLError) { try session.settingsStore.setAtStart(name, value) }

    /// Notifications that have come, each told once.
    package func takeNotifications() -> [SessionNotification] { session.takeNotifications() }

    // MARK: Ending

    /// Stops the statement that runs, from any thread. What runs next is not concerned.
    package var canceller: StatementCanceller { session.canceller }

    /// Lets go of the state that the last statement has read, so that a client that rests keeps no pages from being used again.
    package func rest() {
        session.definitions = nil
        session.running = nil
    }

    /// Rolls back what is open, and lets go of everything.
    package func close() { session.close() }

    /// A session that nobody has closed would keep its file.
    deinit { session.close() }
}

/// A statement that was read and bound. Good for the connection that made it, as long as what it is about stays.
package final class PreparedStatement {
    /// Nil for an empty text.
    let statement: Statement?
    let source: SourceText
    /// The type is unknown of one that stands beside fields of open tables, and is read as what it meets.
    package internal(set) var parameterTypes: [SQLType]
    /// What clients are told of them.
    package internal(set) var toldParameterTypes: [SQLType]
    /// Nil: the statement has no rows.
    package internal(set) var columns: [ResultColumn]?
    /// Whether its text may be that of a short read; and the read, once it was bound.
    let mayBeShort: Bool
    var shortRead: ShortRead?
    /// The change that it makes, once it was bound, where that can be kept.
    var change: KeptChange?
    /// What `pg_prepared_statements` shows of it.
    var isOfSQL = false
    /// Whether its parameters stand for what a text has in their places: where it means something else than when it was bound, these may be
    /// values of other types.
    var isOfText = false
    var prepareTime: Int64 = 0
    private(set) var genericPlanCount: Int64 = 0
    private(set) var customPlanCount: Int64 = 0

    init(_ statement: Statement?, source: SourceText, parameterTypes: [SQLType] = []) {
        self.statement = statement
        self.source = source
        self.parameterTypes = parameterTypes
        toldParameterTypes = parameterTypes
        mayBeShort = statement?.mayBeShort ?? false
    }

    package var isEmpty: Bool { statement == nil }

    /// Counts an execution: by a plan that is kept for all values, or by one that was made for it.
    func countPlan(isKept: Bool) {
        if isKept { genericPlanCount += 1 } else { customPlanCount += 1 }
    }

    /// Whether it may run although the block has failed: it ends the block, or goes back to a savepoint.
    package var endsFailedBlock: Bool {
        switch statement {
        case .commit, .rollback, .rollbackTo: true
        default: false
        }
    }
}

/// The statements of a simple query, one after the other.
package final class SQLScript {
    private let connection: SQLConnection
    private var script: Script
    private var position = 0
    /// What is known of its one statement.
    private var known: Known?
    /// The text of a statement whose values were taken out of it.
    private let text: String

    enum Known {
        case beginning, ending
        /// What belongs to a block that can't go on at once.
        case later
        case read(ShortRead)
        case change(PreparedStatement)
        /// One that was bound for another text, with this one's values.
        case prepared(PreparedStatement, [SQLValue])
    }

    init(_ connection: SQLConnection, _ script: Script, _ known: Known? = nil, text: String = "") {
        self.text = text
        self.connection = connection
        self.script = script
        self.known = known
    }

    /// How much it does, as far as that is known.
    package var shape: QueryShape {
        switch known {
        case .beginning: .shortRead
        case .read(let read): connection.session.shape(of: read)
        case .ending, .later: .shortWrite
        case .change(let statement): connection.session.shapeOfChange(statement)
        case .prepared(let statement, _): connection.shape(of: statement)
        case nil: .any
        }
    }

    /// The document that its statement is going to read by its key, if that was bound for another text.
    package var document: KeyedDocument? {
        if case .prepared(let statement, let values) = known { connection.document(of: statement, values) } else { nil }
    }

    /// Says which documents its statement is going to look for, if that is a change of single rows, for as long as what is returned lives.
    package func expectDocuments() -> ExpectedDocuments? {
        switch known {
        case .change(let statement): connection.expectDocuments(of: statement, [])
        case .prepared(let statement, let values): connection.expectDocuments(of: statement, values)
        case nil, .beginning, .ending, .later, .read: nil
        }
    }

    /// What was planned of the one statement when it was read, and the values for it.
    private var planned: (ShortRead?, PreparedStatement?, [SQLValue]) {
        switch known {
        case .read(let read): (read, nil, [])
        case .change(let change): (nil, change, [])
        case .prepared(let statement, let values): (statement.shortRead, statement, values)
        case nil, .beginning, .ending, .later: (nil, nil, [])
        }
    }

    /// Whether there is no statement at all: EmptyQueryResponse.
    package var isEmpty: Bool { script.statements.isEmpty }

    /// The next statement's result; nil when all are through, and their implicit transaction is committed. The result before is to be read
    /// to its end first. An error ends the script, and what it did outside of blocks is undone.
    package func next() throws(SQLError) -> StatementResult? {
        try connection.session.beginMemory()
        return try connection.failing { () throws(SQLError) in
            guard position < script.statements.count else {
                try connection.sync()
                return nil
            }
            let (read, prepared, values) = planned
            if let read, let result = try connection.session.run(read, values) {
                position += 1
                result.memory = connection.session.memory
                return result
            }
            defer { if !connection.isWaiting { position += 1 } }
            if read != nil, prepared != nil { try readAnew() }
            do throws(SQLError) { return try execute(known == nil ? nil : prepared, values) } catch {
                guard error.state == Session.textIsNeeded else { throw error }
                try readAnew()
                return try execute(nil, [])
            }
        }
    }

    /// Reads a statement whose values were taken out of its text as the text has it.
    private func readAnew() throws(SQLError) {
        script = try Script(text, isOfClient: true)
        known = nil
    }

    private func execute(_ prepared: PreparedStatement?, _ values: [SQLValue]) throws(SQLError) -> StatementResult {
        let isLast = position == script.statements.count - 1
        let result = try connection.session.executeInScript(
            script.statements[position], script.source, isAlone: script.statements.count == 1, isLast: isLast, prepared: prepared,
            prepared == nil ? [] : values)
        result.memory = connection.session.memory
        return result
    }
}
