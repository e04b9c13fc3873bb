import Ground
import ReQLish

/// The server's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677), after the client's first message.
struct Scram: Sendable {
    /// The name that the client claims.
    let user: String
    let serverFirst: String
    private let clientFirstBare: String
    private let nonce: String
    let credential: Credential
    /// Whether an exchange is bound to the channel that it goes through.
    enum Binding: Sendable, Hashable {
        /// The channel has nothing to bind to.
        case unavailable
        /// It has, and the client was told, but chose the mechanism without.
        case offered
        /// To this.
        case chosen([UInt8])
    }

    /// Whether there is such a user. The exchange goes on to its end either way.
    private let isKnown: Bool
    /// What the final message has to repeat of the first one's header.
    private let binding: String

    /// - Parameter claimed: the user, where another protocol has said already who it is; the name in the message counts for nothing then.
    init(
        clientFirst text: String, _ authenticator: Authenticator, serverNonce: String, user claimed: String? = nil,
        binding choice: Binding = .unavailable
    ) throws(LoginError) {
        clientFirstBare = try Self.withoutHeader(text, allowsBinding: claimed != nil, choice)
        let header = Array(text.utf8.dropLast(clientFirstBare.utf8.count))
        if case .chosen(let data) = choice { binding = Base64.encode(header + data) } else { binding = Base64.encode(header) }
        let attributes = try Self.attributes(clientFirstBare)
        guard attributes.first?.name != "m" else { throw LoginError(11, "Extensions of SCRAM are not supported.") }
        guard attributes.count >= 2, attributes[0].name == "n", attributes[1].name == "r", !attributes[1].value.isEmpty else {
            throw LoginError(20, "The first message of SCRAM is `n=USER,r=NONCE`.")
        }
        user = if let claimed { claimed } else { try Self.userName(attributes[0].value) }
        nonce = attributes[1].value + serverNonce
        let known = try authenticator.credential(of: user)
        isKnown = known != nil
        credential = known ?? authenticator.decoy(for: user)
        serverFirst = "r=\(nonce),s=\(Base64.encode(credential.salt)),i=\(credential.iterations)"
    }

    /// Checks the client's final message.
    /// - Returns: the server's signature.
    func finish(clientFinal text: String) throws(LoginError) -> [UInt8] {
        let attributes = try Self.attributes(text)
        guard attributes.first?.name == "c" else { throw LoginError(20, "The final message of SCRAM begins with `c=`.") }
        guard attributes[0].value == binding else { throw LoginError(13, "The channel binding differs from the first message's.") }
        guard attributes.count >= 3, attributes[1].name == "r", let last = attributes.last, last.name == "p" else {
            throw LoginError(20, "The final message of SCRAM is `c=biws,r=NONCE,p=PROOF`.")
        }
        guard attributes[1].value == nonce else { throw LoginError(20, "The nonce is not the one of this exchange.") }
        let withoutProof = text.utf8.dropLast(last.value.utf8.count + 3)
        let message = Array("\(clientFirstBare),\(serverFirst),".utf8) + withoutProof
        // An unknown user gets the same words and the same number after the same time. The protocol has 17 for it, which would tell names.
        guard let proof = Base64.decode(last.value), credential.accepts(proof: proof, for: message), isKnown else {
            throw LoginError(12, "The user name or the password is wrong.", isGuess: true)
        }
        return credential.signature(of: message)
    }

    /// What follows the header that says how the exchange is bound to its channel.
    /// - Parameter allowsBinding: whether a client may say that it could bind the channel, and go on although the server cannot.
    private static func withoutHeader(_ text: String, allowsBinding: Bool, _ choice: Binding) throws(LoginError) -> String {
        let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        switch (parts[0], choice) {
        case ("p=tls-server-end-point", .chosen): break
        case (_, .chosen): throw LoginError(15, "The mechanism with PLUS binds the exchange by `p=tls-server-end-point`.")
        // Somebody in between has taken the offer out.
        case ("y", .offered):
            throw LoginError(14, "The client could bind the channel, and believes that the server cannot. It can, and has said so.")
        case ("n", _): break
        case ("y", _) where allowsBinding: break
        case ("y", _): throw LoginError(14, "The client could bind the channel, and believes that the server cannot; so it is.")
        case (let part, _) where part.hasPrefix("p="): throw LoginError(15, "Binding the channel is not supported.")
        default: throw LoginError(16, "The message of SCRAM begins with `n,,`.")
        }
        guard parts.count == 3, parts[1].isEmpty || parts[1].hasPrefix("a=") else {
            throw LoginError(10, "The header of SCRAM is `n,,`.")
        }
        return String(parts[2])
    }

    private static func attributes(_ text: String) throws(LoginError) -> [(name: Character, value: String)] {
        var attributes: [(name: Character, value: String)] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let name = part.first, name.isASCII, name.isLetter, part.dropFirst().first == "=" else {
                throw LoginError(10, "An attribute of SCRAM is a letter, `=` and a value.")
            }
            attributes.append((name, String(part.dropFirst(2))))
        }
        return attributes
    }

    /// A comma is written `=2C`, and an equals sign `=3D`.
    private static func userName(_ text: String) throws(LoginError) -> String {
        var name = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "=" else {
                name.append(character)
                continue
            }
            switch rest.prefix(2) {
            case "2C": name.append(",")
            case "3D": name.append("=")
            default: throw LoginError(18, "In a user name, `=` is written `=3D` and a comma `=2C`.")
            }
            rest = rest.dropFirst(2)
        }
        guard let prepared = PreparedString(name)?.text, !prepared.isEmpty else {
            throw LoginError(18, "The user name is empty, or has characters that names must not have.")
        }
        return prepared
    }
}
