import Ground
import TLS

/// The bytes between us and a server, encrypted on their way if its address says so.
final class ServerConnection {
    private let socket: ClientSocket
    private var tls: TLSChannel?
    private let name: String
    /// When a handshake or an answer that is not whole yet is no longer waited for, however much of it comes.
    var deadline: MonotonicTime?
    /// What to do about a certificate that is not trusted.
    private var advice = "--tls-ca names who has signed it, --tls-pin the certificate itself."
    /// What was encrypted, and came with the end of the handshake.
    private var opened = ByteBuffer()

    /// Returns when the server has shown who it is.
    /// - Parameter patience: how long one of its addresses is waited for, and no longer than until it is stopped; nil: as the system does.
    convenience init(_ address: ServerAddress, _ stopper: Stopper, patience: Duration? = nil) throws {
        let socket = try ClientSocket(
            host: address.host, port: address.port, patience: patience, isGivenUp: patience == nil ? nil : { stopper.isStopped })
        self.init(socket, name: address.name, stopper)
        // A handshake is waited for as long.
        if let patience { wait(atMost: patience) }
        if let encryption = address.encryption { try encrypt(encryption, host: address.host) }
    }

    init(_ socket: ClientSocket, name: String, _ stopper: Stopper) {
        self.name = name
        self.socket = socket
        // A stopper lives longer: what it held would be open still when nobody uses it any more, and a server that stops waits for that.
        stopper.whenStopped { [weak socket] in socket?.shutDown() }
    }

    /// Goes on with TLS. Returns when the server has shown who it is.
    /// - Parameter advice: what to do about a certificate that is not trusted; nil: what the options of commands can do.
    func encrypt(_ context: TLSContext, host: String, advice: String? = nil) throws {
        if let advice { self.advice = advice }
        guard let tls = TLSChannel(context, host: host) else { throw CommandError.failed("There is no memory left.") }
        self.tls = tls
        try flush(tls)
        while tls.state == .handshaking {
            guard try receiveSealed(tls) else { throw CommandError.failed("\(name) ends the connection: does it speak TLS?") }
        }
    }

    /// What a login can be bound to; nil without TLS.
    var endPoint: [UInt8]? { tls?.endPoint }

    /// How long ``receive(into:)`` waits for each piece; nil: without end.
    func wait(atMost patience: Duration?) { socket.wait(atMost: patience) }

    /// Has a connection on which nothing comes be asked for now and then, so that it ends if the other machine is gone.
    func watch() { socket.watch() }

    func send(_ bytes: [UInt8]) throws { try send(bytes.span) }

    func send(_ bytes: borrowing Span<UInt8>) throws {
        guard let tls else { return try socket.send(bytes) }
        for start in stride(from: 0, to: bytes.count, by: TLSChannel.sealedAtOnce) {
            guard tls.seal(bytes.extracting(start..<min(start + TLSChannel.sealedAtOnce, bytes.count))) else { throw failure(tls) }
            try flush(tls)
        }
    }

    /// Adds what has come; false at the end.
    /// - Parameter waits: false to add what is there already, if anything is; the end is not told then.
    func receive(into bytes: inout ByteBuffer, waits: Bool = true) throws -> Bool {
        guard let tls else { return try receiveFromSocket(into: &bytes, waits: waits) }
        while opened.isEmpty { guard try receiveSealed(tls, waits: waits) else { return false } }
        bytes.append(opened.span)
        opened.removeAll()
        return true
    }

    /// The next piece that comes; nil at the end.
    func receive() throws -> [UInt8]? {
        var bytes = ByteBuffer()
        return try receive(into: &bytes) ? bytes.bytes : nil
    }

    /// Ends both directions.
    func shutDown() { socket.shutDown() }

    private func flush(_ tls: TLSChannel) throws(SystemError) {
        let bytes = tls.outgoing.bytes
        tls.sent(bytes.count)
        try socket.send(bytes.span)
    }

    /// - Returns: false at the end, and if nothing has come and is not waited for.
    private func receiveSealed(_ tls: TLSChannel, waits: Bool = true) throws -> Bool {
        guard tls.state != .ended else { return false }
        var sealed = ByteBuffer()
        guard try receiveFromSocket(into: &sealed, waits: waits) else { return false }
        tls.receive(sealed.span, into: &opened)
        // Also an alert that says why.
        try? flush(tls)
        if tls.state == .failed { throw failure(tls) }
        return true
    }

    private func receiveFromSocket(into bytes: inout ByteBuffer, waits: Bool) throws -> Bool {
        if waits, let deadline {
            let left = deadline - .now
            guard left > .milliseconds(1) else { throw SystemError.timeout("reading \(name)") }
            socket.wait(atMost: left)
        }
        return try socket.receive(into: &bytes, waits: waits)
    }

    private func failure(_ tls: TLSChannel) -> CommandError {
        .failed("There is no TLS with \(name): \(tls.failure).\(tls.failure.contains("verif") ? " \(advice)" : "")")
    }
}
