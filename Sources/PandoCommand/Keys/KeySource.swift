import Ground
import httpd

/// Where the key of an encrypted file comes from.
///
/// Each source has an option, a variable of the environment and, for `pando serve`, a setting. The key itself is never a word of the command
/// line or a variable: other accounts may see those.
struct KeySource {
    /// Of the option, such as `new-` for `--new-key-file`.
    private let prefix: String
    private let keyFile: String?
    private let keyCommand: String?
    private let wrapCommand: String?
    private let transitKey: String?
    private let vaultField: String?
    private let asksPassphrase: Bool
    private let isPassphrase: Bool
    private let name: String?
    /// Whether the key is for a file that is made with it, so that a passphrase is asked for twice.
    private let isNew: Bool

    /// - Parameters:
    ///   - prefix: of the options.
    ///   - isNew: whether a file is made with the key.
    init(_ arguments: Arguments, prefix: String = "", isNew: Bool = false) throws(CommandError) {
        func value(_ option: String) -> String? { arguments.value(prefix + option) }
        self.prefix = prefix
        self.isNew = isNew
        let flag = arguments.has("\(prefix)passphrase")
        let given = KeyOptions.places.filter { value($0) != nil } + (flag ? ["passphrase"] : [])
        if given.count > 1 {
            throw .usage("--\(prefix)\(given[0]) and --\(prefix)\(given[1]) are two places for one key; name one of them.")
        }
        func source(_ option: String) -> String? {
            guard given.isEmpty else { return value(option) }
            let variable = "PANDO_" + (prefix + option).uppercased().split(separator: "-").joined(separator: "_")
            return SystemCalls.environment(variable).flatMap { $0.isEmpty ? nil : $0 }
        }
        (keyFile, keyCommand, wrapCommand, asksPassphrase) = (source("key-file"), source("key-command"), source("wrap-command"), flag)
        (transitKey, vaultField) = (source("vault-transit"), source("vault-kv"))
        if given.isEmpty, [keyFile, keyCommand, wrapCommand, transitKey, vaultField].count(where: { $0 != nil }) > 1 {
            throw .usage("Two variables say where the key is (PANDO_KEY_FILE, PANDO_VAULT_TRANSIT or another); name one place for it.")
        }
        isPassphrase =
            arguments.has("\(prefix)key-is-passphrase") || given.isEmpty && SystemCalls.environment("PANDO_KEY_IS_PASSPHRASE") == "1"
        name = value("key-name") ?? (prefix.isEmpty ? SystemCalls.environment("PANDO_KEY_NAME") : nil)
        if arguments.has("\(prefix)key-is-passphrase"), keyFile == nil, keyCommand == nil, vaultField == nil {
            throw .usage("--\(prefix)key-is-passphrase goes with --\(prefix)key-file, --\(prefix)key-command or --\(prefix)vault-kv.")
        }
    }

    /// The key: nil if no place was named for it.
    func key() throws -> FileEncryption? {
        if let wrapCommand { return try service(wrapCommand) }
        if let transitKey {
            let key = try VaultTransitKey(transitKey, in: Vault(), option: "--\(prefix)vault-transit")
            return try .service(name: name ?? key.name, wrap: { try key.wrap($0) }, unwrap: { try key.unwrap($0) })
        }
        if let vaultField {
            let bytes = try Vault().field(vaultField, option: "--\(prefix)vault-kv")
            return try encryption(bytes, fallback: vaultField.truncated(to: 128), what: "--\(prefix)vault-kv")
        }
        if let keyCommand {
            let bytes = try SystemCalls.output(ofShell: keyCommand, input: [], environment: [("PANDO_KEY_NAME", name ?? "")])
            return try encryption(bytes, fallback: "command", what: "--\(prefix)key-command")
        }
        if let keyFile { return try encryption(try Self.secret(keyFile), fallback: Self.fileName(keyFile), what: keyFile) }
        if asksPassphrase { return try askedPassphrase() }
        // systemd hands services their credentials in a folder that nobody else can read.
        if prefix.isEmpty, let folder = SystemCalls.environment("CREDENTIALS_DIRECTORY"), SystemCalls.exists("\(folder)/pando.key") {
            return try encryption(try Self.secret("\(folder)/pando.key", isCredential: true), fallback: "pando.key", what: "pando.key")
        }
        return nil
    }

