import Testing

@testable import PandoCommand

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Where the key of a file is, as options and the environment say.
@Suite struct KeySourceTests {
    private let place: Workplace
    private let right = "echo " + String(repeating: "5a", count: 32)
    private let wrong = "echo " + String(repeating: "a5", count: 32)

    init() throws {
        place = try Workplace()
        try place.good("db", place.file, "create", "app", "--key-command", right, "--key-name", "prod")
    }

    /// What `pando status` on the file says: nothing if it opens.
    private func status(_ options: String..., environment: [String] = [], status: Int32 = 0) throws -> String {
        let outcome = try PandoProcess.run(["status", place.file] + options, environment: environment)
        #expect(outcome.status == status, "\(options), \(environment): \(outcome.messages)")
        return outcome.messages
    }

    private func secret(_ bytes: [UInt8], _ name: String) throws -> String {
        try place.store(bytes, as: name)
        unsafe chmod(place.path(name), 0o600)
        return place.path(name)
    }

    @Test func optionsGoBeforeVariables() throws {
        let both = ["PANDO_KEY_COMMAND=\(wrong)", "PANDO_KEY_FILE=\(place.path("none"))", "PANDO_KEY_IS_PASSPHRASE=1"]
        #expect(try status("--key-command", right, environment: both) == "")
        #expect(try status(environment: ["PANDO_KEY_COMMAND=\(right)", "PANDO_KEY_FILE=", "PANDO_KEY_IS_PASSPHRASE=0"]) == "")
        #expect(try status(environment: both, status: 2).contains("PANDO_KEY_FILE and PANDO_KEY_COMMAND are two places for one key"))
        // An option of one key says nothing of the other.
        let old = ["PANDO_KEY_COMMAND=\(right)", "PANDO_NEW_KEY_COMMAND=echo open sesame", "PANDO_NEW_KEY_IS_PASSPHRASE=1"]
        let outcome = try PandoProcess.run(["rekey", place.file, "--add"], environment: old)
        #expect(outcome.status == 0 && outcome.messages.contains("opens with prod, passphrase"), "\(outcome)")
        #expect(try place.good("key", place.file).contains("passphrase  passphrase"))
    }

    @Test func whatMakesNoSenseIsSaid() throws {
        for (options, environment, message) in [
            ([], ["PANDO_WRAP_COMMAND=cat", "PANDO_KEY_IS_PASSPHRASE=1"], "PANDO_KEY_IS_PASSPHRASE goes with"),
            ([], ["PANDO_KEY_COMMAND=\(right)", "PANDO_KEY_IS_PASSPHRASE=yes"], "PANDO_KEY_IS_PASSPHRASE is 1 or 0, not “yes”"),
            (["--key-is-passphrase"], ["PANDO_VAULT_TRANSIT=pando"], "not with PANDO_VAULT_TRANSIT"),
            (["--passphrase", "--key-is-passphrase"], [], "--key-is-passphrase goes with"),
            (["--key-is-passphrase"], [], "--key-is-passphrase goes with"),
            (["--key-name", "x"], [], "say where it is"),
            (["--key-command", right, "--passphrase"], [], "--key-command and --passphrase are two places"),
        ] as [([String], [String], String)] {
            let outcome = try PandoProcess.run(["status", place.file] + options, environment: environment)
            #expect(outcome.status == 2 && outcome.messages.contains(message), "\(options), \(environment): \(outcome.messages)")
        }
        // Without a place it says nothing, as in a shell that has it for other files.
        let plain = try PandoProcess.run(["db", place.path("plain.pando"), "create", "a"], environment: ["PANDO_KEY_IS_PASSPHRASE=1"])
        #expect(plain.status == 0)
        let served = try place.bad("status", "--connect", "127.0.0.1:1", "--key-command", right, status: 2)
        #expect(served.contains("the server of --connect has its own key"))
    }

    /// `pando serve` on the file, with lines of a file of settings: what it says if it doesn't start.
    private func served(_ lines: String, _ options: String..., environment: [String] = [], status: Int32) throws -> String {
        let config = try place.store(lines, as: "pando.conf")
        let outcome = try PandoProcess.run(
            ["serve", place.file, "--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--config", config] + options,
            environment: environment)
        #expect(outcome.status == status, "\(lines), \(options), \(environment): \(outcome.messages)")
        return outcome.messages
    }

