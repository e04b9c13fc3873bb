import Testing

@Suite struct DatabaseCommandTests {
    @Test func databasesAndTablesFromCreationToDrop() throws {
        let place = try Workplace()
        try place.good("db", place.file, "create", "app")
        try place.good("db", place.file, "create", "other")
        try place.good("table", place.file, "create", "app.places", "--primary-key", "geonameid")
        #expect(try place.good("db", place.file, "list").contains("app            1          0"))
        let listed = try place.good("db", place.file, "list", "--json")
        #expect(listed.hasPrefix("[\n{") && listed.hasSuffix("}\n]\n"))
        #expect(try place.good("table", place.file, "info", "app.places", "--json").contains(#""primary_key":"geonameid""#))

        try place.good("table", place.file, "rename", "app.places", "spots")
        try place.good("db", place.file, "rename", "app", "world")
        #expect(try place.good("table", place.file, "list", "world").contains("spots"))
        try place.good("table", place.file, "drop", "world.spots", "--force")
        try place.good("db", place.file, "drop", "world", "--force")
        try place.good("db", place.file, "drop", "other", "--force")
        #expect(try place.good("db", place.file, "list", "--json") == "[]\n")
        #expect(try place.good("inspect", place.file, "--count") == "0\n")
    }

    @Test func indexes() throws {
        let place = try Workplace.withUsers()
        try place.good("index", place.file, "create", "app.users", "age")
        try place.good("index", place.file, "create", "app.users", "both", "--fields", "age,id")
        try place.good("index", place.file, "create", "app.users", "upper", "--function", #"u => u("name").upcase()"#)
        #expect(try place.good("index", place.file, "list", "app.users") == "age\nboth\nupper\n")
        #expect(try place.good("index", place.file, "list", "app.users", "--json").contains(#""both""#))
        #expect(try place.good("index", place.file, "status", "app.users").contains("upcase"))
        #expect(try place.good("check", place.file).contains("3 indexes"))
        #expect(try place.bad("index", place.file, "create", "app.users", "age").contains("already exists"))
        #expect(try place.bad("index", place.file, "create", "app.users", "id").contains("primary key"))

        let copy = place.file + ".copy"
        try place.good("dump", place.file, "--output", place.file + ".tar")
        try place.good("restore", copy, place.file + ".tar")
        #expect(try place.good("index", copy, "list", "app.users") == "age\nboth\nupper\n")
        #expect(try place.good("check", copy).contains("3 indexes"))
        try place.good("index", place.file, "drop", "app.users", "age")
        #expect(try place.good("index", place.file, "list", "app.users") == "both\nupper\n")
    }

    @Test func nothingIsDroppedUnasked() throws {
        let place = try Workplace.withUsers()
        #expect(try place.bad("db", place.file, "drop", "app").contains("drops the database app with 1 table and 3 documents"))
        #expect(try place.bad("table", place.file, "drop", "app.users").contains("Say --force"))
        #expect(try place.good("query", place.file, #"r.db("app").table("users").count()"#) == "3\n")
    }

    @Test func aNameTypedAtATerminalIsConsent() throws {
        let place = try Workplace.withUsers()
        let refused = try PandoProcess.run(["db", place.file, "drop", "app"], typed: "ap\n")
        #expect(refused.status == 1)
        #expect(refused.messages.contains("Type app to go on: ") && refused.messages.contains("Nothing was changed."))
        #expect(try place.good("inspect", place.file, "--prefix", "db:", "--count") == "3\n")
        #expect(try PandoProcess.run(["db", place.file, "drop", "app"], typed: "app\n").status == 0)
        #expect(try place.good("inspect", place.file, "--count") == "0\n")
    }

    @Test func mistakesAreNamed() throws {
        let place = try Workplace.withUsers()
        #expect(try place.bad("db", place.file, "create", "app").contains("already exists"))
        #expect(try place.bad("db", place.file, "create", "1app").contains("1app"))
        #expect(try place.bad("db", place.file, "info", "ap") == "pando db: There is no database ap. Did you mean app?\n")
        #expect(try place.bad("table", place.file, "info", "app.user") == "pando table: There is no table app.user. Did you mean users?\n")
        #expect(try place.bad("table", place.file, "create", "app.users").contains("already exists"))
        #expect(try place.bad("table", place.file, "create", "users", status: 2).contains("DB.TABLE"))
        #expect(try place.bad("db", place.file, "renam", "a", "b", status: 2).contains("Did you mean rename?"))
    }

    @Test func aBadNameMakesNoFile() throws {
        let place = try Workplace()
        _ = try place.bad("db", place.file, "create", "no good")
        #expect(try place.bad("db", place.file, "list").contains("There is no file"))
    }
}

@Suite struct GeneralCommandTests {
    @Test func helpAndVersion() throws {
        let place = try Workplace()
        #expect(try place.good("version").hasPrefix("pando "))
        #expect(try place.good("--version") == place.good("version"))
        let help = try place.good("help")
        #expect(try place.good("--help") == help)
        #expect(help.contains("  query"))
        #expect(try place.good("help", "query") == place.good("query", "--help"))
    }

    @Test func misspeltCommands() throws {
        let place = try Workplace()
        #expect(try place.bad("qurey", status: 2) == "pando: There is no command “qurey”. Did you mean query?\nSee pando help\n")
        #expect(try place.bad("frobnicate", status: 2).contains("no command “frobnicate”.\n"))
    }

    @Test func quietIsQuiet() throws {
        let place = try Workplace()
        let outcome = try PandoProcess.run(["db", place.file, "create", "app", "--quiet"])
        #expect(outcome.status == 0)
        #expect(outcome.messages == "")
    }

    @Test func noColourWithoutATerminal() throws {
        let place = try Workplace.withUsers()
        #expect(try !place.good("help").contains("\u{1B}"))
        #expect(try !place.good("query", place.file, "--format", "table", #"r.db("app").table("users")"#).contains("\u{1B}"))
    }
}
