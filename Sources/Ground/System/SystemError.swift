#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A refusal of the operating system.
package struct SystemError: Error, Sendable, CustomStringConvertible {
    package let code: Int32
    /// What was being done, to what.
    package let action: String

    package init(_ action: String, code: Int32 = errno) {
        self.code = code
        self.action = action
    }

    /// What ``isTimeout`` is true of.
    package static func timeout(_ action: String) -> SystemError { SystemError(action, code: EAGAIN) }

    package var isBrokenPipe: Bool { code == EPIPE }
    /// Nothing came in the time that was set.
    package var isTimeout: Bool { code == EAGAIN || code == EWOULDBLOCK }

    package var description: String { "\(action): \(systemMessage(code))" }
}

/// The system's words for an error number.
@safe package func systemMessage(_ errorNumber: Int32) -> String {
    // POSIX's function: it fills the buffer and returns a status, unlike the one of the same name that GNU adds.
    var buffer = [CChar](repeating: 0, count: 256)
    let status: Int32 = unsafe strerror_r(errorNumber, &buffer, buffer.count)
    let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return status == 0 ? String(decoding: text, as: UTF8.self) : "error \(errorNumber)"
}
