import Ground
import TLS
import TestSupport
import Testing

/// Two ends that talk to each other without sockets.
@Suite(.enabled(if: (try? LibSSL.load()) != nil, "OpenSSL is not installed")) struct TLSChannelTests {
    let certificates: TestCertificates
    let library: LibSSL

    init() throws {
        certificates = try TestCertificates()
        library = try LibSSL.load()
    }

    func server(
        _ names: [TestCertificates.Name] = [.server], least: TLSContext.LeastVersion = .tls12,
        clients: TLSContext.ClientCertificates = .none,
        innerProtocol: TLSContext.InnerProtocol? = nil
    ) throws -> TLSContext {
        let files = names.map { TLSContext.CertificateFiles(certificate: certificates.certificate($0), key: certificates.key($0)) }
        return try TLSContext(server: files, leastVersion: least, clients: clients, innerProtocol: innerProtocol, library: library)
    }

    func client(_ trust: TLSContext.Trust? = nil, host: String = "example.test") throws -> TLSChannel {
        try #require(TLSChannel(try TLSContext(client: trust ?? .authorities(certificates.authority), library: library), host: host))
    }

    /// Hands everything from one end to the other, in pieces, until both have no more to say.
    /// - Returns: what came out at both ends.
    @discardableResult
    func talk(_ client: TLSChannel, _ server: TLSChannel, pieces: Int = .max) -> (atClient: [UInt8], atServer: [UInt8]) {
        var (atClient, atServer) = (ByteBuffer(), ByteBuffer())
        while client.outgoingByteCount + server.outgoingByteCount > 0 {
            for byte in client.take(atMost: pieces) { server.takes(byte, into: &atServer) }
            for byte in server.take(atMost: pieces) { client.takes(byte, into: &atClient) }
        }
        return (atClient.bytes, atServer.bytes)
    }

    @Test(arguments: [1, 2, 3, 5, 7, 64, 1000, .max]) func bytesComeInAnyPieces(pieces: Int) throws {
        let server = try #require(TLSChannel(try server()))
        let client = try client()
        talk(client, server, pieces: pieces)
        #expect(client.state == .open, "\(client.failure)")
        #expect(server.state == .open)
        #expect(server.version == "TLSv1.3")
        let question = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(client.seals(question.prefix(TLSChannel.sealedAtOnce)))
        #expect(talk(client, server, pieces: pieces).atServer == Array(question.prefix(TLSChannel.sealedAtOnce)))
        #expect(server.seals(Array("answer".utf8)))
        #expect(talk(client, server, pieces: pieces).atClient == Array("answer".utf8))
        client.end()
        talk(client, server, pieces: pieces)
        #expect(server.state == .ended)
        // The other direction goes on.
        #expect(server.seals(Array("last".utf8)))
        #expect(talk(client, server).atClient == Array("last".utf8))
    }

    /// The first flight of a client in two parts, cut at each of its bytes: the answer has the same length each time.
    @Test func theFirstFlightMayBeCutAnywhere() throws {
        let context = try server()
        let flight = try client().take(atMost: .max).flatMap { $0 }
        #expect(flight.first == 22)
        var opened = ByteBuffer()
        for cut in 0...flight.count {
            let server = try #require(TLSChannel(context))
            server.takes(flight[..<cut], into: &opened)
            if cut < flight.count { #expect(server.outgoingByteCount == 0, "\(cut)") }
            server.takes(flight[cut...], into: &opened)
            #expect(server.state == .handshaking)
            #expect(server.outgoingByteCount > 500, "\(cut)")
        }
        #expect(opened.isEmpty)
    }

    /// Any byte of a record changed: nothing of it comes out, and the connection is over.
    @Test func aChangedByteIsNoticed() throws {
        let context = try server()
        for position in 0..<40 {
            let server = try #require(TLSChannel(context))
            let client = try client()
            talk(client, server)
            #expect(client.seals(Array("a secret, or two".utf8)))
            var record = client.take(atMost: .max).flatMap { $0 }
            guard position < record.count else { break }
            record[position] ^= 0x40
            var opened = ByteBuffer()
            server.takes(record, into: &opened)
            // A changed length may also announce more than has come.
            #expect(server.state == .failed || 3...4 ~= position, "\(position)")
            #expect(opened.isEmpty)
        }
    }

    @Test func aPreambleGoesFirst() throws {
        let server = try #require(TLSChannel(try server(), preamble: "S"))
        let first = server.take(atMost: .max).flatMap { $0 }
        #expect(first == Array("S".utf8))
        let client = try client()
        talk(client, server)
        #expect(client.state == .open)
    }

    @Test func garbageIsAnsweredWithAnAlert() throws {
        for garbage in ["GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\0\u{5}hello"] {
            let server = try #require(TLSChannel(try server()))
            var opened = ByteBuffer()
            server.takes(Array(garbage.utf8), into: &opened)
            #expect(server.state == .failed)
            #expect(!server.failure.isEmpty)
            // Nothing more is taken, and nothing can be said.
            server.takes(Array(garbage.utf8), into: &opened)
            #expect(!server.seals(Array("x".utf8)))
            #expect(opened.isEmpty)
        }
    }

    // MARK: Who is trusted

    @Test(arguments: [("example.test", true), ("localhost", true), ("127.0.0.1", true), ("other.test", false), ("127.0.0.2", false)])
    func clientsCheckTheName(host: String, isRight: Bool) throws {
        let server = try #require(TLSChannel(try server()))
        let client = try client(host: host)
        talk(client, server)
        #expect((client.state == .open) == isRight)
        if !isRight { #expect(client.failure.contains("mismatch"), "\(client.failure)") }
    }

    @Test func clientsCheckTheAuthority() throws {
        let server = try #require(TLSChannel(try server()))
        let stranger = try client(.authorities(certificates.certificate(.other)))
        talk(stranger, server)
        #expect(stranger.state == .failed)
        let system = try client(.system)
        let second = try #require(TLSChannel(try self.server()))
        talk(system, second)
        #expect(system.state == .failed)
        #expect(system.failure.contains("certificate verify failed: "), "\(system.failure)")
    }

    @Test func aPinIsTheCertificateItself() throws {
        let context = try server()
        var pin = Self.serverPin
        let client = try client(.pin(pin), host: "anything.test")
        talk(client, try #require(TLSChannel(context)))
        #expect(client.state == .open)
        pin[31] ^= 1
        let wrong = try self.client(.pin(pin))
        talk(wrong, try #require(TLSChannel(context)))
        #expect(wrong.state == .failed)
        #expect(!wrong.seals(Array("password".utf8)))
    }

    static let serverPin: [UInt8] = [
        0x8d, 0xc7, 0x18, 0x66, 0x15, 0x21, 0xf3, 0xbb, 0xdf, 0xc0, 0x2a, 0xc7, 0x9e, 0x8a, 0x29, 0x60, 0xe0, 0x84, 0x34, 0xdd, 0xd8, 0x37,
        0x6c, 0xb3, 0x07, 0xd3, 0x34, 0x8d, 0xfe, 0xf6, 0x9c, 0x9c,
    ]

    @Test func theEndPointIsTheCertificatesDigest() throws {
        let server = try #require(TLSChannel(try server()))
        talk(try client(), server)
        #expect(server.endPoint == Self.serverPin)
    }

    // MARK: Several names

    @Test(arguments: [
        ("other.test", TestCertificates.Name.other), ("deep.other.test", .other), ("example.test", .server), ("nobody.test", .server),
    ]) func theNameChoosesTheCertificate(host: String, name: TestCertificates.Name) throws {
        let context = try server([.server, .other])
        let server = try #require(TLSChannel(context))
        let client = try client(.pin([]), host: host)
        talk(client, server)
        let chosen = server.endPoint
        let alone = try #require(TLSChannel(try self.server([name])))
        talk(try self.client(.pin([]), host: host), alone)
        #expect(chosen == alone.endPoint)
    }

    // MARK: Files

    @Test func keysThatOthersMayReadAreRefused() throws {
        for mode in [0o644, 0o640, 0o604, 0o660] {
            try certificates.write(try text(certificates.key(.server)), to: certificates.key(.server), mode: mode)
            // Root's keys may be readable by a group, for others than root.
            let error = #expect(throws: TLSError.self, "\(mode)") { try server() }
            #expect(error?.message.contains("can be read by other accounts") == true)
        }
    }

    @Test func wrongFilesAreNamed() throws {
        func message(_ certificate: String, _ key: String) -> String {
            do {
                let files = TLSContext.CertificateFiles(certificate: certificate, key: key)
                _ = try TLSContext(server: [files], library: library)
                return ""
            } catch {
                return error.message
            }
        }
        let (certificate, key) = (certificates.certificate(.server), certificates.key(.server))
        #expect(message(certificate, key) == "")
        #expect(message(certificate, certificates.lockedKey).contains("has a passphrase"))
        #expect(message(certificate, certificates.key(.other)).contains("is not that of the certificate"))
        #expect(message(certificate, certificate).contains("is no private key in PEM"))
        #expect(message(key, key).contains("is no certificate in PEM"))
        #expect(message(certificate, key + ".none").contains("cannot be read: No such file"))
        #expect(message(certificate + ".none", key).contains("The certificate \(certificate).none cannot be read: No such file"))
        let folder = String(certificate[..<certificate.lastIndex(of: "/")!])
        #expect(message(folder, key).contains("The certificate \(folder) is a directory"))
        #expect(message(certificate, folder).contains("The private key \(folder) is a directory"))
        try certificates.write("", to: key + ".empty")
        #expect(message(certificate, key + ".empty").contains("is no private key in PEM: there is none in it"))
        let error = #expect(throws: TLSError.self) {
            let files = TLSContext.CertificateFiles(certificate: certificate, key: self.certificates.key(.other))
            _ = try TLSContext(server: [files], library: self.library)
        }
        #expect(error?.file == certificates.key(.other))
        let authorities = #expect(throws: TLSError.self) {
            _ = try TLSContext(client: .authorities(key + ".none"), library: self.library)
        }
        #expect(authorities?.message.contains("The file of authorities \(key).none cannot be read") == true)
    }

    private func text(_ path: String) throws -> String {
        String(decoding: try #require(SystemFiles.contents(of: path, limit: 1 << 20)), as: UTF8.self)
    }

    @Test func theExpiryIsKnown() throws {
        let validities = try server([.server, .other]).validities
        #expect(validities.map(\.file) == [certificates.certificate(.server), certificates.certificate(.other)])
        // The year 2126.
        #expect(validities.allSatisfy { 4_900_000_000...4_960_000_000 ~= $0.end }, "\(validities)")
        #expect(validities.allSatisfy { $0.begin > 1_700_000_000 && $0.fault(at: $0.begin) == nil && $0.fault(at: $0.end - 1) == nil })
        // From 2020-01-01 to 2021-01-01.
        let past = try #require(try server([.expired]).validities.first)
        #expect(abs(past.begin - 1_577_836_800) <= 1 && abs(past.end - 1_609_459_200) <= 1)
        let whole = TLSContext.Validity(file: "a.pem", begin: 1_577_836_800, end: 1_609_459_200)
        #expect(whole.fault(at: whole.end)?.contains("a.pem has expired on 2021-01-01 00:00:00Z: clients refuse it") == true)
        #expect(whole.fault(at: whole.begin - 1)?.contains("a.pem is not good before 2020-01-01 00:00:00Z") == true)
    }

    @Test func aLibraryThatIsNotThereIsNamed() {
        // The process has loaded its library; what would be said of another one is in Tests/Acceptance/tls.py.
        #expect(library.version.hasPrefix("OpenSSL "))
    }
}

extension TLSChannel {
    fileprivate func takes(_ bytes: some Sequence<UInt8>, into opened: inout ByteBuffer) {
        let bytes = Array(bytes)
        receive(bytes.span, into: &opened)
    }

    fileprivate func seals(_ bytes: some Sequence<UInt8>) -> Bool {
        let bytes = Array(bytes)
        return seal(bytes.span)
    }

    /// What waits for the socket, in pieces.
    fileprivate func take(atMost count: Int) -> [[UInt8]] {
        let bytes = Array(outgoing.bytes.dropFirst(sentByteCount))
        sent(bytes.count)
        return stride(from: 0, to: bytes.count, by: min(count, max(bytes.count, 1))).map {
            Array(bytes[$0..<min($0 + min(count, bytes.count), bytes.count)])
        }
    }
}
