import CSystem
import Ground
import ReQLish

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// The system calls on TCP sockets, as plain results. All are non-blocking.
///
/// Why this is safe: each pointer given to a call is to memory that this function holds for the length of the call, with its true size.
@safe enum SystemSocket {
    enum Received: Sendable {
        case bytes(Int)
        case end
        /// Nothing there now.
        case wouldBlock
        case failed
    }

    enum Sent: Sendable {
        case bytes(Int)
        /// The socket's buffer is full now.
        case wouldBlock
        case failed
    }

    enum Accepted: Sendable {
        case socket(Int32)
        case none
        /// The client was gone before it was accepted; the next may be there.
        case retry
        /// The process or the system has no descriptors or memory left.
        case exhausted
    }

    /// The next connection of a listener, non-blocking, closed on exec, without Nagle's delay.
    static func accept(_ listener: Int32) -> Accepted {
        #if canImport(Darwin)
            let socket = unsafe Darwin.accept(listener, nil, nil)
        #else
            let socket = pando_accept(listener)
        #endif
        guard socket >= 0 else {
            switch errno {
            case EAGAIN, EWOULDBLOCK: return .none
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            default: return .retry
            }
        }
        #if canImport(Darwin)
            makeNonBlocking(socket)
            set(socket, SOL_SOCKET, SO_NOSIGPIPE, 1)
        #endif
        set(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return .socket(socket)
    }

    /// Where the other end of a connection is; nil if it is gone already.
    static func peer(of socket: Int32) -> QueryClient? { unsafe end(of: socket) { unsafe getpeername($0, $1, $2) } }

    /// Where this end of a connection is.
    static func address(of socket: Int32) -> QueryClient? { unsafe end(of: socket) { unsafe getsockname($0, $1, $2) } }

    private static func end(
        of socket: Int32, _ ask: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> QueryClient? {
        var v6 = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let isKnown = unsafe withUnsafeMutableBytes(of: &v6) { bytes in
            let address = unsafe bytes.assumingMemoryBound(to: sockaddr.self)
            guard unsafe ask(socket, address.baseAddress, &size) == 0 else { return false }
            // The number stands at another place in the two kinds of address.
            let family = Int32(unsafe address[0].sa_family)
            let offset = family == AF_INET6 ? 8 : 4
            guard family == AF_INET6 || family == AF_INET, let base = bytes.baseAddress else { return false }
            return unsafe inet_ntop(family, base + offset, &text, socklen_t(text.count)) != nil
        }
        guard isKnown else { return nil }
        let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return QueryClient(address: address, port: Int(UInt16(bigEndian: v6.sin6_port)))
    }

    /// Reads into a buffer.
    static func receive(_ socket: Int32, into buffer: ReceiveBuffer) -> Received {
        while true {
            let count = unsafe recv(socket, buffer.start, ReceiveBuffer.capacity, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK: return .wouldBlock
            default: return .failed
            }
        }
    }

    /// Sends both parts of a queue with one call.
    static func send(_ socket: Int32, _ queue: borrowing OutputQueue) -> Sent {
        let stagedSent = queue.stagedSent
        let largeSent = queue.largeSent
        return unsafe queue.staged.withUnsafeBytes { staged in
            unsafe queue.large.withUnsafeBytes { large in
                let first = unsafe UnsafeRawBufferPointer(rebasing: staged[stagedSent...])
                let second = unsafe UnsafeRawBufferPointer(rebasing: large[largeSent...])
                if unsafe second.isEmpty { return unsafe send(socket, first) }
                if unsafe first.isEmpty { return unsafe send(socket, second) }
                return unsafe send(socket, first, second)
            }
        }
    }

    /// Sends a buffer from a position on.
    static func send(_ socket: Int32, _ bytes: borrowing ByteBuffer, from start: Int) -> Sent {
        unsafe bytes.withUnsafeBytes { unsafe send(socket, UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    private static func send(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Sent {
        while true {
            let count = unsafe systemSend(socket, bytes)
            if count >= 0 { return .bytes(count) }
            if errno != EINTR { return sendFailure }
        }
    }

    private static func send(_ socket: Int32, _ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Sent {
        var parts = unsafe (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
        )
        while true {
            let count = unsafe withUnsafeMutableBytes(of: &parts) { raw in
                var message = unsafe msghdr()
                unsafe message.msg_iov = raw.baseAddress?.assumingMemoryBound(to: iovec.self)
                unsafe message.msg_iovlen = 2
                return unsafe sendmsg(socket, &message, systemSendFlags)
            }
            if count >= 0 { return .bytes(count) }
            if errno != EINTR { return sendFailure }
        }
    }

    private static var sendFailure: Sent {
        errno == EAGAIN || errno == EWOULDBLOCK ? .wouldBlock : .failed
    }

    static func shutDownWriting(_ socket: Int32) {
        _ = shutdown(socket, Int32(SHUT_WR))
    }

    static func close(_ descriptor: Int32) {
        systemClose(descriptor)
    }

    /// Has the system find out about a client that is gone without a word, where connections may be silent for hours.
    static func keepAlive(_ socket: Int32) { set(socket, SOL_SOCKET, SO_KEEPALIVE, 1) }

    static func set(_ socket: Int32, _ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = unsafe setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    static func makeNonBlocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }
}

/// The memory that a loop's sockets are read into, one after the other. What a connection keeps, it copies.
///
/// Why this is safe: the memory lives as long as the object, is initialised once, and is only used on the loop's thread.
@safe final class ReceiveBuffer {
    static let capacity = 64 * 1024
    let start: UnsafeMutableRawPointer

    init() {
        unsafe start = .allocate(byteCount: Self.capacity, alignment: 64)
        unsafe start.initializeMemory(as: UInt8.self, repeating: 0, count: Self.capacity)
    }

    deinit { unsafe start.deallocate() }

    /// The first bytes, valid inside the closure.
    func withBytes(_ count: Int, _ body: (Span<UInt8>) -> Void) {
        precondition(count <= Self.capacity)
        let bytes = unsafe UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
        unsafe body(bytes.span)
    }
}

// The calls whose names the functions above have taken.

// Where the system allows it, a broken connection is an error of the call and not a signal; elsewhere the socket has an option for that.
#if canImport(Darwin)
    private let systemSendFlags: Int32 = 0
#else
    private let systemSendFlags = Int32(MSG_NOSIGNAL)
#endif

@unsafe private func systemSend(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    unsafe send(socket, bytes.baseAddress, bytes.count, systemSendFlags)
}

private func systemClose(_ descriptor: Int32) {
    _ = close(descriptor)
}
