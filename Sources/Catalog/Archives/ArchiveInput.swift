import Synchronization

/// An archive to restore from: bytes that can be read at any place, for a table's `.info` may stand behind its rows.
public struct ArchiveInput: Sendable {
    public let byteCount: UInt64
    /// The expanded size beyond which an archive that expands to very many times its size is not believed.
    var unsuspectedByteCount: UInt64 = 256 << 20
    private let source: @Sendable (_ offset: UInt64, _ count: Int) throws(CatalogError) -> [UInt8]

    /// `read` returns the bytes from an offset on that lie within the archive; fewer than asked for only at its end.
    public init(byteCount: UInt64, read: @escaping @Sendable (_ offset: UInt64, _ count: Int) throws(CatalogError) -> [UInt8]) {
        self.byteCount = byteCount
        source = read
    }

    /// An archive in memory.
    public init(_ bytes: [UInt8]) {
        self.init(byteCount: UInt64(bytes.count)) { offset, count in
            let start = min(Int(clamping: offset), bytes.count)
            return Array(bytes[start..<min(bytes.count, start + count)])
        }
    }

    /// The file at `path`. Throws `.io`.
    public init(path: String) throws(CatalogError) {
        let file = try OpenFile(reading: path)
        self.init(byteCount: try file.byteCount()) { offset, count throws(CatalogError) in
            try file.read(at: offset, count: count)
        }
    }

    /// An open file or pipe, such as standard input, which stays open. What comes from a pipe is kept in a file without a name, in the
    /// folder of `path`, until the archive is let go. Throws `.io` and `.diskFull`.
    ///
    /// - Parameter seals: whether that file is encrypted, with a key that nothing but this process's memory ever has.
    public init(descriptor: Int32, spoolingBeside path: String, seals: Bool = false) throws(CatalogError) {
        let given = OpenFile(descriptor: descriptor, name: "the archive")
        guard !given.isSeekable else {
            self.init(byteCount: try given.byteCount()) { offset, count throws(CatalogError) in try given.read(at: offset, count: count) }
            return
        }
        let spool = try Spool(beside: path, seals: seals)
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        while case let count = try given.readNext(into: &piece), count > 0 { try spool.append(piece.span.extracting(0..<count)) }
        self.init(byteCount: spool.byteCount) { offset, count throws(CatalogError) in try spool.read(at: offset, count: count) }
    }

    /// Whether it is sealed, as far as its beginning tells.
    package var isSealed: Bool { get throws(CatalogError) { ArchiveOpener.begins(try read(at: 0, count: 8)) } }

    /// What is in the archive, if it is sealed; else the archive itself.
    ///
    /// - Parameters:
    ///   - encryption: one of its keys.
    ///   - name: of the archive, for messages.
    ///   - isSealWanted: whether one that isn't sealed is refused, as somebody without the key may have put it there.
    /// - Throws: `.invalidEncryption` if it is sealed and the key is not one of its keys; `.malformedArchive` if it is cut off.
    public func opened(with encryption: FileEncryption?, name: String, isSealWanted: Bool) throws(CatalogError) -> ArchiveInput {
        guard try isSealed else {
            guard isSealWanted else { return self }
            throw CatalogError(
                .invalidEncryption, "What is in \(name) is not encrypted, but a key was given for it: it is of another file, or not of us.")
        }
        let opener = try ArchiveOpener(byteCount: byteCount, encryption, name: name, read: source)
        var input = ArchiveInput(byteCount: opener.byteCount) { offset, count throws(CatalogError) in
            try opener.read(at: offset, count: count)
        }
        input.unsuspectedByteCount = unsuspectedByteCount
        return input
    }

    /// The bytes from `offset` on: `count`, or fewer at the end of the archive.
    package func read(at offset: UInt64, count: Int) throws(CatalogError) -> [UInt8] {
        guard offset < byteCount else { return [] }
        return try source(offset, Int(clamping: min(UInt64(count), byteCount - offset)))
    }
}

/// What came from a pipe, in a file without a name.
private final class Spool: Sendable {
    private let file: Mutex<any TemporaryFile>

    init(beside path: String, seals: Bool) throws(CatalogError) {
        let plain = UnnamedFile(try OpenFile(temporaryBeside: path))
        file = Mutex(seals ? try SealedTemporaryFile(plain) : plain)
    }

    var byteCount: UInt64 { UInt64(file.withLock { $0.byteCount }) }

    func append(_ bytes: Span<UInt8>) throws(CatalogError) {
        try file.withLock { (file) throws(CatalogError) in try file.append(bytes) }
    }

    func read(at offset: UInt64, count: Int) throws(CatalogError) -> [UInt8] {
        try file.withLock { (file) throws(CatalogError) in
            try file.read(at: Int(offset), count: max(0, min(count, file.byteCount - Int(offset))))
        }
    }
}
