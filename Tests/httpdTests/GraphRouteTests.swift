import ReQLish
import Testing

@testable import httpd

@Suite struct GraphRouteTests {
    @Test func whatIsAroundADocument() throws {
        let http = try RouteFixture()
        for (key, friends) in [("u1", #"["u2","u3"]"#), ("u2", "[]"), ("u3", "[]"), ("_odd", #"["u1"]"#)] {
            let body = #"{"name":"N\#(key)","friends":\#(friends)}"#
            let target = key.hasPrefix("_") ? "/app/users/_doc?key=%22\(key)%22" : "/app/users/\(key)"
            #expect(try http.json("PUT", target, body).status == 201)
        }
        #expect(try http.json("POST", "/app/users/_index", #"{"name":"friends","multi":true}"#).status == 201)
        _ = try http("GET", "/app/users/_index")
        let over = "over=%7B%22field%22:%22friends%22,%22to%22:%22users%22%7D"
        let query = "r.db('app').table('users').indexWait().count()"
        #expect(try http("POST", "/_reql", ["Content-Type": "text/plain"], query).status == 200)
        let graph = try http("GET", "/app/users/u1/_graph?\(over)").json
        #expect(graph[field: "nodes"]?.elements.compactMap { $0[field: "id"]?.string } == ["u1", "_odd", "u2", "u3"])
        #expect(graph[field: "nodes"]?[0][field: "label"] == "Nu1")
        #expect(graph[field: "edges"]?.count == 3)
        let few = try http("GET", "/app/users/_doc/_graph?key=%22_odd%22&\(over)&direction=out&depth=2&limit=2&documents=true").json
        #expect(few[field: "truncated"] == true)
        #expect(few[field: "nodes"]?[1][field: "document"]?[field: "name"] == "Nu1")

        try http("GET", "/app/users/u1/_graph").expectProblem(400, mentions: "over")
        try http("GET", "/app/users/u1/_graph?over=nothing").expectProblem(422, mentions: "nothing")
        try http("GET", "/app/users/u1/_graph?over=%7B").expectProblem(400)
        try http("GET", "/app/users/u1/_graph?\(over)&depth=far").expectProblem(400, mentions: "depth")
        try http("GET", "/app/users/u1/_graph?\(over)&direction=up").expectProblem(400, mentions: "direction")
        try http("GET", "/app/users/nobody/_graph?\(over)").expectProblem(404, mentions: "nobody")
        try http("GET", "/app/none/u1/_graph?\(over)").expectProblem(404)
        try http("POST", "/app/users/u1/_graph").expectProblem(405)
    }

    @Test func relationsAreMadeListedAndDropped() throws {
        let http = try RouteFixture()
        #expect(try http("PUT", "/app/roads").status == 201)
        #expect(try http("GET", "/app/_relations").json == [])
        let made = try http.json("POST", "/app/users/_relation", #"{"name":"knows","field":"friends","to":"users","reverse":"known"}"#)
        #expect(made.status == 201 && made.fields["location"] == "/app/users/_relation/knows")
        #expect(
            made.json == [
                "table": "users", "relation": "knows", "reverse": "known", "indexes": ["knows"], "field": "friends", "to": "app.users",
            ])
        let roads = #"{"name":"roads","from":{"field":"from","table":"users"},"to":"to","weight":"km"}"#
        #expect(try http.json("POST", "/app/roads/_relation", roads).status == 201)
        for table in ["roads", "users"] { #expect(try http.query("r.db('app').table('\(table)').indexWait().count()") != 0) }
        let all = try http("GET", "/app/_relations").json
        #expect(all.elements.compactMap { $0[field: "relation"]?.string } == ["roads", "knows"])
        try #require(all.count == 2)
        #expect(all[0][field: "from"] == ["field": "from", "table": "app.users"] && all[0][field: "weight"] == "km")
        #expect(try http("GET", "/app/users/_relation").json == [all[1]])
        #expect(try http.json("POST", "/app/roads", #"{"from":"u1","to":"u2","km":3}"#).status == 201)
        let one = try http("GET", "/app/roads/_relation/roads").json
        #expect(one[field: "edges"] == 1 && one[field: "dangling"] == 1 && one[field: "table"] == "roads")
        #expect(try http("DELETE", "/app/roads/_relation/roads").status == 204)
        try http("DELETE", "/app/roads/_relation/roads").expectProblem(404, mentions: "roads")
        try http("GET", "/app/roads/_relation/roads").expectProblem(404)
        #expect(try http("GET", "/app/roads/_index").json == [])
    }

    @Test func foreignKeysAreListed() throws {
        let http = try RouteFixture()
        let text = "CREATE TABLE notes (id int PRIMARY KEY, of int CONSTRAINT above REFERENCES notes)"
        #expect(try http.json("POST", "/_sql", #"{"db":"app","query":"\#(text)"}"#).status == 200)
        let rows = "INSERT INTO notes VALUES (1, NULL), (2, 1)"
        #expect(try http.json("POST", "/_sql", #"{"db":"app","query":"\#(rows)"}"#).status == 200)
        #expect(
            try http("GET", "/app/_relations").json == [
                [
                    "table": "notes", "relation": "above", "reverse": .null, "indexes": [], "field": "of", "to": "app.notes",
                    "foreign_key": true,
                ]
            ])
        let graph = try http("GET", "/app/notes/_doc/_graph?key=1&over=above").json
        #expect(graph[field: "edges"] == [["relation": "above", "from": 2, "to": 1]])
        try http("DELETE", "/app/notes/_relation/above").expectProblem(422, mentions: "DROP CONSTRAINT")
    }

    @Test(arguments: [
        ("{}", 400, "name"), (#"{"name":5}"#, 400, "name"), (#"{"name":"a","far":1}"#, 400, "far"), ("[]", 400, "object"),
        (#"{"name":"a","field":""}"#, 400, "field"), (#"{"name":"a","field":"x"}"#, 422, "to"),
        (#"{"name":"a","field":"x","to":"none"}"#, 404, "none"), (#"{"name":"a.b","field":"x","to":"users"}"#, 422, "point"),
        (#"{"name":"a","from":{"table":"users"},"to":"to"}"#, 400, "from"),
        (#"{"name":"a","from":{"field":"x","far":"y"},"to":"to"}"#, 400, "from"),
        (#"{"name":"a","field":"x..y","to":"users"}"#, 422, "x..y"), (#"{"name":"there","field":"x","to":"users"}"#, 422, "there"),
    ])
    func aRelationThatCanBeNoneIsRefused(body: String, status: Int, words: String) throws {
        let http = try RouteFixture()
        #expect(try http.json("POST", "/app/users/_relation", #"{"name":"there","field":"x","to":"users"}"#).status == 201)
        try http.json("POST", "/app/users/_relation", body).expectProblem(status, mentions: words)
        try http.json("POST", "/app/none/_relation", #"{"name":"a","field":"x","to":"users"}"#).expectProblem(404)
        try http("GET", "/none/_relations").expectProblem(404, mentions: "none")
        try http("POST", "/app/_relations").expectProblem(405)
    }
}
