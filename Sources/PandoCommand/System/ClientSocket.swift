// A connection to a server, behind functions that take and return checked types. Pointers live for one call, but for the list of addresses,
// which is freed where it was asked for.

import Ground

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A TCP connection that we opened. Closed with the last reference.
final class ClientSocket: Sendable {
    private let file: Int32
    private let peer: String

    /// Connects to the first of the host's addresses that answers.
    /// - Parameters:
    ///   - patience: how long one of them is waited for; nil: as long as the system does.
    ///   - hint: what to look at if none does.
    ///   - isGivenUp: asked now and then, where there is patience: whether nobody wants the connection any more.
    init(
        host: String, port: UInt16, patience: Duration? = nil, hint: String = "Is it running, and is this its port of HTTP?",
        isGivenUp: (() -> Bool)? = nil
    ) throws(CommandError) {
        peer = "\(host):\(port)"
        var hints = unsafe addrinfo()
        #if canImport(Darwin)
            unsafe hints.ai_socktype = SOCK_STREAM
        #else
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #endif
        var list: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else { throw .failed("There is no host \(host): \(unsafe String(cString: gai_strerror(status))).") }
        defer { unsafe freeaddrinfo(list) }
        var failure = "it has no address"
        var next = unsafe list
        while let address = unsafe next {
            let connection = unsafe socket(address.pointee.ai_family, address.pointee.ai_socktype, 0)
            if connection >= 0 {
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                let status = unsafe Self.connect(connection, address.pointee.ai_addr, address.pointee.ai_addrlen, patience, isGivenUp)
                if status == 0 {
                    file = connection
                    return
                }
                failure = systemMessage(status)
                SystemCalls.close(connection)
            }
            unsafe next = address.pointee.ai_next
        }
        throw .failed("No server answers at \(peer): \(failure). \(hint)")
    }

    /// Whether a host is this machine whatever a resolver says: `localhost`, or a numeric loopback address. A name may begin like one.
    static func isThisMachine(_ host: String) -> Bool {
        if host == "localhost" { return true }
        var v4 = in_addr()
        if unsafe inet_pton(AF_INET, host, &v4) == 1 { return UInt32(bigEndian: v4.s_addr) >> 24 == 127 }
        var v6 = in6_addr()
        guard unsafe inet_pton(AF_INET6, host, &v6) == 1 else { return false }
        return unsafe withUnsafeBytes(of: v6) { unsafe $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
    }

    /// Connects to a socket in the file system.
    init(path: String) throws(CommandError) {
        peer = path
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else { throw .failed("\(path) is too long for the name of a socket.") }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
        #if canImport(Darwin)
            let connection = socket(AF_UNIX, SOCK_STREAM, 0)
        #else
            let connection = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        #endif
        guard connection >= 0 else { throw .failed("There is no socket: \(systemMessage(errno)).") }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe Self.connect(connection, address, socklen_t(MemoryLayout<sockaddr_un>.size), nil)
            }
        }
        guard status == 0 else {
            SystemCalls.close(connection)
            throw .failed("Nobody answers at \(path): \(systemMessage(status)).")
        }
        file = connection
    }

    /// - Returns: 0, or the number of the error.
    private static func connect(
        _ file: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t, _ patience: Duration?,
        _ isGivenUp: (() -> Bool)? = nil
    ) -> Int32 {
        guard let patience else { return unsafe systemConnect(file, address, length) == 0 ? 0 : errno }
        let flags = fcntl(file, F_GETFL)
        _ = fcntl(file, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(file, F_SETFL, flags) }
        if unsafe systemConnect(file, address, length) == 0 { return 0 }
        guard errno == EINPROGRESS else { return errno }
        let deadline = MonotonicTime.now + patience
        while true {
            let left = deadline - .now
            guard left > .zero else { return ETIMEDOUT }
            if let isGivenUp, isGivenUp() { return ECANCELED }
            var state = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
            let count = unsafe poll(&state, 1, isGivenUp == nil ? Int32(clamping: left.components.seconds * 1000 + 1000) : 50)
            if count > 0 { break }
            if count < 0, errno != EINTR { return errno }
        }
        var failure: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(file, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 ? failure : errno
    }

    /// How long ``receive(into:)`` waits; nil: without end, as long as the other machine is there.
    func wait(atMost patience: Duration?) {
        let (seconds, attoseconds) = (patience ?? .zero).components
        var time = timeval()
        time.tv_sec = numericCast(seconds)
        time.tv_usec = numericCast(attoseconds / 1_000_000_000_000)
        _ = unsafe setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
    }

    /// Ends the connection if the other machine does not answer for some ten seconds, though nothing is sent to it; and sends small messages at
    /// once. Unless told, systems wait for hours.
    func watch() {
        let level = Int32(IPPROTO_TCP)
        set(level, TCP_NODELAY, 1)
        #if canImport(Darwin)
            set(level, TCP_KEEPALIVE, 5)
        #else
            set(level, TCP_KEEPIDLE, 5)
            // The same for what was sent and has not arrived.
            set(level, TCP_USER_TIMEOUT, 12_000)
        #endif
        set(level, TCP_KEEPINTVL, 2)
        set(level, TCP_KEEPCNT, 3)
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        _ = unsafe setsockopt(file, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { SystemCalls.close(file) }

    func send(_ bytes: borrowing Span<UInt8>) throws(SystemError) { try SystemCalls.write(file, bytes, to: peer) }

    /// Adds what has come, up to 64 KiB; false at the end.
    /// - Parameter waits: false to add what is there already, if anything is; the end is not told then.
    func receive(into bytes: inout ByteBuffer, waits: Bool = true) throws(SystemError) -> Bool {
        while true {
            let count = unsafe bytes.append(atMost: 1 << 16) { unsafe Int32(clamping: recv(file, $0, $1, waits ? 0 : Int32(MSG_DONTWAIT))) }
            if count > 0 || count == 0 && waits { return count > 0 }
            if count == 0 || !waits && [EAGAIN, EWOULDBLOCK].contains(errno) { return false }
            if errno != EINTR { throw SystemError("reading \(peer)") }
        }
    }

    /// Ends both directions, which wakes a thread that waits in ``receive(into:)``.
    func shutDown() { _ = shutdown(file, Int32(SHUT_RDWR)) }
}

// The system's function under a name that the method above does not hide.
private let systemConnect = unsafe connect
