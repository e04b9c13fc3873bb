import Ground
import httpd

/// Where the key of an encrypted file comes from.
///
/// Each source has an option, a variable of the environment and, of `pando serve`, a setting in a file; they count in this order. The key
/// itself is none of these: other accounts may see them.
struct KeySource {
    /// Where a key is.
    private struct Place {
        /// Without the prefix, such as `key-file`; `passphrase` and `credential` are places, too.
        let option: String
        let value: String
        /// What named it, for messages: an option, a variable, or a line of a file.
        let said: String

        /// Whether what it gives could be a passphrase.
        var givesBytes: Bool { ["key-file", "key-command", "vault-kv", "credential"].contains(option) }
    }

    private let settings: KeySettings
    /// Of the option, such as `new-` for `--new-key-file`.
    private let prefix: String
    private let place: Place?
    private let isPassphrase: Bool
    private let name: String?
    /// Whether the key is for a file that is made with it, so that a passphrase is asked for twice.
    private let isNew: Bool
    /// The file that the key is to open, if there is one.
    private let file: String?

    /// - Parameters:
    ///   - prefix: of the options.
    ///   - isNew: whether a file is made with the key.
    ///   - file: that the key is to open; it need not exist.
    init(_ settings: KeySettings, prefix: String = "", isNew: Bool = false, file: String? = nil) throws(CommandError) {
        (self.settings, self.prefix, self.isNew, self.file) = (settings, prefix, isNew, file)
        // The first that names a place is in the stead of all that the others say of places.
        var given: [Place] = []
        var level = KeySettings.Level.file
        for one in KeySettings.Level.allCases {
            given = KeyOptions.places.compactMap { option in
                settings.value(prefix + option, at: one).map { Place(option: option, value: $0.text, said: $0.said) }
            }
            if one == .commandLine, settings.arguments.has("\(prefix)passphrase") {
                given.append(Place(option: "passphrase", value: "", said: "--\(prefix)passphrase"))
            }
            level = one
            if !given.isEmpty { break }
        }
        guard given.count < 2 else {
            throw .usage("\(given[0].said) and \(given[1].said) are two places for one key; name one of them.")
        }
        let place = given.first ?? (prefix.isEmpty ? Self.credential : nil)
        self.place = place

        let isSaid = settings.arguments.has("\(prefix)key-is-passphrase")
        let option = "\(prefix)key-is-passphrase"
        let meaning = try isSaid ? "--\(option)" : Self.passphraseMeaning(settings, option, to: level)
        isPassphrase = meaning != nil
        if let meaning, isSaid || place != nil, place?.givesBytes != true {
            let other = place.map { ", not with \($0.said)" } ?? ""
            throw .usage("\(meaning) goes with --\(prefix)key-file, --\(prefix)key-command or --\(prefix)vault-kv\(other).")
        }
        let called = settings.value("\(prefix)key-name")
        if let called, called.source.hasPrefix("--"), place == nil {
            throw .usage("--\(prefix)key-name is what a key is called: say where it is (\(KeyOptions.wanted(prefix))).")
        }
        name = called?.text
        if prefix.isEmpty { try Self.requireVault(settings) }
    }

    init(_ arguments: Arguments, prefix: String = "", isNew: Bool = false, file: String? = nil) throws(CommandError) {
        try self.init(KeySettings(arguments), prefix: prefix, isNew: isNew, file: file)
    }

    /// What says that the key is a passphrase: nil if nothing does.
    ///
    /// - Parameter level: at which the place is said; what is said below it is of another place.
    private static func passphraseMeaning(
        _ settings: KeySettings, _ option: String, to level: KeySettings.Level
    ) throws(CommandError) -> String? {
        for one in [KeySettings.Level.environment, .file] where one.rawValue <= level.rawValue {
            guard let value = settings.value(option, at: one) else { continue }
            switch value.text {
            case "1", "true": return value.said
            case "0", "false": return nil
            case let other: throw .usage("\(value.said) is \(one == .file ? "true or false" : "1 or 0"), not “\(other)”.")
            }
        }
        return nil
    }

    /// - Throws: that an option says where Vault is, and none that a key is there.
    private static func requireVault(_ settings: KeySettings) throws(CommandError) {
        guard let option = KeyOptions.vault.map(\.name).first(where: { settings.arguments.value($0) != nil }) else { return }
        let keys = KeyOptions.prefixes.flatMap { prefix in KeyOptions.places.filter { $0.hasPrefix("vault-") }.map { prefix + $0 } }
        guard !keys.contains(where: { settings.value($0) != nil }) else { return }
        throw .usage("--\(option) is of a key that is with Vault: say which (--vault-transit, --vault-kv).")
    }

    /// What systemd hands a service, in a folder that nobody else can read.
    private static var credential: Place? {
        guard let folder = KeySettings.environment("CREDENTIALS_DIRECTORY"), SystemCalls.exists("\(folder)/pando.key") else { return nil }
        return Place(option: "credential", value: "\(folder)/pando.key", said: "CREDENTIALS_DIRECTORY")
    }

