import ReQLish
import Testing

@testable import httpd

/// Transactions that requests name.
@Suite(.timeLimit(.minutes(240))) struct TransactionRouteTests {
    private let server: RouteFixture

    init() throws {
        server = try RouteFixture()
        #expect(try server.json("PUT", "/app/users/a", #"{"balance": 10}"#).status == 201)
        #expect(try server.json("PUT", "/app/users/b", #"{"balance": 20}"#).status == 201)
    }

    private func begin(_ body: String = "{}") throws -> [String: String] {
        let answer = try server.json("POST", "/_transaction/begin", body)
        #expect(answer.status == 201, "\(answer.body)")
        let id = answer.json[field: "transaction"]?.string ?? ""
        #expect(id.utf8.count == 64)
        return ["Pando-Transaction": id]
    }

    private func balance(_ key: String, _ fields: [String: String] = [:]) throws -> Int? {
        try server("GET", "/app/users/\(key)", fields).json[field: "balance"]?.integer
    }

    @Test func allOrNothing() throws {
        let field = try begin()
        #expect(try server.json("PUT", "/app/users/a", #"{"balance": 5}"#, field).status == 200)
        #expect(try server.json("PATCH", "/app/users/b", #"{"balance": 25}"#, field).status == 200)
        #expect(try server.json("POST", "/app/users", #"{"id": "c", "balance": 0}"#, field).status == 201)
        let query = #"{"query": "r.db('app').table('users').sum('balance')"}"#
        #expect(try server.json("POST", "/_reql", query, field).json[field: "result"]?.integer == 30)
        #expect(try balance("a", field) == 5)
        #expect(try balance("a") == 10)
        #expect(try server("GET", "/app/users/c").status == 404)
        let committed = try server("POST", "/_transaction/commit", field)
        #expect(committed.status == 200)
        #expect(committed.json[field: "committed"]?.bool == true)
        #expect(try balance("a") == 5)
        #expect(try balance("b") == 25)
        #expect(try server("GET", "/app/users/c").status == 200)
        try server("POST", "/_transaction/commit", field).expectProblem(404, "no_transaction")
    }

    @Test func statementsAreDoneInside() throws {
        #expect(try server.json("POST", "/_sql", #"{"query": "CREATE TABLE t (id serial PRIMARY KEY, n int)", "db": "app"}"#).status == 200)
        let (field, other) = (try begin(), try begin())
        let insert = #"{"query": "INSERT INTO t (n) VALUES (1) RETURNING id", "db": "app"}"#
        #expect(try server.json("POST", "/_sql", insert, field).json[field: "result"]?.elements.first?[field: "id"]?.integer == 1)
        // Others' sequences go on, and nobody meets them.
        #expect(try server.json("POST", "/_sql", insert, other).json[field: "result"]?.elements.first?[field: "id"]?.integer == 2)
        let count = #"{"query": "SELECT count(*) AS n FROM t", "db": "app"}"#
        #expect(try server.json("POST", "/_sql", count).json[field: "result"]?.elements.first?[field: "n"]?.integer == 0)
        #expect(try server("POST", "/_transaction/commit", field).status == 200)
        #expect(try server("POST", "/_transaction/commit", other).status == 200)
        #expect(try server.json("POST", "/_sql", count).json[field: "result"]?.elements.first?[field: "n"]?.integer == 2)
        #expect(try server.json("POST", "/_sql", insert).json[field: "result"]?.elements.first?[field: "id"]?.integer == 3)
    }

    /// Statements and queries that name no database are of the transaction's.
    @Test func itHasADatabase() throws {
        #expect(try server("PUT", "/other").status == 201)
        let field = try begin(#"{"database": "other"}"#)
        #expect(try server.json("POST", "/_sql", #"{"query": "CREATE TABLE t (id int PRIMARY KEY)"}"#, field).status == 200)
        #expect(try server.json("POST", "/_sql", #"{"query": "LOCK TABLE t"}"#, field).status == 200)
        #expect(try server.json("POST", "/_sql", #"{"query": "INSERT INTO t VALUES (1)"}"#, field).status == 200)
        let database = try server.json("POST", "/_sql", #"{"query": "SELECT current_database() AS d", "db": "app"}"#, field)
        #expect(database.json[field: "result"]?.elements.first?[field: "d"]?.string == "app")
        #expect(try server.json("POST", "/_reql", #"{"query": "r.table('t').count()"}"#, field).json[field: "result"]?.integer == 1)
        #expect(try server("POST", "/_transaction/commit", field).status == 200)
        #expect(try server("GET", "/other/t/_info").json[field: "doc_count"]?.integer == 1)
        #expect(try server.json("POST", "/_sql", #"{"query": "LOCK TABLE t", "db": "other"}"#).json[field: "sqlstate"]?.string == "0A000")
        try server.json("POST", "/_transaction/begin", #"{"database": "none"}"#).expectProblem(404)
        try server.json("POST", "/_transaction/begin", #"{"database": 5}"#).expectProblem(400)
    }

    @Test func aRollbackLeavesNothing() throws {
        let field = try begin()
        #expect(try server("PUT", "/app/more", field).status == 201)
        #expect(try server.json("PUT", "/app/more/x", "{}", field).status == 201)
        #expect(try server("DELETE", "/app/users/a", field).status == 204)
        #expect(try server("POST", "/_transaction/rollback", field).status == 200)
        #expect(try server("GET", "/app/more/_info").status == 404)
        #expect(try balance("a") == 10)
        #expect(try server.pando.catalog.check().problems.isEmpty)
        #expect(server.pando.catalog.openTransactions.count == 0)
    }

    @Test func nobodyWaitsForIt() throws {
        let field = try begin()
        #expect(try server.json("PUT", "/app/users/a", #"{"balance": 5}"#, field).status == 200)
        #expect(try server.json("PUT", "/app/users/b", #"{"balance": 21}"#).status == 200)
        #expect(try server("POST", "/_transaction/commit", field).status == 200)
        #expect(try balance("a") == 5)
        #expect(try balance("b") == 21)
    }

    @Test func whatItHasReadMustNotChange() throws {
        let field = try begin()
        #expect(try balance("b", field) == 20)
        #expect(try server.json("PUT", "/app/users/a", #"{"balance": 5}"#, field).status == 200)
        #expect(try server.json("PUT", "/app/users/b", #"{"balance": 21}"#).status == 200)
        let refused = try server("POST", "/_transaction/commit", field)
        refused.expectProblem(409, "serialization_failure")
        #expect(refused.fields["retry-after"] == "0")
        try server("POST", "/_transaction/commit", field).expectProblem(404, "no_transaction")
        #expect(try balance("a") == 10)
    }

    /// What documents can be left out for is not what others have done meanwhile.
    @Test func aConflictIsNotLeftOut() throws {
        let field = try begin()
        #expect(try balance("b", field) == 20)
        #expect(try server.json("PUT", "/app/users/b", #"{"balance": 21}"#).status == 200)
        let documents = #"[{"id": "a", "mark": 1}, {"id": "c"}]"#
        try server.json("POST", "/app/users?conflict=update&on_error=skip", documents, field).expectProblem(409, "serialization_failure")
        _ = try server("POST", "/_transaction/rollback", field)
        #expect(try balance("a") == 10)
        #expect(try server("GET", "/app/users/c").status == 404)
    }

    /// One request at a time.
    @Test func aSecondRequestMeanwhileIsRefused() throws {
        let field = try begin()
        let transaction = try #require(server.pando.transactions.all.first)
        #expect(transaction.enter())
        try server("GET", "/app/users/a", field).expectProblem(409, "transaction_busy")
        try server("POST", "/_transaction/commit", field).expectProblem(409, "transaction_busy")
        transaction.leave()
        #expect(try server.json("PUT", "/app/users/a", #"{"balance": 5}"#, field).status == 200)
        #expect(try server("POST", "/_transaction/commit", field).status == 200)
        #expect(try balance("a") == 5)
    }

    @Test func aFailedOneIsOnlyRolledBack() throws {
        let field = try begin()
        #expect(try server.json("PUT", "/app/users/a", #"{"balance": 5}"#, field).status == 200)
        #expect(try server("GET", "/app/users/none", field).status == 404)
        #expect(try server("DELETE", "/app/users/none", field).status == 404)
        try server("GET", "/app/users/a", field).expectProblem(409, "transaction_failed")
        try server("POST", "/_transaction/commit", field).expectProblem(409, "transaction_failed")
        #expect(try balance("a") == 10)
    }

    @Test func whatIsRefused() throws {
        try server("GET", "/app/users/a", ["Pando-Transaction": "none"]).expectProblem(404, "no_transaction")
        let field = try begin(#"{"read_only": true}"#)
        try server("GET", "/_status", field).expectProblem(400)
        try server("GET", "/app/users/_changes", field).expectProblem(400)
        #expect(try balance("a", field) == 10)
        try server.json("PUT", "/app/users/a", "{}", field).expectProblem(403)
        try server.json("POST", "/_transaction/begin", #"{"isolation": "read committed"}"#).expectProblem(422)
        try server.json("POST", "/_transaction/begin", #"{"timeout": 6000}"#).expectProblem(400)
    }

    /// A table that the transaction has made takes documents in every form.
    @Test(arguments: [
        ("application/xml", "<notes><note id='x'><n>1</n></note><note id='y'><n>2</n></note></notes>"), ("text/csv", "id,n\nx,1\ny,2\n"),
        ("application/x-ndjson", "{\"id\": \"x\", \"n\": 1}\n{\"id\": \"y\", \"n\": 2}\n"),
    ])
    func whatIsMadeInsideIsThere(type: String, body: String) throws {
        let field = try begin()
        #expect(try server("PUT", "/app/notes", field).status == 201)
        let typed = field.merging(["Content-Type": type]) { $1 }
        #expect(try server("POST", "/app/notes", typed, body).json[field: "inserted"] == 2)
        let xml = field.merging(["Content-Type": "application/xml"]) { $1 }
        #expect(try server("PUT", "/app/notes/z", xml, "<note><n>3</n></note>").status == 201)
        #expect(try server("POST", "/_transaction/commit", field).status == 200)
        #expect(try server("GET", "/app/notes/_info").json[field: "doc_count"] == 3)
    }

    @Test func openOnesAreListedAndEnded() throws {
        let field = try begin()
        #expect(try server.json("PUT", "/app/users/a", #"{"balance": 5}"#, field).status == 200)
        let listed = try server("GET", "/_admin/transactions").json
        #expect(listed.count == 1)
        #expect(!listed.description.contains(field["Pando-Transaction"] ?? ""))
        let number = listed.elements.first?[field: "number"]?.integer ?? 0
        #expect(try server("DELETE", "/_admin/transactions/\(number)").status == 204)
        try server("POST", "/_transaction/commit", field).expectProblem(404, "no_transaction")
        #expect(try balance("a") == 10)
        try server("DELETE", "/_admin/transactions/\(number)").expectProblem(404, "no_transaction")
    }

    @Test func anAccountHasItsLimit() throws {
        for _ in 0..<256 { _ = try begin() }
        try server.json("POST", "/_transaction/begin", "{}").expectProblem(429)
    }
}
