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
}
