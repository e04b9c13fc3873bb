import Ground
import ReQLish
import SQL

// SQL over HTTP.
extension PandoExchange {
    /// `POST …/_query`: SQL, or ReQL that goes on from the table.
    func queryTable() throws {
        _ = try readState().existingTable(table)
        guard let statements = try statements() else { return try runQuery() }
        try run(statements)
    }

    /// `POST /_sql`.
    func runStatements() throws {
        guard let statements = try statements() else { throw Problem.request(400, "The request has no SQL.") }
        try run(statements)
    }

    /// What the body says; nil if it is of ReQL.
    func parseStatements() throws -> StatementBody? {
        guard path.count > 1 else {
            _ = try MediaType.ofBody(request, among: [.json], fallback: .json)
            return try StatementBody(json(), database: transaction?.database ?? pando.options.defaultDatabase)
        }
        switch try MediaType.ofBody(request, among: [.json, .text, .sql], fallback: .json) {
        case .sql: return StatementBody(text: try text(), database: table.database)
        case .text:
            let text = try text()
            return StatementBody.isSQL(text) ? StatementBody(text: text, database: table.database) : nil
        default: return try StatementBody(queryOfTable: json(), database: table.database)
        }
    }

    /// Reads and plans a statement that looks at one row only, so that the loop's thread may run it, or statements that change single rows,
    /// so that they are short writes.
    func weighStatements() -> QueryShape {
        guard let body = try? parseStatements() else { return .any }
        parsedStatements = body
        // What reads and what writes is told apart by the first words, which costs less than a session.
        let areReads = !body.isList && body.requests[0].mayBeQuery
        guard areReads || !body.requests.isEmpty && !body.requests.contains(where: \.mayBeQuery), let connection = try? connection(body)
        else { return .any }
        let short = areReads ? connection.short(body.requests[0]).map { [$0] } : connection.shortChanges(body.requests)
        guard let short else {
            connection.close()
            return .any
        }
        shortStatements = (connection, short[...])
        return areReads ? .shortRead : .shortWrite
    }

    private func statements() throws -> StatementBody? { try parsedStatements ?? parseStatements() }

    private func connection(_ body: StatementBody) throws(SQLError) -> SQLConnection {
        // Without an account it is the empty name, which has no rights; nil would be the application itself.
        let connection =
            if let transaction {
                try SQLConnection(pando, user: user ?? "", database: body.database, in: transaction.open)
            } else {
                try SQLConnection(pando, user: user ?? "", database: body.database)
            }
        connection.refuseToWait()
        connection.door = .http
        if let time = pando.options.lockTimeout { try connection.set("lock_timeout", to: "\(Int(time / .milliseconds(1)))") }
        if let durability = body.durability { try connection.set("synchronous_commit", to: durability == .hard ? "on" : "off") }
        if body.isReadOnly { try connection.set("default_transaction_read_only", to: "on") }
        if let time = body.timeLimit { connection.deadline = .now + time }
        return connection
    }

    private func run(_ body: StatementBody) throws {
        let type = try MediaType.ofAnswer(request, among: body.isList ? [.json] : [.json, .rows, .csv])
        let connection: SQLConnection
        if let prepared = shortStatements?.connection {
            connection = prepared
        } else {
            do throws(SQLError) { connection = try self.connection(body) } catch { throw Problem(sql: error, "") }
        }
        if let cancellation { connection.stop(by: cancellation) }
        connection.flush = flush
        let memory = pando.requestMemory()
        do {
            guard let transaction else {
                return try body.isList ? answerAll(body, connection, memory) : answer(body, connection, memory, as: type)
            }
            try connection.inside {
                try body.isList ? answerAll(body, connection, memory) : answer(body, connection, memory, as: type)
            }
            connection.close()
            // A failed one takes nothing else.
            if transaction.hasFailed { transaction.recover() }
        } catch {
            connection.close()
            throw error
        }
    }

    /// The session goes on to the end of a request that is part of a transaction.
    private func close(_ connection: SQLConnection) {
        if transaction == nil { connection.close() }
    }

