import ReQLish
import Testing

@testable import Catalog
@testable import httpd

/// Savepoints of transactions that requests name.
@Suite(.timeLimit(.minutes(240))) struct SavepointRouteTests {
    @Test(arguments: [false, true]) func theyAreThoseOfASession(setsAside: Bool) throws {
        let door = try SavepointDoor(setsAside: setsAside)
        let field = try door.begin()
        let answer = try door.sql("SAVEPOINT a", field)
        #expect(answer.json[field: "command"]?.string == "SAVEPOINT", "\(answer.body)")
        try door.run(
            field, "INSERT INTO t VALUES (1)", "SAVEPOINT b", "INSERT INTO t VALUES (2)", "SAVEPOINT c", "INSERT INTO t VALUES (3)")
        #expect(try door.keys(field) == [1, 2, 3])
        try door.run(field, "ROLLBACK TO c")
        #expect(try door.keys(field) == [1, 2])
        // It stays, and those after it are gone.
        try door.run(field, "INSERT INTO t VALUES (4)", "ROLLBACK TO SAVEPOINT b")
        #expect(try door.keys(field) == [1])
        try door.run(field, "INSERT INTO t VALUES (5)", "RELEASE b")
        #expect(try door.keys(field) == [1, 5])
        #expect(try door.sql("RELEASE b", field).json[field: "sqlstate"]?.string == "3B001")
        try door.run(field, "ROLLBACK TO a", "INSERT INTO t VALUES (7)")
        try door.commit(field)
        #expect(try door.keys() == [7])
        #expect(try door.server.pando.catalog.check().problems.isEmpty)
        #expect(door.server.pando.catalog.openTransactions.count == 0)
    }

    @Test(arguments: [false, true]) func whatFailsIsUndoneByGoingBack(setsAside: Bool) throws {
        let door = try SavepointDoor(setsAside: setsAside)
        let field = try door.begin()
        try door.run(field, "INSERT INTO t VALUES (1)", "SAVEPOINT a", "INSERT INTO t VALUES (2)")
        #expect(try door.sql("INSERT INTO t VALUES (1)", field).json[field: "sqlstate"]?.string == "23505")
        try door.sql("SELECT 1", field).expectProblem(409, "transaction_failed", mentions: "savepoint")
        try door.sql("SAVEPOINT b", field).expectProblem(409, "transaction_failed")
        try door.sql("RELEASE a", field).expectProblem(409, "transaction_failed")
        // Going back to what there isn't leaves it as it is.
        let unknown = try door.sql("ROLLBACK TO b", field)
        #expect(unknown.status == 404)
        #expect(unknown.json[field: "sqlstate"]?.string == "3B001")
        try door.sql("SELECT 1", field).expectProblem(409, "transaction_failed")
        try door.run(field, "ROLLBACK TO a", "INSERT INTO t VALUES (3)")
        // What other routes do fails and goes back alike.
        #expect(try door.server.json("POST", "/app/users", #"{"id": "u"}"#, field).status == 201)
        #expect(try door.server("DELETE", "/app/users/none", field).status == 404)
        try door.server("GET", "/app/users/u", field).expectProblem(409, "transaction_failed")
        try door.run(field, "ROLLBACK TO a", "INSERT INTO t VALUES (4)")
        #expect(try door.server("GET", "/app/users/u", field).status == 404)
        try door.commit(field)
        #expect(try door.keys() == [1, 4])
        // One that has failed is rolled back by a commit, whatever savepoints there are.
        let other = try door.begin()
        try door.run(other, "INSERT INTO t VALUES (7)", "SAVEPOINT a")
        #expect(try door.sql("INSERT INTO t VALUES (7)", other).status == 409)
        try door.server("POST", "/_transaction/commit", other).expectProblem(409, "transaction_failed")
        #expect(try door.keys() == [1, 4])
    }

    @Test func severalOfOneNameAndLists() throws {
        let door = try SavepointDoor()
        let field = try door.begin()
        try door.run(field, "SAVEPOINT a", "INSERT INTO t VALUES (1)", "SAVEPOINT a", "INSERT INTO t VALUES (2)", "ROLLBACK TO a")
        #expect(try door.keys(field) == [1])
        try door.run(field, "RELEASE a", "ROLLBACK TO a")
        #expect(try door.keys(field) == [])
        func list(_ statements: String...) throws -> TestClient.Answer {
            let list = statements.map { "{\"query\": \"\($0)\"}" }.joined(separator: ", ")
            return try door.server.json("POST", "/_sql", "{\"statements\": [\(list)]}", field)
        }
        #expect(try list("INSERT INTO t VALUES (3)", "SAVEPOINT b", "INSERT INTO t VALUES (4)", "SAVEPOINT c").status == 200)
        #expect(try list("INSERT INTO t VALUES (5)", "ROLLBACK TO c", "INSERT INTO t VALUES (6)").status == 200)
        #expect(try door.keys(field) == [3, 4, 6])
        try door.run(field, "ROLLBACK TO b")
        #expect(try door.keys(field) == [3])
        // A list that fails has no beginning to go back to if it has gone back further itself.
        #expect(try list("ROLLBACK TO b", "INSERT INTO t VALUES (8)", "INSERT INTO t VALUES (8)").status == 409)
        try door.sql("SELECT 1", field).expectProblem(409, "transaction_failed")
        try door.run(field, "ROLLBACK TO b")
        #expect(try door.keys(field) == [3])
        #expect(try door.sql("ROLLBACK TO c", field).json[field: "sqlstate"]?.string == "3B001")
    }

    @Test func whereThereAreNone() throws {
        let door = try SavepointDoor()
        for text in ["SAVEPOINT a", "ROLLBACK TO a", "RELEASE a"] {
            let answer = try door.server.json("POST", "/_sql", "{\"query\": \"\(text)\", \"db\": \"app\"}")
            #expect(answer.json[field: "sqlstate"]?.string == "0A000", "\(answer.body)")
            #expect(answer.json[field: "hint"]?.string?.contains("savepoints") == true, "\(answer.body)")
        }
        let field = try door.begin()
        // The transaction itself has routes of its own.
        #expect(try door.sql("ROLLBACK", field).json[field: "sqlstate"]?.string == "0A000")
        let reading = try door.begin(#", "read_only": true"#)
        try door.run(reading, "SAVEPOINT a", "ROLLBACK TO a")
        #expect(try door.sql("INSERT INTO t VALUES (1)", reading).json[field: "sqlstate"]?.string == "25006")
        try door.run(reading, "ROLLBACK TO a", "SELECT 1")
    }
}

/// A server with a table, whose transactions may be set aside between their requests.
private struct SavepointDoor {
    let server: RouteFixture

    init(setsAside: Bool = false) throws {
        var options = PandoOptions()
        options.catalog.setsAsideAtOnce = setsAside
        server = try RouteFixture(options: options)
        #expect(try server.json("POST", "/_sql", #"{"query": "CREATE TABLE t (id int PRIMARY KEY)", "db": "app"}"#).status == 200)
    }

    func begin(_ more: String = "") throws -> [String: String] {
        let answer = try server.json("POST", "/_transaction/begin", #"{"database": "app"\#(more)}"#)
        #expect(answer.status == 201, "\(answer.body)")
        return ["Pando-Transaction": answer.json[field: "transaction"]?.string ?? ""]
    }

    func sql(_ text: String, _ field: [String: String]) throws -> TestClient.Answer {
        try server.json("POST", "/_sql", "{\"query\": \"\(text)\"}", field)
    }

    /// Runs statements, one a request, none of which is refused.
    func run(_ field: [String: String], _ statements: String..., place: SourceLocation = #_sourceLocation) throws {
        for text in statements {
            let answer = try sql(text, field)
            #expect(answer.status == 200, "\(text): \(answer.body)", sourceLocation: place)
        }
    }

    /// The keys of the rows, as the transaction sees them or, without one, everybody.
    func keys(_ field: [String: String] = [:]) throws -> [Int] {
        let answer = try server.json("POST", "/app/t/_query", #"{"query": "SELECT id FROM t ORDER BY id"}"#, field)
        #expect(answer.status == 200, "\(answer.body)")
        return answer.json.elements.compactMap { $0[field: "id"]?.integer }
    }

    func commit(_ field: [String: String]) throws {
        #expect(try server("POST", "/_transaction/commit", field).status == 200)
    }
}
