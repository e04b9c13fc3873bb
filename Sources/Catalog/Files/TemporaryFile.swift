import Ground

/// Bytes that are put aside for a while: appended at the end, and read at any place.
///
/// For one thread at a time.
package protocol TemporaryFile: AnyObject {
    var byteCount: Int { get }

    /// Throws `.diskFull` or `.io`.
    func append(_ bytes: Span<UInt8>) throws(CatalogError)

    /// Throws `.io` if there are fewer than `count` bytes from `offset` on.
    func read(at offset: Int, count: Int) throws(CatalogError) -> [UInt8]
}

extension Catalog {
    /// A file without a name, of which nothing is left once it is let go, whatever happens: in the folder of the database file, or where
    /// temporary files go (`TMPDIR`) if that folder can't be written or there is none.
    ///
    /// Of an encrypted database it is encrypted with a key that nothing but this process's memory ever has.
    package func temporaryFile() throws(CatalogError) -> any TemporaryFile {
        let file = try plainTemporaryFile()
        return isEncrypted ? try SealedTemporaryFile(file) : file
    }

    private func plainTemporaryFile() throws(CatalogError) -> UnnamedFile {
        if let path {
            do throws(CatalogError) {
                return UnnamedFile(try OpenFile(temporaryBeside: path))
            } catch {
                guard error.kind != .diskFull else { throw error }
            }
        }
        return UnnamedFile(try OpenFile(temporaryBeside: "\(OpenFile.temporaryFolder)/pando"))
    }
}

extension Catalog {
    /// What `make` makes at a path, as a file without a name.
    package func temporaryFile<Summary>(
        madeBy make: (_ path: String) throws(CatalogError) -> Summary
    ) throws(CatalogError) -> (file: any TemporaryFile, summary: Summary) {
        let target = "\(path ?? OpenFile.temporaryFolder + "/pando").copy-\(UUID.random().description.prefix(8))"
        let summary = try make(target)
        defer { OpenFile.remove(target) }
        let file = try OpenFile(reading: target)
        return (UnnamedFile(file, byteCount: Int(try file.byteCount())), summary)
    }
}

/// A file of which nothing is left once it is let go.
final class UnnamedFile: TemporaryFile {
    private let file: OpenFile
    private(set) var byteCount = 0

    init(_ file: OpenFile, byteCount: Int = 0) {
        self.file = file
        self.byteCount = byteCount
    }

    func append(_ bytes: Span<UInt8>) throws(CatalogError) {
        try file.write(bytes)
        byteCount += bytes.count
    }

    func read(at offset: Int, count: Int) throws(CatalogError) -> [UInt8] {
        let bytes = try file.read(at: UInt64(offset), count: count)
        guard bytes.count == count else { throw CatalogError(.io, "A temporary file is shorter than what was written to it.") }
        return bytes
    }
}