    /// What `--print-config` tells of a setting: its value, and what says it.
    private func printed(_ setting: String, _ lines: String, _ options: String..., environment: [String] = []) throws -> String {
        let config = try place.store(lines, as: "pando.conf")
        let outcome = try PandoProcess.run(
            ["serve", place.file, "--config", config, "--print-config"] + options, environment: environment)
        #expect(outcome.status == 0, "\(outcome.messages)")
        let words = outcome.lines.map { $0.split(separator: " ") }.first { $0.first ?? "" == setting }
        return try #require(words).dropFirst().joined(separator: " ")
    }

    @Test func theFileOfSettingsSaysWhereTheKeyIs() throws {
        let config = try place.store("# ours\nkey-command = \(right)\n", as: "pando.conf")
        let server = try PandoProcess(
            ["serve", place.file, "--http-port", "0", "--driver-port", "none", "--pg-port", "none", "--config", config])
        #expect(try server.firstLine().hasPrefix("http://"))
        server.signal(SIGTERM)
        #expect(try server.finish().status == 0)

        let wrong = "key-command = \(wrong)\n"
        #expect(try served(wrong, status: 1).contains("his is not the key of"))
        // What is said elsewhere goes before it, as of all settings.
        let missing = place.path("none")
        #expect(try served(wrong, environment: ["PANDO_KEY_FILE=\(missing)"], status: 1).contains("which PANDO_KEY_FILE names"))
        let both = try served(wrong, "--key-file", missing, environment: ["PANDO_KEY_COMMAND=\(right)"], status: 1)
        #expect(both.contains("which --key-file names"))
        #expect(try printed("key-file", "key-file = here\n") == "here \(config), line 1")
        #expect(try printed("key-file", "key-file = here\n", environment: ["PANDO_KEY_FILE=there"]) == "there PANDO_KEY_FILE")
        #expect(try printed("key-file", "key-file = here\n", "--key-file", "x", environment: ["PANDO_KEY_FILE=y"]) == "x --key-file")
        #expect(try printed("key-name", "\n") == "default")
        // A field of Vault's has the mark that begins a comment elsewhere.
        let field = try printed("vault-kv", "vault-kv = secret/pando#key # ours\n")
        #expect(field == "secret/pando#key \(config), line 1")
    }

    @Test func wrongSettingsOfKeysAreNamedWithTheirLine() throws {
        let config = place.path("pando.conf")
        let file = "key-file = \(place.path("none"))\n"
        for (lines, status, message) in [
            (file, 1, "which key-file (\(config), line 1) names"),
            ("\n\(file)vault-kv = a/b#c\n", 2, "key-file (\(config), line 2) and vault-kv (\(config), line 3) are two places for one key"),
            ("key-is-passphrase = yes\n\(file)", 2, "key-is-passphrase (\(config), line 1) is true or false, not “yes”"),
            ("wrap-command = cat\nkey-is-passphrase = true\n", 2, "key-is-passphrase (\(config), line 2) goes with"),
            ("passphrase = open sesame\n", 1, "line 1: a passphrase is asked for at the terminal, and is no setting"),
            ("key-fil = x\n", 1, "there is no setting key-fil. Did you mean key-file?"),
            ("vault-transit = pando\n", 2, "Say where Vault is: --vault-addr"),
            ("vault-transit = pando\nvault-addr = vault\n", 2, "vault-addr (\(config), line 2) is https://HOST:PORT"),
            ("vault-transit = a b\nvault-addr = http://127.0.0.1:1\n", 2, "vault-transit (\(config), line 1): “a b” is no path"),
            (
                "vault-transit = pando\nvault-addr = http://127.0.0.1:1\nvault-role-id = x\n", 2,
                "vault-role-id (\(config), line 3) goes with --vault-secret-id-file"
            ),
        ] as [(String, Int32, String)] {
            let told = try served(lines, status: status)
            #expect(told.contains(message) && !told.contains("sesame"), "\(lines): \(told)")
        }
        // Whether it is a passphrase is said of the place beside it.
        let pass = try secret(Array("open sesame\n".utf8), "pass")
        #expect(try served("key-is-passphrase = true\n", "--key-file", pass, status: 1).contains("gives no key: a key is 32 bytes"))
        #expect(try served("key-file = \(pass)\nkey-is-passphrase = true\n", status: 1).contains("his is not the key of"))
    }

