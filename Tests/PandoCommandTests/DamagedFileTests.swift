import TestSupport
import Testing

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a command says of a file that is not as it should be: status 1, one clear line, no crash.
@Suite struct DamagedFileTests {
    private static let commands = [
        ["db", "FILE", "list"], ["query", "FILE", #"r.db("app").table("users").count()"#], ["inspect", "FILE"],
        ["export", "FILE", "app.users"],
        ["dump", "FILE", "-o", "-"], ["import", "FILE", "app.users", "-"], ["check", "FILE"],
    ]

    private func expectFailure(_ file: String, naming words: [String], location: SourceLocation = #_sourceLocation) throws {
        for command in Self.commands {
            let outcome = try PandoProcess.run(command.map { $0 == "FILE" ? file : $0 }, input: "{\"id\":1}\n")
            #expect(outcome.status == 1, "\(command): \(outcome)", sourceLocation: location)
            let said = outcome.messages + outcome.output
            for word in words { #expect(said.contains(word), "\(command): \(said)", sourceLocation: location) }
        }
    }

    @Test func noSuchFile() throws {
        let place = try Workplace()
        try expectFailure(place.file, naming: ["There is no file", place.file])
    }

    @Test func aDirectory() throws {
        let place = try Workplace()
        try expectFailure(place.folder, naming: ["is a directory"])
    }

    @Test(arguments: ["", "hello", String(repeating: "This is a text and no database. ", count: 1000)])
    func aFileThatIsNoPandoFile(text: String) throws {
        let place = try Workplace()
        let file = try place.store(text, as: "text.pando")
        // An empty file is one that nothing was written to yet: writing commands may take it, reading commands refuse it.
        guard !text.isEmpty else { return _ = try place.bad("db", file, "list") }
        try expectFailure(file, naming: [file])
        #expect(try fileBytes(file) == Array(text.utf8), "a file that is not ours was changed")
    }

    @Test func aTruncatedFile() throws {
        let place = try Workplace()
        let input = (0..<20_000).map { "{\"id\":\($0)}\n" }.joined()
        try place.good("import", place.file, "app.users", "-", "--create", input: input)
        let bytes = try fileBytes(place.file)
        for part in [100, bytes.count / 4] {
            let file = place.path("cut\(part).pando")
            try PandoProcess.store(Array(bytes.prefix(part)), at: file)
            try expectFailure(file, naming: [])
        }
    }

    @Test func aNewerFormat() throws {
        let place = try Workplace.withUsers()
        var bytes = try fileBytes(place.file)
        let pageSize = try pageSize(place)
        for page in 0..<2 { bytes[page * pageSize + 8] = 99 }  // the version in both meta pages
        let file = place.path("newer.pando")
        try PandoProcess.store(bytes, at: file)
        try expectFailure(file, naming: ["99", "newer"])
        #expect(try fileBytes(file) == bytes)
    }

    @Test func flippedBytesAreFoundByCheck() throws {
        let place = try Workplace()
        let input = (0..<20_000).map { "{\"id\":\($0)}\n" }.joined()
        try place.good("import", place.file, "app.users", "-", "--create", input: input)
        let pageSize = try pageSize(place)
        let tree = try place.good("inspect", place.file, "--tree")
        #expect(tree.contains("leaves"))
        var bytes = try fileBytes(place.file)
        let victim = try #require(try leafPage(place), "a leaf to damage")
        bytes[victim * pageSize + pageSize / 2] ^= 0x40
        let file = place.path("flipped.pando")
        try PandoProcess.store(bytes, at: file)
        let outcome = try PandoProcess.run(["check", file])
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("page \(victim)"), "\(outcome)")
        #expect(try PandoProcess.run(["export", file, "app.users"]).status == 1)
    }

    /// The shell shows what may be read. (root may write all.)
    @Test(.enabled(if: geteuid() != 0)) func aFileThatMayNotBeWritten() throws {
        let place = try Workplace.withUsers()
        unsafe chmod(place.file, 0o444)
        let outcome = try PandoProcess.run(["shell", place.file], input: "r.table('users').count()\nr.table('users').delete()")
        #expect(outcome.output == "3\n" && outcome.status == 1, "\(outcome.messages)")
        #expect(outcome.messages.contains("may not be written") && outcome.messages.contains("So it is open to read only."))
        #expect(try place.good("sql", place.file, input: "SELECT count(*) AS n FROM users").contains("3"))
        #expect(try place.bad("import", place.file, "app.users", "-", input: "{}").contains("may not be written"))
    }

    @Test func aDirectoryThatMayNotBeWritten() throws {
        let place = try Workplace()
        // The account that may write everywhere may not in sysfs.
        let isRoot = geteuid() == 0
        let directory = isRoot ? "/sys/kernel" : place.folder
        if !isRoot { unsafe chmod(directory, 0o555) }
        defer { if !isRoot { unsafe chmod(directory, 0o755) } }
        let file = directory + "/new.pando"
        #expect(try place.bad("db", file, "create", "app").contains(file))
        #expect(try place.bad("import", file, "a.b", "-", "--create", input: "{}").contains(file))
        #expect(try place.bad("serve", file, "--http-port", "0").contains(file))
    }

    private func pageSize(_ place: Workplace) throws -> Int {
        let json = try place.good("inspect", place.file, "--stats", "--json")
        let digits = json.split(separator: #""page_size":"#).last?.prefix { $0.isNumber } ?? ""
        return try #require(Int(digits))
    }

    /// The number of some leaf page that is in use.
    private func leafPage(_ place: Workplace) throws -> Int? {
        for number in 2..<200 where try PandoProcess.run(["inspect", place.file, "--page", String(number)]).output.contains(":docs:=1") {
            if try PandoProcess.run(["inspect", place.file, "--page", String(number)]).output.contains("leaf") { return number }
        }
        return nil
    }
}

/// All bytes of a file.
func fileBytes(_ path: String) throws -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw ProcessFailure(description: "\(path) can't be read") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while case let count = unsafe read(file, &piece, piece.count), count > 0 { bytes += piece[..<count] }
    return bytes
}
