/// TLS at a port of an ``HTTPServer``. It is done by the system's OpenSSL, which is loaded when a port has it.
public struct TLSConfiguration: Sendable, Hashable {
    /// The files of a certificate and of its private key, both in PEM. Behind the certificate stand those that lead to a known authority.
    public struct Certificate: Sendable, Hashable {
        public var path: String
        /// Must not be readable by other accounts, nor have a passphrase.
        public var keyPath: String

        public init(path: String, keyPath: String) {
            self.path = path
            self.keyPath = keyPath
        }
    }

    public enum Version: Sendable, Hashable {
        case tls12
        case tls13
    }

    /// A client gets the first that is for the name it asks for, or the first of all.
    public var certificates: [Certificate]
    /// The oldest version that is spoken.
    public var leastVersion = Version.tls12
    /// A file of authorities whose certificates clients may show: the common name is the account then.
    public var clientAuthorityPath: String?
    /// Whether a client without such a certificate is refused.
    public var requiresClientCertificate = false
    /// OpenSSL's libssl; nil looks where the system has it.
    public var libraryPath: String?
    /// What named the files, by their paths, such as `tls-cert`: messages begin with it.
    public var settings: [String: String] = [:]

    public init(certificates: [Certificate]) {
        self.certificates = certificates
    }
}
