// The process that has a file open to write, asked of the system. The structure that the call fills lives on the stack for that call.

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension SystemCalls {
    /// Whether a process has a byte of a file locked for itself; false also where that can't be known.
    static func isLocked(_ path: String, byte: Int64) -> Bool {
        guard let file = try? openForReading(path) else { return false }
        defer { close(file) }
        var lock = flock()
        lock.l_type = Int16(F_RDLCK)
        lock.l_whence = Int16(SEEK_SET)
        lock.l_start = off_t(byte)
        lock.l_len = 1
        #if canImport(Darwin)
            let ask: Int32 = 92
        #else
            let ask: Int32 = 36
        #endif
        // F_OFD_GETLK, whose number not every overlay has.
        return unsafe fcntl(file, ask, &lock) == 0 && lock.l_type != Int16(F_UNLCK)
    }
}
