import Ground
import ReQLish
import Testing

@testable import httpd

@Suite struct HandshakeTests {
    static let magicV1: [UInt8] = [0xc3, 0xbd, 0xc2, 0x34]
    static let magicV04: [UInt8] = [0x20, 0x2d, 0x0c, 0x40]
    static let magicV03: [UInt8] = [0x3e, 0xe8, 0x75, 0x5f]
    static let json: [UInt8] = [0xc7, 0x70, 0x69, 0x7e]

    static let accounts = Authenticator(credentials: [
        "admin": Credential(password: "", salt: Array("0123456789abcdef".utf8), iterations: 8),
        "a,b=c": Credential(password: "pencil", salt: Array("fedcba9876543210".utf8), iterations: 16),
    ])

    private func run(
        _ bytes: [UInt8], _ authenticator: Authenticator = accounts, nonce: String = "SERVER"
    ) -> (output: String, outcome: Handshake.Outcome) {
        var handshake = Handshake(authenticator: authenticator, serverNonce: nonce)
        var output = ByteBuffer()
        var outcome = Handshake.Outcome.needsMore
        for byte in bytes where outcome == .needsMore { outcome = handshake.receive(byte, into: &output) }
        if case .unproved(let check) = outcome { outcome = handshake.prove(check.isRight(), into: &output) }
        return (output.string.replacingNULs, outcome)
    }

    private func message(_ text: String) -> [UInt8] { Array(text.utf8) + [0] }

