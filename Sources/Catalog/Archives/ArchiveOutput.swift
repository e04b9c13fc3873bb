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
    private var encoder: GzipEncoder?
    private var compressed = ByteBuffer()
    /// What comes next; ``flush(to:)`` it when it ``isFull``.
    var buffer = ByteBuffer()

    private static let pieceByteCount = 64 << 10

    init(modified: UInt64, _ compression: ArchiveCompression) {
        self.modified = modified
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
