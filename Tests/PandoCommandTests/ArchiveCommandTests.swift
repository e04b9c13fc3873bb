import Testing

@Suite struct ArchiveCommandTests {
    @Test func thereAndBack() throws {
        let place = try Workplace.withUsers()
        try place.good("db", place.file, "create", "empty")
        let archive = place.path("all.tar")
        #expect(try place.good("dump", place.file, "-o", archive) == "")
        let second = place.path("second.pando")
        try place.good("restore", second, archive)
        #expect(try place.good("export", second, "app.users") == place.good("export", place.file, "app.users"))
        #expect(try place.good("inspect", second, "--values") == place.good("inspect", place.file, "--values"))
        #expect(try place.good("check", second).contains("is sound"))
    }

    @Test func aPartOfIt() throws {
        let place = try Workplace.withUsers()
        try place.good("import", place.file, "other.things", "-", "--create", input: "{\"id\":1}\n")
        let archive = place.path("part.tar")
        try place.good("dump", place.file, "-e", "other.things", "-o", archive)
        let second = place.path("second.pando")
        try place.good("restore", second, archive)
        #expect(try place.good("db", second, "list", "--json").contains("other"))
        #expect(try !place.good("db", second, "list", "--json").contains("app"))
        #expect(try place.bad("dump", place.file, "-e", "nothing", "-o", place.path("x.tar")).contains("nothing"))
        #expect(try place.bad("restore", second, archive, "-i", "app").contains("app"))
        #expect(try place.bad("dump", place.file, "-e", ".x", status: 2).contains("DB or DB.TABLE"))
    }

    @Test func nothingIsOverwrittenUnasked() throws {
        let place = try Workplace.withUsers()
        let archive = place.path("all.tar")
        try place.good("dump", place.file, "-o", archive)
        #expect(try place.bad("dump", place.file, "-o", archive).contains("say --force to replace it"))
        try place.good("dump", place.file, "-o", archive, "--force")

        try place.good("query", place.file, #"r.db("app").table("users").get("u1").update({age: 1})"#)
        #expect(try place.bad("restore", place.file, archive).contains("--force"))
        #expect(try place.good("query", place.file, #"r.db("app").table("users").get("u1")("age")"#) == "1\n")
        try place.good("restore", place.file, archive, "--force")
        #expect(try place.good("query", place.file, #"r.db("app").table("users").get("u1")("age")"#) == "36\n")
    }

    @Test func toStandardOutput() throws {
        let place = try Workplace.withUsers()
        let output = try place.good("dump", place.file, "-o", "-")
        #expect(output.contains("app/users.json"))
        #expect(output.contains(#"{"age":85,"id":"u2","name":"Grace"}"#))
    }

    @Test func whatIsNoArchive() throws {
        let place = try Workplace()
        let text = try place.store("this is no archive, but it is long enough to be looked at\n", as: "no.tar")
        #expect(try place.bad("restore", place.file, text).contains("pando restore: "))
        #expect(try place.bad("restore", place.file, place.path("none.tar")).contains("There is no archive"))
        #expect(try place.bad("db", place.file, "list").contains("There is no file"), "a failed restore left a file")
    }
}
