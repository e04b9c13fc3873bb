import Ground

/// Seals what an encrypted file holds, and opens it: pages, large values, records of the journal and meta pages.
///
/// Behind the sealed bytes stands a seal of 24 bytes: 8 random bytes of the opening that wrote it, and the tag. Where something lies and when it
/// was born is its nonce, so nothing opens anywhere else, and the beginning of the tag stands in the reference to it. Should a
/// number be given twice, in copies of a file that go different ways, the opening's random bytes tell the two apart.
///
/// Why this is safe: pointers are used during the call alone, and callers give as many bytes as they say and 24 more.
@safe package final class PageCipher: Sendable {
    enum Kind: UInt64 {
        case page = 1
        case log = 2
        case run = 3
    }

    static let sealByteCount = 8 + MessageCipher.tagByteCount
    let keys: FileKeys
    /// The random bytes of this opening.
    private let salt: UInt64
    let witness: StoreOptions.SealWitness?

    init(_ keys: FileKeys, salt: UInt64 = MetaPage.randomSalt(), witness: StoreOptions.SealWitness? = nil) {
        self.keys = keys
        self.salt = salt
        self.witness = witness
    }

    @inline(never) private func note(
        _ key: StoreOptions.Sealing.Key, _ nonce: MessageCipher.Nonce, _ associated: [UInt8], _ content: UnsafeRawBufferPointer
    ) {
        witness?(StoreOptions.Sealing(key: key, nonce: nonce, associated: associated), unsafe [UInt8](content).contentHash)
    }

    // MARK: Pages and large values

    /// Encrypts bytes, in place or to another place, and puts the seal behind them.
    ///
    /// - Returns: the beginning of the tag.
    func seal(
        _ content: UnsafeRawBufferPointer, into out: UnsafeMutableRawPointer, _ page: PageNumber, _ birth: TransactionID, _ kind: Kind
    ) -> UInt64 {
        let tag = unsafe withAssociated(salt, kind, content.count) { associated in
            if witness != nil { unsafe note(.pages, Self.nonce(page, birth), [UInt8](associated), content) }
            return unsafe keys.pages.seal(content, into: out, nonce: Self.nonce(page, birth), associated: associated)
        }
        unsafe out.store64(salt, content.count)
        unsafe out.store64(tag.low, content.count + 8)
        unsafe out.store64(tag.high, content.count + 16)
        return tag.low
    }

    /// Decrypts `count` bytes in place: false, and zeros in place of bytes and seal, if they are not what the reference is to.
    func open(_ content: UnsafeMutableRawPointer, _ count: Int, _ reference: PageReference, _ kind: Kind) -> Bool {
        let seal = unsafe UnsafeRawPointer(content + count)
        let tag = unsafe MessageCipher.Tag(low: seal.load64(8), high: seal.load64(16))
        let isRight = unsafe withAssociated(seal.load64(0), kind, count) { associated in
            unsafe tag.low == reference.checksum
                && keys.pages.open(
                    UnsafeRawBufferPointer(start: content, count: count), into: content, nonce: Self.nonce(reference.page, reference.birth),
                    associated: associated, tag: tag)
        }
        if !isRight { unsafe content.initializeMemory(as: UInt8.self, repeating: 0, count: count + Self.sealByteCount) }
        return isRight
    }

    private static func nonce(_ page: PageNumber, _ birth: TransactionID) -> MessageCipher.Nonce {
        MessageCipher.Nonce(low: page.rawValue | birth.rawValue << 48, high: UInt32(truncatingIfNeeded: birth.rawValue >> 16))
    }

    @inline(__always) private func withAssociated<R>(
        _ salt: UInt64, _ kind: Kind, _ count: Int, _ body: (UnsafeRawBufferPointer) -> R
    ) -> R {
        let words = (salt.littleEndian, (kind.rawValue | (kind == .run ? UInt64(count) << 8 : 0)).littleEndian)
        return unsafe withUnsafeBytes(of: words) { unsafe body($0) }
    }

    // MARK: Records of the journal

    /// Encrypts the bytes of a record behind its header, which ends with `header`, and puts the seal behind them, for which there is room.
    ///
    /// - Returns: the beginning of the tag.
    func sealRecord(_ record: UnsafeMutableRawPointer, header: Int, end: Int) -> UInt64 {
        var associated = unsafe Self.associated(UnsafeRawPointer(record), header: header)
        Self.append(salt, to: &associated)
        if witness != nil {
            let content = unsafe UnsafeRawBufferPointer(start: record + header, count: end - header)
            unsafe note(.journal, Self.nonce(UnsafeRawPointer(record)), associated, content)
        }
        let tag = unsafe associated.withUnsafeBytes { associated in
            unsafe keys.journal.seal(
                UnsafeRawBufferPointer(start: record + header, count: end - header), into: record + header,
                nonce: Self.nonce(UnsafeRawPointer(record)), associated: associated)
        }
        unsafe record.store64(salt, end)
        unsafe record.store64(tag.low, end + 8)
        unsafe record.store64(tag.high, end + 16)
        return tag.low
    }

    /// Decrypts the bytes of a record behind its header: false if it isn't whole.
    func openRecord(_ record: UnsafeMutableRawPointer, header: Int, end: Int) -> Bool {
        let seal = unsafe UnsafeRawPointer(record + end)
        var associated = unsafe Self.associated(UnsafeRawPointer(record), header: header)
        unsafe Self.append(seal.load64(0), to: &associated)
        let tag = unsafe MessageCipher.Tag(low: seal.load64(8), high: seal.load64(16))
        guard unsafe UnsafeRawPointer(record).load64(0) == tag.low else { return false }
        return unsafe associated.withUnsafeBytes { associated in
            unsafe keys.journal.open(
                UnsafeRawBufferPointer(start: record + header, count: end - header), into: record + header,
                nonce: Self.nonce(UnsafeRawPointer(record)), associated: associated, tag: tag)
        }
    }

    /// All of the header but the place of the tag's beginning.
    private static func associated(_ record: UnsafeRawPointer, header: Int) -> [UInt8] {
        unsafe [UInt8](UnsafeRawBufferPointer(start: record + 8, count: header - 8))
    }

    /// The salt of the records on top of a flush, and the record's number.
    private static func nonce(_ record: UnsafeRawPointer) -> MessageCipher.Nonce {
        unsafe MessageCipher.Nonce(low: record.load64(8), high: record.load32(16))
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * shift))) }
    }

    /// The number that the records on top of a flush begin with.
    func journalSalt(of bytes: [UInt8]) -> UInt64 { keys.salt(of: bytes) }

    // MARK: Meta pages

    func sealMeta(_ plain: [UInt8], parts: MetaPage.SealParts) -> [UInt8] {
        var bytes = plain
        bytes[parts.algorithm] = UInt8(MetaPage.gcmSIV)
        bytes[parts.algorithm + 2] = UInt8(truncatingIfNeeded: keys.number)
        bytes[parts.algorithm + 3] = UInt8(truncatingIfNeeded: keys.number >> 8)
        let nonce = MessageCipher.Nonce.random()
        let associated = parts.associated.flatMap { bytes[$0] }
        if witness != nil { unsafe bytes[parts.hidden].withUnsafeBytes { unsafe note(.meta, nonce, associated, $0) } }
        let tag = keys.meta.seal(&bytes[parts.hidden], nonce: nonce, associated: associated)
        bytes.replaceSubrange(parts.nonce, with: nonce.bytes)
        bytes.replaceSubrange(parts.tag, with: tag.bytes)
        return Self.withChecksum(bytes, parts)
    }

    /// The bytes as they would be in a plain file: nil if they are not what was sealed.
    func openMeta(_ sealed: [UInt8], parts: MetaPage.SealParts) -> [UInt8]? {
        var bytes = sealed
        guard let nonce = MessageCipher.Nonce(bytes[parts.nonce]), let tag = MessageCipher.Tag(bytes[parts.tag]),
            keys.meta.open(&bytes[parts.hidden], nonce: nonce, associated: parts.associated.flatMap { bytes[$0] }, tag: tag)
        else { return nil }
        for index in parts.nonce.lowerBound..<parts.algorithm + 4 { bytes[index] = 0 }
        return Self.withChecksum(bytes, parts)
    }

    private static func withChecksum(_ bytes: [UInt8], _ parts: MetaPage.SealParts) -> [UInt8] {
        var bytes = bytes
        let hash = Array(bytes[..<parts.checksum]).contentHash
        for shift in 0..<8 { bytes[parts.checksum + shift] = UInt8(truncatingIfNeeded: hash >> UInt64(8 * shift)) }
        return bytes
    }
}
