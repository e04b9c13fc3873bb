import TestSupport
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What people feed to commands by mistake, or by malice: clear errors, nothing lost, nothing half there.
@Suite struct BadInputTests {
    private static func count(_ place: Workplace, _ table: String = "t") throws -> String {
        try place.good("query", place.file, "r.db('a').table('\(table)').count()").filter { $0 != "\n" }
    }

    /// A million lines with `PANDO_FUZZ=20`: one of them is bad, in a piece of the file that is read by whichever thread comes first.
    @Test func oneBadLineInVeryMany() throws {
        let count = 50_000 * Fuzzing.factor
        let bad = count - 7000
        let lines = (1...count).map { $0 == bad ? "{\"id\":\($0),\"text\":\"not clos}\n" : "{\"id\":\($0),\"text\":\"some words\"}\n" }
        let place = try Workplace()
        let data = try place.store(lines.joined(), as: "lines.ndjson")
        let message = try place.bad("import", place.file, "a.t", data, "--create")
        #expect(message.contains("\(data), line \(bad): ") && message.contains("(column "), "\(message)")
        #expect(try Self.count(place) == "\(bad - 1)")
        // The good ones are there already; what is behind the bad one comes in now.
        let outcome = try PandoProcess.run(["import", place.file, "a.t", data, "--on-error", "skip", "--conflict", "replace", "--json"])
        #expect(outcome.status == 0 && outcome.messages.contains("line \(bad): "))
        let tally = "{\"generated_keys\":0,\"inserted\":\(count - bad),\"replaced\":\(bad - 1),\"skipped\":1}\n"
        #expect(outcome.output == tally, "\(outcome.output)")
        #expect(try Self.count(place) == "\(count - 1)")
        #expect(try place.good("check", place.file).contains("is sound"))
        let fresh = try PandoProcess.run(["import", place.file, "a.fresh", data, "--create", "--on-error", "skip"])
        #expect(fresh.status == 0 && fresh.messages.contains("1 bad document skipped"), "\(fresh.messages)")
        #expect(try Self.count(place, "fresh") == "\(count - 1)")
    }

