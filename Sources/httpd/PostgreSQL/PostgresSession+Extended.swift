import Ground
import PostgresWire
import ReQLish
import SQL

/// A statement with the values of its parameters, ready to run or running.
final class Portal {
    let statement: PreparedStatement
    let parameters: [SQLValue]
    /// Those that it has had when it was bound.
    let columns: [ResultColumn]?
    /// One a column.
    let formats: [ValueFormat]
    let byteCount: Int
    /// That of the session when it was bound.
    let lastSavepoint: UInt64
    var result: StatementResult?
    /// All its rows were sent.
    var isDone = false
    private var writer: (columns: [ResultColumn], writer: RowWriter)?

    init(
        _ statement: PreparedStatement, parameters: [SQLValue], columns: [ResultColumn]?, formats: [ValueFormat], byteCount: Int,
        lastSavepoint: UInt64
    ) {
        self.statement = statement
        self.parameters = parameters
        self.columns = columns
        self.formats = formats
        self.byteCount = byteCount
        self.lastSavepoint = lastSavepoint
    }

    /// What writes rows of these columns as the client wants them.
    func writer(_ columns: [ResultColumn], _ session: any SQLSession) -> RowWriter {
        if let writer, writer.columns == columns { return writer.writer }
        let made = RowWriter(columns, formats: formats, session)
        writer = (columns, made)
        return made
    }
}

/// How many bytes each prepared statement of a session takes, and all of them: known without counting them anew.
struct StatementSizes {
    private var sizes: [String: Int] = [:]
    private(set) var total = 0

    var count: Int { sizes.count }

    subscript(name: String) -> Int? {
        get { sizes[name] }
        set {
            total += (newValue ?? 0) - (sizes[name] ?? 0)
            sizes[name] = newValue
        }
    }

    mutating func keepThose(_ isThere: (String) -> Bool) {
        sizes = sizes.filter { isThere($0.key) }
        total = sizes.values.reduce(0, +)
    }
}

/// An Execute that is under way.
struct Execution {
    let portal: Portal
    let writer: RowWriter?
    /// 0: all.
    let rowLimit: Int
    /// Rows of the result before this Execute.
    let before: Int
    /// Whether the result is of a FETCH, which the client has not said.
    var isOfCursor = false
}

// Parse, Bind, Describe, Execute, Close and Sync.
extension PostgresSession {
    func takeExtended(_ message: FrontendMessage) {
        guard let connection else { return }
        isInGroup = true
        closeOldPortals(connection)
        // The number of the parameter that is read, if one is.
        var parameter: Int?
        do throws(SQLError) {
            switch message {
            case .parse(let parse): try prepare(parse, connection)
            case .bind(let bind): try self.bind(bind, connection, reading: &parameter)
            case .describe(let target): try describe(target, connection)
            case .execute(let name, let rowLimit): try execute(name, rowLimit, connection)
            case .close(let target):
                close(target, connection)
                send(.closeComplete)
            default: break
            }
        } catch {
            if isWaiting, case .execute(let name, let rowLimit) = message {
                waitingExecute = (name, rowLimit)
            } else {
                // The statement before goes, whatever becomes of the one in its place.
                if case .parse(let parse) = message, parse.name.isEmpty { dropUnnamedStatement() }
                fail(error, isSimple: false, context: Self.context(of: parameter, of: message))
            }
        }
    }

