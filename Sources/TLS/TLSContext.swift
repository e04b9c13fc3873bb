import Ground

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What all connections of a port share: certificates, who is trusted, and the policy. It does not change once it is made, so any thread
/// may open a ``TLSChannel`` of it.
///
/// The policy is Mozilla's "intermediate" without finite-field Diffie-Hellman: TLS 1.2 and 1.3, forward secrecy and authenticated
/// encryption only, no compression, no renegotiation, no data before the handshake is through.
///
/// Why this is safe: each OpenSSL object is made and checked here and freed once, in `deinit`; a channel keeps its context, so the
/// argument that callbacks get is there whenever they are called.
@safe package final class TLSContext: @unchecked Sendable {
    /// The files of a certificate (with those that lead from it to a known authority behind it) and of its private key, in PEM.
    package struct CertificateFiles: Sendable, Hashable {
        package let certificate: String
        package let key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// From when to when a certificate is good, in seconds since 1970.
    package struct Validity: Sendable, Hashable {
        package let file: String
        package let begin: Double
        package let end: Double

        package init(file: String, begin: Double, end: Double) {
            (self.file, self.begin, self.end) = (file, begin, end)
        }

        /// Why clients refuse it at some time: nil if it is good then.
        package func fault(at time: Double) -> String? {
            func text(_ time: Double) -> String { CalendarTime(secondsSince1970: Int(time)).text(separator: " ") }
            let advice = "clients refuse it. Put one in its place that is good now, and have it read again (SIGHUP)."
            if time >= end { return "The certificate \(file) has expired on \(text(end)): \(advice)" }
            if time < begin { return "The certificate \(file) is not good before \(text(begin)): \(advice)" }
            return nil
        }
    }

    package enum LeastVersion: Int, Sendable, Hashable {
        case tls12 = 0x0303
        case tls13 = 0x0304
    }

    /// Whether clients show certificates.
    package enum ClientCertificates: Sendable, Hashable {
        case none
        /// They may; what is shown has to come from an authority in the file.
        case optional(authorities: String)
        case required(authorities: String)
    }

    /// How a client knows the server.
    package enum Trust: Sendable, Hashable {
        /// By a certificate of an authority that the system trusts, for the server's name.
        case system
        /// The same, of the authorities in a file.
        case authorities(String)
        /// By the certificate itself: the SHA-256 of its DER form.
        case pin([UInt8])
    }

    /// A protocol inside TLS, agreed on in the handshake (ALPN).
    package struct InnerProtocol: Sendable, Hashable {
        package let name: String
        /// Whether a client that offers others only is refused.
        package let isRequired: Bool

        package init(_ name: String, isRequired: Bool) {
            self.name = name
            self.isRequired = isRequired
        }
    }

    package enum Role: Sendable, Hashable {
        case server
        case client(Trust)
    }

    let library: LibSSL
    package let role: Role
    fileprivate let innerProtocol: [UInt8]
    fileprivate let isProtocolRequired: Bool
    /// One for each certificate; the first is the default.
    private let contexts: [LibSSL.Pointer]
    /// How long certificates are good, in the order of their files.
    package let validities: [Validity]

    var first: LibSSL.Pointer { unsafe contexts[0] }

    deinit {
        for index in unsafe contexts.indices { unsafe library.sslCtxFree(contexts[index]) }
    }

    /// The context of a server.
    package init(
        server certificates: [CertificateFiles], leastVersion: LeastVersion = .tls12, clients: ClientCertificates = .none,
        innerProtocol: InnerProtocol? = nil, library: LibSSL
    ) throws(TLSError) {
        var contexts: [LibSSL.Pointer] = unsafe []
        var validities: [Validity] = []
        do throws(TLSError) {
            guard !certificates.isEmpty else { throw TLSError("TLS needs a certificate.") }
            for files in certificates {
                let context = try unsafe Self.make(unsafe library.tlsServerMethod(), leastVersion, library)
                unsafe contexts.append(context)
                try unsafe Self.use(files, context, library)
                try unsafe Self.ask(clients, context, library)
                // Sessions are in clients' tickets; nothing is kept here.
                _ = unsafe library.sslCtxCtrl(context, LibSSL.Command.sessionCacheMode, 0, nil)
                _ = unsafe library.sslCtxSetNumTickets(context, 1)
                // Who resumes a session was asked for a certificate at its beginning.
                let name = Array("pando".utf8)
                _ = unsafe library.sslCtxSetSessionIDContext(context, name, UInt32(name.count))
                let certificate = unsafe TLSCertificate(borrowed: unsafe library.sslCtxGet0Certificate(context), library)
                let (begin, end) = certificate?.validity ?? (0, 0)
                validities.append(Validity(file: files.certificate, begin: begin, end: end))
            }
        } catch {
            for index in unsafe contexts.indices { unsafe library.sslCtxFree(contexts[index]) }
            throw error
        }
        self.library = library
        role = .server
        self.innerProtocol = Array((innerProtocol?.name ?? "").utf8)
        isProtocolRequired = innerProtocol?.isRequired ?? false
        self.validities = validities
        unsafe self.contexts = contexts
        let argument = unsafe Unmanaged.passUnretained(self).toOpaque()
        if innerProtocol != nil {
            for index in unsafe contexts.indices {
                unsafe library.sslCtxSetAlpnSelectCb(contexts[index], Self.protocolCallback, argument)
            }
        }
        if certificates.count > 1 {
            let callback = unsafe unsafeBitCast(Self.serverNameCallback, to: (@convention(c) () -> Void).self)
            _ = unsafe library.sslCtxCallbackCtrl(contexts[0], LibSSL.Command.serverNameCallback, callback)
            _ = unsafe library.sslCtxCtrl(contexts[0], LibSSL.Command.serverNameArgument, 0, argument)
        }
    }

    /// The context of a client. There is none that trusts everybody.
    package init(client trust: Trust, library: LibSSL) throws(TLSError) {
        let context = try unsafe Self.make(unsafe library.tlsClientMethod(), .tls12, library)
        do throws(TLSError) {
            switch trust {
            case .system:
                guard unsafe library.sslCtxSetDefaultVerifyPaths(context) == 1 else {
                    throw TLSError("The authorities that the system trusts cannot be read: \(library.takeError()).")
                }
            case .authorities(let file):
                try Self.checkAccess(to: file, "file of authorities")
                guard unsafe library.sslCtxLoadVerifyLocations(context, file, nil) == 1 else {
                    throw TLSError("\(file) has no certificates of authorities in PEM: \(library.takeError()).", file: file)
                }
            // The certificate itself is compared, when the handshake has shown it.
            case .pin: break
            }
        } catch {
            unsafe library.sslCtxFree(context)
            throw error
        }
        if case .pin = trust {} else { unsafe library.sslCtxSetVerify(context, 1, nil) }
        self.library = library
        role = .client(trust)
        innerProtocol = []
        isProtocolRequired = false
        validities = []
        unsafe contexts = [context]
    }

    // MARK: Making

    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")

    private static func make(
        _ method: LibSSL.Pointer?, _ least: LeastVersion, _ library: LibSSL
    ) throws(TLSError) -> LibSSL.Pointer {
        library.errClearError()
        guard let context = unsafe library.sslCtxNew(method) else { throw TLSError("OpenSSL: \(library.takeError()).") }
        // No compression (bit 17), no renegotiation (bit 30).
        _ = unsafe library.sslCtxSetOptions(context, 1 << 17 | 1 << 30)
        // Buffers of connections at rest go back.
        _ = unsafe library.sslCtxCtrl(context, LibSSL.Command.mode, 0x10, nil)
        guard unsafe library.sslCtxCtrl(context, LibSSL.Command.leastVersion, least.rawValue, nil) == 1,
            unsafe library.sslCtxSetCipherList(context, ciphers) == 1
        else {
            let reason = library.takeError()
            unsafe library.sslCtxFree(context)
            throw TLSError("OpenSSL does not take the settings of TLS: \(reason).")
        }
        return unsafe context
    }

    private static func use(_ files: CertificateFiles, _ context: LibSSL.Pointer, _ library: LibSSL) throws(TLSError) {
        try checkAccess(to: files.certificate, "certificate")
        guard unsafe library.sslCtxUseCertificateChainFile(context, files.certificate) == 1 else {
            throw TLSError("\(files.certificate) is no certificate in PEM: \(library.takeError()).", file: files.certificate)
        }
        try checkAccess(to: files.key, "private key")
        try checkPrivacy(ofKey: files.key)
        let text = String(decoding: SystemFiles.contents(of: files.key, limit: 1 << 20) ?? [], as: UTF8.self)
        guard !text.contains("ENCRYPTED") else {
            throw TLSError(
                "The private key \(files.key) has a passphrase, which nobody could enter. Take it off with openssl pkey, "
                    + "and let only this account read the file.", file: files.key)
        }
        // OpenSSL would ask at the terminal.
        unsafe library.sslCtxSetDefaultPasswdCb(context, { _, _, _, _ in 0 })
        guard unsafe library.sslCtxUsePrivateKeyFile(context, files.key, 1) == 1 else {
            let reason = library.takeError()
            if reason.contains("mismatch") { throw mismatch(files) }
            let isOther = !text.contains("PRIVATE KEY-----")
            throw TLSError("\(files.key) is no private key in PEM: \(isOther ? "there is none in it" : reason).", file: files.key)
        }
        guard unsafe library.sslCtxCheckPrivateKey(context) == 1 else {
            library.errClearError()
            throw mismatch(files)
        }
    }

    private static func mismatch(_ files: CertificateFiles) -> TLSError {
        TLSError(
            "The private key \(files.key) is not that of the certificate \(files.certificate): name the one that the certificate was "
                + "made for.",
            file: files.key)
    }

    /// - Parameter what: that the file has, for messages.
    private static func checkAccess(to path: String, _ what: String) throws(TLSError) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, unsafe access(path, R_OK) == 0 else {
            let code = errno
            let advice = code == EACCES ? "let this account read it" : "name the file that has it"
            throw TLSError("The \(what) \(path) cannot be read: \(systemMessage(code)); \(advice).", file: path)
        }
        if facts.st_mode & S_IFMT == S_IFDIR {
            throw TLSError("The \(what) \(path) is a directory: name the file that has it.", file: path)
        }
    }

    /// A key is the account's alone; one of root's may be readable by a group.
    private static func checkPrivacy(ofKey path: String) throws(TLSError) {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            throw TLSError("The private key \(path) cannot be read: \(systemMessage(errno)).", file: path)
        }
        let allowed = UInt32(facts.st_uid == 0 && getuid() != 0 ? 0o640 : 0o600)
        guard UInt32(facts.st_mode) & 0o077 & ~allowed == 0 else {
            throw TLSError("The private key \(path) can be read by other accounts, so it is not used: chmod 600 \(path)", file: path)
        }
    }

    private static func ask(_ clients: ClientCertificates, _ context: LibSSL.Pointer, _ library: LibSSL) throws(TLSError) {
        let (authorities, mode): (String, Int32)
        switch clients {
        case .none: return
        case .optional(let file): (authorities, mode) = (file, 1)
        case .required(let file): (authorities, mode) = (file, 3)
        }
        try checkAccess(to: authorities, "file of authorities")
        guard unsafe library.sslCtxLoadVerifyLocations(context, authorities, nil) == 1,
            let names = unsafe library.sslLoadClientCaFile(authorities)
        else { throw TLSError("\(authorities) has no certificates of authorities in PEM: \(library.takeError()).", file: authorities) }
        unsafe library.sslCtxSetClientCaList(context, names)
        unsafe library.sslCtxSetVerify(context, mode, nil)
    }

    // MARK: The handshake's choices

    /// The certificate of the name that the client asks for, or the first.
    private static let serverNameCallback: LibSSL.ServerNameCallback = { channel, _, argument in
        guard let argument = unsafe argument else { return 3 }
        let context = unsafe Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
        let library = context.library
        guard let name = unsafe library.sslGetServername(channel, 0) else { return 3 }
        for index in unsafe context.contexts.indices {
            let candidate = unsafe context.contexts[index]
            guard unsafe library.x509CheckHost(library.sslCtxGet0Certificate(candidate), name, 0, 0, nil) == 1 else { continue }
            _ = unsafe library.sslSetSslCtx(channel, candidate)
            return 0
        }
        return 3
    }

    /// The inner protocol, if it is among those that the client offers: each its length and its name.
    private static let protocolCallback: LibSSL.ProtocolCallback = { _, chosen, chosenCount, offered, count, argument in
        guard let argument = unsafe argument, let offered = unsafe offered else { return 3 }
        let context = unsafe Unmanaged<TLSContext>.fromOpaque(argument).takeUnretainedValue()
        let list = unsafe UnsafeRawBufferPointer(start: offered, count: Int(count))
        var position = 0
        while position < list.count {
            let length = unsafe Int(list[position])
            guard position + 1 + length <= list.count else { break }
            if unsafe list[position + 1..<position + 1 + length].elementsEqual(context.innerProtocol) {
                unsafe chosen?.pointee = offered + position + 1
                unsafe chosenCount?.pointee = UInt8(length)
                return 0
            }
            position += 1 + length
        }
        return context.isProtocolRequired ? 2 : 3
    }
}
