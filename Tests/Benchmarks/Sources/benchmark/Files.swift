#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

struct FileError: Error, CustomStringConvertible {
    let description: String

    init(_ path: String) { description = unsafe "\(path): \(String(cString: strerror(errno)))" }
}

/// What a file takes: its length, or less where it has holes.
func byteCount(ofFile path: String) -> Int {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return 0 }
    return min(Int(status.st_size), Int(status.st_blocks) * 512)
}

func removeFile(_ path: String) { unsafe unlink(path) }

/// All bytes of a file.
func readFile(_ path: String) throws(FileError) -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError(path) }
    defer { close(file) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
        let count = unsafe piece.withUnsafeMutableBytes { unsafe read(file, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw FileError(path) }
        if count == 0 { return bytes }
        bytes += piece[..<count]
    }
}

/// Reads a file, so that the system has it in memory.
func warmPageCache(_ path: String) throws(FileError) {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw FileError(path) }
    defer { close(file) }
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while unsafe piece.withUnsafeMutableBytes({ unsafe read(file, $0.baseAddress, $0.count) }) > 0 {}
}

/// Copies a file byte by byte and syncs the copy, so that its write-back costs nobody. (No clone: a clone would make
/// the first change of each block cost extra.)
func copySynced(_ from: String, to: String) throws(FileError) {
    let source = unsafe open(from, O_RDONLY | O_CLOEXEC)
    guard source >= 0 else { throw FileError(from) }
    defer { close(source) }
    let target = unsafe open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard target >= 0 else { throw FileError(to) }
    defer { close(target) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    while true {
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(source, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw FileError(from) }
        if count == 0 { break }
        let written = unsafe bytes.withUnsafeBytes { unsafe write(target, $0.baseAddress, count) }
        guard written == count else { throw FileError(to) }
    }
    guard fsync(target) == 0 else { throw FileError(to) }
}
