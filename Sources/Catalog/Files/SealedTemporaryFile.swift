import Ground

/// A temporary file whose bytes nobody can read but the process that wrote them: chunks that are sealed one by one under a random key, each
/// with its number as its nonce. The last chunk stays in memory until it is full.
final class SealedTemporaryFile: TemporaryFile {
    private let file: any TemporaryFile
    private let cipher: MessageCipher
    /// The chunk that isn't full.
    private var tail: [UInt8] = []
    private var chunkCount = 0
    /// The chunk that was read last: what is read mostly goes on there.
    private var last: (number: Int, bytes: [UInt8])?
    private static let chunkByteCount = 64 << 10

    init(_ file: any TemporaryFile) throws(CatalogError) {
        self.file = file
        do throws(CipherError) {
            cipher = try MessageCipher(key: try SecretBytes.random(count: MessageCipher.keyByteCount))
        } catch {
            throw CatalogError(.io, error.description)
        }
    }

    var byteCount: Int { chunkCount * Self.chunkByteCount + tail.count }

    func append(_ bytes: Span<UInt8>) throws(CatalogError) {
        var index = 0
        while index < bytes.count {
            let count = min(Self.chunkByteCount - tail.count, bytes.count - index)
            for place in index..<index + count { tail.append(bytes[place]) }
            index += count
            if tail.count == Self.chunkByteCount { try writeTail() }
        }
    }

    private func writeTail() throws(CatalogError) {
        var chunk = tail[...]
        let tag = cipher.seal(&chunk, nonce: Self.nonce(chunkCount), associated: [])
        chunk += tag.bytes
        try file.append(chunk.span)
        chunkCount += 1
        tail.removeAll(keepingCapacity: true)
    }

    func read(at offset: Int, count: Int) throws(CatalogError) -> [UInt8] {
        guard offset >= 0, count >= 0, offset + count <= byteCount else {
            throw CatalogError(.io, "A temporary file is shorter than what was written to it.")
        }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            let place = offset + result.count
            let start = place % Self.chunkByteCount
            let chunk = try chunk(place / Self.chunkByteCount)
            result += chunk[start..<min(chunk.count, start + count - result.count)]
        }
        return result
    }

    private func chunk(_ number: Int) throws(CatalogError) -> [UInt8] {
        if number == chunkCount { return tail }
        if let last, last.number == number { return last.bytes }
        let stored = Self.chunkByteCount + MessageCipher.tagByteCount
        let bytes = try file.read(at: number * stored, count: stored)
        var chunk = bytes[..<Self.chunkByteCount]
        guard let tag = MessageCipher.Tag(bytes[Self.chunkByteCount...]),
            cipher.open(&chunk, nonce: Self.nonce(number), associated: [], tag: tag)
        else { throw CatalogError(.io, "A temporary file is not what was written to it.") }
        let opened = Array(chunk)
        last = (number, opened)
        return opened
    }

    private static func nonce(_ number: Int) -> MessageCipher.Nonce { MessageCipher.Nonce(low: UInt64(number), high: 0) }
}
