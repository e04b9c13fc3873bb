import CSystem
import Ground

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A listening TCP socket.
///
/// Why this is safe: addresses are whole `sockaddr_in` and `sockaddr_in6` values on the stack, passed with their true size.
@safe struct SystemListener: Sendable {
    let descriptor: Int32
    /// The numeric address, as it was given.
    let address: String
    let port: UInt16

    /// The loopback addresses: IPv4, and IPv6 where the machine has it.
    static let loopback = ["127.0.0.1", "::1"]

    /// Listens on a numeric address. Port 0 takes a free one.
    init(address: String, port: UInt16) throws(ServerError) {
        let place = address.contains(":") ? "[\(address)]:\(port)" : "\(address):\(port)"
        var v4 = sockaddr_in()
        var v6 = sockaddr_in6()
        let isV6: Bool
        if unsafe inet_pton(AF_INET, address, &v4.sin_addr) == 1 {
            isV6 = false
        } else if unsafe inet_pton(AF_INET6, address, &v6.sin6_addr) == 1 {
            isV6 = true
        } else {
            throw ServerError(.badAddress, "\(address) is not a numeric IPv4 or IPv6 address, such as 127.0.0.1 or ::1.")
        }
        #if canImport(Darwin)
            let descriptor = socket(isV6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)
        #else
            let descriptor = socket(
                isV6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        #endif
        guard descriptor >= 0 else { throw Self.error(place) }
        #if canImport(Darwin)
            SystemSocket.makeNonBlocking(descriptor)
        #endif
        // A restart must not wait for old connections' last packets.
        SystemSocket.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        let bound: Int32
        if isV6 {
            SystemSocket.set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
            v6.sin6_family = sa_family_t(AF_INET6)
            v6.sin6_port = port.bigEndian
            bound = unsafe withUnsafeBytes(of: &v6) {
                unsafe bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
            }
        } else {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            bound = unsafe withUnsafeBytes(of: &v4) {
                unsafe bind(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
            }
        }
        guard bound == 0, listen(descriptor, 1024) == 0 else {
            let error = Self.error(place)
            SystemSocket.close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        self.address = address
        self.port = port == 0 ? Self.port(of: descriptor) : port
    }

    private static func port(of descriptor: Int32) -> UInt16 {
        var v6 = sockaddr_in6()
        var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
        _ = unsafe withUnsafeMutableBytes(of: &v6) {
            unsafe getsockname(descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, &size)
        }
        // The port stands at the same place in both kinds of address.
        return UInt16(bigEndian: v6.sin6_port)
    }

    /// The error of the system call that just failed.
    private static func error(_ place: String) -> ServerError {
        let code = errno
        switch code {
        case EADDRINUSE:
            return ServerError(.addressInUse, "\(place) is in use by another process; stop it or choose another port.")
        case EACCES, EPERM:
            return ServerError(.notPermitted, "This account may not listen on \(place); choose a port above 1023.")
        case EADDRNOTAVAIL, EAFNOSUPPORT:
            return ServerError(.addressNotAvailable, "This machine has no address \(place).")
        default:
            return ServerError(.system, "Cannot listen on \(place): \(systemMessage(code)).")
        }
    }
}
