import CSystem
import Ground
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The system's OpenSSL, loaded when TLS is asked for: its functions under their own names, written as Swift writes names.
///
/// What OpenSSL's headers call macros are numbered commands of `sslCtrl` and `sslCtxCtrl` here (``Command``). Each thread has its own queue of
/// errors.
///
/// Why this is safe: each pointer was found under the function's name in a library whose version was checked, and has the type that the
/// documentation of OpenSSL 1.1.1 and of all versions of 3 gives; the library stays loaded until the process ends.
@safe package final class LibSSL: @unchecked Sendable {
    typealias Pointer = OpaquePointer
    typealias Bytes = UnsafeRawPointer
    typealias MutableBytes = UnsafeMutableRawPointer
    typealias Text = UnsafePointer<CChar>

    /// `SSL_CTX_ctrl`'s and `SSL_ctrl`'s numbers for what the headers have macros for.
    enum Command {
        static let mode: Int32 = 33
        static let sessionCacheMode: Int32 = 44
        static let serverNameCallback: Int32 = 53
        static let serverNameArgument: Int32 = 54
        static let serverName: Int32 = 55
        static let leastVersion: Int32 = 123
    }

    // The process.
    let opensslVersionNum: @convention(c) () -> UInt
    let opensslVersion: @convention(c) (Int32) -> Text?
    let errGetError: @convention(c) () -> UInt
    let errReasonErrorString: @convention(c) (UInt) -> Text?
    let errClearError: @convention(c) () -> Void
    let cryptoFree: @convention(c) (MutableBytes?, Text?, Int32) -> Void

    // Contexts: what all connections of a port share.
    let tlsServerMethod: @convention(c) () -> Pointer?
    let tlsClientMethod: @convention(c) () -> Pointer?
    let sslCtxNew: @convention(c) (Pointer?) -> Pointer?
    let sslCtxFree: @convention(c) (Pointer?) -> Void
    let sslCtxCtrl: @convention(c) (Pointer?, Int32, Int, MutableBytes?) -> Int
    let sslCtxCallbackCtrl: @convention(c) (Pointer?, Int32, (@convention(c) () -> Void)?) -> Int
    let sslCtxSetOptions: @convention(c) (Pointer?, UInt64) -> UInt64
    let sslCtxSetCipherList: @convention(c) (Pointer?, Text?) -> Int32
    let sslCtxUseCertificateChainFile: @convention(c) (Pointer?, Text?) -> Int32
    let sslCtxUsePrivateKeyFile: @convention(c) (Pointer?, Text?, Int32) -> Int32
    let sslCtxCheckPrivateKey: @convention(c) (Pointer?) -> Int32
    let sslCtxSetDefaultPasswdCb: @convention(c) (Pointer?, PasswordCallback?) -> Void
    let sslCtxSetAlpnSelectCb: @convention(c) (Pointer?, ProtocolCallback?, MutableBytes?) -> Void
    let sslCtxSetVerify: @convention(c) (Pointer?, Int32, Bytes?) -> Void
    let sslCtxLoadVerifyLocations: @convention(c) (Pointer?, Text?, Text?) -> Int32
    let sslCtxSetDefaultVerifyPaths: @convention(c) (Pointer?) -> Int32
    let sslLoadClientCaFile: @convention(c) (Text?) -> Pointer?
    let sslCtxSetClientCaList: @convention(c) (Pointer?, Pointer?) -> Void
    let sslCtxSetSessionIDContext: @convention(c) (Pointer?, Bytes?, UInt32) -> Int32
    let sslCtxSetNumTickets: @convention(c) (Pointer?, Int) -> Int32
    let sslCtxGet0Certificate: @convention(c) (Pointer?) -> Pointer?
    let sslSetSslCtx: @convention(c) (Pointer?, Pointer?) -> Pointer?

    // Connections.
    let sslNew: @convention(c) (Pointer?) -> Pointer?
    let sslFree: @convention(c) (Pointer?) -> Void
    let sslSetBio: @convention(c) (Pointer?, Pointer?, Pointer?) -> Void
    let sslSetAcceptState: @convention(c) (Pointer?) -> Void
    let sslSetConnectState: @convention(c) (Pointer?) -> Void
    let sslDoHandshake: @convention(c) (Pointer?) -> Int32
    let sslRead: @convention(c) (Pointer?, MutableBytes?, Int32) -> Int32
    let sslWrite: @convention(c) (Pointer?, Bytes?, Int32) -> Int32
    let sslShutdown: @convention(c) (Pointer?) -> Int32
    let sslGetError: @convention(c) (Pointer?, Int32) -> Int32
    let sslGetVersion: @convention(c) (Pointer?) -> Text?
    let sslCtrl: @convention(c) (Pointer?, Int32, Int, MutableBytes?) -> Int
    let sslGetServername: @convention(c) (Pointer?, Int32) -> Text?
    let sslGet0AlpnSelected: @convention(c) (Pointer?, UnsafeMutablePointer<Bytes?>?, UnsafeMutablePointer<UInt32>?) -> Void
    let sslSet1Host: @convention(c) (Pointer?, Text?) -> Int32
    let sslGet0Param: @convention(c) (Pointer?) -> Pointer?
    let x509VerifyParamSet1IPAsc: @convention(c) (Pointer?, Text?) -> Int32
    let sslGetVerifyResult: @convention(c) (Pointer?) -> Int
    let x509VerifyCertErrorString: @convention(c) (Int) -> Text?
    let sslGetCertificate: @convention(c) (Pointer?) -> Pointer?
    let sslGet1PeerCertificate: @convention(c) (Pointer?) -> Pointer?

    // The way bytes take between a connection and its owner.
    let bioMethNew: @convention(c) (Int32, Text?) -> Pointer?
    let bioMethSetRead: @convention(c) (Pointer?, ReadCallback?) -> Int32
    let bioMethSetWrite: @convention(c) (Pointer?, WriteCallback?) -> Int32
    let bioMethSetCtrl: @convention(c) (Pointer?, ControlCallback?) -> Int32
    let bioNew: @convention(c) (Pointer?) -> Pointer?
    let bioSetData: @convention(c) (Pointer?, MutableBytes?) -> Void
    let bioGetData: @convention(c) (Pointer?) -> MutableBytes?
    let bioSetInit: @convention(c) (Pointer?, Int32) -> Void
    let bioSetFlags: @convention(c) (Pointer?, Int32) -> Void
    let bioClearFlags: @convention(c) (Pointer?, Int32) -> Void

    // Certificates.
    let x509Free: @convention(c) (Pointer?) -> Void
    let x509CheckHost: @convention(c) (Pointer?, Text?, Int, UInt32, MutableBytes?) -> Int32
    let x509GetSubjectName: @convention(c) (Pointer?) -> Pointer?
    let x509NameGetIndexByNid: @convention(c) (Pointer?, Int32, Int32) -> Int32
    let x509NameGetEntry: @convention(c) (Pointer?, Int32) -> Pointer?
    let x509NameEntryGetData: @convention(c) (Pointer?) -> Pointer?
    let asn1StringToUTF8: @convention(c) (UnsafeMutablePointer<MutableBytes?>?, Pointer?) -> Int32
    let x509Digest: @convention(c) (Pointer?, Pointer?, MutableBytes?, UnsafeMutablePointer<UInt32>?) -> Int32
    let x509GetSignatureInfo: SignatureInfo
    let objNid2sn: @convention(c) (Int32) -> Text?
    let evpGetDigestbyname: @convention(c) (Text?) -> Pointer?
    let x509Get0NotBefore: @convention(c) (Pointer?) -> Pointer?
    let x509Get0NotAfter: @convention(c) (Pointer?) -> Pointer?
    let asn1TimeDiff: @convention(c) (UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?, Pointer?, Pointer?) -> Int32

    typealias PasswordCallback = @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, MutableBytes?) -> Int32
    typealias ProtocolCallback =
        @convention(c) (
            Pointer?, UnsafeMutablePointer<Bytes?>?, UnsafeMutablePointer<UInt8>?, Bytes?, UInt32, MutableBytes?
        ) -> Int32
    typealias ServerNameCallback = @convention(c) (Pointer?, UnsafeMutablePointer<Int32>?, MutableBytes?) -> Int32
    typealias ReadCallback = @convention(c) (Pointer?, MutableBytes?, Int32) -> Int32
    typealias WriteCallback = @convention(c) (Pointer?, Bytes?, Int32) -> Int32
    typealias ControlCallback = @convention(c) (Pointer?, Int32, Int, MutableBytes?) -> Int
    typealias SignatureInfo =
        @convention(c) (
            Pointer?, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?, UnsafeMutablePointer<Int32>?,
            UnsafeMutablePointer<UInt32>?
        ) -> Int32

    /// How the channels of this library read and write.
    let bioMethod: Pointer

    /// The library's own words for its version.
    package var version: String { unsafe Self.text(unsafe opensslVersion(0)) }

    /// OpenSSL 1.1.1, the oldest that has TLS 1.3.
    private static let oldestVersion: UInt = 0x1010_100F

    #if canImport(Darwin)
        private static let places = [
            "/opt/homebrew/opt/openssl@3/lib/libssl.3.dylib", "/usr/local/opt/openssl@3/lib/libssl.3.dylib",
            "/opt/local/lib/libssl.3.dylib",
            "/opt/local/libexec/openssl3/lib/libssl.3.dylib",
        ]
        private static let advice = "Homebrew: brew install openssl@3"
    #else
        private static let places = ["libssl.so.3", "libssl.so.1.1"]
        private static let advice = "libssl.so.3; Debian: libssl3"
    #endif

    private static let loaded = Mutex<LibSSL?>(nil)
    /// `BIO_get_data` of the library that was loaded: callbacks find their channel with it.
    private static let dataFunction = Atomic<UInt>(0)

    /// Loads the library. A process does that once; afterwards it has what it has.
    /// - Parameter path: nil looks where the system has it.
    package static func load(_ path: String? = nil) throws(TLSError) -> LibSSL {
        let result = loaded.withLock { loaded in
            Result { () throws(TLSError) in
                if let loaded { return loaded }
                let library = try LibSSL(path: path)
                dataFunction.store(unsafe UInt(bitPattern: unsafeBitCast(library.bioGetData, to: Bytes.self)), ordering: .releasing)
                loaded = library
                return library
            }
        }
        return try result.get()
    }

    /// What was put into a BIO of ours.
    static func data(of bio: Pointer?) -> MutableBytes? {
        typealias Function = @convention(c) (Pointer?) -> MutableBytes?
        guard let address = unsafe Bytes(bitPattern: dataFunction.load(ordering: .acquiring)) else { return nil }
        return unsafe unsafeBitCast(address, to: Function.self)(bio)
    }

    private init(path: String?) throws(TLSError) {
        // Another C library than the one that it was linked with may be there, whose parts do not fit.
        guard pando_is_static() == 0 else {
            throw TLSError("This is the static executable, which has no TLS: use the dynamic one, or a proxy that speaks TLS.")
        }
        var found: MutableBytes?
        for place in path.map({ [$0] }) ?? Self.places {
            unsafe found = dlopen(place, RTLD_NOW | RTLD_LOCAL)
            if unsafe found != nil { break }
        }
        guard let handle = unsafe found else {
            guard let path else { throw TLSError("TLS needs OpenSSL 3 (\(Self.advice)), which was not found.") }
            throw TLSError(unsafe "TLS needs OpenSSL 3, and \(path) cannot be loaded: \(Self.text(unsafe dlerror())).")
        }
        let library = unsafe Library(handle: handle)
        opensslVersionNum = unsafe try library.function("OpenSSL_version_num")
        unsafe opensslVersion = try library.function("OpenSSL_version")
        guard opensslVersionNum() >= Self.oldestVersion else {
            throw TLSError(unsafe "TLS needs OpenSSL 1.1.1 or newer, not \(Self.text(unsafe opensslVersion(0))).")
        }
        errGetError = unsafe try library.function("ERR_get_error")
        unsafe errReasonErrorString = try library.function("ERR_reason_error_string")
        errClearError = unsafe try library.function("ERR_clear_error")
        unsafe cryptoFree = try library.function("CRYPTO_free")

        unsafe tlsServerMethod = try library.function("TLS_server_method")
        unsafe tlsClientMethod = try library.function("TLS_client_method")
        unsafe sslCtxNew = try library.function("SSL_CTX_new")
        unsafe sslCtxFree = try library.function("SSL_CTX_free")
        unsafe sslCtxCtrl = try library.function("SSL_CTX_ctrl")
        unsafe sslCtxCallbackCtrl = try library.function("SSL_CTX_callback_ctrl")
        unsafe sslCtxSetOptions = try library.function("SSL_CTX_set_options")
        unsafe sslCtxSetCipherList = try library.function("SSL_CTX_set_cipher_list")
        unsafe sslCtxUseCertificateChainFile = try library.function("SSL_CTX_use_certificate_chain_file")
        unsafe sslCtxUsePrivateKeyFile = try library.function("SSL_CTX_use_PrivateKey_file")
        unsafe sslCtxCheckPrivateKey = try library.function("SSL_CTX_check_private_key")
        unsafe sslCtxSetDefaultPasswdCb = try library.function("SSL_CTX_set_default_passwd_cb")
        unsafe sslCtxSetAlpnSelectCb = try library.function("SSL_CTX_set_alpn_select_cb")
        unsafe sslCtxSetVerify = try library.function("SSL_CTX_set_verify")
        unsafe sslCtxLoadVerifyLocations = try library.function("SSL_CTX_load_verify_locations")
        unsafe sslCtxSetDefaultVerifyPaths = try library.function("SSL_CTX_set_default_verify_paths")
        unsafe sslLoadClientCaFile = try library.function("SSL_load_client_CA_file")
        unsafe sslCtxSetClientCaList = try library.function("SSL_CTX_set_client_CA_list")
        unsafe sslCtxSetSessionIDContext = try library.function("SSL_CTX_set_session_id_context")
        unsafe sslCtxSetNumTickets = try library.function("SSL_CTX_set_num_tickets")
        unsafe sslCtxGet0Certificate = try library.function("SSL_CTX_get0_certificate")
        unsafe sslSetSslCtx = try library.function("SSL_set_SSL_CTX")

        unsafe sslNew = try library.function("SSL_new")
        unsafe sslFree = try library.function("SSL_free")
        unsafe sslSetBio = try library.function("SSL_set_bio")
        unsafe sslSetAcceptState = try library.function("SSL_set_accept_state")
        unsafe sslSetConnectState = try library.function("SSL_set_connect_state")
        unsafe sslDoHandshake = try library.function("SSL_do_handshake")
        unsafe sslRead = try library.function("SSL_read")
        unsafe sslWrite = try library.function("SSL_write")
        unsafe sslShutdown = try library.function("SSL_shutdown")
        unsafe sslGetError = try library.function("SSL_get_error")
        unsafe sslGetVersion = try library.function("SSL_get_version")
        unsafe sslCtrl = try library.function("SSL_ctrl")
        unsafe sslGetServername = try library.function("SSL_get_servername")
        unsafe sslGet0AlpnSelected = try library.function("SSL_get0_alpn_selected")
        unsafe sslSet1Host = try library.function("SSL_set1_host")
        unsafe sslGet0Param = try library.function("SSL_get0_param")
        unsafe x509VerifyParamSet1IPAsc = try library.function("X509_VERIFY_PARAM_set1_ip_asc")
        unsafe sslGetVerifyResult = try library.function("SSL_get_verify_result")
        unsafe x509VerifyCertErrorString = try library.function("X509_verify_cert_error_string")
        unsafe sslGetCertificate = try library.function("SSL_get_certificate")
        // 3 has given it another name.
        let isNew = opensslVersionNum() >= 0x3000_0000
        unsafe sslGet1PeerCertificate = try library.function(isNew ? "SSL_get1_peer_certificate" : "SSL_get_peer_certificate")

        unsafe bioMethNew = try library.function("BIO_meth_new")
        unsafe bioMethSetRead = try library.function("BIO_meth_set_read")
        unsafe bioMethSetWrite = try library.function("BIO_meth_set_write")
        unsafe bioMethSetCtrl = try library.function("BIO_meth_set_ctrl")
        unsafe bioNew = try library.function("BIO_new")
        unsafe bioSetData = try library.function("BIO_set_data")
        unsafe bioGetData = try library.function("BIO_get_data")
        unsafe bioSetInit = try library.function("BIO_set_init")
        unsafe bioSetFlags = try library.function("BIO_set_flags")
        unsafe bioClearFlags = try library.function("BIO_clear_flags")

        unsafe x509Free = try library.function("X509_free")
        unsafe x509CheckHost = try library.function("X509_check_host")
        unsafe x509GetSubjectName = try library.function("X509_get_subject_name")
        unsafe x509NameGetIndexByNid = try library.function("X509_NAME_get_index_by_NID")
        unsafe x509NameGetEntry = try library.function("X509_NAME_get_entry")
        unsafe x509NameEntryGetData = try library.function("X509_NAME_ENTRY_get_data")
        unsafe asn1StringToUTF8 = try library.function("ASN1_STRING_to_UTF8")
        unsafe x509Digest = try library.function("X509_digest")
        unsafe x509GetSignatureInfo = try library.function("X509_get_signature_info")
        unsafe objNid2sn = try library.function("OBJ_nid2sn")
        unsafe evpGetDigestbyname = try library.function("EVP_get_digestbyname")
        unsafe x509Get0NotBefore = try library.function("X509_get0_notBefore")
        unsafe x509Get0NotAfter = try library.function("X509_get0_notAfter")
        unsafe asn1TimeDiff = try library.function("ASN1_TIME_diff")

        // Nothing is torn down at the process's end, when threads of ours may still be at work (OPENSSL_INIT_NO_ATEXIT).
        let initialize: @convention(c) (UInt64, Bytes?) -> Int32 = try unsafe library.function("OPENSSL_init_ssl")
        guard initialize(0x0008_0000, nil) == 1, let method = unsafe bioMethNew(0x0400 | 64, "pando") else {
            throw TLSError("OpenSSL cannot be started.")
        }
        unsafe bioMethod = method
        _ = unsafe bioMethSetRead(method, TLSChannel.readCallback)
        _ = unsafe bioMethSetWrite(method, TLSChannel.writeCallback)
        _ = unsafe bioMethSetCtrl(method, TLSChannel.controlCallback)
    }

    @unsafe private struct Library {
        let handle: MutableBytes

        func function<Function>(_ name: String) throws(TLSError) -> Function {
            guard let symbol = unsafe dlsym(handle, name) else {
                throw TLSError("The OpenSSL that was found has no function \(name); TLS needs OpenSSL 1.1.1 or newer.")
            }
            return unsafe unsafeBitCast(symbol, to: Function.self)
        }
    }

    static func text(_ characters: Text?) -> String { unsafe characters.map { unsafe String(cString: $0) } ?? "" }

    /// The oldest error of this thread in the library's words, and none is left.
    func takeError() -> String {
        let reason = unsafe Self.text(unsafe errReasonErrorString(errGetError()))
        errClearError()
        return reason.isEmpty ? "unknown error" : reason
    }
}
