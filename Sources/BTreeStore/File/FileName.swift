// Names of files. What is done to a name is durable once its directory has been synced.

private import CSystem

#if canImport(Darwin)
    private import Darwin
#elseif canImport(Glibc)
    private import Glibc
#endif

enum FileName {
    static func exists(_ path: String) -> Bool {
        unsafe path.withCString { unsafe access($0, F_OK) } == 0
    }

    static func remove(_ path: String) {
        _ = unsafe path.withCString { unsafe unlink($0) }
    }

    /// The file's own name, which the symbolic links of a path lead to.
    ///
    /// - Throws: `keyRefused` if the file has other names: what takes the place of one of them leaves its contents to the others.
    static func only(_ path: String) throws(StoreError) -> String {
        guard let resolved = unsafe path.withCString({ unsafe realpath($0, nil) }) else {
            if errno == ENOENT { throw .notFound(path: path) }
            throw .io(operation: "realpath", path: path, errorNumber: errno)
        }
        defer { unsafe free(resolved) }
        var status = stat()
        guard unsafe stat(resolved, &status) == 0 else { throw .io(operation: "stat", path: path, errorNumber: errno) }
        if status.st_nlink > 1 {
            throw .keyRefused(
                reason: """
                    The file \(path) has \(status.st_nlink) names (hard links), and the others would keep what it holds now: remove them first, or \
                    make another file of it.
                    """)
        }
        return unsafe String(cString: resolved)
    }

    /// Gives a file another name, replacing the file of that name if `replacing`. A process that has the replaced file open keeps it.
    ///
    /// - Throws: `alreadyExists` if something has the name and isn't to be replaced.
    static func move(_ path: String, to target: String, replacing: Bool) throws(StoreError) {
        let status = unsafe path.withCString { source in
            unsafe target.withCString { target in
                // A link fails if the name is taken, even if that happened just now.
                unsafe replacing ? rename(source, target) : link(source, target)
            }
        }
        guard status == 0 else {
            switch errno {
            case EEXIST: throw .alreadyExists(path: target)
            case EISDIR, ENOTEMPTY: throw .unsupportedFile(path: target, kind: "directory")
            case let code: throw .io(operation: replacing ? "rename" : "link", path: target, errorNumber: code)
            }
        }
        if !replacing { remove(path) }
        syncDirectory(of: target)
    }

    /// Makes a name durable. Some systems can't sync a directory, and then do without.
    private static func syncDirectory(of path: String) {
        let directory = path.contains("/") ? String(path[..<path.lastIndex(of: "/")!]) : "."
        let descriptor = unsafe (directory.isEmpty ? "/" : directory).withCString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
