import Testing

@testable import Catalog

/// Archives from elsewhere, good and bad.
@Suite struct MalformedArchiveTests {
    let catalog: Catalog

    init() throws {
        catalog = try Catalog.inMemory()
        try catalog.fill("d", "other", [["id": 1]])
    }

    @Test(arguments: [
        "[\n]\n", "[]", "[{\"id\": 1}]", "{\"id\": 1}", "{\"id\": 1}\n{\"id\": 2}\n", "{\"id\":1}{\"id\":2}",
        " \n [ { \"id\" : \"a\" } ,\r\n { \"id\" : \"\\u00e9\" } ]  \n\n",
    ])
    func rowsInEveryForm(_ rows: String) throws {
        try catalog.restore(ArchiveBuilder.table(rows: rows))
        let snapshot = try catalog.snapshot()
        let count = rows.split(separator: "\"id\"", omittingEmptySubsequences: false).count - 1
        #expect(try snapshot.documentCount(in: snapshot.existing("d", "t")) == count)
        try catalog.expectSound()
    }

    @Test(
        arguments: [
            ("", .malformedArchive), ("[", .malformedArchive), ("[{\"id\": 1}", .malformedArchive), ("[{\"id\": 1},]", .malformedArchive),
            ("[{\"id\": 1}] x", .malformedArchive), ("[{\"id\": 1}] {\"id\": 2}", .malformedArchive), ("{\"id\": 1", .malformedArchive),
            ("[{\"id\": 1, \"id\": 2}]", .malformedArchive), ("[{\"id\": \"\\ud800\"}]", .malformedArchive),
            ("[{\"id\": {\"$reql_type$\": \"COLOR\"}}]", .malformedArchive),
            ("[5]", .notStorable), ("[{\"name\": 1}]", .keyMissing), ("[{\"id\": null}]", .keyNull), ("[{\"id\": {}}]", .invalidKey),
            ("[{\"id\": 1},\n{\"id\": 1}]", .documentExists), ("[{\"id\": 2},\n{\"id\": 1},\n{\"id\": 2}]", .documentExists),
        ] as [(String, CatalogError.Kind)])
    func badRows(_ rows: String, _ kind: CatalogError.Kind) throws {
        let before = try catalog.contents()
        let error = expectError(kind) { try catalog.restore(ArchiveBuilder.table(rows: rows)) }
        #expect(try #require(error).message.contains("root/d/t.json"))
        #expect(try catalog.contents() == before, "nothing half-made")
        try catalog.expectSound()
    }

    @Test func theLineIsNamed() throws {
        let rows = "[\n{\"id\": 1},\n{\"id\": 2},\n{\"idd\": 3}\n]\n"
        let error = expectError(.keyMissing) { try catalog.restore(ArchiveBuilder.table(rows: rows)) }
        #expect(try #require(error).message.contains("line 4"))
        let brokenRows = "[\n{\"id\": 1},\n{\"id\": tru}\n]\n"
        let broken = expectError(.malformedArchive) { try catalog.restore(ArchiveBuilder.table(rows: brokenRows)) }
        #expect(try #require(broken).message.contains("line 3"))
    }

    @Test func tablesBeforeABadOneStay() throws {
        let info = #"{"primary_key": "id"}"#
        let archive = ArchiveBuilder.archive([
            ("r/d/a.info", info), ("r/d/a.json", "[{\"id\": 1}]"), ("r/d/b.json", "[{}]"), ("r/d/b.info", info),
        ])
        let error = expectError(.keyMissing) { try catalog.restore(archive) }
        #expect(try #require(error).message.hasSuffix("One table of 1 documents had been restored before, and stay."))
        #expect(try catalog.contents().keys.sorted() == ["d.a", "d.other"])
        try catalog.expectSound()
    }

