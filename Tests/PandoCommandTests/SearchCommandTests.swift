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

    /// Who forgets the fields, or misspells one, is told so.
    @Test func anIndexWithoutWordsSaysSo() throws {
        let place = try Workplace.withUsers()
        func create(_ index: String, _ options: String...) throws -> String {
            let made = try PandoProcess.run(["index", place.file, "create", "app.users", index, "--text", "english"] + options)
            #expect(made.status == 0, "\(made.messages)")
            return made.messages
        }
        #expect(try create("words").contains("no document has a text in words. --fields names other fields."))
        #expect(try create("other", "--fields", "nmae=2,text").contains("no document has a text in nmae, text."))
        #expect(try !create("right", "--fields", "name").contains("no document"))
        #expect(try PandoProcess.run(["search", place.file, "app.users", "--index", "right", "--", "-ada grace"]).status == 0)
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
