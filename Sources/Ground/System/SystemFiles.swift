#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#endif

/// Files of the system that are read whole: its time zones, for one.
///
/// Raw memory, because the calls fill in what a pointer leads to: an array that is there until they return, or an entry that stays until
/// the next is read.
package enum SystemFiles {
    /// The bytes of a file; nil if it can't be read, or has more than `limit`.
    package static func contents(of path: String, limit: Int) -> [UInt8]? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { _ = close(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 16_384)
        while bytes.count <= limit {
            let count = unsafe read(file, &piece, piece.count)
            if count == 0 { return bytes }
            guard count > 0 || errno == EINTR else { return nil }
            if count > 0 { bytes += piece[..<count] }
        }
        return nil
    }

    /// The names in a folder in no order, `.` and `..` left out; nil if it can't be read.
    package static func names(in folder: String) -> [String]? {
        guard let directory = unsafe opendir(folder) else { return nil }
        defer { unsafe _ = closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                unsafe pointer.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: entry.pointee.d_name)) {
                    unsafe String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