    /// What PostgreSQL says of the parameter that an error is about. It shows no values, unless `log_parameter_max_length_on_error` is set.
    private static func context(of parameter: Int?, of message: FrontendMessage) -> String? {
        guard let parameter, case .bind(let bind) = message, let bytes = bind.parameters[parameter] else { return nil }
        var context = "\(bind.portal.isEmpty ? "unnamed portal" : "portal \"\(bind.portal)\"") parameter $\(parameter + 1)"
        if format(parameter, of: bind.parameterFormats) == .text, String(validating: bytes, as: UTF8.self) != nil {
            context += bytes.isEmpty ? " = ''" : " = '...'"
        }
        return context
    }

    private func prepare(_ parse: FrontendMessage.Parse, _ connection: SQLConnection) throws(SQLError) {
        try takeToken()
        if !parse.name.isEmpty, connection[statement: parse.name] != nil {
            throw SQLError(SQLState(rawValue: "42P05"), "prepared statement \"\(parse.name)\" already exists")
        }
        let size = parse.text.utf8.count + parse.types.count * 4 + 512
        // SQL's DEALLOCATE and DISCARD drop statements too.
        if statementSizes.count >= limits.statements || !hasRoom(for: size) {
            statementSizes.keepThose { connection[statement: $0] != nil }
        }
        guard connection.statementCount < limits.statements else {
            throw SQLError(.programLimitExceeded, "a session may have \(limits.statements) prepared statements")
        }
        try requireRoom(text: size)
        let types = parse.types.map { $0 == 0 || $0 == SQLType.unknown.oid ? nil : SQLType($0) }
        let statement = try connection.prepare(parse.text, parameterTypes: types)
        try checkBlock(statement, connection)
        connection[statement: parse.name] = statement
        statementSizes[parse.name] = size
        send(.parseComplete)
    }

    private func hasRoom(for bytes: Int) -> Bool { statementSizes.total + portalBytes + bytes <= limits.statementBytes }

    /// What a statement takes once it is read, for each byte of its text.
    private static let treeBytesOfTextByte = 64

    /// - Parameter text: bytes of a statement that is to be kept as well.
    /// - Parameter values: bytes of a portal.
    private func requireRoom(text: Int = 0, values: Int = 0) throws(SQLError) {
        guard hasRoom(for: text + values) else {
            throw SQLError(
                SQLState(rawValue: "53200"), "the prepared statements and portals of a session may have \(limits.statementBytes) bytes")
        }
        let wanted = (statementSizes.total + text) * Self.treeBytesOfTextByte + portalBytes + values
        if wanted <= heldByteCount {
            heldMemory.giveBack(byteCount: heldByteCount - wanted)
        } else {
            do throws(DatumError) { try heldMemory.take(byteCount: wanted - heldByteCount) } catch {
                throw SQLError(SQLState(rawValue: "53200"), "out of memory", detail: "Prepared statements are kept in memory, too.")
            }
        }
        heldByteCount = wanted
    }

    private func checkBlock(_ statement: PreparedStatement, _ connection: SQLConnection) throws(SQLError) {
        guard case .failed = connection.transactionStatus, !statement.endsFailedBlock, !statement.isEmpty else { return }
        throw Self.blockHasFailed
    }

    /// In a block that has failed, types can't be looked up that columns may have.
    private func requireWorkingBlock(describing columns: [ResultColumn]?, _ connection: SQLConnection) throws(SQLError) {
        if columns != nil, case .failed = connection.transactionStatus { throw Self.blockHasFailed }
    }

    private static let blockHasFailed = SQLError(
        SQLState(rawValue: "25P02"), "current transaction is aborted, commands ignored until end of transaction block")

    private func statement(_ name: String, _ connection: SQLConnection) throws(SQLError) -> PreparedStatement {
        if let statement = connection[statement: name] { return statement }
        throw SQLError(
            SQLState(rawValue: "26000"),
            name.isEmpty ? "unnamed prepared statement does not exist" : "prepared statement \"\(name)\" does not exist")
    }

    private func portal(_ name: String) throws(SQLError) -> Portal {
        if let portal = portals[name] { return portal }
        throw SQLError(SQLState(rawValue: "34000"), "portal \"\(name)\" does not exist")
    }

    private func bind(_ bind: FrontendMessage.Bind, _ connection: SQLConnection, reading parameter: inout Int?) throws(SQLError) {
        let statement = try statement(bind.statement, connection)
        try checkBlock(statement, connection)
        let types = statement.parameterTypes
        let count = bind.parameters.count
        guard [0, 1, count].contains(bind.parameterFormats.count) else {
            throw Self.violation("bind message has \(bind.parameterFormats.count) parameter formats but \(count) parameters")
        }
        guard count == types.count else {
            throw Self.violation(
                "bind message supplies \(count) parameters, but prepared statement \"\(bind.statement)\" requires \(types.count)")
        }
        if !bind.portal.isEmpty, portals[bind.portal] != nil || connection.columns(ofCursor: bind.portal) != nil {
            throw SQLError(SQLState(rawValue: "42P03"), "cursor \"\(bind.portal)\" already exists")
        }
        guard portals.count < limits.statements else {
            throw SQLError(.programLimitExceeded, "a session may have \(limits.statements) portals")
        }
        let size = bind.parameters.reduce(256) { $0 + ($1?.count ?? 0) + 32 }
        try requireRoom(values: size)
        let values = try values(of: bind, for: statement, connection, reading: &parameter)
        let columns = try connection.columns(of: statement)
        let columnCount = columns?.count ?? 0
        guard [0, 1, columnCount].contains(bind.resultFormats.count) || columns == nil else {
            throw Self.violation("bind message has \(bind.resultFormats.count) result formats but query has \(columnCount) columns")
        }
        let formats = (0..<columnCount).map { Self.format($0, of: bind.resultFormats) }
        let portal = Portal(
            statement, parameters: values, columns: columns, formats: formats, byteCount: size, lastSavepoint: connection.lastSavepoint)
        keep(portal, as: bind.portal)
        send(.bindComplete)
    }

    /// - Parameter parameter: the number of the one that is read, which is the one that an error is about.
    func values(
        of bind: FrontendMessage.Bind, for statement: PreparedStatement, _ connection: SQLConnection, reading parameter: inout Int?
    ) throws(SQLError) -> [SQLValue] {
        let types = statement.parameterTypes
        var values: [SQLValue] = []
        values.reserveCapacity(bind.parameters.count)
        for (index, bytes) in bind.parameters.enumerated() {
            guard let bytes else {
                values.append(.null)
                continue
            }
            parameter = index
            switch Self.format(index, of: bind.parameterFormats) {
            case .text:
                let type = types[index] == .unknown ? .text : types[index]
                values.append(try ValueForms.read(text: bytes, as: type, connection.functions))
            case .binary:
                values.append(try read(binary: bytes, index, of: statement, connection))
            }
        }
        parameter = nil
        return values
    }

    /// A value of a parameter that is read as what it meets becomes a text.
    private func read(
        binary bytes: [UInt8], _ index: Int, of statement: PreparedStatement, _ connection: SQLConnection
    ) throws(SQLError) -> SQLValue {
        let type = statement.toldParameterTypes[index]
        let value = try ValueForms.read(
            binary: bytes, as: type, connection.functions, leftOver: "incorrect binary data format in bind parameter \(index + 1)")
        guard statement.parameterTypes[index] == .unknown, type != .text else { return value }
        return .text(try TextOutput.text(value, type, connection.functions))
    }

    private static func violation(_ message: String) -> SQLError { SQLError(SQLState(rawValue: WireError.protocolViolation), message) }

    /// None: text; one: for all.
    private static func format(_ index: Int, of formats: [ValueFormat]) -> ValueFormat {
        formats.count > 1 ? formats[index] : formats.first ?? .text
    }

    private func describe(_ target: FrontendMessage.Target, _ connection: SQLConnection) throws(SQLError) {
        switch target {
        case .statement(let name):
            let statement = try statement(name, connection)
            try requireWorkingBlock(describing: statement.columns, connection)
            send(.parameterDescription(statement.toldParameterTypes.map(RowWriter.toldType)))
            describe(statement.columns, formats: [], connection)
        case .portal(let name):
            if portals[name] == nil, let columns = connection.columns(ofCursor: name) {
                try requireWorkingBlock(describing: columns, connection)
                return describe(columns, formats: [], connection)
            }
            let portal = try portal(name)
            try requireWorkingBlock(describing: portal.columns, connection)
            guard let columns = portal.columns else { return send(.noData) }
            send(.rowDescription(portal.writer(columns, connection.functions).description))
        }
    }

    private func describe(_ columns: [ResultColumn]?, formats: [ValueFormat], _ connection: SQLConnection) {
        guard let columns else { return send(.noData) }
        send(.rowDescription(RowWriter(columns, formats: formats, connection.functions).description))
    }

    private func execute(_ name: String, _ rowLimit: Int, _ connection: SQLConnection) throws(SQLError) {
        if portals[name] == nil, let reader = try connection.reader(ofCursor: name, rows: rowLimit) {
            return try read(reader, rowLimit, connection)
        }
        let portal = try portal(name)
        try checkBlock(portal.statement, connection)
        if portal.statement.isEmpty { return send(.emptyQueryResponse) }
        // One that has waited is shown already.
        if !isWaiting { connection.show(portal.statement) }
        if portal.isDone {
            guard let result = portal.result, result.columns != nil else {
                throw SQLError(SQLState(rawValue: "55000"), "portal \"\(name)\" cannot be run")
            }
            return send(.commandComplete(result.tag(rows: 0)))
        }
        let result: StatementResult
        if let begun = portal.result {
            result = begun
            connection.goOn(with: begun)
        } else {
            result = try connection.execute(portal.statement, parameters: portal.parameters)
            portal.result = result
        }
        let writer = result.columns.map { portal.writer($0, connection.functions) }
        execution = Execution(portal: portal, writer: writer, rowLimit: rowLimit, before: result.rowCount)
        if let copy = result.copy { try begin(copy) }
    }

    /// Executes a cursor that DECLARE opened.
    private func read(_ reader: PreparedStatement, _ rowLimit: Int, _ connection: SQLConnection) throws(SQLError) {
        try checkBlock(reader, connection)
        connection.show(reader)
        let result = try connection.execute(reader)
        let columns = result.columns ?? []
        let portal = Portal(
            reader, parameters: [], columns: columns, formats: columns.map { _ in result.isBinary ? .binary : .text }, byteCount: 0,
            lastSavepoint: connection.lastSavepoint)
        portal.result = result
        execution = Execution(
            portal: portal, writer: portal.writer(columns, connection.functions), rowLimit: rowLimit, before: 0, isOfCursor: true)
    }

    func goOnWithExecution() {
        guard let execution, let result = execution.portal.result else { return }
        let (portal, rowLimit) = (execution.portal, execution.rowLimit)
        guard let writer = execution.writer else {
            return completeExecution(tag: result.tag())
        }
        do throws(SQLError) {
            let sent = result.rowCount - execution.before
            let left = rowLimit == 0 ? Int.max : rowLimit - sent
            if try sendRows(of: result, writer, limit: left) {
                let count = result.rowCount - execution.before
                return completeExecution(tag: execution.isOfCursor ? "SELECT \(count)" : result.tag(rows: count))
            }
            if rowLimit > 0, result.rowCount - execution.before >= rowLimit {
                self.execution = nil
                connection?.suspend()
                sendNotices()
                send(.portalSuspended)
            }
        } catch {
            portal.isDone = true
            fail(error, isSimple: false)
        }
    }

    func completeExecution(tag: String) {
        execution?.portal.isDone = true
        execution = nil
        sendNotices()
        send(.commandComplete(tag))
    }

    private func close(_ target: FrontendMessage.Target, _ connection: SQLConnection) {
        switch target {
        case .statement(let name):
            connection[statement: name] = nil
            statementSizes[name] = nil
        case .portal(let name):
            if portals[name] == nil { connection.closeCursor(name) } else { keep(nil, as: name) }
        }
    }

    func dropUnnamedStatement() {
        connection?[statement: ""] = nil
        statementSizes[""] = nil
    }

    /// Has a name stand for a portal, or for none; the one before is closed.
    func keep(_ portal: Portal?, as name: String) {
        if let old = portals[name] {
            old.result?.close()
            portalBytes -= old.byteCount
        }
        portals[name] = portal
        portalBytes += portal?.byteCount ?? 0
    }

    func closePortals() {
        portals.removeAll()
        portalBytes = 0
    }

    /// Portals don't outlive their transaction, however it has ended, nor going back to before they were bound.
    func closeOldPortals(_ connection: SQLConnection) {
        if let savepoint = connection.takeGoneSavepoint() {
            for (name, portal) in portals.all where portal.lastSavepoint >= savepoint { keep(nil, as: name) }
        }
        let count = connection.endedTransactionCount
        guard count != portalTransaction else { return }
        portalTransaction = count
        closePortals()
    }

    /// Ends a group of messages, and what they did outside of a block.
    func sync() {
        isSkipping = false
        do throws(SQLError) {
            try connection?.sync()
        } catch {
            sendNotices()
            send(.errorResponse(ReportFields(error)))
        }
        sendReady()
    }
}
