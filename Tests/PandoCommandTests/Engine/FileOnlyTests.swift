import Testing

/// What a file alone has is refused before anybody is asked: nobody listens at the port of these URLs.
@Suite struct FileOnlyTests {
    private static let url = "postgresql://user:secret@127.0.0.1:1/app"

    @Test(
        arguments: [
            ["backup", url, "copy"], ["backup", "app.pando", "copy", "--since", url], ["restore-chain", url, "delta", "copy"],
            ["restore-chain", "app.pando", "delta", url], ["compact", url], ["promote", url], ["digest", url], ["diff", url, "app.pando"],
            ["diff", "app.pando", url], ["inspect", url, "--tree"], ["inspect", url, "--page", "1"],
            ["inspect", url, "--follow"], ["state", url, "list"], ["encrypt", url], ["decrypt", url, "copy"], ["rekey", url], ["key", url],
        ] as [[String]])
    func commandsOfAFileSayWhatToDoInstead(words: [String]) throws {
        let outcome = try PandoProcess.run(words)
        #expect(outcome.status == 1 && outcome.output == "")
        #expect(outcome.messages.contains("127.0.0.1:1/app is kept by an engine, not in a file of Pando's"), "\(outcome.messages)")
        #expect(outcome.messages.split(separator: "\n").count == 1 && !outcome.messages.contains("secret"), "\(outcome.messages)")
    }

    @Test(
        arguments: [
            "history=24h", "standby-of=127.0.0.1:1", "sync-standbys=1", "sync-timeout=never", "lock-memory=true",
            "lease=etcd://127.0.0.1:1/app", "lease-time=5", "advertise=http://127.0.0.1:1",
            "at-least=f81d4fae-7dec-41d0-a765-00a0c91e6bf6.7.1",
        ])
    func settingsOfAFileAreRefused(setting: String) throws {
        let parts = setting.split(separator: "=").map { String($0) }
        let told = try PandoProcess.run(["serve", Self.url, "--\(parts[0])", parts[1]])
        #expect(told.status == 2 && told.messages.contains("--\(parts[0]) is of a file, and here an engine"), "\(told.messages)")
        let name = "PANDO_" + parts[0].uppercased().split(separator: "-").joined(separator: "_")
        let noted = try PandoProcess.run(["serve", Self.url], environment: ["\(name)=\(parts[1])"])
        #expect(noted.status == 2 && noted.messages.contains("\(parts[0]) (\(name)) is of a file"), "\(noted.messages)")
    }
}
