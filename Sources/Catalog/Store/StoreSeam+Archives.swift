import BTreeStore
package import Ground
import Synchronization

/// Seals what leaves an encrypted file to be kept, such as an archive or a delta: only who has a key of the file can read it. For one thread at a
/// time.
public final class ArchiveSealer {
    private let writer: SealedArchive.Writer

    fileprivate init(_ writer: SealedArchive.Writer) { self.writer = writer }

    /// Seals under a key of the archive's own.
    public init(_ encryption: FileEncryption) throws(CatalogError) {
        do throws(StoreError) { writer = try SealedArchive.Writer(encryption.key) } catch { throw CatalogError(error) }
    }

    package func append(_ bytes: Span<UInt8>, to output: inout ByteBuffer) { writer.append(bytes, to: &output) }

    /// Adds the end, which must not be left out.
    package func finish(to output: inout ByteBuffer) { writer.finish(to: &output) }
}

extension KeyValueStore {
    /// Seals under the file's own keys: nil if it isn't encrypted.
    func archiveSealer() throws(CatalogError) -> ArchiveSealer? {
        do throws(StoreError) { return try store.archiveWriter().map(ArchiveSealer.init) } catch { throw CatalogError(error) }
    }

    /// A hash under the file's own keys: nil if it isn't encrypted.
    func digest(of bytes: [UInt8]) -> [UInt8]? { store.digest(of: bytes) }
}

/// What is in a sealed archive, to be read at any place. Any number of threads may.
final class ArchiveOpener: Sendable {
    private let reader: SealedArchive.Reader
    private let name: String
    private let read: @Sendable (_ offset: UInt64, _ count: Int) throws(CatalogError) -> [UInt8]
    /// The chunk that was opened last: what is read mostly goes on there.
    private let last = Mutex<(number: UInt64, bytes: [UInt8])?>(nil)

    static func begins(_ bytes: [UInt8]) -> Bool { SealedArchive.begins(bytes) }

    /// - Parameters:
    ///   - byteCount: of the archive, as it is.
    ///   - name: of the archive, for messages.
    ///   - read: returns bytes of the archive, as it is; fewer only at its end.
    init(
        byteCount: UInt64, _ encryption: FileEncryption?, name: String,
        read: @escaping @Sendable (_ offset: UInt64, _ count: Int) throws(CatalogError) -> [UInt8]
    ) throws(CatalogError) {
        let head = try read(0, SealedArchive.headByteCount)
        do throws(StoreError) {
            reader = try SealedArchive.Reader(head, byteCount: byteCount, encryption?.key, name: name)
        } catch {
            throw CatalogError(error)
        }
        self.name = name
        self.read = read
        // That nothing was sealed has to be proved as well.
        if reader.byteCount == 0 { _ = try opened(reader.chunk(of: 0)) }
    }

    /// Of what was sealed.
    var byteCount: UInt64 { reader.byteCount }

    /// The bytes from an offset on: `count`, or fewer at the end.
    func read(at offset: UInt64, count: Int) throws(CatalogError) -> [UInt8] {
        var result: [UInt8] = []
        let end = min(byteCount, offset + UInt64(count))
        result.reserveCapacity(Int(end - min(offset, end)))
        while case let position = offset + UInt64(result.count), position < end {
            let chunk = reader.chunk(of: position)
            let bytes = try opened(chunk)
            let start = Int(position - chunk.start)
            result += bytes[start..<min(bytes.count, start + Int(end - position))]
        }
        return result
    }

    private func opened(_ chunk: SealedArchive.Reader.Chunk) throws(CatalogError) -> [UInt8] {
        if let known = last.withLock({ $0?.number == chunk.number ? $0?.bytes : nil }) { return known }
        guard let bytes = reader.open(chunk, try read(chunk.sealed.offset, chunk.sealed.byteCount)) else {
            throw CatalogError(
                .malformedArchive, "The archive \(name) is not what was written: damaged, cut off, or changed by someone without the key.")
        }
        last.withLock { $0 = (chunk.number, bytes) }
        return bytes
    }
}
