import Ground
import httpd

/// A file that a command is to make, which may be in the way of something.
enum TargetFile {
    /// Fails before any work is done where the file can't be made, or where something would be lost that nobody spoke of.
    /// - Parameters:
    ///   - force: replaces a file that is there.
    ///   - source: the database file that it is made of, which is never replaced by it.
    ///   - advice: what to do about a file that is there.
    static func check(_ path: String, force: Bool, source: String?, advice: String) throws(CommandError) {
        try requireDirectory(of: path)
        // A link that leads nowhere would be replaced as well.
        guard SystemCalls.isTaken(path) else { return }
        if SystemCalls.isDirectory(path) { throw .failed("\(path) is a directory; name a file in it.") }
        // Root could: /dev/null would be a file from then on.
        if SystemCalls.isSpecialFile(path) { throw .failed("\(path) is a device, a pipe or a socket, in whose place no file is put.") }
        if let source, SystemCalls.isSameFile(path, source) { throw .failed("\(path) is the database file itself, which is not replaced.") }
        guard force else { throw .failed("\(path) exists already. \(advice)") }
        if Catalog.isBeingWritten(path) {
            throw .failed("\(path) is a database file that another process is writing, which is not replaced.")
        }
    }

    /// Makes a file of pieces. It gets its name when it is whole and on the disk.
    static func make<Result>(_ path: String, _ body: (_ take: (Span<UInt8>) throws -> Void) throws -> Result) throws -> Result {
        try open(path) { file in try body { try SystemCalls.write(file, $0, to: path) } }
    }

    /// The same, with the descriptor of the file that will have the name.
    static func open<Result>(_ path: String, _ body: (Int32) throws -> Result) throws -> Result {
        let partial = path + ".partial-" + UUID.random().description.prefix(8)
        // Who stops the command wants no part of a file, nor an empty one: its name is nobody else's, so it is known before there is one.
        Signals.removeWhenStopped(partial)
        defer { Signals.removeWhenStopped(nil) }
        let file = try SystemCalls.create(partial)
        defer { SystemCalls.close(file) }
        do {
            let result = try body(file)
            try SystemCalls.sync(file, of: path)
            try SystemCalls.rename(partial, to: path)
            return result
        } catch {
            SystemCalls.remove(partial)
            throw error
        }
    }

    /// The same for a place that may be an engine's.
    static func requirePlace(of place: String, _ key: FileEncryption?) throws(CommandError) {
        PostgresAddress.isOne(place) ? try Catalog.requireNoKey(key) : try requireDirectory(of: place)
    }

    /// - Throws: that the directory in which a file is to be made is not there.
    static func requireDirectory(of path: String) throws(CommandError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let directory = slash == path.startIndex ? "/" : String(path[..<slash])
        if !SystemCalls.isDirectory(directory) { throw .failed("There is no directory \(directory) to make \(path) in.") }
    }
}

extension Catalog {
    /// Whether a file that is there holds databases, plain or encrypted.
    static func isDatabaseFile(_ path: String) -> Bool {
        (try? Catalog.reading(path)) != nil || (try? Catalog.keys(ofFileAt: path)) != nil
    }

    /// Whether a process has the file open to write, by the byte that it locks (docs/FILE-FORMAT.md).
    static func isBeingWritten(_ path: String) -> Bool { SystemCalls.isLocked(path, byte: (1 << 62) - 1) }
}
