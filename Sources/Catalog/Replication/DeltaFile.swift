import Ground

/// A delta in a file of its own: gzip around the blocks of the store's format, each of which has a checksum.
struct DeltaFile {
    let path: String

    /// Whether the file at a path is one; else it may be a database file.
    static func isDelta(_ path: String) throws(CatalogError) -> Bool {
        let head = try OpenFile(reading: path).read(at: 0, count: 2)
        return GzipDecoder.isGzip(head.span)
    }

    /// Makes the file, whole and on the disk before it has its name.
    func write(_ delta: KeyValueDelta) throws(CatalogError) -> UInt64 {
        let temporary = path + ".partial"
        OpenFile.remove(temporary)
        let file = try OpenFile(creating: temporary)
        do throws(CatalogError) {
            var encoder = GzipEncoder()
            var (piece, compressed) = (ByteBuffer(), ByteBuffer())
            var hasMore = true
            var byteCount: UInt64 = 0
            while hasMore {
                hasMore = try delta.write(into: &piece)
                encoder.append(piece.raw, to: &compressed)
                piece.removeAll()
                if !hasMore { encoder.finish(to: &compressed) }
                try file.write(compressed.span)
                byteCount += UInt64(compressed.count)
                compressed.removeAll()
            }
            try file.sync()
            try OpenFile.move(temporary, to: path)
            return byteCount
        } catch {
            OpenFile.remove(temporary)
            throw error
        }
    }

    /// Reads all of it, and finds out whether it is whole.
    func ends() throws(CatalogError) -> (since: FilePosition?, to: FilePosition) {
        do throws(CatalogError) {
            let pieces = try Pieces(path)
            return try KeyValueStore.read { () throws(CatalogError) in try pieces.next() }
        } catch {
            throw named(error)
        }
    }

    /// Makes its changes to a file, in one transaction.
    func apply(to store: KeyValueStore) throws(CatalogError) -> FilePosition {
        do throws(CatalogError) {
            let pieces = try Pieces(path)
            var receiver = try store.receiver()
            while let piece = try pieces.next() { try receiver.append(piece.span) }
            return try receiver.commit()
        } catch {
            throw named(error)
        }
    }

    private func named(_ error: CatalogError) -> CatalogError {
        error.kind == .malformedArchive ? CatalogError(error.kind, "\(path): \(error.message)") : error
    }

    /// The blocks, as they come out of the compressed file.
    private final class Pieces {
        private let file: OpenFile
        private var decoder = GzipDecoder()
        private var input = [UInt8](repeating: 0, count: 256 << 10)
        private var isAtEnd = false

        init(_ path: String) throws(CatalogError) { file = try OpenFile(reading: path) }

        func next() throws(CatalogError) -> ByteBuffer? {
            var output = ByteBuffer()
            while true {
                do throws(CompressionError) {
                    if try decoder.read(into: &output) { return output }
                } catch {
                    throw CatalogError(.malformedArchive, "The delta is damaged or cut off. \(error.message)")
                }
                if isAtEnd { return nil }
                let count = try file.readNext(into: &input)
                if count == 0 {
                    isAtEnd = true
                    decoder.finish()
                } else {
                    decoder.append(input.span.extracting(0..<count))
                }
            }
        }
    }
}
