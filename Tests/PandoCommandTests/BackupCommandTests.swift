import Foundation
import Testing

@Suite struct BackupCommandTests {
    @Test func backupAndDiff() throws {
        let place = try Workplace.withUsers()
        let copy = place.file + ".copy"
        try place.good("backup", place.file, copy)
        #expect(try place.good("check", copy).contains("is sound"))
        #expect(try place.good("export", copy, "app.users") == place.good("export", place.file, "app.users"))
        #expect(try place.good("diff", copy, place.file) == "")
        let digest = try place.good("digest", place.file)
        #expect(digest.count == 33 && digest.allSatisfy { $0.isHexDigit || $0 == "\n" })
        #expect(try place.good("digest", copy) == digest)
        let table = try place.good("digest", copy, "--table", "app.users")
        #expect(try place.good("digest", place.file, "--table", "app.users") == table && table != digest)

        try place.good(
            "import", place.file, "app.users", "-", "--conflict", "replace",
            input: "{\"id\":\"u1\",\"name\":\"Lovelace\"}\n{\"id\":\"u9\"}\n")
        let lines = try PandoProcess.run(["diff", copy, place.file, "--values"])
        #expect(lines.status == 1)
        #expect(try place.good("digest", place.file) != digest)
        #expect(try place.good("digest", place.file, "--prefix", "__meta__:") == place.good("digest", copy, "--prefix", "__meta__:"))
        #expect(lines.output.contains(":docs:u1\n    - {"))
        #expect(lines.output.contains(#"    + {"id":"u1","name":"Lovelace"}"#))
        let marks = try PandoProcess.run(["diff", copy, place.file]).output.split(separator: "\n")
        #expect(marks.count == 2 && marks[0].hasPrefix("~ db:") && marks[1].hasPrefix("+ db:"))
        #expect(try PandoProcess.run(["diff", place.file, copy, "--json", "-n", "1"]).output.contains(#""change":"~""#))
    }

    @Test func nothingIsReplacedUnasked() throws {
        let place = try Workplace.withUsers()
        let copy = place.file + ".copy"
        try place.good("backup", place.file, copy)
        #expect(try place.bad("backup", place.file, copy).contains("exists already"))
        try place.good("backup", place.file, copy, "--force")
        #expect(try place.bad("backup", place.file + ".none", copy, "--force").contains("There is no file"))
        #expect(try place.bad("backup", place.file, status: 2).contains("TO"))
    }

    /// Whoever made a link that leads nowhere yet wants it to stay.
    @Test func aLinkThatLeadsNowhereIsNotReplacedUnasked() throws {
        let place = try Workplace.withUsers()
        let link = place.path("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: place.path("nowhere"))
        #expect(try place.bad("export", place.file, "app.users", "-o", link).contains("exists already"))
        #expect(try place.bad("dump", place.file, "-o", link).contains("exists already"))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == place.path("nowhere"))
        try place.good("export", place.file, "app.users", "-o", link, "--force")
        #expect(place.exists("link") && !place.exists("nowhere"))
    }
}
