import Testing

@testable import PandoCommand

/// Import and export at a server.
@Suite struct ServedImportTests {
    @Test func documentsGoInAndOut() throws {
        let place = try Workplace.withUsers()
        let server = try PandoProcess(["serve", place.file, "--http-port", "0", "--driver-port", "none", "--bind", "127.0.0.1"])
        let address = String(try server.firstLine().dropFirst("http://".count))
        let rows = (0..<5000).map { "{\"id\":\($0),\"n\":\"\($0)\"}\n" }.joined()
        let first = try PandoProcess.run(
            ["import", "--connect", address, "app.numbers", "-", "--create", "--format", "ndjson"], input: rows)
        #expect(first.status == 0 && first.messages.contains("Imported 5,000 documents into app.numbers"), "\(first.messages)")
        #expect(try place.good("query", place.file, "r.db('app').table('numbers').count()") == "5000\n")

        // One bad line stops it there, or is named and left out.
        let bad = (5000..<5100).map { $0 == 5042 ? "{\"id\":null}\n" : $0 == 5050 ? "{oops\n" : "{\"id\":\($0)}\n" }.joined()
        let stopped = try PandoProcess.run(["import", "--connect", address, "app.numbers", "-", "--format", "ndjson"], input: bad)
        #expect(stopped.status == 1 && stopped.messages.contains("standard input, line 43:"), "\(stopped.messages)")
        #expect(try place.good("query", place.file, "r.db('app').table('numbers').count()") == "5042\n")
        let skipped = try PandoProcess.run(
            [
                "import", "--connect", address, "app.numbers", "-", "--format", "ndjson", "--on-error", "skip", "--conflict", "replace",
                "--json",
            ],
            input: bad)
        #expect(skipped.output == #"{"generated_keys":0,"inserted":56,"replaced":42,"skipped":2}"# + "\n", "\(skipped)")

        for words in [["app.users"], ["app.users", "--format", "csv"], ["app.users", "--format", "ndjson", "--fields", "id"]] {
            let atServer = try PandoProcess.run(["export", "--connect", address] + words)
            let onFile = try PandoProcess.run(["export", place.file] + words)
            #expect(atServer.output == onFile.output && atServer.status == 0)
        }
        // The columns are those of the documents that are written, in whatever order they come.
        let late = "{\"id\":\"a\",\"b\":\"7\"}\n{\"id\":\"b\",\"a\":{\"$reql_type$\":\"TIME\",\"epoch_time\":1,\"timezone\":\"+00:00\"}}\n"
        let made = try PandoProcess.run(["import", "--connect", address, "app.late", "-", "--create", "--format", "ndjson"], input: late)
        #expect(made.status == 0, "\(made)")
        let words = ["app.late", "--format", "csv"]
        let csv = try PandoProcess.run(["export", "--connect", address] + words)
        #expect(csv.status == 0 && csv.output.hasPrefix("id,a,b\r\na,,\"7\"\r\nb,"), "\(csv)")
        server.signal(15)
        _ = try server.finish()
    }
}
