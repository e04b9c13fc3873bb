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
}