    @Test func optionsSayWhereVaultIs() throws {
        for (options, environment, status, message) in [
            (["--vault-addr", "vault"], ["VAULT_ADDR=http://127.0.0.1:1"], 2, "--vault-addr is https://HOST:PORT"),
            (["--vault-addr", "http://vault.example"], [], 2, "--vault-addr is in the clear"),
            ([], ["PANDO_VAULT_ADDR=vault", "VAULT_ADDR=http://127.0.0.1:1"], 2, "PANDO_VAULT_ADDR is https://HOST:PORT"),
            (["--vault-addr", "http://127.0.0.1:1", "--vault-role-id", "x"], [], 2, "--vault-role-id goes with --vault-secret-id-file"),
            (
                ["--vault-addr", "http://127.0.0.1:1", "--vault-secret-id-file", "x"], ["VAULT_TOKEN=t"], 2,
                "--vault-secret-id-file goes with --vault-role-id"
            ),
            (
                ["--vault-addr", "http://127.0.0.1:1", "--vault-role-id", "x", "--vault-secret-id-file", place.path("none")],
                ["PANDO_VAULT_SECRET_ID_FILE=\(place.path("other"))"], 1,
                "There is no file \(place.path("none")), which --vault-secret-id-file names"
            ),
            (["--vault-addr", "http://127.0.0.1:1"], ["VAULT_TOKEN=t"], 1, "No server answers"),
        ] as [([String], [String], Int32, String)] {
            let words = ["db", place.path("new.pando"), "create", "a", "--vault-transit", "pando"]
            let outcome = try PandoProcess.run(words + options, environment: environment)
            #expect(outcome.status == status && outcome.messages.contains(message), "\(options): \(outcome.messages)")
        }
        #expect(try status("--vault-addr", "http://127.0.0.1:1", status: 2).contains("is of a key that is with Vault: say which"))
        let served = try place.bad("status", "--connect", "127.0.0.1:1", "--vault-role-id", "x", status: 2)
        #expect(served.contains("the server of --connect has its own key"))
    }

    /// Bytes of chance are a key; as a text they would lose most of what is in them.
    @Test func aPassphraseIsText() throws {
        let file = try secret([UInt8](repeating: 0xFF, count: 32), "pass")
        let message = try place.bad("db", place.path("p.pando"), "create", "a", "--key-file", file, "--key-is-passphrase")
        #expect(message.contains("is no text in UTF-8") && !place.exists("p.pando"))
    }

    @Test func aFileWithoutAKeyIsNamedWithWhatNamesIt() throws {
        let missing = try status("--key-file", place.path("none"), status: 1)
        #expect(missing.contains("There is no file \(place.path("none")) with a key, which --key-file names"))
        #expect(try status(environment: ["PANDO_KEY_FILE=\(place.path("none"))"], status: 1).contains("which PANDO_KEY_FILE names"))
        let new = try place.bad("encrypt", place.file, place.path("to"), "--key-file", place.path("none"))
        #expect(new.contains("is encrypted already"))
        try place.good("db", place.path("plain.pando"), "create", "a")
        let made = try place.bad("encrypt", place.path("plain.pando"), "--key-file", place.path("none"))
        #expect(made.contains("head -c 32 /dev/urandom > \(place.path("none"))"))
        #expect(try status("--key-file", place.folder, status: 1).contains("is a directory"))
        #expect(try status("--key-file", secret([], "empty"), status: 1).contains("is empty: it has no key"))
        #expect(try status("--key-file", secret([UInt8](repeating: 1, count: 5000), "long"), status: 1).contains("is too long for a key"))
        #expect(try status("--key-file", secret([1, 2, 3], "short"), status: 1).contains("gives no key: a key is 32 bytes"))
    }

