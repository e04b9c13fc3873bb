import Ground
import Testing

@testable import Catalog

/// Archives under a key.
@Suite struct SealedArchiveTests {
    private static let headByteCount = 3648
    private static let sealedChunkByteCount = 65_552

    /// Also where another chunk would begin: what is left of that, as long as a tag, is no empty chunk.
    @Test(arguments: [0, 1, 65_536, 65_537, 131_072]) func aCutIsFoundWhereverItIs(count: Int) throws {
        let key = try FileEncryption.masterKey([UInt8](repeating: 7, count: 32))
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var sealed = ByteBuffer()
        let sealer = try ArchiveSealer(key)
        sealer.append(plain.span, to: &sealed)
        sealer.finish(to: &sealed)
        let bytes = sealed.bytes
        func opened(_ bytes: [UInt8]) throws -> [UInt8] {
            let input = try ArchiveInput(bytes).opened(with: key, name: "it", isSealWanted: true)
            return try input.read(at: 0, count: Int(input.byteCount))
        }
        #expect(try opened(bytes) == plain)
        for start in stride(from: Self.headByteCount, to: bytes.count, by: Self.sealedChunkByteCount) {
            for cut in [0, 1, 15, 16, 17, 65_536].map({ start + $0 }) where cut < bytes.count {
                #expect(throws: CatalogError.self, "\(cut) of \(bytes.count)") { _ = try opened(Array(bytes[..<cut])) }
            }
        }
    }
}
