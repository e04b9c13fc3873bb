import ReQLish
import Testing

@testable import httpd

@Suite struct SearchRouteTests {
    private func fixture() throws -> RouteFixture {
        let http = try RouteFixture()
        #expect(
            try http.json(
                "POST", "/app/users",
                #"[{"id":1,"title":"Trees","body":"A tree of pages & <more>."},{"id":2,"title":"Logs","body":"A log, a tree."},{"id":3,"body":"tree"}]"#
            ).status == 201)
        let made = try http.json("POST", "/app/users/_index", #"{"name":"all","text":"english","fields":{"title":4,"body":1}}"#)
        #expect(made.status == 201)
        #expect(made.fields["location"] == "/app/users/_index/all")
        _ = try http.query("r.db('app').table('users').indexWait()")
        return http
    }

    private func ids(_ answer: TestClient.Answer) -> [Datum] { answer.json.elements.compactMap { $0[field: "id"] } }

    @Test func findsTheBestFirst() throws {
        let http = try fixture()
        #expect(try ids(http("GET", "/app/users?q=tree")).first == 1)
        #expect(try ids(http("GET", "/app/users?q=tree")).count == 3)
        #expect(try ids(http("GET", "/app/users?q=tree+-log&index=all")).sorted() == [1, 3])
        #expect(try ids(http("GET", "/app/users?q=lug&fuzzy=true")) == [])
        #expect(try ids(http("GET", "/app/users?q=log+pages&operator=or")).sorted() == [1, 2])
        #expect(try ids(http("GET", "/app/users?q=page+tr&prefix=last")) == [1])
        let plain = try http("GET", "/app/users?q=log").json
        #expect(plain == [["id": 2, "title": "Logs", "body": "A log, a tree."]])
        let scored = try http("GET", "/app/users?q=pages&as=s&highlight=body,title").json
        #expect(scored[0][field: "s"]?[field: "score"]?.number ?? 0 > 0)
        #expect(scored[0][field: "s"]?[field: "highlight"] == ["body": "A tree of <b>pages</b> &amp; &lt;more&gt;."])
        #expect(try http("GET", "/app/users?q=log", ["Accept": "text/csv"]).body.hasPrefix("id,"))
        #expect(try http("GET", "/app/users?q=log", ["Accept": "application/x-ndjson"]).body.split(separator: "\n").count == 1)
        #expect(try http("GET", "/app/users?q=log", ["Accept": "application/xml"]).body.contains("Logs"))
    }

    @Test func pagesLeadOn() throws {
        let http = try fixture()
        var target = "/app/users?q=tree&limit=1"
        var seen: [Datum] = []
        while true {
            let page = try http("GET", target)
            #expect(page.status == 200, "\(page.body)")
            seen += ids(page)
            guard let link = page.fields["link"], let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">") else { break }
            target = String(link[link.index(after: start)..<end])
        }
        #expect(seen.first == 1 && seen.sorted() == [1, 2, 3])
    }

    @Test func wordsThatBeginSo() throws {
        let http = try fixture()
        #expect(try http("GET", "/app/users/_words?q=TR").json == [["word": "tree", "documents": 3]])
        #expect(try http("GET", "/app/users/_words?q=xy&index=all&limit=5").json == [])
        let several = try http("GET", "/app/users/_words?q=lo&limit=1").json
        #expect(several == [["word": "log", "documents": 1]])
        try http("GET", "/app/users/_words").expectProblem(400, mentions: "`q`")
        try http("GET", "/app/users/_words?q=t").expectProblem(422, mentions: "two letters")
        try http("GET", "/app/users/_words?q=tr&limit=0").expectProblem(400, mentions: "limit")
        try http("GET", "/app/users/_words?q=tr&limit=1025").expectProblem(400, mentions: "limit")
        try http("GET", "/app/users/_words?q=tr&index=none").expectProblem(404, mentions: "Its text indexes: `all`.")
        try http("GET", "/app/nowhere/_words?q=tr").expectProblem(404)
        #expect(try http("PUT", "/app/other").status == 201)
        try http("GET", "/app/other/_words?q=tr").expectProblem(422, mentions: "no text index")
    }

    @Test func whatCannotBeSearched() throws {
        let http = try fixture()
        try http("GET", "/app/users?q=tree&index=none").expectProblem(404, mentions: "`none`")
        try http("GET", "/app/users?q=tree&index=none").expectProblem(404, mentions: "Its text indexes: `all`.")
        try http("GET", "/app/users?q=a*").expectProblem(422, mentions: "two letters")
        try http("GET", "/app/users?q=tree&cursor=5").expectProblem(400, mentions: "cursor")
        try http("GET", "/app/users?q=tree&highlight=nowhere").expectProblem(422, mentions: "nowhere")
        try http("GET", "/app/users?q=tree&fuzzy=maybe").expectProblem(400)
        try http("GET", "/app/users?index=all").expectProblem(400, mentions: "`q`")
        try http("GET", "/app/users?fuzzy=maybe").expectProblem(400, mentions: "fuzzy")
        try http("GET", "/app/users?all=true&q=tree").expectProblem(400, mentions: "`q`")
        try http("GET", "/app/users?all=true&index=none&fuzzy=maybe").expectProblem(400, mentions: "fuzzy")
        try http("GET", "/app/users?all=true&index=all").expectProblem(400, mentions: "`index`")
        try http("GET", "/app/users?q=tree&fields=id").expectProblem(400, mentions: "`fields`")
        try http("GET", "/app/users?q=tree&as=id").expectProblem(422, mentions: "primary key")
        #expect(try http.json("POST", "/app/users/_index", #"{"name":"plain"}"#).status == 201)
        try http("GET", "/app/users?q=tree&index=plain").expectProblem(422, mentions: "not a text index")
        try http("GET", "/app/users/_words?q=tr&index=plain").expectProblem(422, mentions: "not a text index")
        #expect(try http("PUT", "/app/other").status == 201)
        try http("GET", "/app/other?q=tree").expectProblem(422, mentions: "no text index")
        try http("GET", "/app/nowhere?q=tree").expectProblem(404)
        try http.json("POST", "/app/users/_index", #"{"name":"x","text":"elvish"}"#).expectProblem(422)
    }
}
