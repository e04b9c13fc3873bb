import Ground
import ReQLish
import Testing

@testable import httpd

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The files of the Data Explorer, and the routes that it was given: keys and pages.
@Suite struct ExplorerRouteTests {
    private static let browser = ["Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"]

    @Test func theRootIsAPageToBrowsersOnly() throws {
        let http = try RouteFixture(database: false)
        let page = try http("GET", "/", Self.browser)
        #expect(page.status == 200)
        #expect(page.fields["content-type"] == "text/html; charset=utf-8")
        #expect(page.body.hasPrefix("<!doctype html>"))
        for accept in ["*/*", "application/json", "application/json, text/html"] {
            #expect(try http("GET", "/", ["Accept": accept]).json[field: "name"] == "Pando", "\(accept)")
        }
        try http("GET", "/", ["Accept": "text/plain"]).expectProblem(406)
        try http("POST", "/", Self.browser).expectProblem(405)
    }

    @Test func everyFileOfTheFolderIsServed() throws {
        let http = try RouteFixture(database: false)
        let folder =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/") + "/Sources/httpd/Explorer"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(Set(names) == Set(ExplorerFile.all.keys))
        for name in names {
            let answer = try http("GET", "/_explorer/\(name)")
            #expect(answer.status == 200, "\(name)")
            #expect(answer.body == (try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)), "\(name)")
        }
        try http("GET", "/_explorer/none.js").expectProblem(404)
        try http("GET", "/_explorer/%2e%2e%2fPackage.swift").expectProblem(404)
        try http("PUT", "/_explorer/app.js").expectProblem(405)
    }

