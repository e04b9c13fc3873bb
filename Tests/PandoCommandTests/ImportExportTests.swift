import Foundation
import Testing

@Suite struct ImportExportTests {
    @Test func ndjsonThereAndBack() throws {
        let place = try Workplace.withUsers()
        #expect(
            try place.good("export", place.file, "app.users", "--format", "ndjson") == """
                {"age":36,"id":"u1","name":"Ada","tags":["math","engines"]}
                {"age":85,"id":"u2","name":"Grace"}
                {"age":72,"city":null,"id":"u3","name":"Edsger, W."}

                """)
    }

    /// Keys that a table's declaration makes are made in the order in which the documents come.
    @Test func keysOfADeclaredTable() throws {
        let place = try Workplace.withUsers()
        try place.good("sql", place.file, "CREATE TABLE made (id serial PRIMARY KEY, n int); CREATE TABLE hidden (n int)", "--db", "app")
        let data = try place.store((0..<200).map { "{\"n\":\($0)}\n" }.joined(), as: "numbers.ndjson")
        for table in ["made", "hidden"] {
            let report = try place.good("import", place.file, "app.\(table)", data, "--json")
            #expect(report.contains("\"inserted\":200") && report.contains("\"generated_keys\":200"), "\(report)")
        }
        let query = "SELECT (SELECT count(*) FROM made WHERE id = n + 1), (SELECT count(*) FROM hidden WHERE _key = n + 1)"
        #expect(try place.good("sql", place.file, query, "--db", "app", "--format", "csv").contains("200,200"))
    }

    @Test func jsonArrayThereAndBack() throws {
        let place = try Workplace.withUsers()
        let array = try place.good("export", place.file, "app.users")
        #expect(array.hasPrefix("[\n{") && array.hasSuffix("}\n]\n"))
        let data = try place.store(array, as: "users.json")
        try place.good("import", place.file, "app.copies", data, "--create")
        #expect(try place.good("export", place.file, "app.copies") == array)
    }

    @Test func csvThereAndBack() throws {
        let place = try Workplace.withUsers()
        let csv = try place.good("export", place.file, "app.users", "--format", "csv")
        #expect(
            csv == "id,age,city,name,tags\r\nu1,36,,Ada,\"[\"\"math\"\",\"\"engines\"\"]\"\r\nu2,85,,Grace,\r\nu3,72,,\"Edsger, W.\",\r\n")
        let data = try place.store(csv, as: "users.csv")
        try place.good("import", place.file, "app.texts", data, "--create", "--no-infer")
        #expect(
            try place.good("query", place.file, #"r.db("app").table("texts").get("u2")"#)
                == #"{"age":"85","city":"","id":"u2","name":"Grace","tags":""}"# + "\n")
        try place.good("import", place.file, "app.typed", data, "--create")
        #expect(
            try place.good("query", place.file, #"r.db("app").table("typed").get("u1")"#)
                == #"{"age":36,"id":"u1","name":"Ada","tags":["math","engines"]}"# + "\n")
    }

    /// A text with quotes around it is no other text for having been a cell.
    @Test func textsInQuotesStay() throws {
        let place = try Workplace()
        let lines = "{\"id\":\"\\\"1\\\"\",\"t\":\"\\\"a\\\"\"}\n"
        try place.good("import", place.file, "a.t", "-", "--create", input: lines)
        try place.good("export", place.file, "a.t", "-o", place.path("t.csv"))
        try place.good("import", place.file, "a.u", place.path("t.csv"), "--create")
        #expect(try place.good("export", place.file, "a.u", "--format", "ndjson") == lines)
    }

    /// Texts that read as something else are written in quotes, and what is in quotes is a text, unless everything is in quotes.
    @Test func textsThatReadAsNumbersStay() throws {
        let place = try Workplace()
        let lines =
            [
                #"{"id":"1","a":12,"b":"12","c":"true","d":"","e":"007","f":" 7"}"#, #"{"id":"2","a":-0.5,"b":"-0.5e3","c":"null"}"#,
                #"{"id":"3","a":true,"b":"2026-01-02","c":[1,2],"d":"x"}"#,
            ].joined(separator: "\n") + "\n"
        try place.good("import", place.file, "a.t", "-", "--create", "--format", "ndjson", input: lines)
        let csv = try place.good("export", place.file, "a.t", "--format", "csv")
        #expect(csv.hasPrefix("id,a,b,c,d,e,f\r\n\"1\",12,\"12\",\"true\",\"\",007,\" 7\"\r\n"), "\(csv)")
        try place.good("import", place.file, "a.u", "-", "--create", "--format", "csv", input: csv)
        #expect(
            try place.good("export", place.file, "a.u", "--format", "ndjson")
                == place.good("export", place.file, "a.t", "--format", "ndjson"))
        let quoted = "\"id\",\"n\",\"e\"\n\"1\",\"2\",\"\"\n"
        try place.good("import", place.file, "a.v", "-", "--create", "--format", "csv", input: quoted)
        #expect(try place.good("export", place.file, "a.v", "--format", "ndjson") == "{\"id\":1,\"n\":2}\n")
    }

    /// As programs of Windows write it.
    @Test func aMarkInFrontOfNamesInQuotes() throws {
        let place = try Workplace()
        try place.good("import", place.file, "a.t", "-", "--create", "--format", "csv", input: "\u{FEFF}\"id\",\"n\"\r\n1,2\r\n")
        #expect(try place.good("export", place.file, "a.t", "--format", "ndjson") == "{\"id\":1,\"n\":2}\n")
    }

    @Test(arguments: ["json", "ndjson", "csv"])
    func compressed(_ format: String) throws {
        let place = try Workplace.withUsers()
        let name = "users.\(format)"
        try place.good("export", place.file, "app.users", "-o", place.path(name))
        try place.good("export", place.file, "app.users", "-o", place.path(name + ".gz"))
        #expect(try place.bytes(name + ".gz").prefix(2) == [0x1F, 0x8B])
        try place.good("import", place.file, "app.plain", place.path(name), "--create")
        try place.good("import", place.file, "app.expanded", place.path(name + ".gz"), "--create")
        let expanded = try place.good("export", place.file, "app.expanded")
        #expect(try expanded == place.good("export", place.file, "app.plain") && expanded.contains("Grace"))

        try place.store(Array(place.bytes(name + ".gz").dropLast(9)), as: "cut.gz")
        let message = try place.bad("import", place.file, "app.cut", place.path("cut.gz"), "--create", "--format", format)
        #expect(message.contains("cut.gz: The compressed bytes end"))
    }

    @Test func aFolderOfTexts() throws {
        let place = try Workplace()
        try FileManager.default.createDirectory(atPath: place.path("texts/deep"), withIntermediateDirectories: true)
        for (name, text) in [("a.txt", "A telephone."), ("deep/b.md", "# Trees\n"), (".hidden.txt", "x"), ("c.png", "x")] {
            _ = try place.store(text, as: "texts/\(name)")
        }
        let texts = place.path("texts")
        try place.good("import", place.file, "app.notes", texts, "--create")
        #expect(
            try place.good("export", place.file, "app.notes", "--format", "ndjson") == """
                {"id":"a.txt","name":"a.txt","text":"A telephone."}
                {"id":"deep/b.md","name":"b.md","text":"# Trees\\n"}

                """)
        try place.good("index", place.file, "create", "app.notes", "texts", "--text", "english", "--fields", "name=2,text")
        let found = try place.good("search", place.file, "app.notes", "telepone~", "--fields", "id", "--format", "ndjson")
        #expect(found == "{\"id\":\"a.txt\"}\n")
        try place.store([0xFF, 0xFE], as: "texts/bad.txt")
        let message = try place.bad("import", place.file, "app.notes", texts, "--conflict", "replace")
        #expect(message.contains("\(texts)/bad.txt: This is no text in UTF-8."), "\(message)")
        #expect(try place.bad("import", place.file, "app.notes", texts + "/").contains("\(texts)/a.txt: "), "the file whose key is taken")
        try place.good("import", place.file, "app.notes", texts, "--conflict", "replace", "--on-error", "skip")
        #expect(try place.bad("import", place.file, "app.notes", texts, "--format", "csv", status: 2).contains("goes with a file"))
    }

    @Test func csvWithoutAHeaderLine() throws {
        let place = try Workplace()
        let data = "u1;1;x\r\nu2;2;\"y;z\"\r\n"
        try place.good(
            "import", place.file, "a.b", "-", "--create", "--format", "csv", "--fields", "id,n,s", "--delimiter", ";",
            input: data)
        #expect(
            try place.good("export", place.file, "a.b", "--format", "ndjson")
                == #"{"id":"u1","n":1,"s":"x"}"# + "\n" + #"{"id":"u2","n":2,"s":"y;z"}"# + "\n")
        for wrong in ["", "ab", "\"", "é"] {
            _ = try place.bad("import", place.file, "a.b", "-", "--format", "csv", "--delimiter", wrong, input: data, status: 2)
        }
        #expect(try place.bad("import", place.file, "a.b", "-", "--fields", "a", status: 2).contains("goes with --format csv"))
        #expect(try place.bad("import", place.file, "a.b", "-", "--no-infer", status: 2).contains("--no-infer goes with --format csv"))
    }

    @Test func chosenFields() throws {
        let place = try Workplace.withUsers()
        #expect(
            try place.good("export", place.file, "app.users", "--fields", "name,age", "--format", "csv").hasPrefix("name,age\r\nAda,36\r\n")
        )
        #expect(
            try place.good("export", place.file, "app.users", "--fields", "name", "--format", "ndjson").hasPrefix(#"{"name":"Ada"}"# + "\n")
        )
    }

    @Test func anExportIsNotOverwritten() throws {
        let place = try Workplace.withUsers()
        let output = place.path("out.ndjson")
        #expect(try place.good("export", place.file, "app.users", "-o", output) == "")
        #expect(try place.bad("export", place.file, "app.users", "-o", output).contains("Say --force"))
        try place.good("export", place.file, "app.users", "-o", output, "--force")
    }

    @Test func anEmptyTable() throws {
        let place = try Workplace.withUsers()
        try place.good("table", place.file, "create", "app.none")
        #expect(try place.good("export", place.file, "app.none") == "[]\n")
        #expect(try place.good("export", place.file, "app.none", "--format", "ndjson") == "")
        #expect(try place.good("export", place.file, "app.none", "--format", "csv") == "id\r\n")
    }

    @Test func tablesAreNotMadeSilently() throws {
        let place = try Workplace.withUsers()
        let message = try place.bad("import", place.file, "app.more", "-", input: "{}")
        #expect(message.contains("There is no table app.more.") && message.contains("--create"))
        let none = try place.bad("import", place.path("no.pando"), "a.b", "-", input: "{}")
        #expect(none.contains("There is no file") && none.contains("add --create"))
        #expect(try place.bad("import", place.file, "app.users", place.path("none")).contains("none"))
    }

    @Test(arguments: ["ndjson", "json"])
    func aBadLineStopsAndIsNamed(format: String) throws {
        let place = try Workplace()
        let input = "{\"id\":1}\n\n{\"id\":2,}\n{\"id\":3}\n"
        let message = try place.bad("import", place.file, "a.b", "-", "--create", "--format", format, input: input)
        #expect(message.contains("standard input, line 3:"))
        #expect(message.contains("Imported 1 document into a.b"))
        #expect(try place.good("query", place.file, #"r.db("a").table("b").count()"#) == "1\n")
    }

    @Test(arguments: ["ndjson", "json"])
    func badLinesAreSkippedOnRequest(format: String) throws {
        let place = try Workplace()
        let input = "{\"id\":1}\n{\"id\":2,}\n[1]\n{\"id\":null}\n{\"id\":{}}\n{\"id\":3}\n"
        let outcome = try PandoProcess.run(
            ["import", place.file, "a.b", "-", "--create", "--on-error", "skip", "--format", format, "--json"], input: input)
        #expect(outcome.status == 0)
        #expect(outcome.output == #"{"generated_keys":0,"inserted":2,"replaced":0,"skipped":4}"# + "\n")
        for line in 2...5 { #expect(outcome.messages.contains("line \(line):"), "\(outcome.messages)") }
    }

    @Test func badCSVIsNamed() throws {
        let place = try Workplace()
        let message = try place.bad("import", place.file, "a.b", "-", "--create", "--format", "csv", input: "id,name\n1,x\n2\n")
        #expect(message.contains("line 3: 1 cell, but 2 columns have names"))
    }

    @Test func conflicts() throws {
        let place = try Workplace.withUsers()
        let again = #"{"id":"u2","age":86}"# + "\n"
        #expect(try place.bad("import", place.file, "app.users", "-", input: again).contains(#"line 1: the key "u2" is taken"#))
        try place.good("import", place.file, "app.users", "-", "--conflict", "update", input: again)
        #expect(
            try place.good("query", place.file, #"r.db("app").table("users").get("u2")"#) == #"{"age":86,"id":"u2","name":"Grace"}"# + "\n")
        try place.good("import", place.file, "app.users", "-", "--conflict", "replace", input: again)
        #expect(try place.good("query", place.file, #"r.db("app").table("users").get("u2")"#) == #"{"age":86,"id":"u2"}"# + "\n")
    }

    @Test func missingKeysAreMade() throws {
        let place = try Workplace()
        let output = try place.good("import", place.file, "a.b", "-", "--create", "--json", input: "[{\"x\":1}, {\"x\":2}]")
        #expect(output == #"{"generated_keys":2,"inserted":2,"replaced":0,"skipped":0}"# + "\n")
    }

    @Test func manyDocumentsGoInBatches() throws {
        let place = try Workplace()
        let input = (0..<25_000).map { "{\"id\":\($0)}\n" }.joined()
        try place.good("import", place.file, "a.b", "-", "--create", input: input)
        #expect(try place.good("inspect", place.file, "--prefix", "db:", "--count") == "25000\n")
        #expect(try place.good("check", place.file).contains("is sound"))
    }

    @Test func aReaderThatLeavesIsNoFailure() throws {
        let place = try Workplace()
        let input = (0..<25_000).map { "{\"id\":\($0),\"text\":\"some words to fill the pipe with\"}\n" }.joined()
        try place.good("import", place.file, "a.b", "-", "--create", input: input)
        let export = try PandoProcess(["export", place.file, "a.b", "--format", "ndjson"])
        try export.stopReading()
        let outcome = try export.finish()
        #expect(outcome.status == 0)
        #expect(outcome.messages == "")
    }
}
