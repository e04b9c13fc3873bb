import Ground
import PostgresWire
import ReQLish
import SQL
import Synchronization

/// The session of a PostgreSQL client: takes its messages in order, and writes the answers.
///
/// Why this is safe: it belongs to one thread at a time. A connection gives it to a worker and gets it back through the loop's inbox, which
/// both hand over what was written before, and touches it in between only with ``cancel()``.
final class PostgresSession: Work, @unchecked Sendable {
    let service: PostgresService
    private let startup: StartupMessage.Startup
    let user: String
    private let client: QueryClient?
    private let server: QueryClient?
    var limits: PostgresLimits { service.limits }

    /// What was answered since the session was last given to a worker.
    var response = ByteBuffer()
    /// Nothing more will be answered.
    var isOver = false
    /// The client has said that it goes.
    private(set) var wasTerminated = false

    var input = MessageFrames()
    /// Nil before the first step.
    private(set) var connection: SQLConnection?
    private var number: Int32?
    /// What other sessions have for this one.
    private(set) var mailbox: Mailbox?
    /// Has the connection look whether there is something for it; called from any thread.
    var wake: (@Sendable () -> Void)?

    // MARK: What is under way

    /// A simple query, and the statement of it whose rows are being sent.
    var script: SQLScript?
    var result: StatementResult?
    var writer: RowWriter?
    /// The query that comes next, if its text has been read, and its text.
    var readScript: (text: String, script: SQLScript)?
    /// An Execute of the extended protocol.
    var execution: Execution?
    /// One whose statement has not begun, because it waits for another transaction.
    var waitingExecute: (name: String, rowLimit: Int)?
    var copyOut: CopyOut?
    /// The client's lines are awaited.
    var copyIn: CopyIn?
    /// After an error in the extended protocol, until Sync.
    var isSkipping = false
    /// Messages of the extended protocol have come, and no Sync after them.
    var isInGroup = false

    var portals = Portals()
    /// How many transactions had ended when the one of the portals went on.
    var portalTransaction = 0
    /// What prepared statements and portals count in the memory of all.
    lazy var heldMemory = QueryMemory(limit: .max, pool: service.pando.limits.memoryPool(of: user))
    var heldByteCount = 0
    var portalBytes = 0
    /// The sizes of prepared statements, which SQL may drop as well.
    var statementSizes = StatementSizes()

    private let canceller = Mutex<StatementCanceller?>(nil)
    private let isAbandoned = Atomic<Bool>(false)

    init(
        service: PostgresService, startup: StartupMessage.Startup, user: String, client: QueryClient?, server: QueryClient?
    ) {
        self.service = service
        self.startup = startup
        self.user = user
        self.client = client
        self.server = server
    }

    // MARK: For the connection, while the session rests

    func receive(_ bytes: borrowing Span<UInt8>) { input.append(bytes) }

    var inputByteCount: Int { input.count }
    func forgetInput() { input = MessageFrames() }

    /// Whether a step would do anything.
    var hasWork: Bool {
        if isOver { return false }
        if isWaiting { return connection?.isReady == true || mailbox?.hasEnded == true }
        return connection == nil || isBusy || input.hasNext(limit: limits.messageBytes) || hasMail
    }

    /// Whether somebody has ended the session.
    var hasBeenEnded: Bool { mailbox?.hasEnded ?? false }

    /// Whether there are notifications that may be told now, or somebody has ended the session.
    private var hasMail: Bool {
        guard let mailbox, !mailbox.isEmpty else { return false }
        return mailbox.hasEnded || !isInTransaction && !isInGroup
    }

    /// Whether the next message begins something new.
    var isAtRest: Bool { !isBusy && copyIn == nil && !isSkipping }

    /// Something was begun that needs no message to go on.
    private var isBusy: Bool { waitingExecute != nil || copyIn == nil && (script != nil || execution != nil || copyOut != nil) }

