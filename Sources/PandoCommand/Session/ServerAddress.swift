import httpd

/// A server, and who we are to it.
struct ServerAddress {
    let host: String
    let port: UInt16
    let user: String
    let password: String

    /// - Parameter text: `HOST`, `HOST:PORT`, `[ADDRESS]:PORT`, with `http://` before it or not. The port is 8080 if it isn't said.
    init(_ text: String, user: String = "admin", password: String = "") throws(CommandError) {
        self.user = user
        self.password = password
        let wrong = CommandError.usage("A server is written HOST:PORT, such as localhost:8080, not “\(text)”.")
        var rest = text[...]
        if rest.hasPrefix("http://") { rest = rest.dropFirst(7) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var port = "8080"
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
    }

    var name: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

extension Option {
    /// For commands that work at a server as they do on a file.
    /// - Parameter passwordOption: a command that has a --password-file of its own needs another name.
    static func connecting(_ passwordOption: String = "password-file") -> [Option] {
        [
            .value("connect", "HOST:PORT", "work at a server, by its port of HTTP; FILE is left out then"),
            .value("user", "NAME", "with --connect: the account (default: admin)"),
            .value(passwordOption, "PATH", "with --connect: the account's password is the first line of a file; - is standard input"),
        ]
    }
}

extension Arguments {
    /// The server of `--connect`, nil where a file was named.
    func server(passwordOption: String = "password-file") throws -> ServerAddress? {
        guard let text = value("connect") else {
            if let option = ["user", passwordOption].first(where: { value($0) != nil }) {
                throw CommandError.usage("--\(option) goes with --connect.")
            }
            return nil
        }
        let password = try value(passwordOption).map { try firstLine(ofFile: $0) } ?? ""
        return try ServerAddress(text, user: value("user") ?? "admin", password: password)
    }
}

/// The first line of a file, such as a password; `-` is standard input.
func firstLine(ofFile path: String) throws -> String {
    let text = try InputFile(path).readText(limit: 1 << 16)
    return String(text.prefix { $0 != "\n" && $0 != "\r\n" })
}
