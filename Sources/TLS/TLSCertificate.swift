import Ground

/// A certificate: what the server says of its own, and of a client's.
///
/// Why this is safe: the object is counted by OpenSSL and ours for as long as we use it; results are copied at once.
@safe struct TLSCertificate: ~Copyable {
    private let certificate: LibSSL.Pointer
    private let library: LibSSL
    private let isOurs: Bool

    /// One that somebody else keeps; nil if there is none.
    init?(borrowed certificate: LibSSL.Pointer?, _ library: LibSSL) {
        guard let certificate = unsafe certificate else { return nil }
        unsafe self.certificate = certificate
        self.library = library
        isOurs = false
    }

    /// One that is to be freed.
    init?(owned certificate: LibSSL.Pointer?, _ library: LibSSL) {
        guard let certificate = unsafe certificate else { return nil }
        unsafe self.certificate = certificate
        self.library = library
        isOurs = true
    }

    deinit {
        if isOurs { unsafe library.x509Free(certificate) }
    }

    /// From when to when it is good, in seconds since 1970: nil if that can't be read.
    var validity: (begin: Double, end: Double)? {
        guard let begin = unsafe time(library.x509Get0NotBefore(certificate)), let end = unsafe time(library.x509Get0NotAfter(certificate))
        else { return nil }
        return (begin, end)
    }

    private func time(_ time: LibSSL.Pointer?) -> Double? {
        var (days, seconds): (Int32, Int32) = (0, 0)
        guard unsafe library.asn1TimeDiff(&days, &seconds, nil, time) == 1 else { return nil }
        return (SystemFacts.secondsSince1970 + Double(days) * 86_400 + Double(seconds)).rounded()
    }

    /// The SHA-256 of its DER form.
    var fingerprint: [UInt8]? { digest("SHA256") }

    /// What SCRAM binds to (`tls-server-end-point`, RFC 5929): the digest that the certificate is signed with, SHA-256 for MD5 and SHA-1.
    /// Nil for signatures that have none of their own.
    var endPoint: [UInt8]? {
        var (digest, key, bits): (Int32, Int32, Int32) = (0, 0, 0)
        var flags: UInt32 = 0
        guard unsafe library.x509GetSignatureInfo(certificate, &digest, &key, &bits, &flags) == 1, digest != 0 else { return nil }
        let name = unsafe LibSSL.text(unsafe library.objNid2sn(digest))
        return self.digest(name == "MD5" || name == "SHA1" ? "SHA256" : name)
    }

    private func digest(_ name: String) -> [UInt8]? {
        guard let function = unsafe library.evpGetDigestbyname(name) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        guard unsafe library.x509Digest(certificate, function, &bytes, &count) == 1 else { return nil }
        return Array(bytes.prefix(Int(count)))
    }

    /// The subject's common name, if it has exactly one, of text.
    var commonName: String? {
        let subject = unsafe library.x509GetSubjectName(certificate)
        // 13 is the number of "common name".
        let index = unsafe library.x509NameGetIndexByNid(subject, 13, -1)
        guard index >= 0, unsafe library.x509NameGetIndexByNid(subject, 13, index) == -1 else { return nil }
        var text: LibSSL.MutableBytes?
        let data = unsafe library.x509NameEntryGetData(unsafe library.x509NameGetEntry(subject, index))
        let count = unsafe library.asn1StringToUTF8(&text, data)
        guard count > 0, let start = unsafe text else { return nil }
        defer { unsafe library.cryptoFree(start, "", 0) }
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: Int(count)))
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
