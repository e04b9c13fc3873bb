import Ground

// A meta page's bytes, field by field as `MetaPage` lists them.

extension MetaPage {
    private static let versionOffset = 0 + 8
    private static let pageSizeOffset = versionOffset + 4
    private static let uuidOffset = pageSizeOffset + 4
    private static let openingOffset = uuidOffset + 16
    private static let transactionOffset = openingOffset + 8
    private static let previousOffset = transactionOffset + 8
    private static let rootOffset = previousOffset + 8
    private static let depthOffset = rootOffset + 32
    private static let flagsOffset = depthOffset + 4
    private static let spaceOffset = flagsOffset + 4
    private static let highWaterOffset = spaceOffset + 24
    private static let journalOffset = highWaterOffset + 8
    private static let nonceOffset = journalOffset + 16
    private static let tagOffset = nonceOffset + 12
    private static let algorithmOffset = tagOffset + 16
    private static let saltOffset = algorithmOffset + 4
    private static let readFeaturesOffset = saltOffset + 8
    private static let writeFeaturesOffset = readFeaturesOffset + 4
    private static let reservedOffset = writeFeaturesOffset + 4
    private static let digestOffset = reservedOffset + 24
    private static let checksumOffset = digestOffset + 32

    /// The 256 bytes.
    func encoded() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        unsafe bytes.withUnsafeMutableBytes { buffer in
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            for (index, byte) in Self.magic.enumerated() { unsafe base.store8(Int(byte), index) }
            unsafe base.store32(version, Self.versionOffset)
            unsafe base.store32(UInt32(pageSize), Self.pageSizeOffset)
            unsafe base.store64(uuid.high.byteSwapped, Self.uuidOffset)
            unsafe base.store64(uuid.low.byteSwapped, Self.uuidOffset + 8)
            unsafe base.store64(opening, Self.openingOffset)
            unsafe base.store64(transaction.rawValue, Self.transactionOffset)
            unsafe base.store64(previous.rawValue, Self.previousOffset)
            unsafe base.store64(root.reference.page.rawValue, Self.rootOffset)
            unsafe base.store64(root.reference.birth.rawValue, Self.rootOffset + 8)
            unsafe base.store64(root.reference.size, Self.rootOffset + 16)
            unsafe base.store64(root.reference.checksum, Self.rootOffset + 24)
            unsafe base.store32(UInt32(root.depth), Self.depthOffset)
            unsafe base.store32(isWhole ? 1 : 0, Self.flagsOffset)
            unsafe base.store64(space.page.rawValue, Self.spaceOffset)
            unsafe base.store64(space.birth.rawValue, Self.spaceOffset + 8)
            unsafe base.store64(space.checksum, Self.spaceOffset + 16)
            unsafe base.store64(highWater.rawValue, Self.highWaterOffset)
            unsafe base.store64(journal?.start.rawValue ?? 0, Self.journalOffset)
            unsafe base.store64(journal?.count.rawValue ?? 0, Self.journalOffset + 8)
            if version >= Self.stateVersion {
                unsafe base.store64(salt, Self.saltOffset)
                unsafe base.store32(readFeatures, Self.readFeaturesOffset)
                unsafe base.store32(writeFeatures, Self.writeFeaturesOffset)
                unsafe base.store64(digest.low, Self.digestOffset)
                unsafe base.store64(digest.high, Self.digestOffset + 8)
            }
            unsafe base.store64(checksum(UnsafeRawPointer(base), Self.checksumOffset), Self.checksumOffset)
        }
        return bytes
    }

    /// - Parameter cipher: of an encrypted file, in which a meta page that isn't encrypted is no meta page.
    static func decode(_ bytes: [UInt8], _ cipher: PageCipher? = nil) -> Reading {
        guard bytes.starts(with: magic) else { return .foreign }
        guard bytes.count >= byteCount else { return .damaged }
        guard let cipher else { return unsafe bytes.withUnsafeBytes { unsafe decode($0.baseAddress.unsafelyUnwrapped) } }
        // With another UUID the keys would be others, and the next meta page would have it too.
        guard let head = head(bytes), head.algorithm == gcmSIV, head.uuid == cipher.keys.uuid,
            let opened = cipher.openMeta(bytes, parts: sealParts)
        else { return .damaged }
        return unsafe opened.withUnsafeBytes { unsafe decode($0.baseAddress.unsafelyUnwrapped) }
    }

    /// AES-256-GCM-SIV.
    static let gcmSIV: UInt64 = 1

    /// What an encrypted meta page says without a key.
    struct Head {
        var uuid: UUID
        var pageSize: Int
        var algorithm: UInt64
    }

    /// - Returns: nil if the bytes are no sound meta page of a version that may be encrypted.
    static func head(_ bytes: [UInt8]) -> Head? {
        guard bytes.count >= byteCount, bytes.starts(with: magic) else { return nil }
        return unsafe bytes.withUnsafeBytes { buffer in
            let base = unsafe buffer.baseAddress.unsafelyUnwrapped
            guard unsafe checksum(base, checksumOffset) == base.load64(checksumOffset) else { return nil }
            let pageSize = unsafe Int(base.load32(pageSizeOffset))
            guard isSupported(pageSize: pageSize) else { return nil }
            let uuid = unsafe UUID(high: base.load64(uuidOffset).byteSwapped, low: base.load64(uuidOffset + 8).byteSwapped)
            return unsafe Head(uuid: uuid, pageSize: pageSize, algorithm: UInt64(base.load16(algorithmOffset)))
        }
    }

    /// Where the parts of an encrypted meta page lie.
    struct SealParts {
        let hidden: Range<Int>
        let nonce: Range<Int>
        let tag: Range<Int>
        let algorithm: Int
        /// All that is neither hidden nor the seal nor the checksum.
        let associated: [Range<Int>]
        let checksum: Int
    }

    static var sealParts: SealParts {
        SealParts(
            hidden: openingOffset..<nonceOffset, nonce: nonceOffset..<tagOffset, tag: tagOffset..<algorithmOffset,
            algorithm: algorithmOffset, associated: [0..<openingOffset, algorithmOffset..<checksumOffset], checksum: checksumOffset)
    }

    /// The 256 bytes as they are in the file.
    func encoded(_ cipher: PageCipher?) -> [UInt8] { cipher.map { $0.sealMeta(encoded(), parts: Self.sealParts) } ?? encoded() }

    /// `base` must have 256 bytes.
    static func decode(_ base: UnsafeRawPointer) -> Reading {
        for (index, byte) in magic.enumerated() where unsafe base.load8(index) != Int(byte) { return .foreign }
        let version = unsafe base.load32(versionOffset)
        let isSound = unsafe checksum(base, checksumOffset) == base.load64(checksumOffset)
        if version > currentVersion { return .newerFormat(Int(version), isSound: isSound) }
        guard version > 0, isSound else { return .damaged }
        let hasFeatures = version >= stateVersion
        if hasFeatures {
            if unsafe base.load16(algorithmOffset) != 0 { return .newerFeatures("encryption") }
            let features = unsafe base.load32(readFeaturesOffset) & ~digestFeature
            if features != 0 { return .newerFeatures("features \(String(features, radix: 2)) in binary") }
        }
        let root = unsafe Root(
            reference: PageReference(
                page: page(base, rootOffset), birth: transaction(base, rootOffset + 8),
                size: base.load64(rootOffset + 16), checksum: base.load64(rootOffset + 24)),
            depth: Int(base.load32(depthOffset)))
        let journal = unsafe PageRun(start: page(base, journalOffset), count: PageCount(rawValue: base.load64(journalOffset + 8)))
        let meta = unsafe MetaPage(
            version: version,
            pageSize: Int(base.load32(pageSizeOffset)),
            uuid: UUID(high: base.load64(uuidOffset).byteSwapped, low: base.load64(uuidOffset + 8).byteSwapped),
            opening: base.load64(openingOffset),
            transaction: transaction(base, transactionOffset),
            previous: transaction(base, previousOffset),
            root: root,
            isWhole: base.load32(flagsOffset) & 1 != 0,
            space: PageReference(
                page: page(base, spaceOffset), birth: transaction(base, spaceOffset + 8), checksum: base.load64(spaceOffset + 16)),
            highWater: page(base, highWaterOffset),
            journal: journal.count == 0 ? nil : journal,
            salt: hasFeatures ? base.load64(saltOffset) : 0,
            readFeatures: hasFeatures ? base.load32(readFeaturesOffset) : 0,
            writeFeatures: hasFeatures ? base.load32(writeFeaturesOffset) : 0,
            digest: hasFeatures ? RangeDigest(low: base.load64(digestOffset), high: base.load64(digestOffset + 8)) : .zero)
        return meta.isPlausible ? .good(meta) : .damaged
    }

    private static func page(_ base: UnsafeRawPointer, _ offset: Int) -> PageNumber {
        unsafe PageNumber(rawValue: base.load64(offset))
    }

    private static func transaction(_ base: UnsafeRawPointer, _ offset: Int) -> TransactionID {
        unsafe TransactionID(rawValue: base.load64(offset))
    }

    /// Whether the numbers lead somewhere: in a crafted file the checksum can be right although they don't.
    private var isPlausible: Bool {
        Self.isSupported(pageSize: pageSize) && root.depth <= Root.maximumDepth && highWater >= .first && highWater < .limit
            && transaction < .limit && opening < 1 << 48 && previous <= transaction
            && space.page < highWater && (space.page == .none || space.page >= .first)
            && root.reference.page < highWater && (root.isEmpty || root.reference.page >= .first)
            && root.reference.birth <= transaction && root.reference.size < 1 << 48
            && journal.map {
                $0.count <= PageCount(wholePagesIn: Self.plausibleJournalByteCount, pageSize: pageSize) && $0.start >= .first
                    && $0.count <= highWater.preceding && $0.start <= highWater - $0.count
            } ?? true
    }

    /// The number that a record of the journal begins with to be on top of this flush. A client that puts values into the store can't
    /// know it.
    ///
    /// - Parameter cipher: of an encrypted file, of which nobody without the key shall guess the numbers.
    func journalSalt(_ cipher: PageCipher?) -> UInt64 {
        let bytes = encoded()
        var named = Array(bytes[Self.uuidOffset..<Self.previousOffset] + bytes[Self.rootOffset..<Self.depthOffset])
        if version >= Self.stateVersion { named += bytes[Self.saltOffset..<Self.readFeaturesOffset] }
        if let cipher { return cipher.journalSalt(of: named) }
        return named.contentHash
    }

    static func isSupported(pageSize: Int) -> Bool {
        pageSize >= 512 && pageSize <= 65536 && pageSize & (pageSize - 1) == 0
    }
}

extension [UInt8] {
    /// XXH64.
    var contentHash: UInt64 { isEmpty ? 0 : unsafe withUnsafeBytes { unsafe checksum($0.baseAddress.unsafelyUnwrapped, $0.count) } }
}