    private func encryption(_ bytes: [UInt8], fallback: String, what: String) throws -> FileEncryption {
        let line = bytes.last == 0x0A ? bytes.dropLast(bytes.dropLast().last == 0x0D ? 2 : 1) : bytes[...]
        if isPassphrase {
            guard !line.isEmpty else { throw CommandError.failed("The passphrase of \(what) is empty.") }
            return try .passphrase(String(decoding: line, as: UTF8.self), name: name ?? "passphrase")
        }
        guard let key = Self.key(bytes) ?? Self.key(Array(line)) else {
            throw CommandError.failed(
                "\(what) gives no key: a key is 32 bytes, 64 hex digits or their Base64, such as `head -c 32 /dev/urandom` makes. "
                    + "For a passphrase say --\(prefix)key-is-passphrase.")
        }
        return try .masterKey(key, name: name ?? fallback)
    }

    private static func key(_ bytes: [UInt8]) -> [UInt8]? {
        if bytes.count == 32 { return bytes }
        let text = String(decoding: bytes, as: UTF8.self)
        if bytes.count == 64, text.allSatisfy({ $0.isASCII && $0.isHexDigit }) {
            let digits = text.compactMap(\.hexDigitValue)
            return (0..<32).map { UInt8(16 * digits[2 * $0] + digits[2 * $0 + 1]) }
        }
        guard let decoded = Base64.decode(text), decoded.count == 32 else { return nil }
        return decoded
    }

    private static func fileName(_ path: String) -> String { String(path.split(separator: "/").last ?? "key").truncated(to: 128) }

    /// The contents of a file that only its owner can read.
    private static func secret(_ path: String, isCredential: Bool = false) throws -> [UInt8] {
        guard SystemCalls.exists(path) else { throw CommandError.failed("There is no file \(path) with a key.") }
        let folder = SystemCalls.environment("CREDENTIALS_DIRECTORY") ?? ""
        let isTrusted = isCredential || !folder.isEmpty && path.hasPrefix(folder + "/")
        if !isTrusted, SystemCalls.isReadableByOthers(path) {
            throw CommandError.failed("Others can read \(path), so it is no place for a key: chmod 600 \(path)")
        }
        let file = try SystemCalls.openForReading(path)
        defer { SystemCalls.close(file) }
        var bytes = [UInt8](repeating: 0, count: 4097)
        let count = try SystemCalls.read(file, into: &bytes, of: path)
        guard (1...4096).contains(count) else { throw CommandError.failed("\(path) has no key, or is too long for one.") }
        return Array(bytes[..<count])
    }

    private func askedPassphrase() throws -> FileEncryption {
        guard let first = Terminal.readHidden(isNew ? "New passphrase: " : "Passphrase: ") else {
            throw CommandError.failed(
                "--\(prefix)passphrase asks at a terminal, and there is none; --key-file with --key-is-passphrase needs none.")
        }
        guard !first.isEmpty else { throw CommandError.failed("The passphrase is empty.") }
        if isNew, Terminal.readHidden("The same again: ") != first { throw CommandError.failed("The two passphrases are not the same.") }
        return try .passphrase(first, name: name ?? "passphrase")
    }

    private func service(_ command: String) throws -> FileEncryption {
        let name = name ?? "command"
        @Sendable func call(_ action: String, _ bytes: [UInt8]) throws -> [UInt8] {
            try SystemCalls.output(ofShell: "\(command) \(action)", input: bytes, environment: [("PANDO_KEY_NAME", name)])
        }
        return try .service(name: name, wrap: { try call("wrap", $0) }, unwrap: { try call("unwrap", $0) })
    }
}

extension String {
    fileprivate func truncated(to byteCount: Int) -> String {
        utf8.count <= byteCount ? self : String(decoding: utf8.prefix(byteCount), as: UTF8.self)
    }
}

extension Arguments {
    /// The key of the file that a command opens: nil if none was named.
    func key(isNew: Bool = false) throws -> FileEncryption? { try KeySource(self, isNew: isNew).key() }
}
