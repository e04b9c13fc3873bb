import CSystem
import Ground
import TLS
import TestSupport

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A blocking HTTP client over one socket, small enough to be wrong on purpose: it sends any bytes, and reads answers strictly.
final class TestClient {
    struct Answer {
        var status: Int
        var fields: [String: String]
        var body: String
        /// Whether the body came to its proper end.
        var isWhole: Bool
    }

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private let socket: Int32
    private var buffer: [UInt8] = []
    private(set) var isAtEnd = false

    /// - Parameter receiveBufferBytes: a small one fills soon when nobody reads.
    init(port: UInt16, receiveBufferBytes: Int32? = nil) throws {
        socket = systemSocket()
        if let receiveBufferBytes {
            var bytes = receiveBufferBytes
            _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        // A test that waits in vain fails instead of hanging, after longer than any answer takes on a busy machine.
        var patience = timeval(tv_sec: 600, tv_usec: 0)
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        _ = unsafe setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // Small messages are not to wait for an acknowledgement of the one before.
        var yes: Int32 = 1
        _ = unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        _ = unsafe inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let status = unsafe withUnsafeBytes(of: &address) {
            unsafe connect(socket, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        guard status == 0 else { throw Failure(description: "cannot connect: \(errno)") }
    }

    deinit { close() }

    private var isClosed = false
    func close() {
        guard !isClosed else { return }
        isClosed = true
        systemClose(socket)
    }

    /// Whether something has come that was not received yet, or an end.
    var hasInput: Bool {
        var wanted = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&wanted, 1, 0) > 0
    }

    /// Sends no more; answers can still be read.
    func endSending() { _ = shutdown(socket, Int32(SHUT_WR)) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    // MARK: TLS

    private var tls: TLSChannel?

    /// From here on all is encrypted. Returns when the handshake is through.
    func encrypt(_ certificates: TestCertificates, host: String = "localhost") throws {
        let context = try TLSContext(client: .authorities(certificates.authority), library: try LibSSL.load())
        guard let tls = TLSChannel(context, host: host) else { throw Failure(description: "no memory") }
        self.tls = tls
        try flush(tls)
        while tls.state == .handshaking { guard try fill() else { break } }
        guard tls.state == .open else { throw Failure(description: "no handshake: \(tls.failure)") }
    }

    private func flush(_ tls: TLSChannel) throws {
        let bytes = tls.outgoing.bytes
        tls.sent(bytes.count)
        try sendPlain(bytes)
    }

    func send(_ bytes: [UInt8]) throws {
        guard let tls else { return try sendPlain(bytes) }
        for start in stride(from: 0, to: bytes.count, by: TLSChannel.sealedAtOnce) {
            let piece = Array(bytes[start..<min(start + TLSChannel.sealedAtOnce, bytes.count)])
            guard tls.seal(piece.span) else { throw Failure(description: "cannot encrypt: \(tls.failure)") }
            try flush(tls)
        }
    }

    private func sendPlain(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe systemSend(socket, UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            guard count > 0 else { throw Failure(description: "cannot send: \(errno)") }
            sent += count
        }
    }

    /// Waits for more bytes; false at the end.
    private func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        var count: Int
        // A socket with a time limit is woken by whatever happens to the process, such as a debugger that looks on.
        repeat {
            count = unsafe chunk.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
        } while count < 0 && errno == EINTR
        if count < 0, errno == ECONNRESET {
            isAtEnd = true
            return false
        }
        guard count >= 0 else { throw Failure(description: "waited in vain: \(errno), having \(String(decoding: buffer, as: UTF8.self))") }
        if count == 0 { isAtEnd = true }
        guard let tls, count > 0 else {
            buffer += chunk.prefix(count)
            return count > 0
        }
        var opened = ByteBuffer()
        let sealed = Array(chunk.prefix(count))
        tls.receive(sealed.span, into: &opened)
        buffer += opened.bytes
        try flush(tls)
        if tls.state == .ended || tls.state == .failed { isAtEnd = true }
        return !isAtEnd || !opened.isEmpty
    }

    /// Whether the server closes without sending anything more.
    func closesSilently() throws -> Bool {
        while try fill() {}
        return buffer.isEmpty
    }

    private func line() throws -> String? {
        var scanned = 0
        while true {
            if let end = buffer.dropFirst(scanned).firstIndex(of: 0x0A) {
                guard end > 0, buffer[end - 1] == 0x0D else { throw Failure(description: "a line ends without a carriage return") }
                let line = String(decoding: buffer[..<(end - 1)], as: UTF8.self)
                buffer.removeFirst(end + 1)
                return line
            }
            scanned = buffer.count
            guard try fill() else { return nil }
        }
    }

    /// The next bytes; nil if the connection ends before.
    func take(_ count: Int) throws -> [UInt8]? {
        while buffer.count < count { guard try fill() else { return nil } }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    /// What has come, or comes next; nil at the end.
    func receiveSome() throws -> [UInt8]? {
        while buffer.isEmpty { guard try fill() else { return nil } }
        defer { buffer = [] }
        return buffer
    }

    /// The next bytes up to and with a text.
    func take(through end: String) throws -> String {
        var bytes: [UInt8] = []
        while !bytes.suffix(end.utf8.count).elementsEqual(end.utf8) {
            guard let next = try take(1) else {
                throw Failure(description: "the connection ended after \(String(decoding: bytes, as: UTF8.self))")
            }
            bytes += next
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The next answer. An interim one counts as an answer.
    func receive(toHead: Bool = false) throws -> Answer {
        guard let first = try line() else { throw Failure(description: "the connection ended before an answer") }
        guard first.hasPrefix("HTTP/1.1 "), let status = Int(first.dropFirst(9).prefix(3)) else {
            throw Failure(description: "no answer: \(first)")
        }
        var answer = Answer(status: status, fields: [:], body: "", isWhole: true)
        while true {
            guard let line = try line() else { throw Failure(description: "the head was cut off") }
            if line.isEmpty { break }
            guard let colon = line.firstIndex(of: ":") else { throw Failure(description: "no field: \(line)") }
            answer.fields[line[..<colon].lowercased()] = String(line[colon...].dropFirst(2))
        }
        if toHead || status == 100 || status == 204 || status == 304 { return answer }
        if let length = answer.fields["content-length"].flatMap({ Int($0) }) {
            if let body = try take(length) {
                answer.body = String(decoding: body, as: UTF8.self)
            } else {
                answer.isWhole = false
            }
        } else if answer.fields["transfer-encoding"] == "chunked" {
            var body: [UInt8] = []
            answer.isWhole = try readChunks(&body)
            answer.body = String(decoding: body, as: UTF8.self)
        } else {
            while try fill() {}
            answer.body = String(decoding: buffer, as: UTF8.self)
            buffer = []
        }
        return answer
    }

    private func readChunks(_ body: inout [UInt8]) throws -> Bool {
        while true {
            guard let size = try line().flatMap({ Int($0, radix: 16) }) else { return false }
            guard size > 0 else { return try line() == "" }
            guard let chunk = try take(size), try line() == "" else { return false }
            body += chunk
        }
    }

    /// Sends a request and reads its answer.
    func request(_ method: String, _ target: String, _ fields: [String: String] = [:], body: String? = nil) throws -> Answer {
        var text = "\(method) \(target) HTTP/1.1\r\n"
        if fields["Host"] == nil { text += "Host: localhost\r\n" }
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { text += "\(name): \(value)\r\n" }
        if let body { text += "Content-Length: \(body.utf8.count)\r\n" }
        try send(text + "\r\n" + (body ?? ""))
        return try receive(toHead: method == "HEAD")
    }
}

// The calls whose names the client has taken.

private func systemSocket() -> Int32 {
    #if canImport(Darwin)
        socket(AF_INET, SOCK_STREAM, 0)
    #else
        socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #endif
}

@unsafe private func systemSend(_ socket: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Darwin)
        unsafe send(socket, bytes.baseAddress, bytes.count, 0)
    #else
        unsafe send(socket, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
    #endif
}

private func systemClose(_ descriptor: Int32) {
    _ = close(descriptor)
}
