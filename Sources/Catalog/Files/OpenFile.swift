import Ground

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

// Raw memory: the system's read, pread and write take pointers. Each gets one from an array or a span that is alive for the call, with
// its count, and nothing keeps the pointer.

/// An open file, for archives.
final class OpenFile: Sendable {
    private let descriptor: Int32
    private let name: String
    private let closes: Bool

    /// Opens for reading.
    init(reading path: String) throws(CatalogError) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        name = path
        closes = true
        if descriptor < 0 { throw Self.failure("can't be opened", path) }
    }

    /// Makes a file that must not exist.
    init(creating path: String) throws(CatalogError) {
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        name = path
        closes = true
        if descriptor < 0 { throw Self.failure("can't be made", path) }
    }

    /// A descriptor that somebody else opened and will close.
    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
        closes = false
    }

    /// Where temporary files go that have no better place.
    static var temporaryFolder: String {
        let folder = unsafe getenv("TMPDIR").map { unsafe String(cString: $0) } ?? ""
        return folder.isEmpty ? "/tmp" : folder
    }

    /// Makes a file in the folder of `path` that has no name any more, so that nothing is left of it whatever happens.
    init(temporaryBeside path: String) throws(CatalogError) {
        name = path + ".spool-" + UUID.random().description.prefix(8)
        closes = true
        descriptor = unsafe open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw Self.failure("can't be made", name) }
        Self.remove(name)
    }

    deinit {
        if closes { _ = close(descriptor) }
    }

    func byteCount() throws(CatalogError) -> UInt64 {
        let end = lseek(descriptor, 0, SEEK_END)
        if end < 0 { throw Self.failure("can't be read from any place, as restoring needs; save it as a file first", name) }
        return UInt64(end)
    }

    /// Up to `count` bytes from `offset` on, fewer only at the end.
    func read(at offset: UInt64, count: Int) throws(CatalogError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset) + off_t(filled))
            }
            if got < 0 && errno == EINTR { continue }
            if got < 0 { throw Self.failure("can't be read", name) }
            if got == 0 { break }
            filled += got
        }
        bytes.removeLast(count - filled)
        return bytes
    }

    /// Up to `bytes.count` bytes from where the last read ended, as a pipe gives them; none at the end.
    func readNext(into bytes: inout [UInt8]) throws(CatalogError) -> Int {
        while true {
            let got = unsafe bytes.withUnsafeMutableBytes { unsafe systemRead(descriptor, $0.baseAddress!, $0.count) }
            if got >= 0 { return got }
            if errno != EINTR { throw Self.failure("can't be read", name) }
        }
    }

    /// Whether it can be read at any place.
    var isSeekable: Bool { lseek(descriptor, 0, SEEK_CUR) >= 0 }

    func write(_ bytes: Span<UInt8>) throws(CatalogError) {
        var written = 0
        while written < bytes.count {
            let done = unsafe bytes.withUnsafeBytes { buffer in
                unsafe systemWrite(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if done < 0 && errno == EINTR { continue }
            if done < 0 { throw Self.failure("can't be written", name) }
            written += done
        }
    }

    /// Writes in place of what is there, and leaves the end where it is.
    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(CatalogError) {
        var written = 0
        while written < bytes.count {
            let done = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(descriptor, buffer.baseAddress! + written, buffer.count - written, off_t(offset) + off_t(written))
            }
            if done < 0 && errno == EINTR { continue }
            if done < 0 { throw Self.failure("can't be written", name) }
            written += done
        }
    }

    /// Makes it shorter. What is written next goes to its new end.
    func truncate(to byteCount: UInt64) throws(CatalogError) {
        guard ftruncate(descriptor, off_t(byteCount)) == 0, lseek(descriptor, off_t(byteCount), SEEK_SET) >= 0 else {
            throw Self.failure("can't be written", name)
        }
    }

    /// Returns when the disk has what was written.
    func sync() throws(CatalogError) {
        if fsync(descriptor) != 0 && errno != EINVAL { throw Self.failure("can't be written", name) }
    }

    /// Gives a finished file its name, in place of a file that has it.
    static func move(_ path: String, to target: String) throws(CatalogError) {
        if unsafe rename(path, target) != 0 { throw failure("can't be written", target) }
    }

    /// Gives a finished file a name that nothing has; when this returns, the disk knows it.
    ///
    /// - Returns: false if something has the name.
    static func move(_ path: String, toFree target: String) throws(CatalogError) -> Bool {
        // A link fails if the name is taken, even if that happened just now.
        if unsafe link(path, target) != 0 {
            if errno == EEXIST { return false }
            throw failure("can't be written", target)
        }
        remove(path)
        try syncFolder(of: target)
        return true
    }

    /// Returns when the disk knows the name of a file.
    static func syncFolder(of path: String) throws(CatalogError) {
        let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        try OpenFile(reading: folder).sync()
    }

    static func remove(_ path: String) {
        _ = unsafe unlink(path)
    }

    static func exists(_ path: String) -> Bool {
        unsafe access(path, F_OK) == 0
    }

    private static func failure(_ what: String, _ name: String) -> CatalogError {
        let code = errno
        return CatalogError(code == ENOSPC || code == EDQUOT ? .diskFull : .io, "`\(name)` \(what): \(systemMessage(code)).")
    }
}

/// `write(2)`, which the method of that name hides.
private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe write(descriptor, start, count)
}

/// `read(2)`.
private func systemRead(_ descriptor: Int32, _ start: UnsafeMutableRawPointer, _ count: Int) -> Int {
    unsafe read(descriptor, start, count)
}
