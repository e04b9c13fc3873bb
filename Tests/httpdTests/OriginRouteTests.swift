import Testing

@testable import httpd

/// What an old primary asks before it comes back.
@Suite struct OriginRouteTests {
    @Test func ofAFileThatWasNoStandby() throws {
        let http = try RouteFixture()
        try http("GET", "/_replica/origin").expectProblem(400)
        try http("GET", "/_replica/origin?file=00000000-0000-4000-8000-000000000000").expectProblem(404)
        try http("POST", "/_replica/origin?file=0").expectProblem(405)
        try http("POST", "/_replica/position").expectProblem(405)
    }

    @Test func whatIsNoQuestionForDifferences() throws {
        let http = try RouteFixture()
        try http("POST", "/_replica").expectProblem(400)
        try http("POST", "/_replica?since=0").expectProblem(410)
        try http("POST", "/_replica?since=0", [:], "no ranges").expectProblem(400)
    }
}
