import ReQLish
import TestTraits
import Testing

/// The examples of the module's front page.
@Suite(.ownThreads) struct DocumentationTests {
    @Test func threeWaysToWriteOneQuery() throws {
        let tree = try r.db("app").table("users").filter { $0["age"] > 30 }.limit(10).tree()
        let same = try TermTree(text: "r.db('app').table('users').filter(u => u('age').gt(30)).limit(10)")
        let bytes = Array("[71,[[39,[[15,[[14,[\"app\"]],\"users\"]],[69,[[2,[1]],[21,[[170,[[10,[1]],\"age\"]],30]]]]]],10]]".utf8)
        let alsoSame = try TermTree(json: bytes.span)
        #expect(tree == same && tree == alsoSame)
        #expect(tree.json == String(decoding: bytes, as: UTF8.self))
    }

    @Test func anErrorsPlaceIsShown() throws {
        let tree = try r.table("t").filter { $0["age"] + "x" > 3 }.tree()
        #expect(
            tree.snippet(markedAt: [.argument(1), .argument(1), .argument(0)]) == """
                r.table("t").filter(row => row("age").add("x").gt(3))
                                                     ^^^^^^^^^
                """)
    }

    @Test func queriesInSwift() throws {
        struct User: Encodable { let id = "u1" }
        let (user, city) = (User(), "Lima")
        let users = r.db("app").table("users")
        let queries = [
            users.insert(user, conflict: .replace, returnChanges: .always),
            users.filter { $0["city"] == city && !($0["gone"] == true) }.orderBy("name", r.desc("age")),
            users.get("u1").update(["visits": r.row["visits"] + 1, "seen": r.now()]),
            users.group("city").avg("age").ungroup(),
        ]
        for query in queries { #expect(try TermTree(text: query.description) == query.tree()) }
    }

    @Test func tablesOfSwiftValues() async throws {
        struct Order: Codable, Sendable { var id: String, item: String, state: String }
        let pando = try Pando.inMemory()
        try await pando.run(r.dbCreate("shop"))
        for name in ["orders", "stock"] { try await pando.run(r.db("shop").tableCreate(name)) }
        try await pando.run(r.db("shop").table("stock").insert(["id": "tea", "count": 5]))
        let order = Order(id: "o1", item: "tea", state: "open")

        let orders = pando.table("shop", "orders", of: Order.self)
        try await orders.insert(order)
        let open = try await orders.fetchAll { $0["state"] == "open" }
        #expect(open.count == 1)

        try await pando.write { tx in
            try tx.table(orders).update(order.id, ["state": "sent"])
            try tx.run(r.db("shop").table("stock").get(order.item).update { ["count": $0["count"] - 1] })
        }
        #expect(try await pando.run(r.db("shop").table("stock").get("tea")["count"]) == 4)
    }

    /// README's "From Swift".
    @Test func whatANewcomerReadsFirst() async throws {
        struct User: Codable, Sendable { var id: String, name: String, age: Int }
        let pando = try Pando.inMemory()
        try await pando.run(r.dbCreate("app"))
        for name in ["users", "log"] { try await pando.run(r.db("app").tableCreate(name)) }
        let users = pando.table("app", "users", of: User.self)
        try await users.insert(User(id: "u1", name: "Ada", age: 36))
        try await users.update("u1", ["age": r.row["age"] + 1])
        let adults = try await users.fetchAll { $0["age"] >= 18 }
        #expect(adults.map(\.age) == [37])
        #expect(try await pando.run(users.query.group { ($0["age"] / 10).floor() }.count().ungroup()) == [["group": 3, "reduction": 1]])
        try await pando.write { tx in
            try tx.table(users).delete("u1")
            try tx.run(r.db("app").table("log").insert(["deleted": "u1", "at": r.now()]))
        }
        #expect(try await users.fetchAll().isEmpty)
    }
}
