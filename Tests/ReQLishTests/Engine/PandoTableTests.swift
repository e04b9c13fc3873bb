import Pando
import TestTraits
import Testing

@Suite(.ownThreads) struct PandoTableTests {
    struct Order: Codable, Equatable, Sendable {
        var id: String?
        var customer: String
        var total: Double
        var note: String?
    }

    let pando: Pando
    let orders: PandoTable<Order>

    init() async throws {
        pando = try Pando.inMemory()
        try await pando.run(r.dbCreate("shop"))
        try await pando.run(r.db("shop").tableCreate("orders"))
        orders = pando.table("shop", "orders", of: Order.self)
    }

    private let ada = Order(id: "o1", customer: "Ada", total: 9.5)

    // MARK: One row

    @Test func aRowIsInsertedAndRead() async throws {
        #expect(try await orders.insert(ada) == ada)
        #expect(try await orders.get("o1") == ada)
        #expect(try await orders.get("o2") == nil)
        let made = try await orders.insert(Order(customer: "Grace", total: 1))
        let key = try #require(made.id)
        #expect(try await orders.get(key) == made)
    }

    @Test func aSecondRowWithTheKeyIsRefusedUnlessItIsAnUpsert() async throws {
        try await orders.insert(ada)
        var changed = ada
        changed.total = 10
        let error = try #require(await #expect(throws: ReQLError.self) { try await orders.insert(changed) })
        #expect(error.kind == .operationFailed && error.writes?.errors == 1, "\(error)")
        #expect(error.message.contains("Duplicate primary key"), "\(error)")
        #expect(try await orders.get("o1") == ada)
        #expect(try await orders.upsert(changed) == changed)
        #expect(try await orders.upsert(changed) == changed, "a row that is the same already is answered as well")
        #expect(try await orders.upsert(Order(id: "o2", customer: "Ada", total: 2)).id == "o2")
        #expect(try await orders.fetchAll().count == 2)
    }

    @Test func anUpdatePutsTheRowInTheDocumentsPlace() async throws {
        var order = ada
        order.note = "fragile"
        try await orders.insert(order)
        try await orders.update("o1", ["parcels": 2])
        order.note = nil
        #expect(try await orders.update(order) == order)
        #expect(try await pando.run(orders.query.get("o1").keys().orderBy(r.row)) == ["customer", "id", "total"])
        #expect(try await orders.update(order) == order)
    }

    @Test func anUpdateOfSomeFieldsKeepsTheOthers() async throws {
        try await orders.insert(ada)
        try await orders.update("o1", ["parcels": 2])
        let changed = try await orders.update("o1", ["total": r.row["total"] * 2, "parcels": r.row["parcels"] + 1])
        #expect(changed == Order(id: "o1", customer: "Ada", total: 19))
        #expect(try await pando.run(orders.query.get("o1")["parcels"]) == 3)
    }

    @Test func whatIsNotThereIsNotUpdated() async throws {
        for update in [
            { [orders, ada] in _ = try await orders.update(ada) }, { [orders] in _ = try await orders.update("o1", ["total": 1]) },
        ] {
            let error = try #require(await #expect(throws: ReQLError.self) { try await update() })
            #expect(error.kind == .nonExistence, "\(error)")
        }
        let error = try #require(
            await #expect(throws: ReQLError.self) { try await orders.update(Order(customer: "Grace", total: 1)) })
        #expect(error.message.contains("`id`"), "\(error)")
        #expect(try await orders.fetchAll().isEmpty)
    }

    @Test func aRowIsDeletedOnce() async throws {
        try await orders.insert(ada)
        #expect(try await orders.delete("o1"))
        #expect(try await !orders.delete("o1"))
    }

    @Test func anotherPrimaryKey() async throws {
        struct City: Codable, Equatable { var code: Int, name: String }
        try await pando.run(r.db("shop").tableCreate("cities", primaryKey: "code"))
        let cities = pando.table("shop", "cities", of: City.self, primaryKey: "code")
        try await cities.insert(City(code: 1, name: "Lima"))
        #expect(try await cities.update(City(code: 1, name: "Oslo")).name == "Oslo")
        #expect(try await cities.get(1) == City(code: 1, name: "Oslo"))
    }