    /// Whether the statement under way waits for another transaction, and the session for neither its client nor a worker.
    var isWaiting: Bool { connection?.isWaiting ?? false }
    /// When it has waited long enough.
    var waitDeadline: MonotonicTime? { connection?.waitDeadline }

    var isInTransaction: Bool { connection?.transactionStatus ?? .idle != .idle }
    /// What the session's settings say; nil where they say nothing.
    private(set) var idleTime: Duration?
    private(set) var transactionIdleTime: Duration?

    /// Notes that it waits for a worker: who cancels meanwhile means the statement that has come, unless what has come are lines of a COPY.
    func awaitWorker() {
        if !isBusy, copyIn == nil { canceller.withLock { $0 }?.awaitStatement() }
    }

    /// Stops the statement that runs. From any thread.
    func cancel() {
        isAbandoned.store(true, ordering: .relaxed)
        canceller.withLock { $0 }?.cancel()
    }

    // MARK: Work

    /// What came over a connection that was accepted is always done.
    let isNew = false

    /// Whether what the messages that have come read was fetched for them.
    var asksNobody = false

    /// A hundred sessions that come at once, each with a long statement, would go before others as if these were short.
    private(set) var isTypical = true

    /// The disk has failed behind what was answered, or an engine has refused it.
    func fail(_ error: CatalogError) {
        response.removeAll()
        send(.errorResponse(ReportFields(SQLError(error))))
        sendReady()
    }

    func close() {
        result?.close()
        closePortals()
        copyIn?.exchange.abandon()
        (script, result, execution, copyOut, copyIn) = (nil, nil, nil, nil, nil)
        connection?.close()
        connection = nil
        isOver = true
        if let number { service.remove(number) }
        number = nil
    }

    func perform(_ flush: DeferredFlush?) {
        isTypical = connection != nil
        asksNobody = false
        if connection == nil { open() }
        connection?.flush = flush
        defer { connection?.flush = nil }
        while !isOver, response.count < limits.batchBytes {
            if isAbandoned.load(ordering: .relaxed) {
                isOver = true
                break
            }
            if isWaiting, mailbox?.hasEnded == true {
                takeMail()
            } else if isWaiting, connection?.isReady == false {
                break
            } else if isBusy {
                goOn()
            } else if !takeMessage() {
                break
            }
        }
        input.release()
        if !isOver, hasMail, !isBusy { takeMail() }
        // Its client, or another transaction, is waited for: others need not wait as well.
        connection?.awaitClient()
    }

    private func takeMail() {
        guard let mailbox else { return }
        if mailbox.hasEnded { return end(with: .fatal("57P01", "terminating connection due to administrator command")) }
        for notification in connection?.takeNotifications() ?? [] {
            send(
                .notification(process: notification.number, channel: notification.channel, payload: notification.payload))
        }
    }

    // MARK: The start

    private func open() {
        do throws(SQLError) {
            let connection = try SQLConnection(service.pando, user: user, database: try database())
            connection.tellTypes()
            connection.door = .postgresql
            connection.limitStatements(count: limits.statements, bytes: limits.statementBytes)
            connection.setAddresses(client: client, server: server)
            for parameter in startup.parameters { try apply(parameter, to: connection) }
            let secret = Int32.random(in: .min ... .max)
            let entry = PostgresService.Entry(
                secret: secret, user: user, database: connection.database, client: client, canceller: connection.canceller)
            let number = connection.number
            do throws(SQLError) { try service.add(entry, number) } catch {
                connection.close()
                throw error
            }
            self.number = number
            self.connection = connection
            mailbox = connection.mailbox
            if let wake {
                connection.mailbox.whenFilled(wake)
                connection.waitElsewhere(wake)
            }
            connection.show(nil)
            canceller.withLock { $0 = connection.canceller }
            for (name, value) in connection.reportedSettings { send(.parameterStatus(name: name, value: value)) }
            send(.backendKeyData(process: number, secret: secret))
            sendReady()
        } catch {
            end(with: ReportFields(error, severity: "FATAL"))
        }
    }

