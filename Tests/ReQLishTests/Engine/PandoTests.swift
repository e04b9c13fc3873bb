import Pando
import TestTraits
import Testing

@Suite(.ownThreads) struct PandoTests {
    struct User: Codable, Equatable, Sendable {
        var id: String
        var name: String
        var age: Int?
    }

    let users = r.db("app").table("users")

    private func filled() async throws -> Pando {
        let pando = try Pando.inMemory()
        try await pando.run(r.dbCreate("app"))
        try await pando.run(r.db("app").tableCreate("users"))
        try await pando.run(users.insert([["id": "u1", "name": "Ada", "age": 36], ["id": "u2", "name": "Bob", "age": 17]]))
        return pando
    }

    @Test func queriesAnswerDatumsAndDecodedValues() async throws {
        let pando = try await filled()
        #expect(try await pando.run(users.count()) == 2)
        let adults = try await pando.run(users.filter { $0["age"] >= 18 }.orderBy("name"), as: [User].self)
        #expect(adults == [User(id: "u1", name: "Ada", age: 36)])
        let count: Int = try await pando.run(users.count())
        #expect(count == 2)
        #expect(try await pando.run(users.get("u9")) == .null)
        #expect(try users.count().run(on: pando) as Int == 2)
        #expect(try users.get("u2")["name"].run(on: pando) == "Bob")
    }

    @Test func errorsComeAsTheyAre() async throws {
        let pando = try await filled()
        await #expect(throws: ReQLError.self) { try await pando.run(r.db("app").table("nope")) }
        await #expect(throws: DecodingError.self) { try await pando.run(users.count(), as: String.self) }
        #expect(throws: ReQLError.self) { try r.db("nope").tableList().run(on: pando) }
    }

    @Test func rowsAreStreamed() async throws {
        let pando = try await filled()
        var names: [String] = []
        for try await user in pando.stream(users.orderBy(index: "id"), as: User.self) { names.append(user.name) }
        #expect(names == ["Ada", "Bob"])

        // An array streams its elements, a value itself.
        var rows: [Datum] = []
        for try await row in pando.stream(users.orderBy("name")["id"]) { rows.append(row) }
        for try await row in pando.stream(users.count()) { rows.append(row) }
        #expect(rows == ["u1", "u2", 2])
    }

    @Test func aStreamEndsEarlyAndStartsAnew() async throws {
        let pando = try await filled()
        let rows = pando.stream(r.range(1_000_000_000))
        for _ in 0..<2 {
            var seen = 0
            for try await _ in rows {
                seen += 1
                if seen == 1000 { break }
            }
            #expect(seen == 1000)
        }
    }

    @Test func anErrorInAStreamComesAfterTheRowsBeforeIt() async throws {
        let pando = try await filled()
        var seen: [Datum] = []
        do {
            for try await row in pando.stream(r.range(100).map { 10 / (r.expr(50) - $0) }) { seen.append(row) }
            Issue.record("the division by zero went unnoticed")
        } catch let error as ReQLError {
            #expect(error.kind == .queryLogic)
        }
        #expect(seen.count == 50)
    }

    @Test func cancellingATaskStopsItsQuery() async throws {
        let pando = try await filled()
        let endless = Task { try await pando.run(r.range(1_000_000_000).count().add(r.range(1_000_000_000).sum())) }
        let stream = Task {
            var seen = 0
            for try await _ in pando.stream(r.range(1_000_000_000).filter { $0 < 0 }) { seen += 1 }
            return seen
        }
        endless.cancel()
        stream.cancel()
        await #expect(throws: CancellationError.self) { try await endless.value }
        await #expect(throws: CancellationError.self) { try await stream.value }
        // The threads are free again.
        #expect(try await pando.run(r.expr(1) + 1) == 2)
    }

    @Test func manyTasksShareOneFile() async throws {
        let pando = try await filled()
        let users = users
        try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<40 {
                group.addTask {
                    try await pando.run(users.insert(["id": "n\(index)", "name": "N"]))
                    return try await pando.run(users.filter { $0["name"] == "N" }.count())
                }
            }
            for try await count in group { #expect((1...40).contains(count)) }
        }
        #expect(try await pando.run(users.count()) == 42)
    }

    @Test func aClosedFileAnswersAnError() async throws {
        let pando = try await filled()
        try pando.close()
        try pando.close()
        do {
            try await pando.run(users.count())
            Issue.record("a closed file answered")
        } catch let error as ReQLError {
            #expect(error.kind == .operationFailed)
        }
    }

    @Test func theDefaultDatabaseCanBeChosen() async throws {
        let pando = try await filled()
        var options = QueryOptions()
        options.database = "app"
        #expect(try await pando.run(r.table("users").count(), options: options) == 2)
        await #expect(throws: ReQLError.self) { try await pando.run(r.table("users")) }
    }
}