    /// A command is told which key is wanted.
    @Test func commandsAreToldTheNameOfTheKey() throws {
        let named = #"printf %s "$PANDO_KEY_NAME" > \#(place.path("name")); \#(right)"#
        func told() throws -> String { String(decoding: try place.bytes("name"), as: UTF8.self) }
        #expect(try status("--key-command", named) == "")
        #expect(try told() == "prod")
        _ = try status("--key-command", named, "--key-name", "other")
        #expect(try told() == "other")
        _ = try status("--key-command", named, environment: ["PANDO_KEY_NAME=third"])
        #expect(try told() == "third")
        try place.good("db", place.path("new.pando"), "create", "a", "--key-command", named)
        #expect(try told() == "command")

        let wrap = place.path("wrap")
        _ = try secret(Array("#!/bin/sh\necho \"$1 $PANDO_KEY_NAME\" >> \(place.path("calls"))\nexec cat\n".utf8), "wrap")
        unsafe chmod(wrap, 0o700)
        func calls() throws -> String { String(decoding: try place.bytes("calls"), as: UTF8.self) }
        try place.good("db", place.path("wrapped.pando"), "create", "a", "--wrap-command", wrap, "--key-name", "kms")
        try place.good("status", place.path("wrapped.pando"), "--wrap-command", wrap)
        let lines = try calls().split(separator: "\n")
        #expect(lines.first == "wrap kms" && lines.count > 2 && lines.dropFirst().allSatisfy { $0 == "unwrap kms" })
    }

    /// What the shell leaves of an encrypted file is encrypted, too.
    @Test func theShellsDumpIsSealed() throws {
        let archive = place.path("shell.pandoarc")
        let outcome = try PandoProcess.run(["shell", place.file, "--key-command", right], input: ".dump '\(archive)'\n")
        #expect(outcome.status == 0 && outcome.messages.contains("under the file's keys"), "\(outcome)")
        #expect(try place.bytes("shell.pandoarc").starts(with: Array("PandoArc".utf8)))
        try place.good("restore", place.path("again.pando"), archive, "--key-command", right)
        try place.good("db", place.path("plain.pando"), "create", "app")
        let plain = try PandoProcess.run(["shell", place.path("plain.pando")], input: ".dump '\(place.path("plain.tar"))'\n")
        #expect(plain.status == 0 && !plain.messages.contains("keys"), "\(plain)")
        #expect(try !place.bytes("plain.tar").starts(with: Array("PandoArc".utf8)))
    }

    /// Each command is told of its own key, whatever another one was told before and our environment says.
    @Test func twoCommandsAreToldOfTwoKeys() throws {
        let told = place.path("told")
        let outcome = try PandoProcess.run([
            "rekey", place.file, "--key-command", #"echo "old $PANDO_KEY_NAME" >> \#(told); \#(right)"#,
            "--new-key-command", #"echo "new $PANDO_KEY_NAME" >> \#(told); \#(wrong)"#, "--new-key-name", "next",
        ])
        #expect(outcome.status == 0, "\(outcome.messages)")
        #expect(String(decoding: try place.bytes("told"), as: UTF8.self) == "old prod\nnew next\n")

        let wrap = place.path("wrap")
        _ = try secret(Array("#!/bin/sh\necho \"$1 $PANDO_KEY_NAME\" >> \(place.path("calls"))\nexec cat\n".utf8), "wrap")
        unsafe chmod(wrap, 0o700)
        let file = place.path("wrapped.pando")
        try place.good("db", file, "create", "a", "--wrap-command", wrap, "--key-name", "east")
        try place.good("rekey", file, "--wrap-command", wrap, "--new-wrap-command", wrap, "--new-key-name", "west", "--add")
        let calls = String(decoding: try place.bytes("calls"), as: UTF8.self).split(separator: "\n")
        #expect(calls.suffix(2) == ["wrap west", "unwrap west"], "\(calls)")
        let elsewhere = try PandoProcess.run(["status", file, "--wrap-command", wrap], environment: ["PANDO_KEY_NAME=elsewhere"])
        #expect(elsewhere.status == 0)
        #expect(try String(decoding: place.bytes("calls"), as: UTF8.self).hasSuffix("unwrap east\n"))
    }
}