    private func database() throws(SQLError) -> String {
        if let name = startup["database"], !name.isEmpty { return name }
        do throws(CatalogError) {
            return try service.pando.catalog.snapshot().database(user) != nil ? user : service.defaultDatabase
        } catch {
            throw SQLError(SQLState(rawValue: "58030"), error.message)
        }
    }

    private func apply(_ parameter: StartupMessage.Startup.Parameter, to connection: SQLConnection) throws(SQLError) {
        switch parameter.name {
        case "user", "database", "replication": break
        case "options":
            for (name, value) in StartupOptions(parameter.value).settings { try connection.set(name, to: value) }
        case let name where name.hasPrefix("_pq_."): break
        case let name: try connection.set(name, to: parameter.value)
        }
    }

    // MARK: Messages

    /// Takes the next message if it is whole.
    private func takeMessage() -> Bool {
        do throws(WireError) {
            guard let frame = try input.next(limit: limits.messageBytes) else { return false }
            guard let kind = FrontendMessage.Kind(rawValue: frame.type) else {
                throw WireError("invalid frontend message type \(frame.type)")
            }
            if isSkipping, kind != .sync, kind != .terminate { return true }
            var reader = MessageReader(input.bytes, in: frame.body)
            let message: FrontendMessage
            do throws(WireError) {
                message = try FrontendMessage(kind, &reader)
            } catch {
                // The next message begins where its length says, so the session can go on.
                fail(SQLError(SQLState(rawValue: error.state), error.message), isSimple: kind == .query)
                return true
            }
            take(message)
        } catch {
            end(with: .fatal(error.state, error.message))
        }
        return true
    }

    private func take(_ message: FrontendMessage) {
        if copyIn != nil {
            takeDuringCopy(message)
            return
        }
        switch message {
        case .query(let text): begin(text)
        case .parse, .bind, .describe, .execute, .close: takeExtended(message)
        case .flush: break
        case .sync: sync()
        case .terminate:
            wasTerminated = true
            isOver = true
        // What is left of a COPY that has failed.
        case .copyData, .copyDone, .copyFail: break
        case .functionCall:
            fail(SQLError(.featureNotSupported, "function calls by message are not supported", hint: "Use SELECT."), isSimple: true)
        case .password: end(with: .fatal("08P01", "invalid frontend message type 112"))
        }
    }

    /// Does the next part of what is under way.
    private func goOn() {
        if let waitingExecute {
            self.waitingExecute = nil
            takeExtended(.execute(portal: waitingExecute.name, rowLimit: waitingExecute.rowLimit))
        } else if copyOut != nil {
            sendCopy()
        } else if script != nil {
            goOnWithScript()
        } else {
            goOnWithExecution()
        }
    }

    // MARK: A simple query

    private func begin(_ text: String) {
        // The unnamed statement and portal don't outlive a simple query.
        keep(nil, as: "")
        if statementSizes.count > 0 { dropUnnamedStatement() }
        do throws(SQLError) {
            guard let connection else { return }
            try takeToken()
            connection.show(text)
            let read = readScript.take()
            let script = if let read, read.text == text { read.script } else { try self.script(text, connection) }
            self.script = script
            if script.isEmpty {
                self.script = nil
                // What came before it without Sync ends with it, too.
                try connection.sync()
                send(.emptyQueryResponse)
                sendReady()
            }
        } catch {
            fail(error, isSimple: true)
        }
    }

    /// Where an engine has the records, the loop knows no short text before it was bound here, which takes trips.
    private func script(_ text: String, _ connection: SQLConnection) throws(SQLError) -> SQLScript {
        var newTexts = 1
        if service.pando.catalog.waitsForEngine, connection.transactionStatus == .idle, !isInGroup, inputByteCount == 0,
            let script = connection.readScript(text, &newTexts)
        {
            return script
        }
        return try connection.script(text)
    }

