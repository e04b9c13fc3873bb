import ReQLish
import Testing

@testable import SQL

/// A session over an empty database of its own, whose answers are texts.
struct TestSession {
    let pando: Pando
    let connection: SQLConnection

    init() throws {
        pando = try Pando.inMemory()
        var transaction = try pando.catalog.beginWrite()
        try transaction.createDatabase("shop")
        try transaction.commit()
        connection = try SQLConnection(pando, user: nil, database: "shop")
    }

    /// One whose database has an open table of these documents.
    init(openTable name: String, _ documents: [String]) async throws {
        try self.init()
        try await pando.run(r.db("shop").tableCreate(name))
        try rows("INSERT INTO \(name) (_doc) VALUES \(documents.map { "('\($0)')" }.joined(separator: ", "))")
    }

    init(_ pando: Pando, _ connection: SQLConnection) {
        self.pando = pando
        self.connection = connection
    }

    /// Another session over the same databases, with other limits.
    init(sharing other: TestSession, _ options: PandoOptions) throws {
        pando = Pando(other.pando.catalog, options: options)
        connection = try SQLConnection(pando, user: nil, database: "shop")
    }

    /// What a statement is refused with; nil if it isn't.
    func refusal(_ sql: String) -> SQLError? {
        do throws(SQLError) {
            try connection.rows(sql)
            return nil
        } catch { return error }
    }

    @discardableResult func rows(_ sql: String) throws -> [String] { try connection.rows(sql) }
    func state(_ sql: String) -> String? { connection.state(sql) }

    /// Asks each expression; `!22008` is a refusal.
    func check(_ expected: [(expression: String, answer: String)], sourceLocation: SourceLocation = #_sourceLocation) {
        for (expression, answer) in expected {
            let got = (try? rows("SELECT \(expression)").joined(separator: "\n")) ?? "!" + (state("SELECT \(expression)") ?? "")
            #expect(got == answer, "\(expression)", sourceLocation: sourceLocation)
        }
    }

    /// The numbers of the last statement's column types.
    func types(_ sql: String) throws -> [UInt32] {
        let script = try connection.script(sql)
        var types: [UInt32] = []
        while let result = try script.next() {
            types = (result.columns ?? []).map(\.type.oid)
            while try result.next() != nil {}
        }
        return types
    }
}

extension Pando {
    /// One in memory with the database `app`, whose transactions are set aside whenever their clients are waited for.
    static func settingAside() throws -> Pando {
        var options = PandoOptions()
        options.catalog.setsAsideAtOnce = true
        let pando = try Pando.inMemory(options: options)
        var transaction = try pando.catalog.beginWrite()
        try transaction.createDatabase("app")
        try transaction.commit()
        return pando
    }
}

extension SQLConnection {
    /// Reads a text as whoever has time for it.
    func readScript(_ text: String) -> SQLScript? {
        var newTexts = 8
        return readScript(text, &newTexts)
    }

    /// The rows of the last statement, columns with a bar between them.
    @discardableResult func rows(_ sql: String) throws(SQLError) -> [String] {
        let script = try self.script(sql)
        var rows: [String] = []
        while let result = try script.next() {
            rows = try self.rows(result)
        }
        return rows
    }

    func rows(_ result: StatementResult) throws(SQLError) -> [String] {
        var rows: [String] = []
        while let row = try result.next() {
            let texts = try zip(row, result.columns ?? []).map { (value, column) throws(SQLError) in
                value.isNull ? "NULL" : try TextOutput.text(value, column.type, functions)
            }
            rows.append(texts.joined(separator: "|"))
        }
        return rows
    }

    /// Runs a text as a loop of connections does: what is short at once. Then the client is waited for. `!22008` is a refusal.
    func answerAsLoop(_ text: String) -> [String] {
        defer { awaitClient() }
        do throws(SQLError) {
            guard let script = readScript(text) else { return try rows(text) }
            _ = script.shape
            var rows: [String] = []
            while let result = try script.next() { rows += try self.rows(result) }
            return rows
        } catch {
            return ["!" + error.state.rawValue]
        }
    }

    /// The SQLSTATE of what a statement is refused with; nil if it isn't.
    func state(_ sql: String) -> String? {
        do throws(SQLError) {
            try rows(sql)
            return nil
        } catch {
            return error.state.rawValue
        }
    }
}
