import Testing

@Suite struct DeltaCommandTests {
    /// A copy and the deltas behind it make the file that there was, state by state.
    @Test func aChainOfDeltas() throws {
        let place = try Workplace()
        let input = (0..<3000).map { "{\"id\":\($0),\"name\":\"n\($0)\"}\n" }.joined()
        try place.good("import", place.file, "app.notes", "-", "--create", input: input)
        try place.good("index", place.file, "create", "app.notes", "name")
        let names = (0..<4).map { place.file + ".\($0)" }
        try place.good("backup", place.file, names[0])
        for round in 1..<4 {
            try place.good(
                "query", place.file,
                #"r.db("app").table("notes").getAll(\#(round), \#(round * 700)).update({name: "changed \#(round)"})"#)
            try place.good("query", place.file, #"r.db("app").table("notes").between(\#(round * 10), \#(round * 10 + 5)).delete()"#)
            try place.good("backup", place.file, names[round], "--since", names[round - 1])
        }
        let target = place.file + ".new"
        try place.good("restore-chain", names[0], names[1], names[2], names[3], target)
        #expect(try place.good("check", target).contains("is sound"))
        #expect(try place.good("export", target, "app.notes") == place.good("export", place.file, "app.notes"))
        // A name or a state of the file's own comes along with the copy alone.
        let one = place.file + ".one"
        try place.good("restore-chain", names[0], names[1], one)
        let count = #"r.db("app").table("notes").count()"#
        #expect(try place.good("query", one, count) == "2995\n")
        #expect(try place.good("query", target, count) == "2985\n")

        // No delta is replaced, neither where the new file's name was forgotten nor where it is that of a delta.
        let last = try PandoProcess.bytes(at: names[2])
        #expect(try place.bad("restore-chain", names[0], names[1], names[2], "--force").contains("is a delta"))
        #expect(try place.bad("restore-chain", names[0], names[1], names[2], names[2], "--force").contains("is a delta"))
        #expect(try PandoProcess.bytes(at: names[2]) == last)

        // Out of order, damaged, or cut off: nothing is made.
        let never = place.file + ".never"
        #expect(try place.bad("restore-chain", names[0], names[2], never).contains("delta is from"))
        let bytes = try PandoProcess.bytes(at: names[2])
        try PandoProcess.store(Array(bytes.dropLast(20)), at: names[2])
        #expect(try place.bad("restore-chain", names[0], names[1], names[2], never).contains("cut"))
        #expect(try place.bad("backup", place.file, never, "--since", names[2]).contains("cut"))
        var damaged = bytes
        damaged[bytes.count / 2] ^= 4
        try PandoProcess.store(damaged, at: names[2])
        _ = try place.bad("restore-chain", names[0], names[1], names[2], never)
        #expect(try place.bad("query", never, count).contains("There is no file"))
    }

    /// What is no earlier state of the file.
    @Test func nothingIsMadeOfWhatDoesNotFit() throws {
        let place = try Workplace.withUsers()
        let other = try Workplace.withUsers()
        let copy = place.file + ".copy"
        try place.good("backup", place.file, copy)
        #expect(try place.bad("backup", other.file, place.file + ".delta", "--since", copy).contains("another file"))
        #expect(try place.bad("backup", place.file, place.file + ".delta", "--since", place.file + ".none").contains("no earlier backup"))
        #expect(try place.bad("backup", place.file, copy, "--since", copy, "--force").contains("earlier backup itself"))
        #expect(try place.bad("restore-chain", copy, place.file + ".to", status: 2).contains("missing"))
    }
}
