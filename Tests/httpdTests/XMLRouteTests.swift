import ReQLish
import TestSupport
import Testing

@testable import httpd

/// Documents and tables as XML, in and out.
@Suite struct XMLRouteTests {
    private static let type = ["Content-Type": "application/xml"]
    private static let accept = ["Accept": "application/xml"]
    private static let catalog = """
        <catalog>
          <product id="p1"><name>A &amp; B</name><price currency="EUR">199.5</price><tags><tag>x</tag></tags></product>
          <product id="p2"><name>C</name><stock>3</stock></product>
        </catalog>
        """

    @Test func manyDocuments() throws {
        let http = try RouteFixture()
        #expect(try http("PUT", "/app/products").status == 201)
        let answer = try http("POST", "/app/products", Self.type, Self.catalog)
        #expect(answer.status == 201 && answer.json[field: "inserted"] == 2)
        let first: Datum = ["id": "p1", "name": "A & B", "price": ["@currency": "EUR", "#": 199.5], "tags": ["x"]]
        #expect(try http("GET", "/app/products/p1").json == first)
        let list = try http("GET", "/app/products", Self.accept)
        #expect(list.fields["content-type"] == "application/xml")
        #expect(
            list.body == """
                <?xml version="1.0" encoding="UTF-8"?>
                <catalog>
                <product id="p1"><name>A &amp; B</name><price currency="EUR">199.5</price><tags><tag>x</tag></tags></product>
                <product id="p2"><name>C</name><stock>3</stock></product>
                </catalog>

                """)
        let page = try http("GET", "/app/products?limit=1", Self.accept)
        #expect(page.fields["link"]?.contains("cursor") == true && page.body.hasSuffix("</product>\n</catalog>\n"))
        // The order is kept for documents that come as JSON too.
        #expect(try http.json("PUT", "/app/products/p3", #"{"tags":["y"],"name":"D"}"#).status == 201)
        let third = #"<product id="p3"><name>D</name><tags><tag>y</tag></tags></product>"#
        #expect(try http("GET", "/app/products/p3", Self.accept).body == third + "\n")
    }

    @Test func oneDocument() throws {
        let http = try RouteFixture()
        let text = "<user id='u1'><name>Ada</name><born>1815-12-10T00:00:00Z</born></user>"
        #expect(try http("PUT", "/app/users/u1", Self.type, text).status == 201)
        let json = try http("GET", "/app/users/u1")
        let xml = try http("GET", "/app/users/u1", Self.accept)
        #expect(xml.body == #"<user id="u1"><name>Ada</name><born>1815-12-10T00:00:00Z</born></user>"# + "\n")
        #expect(xml.fields["content-type"] == "application/xml")
        #expect(xml.fields["etag"] == json.fields["etag"])
        // What was written can be put back, without a change.
        let fields = Self.type.merging(["If-Match": json.fields["etag"] ?? ""]) { $1 }
        #expect(try http("PUT", "/app/users/u1", fields, xml.body).status == 200)
        #expect(try http("GET", "/app/users/u1").fields["etag"] == json.fields["etag"])
        // A document without a key gets that of the path, and may have no other.
        let other = ["Content-Type": "text/xml; charset=utf-8"]
        #expect(try http("PUT", "/app/users/u2", other, "<user><name>Bob</name></user>").status == 201)
        #expect(try http("GET", "/app/users/u2").json == ["id": "u2", "name": "Bob"])
        try http("PUT", "/app/users/u3", Self.type, text).expectProblem(422, "query_logic_error")
        let list = "<user id='u4'><tags><tag>a</tag><tag>b</tag></tags></user>"
        #expect(try http("POST", "/app/users", Self.type, list).json[field: "inserted"] == 1)
        #expect(try http("GET", "/app/users/u4").json == ["id": "u4", "tags": ["a", "b"]])
    }

    @Test func recordsAreAskedFor() throws {
        let http = try RouteFixture()
        let text = "<a><b><user id='1'/></b><user id='2'/></a>"
        #expect(try http("POST", "/app/users?record=//user", Self.type, text).json[field: "inserted"] == 2)
        #expect(try http("POST", "/app/users?record=/a/user&conflict=replace", Self.type, text).json[field: "unchanged"] == 1)
        try http("POST", "/app/users?record=user", Self.type, text).expectProblem(400, mentions: "record")
    }

    @Test func badBodies() throws {
        let http = try RouteFixture()
        for (body, mentions) in [
            ("", "no body"), ("<a>", "line 1"), ("<a>\n<b></a>", "line 2, column 4"), ("x", "begins with"),
            ("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "entities"), ("<!DOCTYPE a SYSTEM 'x'><a>&b;</a>", "not declared here"),
            ("<a xmlns:pando='urn:pando:xml'><b pando:type='number'>x</b></a>", "no number"),
        ] {
            try http("POST", "/app/users", Self.type, body).expectProblem(400, "client_error", mentions: mentions)
            try http("PUT", "/app/users/u1", Self.type, body).expectProblem(400, "client_error", mentions: mentions)
        }
        try http("PATCH", "/app/users/u1", Self.type, "<a/>").expectProblem(415)
        try http("POST", "/app/users", Self.type, "<l><u id='1'/><u id='\(String(repeating: "k", count: 200))'/></l>").expectProblem(422)
        #expect(try http("GET", "/app/users/_info").json[field: "doc_count"] == 0)
    }

    /// What was learned stands in the table's config, and goes where the table goes.
    @Test func renamedTables() throws {
        let http = try RouteFixture()
        #expect(try http("POST", "/app/users", Self.type, "<user id='1'><b>1</b><a>2</a></user>").status == 201)
        _ = try http.query("r.db('app').table('users').config().update({name: 'people'})")
        #expect(try http("GET", "/app/people/1", Self.accept).body == #"<user id="1"><b>1</b><a>2</a></user>"# + "\n")
    }
}