    private func answer(_ body: StatementBody, _ connection: SQLConnection, _ memory: QueryMemory, as type: MediaType) throws {
        let request = body.requests[0]
        let result = try begin(request, connection, memory, isAlone: true)
        response.addTrusted("Content-Type", type.rawValue)
        if request.isExplained { return try answerPlan(result, request, body, connection) }
        if result.areDocuments, type == .csv { return try answerTable(result, request, connection) }
        let login = Login(user: user ?? "", proof, catalog)
        let answer = try StatementAnswer(
            connection, result, request, body, as: type, batchBytes: service.configuration.batchBytes, login, memory)
        if result.isComplete { try commit(connection, request) }
        response.addTrusted("Pando-Result", result.columns == nil ? "value" : "rows")
        // An error among the first rows still gets its own status.
        var step = try answer.write(into: &response.body)
        guard transaction == nil else {
            // Rows that are read later would be read outside the transaction.
            var part = ByteBuffer()
            while step == .more {
                step = try answer.write(into: &part)
                try move(&part, memory)
            }
            return
        }
        if step == .end { answer.close() } else { rows = answer }
    }

    /// All of a list, in one transaction: nothing is sent before it is committed.
    private func answerAll(_ body: StatementBody, _ connection: SQLConnection, _ memory: QueryMemory) throws {
        let login = Login(user: user ?? "", proof, catalog)
        response.addTrusted("Content-Type", MediaType.json.rawValue)
        response.body.append(UInt8(ascii: "["))
        for (index, request) in body.requests.enumerated() {
            if index > 0 { response.body.append(UInt8(ascii: ",")) }
            let result = try begin(request, connection, memory, isAlone: body.requests.count == 1)
            var part = ByteBuffer()
            let answer = try StatementAnswer(
                connection, result, request, body, as: .json, batchBytes: service.configuration.batchBytes, login, memory)
            while try answer.write(into: &part) == .more { try move(&part, memory) }
            try move(&part, memory)
        }
        response.body.append("]\n")
        try commit(connection, body.requests.last)
        close(connection)
    }

    private func move(_ part: inout ByteBuffer, _ memory: QueryMemory) throws(DatumError) {
        try QueryMemory.ofThread.with(memory) { () throws(DatumError) in
            try holdAnswer(byteCount: response.body.count + part.count)
        }
        response.body.append(part)
        part.removeAll()
    }

    /// The documents of a `*` as a table: which columns there are is known after the last row.
    private func answerTable(_ result: StatementResult, _ request: SQLRequest, _ connection: SQLConnection) throws {
        var table = CSVPage()
        do throws(SQLError) {
            while let row = try result.next() { if case .json(let document)? = row.first { table.append(document.owned) } }
            try connection.sync()
        } catch {
            throw Problem(sql: error, request.text)
        }
        table.write(into: &response.body)
        close(connection)
    }

    private func answerPlan(
        _ result: StatementResult, _ request: SQLRequest, _ body: StatementBody, _ connection: SQLConnection
    ) throws {
        var plan = Datum.emptyArray
        do throws(SQLError) {
            while let row = try result.next() {
                if case .text(let text)? = row.first { plan = (try? Datum(json: text)) ?? Datum(elements: [Datum(text)]) }
            }
            try connection.sync()
        } catch {
            throw Problem(sql: error, request.text)
        }
        send(body.isBare ? plan : ["result": plan, "command": "EXPLAIN", "rows": 1], addsType: false)
        close(connection)
    }

    private func begin(
        _ request: SQLRequest, _ connection: SQLConnection, _ memory: QueryMemory, isAlone: Bool
    ) throws(Problem) -> StatementResult {
        do throws(SQLError) {
            if let short = shortStatements?.statements.popFirst() { return try connection.begin(short, isAlone: isAlone) }
            return try QueryMemory.ofThread.with(memory) { () throws(SQLError) in try connection.begin(request, isAlone: isAlone) }
        } catch {
            throw Problem(sql: error, request.text)
        }
    }

    private func commit(_ connection: SQLConnection, _ request: SQLRequest?) throws(Problem) {
        do throws(SQLError) { try connection.sync() } catch { throw Problem(sql: error, request?.text ?? "") }
    }
}
