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
    init(host: String, port: UInt16) throws(CommandError) {
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
                if unsafe connect(connection, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 {
                    file = connection
                    return
                }
                failure = systemMessage(errno)
                SystemCalls.close(connection)
            }
            unsafe next = address.pointee.ai_next
        }
        throw .failed("No server answers at \(peer): \(failure). Is it running, and is this its port of HTTP?")
    }

    deinit { SystemCalls.close(file) }

    func send(_ bytes: [UInt8]) throws(SystemError) { try SystemCalls.write(file, bytes.span, to: peer) }

    /// Adds what has come; false at the end.
    func receive(into bytes: inout [UInt8]) throws -> Bool {
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        let count = try SystemCalls.read(file, into: &piece, of: peer)
        bytes += piece[..<count]
        return count > 0
    }

    /// Ends both directions, which wakes a thread that waits in ``receive(into:)``.
    func shutDown() { _ = shutdown(file, Int32(SHUT_RDWR)) }
}
