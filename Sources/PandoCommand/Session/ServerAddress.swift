import Ground
import TLS
import httpd

/// A server, and who we are to it.
struct ServerAddress {
    let host: String
    let port: UInt16
    let user: String
    let password: String
    /// What is known of TLS beforehand; nil: the server speaks HTTP in the clear.
    let encryption: TLSContext?
    /// The options that say who we are, for a message.
    var signIn = "--user and --password-file"

    /// - Parameters:
    ///   - text: `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`, with `http://` or `https://` before it or not.
    ///   - defaultPort: if the text says none.
    ///   - trust: how the server is known that is named by `https://`; nil: by what the system trusts.
    init(
        _ text: String, defaultPort: String = "8080", user: String = "admin", password: String = "", trust: TLSContext.Trust? = nil
    ) throws(CommandError) {
        self.user = user
        self.password = password
        let wrong = CommandError.usage("A server is written HOST:PORT, such as localhost:8080, not “\(text)”.")
        var rest = text[...]
        let isEncrypted = rest.hasPrefix("https://")
        if isEncrypted { rest = rest.dropFirst(8) } else if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var port = defaultPort
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { throw wrong }
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            if rest.hasPrefix(":") { port = String(rest.dropFirst()) } else if !rest.isEmpty { throw wrong }
        } else {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count <= 2 else { throw wrong }
            host = String(parts[0])
            if parts.count == 2 { port = String(parts[1]) }
        }
        guard !host.isEmpty, !host.contains("/"), let number = UInt16(port), number > 0 else { throw wrong }
        self.port = number
        guard isEncrypted || trust == nil else { throw .usage("--tls-ca and --tls-pin go with --connect https://…") }
        do throws(TLSError) {
            encryption = isEncrypted ? try TLSContext(client: trust ?? .system, library: try LibSSL.load()) : nil
        } catch {
            throw .failed(error.message)
        }
    }

    var name: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Option {
    /// For commands that work at a server as they do on a file.
    /// - Parameter passwordOption: a command that has a --password-file of its own needs another name.
    static func connecting(_ passwordOption: String = "password-file") -> [Option] {
        [
            .value("connect", "HOST:PORT", "work at a server, by its port of HTTP; FILE is left out then; https:// before it is TLS"),
            .value("user", "NAME", "with --connect: the account (default: admin)"),
            .value(passwordOption, "PATH", "with --connect: the account's password is the first line of a file; - is standard input"),
            .value(
                "tls-ca", "FILE", "with --connect https://: who must have signed the server's certificate (default: whom the system trusts)"
            ),
            .value("tls-pin", "sha256:HEX", "with --connect https://: the digest of the server's certificate itself, which is enough"),
        ]
    }
}

extension Arguments {
    /// The server of `--connect`, nil where a file was named.
    /// - Parameter prefix: what the options begin with that are of this server.
    func server(passwordOption: String = "password-file", prefix: String = "") throws -> ServerAddress? {
        guard let text = value(prefix + "connect") else {
            if let option = ["user", passwordOption, "tls-ca", "tls-pin"].map({ prefix + $0 }).first(where: { value($0) != nil }) {
                throw CommandError.usage("--\(option) goes with --\(prefix)connect.")
            }
            return nil
        }
        let password = try value(prefix + passwordOption).map { try firstLine(ofFile: $0) } ?? ""
        var server = try ServerAddress(text, user: value(prefix + "user") ?? "admin", password: password, trust: try trust(prefix))
        server.signIn = "--\(prefix)user and --\(prefix)\(passwordOption)"
        return server
    }

    /// How the server of `--connect` is known; nil if that isn't said.
    private func trust(_ prefix: String) throws(CommandError) -> TLSContext.Trust? {
        let authorities = value("\(prefix)tls-ca")
        guard let text = value("\(prefix)tls-pin") else { return authorities.map { .authorities($0) } }
        guard authorities == nil else {
            throw .usage("--\(prefix)tls-ca and --\(prefix)tls-pin are two ways to know a server; give one.")
        }
        // As openssl x509 -fingerprint -sha256 prints it, too.
        let digits = text.dropFirst(7).filter { $0 != ":" }
        guard text.hasPrefix("sha256:"), digits.utf8.count == 64, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw .usage(
                "--\(prefix)tls-pin is sha256: and 64 hexadecimal digits, as openssl x509 -fingerprint -sha256 prints them, not “\(text)”.")
        }
        var pin: [UInt8] = []
        var rest = digits[...]
        while !rest.isEmpty {
            pin.append(UInt8(rest.prefix(2), radix: 16) ?? 0)
            rest = rest.dropFirst(2)
        }
        return .pin(pin)
    }
}

/// The first line of a file, such as a password; `-` is standard input.
func firstLine(ofFile path: String) throws -> String {
    let text = try InputFile(path).readText(limit: 1 << 16)
    return String(text.prefix { $0 != "\n" && $0 != "\r\n" })
}
