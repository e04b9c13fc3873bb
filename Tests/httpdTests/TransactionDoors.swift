import Ground
import PostgresWire
import ReQLish
import TestSupport
import Testing

@testable import Catalog
@testable import httpd

/// A server with all of its ports over a database in memory, whose tables have an index of every kind; and a transaction by each of its
/// doors.
final class TransactionDoors {
    enum Door: String, CaseIterable, Sendable {
        case http, sqlOverHTTP, driver, postgres, swift

        /// Whether it speaks SQL.
        var isSQL: Bool { self == .sqlOverHTTP || self == .postgres }
    }

    let pando: Pando
    private let server: HTTPServer
    private let client: TestClient

    init(_ change: (inout PandoOptions) -> Void = { _ in }) throws {
        var options = PandoOptions()
        change(&options)
        pando = try Pando.inMemory(options: options)
        var configuration = HTTPConfiguration()
        configuration.addresses = ["127.0.0.1"]
        (configuration.port, configuration.driverPort, configuration.postgresPort) = (0, 0, 0)
        configuration.workers = 3
        server = HTTPServer.withoutTime(pando: pando, configuration: configuration)
        try server.start()
        client = try TestClient(port: server.port)
        try ask("r.dbCreate('test')")
        try ask("r.tableCreate('t')")
        for index in [
            "'n'", "'tags', {multi: true}", "'code', {unique: true}", "'place', {geo: true}", "'body', {text: 'english'}",
            "'both', [r.row('n'), r.row('code')]",
        ] {
            try ask("r.table('t').indexCreate(\(index))")
        }
        try ask("r.table('t').indexWait()")
        for (number, key) in ["one", "two", "three"].enumerated() {
            try ask(
                "r.table('t').insert({id: '\(key)', n: \(number), tags: ['a', '\(key)'], code: 'c\(number)', body: 'the fox number \(key)',"
                    + " place: r.point(\(number), 1)})")
        }
        let postgres = try PostgresTestClient(server)
        let made = try postgres.query(
            """
            CREATE TABLE s (id serial PRIMARY KEY, code text UNIQUE, parent int REFERENCES s, amount int CHECK (amount > 0));
            INSERT INTO s (code, parent, amount) VALUES ('a', NULL, 1), ('b', 1, 2), ('c', 1, 3)
            """)
        #expect(made.states == [])
    }

    deinit {
        server.stop()
        try? pando.close()
    }

    /// A query outside of any transaction.
    @discardableResult func ask(_ query: String) throws -> Datum {
        try pando.start(try TermTree(text: query)).collected()
    }

    /// All keys and values of the file as one number.
    var digest: UInt64 {
        get throws {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            var cursor = try pando.catalog.snapshot().store.cursor(.all)
            while try cursor.next() {
                let key = cursor.withKey { $0.copy() }
                let value = try cursor.value.bytes
                for byte in key { add(byte) }
                add(UInt8(truncatingIfNeeded: key.count))
                for byte in value { add(byte) }
                add(UInt8(truncatingIfNeeded: value.count))
            }
            return hash
        }
    }

    /// Nothing is open any more, and the file is as it should be.
    func requireSound(_ place: SourceLocation = #_sourceLocation) throws {
        #expect(eventually { pando.catalog.openTransactions.count == 0 }, sourceLocation: place)
        #expect(pando.transactions.count == 0, sourceLocation: place)
        #expect(!pando.catalog.locks.isActive, sourceLocation: place)
        let problems = try pando.catalog.check().problems
        #expect(problems.isEmpty, "\(problems)", sourceLocation: place)
    }

    /// Ends all transactions of requests and drivers as an administrator does.
    func endAll() throws {
        for row in try client.request("GET", "/_admin/transactions").json.elements {
            let number = row[field: "number"]?.integer ?? 0
            #expect(try client.request("DELETE", "/_admin/transactions/\(number)").status == 204)
        }
    }

    /// Begins a transaction; nil is told if that is refused, with the reason.
    func begin(_ door: Door, seconds: Int? = nil) async throws -> any DoorTransaction {
        let timeout = seconds.map { "{\"timeout\":\($0)}" } ?? "{}"
        switch door {
        case .http, .sqlOverHTTP: return try HTTPTransaction(TestClient(port: server.port), isSQL: door == .sqlOverHTTP, timeout)
        case .driver: return try DriverTransaction(DriverClient(server), timeout)
        case .postgres: return try PostgresTransaction(PostgresTestClient(server))
        case .swift: return SwiftTransaction(try await pando.begin(time: .seconds(seconds ?? 600)))
        }
    }
}