    // MARK: Many rows

    @Test func manyRows() async throws {
        let many = (0..<20).map { Order(id: "o\($0)", customer: $0 < 5 ? "Ada" : "Grace", total: Double($0)) }
        #expect(try await orders.insert(contentsOf: many).inserted == 20)
        #expect(try await orders.insert(contentsOf: [Order(customer: "Edsger", total: 0)]).generatedKeys.count == 1)
        #expect(try await orders.fetchAll().count == 21)
        #expect(Set(try await orders.fetchAll { $0["customer"] == "Ada" }.map(\.total)) == [0, 1, 2, 3, 4])
        #expect(try await orders.upsert(contentsOf: many).unchanged == 20)
        #expect(try await orders.deleteAll { $0["total"] >= 10 } == 10)
        #expect(try await orders.deleteAll() == 11)
    }

    @Test func rowsThatCouldBeInsertedAreThere() async throws {
        try await orders.insert(ada)
        let rows = [Order(id: "o0", customer: "Grace", total: 1), ada, Order(id: "o2", customer: "Grace", total: 2)]
        let error = try #require(await #expect(throws: ReQLError.self) { try await orders.insert(contentsOf: rows) })
        #expect(error.writes?.inserted == 2 && error.writes?.errors == 1, "\(error)")
        #expect(error.message.hasPrefix("1 of 3 documents"), "\(error)")
        #expect(try await orders.fetchAll().count == 3)
    }

    @Test func aDocumentThatIsNoRowIsAnError() async throws {
        try await pando.run(orders.query.insert(["id": "odd", "customer": 5]))
        await #expect(throws: DecodingError.self) { try await orders.get("odd") }
        await #expect(throws: DecodingError.self) { try await orders.fetchAll() }
    }

    @Test func changesAreRows() async throws {
        try await orders.insert(ada)
        var changes = orders.changes(where: { $0["total"] > 5 }, includeInitial: true).makeAsyncIterator()
        #expect(try await changes.next()?.new == ada)
        try await orders.update("o1", ["total": 6])
        let change = try #require(try await changes.next())
        #expect(change.kind == .changed && change.old == ada && change.new?.total == 6)
    }

    // MARK: In a transaction

    @Test func inATransaction() async throws {
        let (orders, ada) = (orders, ada)
        let total = try await pando.write { tx in
            let table = tx.table(orders)
            try table.insert(ada)
            #expect(try table.insert(contentsOf: [Order(id: "o2", customer: "Grace", total: 1)]).inserted == 1)
            try table.update("o2", ["total": 5])
            var changed = ada
            changed.total = 1
            #expect(try table.update(changed) == changed)
            #expect(try table.upsert(Order(id: "o3", customer: "Edsger", total: 3)).id == "o3")
            #expect(try table.upsert(contentsOf: [changed]).unchanged == 1)
            #expect(try table.delete("o3"))
            #expect(try table.deleteAll { $0["total"] > 100 } == 0)
            #expect(try table.get("o2")?.total == 5)
            return try table.fetchAll { $0["total"] > 0 }.map(\.total).reduce(0, +)
        }
        #expect(total == 6)
        #expect(try await orders.fetchAll().count == 2)
    }

    @Test func aRowThatIsRefusedUndoesTheTransaction() async throws {
        let (orders, ada) = (orders, ada)
        try await orders.insert(ada)
        let error = try #require(
            await #expect(throws: ReQLError.self) {
                try await pando.write { tx in
                    try tx.table(orders).insert(Order(id: "o2", customer: "Grace", total: 1))
                    try tx.table(orders).insert(ada)
                }
            })
        #expect(error.writes?.errors == 1)
        #expect(try await orders.fetchAll() == [ada])
    }
}
