import Ground
import ReQLish
import Synchronization

// The file as a whole, for `admin`: as an archive, or as a copy. Either is made in a temporary file first, so that what goes wrong has a status, and
// a slow client keeps no state of the file.
extension PandoExchange {
    /// `GET /_admin/dump`
    func dump() throws {
        try requireAdministrator("may have all that the file holds")
        let parameters = try parameters()
        var selection: [ArchiveSelection] = []
        for text in (parameters["export"] ?? "").split(separator: ",") {
            guard let part = ArchiveSelection(String(text)) else {
                throw Problem.request(400, "The parameter `export` has DB or DB.TABLE, with commas between them, not `\(text)`.")
            }
            selection.append(part)
        }
        let compression = try parameters.choice("compress", as: ArchiveCompression.self) ?? .gzip
        let file = try catalog.temporaryFile()
        let summary = try catalog.snapshot().dump(selection, compression: compression) { _ throws(CatalogError) in
            try checkDownload()
        } to: { bytes throws(CatalogError) in
            try checkDownload()
            try file.append(bytes)
        }
        let facts: Datum = [
            "databases": Datum(summary.databases), "tables": Datum(summary.tables), "documents": Datum(summary.rows),
            "encrypted": Datum(catalog.isEncrypted),
        ]
        try send(file, compression == .gzip ? .gzip : .tar, facts)
    }

    /// `GET /_admin/backup`
    func backup() throws {
        try requireAdministrator("may have all that the file holds")
        let (file, summary) = try catalog.temporaryFile { path throws(CatalogError) in try catalog.backup(to: path) }
        let facts: Datum = [
            "commit": Datum(Int(summary.transaction)), "keys": Datum(Int(summary.records)), "pages": Datum(Int(summary.pages)),
            "file_bytes": Datum(Int(summary.fileBytes)),
        ]
        try send(file, .binary, facts)
    }

    /// Throws if the client has gone, or the server is to stop.
    private func checkDownload() throws(CatalogError) {
        guard cancellation?.isCancelled == true || service.counters.isStopping.load(ordering: .relaxed) else { return }
        throw CatalogError(.cancelled, "The request was given up.")
    }

    private func send(_ file: any TemporaryFile, _ type: MediaType, _ facts: Datum) throws {
        response.addTrusted("Content-Type", type.rawValue)
        response.addTrusted("Cache-Control", "no-store")
        response.addTrusted("Pando-Summary", facts.description)
        rows = FileStream(file)
    }
}

/// A temporary file, piece by piece.
///
/// Why this is safe: it is used by one thread at a time, as all streams are.
private final class FileStream: ResponseStream, @unchecked Sendable {
    private static let pieceByteCount = 256 << 10

    private var file: (any TemporaryFile)?
    private var position = 0

    init(_ file: any TemporaryFile) {
        self.file = file
    }

    func produce(into part: inout ByteBuffer) -> StreamStep {
        guard let file else { return .end }
        let count = min(Self.pieceByteCount, file.byteCount - position)
        do throws(CatalogError) { part.append(try file.read(at: position, count: count)) } catch { return .cut }
        position += count
        return position == file.byteCount ? .end : .more
    }

    func close() { file = nil }
}
