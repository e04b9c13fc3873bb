import Ground
import Synchronization
import TLS
import httpd

/// HashiCorp Vault, or an agent of it, by `--vault-addr`, or where its own tools would look for it: by `VAULT_ADDR`, `VAULT_NAMESPACE`,
/// `VAULT_CACERT` and `VAULT_TOKEN` or `~/.vault-token`. In place of a token there may be a role (AppRole): `--vault-role-id` and
/// `--vault-secret-id-file`.
struct Vault: Sendable {
    private enum Door {
        case host(String, port: UInt16, TLSContext?)
        case file(String)
    }

    /// What Vault answered.
    private struct Answer {
        let status: Int
        let body: Datum?
        /// Where it sends on to, if it does.
        let location: String

        /// What it says is wrong.
        var reason: String {
            Answer.line(body?[field: "errors"]?.elements.compactMap(\.string).joined(separator: "; ") ?? "")
        }

        /// The beginning of what somebody else says, as a part of one line.
        static func line(_ text: String) -> String {
            let scalars = text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? " " : $0 }
            return String(String.UnicodeScalarView(scalars)) + (text.unicodeScalars.count > 200 ? "…" : "")
        }
    }

    /// Until when nobody waits for it again, as it has just not answered in time: a file may have several keys of one Vault.
    private final class Silence: Sendable {
        let end = Mutex(MonotonicTime.now)
    }

    private enum Proof {
        case token(String)
        case role(String, secret: KeySettings.Value)
        /// An agent has one.
        case none
    }

    /// As it was said, for messages.
    private let address: String
    /// What says it.
    private let addressName: String
    private let door: Door
    private let namespace: String?
    private let proof: Proof
    private let silence = Silence()
    private static let patience = Duration.seconds(10)
    private static let tries = 3
    /// Of an answer; its head may be as long.
    private static let longestAnswer = 64 << 10

    init(_ settings: KeySettings) throws {
        let variable = KeySettings.environment
        guard let address = settings.value("vault-addr", others: ["VAULT_ADDR"]) else {
            throw CommandError.usage(
                "Say where Vault is: --vault-addr https://HOST:8200, or unix:///PATH of an agent's socket; or by VAULT_ADDR.")
        }
        self.address = address.text
        addressName = address.said
        door = try Self.door(address, authorities: variable("VAULT_CACERT"))
        namespace = variable("VAULT_NAMESPACE")
        let (role, secret) = (settings.value("vault-role-id"), settings.value("vault-secret-id-file"))
        if let role {
            guard let secret else {
                throw CommandError.usage("\(role.said) goes with --vault-secret-id-file (PANDO_VAULT_SECRET_ID_FILE).")
            }
            proof = .role(role.text, secret: secret)
        } else if let secret, !secret.source.hasPrefix("PANDO_") {
            // As a variable it may be there for other commands.
            throw CommandError.usage("\(secret.said) goes with --vault-role-id.")
        } else if let token = variable("VAULT_TOKEN") {
            proof = .token(token)
        } else if let home = variable("HOME"), SystemCalls.exists("\(home)/.vault-token") {
            proof = .token(try Self.secretLine("\(home)/.vault-token", of: "HOME"))
        } else {
            proof = .none
        }
        for case let text? in [namespace, { if case .token(let token) = proof { token } else { nil } }()] {
            guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw CommandError.failed("A token or a namespace of Vault has no blanks and no line ends.")
            }
        }
    }

    private static func door(_ value: KeySettings.Value, authorities: String?) throws -> Door {
        let address = value.text
        if address.hasPrefix("unix://") { return .file(String(address.dropFirst(7))) }
        let isEncrypted = address.hasPrefix("https://")
        guard isEncrypted || address.hasPrefix("http://") else {
            throw CommandError.usage(
                "\(value.said) is https://HOST:PORT, http://127.0.0.1:PORT or unix:///PATH, not “\(address)”.")
        }
        let trust = isEncrypted ? authorities.map { TLSContext.Trust.authorities($0) } ?? .system : nil
        let server = try ServerAddress(address, defaultPort: "8200", trust: trust)
        guard isEncrypted || ClientSocket.isThisMachine(server.host) else {
            throw CommandError.usage(
                "\(value.said) is in the clear: http:// is for this machine alone (127.0.0.1); elsewhere say https://.")
        }
        return .host(server.host, port: server.port, server.encryption)
    }

    /// The line of a file that only its owner can read.
    ///
    /// - Parameter name: what names it.
    private static func secretLine(_ path: String, of name: String) throws -> String {
        guard SystemCalls.exists(path) else { throw CommandError.failed("There is no file \(path), which \(name) names.") }
        if SystemCalls.isReadableByOthers(path) {
            throw CommandError.failed("Others can read \(path), so it is no place for a secret: chmod 600 \(path)")
        }
        return try firstLine(ofFile: path)
    }

    // MARK: Requests

    /// Asks for something with a proof of who we are.
    ///
    /// - Parameter what: that is asked for, in messages.
    /// - Returns: `data` of the answer.
    func ask(_ method: String, _ path: String, _ body: Datum? = nil, what: String) throws -> Datum {
        let answer = try send(method, path, body, token: try token())
        if answer.status == 200, let data = answer.body?[field: "data"] { return data }
        throw failure(answer, what)
    }

    private func token() throws -> String? {
        switch proof {
        case .none: return nil
        case .token(let token): return token
        case .role(let role, let secret):
            let login: Datum = ["role_id": Datum(role), "secret_id": Datum(try Self.secretLine(secret.text, of: secret.said))]
            let answer = try send("POST", "auth/approle/login", login, token: nil)
            guard answer.status == 200, let token = answer.body?[field: "auth"]?[field: "client_token"]?.string else {
                throw failure(answer, "the role \(role)")
            }
            return token
        }
    }

    private func failure(_ answer: Answer, _ what: String) -> CommandError {
        let reason = answer.reason.isEmpty ? "" : " (\(answer.reason))"
        let said =
            switch answer.status {
            case 200 where answer.body == nil: "answers what is no JSON for \(what): is it Vault?"
            case 200: "answers without what was asked for, \(what): is it Vault?"
            case 300..<400:
                "sends on to \(answer.location.isEmpty ? "nowhere" : answer.location), which is not followed: say that in \(addressName)"
            case 403: "refuses \(what): the token, or the role's secret, may not have it or has expired"
            case 404: "does not have \(what)"
            case 503: "is sealed, or not ready: unseal it"
            case 429: "has too much to do"
            default: "answers \(answer.status) for \(what)"
            }
        return .failed("The key could not be had: Vault at \(address) \(said)\(reason).")
    }

    /// Tries again what Vault had no time for, or failed at.
    private func send(_ method: String, _ path: String, _ body: Datum?, token: String?) throws -> Answer {
        var head = ["\(method) /v1/\(path) HTTP/1.1", "Host: vault", "Connection: close", "X-Vault-Request: true"]
        if let token { head.append("X-Vault-Token: \(token)") }
        if let namespace { head.append("X-Vault-Namespace: \(namespace)") }
        let content = body.map { Array($0.description.utf8) } ?? []
        if body != nil { head += ["Content-Type: application/json", "Content-Length: \(content.count)"] }
        let request = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + content
        var count = 1
        while true {
            let answer = try exchange(request)
            let isPassing = answer.status == 429 || answer.status >= 500 && answer.status != 503
            guard isPassing, count < Self.tries else { return answer }
            SystemCalls.pause(milliseconds: 200 * count)
            count += 1
        }
    }

    private func exchange(_ request: [UInt8]) throws -> Answer {
        do {
            if silence.end.withLock({ $0 > .now }) { throw SystemError.timeout("asking") }
            let connection = try connect(until: .now + Self.patience)
            try connection.send(request)
            var answer = HTTPAnswer()
            var body: [UInt8] = []
            while !answer.isFinished {
                if let bytes = try connection.receive() { answer.append(bytes) } else { try answer.end() }
                while let piece = try answer.next() {
                    body += piece
                    guard body.count <= Self.longestAnswer else {
                        throw HTTPAnswer.Failure(description: "It answers more than 64 KiB, which is no key.")
                    }
                }
            }
            let location = answer.head?.fields["location"] ?? ""
            return Answer(status: answer.head?.status ?? 0, body: try? Datum(json: body.span), location: Answer.line(location))
        } catch let error as SystemError {
            if error.isTimeout { silence.end.withLock { $0 = .now + Self.patience } }
            let reason = error.isTimeout ? " does not answer within 10 seconds." : ": \(error)."
            throw CommandError.failed("The key could not be had: Vault at \(address)\(reason)")
        } catch let failure as HTTPAnswer.Failure {
            throw CommandError.failed("The key could not be had: Vault at \(address): \(Answer.line(failure.description))")
        }
    }

    private func connect(until deadline: MonotonicTime) throws -> ServerConnection {
        let hint = "The key could not be had."
        let stopper = Stopper()
        switch door {
        case .file(let path):
            let connection = ServerConnection(try ClientSocket(path: path), name: path, stopper)
            connection.deadline = deadline
            return connection
        case .host(let host, let port, let encryption):
            let socket = try ClientSocket(host: host, port: port, patience: Self.patience, hint: hint)
            let connection = ServerConnection(socket, name: address, stopper)
            connection.deadline = deadline
            if let encryption {
                try connection.encrypt(encryption, host: host, advice: "VAULT_CACERT names the file of who has signed it.")
            }
            return connection
        }
    }

    // MARK: Names

    /// Throws if a text is no path of Vault's.
    static func check(_ path: some StringProtocol, _ option: String) throws(CommandError) {
        let isPath = path.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "-_./".utf8.contains(byte)
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard isPath, parts.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }) else {
            throw .usage("\(option): “\(path)” is no path in Vault; letters, digits, -, _ and . make the parts of one.")
        }
    }

    /// A field of the KV store, version 2: `MOUNT/PATH#FIELD`.
    func field(_ text: String, option: String) throws -> [UInt8] {
        let parts = text.split(separator: "#", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, let slash = parts[0].firstIndex(of: "/") else {
            throw CommandError.usage("\(option) is MOUNT/PATH#FIELD, such as secret/pando/app#key, not “\(text)”.")
        }
        try Self.check(parts[0], option)
        let (mount, path) = (parts[0][..<slash], parts[0][parts[0].index(after: slash)...])
        let data = try ask("GET", "\(mount)/data/\(path)", what: "the value \(parts[0])")
        guard let value = data[field: "data"]?[field: String(parts[1])]?.string else {
            throw CommandError.failed("The key could not be had: the value \(parts[0]) of Vault at \(address) has no field \(parts[1]).")
        }
        return Array(value.utf8)
    }
}

