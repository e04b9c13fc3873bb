import Ground
import httpd

/// Where the key of an encrypted file comes from.
///
/// Each source has an option and a variable of the environment; options go before variables. The key itself is never a word of the command
/// line or a variable: other accounts may see those.
struct KeySource {
    /// Where a key is.
    private struct Place {
        /// Without the prefix, such as `key-file`; `passphrase` and `credential` are places, too.
        let option: String
        let value: String
        /// The option or the variable that named it, for messages.
        let said: String

        /// Whether what it gives could be a passphrase.
        var givesBytes: Bool { ["key-file", "key-command", "vault-kv", "credential"].contains(option) }
    }

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
    init(_ arguments: Arguments, prefix: String = "", isNew: Bool = false, file: String? = nil) throws(CommandError) {
        func variable(_ option: String) -> String {
            "PANDO_" + (prefix + option).uppercased().split(separator: "-").joined(separator: "_")
        }
        (self.prefix, self.isNew, self.file) = (prefix, isNew, file)
        var given = KeyOptions.places.compactMap { option in
            arguments.value(prefix + option).map { Place(option: option, value: $0, said: "--\(prefix)\(option)") }
        }
        if arguments.has("\(prefix)passphrase") { given.append(Place(option: "passphrase", value: "", said: "--\(prefix)passphrase")) }
        // A place on the command line is in the stead of all that the environment says of places.
        let isOfEnvironment = given.isEmpty
        if isOfEnvironment {
            given = KeyOptions.places.compactMap { option in
                Self.environment(variable(option)).map { Place(option: option, value: $0, said: variable(option)) }
            }
        }
        guard given.count < 2 else {
            throw .usage("\(given[0].said) and \(given[1].said) are two places for one key; name one of them.")
        }
        let place = given.first ?? (prefix.isEmpty ? Self.credential : nil)
        self.place = place

        let isSaid = arguments.has("\(prefix)key-is-passphrase")
        let meaning = isSaid ? "--\(prefix)key-is-passphrase" : variable("key-is-passphrase")
        let isMeant = try !isSaid && isOfEnvironment ? Self.isYes(meaning) : isSaid
        isPassphrase = isMeant
        if isMeant, isSaid || place != nil, place?.givesBytes != true {
            let other = place.map { ", not with \($0.said)" } ?? ""
            throw .usage("\(meaning) goes with --\(prefix)key-file, --\(prefix)key-command or --\(prefix)vault-kv\(other).")
        }
        let called = arguments.value("\(prefix)key-name")
        if called != nil, place == nil {
            throw .usage("--\(prefix)key-name is what a key is called: say where it is (\(KeyOptions.wanted(prefix))).")
        }
        name = called ?? Self.environment(variable("key-name"))
    }

    private static func environment(_ name: String) -> String? { SystemCalls.environment(name).flatMap { $0.isEmpty ? nil : $0 } }

    private static func isYes(_ variable: String) throws(CommandError) -> Bool {
        switch environment(variable) {
        case nil, "0": return false
        case "1": return true
        case let other?: throw .usage("\(variable) is 1 or 0, not “\(other)”.")
        }
    }

    /// What systemd hands a service, in a folder that nobody else can read.
    private static var credential: Place? {
        guard let folder = environment("CREDENTIALS_DIRECTORY"), SystemCalls.exists("\(folder)/pando.key") else { return nil }
        return Place(option: "credential", value: "\(folder)/pando.key", said: "CREDENTIALS_DIRECTORY")
    }

    /// The key: nil if no place was named for it.
    func key() throws -> FileEncryption? {
        guard let place else { return nil }
        switch place.option {
        case "wrap-command": return try service(place.value)
        case "vault-transit":
            let key = try VaultTransitKey(place.value, in: Vault(), option: place.said)
            return try .service(name: name ?? key.name, wrap: { try key.wrap($0) }, unwrap: { try key.unwrap($0) })
        case "vault-kv":
            let bytes = try Vault().field(place.value, option: place.said)
            return try encryption(bytes, fallback: place.value.truncated(to: 128), what: place.said)
        case "key-command":
            let bytes = try SystemCalls.output(ofShell: place.value, input: [], environment: [("PANDO_KEY_NAME", wantedName)])
            return try encryption(bytes, fallback: Self.commandName, what: place.said)
        case "passphrase": return try askedPassphrase()
        default:
            return try encryption(try Self.secret(place, isNew: isNew), fallback: Self.fileName(place.value), what: place.value)
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
    private static func secret(_ place: Place, isNew: Bool) throws -> [UInt8] {
        let path = place.value
        guard SystemCalls.exists(path) else {
            let advice = isNew ? ", or make one: (umask 077; head -c 32 /dev/urandom > \(path))" : ""
            throw CommandError.failed("There is no file \(path) with a key, which \(place.said) names: say where the key is\(advice).")
        }
        if SystemCalls.isDirectory(path) {
            throw CommandError.failed("\(path) is a directory; \(place.said) names a file with the key.")
        }
        let folder = environment("CREDENTIALS_DIRECTORY")
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