    @Test(arguments: ["", "{", "[]", "5", "{}", #"{"primary_key": null}"#, #"{"primary_key": 5}"#, #"{"primary_key": "id"} x"#])
    func badInfo(_ info: String) throws {
        let error = expectError(.malformedArchive) { try catalog.restore(ArchiveBuilder.table(rows: "[]", info: info)) }
        #expect(try #require(error).message.contains("root/d/t.info"))
        #expect(try catalog.contents().keys.sorted() == ["d.other"])
    }

    @Test(arguments: [
        ["d/t.json"], ["t.json"], ["a/b/d/t.json"], ["r/d/t.json", "s/d/t.info"], ["r/d/t.txt"], ["r/d/README"],
        ["r/d/t.csv", "r/d/t.info"], ["r/d/t.info", "r/d/t.info"], ["r/d/t.json", "r/d/t.json"],
        ["../d/t.json"], ["r/../d/t.json"], ["r/d/t.json", "r/d/t.info", "../../etc/passwd"], ["/r/d/t.json"], ["/etc/passwd"],
    ])
    func badNames(_ paths: [String]) throws {
        expectError(.malformedArchive) { try catalog.restore(ArchiveBuilder.archive(paths.map { ($0, "{}") })) }
        #expect(try catalog.contents().keys.sorted() == ["d.other"])
    }

    @Test func leadingDots() throws {
        let archive = ArchiveBuilder.archive([
            ("./r/d/t.json", "[{\"id\": 1}]"), ("./r/./d/t.info", #"{"primary_key": "id"}"#), ("r/d/notes.txt", "ignored"),
        ])
        #expect(try catalog.restore(archive).rows == 1)
    }

    /// Where a file is missing beside another, the archive was cut off if it has no end; and where no table is whole, nothing is restored.
    @Test func halvesOfTables() throws {
        let whole = ArchiveBuilder.archive([
            ("r/d/s.info", #"{"primary_key": "id"}"#), ("r/d/s.json", "[]"), ("r/d/t.json", "[]"),
            ("r/d/t.info", #"{"primary_key": "id"}"#),
        ])
        let cut = Array(whole[..<(6 * 512)])
        let error = expectError(.malformedArchive) { try catalog.restore(cut) }
        #expect(try #require(error).message.contains("It is cut off: it has no end. `r/d/t.json` was left out"))
        for name in ["t.json", "t.info"] {
            let half = expectError(.malformedArchive) {
                try catalog.restore(ArchiveBuilder.archive([("r/d/\(name)", #"{"primary_key": "id"}"#)]))
            }
            #expect(try #require(half).message.contains("`r/d/\(name)` was left out"))
        }
        #expect(try catalog.contents().keys.sorted() == ["d.other"])
        // With all its members it needs no end.
        #expect(try catalog.restore(Array(whole[..<(8 * 512)])).tables == 2)
    }

    /// Symbolic and hard links, devices, pipes, sparse files.
    @Test(arguments: ["1", "2", "3", "4", "6", "S"])
    func whatIsNoFile(_ kind: String) throws {
        var header = Tar.header(path: "r/d/t.json", byteCount: 0, modified: 0)
        header[156] = Array(kind.utf8)[0]
        TarTests.sign(&header)
        let error = expectError(.malformedArchive) { try catalog.restore(header + ArchiveBuilder.table(rows: "[]")) }
        #expect(try #require(error).message.contains("`r/d/t.json` is a link or a device"))
        #expect(try catalog.contents().keys.sorted() == ["d.other"])
    }

    /// Pando says how many documents there are.
    @Test(arguments: [1, 3])
    func wrongCounts(_ count: Int) throws {
        let source = try Catalog.inMemory()
        try source.fill("app", "users", [["id": 1], ["id": 2]])
        var files = try ArchiveBuilder.files(in: source.snapshot().dumped())
        files["root/app/users.json"] = (1...count).map { "{\"id\":\($0)}" }.joined(separator: "\n")
        let archive = ArchiveBuilder.archive(files.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        let error = expectError(.malformedArchive) { try catalog.restore(archive) }
        #expect(try #require(error).message.contains("has \(count) documents; there should be 2"))
        #expect(try catalog.contents().keys.sorted() == ["d.other"])
    }

    @Test func whatHasNoCounterpartIsNoted() throws {
        let archive = ArchiveBuilder.archive([
            ("r/d/t.json", "[{\"id\": 1}]"), ("r/d/t.info", #"{"primary_key": "id", "indexes": [{"index": "age"}], "write_hook": {}}"#),
            ("r/d/lonely.json", "[]"), ("r/e/bare.info", #"{"primary_key": "id"}"#),
        ])
        let summary = try catalog.restore(archive)
        #expect(summary.tables == 1 && summary.databases == 1)
        #expect(summary.notes.count == 4, "\(summary.notes)")
        #expect(try catalog.snapshot().database("e") == nil)
    }

    @Test func namesObeyTheRule() throws {
        let archive = ArchiveBuilder.archive([("r/my-app/t.json", "[]"), ("r/my-app/t.info", #"{"primary_key": "id"}"#)])
        let error = expectError(.invalidName) { try catalog.restore(archive) }
        #expect(try #require(error).message.contains("--names rethinkdb"))
        var options = CatalogOptions()
        options.names = .rethinkdb
        let open = try Catalog.inMemory(options: options)
        try open.restore(archive)
        #expect(try open.contents().keys.sorted() == ["my-app.t"])
        let system = ArchiveBuilder.archive([("r/rethinkdb/t.json", "[]"), ("r/rethinkdb/t.info", #"{"primary_key": "id"}"#)])
        expectError(.databaseExists) { try catalog.restore(system) }
    }

    static let badDatabaseFiles = [
        "", "{", "[]", "{}", #"{"id": "x", "name": "d", "created_at": 0}"#,
        #"{"id": "11111111-1111-4111-8111-111111111111", "name": "d", "created_at": 0, "tables": [{}]}"#,
        #"{"id": "11111111-1111-4111-8111-111111111111", "name": "d", "created_at": 0, "tables": [{"id": ":", "name": "t", "database_id": "x", "primary_key": "id", "created_at": 0}]}"#,
    ]

    @Test(arguments: badDatabaseFiles)
    func badDatabaseFile(_ contents: String) throws {
        expectError(.malformedArchive) { try catalog.restore(ArchiveBuilder.archive([("r/d/database.pando", contents)])) }
        #expect(try catalog.contents().keys.sorted() == ["d.other"])
    }

    /// Cut or flipped anywhere, a dump restores to nothing but a clear error, or to the whole of some tables.
    @Test func damagedDumps() throws {
        let source = try Catalog.inMemory()
        try source.fill("app", "users", (0..<50).map { ["id": Datum($0), "text": "some text"] })
        try source.fill("app", "orders", (0..<20).map { ["id": Datum($0)] })
        let whole = try source.snapshot().dumped()
        let contents = try source.contents()
        for length in stride(from: 0, to: whole.count, by: 331) {
            let target = try Catalog.inMemory()
            do {
                try target.restore(Array(whole[..<length]))
            } catch let error as CatalogError {
                #expect(error.kind == .malformedArchive, "\(error)")
            }
            for (table, rows) in try target.contents() { #expect(rows == contents[table]) }
            try target.expectSound()
        }
        for place in stride(from: 3, to: whole.count, by: 331) {
            var bytes = whole
            bytes[place] ^= 0x04
            let target = try Catalog.inMemory()
            _ = try? target.restore(bytes)
            try target.expectSound()
        }
    }
}
