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
    private static let reservedOffset = journalOffset + 16
    private static let checksumOffset = reservedOffset + 104

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
            unsafe base.store64(transaction, Self.transactionOffset)
            unsafe base.store64(previous, Self.previousOffset)
            unsafe base.store64(root.reference.page, Self.rootOffset)
            unsafe base.store64(root.reference.birth, Self.rootOffset + 8)
            unsafe base.store64(root.reference.size, Self.rootOffset + 16)
            unsafe base.store64(root.reference.checksum, Self.rootOffset + 24)
            unsafe base.store32(UInt32(root.depth), Self.depthOffset)
            unsafe base.store32(isWhole ? 1 : 0, Self.flagsOffset)
            unsafe base.store64(space.page, Self.spaceOffset)
            unsafe base.store64(space.birth, Self.spaceOffset + 8)
            unsafe base.store64(space.checksum, Self.spaceOffset + 16)
            unsafe base.store64(highWater, Self.highWaterOffset)
            unsafe base.store64(journal?.start ?? 0, Self.journalOffset)
            unsafe base.store64(journal?.count ?? 0, Self.journalOffset + 8)
            unsafe base.store64(checksum(UnsafeRawPointer(base), Self.checksumOffset), Self.checksumOffset)
        }
        return bytes
    }

    static func decode(_ bytes: [UInt8]) -> Reading {
        guard bytes.starts(with: magic) else { return .foreign }
        guard bytes.count >= byteCount else { return .damaged }
        return unsafe bytes.withUnsafeBytes { unsafe decode($0.baseAddress.unsafelyUnwrapped) }
    }

    /// `base` must have 256 bytes.
    static func decode(_ base: UnsafeRawPointer) -> Reading {
        for (index, byte) in magic.enumerated() where unsafe base.load8(index) != Int(byte) { return .foreign }
        let version = unsafe base.load32(versionOffset)
        let isSound = unsafe checksum(base, checksumOffset) == base.load64(checksumOffset)
        if version > currentVersion { return .newerFormat(Int(version), isSound: isSound) }
        guard version > 0, isSound else { return .damaged }
        let root = unsafe Root(
            reference: PageReference(
                page: base.load64(rootOffset), birth: base.load64(rootOffset + 8),
                size: base.load64(rootOffset + 16), checksum: base.load64(rootOffset + 24)),
            depth: Int(base.load32(depthOffset)))
        let journal = unsafe PageRun(start: base.load64(journalOffset), count: base.load64(journalOffset + 8))
        let meta = unsafe MetaPage(
            version: version,
            pageSize: Int(base.load32(pageSizeOffset)),
            uuid: FileID(high: base.load64(uuidOffset).byteSwapped, low: base.load64(uuidOffset + 8).byteSwapped),
            opening: base.load64(openingOffset),
            transaction: base.load64(transactionOffset),
            previous: base.load64(previousOffset),
            root: root,
            isWhole: base.load32(flagsOffset) & 1 != 0,
            space: PageReference(
                page: base.load64(spaceOffset), birth: base.load64(spaceOffset + 8), checksum: base.load64(spaceOffset + 16)),
            highWater: base.load64(highWaterOffset),
            journal: journal.count == 0 ? nil : journal)
        return meta.isPlausible ? .good(meta) : .damaged
    }

    /// A checksum can be right over numbers that lead nowhere, in a file that somebody made to do harm.
    private var isPlausible: Bool {
        let limit = PageReference.memoryBit
        return Self.isSupported(pageSize: pageSize) && root.depth <= Root.maximumDepth && highWater >= 2 && highWater < limit
            && transaction < 1 << 48 && opening < 1 << 48 && previous <= transaction && space.page < highWater
            && root.reference.page < highWater
            && (root.isEmpty || root.reference.page >= 2) && space.page != 1
            && root.reference.birth <= transaction && root.reference.size < 1 << 48
            && journal.map {
                $0.count <= Journal.plausibleByteCount / UInt64(pageSize) && $0.start >= 2 && $0.count <= highWater
                    && $0.start <= highWater - $0.count
            } ?? true
    }

    /// What a record of the journal has to begin with to be on top of this flush. Who puts values into the store can't know it.
    var journalSalt: UInt64 {
        let bytes = encoded()
        let named = Array(bytes[Self.uuidOffset..<Self.previousOffset] + bytes[Self.rootOffset..<Self.depthOffset])
        return unsafe named.withUnsafeBytes { unsafe checksum($0.baseAddress.unsafelyUnwrapped, $0.count) }
    }

    static func isSupported(pageSize: Int) -> Bool {
        pageSize >= 512 && pageSize <= 65536 && pageSize & (pageSize - 1) == 0
    }
}

/// The process that last noted in page 0 that it has the file open for writing: 0 if there is no note.
func readProcessNote(_ file: any StorageFile) -> Int32 {
    var bytes: [UInt8] = [0, 0, 0, 0]
    do throws(StoreError) {
        try unsafe withMutableBuffer(&bytes) { (buffer) throws(StoreError) in
            unsafe try file.read(buffer, at: UInt64(MetaPage.noteOffset))
        }
    } catch { return 0 }
    return Int32(truncatingIfNeeded: bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) })
}

func writeProcessNote(_ processID: Int32, _ file: any StorageFile) throws(StoreError) {
    let number = UInt32(bitPattern: processID)
    try writeBytes((0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * UInt32($0))) }, file, at: UInt64(MetaPage.noteOffset))
}

/// The newest transaction when the file was last closed, if a writer closed it: all of that state is durable. 0 if there is no note.
func readClosingNote(_ file: any StorageFile) throws(StoreError) -> UInt64 {
    let bytes = try readBytes(file, at: UInt64(MetaPage.closingNoteOffset), count: 8)
    return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

func writeClosingNote(_ transaction: UInt64, _ file: any StorageFile) throws(StoreError) {
    try writeBytes((0..<8).map { UInt8(truncatingIfNeeded: transaction >> (8 * UInt64($0))) }, file, at: UInt64(MetaPage.closingNoteOffset))
}

/// Reads bytes of the file into an array; fewer if it ends before.
func readBytes(_ file: any StorageFile, at offset: UInt64, count: Int) throws(StoreError) -> [UInt8] {
    let size = try file.byteCount()
    guard offset < size else { return [] }
    var bytes = [UInt8](repeating: 0, count: Int(min(UInt64(count), size - offset)))
    try unsafe withMutableBuffer(&bytes) { (buffer) throws(StoreError) in unsafe try file.read(buffer, at: offset) }
    return bytes
}

func writeBytes(_ bytes: [UInt8], _ file: any StorageFile, at offset: UInt64) throws(StoreError) {
    try unsafe bytes.span.withUnsafeBytes { (buffer) throws(StoreError) in unsafe try file.write(buffer, at: offset) }
}

private func withMutableBuffer(
    _ bytes: inout [UInt8], _ body: (UnsafeMutableRawBufferPointer) throws(StoreError) -> Void
) throws(StoreError) {
    var span = bytes.mutableSpan
    try unsafe span.withUnsafeMutableBytes { (buffer) throws(StoreError) in unsafe try body(buffer) }
}