    private func first(_ authentication: String) -> [UInt8] {
        Self.magicV1
            + message(#"{"protocol_version":0,"authentication_method":"SCRAM-SHA-256","authentication":"\#(authentication)"}"#)
    }

    static let versions =
        #"{"max_protocol_version":0,"min_protocol_version":0,"server_version":"2.4.4","success":true}"# + "␀"

    // MARK: V1_0

    @Test(arguments: [("admin", "", "admin"), ("a=2Cb=3Dc", "pencil", "a,b=c")])
    func scram(written: String, password: String, user: String) throws {
        let credential = try #require(try Self.accounts.credential(of: user))
        let bare = "n=\(written),r=CLIENT"
        let server = "r=CLIENTSERVER,s=\(Base64.encode(credential.salt)),i=\(credential.iterations)"
        let (proof, signature) = Self.proof(password, credential, "\(bare),\(server),c=biws,r=CLIENTSERVER")
        let (output, outcome) = run(
            first("n,," + bare) + message(#"{"authentication":"c=biws,r=CLIENTSERVER,p=\#(Base64.encode(proof))"}"#))
        #expect(outcome == .done(DriverSession(version: .v1_0, user: user)))
        #expect(
            output == Self.versions + #"{"authentication":"\#(server)","success":true}"# + "␀"
                + #"{"authentication":"v=\#(Base64.encode(signature))","success":true}"# + "␀")
    }

    /// Who has heard all of an exchange can't say it again: the server's half of the nonce is another one each time.
    @Test func replayedProofsAreRefused() throws {
        let credential = try #require(try Self.accounts.credential(of: "a,b=c"))
        let bare = "n=a=2Cb=3Dc,r=CLIENT"
        let server = "r=CLIENTSERVER,s=\(Base64.encode(credential.salt)),i=\(credential.iterations)"
        let (proof, _) = Self.proof("pencil", credential, "\(bare),\(server),c=biws,r=CLIENTSERVER")
        let conversation = first("n,," + bare) + message(#"{"authentication":"c=biws,r=CLIENTSERVER,p=\#(Base64.encode(proof))"}"#)
        #expect(run(conversation).outcome == .done(DriverSession(version: .v1_0, user: "a,b=c")))
        // With the old nonce, and with the proof for the old nonce.
        expect(run(conversation, nonce: "OTHER"), 20)
        expect(
            run(
                first("n,," + bare) + message(#"{"authentication":"c=biws,r=CLIENTOTHER,p=\#(Base64.encode(proof))"}"#), nonce: "OTHER"),
            12)
        // And the server never has the same one twice.
        var answers: Set<String> = []
        for _ in 0..<50 {
            var handshake = Handshake(authenticator: Self.accounts)
            var output = ByteBuffer()
            for byte in first("n,,n=admin,r=x") { _ = handshake.receive(byte, into: &output) }
            answers.insert(output.string)
        }
        #expect(answers.count == 50)
    }

    /// The client's side of the exchange, from the formulas of RFC 5802.
    static func proof(_ password: String, _ credential: Credential, _ message: String) -> (proof: [UInt8], signature: [UInt8]) {
        let salted = [UInt8].derivedKey(password: Array(password.utf8), salt: credential.salt, iterations: credential.iterations)
        let clientKey = HMAC(key: salted).code(of: Array("Client Key".utf8))
        let proof = clientKey ^ HMAC(key: SHA256.hash(clientKey)).code(of: Array(message.utf8))
        let serverKey = HMAC(key: salted).code(of: Array("Server Key".utf8))
        return (proof, HMAC(key: serverKey).code(of: Array(message.utf8)))
    }

    @Test(arguments: [
        (#"{"authentication_method":"SCRAM-SHA-256","authentication":"n,,n=admin,r=x"}"#, 1),
        (#"{"protocol_version":"0","authentication_method":"SCRAM-SHA-256","authentication":"n,,n=admin,r=x"}"#, 1),
        (#"{"protocol_version":1,"authentication_method":"SCRAM-SHA-256","authentication":"n,,n=admin,r=x"}"#, 2),
        (#"{"protocol_version":0,"authentication":"n,,n=admin,r=x"}"#, 3),
        (#"{"protocol_version":0,"authentication_method":"PLAIN","authentication":"n,,n=admin,r=x"}"#, 4),
        (#"{"protocol_version":0,"authentication_method":"SCRAM-SHA-256","authentication":7}"#, 5),
        (#"{"protocol_version":0,"#, 8),
        ("", 8),
        ("[]", 9),
    ])
    func badMessages(text: String, code: Int) {
        expect(run(Self.magicV1 + message(text)), code)
    }

    @Test(arguments: [
        ("n,,n=admin", 20), ("n,,r=x,n=admin", 20), ("n,,n=admin,r=", 20), ("n,,n,r=x", 10), ("n,b,n=admin,r=x", 10),
        ("n,,m=x,n=admin,r=x", 11), ("y,,n=admin,r=x", 14), ("p=tls-unique,,n=admin,r=x", 15), ("x,,n=admin,r=x", 16), ("", 16),
        ("n,,n=,r=x", 18), ("n,,n=a=2Db,r=x", 18), (#"n,,n=a\u0001,r=x"#, 18),
    ])
    func badFirstAuthentications(text: String, code: Int) {
        expect(run(first(text)), code)
    }

    @Test(arguments: [
        ("c=biws,r=xSERVER,p=AAAA", 12), ("c=biws,r=xSERVER,p=!", 12), ("c=eSws,r=xSERVER,p=AAAA", 13), ("c=biws,r=xserver,p=AAAA", 20),
        ("c=biws,r=xSERVER", 20), ("r=xSERVER,p=AAAA", 20), ("c=biws,rxSERVER,p=AAAA", 10),
    ])
    func badFinalAuthentications(text: String, code: Int) {
        expect(run(first("n,,n=admin,r=x") + message(#"{"authentication":"\#(text)"}"#)), code)
    }

    @Test func anUnknownUserIsToldWhatAWrongPasswordIs() throws {
        let (output, outcome) = run(first("n,,n=nobody,r=x"))
        #expect(outcome == .needsMore)
        #expect(output.contains("i=4096"))
        // The salt is the same each time, as a real user's is.
        #expect(run(first("n,,n=nobody,r=x")).output == output)
        expect(run(first("n,,n=nobody,r=x") + message(#"{"authentication":"c=biws,r=xSERVER,p=AAAA"}"#)), 12)
    }

    @Test func aMessageHasAnEnd() {
        let limit = Handshake.maximumMessageBytes
        #expect(run(Self.magicV1 + [UInt8](repeating: 0x20, count: limit - 1)).outcome == .needsMore)
        expect(run(Self.magicV1 + [UInt8](repeating: 0x20, count: limit)), 7)
    }

    private func expect(
        _ result: (output: String, outcome: Handshake.Outcome), _ code: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(result.outcome == .refused, sourceLocation: sourceLocation)
        #expect(result.output.hasSuffix(#","error_code":\#(code),"success":false}␀"#), "\(result.output)", sourceLocation: sourceLocation)
    }

    // MARK: V0_3, V0_4

    @Test(arguments: [(magicV04, DriverSession.Version.v0_4), (magicV03, .v0_3)])
    func keys(magic: [UInt8], version: DriverSession.Version) {
        let (output, outcome) = run(magic + [0, 0, 0, 0] + Self.json)
        #expect(outcome == .done(DriverSession(version: version, user: "admin")))
        #expect(output == "SUCCESS␀")
        #expect(run(magic + [3, 0, 0, 0] + Array("key".utf8) + Self.json).outcome == .refused)

        let secret = Authenticator(credentials: ["admin": Credential(password: "key", salt: [1, 2, 3], iterations: 2)])
        #expect(run(magic + [3, 0, 0, 0] + Array("key".utf8) + Self.json, secret).output == "SUCCESS␀")
        for wrong in [[3, 0, 0, 0] + Array("kez".utf8), [0, 0, 0, 0], [2, 0, 0, 0, 0xFF, 0xFE]] {
            let (output, outcome) = run(magic + wrong + Self.json, secret)
            #expect(outcome == .refused)
            #expect(output == "ERROR: The authorization key is not the password of `admin`.\n␀")
        }
    }

    @Test(arguments: [
        Array("GET ".utf8), [0x36, 0xba, 0x61, 0x3f], [0xe1, 0x81, 0x30, 0x72], [0, 0, 0, 0], magicV04 + [0x01, 0x08, 0, 0],
        magicV04 + [0xFF, 0xFF, 0xFF, 0xFF], magicV04 + [0, 0, 0, 0] + [0x41, 0xfc, 0x1f, 0x27], magicV04 + [0, 0, 0, 0, 1, 2, 3, 4],
    ])
    func refusedAsText(bytes: [UInt8]) {
        let (output, outcome) = run(bytes)
        #expect(outcome == .refused)
        #expect(output.hasPrefix("ERROR: ") && output.hasSuffix("\n␀"), "\(output)")
    }
}

extension Authenticator {
    init(credentials: [String: Credential]) {
        self.init { .success(credentials[$0]) }
    }
}

extension String {
    /// NUL made visible.
    var replacingNULs: String { String(map { $0 == "\0" ? "␀" : $0 }) }
}
