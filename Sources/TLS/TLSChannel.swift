package import Ground

/// One end of a TLS connection without its socket: what came from the other end goes in, and what goes there comes out. It waits for
/// nothing and knows no time.
///
///     handshaking ──▶ open ──▶ ended by the other end
///          └─────────────┴───▶ failed: what is outgoing says why
///
/// It belongs to one thread at a time.
///
/// Why this is safe: OpenSSL's object is made here and freed once, in `deinit`. It calls back only during our calls of it, when this
/// object is alive and `input`, if there is any, is the memory that the caller of ``receive(_:into:)`` lends for that call.
@safe package final class TLSChannel {
    package enum State: Sendable, Hashable {
        case handshaking
        case open
        /// The other end has said that it sends no more.
        case ended
        case failed
    }

    package private(set) var state = State.handshaking
    /// Why it has failed, in OpenSSL's words or ours.
    package private(set) var failure = ""
    /// Whether nothing has come from the other end yet.
    package private(set) var isFresh = true
    /// What the other end is to get; the first ``sentByteCount`` bytes have gone.
    package private(set) var outgoing = ByteBuffer(capacity: 16)
    package private(set) var sentByteCount = 0

    private let context: TLSContext
    private let channel: LibSSL.Pointer
    private var input: UnsafeRawBufferPointer?
    private var library: LibSSL { context.library }

    /// The end of a server, or of a client.
    /// - Parameters:
    ///   - preamble: what goes out in the clear before.
    ///   - host: the server that a client wants, by name or by number.
    /// - Returns: nil if there is no memory.
    package init?(_ context: TLSContext, preamble: StaticString = "", host: String? = nil) {
        let library = context.library
        library.errClearError()
        guard let channel = unsafe library.sslNew(context.first) else { return nil }
        guard let bio = unsafe library.bioNew(library.bioMethod) else {
            unsafe library.sslFree(channel)
            return nil
        }
        self.context = context
        unsafe self.channel = channel
        outgoing.append(preamble)
        unsafe library.bioSetData(bio, Unmanaged.passUnretained(self).toOpaque())
        unsafe library.bioSetInit(bio, 1)
        // From here on the object is the channel's.
        unsafe library.sslSetBio(channel, bio, bio)
        guard case .client = context.role else {
            unsafe library.sslSetAcceptState(channel)
            return
        }
        unsafe library.sslSetConnectState(channel)
        if let host { expect(host) }
        handshake()
    }

    deinit { unsafe library.sslFree(channel) }

    /// Has a client ask for a server, and check that its certificate is for it.
    private func expect(_ host: String) {
        if unsafe library.x509VerifyParamSet1IPAsc(unsafe library.sslGet0Param(channel), host) == 1 { return }
        library.errClearError()
        var name = Array(host.utf8CString)
        _ = unsafe library.sslSet1Host(channel, name)
        _ = unsafe library.sslCtrl(channel, LibSSL.Command.serverName, 0, &name)
    }

    // MARK: Bytes in

    /// Takes in what came from the other end, all of it, and adds what it means.
    package func receive(_ sealed: borrowing Span<UInt8>, into opened: inout ByteBuffer) {
        guard state == .handshaking || state == .open else { return }
        isFresh = false
        let most = sealed.count
        unsafe sealed.withUnsafeBytes { bytes in
            unsafe input = bytes
            if state == .handshaking { handshake() }
            while state == .open, read(into: &opened, atMost: most) {}
            unsafe input = nil
        }
    }

    private func handshake() {
        library.errClearError()
        let result = unsafe library.sslDoHandshake(channel)
        if result == 1 {
            state = .open
            if case .client(.pin(let pin)) = context.role { check(pin) }
        } else if unsafe library.sslGetError(channel, result) != SSLError.wantsInput {
            fail()
        }
    }

    private func check(_ pin: [UInt8]) {
        let shown = unsafe TLSCertificate(owned: unsafe library.sslGet1PeerCertificate(channel), library)
        guard shown?.fingerprint != pin else { return }
        failure = "the certificate's SHA-256 is not the one that was given"
        state = .failed
    }

    private enum SSLError {
        static let wantsInput: Int32 = 2
        static let ended: Int32 = 6
    }

    /// - Returns: false if there is no more to read now.
    private func read(into opened: inout ByteBuffer, atMost most: Int) -> Bool {
        let count = unsafe opened.append(atMost: max(most, 512)) { unsafe library.sslRead(channel, $0, Int32(clamping: $1)) }
        if count > 0 { return true }
        switch unsafe library.sslGetError(channel, count) {
        case SSLError.wantsInput: break
        case SSLError.ended: state = .ended
        default: fail()
        }
        return false
    }

    private func fail() {
        state = .failed
        failure = library.takeError()
        let verdict = unsafe library.sslGetVerifyResult(channel)
        if verdict != 0 { unsafe failure += ": " + LibSSL.text(unsafe library.x509VerifyCertErrorString(verdict)) }
    }

    // MARK: Bytes out

    /// The bytes that wait for the socket.
    package var outgoingByteCount: Int { outgoing.count - sentByteCount }

    /// The most that may be given to ``seal(_:)`` at once.
    package static let sealedAtOnce = 64 * 1024

    /// Whether bytes may be given to ``seal(_:)``.
    package var canSeal: Bool { state == .open || state == .ended }

    /// Encrypts bytes, all of them, for the other end.
    /// - Returns: false if the channel is not open, or has failed.
    package func seal(_ bytes: borrowing Span<UInt8>) -> Bool {
        guard canSeal else { return false }
        guard !bytes.isEmpty else { return true }
        // A record has up to 16 KiB, and 22 bytes more in TLS 1.3, 29 in 1.2.
        outgoing.reserve(bytes.count + (bytes.count / 16_384 + 1) * 32)
        library.errClearError()
        let count = unsafe bytes.withUnsafeBytes { unsafe library.sslWrite(channel, $0.baseAddress, Int32(clamping: $0.count)) }
        if Int(count) == bytes.count { return true }
        fail()
        return false
    }

    /// The socket took bytes.
    package func sent(_ count: Int) {
        sentByteCount += count
        guard sentByteCount >= outgoing.count else { return }
        // A connection at rest keeps little.
        if outgoing.room + outgoing.count > 4096 { outgoing = ByteBuffer(capacity: 16) } else { outgoing.removeAll() }
        sentByteCount = 0
    }

    /// Tells the other end that nothing more comes.
    package func end() {
        guard canSeal else { return }
        library.errClearError()
        _ = unsafe library.sslShutdown(channel)
        library.errClearError()
    }

    // MARK: Facts, once it is open

    /// `TLSv1.3`, say.
    package var version: String { unsafe LibSSL.text(unsafe library.sslGetVersion(channel)) }

    /// The protocol that was agreed on inside; empty if none was.
    package var innerProtocol: String {
        var name: UnsafeRawPointer?
        var count: UInt32 = 0
        unsafe library.sslGet0AlpnSelected(channel, &name, &count)
        return unsafe name.map { unsafe String(decoding: UnsafeRawBufferPointer(start: $0, count: Int(count)), as: UTF8.self) } ?? ""
    }

    /// What SCRAM can bind an exchange to: the certificate that the server has shown on this connection.
    package var endPoint: [UInt8]? {
        if case .client = context.role {
            let peer = unsafe TLSCertificate(owned: unsafe library.sslGet1PeerCertificate(channel), library)
            return peer?.endPoint
        }
        let shown = unsafe TLSCertificate(borrowed: unsafe library.sslGetCertificate(channel), library)
        return shown?.endPoint
    }

    /// The common name of the client's certificate, which was verified; nil if it showed none.
    package var clientName: String? {
        let shown = unsafe TLSCertificate(owned: unsafe library.sslGet1PeerCertificate(channel), library)
        return shown?.commonName
    }

    // MARK: OpenSSL's calls of us

    private static func of(_ bio: LibSSL.Pointer?) -> TLSChannel? {
        guard let data = unsafe LibSSL.data(of: bio) else { return nil }
        return unsafe Unmanaged<TLSChannel>.fromOpaque(data).takeUnretainedValue()
    }

    static let readCallback: LibSSL.ReadCallback = { bio, target, count in
        guard let channel = unsafe of(bio), let target = unsafe target else { return -1 }
        return unsafe channel.give(target, Int(count), bio)
    }

    static let writeCallback: LibSSL.WriteCallback = { bio, source, count in
        guard let channel = unsafe of(bio) else { return -1 }
        unsafe channel.outgoing.append(UnsafeRawBufferPointer(start: source, count: Int(count)))
        return count
    }

    /// Of all that can be asked, only flushing is done: there is nothing to do for it (11 is its number).
    static let controlCallback: LibSSL.ControlCallback = { _, command, _, _ in command == 11 ? 1 : 0 }

    /// Hands over what came, as far as there is any; otherwise it may be tried again.
    private func give(_ target: UnsafeMutableRawPointer, _ most: Int, _ bio: LibSSL.Pointer?) -> Int32 {
        unsafe library.bioClearFlags(bio, 0x0F)
        guard let bytes = unsafe input, unsafe !bytes.isEmpty, most > 0 else {
            // That reading may be tried again.
            unsafe library.bioSetFlags(bio, 0x01 | 0x08)
            return -1
        }
        let count = min(most, bytes.count)
        if let start = bytes.baseAddress { unsafe target.copyMemory(from: start, byteCount: count) }
        unsafe input = UnsafeRawBufferPointer(rebasing: bytes[count...])
        return Int32(clamping: count)
    }
}
