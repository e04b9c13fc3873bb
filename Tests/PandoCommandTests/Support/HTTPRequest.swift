#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Sends one request to a server on this machine and returns its whole answer, head and body.
/// - Parameter url: `http://127.0.0.1:PORT`.
func httpAnswer(_ method: String, _ url: String, _ path: String, body: String = "", type: String = "application/json") throws -> String {
    guard let port = url.split(separator: ":").last.flatMap({ UInt16($0) }) else { throw ProcessFailure(description: "no port in \(url)") }
    #if canImport(Darwin)
        let stream = SOCK_STREAM
    #else
        let stream = Int32(SOCK_STREAM.rawValue)
    #endif
    let connection = socket(AF_INET, stream, 0)
    defer { close(connection) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard status == 0 else { throw ProcessFailure(description: "no connection to \(url)") }
    let request = """
        \(method) \(path) HTTP/1.1\r
        Host: localhost\r
        Connection: close\r
        Content-Type: \(type)\r
        Content-Length: \(body.utf8.count)\r
        \r
        \(body)
        """
    let bytes = Array(request.utf8)
    guard unsafe send(connection, bytes, bytes.count, 0) == bytes.count else { throw ProcessFailure(description: "short send") }
    var answer: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while case let count = unsafe recv(connection, &piece, piece.count, 0), count > 0 { answer += piece[..<count] }
    return String(decoding: answer, as: UTF8.self)
}
