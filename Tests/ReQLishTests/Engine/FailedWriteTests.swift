import Pando
import TestTraits
import Testing

/// A write that fails for some of its documents says so: by an error, or by its counts to those who ask for them.
@Suite(.ownThreads) struct FailedWriteTests {
    let pando: Pando
    let users = r.table("users")

    init() throws {
        pando = try Pando.inMemory()
        try r.dbCreate("test").run(on: pando)
        try r.tableCreate("users").run(on: pando)
        try users.insert(["id": 1]).run(on: pando)
    }

    static let failing: [Query] = [
        r.table("users").insert(["id": 1]), r.table("users").get(1).update(["id": 2]), r.table("users").update { $0["none"] },
        r.table("users").get(1).replace(["no": "key"]), r.expr([1]).forEach { r.table("users").insert(["id": $0]) },
        r.do { r.table("users").insert(["id": 1]) }, r.db("rethinkdb").table("users").get("admin").delete(),
    ]

    @Test(arguments: failing)
    func itThrows(query: Query) async throws {
        let async = try #require(await #expect(throws: ReQLError.self) { try await pando.run(query) })
        #expect(async.kind == .operationFailed && async.writes?.errors == 1 && async.message == async.writes?.firstError, "\(async)")
        #expect(throws: async) { try query.run(on: pando) }
        await #expect(throws: async) { try await pando.write { tx in _ = try tx.run(query) } }
        await #expect(throws: async) { try await pando.write { tx in _ = try tx.run(query.tree()) } }
        await #expect(throws: async) { for try await _ in pando.stream(query) {} }
        await #expect(throws: async) { try await pando.run(query, as: WriteCounts.self) }
    }

    @Test(arguments: failing)
    func itCounts(query: Query) async throws {
        #expect(try await pando.run(query, as: WriteCounts.self, options: .countingFailedWrites).errors == 1)
        #expect(try query.run(on: pando, options: .countingFailedWrites)[field: "errors"] == 1)
        #expect(try pando.start(query.tree()).collected()[field: "errors"] == 1)
        let counted = try await pando.write { tx in try tx.run(query, options: .countingFailedWrites) }
        #expect(counted[field: "errors"] == 1)
    }

    @Test func theRestOfAWriteIsKept() async throws {
        let error = try #require(
            await #expect(throws: ReQLError.self) { try await pando.run(users.insert([["id": 1], ["id": 2], [:]])) })
        let counts = try #require(error.writes)
        #expect(counts.inserted == 2 && counts.errors == 1 && counts.generatedKeys.count == 1)
        #expect(error.message.hasPrefix("1 of 3 documents could not be written"), "\(error)")
        #expect(try await pando.run(users.count()) == 3)
    }

    @Test func aTransactionIsUndone() async throws {
        let users = users
        await #expect(throws: ReQLError.self) {
            try await pando.write { tx in
                try tx.run(users.insert(["id": 2]))
                try tx.run(users.insert([["id": 3], ["id": 1]]))
            }
        }
        #expect(try await pando.run(users.count()) == 1)
    }

    /// A field `errors` of a document, and what a query looks at itself.
    @Test func otherAnswersAreLeftAlone() async throws {
        #expect(try await pando.run(users.insert(["id": 1])["errors"]) == 1)
        #expect(try await pando.run(r.do(users.insert(["id": 1])) { ["errors": $0["errors"]] }) == ["errors": 1])
        let counts: Query = ["inserted": 0, "replaced": 0, "unchanged": 0, "skipped": 0, "deleted": 0, "errors": 5]
        #expect(try await pando.run(counts)[field: "errors"] == 5, "a query that doesn't write")
        #expect(try await pando.run(users.insert(["id": 2]), as: WriteCounts.self).inserted == 1)
    }
}
