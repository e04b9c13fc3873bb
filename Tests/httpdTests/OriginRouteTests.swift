import Testing

@testable import httpd

/// What an old primary asks before it comes back.
@Suite struct OriginRouteTests {
    @Test func ofAFileThatWasNoStandby() throws {
        let http = try RouteFixture()
        try http("GET", "/_replica/origin").expectProblem(400)
        try http("GET", "/_replica/origin?file=00000000-0000-4000-8000-000000000000").expectProblem(404)
        try http("POST", "/_replica/origin?file=0").expectProblem(405)
    }
}