    /// No file takes the place of a standard one that is closed: a message would be written into the database.
    @Test func closedStandardFiles() throws {
        let place = try Workplace()
        let data = try place.store("{\"id\":1}\n{oops\n", as: "lines.ndjson")
        for (number, closed) in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"].enumerated() {
            let file = place.path("closed\(number).pando")
            let script = "\"$0\" \"$@\" \(closed)"
            let making = try PandoProcess.run(["db", file, "create", "a"], through: ["/bin/sh", "-c", script])
            let start = try place.bytes("closed\(number).pando").prefix(5)
            #expect(making.status == 0 && Array(start) == Array("Pando".utf8), "\(closed)")
            let words = ["import", file, "a.t", data, "--create", "--on-error", "skip"]
            let outcome = try PandoProcess.run(words, through: ["/bin/sh", "-c", script])
            #expect(outcome.status == 0, "\(closed): \(outcome.messages)")
            #expect(try place.good("check", file).contains("is sound"), "\(closed)")
            #expect(try PandoProcess.run(["import", file, "a.t", "-"], through: ["/bin/sh", "-c", script + " <&-"]).status == 1)
        }
    }

    /// A table at a server that an import has made for nothing is not left behind, nor its database, unless a document has come.
    @Test func noTableOfNothingAtAServer() throws {
        let place = try Workplace.withUsers()
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "0", "--bind", "127.0.0.1"])
        let url = try server.firstLine()
        let names = #"r.expr({isNew: r.dbList().contains("new"), tables: r.db("app").tableList()})"#
        _ = try place.bad("import", "--connect", url, "app.t", "-", "--create", input: "{\"id\":")
        _ = try place.bad("import", "--connect", url, "new.t", "-", "--create", input: "{\"id\":")
        #expect(try place.good("query", "--connect", url, names) == #"{"isNew":false,"tables":["users"]}"# + "\n")
        _ = try place.bad("import", "--connect", url, "app.users", "-", "--create", input: "{\"id\":")
        try place.good("import", "--connect", url, "app.t", "-", "--create", input: "")
        _ = try place.bad("import", "--connect", url, "app.t", "-", "--create", input: "{\"id\":")
        #expect(try place.good("query", "--connect", url, names) == #"{"isNew":false,"tables":["t","users"]}"# + "\n")
        // What was put before the bad one stays, and its table with it.
        let outcome = try PandoProcess.run(["import", "--connect", url, "new.t", "-", "--create"], input: "{\"id\":1}\n{\"id\":")
        #expect(outcome.status == 1)
        #expect(try place.good("query", "--connect", url, #"r.db("new").table("t").count()"#) == "1\n")
        server.signal(SIGTERM)
        #expect(try server.finish().status == 0)
    }

    /// A file that an import has made for nothing is not left behind; one that was there is.
    @Test func noFileOfNothing() throws {
        let place = try Workplace()
        for (table, format, input) in [("a.t", "json", "{\"id\":"), ("a.t", "csv", "id;name\n1;x\n"), ("a.b c", "json", "{\"id\":1}")] {
            _ = try place.bad("import", place.file, table, "-", "--create", "--format", format, input: input)
            #expect(!place.exists("test.pando"), "\(table), \(format)")
        }
        try place.good("import", place.file, "a.t", "-", "--create", input: "")
        _ = try place.bad("import", place.file, "a.t", "-", "--create", input: "{\"id\":")
        #expect(try Self.count(place) == "0")
    }

    @Test func aKeyThatIsThereTwice() throws {
        let place = try Workplace()
        let input = (1...3000).map { "{\"id\":\($0 == 2500 ? 17 : $0)}\n" }.joined()
        let message = try place.bad("import", place.file, "a.t", "-", "--create", "--format", "ndjson", input: input)
        #expect(message.contains("standard input, line 2500: the key 17 is taken"), "\(message)")
        #expect(try Self.count(place) == "2499")
        #expect(try place.good("check", place.file).contains("is sound"))
    }

    /// Documents are put in the order of their keys, and still the first of two with one key stays, and lines are named in their order.
    @Test func theOrderOfLinesCounts() throws {
        let place = try Workplace()
        let lines = [
            "{\"id\":9,\"n\":1}", "{\"id\":5,\"n\":2}", "{oops", "{\"id\":9,\"n\":4}", "{\"id\":1,\"n\":5}", "{\"id\":null}",
            "{\"id\":5,\"n\":7,\"x\":1}",
        ]
        let data = try place.store(lines.joined(separator: "\n"), as: "lines.ndjson")
        let outcome = try PandoProcess.run(["import", place.file, "a.skipped", data, "--create", "--on-error", "skip"])
        let named = outcome.messages.split(separator: "\n").compactMap { $0.split(separator: "line ").dropFirst().first?.prefix(1) }
        #expect(outcome.status == 0 && named == ["3", "4", "6", "7"], "\(outcome.messages)")
        let skipped = try place.good("export", place.file, "a.skipped", "--format", "ndjson")
        #expect(skipped == "{\"id\":1,\"n\":5}\n{\"id\":5,\"n\":2}\n{\"id\":9,\"n\":1}\n")

        for (conflict, expected) in [
            ("replace", "{\"id\":1,\"n\":5}\n{\"id\":5,\"n\":7,\"x\":1}\n{\"id\":9,\"n\":4}\n"),
            ("update", "{\"id\":1,\"n\":5}\n{\"id\":5,\"n\":7,\"x\":1}\n{\"id\":9,\"n\":4}\n"),
        ] {
            try place.good("import", place.file, "a.\(conflict)", data, "--create", "--on-error", "skip", "--conflict", conflict)
            #expect(try place.good("export", place.file, "a.\(conflict)", "--format", "ndjson") == expected)
        }

        let good = try place.store(lines.filter { !$0.contains("oops") && !$0.contains("null") }.joined(separator: "\n"), as: "good.ndjson")
        let message = try place.bad("import", place.file, "a.stopped", good, "--create")
        #expect(message.contains("good.ndjson, line 3: the key 9 is taken"), "\(message)")
        #expect(try Self.count(place, "stopped") == "2")
        #expect(try place.good("check", place.file).contains("is sound"))
    }

    @Test func textThatIsNoText() throws {
        let place = try Workplace()
        let lines = Array("{\"id\":1}\n{\"id\":2,\"t\":\"".utf8) + [0xC3, 0x28] + Array("\"}\n{\"id\":3}\n".utf8)
        try place.store(lines, as: "bad.ndjson")
        #expect(try place.bad("import", place.file, "a.t", place.path("bad.ndjson"), "--create").contains("line 2: "))
        #expect(try Self.count(place) == "1")
        try place.good("import", place.file, "a.t", place.path("bad.ndjson"), "--on-error", "skip", "--conflict", "replace")
        #expect(try Self.count(place) == "2")

        try place.store(Array("id,t\n1,a\n2,".utf8) + [0xFF, 0xFE] + Array("\n3,c\n".utf8), as: "bad.csv")
        let message = try place.bad("import", place.file, "a.c", place.path("bad.csv"), "--create")
        #expect(message.contains("bad.csv, line 3: not UTF-8"), "\(message)")
        #expect(try Self.count(place, "c") == "1")
        try place.good("import", place.file, "a.c", place.path("bad.csv"), "--on-error", "skip", "--conflict", "replace")
        #expect(try Self.count(place, "c") == "2")
    }

    /// What can't be read on is no document that may be skipped: all behind it would be lost without a word.
    @Test func aQuoteThatIsNeverClosed() throws {
        let place = try Workplace()
        let words = ["import", place.file, "a.t", "-", "--create", "--format", "csv", "--on-error", "skip"]
        let outcome = try PandoProcess.run(words, input: "id,t\n1,a\n2,\"b\n3,c\n")
        #expect(outcome.status == 1 && outcome.messages.contains("standard input, line 3: a quote is not closed before the end"))
        let other = try PandoProcess.run(words, input: "id;t\n1;a\n")
        #expect(other.status == 1 && other.messages.contains("say --delimiter ';'"), "\(other.messages)")
    }

    @Test func zeroBytes() throws {
        let place = try Workplace()
        try place.store(Array("id,t\na\u{0}b,x\nc,y\u{0}z\n".utf8), as: "zero.csv")
        let message = try place.bad("import", place.file, "a.t", place.path("zero.csv"), "--create")
        #expect(message.contains("zero.csv, line 2: ") && message.contains("NUL"), "\(message)")
        try place.good("import", place.file, "a.t", place.path("zero.csv"), "--create", "--on-error", "skip")
        #expect(try place.good("export", place.file, "a.t", "--format", "ndjson") == "{\"id\":\"c\",\"t\":\"y\\u0000z\"}\n")
        #expect(try place.bad("import", place.file, "a.t", "-", "--format", "ndjson", input: "\u{0}\u{0}\n").contains("line 1: "))
    }

    @Test func rowsOfUnequalLength() throws {
        let place = try Workplace()
        let csv = "id,a\n1,x\n2\n3,y,z\n4,w\n"
        let outcome = try PandoProcess.run(
            ["import", place.file, "a.t", "-", "--create", "--format", "csv", "--on-error", "skip", "--json"], input: csv)
        #expect(outcome.output == #"{"generated_keys":0,"inserted":2,"replaced":0,"skipped":2}"# + "\n")
        #expect(outcome.messages.contains("line 3: 1 cell, but 2 columns have names"), "\(outcome.messages)")
        #expect(outcome.messages.contains("line 4: 3 cells, but 2 columns have names"))
        #expect(try place.bad("import", place.file, "a.t", "-", "--format", "csv", input: "id,\"a\n1,2\n").contains("not closed"))
    }

    @Test func archivesThatAreNone() throws {
        let place = try Workplace.withUsers()
        let archive = place.path("all.tar.gz")
        try place.good("dump", place.file, "-o", archive)
        let whole = try place.bytes("all.tar.gz")
        for (name, bytes) in [
            ("cut.tar.gz", Array(whole.dropLast(whole.count / 3))), ("empty.tar.gz", []),
            ("flipped.tar.gz", whole.enumerated().map { $0 == whole.count / 2 ? $1 ^ 0x20 : $1 }),
        ] {
            try place.store(bytes, as: name)
            let message = try place.bad("restore", place.path("new.pando"), place.path(name))
            #expect(message.hasPrefix("pando restore: The archive can't be restored. "), "\(message)")
            #expect(!place.exists("new.pando"), "\(name) left a file")
            _ = try place.bad("restore", place.file, place.path(name), "--force")
            #expect(try place.good("query", place.file, "r.db('app').table('users').count()") == "3\n")
        }
    }

    @Test func aFileThatIsServed() throws {
        let place = try Workplace.withUsers()
        try place.good("dump", place.file, "-o", place.path("all.tar"))
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1"])
        _ = try server.firstLine()
        #expect(try place.bad("restore", place.file, place.path("all.tar"), "--force").contains("in process "))
        #expect(try place.bad("import", place.file, "app.users", "-", input: "{}").contains("in process "))
        // To read, it is free.
        for words in [["dump", "-o", "-"], ["export", "app.users"], ["check"], ["inspect"], ["status"], ["query", "r.db('app').info()"]] {
            let outcome = try PandoProcess.run([words[0], place.file] + words.dropFirst())
            #expect(outcome.status == 0, "\(words): \(outcome.messages)")
        }
        try place.good("backup", place.file, place.path("copy.pando"))
        #expect(try place.good("check", place.path("copy.pando")).contains("is sound"))
        server.signal(15)
        #expect(try server.finish().status == 0)
    }

    /// As with `| head`.
    @Test func readersThatLeave() throws {
        let place = try Workplace()
        let rows = (0..<20_000).map { "{\"id\":\($0),\"text\":\"some words to fill the pipe with\"}\n" }.joined()
        try place.good("import", place.file, "a.t", "-", "--create", input: rows)
        for words in [
            ["export", place.file, "a.t", "--format", "csv"], ["query", place.file, "r.db('a').table('t')", "--format", "ndjson"],
            ["query", place.file, "r.db('a').table('t')"], ["inspect", place.file, "--values"],
            ["inspect", place.file, "--json"],
        ] {
            let process = try PandoProcess(words)
            try process.stopReading()
            let outcome = try process.finish()
            #expect(outcome.status == 0 && outcome.messages == "", "\(words): \(outcome)")
        }
        // Half an archive is a failure, however nobody wanted more of it.
        let dump = try PandoProcess(["dump", place.file, "-o", "-", "--compress", "none"])
        try dump.stopReading()
        let outcome = try dump.finish()
        #expect(outcome.status == 1 && outcome.messages.contains("standard output: Broken pipe"), "\(outcome)")
    }

    /// What had been put by then is there, and the file is sound.
    @Test func anImportThatIsStopped() throws {
        let place = try Workplace()
        let rows = (0..<120_000).map { "{\"id\":\($0),\"text\":\"some words\"}\n" }.joined()
        let data = try place.store(rows, as: "rows.ndjson")
        try place.good("import", place.file, "a.t", "-", "--create", input: "{\"id\":0}\n")
        let process = try PandoProcess(["import", place.file, "a.t", data, "--conflict", "replace"])
        process.signal(9)
        let outcome = try process.finish()
        #expect(outcome.status != 0)
        #expect(try place.good("check", place.file).contains("is sound"))
        try place.good("import", place.file, "a.t", data, "--conflict", "replace")
        #expect(try Self.count(place) == "120000")
    }

    @Test func aDumbTerminalHasNoEditor() throws {
        let place = try Workplace.withUsers()
        let outcome = try PandoProcess.run(["shell", place.file], typed: "r.expr([1,\n2]).sum()\n\u{4}", environment: ["TERM=dumb"])
        #expect(outcome.status == 0 && outcome.output.contains("3\n"), "\(outcome)")
        #expect(!(outcome.output + outcome.messages).contains("\u{1B}"), "\(outcome)")
    }

    @Test func aTerminalThatGoesAway() throws {
        let place = try Workplace.withUsers()
        let shell = try PandoProcess.atTerminal(["shell", place.file], typed: "r.table('users').count()\r")
        _ = try shell.firstLine()
        try shell.hangUp()
        _ = try shell.finish()
        // Nobody holds the file any more.
        try place.good("query", place.file, "r.db('app').table('users').insert({id: 'u9'})")
        #expect(try place.good("check", place.file).contains("is sound"))
    }

    @Test(arguments: ["ndjson", "csv", "json"]) func aTextMayBeginWithAMark(format: String) throws {
        let place = try Workplace()
        let text = ["ndjson": "{\"id\": 1}\n{\"id\": 2}\n", "csv": "id\n1\n2\n", "json": "[{\"id\": 1}, {\"id\": 2}]"][format] ?? ""
        let data = try place.store("\u{FEFF}" + text, as: "a.\(format)")
        _ = try place.good("import", place.file, "a.t", data, "--create")
        #expect(try place.good("export", place.file, "a.t", "--format", "ndjson") == "{\"id\":1}\n{\"id\":2}\n")
    }
}
