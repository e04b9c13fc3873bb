package import Ground

/// The bytes of what leaves a process to be kept, such as a dump or a delta, sealed so that only who has one of its keys can read them:
///
///      0  magic      8 bytes "PandoArc"
///      8  layout     4: 1
///     12  chunk      4: 65,536, how many bytes are sealed at a time
///     16  UUID       16: of the file whose keys the archive has, or of its own
///     32  salt       32 random bytes
///     64  keys       3,584, as in an encrypted file (`KeyArea`)
///   3648  chunks     each followed by its tag of 16 bytes; the last one may be shorter
///
/// Chunks are sealed under a key that follows from the file key and the salt. A chunk's nonce is its number (8, and 3 that are zero) and whether it
/// is the last one (1), its associated data are bytes 0–63: so chunks can't be left out, exchanged, put behind one another or taken from another
/// archive, and an archive that is cut off is found to be.
package enum SealedArchive {
    static let magic = Array("PandoArc".utf8)
    static let layout: UInt64 = 1
    static let chunkByteCount = 64 << 10
    static let prefixByteCount = 64
    static let saltByteCount = 32
    package static let headByteCount = prefixByteCount + KeyArea.byteCount
    static let sealedChunkByteCount = chunkByteCount + MessageCipher.tagByteCount

    /// Whether this is how an archive begins.
    package static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

    fileprivate static func nonce(_ number: UInt64, isLast: Bool) -> MessageCipher.Nonce {
        MessageCipher.Nonce(low: number, high: isLast ? 1 << 24 : 0)
    }

    // MARK: Out

    /// Seals bytes as they come. For one thread at a time.
    package final class Writer {
        private let prefix: [UInt8]
        private let cipher: MessageCipher
        /// What has not gone out yet: a head, before anything has.
        private var head: [UInt8]
        private var chunk: [UInt8] = []
        private var number: UInt64 = 0

        /// An archive with a key of its own.
        package convenience init(_ key: EncryptionKey) throws(StoreError) {
            let uuid = UUID.random()
            let (area, code) = try FileKeys.makeArea(uuid, key)
            let head = EncryptedHead(uuid: uuid, pageSize: 0, area: area, code: code)
            try self.init(head, FileKeys(head, key, path: "of the archive"))
        }

        /// - Parameter keys: the file's that has this head.
        init(_ head: EncryptedHead, _ keys: FileKeys) throws(StoreError) {
            let salt = (0..<saltByteCount).map { _ in UInt8.random(in: 0...255) }
            func number(_ number: UInt64) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) } }
            prefix = magic + number(layout) + number(UInt64(chunkByteCount)) + head.uuid.bytes + salt
            self.head = prefix + head.area.encoded(code: head.code)
            cipher = try keys.archive(salt: salt)
        }

        package func append(_ bytes: Span<UInt8>, to output: inout ByteBuffer) {
            var place = 0
            while place < bytes.count {
                // A full chunk waits until it is known not to be the last one.
                if chunk.count == chunkByteCount { seal(isLast: false, to: &output) }
                let count = min(chunkByteCount - chunk.count, bytes.count - place)
                bytes.extracting(place..<place + count).withBytes { $0.append(to: &chunk) }
                place += count
            }
        }

        /// Adds the end. Nothing may be appended behind it.
        package func finish(to output: inout ByteBuffer) { seal(isLast: true, to: &output) }

        private func seal(isLast: Bool, to output: inout ByteBuffer) {
            if !head.isEmpty {
                output.append(head)
                head = []
            }
            var bytes = chunk[...]
            chunk = []
            let tag = cipher.seal(&bytes, nonce: nonce(number, isLast: isLast), associated: prefix)
            output.append(Array(bytes))
            output.append(tag.bytes)
            number += 1
        }
    }

    // MARK: In

    /// Opens the chunks of an archive, in any order and by any number of threads.
    package final class Reader: Sendable {
        private let prefix: [UInt8]
        private let cipher: MessageCipher
        private let sealedByteCount: UInt64
        /// Of what was sealed.
        package let byteCount: UInt64
        private let chunkCount: UInt64

        /// - Parameters:
        ///   - head: the beginning of the archive, ``headByteCount`` bytes.
        ///   - byteCount: of the whole archive.
        ///   - key: nil if none was given.
        ///   - name: of the archive, for messages.
        /// - Throws: `keyWanted`, `wrongKey`; `deltaRefused` if it is damaged or cut off.
        package init(_ head: [UInt8], byteCount: UInt64, _ key: EncryptionKey?, name: String) throws(StoreError) {
            func number(_ place: Int, _ width: Int = 4) -> UInt64 {
                head[place..<place + width].reversed().reduce(0) { $0 << 8 | UInt64($1) }
            }
            let cutOff = StoreError.deltaRefused(reason: "The archive \(name) is cut off before its end.")
            guard head.count == headByteCount, begins(head) else { throw cutOff }
            guard number(8) == layout, number(12) == UInt64(chunkByteCount) else {
                throw .newerFeatures(path: name, features: "layout \(number(8)) of encrypted archives")
            }
            let uuid = UUID(high: number(16, 8).byteSwapped, low: number(24, 8).byteSwapped)
            guard let (area, code) = KeyArea.decode(Array(head[prefixByteCount...])) else {
                throw .deltaRefused(reason: "The archive \(name) is damaged: its keys are not what was written.")
            }
            guard let key else { throw .keyWanted(path: name, names: area.slots.map(\.name)) }
            let keys = try FileKeys(EncryptedHead(uuid: uuid, pageSize: 0, area: area, code: code), key, path: name)
            prefix = Array(head[..<prefixByteCount])
            cipher = try keys.archive(salt: Array(head[32..<prefixByteCount]))
            let (sealed, tag) = (UInt64(sealedChunkByteCount), UInt64(MessageCipher.tagByteCount))
            sealedByteCount = byteCount - min(byteCount, UInt64(headByteCount))
            chunkCount = (sealedByteCount + sealed - 1) / sealed
            // An empty chunk behind others would be the place of a cut, which nobody opens.
            guard chunkCount > 0, case let last = sealedByteCount - (chunkCount - 1) * sealed, last > tag || chunkCount == 1 && last == tag
            else { throw cutOff }
            self.byteCount = sealedByteCount - chunkCount * tag
        }

        /// A chunk, with the place of its sealed bytes in the archive, and of the first of what was sealed in it.
        package struct Chunk {
            package let number: UInt64
            package let sealed: (offset: UInt64, byteCount: Int)
            package let start: UInt64
        }

        /// The chunk that has a byte of what was sealed.
        package func chunk(of offset: UInt64) -> Chunk {
            let (number, whole) = (offset / UInt64(chunkByteCount), UInt64(sealedChunkByteCount))
            let place = (offset: UInt64(headByteCount) + number * whole, byteCount: Int(min(whole, sealedByteCount - number * whole)))
            return Chunk(number: number, sealed: place, start: number * UInt64(chunkByteCount))
        }

        /// - Returns: nil if the chunk is not what was sealed, or was not the last one and is.
        package func open(_ chunk: Chunk, _ bytes: [UInt8]) -> [UInt8]? {
            guard let tag = MessageCipher.Tag(bytes.suffix(MessageCipher.tagByteCount)) else { return nil }
            var content = bytes.dropLast(MessageCipher.tagByteCount)
            let nonce = nonce(chunk.number, isLast: chunk.number + 1 == chunkCount)
            return cipher.open(&content, nonce: nonce, associated: prefix, tag: tag) ? Array(content) : nil
        }
    }
}
