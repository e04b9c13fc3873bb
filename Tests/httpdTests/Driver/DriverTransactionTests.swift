import Ground
import ReQLish
import Testing

@testable import httpd

/// Transactions that drivers begin and end as rows, and name by an option of queries.
@Suite(.timeLimit(.minutes(240))) struct DriverTransactionTests {
    private let server: HTTPServer
    private let pando: Pando
    private let client: DriverClient
    private static let transactions = #"[15,[[14,["rethinkdb"]],"transactions"]]"#

    init() throws {
        (server, pando) = try DriverServerTests.serve()
        client = try DriverClient(server)
        _ = try client.ask(1, #"[1,[56,[[15,["t"]],[2,[{"id":"a","n":1},{"id":"b","n":2}]]]]]"#)
    }

    /// The answer's rows, or its error.
    private func ask(_ term: String, in id: String? = nil, _ client: DriverClient? = nil) throws -> Datum {
        let options = id.map { #","transaction":\#(Datum($0))"# } ?? ""
        let text = try (client ?? self.client).ask(7, #"[1,\#(term),{"db":[14,["test"]]\#(options)}]"#)
        return try Datum(json: text)[field: "r"] ?? .null
    }

    private func begin(_ row: String = "{}") throws -> String {
        let answer = try ask("[56,[\(Self.transactions),\(row)]]")[0]
        return try #require(answer[field: "generated_keys"]?[0].string, "\(answer)")
    }

    private func end(_ id: String, _ state: String) throws -> Datum {
        try ask(#"[53,[[16,[\#(Self.transactions),\#(Datum(id))]],{"state":"\#(state)"}]]"#)[0]
    }

    private let sum = #"[88,[[170,[[15,["t"]],"n"]]]]"#
    private var count: String { #"[43,[[15,["t"]]]]"# }
    private func put(_ key: String) -> String { #"[56,[[15,["t"]],{"id":"\#(key)"}]]"# }

    @Test func allOrNothing() throws {
        defer { server.stop() }
        let id = try begin()
        #expect(try ask(put("c"), in: id)[0][field: "inserted"] == 1)
        #expect(try ask(count, in: id)[0] == 3)
        #expect(try ask(count)[0] == 2)
        // Rows come whole, for who reads on would read outside.
        #expect(try ask(#"[15,["t"]]"#, in: id).count == 3)
        #expect(try ask(#"[16,[[15,["t"]],"c"]]"#, in: id)[0][field: "id"] == "c")
        #expect(try end(id, "committed")[field: "deleted"] == 1)
        #expect(try ask(count)[0] == 3)
        #expect(try ask(count, in: id)[0].string?.contains("no such transaction") == true)

        let undone = try begin(#"{"timeout":5}"#)
        #expect(try ask("[54,[[15,[\"t\"]]]]", in: undone)[0][field: "deleted"] == 3)
        #expect(try end(undone, "rolled_back")[field: "deleted"] == 1)
        let dropped = try begin()
        #expect(try ask(put("d"), in: dropped)[0][field: "inserted"] == 1)
        #expect(try ask("[54,[[16,[\(Self.transactions),\(Datum(dropped))]]]]")[0][field: "deleted"] == 1)
        #expect(try ask(count)[0] == 3)
        #expect(pando.transactions.count == 0)
        #expect(pando.catalog.openTransactions.count == 0)
    }

    @Test func nobodyWaitsAndConflictsAreTold() throws {
        defer { server.stop() }
        let id = try begin()
        #expect(try ask(count, in: id)[0] == 2)
        #expect(try ask(put("c"), in: id)[0][field: "inserted"] == 1)
        let other = try DriverClient(server)
        #expect(try ask(put("d"), other)[0][field: "inserted"] == 1)
        let refused = try end(id, "committed")
        #expect(refused.string?.contains("serialize") == true, "\(refused)")
        #expect(try ask(count)[0] == 3)
        #expect(pando.transactions.counts.conflicts == 1)
    }

    @Test func whatTheRowsSay() throws {
        defer { server.stop() }
        let id = try begin(#"{"read_only":true}"#)
        let row = try ask("[16,[\(Self.transactions),\(Datum(id))]]")[0]
        #expect(row[field: "state"] == "open" && row[field: "read_only"] == true && row[field: "busy"] == false, "\(row)")
        #expect(try ask(put("x"), in: id)[0].string?.contains("read only") == true)
        // What has failed can only be undone.
        #expect(try ask("[43,[\(Self.transactions)]]")[0] == 1)
        #expect(try ask(count, in: id)[0].string?.contains("roll it back") == true)
        #expect(try end(id, "open")[field: "first_error"]?.string?.contains("rolled_back") == true)
        #expect(try ask(#"[53,[[16,[\#(Self.transactions),\#(Datum(id))]],{"user":"x"}]]"#)[0][field: "errors"] == 1)
        #expect(try end(id, "rolled_back")[field: "deleted"] == 1)
        #expect(try ask(#"[56,[\#(Self.transactions),{"id":"mine"}]]"#)[0][field: "errors"] == 1)
        #expect(try ask(#"[56,[\#(Self.transactions),{"timeout":0}]]"#)[0][field: "errors"] == 1)
        #expect(try client.ask(9, #"[1,[43,[[15,["t"]]]],{"transaction":5}]"#).contains("`id` of a transaction"))
        let within = try begin()
        #expect(try ask("[54,[\(Self.transactions)]]", in: within)[0][field: "first_error"]?.string?.contains("under way") == true)
        #expect(try ask("[152,[[15,[\"t\"]]]]", in: within)[0].string?.contains("feed") == true)
        #expect(try ask("[54,[\(Self.transactions)]]")[0][field: "deleted"] == 1)
    }

    /// Another account sees and ends its own only, and `admin` ends it by its number.
    @Test func whoseTheyAre() throws {
        defer { server.stop() }
        let mine = try pando.transactions.begin(user: "admin", isReadOnly: false, time: .seconds(60))
        let theirs = try pando.transactions.begin(user: "till", isReadOnly: false, time: .seconds(60))
        let ids = try ask("[170,[\(Self.transactions),\"id\"]]")
        #expect(ids.elements.contains(Datum(mine.id)) && !ids.elements.contains(Datum(theirs.id)), "\(ids)")
        #expect(try ask(count, in: theirs.id)[0].string?.contains("another account's") == true)
        let number: Datum = ["transaction", Datum(Int(theirs.number))]
        #expect(try ask("[54,[[16,[\(Self.transactions),[2,\(number)]]]]]")[0][field: "deleted"] == 1)
        #expect(pando.transactions.all.map(\.id) == [mine.id])
    }

    /// One whose time is over ends though nobody comes by.
    @Test func theyEndByThemselves() throws {
        defer { server.stop() }
        _ = try pando.transactions.begin(user: "admin", isReadOnly: false, time: .milliseconds(1))
        while pando.transactions.count > 0 { _ = try client.ask(3, "[1,[24,[1,2]]]") }
        #expect(pando.transactions.counts.timedOut == 1)
    }
}
