import TestTraits
import Testing

@testable import ReQLish

/// Transactions that go on between calls, and reads of one state.
@Suite(.ownThreads, .timeLimit(.minutes(240))) struct OpenTransactionTests {
    private let pando: Pando
    private let accounts = r.db("app").table("accounts")

    init() async throws {
        pando = try Pando.inMemory()
        try await pando.run(r.dbCreate("app"))
        try await pando.run(r.db("app").tableCreate("accounts"))
        try await pando.run(accounts.insert([["id": "a", "balance": 10], ["id": "b", "balance": 20]]))
    }

    private func balance(_ key: String) async throws -> Int? { try await pando.run(accounts.get(Query(Datum(key)))["balance"]).integer }

    @Test func itIsSeenWhenItIsCommitted() async throws {
        let transaction = try await pando.begin()
        try await transaction.run(accounts.get("a").update(["balance": 5]))
        #expect(try await balance("a") == 10)
        // Nobody waits for it.
        try await pando.run(accounts.insert(["id": "c", "balance": 0]))
        #expect(try await transaction.run(accounts.get("a")["balance"]) == 5)
        try await transaction.commit()
        #expect(try await balance("a") == 5)
        await #expect(throws: ReQLError.self) { try await transaction.run(r.expr(1)) }
    }

    @Test func whatItReadMustNotChange() async throws {
        let transaction = try await pando.begin()
        #expect(try await transaction.run(accounts.get("b")["balance"]) == 20)
        try await pando.run(accounts.get("b").update(["balance": 21]))
        let error = await #expect(throws: ReQLError.self) { try await transaction.run(accounts.get("a").update(["balance": 5])) }
        #expect(error?.isSerializationFailure == true)
        await transaction.rollback()
        #expect(try await balance("a") == 10)
        #expect(pando.catalog.openTransactions.count == 0)
    }

    @Test func itIsTriedAgain() async throws {
        let (pando, accounts) = (pando, accounts)
        let tries = try await pando.transaction { tx in
            let sum = try await tx.run(accounts.sum("balance")).integer ?? 0
            // Somebody comes between, the first time.
            if sum == 30 { try await pando.run(accounts.get("b").update(["balance": 25])) }
            try await tx.run(accounts.insert(["id": "sum", "balance": Query(Datum(sum))]))
            return sum
        }
        #expect(tries == 35)
        #expect(try await balance("sum") == 35)
    }

    @Test func aReadStaysWithItsState() async throws {
        let (pando, accounts) = (pando, accounts)
        let counts = try await pando.read { tx in
            let before = try tx.run(accounts.count()).integer
            _ = try pando.start(accounts.insert(["id": "c"]).tree())
            return [before, try tx.run(accounts.count()).integer]
        }
        #expect(counts == [2, 2])
        #expect(try await pando.run(accounts.count()) == 3)
        await #expect(throws: ReQLError.self) { try await pando.read { tx in try tx.run(accounts.delete()) } }
        #expect(try await pando.run(accounts.count()) == 3)
    }
}