    private func goOnWithScript() {
        do throws(SQLError) {
            if let result, let writer {
                guard try sendRows(of: result, writer, limit: .max) else { return }
                completeStatement(result)
            }
            guard let result = try script?.next() else {
                script = nil
                sendReady()
                return
            }
            try begin(result)
        } catch {
            if !isWaiting { fail(error, isSimple: true) }
        }
    }

    private func begin(_ result: StatementResult) throws(SQLError) {
        self.result = result
        if let copy = result.copy { return try begin(copy) }
        guard let columns = result.columns, let connection else { return completeStatement(result) }
        let writer = RowWriter(columns, formats: columns.map { _ in result.isBinary ? .binary : .text }, connection.functions)
        send(.rowDescription(writer.description))
        self.writer = writer
    }

    private func completeStatement(_ result: StatementResult) {
        sendNotices()
        send(.commandComplete(result.tag()))
        result.close()
        self.result = nil
        writer = nil
    }

    /// - Returns: whether all are sent; otherwise the response is full, or the limit is reached.
    func sendRows(of result: StatementResult, _ writer: RowWriter, limit: Int) throws(SQLError) -> Bool {
        var sent = 0
        while sent < limit, response.count < limits.batchBytes {
            guard let row = try result.next() else { return true }
            try writer.write(row, into: &response)
            sent += 1
        }
        return false
    }

    // MARK: Errors and the end

    /// - Parameter isSimple: whether a simple query failed, which is over then; otherwise messages are passed over until Sync.
    /// - Parameter context: where it went wrong.
    func fail(_ error: SQLError, isSimple: Bool, context: String? = nil) {
        let inCopyOfScript = script != nil
        result?.close()
        execution?.portal.result?.close()
        (script, result, writer, execution, copyOut, copyIn) = (nil, nil, nil, nil, nil, nil)
        waitingExecute = nil
        connection?.fail()
        // Whoever ends a session cancels what it does; the client is told of the end alone.
        if error.state.rawValue == "57014", mailbox?.hasEnded == true { return takeMail() }
        sendNotices()
        var report = ReportFields(error)
        let contexts = [error.context, context].compactMap(\.self)
        report.add("W", contexts.isEmpty ? nil : contexts.joined(separator: "\n"))
        send(.errorResponse(report))
        if isSimple || inCopyOfScript {
            do throws(SQLError) { try connection?.sync() } catch { send(.errorResponse(ReportFields(error))) }
            sendReady()
        } else {
            isSkipping = true
        }
    }

    private func end(with report: ReportFields) {
        send(.errorResponse(report))
        isOver = true
    }

    func send(_ message: BackendMessage) { message.write(into: &response) }

    func sendNotices() {
        guard let connection else { return }
        for notice in connection.takeNotices() { send(.noticeResponse(ReportFields(notice))) }
    }

    func sendReady() {
        guard let connection else { return }
        sendNotices()
        isInGroup = false
        if hasMail, mailbox?.hasEnded == false { takeMail() }
        for (name, value) in connection.takeChangedSettings() { send(.parameterStatus(name: name, value: value)) }
        switch connection.transactionStatus {
        case .idle: send(.readyForQuery(.idle))
        case .inBlock: send(.readyForQuery(.inBlock))
        case .failed: send(.readyForQuery(.failed))
        }
        connection.show(nil)
        closeOldPortals(connection)
        if connection.transactionStatus == .idle { closePortals() }
        connection.rest()
        (idleTime, transactionIdleTime) = connection.idleTimes
    }

    /// Counts a statement against the account's rate.
    func takeToken() throws(SQLError) {
        let limits = service.pando.limits
        if let refusal = limits.takeRequest(of: user) ?? connection.flatMap({ limits.takeRequest(database: $0.database) }) {
            throw SQLError(SQLState(rawValue: "53300"), refusal.message)
        }
        guard let seconds = service.limiter.take(for: user) else { return }
        throw SQLError(
            SQLState(rawValue: "53300"), "the account \"\(user)\" has sent as many statements as it may",
            hint: "Try again in \(Int(min(seconds, 86_400).rounded(.up))) s.")
    }
}
