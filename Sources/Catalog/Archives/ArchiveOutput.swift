import Ground

/// The compression of an archive.
public enum ArchiveCompression: String, Sendable, Hashable, CaseIterable {
    case none
    case gzip

    /// What a file's name says.
    public init(fileName: String) {
        self = fileName.hasSuffix(".gz") || fileName.hasSuffix(".tgz") ? .gzip : .none
    }
}

/// A collector of an archive's bytes, which compresses them if that is wanted and hands them on in large pieces.
struct ArchiveOutput: ~Copyable {
    typealias Sink = (borrowing Span<UInt8>) throws(CatalogError) -> Void

    private let modified: UInt64
    /// Where the sink puts what it takes, if that may be changed afterwards.
    private let file: OpenFile?
    private var encoder: GzipEncoder?
    private var compressed = ByteBuffer()
    /// What comes next; ``flush(to:)`` it when it ``isFull``.
    var buffer = ByteBuffer()

    /// Bytes that the sink has.
    private var handedOn: UInt64 = 0

    private static let pieceByteCount = 64 << 10

    /// - Parameter file: where the sink puts what it takes; nil: that is gone.
    init(modified: UInt64, _ compression: ArchiveCompression, _ file: OpenFile? = nil) {
        self.modified = modified
        self.file = compression == .none ? file : nil
        if compression == .gzip { encoder = GzipEncoder() }
    }

    var isFull: Bool { buffer.count >= Self.pieceByteCount }

    mutating func begin(_ path: String, byteCount: UInt64) {
        buffer.append(Tar.header(path: path, byteCount: byteCount, modified: modified))
    }

    mutating func end(byteCount: UInt64, to sink: Sink) throws(CatalogError) {
        buffer.append(Tar.padding(after: byteCount))
        if isFull { try flush(to: sink) }
    }

    // MARK: Members whose size is not known

    /// Whether a member's size may be told when its contents are written.
    var knowsSizesLater: Bool { file != nil }

    /// Bytes of the archive so far.
    var position: UInt64 { handedOn + UInt64(buffer.count) }

    /// Ends a member that was begun without its size.
    /// - Parameters:
    ///   - start: the position where it was begun.
    ///   - byteCount: what fits into a header as long as that one.
    mutating func end(_ path: String, begunAt start: UInt64, byteCount: UInt64, to sink: Sink) throws(CatalogError) {
        try end(byteCount: byteCount, to: sink)
        try flush(to: sink)
        let header = Tar.header(path: path, byteCount: byteCount, modified: modified)
        try file?.write(header.span, at: start)
    }

    /// Takes back what was written from a position on.
    mutating func goBack(to start: UInt64, _ sink: Sink) throws(CatalogError) {
        try flush(to: sink)
        try file?.truncate(to: start)
        handedOn = start
    }

    /// A whole member: one JSON value and a line feed.
    mutating func file(_ path: String, _ json: Datum, to sink: Sink) throws(CatalogError) {
        let text = json.description + "\n"
        begin(path, byteCount: UInt64(text.utf8.count))
        buffer.append(text)
        try end(byteCount: UInt64(text.utf8.count), to: sink)
    }

    mutating func flush(to sink: Sink) throws(CatalogError) {
        if encoder != nil {
            encoder?.append(buffer.raw, to: &compressed)
            if compressed.count > 0 { try sink(compressed.span) }
            compressed.removeAll()
        } else {
            try sink(buffer.span)
        }
        handedOn += UInt64(buffer.count)
        buffer.removeAll()
    }

    /// Writes what ends an archive.
    mutating func finish(to sink: Sink) throws(CatalogError) {
        buffer.append(Tar.end)
        try flush(to: sink)
        guard encoder != nil else { return }
        encoder?.finish(to: &compressed)
        try sink(compressed.span)
    }
}
