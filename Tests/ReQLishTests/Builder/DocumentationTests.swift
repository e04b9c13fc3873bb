import ReQLish
import Testing

/// The examples of the module's front page.
@Suite struct DocumentationTests {
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
}
