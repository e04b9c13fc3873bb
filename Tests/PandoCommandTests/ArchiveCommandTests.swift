import Foundation
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

    /// SQL's schemas stand in front of its tables' names, with a dot.
    @Test func aTableOfASchema() throws {
        let place = try Workplace.withUsers()
        let statements = "CREATE SCHEMA s; CREATE TABLE s.c (id int PRIMARY KEY); INSERT INTO s.c VALUES (7)"
        try place.good("sql", place.file, "--db", "app", statements)
        let archive = place.path("part.tar")
        try place.good("dump", place.file, "-e", "app.s.c", "-o", archive)
        let second = place.path("second.pando")
        try place.good("restore", second, archive, "-i", "app.s.c")
        #expect(try place.good("export", second, "app.s.c", "--format", "ndjson") == "{\"id\":7}\n")
        #expect(try place.bad("restore", place.path("third.pando"), archive, "-i", "app.s.d").contains("app.s.d"))
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

    /// With a key for it, an archive that somebody without the key has made is none.
    @Test func aPlainArchiveIsRefusedWhereAKeyIsGivenForIt() throws {
        let place = try Workplace.withUsers()
        let (plain, sealed, second) = (place.path("plain.tar.gz"), place.path("sealed.pandoarc"), place.path("second.pando"))
        let print = "echo " + String(repeating: "5a", count: 32)
        try place.good("dump", place.file, "-o", plain)
        try place.good("dump", place.file, "--encrypt", "--key-command", print, "-o", sealed)
        #expect(try place.bad("restore", second, plain, "--archive-key-command", print).contains("is not encrypted, but a key was given"))
        #expect(!place.exists("second.pando"))
        try place.good("restore", second, sealed, "--archive-key-command", print)
        #expect(try place.good("export", second, "app.users") == place.good("export", place.file, "app.users"))
        // FILE's own key says nothing of the archive.
        try place.good("restore", place.path("third.pando"), plain, "--key-command", print)
    }

    @Test func toStandardOutput() throws {
        let place = try Workplace.withUsers()
        let output = try place.good("dump", place.file, "-o", "-", "--compress", "none")
        #expect(output.contains("app/users.json"))
        #expect(output.contains(#"{"age":85,"id":"u2","name":"Grace"}"#))
        let second = place.path("second.pando")
        try place.good("restore", second, "-", input: output)
        #expect(try place.good("export", second, "app.users") == place.good("export", place.file, "app.users"))
    }

    @Test func compressedUnlessTheNameSaysOtherwise() throws {
        let place = try Workplace.withUsers()
        try place.good("dump", place.file)
        let second = place.path("second.pando")
        try place.good("restore", second, place.path("test.dump.tar.gz"))
        #expect(try place.good("export", second, "app.users") == place.good("export", place.file, "app.users"))
        try place.good("dump", place.file, "-o", place.path("plain.tar"))
        try place.good("dump", place.file, "-o", place.path("other.gz"), "--compress", "none")
        let names = try ["test.dump.tar.gz", "plain.tar", "other.gz"].map { try place.bytes($0).prefix(2) }
        #expect(names.map { $0 == [0x1F, 0x8B] } == [true, false, false])
    }

    @Test func goingOn() throws {
        let place = try Workplace.withUsers()
        try place.good("import", place.file, "other.things", "-", "--create", input: "{\"id\":1}\n")
        let archive = place.path("all.tar.gz")
        try place.good("dump", place.file, "-o", archive)
        let second = place.path("second.pando")
        try place.good("restore", second, archive, "-i", "app")
        #expect(try place.bad("restore", second, archive).contains("--continue"))
        let outcome = try PandoProcess.run(["restore", second, archive, "--continue"])
        #expect(outcome.status == 0)
        #expect(outcome.messages.hasPrefix("1 table had been restored before.\nRestored 2 databases, 1 table, 1 document to "))
        #expect(try place.good("query", second, #"r.db("other").table("things").count()"#) == "1\n")
    }

    /// Stopped by a signal, it says what it has done and leaves a sound file, from where it goes on.
    @Test func interrupted() throws {
        let place = try Workplace()
        let rows = (0..<30_000).map { "{\"id\":\($0),\"text\":\"some words to read\"}\n" }.joined()
        try place.good("import", place.file, "a.small", "-", "--create", input: "{\"id\":1}\n")
        try place.good("import", place.file, "b.large", "-", "--create", input: rows)
        let archive = place.path("all.tar.gz")
        try place.good("dump", place.file, "-o", archive)
        let second = place.path("second.pando")
        let restore = try PandoProcess(["restore", second, archive])
        // As soon as the file is there, or later; the row where it stops does not matter.
        while !place.exists("second.pando") {}
        restore.signal(2)
        let outcome = try restore.finish()
        #expect(outcome.status == 1 && outcome.messages.hasPrefix("pando restore: Interrupted"), "\(outcome)")
        try place.good("restore", second, archive, "--continue")
        #expect(try place.good("check", second).contains("is sound"))
        #expect(try place.good("query", second, #"r.db("b").table("large").count()"#) == "30000\n")
    }

    @Test func whatIsNoArchive() throws {
        let place = try Workplace()
        let text = try place.store("this is no archive, but it is long enough to be looked at\n", as: "no.tar")
        #expect(try place.bad("restore", place.file, text).contains("pando restore: "))
        #expect(try place.bad("restore", place.file, place.path("none.tar")).contains("There is no archive"))
        #expect(try place.bad("db", place.file, "list").contains("There is no file"), "a failed restore left a file")
    }

    #if os(Linux)
        /// The file in the making goes along with the command, wherever the signal meets it.
        @Test func aSignalLeavesNoPartOfAnExport() throws {
            let place = try Workplace()
            let lines = (0..<60_000).map { "{\"id\":\($0),\"text\":\"some words\"}\n" }.joined()
            try place.good("import", place.file, "a.t", place.store(lines, as: "lines.ndjson"), "--create")
            for time in ["0.02", "0.04", "0.08"] {
                let words = ["export", place.file, "a.t", "-o", place.path("out.json.gz"), "--force"]
                _ = try PandoProcess.run(words, through: ["/usr/bin/timeout", "-s", "INT", time])
                let names = try FileManager.default.contentsOfDirectory(atPath: place.folder)
                #expect(!names.contains { $0.contains(".partial-") }, "\(time): \(names)")
            }
        }
    #endif
}
