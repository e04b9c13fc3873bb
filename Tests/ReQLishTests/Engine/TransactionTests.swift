import Pando
import TestTraits
import Testing

@Suite(.ownThreads) struct TransactionTests {
    let pando: Pando
    let accounts = r.table("accounts")

    init() throws {
        pando = try Pando.inMemory()
        try r.dbCreate("test").run(on: pando)
        try r.tableCreate("accounts").run(on: pando)
        try accounts.insert([["id": "a", "balance": 100], ["id": "b", "balance": 0]]).run(on: pando)
    }

    private func balance(_ id: String) throws -> Int { try accounts.get(id)["balance"].run(on: pando) }

    @Test func severalQueriesBecomeOneWrite() async throws {
        let accounts = accounts
        let moved = try await pando.write { tx in
            try tx.run(accounts.get("a").update { ["balance": $0["balance"] - 10] })
            try tx.run(accounts.get("b").update { ["balance": $0["balance"] + 10] })
            return try tx.run(accounts.get("b")["balance"], as: Int.self)
        }
        #expect(moved == 10)
        #expect(try balance("a") == 90)
        #expect(try balance("b") == 10)
    }

    @Test func eachQueryReadsWhatWasWrittenSoFarAndNobodyElseDoes() async throws {
        let accounts = accounts
        let pando = pando
        try await pando.write { tx in
            try tx.run(r.tableCreate("more"))
            try tx.run(accounts.insert(["id": "c", "balance": 1]))
            #expect(try tx.run(accounts.count()) == 3)
            #expect(try tx.run(r.tableList()) == ["accounts", "more"])
            #expect(try accounts.count().run(on: pando) == 2)
            #expect(try r.tableList().run(on: pando) == ["accounts"])
            try tx.run(r.table("more").insert(accounts))
            #expect(try tx.run(r.table("more").orderBy(index: "id")["id"]) == ["a", "b", "c"])
            try tx.run(accounts.get("c").delete())
            #expect(try tx.run(accounts.count()) == 2)
        }
        #expect(try r.table("more").count().run(on: pando) == 3)
    }

    @Test func aClosureThatThrowsWroteNothing() async throws {
        struct Refused: Error {}
        let accounts = accounts
        await #expect(throws: Refused.self) {
            try await pando.write { tx in
                try tx.run(accounts.delete())
                try tx.run(r.tableDrop("accounts"))
                throw Refused()
            }
        }
        await #expect(throws: ReQLError.self) {
            try await pando.write { tx in
                try tx.run(accounts.get("a").update(["balance": 0]))
                try tx.run(accounts.get("b").update(["balance": 1 / r.expr(0)]))
                try tx.run(r.table("nope"))
            }
        }
        #expect(try accounts.count().run(on: pando) == 2)
        #expect(try balance("a") == 100)
    }

    @Test func theTransactionIsOverWithItsClosure() async throws {
        final class Box: @unchecked Sendable { var transaction: PandoTransaction? }
        let box = Box()
        try await pando.write { tx in box.transaction = tx }
        #expect(throws: ReQLError.self) { try box.transaction?.run(r.table("accounts").count()) }
        #expect(throws: ReQLError.self) { try box.transaction?.run(r.table("accounts").delete()) }
        #expect(try accounts.count().run(on: pando) == 2)
    }

    @Test func aRowFunctionMayReadTablesOfTheTransaction() async throws {
        let accounts = accounts
        let result = try await pando.write { tx in
            try tx.run(accounts.insert(["id": "c", "balance": 5]))
            try tx.run(accounts.update(["of": accounts.count()], nonAtomic: true))
            return try tx.run(accounts["of"])
        }
        #expect(result == [3, 3, 3])
    }

    @Test func whatIsAnsweredOutlivesTheTransaction() async throws {
        let accounts = accounts
        let rows = try await pando.write { tx in
            let rows = try tx.run(accounts.orderBy(index: "id"))
            try tx.run(accounts.delete())
            return rows
        }
        #expect(rows.count == 2)
        #expect(rows[0][field: "balance"] == 100)
    }

    @Test func concurrentWritesAreOneAfterTheOther() async throws {
        let accounts = accounts
        let pando = pando
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<25 {
                group.addTask {
                    try await pando.write { tx in
                        let old = try tx.run(accounts.get("a")["balance"], as: Int.self)
                        try tx.run(accounts.get("a").update(["balance": old + 1]))
                    }
                }
                group.addTask {
                    try await pando.run(accounts.get("b").update { ["balance": $0["balance"] + 1] })
                }
            }
            try await group.waitForAll()
        }
        #expect(try balance("a") == 125)
        #expect(try balance("b") == 25)
    }
}
