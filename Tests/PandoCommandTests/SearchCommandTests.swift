import Testing

@Suite struct SearchCommandTests {
    @Test func searching() throws {
        let place = try Workplace.withUsers()
        _ = try place.good("index", place.file, "create", "app.users", "words", "--text", "english", "--fields", "name=2,id")
        #expect(try place.good("search", place.file, "app.users", "graec~", "--fields", "id", "--format", "ndjson") == "{\"id\":\"u2\"}\n")
        #expect(try place.good("search", place.file, "app.users", "ada edsger", "--format", "ndjson") == "")
        let any = try place.good("search", place.file, "app.users", "ada edsger", "--any", "--scores", "--format", "ndjson")
        #expect(any.split(separator: "\n").count == 2 && any.contains("\"score\""))
        let marked = try place.good("search", place.file, "app.users", "ada", "--highlight", "name", "--format", "ndjson")
        #expect(marked.contains("<b>Ada</b>"))
        let scored = try place.good("search", place.file, "app.users", "ada", "--fields", "id", "--scores", "--format", "ndjson")
        #expect(scored.hasPrefix("{\"found\":{\"score\":") && scored.hasSuffix("\"id\":\"u1\"}\n"))
        let plan = try place.good("search", place.file, "app.users", "ada", "--explain")
        #expect(plan.contains("text index `words`") && plan.contains("looked at 1 lists"))
        let status = try place.good("index", place.file, "status", "app.users")
        #expect(status.contains("text: \"english\", fields: {\"id\": 1, \"name\": 2}"))
    }

    @Test func whatIsRefused() throws {
        let place = try Workplace.withUsers()
        #expect(try PandoProcess.run(["search", place.file, "app.users", "ada"]).status != 0)
        #expect(try PandoProcess.run(["search", place.file, "app.users", "ada", "--limit", "0"]).status != 0)
        let mixed = ["index", place.file, "create", "app.users", "words", "--text", "english", "--multi"]
        #expect(try PandoProcess.run(mixed).messages.contains("--fields"))
        let language = ["index", place.file, "create", "app.users", "words", "--text", "elvish"]
        #expect(try PandoProcess.run(language).messages.contains("elvish"))
    }
}
