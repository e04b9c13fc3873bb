import Ground
import Synchronization
import TLS

/// TLS between a connection and its socket. What the protocol says stays in the channel's output until the socket has taken what became of
/// it, so that waiting, ending and being too slow mean the same as without.
final class SocketEncryption {
    let tls: TLSChannel
    let port: PortEncryption
    /// What a client gets that does not speak TLS, in the words of the port's protocol.
    fileprivate let plainAnswer: String
    /// When a handshake has taken too long.
    fileprivate let deadline: MonotonicTime
    /// Bytes at the front of the output that are encrypted already, and have not gone as a whole.
    fileprivate var sealedByteCount = 0

    fileprivate init(_ tls: TLSChannel, _ port: PortEncryption, plainAnswer: String, deadline: MonotonicTime) {
        self.tls = tls
        self.port = port
        self.plainAnswer = plainAnswer
        self.deadline = deadline
    }

    /// When the connection has to be served although nothing else happened.
    var handshakeDeadline: MonotonicTime? { tls.state == .handshaking ? deadline : nil }

    /// Whether so much waits for the client that nothing more of it is read: OpenSSL refuses by itself whoever asks for another handshake, and
    /// who doesn't take the refusals could ask for ever.
    var isFull: Bool { tls.outgoingByteCount > Self.mostWaiting }
    private static let mostWaiting = 4 * TLSChannel.sealedAtOnce

    /// The first byte of a record that begins a handshake.
    static let firstByte: UInt8 = 22
    /// From the connection's start, or the client's wish, to the end of the handshake. Beyond: the connection is cut.
    static let handshakeTime = Duration.seconds(10)
}

extension SocketConnection {
    /// From here on all bytes are encrypted.
    /// - Parameters:
    ///   - preamble: what the client is to get in the clear before.
    ///   - plainAnswer: what a client gets that goes on in the clear; empty where it has asked for TLS.
    final func encrypt(by port: PortEncryption, preamble: StaticString = "", plainAnswer: String = "", at now: MonotonicTime) {
        // Of two protocols' bytes in one queue nobody could tell which are to be encrypted.
        guard preamble.utf8CodeUnitCount == 0 || channel.output.isEmpty, let tls = port.channel(preamble: preamble) else {
            return channel.cut()
        }
        encryption = SocketEncryption(tls, port, plainAnswer: plainAnswer, deadline: now + SocketEncryption.handshakeTime)
    }

    final func takeEncrypted(_ bytes: borrowing Span<UInt8>, _ encryption: SocketEncryption, at now: MonotonicTime) {
        let tls = encryption.tls
        if tls.isFresh, !bytes.isEmpty, bytes[0] != SocketEncryption.firstByte {
            self.encryption = nil
            encryption.port.failures.add(1, ordering: .relaxed)
            channel.forgetOutput()
            channel.output.append(encryption.plainAnswer)
            return channel.end()
        }
        let wasOpen = tls.state != .handshaking
        var opened = ByteBuffer(capacity: bytes.count + 512)
        tls.receive(bytes, into: &opened)
        if !wasOpen, tls.state == .open || tls.state == .ended {
            encryption.port.handshakes.add(1, ordering: .relaxed)
            encrypted(tls)
        }
        if !opened.isEmpty, channel.isOpen { receive(opened.span, at: now) }
        switch tls.state {
        case .ended: channel.receiveEnd()
        case .failed:
            if !wasOpen { encryption.port.failures.add(1, ordering: .relaxed) }
            channel.forgetOutput()
            encryption.sealedByteCount = 0
            channel.end()
        case .handshaking, .open: break
        }
    }

    /// Encrypts what waits, a part at a time, and gives it to the socket.
    final func sendEncrypted(_ encryption: SocketEncryption, at now: MonotonicTime) -> OutputFlow {
        let tls = encryption.tls
        if tls.outgoingByteCount == 0, !channel.output.isEmpty {
            encryption.sealedByteCount = channel.output.seal(by: tls, atMost: TLSChannel.sealedAtOnce)
            guard encryption.sealedByteCount > 0 else { return .failed }
        }
        switch SystemSocket.send(socket, tls.outgoing, from: tls.sentByteCount) {
        case .bytes(let count):
            let isAll = count == tls.outgoingByteCount
            tls.sent(count)
            // That some went is progress, too.
            channel.sent(isAll ? encryption.sealedByteCount : 0, at: now)
            if isAll { encryption.sealedByteCount = 0 }
            return isAll ? .wentOut : .blocked
        case .wouldBlock: return .blocked
        case .failed: return .failed
        }
    }

    /// Says that nothing more comes, as far as the socket takes it at once: what should be read before has been taken.
    final func endEncryption(_ encryption: SocketEncryption) {
        let tls = encryption.tls
        tls.end()
        guard tls.outgoingByteCount > 0 else { return }
        if case .bytes(let count) = SystemSocket.send(socket, tls.outgoing, from: tls.sentByteCount) { tls.sent(count) }
    }
}

extension OutputQueue {
    /// Encrypts the first bytes; they stay in the queue.
    /// - Returns: how many; 0 if the channel takes none.
    fileprivate func seal(by tls: TLSChannel, atMost limit: Int) -> Int {
        let staged = min(self.staged.count - stagedSent, limit)
        guard tls.seal(self.staged.span.extracting(stagedSent..<stagedSent + staged)) else { return 0 }
        let large = min(self.large.count - largeSent, limit - staged)
        guard tls.seal(self.large.span.extracting(largeSent..<largeSent + large)) else { return 0 }
        return staged + large
    }
}