/// A key of Vault's engine transit, which wraps and unwraps with it and keeps it to itself.
struct VaultTransitKey: Sendable {
    let name: String
    private let mount: String
    private let vault: Vault

    /// - Parameter text: `KEY`, or `MOUNT/KEY` if the engine isn't at `transit`.
    init(_ text: String, in vault: Vault, option: String) throws {
        try Vault.check(text, option)
        let parts = text.split(separator: "/")
        name = String(parts[parts.count - 1])
        mount = parts.count == 1 ? "transit" : parts.dropLast().joined(separator: "/")
        self.vault = vault
    }

    func wrap(_ bytes: [UInt8]) throws -> [UInt8] {
        let data = try ask("encrypt", ["plaintext": Datum(Base64.encode(bytes))])
        guard let text = data[field: "ciphertext"]?.string, text.hasPrefix("vault:") else { throw notUnderstood }
        return Array(text.utf8)
    }

    func unwrap(_ wrapped: [UInt8]) throws -> [UInt8] {
        let text = String(decoding: wrapped, as: UTF8.self)
        let data = try ask("decrypt", ["ciphertext": Datum(text)])
        guard let bytes = data[field: "plaintext"]?.string.flatMap({ Base64.decode($0) }) else { throw notUnderstood }
        return bytes
    }

    private func ask(_ action: String, _ body: Datum) throws -> Datum {
        try vault.ask("POST", "\(mount)/\(action)/\(name)", body, what: "the key \(mount)/\(name)")
    }

    private var notUnderstood: CommandError {
        .failed("The key could not be had: what Vault answers is not what its engine transit would.")
    }
}