    @Test func thePageMayDoNothingButItsWork() throws {
        let http = try RouteFixture(database: false)
        let page = try http("GET", "/", Self.browser)
        let policy = try #require(page.fields["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self';"))
        #expect(policy.contains("require-trusted-types-for 'script'; trusted-types pando-layout"))
        #expect(policy.contains("worker-src 'self';"))
        #expect(!policy.contains("unsafe"))
        #expect(page.fields["x-content-type-options"] == "nosniff")
        // What the policy forbids isn't there.
        #expect(
            !page.body.contains("<style") && !page.body.contains(" style=") && !page.body.contains(" onclick=") && !page.body.contains("//")
        )
    }

    @Test func filesAreAskedForAgainOnlyWhenTheyChanged() throws {
        let http = try RouteFixture(database: false)
        let plain = try http("GET", "/_explorer/app.js")
        let tag = try #require(plain.fields["etag"])
        #expect(plain.fields["content-encoding"] == nil)
        #expect(plain.fields["cache-control"] == "no-cache")
        let again = try http("GET", "/_explorer/app.js", ["If-None-Match": tag])
        #expect(again.status == 304)
        #expect(again.body.isEmpty)
        // The compressed form is another representation, with a tag of its own.
        let other = try http("GET", "/_explorer/app.js", ["If-None-Match": tag, "Accept-Encoding": "br, gzip"])
        #expect(other.status == 200)
        #expect(other.fields["etag"] != tag)
    }

    @Test func filesGoOutCompressedToThoseWhoSayThatTheyReadIt() throws {
        let file = try #require(ExplorerFile.all["base.css"])
        var decoder = GzipDecoder()
        var back = ByteBuffer()
        decoder.append(file.compressed.bytes.span)
        decoder.finish()
        while try decoder.read(into: &back) {}
        #expect(back.string == file.plain.bytes.string)
        #expect(file.compressed.bytes.count * 2 < file.plain.bytes.count)

        let http = try RouteFixture(database: false)
        for (field, isCompressed) in [
            ("gzip", true), ("deflate, gzip;q=0.5", true), ("gzip;q=0", false), ("identity", false), ("gzipped", false),
        ] {
            let answer = try http("HEAD", "/_explorer/base.css", ["Accept-Encoding": field])
            #expect((answer.fields["content-encoding"] == "gzip") == isCompressed, "\(field)")
            let form = isCompressed ? file.compressed : file.plain
            #expect(answer.fields["content-length"] == String(form.bytes.count), "\(field)")
        }
    }

    @Test func thePageNeedsNoPasswordAndWhatItShowsDoes() throws {
        let http = try RouteFixture()
        _ = try http.query("r.db('rethinkdb').table('users').get('admin').update({password: {password: 'pw', iterations: 3}})")
        #expect(try http("GET", "/", Self.browser).status == 200)
        #expect(try http("GET", "/_explorer/app.js").status == 200)
        _ = try http.pando.start(
            TermTree(text: "r.db('rethinkdb').table('users').insert({id: 'ada', password: {password: 'pw', iterations: 3}})")
        )
        .collected()
        _ = try http.pando.start(TermTree(text: "r.grant('ada', {read: true, write: true, config: true, connect: true})")).collected()
        let ada = ["Authorization": "Basic " + Base64.encode(Array("ada:pw".utf8))]
        for path in ["/_admin/keys", "/_admin/pages", "/_admin/pages/0", "/_admin/dump", "/_admin/backup"] {
            try http("GET", path).expectProblem(401, "permission_error")
            try http("GET", path, ada).expectProblem(403, "permission_error", mentions: "admin")
        }
        try http("GET", "/").expectProblem(401, "permission_error")
    }

    @Test func theTermsOfTheLanguage() throws {
        let http = try RouteFixture(database: false)
        let terms = Array(try http("GET", "/_explorer/terms.json").json.elements)
        let named = { (name: String) in terms.first { $0[field: "name"] == Datum(name) } }
        #expect(
            named("filter") == [
                "name": "filter", "on_r": false, "on_value": true, "options": ["default"], "writes": false,
                "summary": "the rows that a function holds for, or that look like an object",
            ])
        #expect(named("insert")?[field: "writes"] == true)
        #expect(named("wait")?[field: "writes"] == false)
        #expect(named("now")?[field: "on_value"] == false)
        #expect(named("table")?[field: "on_r"] == true)
    }

    @Test func keysByPrefix() throws {
        let http = try RouteFixture()
        _ = try http.query("r.db('app').table('users').insert(r.range(25).map(n => ({id: n, text: 'x'})).coerceTo('array'))")
        let all = try http("GET", "/_admin/keys?prefix=db:").json
        #expect(all[field: "count"] == 25)
        let records = Array(try #require(all[field: "records"]).elements)
        #expect(records.count == 25)
        #expect(records[0][field: "key"]?.string?.hasSuffix(":docs:=0") == true)
        #expect(records[0][field: "value"] == #"{"id":0,"text":"x"}"#)
        let part = try http("GET", "/_admin/keys?prefix=db:&skip=20&limit=3").json
        #expect(part[field: "count"] == 25)
        #expect(part[field: "records"].map { Array($0.elements) } == Array(records[20..<23]))
        #expect(try http("GET", "/_admin/keys?prefix=nothing").json == ["count": 0, "records": []])
        #expect(try http("GET", "/_admin/keys?prefix=db:&skip=99").json[field: "records"] == [])
        for wrong in ["skip=-1", "skip=x", "limit=0", "limit=1000000", "after=x"] {
            try http("GET", "/_admin/keys?\(wrong)").expectProblem(400)
        }
        try http("PUT", "/_admin/keys").expectProblem(405)
    }

    @Test func aLongValueIsCut() throws {
        let http = try RouteFixture()
        _ = try http.json("PUT", "/app/users/u1", #"{"text":"\#(String(repeating: "é", count: 5000))"}"#)
        let record = try #require(try http("GET", "/_admin/keys?prefix=db:").json[field: "records"]?[0])
        #expect(record[field: "value"]?.string?.count == 4096)
        #expect(record[field: "value_bytes"]?.integer ?? 0 > 10_000)
    }

    @Test func pages() throws {
        let http = try RouteFixture()
        let levels = try http("GET", "/_admin/pages").json
        #expect(levels[0][field: "level"] == 0)
        #expect(levels[0][field: "entries"]?.integer ?? 0 > 0)
        let meta = try http("GET", "/_admin/pages/0").json
        #expect(meta[field: "kind"] == "meta")
        #expect(meta[field: "number"] == 0)
        #expect(meta[field: "fields"]?.kind == .object)
        for missing in ["99999", "x", "-1", "18446744073709551616"] {
            try http("GET", "/_admin/pages/\(missing)").expectProblem(404)
        }
    }
}
