import Ground

/// A delta in a file of its own: gzip around the blocks of the store's format, each of which has a checksum. One of an encrypted file is sealed.
struct DeltaFile {
    let path: String
    /// What opens it if it is sealed.
    let encryption: FileEncryption?

    /// Whether the file at a path is one; else it may be a database file.
    static func isDelta(_ path: String) throws(CatalogError) -> Bool {
        let head = try OpenFile(reading: path).read(at: 0, count: 8)
        return GzipDecoder.isGzip(head.span) || ArchiveOpener.begins(head)
    }

    /// Makes the file, whole and on the disk before it has its name.
    ///
    /// - Parameter sealer: nil if it is of a plain file.
    func write(_ delta: KeyValueDelta, _ sealer: ArchiveSealer?) throws(CatalogError) -> UInt64 {
        let temporary = path + ".partial-" + UUID.random().description.prefix(8)
        let file = try OpenFile(creating: temporary)
        do throws(CatalogError) {
            var encoder = GzipEncoder()
            var (piece, compressed, sealed) = (ByteBuffer(), ByteBuffer(), ByteBuffer())
            var hasMore = true
            var byteCount: UInt64 = 0
            while hasMore {
                hasMore = try delta.write(into: &piece)
                encoder.append(piece.raw, to: &compressed)
                piece.removeAll()
                if !hasMore { encoder.finish(to: &compressed) }
                if let sealer {
                    sealer.append(compressed.span, to: &sealed)
                    if !hasMore { sealer.finish(to: &sealed) }
                    swap(&compressed, &sealed)
                    sealed.removeAll()
                }
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
            let pieces = try Pieces(path, encryption)
            return try KeyValueStore.read { () throws(CatalogError) in try pieces.next() }
        } catch {
            throw named(error)
        }
    }

    /// Makes its changes to a file, in one transaction.
    func apply(to store: KeyValueStore) throws(CatalogError) -> FilePosition {
        do throws(CatalogError) {
            let pieces = try Pieces(path, encryption)
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
        private let input: ArchiveInput
        private var place: UInt64 = 0
        private var decoder = GzipDecoder()
        private var isAtEnd = false
        private static let byteCount = 256 << 10

        init(_ path: String, _ encryption: FileEncryption?) throws(CatalogError) {
            input = try ArchiveInput(path: path).opened(with: encryption, name: path, isSealWanted: encryption != nil)
        }

        func next() throws(CatalogError) -> ByteBuffer? {
            var output = ByteBuffer()
            while true {
                do throws(CompressionError) {
                    if try decoder.read(into: &output) { return output }
                } catch {
                    throw CatalogError(.malformedArchive, "The delta is damaged or cut off. \(error.message)")
                }
                if isAtEnd { return nil }
                let bytes = try input.read(at: place, count: Self.byteCount)
                place += UInt64(bytes.count)
                isAtEnd = bytes.isEmpty
                if isAtEnd { decoder.finish() } else { decoder.append(bytes.span) }
            }
        }
    }
}
