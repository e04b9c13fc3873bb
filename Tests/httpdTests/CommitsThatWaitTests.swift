import ReQLish
import TestSupport
import TestTraits
import Testing

@testable import httpd

/// A server whose commits wait for a standby answers others meanwhile: the standby is one of those.
@Suite(.ownThreads) struct CommitsThatWaitTests {
    @Test func aClientThatIsAloneKeepsNobodyWaiting() throws {
        let directory = try TemporaryDirectory()
        // Each connection has the same thread, and the first one is the only one there.
        let fixture = try RouteFixture(path: directory.file("waiting.pando")) { $0.eventLoops = 1 }
        let catalog = fixture.pando.catalog
        catalog.requireStandbys(1, patience: nil)
        let body = #"{"n": 1}"#
        try fixture.client.send("PUT /app/users/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let database = try #require(try catalog.snapshot().database("app"))
        let table = try #require(try catalog.snapshot().table("users", in: database))
        // What waits can be read already.
        #expect(eventually { (try? catalog.snapshot().count(in: table, .all)) == 1 })
        let other = try TestClient(port: fixture.server.port)
        #expect(try other.request("GET", "/_health/live").status == 200)
        #expect(catalog.standbys.isDegraded)
        catalog.requireStandbys(0, patience: nil)
        #expect(try fixture.client.receive().status == 201)
    }
}
