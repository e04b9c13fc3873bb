import ReQLish
import Testing

@testable import httpd

/// The file as a whole, fetched by its administrator.
@Suite struct DownloadRouteTests {
    @Test func archives() throws {
        let http = try RouteFixture()
        #expect(try http.json("PUT", "/app/users/a", "{}").status == 201)
        let archive = try http("GET", "/_admin/dump?compress=none&export=app.users")
        #expect(archive.status == 200 && archive.fields["content-type"] == "application/x-tar")
        #expect(archive.fields["pando-summary"] == #"{"databases":1,"documents":1,"encrypted":false,"tables":1}"#)
        #expect(archive.body.contains("/app/users.json") && archive.body.contains("/app/users.info"))
        #expect(try http("GET", "/_admin/dump").fields["content-type"] == "application/gzip")
        try http("GET", "/_admin/dump?export=none").expectProblem(404)
        try http("GET", "/_admin/dump?export=app.").expectProblem(400, mentions: "`app.`")
        try http("GET", "/_admin/dump?compress=zip").expectProblem(400)
    }

    @Test func copies() throws {
        let http = try RouteFixture()
        let copy = try http("GET", "/_admin/backup")
        #expect(copy.status == 200 && copy.fields["content-type"] == "application/octet-stream")
        #expect(copy.fields["pando-summary"]?.contains(#""keys":"#) == true)
        #expect(!copy.body.isEmpty)
    }
}
