import Ground
import ReQLish
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// A file that lines are added to, or standard error. Each goes out with one call, so that those of several threads, or processes, don't
/// mix.
///
/// Why this is safe: the bytes are only read, for the length of the call.
@safe final class LogFile: Sendable {
    /// Nil: standard error.
    private let path: String?
    private let descriptor: Mutex<Int32>

    /// - Parameter path: `-` is standard error. The file is made if it is not there, for its owner and group to read.
    init(path: String) throws(ServerError) {
        self.path = path == "-" ? nil : path
        descriptor = Mutex(try Self.open(self.path))
    }

    deinit { if path != nil { _ = close(descriptor.withLock { $0 }) } }

    private static func open(_ path: String?) throws(ServerError) -> Int32 {
        guard let path else { return STDERR_FILENO }
        let descriptor = unsafe systemOpen(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ServerError(.system, "The log \(path) can't be opened: \(systemMessage(errno)).") }
        return descriptor
    }

    /// Opens the file of that name again: what rotates logs has given this one another name. If that fails, the old one goes on.
    func reopen() throws(ServerError) {
        guard path != nil else { return }
        let fresh = try Self.open(path)
        let old = descriptor.withLock { descriptor in
            defer { descriptor = fresh }
            return descriptor
        }
        _ = close(old)
    }

    /// Adds a line, which ends with a line feed. What can't be written is lost: a full disk is not a reason to refuse requests.
    func append(_ line: borrowing ByteBuffer) {
        descriptor.withLock { descriptor in
            _ = unsafe line.withUnsafeBytes { bytes in unsafe write(descriptor, bytes.baseAddress, bytes.count) }
        }
    }
}

@unsafe private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { unsafe open(path, flags, mode) }