struct DoorRefusal: Error, CustomStringConvertible {
    let description: String
}

/// A transaction by one of the doors. What is refused is thrown as ``DoorRefusal``.
protocol DoorTransaction: AnyObject {
    /// A query of ReQL, or a statement.
    func ask(_ text: String) async throws
    func commit() async throws
    func rollback() async throws
}

private final class HTTPTransaction: DoorTransaction {
    private let client: TestClient
    private let isSQL: Bool
    private var id = ""

    init(_ client: TestClient, isSQL: Bool, _ body: String) throws {
        self.client = client
        self.isSQL = isSQL
        id = try send("/_transaction/begin", body)[field: "transaction"]?.string ?? ""
    }

    @discardableResult private func send(_ target: String, _ body: String) throws -> Datum {
        var fields = ["Content-Type": "application/json"]
        if !id.isEmpty { fields["Pando-Transaction"] = id }
        let answer = try client.request("POST", target, fields, body: body)
        guard answer.status < 300 else {
            let detail = answer.json[field: "detail"]?.string ?? ""
            throw DoorRefusal(description: "\(answer.status) \(answer.json[field: "code"]?.string ?? "") \(detail)")
        }
        return answer.json
    }

    func ask(_ text: String) throws {
        let body: Datum = isSQL ? ["query": Datum(text), "db": "test"] : ["query": Datum(text)]
        try send(isSQL ? "/_sql" : "/_reql", body.description)
    }

    func commit() throws { try send("/_transaction/commit", "{}") }
    func rollback() throws { try send("/_transaction/rollback", "{}") }
}

private final class DriverTransaction: DoorTransaction {
    private let client: DriverClient
    private var id: Datum = .null
    private static let table = #"[15,[[14,["rethinkdb"]],"transactions"]]"#

    init(_ client: DriverClient, _ row: String) throws {
        self.client = client
        id = try send("[56,[\(Self.table),\(row)]]")[field: "generated_keys"]?[0] ?? .null
    }

    @discardableResult private func send(_ term: String, isInside: Bool = false) throws -> Datum {
        let options = isInside ? ",\"transaction\":\(id)" : ""
        let answer = try Datum(json: try client.ask(7, #"[1,\#(term),{"db":[14,["test"]]\#(options)}]"#))
        let result = answer[field: "r"]?[0] ?? .null
        if answer[field: "t"]?.integer ?? 0 >= 16 { throw DoorRefusal(description: result.string ?? "\(answer)") }
        if result[field: "errors"]?.integer ?? 0 > 0 { throw DoorRefusal(description: result[field: "first_error"]?.string ?? "") }
        return result
    }

    func ask(_ text: String) throws {
        var term = ByteBuffer()
        try TermTree(text: text).writeJSON(into: &term)
        try send(String(decoding: term.bytes, as: UTF8.self), isInside: true)
    }

    private func end(_ state: String) throws { try send(#"[53,[[16,[\#(Self.table),\#(id)]],{"state":"\#(state)"}]]"#) }

    func commit() throws { try end("committed") }
    func rollback() throws { try end("rolled_back") }
}

private final class PostgresTransaction: DoorTransaction {
    private let client: PostgresTestClient

    init(_ client: PostgresTestClient) throws {
        self.client = client
        try ask("BEGIN ISOLATION LEVEL SERIALIZABLE")
    }

    func ask(_ text: String) throws {
        let answers = try client.query(text)
        if let state = answers.states.first { throw DoorRefusal(description: state) }
        if text == "COMMIT", answers.tags != ["COMMIT"] { throw DoorRefusal(description: answers.tags.joined()) }
    }

    func commit() throws { try ask("COMMIT") }
    func rollback() throws { try ask("ROLLBACK") }
}

private final class SwiftTransaction: DoorTransaction {
    private let transaction: OpenPandoTransaction

    init(_ transaction: OpenPandoTransaction) { self.transaction = transaction }

    private func refusing(_ body: () async throws -> Void) async throws {
        do { try await body() } catch { throw DoorRefusal(description: "\(error)") }
    }

    func ask(_ text: String) async throws {
        let query = Query(try TermTree(text: text))
        try await refusing { try await transaction.run(query) }
    }

    func commit() async throws { try await refusing { try await transaction.commit() } }
    func rollback() async throws { await transaction.rollback() }
}
