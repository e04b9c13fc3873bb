import ReQLish
import Testing

@Suite struct QueryTests {
    @Test func equalQueriesAreEqualTrees() throws {
        func query() -> Query {
            r.table("t").filter { x in x["tags"].contains { $0 == x["name"] } }.map { $0["id"] }
        }
        let (first, second) = (try query().tree(), try query().tree())
        #expect(first == second && first.hashValue == second.hashValue)
        #expect(first.json.contains("[2,[1]]") && first.json.contains("[2,[2]]") && first.json.contains("[2,[3]]"))
        #expect(try r.table("t").filter { $0["a"] }.tree() != r.table("t").filter { $0["b"] }.tree())
    }

    @Test func oneFunctionMayStandInSeveralPlaces() throws {
        let adult = r.function { $0["age"] >= 18 }
        let tree = try r.table("t").filter(adult).union(r.table("u").filter(adult)).tree()
        #expect(try tree == TermTree(text: "r.table('t').filter(a => a('age') >= 18).union(r.table('u').filter(b => b('age') >= 18))"))
    }

    @Test func mistakesAreThrownWhenTheQueryIsUsed() {
        struct Bad: Encodable { var n = Double.infinity }
        var leaked = r.now()
        _ = r.table("t").filter {
            leaked = $0; return true
        }
        let mistakes: [(Query, ReQLError.Kind, String)] = [
            (r.table("t").get(Double.nan), .queryLogic, "nan"),
            (r.table("t").insert(Bad()), .queryLogic, "n: inf"),
            (["a": 1, "a": 2], .compile, "twice"),
            (r.table("t").insert(["a": r.now(), "a": 2]), .compile, "twice"),
            (leaked, .compile, "not bound"),
            (r.row["a"], .compile, "r.row"),
            (r.table("t").map { _ in r.table("t").delete() }, .compile, "forEach"),
            (Query(.limit, [r.table("t")]), .compile, "takes 1 argument"),
            (Query(.limit, [r.table("t"), 1], options: [("bad", 1)]), .compile, "no options"),
        ]
        for (query, kind, word) in mistakes {
            let error = #expect(throws: ReQLError.self) { try query.tree() }
            #expect(error?.kind == kind && error?.message.contains(word) == true, "\(error.debugDescription)")
        }
    }

    @Test func depthIsBounded() throws {
        var chain = r.now()
        for _ in 0..<999 { chain = chain.date() }
        #expect(try chain.tree().root.depth == 1_000)
        for _ in 0..<100_000 { chain = chain.date() }
        let error = #expect(throws: ReQLError.self) { try chain.tree() }
        #expect(error?.message.contains("too deep") == true)
        var nested: Query = 1
        for _ in 0..<1_000 { nested = [nested] }
        #expect(try nested.tree().root.type == .datum)
        for _ in 0..<10 { nested = [nested] }
        #expect(throws: ReQLError.self) { try nested.tree() }
    }
}
