import Ground
import PostgresWire
import ReQLish

/// The exchange that proves who a client is: SCRAM-SHA-256 (RFC 7677) in the messages that PostgreSQL has for it. Under TLS it can be bound
/// to the server's certificate (`tls-server-end-point`, RFC 5929), so that nobody in between can pass it on.
struct PostgresLogin: Sendable {
    enum Answer: Sendable {
        case goOn(BackendMessage.Authentication)
        /// Proved; the message comes first.
        case done(BackendMessage.Authentication)
    }

    private enum Step: Sendable {
        case first
        case final(Scram)
        case over
    }

    private static let mechanism = "SCRAM-SHA-256"
    private static let boundMechanism = "SCRAM-SHA-256-PLUS"

    let user: String
    private let authenticator: Authenticator
    private let serverNonce: String
    private let endPoint: [UInt8]?
    private var step = Step.first

    /// - Parameter endPoint: what the exchange can be bound to.
    init(user: String, authenticator: Authenticator, endPoint: [UInt8]? = nil, serverNonce: String = Base64.encode(.random(18))) {
        self.user = user
        self.authenticator = authenticator
        self.serverNonce = serverNonce
        self.endPoint = endPoint
    }

    /// What the client may choose from.
    var mechanisms: [String] { endPoint == nil ? [Self.mechanism] : [Self.boundMechanism, Self.mechanism] }

    /// Whether the client's certificate names the account.
    func isCertified(_ name: String?) throws(LoginError) -> Bool {
        guard let name, name == user else { return false }
        return try authenticator.credential(of: user) != nil
    }

    /// Whether the account is let in without being asked: `admin`, as long as its password is the empty one.
    func isOpen() throws(LoginError) -> Bool {
        guard user == UserConfig.administrator else { return false }
        return try authenticator.credential(of: user)?.isEmptyPassword ?? false
    }

    /// Takes what the client answers.
    mutating func receive(_ bytes: [UInt8]) throws(LoginError) -> Answer {
        switch step {
        case .first:
            var reader = MessageReader(bytes)
            let name: String
            let message: [UInt8]?
            do throws(WireError) {
                name = try reader.text()
                message = try reader.value()
                try reader.finish()
            } catch {
                throw LoginError(nil, error.message)
            }
            guard mechanisms.contains(name) else { throw LoginError(nil, "client selected an invalid SASL authentication mechanism") }
            let binding: Scram.Binding
            if let endPoint { binding = name == Self.boundMechanism ? .chosen(endPoint) : .offered } else { binding = .unavailable }
            let scram = try Scram(
                clientFirst: try Self.text(message ?? []), authenticator, serverNonce: serverNonce, user: user, binding: binding)
            step = .final(scram)
            return .goOn(.saslContinue(Array(scram.serverFirst.utf8)))
        case .final(let scram):
            step = .over
            let signature = try scram.finish(clientFinal: try Self.text(bytes))
            return .done(.saslFinal(Array("v=\(Base64.encode(signature))".utf8)))
        case .over: throw LoginError(nil, "malformed SCRAM message")
        }
    }

    private static func text(_ bytes: [UInt8]) throws(LoginError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw LoginError(nil, "malformed SCRAM message") }
        return text
    }
}
