import Ground
import ReQLish
import TestSupport
import Testing

@testable import httpd

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The log's lines: requests, slow queries, who changed what; and that the file is opened anew.
@Suite struct ServerLogTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "pando-log-\(Ground.UUID.random().description)").path

    private func lines(_ path: String) throws -> [Datum] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { try Datum(json: String($0)) }
    }

    @Test func requestsAndEventsAreLines() throws {
        let path = folder + ".log"
        defer { for suffix in ["", ".1"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        let fixture = try RouteFixture(database: false) {
            $0.logPath = path
            $0.logsRequests = true
            $0.slowQueryTime = .nanoseconds(1)
        }
        let trace = "0af7651916cd43dd8448eb211c80319c"
        let fields = ["X-Request-Id": "mine-1", "traceparent": "00-\(trace)-b7ad6b7169203331-01"]
        let answer = try fixture("PUT", "/app", fields)
        #expect(answer.fields["x-request-id"] == "mine-1")
        let made = try fixture("GET", "/app/none?limit=%22", ["X-Request-Id": "not one", "traceparent": "00-0-0-0"]).fields["x-request-id"]
        #expect(made != nil && made != "not one")
        #expect(try fixture.query("r.range(10).map(x => x.mul(2)).sum()") == 90)
        let entries = try lines(path)
        #expect(entries.allSatisfy { $0[field: "time"]?.string?.hasSuffix("Z") == true && $0[field: "level"] != nil })
        let requests = entries.filter { $0[field: "event"] == "request" }
        let first = try #require(requests.first)
        #expect(first[field: "request_id"] == "mine-1" && first[field: "trace_id"] == Datum(trace) && first[field: "user"] == "admin")
        #expect(first[field: "method"] == "PUT" && first[field: "target"] == "/app" && first[field: "status"] == 201)
        #expect(first[field: "client"] == "127.0.0.1" && first[field: "seconds"]?.number ?? -1 >= 0)
        #expect(requests[1][field: "target"] == "/app/none?limit=%22" && requests[1][field: "trace_id"] == nil)
        let messages = entries.compactMap { $0[field: "message"]?.string }
        #expect(messages.first?.hasPrefix("Opened ") == true, "what was said before there was a log stands in it, too")
        #expect(messages.contains("`admin` made the database `app`."))
        let slow = try #require(entries.first { $0[field: "message"]?.string?.hasPrefix("Slow query, ") == true })
        #expect(slow[field: "message"]?.string?.contains("of `admin`: r.range(10)") == true)
        #expect(slow[field: "plan"]?.string?.contains("\nsum()\n└── map(") == true, "\(slow)")

        // What rotates logs renames the file, and says so.
        try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
        var changed = HTTPConfiguration()
        changed.requestRate = 0.1
        try fixture.server.reload(changed)
        let before = try lines(path + ".1").count
        #expect(try fixture("GET", "/").status == 200)
        #expect(try fixture("GET", "/").status == 429, "the rate was read again")
        #expect(try lines(path).filter { $0[field: "event"] == "request" }.count == 2)
        #expect(try lines(path + ".1").count == before)
    }

    /// What an encrypted file has done while `asked` was: the whole log, and its lines.
    private func log(ofEncrypted contents: Bool, _ asked: (RouteFixture) throws -> Void) throws -> (text: String, lines: [Datum]) {
        let place = try TemporaryDirectory()
        let path = place.file("app.log")
        var options = PandoOptions()
        options.encryption = try .masterKey([UInt8](repeating: 7, count: 32), name: "prod")
        let fixture = try RouteFixture(database: false, path: place.file("app.pando"), options: options) {
            $0.logPath = path
            $0.logsRequests = true
            $0.logsContents = contents
            $0.slowQueryTime = .nanoseconds(1)
        }
        try asked(fixture)
        return (try String(contentsOfFile: path, encoding: .utf8), try lines(path))
    }

    private static let words = ["Hippo", "Rhino", "Crocodile", "Okapi"]

    /// The same by each door: names in targets and in what was changed, texts of queries and their plans, an account.
    private func ask(_ fixture: RouteFixture) throws {
        #expect(try fixture("PUT", "/Crocodile").status == 201)
        #expect(try fixture("PUT", "/Crocodile/Rhino").status == 201)
        for _ in 0..<2 {
            #expect(try fixture.query("r.db('Crocodile').table('Rhino').filter({name: 'Hippo'}).count()") == 0)
            let rows = #"{"db": "Crocodile", "query": "SELECT 'Hippo' AS okapi FROM generate_series(1, 3)"}"#
            #expect(try fixture.json("POST", "/_sql", rows).status == 200)
        }
        #expect(try fixture.json("POST", "/_admin/users", #"{"name": "Okapi", "password": "Okapi's"}"#).status == 201)
        #expect(try fixture("GET", "/Crocodile/Rhino/Hippo%20one").status == 404)
    }

    @Test func theLogOfAnEncryptedFileHasDigests() throws {
        let (text, lines) = try log(ofEncrypted: false, ask)
        #expect(Self.words.filter { text.lowercased().contains($0.lowercased()) } == [], "\(text)")
        let messages = lines.compactMap { $0[field: "message"]?.string }
        let made = try #require(messages.first { $0.hasPrefix("`admin` made the database `#") })
        #expect(made.hasSuffix("`.") && made.count == "`admin` made the database `#0123456789ab`.".count, "\(made)")
        // What is equal can be told.
        let slow = messages.filter { $0.hasPrefix("Slow query, ") && $0.contains(", of `admin`: ") }
        let texts = slow.compactMap { $0.split(separator: ": ").last }
        #expect(texts.allSatisfy { $0.hasPrefix("#") && $0.count == 13 }, "\(slow)")
        #expect(Dictionary(grouping: texts) { $0 }.values.filter { $0.count == 2 }.count == 2, "\(slow)")
        let plans = lines.compactMap { $0[field: "plan"]?.string }
        // What was measured of a query of ReQL is nobody's secret, and the rest of its plan is the same each time.
        let measured = plans.filter { $0.contains("\n") }.map { $0.split(separator: "\n") }
        #expect(measured.count == 2 && measured.allSatisfy { $0.count == 2 && $0[0].contains("documents read") }, "\(plans)")
        let steps = measured.map { String($0[1]) } + plans.filter { !$0.contains("\n") }
        #expect(steps.count > 2 && steps.allSatisfy { $0.hasPrefix("#") && $0.count == 13 }, "\(plans)")
        #expect(measured.first?.last == measured.last?.last, "\(plans)")
        let requests = lines.filter { $0[field: "event"] == "request" }
        #expect(requests.count == 8)
        #expect(requests.allSatisfy { $0[field: "target"]?.string?.hasPrefix("#") == true && $0[field: "user"] == "admin" })
        #expect(Set(requests.compactMap { $0[field: "target"]?.string }).count == 6)
    }

    @Test func contentsAreLoggedIfTheyAreWanted() throws {
        let (text, lines) = try log(ofEncrypted: true, ask)
        #expect(Self.words.allSatisfy { text.contains($0) } && !text.contains("`#"))
        #expect(lines.contains { $0[field: "message"] == "`admin` made the table `Crocodile.Rhino`." })
        #expect(lines.contains { $0[field: "target"] == "/Crocodile/Rhino/Hippo%20one" })
    }

    /// The table of logs is read by who may read the file.
    @Test func theTableOfLogsHasContents() throws {
        _ = try log(ofEncrypted: false) { fixture in
            try ask(fixture)
            let messages = try fixture.query("r.db('rethinkdb').table('logs')('message').coerceTo('array')").elements.compactMap(\.string)
            #expect(messages.contains("`admin` made the table `Crocodile.Rhino`."), "\(messages)")
        }
    }

    /// Whoever asks, and by whatever door.
    @Test func slowQueriesOfAllDoorsHavePlans() throws {
        let path = folder + "-slow.log"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let fixture = try RouteFixture {
            $0.logPath = path
            $0.driverPort = 0
        }
        #expect(try fixture.json("POST", "/app/users", #"[{"id": 1, "age": 3}, {"id": 2, "age": 4}]"#).status == 201)
        #expect(try fixture.json("POST", "/app/users/_index", #"{"name": "age", "field": "age"}"#).status == 201)
        _ = try fixture.query("r.db('app').table('users').indexWait()")
        #expect(try plans(path).isEmpty)
        fixture.pando.server.slowQueryTime = .nanoseconds(1)
        #expect(try fixture.query("r.db('app').table('users').filter({age: 3}).count()") == 1)
        let page = try fixture.json("POST", "/app/users/_query", #"{"query": "filter(u => u('age').gt(3))"}"#)
        #expect(page.status == 200)
        let driver = try DriverClient(fixture.server)
        #expect(try driver.ask(1, #"[1,[43,[[39,[[15,[[14,["app"]],"users"]],{"age":4}]]]]]"#) == #"{"t":1,"r":[1]}"#)
        _ = try fixture.pando.start(TermTree(text: "r.db('app').table('users').filter({age: 5}).count()"))
        #expect(eventually { (try? plans(path).count) ?? 0 == 4 })
        let noted = try plans(path)
        #expect(noted.allSatisfy { $0.contains("index `age`") && $0.contains("└── table(") }, "\(noted)")
        // What is not slow is not noted.
        fixture.pando.server.slowQueryTime = .seconds(3600)
        #expect(try fixture.query("r.db('app').table('users').filter({age: 3}).count()") == 1)
        #expect(try plans(path).count == 4)
    }

    private func plans(_ path: String) throws -> [String] { try lines(path).compactMap { $0[field: "plan"]?.string } }

    @Test func aLogThatCannotBeOpenedIsSaid() throws {
        #expect(throws: ServerError.self) { _ = try RouteFixture { $0.logPath = "/nowhere/at/all.log" } }
    }

    @Test func timestamps() {
        #expect(CalendarTime(secondsSince1970: 784_111_777).text() == "1994-11-06T08:49:37Z")
        #expect(CalendarTime(secondsSince1970: 0).text() == "1970-01-01T00:00:00Z")
    }
}
