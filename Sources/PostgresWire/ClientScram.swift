import Ground

/// The client's side of one SCRAM-SHA-256 exchange (RFC 5802, RFC 7677), with or without a binding to the TLS connection that it goes through.
package struct ClientScram: Sendable {
    package static let mechanism = "SCRAM-SHA-256"
    package static let boundMechanism = "SCRAM-SHA-256-PLUS"

    /// The mechanism that was chosen.
    package let mechanismName: String
    package let clientFirst: String
    private let header: String
    private let nonce: String
    private let binding: [UInt8]
    private let password: [UInt8]
    /// With which the server has to show that it knows the password too; nil before its first message.
    private var expected: [UInt8]?

    /// More than that keeps a client busy for whoever plays the server.
    private static let maximumIterations = 10_000_000

    /// - Parameters:
    ///   - mechanisms: those that the server offers.
    ///   - endPoint: what the connection can be bound to; nil without TLS.
    ///   - password: as SASLprep has it.
    package init(
        mechanisms: [String], endPoint: [UInt8]?, password: [UInt8], nonce: String
    ) throws(WireError) {
        if endPoint != nil, mechanisms.contains(Self.boundMechanism) {
            (mechanismName, header, binding) = (Self.boundMechanism, "p=tls-server-end-point,,", endPoint ?? [])
        } else if mechanisms.contains(Self.mechanism) {
            // `y`: we could have bound it. A server that can as well knows then that somebody in between took its offer out.
            (mechanismName, header, binding) = (Self.mechanism, endPoint == nil ? "n,," : "y,,", [])
        } else {
            throw WireError("the server offers none of the mechanisms that are known here: \(mechanisms.joined(separator: ", "))")
        }
        self.nonce = nonce
        self.password = password
        // The name of the start counts, and this one for nothing.
        clientFirst = "\(header)n=,r=\(nonce)"
    }

    /// The client's final message, to the server's first one.
    package mutating func answer(serverFirst bytes: [UInt8]) throws(WireError) -> String {
        guard expected == nil else { throw WireError("the server goes on with SCRAM where it should end") }
        guard let serverFirst = String(validating: bytes, as: UTF8.self) else {
            throw WireError("the server's message of SCRAM is no text")
        }
        let fields = serverFirst.split(separator: ",", omittingEmptySubsequences: false)
        guard fields.count >= 3, fields[0].hasPrefix("r="), fields[1].hasPrefix("s="), fields[2].hasPrefix("i="),
            let salt = Base64.decode(String(fields[1].dropFirst(2))), !salt.isEmpty, let iterations = Int(fields[2].dropFirst(2))
        else { throw WireError("the server's first message of SCRAM is not r=NONCE,s=SALT,i=COUNT") }
        let both = fields[0].dropFirst(2)
        guard both.hasPrefix(nonce), both.utf8.count > nonce.utf8.count else {
            throw WireError("the server's nonce of SCRAM does not go on from ours")
        }
        guard (1...Self.maximumIterations).contains(iterations) else {
            throw WireError("the server wants \(iterations) iterations of SCRAM")
        }
        let withoutProof = "c=\(Base64.encode(Array(header.utf8) + binding)),r=\(both)"
        let message = Array("\(clientFirst.dropFirst(header.count)),\(serverFirst),\(withoutProof)".utf8)
        let salted = HMAC(key: .derivedKey(password: password, salt: salt, iterations: iterations))
        let clientKey = salted.code(of: Array("Client Key".utf8))
        let proof = clientKey ^ HMAC(key: SHA256.hash(clientKey)).code(of: message)
        expected = HMAC(key: salted.code(of: Array("Server Key".utf8))).code(of: message)
        return "\(withoutProof),p=\(Base64.encode(proof))"
    }

    /// Checks the server's final message: whoever does not know the password cannot have made it.
    package func verify(serverFinal bytes: [UInt8]) throws(WireError) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let expected else { throw WireError("the server ends SCRAM before it has begun it") }
        if text.hasPrefix("e=") { throw WireError("SCRAM failed: \(text.dropFirst(2).prefix(100))") }
        guard text.hasPrefix("v="), let signature = Base64.decode(String(text.dropFirst(2).prefix { $0 != "," })),
            signature.equalsInConstantTime(expected)
        else { throw WireError("the server's signature is wrong: it does not know the password") }
    }
}
