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
    package func temporaryFile() throws(CatalogError) -> any TemporaryFile {
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

private final class UnnamedFile: TemporaryFile {
    private let file: OpenFile
    private(set) var byteCount = 0

    init(_ file: OpenFile) {
        self.file = file
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
