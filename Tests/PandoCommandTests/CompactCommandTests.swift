import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

@Suite struct CompactCommandTests {
    /// 3,000 documents of which most have gone again.
    private func withDeletions() throws -> Workplace {
        let place = try Workplace()
        let input = (0..<3000).map { "{\"id\":\($0),\"text\":\"\(String(repeating: "x", count: 300))\"}\n" }.joined()
        try place.good("import", place.file, "app.notes", "-", "--create", input: input)
        try place.good("query", place.file, #"r.db("app").table("notes").filter(n => n("id").mod(5).ne(0)).delete()"#)
        return place
    }

    @Test func aFileGetsSmaller() throws {
        let place = try withDeletions()
        let before = try place.good("export", place.file, "app.notes")
        let outcome = try PandoProcess.run(["compact", place.file])
        #expect(outcome.status == 0 && outcome.output == "")
        #expect(outcome.messages.contains("MiB before, ") && outcome.messages.contains(" now, in "), "\(outcome.messages)")
        #expect(try place.good("check", place.file).contains("is sound"))
        #expect(try place.good("export", place.file, "app.notes") == before)
        // Nothing is left to do, and what is told is what one finds.
        let json = try place.good("compact", place.file, "--json")
        var status = stat()
        try #require(unsafe stat(place.file, &status) == 0)
        #expect(json.contains(#""bytes_after":\#(status.st_size),"#), "\(json), \(status.st_size)")
        #expect(json.contains(#""pins":[]"#) && json.contains(#""cancelled":false"#), "\(json)")
        #expect(try place.bad("compact", place.file + ".none").contains("There is no file"))
        #expect(try place.bad("compact", status: 2).contains("FILE"))
    }

    /// While a server has it, the server does it.
    @Test func aFileThatIsServed() throws {
        let place = try withDeletions()
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "0", "--bind", "127.0.0.1"])
        let url = try server.firstLine()
        let message = try place.bad("compact", place.file)
        #expect(message.contains("open for writing in process") && message.contains("--connect"), "\(message)")
        let answer = try httpAnswer("POST", url, "/_admin/compact")
        #expect(answer.hasPrefix("HTTP/1.1 200") && answer.contains(#""cancelled":false"#), "\(answer)")
        #expect(try httpAnswer("GET", url, "/app/notes/_info").contains(#""doc_count":600"#))
        server.signal(SIGTERM)
        #expect(try server.finish().status == 0)
        #expect(try place.good("check", place.file).contains("is sound"))
    }

    /// What a file may not grow beyond is an error like a full disk, and what was there stays.
    @Test func aFileThatMayNotGrow() throws {
        let place = try Workplace.withUsers()
        let before = try place.good("export", place.file, "app.users")
        let input = (0..<20_000).map { "{\"id\":\($0),\"text\":\"\(String(repeating: "x", count: 100))\"}\n" }.joined()
        let outcome = try PandoProcess.run(
            ["import", place.file, "app.users", "-"], input: input, through: ["/bin/sh", "-c", #"ulimit -f 1000; exec "$0" "$@""#])
        #expect(outcome.status == 1)
        #expect(outcome.messages.contains("can't grow further"), "\(outcome.messages)")
        #expect(try place.good("check", place.file).contains("is sound"))
        let after = try place.good("export", place.file, "app.users")
        #expect(after.contains("Grace") && before.contains("Grace"))
        #expect(try place.good("query", place.file, #"r.db("app").table("users").insert({id: "new"})("inserted")"#) == "1\n")
    }
}