    /// The key: nil if no place was named for it.
    func key() throws -> FileEncryption? {
        guard let place else { return nil }
        // From here on the process has the key, and then what it opens.
        SystemFacts.forbidCoreDumps()
        switch place.option {
        case "wrap-command": return try service(place.value)
        case "vault-transit":
            let key = try VaultTransitKey(place.value, in: Vault(settings), option: place.said)
            return try .service(name: name ?? key.name, wrap: { try key.wrap($0) }, unwrap: { try key.unwrap($0) })
        case "vault-kv":
            var bytes = try Vault(settings).field(place.value, option: place.said)
            defer { bytes.erase() }
            return try encryption(bytes, fallback: place.value.truncated(to: 128), what: place.said)
        case "key-command":
            var bytes = try SystemCalls.output(ofShell: place.value, input: [], environment: [("PANDO_KEY_NAME", wantedName)])
            defer { bytes.erase() }
            return try encryption(bytes, fallback: Self.commandName, what: place.said)
        case "passphrase": return try askedPassphrase()
        default:
            var bytes = try Self.secret(place, isNew: isNew)
            defer { bytes.erase() }
            return try encryption(bytes, fallback: Self.fileName(place.value), what: place.value)
        }
    }

    /// What a key from a command is called if nobody says.
    private static let commandName = "command"

    /// What a command is told that its key is called: as was said, as the file calls it, or as a new one will be called.
    private var wantedName: String {
        if let name { return name }
        let kind = isPassphrase ? "passphrase" : "key"
        let keys = file.flatMap { try? Catalog.keys(ofFileAt: $0) } ?? []
        return keys.first { $0.kind == kind }?.name ?? (isPassphrase ? "passphrase" : Self.commandName)
    }

    private func encryption(_ bytes: [UInt8], fallback: String, what: String) throws -> FileEncryption {
        let line = bytes.last == 0x0A ? bytes.dropLast(bytes.dropLast().last == 0x0D ? 2 : 1) : bytes[...]
        if isPassphrase {
            guard !line.isEmpty else { throw CommandError.failed("The passphrase of \(what) is empty.") }
            guard let text = String(validating: line, as: UTF8.self) else {
                throw CommandError.failed(
                    "The passphrase of \(what) is no text in UTF-8. Is it a key? Then leave --\(prefix)key-is-passphrase out.")
            }
            return try .passphrase(text, name: name ?? "passphrase")
        }
        guard var key = Self.key(bytes) ?? Self.key(Array(line)) else {
            throw CommandError.failed(
                "\(what) gives no key: a key is 32 bytes, 64 hex digits or their Base64, such as `head -c 32 /dev/urandom` makes. "
                    + "For a passphrase say --\(prefix)key-is-passphrase.")
        }
        defer { key.erase() }
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
    private static func secret(_ place: Place, isNew: Bool) throws -> [UInt8] {
        let path = place.value
        guard SystemCalls.exists(path) else {
            let advice = isNew ? ", or make one: (umask 077; head -c 32 /dev/urandom > \(path))" : ""
            throw CommandError.failed("There is no file \(path) with a key, which \(place.said) names: say where the key is\(advice).")
        }
        if SystemCalls.isDirectory(path) {
            throw CommandError.failed("\(path) is a directory; \(place.said) names a file with the key.")
        }
        let folder = KeySettings.environment("CREDENTIALS_DIRECTORY")
        let isTrusted = place.option == "credential" || folder.map { path.hasPrefix($0 + "/") } ?? false
        if !isTrusted, SystemCalls.isReadableByOthers(path) {
            throw CommandError.failed("Others can read \(path), so it is no place for a key: chmod 600 \(path)")
        }
        let file: Int32
        do { file = try SystemCalls.openForReading(path) } catch {
            throw CommandError.failed("The key of \(place.said) can't be read (\(error)): the account that runs pando has to own the file.")
        }
        defer { SystemCalls.close(file) }
        var bytes = [UInt8](repeating: 0, count: 4097)
        defer { bytes.erase() }
        let count = try SystemCalls.read(file, into: &bytes, of: path)
        guard count > 0 else { throw CommandError.failed("\(path), which \(place.said) names, is empty: it has no key.") }
        guard count <= 4096 else { throw CommandError.failed("\(path), which \(place.said) names, is too long for a key.") }
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

    /// A command that wraps and unwraps, and is told what the file calls the key that it is to do it with.
    private func service(_ command: String) throws -> FileEncryption {
        @Sendable func call(_ action: String, _ bytes: [UInt8], _ name: String) throws -> [UInt8] {
            try SystemCalls.output(ofShell: "\(command) \(action)", input: bytes, environment: [("PANDO_KEY_NAME", name)])
        }
        let name = name ?? Self.commandName
        return try .service(name: name, wrap: { try call("wrap", $0, name) }, unwrapNamed: { try call("unwrap", $0, $1) })
    }
}

extension String {
    fileprivate func truncated(to byteCount: Int) -> String {
        utf8.count <= byteCount ? self : String(decoding: utf8.prefix(byteCount), as: UTF8.self)
    }
}

extension Arguments {
    /// The key of the file that a command opens: nil if none was named.
    func key(isNew: Bool = false) throws -> FileEncryption? {
        let file = ["FILE", "OLD", "BASE"].lazy.compactMap { positional($0) }.first
        return try KeySource(self, isNew: isNew, file: file).key()
    }
}
